//! The command line: every verb with its arguments.

mod charts;
mod documents;
mod faults;
mod feeds;
mod governance;
mod measures;
mod publication;
mod series;

pub use charts::ChartArgs;

pub use documents::{
    AttachArgs, DocumentVerb, EditArgs, ExportArgs, ExportFormat, FieldArgs, ImportArgs, Kind, NewArgs,
    RestoreArgs, Status,
};
pub use faults::{FaultsVerb, VerifyArgs};
pub use feeds::{ExportFeedArgs, FeedFormat, FeedVerb, FollowArgs, RowsArgs, ShowFeedArgs};
pub use governance::{
    CharterVerb, LogVerb, Need, ProposeVerb, RefoundArgs, ReviewPolicyArgs, ReviewedKind, VoteArgs,
};
pub use measures::{DefineArgs, MeasureVerb, word};
pub use publication::{ReleaseVerb, RetractArgs, ReviewVerb, VerdictArgs};
pub use series::{EgressArgs, SeriesVerb, SubmitArgs, WithdrawArgs};

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

/// Share know-how between organisations: each runs a node that holds the
/// network's documents, signed by whoever wrote them.
#[derive(Debug, Parser)]
#[command(name = "commons", version, arg_required_else_help = true)]
#[command(after_help = "Start with `commons demo`: three organisations on this machine.\n\
    Exit codes: 0 done, 1 refused or failed, 2 wrong usage.")]
pub struct Cli {
    /// What every verb takes.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// What every verb takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of every verb")]
pub struct Global {
    /// Directory with the node's keys, settings and documents [default: ~/.commons]
    #[arg(long, global = true, env = "COMMONS_HOME", value_name = "DIR")]
    pub home: Option<PathBuf>,
    /// Answer in JSON, for machines
    #[arg(long, global = true)]
    pub json: bool,
    /// Token to act with [default: the one in HOME/operator.token]
    #[arg(long, global = true, env = "COMMONS_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    pub token: Option<String>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Make the home of a new organisation, or of one recovered from its keys
    Init(InitArgs),
    /// Found a commons with this organisation as its first member
    Found(FoundArgs),
    /// Make an invitation code for another organisation
    Invite,
    /// Join a commons with an invitation code; without a code, tell how far it is
    Join(JoinArgs),
    /// Run the node until it is stopped
    Run(RunArgs),
    /// Tell how the node is doing: peers, documents, what waits and why
    Status,
    /// List members and requests to join, or approve one
    Members {
        /// What to do; `list` when absent
        #[command(subcommand)]
        verb: Option<MembersVerb>,
    },
    /// Manage the people of this organisation
    Person {
        /// What to do
        #[command(subcommand)]
        verb: PersonVerb,
    },
    /// Show the charter: purpose, members, rules and how they came about
    Charter {
        /// What to show; the charter in force when absent
        #[command(subcommand)]
        verb: Option<CharterVerb>,
    },
    /// Propose a change of the charter to the electors
    Propose {
        /// What to propose
        #[command(subcommand)]
        verb: ProposeVerb,
    },
    /// List what is proposed
    Proposals,
    /// Endorse a proposal for this organisation
    #[command(after_help = "When it lets an organisation in or replaces its root key, compare the \
        fingerprint words with it by phone first.\n`commons proposals` shows them, and what each proposal changes.")]
    Endorse {
        /// Its id; the first characters are enough
        id: String,
    },
    /// Tell how far the vote on a proposal is, and what is missing
    Vote(VoteArgs),
    /// Go on under a proposal without the electors' decision, when too many are gone for good
    #[command(after_help = REFOUNDING)]
    Refound(RefoundArgs),
    /// Write and read toolkits: know-how by and for patients and families
    Toolkit {
        /// What to do
        #[command(subcommand)]
        verb: DocumentVerb,
    },
    /// Write and read care guidance
    Guidance {
        /// What to do
        #[command(subcommand)]
        verb: DocumentVerb,
    },
    /// Define measures: what is counted, among whom, and how it may be split
    // `new` makes one that defines nothing; `define` is what people want.
    #[command(mut_subcommand("new", |new| new.hide(true)))]
    Measure {
        /// What to do
        #[command(subcommand)]
        verb: MeasureVerb,
    },
    /// Report this organisation's figures of measures, masked where they could show single people
    Series {
        /// What to do
        #[command(subcommand)]
        verb: SeriesVerb,
    },
    /// List every table that left this organisation: when, by whom, under which rules
    #[command(
        after_help = "A line is a table that was signed. `what` says whether it reported, corrected or \
        withdrew; `told`\nand `masked` count its numbers; `epoch` is the version of the charter, `rules` that of the rules of disclosure, `threshold`\n\
        the count up to which numbers were masked. What is held on this node has not left it and is in `commons series held`.\n\
        Example: commons egress --csv egress.csv"
    )]
    Egress(EgressArgs),
    /// Read, follow, export and cite what the network reports of measures
    Feed {
        /// What to do
        #[command(subcommand)]
        verb: FeedVerb,
    },
    /// Draw a control chart of a feed, or of a table of your own
    Chart(ChartArgs),
    /// Ask for reviews of documents, and give them
    Review {
        /// What to do
        #[command(subcommand)]
        verb: ReviewVerb,
    },
    /// Release what was reviewed, show releases and prove them
    Release {
        /// What to do
        #[command(subcommand)]
        verb: ReleaseVerb,
    },
    /// Withdraw everything of a document that was released
    #[command(
        after_help = "Every node shows it as soon as it hears of it, and confirms that with a signature; \
        `commons release show`\ntells which members have not confirmed yet. Released versions stay readable, marked \
        as withdrawn.\n\
        Example: commons retract 3f9c --reason \"The dose in step 3 is wrong\" --instead 81ab"
    )]
    Retract(RetractArgs),
    /// Erase, on every node, what should never have been written
    #[command(
        after_help = "Figures that were sent are never erased, nor are measures for which there are some: \
        `commons series withdraw`\ntakes figures back, `commons retract` a measure."
    )]
    Erase(EraseArgs),
    /// List erasures and who has confirmed them
    Erasures,
    /// List contributions of ours that were cut off together with others, or write them again
    Reissue {
        /// What to do; `list` when absent
        #[command(subcommand)]
        verb: Option<ReissueVerb>,
    },
    /// Verify everything in the store again
    Check(PassphraseArgs),
    /// Replace a damaged store by one with everything that is readable; the node must be stopped
    Salvage,
    /// List, revoke, rotate or export this organisation's keys
    Keys {
        /// What to do
        #[command(subcommand)]
        verb: KeysVerb,
    },
    /// End a log of this organisation
    Log {
        /// What to do
        #[command(subcommand)]
        verb: LogVerb,
    },
    /// List what members' keys signed against the rules, or prove it to others
    Faults {
        /// What to do; `list` when absent
        #[command(subcommand)]
        verb: Option<FaultsVerb>,
    },
    /// Check the proof of a release or of a fault; needs neither a node nor a home
    #[command(
        after_help = "The file proves something about one commons: compare its id with the one that you trust, \
        or give it\nwith --commons. Exit code 0: proved, 1: not proved.\n\
        Example: commons verify plan.proof --as-of 2027-01-31"
    )]
    Verify(VerifyArgs),
    /// Pause or resume all connections to other nodes
    Network {
        /// What to do
        #[command(subcommand)]
        verb: NetworkVerb,
    },
    /// Print a line whenever something changes, until the node stops
    Events,
    /// Show three organisations sharing documents on this machine
    Demo(DemoArgs),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Write the manual pages into a directory
    Man {
        /// The directory; it is made if it does not exist
        dir: PathBuf,
    },
}

