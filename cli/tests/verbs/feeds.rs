//! Feeds and charts: what their verbs send, show and write.

use std::fs;

use serde_json::{Value, json};

use crate::answers::problem;
use crate::measures::{feed, known, masked, row};
use crate::mock::{Mock, Reply};
use crate::{home, run, stderr, stdout};

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
    assert_eq!(requests[1].path, "/v1/feeds/Visits/chart?from=2026-01&format=text&width=80&height=20");
}

#[test]
fn a_feed_of_one_stratum_and_organisation_is_shown_without_the_others() {
    let rows = [row(Some("0a"), Some("0-4"), &known(30))];
    let refusal = Reply::problem(409, problem(409, "nothing-to-draw", "there is nothing to draw"));
    let mock = Mock::start(vec![Reply::ok(feed(&rows)), refusal]);
    let home = home(&mock);
    let output = run(home.path(), "feed show Visits --organisation Lakes --stratum age:0-4");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stdout(&output);
    assert!(text.contains("age:0-4 Under five  30"), "{text}");
    assert!(text.contains("No chart: there is nothing to draw"), "{text}");
    let requests = mock.finish();
    assert_eq!(requests[0].path, "/v1/feeds/Visits?organisation=Lakes&stratum=age%3A0-4");
    assert!(
        requests[1].path.contains("/chart?organisation=Lakes&stratum=age%3A0-4&"),
        "{}",
        requests[1].path
    );
}

#[test]
fn all_strata_of_a_stratifier_are_shown_without_a_chart() {
    let rows = [row(None, Some("0-4"), &known(30)), row(None, Some("5-"), &known(77))];
    let mock = Mock::start(vec![Reply::ok(feed(&rows)), Reply::ok(feed(&[])), Reply::ok(feed(&[]))]);
    let home = home(&mock);
    let output = run(home.path(), "feed show Visits --stratifier age --to 2026-03");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stdout(&output);
    for told in
        ["age:0-4 Under five  30", "age:5- Older        77", "feed show \"Visits\" --stratum age:CODE"]
    {
        assert!(text.contains(told), "{told}: {text}");
    }
    for (arguments, asked) in
        [("--stratifier sex", "stratifier=sex"), ("--stratum age:90-", "stratum=age%3A90-")]
    {
        let output = run(home.path(), &format!("feed show Visits {arguments}"));
        let text = stdout(&output);
        assert!(
            text.contains("Nothing is reported there. The measure is split by age (0-4, 5-)."),
            "{asked}: {text}"
        );
    }
    let paths: Vec<String> = mock.finish().into_iter().map(|request| request.path).collect();
    assert_eq!(
        paths,
        [
            "/v1/feeds/Visits?organisation=network&to=2026-03&stratifier=age",
            "/v1/feeds/Visits?organisation=network&stratifier=sex",
            "/v1/feeds/Visits?organisation=network&stratum=age%3A90-",
        ]
    );
}

#[test]
fn where_everything_is_withheld_the_way_to_single_organisations_is_told() {
    let mock = Mock::start(vec![Reply::ok(feed(&[row(None, None, &json!({"status": "withheld"}))]))]);
    let home = home(&mock);
    let output = run(home.path(), "feed show Visits");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stdout(&output);
    assert!(text.contains("Withheld (2026-03): fewer than 3"), "{text}");
    assert!(
        text.contains("feed show \"Visits\" --organisation NAME") && !text.contains("period  "),
        "{text}"
    );
    assert_eq!(mock.finish().len(), 1, "there is nothing to draw");
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
    assert!(
        stdout(&output).contains("Nothing is reported there. Reported by Lakes, Hills."),
        "{}",
        stdout(&output)
    );
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
            "feed export Visits HOME/v.csv --stratifier age",
            "/v1/feeds/Visits/export?format=csv&stratifier=age",
            "v.csv",
        ),
        (
            "feed export Visits HOME/v.ndjson --stratum age:0-4",
            "/v1/feeds/Visits/export?format=ndjson&stratum=age%3A0-4",
            "v.ndjson",
        ),
        (
            chart,
            "/v1/feeds/Visits/chart?format=svg&organisation=Lakes&stratum=age%3A0-4&from=2026-01&kind=p-prime&freeze=12\
             &width=600&phase=2026-03&phase=2026-05&exclude=2026-04&annotate=2026-06%3DNew",
            "c.svg",
        ),
        (
            "chart Visits HOME/m.png --multiples --width 700",
            "/v1/feeds/Visits/chart?format=png&multiples=true&width=700",
            "m.png",
        ),
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
    for (arguments, format) in [
        ("chart Visits -", "svg"),
        ("chart Visits - --json", "json"),
        ("chart Visits - --format text", "text"),
    ] {
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
    let output =
        run(home.path(), "chart --data HOME/visits.csv HOME/v.svg --freeze 2026-06 --annotate 2026-09=New");
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
        (
            "chart --data HOME/days.csv HOME/x.svg --phase z",
            1,
            "no row with the label \"z\", which --phase names",
        ),
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
        let view = json!({"digest": "5f", "computed": "a7", "verified": verified, "measure": "d0",
            "sentence": "it is so", "changed_since": false});
        let mock = Mock::start(vec![Reply::ok(view.clone()), Reply::ok(view.clone())]);
        let home = home(&mock);
        fs::write(home.path().join("s"), "\"s\"").unwrap();
        let output = run(home.path(), "feed verify HOME/s");
        assert_eq!(output.status.code(), Some(code), "{}", stderr(&output));
        assert!(stdout(&output).starts_with(shows), "{}", stdout(&output));
        for digest in ["of the file:            5f\n", "that the node computes: a7\n"] {
            assert!(stdout(&output).contains(digest), "{}", stdout(&output));
        }
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
    assert!(stderr(&output).contains("does not answer as a Commons node does"), "{}", stderr(&output));
    assert!(!home.path().join("s").exists());
    assert_eq!(mock.finish()[0].path, "/v1/feeds/Visits/snapshot");
}
