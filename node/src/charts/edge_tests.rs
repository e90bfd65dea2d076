//! Charts of little, of odd and of hostile input.

use super::{Annotation, Chart, ChartError, Direction, Entry, Input, Kind, Outside, Panel, Shown, Value};
use super::{Letters, MAX_NUMBER, MAX_POINTS, Multiples, Size};

const KINDS: [Kind; 10] = Kind::ALL;

/// A value that suits the kind.
fn value(kind: Kind, number: f64, denominator: f64) -> Value {
    if kind.is_ratio() {
        Value::Count { numerator: number, denominator: Some(denominator) }
    } else {
        Value::Measured(number)
    }
}

fn entries(kind: Kind, numbers: &[f64]) -> Vec<Entry> {
    let entry = |(at, number): (usize, &f64)| Entry::new(format!("{}", at + 1), value(kind, *number, 50.0));
    numbers.iter().enumerate().map(entry).collect()
}

fn chart(kind: Kind, entries: Vec<Entry>) -> Chart {
    Chart::new(kind, Input::new("A chart", entries)).unwrap()
}

/// Everything that can be made of it is made, and has no number that isn't one.
fn whole(chart: &Chart) {
    let size = Size::new(500, 300).unwrap();
    let made = [
        format!("{:?}", chart.points),
        chart.svg(size),
        chart.svg(Size::new(170, 160).unwrap()),
        chart.text(80, 20, Letters::Unicode),
        chart.words().description,
        chart.words().signals.join(" "),
    ];
    for text in &made {
        // A word by itself: "finite" and "nan" may be parts of others.
        let odd = text.split(|c: char| !c.is_alphanumeric()).find(|word| ["NaN", "inf"].contains(word));
        assert_eq!(odd, None, "{:?}: {text}", chart.kind);
    }
    let small = chart.png(Size::new(170, 160).unwrap()).unwrap();
    assert!(small.starts_with(b"\x89PNG"));
    assert!(!serde_json::to_string(chart).unwrap().contains("\"value\":null"));
}

#[test]
fn few_points_make_a_whole_chart() {
    for kind in KINDS {
        for numbers in [&[][..], &[7.0], &[7.0, 9.0], &[0.0], &[0.0, 0.0, 0.0]] {
            let chart = chart(kind, entries(kind, numbers));
            assert_eq!(chart.points.len(), numbers.len());
            assert!(!chart.has_signal(), "{kind:?} of {numbers:?}");
            whole(&chart);
        }
    }
}

#[test]
fn without_points_there_is_no_centre() {
    for kind in KINDS {
        let empty = chart(kind, Vec::new());
        assert_eq!(empty.phases.len(), 1);
        assert_eq!(empty.phases[0].centre, None);
        assert!(empty.words().description.contains("without points"));
    }
}

#[test]
fn one_point_has_limits_only_where_counting_gives_them() {
    for kind in KINDS {
        let one = chart(kind, entries(kind, &[7.0]));
        let expected = matches!(kind, Kind::P | Kind::U | Kind::C | Kind::G);
        assert_eq!(one.points[0].upper.is_some(), expected, "{kind:?}");
    }
}

#[test]
fn constant_values_are_no_signal() {
    for kind in KINDS {
        for number in [0.1, 0.3, 1.1, 50.0] {
            let chart = chart(kind, entries(kind, &[number; 40]));
            let outside: Vec<_> = chart.points.iter().filter(|point| point.outside.is_some()).collect();
            assert!(outside.is_empty(), "{kind:?} of {number}: {outside:?}");
            assert_eq!(chart.phases[0].runs.useful, 0, "{kind:?} of {number}: all are on the centre line");
            whole(&chart);
        }
    }
}

#[test]
fn all_excluded_leaves_no_lines() {
    for kind in KINDS {
        let mut entries = entries(kind, &[3.0, 4.0, 5.0, 30.0]);
        entries.iter_mut().for_each(|entry| entry.excluded = true);
        let chart = chart(kind, entries);
        assert_eq!((chart.phases[0].centre, chart.phases[0].observations), (None, 0), "{kind:?}");
        whole(&chart);
    }
}

#[test]
fn excluded_points_shape_nothing_and_still_signal() {
    let mut numbers = vec![10.0, 12.0, 9.0, 11.0, 10.0, 8.0, 12.0, 10.0];
    let before = chart(Kind::C, entries(Kind::C, &numbers));
    numbers.push(90.0);
    let mut entries = entries(Kind::C, &numbers);
    entries[8].excluded = true;
    let after = chart(Kind::C, entries);
    assert_eq!(before.phases[0].centre, after.phases[0].centre);
    assert_eq!(before.phases[0].runs, after.phases[0].runs);
    assert_eq!(after.points[8].outside, Some(Outside::Above));
    assert!(after.words().signals[0].contains("excluded"), "{:?}", after.words().signals);
}

