//! Stories of toolkits and guidance on their way from draft to release, and
//! back.

#[path = "publication/abuse.rs"]
mod abuse;
#[path = "publication/faults.rs"]
mod faults;
#[path = "publication/scene.rs"]
mod scene;

use commons_integration_tests::simulator::{NodeId, World, keeps};
use commons_node::engine::{Engine, Profile};
use commons_node::store::{MemoryStore, Store};
use commons_node::view::{
    AttachRequest, EditRequest, NewDocument, PublicationView, RestoreRequest, ReviewRequest,
};
use commons_protocol::collection::{Collection, OrganisationKind};
use commons_protocol::date::Date;
use commons_protocol::proof::Proof;
use commons_protocol::time::Timestamp;
use scene::{ALL, COUNCIL, GROUP, HOSPITAL, Scene, by};
use std::collections::BTreeMap;

const DAY: u64 = 24 * 3_600_000;

#[test]
fn a_toolkit_goes_from_draft_to_release_and_a_later_edit_is_a_draft() {
    let mut scene = Scene::new(301);
    let (amina, pat, lee) = (scene.amina.clone(), scene.pat.clone(), scene.lee.clone());
    assert_eq!(scene.status(), ("draft".to_owned(), Some("draft".to_owned())));
    scene.ask();
    assert_eq!(scene.status(), ("in review".to_owned(), Some("in review".to_owned())));
    let own = scene.review(COUNCIL, &amina, "approve", "").expect("an author may review");
    assert!(!own.counts);
    assert_eq!(own.why_not.as_deref(), Some("the reviewer contributed to this version"));
    let lee_says = scene.review(HOSPITAL, &lee, "approve", "Well done").expect("it is reviewed");
    assert!(lee_says.counts, "{lee_says:?}");
    assert_eq!((lee_says.role.as_str(), lee_says.person.as_str()), ("clinician", "Dr. Lee"));
    let refused = scene.release().expect_err("the patient's approval is missing");
    assert_eq!(refused.code, "not-eligible");
    assert!(
        refused.detail.contains("approval by a patient or family member: has 0 of 1"),
        "{}",
        refused.detail
    );
    assert!(refused.detail.contains("different organisations: has 1 of 2"), "{}", refused.detail);
    scene.review(COUNCIL, &pat, "approve", "").expect("it is reviewed");
    assert_eq!(scene.status().0, "eligible");
    let release = scene.release().expect("nothing is missing");
    assert!(release.counts && release.matches == Some(true), "{release:?}");
    assert_eq!(release.reviews.len(), 3, "all current reviews are listed");
    assert_eq!(scene.status(), ("released".to_owned(), None));
    for node in ALL {
        let view = scene.show(node);
        assert_eq!(view.releases[0].matches, Some(true), "every node builds the same");
        assert!(view.standing.sentence.starts_with("Released on 2026-03-01 under the policy of epoch "));
    }
    scene.edit(COUNCIL, &amina, "Drink a lot.\nRest.\n");
    scene.world.run_until_quiet();
    assert_eq!(scene.status(), ("released".to_owned(), Some("draft".to_owned())));
    let id = scene.id.clone();
    let (version, _) = scene.world.engine(GROUP).released(&id, None).expect("it is released");
    assert_eq!(version.fields().text, "Drink a lot.\n");
    assert_eq!(scene.world.document(GROUP, &id).expect("it is here").text, "Drink a lot.\nRest.\n");
    let lists = scene.world.engine(GROUP).documents(None).expect("it takes part");
    assert_eq!(lists[0].standing.status, "released", "lists say the same");
    scene.world.check();
}

