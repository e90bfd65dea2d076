//! Frames into a catch-up session over a small replica: nothing that is not valid gets in.
//!
//! Input: a first byte (bit 0: whether this end called), then frames, each after a length of two
//! bytes (little-endian).
#![no_main]

#[path = "records.rs"]
mod records;
#[path = "../../../protocol/tests/common/replica.rs"]
mod replica;
#[path = "small.rs"]
mod small;
#[path = "../../../protocol/tests/common/world.rs"]
mod world;

use commons_protocol::sync::Session;
use records::records;
use small::Small;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((first, data)) = data.split_first() else { return };
    let small = Small::new();
    let mut memory = small.half();
    let mut session = Session::new(first & 1 == 1, [5; 16]);
    if first & 1 == 1 {
        session.open(&mut memory);
    }
    for frame in records(data).take(32) {
        session.handle(frame, &mut memory);
    }
    small.check(&memory);
});
