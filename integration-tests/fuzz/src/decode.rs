//! Every decoder, chosen by the first byte: what decodes has one encoding.
#![no_main]

#[path = "../../../protocol/tests/common/samples.rs"]
mod samples;
#[path = "../../../protocol/tests/common/world.rs"]
mod world;

use commons_protocol::invitation::Invitation;
use commons_protocol::refusal::Refusal;
use commons_protocol::statement::Review;
use std::sync::OnceLock;

type Decode = fn(&[u8]) -> Result<Vec<u8>, Refusal>;

/// One decoder per type, in the order of the samples.
fn decoders() -> &'static [Decode] {
    static DECODERS: OnceLock<Vec<Decode>> = OnceLock::new();
    DECODERS.get_or_init(|| {
        let mut kinds = Vec::new();
        let mut decoders = Vec::new();
        for sample in samples::all() {
            if !kinds.contains(&sample.kind) {
                kinds.push(sample.kind);
                decoders.push(sample.decode);
            }
        }
        decoders
    })
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((first, bytes)) = data.split_first() else { return };
    let decoders = decoders();
    let chosen = usize::from(*first) % (decoders.len() + 2);
    match decoders.get(chosen) {
        Some(decode) => {
            if let Ok(again) = decode(bytes) {
                assert_eq!(again, bytes, "a second encoding of one value");
            }
        }
        None if chosen > decoders.len() => {
            if let Ok(review) = Review::decode(bytes) {
                assert_eq!(review.encode(), bytes, "a second form of one review");
            }
        }
        None => {
            if let Ok(code) = std::str::from_utf8(bytes) {
                let _ = Invitation::from_code(code);
            }
        }
    }
});
