//! Texts with the kinds that must be found in them, and what an author can
//! declare.

use commons_node::guard::{Finding, Kind, Severity, covers, examine_text, not_covered};

const STRINGS: &str = include_str!("fixtures/strings.tsv");

#[test]
fn each_text_has_the_expected_findings() {
    let mut wrong = Vec::new();
    for line in STRINGS.lines() {
        let (expected, text) = line.split_once('\t').expect("kinds and a text");
        let findings = examine_text("summary", &text.replace("\\n", "\n"), &[]);
        let found: Vec<&str> = findings.iter().map(|finding| finding.kind.word()).collect();
        let found = if found.is_empty() { "-".to_owned() } else { found.join(",") };
        if found != expected {
            wrong.push(format!("{text:?}: expected {expected}, found {findings:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn findings(text: &str, contacts: &[&str]) -> Vec<Finding> {
    examine_text("body", text, &contacts.iter().map(|contact| (*contact).to_owned()).collect::<Vec<_>>())
}

#[test]
fn a_finding_says_where_and_why_and_masks_what() {
    let found = findings("Zwölf.\nÄrztin: anna.k@example.org", &[]);
    let expected = Finding {
        kind: Kind::Email,
        field: "body".to_owned(),
        line: 2,
        column: 9,
        excerpt: "an**.*@*******.***".to_owned(),
        why: "an e-mail address",
    };
    assert_eq!(found, [expected]);
    assert_eq!(
        found[0].to_string(),
        "body, line 2, character 9: e-mail \"an**.*@*******.***\": an e-mail address"
    );
}

#[test]
fn invisible_characters_and_other_scripts_hide_nothing() {
    for text in [
        "415\u{200b}-555-\u{ad}0132",
        "４１５-５５５-０１３２",
        "٤١٥-٥٥٥-٠١٣٢",
        "415&nbsp;555&nbsp;0132",
        "415‑555‑0132",
    ] {
        assert_eq!(
            findings(text, &[]).iter().map(|finding| finding.kind).collect::<Vec<_>>(),
            [Kind::Phone],
            "{text}"
        );
    }
}

#[test]
fn declared_contacts_are_no_alarm() {
    let text = "Celiac Centre, 12 Oak Street, Springfield,\nIL 62701; (415) 555-0132, fax +44 (0)20 7946 0958, Help@Example.org";
    let contacts = [
        "12 Oak Street, Springfield, IL  62701",
        "+1 415 555 0132",
        "Fax: 020 7946 0958",
        "mailto:help@example.org",
    ];
    assert_eq!(findings(text, &contacts), []);
    for left_out in 0..contacts.len() {
        let mut some = contacts.to_vec();
        some.remove(left_out);
        assert_eq!(findings(text, &some).len(), 1, "without {:?}", contacts[left_out]);
    }
}

#[test]
fn only_contacts_can_be_declared() {
    for text in [
        "123-45-6789",
        "1EG4-TE5-MK73",
        "4012888888881881",
        "MRN 1234567",
        "192.168.0.1",
        "NHS number 943 476 5919",
    ] {
        assert_eq!(findings(text, &[text]).len(), 1, "{text}");
        assert_eq!(findings(text, &["", "1", "123456789", text]).len(), 1, "{text}");
    }
}

#[test]
fn a_part_of_an_address_declares_no_other_address() {
    assert_eq!(findings("7 Elm Court, Ames, IA 50010", &["Ames, IA 50010", "7", "", "Elm Court"]).len(), 1);
}

#[test]
fn an_address_is_declared_with_all_of_its_words() {
    let text = "Building 10, Room 1N113, 10 Center Drive, Bethesda, MD 20892";
    assert_eq!(findings(text, &["10 Center Drive, Bethesda, MD 20892"]), []);
    assert_eq!(
        findings("0 Center Drive, Bethesda, MD 20892", &["10 Center Drive, Bethesda, MD 20892"]).len(),
        1
    );
    assert_eq!(
        findings("110 Center Drive, Bethesda, MD 20892", &["10 Center Drive, Bethesda, MD 20892"]).len(),
        1
    );
}

#[test]
fn a_number_that_fits_two_kinds_is_told_as_both_unless_the_text_says_which() {
    let kinds = |text: &str| findings(text, &[]).iter().map(|finding| finding.kind).collect::<Vec<_>>();
    assert_eq!(kinds("943 476 5919"), [Kind::Phone, Kind::NhsNumber]);
    assert_eq!(kinds("NHS number 943 476 5919"), [Kind::NhsNumber]);
    assert_eq!(kinds("call 943 476 5919"), [Kind::Phone]);
    assert_eq!(findings("943 476 5919", &["943-476-5919"]), []);
}

#[test]
fn words_of_kinds_are_stable_and_lead_back() {
    let words: Vec<&str> = Kind::ALL.iter().map(|kind| kind.word()).collect();
    let expected = [
        "e-mail",
        "phone",
        "ssn",
        "mbi",
        "nhs-number",
        "payment-card",
        "ip-address",
        "mac-address",
        "record-number",
        "street-address",
        "coordinates",
        "author-metadata",
        "person-name",
        "full-date",
        "high-age",
        "unexamined",
    ];
    assert_eq!(words, expected);
    assert!(Kind::ALL.iter().all(|kind| Kind::from_word(kind.word()) == Some(*kind)));
    assert_eq!(Kind::ALL.iter().filter(|kind| kind.severity() == Severity::Soft).count(), 4);
}

#[test]
fn all_kinds_are_described() {
    assert_eq!(covers().iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), Kind::ALL);
    assert!(covers().iter().all(|(_, text)| text.len() > 20) && not_covered().len() > 5);
}
