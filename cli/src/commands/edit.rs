//! Writing documents: `new` and `edit`, from a file or in the editor.

use std::path::Path;
use std::time::Duration;

use similar::{ChangeTag, TextDiff};

use crate::args::{ContentArgs, EditArgs, Kind, NewArgs};
use crate::commands::Context;
use crate::commands::documents::{content, document_path, version_path};
use crate::commands::source::{self, Content, SourceError, display_name, render};
use crate::editor::{self, Draft};
use crate::error::CliError;
use crate::output::Answer;
use crate::output::text::{count, short};
use crate::view::{DocumentView, EditRequest, NewDocument};

/// How long counting merged lines may take.
const DIFF_TIMEOUT: Duration = Duration::from_secs(1);

/// Contributes a new document.
pub fn new(context: &Context, kind: Kind, args: NewArgs) -> Result<Answer, CliError> {
    let args = args.content;
    if let Some(path) = &args.from {
        let content = source::read_content(path)?;
        return create(context, kind, &args, content, Some(path));
    }
    let blank = Content {
        title: Some(args.title.clone().unwrap_or_default()),
        language: Some(args.language.clone().unwrap_or_else(|| "en".to_owned())),
        description: Some(args.description.clone().unwrap_or_default()),
        ..Content::default()
    };
    context.client()?;
    let advice = format!("Save it with {}.", context.command(&format!("{} new --from FILE", kind.word())));
    in_editor(&render(&blank, &[]), &advice, |content| {
        create(context, kind, &ContentArgs::default(), content, None)
    })
}

fn create(
    context: &Context,
    kind: Kind,
    args: &ContentArgs,
    content: Content,
    path: Option<&Path>,
) -> Result<Answer, CliError> {
    let name = path.map_or_else(|| "The new document".to_owned(), display_name);
    if content.text.trim().is_empty() {
        return Err(SourceError::Empty { name }.into());
    }
    let title = args.title.clone().or_else(|| source::title(&content, path));
    let Some(title) = title else {
        return Err(CliError::Usage(format!(
            "{name} has no title: no front matter, no heading, no file name. Give one with --title."
        )));
    };
    let document = NewDocument {
        kind: kind.word().to_owned(),
        title,
        language: args.language.clone().or(content.language),
        description: args.description.clone().or(content.description),
        text: content.text,
        ..NewDocument::default()
    };
    let saved: DocumentView = context.post("/v1/documents", &document)?;
    let human = format!("Saved {:?} as {} {}.\n", saved.summary.title, kind.word(), short(&saved.summary.id));
    Ok(Answer::new(human, &saved)?)
}

/// Changes a document.
pub fn edit(context: &Context, kind: Kind, args: EditArgs) -> Result<Answer, CliError> {
    let EditArgs { id, content, base } = args;
    match &content.from {
        Some(path) => {
            let new = source::read_content(path)?;
            let base = base.or_else(|| new.base.as_ref().map(|heads| heads.join(",")));
            let old = read_base(context, &id, base.as_deref())?;
            save(context, &old, &content, Some(new))
        }
        None if has_fields(&content) => {
            let old = read_base(context, &id, None)?;
            save(context, &old, &content, None)
        }
        None => edit_in_editor(context, kind, &id, &content),
    }
}

fn has_fields(args: &ContentArgs) -> bool {
    args.title.is_some() || args.language.is_some() || args.description.is_some()
}

fn read_base(context: &Context, id: &str, base: Option<&str>) -> Result<DocumentView, CliError> {
    let path = match base {
        Some(heads) => version_path(id, heads),
        None => document_path(id),
    };
    Ok(context.get(&path)?)
}

fn edit_in_editor(context: &Context, kind: Kind, id: &str, args: &ContentArgs) -> Result<Answer, CliError> {
    let old = read_base(context, id, None)?;
    let verb = format!("{} edit {} --from FILE", kind.word(), short(&old.summary.id));
    let advice = format!("Save it with {}.", context.command(&verb));
    in_editor(&render(&content(&old), &[]), &advice, |new| save(context, &old, args, Some(new)))
}

