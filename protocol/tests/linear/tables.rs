//! Masked tables: one that was published, and small ones of which all
//! possibilities can be listed.

use crate::dice::{Dice, cases};
use commons_protocol::linear::{Bounds, Ratio, System};
use std::collections::{BTreeMap, BTreeSet};

/// A table with published margins, and its masked cells.
struct Table {
    counts: Vec<Vec<u64>>,
    masked: Vec<(usize, usize)>,
}

impl Table {
    fn random(dice: &mut Dice) -> Self {
        let (rows, columns) = (2 + dice.index(2), 2 + dice.index(2));
        let counts: Vec<Vec<u64>> =
            (0..rows).map(|_| (0..columns).map(|_| dice.below(6)).collect()).collect();
        let cells = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
        let masked = cells.filter(|_| dice.chance(75)).collect();
        Self { counts, masked }
    }

    /// The masked cells of each line and what they add up to: what everybody
    /// can subtract from the margins.
    fn lines(&self) -> Vec<(Vec<usize>, u64)> {
        let mut lines: BTreeMap<(bool, usize), (Vec<usize>, u64)> = BTreeMap::new();
        for (number, &(row, column)) in self.masked.iter().enumerate() {
            for line in [(false, row), (true, column)] {
                let (cells, sum) = lines.entry(line).or_default();
                cells.push(number);
                *sum += self.counts[row][column];
            }
        }
        lines.into_values().collect()
    }

    fn system(&self) -> System {
        let mut system = System::new(self.masked.len());
        for (cells, sum) in self.lines() {
            let terms: Vec<(usize, i64)> = cells.iter().map(|cell| (*cell, 1)).collect();
            system.equation(&terms, i128::from(sum));
        }
        system
    }

    fn bounds(&self) -> Vec<Bounds> {
        let cells: Vec<Vec<(usize, i64)>> = (0..self.masked.len()).map(|cell| vec![(cell, 1)]).collect();
        self.system().all_bounds(&cells).expect("the true counts are possible")
    }

    /// Lists all tables with these margins: the values of each masked cell.
    fn possible(&self) -> Vec<BTreeSet<u64>> {
        let lines = self.lines();
        let mut possible = vec![BTreeSet::new(); self.masked.len()];
        list(&lines, &mut Vec::new(), &mut possible);
        possible
    }
}

/// Goes through all values of the cells after those that are chosen.
fn list(lines: &[(Vec<usize>, u64)], chosen: &mut Vec<u64>, possible: &mut [BTreeSet<u64>]) {
    let left =
        |line: &(Vec<usize>, u64)| line.1 - line.0.iter().filter_map(|cell| chosen.get(*cell)).sum::<u64>();
    if chosen.len() == possible.len() {
        if lines.iter().all(|line| left(line) == 0) {
            chosen.iter().zip(possible).for_each(|(value, values)| _ = values.insert(*value));
        }
        return;
    }
    let next = chosen.len();
    let most = lines.iter().filter(|line| line.0.contains(&next)).map(left).min().expect("in two lines");
    for value in 0..=most {
        chosen.push(value);
        list(lines, chosen, possible);
        chosen.pop();
    }
}

/// Every integer between the bounds is possible, and nothing else is.
#[test]
fn bounds_of_two_way_tables_are_those_of_all_possibilities() {
    cases(1_500, |dice| {
        let table = Table::random(dice);
        for (bounds, possible) in table.bounds().iter().zip(table.possible()) {
            let integers = bounds.integers();
            assert_eq!(integers.count(), Some(possible.len() as u128), "{:?}", table.counts);
            assert_eq!(Some(integers.least), possible.first().map(|value| i128::from(*value)));
            assert_eq!(integers.greatest, possible.last().map(|value| i128::from(*value)));
        }
    });
}

/// The frequency table of the test of simple masking in sdcTable, where each
/// row and column of a masked cell has another one.
fn published() -> Table {
    let counts = [[30, 47, 64, 89], [90, 124, 5, 31], [92, 100, 59, 85], [800, 991, 651, 685]];
    Table {
        counts: counts.map(Vec::from).to_vec(),
        masked: vec![(0, 0), (0, 1), (0, 2), (1, 0), (1, 2), (2, 1), (2, 3), (3, 1), (3, 3)],
    }
}

fn between(bounds: &[(i128, i128)]) -> Vec<Bounds> {
    let exact = |&(low, high)| Bounds { low: Ratio::whole(low), high: Some(Ratio::whole(high)) };
    bounds.iter().map(exact).collect()
}

#[test]
fn two_masks_in_each_line_can_be_too_few() {
    let before =
        [(25, 94), (47, 47), (0, 69), (26, 95), (0, 69), (0, 185), (0, 185), (906, 1091), (585, 770)];
    assert_eq!(published().bounds(), between(&before));
    let determined: Vec<_> = published().system().determined().expect("feasible").into_iter().collect();
    assert_eq!(determined, [(1, Ratio::whole(47))]);
}

#[test]
fn one_more_mask_opens_the_table() {
    let mut table = published();
    table.masked.push((1, 1));
    let after = [
        (0, 120),
        (0, 141),
        (0, 69),
        (0, 120),
        (0, 69),
        (0, 185),
        (0, 185),
        (906, 1091),
        (585, 770),
        (30, 171),
    ];
    assert_eq!(table.bounds(), between(&after));
    assert!(table.system().determined().expect("feasible").is_empty());
}
