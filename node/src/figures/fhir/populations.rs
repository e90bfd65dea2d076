//! Populations, and what they come to.
//!
//! | population | what is done with it |
//! |---|---|
//! | `numerator` − `numerator-exclusion` | numerator |
//! | `denominator` − `denominator-exclusion` − `denominator-exception` | denominator |
//! | `denominator-exclusion` + `denominator-exception` | excluded |
//! | `initial-population` | not taken; in a cohort it is the count |
//! | `measure-population` − `measure-population-exclusion` | denominator of a continuous measure |
//! | `measure-population-exclusion` | what it excluded |
//! | `measure-observation` as `countQuantity` | its sum |
//! | `excluded` of our own code system | excluded, of a count |
//!
//! What is computed from a masked number is masked.

use super::remarks::{Problem, quoted};
use super::shape::{Object, extension, object, objects, only, text};
use super::words::{ABSENT, COUNT_QUANTITY, EFFECTIVE, OWN_POPULATIONS, POPULATIONS};
use crate::figures::Number;
use serde_json::Value;

/// The largest number that is read.
pub const LARGEST: u64 = 1_000_000_000_000;

/// How a report's score is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scoring {
    Proportion,
    Ratio,
    Continuous,
    Cohort,
    /// It does not say: base R4 has no place for it.
    Unsaid,
}

impl Scoring {
    pub fn of(code: &str) -> Result<Self, Problem> {
        match code {
            "proportion" => Ok(Self::Proportion),
            "ratio" => Ok(Self::Ratio),
            "continuous-variable" => Ok(Self::Continuous),
            "cohort" => Ok(Self::Cohort),
            _ => {
                let text = format!("scoring is {}", quoted(code));
                let advice = "Only proportion, ratio, continuous-variable and cohort can be read.";
                Err(Problem::new("unsupported-scoring", text, advice))
            }
        }
    }
}

/// What a group or stratum comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    pub numerator: Number,
    pub denominator: Option<Number>,
    pub excluded: Option<Number>,
}

const ROLES: [&str; 10] = [
    "initial-population",
    "numerator",
    "numerator-exclusion",
    "denominator",
    "denominator-exclusion",
    "denominator-exception",
    "measure-population",
    "measure-population-exclusion",
    "measure-observation",
    "excluded",
];

/// A population: its role, its number, and whether that is a quantity.
struct Population {
    role: &'static str,
    number: Number,
    is_quantity: bool,
}

/// The populations of a group or stratum.
pub struct Populations {
    all: Vec<Population>,
    effective: Option<u64>,
}

