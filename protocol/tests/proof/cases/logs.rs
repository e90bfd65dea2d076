//! Entries that are cut, off the branch that counts, or written into the past
//! of a log.

use super::{Case, released, reviewed};
use crate::press::{COUNCIL, Press, RESEARCH, SITE, append, person, policy};
use crate::stories;
use crate::world::{Writer, list};
use commons_protocol::body::{Content, SignedReview};
use commons_protocol::charter::Charter;
use commons_protocol::collection::Role;
use commons_protocol::fork::Fork;
use commons_protocol::id::EntryId;
use commons_protocol::keylog::KeyAction;
use commons_protocol::object::Object;
use commons_protocol::statement::Verdict;
use commons_protocol::version::Version;

pub const CASES: &[Case] = &[
    ("a removed member's review", "not-admitted/beyond-pin", || {
        let (mut press, version, listed) = reviewed(&["Bo", "Dan"]);
        press.release("Ana", &version, &listed, None);
        press.remove(RESEARCH, 0);
        press.forged(COUNCIL)
    }),
    ("a review beyond its member's pin", "not-admitted/beyond-pin", || {
        let (mut press, version, listed) = reviewed_after_a_word(RESEARCH, "Dan");
        press.release("Ana", &version, &listed, None);
        press.remove(RESEARCH, 1);
        press.forged(COUNCIL)
    }),
    ("a review under an epoch without its member", "not-admitted/not-a-member", || {
        let mut press = Press::new();
        let version = press.version();
        press.remove(RESEARCH, 0);
        let listed = ["Bo", "Dan"].map(|name| press.review(name, Verdict::Approve, &version));
        press.release("Ana", &version, &listed, None);
        press.forged(COUNCIL)
    }),
    ("a suspended member's old epoch", "not-admitted/beyond-pin", || {
        let mut press = Press::new();
        let charter = press.world.standing_charter_without_vote(RESEARCH);
        press.world.enact(charter);
        let version = press.version();
        let listed = ["Bo", "Dan"].map(|name| press.review(name, Verdict::Approve, &version));
        press.release("Ana", &version, &listed, None);
        press.forged(COUNCIL)
    }),
    ("a role that may not write any more", "not-admitted/beyond-pin", || {
        let mut press = released();
        let charter = Charter { writers: list([Role::Clinician]), ..press.world.next_charter() };
        press.world.enact(charter);
        press.forged(COUNCIL)
    }),
    ("an entry below the pin on another branch", "off-branch", || {
        let (mut press, version, mut listed) = reviewed(&["Bo"]);
        let mut past = press.logs[RESEARCH].clone();
        words(&mut press, "Dan");
        press.remove(RESEARCH, 2);
        listed.push(review_in(&mut press, &mut past, "Dan", &version));
        press.release("Ana", &version, &listed, None);
        press.logs[RESEARCH] = past;
        press.forged(COUNCIL)
    }),
    ("a release below what was attested, on another branch", "not-released/under-policy", || {
        let (mut press, version, listed) = reviewed(&["Bo", "Cleo"]);
        let mut past = press.logs[COUNCIL].clone();
        words(&mut press, "Ana");
        press.attest(COUNCIL, press.length(COUNCIL));
        press.enact_policy(policy(&[(&[Role::Researcher], 1)], 1));
        let body = press.release_body(&version, &listed, None);
        append(&mut past, press.now, &person("Ana").public(), Content::Release(body));
        press.logs[COUNCIL] = past;
        press.forged(COUNCIL)
    }),
    ("a thief's entry below what was attested", "not-admitted/beyond-pin", || {
        let (mut press, version, mut listed) = reviewed(&["Bo"]);
        let mut past = press.logs[SITE].clone();
        words(&mut press, "Fay");
        press.attest(SITE, press.length(SITE));
        let site = press.node(SITE).public();
        press.revoke(SITE, &site, &[]);
        listed.push(review_in(&mut press, &mut past, "Cleo", &version));
        press.release("Ana", &version, &listed, None);
        press.logs[SITE] = past;
        press.forged(COUNCIL)
    }),
    ("a thief's entry below where the key was revoked", "off-branch", || {
        let (mut press, version, mut listed) = reviewed(&["Bo"]);
        let mut past = press.logs[SITE].clone();
        words(&mut press, "Fay");
        let (site, length) = (press.node(SITE).public(), press.length(SITE));
        press.revoke(SITE, &site, &[(SITE, length)]);
        listed.push(review_in(&mut press, &mut past, "Cleo", &version));
        press.release("Ana", &version, &listed, None);
        press.logs[SITE] = past;
        press.forged(COUNCIL)
    }),
    ("a forked log without a decision", "off-branch", || with_forks(&stories::forked())),
    ("an entry off the branch that its organisation chose", "not-admitted/beyond-pin", || {
        let mut press = stories::forked();
        let end = press.strays[0].pin(press.strays[0].ids.len()).expect("an entry");
        press.world.admin_event(SITE, KeyAction::EndLogs { ends: list([end]) });
        with_forks(&press)
    }),
    ("an entry off the branch that was attested", "off-branch", || {
        let mut press = stories::forked();
        let point = press.strays[0].pin(press.strays[0].ids.len()).expect("an entry");
        [COUNCIL, SITE, RESEARCH].into_iter().for_each(|index| press.world.attest(index, vec![point]));
        with_forks(&press)
    }),
    ("an entry off the branch that an epoch pinned", "not-admitted/beyond-pin", || {
        let mut press = stories::forked();
        let pin = press.strays[0].pin(press.strays[0].ids.len()).expect("an entry");
        let charter = Charter { pins: list([pin]), ..press.world.next_charter() };
        press.world.enact(charter);
        with_forks(&press)
    }),
    ("an entry beyond the end of a log that forked", "off-branch", || {
        let mut press = stories::forked();
        let pin = press.logs[SITE].pin(press.length(SITE)).expect("an entry");
        let charter = Charter { pins: list([pin]), ..press.world.next_charter() };
        press.world.enact(charter);
        press.enter_epoch();
        let version = press.versions[0].clone();
        press.review("Fay", Verdict::RequestChanges, &version);
        with_forks(&press)
    }),
    ("two entries in one place", "off-branch", || {
        let press = stories::forked();
        let (own, stray) = (press.logs[SITE].clone(), press.strays[0].clone());
        let at = own.ids.len() - 1;
        let file = press.forge_with(COUNCIL, |log| match log.name == own.name {
            true => vec![own.run(0, own.ids.len()), stray.run(at, at + 1)],
            false => vec![log.run(0, log.ids.len())],
        });
        file.sign(&press.node(COUNCIL))
    }),
];

