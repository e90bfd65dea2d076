//! The entries that the rows move: generated from a fixed seed, documents
//! once and then kept in a file.

use super::measure::Outcome;
use super::world::{NOW, World};
use commons_protocol::body::{Change, Content, Create};
use commons_protocol::bounded::{BoundedBytes, BoundedVec};
use commons_protocol::collection::{Collection, DocumentKind};
use commons_protocol::document::{Document, Fields};
use commons_protocol::entry::{Body, Header, LogName};
use commons_protocol::fence::Actor;
use commons_protocol::id::{DocumentId, EntryId};
use commons_protocol::key::SecretKey;
use commons_protocol::limits::RUN_ENTRIES;
use commons_protocol::run::{Packed, Run, VerifiedRun};
use commons_protocol::time::Timestamp;
use std::path::{Path, PathBuf};
use std::{fs, thread};

/// Changes with every change of what is generated.
const VERSION: u32 = 1;

/// Contributions to one document.
pub const CONTRIBUTIONS: usize = 10;

/// Characters that one contribution adds.
const ADDED: usize = 250;

/// Documents that are worked on at the same time.
const WAVE: usize = 100;

/// A small generator of numbers: xorshift64*.
pub struct Numbers(u64);

impl Numbers {
    /// Starts from a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16;
        usize::try_from(number).unwrap_or_default() % limit.max(1)
    }
}

/// About `length` characters of words that compress like English.
pub fn prose(numbers: &mut Numbers, length: usize) -> String {
    const SYLLABLES: [&str; 32] = [
        "an", "ber", "ca", "den", "el", "for", "gi", "hal", "in", "jo", "ker", "la", "men", "nor", "o",
        "per", "qui", "re", "son", "ta", "un", "ver", "wil", "xe", "ya", "zo", "the", "st", "ing", "ion",
        "ly", "es",
    ];
    let mut text = String::new();
    while text.len() < length {
        // Small numbers are more frequent, as common words are.
        let word = numbers.below(40) * numbers.below(50);
        for step in [word % 32, word / 32 % 32, word / 7 % 32].iter().take(1 + word % 3) {
            text.push_str(SYLLABLES[*step]);
        }
        text.push(if numbers.below(12) == 0 { '\n' } else { ' ' });
    }
    text.truncate(length);
    text
}

/// A log that is being written.
struct Writer<'a> {
    world: &'a World,
    log: LogName,
    node: &'a SecretKey,
    person: commons_protocol::key::PublicKey,
    first: u64,
    before: Option<EntryId>,
    last: Option<EntryId>,
    open: Vec<Packed>,
}

impl<'a> Writer<'a> {
    fn new(world: &'a World, organisation: usize, collection: Collection, nonce: u8) -> Self {
        let organisation = &world.organisations[organisation];
        Self {
            world,
            log: organisation.log(collection, nonce),
            node: &organisation.node,
            person: organisation.person.public(),
            first: 0,
            before: None,
            last: None,
            open: Vec::new(),
        }
    }

    /// Adds an entry. Returns its id, and the run that it completes.
    fn add(
        &mut self,
        mut deps: Vec<EntryId>,
        time: u64,
        content: &Content,
    ) -> Outcome<(EntryId, Option<Vec<u8>>)> {
        deps.sort();
        deps.dedup();
        let body = Body::Here(BoundedBytes::new(content.encode())?);
        let packed = Packed {
            epoch: 0,
            deps: BoundedVec::new(deps)?,
            time: Timestamp(time),
            person: self.person,
            kind: content.kind(),
            body,
        };
        let header = Header {
            commons: self.world.commons,
            epoch: 0,
            log: self.log,
            seq: self.first + self.open.len() as u64,
            prev: self.last,
            deps: packed.deps.clone(),
            time: packed.time,
            person: packed.person,
            kind: packed.kind,
            body_length: packed.body.length(),
            body_hash: packed.body.hash(),
        };
        let id = header.id();
        self.last = Some(id);
        self.open.push(packed);
        let run = if self.open.len() == RUN_ENTRIES { self.close()? } else { None };
        Ok((id, run))
    }

    /// Signs what is open.
    fn close(&mut self) -> Outcome<Option<Vec<u8>>> {
        if self.open.is_empty() {
            return Ok(None);
        }
        let entries = std::mem::take(&mut self.open);
        let count = entries.len() as u64;
        let run =
            VerifiedRun::sign(self.world.commons, self.log, self.first, self.before, entries, self.node)?;
        self.first += count;
        self.before = self.last;
        Ok(Some(run.encode()))
    }
}

