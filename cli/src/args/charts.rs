//! Arguments of `chart`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::feeds::stratum;

/// Arguments of `chart`.
#[derive(Debug, Args)]
#[command(
    override_usage = "commons chart [OPTIONS] <MEASURE> <FILE>\n       commons chart [OPTIONS] --data <CSV> <FILE>",
    after_help = "The end of FILE says what is written: .svg, .png, .txt or .json; `-` writes to standard output.\n\
    With --data, a table with the columns label, value and maybe denominator is drawn without a node; its labels\n\
    stand where periods do.\n\
    Example: commons chart \"Clinical remission\" remission.svg --freeze 12 --annotate 2026-03=\"New pathway\"\n\
    Example: commons chart \"Clinical remission\" sites.png --multiples\n\
    Example: commons chart --data infections.csv --kind g infections.svg"
)]
pub struct ChartArgs {
    /// The measure (id, first characters of it, or title), and the file to write; with --data, the file alone
    #[arg(required = true, num_args = 1..=2, value_names = ["MEASURE", "FILE"])]
    pub names: Vec<String>,
    /// Table to draw instead of a feed; `-` for standard input
    #[arg(long, value_name = "CSV", conflicts_with_all = ["organisation", "stratum", "multiples", "from", "to"])]
    pub data: Option<PathBuf>,
    /// What to write [default: by the end of the file's name; SVG for `-`]
    #[arg(long)]
    pub format: Option<ChartFormat>,
    /// Kind of chart [default: the one that suits the measure; p or run for a table]
    #[arg(long)]
    pub kind: Option<ChartKind>,
    /// An organisation by name or id; the network when absent
    #[arg(long)]
    pub organisation: Option<String>,
    /// A stratum instead of all together
    #[arg(long, value_name = "STRATIFIER:CODE", value_parser = stratum)]
    pub stratum: Option<(String, String)>,
    /// First period
    #[arg(long, value_name = "PERIOD")]
    pub from: Option<String>,
    /// Last period
    #[arg(long, value_name = "PERIOD")]
    pub to: Option<String>,
    /// What makes the lines: a number of points, or the last period
    #[arg(long, value_name = "POINTS|PERIOD")]
    pub freeze: Option<String>,
    /// Period with which a new phase begins; may be repeated
    #[arg(long, value_name = "PERIOD")]
    pub phase: Vec<String>,
    /// Period that has no say in the lines; may be repeated
    #[arg(long, value_name = "PERIOD")]
    pub exclude: Vec<String>,
    /// What happened when; may be repeated
    #[arg(long, value_name = "PERIOD=TEXT", value_parser = super::documents::pair)]
    pub annotate: Vec<(String, String)>,
    /// A small chart for each organisation, with the network's line in each
    #[arg(long, conflicts_with = "organisation")]
    pub multiples: bool,
    /// Title of a table's chart [default: the name of the table's file]
    #[arg(long, requires = "data")]
    pub title: Option<String>,
    /// Width: 160 to 4000, or 30 to 400 letters of text
    #[arg(long)]
    pub width: Option<u32>,
    /// Height: 160 to 4000, or 9 to 120 lines of text
    #[arg(long)]
    pub height: Option<u32>,
    /// Twice the pixels each way in a PNG, for print
    #[arg(long)]
    pub sharp: bool,
}

/// Forms of a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ChartFormat {
    /// Lines and letters that stay sharp
    Svg,
    /// Pixels
    Png,
    /// Letters, for a terminal
    Text,
    /// Every number, and the chart in words
    Json,
}

impl ChartFormat {
    /// The word in the API's query.
    pub fn word(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Png => "png",
            Self::Text => "text",
            Self::Json => "json",
        }
    }

    /// The one that files with this ending usually have.
    pub fn of_extension(extension: &str) -> Option<Self> {
        Some(match extension.to_ascii_lowercase().as_str() {
            "svg" => Self::Svg,
            "png" => Self::Png,
            "txt" => Self::Text,
            "json" => Self::Json,
            _ => return None,
        })
    }
}

/// Kinds of charts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ChartKind {
    /// Run chart: median, no limits
    Run,
    /// Individual measurements
    I,
    /// Moving ranges
    Mr,
    /// Proportions
    P,
    /// Proportions with large denominators (p′)
    Pp,
    /// Rates
    U,
    /// Rates with large denominators (u′)
    Up,
    /// Counts
    C,
    /// Cases between rare events
    G,
    /// Time between rare events
    T,
}
