//! A text as its headings part it.

use pulldown_cmark::{Event, HeadingLevel, Tag, TagEnd};

use super::outline::Outline;
use super::{Located, events, readable};

/// A heading with what follows it, up to the next one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Depth of the heading, from 1, without gaps.
    pub level: u8,
    /// Words of the heading.
    pub heading: String,
    /// The heading's id on the page that [`super::to_html`] makes.
    pub anchor: String,
    /// First byte of the heading in the Markdown.
    pub start: usize,
    /// First byte after the section.
    pub end: usize,
}

/// The sections of a text, in order. What stands before the first heading
/// belongs to none; headings inside quotes and lists begin none, nor do empty
/// ones.
pub fn sections(markdown: &str) -> Vec<Section> {
    let mut finder = Finder::default();
    for event in events(markdown) {
        finder.take(event);
    }
    let end = readable(markdown).len();
    let mut sections = finder.sections;
    let starts: Vec<usize> = sections.iter().skip(1).map(|section| section.start).chain([end]).collect();
    for (section, end) in sections.iter_mut().zip(starts) {
        section.end = end;
    }
    sections
}

/// Passes by every heading, so that anchors are those of the page.
#[derive(Default)]
struct Finder {
    outline: Outline,
    sections: Vec<Section>,
    /// The heading that is being read, and where it starts.
    heading: Option<(HeadingLevel, String, usize)>,
    /// Quotes and lists that are open.
    nesting: usize,
}

impl Finder {
    fn take(&mut self, (event, range): Located<'_>) {
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                self.heading = Some((level, String::new(), range.start))
            }
            Event::End(TagEnd::Heading(_)) => self.end_heading(),
            Event::Start(Tag::BlockQuote(_) | Tag::List(_)) => self.nesting += 1,
            Event::End(TagEnd::BlockQuote(_) | TagEnd::List(_)) => {
                self.nesting = self.nesting.saturating_sub(1)
            }
            Event::Text(text) | Event::Code(text) | Event::InlineHtml(text) => self.add(&text),
            Event::SoftBreak | Event::HardBreak => self.add(" "),
            _ => {}
        }
    }

    fn add(&mut self, text: &str) {
        if let Some((_, words, _)) = &mut self.heading {
            words.push_str(text);
        }
    }

    fn end_heading(&mut self) {
        let Some((level, words, start)) = self.heading.take() else { return };
        let heading = words.trim();
        if heading.is_empty() {
            return;
        }
        let (level, anchor) = (self.outline.depth(level), self.outline.anchor(heading));
        if self.nesting == 0 {
            self.sections.push(Section { level, heading: heading.to_owned(), anchor, start, end: start });
        }
    }
}