#[test]
fn masked_points_are_in_no_line_and_never_zero() {
    let numbers = [10.0, 12.0, 9.0, 11.0, 10.0, 8.0, 12.0, 10.0];
    for kind in KINDS {
        let plain = chart(kind, entries(kind, &numbers));
        let mut entries = entries(kind, &numbers);
        entries.push(Entry::new("9", Value::Masked { low: 0.02, high: Some(0.18) }));
        entries.push(Entry::new("10", Value::Masked { low: 0.02, high: None }));
        let masked = chart(kind, entries);
        assert_eq!(plain.phases[0].centre, masked.phases[0].centre, "{kind:?}");
        assert_eq!(plain.phases[0].runs, masked.phases[0].runs, "{kind:?}");
        let limits = |chart: &Chart| (chart.points[7].lower, chart.points[7].upper);
        assert_eq!(limits(&plain), limits(&masked), "{kind:?}");
        for point in &masked.points[8..] {
            assert_eq!((point.value(), point.outside), (None, None), "{kind:?}");
        }
        if kind == Kind::Mr {
            assert_eq!(masked.points[8].shown, Shown::Missing);
        } else {
            assert_eq!(masked.points[8].shown, Shown::Masked { low: 0.02, high: Some(0.18) });
            assert!(masked.words().description.contains("Masked"), "{kind:?}");
        }
        whole(&masked);
    }
}

#[test]
fn only_masked_and_missing_points_make_no_lines() {
    for kind in KINDS {
        let masked = Entry::new("a", Value::Masked { low: 0.0, high: None });
        let chart = chart(kind, vec![masked.clone(), Entry::new("b", Value::Missing), masked]);
        assert_eq!(chart.phases[0].centre, None);
        assert_eq!(chart.phases[0].runs.useful, 0);
        whole(&chart);
    }
}

#[test]
fn moving_ranges_do_not_bridge_masked_points() {
    let with = |middle| {
        let mut entries = entries(Kind::I, &[10.0, 12.0, 0.0, 40.0, 42.0]);
        entries[2].value = middle;
        chart(Kind::I, entries)
    };
    let chart = with(Value::Masked { low: 1.0, high: Some(9.0) });
    // Ranges 2 and 2; 28 from 12 to 40 would be a third one.
    let (centre, upper) = (chart.phases[0].centre.unwrap(), chart.points[0].upper.unwrap());
    assert!((upper - centre - 3.0 * 2.0 / 1.128).abs() < 1e-12, "{upper}");
    assert_eq!(chart.points, {
        let mut missing = with(Value::Missing).points;
        missing[2].shown = Shown::Masked { low: 1.0, high: Some(9.0) };
        missing
    });
}

#[test]
fn one_far_jump_does_not_widen_the_limits_by_itself() {
    let mut numbers = [10.0, 12.0].repeat(10);
    numbers[13] = 60.0;
    let chart = chart(Kind::I, entries(Kind::I, &numbers));
    let (centre, upper) = (chart.phases[0].centre.unwrap(), chart.points[0].upper.unwrap());
    // 17 ranges of 2 count; two of 50 are above 3.267 times the mean of all.
    assert!((upper - centre - 3.0 * 2.0 / 1.128).abs() < 1e-12, "{upper}");
    assert_eq!(chart.points[13].outside, Some(Outside::Above));
}

#[test]
fn limits_of_rates_are_widened_by_what_they_vary_more_than_counting_does() {
    // The middle is 320 / 250; the standardised values are -1, 3, -6 and 0.5
    // over 2 √2, so that their mean moving range is 6.5 over 2 √2.
    let counted = [(30.0, 25.0), (140.0, 100.0), (20.0, 25.0), (130.0, 100.0)];
    let entries = counted.map(|(events, exposure)| Entry::ratio("a", events, exposure));
    let chart = chart(Kind::UPrime, entries.to_vec());
    let (narrow, wide) = (0.78 / 1.128, 1.56 / 1.128);
    for (at, expected) in [(0, (0.0, 1.28 + wide)), (1, (1.28 - narrow, 1.28 + narrow))] {
        let point = &chart.points[at];
        let (lower, upper) = (point.lower.unwrap(), point.upper.unwrap());
        let far = (lower - expected.0).abs().max((upper - expected.1).abs());
        assert!(far < 1e-12, "{at}: {lower} to {upper}, expected {expected:?}");
        assert_eq!((point.lower, point.upper), (chart.points[at + 2].lower, chart.points[at + 2].upper));
    }
    assert!((chart.phases[0].centre.unwrap() - 1.28).abs() < 1e-12);
}

