//! What a node holds of a commons, computed the slow way, and the proofs that
//! it makes of it.
#![allow(dead_code)]

use crate::press::{MORNING, Press};
use crate::world::Writer;
use commons_protocol::body::{Content, Release};
use commons_protocol::charter::Point;
use commons_protocol::collection::DocumentKind;
use commons_protocol::date::Date;
use commons_protocol::entry::Entry;
use commons_protocol::fork::Fork;
use commons_protocol::governance::Governance;
use commons_protocol::id::{DocumentId, EntryId, LogId, ObjectId};
use commons_protocol::key::SecretKey;
use commons_protocol::keys::Keys;
use commons_protocol::object::Object;
use commons_protocol::proof::{Parts, Proof, ProofError, Source};
use commons_protocol::publication::standing::Desk;
use commons_protocol::publication::tally::Rules;
use commons_protocol::publication::{self, Paper, Papers, Publications, Said, Subject};
use commons_protocol::recompute::{Judges, attested, judges, recompute};
use commons_protocol::run::VerifiedRun;
use commons_protocol::stable::Attested;
use commons_protocol::time::Timestamp;
use commons_protocol::version::{Version, VersionName};
use std::collections::{BTreeMap, BTreeSet};

/// What a node holds.
pub struct Shelf {
    objects: BTreeMap<ObjectId, Object>,
    pub governance: Governance,
    pub keys: Keys,
    attested: Attested,
    runs: Vec<VerifiedRun>,
    /// Entries that are admitted, by place.
    admitted: BTreeMap<(LogId, u64), EntryId>,
    publications: Publications,
    confirmations: BTreeMap<EntryId, Vec<EntryId>>,
    subject: Subject,
    versions: BTreeMap<VersionName, Version>,
}

impl Shelf {
    /// Everything that is known of the press, admitted as nodes do.
    pub fn of(press: &Press) -> Self {
        let commons = press.world.commons;
        let mut objects = press.world.objects.clone();
        objects.extend(press.strays.iter().flat_map(|stray| fork_of(press, stray)));
        let logs = press.logs.iter().chain(&press.strays);
        let runs: Vec<VerifiedRun> = logs.flat_map(|log| log.runs(3)).collect();
        let heads = recompute(commons, &objects, &runs, &BTreeSet::new());
        let seen = attested(objects.iter());
        let Judges { governance, keys } =
            judges(commons, objects.iter(), &seen, &BTreeSet::new()).expect("founded");
        let admitted = admitted(press, &heads);
        let mut shelf = Self {
            objects: objects.into_iter().map(|object| (object.id(), object)).collect(),
            governance,
            keys,
            attested: seen,
            runs,
            admitted,
            publications: Publications::default(),
            confirmations: BTreeMap::new(),
            subject: Subject {
                commons,
                document: press.document,
                kind: DocumentKind::Toolkit,
                creator: press.world.organisations[0].id(),
            },
            versions: press.versions.iter().map(|one| (one.name(), one.clone())).collect(),
        };
        shelf.read();
        shelf
    }

    fn read(&mut self) {
        let entries: Vec<Entry> = self.runs.iter().flat_map(|run| run.entries().to_vec()).collect();
        for entry in &entries {
            if self.place_of(&entry.id).is_none() {
                continue;
            }
            let Some(bytes) = entry.body.bytes() else { continue };
            let Ok(content) = Content::decode(entry.header.kind, bytes) else { continue };
            let Ok(Some(paper)) = publication::read(entry, content) else { continue };
            if let Said::Acknowledge(retraction) = paper.body {
                self.confirmations.entry(retraction).or_default().push(entry.id);
            }
            self.publications.add(paper);
        }
    }

    fn place_of(&self, entry: &EntryId) -> Option<(LogId, u64)> {
        self.admitted.iter().find(|(_, id)| *id == entry).map(|(place, _)| *place)
    }

