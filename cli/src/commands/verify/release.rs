//! The proof of a release.

use commons_protocol::proof::{Person, Proof, Proved, ProvedRelease, ProvedRetraction, ProvedReview};
use serde_json::{Value, json};

use super::{hint, not_proved, other_commons};
use crate::args::VerifyArgs;
use crate::error::CliError;
use crate::output::Answer;
use crate::output::progress::with_spinner;

/// Says what was released, and, for a day, what was then.
pub fn verify(args: &VerifyArgs, bytes: &[u8]) -> Result<Answer, CliError> {
    let proved = match with_spinner("Checking every signature", || Proof::verify(bytes)) {
        Ok(proved) => proved,
        Err(error) => return not_proved(error.to_string()),
    };
    if let Some(reason) = other_commons(args, &proved.commons.to_string()) {
        return not_proved(reason);
    }
    let paragraphs = proved.paragraphs(args.as_of);
    let human = format!("PROVED. {}\n{}", paragraphs.join("\n\n"), hint(args.commons.is_some()));
    Ok(Answer::new(human, &in_json(&proved, args, &paragraphs))?)
}

fn in_json(proved: &Proved, args: &VerifyArgs, paragraphs: &[String]) -> Value {
    let mut json = json!({
        "proved": true,
        "kind": "release",
        "commons": proved.commons.to_string(),
        "commons_name": proved.commons_name,
        "epoch": proved.epoch,
        "epoch_hash": proved.epoch_hash.to_string(),
        "chosen_epochs": proved.chosen.iter().map(|(number, _)| number).collect::<Vec<_>>(),
        "document": proved.document.to_string(),
        "creator": proved.creator,
        "made_by": proved.exporter,
        "made_ms": proved.time.0,
        "releases": proved.releases.iter().map(release).collect::<Vec<_>>(),
        "text": paragraphs,
    });
    if let Some(day) = args.as_of {
        json["as_of"] = day.to_string().into();
        json["released_then"] = proved.on(day).map(|release| release.id.to_string()).into();
    }
    json
}

fn release(release: &ProvedRelease) -> Value {
    json!({
        "id": release.id.to_string(),
        "title": &*release.version.cover.title,
        "kind": release.version.cover.kind.word(),
        "language": &*release.version.cover.language,
        "blake3": release.name.blake3.to_string(),
        "sha256": release.name.sha256.to_string(),
        "time_ms": release.time.0,
        "by": person(&release.by),
        "epoch": release.epoch,
        "due": release.due.map(|due| due.to_string()),
        "previous": release.previous.map(|previous| previous.to_string()),
        "contributors": release.contributors.iter().map(person).collect::<Vec<_>>(),
        "reviews": release.reviews.iter().map(review).collect::<Vec<_>>(),
        "retraction": release.retraction.as_ref().map(retraction),
    })
}

fn person(person: &Person) -> Value {
    json!({ "key": person.key.to_string(), "name": person.name, "organisation": person.organisation })
}

fn review(review: &ProvedReview) -> Value {
    json!({
        "id": review.id.to_string(),
        "by": person(&review.by),
        "role": review.role.word(),
        "verdict": review.verdict.word(),
        "conflicts": review.conflicts,
        "comment": review.comment,
        "time_ms": review.time.0,
        "listed": review.listed,
        "why_not": review.discounted,
    })
}

fn retraction(retraction: &ProvedRetraction) -> Value {
    json!({
        "id": retraction.id.to_string(),
        "by": person(&retraction.by),
        "time_ms": retraction.time.0,
        "reason": retraction.reason,
        "instead": retraction.instead.map(|instead| instead.to_string()),
        "confirmed_by": retraction.acknowledged,
    })
}