impl Populations {
    /// Reads them.
    ///
    /// # Errors
    /// The first thing that is wrong with one of them.
    pub fn read(parent: &Object) -> Result<Self, Problem> {
        let mut all: Vec<Population> = Vec::new();
        for one in objects(parent, "population")? {
            let one = population(one)?;
            let is_twice = all.iter().any(|other| other.role == one.role);
            if is_twice && one.role != "initial-population" {
                let text = format!("the population {} is there twice", one.role);
                return Err(Problem::new("population-twice", text, "Give each population once."));
            }
            all.push(one);
        }
        let effective = extension(parent, EFFECTIVE)?.and_then(|one| one.get("valueDecimal"));
        let effective = effective.map(whole).transpose()?;
        Ok(Self { all, effective })
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// What they come to.
    ///
    /// # Errors
    /// What is missing or can't be.
    pub fn counts(&self, scoring: Scoring) -> Result<Counts, Problem> {
        let is_continuous = self.get("measure-population").is_some();
        let counts = match scoring {
            Scoring::Cohort => self.cohort(),
            Scoring::Continuous => self.continuous(),
            Scoring::Unsaid if is_continuous => self.continuous(),
            Scoring::Proportion | Scoring::Ratio | Scoring::Unsaid => self.fraction(scoring),
        }?;
        match (scoring, counts.numerator, counts.denominator) {
            (Scoring::Proportion, Number::Known(part), Some(Number::Known(whole))) if part > whole => {
                let text = format!("the numerator is {part}, the denominator {whole} after exclusions");
                Err(Problem::new("numerator-exceeds", text, "A proportion is a part of its denominator."))
            }
            _ => Ok(counts),
        }
    }

    fn fraction(&self, scoring: Scoring) -> Result<Counts, Problem> {
        let numerator = self.need("numerator", "no-numerator")?;
        let denominator = match self.get("denominator") {
            None if scoring == Scoring::Unsaid => None,
            _ => Some(self.need("denominator", "no-denominator")?),
        };
        let out = ["denominator-exclusion", "denominator-exception"].map(|role| self.get(role));
        let excluded = out.into_iter().flatten().reduce(plus);
        Ok(Counts {
            numerator: minus("numerator", numerator, self.get("numerator-exclusion"))?,
            denominator: denominator.map(|all| self.effective("denominator", all, excluded)).transpose()?,
            excluded,
        })
    }

    fn continuous(&self) -> Result<Counts, Problem> {
        let people = self.need("measure-population", "no-denominator")?;
        let excluded = self.get("measure-population-exclusion");
        let sum = self.all.iter().find(|one| one.role == "measure-observation" && one.is_quantity);
        let Some(sum) = sum else {
            let text = "there is no sum of the measurements: a score alone can't be added up";
            let advice = "Give measure-observation as a countQuantity, or send the sum as CSV.";
            return Err(Problem::new("no-sum", text, advice));
        };
        let denominator = Some(self.effective("measure-population", people, excluded)?);
        Ok(Counts { numerator: sum.number, denominator, excluded })
    }

    fn cohort(&self) -> Result<Counts, Problem> {
        let numerator = self.need("initial-population", "no-numerator")?;
        Ok(Counts { numerator, denominator: None, excluded: self.get("excluded") })
    }

    /// What is left of a denominator. Our own reports say it where only the
    /// exclusions are masked.
    fn effective(&self, what: &str, all: Number, excluded: Option<Number>) -> Result<Number, Problem> {
        match (minus(what, all, excluded)?, self.effective) {
            (Number::Masked, Some(number)) => Ok(Number::Known(number)),
            (Number::Known(computed), Some(number)) if computed != number => {
                let text = format!("the {what} is {computed} after exclusions, but {number} is said");
                Err(Problem::new("contradiction", text, "Export the report again."))
            }
            (number, _) => Ok(number),
        }
    }

    fn get(&self, role: &str) -> Option<Number> {
        self.all.iter().find(|one| one.role == role).map(|one| one.number)
    }

    fn need(&self, role: &str, code: &'static str) -> Result<Number, Problem> {
        let missing =
            || Problem::new(code, format!("there is no population {role}"), "Add it with its count.");
        self.get(role).ok_or_else(missing)
    }
}

fn population(object: &Object) -> Result<Population, Problem> {
    only(object, "a population", &["code", "count", "subjectResults"])?;
    let role = role(object)?;
    let quantity = extension(object, COUNT_QUANTITY)?;
    let is_quantity = quantity.is_some();
    let given = match (object.get("count"), quantity) {
        (Some(_), Some(_)) => {
            let text = format!("{role} has a count and a countQuantity");
            return Err(Problem::new("count-twice", text, "Give one of the two."));
        }
        (Some(count), None) => Some(whole(count)?),
        (None, Some(quantity)) => masked_or_whole(quantity)?,
        (None, None) => None,
    };
    let number = match (given, absence(object)?) {
        (Some(number), None) => Number::Known(number),
        (None, Some("masked")) => Number::Masked,
        (Some(_), Some(_)) => {
            let text = format!("{role} has a number and a reason why it has none");
            return Err(Problem::new("count-and-mask", text, "Leave out the number if it is masked."));
        }
        (None, reason) => {
            let because = reason.map_or_else(String::new, |code| format!(" ({})", quoted(code)));
            let advice = "Leave the report out, or mark the count as masked.";
            return Err(Problem::new("no-count", format!("{role} has no count{because}"), advice));
        }
    };
    Ok(Population { role, number, is_quantity })
}

/// The population's role, by HL7's code system, ours, or a code without any.
fn role(population: &Object) -> Result<&'static str, Problem> {
    let unknown = |what: String| {
        let advice = "It may change what the others mean, so nothing of this group is read. Use HL7's codes.";
        Problem::new("unknown-population", what, advice)
    };
    let concept =
        object(population, "code")?.ok_or_else(|| unknown("a population has no code".to_owned()))?;
    for coding in objects(concept, "coding")? {
        let (system, code) = (text(coding, "system")?, text(coding, "code")?);
        let is_ours = system == Some(OWN_POPULATIONS);
        let is_known = is_ours || system.is_none_or(|system| system == POPULATIONS);
        if let Some(code) = code.filter(|_| is_known) {
            let found = ROLES.into_iter().find(|role| *role == code && is_ours == (*role == "excluded"));
            return found.ok_or_else(|| unknown(format!("the population {} is not known", quoted(code))));
        }
    }
    Err(unknown("a population has no code of the system measure-population".to_owned()))
}

/// Why a population has no count.
fn absence(population: &Object) -> Result<Option<&str>, Problem> {
    let Some(beside) = object(population, "_count")? else { return Ok(None) };
    extension(beside, ABSENT)?.map_or(Ok(None), |one| text(one, "valueCode"))
}

fn masked_or_whole(quantity: &Object) -> Result<Option<u64>, Problem> {
    let value = object(quantity, "valueQuantity")?.and_then(|quantity| quantity.get("value"));
    value.map(whole).transpose()
}

/// A count.
fn whole(value: &Value) -> Result<u64, Problem> {
    value.as_u64().filter(|number| *number <= LARGEST).ok_or_else(|| {
        let text = format!("{} is no count", quoted(&value.to_string()));
        Problem::new("not-a-count", text, "Counts are whole numbers from 0 to 1000000000000.")
    })
}

fn plus(one: Number, other: Number) -> Number {
    match (one, other) {
        (Number::Known(one), Number::Known(other)) => Number::Known(one.saturating_add(other)),
        _ => Number::Masked,
    }
}

fn minus(what: &str, all: Number, part: Option<Number>) -> Result<Number, Problem> {
    match (all, part) {
        (all, None) => Ok(all),
        (Number::Known(all), Some(Number::Known(part))) => {
            let negative = || {
                let text = format!("more is excluded ({part}) than the {what} has ({all})");
                Problem::new("negative", text, "Check the counts.")
            };
            all.checked_sub(part).map(Number::Known).ok_or_else(negative)
        }
        _ => Ok(Number::Masked),
    }
}
