//! One row of a table.

use super::choice::Choice;
use super::collect::{Collector, MISSING_ADVICE};
use super::layout::{Layout, PeriodColumns, Slot, Stratifier, is_code, stratum_of};
use super::number::{Cell, number};
use super::{Lines, Refusal, period, shown};
use crate::figures::formula::plain;
use crate::figures::{Figure, Number, Unreadable};
use commons_protocol::period::Period;

/// Characters of the title of a measure.
const MAX_TITLE: usize = 500;

type Stratum = Option<(String, String)>;

/// What a row says of all its numbers.
struct Head {
    period: Period,
    measure: Option<String>,
    stratum: Stratum,
}

/// What remains the same from row to row.
#[derive(Default)]
pub(in crate::figures) struct Rows {
    organisation: Option<String>,
    choice: Choice,
}

impl Rows {
    /// Takes one row. `cell` gives the text of a column.
    ///
    /// # Errors
    /// If it shows that the whole file can't be read.
    pub fn take<'a>(
        &mut self,
        layout: &Layout,
        lines: Lines,
        cell: &dyn Fn(usize) -> &'a str,
        collector: &mut Collector,
    ) -> Result<(), Unreadable> {
        if !self.choice.has(layout, cell) {
            collector.note(lines, "not-wanted", "a row of others is left out, as you asked", "");
            return Ok(());
        }
        if (0..layout.width).all(|at| cell(at).trim().is_empty()) {
            collector.note(lines, "blank", "a row is empty", "");
            return Ok(());
        }
        self.check_organisation(layout, cell)?;
        let head = match head(layout, cell) {
            Ok(head) => head,
            Err(refusal) => {
                collector.refuse(lines.first, lines.to_string(), refusal);
                return Ok(());
            }
        };
        layout.slots.iter().try_for_each(|slot| take_slot(slot, &head, lines, cell, collector))
    }

    /// Refuses a file of which no row is wanted: that is never what was meant.
    pub fn check_chosen(&self) -> Result<(), Unreadable> {
        self.choice.check()
    }

    /// A file with rows of several organisations would be taken as one's.
    fn check_organisation<'a>(
        &mut self,
        layout: &Layout,
        cell: &dyn Fn(usize) -> &'a str,
    ) -> Result<(), Unreadable> {
        let is_chosen = |at: usize| layout.only.iter().any(|one| one.at == at);
        let Some(at) = layout.organisation.filter(|at| !is_chosen(*at)) else { return Ok(()) };
        let name = cell(at).trim();
        match &self.organisation {
            Some(first) if first != name => Err(Unreadable {
                code: "organisations",
                text: format!(
                    "the file has rows of several organisations, such as \"{}\" and \"{}\"; say whose to read, such as \
                     --only COLUMN={}",
                    shown(first),
                    shown(name),
                    shown(name)
                ),
            }),
            Some(_) => Ok(()),
            None => {
                self.organisation = Some(name.to_owned());
                Ok(())
            }
        }
    }
}

fn head<'a>(layout: &Layout, cell: &dyn Fn(usize) -> &'a str) -> Result<Head, Refusal> {
    let period = match layout.period {
        PeriodColumns::One(at) => period::one(cell(at))?,
        PeriodColumns::Span(first, last) => period::span(cell(first), cell(last))?,
    };
    let measure = layout.measure.map(|at| plain(cell(at).trim())).filter(|name| !name.is_empty());
    if measure.is_some_and(|name| name.chars().count() > MAX_TITLE || name.chars().any(char::is_control)) {
        let advice = "write the id or the title of a released measure";
        return Err(Refusal::new("measure", "the measure's name is no title", advice));
    }
    Ok(Head { period, measure: measure.map(str::to_owned), stratum: stratum(layout, cell)? })
}

