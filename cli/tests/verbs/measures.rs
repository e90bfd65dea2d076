//! Measures, series, feeds and charts: what their verbs send and show.

use std::fs;

use serde_json::{Value, json};

use crate::answers::{document, problem, publication};
use crate::cases::{Case, case};
use crate::mock::{Mock, Reply};
use crate::{commons, home, run, stderr, stdout};

pub fn measure() -> Value {
    json!({"id": "d0".repeat(32), "title": "Visits", "kind": "proportion", "calendar": "month",
        "population": "Everybody seen", "numerator": "Seen in time", "denominator": "Seen",
        "direction": "increase", "per": 100, "unit": null, "target": 80.0, "threshold": 10,
        "extremes_are_sensitive": true,
        "stratifiers": [{"code": "age", "strata": [["0-4", "Under five"], ["5-", "Older"]]}],
        "release": "e1", "version": "ab", "released": "2026-01-01"})
}

fn known(number: u64) -> Value {
    json!({"status": "known", "number": number})
}

fn row(organisation: Option<&str>, stratum: Option<&str>, numerator: &Value) -> Value {
    let is_withheld = numerator["status"] == "withheld";
    json!({"period": "2026-03", "first": "2026-03-01", "last": "2026-03-31", "organisation": organisation,
        "stratifier": stratum.map(|_| "age"), "stratum": stratum, "numerator": numerator,
        "denominator": known(90), "excluded": null,
        "value": if is_withheld { Value::Null } else { json!({"low": 33.33, "high": 33.33}) },
        "organisations": 3, "masked": u8::from(numerator["status"] == "masked"),
        "withheld": is_withheld.then_some("fewer than 3 organisations contribute")})
}

fn feed(rows: &[Value]) -> Value {
    json!({"commons": "c1", "measure": measure(), "digest": "5f".repeat(32), "rows": rows,
        "organisations": [{"id": "0a", "name": "Lakes"}, {"id": "0b", "name": "Hills"}]})
}

fn masked() -> Value {
    json!({"status": "masked", "low": 12, "high": 57})
}

fn egress() -> Value {
    json!([{"entry": "e0", "time": 1_700_000_000_000_u64, "person": "ab", "person_name": "Ann", "epoch": 4,
        "rules": 1, "threshold": 10, "measure": "d0", "title": "Visits", "release": "e1", "period": "2026-03",
        "what": "report", "cells": 3, "numerators": 2, "denominators": 3, "excluded": 0, "masked": 1,
        "counts": false}])
}

