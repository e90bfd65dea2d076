//! Writing documents: `new` and `edit`, from a file or in the editor.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use similar::{ChangeTag, TextDiff};

use crate::args::{EditArgs, FieldArgs, Kind, NewArgs, RestoreArgs};
use crate::commands::Context;
use crate::commands::documents::{content, document_path, version_path};
use crate::commands::source::particulars::{from_options, is_known, known_names, unknown};
use crate::commands::source::{self, Content, SourceError, display_name, render};
use crate::editor::{self, Draft};
use crate::error::CliError;
use crate::output::Answer;
use crate::output::text::{count, short};
use crate::view::{DocumentView, EditRequest, NewDocument, RestoreRequest};

/// How long counting merged lines may take.
const DIFF_TIMEOUT: Duration = Duration::from_secs(1);

/// Contributes a new document.
pub fn new(context: &Context, kind: Kind, args: NewArgs) -> Result<Answer, CliError> {
    let NewArgs { content: args } = args;
    let fields = args.fields;
    if let Some(path) = &args.from {
        let content = source::read_document(path)?;
        return create(context, kind, &fields, content, Some(path));
    }
    let blank = Content {
        title: Some(fields.title.clone().unwrap_or_default()),
        language: Some(fields.language.clone().unwrap_or_else(|| "en".to_owned())),
        description: Some(fields.description.clone().unwrap_or_default()),
        particulars: from_options(&fields, &BTreeMap::new()).map_err(CliError::Usage)?,
        ..Content::default()
    };
    context.client()?;
    let advice = format!("Save it with {}.", context.command(&format!("{} new --from FILE", kind.word())));
    let notes = [format!("It can also say: {}", known_names())];
    let rest = FieldArgs { override_reason: fields.override_reason, ..FieldArgs::default() };
    in_editor(&render(&blank, &notes), &advice, |content| create(context, kind, &rest, content, None))
}

/// Contributes a document that says `content`, and what `args` say instead.
pub fn create(
    context: &Context,
    kind: Kind,
    args: &FieldArgs,
    content: Content,
    path: Option<&Path>,
) -> Result<Answer, CliError> {
    let saved = store(context, kind, args, content, path)?;
    let human = format!("Saved {:?} as {} {}.\n", saved.summary.title, kind.word(), short(&saved.summary.id));
    Ok(Answer::new(human, &saved)?)
}

/// Sends a new document.
pub fn store(
    context: &Context,
    kind: Kind,
    args: &FieldArgs,
    content: Content,
    path: Option<&Path>,
) -> Result<DocumentView, CliError> {
    check_kind(content.kind.as_deref(), kind)?;
    let name = path.map_or_else(|| "The new document".to_owned(), display_name);
    // A measure says everything that matters beside the text.
    if content.text.trim().is_empty() && kind != Kind::Measure {
        return Err(SourceError::Empty { name }.into());
    }
    let title = args.title.clone().or_else(|| source::title(&content, path));
    let Some(title) = title else {
        return Err(CliError::Usage(format!(
            "{name} has no title: no front matter, no heading, no file name. Give one with --title."
        )));
    };
    let mut particulars = content.particulars;
    particulars.extend(from_options(args, &particulars).map_err(CliError::Usage)?);
    let document = NewDocument {
        kind: kind.word().to_owned(),
        title,
        language: args.language.clone().or(content.language),
        description: args.description.clone().or(content.description),
        text: content.text,
        particulars,
        override_reason: args.override_reason.clone(),
    };
    Ok(context.post("/v1/documents", &document)?)
}

/// Refuses a file that says that it is another kind of document.
pub fn check_kind(said: Option<&str>, kind: Kind) -> Result<(), CliError> {
    match said.filter(|said| *said != kind.word()) {
        None => Ok(()),
        Some(said) => Err(CliError::Usage(format!(
            "The file says that it is of the kind {said:?}, not a {}. Use the verb of that kind, or change the line \
             `kind:`.",
            kind.word()
        ))),
    }
}

/// Changes a document.
pub fn edit(context: &Context, kind: Kind, args: EditArgs) -> Result<Answer, CliError> {
    let EditArgs { id, content, unset, base } = args;
    if let Some(name) = unset.iter().find(|name| !is_known(name)) {
        return Err(CliError::Usage(unknown(std::slice::from_ref(name))));
    }
    let wanted = Wanted { fields: content.fields, unset };
    match &content.from {
        Some(path) => {
            let new = source::read_document(path)?;
            let base = base.or_else(|| new.base.as_ref().map(|heads| heads.join(",")));
            let old = read_base(context, &id, base.as_deref())?;
            save(context, &old, &wanted, Some(new), &display_name(path))
        }
        None if wanted.has_any() => {
            let old = read_base(context, &id, None)?;
            save(context, &old, &wanted, None, "")
        }
        None => edit_in_editor(context, kind, &id, &wanted),
    }
}

