//! `chart`: a control chart of a feed, drawn by the node, or of a table,
//! drawn here.

pub mod local;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use commons_node::charts::Form;
use serde_json::json;

use crate::args::ChartArgs;
use crate::commands::Context;
use crate::commands::feed::{feed_path, joined};
use crate::commands::file::write_new;
use crate::error::CliError;
use crate::output::progress::with_spinner;
use crate::output::text::count;
use crate::output::{Answer, OutputError};

/// Draws a chart. No answer means that it was written to standard output.
pub fn chart(context: &Context, args: &ChartArgs) -> Result<Option<Answer>, CliError> {
    let (measure, file) = names(args)?;
    let form = form(context, args, &file)?;
    let bytes = match (&args.data, measure) {
        (Some(data), _) => local::draw(args, data, form)?,
        (None, Some(measure)) => {
            let client = context.client()?;
            with_spinner("Drawing the chart", || client.get_file(&path(measure, args, form)))?
        }
        (None, None) => return Err(CliError::Usage(NAMES.to_owned())),
    };
    if is_standard(&file) {
        print(&bytes)?;
        return Ok(None);
    }
    write_new(&file, &bytes)?;
    let human = format!("Wrote {} ({}).\n", file.display(), count(bytes.len() as u64, "byte"));
    let json = json!({ "file": file, "bytes": bytes.len(), "format": form.code() });
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
fn form(context: &Context, args: &ChartArgs, file: &Path) -> Result<Form, CliError> {
    if let Some(form) = args.format {
        return Ok(form);
    }
    if is_standard(file) {
        return Ok(if context.output.json { Form::Json } else { Form::Svg });
    }
    let end = file.extension().map(|end| end.to_string_lossy().into_owned()).unwrap_or_default();
    Form::of_ending(&end).ok_or_else(|| {
        CliError::Usage(format!(
            "What to write can't be told by the name {}. End it with .svg or .png, or say it with --format.",
            file.display()
        ))
    })
}

/// The path of the chart in the API.
fn path(measure: &str, args: &ChartArgs, form: Form) -> String {
    let single = [
        ("kind", args.kind.map(|kind| kind.code().to_owned())),
        ("freeze", args.freeze.clone()),
        ("multiples", args.multiples.then(|| "true".to_owned())),
        ("width", args.width.map(|width| width.to_string())),
        ("height", args.height.map(|height| height.to_string())),
        ("sharp", args.sharp.then(|| "true".to_owned())),
    ];
    let mut query = vec![("format", form.code().to_owned())];
    query.extend(args.shown.query());
    query.extend(single.into_iter().filter_map(|(name, value)| Some((name, value?))));
    query.extend(args.phase.iter().map(|period| ("phase", period.clone())));
    query.extend(args.exclude.iter().map(|period| ("exclude", period.clone())));
    query.extend(args.annotate.iter().map(|(period, text)| ("annotate", format!("{period}={text}"))));
    format!("{}/chart?{}", feed_path(measure), joined(&query))
}

fn print(bytes: &[u8]) -> Result<(), OutputError> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    Ok(out.flush()?)
}
