//! What stands around the text: whom to call, who reviewed it, on what it
//! rests, where it comes from.

use super::Page;
use crate::export::escape;
use crate::export::facts::Recommendation;
use crate::view::{ChecklistView, ReviewView};
use commons_protocol::date::Date;
use commons_protocol::time::Timestamp;

impl Page<'_> {
    pub(super) fn call(&self) -> String {
        let lines = self.facts.value("call").into_iter().chain(self.facts.list("contact"));
        let lines: Vec<String> = lines.map(|line| format!("<p>{}</p>\n", self.own(line))).collect();
        match lines.is_empty() {
            true => String::new(),
            false => self.section(
                "call",
                "Who to call",
                &format!("<div class=\"call\">\n{}</div>\n", lines.concat()),
            ),
        }
    }

    pub(super) fn recommendations(&self) -> String {
        let items = self.facts.recommendations();
        let items: Vec<String> = items.iter().map(|one| self.recommendation(one)).collect();
        match items.is_empty() {
            true => String::new(),
            false => self.section(
                "recommendations",
                "Recommendations",
                &format!("<ol>\n{}</ol>\n", items.concat()),
            ),
        }
    }

    fn recommendation(&self, one: &Recommendation<'_>) -> String {
        let part = |name: &str, value: Option<&str>| {
            value.map(|value| format!("<br>{name}: {}", self.own(value))).unwrap_or_default()
        };
        format!(
            "<li><p>{}{}{}{}</p></li>\n",
            self.own(one.statement),
            part("Strength", one.strength),
            part("Certainty of the evidence", one.certainty),
            part("Evidence", one.evidence),
        )
    }

    /// What a measure counts and how.
    pub(super) fn measure(&self) -> String {
        let row = |(term, values): &(&str, Vec<String>)| {
            self.row(term, &values.iter().map(String::as_str).collect::<Vec<_>>())
        };
        let rows: Vec<String> = self.facts.measure().iter().map(row).collect();
        match rows.is_empty() {
            true => String::new(),
            false => self.section(
                "measure",
                "What is counted, and how",
                &format!("<dl>\n{}</dl>\n", rows.concat()),
            ),
        }
    }

    pub(super) fn evidence(&self) -> String {
        let items: Vec<String> = self
            .facts
            .list("evidence")
            .into_iter()
            .map(|text| format!("<li>{}</li>\n", self.own(text)))
            .collect();
        match items.is_empty() {
            true => String::new(),
            false => self.section("evidence", "Evidence", &format!("<ol>\n{}</ol>\n", items.concat())),
        }
    }

    pub(super) fn reviews(&self) -> String {
        let items: Vec<String> = self.facts.reviews().iter().map(|review| self.review(review)).collect();
        let body = match items.is_empty() {
            true => "<p>No review of this version is known here.</p>\n".to_owned(),
            false => format!("<ul>\n{}</ul>\n", items.concat()),
        };
        self.section("reviews", "Who reviewed it", &body)
    }

    fn review(&self, review: &ReviewView) -> String {
        let verdict = match review.verdict.as_str() {
            "approve" => "approved it",
            "request-changes" => "asked for changes",
            "decline" => "declined it",
            _ => "reviewed it",
        };
        let mut text = format!(
            "{} ({}), as {}, {verdict} on {}.",
            self.own(&review.person),
            self.own(&review.organisation),
            escape::html(&review.role),
            Date::of(Timestamp(review.time_ms)),
        );
        text.push_str(&match review.conflicts.trim() {
            "" => " Declared no conflicts of interest.".to_owned(),
            conflicts => format!(" Declared conflicts of interest: {}", self.own(conflicts)),
        });
        if !review.comment.trim().is_empty() {
            text.push_str(&format!("<br>Comment: {}", self.own(&review.comment)));
        }
        text.push_str(&review.checklist.as_ref().map(|list| self.checklist(list)).unwrap_or_default());
        format!("<li>{text}</li>\n")
    }

    fn checklist(&self, list: &ChecklistView) -> String {
        let answers: Vec<String> = list
            .answers
            .iter()
            .map(|(item, answer)| format!("<li>{}: {}</li>\n", self.own(item), self.own(answer)))
            .collect();
        let summary = format!("Filled in the checklist {}", self.own(&list.form));
        format!("\n<details><summary>{summary}</summary>\n<ul>\n{}</ul>\n</details>\n", answers.concat())
    }

    pub(super) fn about(&self) -> String {
        let facts = &self.facts;
        let conditions: Vec<String> = facts
            .conditions()
            .iter()
            .map(|one| {
                let system = one.system.map(|system| format!("{system} ")).unwrap_or_default();
                format!("{} ({system}{})", one.label, one.code)
            })
            .collect();
        let conditions: Vec<&str> = conditions.iter().map(String::as_str).collect();
        let licence = format!(
            "<a rel=\"license\" href=\"{}\">{}</a>",
            escape::html(&facts.licence_url()),
            escape::html(facts.fields.particulars.licence())
        );
        let one = |name: &str| facts.value(name).into_iter().collect::<Vec<_>>();
        let rows = [
            self.row("For whom", &one("audience")),
            self.row("Ages in years", &one("ages")),
            self.row("Conditions", &conditions),
            self.row("Domain of life", &one("life-domain")),
            self.row("Stage", &one("stage")),
            self.row("Authors", &facts.list("author")),
            self.row("Funding", &one("funding")),
            self.row("Conflicts of interest", &one("conflicts")),
            self.row("To be reviewed by", &facts.due().into_iter().collect::<Vec<_>>()),
            self.row("Replaces document", &one("supersedes")),
            self.row("Translation of document", &one("translation-of")),
            format!("<dt>Licence</dt>\n<dd>{licence}</dd>\n"),
        ];
        self.section(
            "about",
            &format!("About this {}", facts.kind()),
            &format!("<dl>\n{}</dl>\n", rows.concat()),
        )
    }

    /// A term with what it says; nothing if it says nothing.
    fn row(&self, term: &str, values: &[&str]) -> String {
        if values.is_empty() {
            return String::new();
        }
        let values: Vec<String> =
            values.iter().map(|value| format!("<dd>{}</dd>\n", self.own(value))).collect();
        format!("<dt>{term}</dt>\n{}", values.concat())
    }

    pub(super) fn files(&self) -> String {
        let items: Vec<String> = self
            .facts
            .of
            .files
            .iter()
            .map(|file| {
                let alt = match file.alt.trim() {
                    "" => String::new(),
                    alt => format!("<br>{}", self.own(alt)),
                };
                format!(
                    "<li>{} ({}, {} bytes), BLAKE3 <code>{}</code>{alt}</li>\n",
                    self.own(&file.name),
                    escape::html(&file.media_type),
                    file.size,
                    escape::html(&file.hash)
                )
            })
            .collect();
        match items.is_empty() {
            true => String::new(),
            false => self.section("files", "Attached files", &format!("<ul>\n{}</ul>\n", items.concat())),
        }
    }

    pub(super) fn footer(&self) -> String {
        let facts = &self.facts;
        let version = facts.of.version;
        let code = |text: String| format!("<code>{}</code>", escape::html(&text));
        let mut rows = vec![
            (
                "Commons",
                format!("{}, {}", self.own(facts.of.commons_name), code(version.commons.to_string())),
            ),
            ("Document", code(version.document.to_string())),
            ("Version, BLAKE3", code(facts.name.blake3.to_string())),
            ("Version, SHA-256", code(facts.name.sha256.to_string())),
        ];
        if let (Some(release), Some(day)) = (facts.release, facts.released_on()) {
            let by = format!("{} ({})", self.own(&release.person), self.own(&release.organisation));
            rows.push((
                "Released by",
                format!("{by} on {day}, under epoch {} of the charter", release.epoch),
            ));
            rows.push(("Release", code(release.id.clone())));
        }
        rows.push(("Cite as", self.own(crate::export::citation(&facts.of).trim())));
        let rows: Vec<String> =
            rows.iter().map(|(term, value)| format!("<dt>{term}</dt>\n<dd>{value}</dd>\n")).collect();
        let check = match facts.release {
            Some(_) => {
                "<p>This page proves nothing by itself. Ask for the proof bundle of the release and check it \
                 with <code>commons verify</code>.</p>\n"
            }
            None => "",
        };
        let body = format!("<dl>\n{}</dl>\n{check}", rows.concat());
        format!("<footer>\n{}</footer>\n", self.section("provenance", "Where this comes from", &body))
    }

    /// A section with its heading. Ids can't meet those of the text, which
    /// begin with `text-`.
    fn section(&self, id: &str, heading: &str, body: &str) -> String {
        let ours = self.ours;
        format!(
            "<section aria-labelledby=\"{id}\"{ours}>\n<h2 id=\"{id}\">{heading}</h2>\n{body}</section>\n"
        )
    }
}