#[test]
fn who_declines_stands_in_the_way_by_name_until_the_review_changes() {
    let mut scene = Scene::new(302);
    let (pat, lee) = (scene.pat.clone(), scene.lee.clone());
    scene.ask();
    scene.review(COUNCIL, &pat, "approve", "").expect("it is reviewed");
    scene.review(HOSPITAL, &lee, "decline", "The dose is missing.").expect("it is reviewed");
    let refused = scene.release().expect_err("Dr. Lee declines");
    let words = "Dr. Lee (Harbor Hospital) declines it: The dose is missing.";
    assert!(refused.detail.contains(words), "{}", refused.detail);
    let changed = scene.review(HOSPITAL, &lee, "approve", "").expect("it is reviewed again");
    assert!(changed.counts);
    let view = scene.show(GROUP);
    let first =
        view.versions[0].reviews.iter().find(|one| one.verdict == "decline").expect("it stays to be seen");
    assert_eq!(first.why_not.as_deref(), Some("a later review by the same person replaces it"));
    scene.release().expect("nobody declines any more");
    assert_eq!(scene.status(), ("released".to_owned(), None));
}

#[test]
fn roles_and_versions_are_checked_before_anything_is_signed() {
    let mut scene = Scene::new(303);
    let (amina, lee) = (scene.amina.clone(), scene.lee.clone());
    let early = scene.review(HOSPITAL, &lee, "approve", "").expect_err("nobody asked");
    assert_eq!(early.code, "nothing-to-review");
    scene.ask();
    let id = scene.id.clone();
    let mut as_role = |role: &str, comment: &str| {
        let request = ReviewRequest {
            verdict: "approve".to_owned(),
            role: Some(role.to_owned()),
            comment: comment.to_owned(),
            ..ReviewRequest::default()
        };
        scene.world.request(HOSPITAL, |engine, caller| engine.review(&by(caller, &lee), &id, &request))
    };
    let other = as_role("patient", "").expect_err("Dr. Lee is no patient here");
    assert_eq!(other.code, "role-not-given");
    assert!(other.detail.contains("clinician, researcher"), "{}", other.detail);
    let researcher = as_role("researcher", "").expect("the role is Dr. Lee's");
    assert_eq!(researcher.why_not.as_deref(), Some("the policy does not ask for that role"));
    let leak = as_role("clinician", "Ask the family at jane.doe@example.org").expect_err("an address");
    assert_eq!(leak.code, "identifiers");
    let early = scene.retract(COUNCIL, &amina).expect_err("nothing is released");
    assert_eq!(early.code, "not-released");
}

#[test]
fn a_retraction_reaches_everybody_and_all_confirm_it() {
    let mut scene = Scene::new(304);
    let (amina, lee) = (scene.amina.clone(), scene.lee.clone());
    let release = scene.publish();
    scene.world.power_off(GROUP);
    let wrong = scene.retract(HOSPITAL, &lee).expect_err("it is not the hospital's");
    assert_eq!(wrong.code, "not-yours");
    assert!(wrong.detail.contains("Riverside Council created it"), "{}", wrong.detail);
    scene.retract(COUNCIL, &amina).expect("it is the council's");
    let view = scene.show(COUNCIL);
    assert_eq!(view.retractions[0].acknowledged_by, ["Riverside Council"], "at once by its own");
    scene.world.run_for(60_000);
    let view = scene.show(HOSPITAL);
    assert_eq!(view.standing.status, "retracted");
    assert_eq!(view.retractions[0].acknowledged_by.len(), 2);
    assert_eq!(view.retractions[0].missing, ["Hillside Group"]);
    scene.world.power_on(GROUP);
    scene.world.run_until_quiet();
    scene.world.run_for(5_000);
    scene.world.run_until_quiet();
    assert_eq!(scene.status(), ("retracted".to_owned(), None));
    for node in ALL {
        let view = scene.show(node);
        assert!(view.retractions[0].missing.is_empty(), "{:?}", view.retractions);
        assert_eq!(view.retractions[0].releases, std::slice::from_ref(&release.id));
        assert!(view.standing.sentence.contains("The dose was wrong"), "{}", view.standing.sentence);
    }
    let id = scene.id.clone();
    let gone = scene.world.engine(GROUP).released(&id, None).expect_err("it is withdrawn");
    assert_eq!(gone.code, "retracted");
    let acknowledgements = scene.world.engine(GROUP).status().entries;
    scene.world.run_for(10 * 60_000);
    assert_eq!(scene.world.engine(GROUP).status().entries, acknowledgements, "once is enough");
    let again = scene.release().expect_err("withdrawn for good");
    assert_eq!(again.code, "released-already");
    scene.world.check();
}

