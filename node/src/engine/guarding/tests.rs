use super::{judge, record, words};
use crate::guard::examine_text;
use commons_protocol::document::{Fields, Particulars};

fn fields(text: &str, particulars: &[(&str, &str)]) -> Fields {
    let values = particulars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Fields {
        title: "Going home".to_owned(),
        language: "en".to_owned(),
        text: text.to_owned(),
        particulars: Particulars::new(values.collect()).expect("they fit"),
        ..Fields::default()
    }
}

/// The code of the failure, if there is one.
fn code(old: &Fields, new: &Fields, reason: Option<&str>) -> Option<String> {
    super::check(old, new, reason).err().map(|failure| failure.code)
}

#[test]
fn what_others_wrote_before_blocks_nobody() {
    let old = fields("Call jane.doe@example.org today.\nRest.\n", &[]);
    let moved = fields("Rest a lot.\n\nCall jane.doe@example.org today.\n", &[]);
    assert_eq!(code(&old, &moved, None), None, "the same line elsewhere is not new");
    let second = fields("Call jane.doe@example.org today.\nOr joan.roe@example.org.\n", &[]);
    assert_eq!(code(&old, &second, None).as_deref(), Some("identifiers"));
    let added = fields("Call jane.doe@example.org or joan.roe@example.org today.\nRest.\n", &[]);
    assert_eq!(code(&old, &added, None).as_deref(), Some("identifiers"), "a second one in the same line");
    assert_eq!(code(&fields("", &[]), &old, Some("she agreed")).as_deref(), Some("identifiers"));
}

#[test]
fn declared_contacts_are_no_alarm_and_every_field_is_read() {
    let nothing = fields("", &[]);
    let declared = fields("Write to help@example.org.\n", &[("contact/1", "help@example.org")]);
    assert_eq!(code(&nothing, &declared, None), None);
    for name in [
        "author/1",
        "evidence/1",
        "audience",
        "population",
        "numerator",
        "stratum/age:0-4",
        "condition/ICD-10:K50",
        "recommendation/1/statement",
    ] {
        let new = fields("", &[(name, "jane.doe@example.org")]);
        assert_eq!(code(&nothing, &new, None).as_deref(), Some("identifiers"), "{name}");
    }
    for name in ["author", "condition", "evidence", "stratum"] {
        let new = fields("", &[(&*format!("{name}/212-555-0142"), "x")]);
        assert_eq!(code(&nothing, &new, None).as_deref(), Some("identifiers"), "the name of a {name}");
    }
    let media_type = fields("", &[("attachment/a/media-type", "jane.doe@example.org")]);
    assert_eq!(code(&nothing, &media_type, None).as_deref(), Some("identifiers"));
    let file = fields("", &[("attachment/jane.doe.pdf/alt", "Jane.Doe@example.org")]);
    assert_eq!(code(&nothing, &file, None).as_deref(), Some("identifiers"));
    let plain = fields("", &[("attachment/plan.pdf/hash", &"12".repeat(32)), ("review-due", "2027-03-31")]);
    assert_eq!(code(&nothing, &plain, None), None, "hashes and dates of review are no words");
    assert!(words(&plain).contains(&("attachment", "plan.pdf")));
}

#[test]
fn definitions_of_measures_are_no_alarm() {
    let measure = fields(
        "",
        &[
            ("calendar", "month"),
            ("measure-kind", "proportion"),
            ("numerator-quantity", "ed-visits.unplanned"),
            ("per", "10000"),
            ("stratum/age:0-4", "0 to 4 years"),
            ("stratum/age:5-17", "5 to 17 years"),
            ("stratum/department:type-1", "Major departments"),
            ("stratum/sex:f", "Women and girls"),
            ("target", "82.5"),
            ("threshold", "20"),
        ],
    );
    assert_eq!(code(&fields("", &[]), &measure, None), None);
}

#[test]
fn codes_of_conditions_are_no_alarm() {
    for code_of in [
        "ICD-10:K50.0",
        "SNOMED:34000006",
        "ORPHA:206",
        "MONDO:0005011",
        "OMIM:266600",
        "LOINC:4548-4",
        "K50",
    ] {
        let new =
            fields("", &[(&*format!("condition/{code_of}"), "Crohn disease"), ("licence", "CC-BY-4.0")]);
        assert_eq!(code(&fields("", &[]), &new, None), None, "{code_of}");
    }
}

#[test]
fn the_reason_of_an_override_is_read() {
    let new = fields("My son Daniel Weber, admitted on 12 March 2024.\n", &[]);
    let leak = Some("his mother agreed, (212) 555-0142");
    assert_eq!(code(&fields("", &[]), &new, leak).as_deref(), Some("identifiers"));
    assert_eq!(code(&fields("", &[]), &new, Some("he wants to be named")), None);
    assert!(super::check_reason("It held (212) 555-0142").is_err());
    assert!(super::check_reason("It held a telephone number").is_ok());
}

#[test]
fn a_record_says_what_was_asked_about_but_not_whom() {
    let text = "My son Daniel Weber, admitted on 12 March 2024, drank a lot.\n".repeat(40);
    let found = examine_text("text", &text, &[]);
    assert!(found.len() > 32, "{}", found.len());
    let overrides = record(&found, " He wants to be named ").expect("it fits");
    assert_eq!(&*overrides.reason, "He wants to be named");
    assert_eq!(overrides.found.len(), 32);
    assert!(overrides.found[0].contains(": text, line 1, character "), "{}", &*overrides.found[0]);
    assert!(overrides.found.iter().all(|one| !one.contains("Daniel") && !one.contains("Da")));
    assert_eq!(&*overrides.found[31], format!("and {} more", found.len() - 31));
    let soft = judge(found, Some(" ")).expect_err("blanks are no reason");
    assert_eq!(soft.code, "identifiers-soft");
    assert!(soft.detail.contains("and ") && !soft.detail.contains("Daniel"), "{}", soft.detail);
}
