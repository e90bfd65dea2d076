//! The verdict on tables of one period, by all that was said of them before.

use super::change::{self, Content, History, Numbers};
use super::group::{Group, look_at};
use super::knowledge::{Assumed, Interval, Knowledge, Place, Protected};
use super::told::{Statement, Told, hides, is_empty};
use super::{Breach, Fault, Ground, Spot};
use crate::id::DocumentId;
use crate::linear::{Effort, Trouble};
use crate::measure::{Code, Component};
use crate::series::Table;
use std::collections::{BTreeMap, BTreeSet};

/// Numbers of one period that are masked now and were told before; more are
/// refused, since each is assumed not to have changed.
const ASSUMED: usize = 64;

/// Where the masked numbers lie, as everybody can derive.
///
/// # Errors
/// The first rule that is broken, and where.
pub fn judge(group: &Group<'_>, effort: &mut Effort) -> Result<Vec<Protected>, Breach> {
    if group.tables.iter().all(|(_, table)| is_empty(table)) {
        // Who takes back tells nothing.
        return Ok(Vec::new());
    }
    if group.told.values().any(|told| told.is_full()) {
        return Err(too_complex(group));
    }
    for (ground, table) in &group.tables {
        check_change(group, ground, table, effort)?;
    }
    if is_plain(group) {
        return Ok(Vec::new());
    }
    let refused = |trouble| match trouble {
        Trouble::Infeasible => Spot::table(group.period).breaks(Fault::Inconsistent),
        _ => too_complex(group),
    };
    let in_force = group.in_force(effort).map_err(refused)?;
    if let Some((_, stratum, component)) = in_force.exposed(effort).map_err(refused)? {
        return Err(Spot::number(group.period, &stratum, component).breaks(Fault::Recoverable));
    }
    let derived = in_force.derive(&Assumed::new(), effort).map_err(refused)?;
    check_protected(group, &derived)?;
    check_assuming(group, &in_force, effort)?;
    check_over_time(group, effort)?;
    check_overlap(group, &derived)?;
    Ok(derived)
}

/// Checks a table against what was said of the same numbers before.
fn check_change(
    group: &Group<'_>,
    ground: &Ground,
    table: &Table,
    effort: &mut Effort,
) -> Result<(), Breach> {
    let (spot, now) = (Spot::table(group.period), Content::of(&ground.definition, table));
    if let Some(told) = group.told.get(&ground.measure) {
        change::check_numbers(ground, &spot, &told.numbers(), &now)?;
        for one in told.statements() {
            look_at(&one.ground, &one.table, effort).map_err(|_| too_complex(group))?;
            change::check(ground, table, one, &now)?;
        }
    }
    for (other, table_of_other) in group.tables.iter().filter(|(other, _)| counts_as(ground, other)) {
        change::check_strata((ground, table), (other, table_of_other))?;
    }
    for told in group.told.values().filter(|told| counts_as(ground, &told.latest.ground)) {
        for one in told.statements() {
            look_at(&one.ground, &one.table, effort).map_err(|_| too_complex(group))?;
            change::check_strata((ground, table), (&one.ground, &one.table))?;
        }
        let mut before = shared_numbers(ground, told).into_iter();
        before.try_for_each(|before| change::check_numbers(ground, &spot, &before, &now))?;
    }
    Ok(())
}

/// Whether another measure counts a quantity that this one counts.
fn counts_as(ground: &Ground, other: &Ground) -> bool {
    let shared = |code: &Option<Code>| {
        code.is_some() && [&other.definition.numerator, &other.definition.denominator].contains(&code)
    };
    other.measure != ground.measure
        && (shared(&ground.definition.numerator) || shared(&ground.definition.denominator))
}

/// What another measure told of the quantities that this one counts, as if this
/// one had.
fn shared_numbers(ground: &Ground, other: &Told) -> Vec<History> {
    let counted = |ground: &Ground| {
        let definition = &ground.definition;
        let counted = [
            (Component::Numerator, definition.numerator.clone()),
            (Component::Denominator, definition.denominator.clone()),
        ];
        counted.into_iter().filter_map(|(component, code)| Some((component, code?)))
    };
    let mut all = Vec::new();
    for (own, code) in counted(ground) {
        for (theirs, _) in counted(&other.latest.ground).filter(|(_, other)| *other == code) {
            let same = other.numbers().into_iter().filter(|((_, one), _)| *one == theirs);
            all.push(same.map(|((stratum, _), numbers)| ((stratum, own), numbers)).collect());
        }
    }
    all
}

/// Whether nothing is or was hidden, and nothing must add up.
fn is_plain(group: &Group<'_>) -> bool {
    let is_plain = |table: &Table| table.strata.is_empty() && !hides(table);
    let [(ground, table)] = group.tables.as_slice() else { return false };
    is_plain(table)
        && group.told.keys().all(|measure| *measure == ground.measure)
        && group.told.values().all(|told| told.statements().all(|one| is_plain(&one.table)))
}

