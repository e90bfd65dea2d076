//! What a rule believes to have found, and which of several beliefs about the
//! same characters is told.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{Kind, Severity};

/// How much speaks for a candidate beyond its form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// The form alone.
    Form,
    /// The words before it, or a form that nothing else has.
    Certain,
}

/// A match of one rule in a folded text.
#[derive(Debug, Clone)]
pub struct Candidate {
    pub kind: Kind,
    pub start: usize,
    pub end: usize,
    pub weight: Weight,
    pub why: &'static str,
}

impl Candidate {
    pub fn new(kind: Kind, range: Range<usize>, weight: Weight, why: &'static str) -> Self {
        Self { kind, start: range.start, end: range.end, weight, why }
    }

    /// The characters of `text` that were found.
    pub fn excerpt<'a>(&self, text: &'a str) -> &'a str {
        &text[self.start..self.end]
    }

    fn rank(&self) -> (bool, Weight, usize) {
        (self.kind.severity() == Severity::Hard, self.weight, self.end - self.start)
    }
}

/// Of candidates that overlap, the one with more weight, then the longer one.
/// Two kinds with the same weight for the very same characters stay both: a
/// number can be a telephone number and an NHS number.
pub fn without_overlaps(mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    candidates.sort_by(|a, b| b.rank().cmp(&a.rank()).then(a.start.cmp(&b.start)).then(a.kind.cmp(&b.kind)));
    let mut kept: BTreeMap<usize, Vec<Candidate>> = BTreeMap::new();
    for candidate in candidates {
        let rival = rival(&kept, &candidate);
        let stays = rival.is_none_or(|rival| {
            let same = (rival.start, rival.end) == (candidate.start, candidate.end);
            same && rival.rank() == candidate.rank() && rival.kind != candidate.kind
        });
        if stays {
            kept.entry(candidate.start).or_default().push(candidate);
        }
    }
    kept.into_values().flatten().collect()
}

/// One of `kept`, none of which overlap, that overlaps `candidate`.
fn rival<'a>(kept: &'a BTreeMap<usize, Vec<Candidate>>, candidate: &Candidate) -> Option<&'a Candidate> {
    let (_, before) = kept.range(..candidate.end).next_back()?;
    before.last().filter(|rival| rival.end > candidate.start)
}
