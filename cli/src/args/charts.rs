//! Arguments of `chart`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use commons_node::charts::{Form, Kind};

use super::feeds::ShownArgs;

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
    #[arg(long, value_parser = form())]
    pub format: Option<Form>,
    /// Kind of chart [default: the one that suits the measure; p or run for a table]
    #[arg(long, value_parser = kind())]
    pub kind: Option<Kind>,
    /// Whose, of whom and of which periods: the network, all together, when nothing is said.
    #[command(flatten)]
    pub shown: ShownArgs,
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
    #[arg(long, conflicts_with_all = ["organisation", "height", "sharp"])]
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

/// Reads the code of a form.
fn form() -> impl TypedValueParser<Value = Form> {
    let values = Form::ALL.map(|form| PossibleValue::new(form.code()).help(form.about()));
    PossibleValuesParser::new(values).try_map(|code| Form::of_code(&code).ok_or("there is no such form"))
}

/// Reads the code of a kind.
fn kind() -> impl TypedValueParser<Value = Kind> {
    let value = |kind: Kind| PossibleValue::new(kind.code()).aliases(kind.short()).help(kind.about());
    PossibleValuesParser::new(Kind::ALL.map(value))
        .try_map(|code| Kind::of_code(&code).ok_or("there is no such kind"))
}
