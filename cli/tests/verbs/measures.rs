//! Measures and series: what their verbs send and show.

use std::fs;

use serde_json::{Value, json};

use crate::answers::{document, problem, publication};
use crate::cases::{Case, case};
use crate::mock::{Mock, Reply};
use crate::{commons, home, run, stderr, stdout};

/// A released measure.
pub fn measure() -> Value {
    json!({"id": "d0".repeat(32), "title": "Visits", "kind": "proportion", "calendar": "month",
        "population": "Everybody seen", "numerator": "Seen in time", "denominator": "Seen",
        "direction": "increase", "per": 100, "unit": null, "target": 80.0, "threshold": 10,
        "extremes_are_sensitive": true,
        "stratifiers": [{"code": "age", "strata": [["0-4", "Under five"], ["5-", "Older"]]}],
        "release": "e1", "version": "ab", "released": "2026-01-01"})
}

/// A number that is told.
pub fn known(number: u64) -> Value {
    json!({"status": "known", "number": number})
}

/// A row of March 2026.
pub fn row(organisation: Option<&str>, stratum: Option<&str>, numerator: &Value) -> Value {
    let is_withheld = numerator["status"] == "withheld";
    json!({"period": "2026-03", "first": "2026-03-01", "last": "2026-03-31", "organisation": organisation,
        "stratifier": stratum.map(|_| "age"), "stratum": stratum, "numerator": numerator,
        "denominator": known(90), "excluded": null,
        "value": if is_withheld { Value::Null } else { json!({"low": 33.33, "high": 33.33}) },
        "organisations": 3, "masked": u8::from(numerator["status"] == "masked"),
        "withheld": is_withheld.then_some("fewer than 3 organisations contribute")})
}

/// A feed of two organisations.
pub fn feed(rows: &[Value]) -> Value {
    json!({"commons": "c1", "measure": measure(), "digest": "5f".repeat(32), "rows": rows,
        "organisations": [{"id": "0a", "name": "Lakes"}, {"id": "0b", "name": "Hills"}]})
}

/// A number between 12 and 57.
pub fn masked() -> Value {
    json!({"status": "masked", "low": 12, "high": 57})
}

fn egress() -> Value {
    json!([{"entry": "e0", "time": 1_700_000_000_000_u64, "person": "ab", "person_name": "Ann", "epoch": 4,
        "rules": 1, "threshold": 10, "measure": "d0", "title": "Visits", "release": "e1", "period": "2026-03",
        "what": "report", "cells": 3, "numerators": 2, "denominators": 3, "excluded": 0, "masked": 1,
        "counts": false}])
}

/// A correction that is held: strata with what was told and what is held.
fn held(cells: &[(Option<&str>, u64, u64)]) -> Value {
    let numbers =
        |number: u64| json!({"numerator": known(number), "denominator": known(90), "excluded": null});
    let cell = |(stratum, told, held): &(Option<&str>, u64, u64)| {
        json!({"stratifier": stratum.map(|_| "age"), "stratum": stratum, "told": numbers(*told),
            "held": numbers(*held)})
    };
    json!({"measure": "d0", "title": "Visits", "period": "2026-03", "since": 0, "reason": "it is small",
        "threshold": 10, "cells": cells.iter().map(cell).collect::<Vec<_>>()})
}

/// A plan of one table with a masked cell; `refused` lines and `held` tables.
fn plan(refused: u64, held: u64) -> Value {
    let cell = json!({"stratifier": "age", "stratum": "0-4", "numerator": {"status": "masked", "low": 0, "high": null},
        "denominator": known(90), "excluded": null,
        "masked_because": ["numerator: small enough to show single people"]});
    let table = |period: &str, outcome: &str, reason: &str| {
        json!({"measure": "d0".repeat(32), "title": "Visits", "period": period, "outcome": outcome,
            "reason": reason, "code": "", "replaces": false, "cells": [cell]})
    };
    let mut tables = vec![table("2026-03", "send", "")];
    tables.extend(
        (0..held).map(|_| table("2026-02", "hold", "a difference of 1 to 10 would show single people")),
    );
    let remark = |line: u64| {
        json!({"at": format!("line {line}"), "refused": true, "code": "number", "text": "\"x\" is no number",
            "advice": "write digits"})
    };
    json!({"sent": false, "entries": [], "remarks": (1..=refused).map(remark).collect::<Vec<_>>(),
        "tables": tables, "told": 5, "masked": 1, "held": held, "unchanged": 0})
}

