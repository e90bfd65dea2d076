//! One encoding per value, nothing over its limit, no signature but the right one.

#[path = "common/cbor.rs"]
mod cbor;
#[path = "common/samples.rs"]
mod samples;
#[path = "common/world.rs"]
mod world;

use commons_protocol::codec::{self, CodecError};
use commons_protocol::collection::Collection;
use commons_protocol::entry::{Body, EntryKind};
use commons_protocol::fork::Fork;
use commons_protocol::id::{BodyHash, EntryId};
use commons_protocol::invitation::{Invitation, InvitationError};
use commons_protocol::limits::{
    ATTESTED, BODIES, BODY_BYTES, BRANCHES, CELLS, CHANGES_PER_ENTRY, DEPENDENCIES, ERASE_ENTRIES,
    NAME_BYTES, PARTS, PINS, ROWS, RUN_ENTRIES, RUN_HEADER_BYTES, STRATA, STRATIFIERS, TABLES, WANTS,
};
use commons_protocol::measure::Stratifier;
use commons_protocol::object::Object;
use commons_protocol::refusal::Refusal;
use commons_protocol::run::{Packed, Run, VerifiedRun, header_weight};
use commons_protocol::series::{Cell, Part, Stratum, Value};
use commons_protocol::sync::frame::Range;
use commons_protocol::sync::table::{Short, ShortRow};
use samples::Sample;
use world::{Dice, World, list};

#[test]
fn what_is_cut_short_is_refused() {
    for sample in samples::all() {
        for length in 0..sample.bytes.len() {
            let cut = (sample.decode)(&sample.bytes[..length]);
            assert!(cut.is_err(), "{} {} cut to {length} bytes", sample.kind, sample.name);
        }
    }
}

#[test]
fn what_is_followed_by_anything_is_refused() {
    for sample in samples::all() {
        for byte in 0..=255 {
            let longer = [&sample.bytes[..], &[byte]].concat();
            assert!((sample.decode)(&longer).is_err(), "{} {} and {byte:02x}", sample.kind, sample.name);
        }
    }
}

#[test]
fn other_encodings_of_the_same_value_are_refused() {
    for sample in samples::all() {
        let others = cbor::variants(&sample.bytes);
        assert!(others.len() >= 4, "{} {}: {} variants", sample.kind, sample.name, others.len());
        for (what, bytes) in others {
            assert!((sample.decode)(&bytes).is_err(), "{} {}: {what}", sample.kind, sample.name);
        }
    }
}

#[test]
fn more_bytes_than_the_type_may_have_are_not_even_looked_at() {
    for sample in samples::all() {
        let large = vec![0x80; sample.limit + 1];
        let verdict = (sample.decode)(&large).expect_err("too large");
        assert_eq!(verdict, Refusal::TooLarge, "{} {}", sample.kind, sample.name);
    }
}

#[test]
fn a_huge_length_costs_nothing() {
    for sample in samples::all() {
        for (offset, head) in cbor::heads(&sample.bytes) {
            for length in [u64::from(u32::MAX), u64::MAX] {
                let mut bytes = sample.bytes[..offset].to_vec();
                bytes.extend(cbor::head_of_width(head.major, length, 8));
                bytes.extend(&sample.bytes[offset + head.size..]);
                // The only proof needed is that this returns at once and without a panic.
                let decoded = (sample.decode)(&bytes);
                assert!(head.major == 0 || decoded.is_err(), "{} {} at {offset}", sample.kind, sample.name);
            }
        }
    }
}

/// The sample with its one element of a list replaced by these.
fn with_elements(kind: &str, name: &str, element: &[u8], elements: &[Vec<u8>]) -> (Sample, Vec<u8>) {
    let found = samples::all().into_iter().find(|sample| sample.kind == kind && sample.name == name);
    let sample = found.expect("a sample of that name");
    let old = [cbor::head(4, 1), element.to_vec()].concat();
    let at = sample.bytes.windows(old.len()).position(|window| window == old).expect("a list of one");
    let new = [cbor::head(4, elements.len() as u64), elements.concat()].concat();
    let bytes = [&sample.bytes[..at], &new, &sample.bytes[at + old.len()..]].concat();
    (sample, bytes)
}

