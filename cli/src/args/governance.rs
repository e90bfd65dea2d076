//! Arguments of the verbs that change and show the charter.

use clap::{Args, Subcommand, ValueEnum};

use super::PersonRole;

/// What to propose.
#[derive(Debug, Subcommand)]
pub enum ProposeVerb {
    /// Let an organisation in that asks to join
    #[command(after_help = "Compare the fingerprint words with the organisation by phone first.\n\
        Example: commons propose admit 3f9c")]
    Admit {
        /// Id of its request, as `commons members` shows it, or its name
        request: String,
    },
    /// Remove members: what they contributed so far stands, nothing further counts
    #[command(after_help = "It takes away their vote too. With fewer than four electors (founding \
        mode) everyone must\nagree, also the organisation that is to go if it is an elector; if it \
        will not, see `commons refound --help`.\n\
        Example: commons propose remove \"Lakes Clinic\"")]
    Remove(OrganisationsArgs),
    /// Suspend members until they are reinstated
    #[command(after_help = "As `remove`, but meant for a while: `commons propose reinstate` ends it.\n\
        Example: commons propose suspend \"Lakes Clinic\" \"Family Council\"")]
    Suspend(OrganisationsArgs),
    /// Let suspended or removed members contribute again
    #[command(
        after_help = "Their vote does not come back by itself: `commons propose elector --add NAME`.\n\
        Example: commons propose reinstate \"Lakes Clinic\""
    )]
    Reinstate(OrganisationsArgs),
    /// Change the name, the purpose, who may write, or how many votes a change needs
    #[command(
        after_help = "Who operates a node is an administrator: without that role, they can't write any more.\n\
        Example: commons propose policy --writers patient,family,clinician,administrator"
    )]
    Policy(PolicyArgs),
    /// Change what toolkits, guidance or measures need to be released
    #[command(
        after_help = "What is not named: one organisation is enough, declines block, authors don't count, no end. \
        `commons charter`\nshows the policies in force. What a quorum held before stays released; other releases must meet the\nnew policy, too.\n\
        Example: commons propose review-policy toolkit --need patient,family:1 --need clinician:1 --organisations 2 \
        --valid-months 24"
    )]
    ReviewPolicy(ReviewPolicyArgs),
    /// Change which figures may be told: how small counts may be, and when a total is shown
    #[command(
        after_help = "A lower threshold shows smaller counts of people. Measures may have a higher one of their own.\n\
        Example: commons propose disclosure --threshold 10 --organisations 3 --share 90"
    )]
    Disclosure(DisclosureArgs),
    /// Change which members vote on the charter
    #[command(
        after_help = "From four electors on, more than two thirds of them decide; with fewer, all must agree.\n\
        Example: commons propose elector --add \"Lakes Clinic\" --remove \"Family Council\""
    )]
    Elector(ElectorArgs),
    /// Replace the root key of a member that lost it
    #[command(after_help = "The member makes the code with `commons keys new-root`. Everybody who endorses \
        it compares the fingerprint words with them\nby phone first: who holds the new key speaks for the organisation.\n\
        Example: commons propose root \"Lakes Clinic\" CODE")]
    Root {
        /// The member: name or id
        organisation: String,
        /// The code that it gave
        code: String,
    },
    /// Choose which branch of a forked log counts; the log ends there
    #[command(after_help = "`commons faults` shows forked logs with their branches.\n\
        Example: commons propose branch 5ac01d7e 9be2…")]
    Branch {
        /// Id of the log; the first characters are enough
        log: String,
        /// Whole id of the last entry that counts
        entry: String,
    },
}

/// Which members.
#[derive(Debug, Args)]
pub struct OrganisationsArgs {
    /// Names or ids of the members; the first characters of an id are enough
    #[arg(required = true, value_name = "ORGANISATION")]
    pub organisations: Vec<String>,
}

/// Which policies; what is not named stays.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("policies").required(true).multiple(true)
    .args(["writers", "quorum", "name", "purpose"]))]
pub struct PolicyArgs {
    /// Roles whose people may write documents, with commas between them
    #[arg(long, value_name = "ROLES", value_delimiter = ',')]
    pub writers: Vec<PersonRole>,
    /// Votes that a change needs, if more than two thirds are too few; it can never be lowered again
    #[arg(long, value_name = "VOTES")]
    pub quorum: Option<u8>,
    /// Name of the commons
    #[arg(long)]
    pub name: Option<String>,
    /// Its purpose
    #[arg(long)]
    pub purpose: Option<String>,
}

