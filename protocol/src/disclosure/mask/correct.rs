//! Corrections. The difference to what was told before shows as much as a count
//! of its own, so one from 1 to the threshold is held until it has grown (or is
//! gone), or what changed is masked. Masks never recall what was told.

use super::Why;
use super::sheet::{Number, Sheet, reported};
use crate::disclosure::{Account, Spot};
use crate::measure::Component;

/// A difference to what was told before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Which number; the complement too.
    pub spot: Spot,
    /// What was told: the last that is so near.
    pub told: u64,
    /// What it is now.
    pub now: u64,
}

impl Change {
    /// How far apart they are.
    pub fn difference(&self) -> u64 {
        self.now.abs_diff(self.told)
    }
}

/// The numbers that would be told and differ by 1 to the threshold.
pub fn changes(account: &Account, sheet: &Sheet) -> Vec<Change> {
    small(account, sheet).into_iter().map(|(_, change)| change).collect()
}

/// Masks what has changed by 1 to the threshold, and the number at which that
/// was seen; whether anything was not masked yet.
pub fn mask(account: &Account, sheet: &mut Sheet, seen: &Spot) -> bool {
    let all = small(account, sheet);
    for (number, _) in &all {
        sheet.mask(*number, Why::Correction);
    }
    !all.is_empty() || sheet.mask_at(seen, Why::Correction)
}

/// Small differences, and the number that is masked for each.
fn small(account: &Account, sheet: &Sheet) -> Vec<(Number, Change)> {
    let ground = sheet.ground();
    let earlier = account.numbers_told(&ground.measure, sheet.period());
    let mut all = Vec::new();
    for place in sheet.cells().keys().copied() {
        for component in ground.definition.components().iter().copied() {
            let Some(now) = now(sheet, Number { place, component }) else { continue };
            let told = earlier.get(&(sheet.stratum(place), component)).into_iter().flatten().rev();
            if let Some(told) = told.copied().find(|told| ground.is_small(now.abs_diff(*told))) {
                let spot = sheet.spot(Number { place, component });
                let number = Number { place, component: reported(component) };
                all.push((number, Change { spot, told, now }));
            }
        }
    }
    all
}

/// The number that is told now, the complement too.
fn now(sheet: &Sheet, number: Number) -> Option<u64> {
    let of = |component| sheet.told(Number { component, ..number });
    match number.component {
        Component::Complement => of(Component::Denominator)?.checked_sub(of(Component::Numerator)?),
        component => of(component),
    }
}