/// A plan of one table with a masked cell; `refused` lines and `held` tables.
fn plan(refused: u64, held: u64) -> Value {
    let cell = json!({"stratifier": "age", "stratum": "0-4", "numerator": {"status": "masked", "low": 0, "high": null},
        "denominator": known(90), "excluded": null,
        "masked_because": ["numerator: small enough to show single people"]});
    let table = |period: &str, outcome: &str, reason: &str| {
        json!({"measure": "d0".repeat(32), "title": "Visits", "period": period, "outcome": outcome,
            "reason": reason, "code": "", "cells": [cell]})
    };
    let mut tables = vec![table("2026-03", "send", "")];
    tables.extend((0..held).map(|_| table("2026-02", "hold", "a difference of 1 to 10 would show single people")));
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
    vec![
        get("measure list", "/v1/documents?kind=measure", json!([]), "commons measure new"),
        get("measure history ab12", "/v1/documents/ab12/history", crate::answers::history(), "edited"),
        get("series show Visits", "/v1/series?measure=Visits", json!([visits]), "2026-03  30         90           33.3"),
        get("series show", "/v1/series", json!([]), "commons series submit FILE"),
        get("series show Visits", "/v1/series?measure=Visits", json!([feed(&[])]), "has reported nothing of it yet"),
        get("series held", "/v1/series/held", json!([]), "No correction is held."),
        get(
            "series held",
            "/v1/series/held",
            json!([{"measure": "d0", "title": "Visits", "period": "2026-03", "since": 0, "reason": "it is small"}]),
            "Held because it is small. These figures stay on this node.",
        ),
        case(
            "series withdraw Visits 2026-03",
            ("DELETE", "/v1/series?measure=Visits&period=2026-03"),
            Value::Null,
            sent(0, 0),
            "\"Visits\" says nothing of 2026-03 any more",
        ),
        get("egress", "/v1/egress", egress(), "report, counts no more  5     1       Ann"),
        get("egress", "/v1/egress", json!([]), "No figures have left this organisation."),
        get("feed list", "/v1/feeds", json!([measure()]), "Visits   proportion  months   age       10"),
        get("feed list", "/v1/feeds", json!([]), "commons measure define"),
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
            "measure", "define", "Visits in time", "--kind", "proportion", "--calendar", "month", "--population",
            "Everybody", "--numerator", "Seen in time", "--denominator", "Seen", "--direction", "increase",
            "--extremes", "sensitive", "--threshold", "12", "--per", "100", "--target", "82.5", "--stratum",
            "age:0-4=Under five", "--stratum", "age:5-=Older", "--numerator-quantity", "in-time",
            "--denominator-quantity", "seen", "--set", "review-due=2027-03-31", "--description", "D",
        ],
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stdout(&output);
    for told in ["nobody can report it before it is released", "Still missing:", "review ask abab", "release publish"] {
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
    let file = "---\nkind: measure\ntitle: T\nmeasure-kind: count\ncalendar: month\nstratum/age:0-4: Small\n---\n";
    fs::write(home.path().join("m.md"), file).unwrap();
    let output = run(home.path(), "measure define --from HOME/m.md --calendar quarter");
    assert_eq!(output.status.code(), Some(0), "saved is saved: {}", stderr(&output));
    let body = &mock.finish()[0].body;
    assert_eq!(body["particulars"], json!({"measure-kind": "count", "calendar": "quarter", "stratum/age:0-4": "Small"}));
}

#[test]
fn a_dry_run_tells_everything_and_sends_nothing() {
    for (plan, code, shows) in [
        (plan(0, 0), 0, "To send: 1 table, with 5 numbers told and 1 masked."),
        (plan(0, 0), 0, "1 numerator: small enough to show single people\n    2026-03 age:0-4"),
        (plan(0, 1), 0, "Held, not sent (1):\n  2026-02: a difference of 1 to 10"),
        (plan(2, 0), 1, "Refused (2):\n  line 1: \"x\" is no number; write digits"),
        (plan(2, 0), 1, "2 things are refused. Mend the file, or send the rest with --skip-refused."),
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
                   numerator=breaches --column period=month --only org_code=RF4";
    let output = run(home.path(), &format!("series submit HOME/f --yes {options}"));
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stdout(&output);
    for told in ["Sent: 1 table", "Signed and sent: 5 numbers told, 1 masked, in 1 contribution.", "1 table held on this node"] {
        assert!(text.contains(told), "{told}: {text}");
    }
    let requests = mock.finish();
    let query = "?measure=Visits&format=csv&missing=zero&mask_corrections=true&take_over=true&column=numerator%3Dbreaches\
                 &column=period%3Dmonth&only=org_code%3DRF4";
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
    assert!(stdout(&output).contains("1 thing was left out because it was refused."), "{}", stdout(&output));
    assert_eq!(mock.finish()[1].path, "/v1/series?skip_bad=true");
}

#[test]
fn nothing_is_sent_without_a_yes_and_nobody_to_ask() {
    let mock = Mock::start(Vec::new());
    let home = home(&mock);
    for arguments in ["series submit HOME/plain.txt", "series submit HOME/plain.txt --json"] {
        let output = run(home.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments}");
        assert!(stderr(&output).contains("--dry-run") && stderr(&output).contains("--yes"), "{}", stderr(&output));
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
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains("There is nothing to send."), "{}", stdout(&output));
    let output = run(home.path(), "series submit HOME/plain.txt --yes --json");
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(value, nothing);
    assert_eq!(mock.finish().len(), 2);
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
fn a_template_is_that_of_the_measure_that_is_named() {
    for (name, code, shows) in [
        ("visits", 0, "measure,period,stratifier,stratum,numerator,denominator,excluded\n"),
        ("d0d0", 0, ",2026-01,age,0-4,,,\n"),
        ("Births", 1, "There is no measure \"Births\"."),
        ("d", 1, "names several measures"),
    ] {
        let mut other = measure();
        other["id"] = json!("d1".repeat(32));
        other["title"] = json!("Others");
        let mock = Mock::start(vec![Reply::ok(json!([measure(), other]))]);
        let home = home(&mock);
        let output = run(home.path(), &format!("series template {name}"));
        assert_eq!(output.status.code(), Some(code), "{name}: {}", stderr(&output));
        let told = stdout(&output) + &stderr(&output);
        assert!(told.contains(shows), "{name}: {told}");
        assert_eq!(mock.finish()[0].path, "/v1/measures");
    }
}

#[test]
fn a_feed_is_shown_as_a_table_and_a_chart() {
    let rows = [row(None, None, &masked()), row(None, None, &json!({"status": "withheld"}))];
    let mock = Mock::start(vec![Reply::ok(feed(&rows)), Reply::file("The chart\n")]);
    let home = home(&mock);
    let output = run(home.path(), "feed show Visits --from 2026-01");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stdout(&output);
    for told in [
        "Counts of 1 to 10 are masked, and 0 % and 100 % too.",
        "2026-03  12 to 57   90           33.3      3              1",
        "2026-03  withheld   90           withheld",
        "Withheld (2026-03): fewer than 3 organisations contribute.",
        "Reported by Lakes, Hills.",
        "\nThe chart\n",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
    assert!(!text.contains('\u{1b}'), "no colours where there is no terminal");
    let requests = mock.finish();
    assert_eq!(requests[0].path, "/v1/feeds/Visits?organisation=network&from=2026-01&stratifier=total");
    assert_eq!(
        requests[1].path,
        "/v1/feeds/Visits/chart?organisation=network&from=2026-01&format=text&width=80&height=20"
    );
}

#[test]
fn a_feed_of_one_stratum_and_organisation_is_shown_without_the_others() {
    let rows = [row(Some("0a"), Some("0-4"), &known(30)), row(Some("0a"), Some("5-"), &known(77))];
    let refusal = Reply::problem(409, problem(409, "nothing-to-draw", "there is nothing to draw"));
    let mock = Mock::start(vec![Reply::ok(feed(&rows)), refusal]);
    let home = home(&mock);
    let output = run(home.path(), "feed show Visits --organisation Lakes --stratum age:0-4");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stdout(&output);
    assert!(text.contains("age:0-4 Under five  30") && !text.contains("77"), "{text}");
    assert!(text.contains("No chart: there is nothing to draw"), "{text}");
    let requests = mock.finish();
    assert_eq!(requests[0].path, "/v1/feeds/Visits?organisation=Lakes&stratifier=age");
    assert!(requests[1].path.ends_with("&stratum=age%3A0-4"), "{}", requests[1].path);
}

#[test]
fn a_feed_in_json_is_the_whole_answer_and_an_empty_one_says_what_to_do() {
    let mut empty = feed(&[]);
    let mock = Mock::start(vec![Reply::ok(feed(&[row(None, None, &masked())])), Reply::ok(empty.clone())]);
    let place = home(&mock);
    let output = run(place.path(), "feed show Visits --json");
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(value["rows"][0]["numerator"], masked());
    let output = run(place.path(), "feed show Visits --organisation Lakes");
    assert!(stdout(&output).contains("Nothing is reported there. Reported by Lakes, Hills."), "{}", stdout(&output));
    mock.finish();
    empty["organisations"] = json!([]);
    let mock = Mock::start(vec![Reply::ok(empty)]);
    let place = home(&mock);
    let output = run(place.path(), "feed show Visits");
    assert!(stdout(&output).contains("Nobody has reported anything yet."), "{}", stdout(&output));
    mock.finish();
}

#[test]
fn feeds_ledgers_and_charts_become_files_that_are_never_overwritten() {
    let chart = "chart Visits HOME/c.svg --kind pp --organisation Lakes --stratum age:0-4 --freeze 12 --phase 2026-03 \
                 --phase 2026-05 --exclude 2026-04 --annotate 2026-06=New --width 600 --from 2026-01";
    for (arguments, path, file) in [
        ("egress --csv HOME/e.csv", "/v1/egress?format=csv", "e.csv"),
        ("feed export Visits HOME/v.parquet", "/v1/feeds/Visits/export?format=parquet", "v.parquet"),
        ("feed export Visits HOME/v.fhir.ndjson", "/v1/feeds/Visits/export?format=fhir", "v.fhir.ndjson"),
        (
            "feed export Visits HOME/v --format dcat --organisation Lakes --to 2026-03",
            "/v1/feeds/Visits/export?format=dcat&organisation=Lakes&to=2026-03",
            "v",
        ),
        (
            chart,
            "/v1/feeds/Visits/chart?format=svg&kind=pp&organisation=Lakes&stratum=age%3A0-4&from=2026-01&freeze=12\
             &width=600&phase=2026-03&phase=2026-05&exclude=2026-04&annotate=2026-06%3DNew",
            "c.svg",
        ),
        ("chart Visits HOME/m.png --multiples --sharp", "/v1/feeds/Visits/chart?format=png&multiples=true&sharp=true", "m.png"),
    ] {
        let mock = Mock::start(vec![Reply::file("bytes"), Reply::file("others")]);
        let home = home(&mock);
        let output = run(home.path(), arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments}: {}", stderr(&output));
        assert!(stdout(&output).contains("(5 bytes)"), "{}", stdout(&output));
        assert_eq!(fs::read_to_string(home.path().join(file)).unwrap(), "bytes");
        let output = run(home.path(), &format!("{arguments} --json"));
        assert_eq!(output.status.code(), Some(2), "{arguments}");
        assert_eq!(fs::read_to_string(home.path().join(file)).unwrap(), "bytes");
        assert_eq!(mock.finish()[0].path, path);
    }
}

#[test]
fn a_chart_goes_to_standard_output_byte_for_byte() {
    for (arguments, format) in [("chart Visits -", "svg"), ("chart Visits - --json", "json"), ("chart Visits - --format text", "text")] {
        let mock = Mock::start(vec![Reply::file("<svg/>")]);
        let home = home(&mock);
        let output = run(home.path(), arguments);
        assert_eq!(stdout(&output), "<svg/>", "{arguments}: {}", stderr(&output));
        assert_eq!(mock.finish()[0].path, format!("/v1/feeds/Visits/chart?format={format}"));
    }
}

#[test]
fn a_refused_chart_leaves_no_file() {
    let refusal = Reply::problem(422, problem(422, "not-on-chart", "2029-01 is not on the chart"));
    let mock = Mock::start(vec![refusal]);
    let home = home(&mock);
    let output = run(home.path(), "chart Visits HOME/c.svg --freeze 2029-01");
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("not on the chart"), "{}", stderr(&output));
    assert!(!home.path().join("c.svg").exists());
    mock.finish();
}

#[test]
fn a_table_is_drawn_without_a_node() {
    let home = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(home.path().join(name), text).unwrap();
    let months: String = (1..=12).map(|month| format!("2026-{month:02},{},100\n", 30 + month)).collect();
    write("visits.csv", &format!("label,value,denominator\n{months}"));
    write("days.csv", "label,value\na,3\nb,5\nc,\nd,8\ne,13\n");
    let output = run(home.path(), "chart --data HOME/visits.csv HOME/v.svg --freeze 2026-06 --annotate 2026-09=New");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let svg = fs::read_to_string(home.path().join("v.svg")).unwrap();
    assert!(svg.starts_with("<svg") && svg.contains("visits") && svg.contains("New"));
    let output = run(home.path(), "chart --data HOME/days.csv --kind g HOME/d.png --json");
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(value["format"], "png");
    assert!(fs::read(home.path().join("d.png")).unwrap().starts_with(b"\x89PNG"));
    let output = run(home.path(), "chart --data HOME/days.csv - --format text --width 60");
    assert!(stdout(&output).contains("days"), "{}", stdout(&output));
    for (arguments, code, shows) in [
        ("chart --data HOME/days.csv --kind p HOME/x.svg", 1, "has no denominator"),
        ("chart --data HOME/days.csv HOME/x.svg --phase z", 1, "no row with the label \"z\", which --phase names"),
        ("chart --data HOME/none.csv HOME/x.svg", 1, "none.csv cannot be read"),
        ("chart --data HOME/days.csv HOME/x.gif", 2, "--format"),
        ("chart --data HOME/days.csv HOME/x.svg y", 2, "with --data the file alone"),
        ("chart HOME/x.svg", 2, "Name a measure and the file"),
    ] {
        let output = run(home.path(), arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments}: {}", stderr(&output));
        assert!(stderr(&output).contains(shows), "{arguments}: {}", stderr(&output));
        assert!(!home.path().join("x.svg").exists());
    }
}

#[test]
fn a_snapshot_that_does_not_verify_ends_with_one() {
    for (verified, code, shows) in [(true, 0, "VERIFIED: it is so."), (false, 1, "NOT VERIFIED: it is so.")] {
        let view = json!({"digest": "5f", "computed": null, "verified": verified, "measure": "d0",
            "sentence": "it is so", "changed_since": false});
        let mock = Mock::start(vec![Reply::ok(view.clone()), Reply::ok(view.clone())]);
        let home = home(&mock);
        fs::write(home.path().join("s"), "\"s\"").unwrap();
        let output = run(home.path(), "feed verify HOME/s");
        assert_eq!(output.status.code(), Some(code), "{}", stderr(&output));
        assert!(stdout(&output).starts_with(shows), "{}", stdout(&output));
        let output = run(home.path(), "feed verify HOME/s --json");
        assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap(), view);
        let requests = mock.finish();
        assert_eq!((&*requests[0].path, &requests[0].body), ("/v1/feeds/verify", &json!("s")));
    }
}

#[test]
fn a_snapshot_that_is_none_is_not_written() {
    let mock = Mock::start(vec![Reply::file("no snapshot")]);
    let home = home(&mock);
    let output = run(home.path(), "feed snapshot Visits HOME/s");
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("is no snapshot"), "{}", stderr(&output));
    assert!(!home.path().join("s").exists());
    assert_eq!(mock.finish()[0].path, "/v1/feeds/Visits/snapshot");
}
