//! What a charter says about counts of people: from what an operator proposes
//! to the charter's form, and from there into words.

use super::Failure;
use commons_protocol::charter::Charter;
use commons_protocol::disclosure::{Policy, THRESHOLDS};

/// Organisations that a charter may ask of a network's total.
const ORGANISATIONS: std::ops::RangeInclusive<u8> = 2..=100;
/// Per cent of a network's total that a charter may allow one organisation.
const SHARES: std::ops::RangeInclusive<u8> = 50..=100;

/// What to change; what is none stays.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Change {
    /// Counts from 1 to this are masked.
    pub threshold: Option<u16>,
    /// Organisations that a network's total needs, at least.
    pub organisations: Option<u8>,
    /// Per cent of a network's total that one organisation may make up.
    pub share: Option<u8>,
}

/// The policy that an operator proposes; none for the one that holds where a
/// charter says nothing, which is written in that way only.
///
/// # Errors
/// `bad-policy`, `no-change`.
pub(super) fn changed(current: &Charter, change: Change) -> Result<Option<Policy>, Failure> {
    let now = current.disclosure();
    let policy = Policy {
        threshold: change.threshold.unwrap_or(now.threshold),
        organisations: change.organisations.unwrap_or(now.organisations),
        share: change.share.unwrap_or(now.share),
    };
    check(&policy)?;
    if policy == now {
        return Err(Failure::conflict("no-change", "the charter says this already"));
    }
    Ok((policy != Policy::default()).then_some(policy))
}

fn check(policy: &Policy) -> Result<(), Failure> {
    let bad = |why: String| Err(Failure::invalid("bad-policy", why));
    let Policy { threshold, organisations, share } = *policy;
    if !THRESHOLDS.contains(&threshold) {
        let (least, most) = (THRESHOLDS.start(), THRESHOLDS.end());
        return bad(format!("the threshold can be from {least} to {most}; {threshold} is not"));
    }
    if !ORGANISATIONS.contains(&organisations) {
        let (least, most) = (ORGANISATIONS.start(), ORGANISATIONS.end());
        return bad(format!(
            "a network's total can ask for {least} to {most} organisations; {organisations} is not one of these"
        ));
    }
    if !SHARES.contains(&share) {
        let (least, most) = (SHARES.start(), SHARES.end());
        return bad(format!(
            "the largest share of one organisation can be from {least} to {most} per cent; {share} is not"
        ));
    }
    match policy.is_sound() {
        true => Ok(()),
        false => bad("no charter may say this".to_owned()),
    }
}

/// What a policy masks and withholds, as one line.
pub(super) fn in_a_line(policy: &Policy) -> String {
    let Policy { threshold, organisations, share } = policy;
    let share = match share {
        100.. => "whatever the share of one of them is".to_owned(),
        share => format!("none of which makes up more than {share} per cent of it"),
    };
    format!(
        "Counts of people from 1 to {threshold} are masked, and so is what they could be worked out from. \
         A network's total is shown if at least {organisations} organisations contribute, {share}."
    )
}

#[cfg(test)]
mod tests {
    use super::{Change, changed, in_a_line};
    use crate::engine::fixture::founder;
    use crate::view::ProposeRequest;
    use commons_protocol::charter::Charter;
    use commons_protocol::disclosure::Policy;

    fn charter() -> Charter {
        founder().0.governance().unwrap().current().clone()
    }

    #[test]
    fn what_is_not_named_stays_and_the_usual_is_written_in_one_way() {
        let current = charter();
        let change = Change { threshold: Some(20), ..Change::default() };
        let stricter = changed(&current, change).unwrap().unwrap();
        assert_eq!(stricter, Policy { threshold: 20, ..Policy::default() });
        let current = Charter { disclosure: Some(stricter), ..current };
        let more = changed(&current, Change { share: Some(60), ..Change::default() }).unwrap().unwrap();
        assert_eq!((more.threshold, more.organisations, more.share), (20, 3, 60));
        let back = Change { threshold: Some(10), ..Change::default() };
        assert_eq!(changed(&current, back).unwrap(), None);
    }

    #[test]
    fn what_no_charter_may_say_is_refused_with_the_reason() {
        let current = charter();
        let none = Change::default();
        for (change, why) in [
            (Change { threshold: Some(4), ..none }, "from 5 to 100; 4 is not"),
            (Change { threshold: Some(101), ..none }, "from 5 to 100; 101 is not"),
            (Change { organisations: Some(1), ..none }, "2 to 100 organisations; 1 is not"),
            (Change { organisations: Some(101), ..none }, "2 to 100 organisations; 101 is not"),
            (Change { share: Some(49), ..none }, "from 50 to 100 per cent; 49 is not"),
            (Change { share: Some(101), ..none }, "from 50 to 100 per cent; 101 is not"),
            (none, "says this already"),
            (Change { threshold: Some(10), ..none }, "says this already"),
        ] {
            let failure = changed(&current, change).unwrap_err();
            assert!(failure.detail.contains(why), "{why}: {failure}");
        }
    }

    #[test]
    fn every_part_of_a_policy_shows_in_its_words() {
        let usual = Policy::default();
        assert_eq!(
            in_a_line(&usual),
            "Counts of people from 1 to 10 are masked, and so is what they could be worked out from. A \
             network's total is shown if at least 3 organisations contribute, none of which makes up more \
             than 90 per cent of it."
        );
        for other in [
            Policy { threshold: 11, ..usual },
            Policy { organisations: 4, ..usual },
            Policy { share: 80, ..usual },
            Policy { share: 100, ..usual },
        ] {
            assert_ne!(in_a_line(&other), in_a_line(&usual));
        }
    }

    #[test]
    fn a_proposed_policy_comes_into_force_and_is_told() {
        let (mut engine, caller) = founder();
        let request =
            ProposeRequest::Disclosure { threshold: Some(15), organisations: None, share: Some(80) };
        let view = engine.propose(&caller, &request).unwrap();
        let words = "Counts of people from 1 to 15 are masked";
        assert!(view.changes[0].contains(words), "{:?}", view.changes);
        for now in 1..600 {
            engine.tick(now * 1_000).unwrap();
            engine.commit().unwrap();
        }
        assert_eq!(engine.governance().unwrap().current().disclosure().threshold, 15);
        let detail = engine.epoch_detail(1).unwrap();
        assert!(detail.rules.iter().any(|rule| rule.starts_with(words)), "{:?}", detail.rules);
        let charter = engine.charter().unwrap();
        assert!(charter.rules.iter().any(|rule| rule.starts_with(words)), "{:?}", charter.rules);
        let changes = engine.charter_diff(Some(0), Some(1)).unwrap().changes;
        assert!(changes[0].contains("none of which makes up more than 80 per cent"), "{changes:?}");
    }
}
