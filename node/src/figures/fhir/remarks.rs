//! What a reader has to say, collected within bounds.

use crate::figures::{Figure, Reading, Remark};
use commons_protocol::period::Period;
use std::collections::HashMap;

/// What is wrong with a part of a file.
#[derive(Debug)]
pub struct Problem {
    pub code: &'static str,
    pub text: String,
    pub advice: &'static str,
}

impl Problem {
    pub fn new(code: &'static str, text: impl Into<String>, advice: &'static str) -> Self {
        Self { code, text: text.into(), advice }
    }

    /// Something that FHIR R4 does not have in this place.
    pub fn not_r4(text: impl Into<String>) -> Self {
        Self::new("not-r4", text, "Export it as FHIR R4 (4.0.1).")
    }
}

/// Remarks of one file; what comes after them is only counted.
const REMARKS: usize = 10_000;
/// Characters of a file's own words in a remark.
const QUOTED: usize = 80;

/// Measure, period and stratum: what one file may say once.
type Place = (Option<String>, Period, Option<(String, String)>);

/// The first of the names in a file, and where another one was seen.
#[derive(Default)]
struct Names {
    first: Option<String>,
    other: Option<String>,
}

impl Names {
    fn see(&mut self, name: &str, at: &str) {
        match &self.first {
            None => self.first = Some(name.to_owned()),
            Some(first) if first != name && self.other.is_none() => self.other = Some(at.to_owned()),
            Some(_) => {}
        }
    }
}

/// Takes what was read, and what could not be.
#[derive(Default)]
pub struct Sink {
    /// Id of the organisation whose figures these must be.
    own: String,
    reading: Reading,
    /// Index of the first figure of each place.
    seen: HashMap<Place, usize>,
    /// Remarks beyond the bound, and those of them that refuse.
    more: (usize, usize),
    /// The first reporter and where another one was seen; the first measure
    /// and where another one was.
    reporters: Names,
    measures: Names,
}

impl Sink {
    /// For a file of the organisation with this id.
    pub fn new(own: &str) -> Self {
        Self { own: own.to_owned(), ..Self::default() }
    }

    /// Whether this is the id of the organisation whose file it is.
    pub fn is_own(&self, organisation: &str) -> bool {
        self.own == organisation
    }

    /// Something was left out.
    pub fn refuse(&mut self, at: &str, problem: Problem) {
        self.remark(at, true, problem);
    }

    /// Something is unusual, but was taken.
    pub fn note(&mut self, at: &str, problem: Problem) {
        self.remark(at, false, problem);
    }

    fn remark(&mut self, at: &str, refused: bool, Problem { code, text, advice }: Problem) {
        if self.reading.remarks.len() >= REMARKS {
            self.more = (self.more.0 + 1, self.more.1 + usize::from(refused));
            return;
        }
        let (at, code, advice) = (at.to_owned(), code.to_owned(), advice.to_owned());
        self.reading.remarks.push(Remark { at, refused, code, text, advice });
    }

    /// Takes a figure, unless the file said the very same before. One that says
    /// otherwise is taken too: whoever puts tables together refuses both.
    pub fn figure(&mut self, figure: Figure) {
        self.measures.see(figure.measure.as_deref().unwrap_or_default(), &figure.at);
        let place = (figure.measure.clone(), figure.period, figure.stratum.clone());
        let first = *self.seen.entry(place).or_insert(self.reading.figures.len());
        match self.reading.figures.get(first) {
            Some(known) if is_same(known, &figure) => {
                let text = format!("the same figures stand at {} already", known.at);
                self.note(&figure.at, Problem::new("duplicate", text, "They are taken once."));
            }
            _ => self.reading.figures.push(figure),
        }
    }

    /// Remembers who reports at `at`.
    pub fn reporter(&mut self, at: &str, reporter: &str) {
        self.reporters.see(reporter, at);
    }

    /// All that was taken.
    pub fn into_reading(mut self) -> Reading {
        if let Some(at) = self.reporters.other.take() {
            let text = "the reports name more than one reporter";
            let advice = "Check that all of these figures are your organisation's.";
            self.note(&at, Problem::new("several-reporters", text, advice));
        }
        if let Some(at) = self.measures.other.take() {
            let text = "the reports are of more than one measure";
            let advice = "If they are called otherwise here, say which is which (--map NAME=MEASURE).";
            self.note(&at, Problem::new("several-measures", text, advice));
        }
        let (more, refused) = self.more;
        if more > 0 {
            let text = format!("{more} more remarks are not shown; {refused} of them leave something out");
            let (at, code, advice) = ("file".to_owned(), "more-remarks".to_owned(), String::new());
            self.reading.remarks.push(Remark { at, refused: refused > 0, code, text, advice });
        }
        self.reading
    }
}

fn is_same(one: &Figure, other: &Figure) -> bool {
    (one.numerator, one.denominator, one.excluded) == (other.numerator, other.denominator, other.excluded)
}

/// A file's own words, shortened and with control characters escaped.
pub fn quoted(text: &str) -> String {
    let mut short: String = text.chars().take(QUOTED).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("{short:?}")
}
