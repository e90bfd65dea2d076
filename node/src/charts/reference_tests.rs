//! The numbers that other software computed for published data.

use std::collections::BTreeMap;

use super::limits;
use super::points;
use super::runs;
use super::{Chart, Entry, Input, Kind, Point, Value};

const REFERENCE: &str = include_str!("fixtures/reference.txt");
const CRITICAL_VALUES: &str = include_str!("fixtures/critical_values.txt");
/// How closely lines must agree, of the larger number or of 1.
const CLOSE: f64 = 1e-9;

/// The columns of one chart; `None` for no value, 1 and 0 for true and false.
type Columns = BTreeMap<String, Vec<Option<f64>>>;

struct Reference {
    name: String,
    kind: Kind,
    columns: Columns,
}

impl Reference {
    fn column(&self, name: &str) -> &[Option<f64>] {
        &self.columns[name]
    }

    fn input(&self) -> Input {
        let excluded = self.columns.get("exclude").cloned().unwrap_or_default();
        let numbers = self.column("y.sum").iter().zip(self.column("n")).zip(1u32..);
        let entries = numbers.map(|((numerator, denominator), number)| {
            let value = Value::Count { numerator: numerator.unwrap(), denominator: *denominator };
            let excluded = excluded.contains(&Some(f64::from(number)));
            Entry { excluded, ..Entry::new(number.to_string(), value) }
        });
        let freeze = self.columns.get("freeze").and_then(|column| column[0]);
        let freeze = (1..1000usize).find(|&count| Some(count as f64) == freeze);
        Input { freeze, ..Input::new(self.name.clone(), entries.collect()) }
    }

    /// The column of the chart's points and the reference's agree.
    #[track_caller]
    fn agrees(&self, column: &str, chart: &Chart, of: impl Fn(&Point) -> Option<f64>) {
        let expected = self.column(column);
        assert_eq!(expected.len(), chart.points.len(), "{} {column}", self.name);
        for (at, (expected, point)) in expected.iter().zip(&chart.points).enumerate() {
            close(*expected, of(point), &format!("{} {column} point {}", self.name, at + 1));
        }
    }
}

#[track_caller]
fn close(expected: Option<f64>, found: Option<f64>, place: &str) {
    let agrees = match (expected, found) {
        (Some(expected), Some(found)) => (expected - found).abs() <= CLOSE * expected.abs().max(1.0),
        (expected, found) => expected == found,
    };
    assert!(agrees, "{place}: expected {expected:?}, found {found:?}");
}

/// `v*k` is k times v, `-` no value, T and F true and false.
fn numbers(line: &str) -> Vec<Option<f64>> {
    let each = line.split(' ').flat_map(|part| {
        let (value, times) = part.split_once('*').unwrap_or((part, "1"));
        let value = match value {
            "-" => None,
            "T" => Some(1.0),
            "F" => Some(0.0),
            _ => Some(value.parse().unwrap()),
        };
        vec![value; times.parse().unwrap()]
    });
    each.collect()
}

fn columns<'a>(lines: impl Iterator<Item = &'a str>) -> Columns {
    let lines = lines.filter(|line| !line.starts_with('#') && !line.is_empty());
    let split = lines.map(|line| line.split_once(' ').unwrap());
    split.map(|(name, values)| (name.to_owned(), numbers(values))).collect()
}

fn references() -> Vec<Reference> {
    let charts = REFERENCE.split("\nchart ").skip(1);
    let one = |text: &str| {
        let (head, rest) = text.split_once('\n').unwrap();
        let (name, kind) = head.split_once(' ').unwrap();
        let kind = match kind {
            "run" => Kind::Run,
            "i" => Kind::I,
            "mr" => Kind::Mr,
            "p" => Kind::P,
            "pp" => Kind::PPrime,
            "u" => Kind::U,
            "c" => Kind::C,
            "g" => Kind::G,
            "t" => Kind::T,
            _ => panic!("{name} is a {kind} chart"),
        };
        Reference { name: name.to_owned(), kind, columns: columns(rest.lines()) }
    };
    charts.map(one).collect()
}

fn truth(found: bool) -> Option<f64> {
    Some(f64::from(u8::from(found)))
}

