//! Release proofs of true histories: what a node makes, a stranger reads, and
//! it says what the node says.

#[path = "proof/file.rs"]
mod file;
#[path = "proof/press.rs"]
mod press;
#[path = "proof/shelf.rs"]
mod shelf;
#[path = "proof/stories.rs"]
mod stories;
#[path = "common/world.rs"]
mod world;

use commons_protocol::collection::Role;
use commons_protocol::date::Date;
use commons_protocol::proof::{Proof, ProofError, Proved};
use commons_protocol::statement::Verdict;
use commons_protocol::time::Timestamp;
use press::{COUNCIL, DAY, MORNING, Press, RESEARCH, SITE, fields, person, policy};

fn verified(bytes: &[u8]) -> Proved {
    Proof::verify(bytes).unwrap_or_else(|error| panic!("verifies: {error}"))
}

fn day(days: u64) -> Date {
    Date::of(Timestamp(MORNING + days * DAY))
}

#[test]
fn a_release_is_proved_to_a_stranger() {
    let mut press = Press::new();
    let release = press.publish_current(None);
    let bytes = press.file(COUNCIL);
    let proved = verified(&bytes);
    let text = proved.paragraphs(None).join("\n");
    println!("{} bytes\n{text}", bytes.len());
    assert_eq!((proved.commons, proved.document), (press.world.commons, press.document));
    assert_eq!((proved.creator.as_str(), proved.exporter.as_str()), ("Bern council", "Bern council"));
    let [only] = &proved.releases[..] else { panic!("one release") };
    assert_eq!((only.id, only.epoch, &only.version), (release, 0, &press.versions[0]));
    let mut reviews: Vec<_> =
        only.reviews.iter().map(|one| (one.by.name.as_str(), one.role, one.listed)).collect();
    reviews.sort_unstable();
    assert_eq!(reviews, [("Bo", Role::Family, true), ("Cleo", Role::Clinician, true)]);
    for word in ["Plan the week", "Ana (Bern council)", "Fay (Children's hospital)", "works at the hospital"]
    {
        assert!(text.contains(word), "{word} in {text}");
    }
    assert!(text.contains(&press.world.commons.to_string()) && text.contains("No retraction"), "{text}");
}

#[test]
fn the_same_file_comes_out_of_what_it_holds() {
    let mut press = Press::new();
    press.publish_current(None);
    let bytes = press.file(SITE);
    let again = Proof::decode(&bytes).and_then(|proof| proof.encode(&press.world.organisations[SITE].node));
    assert_eq!(again.ok(), Some(bytes));
}

#[test]
fn releases_follow_each_other_and_one_is_withdrawn() {
    let press = stories::three_releases_and_a_retraction();
    let proved = verified(&press.file(RESEARCH));
    assert_eq!(proved.releases.len(), 3);
    let ids: Vec<_> = proved.releases.iter().map(|one| one.id).collect();
    let previous: Vec<_> = proved.releases.iter().map(|one| one.previous).collect();
    assert_eq!(previous, [None, Some(ids[0]), Some(ids[1])]);
    let retraction = proved.releases[2].retraction.as_ref().expect("withdrawn");
    assert_eq!(retraction.by.name, "Ana");
    assert_eq!(Vec::from_iter(&retraction.acknowledged), ["Bern council", "Children's hospital"]);
    let text = proved.paragraphs(Some(day(2))).join("\n");
    assert!(text.contains("WITHDRAWN") && text.contains("Children's hospital"), "{text}");
    assert!(text.starts_with("On 2026-09-23"), "{text}");
    let on = |days| proved.on(day(days)).map(|release| release.id);
    assert_eq!(on(0), Some(ids[0]), "the day of the first release");
    assert_eq!((on(2), on(5)), (Some(ids[1]), Some(ids[2])));
    assert_eq!(on(9), None, "withdrawn");
    assert_eq!(proved.on("2026-01-01".parse().expect("a date")).map(|one| one.id), None, "before all");
}

#[test]
fn a_withdrawn_older_release_is_said_to_be_withdrawn() {
    let mut press = Press::new();
    let first = press.publish_current(None);
    press.edit("Ana", &fields("Plan the week", "Better words."));
    press.publish_current(Some(first));
    press.retract("Ana", &[first]);
    let text = verified(&press.file(COUNCIL)).paragraphs(None).join("\n");
    assert!(text.contains("WITHDRAWN") && text.contains("No retraction of the newest"), "{text}");
}

#[test]
fn what_a_reviewer_said_later_stands_beside_what_counted() {
    let mut press = Press::new();
    press.publish_current(None);
    let version = press.versions[0].clone();
    press.review("Cleo", Verdict::Decline, &version);
    press.review("Dan", Verdict::RequestChanges, &version);
    let proved = verified(&press.file(COUNCIL));
    let mut reviews: Vec<_> = proved.releases[0]
        .reviews
        .iter()
        .map(|one| (one.by.name.as_str(), one.verdict, one.listed))
        .collect();
    reviews.sort_unstable();
    let expected = [
        ("Bo", Verdict::Approve, true),
        ("Cleo", Verdict::Approve, true),
        ("Cleo", Verdict::Decline, false),
        ("Dan", Verdict::RequestChanges, false),
    ];
    assert_eq!(reviews, expected);
    assert!(proved.paragraphs(None).join("\n").contains("DECLINED"));
}

