//! One end of a catch-up session: frames in, frames out, no IO.

use crate::bounded::{BoundedBytes, BoundedVec};
use crate::id::{CommonsId, Digest, EntryId};
use crate::limits::{BODIES, BUCKETS, FRAME_BYTES, ROWS, WANT_BYTES, WANTS};
use crate::refusal::Refusal;
use crate::sync::frame::{BodyOf, BucketDigests, Frame, Hello, Range, Rows, VERSION, Want};
use crate::sync::table::{BucketSet, Names, Row, Salt, Short, ShortRow, Table};
use std::collections::{BTreeMap, HashMap};

/// What a session reads from and writes to: the node's state and store.
pub trait Replica {
    /// The commons.
    fn commons(&self) -> CommonsId;
    /// Number of the epoch in force.
    fn epoch(&self) -> u64;
    /// Digest of a table.
    fn digest(&mut self, table: Table) -> Digest;
    /// Bucket digests of a table.
    fn buckets(&mut self, table: Table) -> [u64; BUCKETS];
    /// All rows of a table.
    fn rows(&self, table: Table) -> Vec<Row>;
    /// The first sequence number of a log that is neither admitted nor
    /// waiting here.
    fn next_wanted(&self, log: &[u8; 32]) -> u64;
    /// Encoded runs of a log from `from` on, about `max_bytes` of them, each
    /// ending on its signature.
    fn read_runs(&mut self, log: &[u8; 32], from: u64, max_bytes: usize) -> Vec<Vec<u8>>;
    /// An encoded governance object.
    fn read_object(&mut self, id: &[u8; 32]) -> Option<Vec<u8>>;
    /// Takes in runs; says what came of it.
    fn take_runs(&mut self, runs: Vec<Vec<u8>>) -> Taken;
    /// Takes in governance objects; says what came of it.
    fn take_objects(&mut self, objects: Vec<Vec<u8>>) -> Taken;
    /// Admitted entries whose bodies are not here and not erased, as far as
    /// they are to be asked for now: at most [`BODIES`] of them are.
    fn missing_bodies(&mut self) -> Vec<EntryId>;
    /// Bodies that are here.
    fn read_bodies(&mut self, entries: &[EntryId]) -> Vec<(EntryId, Vec<u8>)>;
    /// Takes in bodies.
    fn take_bodies(&mut self, bodies: Vec<(EntryId, Vec<u8>)>) -> Taken;
}

/// What came of something that a peer sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Whether anything of it was new.
    pub progress: bool,
    /// A context-free fault in it: the peer is to blame.
    pub fault: Option<Refusal>,
    /// Logs of which a run did not fit what is here: it must be fetched from
    /// further back, to find where the two histories part.
    pub broken: Vec<[u8; 32]>,
}

/// What a session wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send these bytes as one frame.
    Send(Vec<u8>),
    /// End the session.
    End(Summary),
}

/// How a session ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Whether both ends held the same at the end.
    pub in_step: bool,
    /// Why the peer is at fault, if it is.
    pub fault: Option<Refusal>,
}

/// Rounds after which a session ends even if there was progress; the next
/// one goes on.
const ROUNDS: u32 = 64;

/// A run of a forked log is fetched from at most 2^16 runs further back.
const PROBES: u32 = 16;

/// A log that the peer holds further than we do.
#[derive(Clone, Copy, Debug)]
struct Target {
    version: u64,
    asked_from: Option<u64>,
    probes: u32,
}

/// One end of a session.
#[derive(Debug)]
pub struct Session {
    is_caller: bool,
    salt: Salt,
    peer: Option<Hello>,
    offered: Option<(Digest, Digest)>,
    names: Option<Names>,
    table: Table,
    round: u32,
    progress: bool,
    buckets: BucketSet,
    incoming: Vec<ShortRow>,
    targets: BTreeMap<Short, Target>,
    ids: HashMap<Short, [u8; 32]>,
    is_waiting: bool,
    has_offered: bool,
    sent_done: bool,
    got_done: bool,
    bodies_due: bool,
}

