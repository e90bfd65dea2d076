//! Periods as places on a chart.

use super::{DrawError, Freeze};
use crate::charts::{Annotation, ChartError, MAX_POINTS};
use crate::view::FeedRow;
use commons_protocol::period::Period;
use std::collections::{BTreeMap, BTreeSet};

/// Periods without a report that are drawn as empty places; a longer gap is
/// closed up, so that one date in the far future can't spoil a chart.
const GAP: u32 = 60;

/// The periods of a chart, ascending.
#[derive(Debug)]
pub(super) struct Places(Vec<Period>);

impl Places {
    /// All periods of these rows, with those between them.
    pub fn of(rows: &[&FeedRow]) -> Result<Self, DrawError> {
        let reported: BTreeSet<Period> = rows.iter().filter_map(|row| row.period.parse().ok()).collect();
        let mut all: Vec<Period> = Vec::new();
        for period in reported {
            let before = all.last().copied();
            let near = before.filter(|before| period.number().saturating_sub(before.number()) <= GAP + 1);
            let mut next = near.and_then(Period::next);
            while let Some(empty) = next.filter(|next| *next < period) {
                all.push(empty);
                next = empty.next();
            }
            all.push(period);
        }
        match all.len() {
            0 => Err(DrawError::Empty),
            found if found > MAX_POINTS => {
                Err(ChartError::TooMany { what: "points", found, most: MAX_POINTS }.into())
            }
            _ => Ok(Self(all)),
        }
    }

    /// What stands below each place.
    pub fn labels(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(Period::to_string)
    }

    /// The row of each place, if there is one.
    pub fn lay<'a>(&self, rows: &[&'a FeedRow]) -> Vec<Option<&'a FeedRow>> {
        let by_period: BTreeMap<&str, &FeedRow> =
            rows.iter().map(|row| (row.period.as_str(), *row)).collect();
        self.labels().map(|label| by_period.get(label.as_str()).copied()).collect()
    }

    /// Where these periods stand, ascending, each once.
    pub fn find_all(&self, periods: &[Period]) -> Result<Vec<usize>, DrawError> {
        let found: BTreeSet<usize> = periods.iter().map(|one| self.find(*one)).collect::<Result<_, _>>()?;
        Ok(found.into_iter().collect())
    }

    /// How many points a baseline has.
    pub fn freeze(&self, freeze: Freeze) -> Result<usize, DrawError> {
        match freeze {
            Freeze::Points(points) => Ok(points),
            Freeze::Until(period) => Ok(self.find(period)? + 1),
        }
    }

    pub fn annotations(&self, texts: &[(Period, String)]) -> Result<Vec<Annotation>, DrawError> {
        let one = |(period, text): &(Period, String)| {
            Ok(Annotation { point: self.find(*period)?, text: text.clone() })
        };
        texts.iter().map(one).collect()
    }

    fn find(&self, period: Period) -> Result<usize, DrawError> {
        self.0.binary_search(&period).map_err(|_| {
            let ends = self.0.first().zip(self.0.last());
            let (first, last) = ends.map_or((period, period), |(first, last)| (*first, *last));
            DrawError::Place { period, first, last }
        })
    }
}
