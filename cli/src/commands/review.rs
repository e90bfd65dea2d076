//! `review`: asking for reviews and giving them.

use crate::args::{ReviewVerb, VerdictArgs};
use crate::client::encode;
use crate::commands::Context;
use crate::commands::documents::document_path;
use crate::commands::publication::{heading, missing, policy, publication_path, release, review, version};
use crate::commands::source;
use crate::error::CliError;
use crate::output::Answer;
use crate::output::table::Table;
use crate::output::text::short;
use crate::view::{
    AskReviewRequest, ChecklistView, DocumentSummary, FormView, PublicationView, ReviewRequest, ReviewView,
};
use commons_node::forms;

/// Does what `verb` says.
pub fn reviews(context: &Context, verb: ReviewVerb) -> Result<Answer, CliError> {
    match verb {
        ReviewVerb::Ask { document, note } => ask(context, &document, note),
        ReviewVerb::List => list(context),
        ReviewVerb::Show { document } => show(context, &document),
        ReviewVerb::Approve(args) => give(context, "approve", args),
        ReviewVerb::RequestChanges(args) => give(context, "request-changes", args),
        ReviewVerb::Decline(args) => give(context, "decline", args),
        ReviewVerb::Form { id: None } => all_forms(context),
        ReviewVerb::Form { id: Some(id) } => form(context, &id),
    }
}

fn ask(context: &Context, id: &str, note: String) -> Result<Answer, CliError> {
    let request = AskReviewRequest { note, heads: None };
    let view: PublicationView = context.post(&format!("{}/requests", document_path(id)), &request)?;
    let mut human = format!("Asked for reviews of {:?}.\n", view.title);
    if let Some(version) = view.versions.iter().find(|version| version.current) {
        human.push_str(&format!("Version {}\n{}", short(&version.version), missing(&version.missing)));
    }
    human.push_str(&format!(
        "Next: tell the reviewers. Each of them runs\n  commons review approve {}\n",
        short(&view.document)
    ));
    Ok(Answer::new(human, &view)?)
}

/// Documents of which a version is under review, or may be released.
fn list(context: &Context) -> Result<Answer, CliError> {
    let mut documents: Vec<DocumentSummary> = context.get("/v1/documents")?;
    let is_open = |word: &str| word == "in review" || word == "eligible";
    documents.retain(|document| {
        let standing = &document.standing;
        is_open(&standing.status) || standing.draft.as_deref().is_some_and(is_open)
    });
    if documents.is_empty() {
        let human = format!("No review is open. Ask for one with {}.\n", context.command("review ask DOC"));
        return Ok(Answer::new(human, &documents)?);
    }
    let mut table = Table::new(&["id", "kind", "title", "organisation", "version"]);
    for document in &documents {
        let standing = &document.standing;
        let draft = standing.draft.as_deref().unwrap_or(&standing.status);
        table.row(&[short(&document.id), &document.kind, &document.title, &document.organisation, draft]);
    }
    let human =
        format!("{}\nSee what is missing with {}.\n", table.render(""), context.command("review show DOC"));
    Ok(Answer::new(human, &documents)?)
}

fn show(context: &Context, id: &str) -> Result<Answer, CliError> {
    let view: PublicationView = context.get(&publication_path(id))?;
    let mut human = heading(&view);
    human.push_str(&policy(&view));
    view.versions.iter().for_each(|one| human.push_str(&version(one)));
    if view.versions.is_empty() {
        human.push_str(&format!(
            "\nNobody was asked to review it. Ask with {}.\n",
            context.command(&format!("review ask {}", short(&view.document)))
        ));
    }
    view.releases.iter().for_each(|one| human.push_str(&release(one)));
    Ok(Answer::new(human, &view)?)
}

fn give(context: &Context, verdict: &str, args: VerdictArgs) -> Result<Answer, CliError> {
    let checklist = args.checklist.as_deref().map(checklist).transpose()?;
    let request = ReviewRequest {
        verdict: verdict.to_owned(),
        version: args.version,
        role: args.role.map(|role| role.word().to_owned()),
        comment: args.comment,
        conflicts: args.conflicts,
        checklist,
    };
    let view: ReviewView = context.post(&format!("{}/reviews", document_path(&args.document)), &request)?;
    let human = format!(
        "Signed a review of version {}.\n{}See how far it is with {}.\n",
        short(&view.version),
        review(&view),
        context.command(&format!("review show {}", args.document))
    );
    Ok(Answer::new(human, &view)?)
}

/// Reads a filled-in checklist.
fn checklist(path: &std::path::Path) -> Result<ChecklistView, CliError> {
    let text = source::read(path)?;
    let filled = forms::parse(&text)
        .map_err(|error| CliError::Checklist { file: source::display_name(path), source: Box::new(error) })?;
    Ok(ChecklistView { form: filled.form().id.to_owned(), answers: filled.to_pairs().into_iter().collect() })
}

fn all_forms(context: &Context) -> Result<Answer, CliError> {
    let all: Vec<FormView> = context.get("/v1/forms")?;
    let mut table = Table::new(&["id", "title", "items"]);
    for form in &all {
        table.row(&[&*form.id, &form.title, &form.items.to_string()]);
    }
    let human = format!(
        "{}\nPrint one with {}, fill it in, and give it with `commons review approve DOC --checklist FILE`.\n",
        table.render(""),
        context.command("review form ID")
    );
    Ok(Answer::new(human, &all)?)
}

fn form(context: &Context, id: &str) -> Result<Answer, CliError> {
    let form: FormView = context.get(&format!("/v1/forms/{}", encode(id)))?;
    Ok(Answer::new(&form.template, &form)?)
}
