//! Hand-made changes, and what bare Automerge does with them.
#![allow(dead_code)]

use std::num::NonZeroU64;
use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::legacy::{ElementId, Key, ObjectId, Op, OpId, OpType};
use automerge::{ActorId, Automerge, Change, ExpandedChange, ScalarValue};
use commons_protocol::document::{Document, Fields};
use commons_protocol::fence::{Actor, ChangeHash, FenceRefusal, hush_caught_panics};

pub const ALICE: Actor = Actor([0xaa; 16]);
pub const BOB: Actor = Actor([0xbb; 16]);
pub const MALLORY: Actor = Actor([0x66; 16]);
pub const TIME: u64 = 1_760_000_000;

pub fn fields(text: &str) -> Fields {
    Fields {
        title: "Fatigue".into(),
        language: "en".into(),
        summary: "What helps".into(),
        text: text.into(),
        ..Fields::default()
    }
}

/// A document by Alice: title is operation 1, language 2, summary 3, the text object 4, and its
/// characters "hello" 5 to 9.
pub struct Story {
    pub document: Document,
    pub changes: Vec<(Actor, Vec<u8>)>,
    pub base: ChangeHash,
}

impl Story {
    pub fn new() -> Self {
        let mut document = Document::new();
        let made = document.create(&ALICE, &fields("hello"), TIME).expect("creates");
        Self {
            base: document.heads()[0],
            document,
            changes: made.into_iter().map(|bytes| (ALICE, bytes)).collect(),
        }
    }

    /// A change by Mallory on the base that would be in order if its operations were.
    pub fn draft(&self, operations: Vec<Op>) -> ExpandedChange {
        draft(MALLORY, 1, 10, vec![self.base], operations)
    }

    pub fn offer(&self, change: ExpandedChange) -> Result<ChangeHash, FenceRefusal> {
        self.offer_bytes(&bytes(change))
    }

    pub fn offer_bytes(&self, bytes: &[u8]) -> Result<ChangeHash, FenceRefusal> {
        let mut document = self.document.clone();
        let verdict = document.offer(&MALLORY, bytes);
        document.settle().expect("what passes the fence can be built");
        verdict
    }

    pub fn code(&self, change: ExpandedChange) -> &'static str {
        self.code_of_bytes(&bytes(change))
    }

    pub fn code_of_bytes(&self, bytes: &[u8]) -> &'static str {
        self.offer_bytes(bytes).map_or_else(|refusal| refusal.code(), |_| "accepted")
    }

    /// What Automerge does with the change if nothing stands before it.
    pub fn unfenced(&self, change: ExpandedChange) -> Harm {
        let changes = self.changes.iter().map(|(_, bytes)| bytes.clone());
        unfenced(changes.chain([bytes(change)]).collect())
    }
}

pub fn draft(
    actor: Actor,
    seq: u64,
    start: u64,
    deps: Vec<ChangeHash>,
    operations: Vec<Op>,
) -> ExpandedChange {
    ExpandedChange {
        operations,
        actor_id: ActorId::from(actor.0),
        hash: None,
        seq,
        start_op: NonZeroU64::new(start).expect("starts above zero"),
        time: 0,
        message: None,
        deps: deps.into_iter().map(Into::into).collect(),
        extra_bytes: Vec::new(),
        author: None,
    }
}

pub fn bytes(change: ExpandedChange) -> Vec<u8> {
    Change::from(change).raw_bytes().to_vec()
}

pub fn id(counter: u64, actor: Actor) -> OpId {
    OpId::new(counter, &ActorId::from(actor.0))
}

pub fn object(counter: u64, actor: Actor) -> ObjectId {
    ObjectId::Id(id(counter, actor))
}

pub fn element(counter: u64, actor: Actor) -> Key {
    Key::Seq(ElementId::Id(id(counter, actor)))
}

pub fn put(value: impl Into<ScalarValue>) -> OpType {
    OpType::Put(value.into())
}

pub fn operation(object: ObjectId, key: Key, action: OpType, pred: Vec<OpId>) -> Op {
    Op { action, obj: object, key, pred: pred.into(), insert: false }
}

pub fn insertion(object: ObjectId, after: Key, action: OpType) -> Op {
    Op { insert: true, ..operation(object, after, action, Vec::new()) }
}

pub fn entry(key: &str, action: OpType, pred: Vec<OpId>) -> Op {
    operation(ObjectId::Root, Key::Map(key.into()), action, pred)
}

