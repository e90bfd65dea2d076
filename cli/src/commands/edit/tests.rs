use super::{Wanted, changes, check_kind, is_empty, merged};
use crate::args::{FieldArgs, Kind};
use crate::commands::documents::content;
use crate::commands::source::{Content, parse, render};
use crate::view::{DocumentSummary, DocumentView, EditRequest};

fn document(text: &str) -> DocumentView {
    DocumentView {
        particulars: Default::default(),
        summary: DocumentSummary {
            standing: Default::default(),
            id: "ab".repeat(32),
            kind: "toolkit".into(),
            title: "School plan".into(),
            language: "en".into(),
            organisation: "Council".into(),
            edits: 1,
            updated_ms: 0,
            notices: vec![],
        },
        description: String::new(),
        text: text.into(),
        version: vec!["cd".repeat(32)],
    }
}

fn request(old: &DocumentView, new: &str) -> EditRequest {
    let new = parse(new, "f").unwrap();
    changes(old, &Wanted::default(), Some(new), "f").unwrap()
}

#[test]
fn an_untouched_draft_changes_nothing() {
    for text in ["one\ntwo\n", "no line end", "\n\nblank lines first\n", "---\na: b\n---\n"] {
        let old = document(text);
        let draft = render(&content(&old), &[]);
        assert!(is_empty(&request(&old, &draft)), "{text:?}");
        assert!(is_empty(&request(&old, &format!("{draft}\n"))) || text.ends_with('\n'));
    }
}

#[test]
fn only_what_differs_is_sent_with_the_version_that_was_read() {
    let old = document("one\n");
    let request = request(&old, "---\ntitle: New\nlanguage: en\n---\none\ntwo\n");
    assert_eq!(request.title.as_deref(), Some("New"));
    assert_eq!(request.language, None);
    assert_eq!(request.description, None);
    assert_eq!(request.text.as_deref(), Some("one\ntwo\n"));
    assert_eq!(request.base, Some(old.version.clone()));
}

#[test]
fn a_heading_in_a_file_does_not_rename_the_document() {
    let old = document("# One\n");
    assert_eq!(request(&old, "# Other\n").title, None);
}

#[test]
fn options_win_over_front_matter() {
    let fields = FieldArgs { title: Some("Option".into()), ..FieldArgs::default() };
    let args = Wanted { fields, unset: Vec::new() };
    let new = Content { title: Some("File".into()), text: "x".into(), ..Content::default() };
    let request = changes(&document("x"), &args, Some(new), "f").unwrap();
    assert_eq!(request.title.as_deref(), Some("Option"));
}

#[test]
fn emptying_a_document_by_mistake_is_refused() {
    let new = Some(Content::default());
    assert!(changes(&document("x"), &Wanted::default(), new, "f").is_err());
}

#[test]
fn others_changes_are_told() {
    let sent = EditRequest { text: Some("mine\n".into()), ..EditRequest::default() };
    let told = merged(&sent, &document("theirs\nmine\n"));
    assert!(told.contains("1 line added, 0 lines taken away"), "{told}");
    assert_eq!(merged(&sent, &document("mine\n")), "");
}

/// A document that says something beside its text.
fn with_particulars() -> DocumentView {
    let values = [("audience", "Teachers"), ("contact/1", "0800 1"), ("stage", "start")];
    let particulars = values.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    DocumentView { particulars, ..document("x\n") }
}

fn set(values: &[(&str, Option<&str>)]) -> Option<std::collections::BTreeMap<String, Option<String>>> {
    Some(values.iter().map(|(name, value)| ((*name).to_owned(), value.map(str::to_owned))).collect())
}

#[test]
fn only_particulars_that_differ_are_sent() {
    let old = with_particulars();
    let draft = render(&content(&old), &["a note".to_owned()]);
    assert!(is_empty(&request(&old, &draft)), "{draft}");
    let edited = draft.replace("Teachers", "Parents").replace("stage: \"start\"", "ages: 5-11");
    let expected = set(&[("ages", Some("5-11")), ("audience", Some("Parents")), ("stage", None)]);
    assert_eq!(request(&old, &edited).particulars, expected);
    let emptied = draft.replace("\"start\"", "");
    assert_eq!(request(&old, &emptied).particulars, set(&[("stage", None)]));
}

#[test]
fn a_file_that_was_not_made_from_the_document_takes_nothing_away() {
    let old = with_particulars();
    assert_eq!(request(&old, "New text.\n").particulars, None);
    let request = request(&old, "---\naudience: Parents\n---\nNew text.\n");
    assert_eq!(request.particulars, set(&[("audience", Some("Parents"))]));
}

#[test]
fn options_set_and_unset_particulars() {
    let old = with_particulars();
    let fields = FieldArgs {
        set: vec![("ages".into(), "5-11".into()), ("audience".into(), "Teachers".into())],
        contact: vec!["0800 1".into(), "0800 2".into()],
        ..FieldArgs::default()
    };
    let wanted = Wanted { fields, unset: vec!["stage".into()] };
    let request = changes(&old, &wanted, None, "f").unwrap();
    let expected = [("ages", Some("5-11")), ("contact/2", Some("0800 2")), ("stage", None)];
    assert_eq!(request.particulars, set(&expected));
    assert_eq!((request.text, request.title), (None, None));
}

#[test]
fn a_file_of_another_kind_is_refused() {
    assert!(check_kind(None, Kind::Toolkit).is_ok());
    assert!(check_kind(Some("guidance"), Kind::Guidance).is_ok());
    let error = check_kind(Some("guidance"), Kind::Toolkit).unwrap_err();
    assert!(error.to_string().contains("\"guidance\", not a toolkit"), "{error}");
}