/// What refounding is, for people who consider it.
pub const REFOUNDING: &str = "\
Electors that are gone for good can leave too few for a decision. Then each operator can choose \
to go\non under a proposal without one. Only nodes whose operators choose the same proposal stay \
together: the\nothers, and whoever comes back later, go separate ways, and the two sides accept \
nothing new of each other.\nSo talk to all other operators first, agree on one proposal, and let each \
of them run this with its whole id.";

/// Where a passphrase comes from when there is nobody to ask.
#[derive(Debug, Default, Args)]
pub struct PassphraseArgs {
    /// Read the passphrase from the first line of a file
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
}

/// Arguments of `init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// Name of the organisation
    #[arg(long, required_unless_present = "from_keys")]
    pub name: Option<String>,
    /// Kind of organisation
    #[arg(long, required_unless_present = "from_keys")]
    pub kind: Option<OrganisationKind>,
    /// What the node does for others; a hub is reachable by all members
    #[arg(long, default_value = "member")]
    pub role: Role,
    /// Address to listen on, such as /ip4/0.0.0.0/tcp/4001; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Vec<String>,
    /// Address at which others reach this node; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub public: Vec<String>,
    /// Address and port of the HTTP API [default: 127.0.0.1, port chosen by the system]
    #[arg(long, value_name = "IP:PORT")]
    pub api: Option<String>,
    /// Protect the keys with a passphrase instead of a key file
    #[arg(long)]
    pub passphrase: bool,
    /// Read that passphrase from the first line of a file
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// Recover an organisation from the file that `keys export` wrote
    #[arg(long, value_name = "FILE")]
    pub from_keys: Option<PathBuf>,
    /// Read the passphrase of that export from the first line of a file
    #[arg(long, value_name = "FILE", requires = "from_keys")]
    pub keys_passphrase_file: Option<PathBuf>,
}

/// Kinds of organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OrganisationKind {
    /// A hospital or clinic
    Site,
    /// A council of patients and families
    Council,
    /// A research group
    Research,
    /// An advocacy organisation
    Advocacy,
    /// A body that looks after the commons
    Steward,
    /// Anything else
    Other,
}