impl Session {
    /// A new end with fresh random `salt`; the caller opens with
    /// [`Session::open`].
    pub fn new(is_caller: bool, salt: [u8; 16]) -> Self {
        Self {
            is_caller,
            salt: Salt(salt),
            peer: None,
            offered: None,
            names: None,
            table: Table::Objects,
            round: 0,
            progress: false,
            buckets: BucketSet::default(),
            incoming: Vec::new(),
            targets: BTreeMap::new(),
            ids: HashMap::new(),
            is_waiting: false,
            has_offered: false,
            sent_done: false,
            got_done: false,
            bodies_due: false,
        }
    }

    /// The caller's first frame.
    pub fn open(&mut self, replica: &mut impl Replica) -> Vec<Output> {
        vec![self.hello(replica)]
    }

    /// Takes in one frame.
    pub fn handle(&mut self, bytes: &[u8], replica: &mut impl Replica) -> Vec<Output> {
        let outputs = Frame::decode(bytes).and_then(|frame| self.on_frame(frame, replica));
        outputs.unwrap_or_else(|refusal| vec![Output::End(Summary { in_step: false, fault: Some(refusal) })])
    }

    fn on_frame(&mut self, frame: Frame, replica: &mut impl Replica) -> Result<Vec<Output>, Refusal> {
        match frame {
            Frame::Hello(hello) => self.on_hello(hello, replica),
            Frame::Buckets(table, digests) => self.on_buckets(table, &digests, replica),
            Frame::Rows(rows) => self.on_rows(rows, replica),
            Frame::Want(want) => self.on_want(&want, replica),
            Frame::Runs(runs) => self.on_taken(replica.take_runs(inner(runs))),
            Frame::Objects(objects) => self.on_taken(replica.take_objects(inner(objects))),
            Frame::Served(table) => self.on_served(table, replica),
            Frame::Done(table) => self.on_done(table, replica),
            Frame::WantBodies(entries) => Ok(serve_bodies(&entries, replica)),
            Frame::Bodies(bodies) => self.on_bodies(bodies, replica),
            Frame::Bye => Ok(vec![Output::End(Summary { in_step: self.is_in_step(replica), fault: None })]),
        }
    }

    fn hello(&mut self, replica: &mut impl Replica) -> Output {
        let (objects, heads) = (replica.digest(Table::Objects), replica.digest(Table::Heads));
        self.offered = Some((objects, heads));
        send(&Frame::Hello(Hello {
            version: VERSION,
            commons: replica.commons(),
            epoch: replica.epoch(),
            objects,
            heads,
            salt: self.salt,
        }))
    }

    fn is_in_step(&self, replica: &mut impl Replica) -> bool {
        self.peer.as_ref().is_some_and(|peer| {
            peer.objects == replica.digest(Table::Objects) && peer.heads == replica.digest(Table::Heads)
        })
    }

    fn on_hello(&mut self, hello: Hello, replica: &mut impl Replica) -> Result<Vec<Output>, Refusal> {
        if hello.version != VERSION {
            return Err(Refusal::Malformed);
        }
        if hello.commons != replica.commons() {
            return Err(Refusal::WrongCommons);
        }
        let (caller, callee) = if self.is_caller { (self.salt, hello.salt) } else { (hello.salt, self.salt) };
        self.names = Some(Names::new(&caller, &callee));
        self.table = match hello.objects == replica.digest(Table::Objects) {
            true => Table::Heads,
            false => Table::Objects,
        };
        self.start_round(hello);
        match self.is_caller {
            true => Ok(self.after_hello(replica)),
            false => Ok(self.answer_hello(replica)),
        }
    }

    fn start_round(&mut self, hello: Hello) {
        self.peer = Some(hello);
        self.round += 1;
        self.incoming.clear();
        self.targets.clear();
        self.ids.clear();
        (self.is_waiting, self.has_offered, self.sent_done, self.got_done) = (false, false, false, false);
    }

    /// The caller has the callee's HELLO: it ends, or waits for BUCKETS.
    fn after_hello(&mut self, replica: &mut impl Replica) -> Vec<Output> {
        // What the callee compared is what was offered to it, not what is here
        // by now: if those were equal, no BUCKETS will come.
        let agreed = self.peer.as_ref().map(|peer| (peer.objects, peer.heads)) == self.offered;
        let is_over =
            agreed || self.is_in_step(replica) || self.round > ROUNDS || (self.round > 1 && !self.progress);
        self.progress = false;
        match is_over {
            false => Vec::new(),
            true => {
                let in_step = self.is_in_step(replica);
                self.finish(in_step, replica)
            }
        }
    }

