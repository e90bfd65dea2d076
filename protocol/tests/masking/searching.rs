//! The search for few candidates, against trying all sets.

use crate::dice::{Dice, cases};
use commons_protocol::disclosure::mask::{FEW, Search, Verdict};
use std::cell::Cell;
use std::collections::BTreeSet;

/// Every list needs one of its candidates taken: a stand-in for masked numbers
/// that need company.
type Lists = Vec<BTreeSet<usize>>;

fn judge(lists: &Lists, set: &[usize]) -> Verdict {
    match lists.iter().position(|list| !set.iter().any(|one| list.contains(one))) {
        None => Verdict::Safe,
        Some(index) => Verdict::Unsafe { at: index as u64, help: lists[index].clone() },
    }
}

fn random(dice: &mut Dice) -> (Lists, Vec<usize>) {
    let count = 3 + dice.index(8);
    let list = |dice: &mut Dice| (0..1 + dice.index(3)).map(|_| dice.index(count)).collect();
    let lists = (0..1 + dice.index(5)).map(|_| list(dice)).collect();
    let costs = (0..count).map(|_| 1 + usize::from(dice.chance(25))).collect();
    (lists, costs)
}

/// What the cheapest set costs.
fn least(lists: &Lists, costs: &[usize]) -> Option<usize> {
    let sets = (0..1_usize << costs.len())
        .map(|bits| -> Vec<usize> { (0..costs.len()).filter(|index| bits >> index & 1 == 1).collect() });
    let safe = sets.filter(|set| judge(lists, set) == Verdict::Safe);
    safe.map(|set| set.iter().map(|one| costs[*one]).sum()).min()
}

#[test]
fn the_cheapest_set_is_found_if_it_is_cheap_and_another_otherwise() {
    cases(2_000, |dice| {
        let (lists, costs) = random(dice);
        let order: Vec<usize> = (0..costs.len()).rev().collect();
        let mut search = Search::new(costs.clone(), 10_000, |set: &[usize]| judge(&lists, set));
        let cost = |set: &Vec<usize>| set.iter().map(|one| costs[*one]).sum::<usize>();
        let expected = least(&lists, &costs).filter(|cost| *cost <= FEW);
        assert_eq!(search.least(&[&order]).as_ref().map(cost), expected, "{lists:?} {costs:?}");
        let few = search.few(&order).expect("every list can be met");
        assert_eq!(judge(&lists, &few), Verdict::Safe);
        for without in 0..few.len() {
            let mut less = few.clone();
            less.remove(without);
            assert_ne!(judge(&lists, &less), Verdict::Safe, "{few:?} has one too many: {lists:?}");
        }
    });
}

#[test]
fn of_equal_sets_the_preferred_is_taken() {
    let lists = vec![BTreeSet::from([1, 4, 6])];
    for (order, expected) in [(vec![6, 4, 1], 6), (vec![0, 1, 4, 6], 1), (vec![4, 6, 1], 4)] {
        let mut search = Search::new(vec![1; 7], 100, |set: &[usize]| judge(&lists, set));
        assert_eq!(search.least(&[&order]), Some(vec![expected]));
    }
    let mut search = Search::new(vec![1; 7], 100, |set: &[usize]| judge(&lists, set));
    assert_eq!(search.least(&[&[2, 3], &[3, 6]]), Some(vec![6]));
}

#[test]
fn the_judge_is_asked_so_often_and_not_more() {
    let asked = Cell::new(0);
    let never = |_: &[usize]| {
        asked.set(asked.get() + 1);
        Verdict::Unsafe { at: 0, help: (0..200).collect() }
    };
    let order: Vec<usize> = (0..200).collect();
    let mut search = Search::new(vec![1; 200], 500, never);
    assert_eq!(search.least(&[&order]), None);
    assert_eq!(asked.get(), 500);
    let mut hopeless = Search::new(vec![1; 200], 500, |_: &[usize]| Verdict::Hopeless);
    assert_eq!((hopeless.least(&[&order]), hopeless.few(&order)), (None, None));
}

#[test]
fn what_nothing_mends_ends() {
    let mut search =
        Search::new(vec![1; 3], 100, |_: &[usize]| Verdict::Unsafe { at: 0, help: BTreeSet::new() });
    assert_eq!((search.least(&[&[0, 1, 2]]), search.few(&[0, 1, 2])), (None, None));
}