fn sent(refused: u64, held: u64) -> Value {
    let mut view = plan(refused, held);
    view["sent"] = json!(true);
    view["entries"] = json!(["e5"]);
    view
}

/// The verbs that ask one thing.
pub fn cases() -> Vec<Case> {
    let get = |arguments, path, reply, shows| case(arguments, ("GET", path), Value::Null, reply, shows);
    let visits = feed(&[row(Some("0a"), None, &known(30))]);
    [
        get("measure list", "/v1/documents?kind=measure", json!([]), "commons measure define"),
        get("measure history ab12", "/v1/documents/ab12/history", crate::answers::history(), "edited"),
        get(
            "series show Visits",
            "/v1/series?measure=Visits",
            json!([visits]),
            "2026-03  30         90           33.3",
        ),
        get("series show", "/v1/series", json!([]), "commons series submit FILE"),
        get(
            "series show Visits",
            "/v1/series?measure=Visits",
            json!([feed(&[])]),
            "has reported nothing of it yet",
        ),
        get("series held", "/v1/series/held", json!([]), "No correction is held."),
        get("series held", "/v1/series/held", json!([held(&[])]), "Visits   2026-03"),
        get(
            "series held",
            "/v1/series/held",
            json!([held(&[(None, 84, 87), (Some("0-4"), 30, 30), (Some("5-"), 54, 57)])]),
            "  all      84 of 90  87 of 90\n",
        ),
        get(
            "series held",
            "/v1/series/held",
            json!([held(&[(None, 84, 87)])]),
            "Held because it is small. A later correction is sent once it differs by more than 10;\n--mask-corrections",
        ),
        case(
            "series held --drop Visits 2026-03",
            ("DELETE", "/v1/series/held?measure=Visits&period=2026-03"),
            Value::Null,
            held(&[(None, 84, 87)]),
            "Forgotten: the correction of \"Visits\" in 2026-03. What was told stands.",
        ),
        case(
            "series withdraw Visits 2026-03 --yes",
            ("DELETE", "/v1/series?measure=Visits&period=2026-03"),
            Value::Null,
            sent(0, 0),
            "\"Visits\" says nothing of 2026-03 any more",
        ),
        case(
            "series withdraw Visits 2026-Q1 --take-over --yes",
            ("DELETE", "/v1/series?measure=Visits&period=2026-Q1&take_over=true"),
            Value::Null,
            sent(0, 0),
            "says nothing of 2026-Q1 any more",
        ),
        get("egress", "/v1/egress", egress(), "report, counts no more  5     1       Ann"),
        get("egress", "/v1/egress", json!([]), "No figures have left this organisation."),
        get("feed list", "/v1/feeds", json!([measure()]), "Visits   proportion  months   age       10"),
        get("feed list", "/v1/feeds", json!([]), "commons measure define"),
    ]
    .into_iter()
    .chain(proposals())
    .collect()
}

/// What the charter says of measures.
fn proposals() -> [Case; 2] {
    [
        case(
            "propose review-policy measure --need improver:1",
            ("POST", "/v1/proposals"),
            json!({"change": "review-policy", "kind": "measure", "organisations": 1, "valid_months": null,
                   "requirements": [{"roles": ["improver"], "count": 1}],
                   "authors_may_review": false, "declines_block": true, "electors_retract": false}),
            crate::answers::proposal(),
            "1 of them must endorse it with",
        ),
        case(
            "propose disclosure --threshold 12 --share 80",
            ("POST", "/v1/proposals"),
            json!({"change": "disclosure", "threshold": 12, "organisations": null, "share": 80}),
            crate::answers::proposal(),
            "1 of them must endorse it with",
        ),
    ]
}

