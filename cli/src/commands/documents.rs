//! Reading documents: `show`, `list`, `history`, `diff`, `readability`.

use commons_protocol::date::Date;

use crate::args::{Kind, Status};
use crate::client::encode;
use crate::commands::Context;
use crate::commands::source::{Content, render};
use crate::error::CliError;
use crate::output::Answer;
use crate::output::table::Table;
use crate::output::text::{count, safe, short, time};
use crate::view::{DiffView, DocumentSummary, DocumentView, EditView, ReadabilityView};

/// The path of a document in the API.
pub fn document_path(id: &str) -> String {
    format!("/v1/documents/{}", encode(id))
}

/// The path of a document as it was at `heads`.
pub fn version_path(id: &str, heads: &str) -> String {
    let heads: String = heads.split_whitespace().collect();
    format!("{}?version={}", document_path(id), encode(&heads))
}

/// Which content of a document to show.
pub enum Which {
    /// What it says now, or said at these heads.
    Written(Option<String>),
    /// What was released, or was on this day.
    Released(Option<Date>),
}

/// Shows a document as a text that `edit --from` takes back.
pub fn show(context: &Context, id: &str, which: Which) -> Result<Answer, CliError> {
    let path = match &which {
        Which::Written(Some(heads)) => version_path(id, heads),
        Which::Written(None) => document_path(id),
        Which::Released(None) => format!("{}?released=true", document_path(id)),
        Which::Released(Some(day)) => {
            format!("{}?released=true&as_of={day}", document_path(id))
        }
    };
    let document: DocumentView = context.get(&path)?;
    let summary = &document.summary;
    let sentence = &summary.standing.sentence;
    let mut notes: Vec<String> = Vec::new();
    notes.extend((!sentence.is_empty()).then(|| sentence.clone()));
    notes.extend(summary.standing.notices.iter().map(|notice| format!("Note: {notice}")));
    notes.push(about(summary));
    notes.extend(summary.notices.iter().cloned());
    Ok(Answer::new(render(&content(&document), &notes), &document)?)
}

/// `document` as it is written in a file.
pub fn content(document: &DocumentView) -> Content {
    let description = &document.description;
    Content {
        kind: None,
        title: Some(document.summary.title.clone()),
        language: Some(document.summary.language.clone()),
        description: (!description.is_empty()).then(|| description.clone()),
        particulars: document.particulars.clone(),
        unknown: Vec::new(),
        base: Some(document.version.clone()),
        text: document.text.clone(),
    }
}

fn about(summary: &DocumentSummary) -> String {
    format!(
        "{} {} by {}, {}, last changed {}",
        summary.kind,
        summary.id,
        summary.organisation,
        count(summary.edits, "edit"),
        time(summary.updated_ms)
    )
}

/// Lists the documents of one kind, or those of them that stand like this.
pub fn list(context: &Context, kind: Kind, status: Option<Status>) -> Result<Answer, CliError> {
    let word = kind.word();
    let filter = status.map(|status| format!("&status={}", status.word())).unwrap_or_default();
    let documents: Vec<DocumentSummary> = context.get(&format!("/v1/documents?kind={word}{filter}"))?;
    if documents.is_empty() {
        let human = match status {
            Some(status) => format!("No {word} stands like this: {}.", status.word().replace('-', " ")),
            None if kind == Kind::Measure => {
                "No measure here yet. Define one with `commons measure define`.".to_owned()
            }
            None => format!("No {word} here yet. Contribute one with `commons {word} new --from FILE`."),
        };
        return Ok(Answer::new(human, &documents)?);
    }
    let headings = ["id", "title", "status", "due", "language", "organisation", "edits", "changed"];
    let mut table = Table::new(&headings);
    let mut notices = String::new();
    for document in &documents {
        let standing = &document.standing;
        table.row(&[
            short(&document.id),
            &document.title,
            &status_words(document),
            standing.due.as_deref().unwrap_or(""),
            &document.language,
            &document.organisation,
            &document.edits.to_string(),
            &time(document.updated_ms),
        ]);
        for notice in document.notices.iter().chain(&standing.notices) {
            notices.push_str(&format!("{}: {notice}\n", short(&document.id)));
        }
    }
    if !notices.is_empty() {
        notices.insert(0, '\n');
    }
    Ok(Answer::new(table.render("") + &notices, &documents)?)
}

