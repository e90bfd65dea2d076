//! Files that a malicious member made: each is signed by a node's key, and
//! each says something that is not so. With the reason why it is refused.
#![allow(dead_code)]

use crate::file::{File, sign_body};
use crate::press::{ADVOCACY, COUNCIL, Press, RESEARCH, SITE, append, fields, person, policy};
use crate::stories;
use crate::world::{self, list, proposal, text, vote};
use commons_protocol::body::{Acknowledge, Content, Release, SignedReview};
use commons_protocol::charter::{Charter, Point};
use commons_protocol::codec;
use commons_protocol::collection::{Collection, DocumentKind, Role, Standing};
use commons_protocol::document::Fields;
use commons_protocol::entry::{Entry, EntryKind};
use commons_protocol::id::{DocumentId, EntryId, EpochHash};
use commons_protocol::key::SecretKey;
use commons_protocol::keylog::{KeyAction, consent};
use commons_protocol::object::Object;
use commons_protocol::statement::{Envelope, Verdict};
use commons_protocol::version::Version;
use commons_protocol::vote::Phase;

/// A file and why it is refused.
pub struct Case {
    pub name: &'static str,
    pub bytes: Vec<u8>,
    pub code: &'static str,
}

fn case(name: &'static str, code: &'static str, bytes: Vec<u8>) -> Case {
    Case { name, bytes, code }
}

/// A released toolkit.
pub fn released() -> Press {
    let mut press = Press::new();
    press.publish_current(None);
    press
}

/// All cases.
pub fn cases() -> Vec<Case> {
    let mut all = reviews();
    all.extend(releases());
    all.extend(contents());
    all.extend(keys());
    all.extend(pins());
    all.extend(lines());
    all.extend(epochs());
    all.extend(makers());
    all.extend(strangers());
    all.extend(retractions());
    all.extend(weak_signatures());
    all
}

/// What two people approve, without the usual release.
fn reviewed(names: &[&str]) -> (Press, Version, Vec<EntryId>) {
    let mut press = Press::new();
    let version = press.version();
    let reviews = names.iter().map(|name| press.review(name, Verdict::Approve, &version)).collect();
    (press, version, reviews)
}

fn released_by(name: &str, names: &[&str]) -> Press {
    let (mut press, version, reviews) = reviewed(names);
    press.release(name, &version, &reviews, None);
    press
}

fn is_review(entry: &Entry) -> bool {
    entry.header.kind == EntryKind::Review
}

fn reviews() -> Vec<Case> {
    let mut cases = Vec::new();
    let press = released();
    let file = press.forge(COUNCIL);
    let key = press.node(COUNCIL);
    let cleo = person("Cleo").public();
    let without = file.without_bodies(|entry| is_review(entry) && entry.header.person == cleo);
    cases.push(case("a listed review is missing", "not-released/review-missing", {
        // The others do not suffice either, which is said first.
        let relaxed = {
            let mut press = Press::new();
            press.enact_policy(policy(&[(&[Role::Family], 1)], 1));
            press.publish_current(None);
            press
        };
        let file = relaxed.forge(COUNCIL);
        file.without_bodies(|entry| is_review(entry) && entry.header.person == cleo)
            .sign(&relaxed.node(COUNCIL))
    }));
    cases.push(case("a needed review is missing", "not-released/approvals", without.sign(&key)));
    cases.push(case(
        "a reviewer is an author",
        "not-released/approvals",
        released_by("Ana", &["Bo", "Fay"]).forged(COUNCIL),
    ));
    cases.push(case(
        "both reviewers are of one organisation",
        "not-released/approvals",
        released_by("Ana", &["Bo"]).forged(COUNCIL),
    ));
    let (mut press, version, mut listed) = reviewed(&["Bo", "Dan"]);
    listed.push(press.review("Cleo", Verdict::Decline, &version));
    press.release("Ana", &version, &listed, None);
    cases.push(case("a listed review declines", "not-released/declined", press.forged(COUNCIL)));
    let (mut press, version, mut listed) = reviewed(&["Bo"]);
    listed.push(press.review("Cleo", Verdict::RequestChanges, &version));
    press.release("Ana", &version, &listed, None);
    cases.push(case("a listed review asks for changes", "not-released/approvals", press.forged(COUNCIL)));
    let (mut press, version, mut listed) = reviewed(&["Bo", "Cleo"]);
    listed.push(press.review("Cleo", Verdict::Approve, &version));
    press.release("Ana", &version, &listed, None);
    cases.push(case("a listed review was replaced", "not-released/replaced", press.forged(COUNCIL)));
    cases.extend(statements());
    cases
}

