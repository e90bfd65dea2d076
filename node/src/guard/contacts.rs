//! What the author declares as an organisation's public contacts.

use std::collections::HashSet;

use super::Kind;
use super::candidate::{Candidate, Weight};
use super::text::Folded;

/// At most so many declared contacts are looked at.
const MAX_CONTACTS: usize = 200;

/// Declared contacts in the form in which they are compared.
pub struct Contacts {
    numbers: HashSet<String>,
    emails: HashSet<String>,
    /// Declared values as a whole.
    addresses: Vec<String>,
    /// The addresses in them that are complete, with house and postcode.
    complete: Vec<String>,
}

impl Contacts {
    /// Takes telephone numbers, e-mail addresses and complete postal addresses
    /// from anywhere in the declared values.
    pub fn new(declared: &[String]) -> Self {
        let (numbers, emails) = (HashSet::new(), HashSet::new());
        let mut contacts = Self { numbers, emails, addresses: Vec::new(), complete: Vec::new() };
        for value in declared.iter().take(MAX_CONTACTS) {
            contacts.declare(&Folded::new(value).text);
        }
        contacts
    }

    fn declare(&mut self, value: &str) {
        self.numbers.insert(number(value));
        self.emails.insert(email(value));
        self.addresses.push(address(value));
        for candidate in super::candidates(value) {
            match candidate.kind {
                Kind::Phone => drop(self.numbers.insert(number(candidate.excerpt(value)))),
                Kind::StreetAddress => self.complete.push(address(candidate.excerpt(value))),
                Kind::Email => drop(self.emails.insert(email(candidate.excerpt(value)))),
                _ => {}
            }
        }
    }

    /// Whether `found`, the characters of `candidate`, is declared. A number
    /// that only looks like an NHS number is, if it is a declared telephone
    /// number; one that the text calls an NHS number is not.
    pub fn allow(&self, candidate: &Candidate, found: &str) -> bool {
        match candidate.kind {
            Kind::Phone => self.numbers.contains(&number(found)),
            Kind::NhsNumber => candidate.weight == Weight::Form && self.numbers.contains(&number(found)),
            Kind::Email => self.emails.contains(&email(found)),
            Kind::StreetAddress => {
                let found = address(found);
                self.addresses.iter().any(|declared| declared.contains(&found))
                    || self.complete.iter().any(|declared| found.ends_with(declared))
            }
            _ => false,
        }
    }
}

/// The digits as they are dialled at home: without the marks of an
/// international call, and without an extension.
pub fn number(text: &str) -> String {
    let text = without_extension(text);
    let digits: String = text.replace("(0)", "").chars().filter(char::is_ascii_digit).collect();
    let digits = digits.strip_prefix("00").unwrap_or(&digits);
    if let Some(national) = digits.strip_prefix("44").filter(|rest| rest.len() >= 9) {
        return format!("0{national}");
    }
    let north_american = digits.strip_prefix('1').filter(|rest| rest.len() == 10);
    north_american.unwrap_or(digits).to_owned()
}

/// The number up to the mark of an extension.
pub fn without_extension(text: &str) -> &str {
    let first = text.find(|c: char| c.is_ascii_digit()).unwrap_or(0);
    let extension = text[first..].find(['e', 'E', 'x', 'X', '#']).map_or(text.len(), |at| first + at);
    &text[..extension]
}

fn email(text: &str) -> String {
    let text = text.trim().to_lowercase();
    text.strip_prefix("mailto:").unwrap_or(&text).to_owned()
}

/// Lower-case words with one space between them and around them, without
/// punctuation.
fn address(text: &str) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    format!(" {} ", words.collect::<Vec<_>>().join(" ").to_lowercase())
}
