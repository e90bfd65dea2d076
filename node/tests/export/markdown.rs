//! A document as Markdown, and back.

use super::samples::{guidance, measure, particulars, released, toolkit, version};
use commons_node::export::{self, ImportError, read_markdown};
use commons_node::view::NewDocument;
use commons_protocol::collection::DocumentKind;
use commons_protocol::document::Fields;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// What `fields` should come back as.
fn expected(kind: &str, fields: &Fields) -> NewDocument {
    NewDocument {
        kind: kind.to_owned(),
        title: fields.title.clone(),
        language: Some(fields.language.clone()),
        description: Some(fields.summary.clone()).filter(|summary| !summary.trim().is_empty()),
        text: fields.text.clone(),
        particulars: fields.particulars.clone().into_inner(),
        override_reason: None,
    }
}

fn check_round_trip(kind: DocumentKind, fields: &Fields) {
    let markdown = export::markdown(&released(version(kind, fields)).published());
    let back = read_markdown(&markdown).unwrap_or_else(|error| panic!("{error}: {markdown}"));
    assert_eq!(format!("{back:?}"), format!("{:?}", expected(kind.word(), fields)), "{markdown}");
}

#[test]
fn the_samples_come_back() {
    check_round_trip(DocumentKind::Toolkit, &toolkit().version.fields());
    check_round_trip(DocumentKind::Guidance, &guidance().version.fields());
    check_round_trip(DocumentKind::Measure, &measure().version.fields());
    check_round_trip(DocumentKind::Toolkit, &super::hostile::sample().version.fields());
}

#[test]
fn the_file_shows_how_it_stands_and_from_where_it_comes() {
    let sample = toolkit();
    let markdown = export::markdown(&sample.published());
    let expected = "---\n# Released 2026-11-20, to be reviewed again by 2027-11-20\nkind: \"toolkit\"\n\
         title: \"Ten days at home\"\nlanguage: \"en\"\nsummary: ";
    assert!(markdown.starts_with(expected), "{markdown}");
    assert!(markdown.contains("condition/ICD-10:K50: \"Crohn disease\"\n"), "{markdown}");
    assert!(markdown.contains(&format!("urn:blake3:{}", sample.version.name().blake3)), "{markdown}");
    let heads = format!("commons-version: {}, {}\n", "03".repeat(32), "04".repeat(32));
    assert!(markdown.contains(&heads), "{markdown}");
}

/// Text without what no version can hold.
fn text(least: usize, most: usize) -> impl Strategy<Value = String> {
    let plain = prop_oneof![
        8 => any::<char>(),
        1 => Just('\n'),
        1 => Just('"'),
        1 => Just('\\'),
        1 => Just('\''),
        1 => Just(':'),
        1 => Just('-'),
        1 => Just('#'),
    ];
    let plain = plain.prop_filter("a character that no version holds", |char| {
        let overrides = matches!(char, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
        !overrides && (!char.is_control() || *char == '\n')
    });
    proptest::collection::vec(plain, least..most).prop_map(|chars| chars.into_iter().collect())
}

proptest! {
    #[test]
    fn every_document_comes_back(
        title in text(1, 60).prop_filter("blank", |text| !text.trim().is_empty()),
        summary in text(0, 80),
        body in text(0, 300),
        call in text(1, 80).prop_filter("blank", |text| !text.trim().is_empty()),
        label in text(1, 60).prop_filter("blank", |text| !text.trim().is_empty()),
        code in "[A-Za-z0-9._:-]{1,20}",
    ) {
        let name = format!("condition/{code}");
        let particulars = particulars(&[("call", &call), (&name, &label)]);
        let fields = Fields { title, language: "pt-BR".to_owned(), summary, text: body, particulars };
        check_round_trip(DocumentKind::Guidance, &fields);
    }

    #[test]
    fn no_file_makes_the_reader_panic(input in "(---\n)?([a-zA-Z/:#'\"\\\\> \t\n-]|\\PC){0,200}(\n---\n)?") {
        _ = read_markdown(&input);
    }
}

#[test]
fn a_file_of_another_tool_becomes_a_document() {
    let read = read_markdown(
        "\u{feff}---\r\ntags: [a, b]\r\nTitle: 'It''s a plan'\r\nAudience: Parents\r\ndescription: >\r\n  two\r\n  lines\r\n\
         ages:5-11\r\n---\r\n\r\nText\r\n",
    )
    .expect("a document");
    assert_eq!(
        (read.kind.as_str(), read.title.as_str(), read.text.as_str()),
        ("toolkit", "It's a plan", "Text\n")
    );
    assert_eq!((read.description.as_deref(), read.language), (Some("two lines"), None));
    let values = [("ages", "5-11"), ("audience", "Parents")];
    let values: BTreeMap<String, String> =
        values.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    assert_eq!(read.particulars, values);
}

#[test]
fn a_heading_is_a_title_where_none_is_named() {
    assert_eq!(read_markdown("\n## School plan ##\n\nText\n").expect("a document").title, "School plan");
    for input in ["", "Text", "#hashtag", "---\n---\n"] {
        assert!(matches!(read_markdown(input), Err(ImportError::NoTitle)), "{input:?}");
    }
}

#[test]
fn what_does_not_fit_is_refused_in_words() {
    for (input, words) in [
        ("---\ntitle: x\nkind: recipe\n---\n", "kind: toolkit, kind: guidance or kind: measure"),
        ("---\ntitle: x\nages: old\n---\n", "ages in years"),
        ("---\ntitle: x\nlanguage: English (US)\n---\n", "not a language tag"),
        ("---\ntitle: x\nrecommendation/1/strength: weak\n---\n", "one of: strong, conditional"),
        ("---\ntitle: x\ncondition/a b: y\n---\n", "no field \"condition/a b\""),
        ("---\ntitle: x\ntitle: y\n---\n", "stands twice"),
        ("---\ntitle: x\n", "does not end"),
        ("---\ntitle: x\n---\na\u{7}b", "control character"),
        ("---\ntitle: x\u{202e}y\n---\n", "control character"),
    ] {
        let error = read_markdown(input).expect_err(input).to_string();
        assert!(error.contains(words), "{input:?}: {error}");
    }
    let huge = "x".repeat(21 * 1024 * 1024);
    assert!(matches!(read_markdown(&huge), Err(ImportError::TooLarge { .. })));
}
