//! What a member that does not play by the rules reports.

use super::node::NodeId;
use super::world::World;
use commons_protocol::body::Content;
use commons_protocol::bounded::BoundedVec;
use commons_protocol::collection::Collection;
use commons_protocol::id::EntryId;
use commons_protocol::period::Period;
use commons_protocol::publication::Said;
use commons_protocol::series::{Cell, Part, Stratum, Submission, Table, Value};

impl World {
    /// The release of some measure, as a member knows it.
    fn some_measure(&mut self, node: NodeId) -> Option<EntryId> {
        let papers = self.papers_of(node).into_values();
        let releases = papers.filter_map(|paper| match &paper.body {
            Said::Release(release) if paper.collection == Collection::Aggregates => {
                release.cover.measure.as_ref().map(|_| paper.id)
            }
            _ => None,
        });
        let releases: Vec<EntryId> = releases.collect();
        self.dice.pick(&releases)
    }

    /// Signs a submission in a log of its own and shows it to all.
    fn report_by_hand(&mut self, node: NodeId, submission: Submission) -> Option<EntryId> {
        let epoch = self.admission(node)?.governance()?.current().number;
        let entry = self.forge_entry(node, epoch, &Content::Submit(submission));
        let nonce = self.dice.bytes()[0];
        let run = self.forge_run_in(node, Collection::Aggregates, nonce, (0, None), entry);
        if self.admission(node)?.head(&run.log().id(&self.commons())).is_some() {
            return None;
        }
        self.show_run(node, &run);
        Some(run.last().id)
    }

    /// The end of what the node's organisation said, where it could go on.
    fn end_of_line(&self, node: NodeId) -> Option<EntryId> {
        let own = self.nodes[node].keys.organisation;
        self.series_of(node).remove(&own).and_then(|told| told.line.last().copied())
    }

    /// Tells counts of single people, or what gives them away.
    pub(super) fn report_unsafely(&mut self, node: NodeId) -> Option<()> {
        let release = self.some_measure(node)?;
        let previous = self.end_of_line(node);
        let table = match self.dice.below(3) {
            // A small count.
            0 => table(self.dice.below(4), cell(3, 40), Vec::new()),
            // A small rest.
            1 => table(self.dice.below(4), cell(38, 40), Vec::new()),
            // Masked, and easily worked out.
            _ => {
                let masked =
                    Cell { numerator: Value::Masked, denominator: Some(Value::Known(20)), excluded: None };
                table(self.dice.below(4), cell(84, 140), vec![cell(50, 80), masked, cell(30, 40)])
            }
        };
        let entry = self.report_by_hand(node, submission(previous, release, table))?;
        self.never_told.insert(entry);
        Some(())
    }

    /// Follows on something that is no submission of its organisation.
    pub(super) fn report_out_of_place(&mut self, node: NodeId) -> Option<()> {
        let release = self.some_measure(node)?;
        let others = self.series_of(node).into_iter();
        let own = self.nodes[node].keys.organisation;
        let others: Vec<EntryId> =
            others.filter(|(one, _)| *one != own).flat_map(|(_, told)| told.line).collect();
        let invented = EntryId(self.dice.bytes());
        let previous = self.dice.pick(&others).filter(|_| self.dice.chance(50)).unwrap_or(invented);
        let table = table(self.dice.below(4), cell(60, 120), Vec::new());
        let entry = self.report_by_hand(node, submission(Some(previous), release, table))?;
        self.never_told.insert(entry);
        Some(())
    }

    /// Says two things after the same, as two nodes that don't know of each
    /// other would.
    pub(super) fn fork_reports(&mut self, node: NodeId) -> Option<()> {
        let release = self.some_measure(node)?;
        let previous = self.end_of_line(node);
        let place = self.dice.below(4);
        for number in [60, 90] {
            let table = table(place, cell(number, 150), Vec::new());
            self.report_by_hand(node, submission(previous, release, table))?;
        }
        self.run_for(100);
        // Its own node refuses to go on.
        self.report_something(node);
        Some(())
    }
}

fn submission(previous: Option<EntryId>, release: EntryId, table: Table) -> Submission {
    let part = Part { release, tables: BoundedVec::new(vec![table]).expect("one") };
    let previous = BoundedVec::new(previous.into_iter().collect()).expect("one");
    Submission { previous, parts: BoundedVec::new(vec![part]).expect("one") }
}

/// A table of one of the months before those that people report.
fn table(month: u64, total: Cell, strata: Vec<Cell>) -> Table {
    let period: Period = format!("2025-{:02}", month + 1).parse().expect("a month");
    let strata = (0u8..).zip(strata).map(|(code, cell)| Stratum { stratifier: 0, code, cell });
    Table { period, total: Some(total), strata: BoundedVec::new(strata.collect()).expect("few") }
}

fn cell(numerator: u64, denominator: u64) -> Cell {
    Cell { numerator: Value::Known(numerator), denominator: Some(Value::Known(denominator)), excluded: None }
}
