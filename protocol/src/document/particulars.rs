//! What a document says beside title, language, summary and text: a map from
//! names to short texts, each of which people can change on its own.
//!
//! A name is that of a *field* (`audience`), of an *item* in a list
//! (`condition/ICD-10:K50`), or of a *part* of an item
//! (`recommendation/1/strength`).

use super::fields::FieldError;
use crate::date::Date;
use crate::id::{BlobHash, DocumentId};
use std::collections::{BTreeMap, BTreeSet};

/// The most values of one document.
pub const PARTICULARS: usize = 512;
/// The longest name of an item in characters.
pub const ITEM_CHARACTERS: usize = 100;

/// What a value must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Text of at most so many characters.
    Text(usize),
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A date such as `2027-03-31`.
    Date,
    /// Ages in years: `from-to`, either end may be missing.
    Ages,
    /// The id of a document.
    Document,
    /// The hash of a file.
    Blob,
    /// A whole number, such as a number of bytes.
    Size,
    /// A licence by its SPDX identifier.
    Licence,
    /// A code such as the name of an item.
    Code,
    /// What values are multiplied by when shown: 1 to 1 000 000.
    Multiplier,
    /// A disclosure threshold: 1 to 1 000.
    Threshold,
    /// A decimal number from 0 up, such as 82.5.
    Decimal,
}

/// A field, or a part of the items of a list.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Name of the field or list.
    pub name: &'static str,
    /// Whether it is a list of items, and the part of them that it describes.
    pub part: Option<&'static str>,
    /// What its values must be.
    pub shape: Shape,
}

/// Domains of life in which a toolkit helps (Corbin and Strauss's three lines
/// of work).
pub const LIFE_DOMAINS: &[&str] = &["illness work", "everyday life work", "biographical work"];
/// How strongly guidance recommends (GRADE).
pub const STRENGTHS: &[&str] = &["strong", "conditional"];
/// How certain the evidence is (GRADE).
pub const CERTAINTIES: &[&str] = &["high", "moderate", "low", "very low"];
/// What kind of number a measure is.
pub const MEASURE_KINDS: &[&str] = &["proportion", "rate", "count", "between", "continuous"];
/// Grids of a measure's periods.
pub const CALENDARS: &[&str] = &["month", "quarter"];
/// Which way is better.
pub const DIRECTIONS: &[&str] = &["increase", "decrease"];
/// Whether 0 % and 100 % of a measure are masked like small counts.
pub const EXTREMES: &[&str] = &["open", "sensitive"];
/// The licence where none is named.
pub const DEFAULT_LICENCE: &str = "CC-BY-4.0";

/// Every field that documents have beside the four that all have.
pub const FIELDS: &[Field] = &[
    field("ages", Shape::Ages),
    field("audience", Shape::Text(500)),
    field("calendar", Shape::OneOf(CALENDARS)),
    field("call", Shape::Text(1_000)),
    field("conflicts", Shape::Text(2_000)),
    field("denominator", Shape::Text(2_000)),
    field("denominator-quantity", Shape::Code),
    field("direction", Shape::OneOf(DIRECTIONS)),
    field("extremes", Shape::OneOf(EXTREMES)),
    field("funding", Shape::Text(2_000)),
    field("licence", Shape::Licence),
    field("life-domain", Shape::OneOf(LIFE_DOMAINS)),
    field("measure-kind", Shape::OneOf(MEASURE_KINDS)),
    field("numerator", Shape::Text(2_000)),
    field("numerator-quantity", Shape::Code),
    field("per", Shape::Multiplier),
    field("population", Shape::Text(2_000)),
    field("review-due", Shape::Date),
    field("stage", Shape::Text(100)),
    field("supersedes", Shape::Document),
    field("target", Shape::Decimal),
    field("threshold", Shape::Threshold),
    field("translation-of", Shape::Document),
    field("unit", Shape::Text(100)),
    part("attachment", "alt", Shape::Text(1_000)),
    part("attachment", "hash", Shape::Blob),
    part("attachment", "media-type", Shape::Text(100)),
    part("attachment", "size", Shape::Size),
    part("author", "", Shape::Text(300)),
    part("condition", "", Shape::Text(300)),
    part("contact", "", Shape::Text(300)),
    part("evidence", "", Shape::Text(2_000)),
    part("recommendation", "certainty", Shape::OneOf(CERTAINTIES)),
    part("recommendation", "evidence", Shape::Text(2_000)),
    part("recommendation", "statement", Shape::Text(2_000)),
    part("recommendation", "strength", Shape::OneOf(STRENGTHS)),
    part("stratum", "", Shape::Text(300)),
];