#[test]
fn what_was_released_on_a_day_is_told_by_the_times_that_papers_claim() {
    let mut scene = Scene::new(305);
    let (amina, id) = (scene.amina.clone(), scene.id.clone());
    let today = |scene: &Scene| Date::of(Timestamp(scene.world.now()));
    let before = today(&scene);
    scene.world.sleep(2 * DAY);
    scene.publish();
    let first = today(&scene);
    scene.world.sleep(10 * DAY);
    scene.world.run_until_quiet();
    scene.edit(COUNCIL, &amina, "Drink a lot.\nRest.\n");
    scene.publish();
    let second = today(&scene);
    scene.world.sleep(10 * DAY);
    scene.world.run_until_quiet();
    scene.retract(COUNCIL, &amina).expect("it is the council's");
    scene.world.run_until_quiet();
    let third = today(&scene);
    let mut on = |day: Date| {
        let found = scene.world.engine(GROUP).released(&id, Some(day));
        found.map(|(version, _)| version.fields().text).map_err(|failure| failure.code)
    };
    assert_eq!(on(before), Err("not-released".to_owned()));
    assert_eq!(on(first), Ok("Drink a lot.\n".to_owned()));
    assert_eq!(on(second), Ok("Drink a lot.\nRest.\n".to_owned()));
    assert_eq!(on(third), Err("retracted".to_owned()));
}

#[test]
fn an_erased_document_takes_everything_that_was_said_about_it_along() {
    let mut scene = Scene::new(306);
    let (lee, id) = (scene.lee.clone(), scene.id.clone());
    scene.ask();
    scene.review(HOSPITAL, &lee, "request-changes", "Singular remark.").expect("it is reviewed");
    let attach = AttachRequest {
        hash: "ab".repeat(32),
        name: "plan.pdf".to_owned(),
        media_type: "application/pdf".to_owned(),
        ..AttachRequest::default()
    };
    let amina = scene.amina.clone();
    let attached =
        scene.world.request(COUNCIL, |engine, caller| engine.attach(&by(caller, &amina), &id, &attach, 120));
    assert_eq!(attached.expect("it is attached").particulars["attachment/plan.pdf/size"], "120");
    scene.world.run_until_quiet();
    for node in ALL {
        assert!(keeps(scene.world.node(node).store(), "Singular remark."));
        assert_eq!(scene.world.engine(node).blob_references().len(), 1);
    }
    scene.world.erase(COUNCIL, &id).expect("it is the council's");
    scene.world.run_until_quiet();
    for node in ALL {
        assert!(!keeps(scene.world.node(node).store(), "Singular remark."), "node {node}");
        assert!(!keeps(scene.world.node(node).store(), "Is it clear?"), "node {node}");
        assert!(scene.world.engine(node).blob_references().is_empty());
        assert_eq!(scene.world.engine(node).status().missing_bodies, 0, "everybody knows why");
        let gone = scene.world.engine(node).publication(&id).expect_err("it is gone");
        assert_eq!(gone.code, "not-found");
    }
    scene.world.check();
}