#[test]
fn a_denominator_of_zero_gives_no_value() {
    for kind in [Kind::P, Kind::PPrime, Kind::U, Kind::UPrime] {
        let all = vec![Entry::ratio("1", 0.0, 0.0), Entry::ratio("2", 0.0, 0.0)];
        let empty = chart(kind, all.clone());
        assert_eq!((empty.points[0].shown, empty.phases[0].centre), (Shown::Missing, None));
        whole(&empty);
        let mixed =
            chart(kind, [all, vec![Entry::ratio("3", 4.0, 8.0), Entry::ratio("4", 2.0, 8.0)]].concat());
        assert_eq!(mixed.phases[0].centre, Some(0.375), "{kind:?}");
        whole(&mixed);
    }
}

#[test]
fn each_phase_has_its_own_lines() {
    let mut input = Input::new("Phases", entries(Kind::C, &[5.0, 7.0, 20.0, 40.0, 42.0, 44.0]));
    input.splits = vec![2, 3];
    let chart = Chart::new(Kind::C, input).unwrap();
    let centres: Vec<_> = chart.phases.iter().map(|phase| phase.centre).collect();
    assert_eq!(centres, [Some(6.0), Some(20.0), Some(42.0)]);
    assert_eq!(chart.points.iter().map(|point| point.phase).collect::<Vec<_>>(), [0, 0, 1, 2, 2, 2]);
    whole(&chart);
    for kind in KINDS {
        let mut input = Input::new("Short", entries(kind, &[5.0, 7.0, 20.0]));
        input.splits = vec![1, 2];
        whole(&Chart::new(kind, input).unwrap());
    }
}

#[test]
fn runs_do_not_pass_from_phase_to_phase() {
    let numbers: Vec<f64> = (0..24).map(|at| if at < 12 { 5.0 } else { 9.0 } + f64::from(at % 3)).collect();
    let whole = chart(Kind::Run, entries(Kind::Run, &numbers));
    assert!(whole.phases[0].runs.long_run, "{:?}", whole.phases[0]);
    let mut input = Input::new("Split", entries(Kind::Run, &numbers));
    input.splits = vec![12];
    let split = Chart::new(Kind::Run, input).unwrap();
    assert!(!split.has_signal(), "{:?}", split.phases);
}

#[test]
fn a_baseline_makes_the_lines_of_later_points() {
    let numbers = [10.0, 12.0, 10.0, 12.0, 30.0, 31.0, 32.0, 33.0];
    let mut input = Input::new("Frozen", entries(Kind::I, &numbers));
    input.freeze = Some(4);
    let chart = Chart::new(Kind::I, input.clone()).unwrap();
    assert_eq!(chart.phases[0].centre, Some(11.0));
    assert!(chart.points[4..].iter().all(|point| point.outside == Some(Outside::Above) && !point.baseline));
    // A later phase makes its own.
    input.splits = vec![6];
    let chart = Chart::new(Kind::I, input).unwrap();
    assert_eq!(chart.phases[1].centre, Some(32.5));
}

#[test]
fn the_last_of_equally_long_runs_is_told() {
    let numbers = [1.0, 1.0, 9.0, 9.0, 1.0, 9.0];
    let runs = chart(Kind::Run, entries(Kind::Run, &numbers)).phases[0].runs;
    assert_eq!((runs.longest_run, runs.run, runs.run_above), (2, Some((2, 3)), true));
    assert_eq!((runs.useful, runs.crossings), (6, 3));
}

