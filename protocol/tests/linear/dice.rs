//! Repeatable choices, and the seed of the ones that failed.

use commons_protocol::linear::System;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Steele and others' SplitMix64.
pub struct Dice(u64);

/// A system as data, for those who solve it in another way.
#[derive(Clone, Debug)]
pub struct Puzzle {
    /// The greatest value of each variable.
    pub upper: Vec<Option<u64>>,
    /// Dense coefficients and the value of each equation.
    pub equations: Vec<(Vec<i64>, i128)>,
}

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number of 0..limit.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.roll() % limit
    }

    pub fn index(&mut self, limit: usize) -> usize {
        usize::try_from(self.below(limit as u64)).expect("below an index")
    }

    /// A number between both, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        low + i64::try_from(self.below(high.abs_diff(low) + 1)).expect("a small range")
    }

    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.index(last + 1));
        }
    }
}

impl Puzzle {
    /// Random equations that a random solution satisfies, except that some
    /// puzzles are spoilt afterwards.
    pub fn random(dice: &mut Dice, variables: usize, equations: usize, largest: i64, filled: u64) -> Self {
        let solution: Vec<u64> = (0..variables).map(|_| dice.below(20) * dice.below(2)).collect();
        let upper = solution.iter().map(|&value| dice.chance(60).then(|| value + dice.below(9))).collect();
        let spoilt = dice.chance(15);
        let equations = (0..equations)
            .map(|_| {
                let terms: Vec<i64> = (0..variables)
                    .map(|_| if dice.chance(filled) { dice.between(-largest, largest) } else { 0 })
                    .collect();
                let value: i128 =
                    terms.iter().zip(&solution).map(|(a, x)| i128::from(*a) * i128::from(*x)).sum();
                (terms, value + i128::from(if spoilt { dice.between(-4, 4) } else { 0 }))
            })
            .collect();
        Self { upper, equations }
    }

    pub fn system(&self) -> System {
        let mut system = System::new(self.upper.len());
        for (variable, upper) in self.upper.iter().enumerate() {
            if let Some(upper) = upper {
                system.at_most(variable, *upper);
            }
        }
        for (terms, value) in &self.equations {
            system.equation(&sparse(terms), *value);
        }
        system
    }
}

/// The terms of dense coefficients.
pub fn sparse(coefficients: &[i64]) -> Vec<(usize, i64)> {
    coefficients.iter().copied().enumerate().filter(|(_, coefficient)| *coefficient != 0).collect()
}

/// Runs a test with the seeds 0..count and names the one that fails.
pub fn cases(count: u64, test: impl Fn(&mut Dice)) {
    for seed in 0..count {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| test(&mut Dice(seed)))) {
            eprintln!("the case with the seed {seed} failed");
            resume_unwind(panic);
        }
    }
}
