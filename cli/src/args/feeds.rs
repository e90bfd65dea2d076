//! Arguments of `feed`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// What to do with feeds.
#[derive(Debug, Subcommand)]
pub enum FeedVerb {
    /// List the measures that have a feed
    List,
    /// Show a feed as a table and a chart
    #[command(
        after_help = "A masked number is shown as the interval in which it lies. A total is withheld when too few \
        organisations\ncontribute, or one of them may be nearly all of it.\n\
        Example: commons feed show \"Clinical remission\" --stratifier age\n\
        Example: commons feed show \"Clinical remission\" --organisation Riverside --stratum age:0-10 --from 2026-01"
    )]
    Show(ShowFeedArgs),
    /// Print what is new in a feed as it comes, and go on where it stopped
    #[command(
        after_help = "With --state a later run goes on where this one stopped; without it, each run begins with \
        all rows.\nEverything comes at least once. In JSON a `digest` with an id ends what belongs together.\n\
        Example: commons feed follow \"Clinical remission\" --state remission.state"
    )]
    Follow(FollowArgs),
    /// Write a feed to a file for other programs
    #[command(after_help = "Example: commons feed export \"Clinical remission\" remission.parquet\n\
        Example: commons feed export \"Clinical remission\" remission.jsonld --format dcat")]
    Export(ExportFeedArgs),
    /// Write a feed as it is now to a file that can be cited by its digest
    #[command(after_help = "Anybody with a node of the commons checks it with `commons feed verify FILE`.\n\
        Example: commons feed snapshot \"Clinical remission\" remission.snapshot")]
    Snapshot {
        /// The measure: id, first characters of it, or title
        measure: String,
        /// File to write; it must not exist
        file: PathBuf,
    },
    /// Compute a snapshot again from the contributions that it names
    #[command(after_help = "Exit code 0: the same digest, 1: not.\n\
        Example: commons feed verify remission.snapshot")]
    Verify {
        /// The file that `snapshot` wrote
        file: PathBuf,
    },
}

/// Whose figures, of whom, and of which periods.
#[derive(Debug, Default, Args)]
pub struct ShownArgs {
    /// An organisation by name or id, or `network` for the totals alone
    #[arg(long)]
    pub organisation: Option<String>,
    /// One stratum
    #[arg(long, value_name = "STRATIFIER:CODE", value_parser = stratum)]
    pub stratum: Option<(String, String)>,
    /// First period, such as 2026-01 or 2026-Q1
    #[arg(long, value_name = "PERIOD")]
    pub from: Option<String>,
    /// Last period
    #[arg(long, value_name = "PERIOD")]
    pub to: Option<String>,
}

impl ShownArgs {
    /// Names and values of the API's query.
    pub fn query(&self) -> Vec<(&'static str, String)> {
        let stratum = self.stratum.as_ref().map(|(stratifier, code)| format!("{stratifier}:{code}"));
        let all = [
            ("organisation", self.organisation.clone()),
            ("stratum", stratum),
            ("from", self.from.clone()),
            ("to", self.to.clone()),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

/// Which rows of a feed.
#[derive(Debug, Default, Args)]
pub struct RowsArgs {
    /// Whose, of whom and of which periods.
    #[command(flatten)]
    pub shown: ShownArgs,
    /// All strata of a stratifier such as age, or `total` for all together alone
    #[arg(long, value_name = "CODE", conflicts_with = "stratum")]
    pub stratifier: Option<String>,
}

impl RowsArgs {
    /// Names and values of the API's query.
    pub fn query(&self) -> Vec<(&'static str, String)> {
        let stratifier = self.stratifier.clone().map(|code| ("stratifier", code));
        self.shown.query().into_iter().chain(stratifier).collect()
    }
}

/// Arguments of `show`.
#[derive(Debug, Args)]
pub struct ShowFeedArgs {
    /// The measure: id, first characters of it, or title
    pub measure: String,
    /// Which rows: the network's when nobody is named, and all together when no stratum is.
    #[command(flatten)]
    pub rows: RowsArgs,
}

/// Reads `age:0-4`.
fn stratum(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once(':').filter(|(first, second)| !first.is_empty() && !second.is_empty());
    let (first, second) = parts.ok_or("write a stratifier, `:` and a code, such as age:0-4")?;
    Ok((first.to_owned(), second.to_owned()))
}

/// Arguments of `follow`.
#[derive(Debug, Args)]
pub struct FollowArgs {
    /// The measure: id, first characters of it, or title
    pub measure: String,
    /// File that remembers how far it was read; it is made if it does not exist
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// Which rows; all when nothing is said.
    #[command(flatten)]
    pub rows: RowsArgs,
    /// Stop once this period was told
    #[arg(long, value_name = "PERIOD")]
    pub until: Option<String>,
    /// Stop once everything that is there was told
    #[arg(long)]
    pub once: bool,
}

/// Arguments of `export`.
#[derive(Debug, Args)]
pub struct ExportFeedArgs {
    /// The measure: id, first characters of it, or title
    pub measure: String,
    /// File to write; it must not exist
    pub file: PathBuf,
    /// What to write [default: by the end of the file's name]
    #[arg(long)]
    pub format: Option<FeedFormat>,
    /// Which rows; all when nothing is said.
    #[command(flatten)]
    pub rows: RowsArgs,
}

/// What feeds are exported as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FeedFormat {
    /// A table; masked numbers are two columns with the ends of their interval
    Csv,
    /// What the columns of that table mean, for the web
    CsvColumns,
    /// One JSON object to a line
    Ndjson,
    /// Apache Parquet
    Parquet,
    /// FHIR R4 summary MeasureReports, one to a line
    Fhir,
    /// The same in a Bundle
    FhirBundle,
    /// A description of the series for catalogues, DCAT 3 in JSON-LD
    Dcat,
}

impl FeedFormat {
    /// The word in the API's query.
    pub fn word(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::CsvColumns => "csv-columns",
            Self::Ndjson => "ndjson",
            Self::Parquet => "parquet",
            Self::Fhir => "fhir",
            Self::FhirBundle => "fhir-bundle",
            Self::Dcat => "dcat",
        }
    }

    /// The one that files of this name usually have.
    pub fn of_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let endings = [
            (".fhir.ndjson", Self::Fhir),
            (".fhir.json", Self::FhirBundle),
            (".csv-metadata.json", Self::CsvColumns),
            (".csv", Self::Csv),
            (".ndjson", Self::Ndjson),
            (".parquet", Self::Parquet),
            (".jsonld", Self::Dcat),
        ];
        endings.into_iter().find(|(end, _)| name.ends_with(end)).map(|(_, format)| format)
    }
}