    fn finish(&mut self, in_step: bool, replica: &mut impl Replica) -> Vec<Output> {
        let missing = if self.bodies_due { None } else { want_bodies(replica) };
        if let Some(frame) = missing {
            self.bodies_due = true;
            return vec![frame];
        }
        vec![send(&Frame::Bye), Output::End(Summary { in_step, fault: None })]
    }

    /// The callee answers HELLO with its own, with its missing bodies before
    /// and its buckets after it.
    fn answer_hello(&mut self, replica: &mut impl Replica) -> Vec<Output> {
        let mut outputs: Vec<Output> = want_bodies(replica).into_iter().collect();
        outputs.push(self.hello(replica));
        if !self.is_in_step(replica) {
            let digests = BucketDigests(replica.buckets(self.table));
            outputs.push(send(&Frame::Buckets(self.table, digests)));
        }
        outputs
    }

    fn on_buckets(
        &mut self,
        table: Table,
        digests: &BucketDigests,
        replica: &mut impl Replica,
    ) -> Result<Vec<Output>, Refusal> {
        require(self.is_caller && self.peer.is_some())?;
        self.table = table;
        self.buckets = BucketSet::differing(&replica.buckets(table), &digests.0);
        let rows = self.own_rows(replica);
        Ok(self.send_rows(rows.into_values().map(|(short, _)| short).collect()))
    }

    /// The rows here in the buckets that are compared, by short name; also
    /// notes which id each short name stands for.
    fn own_rows(&mut self, replica: &mut impl Replica) -> BTreeMap<Short, (ShortRow, Row)> {
        let Some(names) = self.names else { return BTreeMap::new() };
        let rows = replica.rows(self.table).into_iter().filter(|row| self.buckets.covers(&row.id));
        let rows: BTreeMap<_, _> = rows
            .map(|row| (names.shorten(&row), row))
            .map(|(short, row)| (short.name, (short, row)))
            .collect();
        self.ids.extend(rows.iter().map(|(name, (_, row))| (*name, row.id)));
        rows
    }

    fn send_rows(&self, rows: Vec<ShortRow>) -> Vec<Output> {
        let mut chunks: Vec<&[ShortRow]> = rows.chunks(ROWS).collect();
        if chunks.is_empty() {
            chunks.push(&[]);
        }
        let last = chunks.len() - 1;
        let frame = |(index, chunk): (usize, &&[ShortRow])| {
            let rows = BoundedVec::new(chunk.to_vec()).unwrap_or_default();
            send(&Frame::Rows(Rows { table: self.table, buckets: self.buckets, rows, more: index < last }))
        };
        chunks.iter().enumerate().map(frame).collect()
    }

    fn on_rows(&mut self, rows: Rows, replica: &mut impl Replica) -> Result<Vec<Output>, Refusal> {
        require(self.peer.is_some() && rows.table == self.table && !self.has_offered)?;
        if !self.is_caller {
            self.buckets = rows.buckets;
        }
        self.incoming.extend(rows.rows.iter().copied());
        require(self.incoming.len() <= ROWS * 16)?;
        if rows.more {
            return Ok(Vec::new());
        }
        self.has_offered = true;
        let own = self.own_rows(replica);
        let theirs: BTreeMap<Short, ShortRow> =
            std::mem::take(&mut self.incoming).into_iter().map(|row| (row.name, row)).collect();
        self.targets = targets(&own, &theirs);
        let mut outputs = Vec::new();
        if !self.is_caller {
            let differing =
                own.into_values().map(|(short, _)| short).filter(|row| theirs.get(&row.name) != Some(row));
            outputs = self.send_rows(differing.collect());
        }
        outputs.extend(self.ask(replica));
        Ok(outputs)
    }

