//! Bodies of every kind of entry: what decodes has one encoding, and reading what it says about
//! versions and measures never fails otherwise than by a refusal.
//!
//! Input: a byte that chooses the kind, then the body.
#![no_main]

#[path = "kinds.rs"]
mod kinds;
#[path = "../../../protocol/tests/common/world.rs"]
mod world;

use commons_protocol::body::Content;
use commons_protocol::collection::Collection;
use commons_protocol::entry::{Entry, EntryKind};
use commons_protocol::publication;
use std::sync::OnceLock;
use world::World;

/// An entry of this kind. Only its header is looked at.
fn entry(kind: EntryKind) -> Entry {
    static ENTRY: OnceLock<Entry> = OnceLock::new();
    let entry = ENTRY.get_or_init(|| {
        let mut writer = World::new(1, 1).writer(0, Collection::Aggregates, 0);
        writer.create();
        writer.run(0, 1).last().clone()
    });
    let mut entry = entry.clone();
    entry.header.kind = kind;
    entry
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((first, bytes)) = data.split_first() else { return };
    let kind = kinds::KINDS[usize::from(*first) % kinds::KINDS.len()].0;
    let Ok(content) = Content::decode(kind, bytes) else { return };
    assert_eq!((content.kind(), content.encode()), (kind, bytes.to_vec()), "a second encoding of one body");
    if let Content::Release(release) = &content
        && let Some(definition) = release.cover.measure.as_ref().filter(|one| one.is_sound())
    {
        for (first, stratifier) in definition.stratifiers.iter().enumerate() {
            for (second, code) in stratifier.strata.iter().enumerate() {
                let place = definition.place(&stratifier.code, code).expect("codes are unique");
                assert_eq!((usize::from(place.0), usize::from(place.1)), (first, second));
            }
        }
    }
    let _ = publication::read(&entry(kind), content);
});