/// What happened to a document without a fence.
#[derive(Debug, PartialEq, Eq)]
pub enum Harm {
    None,
    Panics,
    RefusesAll,
    SavedDocumentDoesNotLoad,
    LoadsDifferently,
}

pub fn unfenced(changes: Vec<Vec<u8>>) -> Harm {
    hush_and_catch(|| {
        let mut document = Automerge::new();
        for bytes in changes {
            let change = Change::try_from(&bytes[..]).expect("hand-made changes parse");
            if document.apply_changes([change]).is_err() {
                return Harm::RefusesAll;
            }
        }
        match Automerge::load(&document.save()) {
            Err(_) => Harm::SavedDocumentDoesNotLoad,
            Ok(loaded) if loaded.get_heads() != document.get_heads() => Harm::LoadsDifferently,
            Ok(_) => Harm::None,
        }
    })
    .unwrap_or(Harm::Panics)
}

/// Runs `work`, a panic of which prints nothing and gives `None`.
pub fn hush_and_catch<T>(work: impl FnOnce() -> T) -> Option<T> {
    hush_caught_panics();
    let hook_free = AssertUnwindSafe(work);
    catch_unwind(hook_free).ok()
}

/// Writes the right checksum into a chunk that Automerge can still read.
pub fn with_checksum(mut bytes: Vec<u8>) -> Vec<u8> {
    let hash = hush_and_catch(|| Change::try_from(&bytes[..]).ok().map(|change| change.hash()));
    if let Some(Some(hash)) = hash {
        bytes[4..8].copy_from_slice(&hash.0[..4]);
    }
    bytes
}

pub fn unsigned(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let more = value > 0x7f;
        bytes.push((value & 0x7f) as u8 | if more { 0x80 } else { 0 });
        value >>= 7;
        if !more {
            return bytes;
        }
    }
}

/// A positive number as signed LEB128, as run lengths are written.
pub fn run(length: u64) -> Vec<u8> {
    let mut bytes = unsigned(length);
    let last = bytes.last_mut().expect("one byte at least");
    if *last & 0x40 != 0 {
        *last |= 0x80;
        bytes.push(0);
    }
    bytes
}

pub fn chunk(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x85, 0x6f, 0x4a, 0x83, 0, 0, 0, 0, kind];
    bytes.extend(unsigned(body.len() as u64));
    bytes.extend(body);
    bytes
}

/// A change by Mallory, seq 1, with columns written byte by byte.
pub fn raw_change(start: u64, deps: &[ChangeHash], columns: &[(u64, Vec<u8>)]) -> Vec<u8> {
    let mut body = unsigned(deps.len() as u64);
    deps.iter().for_each(|dep| body.extend(dep.0));
    body.push(16);
    body.extend(MALLORY.0);
    body.extend(unsigned(1));
    body.extend(unsigned(start));
    body.extend([0, 0, 0]); // time, message, other actors
    body.extend(unsigned(columns.len() as u64));
    for (column, data) in columns {
        body.extend(unsigned(*column));
        body.extend(unsigned(data.len() as u64));
    }
    columns.iter().for_each(|(_, data)| body.extend(data));
    chunk(1, &body)
}

/// Above this, bombs keep a wrong checksum, because only Automerge can tell the right one.
const EXPLOSIVE: u64 = 1_000_000;

/// A few bytes that make `count` empty elements in the list that operation 1 of the same change
/// makes under the key "l".
pub fn bomb(start: u64, deps: &[ChangeHash], count: u64) -> Vec<u8> {
    let repeated = |value: u8| [run(count), vec![value]].concat();
    let after_one = |value: u8| [vec![0x00, 1], repeated(value)].concat();
    let column = |first: u8, rest: u8| [vec![0x7f, first], repeated(rest)].concat();
    let head = [vec![0x00, 1], repeated(0)].concat();
    let key = [vec![0x7f, 1, b'l', 0x00], unsigned(count)].concat();
    let start_byte = u8::try_from(start).expect("small start");
    let bytes = raw_change(
        start,
        deps,
        &[
            (0x01, after_one(0)),
            (0x02, after_one(start_byte)),
            (0x13, head),
            (0x15, key),
            (0x34, [vec![1], unsigned(count)].concat()),
            (0x42, column(2, 1)),
            (0x56, repeated_from(count + 1)),
            (0x70, repeated_from(count + 1)),
        ],
    );
    if count < EXPLOSIVE { with_checksum(bytes) } else { bytes }
}

fn repeated_from(count: u64) -> Vec<u8> {
    [run(count), vec![0]].concat()
}
