//! Arguments of `toolkit` and `guidance`, and of `measure` as far as it shares them.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use commons_protocol::date::Date;

/// The kinds of document that share these verbs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Know-how by and for patients and families.
    Toolkit,
    /// Care guidance.
    Guidance,
    /// Definitions of measures.
    Measure,
}

impl Kind {
    /// The word in the API and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Toolkit => "toolkit",
            Self::Guidance => "guidance",
            Self::Measure => "measure",
        }
    }
}

/// What to do with documents of one kind.
#[derive(Debug, Subcommand)]
pub enum DocumentVerb {
    /// Contribute a new document from a file or from the editor
    #[command(after_help = CONTENT_HELP)]
    New(NewArgs),
    /// Change a document in the editor or from a file; others' edits are merged
    #[command(after_help = CONTENT_HELP)]
    Edit(EditArgs),
    /// Show a document: how it stands, its fields, its text
    #[command(after_help = "What it says now may be a draft. Readers want what was released.\n\
        Example: commons toolkit show 3f9c --released\n\
        Example: commons toolkit show 3f9c --as-of 2027-01-31")]
    Show {
        /// Its id; the first characters are enough
        id: String,
        /// An older version, as `history` names it
        #[arg(long, conflicts_with_all = ["released", "as_of"])]
        version: Option<String>,
        /// What was released instead of what it says now
        #[arg(long)]
        released: bool,
        /// What was released on a day such as 2027-01-31
        #[arg(long, value_name = "DATE")]
        as_of: Option<Date>,
    },
    /// List the documents with how they stand
    #[command(after_help = "Example: commons toolkit list --status review-due")]
    List {
        /// Only those that stand like this
        #[arg(long)]
        status: Option<Status>,
    },
    /// List the edits of a document, oldest first: who, when, which fields
    #[command(after_help = "Example: commons toolkit history 3f9c")]
    History {
        /// Its id; the first characters are enough
        id: String,
    },
    /// Show what an edit changed; the newest one when no version is named
    #[command(after_help = "Example: commons toolkit diff 3f9c\n\
        Example: commons toolkit diff 3f9c --from 7a21b3 --to 90ce14")]
    Diff {
        /// The document's id; the first characters are enough
        id: String,
        /// Older version: an edit's id, or heads with commas
        #[arg(long)]
        from: Option<String>,
        /// Newer version: an edit's id, or heads with commas
        #[arg(long)]
        to: Option<String>,
    },
    /// Make a document say again what it said before, as a new edit
    #[command(after_help = "`commons toolkit history DOC` names the versions.\n\
        Example: commons toolkit restore 3f9c --version 7a21b3")]
    Restore(RestoreArgs),
    /// Attach a file to a document
    #[command(
        after_help = "Every node that holds the document gets the file too. An image needs --alt: words for \
        who can't see it.\n\
        Example: commons toolkit attach 3f9c plan.pdf\n\
        Example: commons toolkit attach 3f9c stoma.png --alt \"Where the bag is put on\""
    )]
    Attach(AttachArgs),
    /// Write a document to a file, for the web, for an archive or to cite it
    #[command(after_help = "What was released is written, unless --draft is given.\n\
        Example: commons toolkit export 3f9c plan.html\n\
        Example: commons toolkit export 3f9c plan.zip --format ro-crate")]
    Export(ExportArgs),
    /// Contribute a document from Markdown with front matter, or from an RO-Crate that `export` wrote
    #[command(after_help = CONTENT_HELP)]
    Import(ImportArgs),
    /// Tell how hard a document is to read (English); advice only
    #[command(after_help = "Example: commons toolkit readability 3f9c")]
    Readability {
        /// Its id; the first characters are enough
        id: String,
    },
}

/// What can be said of a document beside its text.
const CONTENT_HELP: &str = "\
Beside title, language, summary and text, a document can say, by --set NAME=VALUE or as NAME: VALUE in the\n\
front matter: ages (5-11), audience, call, conflicts, funding, licence (CC-BY-4.0), life-domain, review-due\n\
(2027-03-31), stage, supersedes, translation-of; and as lists, with a code or number of your own:\n\
condition/ICD-10:K50, evidence/1, author/1, contact/1, and for guidance recommendation/1/statement, …/strength,\n\
…/certainty, …/evidence.\n\
Example: commons toolkit new --from plan.md --set audience=\"Parents of small children\" --condition \"ICD-10:K50=Crohn's disease\"\n\
Telephone numbers and addresses that are meant for everybody are named with --contact; else the identifier\n\
guard stops them. What it only asks about is kept with --override and the reason.";

/// How a document can stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Status {
    /// Nobody was asked to review it
    Draft,
    /// Being reviewed
    InReview,
    /// May be released
    Eligible,
    /// Released
    Released,
    /// Released, and due for review
    ReviewDue,
    /// Replaced by another document
    Superseded,
    /// Withdrawn
    Retracted,
}

impl Status {
    /// The word in the API's query.
    pub fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::InReview => "in-review",
            Self::Eligible => "eligible",
            Self::Released => "released",
            Self::ReviewDue => "review-due",
            Self::Superseded => "superseded",
            Self::Retracted => "retracted",
        }
    }
}

