use super::{changes, is_empty, merged};
use crate::args::ContentArgs;
use crate::commands::documents::content;
use crate::commands::source::{Content, parse, render};
use crate::view::{DocumentSummary, DocumentView, EditRequest};

fn document(text: &str) -> DocumentView {
    DocumentView {
        particulars: Default::default(),
        summary: DocumentSummary {
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
    changes(old, &ContentArgs::default(), Some(new)).unwrap()
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
    let args = ContentArgs { title: Some("Option".into()), ..ContentArgs::default() };
    let new = Content { title: Some("File".into()), text: "x".into(), ..Content::default() };
    let request = changes(&document("x"), &args, Some(new)).unwrap();
    assert_eq!(request.title.as_deref(), Some("Option"));
}

#[test]
fn emptying_a_document_by_mistake_is_refused() {
    let new = Some(Content::default());
    assert!(changes(&document("x"), &ContentArgs::default(), new).is_err());
}

#[test]
fn others_changes_are_told() {
    let sent = EditRequest { text: Some("mine\n".into()), ..EditRequest::default() };
    let told = merged(&sent, &document("theirs\nmine\n"));
    assert!(told.contains("1 line added, 0 lines taken away"), "{told}");
    assert_eq!(merged(&sent, &document("mine\n")), "");
}
