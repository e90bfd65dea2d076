//! Reviews and releases while nodes are off, apart, interrupted or hostile.

use super::scene::{ALL, COUNCIL, GROUP, HOSPITAL, Scene, by};
use super::{json, open};
use commons_integration_tests::simulator::{Dice, NodeId, keeps};
use commons_node::engine::journal::{RUN, RunRow};
use commons_node::store::{MemoryStore, Position, Record, Store, Table};
use commons_node::view::{AskReviewRequest, EditRequest, ReleaseRequest, RetractRequest, ReviewRequest};
use commons_protocol::body::Content;
use commons_protocol::collection::Collection;
use commons_protocol::entry::LogName;
use commons_protocol::id::{BlobHash, EntryId};
use commons_protocol::run::{Packed, Run, VerifiedRun};
use commons_protocol::version::Version;
use std::ops::ControlFlow;

/// Releases a version in a person's name; what the document says when absent.
fn release(scene: &mut Scene, node: NodeId, person: &str, version: Option<&String>) {
    let (id, request) = (scene.id.clone(), ReleaseRequest { version: version.cloned() });
    let released =
        scene.world.request(node, |engine, caller| engine.release(&by(caller, person), &id, &request));
    assert!(released.expect("nothing is missing").counts);
}

/// Asks and gets both approvals; returns the version.
fn approve(scene: &mut Scene) -> String {
    let (pat, lee) = (scene.pat.clone(), scene.lee.clone());
    scene.ask();
    scene.review(COUNCIL, &pat, "approve", "").expect("it is reviewed");
    scene.review(HOSPITAL, &lee, "approve", "").expect("it is reviewed").version
}

#[test]
fn one_version_released_twice_at_once_is_released_once() {
    let mut scene = Scene::new(320);
    let (amina, lee) = (scene.amina.clone(), scene.lee.clone());
    approve(&mut scene);
    scene.world.partition(&[HOSPITAL]);
    release(&mut scene, COUNCIL, &amina, None);
    release(&mut scene, HOSPITAL, &lee, None);
    scene.world.heal();
    scene.world.run_until_quiet();
    assert_eq!(scene.status(), ("released".to_owned(), None));
    let view = scene.show(GROUP);
    assert!(view.standing.notices.is_empty(), "{:?}", view.standing.notices);
    let repeated = view.releases.iter().find(|one| !one.counts).expect("one of the two");
    assert_eq!(repeated.organisation, "Harbor Hospital", "the creator's counts");
    assert!(repeated.why_not[0].contains("released already"), "{:?}", repeated.why_not);
}

#[test]
fn two_versions_released_at_once_are_shown_alike_and_settled_by_the_next() {
    for seed in 321..325 {
        let mut scene = Scene::new(seed);
        let (amina, lee) = (scene.amina.clone(), scene.lee.clone());
        let first = approve(&mut scene);
        scene.edit(COUNCIL, &amina, "Drink a lot.\nRest.\n");
        approve(&mut scene);
        scene.world.partition(&[HOSPITAL]);
        release(&mut scene, COUNCIL, &amina, None);
        release(&mut scene, HOSPITAL, &lee, Some(&first));
        scene.world.heal();
        scene.world.run_until_quiet();
        assert_eq!(scene.status().0, "released");
        let notices = scene.show(GROUP).standing.notices;
        assert!(notices[0].starts_with("It was released more than once"), "{notices:?}");
        scene.edit(COUNCIL, &amina, "Drink a lot.\nRest.\nSleep.\n");
        scene.publish();
        assert_eq!(scene.status(), ("released".to_owned(), None));
        let shown = scene.show(GROUP);
        assert_eq!(shown.standing.release.as_deref(), Some(shown.releases[0].id.as_str()), "the newest");
        scene.world.check();
    }
}

