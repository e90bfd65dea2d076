//! A table to fill in.

use super::formula::cell;
use crate::view::MeasureView;

/// A CSV file for a measure: two periods, all together and each stratum. The
/// numbers are left out; a file with empty ones is refused, so that nobody
/// sends an example.
pub fn template(measure: &MeasureView) -> String {
    let has_denominator = measure.kind != "count";
    let mut header = vec!["measure", "period", "stratifier", "stratum", "numerator"];
    if has_denominator {
        header.push("denominator");
    }
    header.push("excluded");
    let numbers = ",".repeat(header.len() - 5);
    let mut text = format!("{}\n", header.join(","));
    for period in periods(&measure.calendar) {
        for (stratifier, stratum) in strata(measure) {
            let cells = [measure.id.as_str(), period, stratifier, stratum].map(cell);
            text.push_str(&format!("{},{numbers}\n", cells.join(",")));
        }
    }
    text
}

fn periods(calendar: &str) -> [&'static str; 2] {
    match calendar {
        "quarter" => ["2026-Q1", "2026-Q2"],
        _ => ["2026-01", "2026-02"],
    }
}

/// All together, then each stratum.
fn strata(measure: &MeasureView) -> impl Iterator<Item = (&str, &str)> {
    let strata = measure.stratifiers.iter();
    let strata = strata.flat_map(|of| of.strata.iter().map(|(code, _)| (of.code.as_str(), code.as_str())));
    std::iter::once(("", "")).chain(strata)
}
