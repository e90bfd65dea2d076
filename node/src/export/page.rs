//! One page that holds everything: no script runs, nothing is fetched, and it
//! says at its top how far it can be trusted.

use super::escape;
use super::facts::{Facts, State};
use super::{AttachedFile, Published, json_ld};
use crate::markdown;

mod sections;
mod writing;

const STYLE: &str = include_str!("page/style.css");

/// What a browser may do with the page: show it. Text that got around every
/// other defence still could neither run nor call anybody.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/// Types of pictures that stand in the page itself.
const PICTURES: &[&str] = &["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"];

/// The document as one accessible page.
pub fn html(published: &Published<'_>) -> String {
    let page = Page::new(Facts::new(published));
    format!(
        "<!DOCTYPE html>\n<html lang=\"{}\" dir=\"{}\">\n{}<body>\n{}{}{}</body>\n</html>\n",
        escape::html(&page.facts.fields.language),
        page.direction,
        page.head(),
        page.header(),
        page.main(),
        page.footer(),
    )
}

/// A page that is being written.
struct Page<'a> {
    facts: Facts<'a>,
    direction: &'static str,
    /// Attributes of what Commons says, in English, in a page of another
    /// language.
    ours: &'static str,
    /// Attributes of what the document says inside of that.
    theirs: String,
}

impl<'a> Page<'a> {
    fn new(facts: Facts<'a>) -> Self {
        let language = &facts.fields.language;
        let is_english = writing::primary(language) == "en";
        let theirs = match is_english {
            true => String::new(),
            false => format!(" lang=\"{}\"", escape::html(language)),
        };
        let ours = if is_english { "" } else { " lang=\"en\" dir=\"ltr\"" };
        Self { direction: writing::direction(language), ours, theirs, facts }
    }

    fn head(&self) -> String {
        let facts = &self.facts;
        let title = escape::html(&facts.title());
        let mark = match facts.state {
            State::Released | State::Due => String::new(),
            _ => format!("{} – ", facts.word()),
        };
        let summary = escape::html(&escape::line(&facts.fields.summary));
        let data = escape::script(&json_ld::describe(facts).to_string());
        format!(
            "<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"referrer\" content=\"no-referrer\">\n\
             <meta name=\"description\" content=\"{summary}\">\n\
             <title>{mark}{title}</title>\n<style>\n{STYLE}</style>\n\
             <script type=\"application/ld+json\">{data}</script>\n</head>\n"
        )
    }

    fn header(&self) -> String {
        let facts = &self.facts;
        let ours = self.ours;
        let of = &facts.of;
        let kind = format!(
            "{} of {} in {}",
            super::citation::capital(facts.kind()),
            self.own(of.organisation),
            self.own(of.commons_name)
        );
        let title = escape::html(&facts.title());
        let summary = match facts.fields.summary.trim() {
            "" => String::new(),
            summary => format!("<p>{}</p>\n", escape::html(summary)),
        };
        format!(
            "<a class=\"skip\" href=\"#text\"{ours}>Skip to the text</a>\n<header>\n\
             <p class=\"quiet\"{ours}>{kind}</p>\n<h1>{title}</h1>\n{summary}{}</header>\n",
            self.banner()
        )
    }

    /// How it stands, so that nobody can overlook it.
    fn banner(&self) -> String {
        let facts = &self.facts;
        let (class, advice) = match facts.state {
            State::Released => ("good", ""),
            State::Due => {
                ("open", "Its reviewers wanted it to be looked at again by now; ask whether it still holds.")
            }
            State::Superseded => ("open", "Use the document that replaces it."),
            State::Withdrawn(_) => ("gone", "Do not use it."),
            State::Draft(_) => ("open", "Nobody vouches for it. Do not rely on it."),
        };
        let mut lines = format!("<p><strong>{}</strong></p>\n", self.headline());
        if !advice.is_empty() {
            lines.push_str(&format!("<p>{advice}</p>\n"));
        }
        lines.push_str(&self.other_releases());
        for notice in &facts.of.standing.notices {
            lines.push_str(&format!("<p>{}</p>\n", self.own(notice)));
        }
        if let Some(other) = &facts.of.standing.superseded_by {
            lines.push_str(&format!("<p>Replaced by document <code>{}</code>.</p>\n", escape::html(other)));
        }
        let today = facts.of.today;
        lines.push_str(&format!(
            "<p>This page was made on {today}; what was decided later it can't say.</p>\n"
        ));
        format!("<section class=\"status {class}\" aria-label=\"Status\"{}>\n{lines}</section>\n", self.ours)
    }

    /// What was released of a document of which this is a draft.
    fn other_releases(&self) -> String {
        let standing = self.facts.of.standing;
        match (self.facts.state, &standing.retracted_because, &standing.release) {
            (State::Draft(_), Some(why), _) => {
                format!("<p>What was released of it was withdrawn because: {}</p>\n", self.own(why))
            }
            (State::Draft(_), None, Some(_)) => {
                "<p>There is a released version; read that one.</p>\n".to_owned()
            }
            _ => String::new(),
        }
    }

    fn headline(&self) -> String {
        match self.facts.state {
            State::Withdrawn(why) => format!("WITHDRAWN because: {}", self.own(why)),
            _ => escape::html(&self.facts.headline()),
        }
    }

    fn main(&self) -> String {
        let files = self.facts.of.files;
        let text = without_title(&self.facts.fields.text, &self.facts.fields.title);
        let text = markdown::to_html_in(text, 2, "text-", &|name| picture(files, name));
        format!(
            "<main>\n{}{}<article id=\"text\" tabindex=\"-1\">\n{text}</article>\n{}</main>\n",
            self.call(),
            [self.recommendations(), self.measure()].concat(),
            [self.evidence(), self.reviews(), self.about(), self.files()].concat(),
        )
    }

    /// What the document says, inside of what Commons says.
    fn own(&self, text: &str) -> String {
        format!("<bdi{}>{}</bdi>", self.theirs, escape::html(text))
    }
}

/// A text whose first line repeats the title of the page, without it.
fn without_title<'t>(text: &'t str, title: &str) -> &'t str {
    let start = text.trim_start();
    let (first, rest) = start.split_once('\n').unwrap_or((start, ""));
    match first.strip_prefix("# ") {
        Some(words) if words.trim() == title.trim() => rest,
        _ => text,
    }
}

/// The address of an attached picture: its bytes.
fn picture(files: &[AttachedFile], name: &str) -> Option<String> {
    let file = files.iter().find(|file| file.name == name)?;
    let bytes = file.bytes.as_ref()?;
    let is_small = bytes.len() <= markdown::MAX_IMAGE_BYTES;
    let is_picture = PICTURES.contains(&file.media_type.as_str());
    (is_small && is_picture)
        .then(|| format!("data:{};base64,{}", file.media_type, data_encoding::BASE64.encode(bytes)))
}
