//! What must hold of series and feeds at the end of a run: judged here from
//! the records once more, each organisation from its first submission on.

use super::disk::Disk;
use super::node::NodeId;
use super::world::World;
use commons_node::engine::Engine;
use commons_node::view::{FeedQuery, FeedView, NumberView};
use commons_protocol::catalogue::{Catalogue, Meaning};
use commons_protocol::collection::Collection;
use commons_protocol::disclosure::{Account, Ground, Policy, Reported};
use commons_protocol::entry::EntryKind;
use commons_protocol::id::{DocumentId, EntryId, OrganisationId};
use commons_protocol::measure::Definition;
use commons_protocol::publication::Said;
use commons_protocol::rollup::Rollup;
use commons_protocol::series::Submission;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What one organisation told.
#[derive(Default)]
pub(super) struct Told {
    /// What counts of it, in order.
    pub line: Vec<EntryId>,
    /// What that comes to.
    pub account: Account,
    /// Every submission that breaks no rule.
    pub accepted: BTreeSet<EntryId>,
}

/// A submission that is stored.
struct Stored {
    organisation: OrganisationId,
    policy: Policy,
    submission: Submission,
}

type Grounds = BTreeMap<EntryId, (DocumentId, Arc<Definition>)>;

impl World {
    /// What organisations told, from the records of a node alone.
    pub(super) fn series_of(&self, node: NodeId) -> BTreeMap<OrganisationId, Told> {
        told(&self.stored_by(node), &self.grounds(node))
    }

    /// Checks every feed on every honest node, once the world is quiet.
    pub(super) fn check_series(&mut self) {
        let settled = self.settled();
        let first = settled[0];
        let told = self.series_of(first);
        for id in &settled {
            self.check_stored(*id, &told);
        }
        let feeds = feeds_of(self.engine(first));
        for id in &settled {
            let own = feeds_of(self.engine(*id));
            assert_eq!(
                own, feeds,
                "{} reads other feeds than {}",
                self.nodes[*id].name, self.nodes[first].name
            );
        }
        for feed in feeds.values() {
            self.check_feed(first, feed, &told);
        }
        self.check_reports_kept(first, &told);
        for id in settled {
            self.count_ledger(id);
        }
    }

    fn grounds(&self, node: NodeId) -> Grounds {
        let papers = self.papers_of(node).into_values();
        let grounds = papers.filter_map(|paper| match paper.body {
            Said::Release(release) if paper.collection == Collection::Aggregates => {
                Some((paper.id, (release.document, Arc::new(release.cover.measure?))))
            }
            _ => None,
        });
        grounds.collect()
    }

    /// The submissions that a node's records hold of what it admitted.
    fn stored_by(&self, node: NodeId) -> BTreeMap<EntryId, Stored> {
        let Some(admission) = self.admission(node) else { return BTreeMap::new() };
        let runs = self.contents(node).runs;
        let submissions = runs.iter().flat_map(|run| run.entries()).filter_map(|entry| {
            let Meaning::Reports(submission) = Catalogue::meaning(entry) else { return None };
            let (_, log, _) = admission.log_at(admission.place(&entry.id)?.log)?;
            let organisation = admission.keys().node(&log.node)?.organisation;
            let policy = admission.governance()?.epoch(entry.header.epoch)?.disclosure();
            Some((entry.id, Stored { organisation, policy, submission: *submission }))
        });
        submissions.collect()
    }

    /// The measures to which a node's records hold figures.
    pub(super) fn reported_measures(&self, node: NodeId) -> BTreeSet<String> {
        let (grounds, stored) = (self.grounds(node), self.stored_by(node));
        let parts = stored.values().flat_map(|one| &one.submission.parts);
        parts.filter_map(|part| grounds.get(&part.release)).map(|(measure, _)| measure.to_string()).collect()
    }

