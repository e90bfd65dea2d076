//! A small and suspicious reader of HTML: it knows the tags and attributes
//! that a page may have and panics at anything else.

use std::collections::BTreeSet;

/// Elements with the attributes that each may have.
const ALLOWED: &[(&str, &[&str])] = &[
    ("p", &[]),
    ("h2", &["id"]),
    ("h3", &["id"]),
    ("h4", &["id"]),
    ("h5", &["id"]),
    ("h6", &["id"]),
    ("ul", &[]),
    ("ol", &["start"]),
    ("li", &[]),
    ("blockquote", &[]),
    ("pre", &[]),
    ("code", &[]),
    ("em", &[]),
    ("strong", &[]),
    ("del", &[]),
    ("a", &["href", "rel"]),
    ("img", &["src", "alt"]),
    ("table", &[]),
    ("thead", &[]),
    ("tbody", &[]),
    ("tr", &[]),
    ("th", &["scope"]),
    ("td", &[]),
    ("br", &[]),
    ("hr", &[]),
];
const VOID: &[&str] = &["br", "hr", "img"];
/// Elements that stand in certain others only.
const PARENTS: &[(&str, &[&str])] = &[
    ("li", &["ul", "ol"]),
    ("thead", &["table"]),
    ("tbody", &["table"]),
    ("tr", &["thead", "tbody"]),
    ("th", &["tr"]),
    ("td", &["tr"]),
];
const ENTITIES: &[(&str, char)] = &[("amp", '&'), ("lt", '<'), ("gt", '>'), ("quot", '"'), ("#39", '\'')];

/// An element's start.
#[derive(Debug)]
pub(super) struct Tag {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
}

/// What a page is made of.
#[derive(Debug, Default)]
pub(super) struct Scan {
    pub(super) tags: Vec<Tag>,
    pub(super) text: String,
    open: Vec<String>,
}

/// Reads a page; `sources` are the addresses that an image may have.
pub(super) fn scan(html: &str, sources: &[&str]) -> Scan {
    let mut scan = Scan::default();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        scan.text.push_str(&decoded(&rest[..start]));
        let end = rest[start..].find('>').unwrap_or_else(|| panic!("a tag without end: {rest:.60}")) + start;
        scan.take(&rest[start + 1..end]);
        rest = &rest[end + 1..];
    }
    scan.text.push_str(&decoded(rest));
    assert!(scan.open.is_empty(), "left open: {:?}", scan.open);
    scan.check_sources(sources);
    scan.check_headings();
    scan
}

impl Scan {
    /// Values of an attribute, in order.
    pub(super) fn values(&self, element: &str, attribute: &str) -> Vec<&str> {
        let tags = self.tags.iter().filter(|tag| tag.name == element);
        let values = tags.flat_map(|tag| &tag.attributes).filter(|(name, _)| name == attribute);
        values.map(|(_, value)| value.as_str()).collect()
    }

    fn take(&mut self, tag: &str) {
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(self.open.pop().as_deref(), Some(name), "closes what is not open");
            return;
        }
        let (name, rest) = tag.split_once(' ').map_or((tag, None), |(name, rest)| (name, Some(rest)));
        let (_, allowed) =
            ALLOWED.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("<{tag}>"));
        let attributes = rest.map(attributes).unwrap_or_default();
        for (attribute, value) in &attributes {
            assert!(allowed.contains(&attribute.as_str()), "attribute in <{tag}>");
            check_value(attribute, value);
        }
        if let Some((_, parents)) = PARENTS.iter().find(|(child, _)| *child == name) {
            assert!(
                self.open.last().is_some_and(|parent| parents.contains(&parent.as_str())),
                "{name} stands alone"
            );
        }
        assert!(name != "a" || !self.open.iter().any(|open| open == "a"), "a link in a link");
        assert!(
            name != "p" || self.open.last().is_none_or(|parent| parent != "p"),
            "a paragraph in a paragraph"
        );
        if !VOID.contains(&name) {
            self.open.push(name.to_owned());
        }
        self.tags.push(Tag { name: name.to_owned(), attributes });
    }

    fn check_sources(&self, sources: &[&str]) {
        for source in self.values("img", "src") {
            assert!(sources.contains(&source), "image from {source}");
        }
    }

    /// Ids are unique and levels are not skipped.
    fn check_headings(&self) {
        let mut ids = BTreeSet::new();
        let mut last = None;
        for tag in self.tags.iter().filter(|tag| tag.name.starts_with('h') && tag.name != "hr") {
            let level: u8 = tag.name[1..].parse().expect("a level");
            assert!(last.is_none_or(|last| level <= last + 1), "from h{last:?} to h{level}");
            last = Some(level);
            let (_, id) = tag.attributes.first().expect("an id");
            assert!(ids.insert(id.clone()), "id {id} twice");
        }
    }
}

/// `name="value" name="value"`.
fn attributes(mut rest: &str) -> Vec<(String, String)> {
    let mut attributes = Vec::new();
    while !rest.is_empty() {
        let (name, after) = rest.split_once("=\"").unwrap_or_else(|| panic!("no value: {rest}"));
        assert!(name.chars().all(|char| char.is_ascii_lowercase()), "attribute {name:?}");
        let (value, after) = after.split_once('"').unwrap_or_else(|| panic!("no end: {rest}"));
        attributes.push((name.to_owned(), decoded(value)));
        rest = if after.is_empty() { after } else { after.strip_prefix(' ').expect("a space between") };
    }
    attributes
}

fn check_value(attribute: &str, value: &str) {
    match attribute {
        "href" => {
            let kinds = ["http://", "https://", "mailto:", "tel:", "#"];
            let lower = value.to_lowercase();
            assert!(kinds.iter().any(|kind| lower.starts_with(kind)), "link to {value:?}");
            assert!(
                !value.contains(|char: char| char.is_control() || char.is_whitespace() || char == '\\'),
                "{value:?}"
            );
        }
        "rel" => assert_eq!(value, "nofollow noopener noreferrer"),
        "scope" => assert_eq!(value, "col"),
        "start" => assert!(value.chars().all(|char| char.is_ascii_digit())),
        "id" => {
            let is_fit = |char: char| char.is_alphanumeric() || char == '-';
            assert!(!value.is_empty() && value.chars().all(is_fit), "id {value:?}");
        }
        _ => {}
    }
}

/// Text without entities; panics at a raw mark or an unknown entity.
fn decoded(text: &str) -> String {
    assert!(!text.contains(['<', '>', '"', '\'', '\0']), "raw mark in {text:?}");
    let mut parts = text.split('&');
    let mut decoded = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (entity, rest) = part.split_once(';').unwrap_or_else(|| panic!("raw & before {part:.20}"));
        let (_, char) =
            ENTITIES.iter().find(|(name, _)| *name == entity).unwrap_or_else(|| panic!("&{entity};"));
        decoded.push(*char);
        decoded.push_str(rest);
    }
    decoded
}