#[test]
fn a_restart_keeps_everything_that_was_said() {
    let mut scene = Scene::new(307);
    let amina = scene.amina.clone();
    scene.publish();
    scene.retract(COUNCIL, &amina).expect("it is the council's");
    scene.world.run_until_quiet();
    scene.edit(COUNCIL, &amina, "Drink little.\n");
    scene.publish();
    let id = scene.id.clone();
    let shown: Vec<String> = ALL.map(|node| json(&scene.show(node))).into();
    for node in ALL {
        let now = scene.world.now();
        let mut replayed = scene.world.node(node).store().snapshot();
        replayed.clear_index().expect("a store in memory can clear its index");
        let mut replayed = open(&scene.world, node, replayed, now);
        assert_eq!(json(&replayed.publication(&id).expect("it can be shown")), shown[node], "by replay");
        scene.world.restart(node);
        assert_eq!(json(&scene.show(node)), shown[node], "from the index");
    }
    scene.world.run_until_quiet();
    scene.world.check();
}

fn json(view: &PublicationView) -> String {
    serde_json::to_string_pretty(view).expect("a view is JSON")
}

fn open(world: &World, node: NodeId, store: MemoryStore, now: u64) -> Engine<MemoryStore> {
    let profile = Profile {
        name: world.node(node).name.clone(),
        kind: OrganisationKind::Site,
        collections: Collection::ALL.to_vec(),
        public_addresses: Vec::new(),
    };
    let keys = world.node(node).keys().clone();
    Engine::open(store, profile, keys, Box::new(|| [7; 32]), now).expect("it opens")
}

#[test]
fn gaps_are_named_before_a_release() {
    let mut scene = Scene::new(308);
    let amina = scene.amina.clone();
    let particulars = BTreeMap::from([
        ("attachment/map.png/hash".to_owned(), "cd".repeat(32)),
        ("attachment/map.png/media-type".to_owned(), "image/png".to_owned()),
        ("recommendation/1/statement".to_owned(), "Drink.".to_owned()),
    ]);
    let request = NewDocument {
        kind: "guidance".to_owned(),
        title: "Fluids".to_owned(),
        text: "Drink.\n".to_owned(),
        particulars,
        ..NewDocument::default()
    };
    let written =
        scene.world.request(COUNCIL, |engine, caller| engine.new_document(&by(caller, &amina), &request));
    scene.id = written.expect("it is written").summary.id;
    let refused = scene.release().expect_err("much is missing");
    for words in [
        "set attachment/map.png/alt",
        "was never attached",
        "set recommendation/1/strength",
        "set recommendation/1/certainty",
        "approval by a clinician: has 0 of 1",
    ] {
        assert!(refused.detail.contains(words), "{words} in {}", refused.detail);
    }
    assert!(!refused.detail.contains("recommendation/1/statement"));
}

#[test]
fn a_history_says_which_fields_changed_and_can_be_gone_back_in() {
    let mut scene = Scene::new(309);
    let (amina, id) = (scene.amina.clone(), scene.id.clone());
    let mut change = |particulars: &[(&str, Option<&str>)], text: Option<&str>, reason: Option<&str>| {
        let values = particulars.iter().map(|(name, value)| ((*name).to_owned(), value.map(str::to_owned)));
        let request = EditRequest {
            particulars: Some(values.collect()),
            text: text.map(str::to_owned),
            override_reason: reason.map(str::to_owned),
            ..EditRequest::default()
        };
        scene
            .world
            .request(COUNCIL, |engine, caller| engine.edit_document(&by(caller, &amina), &id, &request))
    };
    change(&[("audience", Some("Parents"))], Some("Drink a lot.\nSleep.\n"), None).expect("it is edited");
    let leak = change(&[("author/1", Some("jane.doe@example.org"))], None, Some("she agreed"));
    assert_eq!(leak.expect_err("no reason is enough for an address").code, "identifiers");
    let soft = "My son Daniel Weber, admitted on 12 March 2024, drank a lot.\n";
    let asked = change(&[], Some(soft), None).expect_err("names are asked about");
    assert_eq!(asked.code, "identifiers-soft");
    change(&[("audience", None)], Some(soft), Some("He wants to be named")).expect("with a reason");
    change(&[("stage", Some("at home"))], None, None).expect("what was kept before is asked about no more");
    scene.world.run_until_quiet();
    let history = scene.world.engine(GROUP).history(&id).expect("it has one");
    let fields: Vec<Vec<String>> = history.iter().map(|edit| edit.fields.clone()).collect();
    assert_eq!(fields[0], ["title", "language", "text"]);
    assert_eq!(fields[1], ["text", "audience"]);
    assert_eq!(fields[2], ["text", "audience"]);
    assert_eq!(fields[3], ["stage"]);
    assert_eq!(history[2].overrides[0], "kept because: He wants to be named");
    assert!(history[2].overrides.len() > 1 && history[1].overrides.is_empty());
    let restore = RestoreRequest { version: history[1].id.clone(), override_reason: None };
    let amina = scene.amina.clone();
    let view =
        scene.world.request(COUNCIL, |engine, caller| engine.restore(&by(caller, &amina), &id, &restore));
    let view = view.expect("it is restored");
    assert_eq!(view.text, "Drink a lot.\nSleep.\n");
    assert_eq!(view.particulars, BTreeMap::from([("audience".to_owned(), "Parents".to_owned())]));
    scene.world.run_until_quiet();
    scene.world.check();
}

