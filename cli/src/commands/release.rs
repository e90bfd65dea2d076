//! `release` and `retract`.

use std::path::Path;

use serde_json::json;

use crate::args::{ReleaseVerb, RetractArgs};
use crate::client::{ClientError, encode};
use crate::commands::Context;
use crate::commands::documents::document_path;
use crate::commands::file::{fetch_new, replace};
use crate::commands::publication::{confirmations, heading, policy, publication_path, release, retraction};
use crate::error::CliError;
use crate::output::Answer;
use crate::output::progress::with_spinner;
use crate::output::text::{count, short};
use crate::view::{
    Problem, PublicationView, ReleaseRequest, ReleaseView, RetractRequest, RetractionView, VersionView,
};

/// The code with which a node refuses to release what lacks something.
const NOT_ELIGIBLE: &str = "not-eligible";

/// Does what `verb` says.
pub fn releases(context: &Context, verb: ReleaseVerb) -> Result<Answer, CliError> {
    match verb {
        ReleaseVerb::Publish { document, version } => publish(context, &document, version),
        ReleaseVerb::Show { document } => show(context, &document),
        ReleaseVerb::Export { document, file } => export(context, &document, &file),
        ReleaseVerb::Feed { file, site } => feed(context, &file, site.as_deref()),
    }
}

fn publish(context: &Context, id: &str, version: Option<String>) -> Result<Answer, CliError> {
    let request = ReleaseRequest { version };
    let released: Result<ReleaseView, _> = context.post(&format!("{}/releases", document_path(id)), &request);
    match released {
        Ok(view) => {
            let human = format!(
                "Released {:?}.\n{}\nEvery member's node shows it as soon as it hears of it. Prove it to anybody \
                 with {}.\n",
                view.title,
                release(&view),
                context.command(&format!("release export {id} FILE"))
            );
            Ok(Answer::new(human, &view)?)
        }
        Err(ClientError::Refused { problem, .. }) if problem.code == NOT_ELIGIBLE => {
            not_eligible(context, id, request.version.as_deref(), &problem)
        }
        Err(error) => Err(error.into()),
    }
}

/// What the version lacks, rule by rule, and what to do next.
fn not_eligible(
    context: &Context,
    id: &str,
    version: Option<&str>,
    problem: &Problem,
) -> Result<Answer, CliError> {
    let view: PublicationView = context.get(&publication_path(id))?;
    let is_meant = |one: &&VersionView| match version {
        Some(prefix) => one.version.starts_with(prefix),
        None => one.current,
    };
    let meant = view.versions.iter().find(is_meant);
    let lacks = meant.map(|version| version.missing.clone()).filter(|missing| !missing.is_empty());
    let lacks = lacks.unwrap_or_else(|| rules_in(&problem.detail));
    let mut human = format!("NOT RELEASED: {:?} ({}).\n", view.title, short(&view.document));
    match lacks.is_empty() {
        true => human.push_str(&format!("{}\n", problem.detail)),
        false => lacks.iter().for_each(|rule| human.push_str(&format!("  - {rule}\n"))),
    }
    human.push_str(&policy(&view));
    human.push_str(&ready(context, &view));
    human.push_str(&next_steps(context, short(&view.document), meant.is_some()));
    let error = json!({ "code": problem.code, "message": problem.detail });
    let json = json!({ "ok": false, "error": error, "missing": lacks, "policy": view.policy });
    Ok(Answer::new(human, &json)?.with_ok(false))
}

/// Another version that may be released already.
fn ready(context: &Context, view: &PublicationView) -> String {
    let is_released = |one: &VersionView| view.releases.iter().any(|release| release.version == one.version);
    let ready = view.versions.iter().find(|one| one.missing.is_empty() && !is_released(one));
    ready.map_or_else(String::new, |one| {
        let verb = format!("release publish {} --version {}", short(&view.document), short(&one.version));
        format!("\nAn earlier version may be released as it was reviewed: {}.\n", context.command(&verb))
    })
}

/// The rules that a refusal lists, one on each line.
fn rules_in(detail: &str) -> Vec<String> {
    detail.lines().filter_map(|line| line.strip_prefix("- ")).map(str::to_owned).collect()
}

fn next_steps(context: &Context, id: &str, is_asked: bool) -> String {
    let mut text = String::from("Next:\n");
    if !is_asked {
        text.push_str(&format!("  ask for reviews with {}\n", context.command(&format!("review ask {id}"))));
    }
    text + &format!(
        "  each reviewer runs `commons review approve {id} --role ROLE` with a token of their own\n  see how far it is \
         with {}\n  then release it with {}\n",
        context.command(&format!("review show {id}")),
        context.command(&format!("release publish {id}"))
    )
}

fn show(context: &Context, id: &str) -> Result<Answer, CliError> {
    let view: PublicationView = context.get(&publication_path(id))?;
    let mut human = heading(&view);
    if view.releases.is_empty() {
        human.push_str(&format!(
            "\nNothing was released yet. {} tells what is missing.\n",
            context.command(&format!("review show {}", short(&view.document)))
        ));
    }
    view.releases.iter().for_each(|one| human.push_str(&release(one)));
    view.retractions.iter().for_each(|one| human.push_str(&retraction(one)));
    Ok(Answer::new(human, &view)?)
}

fn export(context: &Context, id: &str, file: &Path) -> Result<Answer, CliError> {
    let client = context.client()?;
    let path = format!("{}/proof", document_path(id));
    let bytes = with_spinner("Putting the proof together", || fetch_new(&client, &path, file))?;
    let human = format!(
        "Wrote {} ({}). Anybody can check it with `commons verify {}`.\n",
        file.display(),
        count(bytes, "byte"),
        file.display()
    );
    Ok(Answer::new(human, &json!({ "file": file, "bytes": bytes }))?)
}

/// What an Atom feed begins with, after the line that every XML file has.
const FEED: &[u8] = b"<feed xmlns=\"http://www.w3.org/2005/Atom\"";

/// Writes the feed of releases, in place of an earlier one.
fn feed(context: &Context, file: &Path, site: Option<&str>) -> Result<Answer, CliError> {
    let query = site.map(|site| format!("?site={}", encode(site))).unwrap_or_default();
    let client = context.client()?;
    let path = format!("/v1/atom/releases{query}");
    let bytes = with_spinner("Asking the node", || client.get_file(&path))?;
    replace(file, FEED, &bytes)?;
    let human = format!("Wrote {} ({}).\n", file.display(), count(bytes.len() as u64, "byte"));
    Ok(Answer::new(human, &json!({ "file": file, "bytes": bytes.len() }))?)
}

/// Withdraws everything of a document that was released.
pub fn retract(context: &Context, args: RetractArgs) -> Result<Answer, CliError> {
    let RetractArgs { document, reason, instead } = args;
    let request = RetractRequest { reason, instead };
    let view: RetractionView =
        context.post(&format!("{}/retractions", document_path(&document)), &request)?;
    let human = format!(
        "Withdrawn: {}.\n{}Look who has confirmed it with {}.\n",
        count(view.releases.len() as u64, "release"),
        confirmations(&view),
        context.command(&format!("release show {document}"))
    );
    Ok(Answer::new(human, &view)?)
}