/// What is masked now and was told before may not have changed: that must not
/// give away what else is masked, whether it holds for all of it, for all but
/// one number or for one.
fn check_assuming(group: &Group<'_>, knowledge: &Knowledge, effort: &mut Effort) -> Result<(), Breach> {
    let last: BTreeMap<DocumentId, Numbers> =
        group.told.iter().map(|(measure, told)| (*measure, told.last())).collect();
    let told = |place: &Place| last.get(&place.0)?.get(&(place.1.clone(), place.2)).copied();
    let all = knowledge.told_before(told);
    if all.len() > ASSUMED {
        return Err(too_complex(group));
    }
    let is_public = |one: &Protected| {
        told(&one.place).is_some_and(|number| one.interval == Interval { low: number, high: Some(number) })
    };
    for assumed in cases(all) {
        let derived = match knowledge.derive(&assumed, effort) {
            Ok(derived) => derived,
            Err(Trouble::Infeasible) => continue,
            Err(_) => return Err(too_complex(group)),
        };
        let new: Vec<Protected> = derived.into_iter().filter(|one| !is_public(one)).collect();
        check_protected(group, &new)?;
    }
    Ok(())
}

/// Each by itself, all but each, and all.
fn cases(all: Assumed) -> Vec<Assumed> {
    let mut cases: Vec<Assumed> = all.iter().map(|(one, number)| Assumed::from([(*one, *number)])).collect();
    for one in all.keys().filter(|_| all.len() > 2) {
        let others = all.iter().filter(|(other, _)| *other != one);
        cases.push(others.map(|(at, number)| (*at, *number)).collect());
    }
    cases.push(all);
    cases
}

/// Nothing hidden changed between what was said before, as far as that can be,
/// and now: for everything together, and for one measure or one sort of number
/// by itself, which does not care what changed elsewhere.
fn check_over_time(group: &Group<'_>, effort: &mut Effort) -> Result<(), Breach> {
    let apart = Some(group.apart()).filter(|apart| apart.len() > 1).unwrap_or_default();
    for view in std::iter::once(group).chain(&apart) {
        for only in
            [None, Some(Component::Numerator), Some(Component::Denominator), Some(Component::Excluded)]
        {
            Unchanged { group: view, earlier: view.earlier(), only }.check(effort)?;
        }
    }
    Ok(())
}

/// The assumption that hidden numbers of one sort did not change.
struct Unchanged<'a> {
    group: &'a Group<'a>,
    earlier: Vec<&'a Statement>,
    only: Option<Component>,
}

impl Unchanged<'_> {
    /// Checks all earlier statements together with what is said now. If that
    /// can't be, each of them, with as many of the others as can, the newest
    /// first.
    fn check(&self, effort: &mut Effort) -> Result<(), Breach> {
        let all: BTreeSet<usize> = (0..self.earlier.len()).collect();
        if self.check_together(&all, effort)? {
            return Ok(());
        }
        let mut checked = BTreeSet::new();
        for first in all.into_iter().rev() {
            if checked.contains(&first) {
                continue;
            }
            let together = self.with_others(first, effort)?;
            self.check_together(&together, effort)?;
            checked.extend(together);
        }
        Ok(())
    }

    /// Whether they can be true together with what is said now; then nothing
    /// that is protected may follow.
    fn check_together(&self, chosen: &BTreeSet<usize>, effort: &mut Effort) -> Result<bool, Breach> {
        let derived = self.known(chosen, effort).and_then(|known| known.derive(&Assumed::new(), effort));
        match derived {
            Ok(derived) => check_protected(self.group, &derived).map(|()| true),
            Err(Trouble::Infeasible) => Ok(false),
            Err(_) => Err(too_complex(self.group)),
        }
    }

    /// A statement and those that can be true with it.
    fn with_others(&self, first: usize, effort: &mut Effort) -> Result<BTreeSet<usize>, Breach> {
        let mut chosen = BTreeSet::from([first]);
        for next in (0..self.earlier.len()).rev().filter(|next| *next != first) {
            chosen.insert(next);
            match self.known(&chosen, effort).and_then(|known| known.check_possible(effort)) {
                Ok(()) => {}
                Err(Trouble::Infeasible) => _ = chosen.remove(&next),
                Err(_) => return Err(too_complex(self.group)),
            }
        }
        Ok(chosen)
    }

    fn known(&self, chosen: &BTreeSet<usize>, effort: &mut Effort) -> Result<Knowledge, Trouble> {
        let chosen: Vec<&Statement> = chosen.iter().map(|index| self.earlier[*index]).collect();
        self.group.say(Knowledge::over_time(self.only), &chosen, effort)
    }
}

/// A hidden number that did not change lies where it lay each time that it was
/// masked and where it lies now: that must leave enough, or nothing.
fn check_overlap(group: &Group<'_>, derived: &[Protected]) -> Result<(), Breach> {
    for now in derived {
        let (measure, stratum, component) = &now.place;
        let told = group.told.get(measure);
        let mut left = now.interval;
        for earlier in told.into_iter().flat_map(|told| told.statements().rev()) {
            let Some(before) = earlier.interval(stratum, *component) else { continue };
            let both = left.and(&before);
            match both.count() {
                Some(0) => {}
                Some(count) if count < u64::from(now.threshold) => {
                    return Err(Spot::number(group.period, stratum, *component).breaks(Fault::Recoverable));
                }
                _ => left = both,
            }
        }
    }
    Ok(())
}

fn check_protected(group: &Group<'_>, all: &[Protected]) -> Result<(), Breach> {
    let is_tight =
        |one: &&Protected| one.interval.count().is_some_and(|left| left < u64::from(one.threshold));
    match all.iter().find(is_tight) {
        Some(one) => Err(Spot::number(group.period, &one.place.1, one.place.2).breaks(Fault::Recoverable)),
        None => Ok(()),
    }
}

fn too_complex(group: &Group<'_>) -> Breach {
    Spot::table(group.period).breaks(Fault::TooComplex)
}
