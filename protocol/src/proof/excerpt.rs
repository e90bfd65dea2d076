//! The entries that a proof needs: those that say something, and of logs that
//! something cuts or that forked the headers from there up to what decides.

use super::ProofError;
use super::assemble::{Parts, Source};
use super::branches::owners_ends;
use crate::charter::Point;
use crate::collection::Collection;
use crate::entry::{Entry, EntryKind};
use crate::id::{DocumentId, EntryId, EpochHash, LogId, ObjectId};
use crate::key::PublicKey;
use crate::object::Object;
use crate::rules::{Context, Judgement, Known};
use crate::run::VerifiedRun;
use std::collections::{BTreeMap, BTreeSet};

/// Headers between an entry and what cuts its log that a proof can hold.
const LINEAGE: u64 = 16_384;

/// The runs of a proof, and the attestations that their entries need.
pub(super) struct Excerpt {
    pub(super) runs: Vec<VerifiedRun>,
    pub(super) attestations: BTreeSet<ObjectId>,
}

/// The entries that say something, by their places.
type Wanted = BTreeMap<LogId, BTreeMap<u64, EntryId>>;

impl Excerpt {
    pub(super) fn of(parts: &Parts<'_>, source: &mut impl Source) -> Result<Self, ProofError> {
        let wanted = wanted(parts, source)?;
        let attested = attested(parts, &wanted);
        let mut excerpt = Self { runs: Vec::new(), attestations: BTreeSet::new() };
        for (log, entries) in &wanted {
            let mut needed: BTreeSet<u64> = entries.keys().copied().collect();
            let covers = attested.get(log).map_or(&[][..], Vec::as_slice);
            let mut is_covered = false;
            for (seq, id) in entries {
                let run = source.run(log, *seq).ok_or(ProofError::Missing("an entry"))?;
                let entry = run.entries().iter().find(|entry| entry.id == *id);
                let entry = entry.ok_or(ProofError::Missing("an entry"))?;
                let mut around = Around { parts, source, log: *log, covers };
                let Needed { from, to, attestations } = around.entry(entry);
                is_covered |= !attestations.is_empty();
                excerpt.attestations.extend(attestations);
                if to - from > LINEAGE {
                    return Err(ProofError::TooLarge);
                }
                needed.extend(from..=to);
            }
            // What is attested must be seen to come after all of them.
            let ends = needed.first().copied().zip(needed.last().copied());
            if let Some((first, last)) = ends.filter(|_| is_covered) {
                if last - first > LINEAGE {
                    return Err(ProofError::TooLarge);
                }
                needed.extend(first..=last);
            }
            excerpt.add_runs(source, log, entries, needed)?;
        }
        excerpt.runs.sort_by_key(|run| (run.log(), run.first()));
        Ok(excerpt)
    }

    /// The runs that hold the needed places, without the bodies of entries
    /// that only lie between.
    fn add_runs(
        &mut self,
        source: &mut impl Source,
        log: &LogId,
        entries: &BTreeMap<u64, EntryId>,
        needed: BTreeSet<u64>,
    ) -> Result<(), ProofError> {
        let mut covered = None;
        for seq in needed {
            if covered.is_some_and(|last| seq <= last) {
                continue;
            }
            let run = source.run(log, seq).and_then(|run| run.from_seq(seq));
            let mut run = run.ok_or(ProofError::Missing("an entry"))?;
            covered = Some(run.last().header.seq);
            run.drop_bodies(|entry| entries.get(&entry.header.seq) != Some(&entry.id));
            self.runs.push(run);
        }
        Ok(())
    }
}

/// The entry that created the document, the releases with the reviews of their
/// versions, and their retractions with the confirmations.
fn wanted(parts: &Parts<'_>, source: &mut impl Source) -> Result<Wanted, ProofError> {
    let mut ids = vec![DocumentId::entry(&parts.subject.document)];
    for release in parts.releases() {
        ids.push(release.id);
        let reviews = parts.papers.reviews.values();
        ids.extend(reviews.filter(|one| one.body.version == release.body.version).map(|one| one.id));
        if let Some(retraction) = parts.desk.retraction(parts.subject, parts.papers, release) {
            ids.push(retraction.id);
            ids.extend(source.acknowledgements(&retraction.id));
        }
    }
    let mut wanted = Wanted::new();
    for id in ids {
        let (log, seq) = source.place(&id).ok_or(ProofError::Missing("an entry"))?;
        wanted.entry(log).or_default().insert(seq, id);
    }
    Ok(wanted)
}

/// What an elector attested of a log, and the attestation that says so.
type Cover = (EpochHash, PublicKey, Point, ObjectId);

/// What electors attested of the logs concerned.
fn attested(parts: &Parts<'_>, wanted: &Wanted) -> BTreeMap<LogId, Vec<Cover>> {
    let mut attested: BTreeMap<LogId, Vec<Cover>> = BTreeMap::new();
    for (id, object) in parts.objects {
        let Object::Attestation(attestation) = object else { continue };
        let value = attestation.value();
        for point in value.points.iter().filter(|point| wanted.contains_key(&point.log)) {
            attested.entry(point.log).or_default().push((value.epoch, value.elector, *point, *id));
        }
    }
    attested
}

