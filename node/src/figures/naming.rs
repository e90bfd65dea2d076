//! What people say of the names that a file gives its measures: registries name
//! theirs by addresses of their own.

use super::{Reading, Remark, Unreadable};
use std::collections::{BTreeMap, BTreeSet};

/// Characters of a name that are shown: an address fits.
const SHOWN: usize = 200;
/// Names of a file that are shown.
const LISTED: usize = 3;

/// Which measures here the names in a file stand for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names(BTreeSet<String>);

/// Something that says of no measure what it is.
#[derive(Debug, thiserror::Error)]
#[error("\"{0}\" names no measure; write NAME=MEASURE: as the file has it, then as it is called here")]
pub struct NamesError(String);

impl Names {
    /// Takes `NAME=MEASURE`: the name as it is in the file, and the id, the
    /// beginning of it or the title of a measure here.
    ///
    /// # Errors
    /// If one of the two is missing.
    pub fn say(&mut self, text: &str) -> Result<(), NamesError> {
        let text = text.trim();
        if !text.contains('=') || text.starts_with('=') || text.ends_with('=') {
            return Err(NamesError(shown(text)));
        }
        self.0.insert(text.to_owned());
        Ok(())
    }

    /// Names the measures of what was read as they are called here. What was
    /// said of a measure that the file does not name is remarked.
    ///
    /// # Errors
    /// `two-measures` if one name stands for two measures.
    pub fn apply(&self, reading: &mut Reading) -> Result<(), Unreadable> {
        if self.0.is_empty() {
            return Ok(());
        }
        let names: BTreeSet<&str> =
            reading.figures.iter().filter_map(|figure| figure.measure.as_deref()).collect();
        let mut known: BTreeMap<String, String> = BTreeMap::new();
        let mut used: BTreeSet<&str> = BTreeSet::new();
        for name in &names {
            let mut said = self.0.iter().filter_map(|text| Some((text, measure(text, name)?)));
            let (Some((text, measure)), another) = (said.next(), said.next()) else { continue };
            if let Some((_, other)) = another {
                let (name, measure, other) = (shown(name), shown(measure), shown(other));
                let text = format!(
                    "\"{name}\" is said to be \"{measure}\" and \"{other}\"; name one measure for it"
                );
                return Err(Unreadable { code: "two-measures", text });
            }
            used.insert(text);
            known.insert((*name).to_owned(), measure.to_owned());
        }
        let unused = self.0.iter().filter(|text| !used.contains(text.as_str()));
        let remarks: Vec<Remark> = unused.map(|text| remark(text, &names)).collect();
        reading.remarks.extend(remarks);
        for figure in &mut reading.figures {
            let here = figure.measure.as_ref().and_then(|name| known.get(name));
            figure.measure = here.cloned().or(figure.measure.take());
        }
        Ok(())
    }
}

/// The measure that `text` says this name stands for. Both may have a `=`
/// within: only the name of the file tells where its own ends.
fn measure<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.strip_prefix(name)?.trim_start().strip_prefix('=').map(str::trim)
}

fn remark(text: &str, names: &BTreeSet<&str>) -> Remark {
    let listed: Vec<String> = names.iter().take(LISTED).map(|name| format!("\"{}\"", shown(name))).collect();
    let more = match names.len().saturating_sub(LISTED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let advice = match names.is_empty() {
        true => "it names none: say with --measure what it is of".to_owned(),
        false => format!("it names {}{more}", listed.join(", ")),
    };
    Remark {
        at: "file".to_owned(),
        refused: false,
        code: "name-unused".to_owned(),
        text: format!("the file names no measure as in \"{}\"", shown(text)),
        advice,
    }
}

/// Text of the file, short and without what could disturb a terminal.
fn shown(text: &str) -> String {
    text.chars().map(|char| if char.is_control() { '\u{fffd}' } else { char }).take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::{Names, Reading};
    use crate::figures::{Figure, Number};

    fn reading(names: &[Option<&str>]) -> Reading {
        let figure = |name: &Option<&str>| Figure {
            at: "line 2".to_owned(),
            measure: name.map(str::to_owned),
            period: "2026-03".parse().unwrap(),
            stratum: None,
            numerator: Number::Known(30),
            denominator: None,
            excluded: None,
        };
        Reading { figures: names.iter().map(figure).collect(), remarks: Vec::new() }
    }

    fn said(all: &[&str]) -> Names {
        let mut names = Names::default();
        all.iter().for_each(|one| names.say(one).unwrap());
        names
    }

    #[test]
    fn names_are_those_of_the_file_wherever_they_have_signs() {
        let canonical = "http://example.org/Measure?id=7|1#first";
        let mut read = reading(&[Some(canonical), Some("Visits"), None, Some("first")]);
        let names =
            said(&[&format!("{canonical}=HbA1c = 7"), "Visits = Planned visits", "first=a=b", "first=a=b"]);
        names.apply(&mut read).unwrap();
        let found: Vec<_> = read.figures.iter().map(|figure| figure.measure.as_deref()).collect();
        assert_eq!(found, [Some("HbA1c = 7"), Some("Planned visits"), None, Some("a=b")]);
        assert_eq!(read.remarks, []);
    }

    #[test]
    fn what_is_said_of_no_measure_of_the_file_is_told() {
        let mut read = reading(&[Some("a"), Some("b\u{1b}"), Some("c"), Some("d")]);
        said(&["a=A", "http://x=B"]).apply(&mut read).unwrap();
        assert_eq!(read.figures[0].measure.as_deref(), Some("A"));
        let told = &read.remarks[0];
        assert_eq!((told.refused, told.code.as_str(), read.remarks.len()), (false, "name-unused", 1));
        assert!(told.text.contains("http://x=B"), "{told:?}");
        assert_eq!(told.advice, "it names \"a\", \"b\u{fffd}\", \"c\" and 1 more");
    }

    #[test]
    fn one_name_is_one_measure() {
        let mut read = reading(&[Some("a")]);
        assert_eq!(said(&["a=A", "a=B"]).apply(&mut read).unwrap_err().code, "two-measures");
        for wrong in ["", "a", "=A", "a=", " = "] {
            assert!(Names::default().say(wrong).is_err(), "{wrong}");
        }
    }
}