/// Reviews whose statement is not the reviewer's.
fn statements() -> Vec<Case> {
    let mut cases = Vec::new();
    let elsewhere = Press::founded(8, &["Bern council", "Children's hospital", "Research group", "Advocacy"]);
    type Forge = fn(&mut Press, &Version, &Press) -> EntryId;
    let forgeries: [(&'static str, &'static str, Forge); 7] = [
        ("a statement signed by another key", "not-admitted/bad-signature", |press, version, _| {
            let review = press.opinion("Cleo", Verdict::Approve, version);
            let signature = person("Fay").sign(commons_protocol::statement::STATEMENT_TYPE, &review.encode());
            enclose(press, "Cleo", review.encode(), signature)
        }),
        ("a statement signed by the node's key", "not-admitted/bad-signature", |press, version, _| {
            let review = press.opinion("Cleo", Verdict::Approve, version);
            let signature =
                press.node(SITE).sign(commons_protocol::statement::STATEMENT_TYPE, &review.encode());
            enclose(press, "Cleo", review.encode(), signature)
        }),
        ("a statement signed without its type", "not-admitted/bad-signature", |press, version, _| {
            let review = press.opinion("Cleo", Verdict::Approve, version);
            let signature = person("Cleo").sign("text/plain", &review.encode());
            enclose(press, "Cleo", review.encode(), signature)
        }),
        ("a statement of another commons", "not-admitted/bad-body", |press, version, elsewhere| {
            let review = commons_protocol::statement::Review {
                commons: elsewhere.world.commons,
                ..press.opinion("Cleo", Verdict::Approve, version)
            };
            press.publish("Cleo", &review, &person("Cleo"))
        }),
        ("another person's statement under one's own name", "not-admitted/bad-body", |press, version, _| {
            let review = press.opinion("Cleo", Verdict::Approve, version);
            press.publish("Fay", &review, &person("Cleo"))
        }),
        ("a statement in other JSON", "not-admitted/bad-body", |press, version, _| {
            let review = press.opinion("Cleo", Verdict::Approve, version);
            let spaced = String::from_utf8(review.encode()).expect("text").replace(":{", ": {").into_bytes();
            let signature = person("Cleo").sign(commons_protocol::statement::STATEMENT_TYPE, &spaced);
            enclose(press, "Cleo", spaced, signature)
        }),
        ("a statement with control characters", "not-admitted/bad-body", |press, version, _| {
            let mut review = press.opinion("Cleo", Verdict::Approve, version);
            review.comment = "fine \u{1b}[2J\u{202e}".to_owned();
            let signature =
                person("Cleo").sign(commons_protocol::statement::STATEMENT_TYPE, &review.encode());
            enclose(press, "Cleo", review.encode(), signature)
        }),
    ];
    for (name, code, forge) in forgeries {
        let (mut press, version, mut listed) = reviewed(&["Bo"]);
        listed.push(forge(&mut press, &version, &elsewhere));
        press.release("Ana", &version, &listed, None);
        cases.push(case(name, code, press.forged(COUNCIL)));
    }
    cases
}

fn enclose(
    press: &mut Press,
    name: &str,
    statement: Vec<u8>,
    signature: commons_protocol::key::Signature,
) -> EntryId {
    let statement = commons_protocol::bounded::BoundedBytes::new(statement).expect("short");
    let envelope = Envelope { statement, signature };
    press.say(name, Content::Review(SignedReview { document: press.document, envelope }))
}

