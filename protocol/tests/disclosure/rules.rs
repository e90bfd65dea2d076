//! Each rule with what it lets pass and what it refuses. The threshold is 10.

use crate::kit::{Measure, Site, verdict};
use commons_protocol::disclosure::Fault;
use commons_protocol::measure::MeasureKind;

/// One table as the first thing that is said.
fn first(measure: &Measure, cells: &str) -> Option<&'static str> {
    verdict(&[(measure, cells)]).err().map(Fault::code)
}

fn check(measure: &Measure, cases: &[(&str, Option<&str>)]) {
    for (cells, expected) in cases {
        assert_eq!(first(measure, cells), *expected, "{} {cells}", measure.definition.kind);
    }
}

/// What is said first, what then, and what becomes of that.
fn check_next(measure: &Measure, cases: &[(&str, &str, Option<&str>)]) {
    for (before, after, expected) in cases {
        let fault = verdict(&[(measure, before), (measure, after)]).err().map(Fault::code);
        assert_eq!(fault, *expected, "{before} and then {after}");
    }
}

fn wards() -> Measure {
    Measure::proportion(1).by("ward", &["a", "b", "c"])
}

fn cases() -> Measure {
    Measure::count(1).by("ward", &["a", "b", "c"])
}

const SMALL: Option<&str> = Some("small-count");
const HALF: Option<&str> = Some("half-masked");
const CHANGE: Option<&str> = Some("small-change");
const OPEN: Option<&str> = Some("recoverable");

#[test]
fn small_counts_are_masked() {
    let proportion = Measure::proportion(1);
    check(
        &proportion,
        &[
            ("all 11/100", None),
            ("all 10/100", SMALL),
            ("all 1/100", SMALL),
            ("all 0/100", None),
            ("all 100/100", None),
            ("all 99/100", SMALL),
            ("all 90/100", SMALL),
            ("all 89/100", None),
            ("all 0/0", None),
            ("all 0/10", SMALL),
            ("all 11/11", None),
            ("all 0/11", None),
            ("all */100", None),
            ("all */11", None),
            ("all */*", None),
            ("all 30/100x0", None),
            ("all 30/100x10", SMALL),
            ("all 30/100x11", None),
            ("all 30/100x*", None),
        ],
    );
    check(&Measure::count(1), &[("all 10", SMALL), ("all 11", None), ("all 0", None), ("all *", None)]);
    // More events than exposure: nothing is left over.
    check(
        &Measure::rate(1),
        &[("all 30/20", None), ("all 30/35", None), ("all 10/500", SMALL), ("all 11/5", SMALL)],
    );
    let between = Measure::new(1, MeasureKind::Between);
    check(&between, &[("all 12/700", None), ("all 3/700", SMALL), ("all 12/7", SMALL)]);
    // A sum of minutes is no count of people; how many people it is of, is.
    let sum = Measure::new(1, MeasureKind::Continuous);
    check(&sum, &[("all 3/700", None), ("all 30/7", SMALL), ("all 0/0", None)]);
}

#[test]
fn the_stricter_threshold_counts() {
    let own = Measure::count(1).masking_to(20);
    check(&own, &[("all 20", SMALL), ("all 21", None)]);
    check(&Measure::count(1).masking_to(5), &[("all 10", SMALL), ("all 11", None)]);
    check(&Measure::count(1).under(30), &[("all 30", SMALL), ("all 31", None)]);
    check(&own.under(15), &[("all 20", SMALL), ("all 21", None)]);
}

#[test]
fn a_threshold_that_rises_counts_from_then_on() {
    let (loose, strict) = (Measure::count(1), Measure::count(1).next(|one| one.masking_to(20)));
    assert_eq!(verdict(&[(&loose, "all 15"), (&strict, "all 15")]), Err(Fault::Small));
    assert_eq!(verdict(&[(&loose, "all 15"), (&strict, "all *")]), Ok(()));
    assert_eq!(verdict(&[(&loose, "all 100"), (&strict, "all 115")]), Err(Fault::SmallChange));
    assert_eq!(verdict(&[(&loose, "all 100"), (&strict, "all 121")]), Ok(()));
}

