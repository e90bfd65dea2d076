//! What a measure is: the definition that its documents say in words, as the
//! rules of disclosure and roll-up need it. It is a part of a version's cover,
//! so reviewers sign it and every node has it without the document.

use crate::bounded::{BoundedVec, Text};
use crate::charter::is_ascending;
use crate::collection::vocabulary;
use crate::document::Particulars;
use crate::limits::{STRATA, STRATIFIERS};
use crate::period::Calendar;
use minicbor::{Decode, Encode};

vocabulary!(
    /// What kind of number a measure is.
    MeasureKind {
        /// Numerator people among denominator people.
        Proportion = 1 "proportion",
        /// Events per exposure, such as patient days.
        Rate = 2 "rate",
        /// A number of events or people without a denominator.
        Count = 3 "count",
        /// Events and the opportunities between them, days or cases.
        Between = 4 "between",
        /// The sum of a measurement over so many people.
        Continuous = 5 "continuous",
    }
);

vocabulary!(
    /// Which way is better.
    Direction {
        /// More is better.
        Increase = 1 "increase",
        /// Less is better.
        Decrease = 2 "decrease",
    }
);

/// Code of a stratifier or of one of its strata.
pub type Code = Text<{ crate::document::ITEM_CHARACTERS }>;

/// A definition.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Definition {
    /// What kind of number it is.
    #[n(0)]
    pub kind: MeasureKind,
    /// The grid of its periods.
    #[n(1)]
    pub calendar: Calendar,
    /// Which way is better; none if neither.
    #[n(2)]
    pub direction: Option<Direction>,
    /// Whether 0 % and 100 % say something about people, so that they are
    /// masked like small counts.
    #[n(3)]
    pub extremes_are_sensitive: bool,
    /// Its disclosure threshold where that is stricter than the charter's.
    #[n(4)]
    pub threshold: Option<u16>,
    /// By what it may be split, sorted by code.
    #[n(5)]
    pub stratifiers: BoundedVec<Stratifier, STRATIFIERS>,
    /// Name of the quantity that its numerator is, if other measures count the
    /// same.
    #[n(6)]
    pub numerator: Option<Code>,
    /// Name of the quantity that its denominator is, if other measures count
    /// the same.
    #[n(7)]
    pub denominator: Option<Code>,
    /// What its values are multiplied by when they are shown: 100 for per
    /// cent, 10 000 for per ten thousand.
    #[n(8)]
    pub per: u32,
}

/// A way to split a measure: its strata are all there are, and each person or
/// event is in exactly one.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Stratifier {
    /// Its code.
    #[n(0)]
    pub code: Code,
    /// Codes of the strata, sorted.
    #[n(1)]
    pub strata: BoundedVec<Code, STRATA>,
}

/// Which number of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Component {
    /// The numerator, or the count, or the sum of a continuous measure.
    Numerator,
    /// The denominator.
    Denominator,
    /// What was excluded from the denominator.
    Excluded,
    /// Denominator minus numerator, of a proportion. Nobody reports it, but
    /// everybody can compute it.
    Complement,
}

/// What a document lacks to be a measure's definition.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DefinitionError {
    /// A field is missing.
    #[error("a measure needs \"{0}\"")]
    Missing(&'static str),
    /// Too much of something.
    #[error("a measure has at most {limit} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many fit.
        limit: usize,
    },
    /// A stratum's name that is not `stratifier:code`.
    #[error("\"{0}\" is no stratum; name it stratifier:code, such as age:0-4")]
    Stratum(String),
    /// Numerator and denominator can't be the same quantity.
    #[error("\"numerator-quantity\" and \"denominator-quantity\" name the same; they count different things")]
    SameQuantity,
    /// A count has none.
    #[error("a {kind} has no denominator; leave \"denominator-quantity\" out")]
    NoDenominator {
        /// The kind.
        kind: MeasureKind,
    },
    /// Others are numbers of people or events, or shares of them.
    #[error("a {kind} has no unit, as it counts; leave \"unit\" out and say with \"per\" how it is shown")]
    NoUnit {
        /// The kind.
        kind: MeasureKind,
    },
}

impl MeasureKind {
    /// Whether cells have a denominator.
    pub fn has_denominator(self) -> bool {
        self != Self::Count
    }

    /// Whether the numerator counts people or events; otherwise it is a sum.
    pub fn counts_numerator(self) -> bool {
        self != Self::Continuous
    }

    /// Whether the numerator is a part of the denominator, so that what it
    /// leaves over counts people, too.
    pub fn is_part_of_denominator(self) -> bool {
        self == Self::Proportion
    }

    /// What its values are multiplied by when shown, if the document does not
    /// say.
    fn usual_per(self) -> u32 {
        match self {
            Self::Proportion => 100,
            Self::Rate => 1_000,
            Self::Count | Self::Between | Self::Continuous => 1,
        }
    }
}