fn releases() -> Vec<Case> {
    let mut cases = Vec::new();
    let (mut press, version, listed) = reviewed(&["Bo", "Cleo"]);
    let other = press.version_by(vec![person("Ana").public()], &press.content.fields().expect("reads"));
    let cover = other.cover.clone();
    let body = Release { cover, ..press.release_body(&version, &listed, None) };
    press.say("Ana", Content::Release(body));
    cases.push(case("the cover leaves a contributor out", "not-released/wrong-kind", press.forged(COUNCIL)));

    let (mut press, version, listed) = reviewed(&["Bo", "Cleo"]);
    let other = press.version_by(vec![person("Ana").public()], &press.content.fields().expect("reads"));
    press.release("Ana", &other, &listed, None);
    press.versions = vec![other];
    cases.push(case("a version with fewer contributors", "not-released/approvals", press.forged(COUNCIL)));

    let (mut press, version2, listed) = reviewed(&["Bo", "Cleo"]);
    let body = Release {
        heads: list([commons_protocol::fence::ChangeHash([5; 32])]),
        ..press.release_body(&version2, &listed, None)
    };
    press.say("Ana", Content::Release(body));
    cases.push(case("the release names other heads", "not-released/wrong-kind", press.forged(COUNCIL)));

    let (mut press, version3, listed) = reviewed(&["Bo", "Cleo"]);
    press.edit("Ana", &fields("Plan the week", "Something that nobody reviewed."));
    let newer = press.version();
    press.release("Ana", &newer, &listed, None);
    press.versions = vec![newer];
    cases.push(case("reviews of another version", "not-released/approvals", press.forged(COUNCIL)));
    let _ = (version, version3);

    let (mut press, version, mut listed) = reviewed(&["Bo", "Cleo"]);
    press.edit("Ana", &fields("Plan the week", "Something else."));
    let newer = press.version();
    listed.push(press.review("Dan", Verdict::Approve, &newer));
    press.release("Ana", &version, &listed, None);
    press.versions.retain(|one| *one == version);
    cases.push(case(
        "one listed review is of another version",
        "not-released/other-version",
        press.forged(COUNCIL),
    ));

    let (mut press, version, listed) = reviewed(&["Bo", "Cleo"]);
    press.release("Oz", &version, &listed, None);
    cases.push(case(
        "released by somebody who may not write",
        "not-admitted/role-forbids",
        press.forged(COUNCIL),
    ));

    let (mut press, version, listed) = reviewed(&["Bo", "Cleo"]);
    let body = press.release_body(&version, &listed, None);
    press.say_in(COUNCIL, &person("Cleo").public(), Content::Release(body));
    cases.push(case("another organisation's person", "not-admitted/not-the-person", press.forged(COUNCIL)));

    let (mut press, version, listed) = reviewed(&["Bo", "Cleo"]);
    let body = press.release_body(&version, &listed, None);
    press.say_in(COUNCIL, &person("nobody").public(), Content::Release(body));
    cases.push(case("a person whom nobody vouches for", "unknown", press.forged(COUNCIL)));

    let (mut press, version, listed) = reviewed(&["Bo", "Cleo"]);
    press.logs[COUNCIL].epoch = 7;
    press.release("Ana", &version, &listed, None);
    cases.push(case("an epoch that is not there", "unknown", press.forged(COUNCIL)));

    let mut press = released();
    press.enact_policy(policy(&[(&[Role::Researcher], 1)], 1));
    cases.push(case(
        "an older policy that nobody attested",
        "not-released/under-policy",
        press.forged(COUNCIL),
    ));

    let mut press = Press::new();
    press.enact_policy(policy(&[(&[Role::Researcher], 1)], 1));
    press.logs.iter_mut().for_each(|log| log.epoch = 0);
    press.publish_current(None);
    cases.push(case("a backdated release", "not-released/under-policy", press.forged(COUNCIL)));

    let mut press = Press::new();
    press.enact_policy(policy(&[(&[Role::Family], 1)], 1));
    press.request_nothing();
    press.logs[COUNCIL].epoch = 0;
    press.publish_current(None);
    cases.push(case(
        "an epoch that goes back along the log",
        "not-admitted/epoch-went-back",
        press.forged(COUNCIL),
    ));

    let (mut press, version, listed) = reviewed(&["Bo", "Cleo"]);
    let mut name = press.logs[COUNCIL].name;
    name.collection = Collection::Guidance;
    let mut log = world::Writer::new(press.world.commons, name, press.node(COUNCIL), person("Ana").public());
    let body = press.release_body(&version, &listed, None);
    append(&mut log, press.now, &person("Ana").public(), Content::Release(body));
    press.logs.push(log);
    cases.push(case("a release in another collection", "not-admitted/wrong-document", press.forged(COUNCIL)));

    let (mut press, version, listed) = reviewed(&["Bo", "Cleo"]);
    let mut name = press.logs[COUNCIL].name;
    name.collection = Collection::Needs;
    let mut log = world::Writer::new(press.world.commons, name, press.node(COUNCIL), person("Ana").public());
    let body = press.release_body(&version, &listed, None);
    append(&mut log, press.now, &person("Ana").public(), Content::Release(body));
    press.logs.push(log);
    cases.push(case(
        "a collection that the node does not have",
        "not-admitted/out-of-scope",
        press.forged(COUNCIL),
    ));
    cases
}

