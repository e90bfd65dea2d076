//! Keys that speak for nobody, or not any more.

use super::{Case, released, reviewed};
use crate::press::{COUNCIL, Press, SITE, person};
use crate::world::{self, list, text};
use commons_protocol::body::{Content, SignedReview};
use commons_protocol::collection::Role;
use commons_protocol::key::PublicKey;
use commons_protocol::keylog::{KeyAction, consent};
use commons_protocol::object::Object;
use commons_protocol::statement::{Review, Verdict};

pub const CASES: &[Case] = &[
    ("the node is not delegated", "unknown", || {
        without(
            |press, action| matches!(action, KeyAction::DelegateNode { node, .. } if *node == press.node(SITE).public()),
        )
    }),
    ("the reviewer is not delegated", "unknown", || {
        without(
            |_, action| matches!(action, KeyAction::DelegatePerson { person: one, .. } if *one == person("Cleo").public()),
        )
    }),
    ("no admin was appointed", "exporter", || {
        without(|_, action| matches!(action, KeyAction::AppointAdmin { .. }))
    }),
    ("the reviewer's key beyond its pin", "not-admitted/beyond-pin", || {
        revoked(&person("Cleo").public(), |press| vec![(SITE, press.length(SITE) - 1)])
    }),
    ("a reviewer's key without any pin", "not-admitted/beyond-pin", || {
        revoked(&person("Cleo").public(), |_| Vec::new())
    }),
    ("the reviewer's pin lies in another log", "not-admitted/beyond-pin", || {
        revoked(&person("Cleo").public(), |press| vec![(COUNCIL, press.length(COUNCIL))])
    }),
    ("the node's key beyond its pin", "not-admitted/beyond-pin", || {
        let site = released().node(SITE).public();
        revoked(&site, |press| vec![(SITE, press.length(SITE) - 1)])
    }),
    ("a log beyond its end", "not-admitted/beyond-pin", || {
        let mut press = released();
        let end = press.logs[SITE].pin(press.length(SITE) - 1).expect("an entry");
        press.world.admin_event(SITE, KeyAction::EndLogs { ends: list([end]) });
        press.forged(COUNCIL)
    }),
    ("an admin whose word never counted", "not-admitted/out-of-scope", || {
        let mut press = released();
        let admin = press.world.organisations[SITE].admin.public();
        press.world.root_event(SITE, KeyAction::RevokeAdmin { admin, last: None });
        press.forged(COUNCIL)
    }),
    ("an admin's chain that forked at its beginning", "not-admitted/out-of-scope", || {
        let mut press = released();
        let (site, node) = (press.world.organisations[SITE].clone(), press.node(SITE).public());
        let action = KeyAction::Announce { node, addresses: list([]) };
        let event = world::key_event(press.world.commons, site.id(), &site.admin, 0, None, action);
        press.world.objects.push(event);
        press.forged(COUNCIL)
    }),
    ("a root that nobody committed to", "unknown", || {
        let mut press = Press::new();
        press.world.organisations[SITE].next_root = world::key("a thief's root");
        press.rotate_root(SITE);
        released_with_mallory(press)
    }),
    ("an admin whom nobody appointed", "unknown", || {
        let mut press = Press::new();
        press.world.organisations[SITE].admin = world::key("another admin");
        released_with_mallory(press)
    }),
];

/// A true file without some key events.
fn without(drop: impl Fn(&Press, &KeyAction) -> bool) -> Vec<u8> {
    let press = released();
    let file = press.forge(COUNCIL);
    let keeps =
        |object: &Object| !matches!(object, Object::Key(event) if drop(&press, &event.value().action));
    let kept: Vec<Object> = file.objects().into_iter().filter(keeps).collect();
    file.with_objects(&kept).sign(&press.node(COUNCIL))
}

fn revoked(key: &PublicKey, keep: impl Fn(&Press) -> Vec<(usize, usize)>) -> Vec<u8> {
    let mut press = released();
    let keep = keep(&press);
    press.revoke(SITE, key, &keep);
    press.forged(COUNCIL)
}

/// The site's admin key as it is now delegates Mallory, who reviews.
fn released_with_mallory(mut press: Press) -> Vec<u8> {
    let (site, mallory) = (press.world.organisations[SITE].clone(), person("Mallory"));
    let action = KeyAction::DelegatePerson {
        person: mallory.public(),
        name: text("Mallory"),
        roles: list([Role::Clinician]),
        proof: consent(&press.world.commons, &site.id(), &mallory),
    };
    press.world.key_event(SITE, &site.admin, action);
    let (_, version, _) = reviewed(&[]);
    press.versions.push(version.clone());
    let opinion = press.opinion("Cleo", Verdict::Approve, &version);
    let envelope = Review { reviewer: mallory.public(), ..opinion }.sign(&mallory).expect("its own key");
    let body = Content::Review(SignedReview { document: press.document, envelope });
    let review = press.say_in(SITE, &mallory.public(), body);
    let bo = press.review("Bo", Verdict::Approve, &version);
    press.release("Ana", &version, &[bo, review], None);
    press.forged(COUNCIL)
}