/// Rules of disclosure; what is not named stays.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("rules").required(true).multiple(true)
    .args(["threshold", "organisations", "share"]))]
pub struct DisclosureArgs {
    /// Counts of people from 1 to this are masked
    #[arg(long, value_name = "COUNT")]
    pub threshold: Option<u16>,
    /// Organisations that a network's total needs, at least
    #[arg(long, value_name = "COUNT")]
    pub organisations: Option<u8>,
    /// Per cent of a network's total that one organisation may make up, at most
    #[arg(long, value_name = "PERCENT")]
    pub share: Option<u8>,
}

/// What a kind of document needs to be released.
#[derive(Debug, Args)]
pub struct ReviewPolicyArgs {
    /// The kind of document
    pub kind: ReviewedKind,
    /// Roles, `:` and how many people in one of them must approve; may be repeated
    #[arg(long, required = true, value_name = "ROLES:COUNT", value_parser = need)]
    pub need: Vec<Need>,
    /// Organisations from which the approvals must come, at least
    #[arg(long, value_name = "COUNT", default_value_t = 1)]
    pub organisations: u8,
    /// Months after which a release is due for review at the latest
    #[arg(long, value_name = "MONTHS")]
    pub valid_months: Option<u16>,
    /// Let contributors approve what they wrote
    #[arg(long)]
    pub authors_may_review: bool,
    /// Let a version be released though somebody declines it
    #[arg(long)]
    pub declines_dont_block: bool,
    /// Let electors retract what other organisations released
    #[arg(long)]
    pub electors_retract: bool,
}

/// Kinds of document that are reviewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReviewedKind {
    /// Toolkits
    Toolkit,
    /// Care guidance
    Guidance,
    /// Definitions of measures
    Measure,
}

/// Approvals by people in one of these roles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The roles.
    pub roles: Vec<PersonRole>,
    /// How many people.
    pub count: u8,
}

/// Reads `patient,family:1`.
fn need(text: &str) -> Result<Need, String> {
    let (roles, count) =
        text.split_once(':').ok_or("write roles, `:` and a number, such as patient,family:1")?;
    let roles = roles.split(',').map(|role| PersonRole::from_str(role.trim(), false));
    let roles = roles.collect::<Result<_, _>>().map_err(|_| {
        "the roles are patient, family, clinician, researcher, improver and administrator".to_owned()
    })?;
    let count = count.trim().parse().map_err(|_| "after `:` comes a number from 1 to 64".to_owned())?;
    Ok(Need { roles, count })
}

/// Which electors come and go.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("electors").required(true).multiple(true).args(["add", "remove"]))]
pub struct ElectorArgs {
    /// Member that becomes an elector: name or id; may be repeated
    #[arg(long, value_name = "ORGANISATION")]
    pub add: Vec<String>,
    /// Elector that stays a member without a vote: name or id; may be repeated
    #[arg(long, value_name = "ORGANISATION")]
    pub remove: Vec<String>,
}

/// Arguments of `vote`.
#[derive(Debug, Args)]
pub struct VoteArgs {
    /// Id of the proposal; the first characters are enough. All when absent
    pub id: Option<String>,
    /// Let this node enter the next round now, without waiting for electors that are silent
    #[arg(long, requires = "id")]
    pub go_on: bool,
}

/// Arguments of `refound`.
#[derive(Debug, Args)]
pub struct RefoundArgs {
    /// Id of the proposal to go on under; another operator's may need its whole id
    pub id: String,
    /// Yes, go on without a decision of the electors
    #[arg(long)]
    pub yes: bool,
}

/// What `charter` does.
#[derive(Debug, Subcommand)]
pub enum CharterVerb {
    /// Show the charter in force, or the one of an epoch in full
    Show {
        /// Number of the epoch
        number: Option<u64>,
    },
    /// List the epochs: what each changed and who endorsed it
    Log,
    /// Show what changed between two epochs
    Diff {
        /// Number of the older epoch
        from: u64,
        /// Number of the newer epoch; the one in force when absent
        to: Option<u64>,
    },
}

/// What `log` does.
#[derive(Debug, Subcommand)]
pub enum LogVerb {
    /// End a log of this organisation at an entry; of a forked log, this picks the branch
    #[command(
        after_help = "What the log holds beyond that entry counts no more, unless electors attested it. The node \
        goes\non in a new log. `commons keys list` shows the logs and their last entries."
    )]
    End {
        /// Id of the log; the first characters are enough
        log: String,
        /// Whole id of the last entry that counts
        entry: String,
    },
}