impl Press {
    /// An entry that says nothing about versions, under the newest epoch.
    pub fn request_nothing(&mut self) {
        let document = self.document;
        let changes = list([]);
        self.say(
            "Ana",
            Content::Change(commons_protocol::body::Change {
                document,
                continues: false,
                changes,
                overrides: None,
            }),
        );
    }
}

fn contents() -> Vec<Case> {
    let press = released();
    let (file, key) = (press.forge(COUNCIL), press.node(COUNCIL));
    let edited = |words: &str| {
        let mut press = press.clone();
        press.edit("Ana", &fields("Plan the week", words));
        press.version()
    };
    let other = edited("Something that nobody reviewed.");
    let genuine = press.versions[0].clone();
    let mut swapped = genuine.clone();
    swapped.text = text("# Week\n\nWork harder.\n");
    let mut guidance = genuine.clone();
    guidance.cover.kind = DocumentKind::Guidance;
    let mut lying = genuine.clone();
    lying.cover.audience = text("Everybody");
    let mut unknown = genuine.clone();
    unknown.particulars =
        list([commons_protocol::version::Particular { name: text("colour"), value: text("green") }]);
    let _: &Fields = &fields("", "");
    vec![
        case("the content is not here", "no-content", file.with_versions(&[]).sign(&key)),
        case("the content of another version", "no-content", file.with_versions(&[other.clone()]).sign(&key)),
        case(
            "content that nobody released beside",
            "surplus",
            file.with_versions(&[genuine, other]).sign(&key),
        ),
        case("other text under the same cover", "no-content", file.with_versions(&[swapped]).sign(&key)),
        case("content of another kind", "no-content", file.with_versions(&[guidance]).sign(&key)),
        case("a cover that its content does not have", "version", file.with_versions(&[lying]).sign(&key)),
        case("particulars that nobody knows", "version", file.with_versions(&[unknown]).sign(&key)),
    ]
}

fn keys() -> Vec<Case> {
    let mut cases = Vec::new();
    let press = released();
    let (file, key) = (press.forge(COUNCIL), press.node(COUNCIL));
    let without = |drop: &dyn Fn(&KeyAction) -> bool| {
        let keeps = |object: &Object| !matches!(object, Object::Key(event) if drop(&event.value().action));
        let kept: Vec<Object> = file.objects().into_iter().filter(keeps).collect();
        file.with_objects(&kept).sign(&key)
    };
    let site = press.node_of(SITE);
    let cleo = person("Cleo").public();
    cases.push(case(
        "the node is not delegated",
        "unknown",
        without(&|action| matches!(action, KeyAction::DelegateNode { node, .. } if *node == site)),
    ));
    cases.push(case(
        "the reviewer is not delegated",
        "unknown",
        without(&|action| matches!(action, KeyAction::DelegatePerson { person, .. } if *person == cleo)),
    ));
    cases.push(case(
        "no admin was appointed",
        "exporter",
        without(&|action| matches!(action, KeyAction::AppointAdmin { .. })),
    ));

    let mut press = released();
    press.revoke(SITE, &cleo, &[(SITE, press.length(SITE) - 1)]);
    cases.push(case("the reviewer's key beyond its pin", "not-admitted/beyond-pin", press.forged(COUNCIL)));
    let mut press = released();
    press.revoke(SITE, &cleo, &[]);
    cases.push(case("a reviewer's key without any pin", "not-admitted/beyond-pin", press.forged(COUNCIL)));
    let mut press = released();
    press.revoke(SITE, &site, &[(SITE, press.length(SITE) - 1)]);
    cases.push(case("the node's key beyond its pin", "not-admitted/beyond-pin", press.forged(COUNCIL)));
    let mut press = released();
    let end = press.logs[SITE].pin(press.length(SITE) - 1).expect("an entry");
    press.world.admin_event(SITE, KeyAction::EndLogs { ends: list([end]) });
    cases.push(case("a log beyond its end", "not-admitted/beyond-pin", press.forged(COUNCIL)));
    let mut press = released();
    let admin = press.world.organisations[SITE].admin.public();
    press.world.root_event(SITE, KeyAction::RevokeAdmin { admin, last: None });
    cases.push(case("an admin whose word never counted", "not-admitted/out-of-scope", press.forged(COUNCIL)));

    // Somebody forks the admin's chain: nothing counts from there.
    let mut press = released();
    let organisation = press.world.organisations[SITE].clone();
    let action = KeyAction::Announce { node: site, addresses: list([]) };
    press.world.objects.push(world::key_event(
        press.world.commons,
        organisation.id(),
        &organisation.admin,
        0,
        None,
        action,
    ));
    cases.push(case(
        "an admin's chain that forked at its beginning",
        "not-admitted/out-of-scope",
        press.forged(COUNCIL),
    ));

    // A role that nobody gave.
    let mut press = Press::new();
    let version = press.version();
    let mut opinion = press.opinion("Bo", Verdict::Approve, &version);
    opinion.role = Role::Clinician;
    let bo = press.publish("Bo", &opinion, &person("Bo"));
    let cleo_review = press.review("Cleo", Verdict::Approve, &version);
    press.release("Ana", &version, &[bo, cleo_review], None);
    cases.push(case("a role that nobody gave", "not-released/approvals", press.forged(COUNCIL)));

    // A rotation to a root that nobody committed to.
    let mut press = Press::new();
    press.world.organisations[SITE].next_root = world::key("a thief's root");
    press.rotate_root(SITE);
    let thief = world::key("another admin");
    let mallory = person("Mallory");
    let action = KeyAction::DelegatePerson {
        person: mallory.public(),
        name: text("Mallory"),
        roles: list([Role::Clinician]),
        proof: consent(&press.world.commons, &press.world.organisations[SITE].id(), &mallory),
    };
    press.world.key_event(SITE, &thief, action);
    let version = press.version();
    let mut opinion = press.opinion("Cleo", Verdict::Approve, &version);
    opinion.reviewer = mallory.public();
    let envelope = opinion.sign(&mallory).expect("its own key");
    let body = Content::Review(SignedReview { document: press.document, envelope });
    let review = press.say_in(SITE, &mallory.public(), body);
    let bo = press.review("Bo", Verdict::Approve, &version);
    press.release("Ana", &version, &[bo, review], None);
    cases.push(case("a root that nobody committed to", "unknown", press.forged(COUNCIL)));
    cases
}

