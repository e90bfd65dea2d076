//! Releases as an Atom feed (RFC 4287), for feed readers.

use commons_protocol::date::Date;
use commons_protocol::time::Timestamp;
use std::fmt::Write;

/// Something that was released.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AtomItem {
    /// Hash of the entry that releases it.
    pub id: String,
    /// Title.
    pub title: String,
    /// What it is about.
    pub summary: String,
    /// Name of the organisation that released it.
    pub organisation: String,
    /// What kind of resource it is: `toolkit`, `guidance`, `measure`.
    pub kind: String,
    /// Address at which it can be read.
    pub link: String,
    /// When it was released, as that organisation says.
    pub released: Timestamp,
}

/// Items of a feed: readers fetch it often, and want what is new.
pub const MAX_ITEMS: usize = 200;

/// The feed of a commons: `commons` is its id, `address` where readers fetch
/// the feed. The newest items come first; older ones than the latest
/// [`MAX_ITEMS`] are not in it. A feed of nothing was last changed when time
/// began.
pub fn atom(commons: &str, address: &str, items: &[AtomItem]) -> String {
    let mut items: Vec<&AtomItem> = items.iter().collect();
    items.sort_by(|a, b| b.released.cmp(&a.released).then_with(|| a.id.cmp(&b.id)));
    items.truncate(MAX_ITEMS);
    let mut xml = Xml(String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"));
    xml.0.push_str("<feed xmlns=\"http://www.w3.org/2005/Atom\">\n");
    xml.element("id", &format!("urn:commons:{commons}:releases"));
    xml.element("title", "Releases");
    xml.element("updated", &moment(items.first().map_or(Timestamp(0), |item| item.released)));
    xml.link("self", address);
    xml.element("generator", "Commons");
    for item in items {
        xml.entry(item);
    }
    xml.0.push_str("</feed>\n");
    xml.0
}

struct Xml(String);

impl Xml {
    fn entry(&mut self, item: &AtomItem) {
        self.0.push_str("<entry>\n");
        self.element("id", &format!("urn:commons:release:{}", item.id));
        self.element("title", &item.title);
        self.element("updated", &moment(item.released));
        self.element("published", &moment(item.released));
        self.put(format_args!("<author><name>{}</name></author>\n", text(&item.organisation)));
        self.put(format_args!("<category term=\"{}\"/>\n", text(&item.kind)));
        self.link("alternate", &item.link);
        self.element("summary", &item.summary);
        self.0.push_str("</entry>\n");
    }

    fn element(&mut self, name: &str, content: &str) {
        self.put(format_args!("<{name}>{}</{name}>\n", text(content)));
    }

    fn link(&mut self, relation: &str, address: &str) {
        self.put(format_args!("<link rel=\"{relation}\" href=\"{}\"/>\n", text(address)));
    }

    fn put(&mut self, arguments: std::fmt::Arguments<'_>) {
        // Writing to a String can't fail.
        let _ = self.0.write_fmt(arguments);
    }
}

/// Text in elements and in quoted attributes. What XML has no place for, and
/// overrides of the writing direction, become a visible mark.
fn text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\t' => escaped.push(char),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}' => {
                escaped.push('\u{fffd}')
            }
            _ if char.is_control() => escaped.push('\u{fffd}'),
            _ => escaped.push(char),
        }
    }
    escaped
}

/// A moment as RFC 3339 writes it, in UTC; years beyond 9999 as the last day.
pub(crate) fn moment(time: Timestamp) -> String {
    let seconds = time.0 / 1000 % 86_400;
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    format!("{}T{hours:02}:{minutes:02}:{seconds:02}Z", Date::of(time))
}