#[test]
fn a_masked_denominator_masks_its_cell() {
    check(
        &Measure::proportion(1),
        &[("all 30/*", HALF), ("all 0/*", HALF), ("all */*", None), ("all */0", HALF)],
    );
    check(&Measure::rate(1), &[("all 30/*", HALF), ("all */*", None), ("all */0", HALF)]);
}

#[test]
fn extremes_are_masked_where_they_say_something() {
    let extreme = Some("sensitive-extreme");
    check(
        &Measure::proportion(1).sensitive(),
        &[("all 0/100", extreme), ("all 100/100", extreme), ("all 0/0", None), ("all 50/100", None)],
    );
    check(&Measure::rate(1).sensitive(), &[("all 0/100", extreme), ("all 100/100", None)]);
    check(&Measure::new(1, MeasureKind::Continuous).sensitive(), &[("all 0/100", None)]);
}

#[test]
fn a_cell_has_the_numbers_of_its_measure() {
    let wrong = Some("wrong-numbers");
    check(&Measure::proportion(1), &[("all 30", wrong)]);
    check(&Measure::count(1), &[("all 30/100", wrong)]);
    check(&wards(), &[("all 30/100x20, ward:a 30/100", wrong), ("all 60/100x20, ward:a 60/100x20", None)]);
}

#[test]
fn numbers_go_together() {
    let contradiction = Some("inconsistent");
    check(&Measure::proportion(1), &[("all 120/100", contradiction), ("all 20/0", contradiction)]);
    check(&Measure::rate(1), &[("all 120/100", None), ("all 20/0", contradiction)]);
    check(
        &wards(),
        &[
            ("all 60/100, ward:a 30/50, ward:b 30/50", None),
            ("all 60/100, ward:a 30/50, ward:b 31/50", contradiction),
            ("all 60/100, ward:a 30/50", contradiction),
            ("all 60/100, ward:a 80/120, ward:b */*", contradiction),
        ],
    );
}

#[test]
fn periods_lie_on_the_grid() {
    let mut site = Site::default();
    assert_eq!(site.say(&cases(), "2026-Q1", "all 50"), Err(Fault::OffGrid));
    assert_eq!(site.say(&cases(), "2026-02", "all 50"), Ok(()));
    let quarterly = cases().next(Measure::quarterly);
    assert_eq!(site.say(&quarterly, "2026-Q1", "all 150"), Err(Fault::OtherDefinition));
    let other = Measure::count(2).of("falls", "").quarterly();
    assert_eq!(site.say(&Measure::count(3).of("falls", ""), "2026-02", "all 50"), Ok(()));
    assert_eq!(site.say(&other, "2026-Q1", "all 150"), Err(Fault::OtherDefinition));
}

#[test]
fn strata_are_declared_and_in_order() {
    let unknown = Some("unknown-stratum");
    let order = Some("not-in-order");
    check(
        &cases(),
        &[("ward:b 50, ward:a 50", order), ("ward:a 50, ward:a 50", order), ("ward:a 50, ward:b 50", None)],
    );
    for cells in ["7:0 50", "0:3 50", "0:255 50"] {
        assert_eq!(first(&cases(), cells), unknown, "{cells}");
    }
    let twice = vec![cases().says("2026-01", "all 50"), cases().says("2026-01", "all 90")];
    assert_eq!(Site::default().submit(twice), Err(Fault::Order));
}

#[test]
fn corrections_are_large_or_none() {
    check_next(
        &Measure::proportion(1),
        &[
            ("all 50/200", "all 50/200", None),
            ("all 50/200", "all 51/200", CHANGE),
            ("all 50/200", "all 60/200", CHANGE),
            ("all 50/200", "all 61/200", None),
            ("all 50/200", "all 39/200", None),
            ("all 50/200", "all 40/200", CHANGE),
            ("all 50/200", "all 50/210", CHANGE),
            ("all 50/200", "all 50/211", None),
            // Both change by 20, and what is left over by nothing.
            ("all 50/200", "all 70/220", None),
            // By 11 and 14: what is left over changes by 3.
            ("all 50/200", "all 61/214", CHANGE),
            ("all 50/200x20", "all 50/200x25", CHANGE),
            ("all 50/200x20", "all 50/200x31", None),
            ("all 50/200", "all */200", None),
            ("all 50/200", "all */*", None),
            ("all 50/200", "", None),
        ],
    );
}