/// How a document stands, and how what was written since its release does.
fn status_words(document: &DocumentSummary) -> String {
    let standing = &document.standing;
    match &standing.draft {
        Some(draft) if *draft != standing.status => format!("{}, newer {draft}", standing.status),
        _ => standing.status.clone(),
    }
}

/// Lists the edits of a document.
pub fn history(context: &Context, id: &str) -> Result<Answer, CliError> {
    let edits: Vec<EditView> = context.get(&format!("{}/history", document_path(id)))?;
    let mut table = Table::new(&["edit", "time", "organisation", "person", "roles", "what", "fields"]);
    let mut overrides = String::new();
    for edit in &edits {
        table.row(&[
            short(&edit.id),
            &time(edit.time_ms),
            &edit.organisation,
            &edit.person,
            &edit.roles.join(", "),
            &edit.what,
            &edit.fields.join(", "),
        ]);
        for kept in &edit.overrides {
            overrides.push_str(&format!("{}: {kept}\n", short(&edit.id)));
        }
    }
    if !overrides.is_empty() {
        overrides.insert(0, '\n');
    }
    Ok(Answer::new(table.render("") + &overrides, &edits)?)
}

/// Tells how hard a document is to read.
pub fn readability(context: &Context, id: &str) -> Result<Answer, CliError> {
    let view: ReadabilityView = context.get(&format!("{}/readability", document_path(id)))?;
    let mut human = String::new();
    if let (Some(flesch_kincaid), Some(smog)) = (view.flesch_kincaid, view.smog) {
        human = format!(
            "Flesch-Kincaid grade {flesch_kincaid:.1}, SMOG grade {smog:.1} ({}, {}).\n",
            count(view.words, "word"),
            count(view.sentences, "sentence")
        );
    }
    human.push_str(&format!("{}\n", view.advice));
    Ok(Answer::new(human, &view)?)
}

/// Shows what differs between two versions.
pub fn diff(context: &Context, id: &str, from: Option<&str>, to: Option<&str>) -> Result<Answer, CliError> {
    let named = [("from", from), ("to", to)];
    let query: Vec<String> = named
        .iter()
        .filter_map(|(key, value)| value.map(|value| format!("{key}={}", encode(value))))
        .collect();
    let mut path = format!("{}/diff", document_path(id));
    if !query.is_empty() {
        path.push_str(&format!("?{}", query.join("&")));
    }
    let diff: DiffView = context.get(&path)?;
    if diff.unified.is_empty() {
        return Ok(Answer::new("The two versions are the same.", &diff)?);
    }
    let text = safe(&diff.unified);
    if !context.output.colour {
        return Ok(Answer::new(text, &diff)?);
    }
    let json = Answer::new("", &diff)?.json;
    Ok(Answer::trusted(coloured(&text), json))
}

/// A unified diff with added, removed and place lines in colour.
fn coloured(unified: &str) -> String {
    let mut text = String::with_capacity(unified.len() + 256);
    for line in unified.lines() {
        let colour = match line.as_bytes() {
            [b'+', b'+', b'+', ..] | [b'-', b'-', b'-', ..] => "1",
            [b'+', ..] => "32",
            [b'-', ..] => "31",
            [b'@', ..] => "36",
            _ => {
                text.push_str(line);
                text.push('\n');
                continue;
            }
        };
        text.push_str(&format!("\u{1b}[{colour}m{line}\u{1b}[0m\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{coloured, version_path};

    #[test]
    fn only_changed_lines_are_coloured() {
        let text = coloured("--- a\n+++ b\n@@ -1 +1 @@\n same\n-old\n+new\n");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[3], " same");
        assert_eq!(lines[4], "\u{1b}[31m-old\u{1b}[0m");
        assert_eq!(lines[5], "\u{1b}[32m+new\u{1b}[0m");
    }

    #[test]
    fn heads_may_have_spaces_between_them() {
        assert_eq!(version_path("ab", "c, d"), "/v1/documents/ab?version=c%2Cd");
    }
}