const fn field(name: &'static str, shape: Shape) -> Field {
    Field { name, part: None, shape }
}

const fn part(name: &'static str, part: &'static str, shape: Shape) -> Field {
    Field { name, part: Some(part), shape }
}

/// Values by name, all of known names and right shape.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Particulars(BTreeMap<String, String>);

impl Particulars {
    /// Takes values if all fit.
    ///
    /// # Errors
    /// The first value that does not fit.
    pub fn new(values: BTreeMap<String, String>) -> Result<Self, FieldError> {
        values.iter().try_for_each(|(name, value)| check(name, value))?;
        match values.len() {
            found if found > PARTICULARS => Err(FieldError::TooMany { found, limit: PARTICULARS }),
            _ => Ok(Self(values)),
        }
    }

    /// Takes what fits, up to the limit, in the order of the names: what a
    /// hostile member wrote must not make a document unreadable.
    pub fn fitting(values: impl IntoIterator<Item = (String, String)>) -> Self {
        let sorted: BTreeMap<_, _> =
            values.into_iter().filter(|(name, value)| check(name, value).is_ok()).collect();
        Self(sorted.into_iter().take(PARTICULARS).collect())
    }

    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// All values, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The map.
    pub fn into_inner(self) -> BTreeMap<String, String> {
        self.0
    }

    /// The names of the items of a list, sorted.
    pub fn items(&self, list: &str) -> BTreeSet<&str> {
        let item = |name: &'_ str| -> Option<(usize, usize)> {
            let rest = name.strip_prefix(list)?.strip_prefix('/')?;
            let end = rest.find('/').unwrap_or(rest.len());
            Some((list.len() + 1, list.len() + 1 + end))
        };
        self.0.keys().filter_map(|name| item(name).and_then(|(from, to)| name.get(from..to))).collect()
    }

    /// The value of an item of a list, or of a part of it.
    pub fn item(&self, list: &str, item: &str, part: &str) -> Option<&str> {
        match part.is_empty() {
            true => self.get(&format!("{list}/{item}")),
            false => self.get(&format!("{list}/{item}/{part}")),
        }
    }

    /// When it is due for review, as the document says.
    pub fn review_due(&self) -> Option<Date> {
        self.get("review-due").and_then(|text| text.parse().ok())
    }

    /// The document that this one replaces.
    pub fn supersedes(&self) -> Option<DocumentId> {
        self.get("supersedes").and_then(|text| text.parse().ok())
    }

    /// The licence: the one named, else [`DEFAULT_LICENCE`].
    pub fn licence(&self) -> &str {
        self.get("licence").unwrap_or(DEFAULT_LICENCE)
    }
}

/// Whether `name` is one that documents have.
pub fn is_known(name: &str) -> bool {
    find(name).is_some()
}

fn check(name: &str, value: &str) -> Result<(), FieldError> {
    let field = find(name).ok_or_else(|| FieldError::Unknown { name: name.chars().take(100).collect() })?;
    field.shape.check(value).map_err(|expected| FieldError::Shape {
        name: name.to_owned(),
        found: value.chars().take(100).collect(),
        expected,
    })
}

/// The field of a name: `field`, `list/item` or `list/item/part`.
fn find(name: &str) -> Option<&'static Field> {
    let mut parts = name.splitn(3, '/');
    let (first, item, part) = (parts.next()?, parts.next(), parts.next());
    let is_item = item.is_none_or(is_item_name);
    let wanted = item.map(|_| part.unwrap_or(""));
    let is_plain = part != Some("");
    FIELDS.iter().find(|field| is_item && is_plain && field.name == first && field.part == wanted)
}

fn is_item_name(item: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte);
    !item.is_empty() && item.len() <= ITEM_CHARACTERS && item.bytes().all(fits)
}

