//! Tests for change that isn't chance: the runs rules of Anhøj and Olesen
//! ("Run charts revisited", PLoS ONE 9(11), 2014).
//!
//! Of *n* useful points (those not on the centre line) a run on one side is
//! unusually long above round(log₂ n) + 3 points, and crossings of the centre
//! line are unusually few below the 5 % quantile of Binomial(n − 1, ½).

/// Within this share of the larger one two numbers are taken as the same, so
/// that rounding neither makes a signal nor a side.
const SAME: f64 = 1e-12;

/// Whether the two differ by no more than rounding.
pub fn same(a: f64, b: f64) -> bool {
    (a - b).abs() <= SAME * a.abs().max(b.abs())
}

/// The runs of one phase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Runs {
    /// Points that aren't on the centre line.
    pub useful: usize,
    /// Points of the longest run on one side; of several, the last.
    pub longest_run: usize,
    /// The longest run that chance often makes.
    pub longest_run_max: usize,
    /// How often the line through the points crosses the centre.
    pub crossings: usize,
    /// The fewest crossings that chance often makes.
    pub crossings_min: usize,
    /// The longest run is a signal.
    pub long_run: bool,
    /// The number of crossings is a signal.
    pub few_crossings: bool,
    /// First and last point of the longest run, counted from 0.
    pub run: Option<(usize, usize)>,
    /// Whether that run lies above the centre.
    pub run_above: bool,
}

/// Counts the runs of `values`, of which the first is point `first` of the
/// chart, around `centre`. Points without value are left out.
pub fn runs(values: &[Option<f64>], first: usize, centre: f64) -> Runs {
    let sides: Vec<(usize, bool)> = values
        .iter()
        .enumerate()
        .filter_map(|(at, value)| Some((first + at, (*value)?)))
        .filter(|(_, value)| !same(*value, centre))
        .map(|(at, value)| (at, value > centre))
        .collect();
    let mut runs = Runs { useful: sides.len(), ..Runs::default() };
    for run in sides.chunk_by(|a, b| a.1 == b.1) {
        // `chunk_by` gives no empty runs.
        let (Some(begin), Some(end)) = (run.first(), run.last()) else { continue };
        runs.crossings += 1;
        if run.len() >= runs.longest_run {
            runs.longest_run = run.len();
            runs.run = Some((begin.0, end.0));
            runs.run_above = begin.1;
        }
    }
    runs.crossings = runs.crossings.saturating_sub(1);
    runs.longest_run_max = longest_run_max(runs.useful);
    runs.crossings_min = crossings_min(runs.useful);
    runs.long_run = runs.longest_run > runs.longest_run_max;
    runs.few_crossings = runs.crossings < runs.crossings_min;
    runs
}

/// round(log₂ n) + 3: 2^k·√2 is never whole, so the rounding is clear, and
/// whole numbers decide it: n² against 2^(2k+1).
pub fn longest_run_max(useful: usize) -> usize {
    let Some(whole) = useful.checked_ilog2() else { return 0 };
    let square = (useful as u128) * (useful as u128);
    let up = square > 1u128 << (2 * whole + 1).min(127);
    whole as usize + usize::from(up) + 3
}

/// The smallest k for which at most k heads in n − 1 tosses of a coin have a
/// chance of 5 % or more.
pub fn crossings_min(useful: usize) -> usize {
    let tosses = useful.saturating_sub(1);
    // Logarithms: the chance of no head in 5,000 tosses is no number of 64 bits.
    let mut term = -(tosses as f64) * std::f64::consts::LN_2;
    let mut chance = 0.0;
    for heads in 0..tosses {
        chance += term.exp();
        if chance >= 0.05 {
            return heads;
        }
        term += ((tosses - heads) as f64 / (heads + 1) as f64).ln();
    }
    tosses
}