fn stratum<'a>(layout: &Layout, cell: &dyn Fn(usize) -> &'a str) -> Result<Stratum, Refusal> {
    let text = |at: usize| plain(cell(at).trim());
    let (stratifier, code) = match &layout.stratifier {
        Stratifier::None => return Ok(None),
        Stratifier::Columns(stratifier, stratum) => (text(*stratifier), text(*stratum)),
        Stratifier::Fixed(stratifier, stratum) => match text(*stratum) {
            "" => return Ok(None),
            code => (stratifier.as_str(), code),
        },
        Stratifier::Both(at) => match text(*at) {
            "" => return Ok(None),
            both => return stratum_of(both).map(Some).ok_or_else(|| without_stratifier(both)),
        },
    };
    match (stratifier, code) {
        ("", "") => Ok(None),
        ("", code) => stratum_of(code).map(Some).ok_or_else(|| without_stratifier(code)),
        (stratifier, "") => {
            let text = format!("it names the stratifier \"{}\" and no stratum of it", shown(stratifier));
            Err(Refusal::new("stratum", text, "name the stratum, or neither for all together"))
        }
        (stratifier, code) if is_code(stratifier) && is_code(code) => {
            Ok(Some((stratifier.to_owned(), code.to_owned())))
        }
        (stratifier, code) => Err(not_a_code(if is_code(stratifier) { code } else { stratifier })),
    }
}

fn without_stratifier(code: &str) -> Refusal {
    if !is_code(code) {
        return not_a_code(code);
    }
    let text = format!("it names the stratum \"{}\" and not of which stratifier", shown(code));
    let advice = "say of which: in a column `stratifier`, as age:0-4 in one cell, or for the whole file with \
                  --column stratum=age:COLUMN";
    Refusal::new("stratum", text, advice)
}

/// Text of people never travels in a series.
fn not_a_code(text: &str) -> Refusal {
    let advice = "use the codes that the measure declares, such as age and 0-4, or name both in one column as \
                  age:0-4; other text can't be sent. Where a spreadsheet has made a date of a code such as 12-17, \
                  set the column's format to text";
    Refusal::new("free-text", format!("\"{}\" is not the code of a stratum", shown(text)), advice)
}

fn take_slot<'a>(
    slot: &Slot,
    head: &Head,
    lines: Lines,
    cell: &dyn Fn(usize) -> &'a str,
    collector: &mut Collector,
) -> Result<(), Unreadable> {
    let at = match &slot.label {
        Some(label) => format!("{lines}, {}", shown(label)),
        None => lines.to_string(),
    };
    let columns = [Some(slot.numerator), slot.denominator, slot.excluded];
    let is_empty = columns.into_iter().flatten().all(|at| cell(at).trim().is_empty());
    if is_empty && slot.measure.is_some() {
        collector.note(lines, "nothing", "a measure has no numbers in a row; nothing is read for it", "");
        return Ok(());
    }
    match figure(slot, head, &at, cell) {
        Ok(figure) => {
            note_masks(&figure, lines, collector);
            collector.take(lines.first, figure)
        }
        Err(refusal) => {
            collector.refuse(lines.first, at, refusal);
            Ok(())
        }
    }
}

fn figure<'a>(
    slot: &Slot,
    head: &Head,
    at: &str,
    cell: &dyn Fn(usize) -> &'a str,
) -> Result<Figure, Refusal> {
    let numerator = optional(slot.numerator, "numerator", cell)?;
    let numerator =
        numerator.ok_or_else(|| Refusal::new("missing", "the numerator is missing", MISSING_ADVICE))?;
    let part = |at: Option<usize>, name| at.map_or(Ok(None), |at| optional(at, name, cell));
    Ok(Figure {
        at: at.to_owned(),
        measure: slot.measure.clone().or_else(|| head.measure.clone()),
        period: head.period,
        stratum: slot.stratum.clone().or_else(|| head.stratum.clone()),
        numerator,
        denominator: part(slot.denominator, "denominator")?,
        excluded: part(slot.excluded, "excluded")?,
    })
}

fn optional<'a>(at: usize, name: &str, cell: &dyn Fn(usize) -> &'a str) -> Result<Option<Number>, Refusal> {
    match number(cell(at)) {
        Ok(Cell::Missing) => Ok(None),
        Ok(Cell::Masked) => Ok(Some(Number::Masked)),
        Ok(Cell::Known(number)) => Ok(Some(Number::Known(number))),
        Err(refusal) => Err(Refusal { text: format!("{name}: {}", refusal.text), ..refusal }),
    }
}

fn note_masks(figure: &Figure, lines: Lines, collector: &mut Collector) {
    let numbers = [Some(figure.numerator), figure.denominator, figure.excluded];
    if numbers.contains(&Some(Number::Masked)) {
        let text = "the file masks a number; it is sent as masked, without the file's own bounds";
        collector.note(
            lines,
            "masked",
            text,
            "if you have the number, give it: the node masks what has to be",
        );
    }
}