    /// Asks for what is still lacking, or says that nothing is.
    fn ask(&mut self, replica: &mut impl Replica) -> Vec<Output> {
        let ids = &self.ids;
        let table = self.table;
        self.targets.retain(|name, target| {
            let next = next_from(table, ids.get(name), target, replica);
            let goes_on = next < target.version.max(1) && target.asked_from != Some(next);
            target.asked_from = Some(next);
            goes_on
        });
        let ranges = self
            .targets
            .iter()
            .take(WANTS)
            .filter_map(|(name, target)| Some(Range { name: *name, from: target.asked_from? }));
        let ranges = BoundedVec::new(ranges.collect()).unwrap_or_default();
        if ranges.is_empty() {
            self.sent_done = true;
            let mut outputs = vec![send(&Frame::Done(self.table))];
            outputs.extend(self.next_round(replica));
            return outputs;
        }
        // Targets beyond the first WANTS are asked for next time.
        for (_, target) in self.targets.iter_mut().skip(WANTS) {
            target.asked_from = None;
        }
        self.is_waiting = true;
        vec![send(&Frame::Want(Want { table: self.table, ranges, max_bytes: WANT_BYTES }))]
    }

    fn on_want(&mut self, want: &Want, replica: &mut impl Replica) -> Result<Vec<Output>, Refusal> {
        require(self.peer.is_some() && want.table == self.table && !want.ranges.is_empty())?;
        let budget = want.max_bytes.min(WANT_BYTES) as usize;
        let mut outputs = match want.table {
            Table::Objects => self.serve_objects(&want.ranges, budget, replica),
            Table::Heads => self.serve_runs(&want.ranges, budget, replica),
        };
        self.progress |= !outputs.is_empty();
        outputs.push(send(&Frame::Served(want.table)));
        Ok(outputs)
    }

    fn serve_objects(&self, ranges: &[Range], budget: usize, replica: &mut impl Replica) -> Vec<Output> {
        let mut sent = 0;
        let mut objects = Vec::new();
        for range in ranges {
            let object = self.ids.get(&range.name).and_then(|id| replica.read_object(id));
            sent += object.as_ref().map_or(0, Vec::len);
            objects.extend(object);
            if sent > budget {
                break;
            }
        }
        pack(objects, Frame::Objects)
    }

    /// Serves every log a fair share, so that entries arrive together with
    /// those of other logs on which they build.
    fn serve_runs(&self, ranges: &[Range], budget: usize, replica: &mut impl Replica) -> Vec<Output> {
        let share = (budget / ranges.len()).max(16 * 1024);
        let mut sent = 0;
        let mut runs = Vec::new();
        for range in ranges {
            let Some(id) = self.ids.get(&range.name) else { continue };
            let read = replica.read_runs(id, range.from, share);
            sent += read.iter().map(Vec::len).sum::<usize>();
            runs.extend(read);
            if sent > budget {
                break;
            }
        }
        pack(runs, Frame::Runs)
    }

    fn on_taken(&mut self, taken: Taken) -> Result<Vec<Output>, Refusal> {
        require(self.is_waiting)?;
        self.progress |= taken.progress;
        if let Some(names) = self.names {
            for log in taken.broken {
                self.ids.insert(names.short(&log), log);
                let target = self.targets.entry(names.short(&log)).or_insert(Target {
                    version: 0,
                    asked_from: None,
                    probes: 0,
                });
                target.probes = (target.probes + 1).min(PROBES);
            }
        }
        taken.fault.map_or(Ok(Vec::new()), Err)
    }

    fn on_served(&mut self, table: Table, replica: &mut impl Replica) -> Result<Vec<Output>, Refusal> {
        require(self.is_waiting && table == self.table)?;
        self.is_waiting = false;
        self.own_rows(replica);
        Ok(self.ask(replica))
    }

    fn on_done(&mut self, table: Table, replica: &mut impl Replica) -> Result<Vec<Output>, Refusal> {
        require(self.peer.is_some() && table == self.table)?;
        self.got_done = true;
        Ok(self.next_round(replica))
    }

    /// Once both ends are done, the caller opens another round, in which
    /// equal digests will end the session.
    fn next_round(&mut self, replica: &mut impl Replica) -> Vec<Output> {
        match self.is_caller && self.sent_done && self.got_done {
            true => vec![self.hello(replica)],
            false => Vec::new(),
        }
    }