/// What somebody does at random: Amina writes, Pat and Dr. Lee review, any of
/// them releases.
fn act(scene: &mut Scene, dice: &mut Dice, step: u64) {
    let writer = (COUNCIL, scene.amina.clone());
    let reviewer = match dice.below(2) {
        0 => (COUNCIL, scene.pat.clone()),
        _ => (HOSPITAL, scene.lee.clone()),
    };
    let what = dice.below(20);
    let (node, person) = if what < 6 { writer } else { reviewer };
    if !scene.world.running().contains(&node) {
        return;
    }
    let id = scene.id.clone();
    let verdicts = ["approve", "approve", "approve", "approve", "request-changes", "decline"];
    let verdict = verdicts[usize::try_from(dice.below(6)).expect("small")].to_owned();
    // What is refused now may be taken later: nothing to review yet, not all of
    // it here, something missing.
    let _ = scene.world.request(node, |engine, caller| {
        let caller = by(caller, &person);
        match what {
            0 => {
                let request = EditRequest { text: Some(format!("Step {step}.\n")), ..EditRequest::default() };
                engine.edit_document(&caller, &id, &request).map(drop)
            }
            1..6 => engine.ask_review(&caller, &id, &AskReviewRequest::default()).map(drop),
            6..14 => {
                let request = ReviewRequest { verdict, ..ReviewRequest::default() };
                engine.review(&caller, &id, &request).map(drop)
            }
            14 => {
                let request = RetractRequest { reason: "A fault".to_owned(), instead: None };
                engine.retract(&caller, &id, &request).map(drop)
            }
            _ => engine.release(&caller, &id, &ReleaseRequest::default()).map(drop),
        }
    });
}

#[test]
fn whatever_happens_all_nodes_come_to_show_the_same() {
    let mut statuses = std::collections::BTreeSet::new();
    for seed in 330..342 {
        let mut scene = Scene::new(seed);
        let mut dice = Dice::new(seed);
        for step in 0..80 {
            act(&mut scene, &mut dice, step);
            let node: NodeId = usize::try_from(dice.below(3)).expect("small");
            match dice.below(20) {
                0 => scene.world.partition(&[node]),
                1 => scene.world.heal_network(),
                2 => scene.world.power_off(node),
                3 => scene.world.restart(node),
                4..8 => ALL.iter().for_each(|node| scene.world.power_on(*node)),
                _ => {}
            }
            scene.world.run_for(dice.below(4_000));
        }
        scene.world.heal();
        scene.world.run_until_quiet();
        scene.world.run_for(5_000);
        scene.world.run_until_quiet();
        let shown: Vec<String> = ALL.map(|node| json(&scene.show(node))).into();
        assert!(shown[0] == shown[1] && shown[1] == shown[2], "seed {seed}: {shown:#?}");
        let view = scene.show(GROUP);
        assert!(view.retractions.iter().all(|one| !one.counts || one.missing.is_empty()), "seed {seed}");
        assert!(view.releases.iter().all(|one| one.matches != Some(false)), "seed {seed}");
        statuses.insert(format!("{} {:?}", view.standing.status, view.standing.draft));
        scene.world.check();
    }
    println!("ends of the seeds: {statuses:?}");
    assert!(statuses.len() > 2, "the seeds lead to different ends: {statuses:?}");
}

#[test]
fn an_erasure_that_was_interrupted_is_finished_at_the_next_start() {
    for seed in 350..354 {
        let mut scene = Scene::new(seed);
        let (lee, id) = (scene.lee.clone(), scene.id.clone());
        scene.ask();
        scene.review(HOSPITAL, &lee, "request-changes", "Singular remark.").expect("it is reviewed");
        let mut store = scene.world.node(GROUP).store().snapshot();
        let before = scene.world.contents(COUNCIL).runs;
        scene.world.erase(COUNCIL, &id).expect("it is the council's");
        let known = |run: &VerifiedRun| before.iter().any(|one| one.last().id == run.last().id);
        let runs = scene.world.contents(COUNCIL).runs;
        for run in runs.iter().filter(|run| !known(run)) {
            index(&mut store, &scene, run);
        }
        assert!(keeps(&store, "Singular remark."));
        let engine = open(&scene.world, GROUP, store, scene.world.now());
        assert!(!keeps(engine.store(), "Singular remark."), "seed {seed}");
        assert!(!keeps(engine.store(), "Is it clear?"), "seed {seed}");
    }
}

