//! Arguments of `review`, `release` and `retract`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::PersonRole;

/// What `review` does.
#[derive(Debug, Subcommand)]
pub enum ReviewVerb {
    /// Ask for reviews of what a document says now
    #[command(
        after_help = "Every member sees the request. An edit afterwards makes a new version, which needs \
        new reviews.\n\
        Example: commons review ask 3f9c --note \"Is the advice on fasting right?\""
    )]
    Ask {
        /// The document's id; the first characters are enough
        document: String,
        /// Words for the reviewers
        #[arg(long, default_value = "", hide_default_value = true)]
        note: String,
    },
    /// List documents with a version under review
    List,
    /// Show a document's versions, their reviews, what counts and what is missing
    #[command(after_help = "Example: commons review show 3f9c")]
    Show {
        /// The document's id; the first characters are enough
        document: String,
    },
    /// Approve a version: it may be released
    #[command(
        after_help = "Read the version first: `commons toolkit show DOC`. The review is signed with the \
        reviewer's own key,\nso act with the reviewer's token (--token or COMMONS_TOKEN).\n\
        Example: commons review approve 3f9c --role clinician --conflicts \"Paid talks for a maker of stoma bags\"\n\
        Example: commons review approve 3f9c --checklist filled-in.toml"
    )]
    Approve(VerdictArgs),
    /// Ask for changes before a version is released
    #[command(
        after_help = "Example: commons review request-changes 3f9c --comment \"Step 2 needs a picture.\""
    )]
    RequestChanges(VerdictArgs),
    /// Decline a version: it should not be released
    #[command(after_help = "Example: commons review decline 3f9c --comment \"The dose in step 3 is wrong.\"")]
    Decline(VerdictArgs),
    /// Print a blank checklist to fill in; without ID, list the checklists
    #[command(after_help = "Example: commons review form cdc-cci-1 > checklist.toml")]
    Form {
        /// Its id
        id: Option<String>,
    },
}

/// Arguments of a verdict.
#[derive(Debug, Args)]
pub struct VerdictArgs {
    /// The document's id; the first characters are enough
    pub document: String,
    /// The role in which you review; needed if several of yours count
    #[arg(long)]
    pub role: Option<PersonRole>,
    /// Words for everybody
    #[arg(long, default_value = "", hide_default_value = true, value_name = "TEXT")]
    pub comment: String,
    /// Conflicts of interest, in words; none when absent
    #[arg(long, default_value = "", hide_default_value = true, value_name = "TEXT")]
    pub conflicts: String,
    /// A filled-in checklist that `commons review form` printed
    #[arg(long, value_name = "FILE")]
    pub checklist: Option<PathBuf>,
    /// The version, as `commons review show` names it; the newest one that a review was asked for when absent
    #[arg(long)]
    pub version: Option<String>,
}

/// What `release` does.
#[derive(Debug, Subcommand)]
pub enum ReleaseVerb {
    /// Release a version, or tell what it still lacks
    #[command(after_help = "The charter says what a version needs: `commons charter show`.\n\
        Example: commons release publish 3f9c")]
    Publish {
        /// The document's id; the first characters are enough
        document: String,
        /// The version, as `commons review show` names it; what the document says now when absent
        #[arg(long)]
        version: Option<String>,
    },
    /// Show what was released, by whom, on whose approval, and what was withdrawn
    #[command(after_help = "Example: commons release show 3f9c")]
    Show {
        /// The document's id; the first characters are enough
        document: String,
    },
    /// Write a file that proves a release to anybody, without a node
    #[command(after_help = "Anybody checks it with `commons verify FILE`.\n\
        Example: commons release export 3f9c plan.proof")]
    Export {
        /// The document's id; the first characters are enough
        document: String,
        /// File to write; it must not exist
        file: PathBuf,
    },
    /// Write what was released lately as an Atom feed, for feed readers
    #[command(
        after_help = "Feed readers have no token: put the file on a web site, and write it again from a timer. \
        FILE is\nreplaced if it is a feed. Entries link to SITE/ID.html; `commons toolkit export ID ID.html` writes \
        such pages.\n\
        Example: commons release feed releases.atom --site https://example.org/commons"
    )]
    Feed {
        /// File to write
        file: PathBuf,
        /// Address of the web site, to which entries link [default: this node's API]
        #[arg(long, value_name = "URL")]
        site: Option<String>,
    },
}

/// Arguments of `retract`.
#[derive(Debug, Args)]
pub struct RetractArgs {
    /// The document's id; the first characters are enough
    pub document: String,
    /// Why, in words that everyone will read
    #[arg(long)]
    pub reason: String,
    /// Id of the document to use instead
    #[arg(long, value_name = "DOC")]
    pub instead: Option<String>,
}
