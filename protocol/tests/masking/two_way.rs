//! A published two-way table in which each row and column hides at least two
//! cells, and one of them is still known exactly. The search that masks tables
//! of measures finds what else has to be hidden in this one, too.
//!
//! The numbers, and that this cell can be recovered, are facts from the tests of
//! sdcTable (Meindl 2023).

use commons_protocol::disclosure::mask::{Search, Verdict};
use commons_protocol::linear::{Bounds, Ratio, System};
use std::collections::BTreeSet;

/// Rows w, x, y, z; columns a, b, c, d.
const TABLE: [[u64; 4]; 4] = [[30, 47, 64, 89], [90, 124, 5, 31], [92, 100, 59, 85], [800, 991, 651, 685]];

/// What is hidden, as row and column.
const HIDDEN: [(usize, usize); 9] = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 2), (2, 1), (2, 3), (3, 1), (3, 3)];

const NAMES: [[&str; 4]; 4] = [
    ["w|a", "w|b", "w|c", "w|d"],
    ["x|a", "x|b", "x|c", "x|d"],
    ["y|a", "y|b", "y|c", "y|d"],
    ["z|a", "z|b", "z|c", "z|d"],
];

type Cells = BTreeSet<(usize, usize)>;

/// Bounds of all hidden cells, in their order.
fn bounds(hidden: &Cells) -> Vec<Bounds> {
    let mut system = System::new(hidden.len());
    for line in 0..4 {
        for is_row in [true, false] {
            let of = |cell: &(usize, usize)| if is_row { cell.0 == line } else { cell.1 == line };
            let terms: Vec<(usize, i64)> =
                hidden.iter().enumerate().filter(|(_, cell)| of(cell)).map(|(index, _)| (index, 1)).collect();
            let sum: u64 = hidden.iter().filter(|cell| of(cell)).map(|cell| TABLE[cell.0][cell.1]).sum();
            system.equation(&terms, i128::from(sum));
        }
    }
    let objectives: Vec<_> = (0..hidden.len()).map(|index| vec![(index, 1)]).collect();
    system.all_bounds(&objectives).expect("a small table")
}

/// The first hidden cell that has fewer than ten possible integers.
fn tight(hidden: &Cells) -> Option<(usize, usize)> {
    let found = bounds(hidden);
    let is_tight = |bounds: &Bounds| bounds.integers().count().is_some_and(|count| count < 10);
    hidden.iter().zip(&found).find(|(_, bounds)| is_tight(bounds)).map(|(cell, _)| *cell)
}

fn candidates() -> Vec<(usize, usize)> {
    let all = (0..4).flat_map(|row| (0..4).map(move |column| (row, column)));
    all.filter(|cell| !HIDDEN.contains(cell)).collect()
}

fn hidden(more: &[usize]) -> Cells {
    let candidates = candidates();
    HIDDEN.into_iter().chain(more.iter().map(|index| candidates[*index])).collect()
}

/// Any cell may help: all rows and columns hang together.
fn judge(more: &[usize]) -> Verdict {
    match tight(&hidden(more)) {
        None => Verdict::Safe,
        Some((row, column)) => Verdict::Unsafe {
            at: u64::try_from(row * 4 + column).expect("sixteen cells"),
            help: (0..candidates().len()).collect(),
        },
    }
}

#[test]
fn one_more_cell_is_hidden() {
    let before = hidden(&[]);
    let exact = before.iter().zip(bounds(&before)).filter(|(_, bounds)| bounds.high == Some(bounds.low));
    let exact: Vec<_> = exact.map(|(cell, bounds)| (NAMES[cell.0][cell.1], bounds.low)).collect();
    assert_eq!(exact, [("w|b", Ratio::whole(47))]);

    let order: Vec<usize> = (0..candidates().len()).collect();
    let mut search = Search::new(vec![1; order.len()], 100, judge);
    for found in [search.least(&[&order]), search.few(&order)] {
        let found = found.expect("a set");
        assert_eq!(found.len(), 1);
        let (row, column) = candidates()[found[0]];
        println!("{} is hidden, too", NAMES[row][column]);
        let after = hidden(&found);
        for (cell, bounds) in after.iter().zip(bounds(&after)) {
            let left = bounds.integers().count().expect("a bound");
            assert!(left >= 10, "{} is one of {left}", NAMES[cell.0][cell.1]);
        }
    }
    let published = candidates().iter().position(|cell| *cell == (1, 1)).expect("x|b is told");
    assert_eq!(judge(&[published]), Verdict::Safe, "the published answer is one, too");
}
