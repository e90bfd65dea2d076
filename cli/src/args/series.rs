//! Arguments of `series` and `egress`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// What to do with this organisation's figures.
#[derive(Debug, Subcommand)]
pub enum SeriesVerb {
    /// Report the figures of a file, after telling what will be sent, masked, held and refused
    #[command(after_help = "Whatever could show single people is masked or held before anything is signed. \
        `commons series template`\nprints a table to fill in; other tables are read with --column and --only.\n\
        Exit code 0: every figure of the file is sent, held (`commons series held`), or was sent before. Exit code 1:\n\
        something was refused or withheld, or the file has no figures.\n\
        Example: commons series submit remission.csv --dry-run\n\
        Example: commons series submit all.csv --measure Breaches --column period=month --column numerator=breaches \\\n    \
        --column denominator=attendances --column stratum=type --only org_code=RF4\n\
        Example: commons series submit reports.json --map \"http://example.org/Measure/7|1#first=Breaches\"")]
    Submit(Box<SubmitArgs>),
    /// Show what this organisation reported, as others read it
    #[command(after_help = "Example: commons series show \"Clinical remission\"")]
    Show {
        /// The measure: id, first characters of it, or title; all when absent
        measure: Option<String>,
    },
    /// List corrections that wait on this node until they can't show single people
    #[command(after_help = "The numbers are shown to administrators alone, and never leave this node.\n\
        Example: commons series held --drop \"Clinical remission\" 2026-03")]
    Held {
        /// Forget one of them instead: what was told stands
        #[arg(long, num_args = 2, value_names = ["MEASURE", "PERIOD"])]
        drop: Option<Vec<String>>,
    },
    /// Take back what was reported for a period; who has read it keeps what they know
    #[command(after_help = "A withdrawal is signed, and stays for ever as what was reported does.\n\
        Example: commons series withdraw \"Clinical remission\" 2026-03 --dry-run")]
    Withdraw(WithdrawArgs),
    /// Print a table in CSV to fill in
    #[command(after_help = "Example: commons series template \"Clinical remission\" > remission.csv")]
    Template {
        /// The measure: id, first characters of it, or title
        measure: String,
    },
}

/// Arguments of `submit`.
#[derive(Debug, Args)]
pub struct SubmitArgs {
    /// CSV, NDJSON or FHIR (a summary MeasureReport or a Bundle of them)
    pub file: PathBuf,
    /// Measure of the figures that name none: id, first characters of it, or title
    #[arg(long)]
    pub measure: Option<String>,
    /// Tell what would happen, and send nothing
    #[arg(long, conflicts_with = "yes")]
    pub dry_run: bool,
    /// What the file is [default: by how it begins]
    #[arg(long)]
    pub format: Option<FiguresFormat>,
    /// Strata that a table leaves out have nobody in them; otherwise such a table is refused
    #[arg(long)]
    pub missing_is_zero: bool,
    /// Send the rest although something is refused
    #[arg(long)]
    pub skip_refused: bool,
    /// Mask small corrections instead of holding them
    #[arg(long)]
    pub mask_corrections: bool,
    /// Which column is what, such as numerator=breaches; may be repeated
    #[arg(long, value_name = "ROLE=COLUMN")]
    pub column: Vec<String>,
    /// Read only rows with this text in this column, such as org_code=RF4; may be repeated
    #[arg(long, value_name = "COLUMN=TEXT")]
    pub only: Vec<String>,
    /// What the file calls NAME, such as the address of a FHIR measure, is this measure here; may be repeated
    #[arg(long, value_name = "NAME=MEASURE")]
    pub map: Vec<String>,
    /// Write all that is refused to a CSV file, which must not exist: where, why, and what to do
    #[arg(long, value_name = "FILE")]
    pub refused: Option<PathBuf>,
    /// Report from this node from now on, instead of from another one of the organisation
    #[arg(long)]
    pub take_over: bool,
    /// Yes, send it without asking
    #[arg(long)]
    pub yes: bool,
}

/// Arguments of `withdraw`.
#[derive(Debug, Args)]
pub struct WithdrawArgs {
    /// The measure: id, first characters of it, or title
    pub measure: String,
    /// The period, such as 2026-03 or 2026-Q1
    pub period: String,
    /// Tell what would be withdrawn, and withdraw nothing
    #[arg(long, conflicts_with = "yes")]
    pub dry_run: bool,
    /// Report from this node from now on, instead of from another one of the organisation
    #[arg(long)]
    pub take_over: bool,
    /// Yes, withdraw it without asking
    #[arg(long)]
    pub yes: bool,
}

/// Formats of files with figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FiguresFormat {
    /// A table
    Csv,
    /// One JSON object to a line
    Ndjson,
    /// FHIR R4 in JSON
    Fhir,
}

impl FiguresFormat {
    /// The word in the API's query.
    pub fn word(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
            Self::Fhir => "fhir",
        }
    }
}

/// Arguments of `egress`.
#[derive(Debug, Args)]
pub struct EgressArgs {
    /// Write the ledger to a CSV file, which must not exist
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
}
