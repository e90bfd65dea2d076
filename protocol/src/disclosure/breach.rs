//! Why a submission is refused: which rule, where, and what to do.

use crate::measure::Component;
use crate::period::Period;
use std::fmt;

/// A rule that a submission breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// A count, or what a proportion leaves over, from 1 to the threshold.
    Small,
    /// 0 % or 100 % of a measure for which that says something.
    Extreme,
    /// A number where the one that it belongs to is masked.
    HalfMasked,
    /// A number missing, or one that the measure does not have.
    Shape,
    /// A numerator above its denominator, strata that don't add up, or numbers
    /// that contradict each other.
    Inconsistent,
    /// A period off the measure's calendar.
    OffGrid,
    /// A measure or quantity that the organisation reported by another kind,
    /// calendar or quantity before, or a table that was split otherwise.
    OtherDefinition,
    /// An older epoch than that of what it follows.
    OldEpoch,
    /// A stratum that the measure does not declare.
    UnknownStratum,
    /// Tables or strata twice or not in order.
    Order,
    /// A correction by 1 to the threshold.
    SmallChange,
    /// A number that was masked while what it adds up to was told.
    WasMasked,
    /// A masked number that can be worked out, or nearly.
    Recoverable,
    /// More hidden numbers than the check can take in.
    TooComplex,
}

impl Fault {
    /// Every fault, in the order of the documentation.
    pub const ALL: [Self; 14] = [
        Self::Small,
        Self::Extreme,
        Self::HalfMasked,
        Self::Shape,
        Self::Inconsistent,
        Self::OffGrid,
        Self::OtherDefinition,
        Self::OldEpoch,
        Self::UnknownStratum,
        Self::Order,
        Self::SmallChange,
        Self::WasMasked,
        Self::Recoverable,
        Self::TooComplex,
    ];

    /// The stable code.
    pub fn code(self) -> &'static str {
        self.text().0
    }

    /// One sentence for people, with what to do.
    pub fn sentence(self) -> &'static str {
        self.text().1
    }

    fn text(self) -> (&'static str, &'static str) {
        match self {
            Self::Small => (
                "small-count",
                "a count, or what a proportion leaves over, is small enough to show single people; mask it",
            ),
            Self::Extreme => {
                ("sensitive-extreme", "0 % and 100 % of this measure are masked like small counts; mask it")
            }
            Self::HalfMasked => {
                ("half-masked", "the denominator is masked but not what belongs to it; mask the whole cell")
            }
            Self::Shape => (
                "wrong-numbers",
                "a number is missing, or the measure has no such number; compare the measure's definition",
            ),
            Self::Inconsistent => (
                "inconsistent",
                "the numbers contradict each other: a numerator above its denominator, or strata that don't add up; check them",
            ),
            Self::OffGrid => (
                "off-grid",
                "the period is not on the measure's calendar; report months or quarters as it says",
            ),
            Self::OtherDefinition => (
                "other-definition",
                "this was reported with another kind, calendar, quantity or other strata before, and both together could show single people; report all together only, or define a new measure",
            ),
            Self::OldEpoch => (
                "old-epoch",
                "it names an older charter than what it follows, whose threshold may have been lower; catch up and report again",
            ),
            Self::UnknownStratum => {
                ("unknown-stratum", "the measure declares no such stratum; use its codes")
            }
            Self::Order => ("not-in-order", "tables or strata stand twice or not in order"),
            Self::SmallChange => (
                "small-change",
                "a correction this small would show single people; hold it until it is larger, or mask the cell",
            ),
            Self::WasMasked => (
                "was-masked",
                "this was masked while a part of the same sum was told, and telling it now would show what the rest was; keep it masked",
            ),
            Self::Recoverable => {
                ("recoverable", "a masked number could be worked out from what is told; mask one more cell")
            }
            Self::TooComplex => (
                "too-complex",
                "more is masked here than can be checked; mask the total, or report fewer strata",
            ),
        }
    }
}

/// A cell and which of its numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The period.
    pub period: Period,
    /// Stratifier and stratum; none for all together.
    pub stratum: Option<(String, String)>,
    /// Which number, if one is meant.
    pub component: Option<Component>,
}

/// A breach of the rules of disclosure.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {} ({})", .spot, .fault.sentence(), .fault.code())]
pub struct Breach {
    /// The rule.
    pub fault: Fault,
    /// Where.
    pub spot: Spot,
}

impl Spot {
    /// A whole table.
    pub fn table(period: Period) -> Self {
        Self { period, stratum: None, component: None }
    }

    /// A number of a cell.
    pub fn number(period: Period, stratum: &super::Stratum, component: Component) -> Self {
        let stratum = stratum.as_ref().map(|(first, second)| (first.to_string(), second.to_string()));
        Self { period, stratum, component: Some(component) }
    }

    /// The breach of a rule here.
    pub fn breaks(self, fault: Fault) -> Breach {
        Breach { fault, spot: self }
    }
}

impl Component {
    /// The word for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Numerator => "numerator",
            Self::Denominator => "denominator",
            Self::Excluded => "excluded",
            Self::Complement => "denominator minus numerator",
        }
    }
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.period)?;
        match &self.stratum {
            Some((stratifier, stratum)) => write!(f, ", {stratifier} {stratum}")?,
            None => write!(f, ", all together")?,
        }
        match self.component {
            Some(component) => write!(f, ", {}", component.word()),
            None => Ok(()),
        }
    }
}
