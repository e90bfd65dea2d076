//! The identifier guard: reads texts and files before they are signed and says
//! where something identifies a person.
//!
//! Pure functions over bounded work. What is *hard* must go before anything is
//! signed; what is *soft* needs a decision that the contribution records. A
//! finding shows the place and a masked excerpt, never the identifier itself,
//! so that logs and errors don't spread what the guard holds back.

mod candidate;
mod contacts;
mod coverage;
mod electronic;
mod file;
mod links;
mod moments;
mod numbers;
mod pattern;
mod person;
mod phone;
mod place;
mod records;
mod text;

use std::fmt;

use candidate::Candidate;
use contacts::Contacts;
use links::Links;
use text::Folded;

pub use coverage::{covers, not_covered};
pub use file::examine_file;

/// At most so many findings are reported of one text or file. Hard ones come
/// first when there are more.
pub const MAX_FINDINGS: usize = 200;

/// A text is read in pieces of at most so many bytes, which bounds the memory
/// that reading takes.
const PIECE: usize = 1 << 20;

/// What a finding asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Nothing is signed while it is there.
    Hard,
    /// Signed only with an override, which is recorded.
    Soft,
}

/// What kind of identifier was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// An e-mail address.
    Email,
    /// A telephone or fax number.
    Phone,
    /// A US social security or taxpayer number.
    Ssn,
    /// A US Medicare beneficiary identifier.
    Mbi,
    /// An NHS number.
    NhsNumber,
    /// The number of a payment card.
    PaymentCard,
    /// An IPv4 or IPv6 address.
    IpAddress,
    /// A network interface's address.
    MacAddress,
    /// A record, patient, case, account or policy number.
    RecordNumber,
    /// A street or postal address with its postcode.
    StreetAddress,
    /// A place on the map.
    Coordinates,
    /// Who made a file, in its metadata.
    AuthorMetadata,
    /// A person's name, as the words around it tell.
    PersonName,
    /// A full date in the life of a person.
    FullDate,
    /// An age over 89 years.
    HighAge,
    /// A file, or a part of one, that the guard cannot read.
    Unexamined,
}

impl Kind {
    /// All kinds, hard ones first.
    pub const ALL: [Self; 16] = [
        Self::Email,
        Self::Phone,
        Self::Ssn,
        Self::Mbi,
        Self::NhsNumber,
        Self::PaymentCard,
        Self::IpAddress,
        Self::MacAddress,
        Self::RecordNumber,
        Self::StreetAddress,
        Self::Coordinates,
        Self::AuthorMetadata,
        Self::PersonName,
        Self::FullDate,
        Self::HighAge,
        Self::Unexamined,
    ];

    /// The stable word for it, in records and in what people read.
    pub fn word(self) -> &'static str {
        match self {
            Self::Email => "e-mail",
            Self::Phone => "phone",
            Self::Ssn => "ssn",
            Self::Mbi => "mbi",
            Self::NhsNumber => "nhs-number",
            Self::PaymentCard => "payment-card",
            Self::IpAddress => "ip-address",
            Self::MacAddress => "mac-address",
            Self::RecordNumber => "record-number",
            Self::StreetAddress => "street-address",
            Self::Coordinates => "coordinates",
            Self::AuthorMetadata => "author-metadata",
            Self::PersonName => "person-name",
            Self::FullDate => "full-date",
            Self::HighAge => "high-age",
            Self::Unexamined => "unexamined",
        }
    }

    /// The kind that `word` names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// Whether it blocks or asks.
    pub fn severity(self) -> Severity {
        match self {
            Self::PersonName | Self::FullDate | Self::HighAge | Self::Unexamined => Severity::Soft,
            _ => Severity::Hard,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())
    }
}

/// Something that identifies a person, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is.
    pub kind: Kind,
    /// The field of the document, or the file's name.
    pub field: String,
    /// The line, from 1. For a file's metadata always 1.
    pub line: u32,
    /// The character in the line, from 1. For a file's metadata always 1.
    pub column: u32,
    /// The match with all but its first two characters masked.
    pub excerpt: String,
    /// What made the guard think so.
    pub why: &'static str,
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, field, line, column, excerpt, why } = self;
        write!(formatter, "{field}, line {line}, character {column}: {kind} {excerpt:?}: {why}")
    }
}

/// Reads one text of the field `field`.
///
/// `contacts` are values that the author declares as an organisation's public
/// contacts: telephone numbers, e-mail addresses and postal addresses that are
/// no alarm. The findings come in the order of the text, at most
/// [`MAX_FINDINGS`]; if there are more, hard ones displace soft ones.
pub fn examine_text(field: &str, text: &str, contacts: &[String]) -> Vec<Finding> {
    let contacts = Contacts::new(contacts);
    let mut findings = Vec::new();
    let mut first_line = 0;
    for piece in pieces(text, PIECE) {
        let found = examine_piece(field, piece, &contacts);
        findings
            .extend(found.into_iter().map(|finding| Finding { line: finding.line + first_line, ..finding }));
        limit(&mut findings);
        first_line += line_breaks(piece);
    }
    findings
}

fn examine_piece(field: &str, text: &str, contacts: &Contacts) -> Vec<Finding> {
    let folded = Folded::new(text);
    let mut candidates = candidates(&folded.text);
    candidates.retain(|candidate| !contacts.allow(candidate, candidate.excerpt(&folded.text)));
    let candidates = candidate::without_overlaps(candidates);
    candidates.iter().map(|candidate| finding(field, &folded, candidate)).collect()
}

/// All that the rules see in a folded text.
fn candidates(text: &str) -> Vec<Candidate> {
    let links = Links::find(text);
    let mut found = electronic::find(text, &links);
    found.extend(phone::find(text, &links));
    found.extend(numbers::find(text, &links));
    found.extend(records::find(text, &links));
    found.extend(place::find(text, &links));
    found.extend(moments::find(text));
    found.extend(person::find(text));
    found
}

fn finding(field: &str, folded: &Folded, candidate: &Candidate) -> Finding {
    let (line, column) = folded.place(candidate.start);
    let excerpt = text::masked(candidate.excerpt(&folded.text));
    Finding { kind: candidate.kind, field: field.to_owned(), line, column, excerpt, why: candidate.why }
}

/// Keeps at most [`MAX_FINDINGS`], the hard ones first, in their order.
fn limit(findings: &mut Vec<Finding>) {
    let is_hard = |finding: &Finding| finding.kind.severity() == Severity::Hard;
    let mut hard = findings.iter().filter(|finding| is_hard(finding)).count().min(MAX_FINDINGS);
    let mut soft = MAX_FINDINGS - hard;
    findings.retain(|finding| {
        let left = if is_hard(finding) { &mut hard } else { &mut soft };
        let stays = *left > 0;
        *left = left.saturating_sub(1);
        stays
    });
}

/// The text in pieces of at most `size` bytes, cut after a line where there is
/// one.
fn pieces(text: &str, size: usize) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = if rest.len() <= size { rest.len() } else { cut(rest, size) };
        let (piece, after) = rest.split_at(end);
        rest = after;
        Some(piece)
    })
}

fn cut(text: &str, size: usize) -> usize {
    let end = text::floor(text, size);
    text[..end].rfind('\n').map_or(end, |line| line + 1)
}

fn line_breaks(text: &str) -> u32 {
    u32::try_from(text.matches('\n').count()).unwrap_or(u32::MAX)
}