/// Two entries that say nothing of versions.
fn words(press: &mut Press, name: &str) {
    press.acknowledge(name, EntryId([2; 32]));
    press.acknowledge(name, EntryId([3; 32]));
}

fn reviewed_after_a_word(home: usize, name: &str) -> (Press, Version, Vec<EntryId>) {
    let (mut press, version, mut listed) = reviewed(&["Bo"]);
    press.say_nothing_in(home, name);
    listed.push(press.review(name, Verdict::Approve, &version));
    (press, version, listed)
}

/// A person reviews in a log of which the others know nothing.
fn review_in(press: &mut Press, log: &mut Writer, name: &str, version: &Version) -> EntryId {
    let opinion = press.opinion(name, Verdict::Approve, version);
    let envelope = opinion.sign(&person(name)).expect("its own key");
    let body = Content::Review(SignedReview { document: press.document, envelope });
    append(log, press.now, &person(name).public(), body)
}

/// The press's file with the proofs that its strays make.
fn with_forks(press: &Press) -> Vec<u8> {
    let mut press = press.clone();
    let own = press.logs[SITE].clone();
    let proof = |stray: &Writer| {
        let at = own.ids.iter().zip(&stray.ids).position(|(one, other)| one != other)?;
        let (one, other) = (own.run(at, own.ids.len()), stray.run(at, stray.ids.len()));
        Fork::new(press.world.commons, &one, &other).map(Object::from)
    };
    let forks: Vec<Object> = press.strays.iter().filter_map(proof).collect();
    press.world.objects.extend(forks);
    press.forged(COUNCIL)
}
