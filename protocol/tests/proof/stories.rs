//! Histories of a document that proofs are made of.
#![allow(dead_code)]

use crate::press::{ADVOCACY, COUNCIL, DAY, Press, RESEARCH, SITE, append, fields, person, policy};
use crate::world::{key, list, sign_vote, text};
use commons_protocol::body::Content;
use commons_protocol::charter::{Charter, FormerRoot, Point};
use commons_protocol::collection::Role;
use commons_protocol::id::{Commitment, EntryId, LogId};
use commons_protocol::key::PublicKey;
use commons_protocol::keylog::KeyAction;
use commons_protocol::object::Object;
use commons_protocol::statement::{Checklist, Verdict};
use commons_protocol::vote::{Phase, Vote};
use std::collections::BTreeMap;

/// Three releases, the last of which is withdrawn and confirmed by two.
pub fn three_releases_and_a_retraction() -> Press {
    let mut press = Press::new();
    let mut last = None;
    for (title, days) in [("Plan the week", 0), ("Plan your week", 2), ("Plan a good week", 2)] {
        press.now += days * DAY;
        press.edit("Ana", &fields(title, "Rest before you are tired. Ask."));
        last = Some(press.publish_current(last));
    }
    press.now += 3 * DAY;
    let retraction = press.retract("Ana", &[last.expect("released")]);
    press.acknowledge("Oz", retraction);
    press.acknowledge("Fay", retraction);
    press
}

/// One release, attested before a policy came that it does not meet.
pub fn attested_before_a_stricter_policy() -> Press {
    let mut press = Press::new();
    press.publish_current(None);
    press.say(
        "Ana",
        Content::Acknowledge(commons_protocol::body::Acknowledge { retraction: EntryId([1; 32]) }),
    );
    press.attest(COUNCIL, press.length(COUNCIL));
    press.enact_policy(policy(&[(&[Role::Researcher], 1)], 1));
    press
}

/// Bo and Dan review, Ana releases, and Dan's organisation is removed; so many
/// of its entries count, and one more was written.
pub fn removed_reviewer(keep: usize) -> Press {
    let mut press = Press::new();
    let version = press.version();
    let reviews = ["Bo", "Dan"].map(|name| press.review(name, Verdict::Approve, &version));
    press.release("Ana", &version, &reviews, None);
    press.acknowledge("Dan", EntryId([2; 32]));
    let keep = if keep == 0 { 0 } else { keep + 1 };
    press.remove(RESEARCH, keep);
    press
}

/// A release that lists a review by Cleo, who is revoked so many entries
/// before the end of the site's log.
pub fn revoked_reviewer(back: usize) -> Press {
    let mut press = Press::new();
    press.publish_current(None);
    let keep = press.length(SITE) - back;
    press.revoke(SITE, &person("Cleo").public(), &[(SITE, keep)]);
    press
}

/// The site's log is attested, and then Cleo is revoked without any pin.
pub fn attested_and_revoked() -> Press {
    let mut press = Press::new();
    press.publish_current(None);
    press.acknowledge("Fay", EntryId([3; 32]));
    press.attest(SITE, press.length(SITE));
    press.revoke(SITE, &person("Cleo").public(), &[]);
    press
}

/// The same, but Cleo's revocation pins an entry that nobody has.
pub fn attested_and_pinned_nowhere() -> Press {
    let mut press = Press::new();
    press.publish_current(None);
    press.attest(SITE, press.length(SITE));
    let pin = Point { log: press.logs[SITE].log(), seq: 1_000_000, entry: EntryId([9; 32]) };
    let cleo = person("Cleo").public();
    press.world.admin_event(SITE, KeyAction::Revoke { key: cleo, pins: list([pin]) });
    press
}

/// The site's root is rotated and appoints another admin, who delegates a new
/// reviewer.
pub fn rotated_root() -> Press {
    let mut press = Press::new();
    press.rotate_root(SITE);
    press.publish_current(None);
    press
}

/// The site wrote another branch from so many entries before its end.
fn fork_site(press: &mut Press, back: usize) {
    let at = press.length(SITE) - back;
    let mut stray = press.logs[SITE].fork_at(at);
    let content = Content::Acknowledge(commons_protocol::body::Acknowledge { retraction: EntryId([4; 32]) });
    append(&mut stray, press.now + 5_000, &person("Fay").public(), content);
    press.strays.push(stray);
}

/// The log with Cleo's review forked at that review.
pub fn forked() -> Press {
    let mut press = Press::new();
    press.publish_current(None);
    fork_site(&mut press, 1);
    press
}

/// The same, and the site ended its log after the review.
pub fn forked_and_ended() -> Press {
    let mut press = forked();
    let end = press.logs[SITE].pin(press.length(SITE)).expect("an entry");
    press.world.admin_event(SITE, KeyAction::EndLogs { ends: list([end]) });
    press
}

/// The same, but electors attested the review.
pub fn forked_and_attested() -> Press {
    let mut press = forked();
    press.attest(SITE, press.length(SITE));
    press
}