impl OrganisationKind {
    /// The word in the charter.
    pub fn word(self) -> &'static str {
        match self {
            Self::Site => "site",
            Self::Council => "council",
            Self::Research => "research",
            Self::Advocacy => "advocacy",
            Self::Steward => "steward",
            Self::Other => "other",
        }
    }
}

/// What a node does for others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Role {
    /// Connects outwards only
    Member,
    /// Reachable by the other members, passes on what it holds
    Hub,
}

/// Arguments of `found`.
#[derive(Debug, Args)]
pub struct FoundArgs {
    /// Name of the commons
    pub name: String,
    /// Shared purpose
    #[arg(long)]
    pub purpose: String,
}

/// Arguments of `join`.
#[derive(Debug, Args)]
pub struct JoinArgs {
    /// The invitation code; `-` reads it from standard input
    pub code: Option<String>,
}

/// Arguments of `run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Where the passphrase comes from.
    #[command(flatten)]
    pub passphrase: PassphraseArgs,
    /// Stop when standard input ends, so that the node never outlives its parent
    #[arg(long)]
    pub exit_with_parent: bool,
}

/// What `members` does.
#[derive(Debug, Subcommand)]
pub enum MembersVerb {
    /// List members, requests to join and proposals
    List,
    /// Approve a request or a proposal, after comparing the fingerprint words
    Approve {
        /// Its id; the first characters are enough
        id: String,
    },
}

/// What `person` does.
#[derive(Debug, Subcommand)]
pub enum PersonVerb {
    /// Add a person; the token is shown once
    Add {
        /// Name or pseudonym
        name: String,
        /// What the person does; may be repeated
        #[arg(long, required = true)]
        role: Vec<PersonRole>,
    },
    /// List the people of this organisation
    List,
    /// Revoke a person's token and right to contribute
    Revoke {
        /// Name or id; the first characters of the id are enough
        id: String,
    },
}

/// Roles of people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PersonRole {
    /// Lives with the condition
    Patient,
    /// Family or carer
    Family,
    /// Health professional
    Clinician,
    /// Researcher
    Researcher,
    /// Works on quality improvement
    Improver,
    /// Runs the node and manages people
    Administrator,
}

impl PersonRole {
    /// The word in the delegation.
    pub fn word(self) -> &'static str {
        match self {
            Self::Patient => "patient",
            Self::Family => "family",
            Self::Clinician => "clinician",
            Self::Researcher => "researcher",
            Self::Improver => "improver",
            Self::Administrator => "administrator",
        }
    }
}

/// Arguments of `erase`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("target").required(true).args(["document", "entry"]))]
pub struct EraseArgs {
    /// Document to erase whole; the first characters of its id are enough
    pub document: Option<String>,
    /// Entry to erase; may be repeated
    #[arg(long, value_name = "ENTRY")]
    pub entry: Vec<String>,
    /// Why, in words that everyone will read
    #[arg(long)]
    pub reason: String,
}

/// What `reissue` does.
#[derive(Debug, Subcommand)]
pub enum ReissueVerb {
    /// List them, with what our people wrote and why it is not shown
    List,
    /// Write them again in one document, in the caller's name
    Apply {
        /// Id of the document; the first characters are enough
        document: String,
    },
}

/// What `keys` does.
#[derive(Debug, Subcommand)]
pub enum KeysVerb {
    /// Write the organisation's keys, sealed with a passphrase, for safe-keeping
    Export {
        /// File to write; it must not exist. Standard output when absent
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Where the passphrase comes from.
        #[command(flatten)]
        passphrase: PassphraseArgs,
    },
    /// Replace the organisation's root key by a new one
    Rotate,
    /// List the keys of this organisation's nodes, with the logs that they wrote
    List,
    /// Revoke the key of a node of this organisation; what it wrote so far stands
    Revoke {
        /// The key; the first characters are enough
        key: String,
    },
    /// Make a new root key for an organisation that lost its own
    #[command(after_help = "It prints a code that another member proposes with `commons propose root`. The \
            root key\nthat this node holds is given up: while it is good, use `commons keys rotate` instead.")]
    NewRoot {
        /// Yes, the root key that this node holds is of no use any more
        #[arg(long)]
        yes: bool,
    },
}

/// What `network` does.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum NetworkVerb {
    /// Close all connections until `resume`
    Pause,
    /// Connect again and catch up
    Resume,
}

/// Arguments of `demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// End after the demo instead of staying up
    #[arg(long)]
    pub once: bool,
    /// Also share every .md and .txt file under this directory
    #[arg(long, value_name = "DIR")]
    pub from: Option<PathBuf>,
    /// Keep the homes in this directory, which must be empty or absent
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
}

#[cfg(test)]
mod tests;
