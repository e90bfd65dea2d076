//! Sequences of reports that would let somebody work out what is masked.

use crate::kit::{Measure, Site, verdict};
use commons_protocol::disclosure::Fault;
use commons_protocol::measure::MeasureKind;

/// A proportion by wards.
fn wards() -> Measure {
    Measure::proportion(1).by("ward", &["a", "b", "c"])
}

/// Events per exposure: nothing ties the two together.
fn events() -> Measure {
    Measure::rate(1).by("ward", &["a", "b", "c"])
}

fn cases_by(stratifier: &str, strata: &[&str]) -> Measure {
    Measure::count(1).by(stratifier, strata)
}

fn cases() -> Measure {
    Measure::count(1).by("ward", &["a", "b", "c"])
}

#[test]
fn denominators_that_changed_do_not_make_numerators_forgotten() {
    // Exposures were 1000 and are 1500. The events are what they were: 60, of
    // which ward a has 57, so that b has 3.
    let told = verdict(&[
        (&events(), "all 60/1000, ward:a */*, ward:b */*"),
        (&events(), "all */1500, ward:a 57/700, ward:b */800"),
    ]);
    assert_eq!(told, Err(Fault::WasMasked));
}

#[test]
fn denominators_of_a_proportion_that_changed_do_not_make_numerators_forgotten() {
    let told = verdict(&[
        (&wards(), "all 60/1000, ward:a */*, ward:b */*"),
        (&wards(), "all */1500, ward:a 57/700, ward:b */800"),
    ]);
    assert_eq!(told, Err(Fault::WasMasked));
}

#[test]
fn what_changed_in_one_measure_does_not_make_another_forgotten() {
    let (deaths, falls) = (
        Measure::rate(1).by("ward", &["a", "b"]).of("", "days"),
        Measure::rate(2).by("ward", &["a", "b"]).of("", "days"),
    );
    let mut site = Site::default();
    let all = vec![
        deaths.says("2026-01", "all 60/1000, ward:a */*, ward:b */*"),
        falls.says("2026-01", "all 90/1000, ward:a */*, ward:b */*"),
    ];
    site.submit(all).expect("both are masked");
    // The days were corrected; both measures begin again.
    let all = vec![
        deaths.says("2026-01", "all */1500, ward:a */*, ward:b */*"),
        falls.says("2026-01", "all 90/1500, ward:a */*, ward:b */*"),
    ];
    site.submit(all).expect("larger days, and still masked");
    assert_eq!(
        site.say(&deaths, "2026-01", "all */1500, ward:a 57/700, ward:b */800"),
        Err(Fault::WasMasked)
    );
}

#[test]
fn a_number_that_is_told_after_a_change_does_not_open_what_was_said_before_it() {
    // a + b + c were 60, and b is 58 now: whoever takes it that only c changed
    // knows that a and c were 2 together.
    let told = verdict(&[
        (&cases(), "all 60, ward:a *, ward:b *, ward:c *"),
        (&cases(), "all 100, ward:a *, ward:b 58, ward:c *"),
    ]);
    assert_eq!(told, Err(Fault::WasMasked));
}

#[test]
fn a_number_that_is_told_two_steps_after_a_change_does_not_open_it_either() {
    let told = verdict(&[
        (&cases(), "all 60, ward:a *, ward:b *, ward:c *"),
        (&cases(), "all 100, ward:a *, ward:b *, ward:c *"),
        (&cases(), "all 100, ward:a *, ward:b 58, ward:c *"),
    ]);
    assert_eq!(told, Err(Fault::WasMasked));
}

#[test]
fn a_total_that_was_withdrawn_is_not_forgotten() {
    let told = verdict(&[
        (&cases(), "all 100"),
        (&cases(), ""),
        (&cases(), "ward:a *, ward:b *"),
        (&cases(), "ward:a *, ward:b 97"),
    ]);
    assert_eq!(told, Err(Fault::Recoverable));
}

#[test]
fn strata_that_were_withdrawn_are_not_forgotten() {
    let both = Measure::count(1).by("sex", &["f", "m"]).by("ward", &["a", "b"]);
    let told = verdict(&[(&both, "ward:a 50, ward:b 50"), (&both, ""), (&both, "sex:f *, sex:m 97")]);
    assert_eq!(told, Err(Fault::Recoverable));
}

#[test]
fn hidden_strata_do_not_change_a_little_behind_a_withdrawal() {
    // All that is hidden was 80 together, and is 83.
    let told = [
        (&cases(), "all 100, ward:a *, ward:b *, ward:c 20"),
        (&cases(), ""),
        (&cases(), "all 120, ward:a *, ward:b *, ward:c 37"),
    ];
    assert_eq!(verdict(&[told[0], told[2]]), Err(Fault::SmallChange), "without the withdrawal");
    assert_eq!(verdict(&told), Err(Fault::SmallChange));
}