fn entry_id(number: usize) -> EntryId {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&(number as u64).to_be_bytes());
    EntryId(bytes)
}

fn id(number: usize) -> Vec<u8> {
    codec::encode(&entry_id(number))
}

#[test]
fn lists_hold_up_to_their_limit() {
    type Element = fn(usize) -> Vec<u8>;
    let table = withdrawn().tables[0].clone();
    let stratum = samples::series::a_split_table().strata[0];
    let cases: [(&str, &str, Vec<u8>, Element, usize); 13] = [
        ("frame", "want", range(24), |n| range(n as u64), WANTS),
        ("frame", "want-bodies", codec::encode(&EntryId([2; 32])), id, BODIES),
        ("erase", "document", codec::encode(&EntryId([2; 32])), id, ERASE_ENTRIES),
        ("change", "one", small(2, b"one"), |_| small(2, b"one"), CHANGES_PER_ENTRY),
        ("key-event", "revoke", pin(2), |n| pin(n as u64), PINS),
        ("key-event", "end-logs", pin(5), |n| pin(n as u64), PINS),
        ("attestation", "first", pin(41), |n| pin(n as u64), ATTESTED),
        ("submit", "withdrawal", codec::encode(&EntryId([9; 32])), id, BRANCHES),
        ("submit", "withdrawal", codec::encode(&withdrawn()), |_| codec::encode(&withdrawn()), PARTS),
        ("submit", "withdrawal", codec::encode(&table), |_| codec::encode(&withdrawn().tables[0]), TABLES),
        ("submit", "total-null", codec::encode(&stratum), |_| small_stratum(), CELLS),
        ("definition", "age", codec::encode(&by_age()), |_| codec::encode(&by_age()), STRATIFIERS),
        ("definition", "all", small(3, b"a"), |_| small(3, b"b"), STRATA),
    ];
    for (kind, name, element, make, limit) in cases {
        for (count, fits) in [(limit, true), (limit + 1, false)] {
            let elements: Vec<Vec<u8>> = (0..count).map(make).collect();
            let (sample, bytes) = with_elements(kind, name, &element, &elements);
            assert_eq!((sample.decode)(&bytes).is_ok(), fits, "{kind} {name} with {count}");
        }
    }
}

fn range(from: u64) -> Vec<u8> {
    codec::encode(&Range { name: Short([1; 8]), from })
}

/// Bytes (2) or text (3).
fn small(major: u8, bytes: &[u8]) -> Vec<u8> {
    [cbor::head(major, bytes.len() as u64), bytes.to_vec()].concat()
}

/// The part of the sample of that name.
fn withdrawn() -> Part {
    samples::series::a_withdrawal()
}

/// A stratum in five bytes: as many as can be fit an entry.
fn small_stratum() -> Vec<u8> {
    let cell = Cell { numerator: Value::Masked, denominator: None, excluded: None };
    codec::encode(&Stratum { stratifier: 0, code: 0, cell })
}

fn by_age() -> Stratifier {
    samples::series::a_definition().stratifiers[0].clone()
}

fn pin(seq: u64) -> Vec<u8> {
    use commons_protocol::charter::Point;
    use commons_protocol::id::LogId;
    codec::encode(&Point { log: LogId([3; 32]), seq, entry: EntryId([4; 32]) })
}