/// The places of a log that a stranger must see to judge an entry, and the
/// attestations that cover it.
struct Needed {
    from: u64,
    to: u64,
    attestations: Vec<ObjectId>,
}

/// What decides about one entry.
struct Around<'a, S> {
    parts: &'a Parts<'a>,
    source: &'a mut S,
    log: LogId,
    covers: &'a [Cover],
}

impl<S: Source> Around<'_, S> {
    /// What a stranger must see to judge the entry.
    fn entry(&mut self, entry: &Entry) -> Needed {
        let own = Point { log: self.log, seq: entry.header.seq, entry: entry.id };
        let mut tops = self.pins(&own);
        let mut needs_cover = self.needs_cover(entry);
        let ends = owners_ends(self.parts.keys, &entry.header, &own);
        let here: Vec<Point> = ends.iter().filter(|end| self.is_here(end)).copied().collect();
        needs_cover |= here.is_empty() && !ends.is_empty();
        tops.extend(here);
        let fork = self.fork().filter(|seq| *seq <= own.seq);
        let cover = if needs_cover || fork.is_some() { self.cover(&own) } else { Vec::new() };
        tops.extend(cover.iter().map(|(point, _)| *point));
        let attestations = cover.into_iter().map(|(_, id)| id).collect();
        let highest = tops.iter().map(|top| top.seq).max().unwrap_or(own.seq);
        match fork {
            Some(seq) => Needed { from: seq, to: highest.max(self.head(own.seq)), attestations },
            None => Needed { from: own.seq, to: highest, attestations },
        }
    }

    /// The epochs' pins of the log, not below the entry.
    fn pins(&self, own: &Point) -> Vec<Point> {
        let epochs = self.parts.governance.epochs().iter();
        let pins = epochs.filter_map(|epoch| epoch.charter.pin(&self.log));
        pins.filter(|pin| pin.seq >= own.seq).copied().collect()
    }

    /// Whether the entry counts only since a quorum attested it.
    fn needs_cover(&self, entry: &Entry) -> bool {
        let epochs = self.parts.governance.epochs();
        let kind = self.parts.subject.kind;
        let changed = epochs.windows(2).any(|pair| {
            pair[1].charter.number > entry.header.epoch
                && pair[0].charter.policy(kind) != pair[1].charter.policy(kind)
        });
        let context = Context { governance: self.parts.governance, keys: self.parts.keys };
        let alone =
            context.judge(entry, &self.log, entry.header.epoch, &Uncovered(entry.header.log.collection));
        (entry.header.kind == EntryKind::Release && changed) || alone != Judgement::Admit
    }

    /// The attestations of a quorum of the earliest epoch whose electors
    /// attested the entry or what comes after it here.
    fn cover(&mut self, own: &Point) -> Vec<(Point, ObjectId)> {
        let mut held: BTreeMap<EpochHash, BTreeMap<PublicKey, (Point, ObjectId)>> = BTreeMap::new();
        for (epoch, elector, point, id) in self.covers {
            if point.seq >= own.seq && self.is_here(point) {
                let best = held.entry(*epoch).or_default().entry(*elector).or_insert((*point, *id));
                if (point.seq, id) < (best.0.seq, &best.1) {
                    *best = (*point, *id);
                }
            }
        }
        for epoch in self.parts.governance.epochs() {
            let electors = epoch.charter.electors.iter();
            let points = held.get(&epoch.hash);
            let mut found: Vec<(Point, ObjectId)> =
                electors.filter_map(|elector| points?.get(&elector.key).copied()).collect();
            found.sort_unstable_by_key(|(point, id)| (point.seq, *id));
            if found.len() >= epoch.charter.votes_needed() {
                found.truncate(epoch.charter.votes_needed());
                return found;
            }
        }
        Vec::new()
    }

    fn is_here(&mut self, point: &Point) -> bool {
        let run = self.source.run(&self.log, point.seq);
        run.is_some_and(|run| run.entries().iter().any(|entry| entry.id == point.entry))
    }

    /// The lowest place in which the log is proved to have forked.
    fn fork(&self) -> Option<u64> {
        let forks = self.parts.objects.values().filter_map(|object| match object {
            Object::Fork(fork) if fork.log() == self.log => Some(fork.seq()),
            _ => None,
        });
        forks.min()
    }

    /// The last place of the log from `seq` on that is admitted here.
    fn head(&mut self, seq: u64) -> u64 {
        let mut head = seq;
        while let Some(run) = self.source.run(&self.log, head.saturating_add(1)) {
            let last = run.last().header.seq;
            // What was signed together need not be admitted together.
            head = if self.source.run(&self.log, last).is_some() { last } else { head + 1 };
        }
        head
    }
}

/// What is known when nothing is attested and the rest does not matter.
struct Uncovered(Collection);

impl Known for Uncovered {
    fn collection(&self, _: &EntryId) -> Option<Collection> {
        Some(self.0)
    }

    fn is_covered(&self, _: &Point) -> bool {
        false
    }
}
