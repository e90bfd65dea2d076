//! Links and images.

use pulldown_cmark::LinkType;

use super::{Image, Open, Page};
use crate::markdown::address::{self, Link};
use crate::markdown::{MAX_IMAGE_BYTES, MAX_IMAGES, escape};

/// What stands behind the words of a link that leads nowhere safe.
pub(super) const NOT_A_LINK: &str = " (link left out)";
/// What stands behind the words of an image that is not shown.
const NOT_SHOWN: &str = " (image not shown)";
/// What stands for an image without words.
const WORDLESS: &str = "Image";

impl Page<'_> {
    pub(super) fn start_link(&mut self, kind: LinkType, address: &str) {
        let mail;
        let address = if kind == LinkType::Email {
            mail = format!("mailto:{address}");
            &mail
        } else {
            address
        };
        if self.in_link {
            // The parser finds bare addresses inside links, too.
            return self.open.push(Open::Nothing);
        }
        let Some(link) = address::link(address) else { return self.open.push(Open::NoLink) };
        self.open_link(link);
        self.open.push(Open::Element("a"));
        self.in_link = true;
    }

    fn open_link(&mut self, link: Link<'_>) {
        match link {
            Link::Heading(anchor) => {
                let prefix = self.prefix.clone();
                self.attribute("<a href=\"#", &format!("{prefix}{anchor}"), "\">");
            }
            Link::Outside(address) => {
                self.attribute("<a href=\"", address, "\" rel=\"nofollow noopener noreferrer\">");
            }
        }
    }

    fn attribute(&mut self, before: &str, value: &str, after: &str) {
        self.html.push_str(before);
        escape::text(&mut self.html, value);
        self.html.push_str(after);
    }

    pub(super) fn start_image(&mut self, address: &str) {
        match &mut self.image {
            Some(image) => image.inner += 1,
            None => self.image = Some(Image { address: address.to_owned(), words: String::new(), inner: 0 }),
        }
    }

    pub(super) fn end_image(&mut self) {
        match self.image.take() {
            Some(mut image) if image.inner > 0 => {
                image.inner -= 1;
                self.image = Some(image);
            }
            Some(image) => self.show_image(&image),
            None => {}
        }
    }

    fn show_image(&mut self, image: &Image) {
        match self.resolved(image) {
            Some(address) => {
                let start = self.html.len();
                self.attribute("<img src=\"", &address, "\"");
                self.image_bytes += self.html.len() - start;
                self.images += 1;
                self.attribute(" alt=\"", &image.words, "\">");
                if let Some(heading) = &mut self.heading {
                    heading.push_str(&image.words);
                }
            }
            None => self.describe_image(image),
        }
    }

    /// The address of an attachment, while there is room for it.
    fn resolved(&self, image: &Image) -> Option<String> {
        let name = address::attachment(&image.address).filter(|_| self.images < MAX_IMAGES)?;
        let address = (self.attachment)(&name)?;
        let has_room = self.image_bytes.saturating_add(address.len()) <= MAX_IMAGE_BYTES;
        (has_room && address::is_image(&address)).then_some(address)
    }

    /// An image from elsewhere would tell its server who reads: its words
    /// stand for it, as a link where that can be.
    fn describe_image(&mut self, image: &Image) {
        let link =
            address::link(&image.address).filter(|link| matches!(link, Link::Outside(_)) && !self.in_link);
        if let Some(link) = link {
            self.open_link(link);
        }
        if image.words.trim().is_empty() {
            self.html.push_str(WORDLESS);
        }
        self.text(&image.words);
        if link.is_some() {
            self.html.push_str("</a>");
        }
        self.html.push_str(NOT_SHOWN);
    }
}