/// Where text, title and the rest come from.
#[derive(Debug, Default, Args)]
pub struct ContentArgs {
    /// Markdown or text file, `-` for standard input; opens $VISUAL or $EDITOR when absent
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,
    /// What it says beside the text.
    #[command(flatten)]
    pub fields: FieldArgs,
}

/// What a document says beside its text.
#[derive(Clone, Debug, Default, Args)]
pub struct FieldArgs {
    /// Title; otherwise from the file's front matter, first heading or name
    #[arg(long)]
    pub title: Option<String>,
    /// Language code such as `en` or `pt-BR`
    #[arg(long)]
    pub language: Option<String>,
    /// One or two sentences on what the document is for
    #[arg(long)]
    pub description: Option<String>,
    /// Anything else that it says; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    pub set: Vec<(String, String)>,
    /// A condition that it is about; may be repeated
    #[arg(long, value_name = "CODE=LABEL", value_parser = pair)]
    pub condition: Vec<(String, String)>,
    /// A public contact, which the identifier guard then lets pass; may be repeated
    #[arg(long, value_name = "TEXT")]
    pub contact: Vec<String>,
    /// Why to say what the identifier guard asks about; everybody can read it
    #[arg(long = "override", value_name = "REASON")]
    pub override_reason: Option<String>,
}

/// Reads `NAME=VALUE`.
pub(super) fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write a name, `=` and a value")?;
    let (name, value) = (name.trim(), value.trim());
    match name.is_empty() || value.is_empty() {
        true => Err("write a name, `=` and a value".to_owned()),
        false => Ok((name.to_owned(), value.to_owned())),
    }
}

/// Arguments of `new`.
#[derive(Debug, Args)]
pub struct NewArgs {
    /// The content.
    #[command(flatten)]
    pub content: ContentArgs,
}

/// Arguments of `edit`.
#[derive(Debug, Args)]
pub struct EditArgs {
    /// The document's id; the first characters are enough
    pub id: String,
    /// What to change.
    #[command(flatten)]
    pub content: ContentArgs,
    /// Something that it shall say no more; may be repeated
    #[arg(long, value_name = "NAME")]
    pub unset: Vec<String>,
    /// Version that the file was made from, when the file does not say it itself
    #[arg(long, value_name = "HEADS", requires = "from")]
    pub base: Option<String>,
}

/// Arguments of `restore`.
#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// The document's id; the first characters are enough
    pub id: String,
    /// The version: an edit's id, or heads with commas
    #[arg(long)]
    pub version: String,
    /// Why to say what the identifier guard asks about; everybody can read it
    #[arg(long = "override", value_name = "REASON")]
    pub override_reason: Option<String>,
}

/// Arguments of `attach`.
#[derive(Debug, Args)]
pub struct AttachArgs {
    /// The document's id; the first characters are enough
    pub id: String,
    /// The file
    pub file: PathBuf,
    /// Name within the document [default: the file's name]
    #[arg(long)]
    pub name: Option<String>,
    /// What an image shows, in words; needed for images
    #[arg(long, value_name = "TEXT")]
    pub alt: Option<String>,
    /// Media type such as `application/pdf` [default: by the end of the file's name]
    #[arg(long, value_name = "TYPE")]
    pub media_type: Option<String>,
    /// Why to say what the identifier guard asks about; everybody can read it
    #[arg(long = "override", value_name = "REASON")]
    pub override_reason: Option<String>,
}

/// Arguments of `export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// The document's id; the first characters are enough
    pub id: String,
    /// File to write; it must not exist
    pub file: PathBuf,
    /// What to write [default: by the end of the file's name]
    #[arg(long)]
    pub format: Option<ExportFormat>,
    /// What it says now, marked as a draft, instead of what was released
    #[arg(long)]
    pub draft: bool,
}

/// What documents are exported as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// One page that needs nothing else
    Html,
    /// Markdown with front matter
    Markdown,
    /// RO-Crate 1.2 in a zip file, with the attachments
    RoCrate,
    /// A citation in words
    Citation,
    /// A citation for BibTeX
    Bibtex,
    /// A citation in CSL-JSON
    Csl,
}

impl ExportFormat {
    /// The word in the API's query.
    pub fn word(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Markdown => "markdown",
            Self::RoCrate => "ro-crate",
            Self::Citation => "citation",
            Self::Bibtex => "bibtex",
            Self::Csl => "csl",
        }
    }

    /// The one that files with this ending usually have.
    pub fn of_extension(extension: &str) -> Option<Self> {
        Some(match extension.to_ascii_lowercase().as_str() {
            "html" | "htm" => Self::Html,
            "md" | "markdown" => Self::Markdown,
            "zip" => Self::RoCrate,
            "txt" => Self::Citation,
            "bib" => Self::Bibtex,
            "json" => Self::Csl,
            _ => return None,
        })
    }
}

/// Arguments of `import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// Markdown file, or a zip file with an RO-Crate
    pub file: PathBuf,
    /// What it says beside the text, instead of what the file says.
    #[command(flatten)]
    pub fields: FieldArgs,
}