    fn on_bodies(
        &mut self,
        bodies: BoundedVec<BodyOf, BODIES>,
        replica: &mut impl Replica,
    ) -> Result<Vec<Output>, Refusal> {
        let bodies = bodies.into_inner().into_iter().map(|body| (body.entry, body.body.into_inner()));
        let taken = replica.take_bodies(bodies.collect());
        if let Some(fault) = taken.fault {
            return Err(fault);
        }
        match self.is_caller && self.bodies_due {
            true => {
                let in_step = self.is_in_step(replica);
                Ok(vec![send(&Frame::Bye), Output::End(Summary { in_step, fault: None })])
            }
            false => Ok(Vec::new()),
        }
    }
}

/// What the peer holds that is lacking here.
fn targets(
    own: &BTreeMap<Short, (ShortRow, Row)>,
    theirs: &BTreeMap<Short, ShortRow>,
) -> BTreeMap<Short, Target> {
    let lacking = theirs.values().filter_map(|row| {
        let mine = own.get(&row.name).map(|(short, _)| short);
        let forked = mine.is_some_and(|mine| mine.version == row.version && mine.tag != row.tag);
        let is_lacking = mine.is_none_or(|mine| mine.version < row.version) || forked;
        let target = Target { version: row.version, asked_from: None, probes: u32::from(forked) };
        is_lacking.then_some((row.name, target))
    });
    lacking.collect()
}

/// From where to ask for a target: what is not here yet, or further back
/// where the histories don't fit.
fn next_from(table: Table, id: Option<&[u8; 32]>, target: &Target, replica: &impl Replica) -> u64 {
    match (table, id) {
        (Table::Objects, Some(_)) => target.version.max(1),
        (_, None) => 0,
        (Table::Heads, Some(id)) => {
            let next = replica.next_wanted(id);
            match target.probes {
                0 => next,
                probes => next.min(target.version.max(next)).saturating_sub(1 << (7 + probes)),
            }
        }
    }
}

fn want_bodies(replica: &mut impl Replica) -> Option<Output> {
    let mut missing = replica.missing_bodies();
    missing.truncate(BODIES);
    let missing = BoundedVec::new(missing).unwrap_or_default();
    (!missing.is_empty()).then(|| send(&Frame::WantBodies(missing)))
}

fn serve_bodies(entries: &[EntryId], replica: &mut impl Replica) -> Vec<Output> {
    let mut room = FRAME_BYTES - 1024;
    let mut bodies = Vec::new();
    for (entry, body) in replica.read_bodies(entries) {
        let Some(left) = room.checked_sub(body.len() + 64) else { break };
        room = left;
        bodies.extend(BoundedBytes::new(body).ok().map(|body| BodyOf { entry, body }));
    }
    vec![send(&Frame::Bodies(BoundedVec::new(bodies).unwrap_or_default()))]
}

/// Packs items into as few frames as hold them.
fn pack<const N: usize>(
    items: Vec<Vec<u8>>,
    frame: impl Fn(BoundedVec<BoundedBytes<FRAME_BYTES>, N>) -> Frame,
) -> Vec<Output> {
    let mut outputs = Vec::new();
    let mut room = 0;
    let mut open: Vec<BoundedBytes<FRAME_BYTES>> = Vec::new();
    let mut close = |open: &mut Vec<_>| {
        if !open.is_empty() {
            outputs.push(send(&frame(BoundedVec::new(std::mem::take(open)).unwrap_or_default())));
        }
    };
    for item in items {
        let size = item.len() + 8;
        if size > room || open.len() == N {
            close(&mut open);
            room = FRAME_BYTES - 64;
        }
        room = room.saturating_sub(size);
        open.extend(BoundedBytes::new(item).ok());
    }
    close(&mut open);
    outputs
}

fn inner<const N: usize>(items: BoundedVec<BoundedBytes<FRAME_BYTES>, N>) -> Vec<Vec<u8>> {
    items.into_inner().into_iter().map(BoundedBytes::into_inner).collect()
}

fn send(frame: &Frame) -> Output {
    Output::Send(frame.encode())
}

/// A frame that does not fit the state of the session is the peer's fault.
fn require(holds: bool) -> Result<(), Refusal> {
    holds.then_some(()).ok_or(Refusal::Malformed)
}
