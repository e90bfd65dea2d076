//! `attach`: stores a file at the node and names it in a document.

use std::fs::File;
use std::io;
use std::path::Path;

use crate::args::AttachArgs;
use crate::commands::Context;
use crate::commands::documents::document_path;
use crate::commands::source::SourceError;
use crate::error::CliError;
use crate::output::Answer;
use crate::output::progress::{Watched, with_spinner};
use crate::output::text::{count, short};
use crate::view::{AttachRequest, DocumentView, StoredBlob};

/// Media types by the end of a file's name.
const MEDIA_TYPES: &[(&str, &str)] = &[
    ("pdf", "application/pdf"),
    ("txt", "text/plain"),
    ("md", "text/markdown"),
    ("csv", "text/csv"),
    ("html", "text/html"),
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("svg", "image/svg+xml"),
    ("mp3", "audio/mpeg"),
    ("m4a", "audio/mp4"),
    ("ogg", "audio/ogg"),
    ("mp4", "video/mp4"),
    ("webm", "video/webm"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("odt", "application/vnd.oasis.opendocument.text"),
    ("zip", "application/zip"),
];

/// What names of attachments are made of, in words.
const NAMES: &str = "use letters from a to z, digits, `.`, `_`, `:` and `-`";

fn fits(c: char) -> bool {
    c.is_ascii_alphanumeric() || "._:-".contains(c)
}

/// Attaches a file to a document.
pub fn attach(context: &Context, args: AttachArgs) -> Result<Answer, CliError> {
    let name = match &args.name {
        Some(name) if name.chars().all(fits) && !name.is_empty() => name.clone(),
        Some(name) => {
            return Err(CliError::Usage(format!("{name:?} is no name for an attachment: {NAMES}.")));
        }
        None => name_of(&args.file)?,
    };
    let media_type = match &args.media_type {
        Some(media_type) => media_type.clone(),
        None => media_type_of(&args.file)?.to_owned(),
    };
    if media_type.starts_with("image/") && args.alt.as_deref().is_none_or(|alt| alt.trim().is_empty()) {
        return Err(CliError::Usage(
            "An image needs words for people who can't see it. Give them with --alt \"What it shows\"."
                .to_owned(),
        ));
    }
    let stored = upload(context, &args.file)?;
    let request = AttachRequest {
        hash: stored.hash,
        name,
        media_type,
        alt: args.alt,
        override_reason: args.override_reason,
    };
    let path = format!("{}/attachments", document_path(&args.id));
    let client = context.client()?;
    let saved: DocumentView = with_spinner("The node reads the file", || client.post_long(&path, &request))?;
    let human = format!(
        "Attached {} ({}, {}) to {:?} ({}).\n",
        request.name,
        request.media_type,
        count(stored.size, "byte"),
        saved.summary.title,
        short(&saved.summary.id)
    );
    Ok(Answer::new(human, &saved)?)
}

/// Sends a file to the node piece by piece.
fn upload(context: &Context, path: &Path) -> Result<StoredBlob, CliError> {
    let unreadable = |source: io::Error| SourceError::Unreadable { name: path.display().to_string(), source };
    let file = File::open(path).map_err(unreadable)?;
    let about = file.metadata().map_err(unreadable)?;
    if !about.is_file() {
        return Err(CliError::Usage(format!("{} is no file. Name one.", path.display())));
    }
    let client = context.client()?;
    let file = Watched::new(file, about.len(), "Storing the file");
    Ok(client.upload("/v1/blobs", file, about.len())?)
}

/// A name for the file within the document, of the characters that names have.
fn name_of(path: &Path) -> Result<String, CliError> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let name: String = name.chars().map(|c| if fits(c) { c } else { '-' }).collect();
    match name.trim_matches('-').is_empty() {
        true => Err(CliError::Usage(format!("Give a name with --name: {NAMES}."))),
        false => Ok(name),
    }
}

fn media_type_of(path: &Path) -> Result<&'static str, CliError> {
    let end = path.extension().map(|end| end.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let found = MEDIA_TYPES.iter().find(|(known, _)| *known == end);
    found.map(|(_, media_type)| *media_type).ok_or_else(|| {
        CliError::Usage(format!(
            "What {} is can't be told by its name. Say it with --media-type, for example application/pdf.",
            path.display()
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::{media_type_of, name_of};
    use std::path::Path;

    #[test]
    fn names_are_made_of_what_names_may_have() {
        assert_eq!(name_of(Path::new("d/Plan für Ärzte (2).pdf")).unwrap(), "Plan-f-r--rzte--2-.pdf");
        assert!(name_of(Path::new("文")).is_err());
        assert!(name_of(Path::new("..")).is_err());
    }

    #[test]
    fn media_types_go_by_the_end_of_the_name() {
        assert_eq!(media_type_of(Path::new("a/B.PDF")).unwrap(), "application/pdf");
        assert!(media_type_of(Path::new("README")).is_err());
        assert!(media_type_of(Path::new("a.xyz")).is_err());
    }
}
