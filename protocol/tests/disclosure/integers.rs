//! Which integers an unknown can be: a search over whole numbers that shares
//! nothing with what it checks.

/// The greatest number that is tried where nothing bounds an unknown. More
/// would only find more.
const GREATEST: i64 = 600;

/// Steps of one search; what takes more is given up, and counted.
const STEPS: u32 = 2_000;

/// Searches for one unknown that may be given up before all are.
const PATIENCE: u32 = 3;

/// What a search found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    Yes,
    No,
    GaveUp,
}

/// Unknown whole numbers, none below zero, and what they add up to.
#[derive(Clone, Debug, Default)]
pub struct Sums {
    unknowns: usize,
    sums: Vec<(Vec<(usize, i64)>, i64)>,
}

#[derive(Clone, Debug)]
struct Ranges {
    low: Vec<i64>,
    high: Vec<i64>,
}

impl Sums {
    pub fn unknown(&mut self) -> usize {
        self.unknowns += 1;
        self.unknowns - 1
    }

    /// The terms add up to a number.
    pub fn add(&mut self, terms: Vec<(usize, i64)>, value: i64) {
        self.sums.push((terms, value));
    }

    pub fn is_possible(&self) -> Found {
        let mut steps = 0;
        self.search(self.all(), &mut steps)
    }

    /// How many integers an unknown can be, counted up to `enough`; none if the
    /// search was given up before it had as many.
    pub fn possible(&self, unknown: usize, enough: usize) -> Option<usize> {
        let mut ranges = self.all();
        if !self.narrow(&mut ranges) {
            return Some(0);
        }
        let (mut found, mut gave_up) = (0, 0);
        for value in ranges.low[unknown]..=ranges.high[unknown] {
            let mut steps = 0;
            let mut here = ranges.clone();
            (here.low[unknown], here.high[unknown]) = (value, value);
            match self.search(here, &mut steps) {
                Found::Yes => found += 1,
                Found::No => {}
                Found::GaveUp => gave_up += 1,
            }
            if found == enough || gave_up > PATIENCE {
                break;
            }
        }
        (found == enough || gave_up == 0).then_some(found)
    }

    fn all(&self) -> Ranges {
        Ranges { low: vec![0; self.unknowns], high: vec![GREATEST; self.unknowns] }
    }

    /// Halves the widest-open unknown until nothing is open.
    fn search(&self, mut ranges: Ranges, steps: &mut u32) -> Found {
        *steps += 1;
        if *steps > STEPS {
            return Found::GaveUp;
        }
        if !self.narrow(&mut ranges) {
            return Found::No;
        }
        let used = self.sums.iter().flat_map(|(terms, _)| terms).map(|(unknown, _)| *unknown);
        let open = used.filter(|unknown| ranges.low[*unknown] < ranges.high[*unknown]);
        let Some(open) = open.min_by_key(|unknown| ranges.high[*unknown] - ranges.low[*unknown]) else {
            return Found::Yes;
        };
        let middle = (ranges.low[open] + ranges.high[open]).div_euclid(2);
        let (mut lower, mut upper) = (ranges.clone(), ranges);
        (lower.high[open], upper.low[open]) = (middle, middle + 1);
        match self.search(lower, steps) {
            Found::No => self.search(upper, steps),
            found => found,
        }
    }

    /// Narrows the ranges by every sum until none does; whether any number is
    /// left for each.
    fn narrow(&self, ranges: &mut Ranges) -> bool {
        loop {
            let mut changed = false;
            for (terms, value) in &self.sums {
                let least: i64 = terms.iter().map(|term| ranges.ends(*term).0).sum();
                let most: i64 = terms.iter().map(|term| ranges.ends(*term).1).sum();
                if *value < least || *value > most {
                    return false;
                }
                for term in terms {
                    let (low, high) = ranges.ends(*term);
                    // What the others leave to this one.
                    let (at_least, at_most) = (value - (most - high), value - (least - low));
                    changed |= ranges.keep(*term, at_least, at_most);
                    if ranges.low[term.0] > ranges.high[term.0] {
                        return false;
                    }
                }
            }
            if !changed {
                return true;
            }
        }
    }
}

impl Ranges {
    /// The least and the most that a term can be.
    fn ends(&self, (unknown, factor): (usize, i64)) -> (i64, i64) {
        let (low, high) = (factor * self.low[unknown], factor * self.high[unknown]);
        (low.min(high), low.max(high))
    }

    /// Factor times unknown lies between the ends; whether that is news.
    fn keep(&mut self, (unknown, factor): (usize, i64), least: i64, most: i64) -> bool {
        let (least, most) = if factor < 0 { (-most, -least) } else { (least, most) };
        let (low, high) = (self.low[unknown].max(least), self.high[unknown].min(most));
        let changed = (low, high) != (self.low[unknown], self.high[unknown]);
        (self.low[unknown], self.high[unknown]) = (low, high);
        changed
    }
}