/// Runs with these words, some of which have spaces in them.
fn with(home: &std::path::Path, arguments: &[&str]) -> std::process::Output {
    commons(home, arguments).output().unwrap()
}

#[test]
fn a_measure_is_defined_by_options_and_told_what_it_lacks() {
    let mock = Mock::start(vec![Reply::ok(document("")), Reply::ok(publication())]);
    let home = home(&mock);
    let output = with(
        home.path(),
        &[
            "measure",
            "define",
            "Visits in time",
            "--kind",
            "proportion",
            "--calendar",
            "month",
            "--population",
            "Everybody",
            "--numerator",
            "Seen in time",
            "--denominator",
            "Seen",
            "--direction",
            "increase",
            "--extremes",
            "sensitive",
            "--threshold",
            "12",
            "--per",
            "100",
            "--target",
            "82.5",
            "--stratum",
            "age:0-4=Under five",
            "--stratum",
            "age:5-=Older",
            "--numerator-quantity",
            "in-time",
            "--denominator-quantity",
            "seen",
            "--set",
            "review-due=2027-03-31",
            "--description",
            "D",
        ],
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stdout(&output);
    for told in
        ["nobody can report it before it is released", "Still missing:", "review ask abab", "release publish"]
    {
        assert!(text.contains(told), "{told}: {text}");
    }
    let requests = mock.finish();
    assert_eq!(
        requests[0].body,
        json!({"kind": "measure", "title": "Visits in time", "language": null, "description": "D", "text": "",
            "override_reason": null, "particulars": {
                "measure-kind": "proportion", "calendar": "month", "population": "Everybody",
                "numerator": "Seen in time", "denominator": "Seen", "direction": "increase",
                "extremes": "sensitive", "threshold": "12", "per": "100", "target": "82.5",
                "stratum/age:0-4": "Under five", "stratum/age:5-": "Older", "numerator-quantity": "in-time",
                "denominator-quantity": "seen", "review-due": "2027-03-31"}})
    );
    assert!(requests[1].path.ends_with("/publication"));
}

#[test]
fn a_measure_is_defined_by_a_file_and_options_say_otherwise() {
    let refusal = Reply::problem(403, problem(403, "not-allowed", "No."));
    let mock = Mock::start(vec![Reply::ok(document("")), refusal]);
    let home = home(&mock);
    let file =
        "---\nkind: measure\ntitle: T\nmeasure-kind: count\ncalendar: month\nstratum/age:0-4: Small\n---\n";
    fs::write(home.path().join("m.md"), file).unwrap();
    let output = run(home.path(), "measure define --from HOME/m.md --calendar quarter");
    assert_eq!(output.status.code(), Some(0), "saved is saved: {}", stderr(&output));
    let body = &mock.finish()[0].body;
    assert_eq!(
        body["particulars"],
        json!({"measure-kind": "count", "calendar": "quarter", "stratum/age:0-4": "Small"})
    );
}

#[test]
fn a_dry_run_tells_everything_and_sends_nothing() {
    for (plan, code, shows) in [
        (plan(0, 0), 0, "To send: 1 table, with 5 numbers told and 1 masked."),
        (plan(0, 0), 0, "1 numerator: small enough to show single people\n    2026-03 age:0-4"),
        (plan(0, 1), 0, "Held, not sent (1):\n  2026-02: a difference of 1 to 10"),
        (plan(2, 0), 1, "Refused (2):\n  line 1: \"x\" is no number; write digits"),
        (plan(2, 0), 1, "2 things are refused. Fix the file, or send the rest with --skip-refused."),
    ] {
        let mock = Mock::start(vec![Reply::ok(plan)]);
        let home = home(&mock);
        let output = run(home.path(), "series submit HOME/plain.txt --dry-run");
        assert_eq!(output.status.code(), Some(code), "{}", stderr(&output));
        assert!(stdout(&output).contains(shows), "{shows}: {}", stdout(&output));
        assert!(stdout(&output).contains("This was a dry run: nothing was sent."));
        let requests = mock.finish();
        assert_eq!((&*requests[0].method, &*requests[0].path), ("POST", "/v1/series/plan"));
        assert_eq!(requests.len(), 1);
    }
}

#[test]
fn a_plan_that_is_agreed_to_is_sent_with_the_same_options() {
    let mock = Mock::start(vec![Reply::ok(plan(0, 1)), Reply::ok(sent(0, 1))]);
    let home = home(&mock);
    fs::write(home.path().join("f"), "\"f\"").unwrap();
    let options = "--measure Visits --format csv --missing-is-zero --mask-corrections --take-over --column \
                   numerator=breaches --column period=month --only org_code=RF4 --map 7|1#a=Visits";
    let output = run(home.path(), &format!("series submit HOME/f --yes {options}"));
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stdout(&output);
    for told in [
        "Sent: 1 table",
        "Signed and sent: 5 numbers told, 1 masked, in 1 contribution.",
        "NOT SENT but held on this node: 1 table. What is held goes with a later submission",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
    let requests = mock.finish();
    let query = "?measure=Visits&format=csv&missing_is_zero=true&mask_corrections=true&take_over=true&column=numerator%3Dbreaches\
                 &column=period%3Dmonth&only=org_code%3DRF4&map=7%7C1%23a%3DVisits";
    assert_eq!(requests[0].path, format!("/v1/series/plan{query}"));
    assert_eq!(requests[1].path, format!("/v1/series{query}"));
    assert_eq!((&requests[0].body, &requests[1].body), (&json!("f"), &json!("f")));
}

#[test]
fn what_is_refused_stops_everything_unless_the_person_leaves_it_out() {
    let mock = Mock::start(vec![Reply::ok(plan(1, 0))]);
    let place = home(&mock);
    let output = run(place.path(), "series submit HOME/plain.txt --yes");
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains("NOT SENT. 1 thing is refused."), "{}", stdout(&output));
    assert_eq!(mock.finish().len(), 1, "nothing is sent");

    let mock = Mock::start(vec![Reply::ok(plan(1, 0)), Reply::ok(sent(1, 0))]);
    let place = home(&mock);
    let output = run(place.path(), "series submit HOME/plain.txt --yes --skip-refused");
    assert_eq!(output.status.code(), Some(1), "something was refused");
    assert!(stdout(&output).contains("1 thing was left out because it is refused."), "{}", stdout(&output));
    assert_eq!(mock.finish()[1].path, "/v1/series?skip_refused=true");
}

#[test]
fn what_is_only_held_is_not_called_sent() {
    let mut held = plan(0, 1);
    held["tables"].as_array_mut().unwrap().remove(0);
    let mut kept = held.clone();
    kept["sent"] = json!(true);
    let mock = Mock::start(vec![Reply::ok(held), Reply::ok(kept)]);
    let home = home(&mock);
    let output = run(home.path(), "series submit HOME/plain.txt --yes");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stdout(&output);
    assert!(text.contains("NOT SENT but held on this node: 1 table."), "{text}");
    assert!(!text.contains("egress"), "{text}");
    mock.finish();
}

#[test]
fn nothing_is_sent_without_a_yes_and_nobody_to_ask() {
    let mock = Mock::start(Vec::new());
    let home = home(&mock);
    for arguments in ["series submit HOME/plain.txt", "series submit HOME/plain.txt --json"] {
        let output = run(home.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments}");
        assert!(
            stderr(&output).contains("--dry-run") && stderr(&output).contains("--yes"),
            "{}",
            stderr(&output)
        );
    }
    assert!(mock.finish().is_empty());
}

#[test]
fn a_plan_with_nothing_in_it_is_not_sent() {
    let mut nothing = plan(0, 0);
    nothing["tables"] = json!([]);
    let mock = Mock::start(vec![Reply::ok(nothing.clone()), Reply::ok(nothing.clone())]);
    let home = home(&mock);
    let output = run(home.path(), "series submit HOME/plain.txt --yes");
    assert_eq!(output.status.code(), Some(1), "a job that sends nothing for ever should hear of it");
    assert!(stdout(&output).contains("NOT SENT: the file holds no figures."), "{}", stdout(&output));
    let output = run(home.path(), "series submit HOME/plain.txt --yes --json");
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(value, nothing);
    assert_eq!(mock.finish().len(), 2);
}

#[test]
fn the_exit_code_says_whether_somebody_has_to_look() {
    let only = |outcome: &str| {
        let mut view = plan(0, 0);
        view["tables"][0]["outcome"] = json!(outcome);
        view["tables"][0]["reason"] = json!("it is so");
        view
    };
    let mut known = only("unchanged");
    known["unchanged"] = json!(1);
    for (plan, code, shows) in [
        (known, 0, "There is nothing to send: readers would see the same."),
        (only("withhold"), 1, "NOT SENT: no masks make any of it safe."),
        (only("refuse"), 1, "NOT SENT. 1 thing is refused. Fix the file."),
    ] {
        for option in ["--yes", "--dry-run"] {
            let mock = Mock::start(vec![Reply::ok(plan.clone())]);
            let home = home(&mock);
            let output = run(home.path(), &format!("series submit HOME/plain.txt {option}"));
            assert_eq!(output.status.code(), Some(code), "{shows}: {}", stdout(&output));
            assert!(option == "--dry-run" || stdout(&output).contains(shows), "{shows}: {}", stdout(&output));
            mock.finish();
        }
    }
    let mut part = sent(0, 0);
    part["tables"].as_array_mut().unwrap().push(only("withhold")["tables"][0].clone());
    let mock = Mock::start(vec![Reply::ok(plan(0, 0)), Reply::ok(part)]);
    let home = home(&mock);
    let output = run(home.path(), "series submit HOME/plain.txt --yes");
    assert_eq!(output.status.code(), Some(1));
    let text = stdout(&output);
    assert!(
        text.contains("Signed and sent") && text.contains("NOT SENT, since no masks make it safe: 1 table."),
        "{text}"
    );
    mock.finish();
}

#[test]
fn the_ledger_is_not_written_to_a_file_called_dash() {
    let mock = Mock::start(Vec::new());
    let home = home(&mock);
    let output = run(home.path(), "egress --csv -");
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("name a file"), "{}", stderr(&output));
    assert!(mock.finish().is_empty());
}