/// Sends what differs from `old`, on top of its version.
fn save(
    context: &Context,
    old: &DocumentView,
    args: &ContentArgs,
    new: Option<Content>,
) -> Result<Answer, CliError> {
    let request = changes(old, args, new)?;
    if is_empty(&request) {
        return Ok(Answer::new("Nothing changed, so nothing was saved.", old)?);
    }
    let saved: DocumentView = context.put(&document_path(&old.summary.id), &request)?;
    let human = format!(
        "Saved {:?} ({}), now {}.\n{}",
        saved.summary.title,
        short(&saved.summary.id),
        count(saved.summary.edits, "edit"),
        merged(&request, &saved)
    );
    Ok(Answer::new(human, &saved)?)
}

/// What `args` and `new` change in `old`. A title that is only guessed from a
/// heading or a file's name changes nothing.
fn changes(old: &DocumentView, args: &ContentArgs, new: Option<Content>) -> Result<EditRequest, CliError> {
    let new = new.unwrap_or_else(|| content(old));
    if new.text.trim().is_empty() && !old.text.trim().is_empty() {
        let name = args.from.as_deref().map_or_else(|| "The draft".to_owned(), display_name);
        return Err(SourceError::Empty { name }.into());
    }
    let text = without_added_line_end(&old.text, new.text);
    let changed = |new: Option<String>, old: &str| new.filter(|new| new != old);
    Ok(EditRequest {
        title: changed(args.title.clone().or(new.title), &old.summary.title),
        language: changed(args.language.clone().or(new.language), &old.summary.language),
        description: changed(args.description.clone().or(new.description), &old.description),
        text: changed(Some(text), &old.text),
        base: Some(old.version.clone()),
        ..EditRequest::default()
    })
}

fn is_empty(request: &EditRequest) -> bool {
    request.title.is_none()
        && request.language.is_none()
        && request.description.is_none()
        && request.text.is_none()
}

/// Editors end the last line by themselves; alone, that is no edit.
fn without_added_line_end(old: &str, new: String) -> String {
    match new.strip_suffix('\n') {
        Some(same) if same == old => same.to_owned(),
        _ => new,
    }
}

/// Tells that others' changes came in, if they did.
fn merged(request: &EditRequest, saved: &DocumentView) -> String {
    let Some(sent) = request.text.as_ref().filter(|sent| **sent != saved.text) else {
        return String::new();
    };
    // A rough answer at once is better than an exact one after minutes.
    let mut config = TextDiff::configure();
    config.timeout(DIFF_TIMEOUT);
    let diff = config.diff_lines(sent.as_str(), saved.text.as_str());
    let lines = |tag| {
        let lines = diff.iter_all_changes().filter(|change| change.tag() == tag);
        lines.count() as u64
    };
    format!(
        "Others changed it meanwhile; their changes are merged with yours ({} added, {} taken \
         away against what you sent).\n",
        count(lines(ChangeTag::Insert), "line"),
        count(lines(ChangeTag::Delete), "line"),
    )
}

/// Lets the person write, starting from `initial`, and hands it to `save`. If
/// that fails, what was written stays in a file.
fn in_editor(
    initial: &str,
    advice: &str,
    save: impl FnOnce(Content) -> Result<Answer, CliError>,
) -> Result<Answer, CliError> {
    let editor = editor::from_environment()?;
    let draft = Draft::new(initial)?;
    let saved = draft
        .edit(&editor)
        .map_err(CliError::from)
        .and_then(|()| Ok(source::read_content(draft.path())?))
        .and_then(save);
    match saved {
        Err(error) if !draft.is_still(initial) => {
            let kept = draft.keep(error.code(), &error.to_string(), advice);
            Err(kept.into())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests;
