//! Whether the checker would have noticed: cases that are wrong in one place.

use commons_integration_tests::process::verdict::{Case, judge};
use commons_integration_tests::process::{Answered, Asked, Ending, Event};
use commons_protocol::object::Object;
use commons_protocol::vote::Phase;

/// Judges the case again and again with something wrong.
pub fn are_noticed(history: &[Event], mut members: Vec<Ending>, removed: &[Ending]) {
    let lost = [history, &[a_save_that_is_nowhere(history)]].concat();
    assert!(is_noticed(&lost, &members, removed), "a save that is lost");
    assert!(is_noticed(history, &members, &[]), "cut entries whose author was not removed");

    let last = members[1].charter.commons.epoch_hash.clone();
    let taken = take_a_commit(&mut members[1], &last);
    assert!(is_noticed(history, &members, removed), "an epoch without a quorum of commits");
    members[1].records.objects.extend(taken);

    members[1].charter.epochs.pop();
    assert!(is_noticed(history, &members, removed), "a chain that lacks an epoch");
}

fn is_noticed(history: &[Event], members: &[Ending], removed: &[Ending]) -> bool {
    judge(&Case { history, members, removed }).is_err()
}

fn a_save_that_is_nowhere(history: &[Event]) -> Event {
    let is_saved = |event: &&Event| matches!(event.answered, Answered::Saved { .. });
    let some = history.iter().find(is_saved).expect("something was saved").clone();
    Event { asked: Asked::Write { mark: "<never written>".to_owned() }, ..some }
}

/// Takes commits on an epoch out of a node's records until they are too few.
fn take_a_commit(ending: &mut Ending, epoch: &str) -> Vec<Object> {
    let is_commit = |object: &Object| match object {
        Object::Vote(vote) => {
            vote.value().phase == Phase::Commit && vote.value().proposal.to_string() == epoch
        }
        _ => false,
    };
    let (taken, rest) = std::mem::take(&mut ending.records.objects).into_iter().partition(is_commit);
    ending.records.objects = rest;
    taken
}
