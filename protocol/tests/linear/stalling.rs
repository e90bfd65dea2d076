//! Systems on which a simplex method can go round in circles or very far.

use commons_protocol::linear::{Bounds, MAX_PIVOTS, Ratio, System, Trouble};

/// Beale's example (1955), on which Dantzig's rule comes back to its start.
#[test]
fn beale() {
    let mut system = System::new(7);
    system.equation(&[(0, 4), (3, 1), (4, -32), (5, -4), (6, 36)], 0);
    system.equation(&[(1, 2), (3, 1), (4, -24), (5, -1), (6, 6)], 0);
    system.equation(&[(2, 1), (5, 1)], 1);
    let bounds = system.bounds(&[(3, -3), (4, 80), (5, -2), (6, 24)]).expect("feasible");
    assert_eq!(bounds.low, Ratio::whole(-5));
    assert_eq!(bounds.high, None);
}

/// Kuhn's example, cycling by the same rule.
#[test]
fn kuhn() {
    let mut system = System::new(7);
    system.equation(&[(0, -2), (1, -9), (2, 1), (3, 9), (4, 1)], 0);
    system.equation(&[(0, 1), (1, 3), (2, -1), (3, -6), (5, 3)], 0);
    system.equation(&[(0, 2), (1, 3), (2, -1), (3, -12), (6, 1)], 2);
    let bounds = system.bounds(&[(0, -2), (1, -3), (2, 1), (3, 12)]).expect("feasible");
    assert_eq!(bounds.low, Ratio::whole(-2));
}

/// All margins are equal, so that each corner has many bases.
#[test]
fn assignment() {
    let size = 8;
    let mut system = System::new(size * size);
    for line in 0..size {
        system.equation(&(0..size).map(|other| (line * size + other, 1)).collect::<Vec<_>>(), 1);
        system.equation(&(0..size).map(|other| (other * size + line, 1)).collect::<Vec<_>>(), 1);
    }
    let unit = Bounds { low: Ratio::ZERO, high: Some(Ratio::whole(1)) };
    let objectives: Vec<_> = (0..size * size).map(|cell| vec![(cell, 1)]).collect();
    assert_eq!(system.all_bounds(&objectives), Ok(vec![unit; size * size]));
}

/// The cube of Klee and Minty (1972), bent so that a path along its edges can
/// visit all corners. With the slack of each face.
fn bent_cube(dimensions: usize) -> (System, Vec<(usize, i64)>) {
    let mut system = System::new(2 * dimensions);
    for face in 0..dimensions {
        let mut terms: Vec<_> = (0..face).map(|axis| (axis, 1_i64 << (face - axis + 1))).collect();
        terms.extend([(face, 1), (dimensions + face, 1)]);
        system.equation(&terms, 5_i128.pow(u32::try_from(face + 1).expect("few faces")));
    }
    (system, (0..dimensions).map(|axis| (axis, 1_i64 << (dimensions - 1 - axis))).collect())
}

#[test]
fn klee_and_minty() {
    for dimensions in [1, 2, 5, 9] {
        let (system, objective) = bent_cube(dimensions);
        let bounds = system.bounds(&objective).expect("feasible");
        let best = 5_i128.pow(u32::try_from(dimensions).expect("few"));
        assert_eq!(bounds, Bounds { low: Ratio::ZERO, high: Some(Ratio::whole(best)) });
    }
}

/// A path that is longer than allowed ends in a refusal.
#[test]
fn too_far() {
    let (system, objective) = bent_cube(30);
    assert_eq!(system.is_feasible(), Ok(true));
    assert_eq!(system.bounds(&objective), Err(Trouble::TooComplex), "more than {MAX_PIVOTS} pivots");
}
