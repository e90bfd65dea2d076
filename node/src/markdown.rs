//! Markdown of strangers: to HTML that cannot do harm, to sections, to plain
//! prose.
//!
//! Nothing of the source reaches the page unexamined: every tag and attribute
//! is written here, raw HTML is shown as the text it is, and an address is
//! either one of a few harmless kinds or no link. Source, nesting and output
//! are bounded.

use std::ops::Range;

use pulldown_cmark::{Event, OffsetIter, Options, Parser};

mod address;
mod escape;
mod html;
mod outline;
mod plain;
mod sections;

pub use html::{to_html, to_html_in};
pub use plain::plain_text;
pub use sections::{Section, sections};

/// Bytes of Markdown that are read; what follows is left out, and the page
/// says so.
pub const MAX_SOURCE: usize = 512 * 1024;
/// Bytes of HTML, apart from embedded images.
pub const MAX_HTML: usize = 4 * 1024 * 1024;
/// Lists, items and quotes inside each other; deeper ones are shown flat.
pub const MAX_NESTING: usize = 24;
/// Images of one text; further ones are shown by their alternative text.
pub const MAX_IMAGES: usize = 100;
/// Bytes of all addresses of images: they may be `data:` URIs.
pub const MAX_IMAGE_BYTES: usize = 32 * 1024 * 1024;
/// Bytes of a link's address.
pub const MAX_ADDRESS: usize = 2 * 1024;

/// The events of a text, with the bytes they come from.
fn events(markdown: &str) -> OffsetIter<'_> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    Parser::new_ext(readable(markdown), options).into_offset_iter()
}

/// The part of a text that is read.
fn readable(markdown: &str) -> &str {
    &markdown[..markdown.floor_char_boundary(MAX_SOURCE)]
}

/// One event and where it comes from.
type Located<'a> = (Event<'a>, Range<usize>);

#[cfg(test)]
mod tests;