fn pins() -> Vec<Case> {
    let mut cases = Vec::new();
    let (mut press, version, listed) = reviewed(&["Bo", "Dan"]);
    press.release("Ana", &version, &listed, None);
    press.remove(RESEARCH, 0);
    cases.push(case("a removed member's review", "not-admitted/beyond-pin", press.forged(COUNCIL)));

    let mut press = stories::removed_reviewer(0);
    press.request_nothing();
    cases.push(case("a review beyond the pin", "not-admitted/beyond-pin", press.forged(COUNCIL)));

    let mut press = Press::new();
    let version = press.version();
    press.remove(RESEARCH, 0);
    let listed = ["Bo", "Dan"].map(|name| press.review(name, Verdict::Approve, &version));
    press.release("Ana", &version, &listed, None);
    cases.push(case(
        "a review under an epoch without its member",
        "not-admitted/not-a-member",
        press.forged(COUNCIL),
    ));

    let mut press = Press::new();
    let charter = press.world.standing_charter_without_vote(RESEARCH);
    press.world.enact(charter);
    let version = press.version();
    let listed = ["Bo", "Dan"].map(|name| press.review(name, Verdict::Approve, &version));
    press.release("Ana", &version, &listed, None);
    cases.push(case("a suspended member's old epoch", "not-admitted/beyond-pin", press.forged(COUNCIL)));

    // Below the pin, but on another branch.
    let (mut press, version, mut listed) = reviewed(&["Bo"]);
    press.acknowledge("Dan", EntryId([2; 32]));
    press.acknowledge("Dan", EntryId([3; 32]));
    let mut thief = press.logs[RESEARCH].fork_at(0);
    press.remove(RESEARCH, 2);
    let opinion = press.opinion("Dan", Verdict::Approve, &version);
    let envelope = opinion.sign(&person("Dan")).expect("its own key");
    let body = Content::Review(SignedReview { document: press.document, envelope });
    listed.push(append(&mut thief, press.now, &person("Dan").public(), body));
    press.release("Ana", &version, &listed, None);
    press.logs[RESEARCH] = thief;
    cases.push(case("an entry below the pin on another branch", "off-branch", press.forged(COUNCIL)));
    cases
}