#[test]
fn a_correction_is_against_what_was_told_last_however_long_ago() {
    for between in ["all *", ""] {
        let measure = Measure::count(1);
        let told = |last| verdict(&[(&measure, "all 50"), (&measure, between), (&measure, last)]);
        assert_eq!(told("all 53"), Err(Fault::SmallChange), "behind \"{between}\"");
        assert_eq!(told("all 50"), Ok(()), "behind \"{between}\"");
        assert_eq!(told("all 61"), Ok(()), "behind \"{between}\"");
    }
}

#[test]
fn what_is_hidden_does_not_change_a_little_as_a_whole() {
    check_next(
        &cases(),
        &[
            ("all 100, ward:a *, ward:b *, ward:c 20", "all 120, ward:a *, ward:b *, ward:c 37", CHANGE),
            ("all 100, ward:a *, ward:b *, ward:c 20", "all 120, ward:a *, ward:b *, ward:c 40", None),
            ("all 100, ward:a *, ward:b *, ward:c 20", "all 140, ward:a *, ward:b *, ward:c 40", None),
        ],
    );
}

#[test]
fn no_masked_number_is_the_rest_of_a_sum() {
    check(
        &cases(),
        &[
            ("all 100, ward:a *, ward:b 60, ward:c 40", OPEN),
            ("all 100, ward:a *, ward:b 60, ward:c 35", OPEN),
            ("all 100, ward:a *, ward:b *, ward:c 35", None),
            ("ward:a *, ward:b 60, ward:c 35", None),
            ("all *, ward:a *, ward:b 60, ward:c 35", None),
            ("all *, ward:a 20, ward:b 60, ward:c 35", OPEN),
            // Two hidden ones are 9 together, or 8: 10 and 9 integers each.
            ("all 100, ward:a *, ward:b *, ward:c 91", None),
            ("all 100, ward:a *, ward:b *, ward:c 92", OPEN),
            ("all 100, ward:a *, ward:b *, ward:c 100", OPEN),
            // One that isn't listed has nobody in it.
            ("all 100, ward:a *, ward:b 60", OPEN),
            ("all 100, ward:a *, ward:b *", None),
        ],
    );
}

#[test]
fn two_masks_in_every_sum_may_not_be_enough() {
    // Numerators of two wards and what they leave over: a two-way table. Ward a
    // has 30 people of whom 15 at least, and at most 18, are in the numerator.
    check(&wards(), &[("all 65/100, ward:a */18, ward:b */82", None)]);
    check(&wards(), &[("all 88/100, ward:a */18, ward:b */82", None)]);
    check(&wards(), &[("all 50/100, ward:a */*, ward:b */*", None)]);
    // Of 11 in ward a none to 11: 12 integers.
    check(&wards(), &[("all 50/100, ward:a */11, ward:b */89", None)]);
    let by_two = Measure::proportion(1).by("sex", &["f", "m"]).by("ward", &["a", "b"]);
    check(&by_two, &[("all 50/100, sex:f */50, sex:m 30/50, ward:a */40, ward:b */60", OPEN)]);
    check(&by_two, &[("all 50/100, sex:f */50, sex:m */50, ward:a */40, ward:b */60", None)]);
    check(&by_two, &[("sex:f */50, sex:m 30/50, ward:a 25/60, ward:b 25/40", OPEN)]);
}

#[test]
fn excluded_people_are_counted_like_others() {
    check(
        &wards(),
        &[
            ("all 60/100x30, ward:a 30/50x*, ward:b 30/50x20", OPEN),
            ("all 60/100x30, ward:a 30/50x*, ward:b 30/50x*", None),
            ("all 60/100x*, ward:a 30/50x*, ward:b 30/50x20", None),
        ],
    );
}

#[test]
fn earlier_tables_give_nothing_away() {
    check_next(
        &cases(),
        &[
            ("all 100", "ward:a *, ward:b 97", OPEN),
            ("all 100", "all *, ward:a *, ward:b 97", OPEN),
            (
                "all 100, ward:a *, ward:b *, ward:c 40",
                "all 100, ward:a *, ward:b 57, ward:c 40",
                Some("was-masked"),
            ),
            (
                "all 100, ward:a *, ward:b *, ward:c 40",
                "all *, ward:a *, ward:b 57, ward:c *",
                Some("was-masked"),
            ),
            ("all *, ward:a *, ward:b *", "all 100, ward:a 40, ward:b 60", None),
            ("all 100, ward:a 40, ward:b 60", "all 100, ward:a *, ward:b *", None),
            ("all 100, ward:a *, ward:b *", "", None),
        ],
    );
    let again = verdict(&[
        (&cases(), "all 100, ward:a *, ward:b *"),
        (&cases(), ""),
        (&cases(), "all *, ward:a 97, ward:b *"),
    ]);
    assert!(again.is_err(), "a withdrawal makes nothing unsaid");
}