#[test]
fn what_is_wrong_is_refused() {
    let number = |number| Chart::new(Kind::Run, Input::new("", vec![Entry::number("x", number)]));
    for odd in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 2.0 * MAX_NUMBER, -2.0 * MAX_NUMBER] {
        assert!(matches!(number(odd), Err(ChartError::Number { .. })), "{odd}");
        let ratio = Input::new("", vec![Entry::ratio("x", 1.0, odd)]);
        assert!(matches!(Chart::new(Kind::U, ratio), Err(ChartError::Number { .. })), "over {odd}");
    }
    let refused = |kind, value| Chart::new(kind, Input::new("", vec![Entry::new("x", value)])).unwrap_err();
    let over = |numerator, denominator| Value::Count { numerator, denominator };
    assert!(matches!(refused(Kind::P, over(9.0, Some(8.0))), ChartError::Number { .. }));
    assert!(matches!(refused(Kind::U, over(9.0, Some(1e-12))), ChartError::Number { .. }));
    assert!(matches!(refused(Kind::P, over(9.0, None)), ChartError::NoDenominator { .. }));
    assert!(matches!(refused(Kind::U, Value::Measured(0.5)), ChartError::NoDenominator { .. }));
    assert!(matches!(refused(Kind::C, over(9.0, Some(8.0))), ChartError::Denominator { .. }));
    assert!(matches!(refused(Kind::G, Value::Measured(-1.0)), ChartError::Number { .. }));
    let masked = |low, high| Value::Masked { low, high };
    assert!(matches!(refused(Kind::C, masked(5.0, Some(4.0))), ChartError::Interval { .. }));
    assert!(matches!(refused(Kind::P, masked(0.5, Some(1.5))), ChartError::Number { .. }));
    assert!(matches!(refused(Kind::C, masked(f64::NAN, None)), ChartError::Number { .. }));
}

#[test]
fn places_outside_of_the_chart_are_refused() {
    let with = |change: fn(&mut Input)| {
        let mut input = Input::new("", entries(Kind::Run, &[1.0, 2.0, 3.0]));
        change(&mut input);
        Chart::new(Kind::Run, input)
    };
    assert!(with(|_| {}).is_ok());
    let splits = [vec![0], vec![3], vec![2, 2], vec![2, 1]];
    for wrong in splits {
        let mut input = Input::new("", entries(Kind::Run, &[1.0, 2.0, 3.0]));
        input.splits = wrong.clone();
        assert!(matches!(Chart::new(Kind::Run, input), Err(ChartError::Split { .. })), "{wrong:?}");
    }
    assert!(matches!(with(|i| i.freeze = Some(0)), Err(ChartError::Freeze { .. })));
    assert!(matches!(with(|i| i.freeze = Some(4)), Err(ChartError::Freeze { .. })));
    assert!(matches!(with(|i| i.multiplier = 0.0), Err(ChartError::Number { .. })));
    assert!(matches!(with(|i| i.multiplier = f64::NAN), Err(ChartError::Number { .. })));
    assert!(matches!(with(|i| i.target = Some(f64::INFINITY)), Err(ChartError::Number { .. })));
    let note = |i: &mut Input| i.annotations.push(Annotation { point: 3, text: String::new() });
    assert!(matches!(with(note), Err(ChartError::Annotation { point: 4, points: 3 })));
}

#[test]
fn too_much_is_refused_and_as_much_as_allowed_is_not() {
    let many = |count| Chart::new(Kind::I, Input::new("Many", entries(Kind::I, &vec![3.5; count])));
    assert!(matches!(many(MAX_POINTS + 1), Err(ChartError::TooMany { what: "points", .. })));
    whole(&many(MAX_POINTS).unwrap());
    let notes = vec![Annotation { point: 0, text: "x".into() }; 101];
    let input = Input { annotations: notes, ..Input::new("", entries(Kind::I, &[1.0])) };
    assert!(matches!(Chart::new(Kind::I, input), Err(ChartError::TooMany { what: "annotations", .. })));
}

#[test]
fn extreme_numbers_make_a_whole_chart() {
    for kind in KINDS {
        for multiplier in [1e-9, 1.0, 1e9] {
            let one = value(kind, 1.0, if kind.is_ratio() { MAX_NUMBER } else { 1.0 });
            let high = value(kind, MAX_NUMBER, MAX_NUMBER);
            let entries = vec![Entry::new("a", one), Entry::new("b", high), Entry::new("c", one)];
            whole(&Chart::new(kind, Input { multiplier, ..Input::new("Far", entries) }).unwrap());
        }
    }
}

#[test]
fn words_name_the_better_side() {
    let mut numbers = vec![10.0, 12.0, 9.0, 11.0, 10.0, 8.0, 12.0, 10.0, 11.0, 9.0, 10.0, 12.0];
    numbers.push(80.0);
    let told = |direction| {
        let input = Input { direction, ..Input::new("Falls", entries(Kind::C, &numbers)) };
        Chart::new(Kind::C, input).unwrap().words().signals[0].clone()
    };
    assert!(
        told(Direction::Lower).contains("13 (80) lies above the upper limit"),
        "{}",
        told(Direction::Lower)
    );
    assert!(told(Direction::Lower).contains("unusually bad"));
    assert!(told(Direction::Higher).contains("unusually good"));
    assert!(!told(Direction::None).contains("unusually"));
}