/// What a thief, or a liar, writes into the past of a log.
fn lines() -> Vec<Case> {
    let mut cases = Vec::new();
    // A member's own log was attested; it writes its past anew and backdates a release.
    let (mut press, version, listed) = reviewed(&["Bo", "Cleo"]);
    let mut past = press.logs[COUNCIL].fork_at(press.length(COUNCIL));
    press.request_nothing();
    press.request_nothing();
    press.attest(COUNCIL, press.length(COUNCIL));
    press.enact_policy(policy(&[(&[Role::Researcher], 1)], 1));
    let body = press.release_body(&version, &listed, None);
    append(&mut past, press.now, &person("Ana").public(), Content::Release(body));
    press.logs[COUNCIL] = past;
    cases.push(case(
        "a release below what was attested, on another branch",
        "not-released/under-policy",
        press.forged(COUNCIL),
    ));

    // The site's node key was stolen and is revoked, its log was attested: the thief writes below.
    let (mut press, version, mut listed) = reviewed(&["Bo"]);
    let mut past = press.logs[SITE].fork_at(1);
    press.acknowledge("Fay", EntryId([2; 32]));
    press.acknowledge("Fay", EntryId([3; 32]));
    press.attest(SITE, press.length(SITE));
    let site = press.node_of(SITE);
    press.revoke(SITE, &site, &[]);
    let opinion = press.opinion("Cleo", Verdict::Approve, &version);
    let envelope = opinion.sign(&person("Cleo")).expect("its own key");
    let body = Content::Review(SignedReview { document: press.document, envelope });
    listed.push(append(&mut past, press.now, &person("Cleo").public(), body));
    press.release("Ana", &version, &listed, None);
    press.logs[SITE] = past;
    cases.push(case(
        "a thief's entry below what was attested",
        "not-admitted/beyond-pin",
        press.forged(COUNCIL),
    ));

    cases.push(case("a forked log without a decision", "off-branch", with_forks(&stories::forked())));
    // The branch with the review lost.
    let mut press = stories::forked();
    let end = press.strays[0].pin(press.strays[0].ids.len()).expect("an entry");
    press.world.admin_event(SITE, KeyAction::EndLogs { ends: list([end]) });
    cases.push(case(
        "an entry off the branch that its organisation chose",
        "not-admitted/beyond-pin",
        with_forks(&press),
    ));
    let mut press = stories::forked();
    let stray = press.strays[0].clone();
    let point = stray.pin(stray.ids.len()).expect("an entry");
    [COUNCIL, SITE, RESEARCH].into_iter().for_each(|index| press.world.attest(index, vec![point]));
    cases.push(case("an entry off the branch that was attested", "off-branch", with_forks(&press)));

    // An epoch pins a branch of a log that forked, where it ends for good; it goes on all the same.
    let mut press = stories::forked();
    let pin = press.logs[SITE].pin(press.length(SITE)).expect("an entry");
    let charter = Charter { pins: list([pin]), ..press.world.next_charter() };
    press.world.enact(charter);
    press.enter_epoch();
    let version = press.versions[0].clone();
    press.review("Fay", Verdict::RequestChanges, &version);
    cases.push(case("an entry beyond the end of a log that forked", "off-branch", with_forks(&press)));

    // Both branches in one file, without any proof of a fork.
    let press = stories::forked();
    let (own, stray) = (press.logs[SITE].clone(), press.strays[0].clone());
    let at = own.ids.len() - 1;
    let file = press.forge_with(COUNCIL, |log| match log.name == own.name {
        true => vec![own.run(0, own.ids.len()), stray.run(at, at + 1)],
        false => vec![log.run(0, log.ids.len())],
    });
    cases.push(case("two entries in one place", "off-branch", file.sign(&press.node(COUNCIL))));
    cases
}

/// The press's file with the proofs that its strays make.
fn with_forks(press: &Press) -> Vec<u8> {
    let mut press = press.clone();
    let own = press.logs[SITE].clone();
    let forks: Vec<Object> = press
        .strays
        .iter()
        .filter_map(|stray| {
            let at = own.ids.iter().zip(&stray.ids).position(|(one, other)| one != other)?;
            let (one, other) = (own.run(at, own.ids.len()), stray.run(at, stray.ids.len()));
            commons_protocol::fork::Fork::new(press.world.commons, &one, &other).map(Object::from)
        })
        .collect();
    press.world.objects.extend(forks);
    press.forged(COUNCIL)
}

