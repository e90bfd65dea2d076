//! From events to HTML.

use pulldown_cmark::{Event, HeadingLevel, Tag, TagEnd};

use super::outline::Outline;
use super::{MAX_HTML, MAX_NESTING, MAX_SOURCE, escape, events};

mod links;

/// Elements that are open at once.
const MAX_OPEN: usize = 4 * MAX_NESTING;
/// What the page says where something had to be left out.
const CUT: &str = "<p>The rest of this text is too long to be shown.</p>\n";

/// Turns untrusted Markdown into HTML. `base_level` (2 to 6) is the level of
/// its topmost headings, below the page's only `h1`; deeper ones follow
/// without gaps. `attachment` gives the address of an attachment by its name:
/// an `http(s)` address, a path, or a `data:` URI of a picture.
pub fn to_html(markdown: &str, base_level: u8, attachment: &dyn Fn(&str) -> Option<String>) -> String {
    to_html_in(markdown, base_level, "", attachment)
}

/// As [`to_html`], for a page of several texts: `prefix` (ASCII letters,
/// digits and hyphens; others are left out) stands before every id and every
/// link to a heading, so that each text keeps to its own.
pub fn to_html_in(
    markdown: &str,
    base_level: u8,
    prefix: &str,
    attachment: &dyn Fn(&str) -> Option<String>,
) -> String {
    let prefix = prefix.chars().filter(|char| char.is_ascii_alphanumeric() || *char == '-').collect();
    let mut page = Page::new(base_level.clamp(2, 6), prefix, attachment);
    for (event, _) in events(markdown) {
        if page.html.len().saturating_sub(page.image_bytes) > MAX_HTML {
            page.is_cut = true;
            break;
        }
        page.take(event);
    }
    page.finish(markdown.len() > MAX_SOURCE)
}

/// What is open, with what closes it.
enum Open {
    /// An element, by its name.
    Element(&'static str),
    /// Two elements, the outer one first.
    Pair(&'static str, &'static str),
    /// The head of a table, which its body follows.
    TableHead,
    /// A link that was left out.
    NoLink,
    /// A heading, whose tag is written when its words are known.
    Heading { level: HeadingLevel, start: usize },
    /// Nothing was written.
    Nothing,
}

/// An image whose alternative text is being read.
struct Image {
    address: String,
    words: String,
    /// Images inside its alternative text.
    inner: usize,
}

struct Page<'a> {
    html: String,
    base_level: u8,
    prefix: String,
    attachment: &'a dyn Fn(&str) -> Option<String>,
    outline: Outline,
    open: Vec<Open>,
    /// Quotes, lists and items that are open.
    nesting: usize,
    /// Words of the heading that is being read.
    heading: Option<String>,
    image: Option<Image>,
    in_link: bool,
    images: usize,
    image_bytes: usize,
    is_cut: bool,
}

impl<'a> Page<'a> {
    fn new(base_level: u8, prefix: String, attachment: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self {
            html: String::new(),
            base_level,
            prefix,
            attachment,
            outline: Outline::default(),
            open: Vec::new(),
            nesting: 0,
            heading: None,
            image: None,
            in_link: false,
            images: 0,
            image_bytes: 0,
            is_cut: false,
        }
    }