#[test]
fn a_review_that_alone_was_left_of_an_erased_document_goes_too() {
    for seed in 370..376 {
        let mut scene = Scene::new(seed);
        let (lee, id) = (scene.lee.clone(), scene.id.clone());
        scene.ask();
        scene.review(HOSPITAL, &lee, "request-changes", "Singular remark.").expect("it is reviewed");
        let before = scene.world.contents(GROUP).runs;
        scene.world.erase(COUNCIL, &id).expect("it is the council's");
        scene.world.run_until_quiet();
        let mut store = scene.world.node(GROUP).store().snapshot();
        assert!(!keeps(&store, "Singular remark."));
        let hospital = scene.world.node(HOSPITAL).keys().node.public();
        let review = before.iter().find(|run| run.log().node == hospital).expect("the hospital wrote");
        put_back(&mut store, &scene, review);
        assert!(keeps(&store, "Singular remark."));
        let engine = open(&scene.world, GROUP, store, scene.world.now());
        assert!(!keeps(engine.store(), "Singular remark."), "seed {seed}");
    }
}

/// Puts a run in the place of the record that has the same entries.
fn put_back(store: &mut MemoryStore, scene: &Scene, run: &VerifiedRun) {
    let mut at = None;
    let scanned = store.scan(Position::START, &mut |position, record| {
        let found = (record.kind == RUN).then(|| Run::decode(&record.payload).expect("a stored run decodes"));
        let found = found.and_then(|found| found.trusted(scene.world.commons()).ok());
        if found.is_some_and(|found| found.last().id == run.last().id) {
            at = Some(position);
        }
        ControlFlow::Continue(())
    });
    scanned.expect("the records can be read");
    let record = Record { kind: RUN, payload: run.encode() };
    let moved = store.replace(vec![(at.expect("it is stored"), record)]).expect("there is room");
    let key = RunRow::key(&run.log().id(&scene.world.commons()), run.first());
    let row = RunRow::new(moved[0], run, run.entries().len()).encode();
    store.put(Table::Runs, vec![(key, Some(row))]).expect("there is room");
    store.set_indexed_to(store.end()).expect("there is room");
}

/// Stores a run with its row in the index, and no more: as a crash right
/// afterwards leaves it.
fn index(store: &mut MemoryStore, scene: &Scene, run: &VerifiedRun) {
    let record = Record { kind: RUN, payload: run.encode() };
    let position = store.append(&[record]).expect("there is room")[0];
    let key = RunRow::key(&run.log().id(&scene.world.commons()), run.first());
    let row = RunRow::new(position, run, run.entries().len()).encode();
    store.put(Table::Runs, vec![(key, Some(row))]).expect("there is room");
    store.set_indexed_to(store.end()).expect("there is room");
}

#[test]
fn nobody_signs_a_version_that_the_own_node_does_not_build() {
    let mut scene = Scene::new(360);
    let (lee, id) = (scene.lee.clone(), scene.id.clone());
    scene.ask();
    let papers = request_of(&mut scene);
    scene.world.take_over(GROUP);
    let keys = scene.world.node(GROUP).keys().clone();
    let mut forged = papers.clone();
    forged.version.blake3 = BlobHash([9; 32]);
    let epoch = scene.world.epoch(HOSPITAL);
    let entry: Packed = scene.world.forge_entry(GROUP, epoch, &Content::Request(forged));
    // Newer than what was asked for before.
    let entry = Packed { time: commons_protocol::time::Timestamp(scene.world.now() + 1_000), ..entry };
    let log = LogName { node: keys.node.public(), collection: Collection::Toolkits, nonce: 77 };
    let run = VerifiedRun::sign(scene.world.commons(), log, 0, None, vec![entry], &keys.node);
    scene.world.show_run(GROUP, &run.expect("it can sign"));
    scene.world.run_for(20_000);
    let request = ReviewRequest { verdict: "approve".to_owned(), ..ReviewRequest::default() };
    let refused =
        scene.world.request(HOSPITAL, |engine, caller| engine.review(&by(caller, &lee), &id, &request));
    assert_eq!(refused.expect_err("another version").code, "version-differs");
    let honest = ReviewRequest { version: Some(papers.version.blake3.to_string()), ..request };
    let view = scene.world.request(HOSPITAL, |engine, caller| engine.review(&by(caller, &lee), &id, &honest));
    assert!(view.expect("the one that is there").counts);
}