#[test]
fn hidden_strata_do_not_change_a_little_behind_a_masked_total() {
    let told = verdict(&[
        (&cases(), "all 100, ward:a *, ward:b *, ward:c 20"),
        (&cases(), "all *, ward:a *, ward:b *, ward:c *"),
        (&cases(), "all 120, ward:a *, ward:b *, ward:c 37"),
    ]);
    assert_eq!(told, Err(Fault::SmallChange));
}

#[test]
fn totals_that_only_add_up_do_not_change_a_little() {
    // 40 + 60 are 100, and 51 + 50 are 101.
    let strata = [(&cases(), "ward:a 40, ward:b 60"), (&cases(), "ward:a 51, ward:b 49, ward:c 0")];
    assert_eq!(verdict(&strata), Ok(()), "the sum is what it was");
    let strata = [(&cases(), "ward:a 40, ward:b 60"), (&cases(), "ward:a 52, ward:b 49")];
    assert_eq!(verdict(&strata), Err(Fault::SmallChange));
    let total = [(&cases(), "ward:a 40, ward:b 60"), (&cases(), "all 103")];
    assert_eq!(verdict(&total), Err(Fault::SmallChange));
}

#[test]
fn a_shared_quantity_does_not_change_a_little_by_way_of_another_measure() {
    let (one, two) = (Measure::rate(1).of("", "days"), Measure::rate(2).of("", "days"));
    let told = verdict(&[(&one, "all 60/1000"), (&two, "all 70/1003")]);
    assert!(told.is_err(), "1000 days and 1003 days are in force at once: {told:?}");
}

#[test]
fn one_number_is_not_told_in_two_ways() {
    let (one, two) = (Measure::rate(1).of("", "days"), Measure::rate(2).of("", "days"));
    let both = vec![one.says("2026-01", "all 60/1000"), two.says("2026-01", "all 70/2000")];
    assert_eq!(Site::default().submit(both), Err(Fault::Inconsistent));
}

#[test]
fn what_a_stricter_measure_masks_no_other_tells() {
    let strict = cases().of("falls", "").masking_to(20);
    let loose = Measure::rate(2).by("ward", &["a", "b"]).of("falls", "days");
    let told = verdict(&[
        (&strict, "all 60, ward:a *, ward:b *"),
        (&loose, "all 60/9000, ward:a 15/4000, ward:b 45/5000"),
    ]);
    assert!(told.is_err(), "15 falls are told, of 1 to 20 that are masked");
}

#[test]
fn a_sum_does_not_tell_a_count_of_the_same_quantity() {
    let count = Measure::count(1).of("falls", "");
    let sum = Measure::new(2, MeasureKind::Continuous).of("falls", "");
    assert!(verdict(&[(&count, "all *"), (&sum, "all 3/1000")]).is_err());
}

#[test]
fn two_calendars_do_not_come_in_one_submission() {
    let (monthly, quarterly) =
        (Measure::count(1).of("falls", ""), Measure::count(2).of("falls", "").quarterly());
    let mut both = monthly.says("2026-01", "all 50");
    both.tables.push(monthly.table("2026-02", "all 50"));
    let told = Site::default().submit(vec![both, quarterly.says("2026-Q1", "all 103")]);
    assert_eq!(told, Err(Fault::OtherDefinition));
    let next = monthly.next(Measure::quarterly);
    let told =
        Site::default().submit(vec![monthly.says("2026-01", "all 50"), next.says("2026-Q1", "all 103")]);
    assert_eq!(told, Err(Fault::OtherDefinition));
}

#[test]
fn a_quantity_named_later_is_still_the_same() {
    let named = cases().next(|measure| measure.of("falls", ""));
    let told = verdict(&[(&cases(), "all 100, ward:a *, ward:b *"), (&named, "all *, ward:a 97, ward:b *")]);
    assert!(told.is_err(), "97 of 100 leave 3");
}

#[test]
fn a_quantity_is_not_both_numerator_and_denominator() {
    let odd = events().of("falls", "falls");
    let told = verdict(&[(&odd, "all 30/100, ward:a */50, ward:b 27/50")]);
    assert!(told.is_err(), "27 of 30 leave 3");
}

#[test]
fn where_nobody_was_exposed_nothing_happened() {
    // a is 10, since nobody is in b.
    let told = verdict(&[(&events(), "all 30/1000, ward:a */500, ward:b */0, ward:c 20/500")]);
    assert!(told.is_err(), "{told:?}");
}

#[test]
fn what_three_measures_tell_together_leaves_no_small_rest() {
    let wards = &["a", "b"];
    let share = Measure::proportion(1).by("ward", wards).of("falls", "stays");
    let falls = Measure::count(2).by("ward", wards).of("falls", "");
    let per_stay = Measure::rate(3).by("ward", wards).of("", "stays");
    let told = verdict(&[
        (&share, "all 100/200"),
        (&falls, "all 100, ward:a 46, ward:b 54"),
        (&per_stay, "all 70/200, ward:a 30/50, ward:b 40/150"),
    ]);
    assert!(told.is_err(), "46 of 50 stays leave 4");
}

