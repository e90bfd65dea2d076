//! The change fence: what it lets pass can be built, saved and edited.
//!
//! Input: records of one control byte, a length of two bytes (little-endian) and that many bytes
//! of a change. Control byte, bits 0-1: the actor (three known ones, or the one that the change
//! names). Bit 2: correct the checksum first, so that mutations get past it. Bit 3: build the
//! document after this change, else changes are built in a batch.
#![no_main]

#[path = "honest.rs"]
mod honest;

use automerge::{Automerge, Change};
use commons_protocol::document::{Document, Fields};
use commons_protocol::fence::{Actor, ChangeHash};
use honest::{ACTORS, seed};

libfuzzer_sys::fuzz_target!(|data: &[u8]| fence(data));

fn fence(data: &[u8]) {
    let (mut document, _) = seed();
    let mut rest = data;
    while let Some((control, bytes, tail)) = record(rest) {
        rest = tail;
        let mut bytes = bytes.to_vec();
        if control & 4 != 0 {
            correct_checksum(&mut document, &mut bytes);
        }
        let actor = claimed_actor(control, &bytes);
        let _ = document.offer(&actor, &bytes);
        if control & 8 != 0 {
            document.settle().expect("what passes the fence can be built");
        }
    }
    document.settle().expect("what passes the fence can be built");
    check(&mut document);
}

fn record(data: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (head, rest) = data.split_at_checked(3)?;
    let length = usize::from(u16::from_le_bytes([head[1], head[2]])).min(rest.len());
    let (bytes, tail) = rest.split_at(length);
    Some((head[0], bytes, tail))
}

/// Only the fence's own scan makes it safe to let Automerge read the bytes, so ask it first.
fn correct_checksum(document: &mut Document, bytes: &mut [u8]) {
    let refusal = document.clone().offer(&ACTORS[0], bytes).err();
    if refusal.is_none_or(|refusal| refusal.code() != "checksum") {
        return;
    }
    if let Ok(change) = Change::try_from(&*bytes) {
        bytes[4..8].copy_from_slice(&change.hash().0[..4]);
    }
}

fn claimed_actor(control: u8, bytes: &[u8]) -> Actor {
    match ACTORS.get(usize::from(control & 3)) {
        Some(actor) => *actor,
        // The actor stands behind the dependencies; for changes without any, at a fixed place.
        None => bytes.get(12..28).map_or(ACTORS[2], |actor| Actor(actor.try_into().expect("sixteen bytes"))),
    }
}

fn check(document: &mut Document) {
    let loaded = Automerge::load(&document.save()).expect("a saved document loads");
    let mut heads: Vec<ChangeHash> = loaded.get_heads().into_iter().map(Into::into).collect();
    heads.sort_unstable();
    assert_eq!(heads, document.heads());
    let _ = document.fields();
    let fields = Fields {
        title: "Mended".into(),
        language: "en".into(),
        summary: String::new(),
        text: "Mended".into(),
        ..Fields::default()
    };
    document.edit(&ACTORS[1], &fields, 9).expect("an honest edit passes");
    assert_eq!(document.fields().expect("reads"), fields);
}
