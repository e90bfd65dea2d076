//! Reviews that are missing, don't suffice, or are not their reviewer's.

use super::{Case, is_review, released, released_by, reviewed};
use crate::press::{COUNCIL, Press, SITE, person, policy};
use commons_protocol::body::{Content, SignedReview};
use commons_protocol::bounded::BoundedBytes;
use commons_protocol::collection::Role;
use commons_protocol::id::EntryId;
use commons_protocol::key::SecretKey;
use commons_protocol::statement::{Envelope, Review, STATEMENT_TYPE, Verdict};

pub const CASES: &[Case] = &[
    ("a listed review is missing", "not-released/review-missing", || {
        let mut press = Press::new();
        press.enact_policy(policy(&[(&[Role::Family], 1)], 1));
        press.publish_current(None);
        without_cleo(&press)
    }),
    ("a needed review is missing", "not-released/approvals", || without_cleo(&released())),
    ("a reviewer is an author", "not-released/approvals", || {
        released_by("Ana", &["Bo", "Fay"]).forged(COUNCIL)
    }),
    ("too few reviews", "not-released/approvals", || released_by("Ana", &["Bo"]).forged(COUNCIL)),
    ("all reviewers are of one organisation", "not-released/organisations", || {
        let mut press = Press::new();
        press.enact_policy(policy(&[(&[Role::Family], 1)], 1));
        press.enact_policy(policy(&[(&[Role::Family], 1), (&[Role::Administrator], 1)], 2));
        let version = press.version();
        let reviews = ["Bo", "Oz"].map(|name| press.review(name, Verdict::Approve, &version));
        press.release("Ana", &version, &reviews, None);
        press.forged(COUNCIL)
    }),
    ("a listed review declines", "not-released/declined", || {
        let (mut press, version, mut listed) = reviewed(&["Bo", "Dan"]);
        listed.push(press.review("Cleo", Verdict::Decline, &version));
        press.release("Ana", &version, &listed, None);
        press.forged(COUNCIL)
    }),
    ("a listed review asks for changes", "not-released/approvals", || {
        let (mut press, version, mut listed) = reviewed(&["Bo"]);
        listed.push(press.review("Cleo", Verdict::RequestChanges, &version));
        press.release("Ana", &version, &listed, None);
        press.forged(COUNCIL)
    }),
    ("a listed review was replaced", "not-released/replaced", || {
        let (mut press, version, mut listed) = reviewed(&["Bo", "Cleo"]);
        listed.push(press.review("Cleo", Verdict::Approve, &version));
        press.release("Ana", &version, &listed, None);
        press.forged(COUNCIL)
    }),
    ("a role that nobody gave", "not-released/approvals", || {
        let (mut press, version, mut listed) = reviewed(&["Cleo"]);
        let opinion = press.opinion("Bo", Verdict::Approve, &version);
        listed.push(press.publish("Bo", &Review { role: Role::Clinician, ..opinion }, &person("Bo")));
        press.release("Ana", &version, &listed, None);
        press.forged(COUNCIL)
    }),
    ("a statement signed by another key", "not-admitted/bad-signature", || {
        with_statement(|_, review| (review.encode(), person("Fay"), STATEMENT_TYPE))
    }),
    ("a statement signed by the node's key", "not-admitted/bad-signature", || {
        with_statement(|press, review| (review.encode(), press.node(SITE), STATEMENT_TYPE))
    }),
    ("a statement signed under another type", "not-admitted/bad-signature", || {
        with_statement(|_, review| (review.encode(), person("Cleo"), "text/plain"))
    }),
    ("a statement of another commons", "not-admitted/bad-body", || {
        with_statement(|_, review| {
            let commons = Press::founded(8, &["One", "Two", "Three", "Four"]).world.commons;
            (Review { commons, ..review }.encode(), person("Cleo"), STATEMENT_TYPE)
        })
    }),
    ("a statement about another document", "not-admitted/bad-body", || {
        with_statement(|_, review| {
            let document = EntryId([1; 32]).creates();
            (Review { document, ..review }.encode(), person("Cleo"), STATEMENT_TYPE)
        })
    }),
    ("another person's statement", "not-admitted/bad-body", || {
        with_statement(|press, review| {
            let reviewer = person("Fay").public();
            let _ = press;
            (Review { reviewer, ..review }.encode(), person("Fay"), STATEMENT_TYPE)
        })
    }),
    ("a statement of the node's key", "not-admitted/bad-body", || {
        with_statement(|press, review| {
            let node = press.node(SITE);
            (Review { reviewer: node.public(), ..review }.encode(), node, STATEMENT_TYPE)
        })
    }),
    ("a review that a node's key contributed", "unknown", || {
        let (mut press, version, mut listed) = reviewed(&["Bo"]);
        let node = press.node(SITE);
        let opinion = press.opinion("Cleo", Verdict::Approve, &version);
        let envelope = Review { reviewer: node.public(), ..opinion }.sign(&node).expect("its own key");
        let body = Content::Review(SignedReview { document: press.document, envelope });
        listed.push(press.say_in(SITE, &node.public(), body));
        press.release("Ana", &version, &listed, None);
        press.forged(COUNCIL)
    }),
    ("a statement in other JSON", "not-admitted/bad-body", || rewritten(|text| text.replace(":{", ": {"))),
    ("a statement with escapes that need not be", "not-admitted/bad-body", || {
        rewritten(|text| text.replace("clinician", "clinici\\u0061n"))
    }),
    ("a statement that says something twice", "not-admitted/bad-body", || {
        rewritten(|text| text.replace("\"number\":1", "\"number\":1,\"number\":1"))
    }),
    ("a statement with one member more", "not-admitted/bad-body", || {
        rewritten(|text| text.replace("\"number\":1", "\"number\":1,\"mood\":\"good\""))
    }),
    ("a statement with a fraction", "not-admitted/bad-body", || {
        rewritten(|text| text.replace("\"number\":1", "\"number\":1.0"))
    }),
    ("a statement with number nought", "not-admitted/bad-body", || {
        rewritten(|text| text.replace("\"number\":1", "\"number\":0"))
    }),
    ("a statement with capital digits", "not-admitted/bad-body", || {
        rewritten(|text| text.replace("\"sha256\":\"", "\"sha256\":\"A"))
    }),
    ("a statement that moves the cursor", "not-admitted/bad-body", || {
        with_statement(|_, review| {
            let comment = "fine \u{1b}[2J\u{202e}".to_owned();
            (Review { comment, ..review }.encode(), person("Cleo"), STATEMENT_TYPE)
        })
    }),
    ("a comment that is too long", "not-admitted/bad-body", || {
        with_statement(|_, review| {
            (Review { comment: "a".repeat(4_001), ..review }.encode(), person("Cleo"), STATEMENT_TYPE)
        })
    }),
];

