//! `feed`: what the network reports of measures.

mod follow;
mod show;
pub mod table;

pub use follow::MemoryError;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use commons_protocol::rollup::Snapshot;
use serde_json::json;

use crate::args::{ExportFeedArgs, FeedFormat, FeedVerb};
use crate::client::encode;
use crate::commands::Context;
use crate::commands::file::{fetch_new, write_new};
use crate::commands::source::{SourceError, display_name};
use crate::error::CliError;
use crate::output::Answer;
use crate::output::progress::with_spinner;
use crate::output::table::Table;
use crate::output::text::{count, short};
use crate::view::{MeasureView, VerifiedSnapshotView};

/// Longest snapshot that is sent to the node, in bytes.
const MAX_SNAPSHOT: u64 = 64 * 1024 * 1024;

/// Does what `verb` says. No answer means that everything was said already.
pub fn feed(context: &Context, verb: FeedVerb) -> Result<Option<Answer>, CliError> {
    match verb {
        FeedVerb::List => list(context),
        FeedVerb::Show(args) => show::show(context, &args),
        FeedVerb::Follow(args) => return follow::run(context, &args).map(|()| None),
        FeedVerb::Export(args) => export(context, &args),
        FeedVerb::Snapshot { measure, file } => snapshot(context, &measure, &file),
        FeedVerb::Verify { file } => verify(context, &file),
    }
    .map(Some)
}

/// The path of a measure's feed in the API.
pub fn feed_path(measure: &str) -> String {
    format!("/v1/feeds/{}", encode(measure))
}

/// Names and values as a query: `organisation=…&from=…`, or nothing.
pub fn joined(query: &[(&str, String)]) -> String {
    let parts: Vec<String> = query.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
    parts.join("&")
}

fn list(context: &Context) -> Result<Answer, CliError> {
    let feeds: Vec<MeasureView> = context.get("/v1/feeds")?;
    if feeds.is_empty() {
        let human = format!(
            "No measure is released yet, so there is no feed. {} lists measures, {} makes one.\n",
            context.command("measure list"),
            context.command("measure define")
        );
        return Ok(Answer::new(human, &feeds)?);
    }
    let mut table = Table::new(&["id", "measure", "kind", "periods", "split by", "masked up to", "released"]);
    for measure in &feeds {
        let codes: Vec<&str> = measure.stratifiers.iter().map(|one| one.code.as_str()).collect();
        let threshold = measure.threshold.to_string();
        table.row(&[
            short(&measure.id),
            &measure.title,
            &measure.kind,
            &format!("{}s", measure.calendar),
            &codes.join(", "),
            &threshold,
            measure.released.as_deref().unwrap_or(""),
        ]);
    }
    let human = format!("{}\nRead one with {}.\n", table.render(""), context.command("feed show MEASURE"));
    Ok(Answer::new(human, &feeds)?)
}

fn export(context: &Context, args: &ExportFeedArgs) -> Result<Answer, CliError> {
    let name = args.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let format = args.format.or_else(|| FeedFormat::of_name(&name)).ok_or_else(|| {
        CliError::Usage(format!(
            "What to write can't be told by the name {}. Say it with --format.",
            args.file.display()
        ))
    })?;
    let mut query = vec![("format", format.word().to_owned())];
    query.extend(args.rows.query());
    let path = format!("{}/export?{}", feed_path(&args.measure), joined(&query));
    let client = context.client()?;
    let bytes = with_spinner("Writing the feed", || fetch_new(&client, &path, &args.file))?;
    let human = format!("Wrote {} ({}).\n", args.file.display(), count(bytes, "byte"));
    Ok(Answer::new(human, &json!({ "file": args.file, "bytes": bytes, "format": format.word() }))?)
}

fn snapshot(context: &Context, measure: &str, file: &Path) -> Result<Answer, CliError> {
    let client = context.client()?;
    let path = format!("{}/snapshot", feed_path(measure));
    let bytes = with_spinner("Putting the snapshot together", || client.get_file(&path))?;
    let snapshot =
        Snapshot::decode(&bytes).map_err(|error| client.not_a_node("GET a snapshot of a feed", &error))?;
    write_new(file, &bytes)?;
    let digest = snapshot.digest().to_string();
    let human = format!(
        "Wrote {} ({}). Cite it by its digest:\n  {digest}\nAnybody with a node of this commons can check it, you \
         with {}.\n",
        file.display(),
        count(bytes.len() as u64, "byte"),
        context.command(&format!("feed verify {}", file.display()))
    );
    Ok(Answer::new(human, &json!({ "file": file, "bytes": bytes.len(), "digest": digest }))?)
}

fn verify(context: &Context, file: &Path) -> Result<Answer, CliError> {
    let unreadable = |source| SourceError::Unreadable { name: display_name(file), source };
    let mut bytes = Vec::new();
    File::open(file)
        .map_err(unreadable)?
        .take(MAX_SNAPSHOT + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    let length = bytes.len() as u64;
    if length > MAX_SNAPSHOT {
        return Err(CliError::Usage(format!("{} is too long to be a snapshot.", file.display())));
    }
    let client = context.client()?;
    let view: VerifiedSnapshotView = with_spinner("The node computes it again", || {
        client.upload("/v1/feeds/verify", bytes.as_slice(), length)
    })?;
    let verdict = if view.verified { "VERIFIED" } else { "NOT VERIFIED" };
    let computed = view.computed.as_deref().unwrap_or("none");
    let human = format!(
        "{verdict}: {}.\nDigest of the file:            {}\nDigest that the node computes: {computed}\n",
        view.sentence, view.digest
    );
    Ok(Answer::new(human, &view)?.with_ok(view.verified))
}