/// Runs of `count` documents with [`CONTRIBUTIONS`] each, by three persons of
/// three organisations who take turns and build on each other.
pub fn documents(world: &World, count: usize) -> Outcome<Vec<Vec<u8>>> {
    let path = kept(&format!("documents-{VERSION}-{count}"))?;
    if let Ok(bytes) = fs::read(&path) {
        return unpack(&bytes);
    }
    eprintln!("generating {count} documents once into {}", path.display());
    let mut writers: Vec<Writer<'_>> =
        (0..3).map(|organisation| Writer::new(world, organisation, Collection::Toolkits, 0)).collect();
    let mut runs = Vec::new();
    for start in (0..count).step_by(WAVE) {
        wave(&mut writers, start..(start + WAVE).min(count), &mut runs)?;
    }
    for writer in &mut writers {
        runs.extend(writer.close()?);
    }
    fs::write(&path, pack(&runs)?)?;
    Ok(runs)
}

/// One document of a wave: its id, the entry of its last contribution with
/// the log of that.
struct Draft {
    number: usize,
    id: DocumentId,
    last: (usize, EntryId),
    edits: Vec<Vec<Vec<u8>>>,
}

fn wave(writers: &mut [Writer<'_>], numbers: std::ops::Range<usize>, runs: &mut Vec<Vec<u8>>) -> Outcome<()> {
    let mut drafts = Vec::new();
    for number in numbers {
        let create = Content::Create(Create { kind: DocumentKind::Toolkit });
        let (entry, run) = writers[number % 3].add(Vec::new(), NOW + number as u64, &create)?;
        runs.extend(run);
        drafts.push(Draft { number, id: entry.creates(), last: (number % 3, entry), edits: Vec::new() });
    }
    let commons = writers[0].world.commons;
    let logs: Vec<[u8; 32]> = writers.iter().map(|writer| writer.log.id(&commons).0).collect();
    let half = drafts.len().div_ceil(2);
    thread::scope(|scope| {
        let parts = drafts.chunks_mut(half).map(|part| {
            let logs = &logs;
            scope.spawn(move || part.iter_mut().try_for_each(|draft| draft.write(logs)))
        });
        let parts: Vec<_> = parts.collect();
        parts.into_iter().try_for_each(|part| part.join().map_err(|_| "a generator panicked")?)
    })?;
    for round in 0..CONTRIBUTIONS {
        for draft in &mut drafts {
            let author = (draft.number + round) % 3;
            let created = (draft.number % 3, EntryId(draft.id.0));
            let deps = [created, draft.last].into_iter().filter(|(log, _)| *log != author);
            let deps = deps.map(|(_, entry)| entry).collect();
            let changes =
                draft.edits[round].iter().cloned().map(BoundedBytes::new).collect::<Result<_, _>>()?;
            let change = Change {
                document: draft.id,
                continues: false,
                changes: BoundedVec::new(changes)?,
                overrides: None,
            };
            let time = NOW + (draft.number * 100 + round) as u64;
            let (entry, run) = writers[author].add(deps, time, &Content::Change(change))?;
            runs.extend(run);
            draft.last = (author, entry);
        }
    }
    Ok(())
}

impl Draft {
    /// Writes all contributions of the document.
    fn write(&mut self, logs: &[[u8; 32]]) -> Outcome<()> {
        let mut numbers = Numbers::new(self.number as u64 + 1);
        let mut document = Document::new();
        let mut fields = Fields {
            title: prose(&mut numbers, 40).replace('\n', " ").trim().to_owned(),
            language: "en".to_owned(),
            summary: prose(&mut numbers, 120).replace('\n', " ").trim().to_owned(),
            text: String::new(),
            ..Fields::default()
        };
        for round in 0..CONTRIBUTIONS {
            fields.text.push_str(&prose(&mut numbers, ADDED));
            let actor = Actor::derive(&logs[(self.number + round) % 3], &self.id.0);
            let time = NOW + (self.number * 100 + round) as u64;
            let changes = match round {
                0 => document.create(&actor, &fields, time)?,
                _ => document.edit(&actor, &fields, time)?,
            };
            self.edits.push(changes);
        }
        Ok(())
    }
}

/// Where `count` entries of about 250 bytes stand: `logs` logs.
pub struct Opaque<'a> {
    writers: Vec<Writer<'a>>,
    documents: usize,
    numbers: Numbers,
    written: u64,
}

