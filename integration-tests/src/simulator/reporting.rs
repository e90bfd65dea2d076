//! What people do with measures: define, release, report, correct, take back.

use super::dice::Dice;
use super::node::NodeId;
use super::people::outcome;
use super::world::World;
use commons_node::figures::{Figure, Number, Reading};
use commons_node::view::{
    NewDocument, PolicyView, ProposeRequest, ReleaseRequest, SubmissionOptions, SubmissionView,
    WithdrawRequest,
};

/// Longest time that a vote may take in a calm world.
const VOTE_MS: u64 = 120_000;

/// Measures of one run at most, so that many report the same.
const MEASURES: usize = 2;

/// Months of which people report: few, so that they correct.
const MONTHS: [&str; 3] = ["2025-12", "2026-01", "2026-02"];

/// Strata by age.
pub(super) const AGES: [&str; 3] = ["0-5", "12-17", "6-11"];

impl World {
    /// Decides that measures need no reviews.
    pub fn let_measures_be_released(&mut self) {
        let policy = PolicyView {
            kind: "measure".to_owned(),
            requirements: Vec::new(),
            organisations: 0,
            authors_may_review: true,
            declines_block: false,
            valid_months: None,
            electors_retract: false,
        };
        let end = self.now + VOTE_MS;
        self.propose(0, &ProposeRequest::ReviewPolicy(policy)).expect("the founder votes");
        while self.governance(0).current().policies.is_none() {
            assert!(self.now < end, "the policy was not decided within {VOTE_MS} ms");
            self.run_for(500);
        }
    }

    /// Defines a proportion by age and releases it.
    pub fn define_measure(&mut self, node: NodeId, title: &str) -> Option<String> {
        let strata = AGES.map(|age| (format!("stratum/age:{age}"), age.to_owned()));
        let words = [
            ("measure-kind", "proportion"),
            ("calendar", "month"),
            ("population", "Patients seen"),
            ("numerator", "In remission"),
            ("denominator", "Assessed"),
        ];
        let words = words.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let request = NewDocument {
            kind: "measure".to_owned(),
            title: title.to_owned(),
            text: "To see whether care helps.\n".to_owned(),
            particulars: words.into_iter().chain(strata).collect(),
            ..NewDocument::default()
        };
        let defined = self.request(node, |engine, caller| engine.new_document(caller, &request));
        self.note(format!("{} defines \"{title}\": {}", self.nodes[node].name, outcome(&defined)));
        let id = defined.ok()?.summary.id;
        self.work(node);
        self.release_measure(node, &id);
        Some(id)
    }

    fn release_measure(&mut self, node: NodeId, id: &str) {
        let released =
            self.request(node, |engine, caller| engine.release(caller, id, &ReleaseRequest::default()));
        let name = &self.nodes[node].name;
        self.note(format!("{name} releases the measure {}: {}", &id[..8], outcome(&released)));
        if released.is_ok() {
            self.count_publishing("measures released");
        }
    }

    /// Reports figures of a measure. None if it was not acknowledged.
    pub fn report(&mut self, node: NodeId, measure: &str, figures: Vec<Figure>) -> Option<SubmissionView> {
        let mut options = SubmissionOptions {
            measure: Some(measure.to_owned()),
            missing_is_zero: true,
            skip_refused: true,
            mask_corrections: self.dice.chance(30),
            take_over: false,
        };
        let reading = Reading { figures, remarks: Vec::new() };
        let again = reading.clone();
        let mut sent = self.request(node, |engine, caller| engine.submit_series(caller, reading, &options));
        if sent.as_ref().is_err_and(|failure| failure.code == "forked-series") {
            self.count_publishing("held back beside a fork");
            if self.dice.chance(60) {
                options.take_over = true;
                sent = self.request(node, |engine, caller| engine.submit_series(caller, again, &options));
            }
        }
        let name = &self.nodes[node].name;
        self.note(format!("{name} reports {}: {}", &measure[..8], outcome(&sent)));
        match &sent {
            Ok(view) if view.held > 0 => self.count_publishing("corrections held"),
            Ok(view) if view.masked > 0 => self.count_publishing("masked reports"),
            _ => {}
        }
        sent.ok()
    }

    /// Takes a table back.
    pub fn take_back(&mut self, node: NodeId, measure: &str, period: &str) -> bool {
        let request =
            WithdrawRequest { measure: measure.to_owned(), period: period.to_owned(), take_over: false };
        let withdrawn = self.request(node, |engine, caller| engine.withdraw_series(caller, &request));
        let name = &self.nodes[node].name;
        self.note(format!("{name} takes {period} of {} back: {}", &measure[..8], outcome(&withdrawn)));
        withdrawn.is_ok()
    }

    /// Somebody defines, reports, corrects or takes back something.
    pub(super) fn report_something(&mut self, node: NodeId) {
        let measures = self.engine(node).measures().unwrap_or_default();
        let (released, drafts): (Vec<_>, Vec<_>) =
            measures.into_iter().partition(|measure| measure.release.is_some());
        let count = released.len() + drafts.len();
        let ids: Vec<String> = released.into_iter().map(|measure| measure.id).collect();
        let drafts: Vec<String> = drafts.into_iter().map(|measure| measure.id).collect();
        let period = self.dice.pick(&MONTHS).unwrap_or(MONTHS[0]);
        match (self.dice.pick(&ids), self.dice.below(10)) {
            (None, _) | (_, 0) if count < MEASURES => {
                let title = format!("measure {}", self.dice.below(1 << 30));
                _ = self.define_measure(node, &title);
            }
            (None, _) => {
                if let Some(id) = self.dice.pick(&drafts) {
                    self.release_measure(node, &id);
                }
            }
            (Some(id), 1..3) => _ = self.take_back(node, &id, period),
            (Some(id), _) => {
                let figures = figures(&mut self.dice, period);
                _ = self.report(node, &id, figures);
            }
        }
    }
}

/// A table of one month, random or close to what others of it are: all
/// together, and as a rule by age.
fn figures(dice: &mut Dice, period: &str) -> Vec<Figure> {
    let is_close = dice.chance(40);
    let mut cell = || match is_close {
        true => (60 + dice.below(6), 150),
        false => {
            let denominator = dice.below(90);
            (dice.below(denominator + 1), denominator)
        }
    };
    let strata = AGES.map(|age| (age, cell()));
    let numerator: u64 = strata.iter().map(|(_, cell)| cell.0).sum();
    let denominator: u64 = strata.iter().map(|(_, cell)| cell.1).sum();
    let total = figure(period, None, (numerator, denominator));
    let is_split = dice.chance(70);
    let strata = strata.into_iter().filter(|_| is_split);
    std::iter::once(total).chain(strata.map(|(age, cell)| figure(period, Some(age), cell))).collect()
}

/// A figure of a month, of all together or of an age.
pub fn figure(period: &str, age: Option<&str>, (numerator, denominator): (u64, u64)) -> Figure {
    Figure {
        at: format!("{period} {}", age.unwrap_or("total")),
        measure: None,
        period: period.parse().expect("a month"),
        stratum: age.map(|code| ("age".to_owned(), code.to_owned())),
        numerator: Number::Known(numerator),
        denominator: Some(Number::Known(denominator)),
        excluded: None,
    }
}
