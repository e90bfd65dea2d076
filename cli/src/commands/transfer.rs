//! `export` and `import`: documents as files for other programs.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use commons_node::export::{CRATE_ATTACHMENT_BYTES, ImportedFile, read_ro_crate};
use serde_json::json;

use crate::args::{ExportArgs, ExportFormat, FieldArgs, ImportArgs, Kind};
use crate::commands::Context;
use crate::commands::documents::document_path;
use crate::commands::edit::{check_kind, create};
use crate::commands::file::fetch_new;
use crate::commands::source::particulars::from_options;
use crate::commands::source::{self, SourceError, display_name};
use crate::error::CliError;
use crate::output::Answer;
use crate::output::progress::with_spinner;
use crate::output::text::{count, short};
use crate::view::{AttachRequest, DocumentView, NewDocument, StoredBlob};

/// Most bytes of a file that is read: all attachments of a crate, and room for
/// its text.
const MAX_BYTES: u64 = CRATE_ATTACHMENT_BYTES + 32 * 1024 * 1024;
/// What zip files begin with.
const ZIP: &[u8] = b"PK\x03\x04";

/// Writes a document to a file.
pub fn export(context: &Context, args: ExportArgs) -> Result<Answer, CliError> {
    let format = match args.format {
        Some(format) => format,
        None => format_of(&args.file)?,
    };
    let client = context.client()?;
    let path = format!("{}/export?format={}&draft={}", document_path(&args.id), format.word(), args.draft);
    let bytes = with_spinner("Writing the document", || fetch_new(&client, &path, &args.file))?;
    let human = format!("Wrote {} ({}).\n", args.file.display(), count(bytes, "byte"));
    let json = json!({ "file": args.file, "bytes": bytes, "format": format.word() });
    Ok(Answer::new(human, &json)?)
}

fn format_of(file: &Path) -> Result<ExportFormat, CliError> {
    let end = file.extension().map(|end| end.to_string_lossy().into_owned()).unwrap_or_default();
    ExportFormat::of_extension(&end).ok_or_else(|| {
        CliError::Usage(format!(
            "What to write can't be told by the name {}. Say it with --format.",
            file.display()
        ))
    })
}

/// Contributes a document from a file.
pub fn import(context: &Context, kind: Kind, args: ImportArgs) -> Result<Answer, CliError> {
    let ImportArgs { file, fields } = args;
    if !is_zip(&file)? {
        let content = source::read_document(&file)?;
        return create(context, kind, &fields, content, Some(&file));
    }
    let name = display_name(&file);
    let wrong = |source| CliError::Import { file: name, source: Box::new(source) };
    let read = read_ro_crate(&read_all(&file)?).map_err(wrong)?;
    let document = amended(read.document, kind, fields)?;
    let mut saved: DocumentView = context.post("/v1/documents", &document)?;
    let mut left_out = Vec::new();
    for file in read.files {
        let name = file.name.clone();
        match attach(context, &saved.summary.id, file, document.override_reason.clone()) {
            Ok(view) => saved = view,
            Err(error) => left_out.push(format!("{name} was NOT ATTACHED: {error}")),
        }
    }
    let mut human = format!(
        "Saved {:?} as {} {}, with {}. It is a draft like any other: reviews and releases stay with the original.\n",
        saved.summary.title,
        kind.word(),
        short(&saved.summary.id),
        count(document_files(&saved), "attached file")
    );
    read.notices.iter().for_each(|notice| human.push_str(&format!("Note: {notice}.\n")));
    left_out.iter().for_each(|line| human.push_str(&format!("{line}\n")));
    if !left_out.is_empty() {
        let verb = format!("{} attach {} FILE", kind.word(), short(&saved.summary.id));
        human.push_str(&format!("Next: attach what is left with {}.\n", context.command(&verb)));
    }
    Ok(Answer::new(human, &saved)?.with_ok(left_out.is_empty()))
}

/// Stores a file of a crate and names it in the new document.
fn attach(
    context: &Context,
    id: &str,
    file: ImportedFile,
    override_reason: Option<String>,
) -> Result<DocumentView, CliError> {
    let ImportedFile { name, media_type, alt, bytes } = file;
    let stored: StoredBlob = context.client()?.upload("/v1/blobs", bytes.as_slice(), bytes.len() as u64)?;
    let alt = (!alt.is_empty()).then_some(alt);
    let request = AttachRequest { hash: stored.hash, name, media_type, alt, override_reason };
    Ok(context.post(&format!("{}/attachments", document_path(id)), &request)?)
}

fn document_files(document: &DocumentView) -> u64 {
    document
        .particulars
        .keys()
        .filter(|name| name.starts_with("attachment/") && name.ends_with("/hash"))
        .count() as u64
}

/// What the crate says, and what the options say instead.
fn amended(mut document: NewDocument, kind: Kind, fields: FieldArgs) -> Result<NewDocument, CliError> {
    check_kind(Some(&document.kind), kind)?;
    document.particulars.extend(from_options(&fields, &document.particulars).map_err(CliError::Usage)?);
    let FieldArgs { title, language, description, override_reason, .. } = fields;
    Ok(NewDocument {
        title: title.unwrap_or(document.title),
        language: language.or(document.language),
        description: description.or(document.description),
        override_reason,
        ..document
    })
}

/// Whether a file begins as zip files do.
fn is_zip(path: &Path) -> Result<bool, CliError> {
    if path == Path::new("-") {
        return Ok(false);
    }
    Ok(read_some(path, ZIP.len() as u64)? == ZIP)
}

fn read_all(path: &Path) -> Result<Vec<u8>, CliError> {
    let bytes = read_some(path, MAX_BYTES + 1)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(CliError::Usage(format!(
            "{} has more than {} MiB, the most that is read of a crate.",
            path.display(),
            MAX_BYTES / 1024 / 1024
        )));
    }
    Ok(bytes)
}

fn read_some(path: &Path, most: u64) -> Result<Vec<u8>, SourceError> {
    let unreadable = |source| SourceError::Unreadable { name: display_name(path), source };
    let mut bytes = Vec::new();
    File::open(path).map_err(unreadable)?.take(most).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}