#[test]
fn a_release_that_repeats_another_is_not_the_newest() {
    let press = stories::repeated_release();
    assert_eq!(verified(&press.file(SITE)).releases.len(), 3, "a node leaves the repeated one out");
    let proved = verified(&press.forged(SITE));
    let told: Vec<_> =
        proved.releases.iter().map(|one| (one.by.name.as_str(), one.version == press.versions[0])).collect();
    assert_eq!(told, [("Fay", true), ("Ana", true), ("Fay", false), ("Ana", false)], "the creator's last");
}

#[test]
fn an_attested_release_outlives_a_stricter_policy() {
    let press = stories::attested_before_a_stricter_policy();
    let proved = verified(&press.file(SITE));
    assert_eq!((proved.epoch, proved.releases[0].epoch), (1, 0));
}

#[test]
fn a_release_that_nobody_attested_ends_with_its_policy() {
    let mut press = Press::new();
    press.publish_current(None);
    press.enact_policy(policy(&[(&[Role::Researcher], 1)], 1));
    assert!(matches!(press.try_file(SITE), Err(ProofError::NoRelease)));
}

#[test]
fn a_removed_members_pinned_review_counts_and_the_file_shows_the_pin() {
    let press = stories::removed_reviewer(1);
    let proved = verified(&press.file(COUNCIL));
    assert_eq!(proved.epoch, 1);
    assert!(proved.releases[0].reviews.iter().any(|one| one.by.name == "Dan"));
}

#[test]
fn a_removed_members_review_beyond_the_pin_does_not_count() {
    let press = stories::removed_reviewer(0);
    assert!(matches!(press.try_file(COUNCIL), Err(ProofError::NoRelease)));
}

#[test]
fn a_revoked_reviewer_counts_up_to_the_pin() {
    let press = stories::revoked_reviewer(0);
    verified(&press.file(COUNCIL));
    let press = stories::revoked_reviewer(1);
    assert!(matches!(press.try_file(COUNCIL), Err(ProofError::NoRelease)), "the pin is before the review");
}

#[test]
fn an_attested_review_outlives_the_revocation_of_its_reviewer() {
    let press = stories::attested_and_revoked();
    let proved = verified(&press.file(COUNCIL));
    assert!(proved.releases[0].reviews.iter().any(|one| one.by.name == "Cleo"));
}

#[test]
fn a_pin_that_nobody_has_does_not_keep_an_attested_entry_out_of_a_proof() {
    let press = stories::attested_and_pinned_nowhere();
    verified(&press.file(COUNCIL));
}

#[test]
fn a_rotated_root_and_another_admin_speak_for_the_organisation() {
    let press = stories::rotated_root();
    verified(&press.file(COUNCIL));
}

#[test]
fn an_epoch_that_was_decided_in_a_later_round_is_shown() {
    let proved = verified(&stories::decided_late().file(COUNCIL));
    assert_eq!((proved.epoch, proved.commons_name.as_str()), (1, "Late days"));
}

#[test]
fn a_root_that_an_epoch_replaced_spoke_until_then() {
    let proved = verified(&stories::replaced_root().file(COUNCIL));
    assert_eq!(proved.epoch, 1);
    assert!(proved.releases[0].reviews.iter().any(|one| one.by.name == "Cleo"));
}

#[test]
fn a_chosen_epoch_is_named_before_anything_else() {
    let proved = verified(&stories::chosen_epoch());
    assert_eq!(proved.chosen.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1]);
    assert!(proved.paragraphs(None)[0].contains("without a vote"), "{:?}", proved.paragraphs(None));
}

#[test]
fn a_forked_log_counts_up_to_where_its_organisation_ended_it() {
    let press = stories::forked_and_ended();
    verified(&press.file(COUNCIL));
}

#[test]
fn a_forked_log_counts_up_to_what_electors_attested() {
    let press = stories::forked_and_attested();
    verified(&press.file(COUNCIL));
}

#[test]
fn a_forked_log_without_a_decision_proves_nothing() {
    let press = stories::forked();
    assert!(press.try_file(COUNCIL).is_err());
}

#[test]
fn a_checklist_and_every_kind_of_letter_are_read_back() {
    let press = stories::checklist();
    let proved = verified(&press.file(COUNCIL));
    let review = proved.releases[0].reviews.iter().find(|one| one.by.name == "Cleo").expect("listed");
    assert!(
        review.comment.contains('\u{1f60a}') && review.comment.contains('\u{2028}'),
        "{}",
        review.comment
    );
}

#[test]
fn nobody_reads_a_key_that_was_revoked_as_a_maker() {
    let mut press = Press::new();
    press.publish_current(None);
    let node = press.node_of(SITE);
    press.revoke(SITE, &node, &[(SITE, press.length(SITE))]);
    assert!(matches!(press.try_file(SITE), Err(ProofError::Exporter)));
    verified(&press.file(COUNCIL));
    assert_eq!(person("Ana").public(), person("Ana").public());
}

/// A later retraction with a lower id changes nothing about the days between.
#[test]
fn a_second_retraction_hides_no_first_one() {
    let mut press = Press::new();
    let release = press.publish_current(None);
    press.now += 3 * DAY;
    let first = press.retract("Ana", &[release]);
    press.now += 900 * DAY;
    while press.retract("Ana", &[release]) > first {}
    let proved = Proof::verify(&press.file(COUNCIL)).expect("verifies");
    let day = Date::of(Timestamp(MORNING + 10 * DAY));
    assert_eq!(proved.on(day).map(|one| one.id), None, "withdrawn on the third day");
}
