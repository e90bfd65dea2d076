//! What becomes of the rows of a table: figures, and remarks on what is left
//! out. Nothing is left out silently, and nothing is guessed: of rows that
//! contradict each other none is taken.

use super::{Lines, MAX_FIGURES, Refusal};
use crate::figures::{Figure, Number, Reading, Remark, Unreadable};
use std::collections::{BTreeMap, BTreeSet};

/// Remarks of one kind that are listed one by one; how many more there are is
/// said once.
const MAX_REMARKS: u64 = 1_000;

/// Gathers a file's figures and remarks.
pub(in crate::figures) struct Collector {
    /// How many figures fit.
    room: usize,
    figures: Vec<Placed>,
    remarks: Vec<(u64, Remark)>,
    refused: BTreeMap<&'static str, u64>,
    notes: BTreeMap<&'static str, Note>,
}

struct Placed {
    line: u64,
    figure: Figure,
}

/// Something that is said once, with how often it is so.
struct Note {
    first: Lines,
    times: u64,
    text: String,
    advice: &'static str,
}

impl Default for Collector {
    fn default() -> Self {
        Self::with_room(MAX_FIGURES)
    }
}

impl Collector {
    fn with_room(room: usize) -> Self {
        let (figures, remarks) = (Vec::new(), Vec::new());
        Self { room, figures, remarks, refused: BTreeMap::new(), notes: BTreeMap::new() }
    }

    /// Takes a figure.
    ///
    /// # Errors
    /// If there are more of them than a file may have.
    pub fn take(&mut self, line: u64, figure: Figure) -> Result<(), Unreadable> {
        if self.figures.len() >= self.room {
            let text = format!("the file has more than {} figures; split it and send the parts", self.room);
            return Err(Unreadable { code: "too-many", text });
        }
        self.figures.push(Placed { line, figure });
        Ok(())
    }

    /// Leaves out what stands at `at`, from `line` on.
    pub fn refuse(&mut self, line: u64, at: String, refusal: Refusal) {
        let times = self.refused.entry(refusal.code).or_default();
        *times += 1;
        if *times > MAX_REMARKS {
            return;
        }
        let Refusal { code, text, advice } = refusal;
        self.remarks.push((line, Remark { at, refused: true, code: code.to_owned(), text, advice }));
    }

    /// Says something that may hold of many rows.
    pub fn note(&mut self, first: Lines, code: &'static str, text: impl Into<String>, advice: &'static str) {
        match self.notes.get_mut(code) {
            Some(note) => note.times += 1,
            None => {
                self.notes.insert(code, Note { first, times: 1, text: text.into(), advice });
            }
        }
    }

    /// All that the file says.
    pub fn finish(mut self) -> Reading {
        self.leave_out_half_figures();
        self.leave_out_contradictions();
        let notes = std::mem::take(&mut self.notes);
        self.remarks.extend(notes.into_iter().map(|(code, note)| (note.first.first, note.remark(code))));
        self.remarks.sort_by_key(|(line, _)| *line);
        let more = self.refused.iter().filter(|(_, times)| **times > MAX_REMARKS);
        let more: Vec<Remark> = more.map(|(code, times)| unlisted(code, times - MAX_REMARKS)).collect();
        let remarks = self.remarks.into_iter().map(|(_, remark)| remark).chain(more).collect();
        Reading { figures: self.figures.into_iter().map(|placed| placed.figure).collect(), remarks }
    }

    /// A measure that has denominators has them everywhere: a missing one is
    /// not none.
    fn leave_out_half_figures(&mut self) {
        let with_denominator = self.figures.iter().filter(|one| one.figure.denominator.is_some());
        let measures: BTreeSet<Option<String>> =
            with_denominator.map(|one| one.figure.measure.clone()).collect();
        let is_half =
            |one: &Placed| one.figure.denominator.is_none() && measures.contains(&one.figure.measure);
        let refusal = |_: &Placed| {
            let text = "the denominator is missing, and other rows of the measure have one";
            Refusal::new("missing", text, MISSING_ADVICE)
        };
        self.leave_out(is_half, refusal);
    }

