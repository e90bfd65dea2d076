//! Writers of logs, and the dice.

use super::{TIME, list, text};
use commons_protocol::body::{Change, Content, Create, Erase, EraseTarget, Receipt};
use commons_protocol::bounded::BoundedBytes;
use commons_protocol::charter::Point;
use commons_protocol::collection::DocumentKind;
use commons_protocol::entry::{Body, EntryKind, Header, LogName};
use commons_protocol::id::{CommonsId, EntryId, LogId};
use commons_protocol::key::{PublicKey, SecretKey};
use commons_protocol::run::{Packed, VerifiedRun};
use commons_protocol::time::Timestamp;

/// Writes one log, entry by entry; any stretch of it can be signed as a run.
#[derive(Clone)]
pub struct Writer {
    pub commons: CommonsId,
    pub name: LogName,
    pub key: SecretKey,
    pub person: PublicKey,
    pub epoch: u64,
    pub entries: Vec<Packed>,
    pub ids: Vec<EntryId>,
}

impl Writer {
    pub fn new(commons: CommonsId, name: LogName, key: SecretKey, person: PublicKey) -> Self {
        Self { commons, name, key, person, epoch: 0, entries: Vec::new(), ids: Vec::new() }
    }

    pub fn log(&self) -> LogId {
        self.name.id(&self.commons)
    }

    /// Appends an entry with any body.
    pub fn write(&mut self, kind: EntryKind, body: Vec<u8>, mut deps: Vec<EntryId>) -> EntryId {
        deps.sort_unstable();
        deps.dedup();
        let packed = Packed {
            epoch: self.epoch,
            deps: list(deps),
            time: Timestamp(TIME + self.entries.len() as u64),
            person: self.person,
            kind,
            body: Body::Here(BoundedBytes::new(body).expect("a small body")),
        };
        let id =
            header(self.commons, self.name, self.ids.len() as u64, self.ids.last().copied(), &packed).id();
        self.entries.push(packed);
        self.ids.push(id);
        id
    }

    /// Appends what a body says.
    pub fn say(&mut self, content: &Content, deps: Vec<EntryId>) -> EntryId {
        self.write(content.kind(), content.encode(), deps)
    }

    pub fn create(&mut self) -> EntryId {
        self.say(&Content::Create(Create { kind: DocumentKind::Toolkit }), vec![])
    }

    /// A change of a document; the bytes are no real change, which admission does not ask.
    pub fn change(&mut self, document: EntryId, bytes: &[u8], deps: Vec<EntryId>) -> EntryId {
        let changes = list([BoundedBytes::new(bytes.to_vec()).expect("small")]);
        self.say(
            &Content::Change(Change {
                document: document.creates(),
                continues: false,
                changes,
                overrides: None,
            }),
            deps,
        )
    }

    pub fn erase(&mut self, entries: Vec<EntryId>) -> EntryId {
        let target = EraseTarget::Entries(list(entries));
        self.say(&Content::Erase(Erase { target, reason: text("A name slipped in") }), vec![])
    }

    pub fn receipt(&mut self, erase: EntryId) -> EntryId {
        self.say(&Content::Receipt(Receipt { erase }), vec![])
    }

    /// The entries `from..to`, signed at their end.
    pub fn run(&self, from: usize, to: usize) -> VerifiedRun {
        let prev = from.checked_sub(1).map(|before| self.ids[before]);
        let entries = self.entries[from..to].to_vec();
        VerifiedRun::sign(self.commons, self.name, from as u64, prev, entries, &self.key)
            .expect("a stretch of its own log")
    }

    /// The whole log in runs of at most `length` entries.
    pub fn runs(&self, length: usize) -> Vec<VerifiedRun> {
        let starts = (0..self.entries.len()).step_by(length);
        starts.map(|from| self.run(from, (from + length).min(self.entries.len()))).collect()
    }

    /// Another log with the same name and the same first `length` entries.
    pub fn fork_at(&self, length: usize) -> Self {
        let mut fork = self.clone();
        fork.entries.truncate(length);
        fork.ids.truncate(length);
        fork
    }

    /// Whether this point is an entry of the log.
    pub fn holds(&self, point: &Point) -> bool {
        usize::try_from(point.seq).is_ok_and(|seq| self.ids.get(seq) == Some(&point.entry))
    }

    /// A pin that keeps the first `length` entries.
    pub fn pin(&self, length: usize) -> Option<Point> {
        let last = length.checked_sub(1)?;
        Some(Point { log: self.log(), seq: last as u64, entry: self.ids[last] })
    }
}

/// The header that stands for a packed entry in its place.
pub fn header(commons: CommonsId, log: LogName, seq: u64, prev: Option<EntryId>, packed: &Packed) -> Header {
    Header {
        commons,
        epoch: packed.epoch,
        log,
        seq,
        prev,
        deps: packed.deps.clone(),
        time: packed.time,
        person: packed.person,
        kind: packed.kind,
        body_length: packed.body.length(),
        body_hash: packed.body.hash(),
    }
}

/// A small generator of numbers for stories: SplitMix64.
#[derive(Clone)]
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`, which is above zero.
    pub fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.roll() % limit as u64).expect("below a usize")
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for end in (1..items.len()).rev() {
            items.swap(end, self.below(end + 1));
        }
    }
}