    /// No honest node keeps a body that breaks a rule.
    fn check_stored(&mut self, node: NodeId, told: &BTreeMap<OrganisationId, Told>) {
        let name = &self.nodes[node].name;
        for (id, stored) in self.stored_by(node) {
            let is_accepted = told.get(&stored.organisation).is_some_and(|one| one.accepted.contains(&id));
            assert!(is_accepted, "{name} keeps a submission that may not be accepted: {id}");
            assert!(!self.never_told.contains(&id), "{name} keeps what may never be told: {id}");
        }
        let admission = self.admission(node).expect("it is settled");
        let refused = self.never_told.iter().filter(|id| admission.place(id).is_some()).count();
        (0..refused).for_each(|_| self.count_publishing("reports refused"));
    }

    /// A feed is what the records come to, and shows nothing small.
    fn check_feed(&mut self, node: NodeId, feed: &FeedView, told: &BTreeMap<OrganisationId, Told>) {
        let id: DocumentId = feed.measure.id.parse().expect("an id is hexadecimal");
        let view = self.engine(node).publication(&feed.measure.id).expect("it can be shown");
        let counted = view.releases.iter().filter(|release| release.counts);
        let counted: BTreeSet<EntryId> =
            counted.map(|release| release.id.parse().expect("an id is hexadecimal")).collect();
        let policy = self.governance(node).current().disclosure();
        let mut rollup = Rollup::new(self.commons(), id, policy);
        for (organisation, one) in told {
            for table in one.account.tables_of(&id) {
                if counted.contains(&table.statement.ground.release) {
                    rollup.set(*organisation, table.statement.table.period, Some(table));
                }
            }
        }
        assert_eq!(feed.digest, rollup.digest().to_string(), "the feed of \"{}\"", feed.measure.title);
        let threshold = u64::from(feed.measure.threshold);
        for row in feed.rows.iter().filter(|row| row.organisation.is_some()) {
            let numbers = [Some(&row.numerator), row.denominator.as_ref()];
            for number in numbers.into_iter().flatten() {
                let is_small =
                    matches!(number, NumberView::Known { number } if (1..=threshold).contains(number));
                assert!(!is_small, "a small count is served: {row:?}");
                if matches!(number, NumberView::Masked { .. }) {
                    self.count_publishing("masked numbers served");
                }
            }
        }
        if !feed.rows.is_empty() {
            self.count_publishing("feeds compared");
        }
    }

    /// What honest members reported and were promised counts, unless their own
    /// old disk made a fork of it.
    fn check_reports_kept(&mut self, first: NodeId, told: &BTreeMap<OrganisationId, Told>) {
        let runs = self.contents(first).runs;
        let entries = runs.iter().flat_map(|run| run.entries());
        let reports = entries.filter(|entry| entry.header.kind == EntryKind::Submit);
        let reports: BTreeSet<EntryId> = reports.map(|entry| entry.id).collect();
        let admission = self.admission(first).expect("it is settled");
        let admitted: BTreeSet<EntryId> =
            reports.into_iter().filter(|id| admission.place(id).is_some()).collect();
        let (mut kept, mut forked) = (0, 0);
        for id in self.ids() {
            let node = &self.nodes[id];
            let nothing = Told::default();
            let one = told.get(&node.keys.organisation).unwrap_or(&nothing);
            let is_forked = one.accepted.len() > one.line.len();
            forked += usize::from(is_forked);
            if self.byzantine.contains(&id) {
                continue;
            }
            assert!(!is_forked || self.restored.contains(&id), "{} forked its series", node.name);
            for report in node.acknowledged.intersection(&admitted) {
                let counts = one.line.contains(report);
                assert!(counts || is_forked, "{} was promised a report that is lost: {report}", node.name);
                kept += usize::from(counts);
            }
        }
        let stored = self.stored_by(first);
        let joins = stored.values().filter(|one| one.submission.previous.len() > 1).count();
        (0..joins).for_each(|_| self.count_publishing("series brought together"));
        (0..kept).for_each(|_| self.count_publishing("reports kept"));
        (0..forked).for_each(|_| self.count_publishing("forked series"));
    }

