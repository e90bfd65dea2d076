//! For each rule on the form of a change: what happens without it, and that the fence refuses
//! with its code.

mod common;

use automerge::legacy::{Key, OpType};
use automerge::{Automerge, Change, ObjType};
use common::{
    ALICE, BOB, MALLORY, Story, bomb, bytes, chunk, draft, entry, id, insertion, object, operation, put,
    raw_change, with_checksum,
};
use commons_protocol::document::Document;
use commons_protocol::fence::{ChangeHash, FenceLimits};

fn honest(story: &Story) -> Vec<u8> {
    bytes(story.draft(vec![entry("title", put("Sleep"), vec![id(1, ALICE)])]))
}

#[test]
fn objects_nest_only_so_deep() {
    let story = Story::new();
    let mut ops = vec![entry("m", OpType::Make(ObjType::Map), vec![])];
    for counter in 10..25 {
        let key = Key::Map("m".into());
        ops.push(operation(object(counter, MALLORY), key, OpType::Make(ObjType::Map), vec![]));
    }
    assert_eq!(story.code(story.draft(ops.clone())), "accepted");
    let key = Key::Map("m".into());
    ops.push(operation(object(25, MALLORY), key, OpType::Make(ObjType::Map), vec![]));
    assert_eq!(story.code(story.draft(ops)), "too-deep");
}

#[test]
fn only_plain_change_chunks_are_taken() {
    let story = Story::new();
    let saved = story.document.save();
    assert!(Automerge::load(&saved).is_ok(), "a whole document would load at once");
    assert_eq!(story.code_of_bytes(&saved), "chunk-type");

    let list = entry("l", OpType::Make(ObjType::List), vec![]);
    let long = (0..200).map(|n| insertion(object(10, MALLORY), Key::head(), put(n * 7919)));
    let mut change = Change::from(story.draft([list].into_iter().chain(long).collect()));
    let deflated = change.bytes().into_owned();
    assert!(Change::try_from(&deflated[..]).is_ok(), "automerge inflates without a bound");
    assert_eq!(story.code_of_bytes(&deflated), "chunk-type");
    assert_eq!(story.code_of_bytes(change.raw_bytes()), "accepted");

    let bundle = chunk(3, &[0; 40]);
    assert_eq!(story.code_of_bytes(&bundle), "chunk-type");
    assert_eq!(story.code_of_bytes(b"hello, I am no chunk"), "not-automerge");
}

#[test]
fn a_wrong_checksum_makes_two_encodings_of_one_change() {
    let story = Story::new();
    let good = honest(&story);
    let mut bad = good.clone();
    bad[4] ^= 0xff;
    let name = |bytes: &[u8]| Change::try_from(bytes).expect("reads").hash();
    assert_eq!(name(&good), name(&bad), "automerge takes both for the same");
    assert_eq!(story.code_of_bytes(&bad), "checksum");
}

#[test]
fn nothing_may_follow_or_lack() {
    let story = Story::new();
    let mut long = honest(&story);
    long.push(0);
    assert_eq!(story.code_of_bytes(&long), "chunk-length");
    let good = honest(&story);
    for length in 0..good.len() {
        let code = story.code_of_bytes(&good[..length]);
        assert!(matches!(code, "truncated" | "chunk-length"), "{length} bytes: {code}");
    }
}

#[test]
fn a_hundred_bytes_hold_millions_of_operations() {
    let story = Story::new();
    let small = bomb(10, &[story.base], 20);
    assert_eq!(story.code_of_bytes(&small), "accepted", "the bomb is well made");
    let large = bomb(10, &[story.base], 300_000);
    assert!(large.len() < 180, "{} bytes", large.len());
    let parsed = Change::try_from(&large[..]).expect("automerge reads it");
    assert_eq!(parsed.len(), 300_001);
    assert_eq!(story.code_of_bytes(&large), "too-many-operations");
    let endless = bomb(10, &[story.base], 1 << 50);
    assert_eq!(story.code_of_bytes(&endless), "too-many-operations");
}

#[test]
fn other_encodings_of_one_change_are_refused() {
    let story = Story::new();
    let deps = [story.base];
    // Two puts as one run of two, and as two runs of one: the same operations.
    let columns = |action: Vec<u8>| {
        let keys = vec![0x7e, 1, b'a', 1, b'b'];
        vec![(0x15, keys), (0x34, vec![2]), (0x42, action), (0x56, vec![2, 0]), (0x70, vec![2, 0])]
    };
    let canonical = with_checksum(raw_change(10, &deps, &columns(vec![2, 1])));
    let other = with_checksum(raw_change(10, &deps, &columns(vec![1, 1, 1, 1])));
    let decoded = |bytes: &[u8]| Change::try_from(bytes).expect("reads").decode().operations;
    assert_eq!(decoded(&canonical), decoded(&other), "automerge sees no difference");
    assert_eq!(story.code_of_bytes(&canonical), "accepted");
    assert_eq!(story.code_of_bytes(&other), "not-canonical");
}

