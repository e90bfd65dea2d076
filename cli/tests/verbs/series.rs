//! Templates and withdrawals of series.

use serde_json::{Value, json};

use crate::answers::problem;
use crate::measures::{feed, known, row};
use crate::mock::{Mock, Reply};
use crate::{home, run, stderr, stdout};

#[test]
fn a_template_is_what_the_node_makes_of_the_measure() {
    let table = "measure,period,stratifier,stratum,numerator\n";
    let mock = Mock::start(vec![Reply::file(table), Reply::file(table)]);
    let home = home(&mock);
    let output = run(home.path(), "series template Visits");
    assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(0), table), "{}", stderr(&output));
    let output = run(home.path(), "series template Visits --json");
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(value, json!({"measure": "Visits", "template": table}));
    assert_eq!(mock.finish()[0].path, "/v1/measures/Visits/template");
}

#[test]
fn a_measure_that_is_not_there_has_no_template() {
    let refusal = Reply::problem(404, problem(404, "not-found", "there is no measure \"Births\""));
    let mock = Mock::start(vec![refusal]);
    let home = home(&mock);
    let output = run(home.path(), "series template Births");
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("no measure \"Births\""), "{}", stderr(&output));
    mock.finish();
}

#[test]
fn a_withdrawal_is_shown_before_and_never_a_matter_of_a_typing_error() {
    let rows = || json!([feed(&[row(Some("0a"), None, &known(30))])]);
    let mock = Mock::start(Vec::new());
    let place = home(&mock);
    for (arguments, shows) in [
        ("series withdraw Visits 2026-03", "nobody to ask"),
        ("series withdraw Visits 2026-03 --json", "nobody to ask"),
        ("series withdraw Visits 2026-13 --yes", "2026-13"),
        ("series withdraw Visits 2026-03 --yes --dry-run", "cannot be used with"),
    ] {
        let output = run(place.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments}");
        assert!(stderr(&output).contains(shows), "{arguments}: {}", stderr(&output));
    }
    assert!(mock.finish().is_empty(), "nothing is asked for");
    let mock = Mock::start(vec![Reply::ok(rows()), Reply::ok(rows())]);
    let place = home(&mock);
    let output = run(place.path(), "series withdraw Visits 2026-03 --dry-run");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stdout(&output);
    assert!(text.contains("2026-03  30") && text.contains("nothing was withdrawn"), "{text}");
    let output = run(place.path(), "series withdraw Visits 2026-04 --dry-run");
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("reports nothing of \"Visits\" in 2026-04"), "{}", stderr(&output));
    let requests = mock.finish();
    assert!(
        requests.iter().all(|request| request.method == "GET" && request.path == "/v1/series?measure=Visits")
    );
}