#[test]
fn another_measure_of_the_same_quantity_gives_nothing_away() {
    let (one, two) = (
        Measure::rate(1).by("ward", &["a", "b"]).of("falls", "days"),
        Measure::rate(2).by("ward", &["a", "b"]).of("falls", "stays"),
    );
    let masked = "all 30/1000, ward:a */400, ward:b */600";
    assert_eq!(verdict(&[(&one, masked), (&two, "all 30/200, ward:a */90, ward:b */110")]), Ok(()));
    assert_eq!(
        verdict(&[(&one, masked), (&two, "all 30/200, ward:a 27/90, ward:b */110")]),
        Err(Fault::Recoverable)
    );
    assert_eq!(verdict(&[(&one, masked), (&two, "all 50/200")]), Err(Fault::Inconsistent));
    assert_eq!(verdict(&[(&one, masked), (&two, "all 33/200")]), Err(Fault::SmallChange));
}

#[test]
fn two_kinds_of_split_are_one_table() {
    let crossed = Measure::count(1).by("sex", &["f", "m"]).by("ward", &["a", "b"]);
    check(
        &crossed,
        &[
            ("sex:f *, sex:m *, ward:a 40, ward:b 60", None),
            ("sex:f *, sex:m 97, ward:a 40, ward:b 60", OPEN),
            ("all *, sex:f 40, sex:m 60, ward:a *, ward:b *", OPEN),
        ],
    );
}

#[test]
fn the_largest_numbers_are_judged_too() {
    let largest = commons_protocol::series::LARGEST;
    let cells = format!("all {}/{largest}, ward:a */*, ward:b */*, ward:c */*", largest / 2);
    check(&wards(), &[(&cells, None)]);
    let cells = format!("all {largest}, ward:a {}, ward:b *, ward:c *", largest - 9);
    check(&cases(), &[(&cells, None)]);
    let cells = format!("all {largest}, ward:a {}, ward:b *, ward:c *", largest - 8);
    check(&cases(), &[(&cells, OPEN)]);
}

#[test]
fn too_many_strata_are_refused() {
    let names: Vec<String> = (0..100).map(|one| format!("s{one:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let wide = Measure::count(1).by("one", &names).by("three", &names).by("two", &names);
    check(
        &wide,
        &[("one:s00 50, two:s00 50", None), ("one:s00 50, three:s00 50, two:s00 50", Some("too-complex"))],
    );
}

#[test]
fn a_withdrawal_is_always_accepted() {
    let mut site = Site::default();
    for round in 0..80_u64 {
        let cells = format!("all {}, ward:a *, ward:b *", 1_000 + 100 * round);
        if let Err(fault) = site.say(&cases(), "2026-01", &cells) {
            assert_eq!(fault, Fault::TooComplex, "round {round}");
        }
        assert_eq!(site.say(&cases(), "2026-01", ""), Ok(()), "round {round}");
    }
}

#[test]
fn plain_corrections_never_end() {
    let (one, two) = (Measure::rate(1).of("", "days"), Measure::rate(2).of("", "days"));
    let mut site = Site::default();
    for round in 0..200_u64 {
        let cells = format!("all 60/{}", 1_000 + 100 * round);
        let both = vec![one.says("2026-01", &cells), two.says("2026-01", &cells)];
        assert_eq!(site.submit(both), Ok(()), "round {round}");
    }
}

#[test]
fn tables_are_judged_whole() {
    let mut site = Site::default();
    let before = site.account.clone();
    let reported =
        vec![Measure::count(1).says("2026-01", "all 50"), Measure::count(2).says("2026-01", "all 5")];
    assert_eq!(site.submit(reported), Err(Fault::Small));
    assert_eq!(site.account, before, "nothing of it is taken");
}
