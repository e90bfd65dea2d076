//! Snapshots of feeds: what decodes has one encoding and is sound, and holding it against a roll-up says
//! either that it is this very one or in what it differs.
//!
//! Input: the bytes of a snapshot.
#![no_main]

#[path = "measures.rs"]
mod measures;
#[path = "../../../protocol/tests/common/world.rs"]
mod world;

use commons_protocol::id::DocumentId;
use commons_protocol::rollup::{Rollup, Snapshot};
use std::sync::OnceLock;

fn known() -> &'static Rollup {
    static KNOWN: OnceLock<Rollup> = OnceLock::new();
    KNOWN.get_or_init(|| measures::rollup(&measures::told(), DocumentId([1; 32])))
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Ok(snapshot) = Snapshot::decode(data) else { return };
    assert_eq!(snapshot.encode(), data, "a second encoding of one snapshot");
    assert!(snapshot.rows.iter().all(|row| row.is_sound()));
    if snapshot.check(known()).is_ok() {
        assert_eq!(snapshot.rollup, known().digest_of(snapshot.periods.first..=snapshot.periods.last));
    }
});