    fn finish(mut self, is_cut: bool) -> String {
        while !self.open.is_empty() {
            self.close();
        }
        if self.is_cut || is_cut {
            self.html.push_str(CUT);
        }
        self.html
    }

    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(Tag::Image { dest_url, .. }) => self.start_image(&dest_url),
            Event::End(TagEnd::Image) => self.end_image(),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => self.text(&text),
            Event::Code(text) => self.code(&text),
            Event::TaskListMarker(is_done) => self.text(if is_done { "☑ " } else { "☐ " }),
            Event::HardBreak => self.hard_break(),
            Event::SoftBreak => self.text("\n"),
            _ if self.image.is_some() => {}
            Event::Rule => self.html.push_str("<hr>\n"),
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            // Not among the options.
            Event::InlineMath(_) | Event::DisplayMath(_) | Event::FootnoteReference(_) => {}
        }
    }

    fn text(&mut self, text: &str) {
        if let Some(image) = &mut self.image {
            image.words.push_str(text);
            return;
        }
        if let Some(heading) = &mut self.heading {
            heading.push_str(text);
        }
        escape::text(&mut self.html, text);
    }

    fn code(&mut self, text: &str) {
        if self.image.is_some() {
            return self.text(text);
        }
        self.html.push_str("<code>");
        self.text(text);
        self.html.push_str("</code>");
    }

    fn hard_break(&mut self) {
        if self.image.is_none() {
            self.html.push_str("<br>");
        }
        self.text("\n");
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph => self.element("p"),
            Tag::Heading { level, .. } => self.start_heading(level),
            Tag::BlockQuote(_) => self.container("blockquote", None),
            Tag::List(None) => self.container("ul", None),
            Tag::List(Some(first)) => self.container("ol", Some(first)),
            Tag::Item => self.start_item(),
            Tag::CodeBlock(_) | Tag::HtmlBlock => self.pair("pre", "code"),
            Tag::Table(_) => {
                self.tag("table");
                self.open.push(Open::Pair("table", "tbody"));
            }
            Tag::TableHead => {
                self.html.push_str("<thead><tr>");
                self.open.push(Open::TableHead);
            }
            Tag::TableRow => self.element("tr"),
            Tag::TableCell => self.start_cell(),
            Tag::Emphasis => self.inline("em"),
            Tag::Strong => self.inline("strong"),
            Tag::Strikethrough => self.inline("del"),
            Tag::Link { link_type, dest_url, .. } => self.start_link(link_type, &dest_url),
            _ => self.open.push(Open::Nothing),
        }
    }

    fn end(&mut self, tag: TagEnd) {
        self.close();
        if matches!(tag, TagEnd::BlockQuote(_) | TagEnd::List(_) | TagEnd::Item) {
            self.nesting = self.nesting.saturating_sub(1);
        }
    }

    /// Closes what was opened last.
    fn close(&mut self) {
        match self.open.pop() {
            Some(Open::Element(name)) => {
                self.in_link &= name != "a";
                self.close_element(name);
            }
            Some(Open::Pair(outer, inner)) => {
                self.close_element(inner);
                self.close_element(outer);
            }
            Some(Open::TableHead) => self.html.push_str("</tr></thead>\n<tbody>\n"),
            Some(Open::NoLink) => self.html.push_str(links::NOT_A_LINK),
            Some(Open::Heading { level, start }) => self.end_heading(level, start),
            Some(Open::Nothing) | None => {}
        }
    }

    fn close_element(&mut self, name: &str) {
        self.html.push_str("</");
        self.html.push_str(name);
        self.html.push('>');
        if !is_inline(name) {
            self.html.push('\n');
        }
    }

    fn tag(&mut self, name: &str) {
        self.html.push('<');
        self.html.push_str(name);
        self.html.push('>');
    }

    fn element(&mut self, name: &'static str) {
        self.tag(name);
        self.open.push(Open::Element(name));
    }

    fn pair(&mut self, outer: &'static str, inner: &'static str) {
        self.tag(outer);
        self.tag(inner);
        self.open.push(Open::Pair(outer, inner));
    }

    /// A quote or list; beyond the nesting that is shown, nothing but a break.
    fn container(&mut self, name: &'static str, first: Option<u64>) {
        let is_shown = self.nesting < MAX_NESTING;
        self.nesting += 1;
        if !is_shown {
            self.html.push('\n');
            return self.open.push(Open::Nothing);
        }
        match first.filter(|&first| first != 1) {
            Some(first) => self.html.push_str(&format!("<{name} start=\"{first}\">")),
            None => self.tag(name),
        }
        self.html.push('\n');
        self.open.push(Open::Element(name));
    }

    /// An item is shown if its list is, which is one level above.
    fn start_item(&mut self) {
        let is_shown = self.nesting <= MAX_NESTING;
        self.nesting += 1;
        if is_shown {
            return self.element("li");
        }
        self.html.push('\n');
        self.open.push(Open::Nothing);
    }

    fn start_cell(&mut self) {
        if matches!(self.open.last(), Some(Open::TableHead)) {
            self.html.push_str("<th scope=\"col\">");
            self.open.push(Open::Element("th"));
        } else {
            self.element("td");
        }
    }

    fn inline(&mut self, name: &'static str) {
        if self.open.len() < MAX_OPEN {
            self.element(name);
        } else {
            self.open.push(Open::Nothing);
        }
    }

    fn start_heading(&mut self, level: HeadingLevel) {
        self.heading = Some(String::new());
        self.open.push(Open::Heading { level, start: self.html.len() });
    }

    /// Writes the heading's tag in front of its content. One without words
    /// would mislead those who hear the page: it is left out.
    fn end_heading(&mut self, level: HeadingLevel, start: usize) {
        let words = self.heading.take().unwrap_or_default();
        let words = words.trim();
        if words.is_empty() {
            return self.html.truncate(start);
        }
        let level = (self.base_level + self.outline.depth(level) - 1).min(6);
        let anchor = self.outline.anchor(words);
        let id = format!("{}{anchor}", self.prefix);
        // An anchor has nothing but letters, digits and hyphens.
        self.html.insert_str(start, &format!("<h{level} id=\"{id}\">"));
        self.html.push_str(&format!("</h{level}>\n"));
    }
}

fn is_inline(name: &str) -> bool {
    matches!(name, "em" | "strong" | "del" | "a" | "code" | "th" | "td")
}
