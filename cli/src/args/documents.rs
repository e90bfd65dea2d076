//! Arguments of `toolkit` and `guidance`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// The kinds of document that share these verbs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Know-how by and for patients and families.
    Toolkit,
    /// Care guidance.
    Guidance,
}

impl Kind {
    /// The word in the API and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Toolkit => "toolkit",
            Self::Guidance => "guidance",
        }
    }
}

/// What to do with documents of one kind.
#[derive(Debug, Subcommand)]
pub enum DocumentVerb {
    /// Contribute a new document from a file or from the editor
    New(NewArgs),
    /// Change a document in the editor or from a file; others' edits are merged
    Edit(EditArgs),
    /// Show a document
    Show {
        /// Its id; the first characters are enough
        id: String,
        /// An older version, as `history` names it
        #[arg(long)]
        version: Option<String>,
    },
    /// List the documents
    List,
    /// List the edits of a document, oldest first
    History {
        /// Its id; the first characters are enough
        id: String,
    },
    /// Show what an edit changed; the newest one when no version is named
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
}

/// Where text, title and the rest come from.
#[derive(Debug, Default, Args)]
pub struct ContentArgs {
    /// Markdown or text file, `-` for standard input; opens $VISUAL or $EDITOR when absent
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,
    /// Title; otherwise from the file's front matter, first heading or name
    #[arg(long)]
    pub title: Option<String>,
    /// Language code such as `en` or `pt-BR`
    #[arg(long)]
    pub language: Option<String>,
    /// One or two sentences on what the document is for
    #[arg(long)]
    pub description: Option<String>,
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
    /// Version that the file was made from, when the file does not say it itself
    #[arg(long, value_name = "HEADS", requires = "from")]
    pub base: Option<String>,
}
