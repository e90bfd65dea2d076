//! Which of many candidates to take so that a judge is content: as few as
//! possible where that can be found out, few in any case.
//!
//! The judge says what could help, so that only sets which can are looked at.
//! Of several sets of one size the first in the order of preference is taken.

use std::collections::{BTreeMap, BTreeSet};

/// Sets that cost up to this are all tried, the cheapest first.
pub const FEW: usize = 3;

/// What the judge says of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is enough.
    Safe,
    /// It is not.
    Unsafe {
        /// What is wrong: the same number for the same thing.
        at: u64,
        /// The candidates of which at least one is needed to mend that.
        help: BTreeSet<usize>,
    },
    /// No larger set will be.
    Hopeless,
}

/// A search among candidates, which are numbered.
pub struct Search<F> {
    judge: F,
    costs: Vec<usize>,
    seen: BTreeMap<Vec<usize>, Verdict>,
    trials: usize,
}

impl<F: FnMut(&[usize]) -> Verdict> Search<F> {
    /// A search among candidates with these costs. The judge is asked about at
    /// most `trials` sets in [`Self::least`], and as many in [`Self::few`].
    pub fn new(costs: Vec<usize>, trials: usize, judge: F) -> Self {
        Self { judge, costs, seen: BTreeMap::new(), trials }
    }

    /// The cheapest set that is safe, if one of them costs at most [`FEW`]. Of
    /// equal ones the first in the first of the orders that has one.
    pub fn least(&mut self, orders: &[&[usize]]) -> Option<Vec<usize>> {
        let end = self.seen.len() + self.trials;
        (0..=FEW).find_map(|cost| {
            orders.iter().find_map(|order| self.extend(&[], order, BTreeSet::new(), (cost, end)))
        })
    }

    /// A safe set none of whose members can be left out, found step by step.
    pub fn few(&mut self, order: &[usize]) -> Option<Vec<usize>> {
        let end = self.seen.len() + self.trials;
        let mut set = Vec::new();
        loop {
            match self.ask(&set, end) {
                Verdict::Safe => break,
                Verdict::Hopeless => return None,
                Verdict::Unsafe { at, help } => {
                    set.extend(self.step(&set, at, &pick(order, &help, &set), end)?)
                }
            }
        }
        for member in set.clone().into_iter().rev() {
            let less: Vec<usize> = set.iter().copied().filter(|one| *one != member).collect();
            if self.ask(&less, end) == Verdict::Safe {
                set = less;
            }
        }
        Some(set)
    }

    /// One candidate, or two, which mend what is wrong; else the first that
    /// may be part of that.
    fn step(&mut self, set: &[usize], at: u64, help: &[usize], end: usize) -> Option<Vec<usize>> {
        let mut pairs = Vec::new();
        for first in help {
            match self.ask(&with(set, *first), end) {
                Verdict::Unsafe { at: other, help } if other == at => pairs.push((*first, help)),
                Verdict::Hopeless => {}
                _ => return Some(vec![*first]),
            }
        }
        for (first, others) in pairs {
            let one = with(set, first);
            for second in help.iter().filter(|second| **second > first && others.contains(second)) {
                match self.ask(&with(&one, *second), end) {
                    Verdict::Unsafe { at: other, .. } if other == at => {}
                    Verdict::Hopeless => {}
                    _ => return Some(vec![first, *second]),
                }
            }
        }
        help.first().map(|first| vec![*first])
    }

    /// The first safe set of `set` and candidates in `order` that cost `left`
    /// at most, without those that are barred because every set with them was
    /// looked at.
    fn extend(
        &mut self,
        set: &[usize],
        order: &[usize],
        mut barred: BTreeSet<usize>,
        (left, end): (usize, usize),
    ) -> Option<Vec<usize>> {
        let help = match self.ask(set, end) {
            Verdict::Safe => return Some(set.to_vec()),
            Verdict::Hopeless => return None,
            Verdict::Unsafe { help, .. } => help,
        };
        for next in pick(order, &help, set) {
            let cost = self.costs.get(next).copied().unwrap_or(usize::MAX);
            if cost <= left && !barred.contains(&next) {
                let found = self.extend(&with(set, next), order, barred.clone(), (left - cost, end));
                if found.is_some() {
                    return found;
                }
                barred.insert(next);
            }
        }
        None
    }

    fn ask(&mut self, set: &[usize], end: usize) -> Verdict {
        if let Some(verdict) = self.seen.get(set) {
            return verdict.clone();
        }
        if self.seen.len() >= end {
            return Verdict::Hopeless;
        }
        let verdict = (self.judge)(set);
        self.seen.insert(set.to_vec(), verdict.clone());
        verdict
    }
}

/// What may help, in the order of preference.
fn pick(order: &[usize], help: &BTreeSet<usize>, set: &[usize]) -> Vec<usize> {
    order.iter().copied().filter(|one| help.contains(one) && !set.contains(one)).collect()
}

/// A set with one more, sorted.
fn with(set: &[usize], one: usize) -> Vec<usize> {
    let mut larger = set.to_vec();
    larger.push(one);
    larger.sort_unstable();
    larger
}