#[test]
fn a_total_that_is_told_later_does_not_open_strata() {
    // There were 43 and are 49, so nothing can be true at once. Yet 18 less 6
    // and 6 are 6, whatever became of the denominators.
    let wards = Measure::proportion(1).under(5).by("ward", &["a", "b", "c"]);
    let told = verdict(&[(&wards, "ward:a */18, ward:b 6/13, ward:c 6/12"), (&wards, "all 18/49")]);
    assert!(told.is_err(), "18 - 6 - 6 = 6");
}

#[test]
fn a_total_that_was_told_before_does_not_open_strata() {
    let shifts = Measure::rate(1).under(5).by("shift", &["day", "late"]);
    let told = verdict(&[(&shifts, "all 7/7"), (&shifts, "shift:day */7, shift:late 6/6")]);
    assert!(told.is_err(), "7 - 6 = 1");
}

#[test]
fn strata_with_new_names_are_not_other_strata() {
    let before = cases_by("age", &["0-4", "10-17", "5-9"]);
    let after = before.next(|one| one.unsplit().by("agegroup", &["00-04", "05-09", "10-17"]));
    // 130 - 26 - 100 = 4
    let told = verdict(&[
        (&before, "all 130, age:0-4 *, age:10-17 *, age:5-9 26"),
        (&after, "all 130, agegroup:00-04 *, agegroup:05-09 *, agegroup:10-17 100"),
    ]);
    assert_eq!(told, Err(Fault::OtherDefinition));
    let renamed = before.next(|one| one.unsplit().by("age", &["00-04", "05-09", "10-17"]));
    let told = verdict(&[
        (&before, "all 130, age:0-4 *, age:10-17 *, age:5-9 26"),
        (&renamed, "all 130, age:00-04 *, age:05-09 *, age:10-17 100"),
    ]);
    assert_eq!(told, Err(Fault::OtherDefinition));
    let told = verdict(&[(&before, "all 130, age:0-4 *, age:10-17 *, age:5-9 26"), (&after, "all 130")]);
    assert_eq!(told, Ok(()), "all together is still told");
    let told = verdict(&[
        (&before, "all 130, age:0-4 20, age:10-17 80, age:5-9 30"),
        (&after, "all 130, agegroup:00-04 20, agegroup:05-09 30, agegroup:10-17 80"),
    ]);
    assert_eq!(told, Ok(()), "where nothing is hidden, names don't matter");
}

#[test]
fn a_definition_without_strata_does_not_forget_them() {
    // 105 - 60 - 35 = 10
    let unsplit = cases().next(Measure::unsplit);
    let told = verdict(&[(&cases(), "all *, ward:a *, ward:b 60, ward:c 35"), (&unsplit, "all 90")]);
    assert_eq!(told, Err(Fault::WasMasked), "and then 105");
}

#[test]
fn a_wrong_number_between_does_not_end_what_another_measure_masked() {
    let falls = cases().of("falls", "");
    let rate = Measure::rate(2).of("falls", "");
    let told = verdict(&[
        (&falls, "all *, ward:a *, ward:b 60, ward:c 35"),
        (&falls, ""),
        (&rate, "all 90/1000"),
        (&rate, "all 105/1000"),
    ]);
    assert_eq!(told, Err(Fault::Recoverable));
}

#[test]
fn a_number_does_not_come_near_one_that_was_told_long_before() {
    let count = cases().unsplit();
    assert_eq!(
        verdict(&[(&count, "all 100"), (&count, "all 115"), (&count, "all 104")]),
        Err(Fault::SmallChange)
    );
    assert_eq!(verdict(&[(&count, "all 100"), (&count, "all 115"), (&count, "all 100")]), Ok(()));
    let told = verdict(&[(&count, "all 100"), (&count, ""), (&count, "all 115"), (&count, "all 104")]);
    assert_eq!(told, Err(Fault::SmallChange));
}

#[test]
fn strata_of_one_name_are_the_same_in_every_measure_of_a_quantity() {
    // 130 - 26 - 100 = 4
    let one = cases_by("age", &["0-4", "10-17", "5-9"]).of("cases", "");
    let other = Measure::count(2).by("age", &["00-04", "05-09", "10-17"]).of("cases", "");
    let (first, second) =
        ("all 130, age:0-4 *, age:10-17 *, age:5-9 26", "all 130, age:00-04 *, age:05-09 *, age:10-17 100");
    assert_eq!(verdict(&[(&one, first), (&other, second)]), Err(Fault::OtherDefinition));
    let together = vec![one.says("2026-01", first), other.says("2026-01", second)];
    assert_eq!(Site::default().submit(together), Err(Fault::OtherDefinition), "in one submission, too");
    assert_eq!(verdict(&[(&one, first), (&other, "all 130")]), Ok(()));
}