impl Definition {
    /// Reads the definition from a document's particulars.
    ///
    /// # Errors
    /// What is missing or does not fit.
    pub fn read(particulars: &Particulars) -> Result<Self, DefinitionError> {
        let word = |name| particulars.get(name);
        let kind = word("measure-kind").and_then(MeasureKind::from_word);
        let kind = kind.ok_or(DefinitionError::Missing("measure-kind"))?;
        let calendar = word("calendar").and_then(Calendar::from_word);
        let denominator = word("denominator-quantity").and_then(code);
        if denominator.is_some() && word("numerator-quantity") == word("denominator-quantity") {
            return Err(DefinitionError::SameQuantity);
        }
        if denominator.is_some() && !kind.has_denominator() {
            return Err(DefinitionError::NoDenominator { kind });
        }
        if word("unit").is_some() && kind != MeasureKind::Continuous {
            return Err(DefinitionError::NoUnit { kind });
        }
        Ok(Self {
            kind,
            calendar: calendar.ok_or(DefinitionError::Missing("calendar"))?,
            direction: word("direction").and_then(Direction::from_word),
            extremes_are_sensitive: word("extremes") == Some("sensitive"),
            threshold: word("threshold").and_then(|text| text.parse().ok()),
            stratifiers: stratifiers(particulars)?,
            numerator: word("numerator-quantity").and_then(code),
            denominator,
            per: word("per").and_then(|text| text.parse().ok()).unwrap_or(kind.usual_per()),
        })
    }

    /// Whether codes are sorted, unique and not empty, as in what
    /// [`Self::read`] makes: definitions from elsewhere may not be.
    pub fn is_sound(&self) -> bool {
        let codes: Vec<&Code> = self.stratifiers.iter().map(|one| &one.code).collect();
        let strata = |one: &Stratifier| is_ascending(&one.strata) && !one.strata.is_empty();
        is_ascending(&codes)
            && self.stratifiers.iter().all(strata)
            && self.per > 0
            && (self.denominator.is_none() || self.kind.has_denominator())
            && (self.numerator.is_none() || self.numerator != self.denominator)
    }

    /// The components that cells of this measure have, the complement
    /// included.
    pub fn components(&self) -> &'static [Component] {
        match self.kind {
            MeasureKind::Proportion => {
                &[Component::Numerator, Component::Denominator, Component::Excluded, Component::Complement]
            }
            MeasureKind::Count => &[Component::Numerator, Component::Excluded],
            MeasureKind::Rate | MeasureKind::Between | MeasureKind::Continuous => {
                &[Component::Numerator, Component::Denominator, Component::Excluded]
            }
        }
    }

    /// Where a stratum stands: numbers of its stratifier and of its code.
    pub fn place(&self, stratifier: &str, stratum: &str) -> Option<(u8, u8)> {
        let first = self.stratifiers.iter().position(|one| &*one.code == stratifier)?;
        let second = self.stratifiers.get(first)?.strata.iter().position(|code| &**code == stratum)?;
        Some((u8::try_from(first).ok()?, u8::try_from(second).ok()?))
    }

    /// The codes of the stratum at this place.
    pub fn stratum(&self, place: (u8, u8)) -> Option<(&Code, &Code)> {
        let stratifier = self.stratifiers.get(usize::from(place.0))?;
        Some((&stratifier.code, stratifier.strata.get(usize::from(place.1))?))
    }
}

fn code(text: &str) -> Option<Code> {
    Code::new(text).ok()
}

fn stratifiers(particulars: &Particulars) -> Result<BoundedVec<Stratifier, STRATIFIERS>, DefinitionError> {
    let mut found: std::collections::BTreeMap<&str, Vec<Code>> = std::collections::BTreeMap::new();
    for item in particulars.items("stratum") {
        let parts = item.split_once(':').filter(|(first, second)| !first.is_empty() && !second.is_empty());
        let (stratifier, stratum) = parts.ok_or_else(|| DefinitionError::Stratum(item.to_owned()))?;
        let stratum = code(stratum).ok_or_else(|| DefinitionError::Stratum(item.to_owned()))?;
        found.entry(stratifier).or_default().push(stratum);
    }
    let one = |(stratifier, mut strata): (&str, Vec<Code>)| {
        strata.sort_unstable();
        let strata = BoundedVec::new(strata)
            .map_err(|_| DefinitionError::TooMany { what: "strata", limit: STRATA })?;
        let code = code(stratifier).ok_or_else(|| DefinitionError::Stratum(stratifier.to_owned()))?;
        Ok(Stratifier { code, strata })
    };
    let all = found.into_iter().map(one).collect::<Result<Vec<_>, DefinitionError>>()?;
    BoundedVec::new(all).map_err(|_| DefinitionError::TooMany { what: "stratifiers", limit: STRATIFIERS })
}

#[cfg(test)]
mod tests {
    use super::{Definition, DefinitionError, MeasureKind};
    use crate::document::Particulars;

    #[test]
    fn only_measurements_have_a_unit() {
        for word in MeasureKind::ALL {
            let values = [("measure-kind", word.word()), ("calendar", "month"), ("unit", "days")];
            let values = values.map(|(name, value)| (name.to_owned(), value.to_owned()));
            let read = Definition::read(&Particulars::new(values.into()).expect("they fit"));
            match word {
                MeasureKind::Continuous => assert_eq!(read.map(|one| one.kind), Ok(*word)),
                _ => assert_eq!(read, Err(DefinitionError::NoUnit { kind: *word })),
            }
        }
    }
}