#[test]
fn rows_fill_a_frame_and_no_more() {
    let row = codec::encode(&ShortRow { name: Short([1; 8]), version: 1, tag: Short([2; 8]) });
    for (count, fits) in [(ROWS, true), (ROWS + 1, false)] {
        let rows = [cbor::head(4, count as u64), row.repeat(count)].concat();
        let decoded = codec::decode::<commons_protocol::sync::table::ShortRows>(&rows, 1 << 20);
        assert_eq!(decoded.is_ok(), fits, "{count} rows");
    }
}

#[test]
fn a_run_holds_256_entries_with_64_dependencies() {
    let world = World::new(1, 1);
    let mut writer = world.writer(0, Collection::Toolkits, 0);
    (0..=RUN_ENTRIES).for_each(|_| _ = writer.create());
    let sign = |count: usize| {
        VerifiedRun::sign(world.commons, writer.name, 0, None, writer.entries[..count].to_vec(), &writer.key)
    };
    assert!(sign(RUN_ENTRIES).is_ok());
    assert_eq!(sign(RUN_ENTRIES + 1).err(), Some(Refusal::TooLarge));
    let packed = codec::encode(&writer.entries[0]);
    for (count, fits) in [(DEPENDENCIES, true), (DEPENDENCIES + 1, false)] {
        let deps = [cbor::head(4, count as u64), (0..count).flat_map(id).collect()].concat();
        // Epoch 0 is one byte, an empty list another.
        let bytes = [&packed[..2], &deps, &packed[3..]].concat();
        assert_eq!(codec::decode::<Packed>(&bytes, 1 << 16).is_ok(), fits, "{count} dependencies");
    }
}

/// Runs of a log whose entries have all the dependencies that fit.
fn heavy(count: usize, body: u8) -> Result<VerifiedRun, Refusal> {
    let world = World::new(1, 1);
    let mut writer = world.writer(0, Collection::Toolkits, 0);
    let deps = |entry: usize| (0..DEPENDENCIES).map(|dep| entry_id(1_000 * entry + dep)).collect();
    (0..count).for_each(|entry| _ = writer.write(EntryKind::Receipt, vec![body; 200], deps(entry)));
    VerifiedRun::sign(world.commons, writer.name, 0, None, writer.entries.clone(), &writer.key)
}

#[test]
fn the_heaviest_runs_still_prove_a_fork() {
    let fits = RUN_HEADER_BYTES / header_weight(DEPENDENCIES);
    assert_eq!(heavy(fits + 1, 1).err(), Some(Refusal::TooLarge));
    let one = heavy(fits, 1).expect("it fits");
    let again = Run::decode(&one.encode()).expect("it fits");
    assert!(again.verify(World::new(1, 1).commons).is_ok());
    let other = heavy(fits, 2).expect("it fits");
    let fork = Fork::new(World::new(1, 1).commons, &one, &other).expect("they differ");
    let bytes = Object::from(fork.clone()).encode();
    assert_eq!(Object::decode(&bytes), Ok(fork.into()), "{} bytes", bytes.len());
    let mut small = one;
    assert_eq!(small.join(other), Err(Refusal::BrokenChain));
}

#[test]
fn dependencies_and_bodies_are_in_order_and_within_bounds() {
    let world = World::new(1, 1);
    let mut writer = world.writer(0, Collection::Toolkits, 0);
    writer.create();
    let sign = |packed: Packed| {
        VerifiedRun::sign(world.commons, writer.name, 0, None, vec![packed], &writer.key).err()
    };
    let plain = writer.entries[0].clone();
    let deps =
        |numbers: &[u8]| Packed { deps: list(numbers.iter().map(|n| EntryId([*n; 32]))), ..plain.clone() };
    assert_eq!(sign(deps(&[1, 2])), None);
    assert_eq!(sign(deps(&[2, 1])), Some(Refusal::Malformed));
    assert_eq!(sign(deps(&[1, 1])), Some(Refusal::Malformed));
    let absent = |length: usize| Packed {
        body: Body::Absent { length: u32::try_from(length).expect("small"), hash: BodyHash([0; 32]) },
        ..plain.clone()
    };
    assert_eq!(sign(absent(BODY_BYTES)), None);
    assert_eq!(sign(absent(BODY_BYTES + 1)), Some(Refusal::TooLarge));
}

