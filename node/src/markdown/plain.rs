//! The prose of a text.

use pulldown_cmark::{Event, Tag, TagEnd};

use super::events;

/// What a person reads from beginning to end: paragraphs, list items and table
/// cells, each followed by an empty line. Left out: front matter, headings,
/// code, raw HTML, images and the addresses of links.
pub fn plain_text(markdown: &str) -> String {
    let mut plain = Plain::default();
    for (event, _) in events(without_front_matter(markdown)) {
        plain.take(&event);
    }
    plain.end_block();
    plain.text
}

/// The text after a block between two lines of three hyphens at the very top.
fn without_front_matter(markdown: &str) -> &str {
    let Some(rest) = markdown.strip_prefix("---\n").or_else(|| markdown.strip_prefix("---\r\n")) else {
        return markdown;
    };
    let mut end = 0;
    for line in rest.split_inclusive('\n') {
        end += line.len();
        if line.trim_end() == "---" {
            return &rest[end..];
        }
    }
    markdown
}

#[derive(Default)]
struct Plain {
    text: String,
    /// How many of the enclosing elements are left out.
    skipped: usize,
}

impl Plain {
    fn take(&mut self, event: &Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(*tag),
            Event::Text(text) | Event::Code(text) if self.skipped == 0 => self.text.push_str(text),
            Event::SoftBreak if self.skipped == 0 => self.text.push(' '),
            Event::HardBreak if self.skipped == 0 => self.text.push('\n'),
            _ => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::Heading { .. } | Tag::CodeBlock(_) | Tag::HtmlBlock | Tag::Image { .. } => self.skipped += 1,
            Tag::Paragraph | Tag::Item | Tag::List(_) | Tag::BlockQuote(_) | Tag::TableCell => {
                self.end_block()
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) | TagEnd::CodeBlock | TagEnd::HtmlBlock | TagEnd::Image => {
                self.skipped = self.skipped.saturating_sub(1);
            }
            TagEnd::Paragraph | TagEnd::Item | TagEnd::TableCell => self.end_block(),
            _ => {}
        }
    }

    fn end_block(&mut self) {
        self.text.truncate(self.text.trim_end().len());
        if !self.text.is_empty() {
            self.text.push_str("\n\n");
        }
    }
}