/// The request that was made, from the records.
fn request_of(scene: &mut Scene) -> commons_protocol::body::Request {
    let runs = scene.world.contents(COUNCIL).runs;
    let entries = runs.iter().flat_map(VerifiedRun::entries);
    let mut contents =
        entries.filter_map(|entry| Content::decode(entry.header.kind, entry.body.bytes()?).ok());
    let found = contents.find_map(|content| match content {
        Content::Request(request) => Some(request),
        _ => None,
    });
    found.expect("a review was asked for")
}

#[test]
fn a_release_waits_for_the_files_that_it_names() {
    let mut scene = Scene::new(361);
    let (amina, id) = (scene.amina.clone(), scene.id.clone());
    let attach = commons_node::view::AttachRequest {
        hash: "ab".repeat(32),
        name: "plan.png".to_owned(),
        media_type: "image/png".to_owned(),
        ..Default::default()
    };
    let mut attach_it = |alt: Option<&str>| {
        let request = commons_node::view::AttachRequest { alt: alt.map(str::to_owned), ..attach.clone() };
        scene.world.request(COUNCIL, |engine, caller| engine.attach(&by(caller, &amina), &id, &request, 120))
    };
    assert_eq!(attach_it(None).expect_err("an image needs words").code, "no-alt");
    attach_it(Some("A plan of the day")).expect("it is attached");
    attach_it(Some("A plan of the week")).expect("the words can change");
    scene.world.run_until_quiet();
    let references = scene.world.engine(GROUP).blob_references();
    assert_eq!(references.len(), 1, "one file of one organisation");
    assert_eq!((references[0].size, references[0].organisation), (120, organisation(&scene, COUNCIL)));
    scene.world.engine(COUNCIL).set_files(Box::new(Holding(None)));
    scene.ask();
    let (pat, lee) = (scene.pat.clone(), scene.lee.clone());
    scene.review(COUNCIL, &pat, "approve", "").expect("it is reviewed");
    scene.review(HOSPITAL, &lee, "approve", "").expect("it is reviewed");
    let refused = scene.release().expect_err("the file is not here");
    assert!(refused.detail.contains("\"plan.png\" is not on this node yet"), "{}", refused.detail);
    scene.world.engine(COUNCIL).set_files(Box::new(Holding(Some(BlobHash([0xab; 32])))));
    scene.release().expect("nothing is missing");
}

fn organisation(scene: &Scene, node: NodeId) -> commons_protocol::id::OrganisationId {
    scene.world.node(node).keys().organisation
}

#[test]
fn a_version_is_the_same_on_every_node_and_names_its_authors() {
    let mut scene = Scene::new(362);
    let (amina, lee) = (scene.amina.clone(), scene.lee.clone());
    scene.world.partition(&[HOSPITAL]);
    scene.edit(COUNCIL, &amina, "Drink a lot.\nRest.\n");
    scene.edit(HOSPITAL, &lee, "Eat little.\nDrink a lot.\n");
    scene.world.heal();
    scene.world.run_until_quiet();
    let id = scene.id.clone();
    let versions: Vec<Version> =
        ALL.map(|node| scene.world.engine(node).draft(&id).expect("it is built")).into();
    assert_eq!(versions[0].heads.len(), 2);
    assert!(versions.windows(2).all(|two| two[0].encode() == two[1].encode()));
    let mut authors = [amina, lee].map(|key| key.parse().expect("a key is hexadecimal"));
    authors.sort();
    assert_eq!(*versions[0].cover.contributors, authors);
    let older = AskReviewRequest {
        heads: Some(vec![versions[0].heads[0].to_string(), EntryId([3; 32]).to_string()]),
        ..AskReviewRequest::default()
    };
    let unknown = scene.world.request(COUNCIL, |engine, caller| engine.ask_review(caller, &id, &older));
    assert!(
        ["forbidden", "version-not-here", "role-forbids"].contains(&&*unknown.expect_err("unknown").code)
    );
}

/// A disk that holds one file, or none.
struct Holding(Option<BlobHash>);

impl commons_node::engine::Files for Holding {
    fn has(&self, file: &BlobHash) -> bool {
        self.0.as_ref() == Some(file)
    }

    fn remove(&self, _: &BlobHash, _: u64) -> bool {
        true
    }
}