    /// Rows about the same measure, period and stratum: the first of equal
    /// ones is taken, and none of those that differ.
    fn leave_out_contradictions(&mut self) {
        let mut order: Vec<usize> = (0..self.figures.len()).collect();
        order.sort_by(|a, b| key(&self.figures[*a]).cmp(&key(&self.figures[*b])));
        let mut repeated = BTreeSet::new();
        let mut against: BTreeMap<usize, String> = BTreeMap::new();
        for group in order.chunk_by(|a, b| key(&self.figures[*a]) == key(&self.figures[*b])) {
            let [first, others @ ..] = group else { continue };
            let numbers = numbers(&self.figures[*first]);
            if others.iter().all(|other| self::numbers(&self.figures[*other]) == numbers) {
                repeated.extend(others.iter().copied());
                continue;
            }
            let second = others.first().map_or(*first, |other| *other);
            for one in group {
                let other = if one == first { second } else { *first };
                against.insert(*one, self.figures[other].figure.at.clone());
            }
        }
        self.remove(&repeated, &against);
    }

    fn remove(&mut self, repeated: &BTreeSet<usize>, against: &BTreeMap<usize, String>) {
        for (at, placed) in std::mem::take(&mut self.figures).into_iter().enumerate() {
            if let Some(other) = against.get(&at) {
                let text =
                    format!("it says something else than {other} about the same measure, period and stratum");
                let advice = "leave the right one of them; if they are of several groups, name the groups' column \
                              as the stratum";
                self.refuse(placed.line, placed.figure.at, Refusal::new("contradiction", text, advice));
            } else if repeated.contains(&at) {
                let lines = Lines { first: placed.line, last: placed.line };
                self.note(
                    lines,
                    "repeated",
                    "it repeats an earlier row, number for number; it counts once",
                    "",
                );
            } else {
                self.figures.push(placed);
            }
        }
    }

    fn leave_out(&mut self, is_out: impl Fn(&Placed) -> bool, refusal: impl Fn(&Placed) -> Refusal) {
        for placed in std::mem::take(&mut self.figures) {
            if is_out(&placed) {
                let refusal = refusal(&placed);
                self.refuse(placed.line, placed.figure.at, refusal);
            } else {
                self.figures.push(placed);
            }
        }
    }
}

/// What to do about a number that is not there.
pub(super) const MISSING_ADVICE: &str =
    "write the number; 0 if it is zero, \"masked\" if it may not be told; or leave the row out";

type Key<'a> = (&'a Option<String>, commons_protocol::period::Period, &'a Option<(String, String)>);

fn key(placed: &Placed) -> Key<'_> {
    (&placed.figure.measure, placed.figure.period, &placed.figure.stratum)
}

fn numbers(placed: &Placed) -> (Number, Option<Number>, Option<Number>) {
    (placed.figure.numerator, placed.figure.denominator, placed.figure.excluded)
}

fn unlisted(code: &str, more: u64) -> Remark {
    Remark {
        at: "further on".to_owned(),
        refused: true,
        code: code.to_owned(),
        text: format!("{more} more are left out for the same reason"),
        advice: "fix those that are listed first".to_owned(),
    }
}

impl Note {
    fn remark(self, code: &str) -> Remark {
        let text = match self.times {
            1 => self.text,
            times => format!("{}; {times} times, here first", self.text),
        };
        Remark {
            at: self.first.to_string(),
            refused: false,
            code: code.to_owned(),
            text,
            advice: self.advice.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Collector;
    use crate::figures::{Figure, Number};
    use commons_protocol::period::Period;

    #[test]
    fn more_figures_than_fit_are_an_error_and_not_cut_off() {
        let mut collector = Collector::with_room(2);
        let mut take = |month| {
            let period = Period::month(2026, month).unwrap();
            let (at, numerator) = (String::new(), Number::Known(1));
            let figure = Figure {
                at,
                measure: None,
                period,
                stratum: None,
                numerator,
                denominator: None,
                excluded: None,
            };
            collector.take(u64::from(month), figure)
        };
        assert!(take(1).is_ok() && take(2).is_ok());
        assert_eq!(take(3).unwrap_err().code, "too-many");
        assert_eq!(collector.finish().figures.len(), 2);
    }
}