fn without_cleo(press: &Press) -> Vec<u8> {
    let cleo = person("Cleo").public();
    let file = press.forge(COUNCIL).without_bodies(|entry| is_review(entry) && entry.header.person == cleo);
    file.sign(&press.node(COUNCIL))
}

/// A release that lists an entry by Cleo with any statement under any signature.
fn with_statement(forge: impl Fn(&Press, Review) -> (Vec<u8>, SecretKey, &'static str)) -> Vec<u8> {
    let (mut press, version, mut listed) = reviewed(&["Bo"]);
    let opinion = press.opinion("Cleo", Verdict::Approve, &version);
    let (statement, key, kind) = forge(&press, opinion);
    let signature = key.sign(kind, &statement);
    let statement = BoundedBytes::new(statement).expect("short");
    let body = SignedReview { document: press.document, envelope: Envelope { statement, signature } };
    listed.push(press.say("Cleo", Content::Review(body)));
    press.release("Ana", &version, &listed, None);
    press.forged(COUNCIL)
}

/// A statement whose text was changed before Cleo signed it.
fn rewritten(change: impl Fn(String) -> String) -> Vec<u8> {
    with_statement(|_, review| {
        let text = String::from_utf8(review.encode()).expect("JSON");
        let changed = change(text.clone());
        assert_ne!(changed, text);
        (changed.into_bytes(), person("Cleo"), STATEMENT_TYPE)
    })
}
