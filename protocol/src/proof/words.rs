//! What a proof says to its reader.

use super::{Person, Proved, ProvedRelease, ProvedRetraction, ProvedReview};
use crate::date::Date;
use crate::statement::Verdict;

impl Proved {
    /// Everything that a reader should know, one paragraph each; with `day`,
    /// what was released on that day.
    pub fn paragraphs(&self, day: Option<Date>) -> Vec<String> {
        let mut text = Vec::new();
        if let Some(day) = day {
            text.push(self.on_day(day));
        }
        text.extend(self.chosen.iter().map(|(number, hash)| {
            format!(
                "Epoch {number} ({hash}) stands in this file without a vote: whoever made the file chose it. What \
                 the file says holds for those who chose that epoch too, and for nobody else."
            )
        }));
        for release in &self.releases {
            text.push(self.release(release));
            text.extend(release.retraction.as_ref().map(withdrawn));
        }
        text.push(self.made());
        text.push(format!(
            "All this holds under the commons {} (\u{201c}{}\u{201d}, epoch {}). Compare this id with that of the \
             commons you trust: anybody can found one with the same name.",
            self.commons, self.commons_name, self.epoch
        ));
        text.push(
            "Names, roles and dates are what the organisations and people claim; the dates decide nothing else here."
                .to_owned(),
        );
        text
    }

    fn on_day(&self, day: Date) -> String {
        match self.on(day) {
            Some(release) => format!(
                "On {day}, by the dates claimed, \u{201c}{}\u{201d} was released as {}.",
                &*release.version.cover.title, release.name.blake3
            ),
            None => format!("On {day}, by the dates claimed, nothing of this document was released."),
        }
    }

    fn release(&self, release: &ProvedRelease) -> String {
        let cover = &release.version.cover;
        let approved: Vec<String> = release.reviews.iter().map(review).collect();
        let authors: Vec<String> = release.contributors.iter().map(person).collect();
        let due = release.due.map_or_else(String::new, |due| format!(" It is due for review on {due}."));
        format!(
            "The {} \u{201c}{}\u{201d} by {}, written by {}, was released on {} by {} under the policy of epoch {}.{due} \
             {}. The rule that it met: {} Its content has the SHA-256 {} and the BLAKE3 {}.",
            self.kind_word(),
            &*cover.title,
            self.creator,
            authors.join(", "),
            Date::of(release.time),
            person(&release.by),
            release.epoch,
            approved.join(". "),
            release.policy.in_words().join(" "),
            release.name.sha256,
            release.name.blake3,
        )
    }

    /// Whether a retraction is known, and what the file can't show.
    fn made(&self) -> String {
        let is_withdrawn = self.releases.last().is_some_and(|release| release.retraction.is_some());
        let known = if is_withdrawn {
            "The newest release was withdrawn, as said above."
        } else {
            "No retraction of the newest release is in this file."
        };
        format!(
            "{known} A node of {} made the file on {}, as of epoch {}. What came later, and what its maker left out \
             \u{2013} a retraction, a revocation, a later release or epoch, a review that the release does not list \u{2013} \
             can't be seen in it.",
            self.exporter,
            Date::of(self.time),
            self.epoch
        )
    }
}

fn withdrawn(retraction: &ProvedRetraction) -> String {
    let instead = retraction.instead.map_or_else(String::new, |id| format!(" Use {id} instead."));
    let confirmed: Vec<&str> = retraction.acknowledged.iter().map(String::as_str).collect();
    format!(
        "This release was WITHDRAWN on {} by {}: \u{201c}{}\u{201d}.{instead} Confirmed by: {}.",
        Date::of(retraction.time),
        person(&retraction.by),
        retraction.reason,
        if confirmed.is_empty() { "nobody yet".to_owned() } else { confirmed.join(", ") }
    )
}

fn person(person: &Person) -> String {
    format!("{} ({})", person.name, person.organisation)
}

fn review(review: &ProvedReview) -> String {
    let verdict = match review.verdict {
        Verdict::Approve => "approved it",
        Verdict::RequestChanges => "asked for changes",
        Verdict::Decline => "DECLINED it",
    };
    let conflicts = match review.conflicts.trim() {
        "" => "no conflict of interest declared".to_owned(),
        declared => format!("declared conflict of interest: \u{201c}{declared}\u{201d}"),
    };
    let counts = match &review.discounted {
        Some(why) => format!("; this does not count: {why}"),
        None => String::new(),
    };
    let listed = if review.listed { "" } else { "; the release does not list this review" };
    format!(
        "{} {verdict} as {} on {} ({conflicts}{counts}{listed})",
        person(&review.by),
        review.role,
        Date::of(review.time)
    )
}
