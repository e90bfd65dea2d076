//! `measure define`: a document from options, or from a file with front
//! matter. Everything else about measures works as for other documents.

use crate::args::{DefineArgs, DocumentVerb, FieldArgs, Kind, word};
use crate::client::encode;
use crate::commands::Context;
use crate::commands::edit::store;
use crate::commands::feed::table::some;
use crate::commands::publication::{missing, policy, publication_path};
use crate::commands::source::{self, Content};
use crate::error::CliError;
use crate::output::Answer;
use crate::output::text::short;
use crate::view::{DocumentView, MeasureView, PublicationView};

/// Contributes a new measure, and tells what it needs to be released.
pub fn define(context: &Context, args: DefineArgs) -> Result<Answer, CliError> {
    let content = match (&args.from, &args.text) {
        (Some(path), _) => source::read_document(path)?,
        (None, Some(path)) => Content { text: source::read(path)?, ..Content::default() },
        (None, None) => Content::default(),
    };
    let path = args.from.clone();
    let dated = dated(&args.stratum);
    let saved = store(context, Kind::Measure, &fields(args), content, path.as_deref())?;
    let mut human = format!("Saved {:?} as measure {}.\n", saved.summary.title, short(&saved.summary.id));
    human.push_str(&dated);
    human.push_str(&next(context, &saved));
    Ok(Answer::new(human, &saved)?)
}

/// Codes such as 12-17, of which spreadsheets make dates before anybody sees
/// it.
fn dated(strata: &[(String, String)]) -> String {
    let codes = strata.iter().map(|(name, _)| name.rsplit(':').next().unwrap_or(name));
    let dated: Vec<&str> = codes.filter(|code| is_like_a_date(code)).collect();
    match dated.is_empty() {
        true => String::new(),
        false => format!(
            "Spreadsheets make dates of codes like {}: better use words, such as under-12 and from-12, or have everybody \
             set that column's format to text.\n",
            some(&dated, 3)
        ),
    }
}

/// Two numbers that can be a day and a month.
fn is_like_a_date(code: &str) -> bool {
    let number = |text: &str| text.parse::<u8>().ok().filter(|number| (1..=31).contains(number));
    let parts = code.split_once('-').and_then(|(one, other)| number(one).zip(number(other)));
    parts.is_some_and(|(one, other)| one.min(other) <= 12)
}

/// What to do, with the id of a measure that is to be looked at and that is
/// named by its title.
pub fn found(context: &Context, verb: DocumentVerb) -> Result<DocumentVerb, CliError> {
    Ok(match verb {
        DocumentVerb::Show { id, version, released, as_of } => {
            DocumentVerb::Show { id: id_of(context, id)?, version, released, as_of }
        }
        DocumentVerb::History { id } => DocumentVerb::History { id: id_of(context, id)? },
        DocumentVerb::Diff { id, from, to } => DocumentVerb::Diff { id: id_of(context, id)?, from, to },
        DocumentVerb::Readability { id } => DocumentVerb::Readability { id: id_of(context, id)? },
        other => other,
    })
}

fn id_of(context: &Context, name: String) -> Result<String, CliError> {
    if name.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Ok(name);
    }
    let measure: MeasureView = context.get(&format!("/v1/measures/{}", encode(&name)))?;
    Ok(measure.id)
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
        "\nNext:\n  read it with {}\n  ask for reviews with {}\n  each reviewer runs {} with \
         a token of their own\n  then release it with {}\n  and report with {}\n",
        context.command(&format!("measure show {id}")),
        context.command(&format!("review ask {id}")),
        context.command(&format!("review approve {id} --role ROLE")),
        context.command(&format!("release publish {id}")),
        context.command(&format!("series submit FILE --measure {id}")),
    )
}

#[cfg(test)]
mod tests {
    use super::dated;

    #[test]
    fn codes_that_become_dates_are_named() {
        let strata = ["age:0-11", "age:12-17", "age:18-99", "sex:f", "age:1-4", "age:under-12"];
        let strata: Vec<(String, String)> = strata.map(|name| (name.to_owned(), String::new())).into();
        assert!(
            dated(&strata).starts_with("Spreadsheets make dates of codes like 12-17, 1-4: better use words")
        );
        assert_eq!(dated(&strata[..1]), "");
    }
}