#[test]
fn files_that_can_not_be_read_or_are_refused_whole_say_why() {
    let refusal = Reply::problem(422, problem(422, "spreadsheet", "This is a spreadsheet; save it as CSV."));
    let mock = Mock::start(vec![refusal]);
    let home = home(&mock);
    let output = run(home.path(), "series submit HOME/plain.txt --yes");
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("save it as CSV"), "{}", stderr(&output));
    let output = run(home.path(), "series submit HOME/none.csv --yes");
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("none.csv cannot be read"), "{}", stderr(&output));
    mock.finish();
}

#[test]
fn a_refusal_that_comes_before_the_file_is_read_is_still_heard() {
    let refusal = || Reply::refused_at_once(401, problem(401, "token", "Unknown token."));
    let mock = Mock::start(vec![refusal(), Reply::ok(plan(0, 0))]);
    let home = home(&mock);
    let long = format!("\"{}\"", "x".repeat(8 << 20));
    fs::write(home.path().join("long"), &long).unwrap();
    let output = run(home.path(), "series submit HOME/long --dry-run");
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("Unknown token."), "{}", stderr(&output));
    let output = run(home.path(), "series submit HOME/long --dry-run");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let requests = mock.finish();
    assert_eq!(requests[1].body.as_str().map(str::len), Some(8 << 20), "what is wanted is sent whole");
}