fn count(found: usize) -> Option<f64> {
    Some(found as f64)
}

#[test]
fn lines_and_signals_agree_with_the_reference() {
    let references = references();
    assert_eq!(references.len(), 11, "every chart of the reference is read");
    for reference in references {
        let chart = Chart::new(reference.kind, reference.input()).unwrap();
        reference.agrees("part", &chart, |point| count(point.phase + 1));
        reference.agrees("y", &chart, Point::value);
        reference.agrees("cl", &chart, |point| point.centre);
        reference.agrees("lcl", &chart, |point| point.lower);
        reference.agrees("ucl", &chart, |point| point.upper);
        reference.agrees("include", &chart, |point| truth(!point.excluded));
        reference.agrees("sigma.signal", &chart, |point| truth(point.outside.is_some()));
        reference.agrees("baseline", &chart, |point| truth(point.baseline));
    }
}

#[test]
fn runs_agree_with_the_reference() {
    for reference in references() {
        let chart = Chart::new(reference.kind, reference.input()).unwrap();
        let (phase, runs) = (&chart.phases[0], &chart.phases[0].runs);
        reference.agrees("n.obs", &chart, |_| count(phase.observations));
        reference.agrees("n.useful", &chart, |_| count(runs.useful));
        reference.agrees("longest.run", &chart, |_| count(runs.longest_run));
        reference.agrees("longest.run.max", &chart, |_| count(runs.longest_run_max));
        reference.agrees("n.crossings", &chart, |_| count(runs.crossings));
        reference.agrees("n.crossings.min", &chart, |_| count(runs.crossings_min));
        reference.agrees("runs.signal", &chart, |_| truth(phase.has_signal()));
    }
}

/// The lines at two sigma, where the reference has them: the spread is right,
/// not only the limits that are drawn.
#[test]
fn lines_at_two_sigma_agree_with_the_reference() {
    let mut compared = 0;
    for reference in references().iter().filter(|reference| reference.columns.contains_key("ucl.95")) {
        let rows = points::rows(reference.kind, &reference.input(), 0, reference.column("y").len());
        let bounds = limits::bounds(reference.kind, &limits::spread(reference.kind, &rows), 2.0);
        for (at, bound) in bounds.iter().enumerate() {
            let place = format!("{} point {}", reference.name, at + 1);
            close(reference.column("lcl.95")[at], bound.map(|(lower, _)| lower), &place);
            close(reference.column("ucl.95")[at], bound.map(|(_, upper)| upper), &place);
            compared += 1;
        }
    }
    assert_eq!(compared, 67 + 36 + 36 + 20 + 20, "g, two run charts, p and p′");
}

#[test]
fn large_denominators_need_a_prime() {
    let outside = |name: &str| {
        let reference = references().into_iter().find(|reference| reference.name == name).unwrap();
        let chart = Chart::new(reference.kind, reference.input()).unwrap();
        (chart.points.iter().filter(|point| point.outside.is_some()).count(), chart.words().signals)
    };
    let (flagged, words) = outside("nhs_accidents_p");
    assert_eq!(flagged, 16);
    assert!(words[0].contains("p\u{2032} chart"), "{words:?}");
    assert_eq!(outside("nhs_accidents_pp").0, 0);
}

#[test]
fn critical_values_agree_with_the_reference() {
    let columns = columns(CRITICAL_VALUES.lines());
    let expected = columns["longest.run.max"].iter().zip(&columns["n.crossings.min"]);
    assert_eq!(expected.len(), 296);
    for (useful, (longest, crossings)) in (5..).zip(expected) {
        assert_eq!(count(runs::longest_run_max(useful)), *longest, "longest run of {useful}");
        assert_eq!(count(runs::crossings_min(useful)), *crossings, "crossings of {useful}");
    }
}

#[test]
fn critical_values_of_many_points_are_exact() {
    let columns = columns(CRITICAL_VALUES.lines());
    for (useful, expected) in columns["n.useful"].iter().zip(&columns["exact.crossings.min"]) {
        let useful = (0..=5000).find(|&number| count(number) == *useful).unwrap();
        assert_eq!(count(runs::crossings_min(useful)), *expected, "crossings of {useful}");
    }
}
