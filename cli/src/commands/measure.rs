//! `measure define`: a document from options, or from a file with front
//! matter. Everything else about measures works as for other documents.

use crate::args::{DefineArgs, FieldArgs, Kind, word};
use crate::commands::Context;
use crate::commands::edit::store;
use crate::commands::publication::{missing, policy, publication_path};
use crate::commands::source::{self, Content};
use crate::error::CliError;
use crate::output::Answer;
use crate::output::text::short;
use crate::view::{DocumentView, PublicationView};

/// Contributes a new measure, and tells what it needs to be released.
pub fn define(context: &Context, args: DefineArgs) -> Result<Answer, CliError> {
    let content = match (&args.from, &args.text) {
        (Some(path), _) => source::read_document(path)?,
        (None, Some(path)) => Content { text: source::read(path)?, ..Content::default() },
        (None, None) => Content::default(),
    };
    let path = args.from.clone();
    let saved = store(context, Kind::Measure, &fields(args), content, path.as_deref())?;
    let mut human = format!("Saved {:?} as measure {}.\n", saved.summary.title, short(&saved.summary.id));
    human.push_str(&next(context, &saved));
    Ok(Answer::new(human, &saved)?)
}

/// The options as documents have them.
fn fields(args: DefineArgs) -> FieldArgs {
    let words = [
        ("measure-kind", args.kind.map(word)),
        ("calendar", args.calendar.map(word)),
        ("population", args.population),
        ("numerator", args.numerator),
        ("denominator", args.denominator),
        ("direction", args.direction.map(word)),
        ("extremes", args.extremes.map(word)),
        ("threshold", args.threshold.map(|number| number.to_string())),
        ("per", args.per.map(|number| number.to_string())),
        ("unit", args.unit),
        ("target", args.target),
        ("numerator-quantity", args.numerator_quantity),
        ("denominator-quantity", args.denominator_quantity),
    ];
    let told = words.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    let strata = args.stratum.into_iter().map(|(code, label)| (format!("stratum/{code}"), label));
    FieldArgs {
        title: args.title,
        language: args.language,
        description: args.description,
        set: told.chain(strata).chain(args.set).collect(),
        override_reason: args.override_reason,
        ..FieldArgs::default()
    }
}

/// What the measure lacks to be released, and what to do about it.
fn next(context: &Context, saved: &DocumentView) -> String {
    let id = short(&saved.summary.id);
    let mut text = "It is a draft: nobody can report it before it is released.\n".to_owned();
    // It is saved: that what it lacks can't be told now is no failure.
    let view: Option<PublicationView> = context.get(&publication_path(&saved.summary.id)).ok();
    if let Some(view) = view {
        text.push_str(&policy(&view));
        let current = view.versions.iter().find(|version| version.current);
        current.iter().for_each(|version| text.push_str(&missing(&version.missing)));
    }
    text + &format!(
        "\nNext:\n  read it with {}\n  ask for reviews with {}\n  each reviewer runs `commons review approve {id} \
         --role ROLE` with a token of their own\n  then release it with {}\n  and report with {}\n",
        context.command(&format!("measure show {id}")),
        context.command(&format!("review ask {id}")),
        context.command(&format!("release publish {id}")),
        context.command(&format!("series submit FILE --measure {id}")),
    )
}