impl Shape {
    /// Whether a value has this shape; else what it should be, in words.
    fn check(self, value: &str) -> Result<(), String> {
        let (fits, expected) = match self {
            Self::Text(limit) => (
                !value.trim().is_empty() && value.chars().count() <= limit,
                format!("text of 1 to {limit} characters"),
            ),
            Self::OneOf(words) => (words.contains(&value), format!("one of: {}", words.join(", "))),
            Self::Date => (value.parse::<Date>().is_ok(), "a date such as 2027-03-31".to_owned()),
            Self::Ages => (is_ages(value), "ages in years such as 5-11, 12- or -4".to_owned()),
            Self::Document => (value.parse::<DocumentId>().is_ok(), "the id of a document".to_owned()),
            Self::Blob => (value.parse::<BlobHash>().is_ok(), "the hash of a file".to_owned()),
            Self::Size => {
                let is_plain = value.parse::<u64>().is_ok_and(|size| size.to_string() == value);
                (is_plain, "a number of bytes".to_owned())
            }
            Self::Code => (is_item_name(value), "a code of letters, digits and ._:-".to_owned()),
            Self::Multiplier => {
                (is_whole(value, 1..=1_000_000), "a whole number from 1 to 1000000".to_owned())
            }
            Self::Threshold => (is_whole(value, 1..=1_000), "a whole number from 1 to 1000".to_owned()),
            Self::Decimal => (is_decimal(value), "a number such as 82.5".to_owned()),
            Self::Licence => {
                let fits = |byte: u8| byte.is_ascii_alphanumeric() || b".+-".contains(&byte);
                let is_spdx = (1..=64).contains(&value.len()) && value.bytes().all(fits);
                (is_spdx, "a licence by its SPDX identifier, such as CC-BY-4.0".to_owned())
            }
        };
        fits.then_some(()).ok_or(expected)
    }
}

fn is_whole(value: &str, range: std::ops::RangeInclusive<u32>) -> bool {
    value.parse::<u32>().is_ok_and(|number| number.to_string() == value && range.contains(&number))
}

fn is_decimal(value: &str) -> bool {
    let digits =
        |text: &str| (1..=12).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    match value.split_once('.') {
        Some((whole, part)) => digits(whole) && digits(part),
        None => digits(value),
    }
}

fn is_ages(value: &str) -> bool {
    let age = |text: &str| match text {
        "" => Some(None),
        text => text.parse::<u8>().ok().filter(|age| age.to_string() == text).map(Some),
    };
    let ends = value.split_once('-').and_then(|(from, to)| age(from).zip(age(to)));
    ends.is_some_and(|ends| match ends {
        (Some(from), Some(to)) => from <= to,
        (from, to) => from.is_some() || to.is_some(),
    })
}

#[cfg(test)]
mod tests {
    use super::{Particulars, is_known};
    use std::collections::BTreeMap;

    fn one(name: &str, value: &str) -> Result<Particulars, String> {
        let values = BTreeMap::from([(name.to_owned(), value.to_owned())]);
        Particulars::new(values).map_err(|error| error.to_string())
    }

    #[test]
    fn each_shape_takes_what_it_should() {
        for (name, value) in [
            ("ages", "5-11"),
            ("ages", "12-"),
            ("ages", "-4"),
            ("audience", "Parents of small children"),
            ("life-domain", "everyday life work"),
            ("review-due", "2027-03-31"),
            ("condition/ICD-10:K50.0", "Crohn disease of small intestine"),
            ("recommendation/1/strength", "strong"),
            ("attachment/plan.pdf/size", "120"),
        ] {
            assert!(one(name, value).is_ok(), "{name} = {value}");
        }
    }

    #[test]
    fn each_shape_refuses_what_it_should() {
        for (name, value) in [
            ("ages", "11-5"),
            ("ages", "-"),
            ("ages", "05-11"),
            ("audience", " "),
            ("life-domain", "fun"),
            ("review-due", "2027-02-30"),
            ("condition/", "x"),
            ("condition", "x"),
            ("condition/a b", "x"),
            ("condition/a/", "x"),
            ("recommendation/1", "x"),
            ("recommendation/1/strength", "weak"),
            ("recommendation/1/strength/x", "strong"),
            ("attachment/plan.pdf/size", "0120"),
            ("licence", "../../etc"),
            ("colour", "green"),
        ] {
            assert!(one(name, value).is_err(), "{name} = {value}");
        }
        assert!(!is_known("title"));
    }

    #[test]
    fn what_does_not_fit_is_left_out_when_reading() {
        let values = [("ages", "x"), ("audience", "all"), ("colour", "green")];
        let read = Particulars::fitting(values.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(read.iter().collect::<Vec<_>>(), [("audience", "all")]);
    }

    #[test]
    fn items_are_listed_once() {
        let values = [
            ("recommendation/1/strength", "strong"),
            ("recommendation/1/statement", "Do"),
            ("evidence/a", "x"),
        ];
        let read = Particulars::fitting(values.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(read.items("recommendation").into_iter().collect::<Vec<_>>(), ["1"]);
        assert_eq!(read.item("recommendation", "1", "strength"), Some("strong"));
        assert_eq!(read.item("evidence", "a", ""), Some("x"));
    }
}