fn epochs() -> Vec<Case> {
    let mut cases = Vec::new();
    let press = released();
    let (file, key) = (press.forge(COUNCIL), press.node(COUNCIL));
    let objects = file.objects();
    let is_of =
        |object: &Object, phase: Phase| matches!(object, Object::Vote(vote) if vote.value().phase == phase);
    for (name, phase) in [
        ("too few endorsed the founding", Phase::Endorse),
        ("too few prepared the founding", Phase::Prepare),
        ("too few committed to the founding", Phase::Commit),
    ] {
        let mut left = 2;
        let kept: Vec<Object> = objects
            .iter()
            .filter(|object| {
                let drops = is_of(object, phase) && left > 0;
                left -= usize::from(drops);
                !drops
            })
            .cloned()
            .collect();
        cases.push(case(name, "not-founded", file.with_objects(&kept).sign(&key)));
    }
    let kept: Vec<Object> =
        objects.iter().filter(|object| !matches!(object, Object::Proposal(_))).cloned().collect();
    cases.push(case("the founding charter is not here", "not-founded", file.with_objects(&kept).sign(&key)));

    // Under a policy for which one elector alone voted.
    let mut swapped = Press::new();
    let charter = Charter {
        policies: Some(list([policy(&[(&[Role::Family], 1)], 1)])),
        ..swapped.world.next_charter()
    };
    swapped.world.propose(&charter, COUNCIL);
    swapped.world.vote_for(COUNCIL, &charter);
    swapped.logs[COUNCIL].epoch = 1;
    let version = swapped.version();
    let bo = swapped.review("Bo", Verdict::Approve, &version);
    swapped.release("Ana", &version, &[bo], None);
    cases.push(case("a policy for which one elector voted", "unknown", swapped.forged(COUNCIL)));
    let mut file = swapped.forge(COUNCIL);
    file.chosen = list([EpochHash([9; 32])]);
    cases.push(case("an epoch called chosen that is not there", "not-chosen", file.sign(&key)));

    // The charter itself changed under the votes for another.
    let mut file = press.forge(COUNCIL);
    let easy = Charter {
        policies: Some(list([policy(&[(&[Role::Family], 1)], 1)])),
        ..press.world.charters[0].clone()
    };
    let elector = &press.world.organisations[0].elector;
    let mut kept: Vec<Object> =
        objects.iter().filter(|object| !matches!(object, Object::Proposal(_))).cloned().collect();
    kept.push(proposal(easy.clone(), elector, None));
    let foreign = file.with_objects(&kept).sign(&key);
    cases.push(case("a founding charter with another policy", "other-commons", foreign));
    file.commons = easy.hash().founds();
    cases.push(case("another founding charter under its own name", "other-commons", {
        let file = File { commons: easy.hash().founds(), ..press.forge(COUNCIL).with_objects(&kept) };
        file.sign(&key)
    }));

    let mut file = press.forge(COUNCIL);
    file.chosen = list([press.world.charters[0].hash()]);
    cases.push(case("a decided epoch called chosen", "not-chosen", file.sign(&key)));

    // Votes of a stranger beside too few.
    let mut press = Press::new();
    let charter =
        Charter { policies: Some(list([policy(&[(&[Role::Family], 1)], 1)])), ..press.world.next_charter() };
    press.world.propose(&charter, COUNCIL);
    [COUNCIL, SITE].into_iter().for_each(|index| press.world.vote_for(index, &charter));
    for phase in [Phase::Endorse, Phase::Prepare, Phase::Commit] {
        let parent = Some(press.world.current().hash());
        let stranger = world::key("a stranger's vote");
        let object = vote(press.world.commons, parent, phase, charter.hash(), &stranger);
        press.world.objects.push(object);
    }
    press.logs.iter_mut().for_each(|log| log.epoch = 1);
    press.publish_current(None);
    cases.push(case("a stranger's votes among the electors'", "unknown", press.forged(COUNCIL)));
    cases
}

fn makers() -> Vec<Case> {
    let mut cases = Vec::new();
    let press = released();
    let file = press.forge(COUNCIL);
    let sign = |key: &SecretKey| file.sign(key);
    cases.push(case("made by nobody's key", "exporter", sign(&world::key("nobody"))));
    cases.push(case("made by a person's key", "exporter", sign(&person("Ana"))));
    cases.push(case("made by an admin's key", "exporter", sign(&press.world.organisations[0].admin)));
    let mut revoked = released();
    let node = revoked.node_of(ADVOCACY);
    revoked.revoke(ADVOCACY, &node, &[]);
    cases.push(case("made by a revoked node", "exporter", revoked.forged(ADVOCACY)));
    let mut removed = released();
    removed.remove(ADVOCACY, 0);
    cases.push(case("made by a removed member", "exporter", removed.forged(ADVOCACY)));
    cases.push(case("made by a node of another commons", "exporter", {
        let there = Press::founded(8, &["Theirs", "Others", "Third", "Fourth"]);
        sign(&there.node(COUNCIL))
    }));
    cases
}

