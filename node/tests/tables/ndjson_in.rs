//! NDJSON.

use super::{lines, notes, read_ndjson as read, refused};

#[test]
fn lines_are_read_with_the_names_of_columns() {
    let text = "{\"measure\":\"m\",\"period\":\"2026-03\",\"numerator\":12,\"denominator\":50}\r\n\n\
                {\"Denominator\":\"40\",\"numerator\":\"masked\",\"stratifier\":\"age\",\"stratum\":\"0-4\",\
                \"measure\":\"m\",\"period\":\"2026-03\",\"excluded\":null,\"comment\":\"x\"}\n\
                {\"first\":\"2026-01-01\",\"last\":\"2026-03-31\",\"m.numerator\":3,\"n.numerator\":4.0}";
    let reading = read(text.as_bytes()).unwrap();
    assert_eq!(
        lines(&reading),
        ["m 2026-03 all 12/50 none", "m 2026-03 age:0-4 masked/40 none", "n 2026-Q1 all 4/none none"],
        "m has denominators elsewhere"
    );
    assert_eq!(refused(&reading), ["line 4, m missing"]);
    assert_eq!(notes(&reading), ["columns-ignored", "masked"]);
    assert_eq!(reading.figures[1].at, "line 3");
}

#[test]
fn a_bad_line_is_listed_and_the_others_are_read() {
    let good = "{\"period\":\"2026-01\",\"numerator\":12}";
    let text = [
        good,
        "{\"period\":\"2026-02\",\"numerator\":12",
        "[1]",
        "{\"period\":\"2026-02\",\"numerator\":12,\"numerator\":13}",
        "{\"period\":\"2026-02\",\"numerator\":12,\"Num\":13}",
        "{\"period\":\"2026-02\",\"numerator\":[12]}",
        "{\"period\":\"2026-02\",\"numerator\":true}",
        "{\"period\":\"2026-02\",\"numerator\":null}",
        "{\"period\":\"2026-02\",\"numerator\":1e300}",
        "{\"period\":\"2026-02\",\"numerator\":0.5}",
        "{\"period\":\"2026-02\",\"numerator\":-1}",
        "{\"period\":\"2026-02\"}",
        "{\"period\":\"2026-02\",\"numerator\":18446744073709551615}",
        &format!("{{\"period\":\"2026-02\",\"numerator\":{}1{}}}", "[".repeat(5_000), "]".repeat(5_000)),
        &format!("{{\"period\":\"2026-02\",\"numerator\":1,\"x\":\"{}\"}}", "x".repeat(70_000)),
        "",
        "{\"period\":\"2026-03\",\"numerator\":14}",
    ]
    .join("\n");
    let mut bytes = text.into_bytes();
    bytes.extend(b"\n{\"period\":\"2026-04\",\"numerator\":\"\xff\"}\n");
    let reading = read(&bytes).unwrap();
    assert_eq!(lines(&reading), ["? 2026-01 all 12/none none", "? 2026-03 all 14/none none"]);
    let codes = [
        "json",
        "json",
        "json",
        "columns",
        "json-value",
        "json-value",
        "missing",
        "not-a-count",
        "not-a-count",
        "negative",
        "columns",
        "too-large",
        "json",
        "long-row",
    ];
    let mut expected: Vec<String> =
        (2..).zip(codes).map(|(line, code)| format!("line {line} {code}")).collect();
    expected.push("line 18 json".to_owned());
    assert_eq!(refused(&reading), expected, "{:#?}", reading.remarks);
}

#[test]
fn whole_files_that_are_none() {
    for (text, code) in [
        ("", "empty"),
        (" \n ", "empty"),
        ("[{\"period\":\"2026-01\",\"numerator\":12}]", "not-lines"),
        (
            "{\"period\":\"2026-01\",\"numerator\":12}\n{\"period\":\"2026-01\",\"dob\":\"\",\"numerator\":12}",
            "person-level",
        ),
    ] {
        assert_eq!(read(text.as_bytes()).unwrap_err().code, code, "{text}");
    }
}