impl<'a> Opaque<'a> {
    /// `logs` logs of all members and collections.
    pub fn new(world: &'a World, logs: usize, documents: usize) -> Self {
        let members = world.organisations.len();
        let writers = (0..logs).map(|log| {
            let collection = Collection::ALL[log / members % Collection::ALL.len()];
            let nonce = u8::try_from(log / members / Collection::ALL.len()).unwrap_or(u8::MAX);
            Writer::new(world, log % members, collection, nonce)
        });
        Self { writers: writers.collect(), documents, numbers: Numbers::new(2), written: 0 }
    }

    /// Writes `count` entries, one log after the other in turn, and signs them
    /// in runs as long as may be.
    pub fn write(&mut self, count: usize) -> Outcome<Vec<Vec<u8>>> {
        let mut runs = Vec::new();
        for number in 0..count {
            let log = number % self.writers.len();
            runs.extend(self.add(log)?.1);
        }
        for writer in &mut self.writers {
            runs.extend(writer.close()?);
        }
        Ok(runs)
    }

    /// Writes one entry into a log and signs it alone. Returns its run.
    pub fn write_one(&mut self, log: usize) -> Outcome<Vec<u8>> {
        self.add(log)?;
        Ok(self.writers[log].close()?.ok_or("nothing was written")?)
    }

    fn add(&mut self, log: usize) -> Outcome<(EntryId, Option<Vec<u8>>)> {
        self.written += 1;
        let name = format!("commons bench document {}", self.numbers.below(self.documents));
        let document = DocumentId(blake3::hash(name.as_bytes()).into());
        // Document, framing and text make 250 bytes.
        let text = BoundedBytes::new(prose(&mut self.numbers, 210).into_bytes())?;
        let changes = BoundedVec::new(vec![text])?;
        let content = Content::Change(Change { document, continues: false, changes, overrides: None });
        self.writers[log].add(Vec::new(), NOW + self.written, &content)
    }
}

/// Each entry of `runs` under a signature of its own, as a node has them that
/// received one at a time.
pub fn singly(world: &World, runs: &[Vec<u8>]) -> Outcome<Vec<Vec<u8>>> {
    let mut single = Vec::new();
    for bytes in runs {
        let run = Run::decode(bytes)?;
        let (log, mut first, mut prev) = (run.log, run.first, run.prev);
        let owner = world.organisations.iter().find(|one| one.node.public() == log.node);
        let node = &owner.ok_or("a run of a stranger")?.node;
        for packed in run.entries.into_inner() {
            let run = VerifiedRun::sign(world.commons, log, first, prev, vec![packed], node)?;
            (first, prev) = (first + 1, Some(run.last().id));
            single.push(run.encode());
        }
    }
    Ok(single)
}

/// Ids of the documents that `runs` create.
pub fn created(world: &World, runs: &[Vec<u8>]) -> Outcome<Vec<DocumentId>> {
    let mut ids = Vec::new();
    for bytes in runs {
        let run = Run::decode(bytes)?.trusted(world.commons)?;
        let creates =
            run.entries().iter().filter(|one| one.header.kind == commons_protocol::entry::EntryKind::Create);
        ids.extend(creates.map(|entry| entry.id.creates()));
    }
    Ok(ids)
}

/// Bytes of all bodies in `runs`.
pub fn payload(runs: &[Vec<u8>]) -> Outcome<usize> {
    let mut bytes = 0;
    for run in runs {
        bytes += Run::decode(run)?.entries.iter().map(|entry| entry.body.length() as usize).sum::<usize>();
    }
    Ok(bytes)
}

/// A place below the build directory that outlives the run.
pub fn kept(name: &str) -> Outcome<PathBuf> {
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"), PathBuf::from);
    let directory = target.join("bench-data");
    fs::create_dir_all(&directory)?;
    Ok(directory.join(name))
}

fn pack(runs: &[Vec<u8>]) -> Outcome<Vec<u8>> {
    let mut bytes = Vec::new();
    for run in runs {
        bytes.extend_from_slice(&u32::try_from(run.len())?.to_be_bytes());
        bytes.extend_from_slice(run);
    }
    Ok(bytes)
}

fn unpack(mut bytes: &[u8]) -> Outcome<Vec<Vec<u8>>> {
    let mut runs = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<4>() {
        let length = usize::try_from(u32::from_be_bytes(*length))?;
        let (run, rest) = rest.split_at_checked(length).ok_or("the file of runs is cut off; delete it")?;
        runs.push(run.to_vec());
        bytes = rest;
    }
    Ok(runs)
}
