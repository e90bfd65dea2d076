//! Long CSV tables.

use super::{lines, notes, read_csv as read, refused};
use commons_node::figures::template::template;
use commons_node::figures::{Columns, Number};
use commons_node::figures::{csv, ndjson};

const LONG: &str = "\
measure,period,stratifier,stratum,numerator,denominator,excluded
Remission,2026-03,,,120,150,12
Remission,2026-03,age,0-4,masked,30,
Remission,2026-03,age,5-17,100,120,<10
Visits,2026-Q1,,,400,,
";
const LONG_READ: [&str; 4] = [
    "Remission 2026-03 all 120/150 12",
    "Remission 2026-03 age:0-4 masked/30 none",
    "Remission 2026-03 age:5-17 100/120 masked",
    "Visits 2026-Q1 all 400/none none",
];

#[test]
fn a_long_table_is_read() {
    let reading = read(LONG.as_bytes()).unwrap();
    assert_eq!(lines(&reading), LONG_READ);
    assert_eq!((refused(&reading), notes(&reading)), (vec![], vec!["masked"]));
    assert_eq!(reading.figures[1].at, "line 3");
    assert_eq!(reading.figures[1].numerator, Number::Masked);
}

#[test]
fn separators_marks_and_line_ends_make_no_difference() {
    let semicolons = LONG.replace(',', ";");
    let quoted = format!("{}\n", LONG.trim_end().replace(',', "\",\"").replace('\n', "\"\n\""))
        .replacen("m", "\"m", 1);
    let quoted = quoted.trim_end().to_owned() + "\"\n";
    for text in [
        semicolons.clone(),
        LONG.replace(',', "\t"),
        format!("\u{feff}{LONG}"),
        LONG.replace('\n', "\r\n"),
        format!("\n\n{LONG}"),
        LONG.trim_end().to_owned(),
        format!("sep=;\r\n{semicolons}"),
        format!("{LONG},,,,,,\n"),
        LONG.replace('\n', ",,\n"),
        quoted,
    ] {
        let reading = read(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"));
        assert_eq!(lines(&reading), LONG_READ, "{text}");
        assert_eq!(refused(&reading), [""; 0], "{text}");
    }
    assert_eq!(read(format!("sep=;\n{semicolons}").as_bytes()).unwrap().figures[0].at, "line 3");
}

#[test]
fn names_of_columns_are_taken_as_people_write_them() {
    let text = "Indicator;Start Date;End date;Dimension;Category;Count;DENOM;Exclusions\n\
                m;2026-01-01;2026-03-31;age;0-4;20;40;0\n";
    assert_eq!(lines(&read(text.as_bytes()).unwrap()), ["m 2026-Q1 age:0-4 20/40 0"]);
    let text = "Month,Stratum,Numerator\n2026-03-01,age:0-4,20\n2026-03-01,,50\n";
    assert_eq!(
        lines(&read(text.as_bytes()).unwrap()),
        ["? 2026-03 age:0-4 20/none none", "? 2026-03 all 50/none none"]
    );
}

#[test]
fn other_encodings_are_read_and_remarked() {
    let text = b"measure,period,numerator\nEntz\xfcndung \x80,2026-03,12\n";
    let reading = read(text).unwrap();
    assert_eq!(reading.figures[0].measure.as_deref(), Some("Entzündung €"));
    assert_eq!(notes(&reading), ["encoding"]);
}

#[test]
fn a_bad_row_is_listed_and_the_others_are_read() {
    let text = "period,stratifier,stratum,numerator,denominator\n\
                2026-01,,,12,50\n\
                2026-02,,,\"1,234\",5000\n\
                2026-02,,,,50\n\
                2026-03,,,12,\n\
                2026-04,age,Small children,12,50\n\
                2026-05,age,,12,50\n\
                2026-05,,0-4,12,50\n\
                31/05/2026,,,12,50\n\
                2026-05-17,,,12,50\n\
                2026-06,,,0.24,50\n\
                2026-07,,,-1,50\n\
                2026-08,,,99999999999999999999999,50\n\
                2026-09,,,12\n\
                2026-10,,,12,50,60\n\
                2026-11,,,0,50\n";
    let reading = read(text.as_bytes()).unwrap();
    assert_eq!(lines(&reading), ["? 2026-01 all 12/50 none", "? 2026-11 all 0/50 none"]);
    assert_eq!(
        refused(&reading),
        [
            "line 3 thousands",
            "line 4 missing",
            "line 5 missing",
            "line 6 free-text",
            "line 7 stratum",
            "line 8 stratum",
            "line 9 period",
            "line 10 a-day",
            "line 11 not-a-count",
            "line 12 negative",
            "line 13 too-large",
            "line 14 cells",
            "line 15 cells",
        ]
    );
    for remark in &reading.remarks {
        assert!(!remark.text.is_empty() && !remark.advice.is_empty(), "{remark:?}");
    }
}

#[test]
fn a_stratum_without_its_stratifier_is_told_what_it_lacks() {
    let reading = read(b"period,stratum,numerator\n2026-01,0-11,40\n2026-01,17. Dez,40\n").unwrap();
    assert_eq!(refused(&reading), ["line 2 stratum", "line 3 free-text"]);
    let [first, second] = &reading.remarks[..] else { panic!("{:?}", reading.remarks) };
    assert!(first.text.contains("not of which stratifier"), "{first:?}");
    assert!(first.advice.contains("--column stratum=age:COLUMN"), "{first:?}");
    assert!(second.advice.contains("format to text"), "{second:?}");
}

#[test]
fn of_rows_that_contradict_each_other_none_is_taken() {
    let text =
        "period,numerator,denominator\n2026-01,12,50\n2026-02,1,5\n2026-01,13,50\n2026-02,1,5\n2026-03,3,9\n";
    let reading = read(text.as_bytes()).unwrap();
    assert_eq!(lines(&reading), ["? 2026-02 all 1/5 none", "? 2026-03 all 3/9 none"]);
    assert_eq!(refused(&reading), ["line 2 contradiction", "line 4 contradiction"]);
    assert!(reading.remarks[0].text.contains("line 4"), "{:?}", reading.remarks[0]);
    assert_eq!(notes(&reading), ["repeated"]);
}

#[test]
fn a_quotation_mark_that_is_not_closed_swallows_nothing_silently() {
    let text = "period,numerator\n2026-01,12\n2026-02,\"13\n2026-03,14\n2026-04,15\n";
    let reading = read(text.as_bytes()).unwrap();
    assert_eq!(lines(&reading), ["? 2026-01 all 12/none none"]);
    assert_eq!(reading.remarks.len(), 1);
    assert!(reading.remarks[0].refused && reading.remarks[0].at == "lines 3 to 5", "{:?}", reading.remarks);
}

#[test]
fn a_quotation_mark_in_the_last_column_swallows_no_rows() {
    let head = "period,numerator,denominator,comment\r\n";
    for (rows, refused_at) in [
        ("2026-05,96,130,\"first\r\n2026-06,90,130,ok\r\n2026-07,90,130,ok\r\n", "lines 2 to 4 quote"),
        ("2026-05,96,130,\"first\n2026-06,90,130,ok\n2026-07,90,130,ok\"", "lines 2 to 4 quote"),
        ("2026-05,96,130,\"first\n2026-06,90,130,ok\n2026-07,90,130,\"late\"\n", "lines 2 to 4 quote"),
        ("2026-05,96,130,\"first\n2026-06,90,130,\"late\"\n", "lines 2 to 3 quote"),
        ("\r\n2026-05,96,130,\"first", "line 3 quote"),
    ] {
        let reading = read(format!("{head}{rows}").as_bytes()).unwrap();
        assert_eq!(refused(&reading), [refused_at], "{rows}");
        assert_eq!(lines(&reading), [""; 0], "{rows}");
        let line = if refused_at.contains("line 3") { "in line 3 " } else { "in line 2 " };
        assert!(reading.remarks[1].text.contains(line), "{:?}", reading.remarks);
    }
    let error = read(b"period,numerator,\"comment\n2026-05,96,\n2026-06,90,\n").unwrap_err();
    assert!(error.code == "quote" && error.text.contains("line 1"), "{error}");
    // What a comment may hold.
    let rows = "2026-05,96,130,\"first, and\nsecond\"\r\n2026-06,90,130,\"5\"\" wide\"\r\n";
    let reading = read(format!("{head}{rows}").as_bytes()).unwrap();
    assert_eq!(lines(&reading), ["? 2026-05 all 96/130 none", "? 2026-06 all 90/130 none"]);
    assert_eq!(notes(&reading), ["columns-ignored", "lines"]);
    assert_eq!((&*reading.figures[0].at, &*reading.figures[1].at), ("lines 2 to 3", "line 4"));
}

#[test]
fn a_file_of_which_nothing_is_wanted_is_refused() {
    let text = "period,org,numerator\n2026-01,RF4,12\n2026-01,R1H,13\n";
    let only = |conditions: &[&str]| {
        let mut columns = Columns::default();
        conditions.iter().for_each(|one| columns.want(one).unwrap());
        csv::read(text.as_bytes(), &columns)
    };
    let error = only(&["org=ZZZ"]).unwrap_err();
    assert_eq!(error.code, "none-wanted");
    assert_eq!(error.text, "no row has \"ZZZ\" in the column \"org\"; it has \"RF4\", \"R1H\"");
    assert_eq!(only(&["org=RF4", "numerator=13"]).unwrap_err().code, "none-wanted");
    assert_eq!(only(&["org=R1H"]).unwrap().figures.len(), 1);
    let mut columns = Columns::default();
    columns.want("org=ZZZ").unwrap();
    let line = b"{\"period\":\"2026-01\",\"org\":\"RF4\",\"numerator\":12}\n";
    assert_eq!(ndjson::read(line, &columns).unwrap_err().code, "none-wanted");
    let error = read(b"period,numerator\r\n\r\n").unwrap_err();
    assert!(error.code == "empty" && error.text.contains("no rows"), "{error}");
}

#[test]
fn tables_of_people_are_refused_whole() {
    for column in ["date", "DOB", "Patient ID", "admission_date", "patient", "NHS number", "MRN", "Surname"] {
        let text = format!("period,{column},numerator\n2026-01,x,12\n");
        assert_eq!(read(text.as_bytes()).unwrap_err().code, "person-level", "{column}");
    }
    // Saying that it is the period helps a date, not a birthday.
    let read_as = |column: &str| {
        let mut columns = Columns::default();
        columns.name(&format!("period={column}")).unwrap();
        csv::read(format!("{column},numerator\n2026-01-01,12\n2026-01-17,1\n").as_bytes(), &columns)
    };
    let told = read(b"date,numerator\n2026-01-01,12\n").unwrap_err().text;
    assert!(told.contains("--column period=date"), "{told}");
    let reading = read_as("date").unwrap();
    assert_eq!(lines(&reading), ["? 2026-01 all 12/none none"]);
    assert_eq!(refused(&reading), ["line 3 a-day"]);
    assert_eq!(read_as("birth_date").unwrap_err().code, "person-level");
}

#[test]
fn columns_can_be_named_and_rows_chosen() {
    let text = "when,who,kind,breaches,seen,count\n\
                2026-01-01,A,1,12,50,9\n2026-01-01,B,1,20,60,9\n2026-02-01,A,,30,70,9\n";
    let mut columns = Columns::default();
    for assignment in
        ["period=when", "stratum=type:kind", "numerator=breaches", "denominator=seen", "organisation=who"]
    {
        columns.name(assignment).unwrap();
    }
    let read = |columns: &Columns| csv::read(text.as_bytes(), columns);
    let error = read(&columns).unwrap_err();
    assert_eq!(error.code, "organisations");
    assert!(error.text.contains("--only"), "{error}");
    columns.want("who=A").unwrap();
    let reading = read(&columns).unwrap();
    assert_eq!(lines(&reading), ["? 2026-01 type:1 12/50 none", "? 2026-02 all 30/70 none"]);
    assert_eq!(notes(&reading), ["columns-ignored", "not-wanted"]);
    columns.name("excluded=nowhere").unwrap();
    let error = read(&columns).unwrap_err();
    assert!(
        error.code == "columns" && error.text.contains("\"nowhere\"") && error.text.contains("\"when\""),
        "{error}"
    );
    for wrong in ["numerator", "numerator=", "colour=red", ""] {
        assert!(columns.name(wrong).is_err(), "{wrong}");
    }
    assert!(columns.want("A").is_err());
}

#[test]
fn what_no_table_can_be_is_said_once() {
    for (text, code) in [
        (&b""[..], "empty"),
        (b"\xef\xbb\xbf \r\n", "empty"),
        (b"PK\x03\x04....", "spreadsheet"),
        (b"%PDF-1.4\n", "binary"),
        (b"\xff\xfep\0e\0", "encoding"),
        (b"period,numerator\n2026-01,1\0", "binary"),
        (b"period,denominator\n2026-01,5\n", "columns"),
        (b"numerator,denominator\n2026-01,5\n", "columns"),
        (b"first,numerator\n2026-01-01,5\n", "columns"),
        (b"period,numerator,count\n2026-01,5,5\n", "columns"),
        (b"period,stratifier,numerator\n2026-01,age,5\n", "columns"),
        (b"period,age:0-4.denominator\n2026-01,5\n", "columns"),
        (b"period,a.numerator,a.numerator\n2026-01,5,5\n", "columns"),
        (b"measure,period,a.numerator\nb,2026-01,5\n", "columns"),
        (b"stratum,period,age:0-4.numerator\n,2026-01,5\n", "columns"),
        (b"period,numerator\n2026-01,5\n", ""),
    ] {
        let code_found = read(text).err().map_or("", |error| error.code);
        assert_eq!(code_found, code, "{}", String::from_utf8_lossy(text));
    }
}

#[test]
fn a_template_is_refused_until_it_is_filled_in() {
    let measure = super::samples::measure();
    let empty = template(&measure);
    assert!(
        empty.starts_with("measure,period,stratifier,stratum,numerator,denominator,excluded\n"),
        "{empty}"
    );
    let reading = read(empty.as_bytes()).unwrap();
    assert_eq!((reading.figures.len(), refused(&reading).len()), (0, 8), "{empty}");
    let reading = read(empty.replace(",,,\n", ",,\n").replace(",,\n", ",20,40,0\n").as_bytes()).unwrap();
    let id = &measure.id;
    let expected =
        ["all", "age:-4", "age:5-17", "sex:f"].map(|stratum| format!("{id} 2026-01 {stratum} 20/40 0"));
    assert_eq!(lines(&reading)[..4], expected, "{empty}");
    assert_eq!(refused(&reading), [""; 0]);
}