#[test]
fn the_shape_of_columns_is_checked_before_reading() {
    let story = Story::new();
    let deps = [story.base];
    let base = [
        (0x15_u64, vec![0x7f, 1, b'a']),
        (0x34, vec![1]),
        (0x42, vec![0x7f, 1]),
        (0x56, vec![0x7f, 0]),
        (0x70, vec![0x7f, 0]),
    ];
    let with = |at: usize, column: (u64, Vec<u8>)| {
        let mut columns = base.to_vec();
        columns[at] = column;
        story.code_of_bytes(&with_checksum(raw_change(10, &deps, &columns)))
    };
    assert_eq!(with(0, base[0].clone()), "accepted");
    assert_eq!(with(2, (0x42 | 8, vec![0x7f, 1])), "deflated-column");
    assert_eq!(with(1, (0x14, vec![1])), "column-order");
    assert_eq!(with(1, (0x35, vec![1])), "unknown-column");
    assert_eq!(with(4, (0x70, vec![2, 0])), "column-length");
    assert_eq!(with(4, (0x70, vec![0x7f, 1])), "column-length");
    assert_eq!(with(2, (0x42, vec![])), "empty");
    assert_eq!(with(2, (0x42, vec![0x7f, 9])), "unreadable");
    assert_eq!(with(0, (0x15, vec![0x7f, 9, b'a'])), "truncated");
}

#[test]
fn header_counts_are_bounded() {
    let story = Story::new();
    let deps: Vec<_> = (0..65).map(|n| ChangeHash([n; 32])).collect();
    let columns = [(0x42, vec![0x7f, 1])];
    let many = raw_change(10, &deps, &columns);
    assert_eq!(story.code_of_bytes(&many), "too-many-dependencies");
    let claimed = chunk(1, &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]);
    assert_eq!(story.code_of_bytes(&claimed), "too-many-dependencies");

    let mut change = story.draft(vec![entry("a", put(1), vec![])]);
    change.message = Some("m".repeat(257));
    assert_eq!(story.code(change.clone()), "message-too-long");
    change.message = None;
    change.extra_bytes = vec![1];
    assert_eq!(story.code(change.clone()), "extra-bytes");
    change.extra_bytes = vec![];
    change.time = -1;
    assert_eq!(story.code(change.clone()), "time");
    change.time = i64::MAX;
    assert_eq!(story.code(change), "time");
    assert_eq!(story.code(story.draft(vec![])), "empty");
    let long = put("x".repeat(50_000));
    assert_eq!(story.code(story.draft(vec![entry("a", long, vec![])])), "change-too-large");
}

#[test]
fn dependencies_are_in_order() {
    let mut story = Story::new();
    let by_bob = bytes(draft(BOB, 1, 10, vec![story.base], vec![entry("x", put(1), vec![])]));
    let other = story.document.offer(&BOB, &by_bob).expect("accepts");
    let mut deps = vec![story.base, other];
    deps.sort();
    let columns = [
        (0x15_u64, vec![0x7f, 1, b'a']),
        (0x34, vec![1]),
        (0x42, vec![0x7f, 1]),
        (0x56, vec![0x7f, 0]),
        (0x70, vec![0x7f, 0]),
    ];
    let code_with = |deps: &[ChangeHash]| story.code_of_bytes(&with_checksum(raw_change(11, deps, &columns)));
    assert_eq!(code_with(&deps), "accepted");
    assert_eq!(code_with(&[deps[0], deps[0]]), "dependency-order");
    deps.reverse();
    let code = code_with(&deps);
    assert!(matches!(code, "not-canonical" | "dependency-order"), "{code}");
}

#[test]
fn a_document_fills_up() {
    let story = Story::new();
    let limits = FenceLimits { document_operations: 40, ..FenceLimits::default() };
    let mut document = Document::with_limits(limits);
    document.offer(&ALICE, &story.changes[0].1).expect("accepts the base");
    let full = document.offer(&MALLORY, &bomb(10, &[story.base], 40)).expect_err("refuses");
    assert_eq!(full.code(), "document-full");
    document.offer(&MALLORY, &bomb(10, &[story.base], 20)).expect("fits");
}