/// A second epoch that was decided in round 1, by prepare votes with the lock
/// of round 0, and released under.
pub fn decided_late() -> Press {
    let mut press = Press::new();
    let charter = Charter { name: text("Late days"), ..press.world.next_charter() };
    press.world.propose(&charter, COUNCIL);
    let parent = Some(press.world.current().hash());
    for index in [COUNCIL, SITE, RESEARCH] {
        let elector = press.world.organisations[index].elector.clone();
        for (phase, round, lock) in [
            (Phase::Endorse, 0, None),
            (Phase::Prepare, 0, None),
            (Phase::Prepare, 1, Some(0)),
            (Phase::Commit, 1, None),
        ] {
            let vote = Vote {
                commons: press.world.commons,
                parent,
                round,
                phase,
                proposal: charter.hash(),
                elector: elector.public(),
                lock,
                attested: None,
            };
            press.world.objects.push(sign_vote(vote, &elector));
        }
    }
    press.world.charters.push(charter);
    press.enter_epoch();
    press.publish_current(None);
    press
}

/// A file whose maker chose an epoch with an easy policy.
pub fn chosen_epoch() -> Vec<u8> {
    let mut press = Press::new();
    let easy = policy(&[(&[Role::Family], 1)], 1);
    let charter = Charter { policies: Some(list([easy])), ..press.world.next_charter() };
    press.world.propose(&charter, COUNCIL);
    press.logs[COUNCIL].epoch = 1;
    let version = press.version();
    let review = press.review("Bo", Verdict::Approve, &version);
    press.release("Ana", &version, &[review], None);
    let file = press.forge(COUNCIL);
    let node = press.node(COUNCIL);
    crate::file::File { chosen: list([charter.hash()]), ..file }.sign(&node)
}

/// The site lost its root; an epoch replaced it, and what it had signed before
/// still counts.
pub fn replaced_root() -> Press {
    let mut press = Press::new();
    press.publish_current(None);
    let organisation = press.world.organisations[SITE].clone();
    let last = press.world.objects.iter().filter_map(|object| match object {
        Object::Key(event) if event.value().signer == organisation.root.public() => Some(object.id()),
        _ => None,
    });
    let last = last.collect::<Vec<_>>().pop();
    let mut charter = press.world.next_charter();
    let mut members = charter.members.to_vec();
    for member in members.iter_mut().filter(|member| member.organisation == organisation.id()) {
        let (root, next_root) = (member.root, member.next_root);
        member.former = list([FormerRoot { root, next_root, last }]);
        member.root = key("a root after a loss").public();
        member.next_root = Commitment::to(&key("and the one after").public());
    }
    charter.members = list(members);
    press.world.enact(charter);
    press
}

/// Two releases in a line, one beside the second by the site, and one by the
/// site that repeats the first.
pub fn repeated_release() -> Press {
    let mut press = Press::new();
    let first = press.publish_current(None);
    let old = press.versions[0].clone();
    let old_reviews: Vec<EntryId> =
        ["Bo", "Dan"].map(|name| press.review(name, Verdict::Approve, &old)).to_vec();
    press.edit("Ana", &fields("Plan the week", "Better words."));
    press.publish_current(Some(first));
    press.edit("Fay", &fields("Plan the week", "Other words."));
    let beside = press.version();
    let reviews = ["Bo", "Dan"].map(|name| press.review(name, Verdict::Approve, &beside));
    press.release("Fay", &beside, &reviews, Some(first));
    press.release("Fay", &old, &old_reviews, Some(first));
    press
}

/// Cleo fills in a checklist and writes letters that JSON escapes, or not.
pub fn checklist() -> Press {
    let mut press = Press::new();
    let version = press.version();
    let mut opinion = press.opinion("Cleo", Verdict::Approve, &version);
    opinion.comment = "Tab\tand \"quotes\" \\ / \u{e9}\u{2028}\u{1f60a}\nend".to_owned();
    opinion.checklist = Some(Checklist {
        form: "cdc-clear-communication-index:2019".to_owned(),
        answers: BTreeMap::from(
            [("10", "no"), ("2", "yes"), ("\u{e9}", "partly \u{2013} see above")]
                .map(|(item, answer)| (item.to_owned(), answer.to_owned())),
        ),
    });
    let bo = press.review("Bo", Verdict::Approve, &version);
    let cleo = press.publish("Cleo", &opinion, &person("Cleo"));
    press.release("Ana", &version, &[bo, cleo], None);
    press
}

impl Press {
    /// The public key of an organisation's node.
    pub fn node_of(&self, home: usize) -> PublicKey {
        self.world.organisations[home].node.public()
    }

    /// The log of an organisation.
    pub fn log_of(&self, home: usize) -> LogId {
        self.logs[home].log()
    }

    /// A member that has nothing to do with the document.
    pub fn bystander(&self) -> usize {
        ADVOCACY
    }
}
