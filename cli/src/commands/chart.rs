//! `chart`: a control chart of a feed, drawn by the node, or of a table,
//! drawn here.

pub mod local;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::args::{ChartArgs, ChartFormat, word};
use crate::client::encode;
use crate::commands::Context;
use crate::commands::feed::feed_path;
use crate::commands::file::write_new;
use crate::error::CliError;
use crate::output::progress::with_spinner;
use crate::output::text::count;
use crate::output::{Answer, OutputError};

/// Draws a chart. No answer means that it was written to standard output.
pub fn chart(context: &Context, args: &ChartArgs) -> Result<Option<Answer>, CliError> {
    let (measure, file) = names(args)?;
    let format = format(context, args, &file)?;
    let bytes = match (&args.data, measure) {
        (Some(data), _) => local::draw(args, data, format)?,
        (None, Some(measure)) => {
            let client = context.client()?;
            with_spinner("Drawing the chart", || client.get_file(&path(measure, args, format)))?
        }
        (None, None) => return Err(CliError::Usage(NAMES.to_owned())),
    };
    if is_standard(&file) {
        print(&bytes)?;
        return Ok(None);
    }
    write_new(&file, &bytes)?;
    let human = format!("Wrote {} ({}).\n", file.display(), count(bytes.len() as u64, "byte"));
    let json = json!({ "file": file, "bytes": bytes.len(), "format": format.word() });
    Ok(Some(Answer::new(human, &json)?))
}

/// What must be named.
const NAMES: &str = "Name a measure and the file to write, or with --data the file alone.";

/// The measure, unless a table is drawn, and the file.
fn names(args: &ChartArgs) -> Result<(Option<&str>, PathBuf), CliError> {
    match (args.names.as_slice(), &args.data) {
        ([measure, file], None) => Ok((Some(measure), file.into())),
        ([file], Some(_)) => Ok((None, file.into())),
        _ => Err(CliError::Usage(NAMES.to_owned())),
    }
}

fn is_standard(file: &Path) -> bool {
    file == Path::new("-")
}

/// What to write: as it is said, as the file's name ends, or SVG.
fn format(context: &Context, args: &ChartArgs, file: &Path) -> Result<ChartFormat, CliError> {
    if let Some(format) = args.format {
        return Ok(format);
    }
    if is_standard(file) {
        return Ok(if context.output.json { ChartFormat::Json } else { ChartFormat::Svg });
    }
    let end = file.extension().map(|end| end.to_string_lossy().into_owned()).unwrap_or_default();
    ChartFormat::of_extension(&end).ok_or_else(|| {
        CliError::Usage(format!(
            "What to write can't be told by the name {}. End it with .svg or .png, or say it with --format.",
            file.display()
        ))
    })
}

/// The path of the chart in the API.
fn path(measure: &str, args: &ChartArgs, format: ChartFormat) -> String {
    let stratum = args.stratum.as_ref().map(|(stratifier, code)| format!("{stratifier}:{code}"));
    let single = [
        ("kind", args.kind.map(word)),
        ("organisation", args.organisation.clone()),
        ("stratum", stratum),
        ("from", args.from.clone()),
        ("to", args.to.clone()),
        ("freeze", args.freeze.clone()),
        ("multiples", args.multiples.then(|| "true".to_owned())),
        ("width", args.width.map(|width| width.to_string())),
        ("height", args.height.map(|height| height.to_string())),
        ("sharp", args.sharp.then(|| "true".to_owned())),
    ];
    let mut query = format!("{}/chart?format={}", feed_path(measure), format.word());
    let mut add = |name: &str, value: &str| query.push_str(&format!("&{name}={}", encode(value)));
    single.iter().for_each(|(name, value)| value.iter().for_each(|value| add(name, value)));
    args.phase.iter().for_each(|period| add("phase", period));
    args.exclude.iter().for_each(|period| add("exclude", period));
    args.annotate.iter().for_each(|(period, text)| add("annotate", &format!("{period}={text}")));
    query
}

fn print(bytes: &[u8]) -> Result<(), OutputError> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    Ok(out.flush()?)
}
