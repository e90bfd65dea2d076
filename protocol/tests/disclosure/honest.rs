//! Sites that keep the rules, and how much they may say.

use crate::hidden::{Shape, World};
use crate::history::{Draw, Move, PERIOD, masks};
use crate::kit::Site;
use commons_protocol::disclosure::{Fault, Reported};
use std::collections::BTreeMap;

/// How far honest sites come with their first table.
#[derive(Clone, Debug, Default)]
pub struct Honest {
    /// Masking the small numbers was enough.
    pub primary: u64,
    /// So was masking one split, or all of them, with the totals told.
    pub strata: u64,
    /// The totals had to be masked as well, or left out.
    pub totals: u64,
    /// Everything was masked.
    pub everything: u64,
    /// Not even that was accepted.
    pub refused_whole: u64,
}

impl Honest {
    /// Reports numbers that are all large and grow by much, three times.
    ///
    /// # Errors
    /// What was refused.
    pub fn large(shape: &Shape, threshold: u16) -> Result<(), Fault> {
        let mut shape = Shape { raw: shape.raw.iter().map(|one| 15 + one).collect(), ..shape.clone() };
        shape.sharing = 0;
        let mut site = Site::default();
        for _ in 0..3 {
            let world = World::new(&shape, threshold);
            let table = world.table(0, PERIOD, |_, _| Some([false; 3]));
            site.submit(vec![Reported { ground: world.measures[0].ground(), tables: vec![table] }])?;
            shape.raw.iter_mut().for_each(|one| *one += 15);
        }
        Ok(())
    }

    /// Reports a table, and masks more as long as it is refused.
    pub fn hear(&mut self, shape: &Shape, threshold: u16) {
        let world = World::new(shape, threshold);
        let measure = &world.measures[0];
        let primary = Move { measures: 0, place: 0, number: 0, by: 0, masks: 0, share: 0, style: 5 };
        let accepted = |level: usize| {
            let table = world.table(0, PERIOD, |stratum, truth| {
                let name = stratum.map_or(String::new(), |(one, two)| format!("{one}:{two}"));
                let last = BTreeMap::new();
                let must = masks(measure, &name, truth, &last, u64::from(threshold), &primary, &mut Draw(0));
                let nobody = truth.denominator == 0 && measure.definition.kind.has_denominator();
                let all = [!nobody, !nobody && measure.definition.kind.has_denominator(), true];
                Some(match (level, stratum) {
                    (0, _) | (1 | 2, None) => must,
                    (1, Some(_)) => [all[0], must[1], must[2]],
                    _ => all,
                })
            });
            let reported = vec![Reported { ground: measure.ground(), tables: vec![table] }];
            Site::default().submit(reported).is_ok()
        };
        match (0..4).find(|level| accepted(*level)) {
            Some(0) => self.primary += 1,
            Some(1 | 2) => self.strata += 1,
            Some(_) => self.totals += 1,
            None if self.is_withheld(&world) => self.everything += 1,
            None => self.refused_whole += 1,
        }
    }

    /// Nothing but a masked total.
    fn is_withheld(&self, world: &World) -> bool {
        let table = world.table(0, PERIOD, |stratum, _| stratum.is_none().then_some([true; 3]));
        let reported = vec![Reported { ground: world.measures[0].ground(), tables: vec![table] }];
        Site::default().submit(reported).is_ok()
    }
}