#[test]
fn words_explain_runs() {
    let numbers: Vec<f64> = (0..24).map(|at| f64::from(at % 2) + if at < 12 { 5.0 } else { 9.0 }).collect();
    let words = chart(Kind::Run, entries(Kind::Run, &numbers)).words();
    let expected = "12 points in a row on one side of the centre line (above it, 13 to 24); more than 8 is unusual \
                    for 24 points.";
    assert!(words.signals[0].starts_with(expected), "{:?}", words.signals);
    assert!(words.signals[1].starts_with("The points cross the centre line only 1 time; fewer than 8"));
    assert_eq!(
        words.summary,
        "Signals: 12 in a row on one side (usual: up to 8); 1 crossing (usual: 8 or more)"
    );
}

#[test]
fn the_description_tells_everything() {
    let mut entries = entries(Kind::P, &[20.0, 22.0, 19.0, 21.0, 24.0]);
    entries[1].excluded = true;
    entries[3].value = Value::Missing;
    entries[4].value = Value::Masked { low: 0.02, high: Some(0.18) };
    let mut input = Input::new("Remission", entries).in_percent();
    input.axis = "patients in remission".into();
    input.target = Some(0.6);
    input.direction = Direction::Higher;
    input.annotations = vec![Annotation { point: 2, text: "New clinic.".into() }];
    let told = Chart::new(Kind::P, input).unwrap().words().description;
    let expected = [
        "Remission. A p chart of patients in remission, 5 points, 1 to 5.",
        "Centre line 39 %, limits",
        "provisional, because only 2 values made them",
        "Higher is better; the target is 60 %.",
        "The last point, 5, is masked, between 2 % and 18 %.",
        "No signal, but 2 useful points are too few",
        "Masked, with no part in lines and runs: 5 between 2 % and 18 %.",
        "Without a value: 4.",
        "Excluded from lines and runs: 2.",
        "Note 1 at 3: New clinic.",
    ];
    for part in expected {
        assert!(told.contains(part), "{part:?} is missing in: {told}");
    }
}

#[test]
fn the_json_says_what_is_masked() {
    let entries = vec![
        Entry::ratio("2026-01", 20.0, 50.0),
        Entry::new("2026-02", Value::Masked { low: 0.02, high: None }),
        Entry::new("2026-03", Value::Missing),
    ];
    let json = serde_json::to_value(chart(Kind::PPrime, entries)).unwrap();
    assert_eq!(json["kind"], "p-prime");
    let point = |at: usize, field: &str| json["points"][at][field].clone();
    assert_eq!((point(0, "state"), point(0, "value")), ("value".into(), 0.4.into()));
    assert_eq!((point(1, "state"), point(1, "low")), ("masked".into(), 0.02.into()));
    assert_eq!(point(1, "high"), serde_json::Value::Null);
    assert!(json["points"][1].get("value").is_none(), "{json}");
    assert_eq!(point(2, "state"), "missing");
    assert_eq!(json["phases"][0]["longest_run_max"], 0);
}

#[test]
fn small_multiples_share_labels_and_unit() {
    let panel = |name: &str, labels: &[&str], percent: bool| {
        let entries = labels.iter().map(|label| Entry::ratio(*label, 3.0, 9.0)).collect();
        let input = Input::new(name, entries);
        let input = if percent { input.in_percent() } else { input };
        Panel { name: name.into(), chart: Chart::new(Kind::P, input).unwrap() }
    };
    let first = panel("A", &["1", "2"], true);
    let with = |second: Panel| Multiples::new("All", None, vec![first.clone(), second]);
    assert!(with(panel("B", &["1", "2"], true)).is_ok());
    assert!(matches!(with(panel("B", &["1", "3"], true)), Err(ChartError::Panel { panel }) if panel == "B"));
    assert!(with(panel("B", &["1"], true)).is_err());
    assert!(with(panel("B", &["1", "2"], false)).is_err());
    let network = Some(panel("", &["2", "1"], true).chart);
    assert!(Multiples::new("All", network, vec![first.clone()]).is_err());
    assert!(matches!(
        Multiples::new("All", None, vec![first; 401]),
        Err(ChartError::TooMany { what: "panels", .. })
    ));
}

#[test]
fn kinds_have_one_code_everywhere() {
    for kind in KINDS {
        assert_eq!(Kind::of_code(kind.code()), Some(kind));
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.code());
    }
    assert_eq!(Kind::of_code("xbar"), None);
}
