//! Random runs: whatever goes wrong, everybody holds the same in the end, and
//! nothing that was promised is lost.

use commons_integration_tests::simulator::{Fault, Plan, Report, run_seed};

fn number(name: &str) -> Option<u64> {
    let value = std::env::var(name).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{name} must be a number, not \"{value}\"")))
}

fn seeds() -> Vec<u64> {
    if let Some(seed) = number("COMMONS_SEED") {
        return vec![seed];
    }
    let default = if number("COMMONS_LONG").is_some_and(|long| long > 0) { 2_000 } else { 40 };
    (1..=number("COMMONS_SEEDS").unwrap_or(default)).collect()
}

#[test]
fn nothing_is_lost_whatever_goes_wrong() {
    let seeds = seeds();
    let mut report = Report::default();
    for seed in &seeds {
        report.add(&run_seed(*seed, Plan::default()));
    }
    println!("{report}");
    if seeds.len() >= 40 {
        for fault in Fault::ALL {
            assert!(report.faults.contains_key(&fault), "no run had the fault {fault:?}");
        }
    }
}

#[test]
fn a_seed_repeats_itself() {
    let run = || run_seed(7, Plan::default());
    let (first, second) = (run(), run());
    assert_eq!(
        (first.counters, first.faults, first.entries),
        (second.counters, second.faults, second.entries)
    );
}
