//! Releases and retractions that don't count.

use super::{Case, released, released_by, reviewed};
use crate::press::{COUNCIL, Press, append, fields, person, policy};
use crate::world::{Writer, list};
use commons_protocol::body::{Content, Release};
use commons_protocol::collection::{Collection, DocumentKind, Role};
use commons_protocol::fence::ChangeHash;
use commons_protocol::id::EntryId;
use commons_protocol::key::PublicKey;
use commons_protocol::statement::Verdict;
use commons_protocol::version::{Cover, Version};

pub const CASES: &[Case] = &[
    ("the cover leaves a contributor out", "not-released/wrong-kind", || {
        with_release(|press, body| Release { cover: of_ana_alone(press).cover, ..body })
    }),
    ("the release names another kind", "not-released/wrong-kind", || {
        with_release(|_, body| {
            let cover = Cover { kind: DocumentKind::Guidance, ..body.cover.clone() };
            let mut version = body.version;
            version.cover = cover.hash(&body.heads);
            Release { cover, version, ..body }
        })
    }),
    ("the release names other heads", "not-released/wrong-kind", || {
        with_release(|_, body| Release { heads: list([ChangeHash([5; 32])]), ..body })
    }),
    ("a version with fewer contributors than was reviewed", "not-released/approvals", || {
        let (mut press, _, listed) = reviewed(&["Bo", "Cleo"]);
        let other = of_ana_alone(&press);
        press.release("Ana", &other, &listed, None);
        press.versions = vec![other];
        press.forged(COUNCIL)
    }),
    ("a contributor whom nobody vouches for", "unknown", || {
        let mut press = Press::new();
        press.contributors.insert(person("nobody").public());
        press.publish_current(None);
        press.forged(COUNCIL)
    }),
    ("reviews of another version", "not-released/approvals", || {
        let (mut press, _, listed) = reviewed(&["Bo", "Cleo"]);
        press.edit("Ana", &fields("Plan the week", "Something that nobody reviewed."));
        let newer = press.version();
        press.release("Ana", &newer, &listed, None);
        press.versions = vec![newer];
        press.forged(COUNCIL)
    }),
    ("one listed review is of another version", "not-released/other-version", || {
        let (mut press, version, mut listed) = reviewed(&["Bo", "Cleo"]);
        press.edit("Ana", &fields("Plan the week", "Something else."));
        let newer = press.version();
        listed.push(press.review("Dan", Verdict::Approve, &newer));
        press.release("Ana", &version, &listed, None);
        press.versions.truncate(1);
        press.forged(COUNCIL)
    }),
    ("released by somebody who may not write", "not-admitted/role-forbids", || {
        released_by("Oz", &["Bo", "Cleo"]).forged(COUNCIL)
    }),
    ("another organisation's person", "not-admitted/not-the-person", || {
        released_in_the_name_of(&person("Cleo").public())
    }),
    ("a person whom nobody vouches for", "unknown", || released_in_the_name_of(&person("nobody").public())),
    ("an epoch that is not there", "unknown", || {
        let (mut press, version, listed) = reviewed(&["Bo", "Cleo"]);
        press.logs[COUNCIL].epoch = 7;
        press.release("Ana", &version, &listed, None);
        press.forged(COUNCIL)
    }),
    ("an older policy that nobody attested", "not-released/under-policy", || {
        let mut press = released();
        press.enact_policy(stricter());
        press.forged(COUNCIL)
    }),
    ("a release that two of four attested", "not-released/under-policy", || {
        let mut press = released();
        let point = press.logs[COUNCIL].pin(press.length(COUNCIL)).expect("an entry");
        [0, 1].into_iter().for_each(|index| press.world.attest(index, vec![point]));
        press.enact_policy(stricter());
        press.forged(COUNCIL)
    }),
    ("a release that was attested after the policy came", "not-released/under-policy", || {
        let mut press = released();
        press.enact_policy(stricter());
        press.attest(COUNCIL, press.length(COUNCIL));
        press.forged(COUNCIL)
    }),
    ("a backdated release", "not-released/under-policy", || {
        let mut press = Press::new();
        press.enact_policy(stricter());
        press.logs.iter_mut().for_each(|log| log.epoch = 0);
        press.publish_current(None);
        press.forged(COUNCIL)
    }),
    ("an epoch that goes back along the log", "not-admitted/epoch-went-back", || {
        let mut press = Press::new();
        press.enact_policy(policy(&[(&[Role::Family], 1)], 1));
        press.say_nothing();
        press.logs[COUNCIL].epoch = 0;
        press.publish_current(None);
        press.forged(COUNCIL)
    }),
    ("a release in another collection", "not-admitted/wrong-document", || released_in(Collection::Guidance)),
    ("a collection that the node does not have", "not-admitted/out-of-scope", || {
        released_in(Collection::Needs)
    }),
    ("withdrawn by somebody who may not", "not-retracted", || {
        let (mut press, release) = with_its_release();
        press.retract("Dan", &[release]);
        press.forged(COUNCIL)
    }),
    ("a withdrawal of something else", "not-retracted", || {
        let (mut press, _) = with_its_release();
        press.retract("Ana", &[EntryId([8; 32])]);
        press.forged(COUNCIL)
    }),
    ("two withdrawals of one release", "not-retracted", || {
        let (mut press, release) = with_its_release();
        press.retract("Bo", &[release]);
        press.retract("Ana", &[release]);
        press.forged(COUNCIL)
    }),
    ("a confirmation of another withdrawal", "foreign", || {
        let (mut press, release) = with_its_release();
        press.retract("Ana", &[release]);
        press.acknowledge("Oz", EntryId([8; 32]));
        press.forged(COUNCIL)
    }),
];

fn stricter() -> commons_protocol::policy::Policy {
    policy(&[(&[Role::Researcher], 1)], 1)
}

fn of_ana_alone(press: &Press) -> Version {
    press.version_by(vec![person("Ana").public()], &press.content.fields().expect("reads"))
}

fn with_release(change: impl Fn(&Press, Release) -> Release) -> Vec<u8> {
    let (mut press, version, listed) = reviewed(&["Bo", "Cleo"]);
    let body = change(&press, press.release_body(&version, &listed, None));
    press.say("Ana", Content::Release(body));
    press.forged(COUNCIL)
}

fn released_in_the_name_of(person: &PublicKey) -> Vec<u8> {
    let (mut press, version, listed) = reviewed(&["Bo", "Cleo"]);
    let body = press.release_body(&version, &listed, None);
    press.say_in(COUNCIL, person, Content::Release(body));
    press.forged(COUNCIL)
}

fn released_in(collection: Collection) -> Vec<u8> {
    let (mut press, version, listed) = reviewed(&["Bo", "Cleo"]);
    let name = commons_protocol::entry::LogName { collection, ..press.logs[COUNCIL].name };
    let ana = person("Ana").public();
    let mut log = Writer::new(press.world.commons, name, press.node(COUNCIL), ana);
    let body = press.release_body(&version, &listed, None);
    append(&mut log, press.now, &ana, Content::Release(body));
    press.logs.push(log);
    press.forged(COUNCIL)
}

fn with_its_release() -> (Press, EntryId) {
    let press = released();
    let release = *press.logs[COUNCIL].ids.last().expect("released");
    (press, release)
}
