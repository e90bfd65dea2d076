use super::{from_view, in_a_line, replacing};
use crate::view::{PolicyView, RequirementView};
use commons_protocol::collection::DocumentKind;
use commons_protocol::policy::Policy;

/// Something done to a policy.
type Change = fn(&mut PolicyView);

fn need(roles: &[&str], count: u8) -> RequirementView {
    RequirementView { roles: roles.iter().map(ToString::to_string).collect(), count }
}

fn view() -> PolicyView {
    PolicyView {
        kind: "toolkit".to_owned(),
        requirements: vec![need(&["family", "patient"], 1), need(&["clinician"], 2)],
        organisations: 3,
        authors_may_review: false,
        declines_block: true,
        valid_months: Some(12),
        electors_retract: false,
    }
}

#[test]
fn what_is_proposed_becomes_a_policy_with_sorted_roles() {
    let policy = from_view(&view()).unwrap();
    assert_eq!(policy.check(), Ok(()));
    assert_eq!(
        policy.in_words()[0],
        "A toolkit needs 1 approval by a patient or family member and 2 by clinicians, from 3 organisations, none of them by an author."
    );
}

#[test]
fn the_standard_policy_reads_well() {
    assert_eq!(
        in_a_line(&Policy::standard(DocumentKind::Guidance)),
        "Guidance needs 1 approval by a patient or family member and 1 by a clinician, from 2 organisations, none of them by an author. \
         Whoever declines stands in the way until that person reviews it again. \
         A release is due for review after 24 months at the latest. \
         Who wrote or released it may retract it; electors only once that organisation is gone."
    );
}

#[test]
fn every_part_of_a_policy_shows_in_its_words() {
    let base = from_view(&view()).unwrap();
    let changes: [Change; 7] = [
        |view| view.requirements[1].count = 1,
        |view| view.requirements[1].roles[0] = "improver".to_owned(),
        |view| view.organisations = 2,
        |view| view.authors_may_review = true,
        |view| view.declines_block = false,
        |view| view.valid_months = None,
        |view| view.electors_retract = true,
    ];
    for change in changes {
        let mut other = view();
        change(&mut other);
        if other.organisations == 3 && other.requirements[1].count == 1 {
            other.organisations = 2;
        }
        let other = from_view(&other).unwrap();
        assert_ne!(base.in_words(), other.in_words());
    }
    let none = PolicyView { requirements: Vec::new(), organisations: 0, ..view() };
    assert_eq!(from_view(&none).unwrap().in_words()[0], "A toolkit needs no approval.");
}

#[test]
fn what_nobody_can_meet_is_refused_with_the_reason() {
    let refused: [(Change, &str); 8] = [
        (|view| view.kind = "poem".to_owned(), "\"poem\" is no kind"),
        (|view| view.requirements[0].roles = vec!["king".to_owned()], "\"king\" is no role"),
        (|view| view.requirements[0].roles.clear(), "at least one role"),
        (|view| view.requirements[0].count = 0, "0 approval(s)"),
        (|view| view.requirements[1].count = 65, "65 approval(s)"),
        (|view| view.requirements[1].roles = vec!["patient".to_owned()], "stands in two requirements"),
        (|view| view.organisations = 4, "no more organisations than approvals"),
        (|view| view.valid_months = Some(0), "1 to 120 months"),
    ];
    for (change, why) in refused {
        let mut view = view();
        change(&mut view);
        let failure = from_view(&view).unwrap_err();
        assert!(failure.detail.contains(why), "{why}: {failure}");
    }
}

#[test]
fn a_policy_replaces_the_one_of_its_kind_and_they_stay_sorted() {
    let guidance = from_view(&PolicyView { kind: "guidance".to_owned(), ..view() }).unwrap();
    let toolkit = from_view(&view()).unwrap();
    let both = replacing(vec![guidance.clone()], toolkit.clone());
    assert_eq!(both, [toolkit.clone(), guidance.clone()]);
    let other = Policy { organisations: 2, ..toolkit };
    assert_eq!(replacing(both, other.clone()), [other, guidance]);
}