#[test]
fn a_newer_document_replaces_an_older_one() {
    let mut scene = Scene::new(310);
    let (amina, old) = (scene.amina.clone(), scene.id.clone());
    scene.publish();
    scene.id = scene.write("Ten days at home, again", "Drink a lot more.\n");
    let values = BTreeMap::from([("supersedes".to_owned(), Some(old.clone()))]);
    let request = EditRequest { particulars: Some(values), ..EditRequest::default() };
    let id = scene.id.clone();
    let edited = scene
        .world
        .request(COUNCIL, |engine, caller| engine.edit_document(&by(caller, &amina), &id, &request));
    edited.expect("it is edited");
    scene.publish();
    assert_eq!(scene.status().0, "released");
    scene.id = old;
    assert_eq!(scene.status().0, "superseded");
    let sentence = scene.show(GROUP).standing.sentence;
    assert!(sentence.contains("replaced by \"Ten days at home, again\""), "{sentence}");
}

#[test]
fn a_proof_is_made_of_what_a_node_holds_and_tells_the_whole_story() {
    let mut scene = Scene::new(311);
    let (amina, id) = (scene.amina.clone(), scene.id.clone());
    let early = scene.world.engine(GROUP).proof(&id).expect_err("nothing is released");
    assert_eq!(early.code, "not-released");
    let first = scene.publish();
    scene.edit(COUNCIL, &amina, "Drink a lot.\nRest.\n");
    scene.world.run_until_quiet();
    let proved = Proof::verify(&scene.world.engine(GROUP).proof(&id).expect("it is released"));
    let proved = proved.expect("a stranger is convinced");
    assert_eq!((proved.commons, proved.releases.len()), (scene.world.commons(), 1));
    assert_eq!(proved.releases[0].id.to_string(), first.id);
    assert_eq!(proved.releases[0].version.fields().text, "Drink a lot.\n");
    let names: Vec<&str> = proved.releases[0].reviews.iter().map(|one| one.by.name.as_str()).collect();
    assert!(names.len() == 2 && names.contains(&"Pat") && names.contains(&"Dr. Lee"), "{names:?}");
    scene.publish();
    scene.retract(COUNCIL, &amina).expect("it is the council's");
    scene.world.run_until_quiet();
    scene.world.run_for(5_000);
    scene.world.run_until_quiet();
    let proved = Proof::verify(&scene.world.engine(HOSPITAL).proof(&id).expect("it was released"));
    let proved = proved.expect("a stranger is convinced");
    assert_eq!(proved.releases.len(), 2);
    for release in &proved.releases {
        let retraction = release.retraction.as_ref().expect("it was withdrawn");
        assert_eq!(retraction.acknowledged.len(), 3);
    }
}
