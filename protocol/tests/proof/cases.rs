//! Files that a malicious member made: each is signed by a node's key, and
//! each says something that is not so. With the reason why it is refused.
#![allow(dead_code)]

#[path = "cases/epochs.rs"]
mod epochs;
#[path = "cases/keys.rs"]
mod keys;
#[path = "cases/logs.rs"]
mod logs;
#[path = "cases/parts.rs"]
mod parts;
#[path = "cases/releases.rs"]
mod releases;
#[path = "cases/reviews.rs"]
mod reviews;
#[path = "cases/signatures.rs"]
mod signatures;

use crate::press::Press;
use commons_protocol::entry::{Entry, EntryKind};
use commons_protocol::id::EntryId;
use commons_protocol::statement::Verdict;
use commons_protocol::version::Version;

/// What is wrong, why it is refused, and the file.
pub type Case = (&'static str, &'static str, fn() -> Vec<u8>);

/// All cases.
pub fn cases() -> impl Iterator<Item = &'static Case> {
    let tables = [
        reviews::CASES,
        releases::CASES,
        parts::CASES,
        keys::CASES,
        logs::CASES,
        epochs::CASES,
        signatures::CASES,
    ];
    tables.into_iter().flatten()
}

/// A released toolkit.
pub fn released() -> Press {
    let mut press = Press::new();
    press.publish_current(None);
    press
}

/// What these people approve, without a release.
fn reviewed(names: &[&str]) -> (Press, Version, Vec<EntryId>) {
    let mut press = Press::new();
    let version = press.version();
    let reviews = names.iter().map(|name| press.review(name, Verdict::Approve, &version)).collect();
    (press, version, reviews)
}

/// A release by somebody with these people's approval.
fn released_by(name: &str, names: &[&str]) -> Press {
    let (mut press, version, reviews) = reviewed(names);
    press.release(name, &version, &reviews, None);
    press
}

fn is_review(entry: &Entry) -> bool {
    entry.header.kind == EntryKind::Review
}