/// Makes a document say again what it said at an older version.
pub fn restore(context: &Context, args: RestoreArgs) -> Result<Answer, CliError> {
    let request = RestoreRequest { version: args.version, override_reason: args.override_reason };
    let saved: DocumentView = context.post(&format!("{}/restore", document_path(&args.id)), &request)?;
    let human = format!(
        "{:?} ({}) says again what it said then, now {}. What was written since is kept in its history.\n",
        saved.summary.title,
        short(&saved.summary.id),
        count(saved.summary.edits, "edit"),
    );
    Ok(Answer::new(human, &saved)?)
}

/// What the options of `edit` ask for.
#[derive(Default)]
struct Wanted {
    fields: FieldArgs,
    unset: Vec<String>,
}

impl Wanted {
    fn has_any(&self) -> bool {
        let fields = &self.fields;
        let texts = [&fields.title, &fields.language, &fields.description];
        let lists = [fields.set.len(), fields.condition.len(), fields.contact.len(), self.unset.len()];
        texts.iter().any(|text| text.is_some()) || lists.iter().any(|length| *length > 0)
    }
}

fn read_base(context: &Context, id: &str, base: Option<&str>) -> Result<DocumentView, CliError> {
    let path = match base {
        Some(heads) => version_path(id, heads),
        None => document_path(id),
    };
    Ok(context.get(&path)?)
}

fn edit_in_editor(context: &Context, kind: Kind, id: &str, wanted: &Wanted) -> Result<Answer, CliError> {
    let old = read_base(context, id, None)?;
    let verb = format!("{} edit {} --from FILE", kind.word(), short(&old.summary.id));
    let advice = format!("Save it with {}.", context.command(&verb));
    let notes = [format!("It can also say: {}", known_names())];
    in_editor(&render(&content(&old), &notes), &advice, |new| {
        save(context, &old, wanted, Some(new), "The draft")
    })
}

/// Sends what differs from `old`, on top of its version. `name` is what `new`
/// is called in messages.
fn save(
    context: &Context,
    old: &DocumentView,
    wanted: &Wanted,
    new: Option<Content>,
    name: &str,
) -> Result<Answer, CliError> {
    let request = changes(old, wanted, new, name)?;
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

/// What `wanted` and `new` change in `old`. A title that is only guessed from
/// a heading or a file's name changes nothing.
fn changes(
    old: &DocumentView,
    wanted: &Wanted,
    new: Option<Content>,
    name: &str,
) -> Result<EditRequest, CliError> {
    let new = new.unwrap_or_else(|| content(old));
    if new.text.trim().is_empty() && !old.text.trim().is_empty() {
        return Err(SourceError::Empty { name: name.to_owned() }.into());
    }
    let particulars = particular_changes(old, wanted, &new)?;
    let text = without_added_line_end(&old.text, new.text);
    let changed = |new: Option<String>, old: &str| new.filter(|new| new != old);
    let fields = &wanted.fields;
    Ok(EditRequest {
        title: changed(fields.title.clone().or(new.title), &old.summary.title),
        language: changed(fields.language.clone().or(new.language), &old.summary.language),
        description: changed(fields.description.clone().or(new.description), &old.description),
        text: changed(Some(text), &old.text),
        particulars: (!particulars.is_empty()).then_some(particulars),
        base: Some(old.version.clone()),
        override_reason: fields.override_reason.clone(),
    })
}

/// Values to set, or none to remove. What a text does not say any more is
/// removed only if the text was made from the document: a file that never had
/// front matter takes nothing away.
fn particular_changes(
    old: &DocumentView,
    wanted: &Wanted,
    new: &Content,
) -> Result<BTreeMap<String, Option<String>>, CliError> {
    let mut values = match new.base {
        Some(_) => BTreeMap::new(),
        None => old.particulars.clone(),
    };
    values.extend(new.particulars.clone());
    values.extend(from_options(&wanted.fields, &values).map_err(CliError::Usage)?);
    wanted.unset.iter().for_each(|name| _ = values.remove(name));
    let gone = old.particulars.keys().filter(|name| !values.contains_key(*name));
    let mut changed: BTreeMap<String, Option<String>> = gone.map(|name| (name.clone(), None)).collect();
    values.retain(|name, value| old.particulars.get(name) != Some(value));
    changed.extend(values.into_iter().map(|(name, value)| (name, Some(value))));
    Ok(changed)
}

fn is_empty(request: &EditRequest) -> bool {
    let EditRequest { title, language, description, text, particulars, base: _, override_reason: _ } =
        request;
    let texts = [title, language, description, text];
    texts.iter().all(|text| text.is_none()) && particulars.is_none()
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
        .and_then(|()| Ok(source::read_document(draft.path())?))
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