    /// Whether an entry is admitted.
    pub fn admits(&self, entry: &EntryId) -> bool {
        self.place_of(entry).is_some()
    }

    /// The releases that count.
    pub fn counted(&self) -> BTreeSet<EntryId> {
        let nothing = Papers::default();
        let papers = self.publications.papers(&self.subject.document).unwrap_or(&nothing);
        let desk = self.desk(0);
        desk.releases(&self.subject, papers).into_iter().map(|(paper, _)| paper.id).collect()
    }

    fn desk(&self, now: u64) -> Desk<'_> {
        Desk {
            publications: &self.publications,
            rules: Rules { governance: &self.governance, keys: &self.keys, attested: &self.attested },
            today: Date::of(Timestamp(now)),
        }
    }

    /// The proof that the node with this key makes.
    pub fn assemble(&self, exporter: &SecretKey, now: u64) -> Result<Proof, ProofError> {
        let nothing = Papers::default();
        let desk = self.desk(now);
        let parts = Parts {
            objects: &self.objects,
            governance: &self.governance,
            keys: &self.keys,
            subject: &self.subject,
            papers: self.publications.papers(&self.subject.document).unwrap_or(&nothing),
            desk: &desk,
            exporter: exporter.public(),
            time: Timestamp(now),
        };
        Proof::assemble(&parts, &mut Reader(self))
    }
}

struct Reader<'a>(&'a Shelf);

impl Source for Reader<'_> {
    fn run(&mut self, log: &LogId, seq: u64) -> Option<VerifiedRun> {
        let id = self.0.admitted.get(&(*log, seq))?;
        let holds = |run: &&VerifiedRun| run.entries().iter().any(|entry| entry.id == *id);
        self.0.runs.iter().find(holds).cloned()
    }

    fn place(&mut self, entry: &EntryId) -> Option<(LogId, u64)> {
        self.0.place_of(entry)
    }

    fn version(&mut self, release: &Paper<Release>) -> Option<Version> {
        self.0.versions.get(&release.body.version).cloned()
    }

    fn acknowledgements(&mut self, retraction: &EntryId) -> Vec<EntryId> {
        self.0.confirmations.get(retraction).cloned().unwrap_or_default()
    }
}

impl Press {
    /// The file that an organisation's node makes.
    pub fn try_file(&self, home: usize) -> Result<Vec<u8>, ProofError> {
        let node = &self.world.organisations[home].node;
        Shelf::of(self).assemble(node, self.now.max(MORNING))?.encode(node)
    }

    /// The file that an organisation's node makes of what can be proved.
    pub fn file(&self, home: usize) -> Vec<u8> {
        self.try_file(home).unwrap_or_else(|error| panic!("a proof: {error}"))
    }

    /// The document.
    pub fn id(&self) -> DocumentId {
        self.document
    }
}

/// The entries up to the admitted heads, by place.
fn admitted(press: &Press, heads: &BTreeMap<LogId, (u64, EntryId)>) -> BTreeMap<(LogId, u64), EntryId> {
    let mut admitted = BTreeMap::new();
    for log in press.logs.iter().chain(&press.strays) {
        let Some((seq, entry)) = heads.get(&log.log()) else { continue };
        if log.holds(&Point { log: log.log(), seq: *seq, entry: *entry }) {
            let ids = (0..=*seq).zip(&log.ids);
            admitted.extend(ids.map(|(seq, id)| ((log.log(), seq), *id)));
        }
    }
    admitted
}

/// The proof that a log forked.
fn fork_of(press: &Press, stray: &Writer) -> Option<Object> {
    let own = press.logs.iter().find(|log| log.name == stray.name)?;
    let differs = own.ids.iter().zip(&stray.ids).position(|(one, other)| one != other)?;
    let (one, other) = (own.run(differs, own.ids.len()), stray.run(differs, stray.ids.len()));
    Fork::new(press.world.commons, &one, &other).map(Object::from)
}
