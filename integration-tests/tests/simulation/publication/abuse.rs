//! What somebody with a token, or with a connection, must not be able to do.

use super::scene::{COUNCIL, HOSPITAL, Scene, by};
use commons_integration_tests::simulator::keeps;
use commons_node::engine::Files;
use commons_node::view::{AskReviewRequest, AttachRequest, EraseRequest, ReleaseRequest};
use commons_protocol::id::BlobHash;

/// Asks for a review of the version at `heads`, in a person's name.
fn ask_of(scene: &mut Scene, person: &str, heads: &[String]) {
    let (id, request) =
        (scene.id.clone(), AskReviewRequest { heads: Some(heads.to_vec()), ..AskReviewRequest::default() });
    let asked =
        scene.world.request(COUNCIL, |engine, caller| engine.ask_review(&by(caller, person), &id, &request));
    asked.expect("a review is asked for");
    scene.world.run_until_quiet();
}

#[test]
fn a_late_request_for_an_old_version_changes_nothing_for_reviewers() {
    let mut scene = Scene::new(381);
    let (amina, pat, lee) = (scene.amina.clone(), scene.pat.clone(), scene.lee.clone());
    scene.ask();
    let old = scene.show(COUNCIL).versions[0].heads.clone();
    scene.edit(COUNCIL, &amina, "Drink a lot.\nRest.\n");
    scene.ask();
    scene.world.run_for(60_000);
    ask_of(&mut scene, &pat, &old);
    for (node, person) in [(COUNCIL, pat), (HOSPITAL, lee)] {
        let review = scene.review(node, &person, "approve", "").expect("it is reviewed");
        let version = scene.show(node).versions.into_iter().find(|one| one.version == review.version);
        assert!(version.expect("it is shown").current, "what the document says now is reviewed");
    }
}

#[test]
fn nobody_releases_what_was_changed_since() {
    let mut scene = Scene::new(382);
    let (amina, pat, lee) = (scene.amina.clone(), scene.pat.clone(), scene.lee.clone());
    scene.ask();
    scene.review(COUNCIL, &pat, "approve", "").expect("it is reviewed");
    let old = scene.review(HOSPITAL, &lee, "approve", "").expect("it is reviewed").version;
    scene.edit(COUNCIL, &amina, "Drink a lot.\nRest.\n");
    let new = scene.publish();
    let (id, request) = (scene.id.clone(), ReleaseRequest { version: Some(old) });
    let back = |scene: &mut Scene| {
        scene.world.request(COUNCIL, |engine, caller| engine.release(&by(caller, &pat), &id, &request))
    };
    assert_eq!(back(&mut scene).expect_err("it is older").code, "older-than-released");
    assert_eq!(scene.show(COUNCIL).standing.release, Some(new.id));
    scene.retract(COUNCIL, &amina).expect("it is withdrawn");
    back(&mut scene).expect("once the later one is withdrawn, it may");
}

/// A disk of which somebody reads every file, without an end.
struct Stuck;

impl Files for Stuck {
    fn has(&self, _: &BlobHash) -> bool {
        true
    }

    fn remove(&self, _: &BlobHash, _: u64) -> bool {
        false
    }
}

#[test]
fn who_reads_a_file_for_ever_stops_the_erasure_of_nothing_else() {
    let mut scene = Scene::new(383);
    scene.world.engine(COUNCIL).set_files(Box::new(Stuck));
    let (amina, first) = (scene.amina.clone(), scene.id.clone());
    let second = scene.write("Another", "zebra at home\n");
    let attach = AttachRequest {
        hash: "ab".repeat(32),
        name: "plan.txt".to_owned(),
        media_type: "text/plain".to_owned(),
        ..AttachRequest::default()
    };
    let attached = scene
        .world
        .request(COUNCIL, |engine, caller| engine.attach(&by(caller, &amina), &first, &attach, 120));
    attached.expect("it is attached");
    let erase = |scene: &mut Scene, id: &str| {
        let request =
            EraseRequest { document: Some(id.to_owned()), entries: Vec::new(), reason: "wrong".to_owned() };
        let erased =
            scene.world.request(COUNCIL, |engine, caller| engine.erase(&by(caller, &amina), &request));
        erased.expect("it is asked for").confirmed_by.len()
    };
    assert_eq!(erase(&mut scene, &first), 0, "its file is read just now");
    assert_eq!(erase(&mut scene, &second), 1);
    assert!(!keeps(scene.world.node(COUNCIL).store(), "zebra at home"), "it is gone");
}
