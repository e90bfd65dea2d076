//! Encoded runs and objects into the admission of a prepared commons.
//!
//! Input: records, each after a length of two bytes (little-endian); the first byte of a record
//! says what it is (bit 0: an object, else a run).
#![no_main]

#[path = "records.rs"]
mod records;
#[path = "../../../protocol/tests/common/replica.rs"]
mod replica;
#[path = "small.rs"]
mod small;
#[path = "../../../protocol/tests/common/world.rs"]
mod world;

use commons_protocol::object::Object;
use commons_protocol::run::Run;
use records::records;
use small::Small;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let small = Small::new();
    let mut memory = small.half();
    for record in records(data).take(32) {
        let Some((kind, bytes)) = record.split_first() else { continue };
        if kind & 1 == 1 {
            if let Ok(object) = Object::decode(bytes) {
                memory.add_objects(vec![object]);
            }
        } else if let Ok(run) = Run::decode(bytes) {
            // Also without the signature: a hostile member signs what it likes.
            let verified = run.clone().verify(small.world.commons);
            let run = if kind & 2 == 2 { run.trusted(small.world.commons) } else { verified };
            if let Ok(run) = run {
                memory.add_run(run);
            }
        }
    }
    small.check_sound(&memory);
});