#[test]
fn texts_have_bounds_and_no_tricks() {
    type Name = commons_protocol::bounded::Text<NAME_BYTES>;
    let decode = |text: &str| {
        codec::decode::<Name>(&[cbor::head(3, text.len() as u64), text.into()].concat(), 1 << 16)
    };
    assert!(decode(&"n".repeat(NAME_BYTES)).is_ok());
    assert!(decode("lines\nand\ttabs, añ→中").is_ok());
    assert!(decode(&"n".repeat(NAME_BYTES + 1)).is_err());
    for trick in ["\u{0}", "\u{1b}[2J", "\u{7f}", "\u{85}", "\u{202e}evil", "\u{2066}evil", "\r"] {
        assert!(decode(trick).is_err(), "{trick:?}");
    }
    let not_text = [cbor::head(3, 2), vec![0xc3, 0x28]].concat();
    assert!(matches!(codec::decode::<Name>(&not_text, 64), Err(CodecError::Malformed(_))));
}

#[test]
fn mutations_neither_panic_nor_have_two_encodings() {
    let samples = samples::all();
    let cases = 50_000 / samples.len();
    for (number, sample) in samples.iter().enumerate() {
        let mut dice = Dice(number as u64);
        for case in 0..cases {
            let bytes = mutated(&sample.bytes, &mut dice);
            if let Ok(again) = (sample.decode)(&bytes) {
                assert_eq!(again, bytes, "{} {} case {case}", sample.kind, sample.name);
            }
        }
    }
}

#[test]
fn any_changed_bit_is_refused_or_another_value() {
    for sample in samples::all() {
        for at in 0..sample.bytes.len() {
            for bit in 0..8 {
                let mut bytes = sample.bytes.clone();
                bytes[at] ^= 1 << bit;
                if let Ok(again) = (sample.decode)(&bytes) {
                    assert_eq!(again, bytes, "{} {} byte {at}", sample.kind, sample.name);
                    assert!(!(sample.is_value)(&bytes), "{} {} byte {at}", sample.kind, sample.name);
                }
            }
        }
    }
}

fn mutated(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=dice.below(4) {
        let place = dice.below(bytes.len().max(1)).min(bytes.len().saturating_sub(1));
        let byte = dice.roll().to_be_bytes()[0];
        match dice.below(5) {
            0 => bytes.insert(place, byte),
            1 if !bytes.is_empty() => _ = bytes.remove(place),
            2 => bytes.truncate(place),
            3 if !bytes.is_empty() => bytes[place] = byte,
            _ if !bytes.is_empty() => bytes[place] ^= 1 << dice.below(8),
            _ => bytes.push(byte),
        }
    }
    bytes
}

#[test]
fn a_damaged_invitation_code_says_so() {
    let code = samples::an_invitation().to_code();
    assert!(Invitation::from_code(&format!("  {code}\n")).is_ok());
    assert!(matches!(Invitation::from_code(""), Err(InvitationError::NotACode)));
    assert!(matches!(Invitation::from_code(&code[1..]), Err(InvitationError::NotACode)));
    let endless = format!("commons1-{}", "a".repeat(9_000));
    assert!(matches!(Invitation::from_code(&endless), Err(InvitationError::NotACode)));
    let letters = "commons1-".len();
    for place in letters..code.len() {
        let mut damaged = code.clone().into_bytes();
        damaged[place] = if damaged[place] == b'a' { b'b' } else { b'a' };
        let damaged = String::from_utf8(damaged).expect("ASCII");
        assert!(Invitation::from_code(&damaged).is_err(), "letter {place}");
        assert!(Invitation::from_code(&code[..place]).is_err(), "cut at {place}");
    }
}