/// Entries that don't belong.
fn strangers() -> Vec<Case> {
    let mut cases = Vec::new();
    let press = released();
    let key = press.node(COUNCIL);
    let file = press.forge_with(COUNCIL, |log| vec![log.run(0, log.ids.len())]);
    let mut named = file.clone();
    named.document = DocumentId([7; 32]);
    cases.push(case("another document's name", "not-created", named.sign(&key)));
    let without = file.without_bodies(|entry| entry.header.kind == EntryKind::Create);
    cases.push(case("the document's beginning is not here", "not-created", without.sign(&key)));
    let nothing = file.without_bodies(|entry| entry.header.kind == EntryKind::Release);
    cases.push(case("no release", "surplus", nothing.sign(&key)));
    let nothing = nothing.without_bodies(is_review).with_versions(&[]);
    cases.push(case("neither release nor content", "no-release", nothing.sign(&key)));

    // The bodies of a request and of a change are here, too.
    let whole = press.forge(COUNCIL).with_runs(
        &press
            .logs
            .iter()
            .filter(|log| !log.ids.is_empty())
            .map(|log| log.run(0, log.ids.len()))
            .collect::<Vec<_>>(),
    );
    cases.push(case("entries that say nothing of it", "foreign", whole.sign(&key)));
    let mut press = released();
    press.acknowledge("Oz", EntryId([6; 32]));
    cases.push(case("a confirmation of nothing", "foreign", press.forged(COUNCIL)));
    let mut press = released();
    press.edit("Ana", &fields("Plan the week", "Other words."));
    let newer = press.version();
    press.review("Dan", Verdict::Approve, &newer);
    press.versions.pop();
    cases.push(case("a review of what was not released", "foreign", press.forged(COUNCIL)));
    cases
}

fn retractions() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut press = released();
    let release = *press.logs[COUNCIL].ids.last().expect("released");
    press.retract("Dan", &[release]);
    cases.push(case("withdrawn by somebody who may not", "not-retracted", press.forged(COUNCIL)));
    let mut press = released();
    press.retract("Ana", &[EntryId([8; 32])]);
    cases.push(case("a withdrawal of something else", "not-retracted", press.forged(COUNCIL)));
    let mut press = released();
    let release = *press.logs[COUNCIL].ids.last().expect("released");
    press.retract("Bo", &[release]);
    press.retract("Ana", &[release]);
    cases.push(case("two withdrawals of one release", "not-retracted", press.forged(COUNCIL)));
    let mut press = released();
    let release = *press.logs[COUNCIL].ids.last().expect("released");
    press.retract("Ana", &[release]);
    press.acknowledge("Oz", EntryId([8; 32]));
    cases.push(case("a confirmation of another withdrawal", "foreign", press.forged(COUNCIL)));
    let _ = (
        Standing::Removed,
        Acknowledge { retraction: release },
        Point { log: press.log_of(SITE), seq: 0, entry: release },
    );
    cases
}

/// Signatures and keys that lax libraries accept.
fn weak_signatures() -> Vec<Case> {
    let press = released();
    let good = press.forged(COUNCIL);
    let outer = crate::file::outer(&good);
    // S + L is the same number to whoever does not look.
    let mut malleated = outer.clone();
    let order = hex::decode("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010").expect("hex");
    let mut carry = 0_u16;
    for (byte, add) in malleated.signature.0[32..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        (*byte, carry) = (sum.to_le_bytes()[0], sum >> 8);
    }
    // Under a key of order one, R = B·0 and S = 0 sign everything.
    let mut identity = [0; 32];
    identity[0] = 1;
    let weak = File { exporter: commons_protocol::key::PublicKey(identity), ..press.forge(COUNCIL) };
    let mut signed = crate::file::outer(&sign_body(codec::encode(&weak), &press.node(COUNCIL)));
    signed.signature.0 = [0; 64];
    signed.signature.0[0] = 1;
    let mut zero = outer;
    zero.signature.0 = [0; 64];
    vec![
        case("a signature with S above the order", "changed", codec::encode(&malleated)),
        case("a key of small order", "changed", codec::encode(&signed)),
        case("no signature", "changed", codec::encode(&zero)),
    ]
}
