//! Arguments of `measure`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::DocumentVerb;
use super::documents::pair;

/// What to do with measures.
#[derive(Debug, Subcommand)]
pub enum MeasureVerb {
    /// Define a measure: a new document that organisations review and release
    #[command(
        after_help = "The strata of a stratifier are all there are: each person or event is in exactly one of them.\n\
        Example: commons measure define \"Clinical remission\" --kind proportion --calendar month \\\n    \
        --population \"Patients with Crohn's disease who were seen\" --numerator \"Those in remission\" \\\n    \
        --denominator \"Those who were seen\" --direction increase --target 82 \\\n    \
        --stratum age:0-10=\"Up to ten\" --stratum age:11-17=\"Eleven to seventeen\""
    )]
    Define(Box<DefineArgs>),
    /// What works as for other documents.
    #[command(flatten)]
    Document(Box<DocumentVerb>),
}

/// Arguments of `define`.
#[derive(Debug, Default, Args)]
pub struct DefineArgs {
    /// Title; otherwise from the file's front matter, first heading or name
    #[arg(required_unless_present = "from")]
    pub title: Option<String>,
    /// What kind of number it is
    #[arg(long, required_unless_present = "from")]
    pub kind: Option<MeasureKind>,
    /// How long its periods are
    #[arg(long, required_unless_present = "from")]
    pub calendar: Option<Calendar>,
    /// Who is counted, in words
    #[arg(long, value_name = "TEXT", required_unless_present = "from")]
    pub population: Option<String>,
    /// What the numerator, count or sum is, in words
    #[arg(long, value_name = "TEXT", required_unless_present = "from")]
    pub numerator: Option<String>,
    /// What the denominator is, in words; needed by all kinds but `count`
    #[arg(long, value_name = "TEXT", required_if_eq_any = NEEDS_DENOMINATOR)]
    pub denominator: Option<String>,
    /// Which way is better
    #[arg(long)]
    pub direction: Option<Direction>,
    /// Whether 0 % and 100 % say something about people, so that they are masked
    #[arg(long)]
    pub extremes: Option<Extremes>,
    /// Counts from 1 to this are masked, if that is stricter than the charter
    #[arg(long, value_name = "COUNT")]
    pub threshold: Option<u16>,
    /// What values are multiplied by when shown [default: 100 for a proportion, 1000 for a rate]
    #[arg(long, value_name = "NUMBER")]
    pub per: Option<u32>,
    /// Unit of a continuous measure
    #[arg(long)]
    pub unit: Option<String>,
    /// The value aimed at, as it is shown
    #[arg(long, value_name = "NUMBER")]
    pub target: Option<String>,
    /// A stratum, its stratifier and what people call it; may be repeated
    #[arg(long, value_name = "STRATIFIER:CODE=LABEL", value_parser = stratum)]
    pub stratum: Vec<(String, String)>,
    /// Code of the quantity that the numerator is, if other measures count the same
    #[arg(long, value_name = "CODE")]
    pub numerator_quantity: Option<String>,
    /// Code of the quantity that the denominator is, if other measures count the same
    #[arg(long, value_name = "CODE")]
    pub denominator_quantity: Option<String>,
    /// Markdown file with further words, `-` for standard input
    #[arg(long, value_name = "FILE", conflicts_with = "from")]
    pub text: Option<PathBuf>,
    /// Markdown file whose front matter defines the measure; options say otherwise
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,
    /// Language code such as `en` or `pt-BR`
    #[arg(long)]
    pub language: Option<String>,
    /// One or two sentences on what the measure is for
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
    /// Anything else that it says; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    pub set: Vec<(String, String)>,
    /// Why to say what the identifier guard asks about; everybody can read it
    #[arg(long = "override", value_name = "REASON")]
    pub override_reason: Option<String>,
}

fn stratum(text: &str) -> Result<(String, String), String> {
    let (name, label) = pair(text).map_err(|_| STRATUM_FORM.to_owned())?;
    let fits = |code: &str| {
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte);
        !code.is_empty() && code.bytes().all(is_letter)
    };
    let (stratifier, code) = name.split_once(':').ok_or_else(|| STRATUM_FORM.to_owned())?;
    match fits(stratifier) && fits(code) {
        true => Ok((name, label)),
        false => Err(format!("a code is letters without accents, digits, `.`, `_` and `-`; {STRATUM_FORM}")),
    }
}

/// How strata are written.
const STRATUM_FORM: &str =
    "write a stratifier, `:`, a code, `=` and a label, such as age:under-5=\"Under five\"";

/// What kind of number a measure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MeasureKind {
    /// Some of those in the denominator
    Proportion,
    /// Events per exposure, such as patient days
    Rate,
    /// A number of events or people without a denominator
    Count,
    /// Events, and the days or cases between them
    Between,
    /// The sum of a measurement over so many people
    Continuous,
}

/// How long the periods of a measure are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Calendar {
    /// Months
    Month,
    /// Quarters
    Quarter,
}

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Direction {
    /// More is better
    Increase,
    /// Less is better
    Decrease,
}

/// Whether 0 % and 100 % are masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Extremes {
    /// They may be told
    Open,
    /// They are masked like small counts
    Sensitive,
}

/// Kinds whose denominator must be told.
const NEEDS_DENOMINATOR: [(&str, &str); 4] =
    [("kind", "proportion"), ("kind", "rate"), ("kind", "between"), ("kind", "continuous")];

/// The word of a value, as documents have it.
pub fn word(value: impl ValueEnum) -> String {
    value.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}
