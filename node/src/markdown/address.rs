//! Which addresses become links, and which pictures are shown.

use super::MAX_ADDRESS;

/// Types of images that a page may embed: none of them is a document.
const IMAGE_TYPES: &[&str] = &["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"];

/// The scheme that names an attachment of the document.
const ATTACHMENT: &str = "attachment:";

/// Where a link leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link<'a> {
    /// To another page, a mail or a call.
    Outside(&'a str),
    /// To a heading of this text, without the `#`.
    Heading(&'a str),
}

/// The link that an address stands for, if it is one of the harmless kinds:
/// `http`, `https`, `mailto`, `tel` and `#heading`.
pub(super) fn link(address: &str) -> Option<Link<'_>> {
    if let Some(anchor) = address.strip_prefix('#') {
        let is_anchor = |char: char| char.is_alphanumeric() || matches!(char, '-' | '_');
        return (!anchor.is_empty() && anchor.len() <= MAX_ADDRESS && anchor.chars().all(is_anchor))
            .then_some(Link::Heading(anchor));
    }
    let (scheme, rest) = address.split_once(':')?;
    let is_safe = match scheme.to_ascii_lowercase().as_str() {
        "http" | "https" => is_web(rest),
        "mailto" => rest.contains('@'),
        "tel" => {
            !rest.is_empty()
                && rest.chars().all(|char| char.is_ascii_digit() || "+-.()*#;=ext".contains(char))
        }
        _ => false,
    };
    (is_safe && is_plain(address)).then_some(Link::Outside(address))
}

/// The name of the attachment that an image's address stands for.
pub(super) fn attachment(address: &str) -> Option<String> {
    let scheme = address.get(..ATTACHMENT.len())?;
    let name = address.get(ATTACHMENT.len()..)?;
    scheme.eq_ignore_ascii_case(ATTACHMENT).then(|| percent_decoded(name)).filter(|name| !name.is_empty())
}

/// Whether the address that an attachment was resolved to can be that of an
/// image: `http`, `https`, a picture in a `data:` URI, or a path without a
/// scheme. Others than our own code may have had a hand in it.
pub(super) fn is_image(address: &str) -> bool {
    if address.starts_with("//") || address.contains(unfit) {
        return false;
    }
    match address.split_once(':') {
        Some(("http" | "https", rest)) => is_web(rest),
        Some(("data", rest)) => {
            let kind = rest.split([';', ',']).next().unwrap_or_default();
            IMAGE_TYPES.contains(&kind)
        }
        Some((path, _)) => path.contains(['/', '?', '#']),
        None => !address.is_empty(),
    }
}

/// What follows `http:` or `https:`. A name in front of the host would make
/// one site look like another.
fn is_web(rest: &str) -> bool {
    let Some(rest) = rest.strip_prefix("//") else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    !host.is_empty() && !host.contains('@') && !host.starts_with(':')
}

fn is_plain(address: &str) -> bool {
    address.len() <= MAX_ADDRESS && !address.contains(unfit)
}

/// Browsers drop or reinterpret these in addresses.
fn unfit(char: char) -> bool {
    char.is_control()
        || char.is_whitespace()
        || matches!(char, '\\' | '<' | '>' | '"' | '\u{200b}'..='\u{202e}')
}

/// The text with `%20` and the like decoded, or as it is if that is no UTF-8.
fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let decoded = after.get(..2).filter(|_| first == b'%').and_then(hex_byte);
        bytes.push(decoded.unwrap_or(first));
        rest = if decoded.is_some() { &after[2..] } else { after };
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

fn hex_byte(digits: &[u8]) -> Option<u8> {
    let mut byte = [0];
    hex::decode_to_slice(digits, &mut byte).ok()?;
    Some(byte[0])
}
