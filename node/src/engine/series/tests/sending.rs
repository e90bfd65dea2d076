//! What is sent in which parts, and what is left out and why.

use super::{figure, reading, reporting, submit};
use crate::engine::series::submitting::parts;
use crate::figures::Remark;
use crate::view::{NewDocument, SubmissionOptions};
use commons_protocol::bounded::BoundedVec;
use commons_protocol::disclosure::{Account, Fault, Ground, Policy, Reported};
use commons_protocol::id::{DocumentId, EntryId};
use commons_protocol::measure::{Code, Definition, MeasureKind, Stratifier};
use commons_protocol::period::{Calendar, Period};
use commons_protocol::series::{Cell, Stratum, Table, Value};
use std::sync::Arc;

/// A proportion in 100 strata, the most that a stratifier may have.
fn wide_ground() -> Ground {
    let codes = (0..100).map(|number| Code::new(&format!("ward-{number:02}")).unwrap());
    let wards =
        Stratifier { code: Code::new("ward").unwrap(), strata: BoundedVec::new(codes.collect()).unwrap() };
    let definition = Definition {
        kind: MeasureKind::Proportion,
        calendar: Calendar::Month,
        direction: None,
        extremes_are_sensitive: false,
        threshold: None,
        stratifiers: BoundedVec::new(vec![wards]).unwrap(),
        numerator: None,
        denominator: None,
        per: 100,
    };
    Ground::new(DocumentId([1; 32]), EntryId([2; 32]), Arc::new(definition), &Policy::default())
}

/// A total that is told of strata that are not.
fn wide_table(month: u32) -> Table {
    let cell = |numerator, denominator| Cell { numerator, denominator: Some(denominator), excluded: None };
    let stratum = |code| Stratum { stratifier: 0, code, cell: cell(Value::Masked, Value::Masked) };
    Table {
        period: Period::month(2020 + month / 12, month % 12 + 1).unwrap(),
        total: Some(cell(Value::Known(5_000), Value::Known(90_000))),
        strata: BoundedVec::new((0..100).map(stratum).collect()).unwrap(),
    }
}

#[test]
fn what_is_too_much_for_one_submission_goes_in_several() {
    let (ground, tables): (_, Vec<Table>) = (wide_ground(), (0..6).map(wide_table).collect());
    let whole = Reported { ground: ground.clone(), tables: tables.clone() };
    let breach = Account::default().judge(vec![whole]).unwrap_err();
    assert_eq!(breach.fault, Fault::TooComplex, "the test is about what is too much");
    let mut account = Account::default();
    let parts = parts(&mut account, &ground, tables.clone()).unwrap();
    assert!(parts.len() > 1);
    assert_eq!(parts.concat(), tables, "in order, and nothing is lost");
    assert_eq!(account.tables().count(), 6);
    let mut again = Account::default();
    for tables in parts {
        let judged = again.judge(vec![Reported { ground: ground.clone(), tables }]).unwrap();
        again.take(judged);
    }
    assert_eq!(again, account, "sending judges the same parts");
}

#[test]
fn a_measure_that_is_not_released_does_not_void_the_others() {
    let (mut engine, caller) = reporting();
    let draft = NewDocument {
        kind: "measure".to_owned(),
        title: "Draft".to_owned(),
        text: "Later.".to_owned(),
        ..NewDocument::default()
    };
    engine.new_document(&caller, &draft).unwrap();
    let figures = || {
        let mut figures = vec![figure("2026-01", None, 84, 120); 3];
        figures[1].measure = Some("Draft".to_owned());
        figures[2].measure = Some("Unknown".to_owned());
        figures
    };
    let refused = submit(&mut engine, &caller, figures());
    let codes: Vec<&str> = refused.remarks.iter().map(|remark| remark.code.as_str()).collect();
    assert!(
        !refused.sent && codes.contains(&"not-released") && codes.contains(&"unknown-measure"),
        "{codes:?}"
    );
    assert!(refused.remarks.iter().any(|remark| remark.text.contains("\"Unknown\"")), "{refused:?}");
    let options = SubmissionOptions { skip_refused: true, ..SubmissionOptions::default() };
    let sent = engine.submit_series(&caller, reading(figures()), &options).unwrap();
    assert!(sent.sent && sent.entries.len() == 1, "{sent:?}");
}

#[test]
fn where_a_row_was_refused_the_advice_is_to_mend_it() {
    let (mut engine, caller) = reporting();
    let unreadable = Remark {
        at: "line 3".to_owned(),
        refused: true,
        code: "not-a-number".to_owned(),
        text: "\"4?\" is no number".to_owned(),
        advice: String::new(),
    };
    let mut file = reading(vec![figure("2026-01", None, 84, 120), figure("2026-01", Some("0-11"), 80, 100)]);
    file.remarks.push(unreadable);
    // Whether zeros were asked for or not: one would be false here.
    for missing_is_zero in [true, false] {
        let options = SubmissionOptions { missing_is_zero, ..SubmissionOptions::default() };
        let plan = engine.plan_series(&caller, file.clone(), &options).unwrap();
        let advice =
            plan.remarks.iter().find(|remark| remark.code == "missing-strata").unwrap().advice.as_str();
        assert!(advice.contains("mend") && !advice.contains("--missing-is-zero"), "{advice}");
    }
}

#[test]
fn a_code_that_a_spreadsheet_made_a_date_is_told_as_that() {
    let (mut engine, caller) = reporting();
    for (code, is_dated) in
        [("Dec-17", true), ("17.dec", true), ("2017-12-01", true), ("18-99", false), ("may", false)]
    {
        let refused = submit(&mut engine, &caller, vec![figure("2026-01", Some(code), 84, 120)]);
        let advice = &refused.remarks[0].advice;
        assert!(advice.contains("use one of: 0-11, 12-17"), "{code}: {advice}");
        assert_eq!(advice.contains("made a date of the code"), is_dated, "{code}: {advice}");
    }
}
