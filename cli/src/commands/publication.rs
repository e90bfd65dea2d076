//! How reviews, releases and retractions are told to people.

use crate::commands::documents::document_path;
use crate::output::text::{list, short, time};
use crate::view::{PublicationView, ReleaseView, RetractionView, ReviewView, StandingView, VersionView};

/// The path of what is said about a document in the API.
pub fn publication_path(id: &str) -> String {
    format!("{}/publication", document_path(id))
}

/// Title, id and how it stands.
pub fn heading(view: &PublicationView) -> String {
    let mut text = format!("{} ({})\n", view.title, short(&view.document));
    text.push_str(&standing(&view.standing));
    text
}

/// How a document stands, with what readers should know besides.
pub fn standing(standing: &StandingView) -> String {
    let mut text = format!("{}\n", standing.sentence);
    for notice in &standing.notices {
        text.push_str(&format!("Note: {notice}\n"));
    }
    text
}

/// What the charter asks for.
pub fn policy(view: &PublicationView) -> String {
    let rules: String = view.policy.iter().map(|rule| format!("  {rule}\n")).collect();
    if rules.is_empty() { rules } else { format!("\nWhat the charter asks for\n{rules}") }
}

/// A version with who was asked, who reviewed, and what is missing.
pub fn version(version: &VersionView) -> String {
    let now = if version.current { ", what the document says now" } else { "" };
    let mut text = format!("\nVersion {}{now}\n", short(&version.version));
    for request in &version.requests {
        let note =
            if request.note.is_empty() { String::new() } else { format!(": {}", one_line(&request.note)) };
        text.push_str(&format!(
            "  {}  {} ({}) asked for reviews{note}\n",
            time(request.time_ms),
            request.person,
            request.organisation
        ));
    }
    version.reviews.iter().for_each(|one| text.push_str(&review(one)));
    text.push_str(&missing(&version.missing));
    text
}

/// What a version still lacks, rule by rule.
pub fn missing(missing: &[String]) -> String {
    if missing.is_empty() {
        return "  Nothing is missing: it may be released.\n".to_owned();
    }
    let rules: String = missing.iter().map(|rule| format!("    - {rule}\n")).collect();
    format!("  Still missing:\n{rules}")
}

/// A review, with whether it counts.
pub fn review(review: &ReviewView) -> String {
    let counts = match (&review.why_not, review.counts) {
        (None, true) => "counts".to_owned(),
        (Some(why), _) => format!("does not count: {why}"),
        (None, false) => "does not count".to_owned(),
    };
    let mut text = format!(
        "  {}  {} ({}, {}): {} – {counts}\n",
        time(review.time_ms),
        review.person,
        review.role,
        review.organisation,
        verdict(&review.verdict)
    );
    let conflicts = if review.conflicts.is_empty() { "none declared" } else { &review.conflicts };
    text.push_str(&format!("    Conflicts of interest: {}\n", one_line(conflicts)));
    if !review.comment.is_empty() {
        text.push_str(&indented(&review.comment));
    }
    if let Some(checklist) = &review.checklist {
        let said = |word: &str| checklist.answers.values().filter(|answer| *answer == word).count();
        text.push_str(&format!(
            "    Checklist {}: {} yes, {} no, {} not applicable\n",
            checklist.form,
            said("yes"),
            said("no"),
            said("n/a")
        ));
    }
    text
}

fn verdict(word: &str) -> &str {
    match word {
        "approve" => "approves",
        "request-changes" => "asks for changes",
        "decline" => "declines",
        other => other,
    }
}

/// A release, with the reviews that it lists.
pub fn release(release: &ReleaseView) -> String {
    let mut text = format!(
        "\nRelease {} of version {}, {}\n  by {} ({}), under the policy of epoch {}\n",
        short(&release.id),
        short(&release.version),
        time(release.time_ms),
        release.person,
        release.organisation,
        release.epoch
    );
    if let Some(due) = &release.due {
        text.push_str(&format!("  due for review on {due}\n"));
    }
    if let Some(retraction) = &release.retracted {
        text.push_str(&format!("  WITHDRAWN by {}\n", short(retraction)));
    }
    for why in &release.why_not {
        text.push_str(&format!("  DOES NOT COUNT: {why}\n"));
    }
    if release.matches == Some(false) {
        text.push_str("  WARNING: this node finds another text at those heads than what was released\n");
    }
    release.reviews.iter().for_each(|one| text.push_str(&review(one)));
    text
}

/// A retraction, with who has confirmed it.
pub fn retraction(retraction: &RetractionView) -> String {
    let mut text = format!(
        "\nWithdrawn on {} by {} ({})\n{}",
        time(retraction.time_ms),
        retraction.person,
        retraction.organisation,
        indented(&retraction.reason)
    );
    if let Some(instead) = &retraction.instead {
        text.push_str(&format!("    Use instead: {}\n", short(instead)));
    }
    if !retraction.counts {
        text.push_str("    DOES NOT COUNT: that organisation may not withdraw it\n");
    }
    text.push_str(&confirmations(retraction));
    text
}

/// Who has confirmed a retraction and who has not.
pub fn confirmations(retraction: &RetractionView) -> String {
    let mut text = format!("    Confirmed by {}", list(&retraction.acknowledged_by));
    if !retraction.missing.is_empty() {
        text.push_str(&format!("; not yet by {}", list(&retraction.missing)));
    }
    text + ".\n"
}

fn indented(words: &str) -> String {
    words.lines().map(|line| format!("    {line}\n")).collect()
}

fn one_line(words: &str) -> String {
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{missing, review, version};
    use crate::view::{ChecklistView, ReviewView, VersionView};

    #[test]
    fn a_review_says_who_in_which_role_and_whether_it_counts() {
        let answers = [("01", "yes"), ("02", "n/a"), ("02-note", "see below")];
        let view = ReviewView {
            person: "Ben".into(),
            role: "clinician".into(),
            organisation: "Riverside".into(),
            verdict: "request-changes".into(),
            comment: "Step 2:\nadd a picture.".into(),
            checklist: Some(ChecklistView {
                form: "cdc-cci-1".into(),
                answers: answers.map(|(item, answer)| (item.into(), answer.into())).into(),
            }),
            why_not: Some("the reviewer asks for changes".into()),
            ..ReviewView::default()
        };
        assert_eq!(
            review(&view),
            "  1970-01-01 00:00 UTC  Ben (clinician, Riverside): asks for changes – does not count: the reviewer asks \
             for changes\n    Conflicts of interest: none declared\n    Step 2:\n    add a picture.\n    Checklist \
             cdc-cci-1: 1 yes, 0 no, 1 not applicable\n"
        );
    }

    #[test]
    fn what_is_missing_is_a_list() {
        assert!(missing(&[]).contains("may be released"));
        let view = VersionView {
            version: "ab".repeat(32),
            missing: vec!["a clinician".into()],
            ..VersionView::default()
        };
        assert!(version(&view).ends_with("  Still missing:\n    - a clinician\n"));
    }
}