    fn count_ledger(&mut self, node: NodeId) {
        let rows = self.engine(node).egress().expect("the ledger can be read");
        for row in rows {
            self.count_publishing(match row.what.as_str() {
                "report" => "reported",
                "correction" => "corrected",
                _ => "taken back",
            });
        }
    }
}

/// Every released measure's feed, by id.
pub(super) fn feeds_of(engine: &mut Engine<Disk>) -> BTreeMap<String, FeedView> {
    let measures = engine.measures().expect("measures can be listed").into_iter();
    let released: Vec<String> =
        measures.filter(|measure| measure.release.is_some()).map(|measure| measure.id).collect();
    let feed = |id: String| {
        let feed = engine.feed(&id, &FeedQuery::default()).expect("a released measure has a feed");
        (id, feed)
    };
    released.into_iter().map(feed).collect()
}

/// Judges all that is stored: each submission after those on its own path.
fn told(stored: &BTreeMap<EntryId, Stored>, grounds: &Grounds) -> BTreeMap<OrganisationId, Told> {
    let organisations: BTreeSet<OrganisationId> = stored.values().map(|one| one.organisation).collect();
    let one = |organisation: OrganisationId| {
        let own = stored.iter().filter(|(_, one)| one.organisation == organisation);
        (organisation, told_by(&own.collect(), grounds))
    };
    organisations.into_iter().map(one).collect()
}

fn told_by(stored: &BTreeMap<&EntryId, &Stored>, grounds: &Grounds) -> Told {
    let mut after: BTreeMap<EntryId, (Account, BTreeSet<EntryId>)> = BTreeMap::new();
    loop {
        let known = after.len();
        for (id, one) in stored.iter().filter(|(id, _)| !after.contains_key(id)).collect::<Vec<_>>() {
            let Some((mut account, before)) = said_before(one, &after) else { continue };
            let judged = reported(one, grounds).and_then(|reported| account.judge(reported).ok());
            let Some(judged) = judged else { continue };
            account.take(judged);
            after.insert(**id, (account, before));
        }
        if after.len() == known {
            break;
        }
    }
    let mut told = Told { accepted: after.keys().copied().collect(), ..Told::default() };
    // Of those to which every other one is related, the last.
    let is_related = |one: &EntryId, other: &EntryId| {
        one == other || after[one].1.contains(other) || after[other].1.contains(one)
    };
    let agreed = after.keys().filter(|one| after.keys().all(|other| is_related(one, other)));
    let mut at = agreed.max_by_key(|one| after[*one].1.len()).copied();
    told.account =
        at.and_then(|last| after.get(&last)).map(|(account, _)| account.clone()).unwrap_or_default();
    while let Some(id) = at {
        told.line.insert(0, id);
        at = stored[&id].submission.previous.first().copied();
    }
    told
}

/// What had been said before a submission, and by which; none if some of that
/// is not accepted.
fn said_before(
    one: &Stored,
    after: &BTreeMap<EntryId, (Account, BTreeSet<EntryId>)>,
) -> Option<(Account, BTreeSet<EntryId>)> {
    let (mut account, mut before) = (None::<Account>, BTreeSet::new());
    for previous in &one.submission.previous {
        let (said, earlier) = after.get(previous)?;
        match &mut account {
            None => account = Some(said.clone()),
            Some(account) => account.join(said),
        }
        before.extend(earlier);
        before.insert(*previous);
    }
    Some((account.unwrap_or_default(), before))
}

fn reported(stored: &Stored, grounds: &Grounds) -> Option<Vec<Reported>> {
    let parts = stored.submission.parts.iter().map(|part| {
        let (measure, definition) = grounds.get(&part.release)?;
        let ground = Ground::new(*measure, part.release, definition.clone(), &stored.policy);
        Some(Reported { ground, tables: part.tables.to_vec() })
    });
    parts.collect()
}
