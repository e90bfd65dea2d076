//! From the figures of a file to whole tables: which cell each figure is, and
//! what can't be part of a table.

use crate::figures::{Figure, Number, Remark};
use commons_protocol::date::Date;
use commons_protocol::disclosure::mask::RawTable;
use commons_protocol::disclosure::{Accepted, Account, Ground};
use commons_protocol::measure::{Code, Definition, MeasureKind};
use commons_protocol::period::Period;
use commons_protocol::series::{Cell, Value};
use commons_protocol::time::Timestamp;
use std::collections::BTreeMap;

/// Tables of one measure, and what was left out.
#[derive(Debug, Default)]
pub struct Assembled {
    /// The tables, by period.
    pub tables: Vec<RawTable>,
    /// What is refused or unusual.
    pub remarks: Vec<Remark>,
}

impl Assembled {
    /// Leaves out tables that lack strata which readers have: they would lose
    /// them by a file that only happens to say less.
    pub fn keep_strata(&mut self, said: &Account, ground: &Ground, figure: &Figure) {
        let definition = &*ground.definition;
        let mut kept = Vec::new();
        for table in std::mem::take(&mut self.tables) {
            let lost = lost_strata(definition, said.table(&ground.measure, table.period), &table);
            if lost.is_empty() {
                kept.push(table);
                continue;
            }
            let text = format!(
                "{} was reported by {}, and this file has it without: readers would lose that",
                table.period,
                lost.join(" and by ")
            );
            let advice = "add these strata, or take the period back first (`commons series withdraw`) if they are to go";
            self.remarks.push(remark_at(figure, "strata-lost", text, advice));
        }
        self.tables = kept;
    }

    /// Remarks on periods that are not over.
    pub fn remark_unfinished(&mut self, now: u64, figure: &Figure) {
        let today = Date::of(Timestamp(now));
        let open = self.tables.iter().map(|table| table.period).filter(|period| period.last() >= today);
        let open: Vec<String> = open.map(|period| period.to_string()).collect();
        if let Some(first) = open.first() {
            let others = if open.len() > 1 { format!(" and {} more", open.len() - 1) } else { String::new() };
            let text = format!("{first}{others} is not over yet");
            let advice = "is that right? what comes later would be a correction, and small ones are held";
            let mut remark = remark_at(figure, "not-over", text, advice);
            remark.refused = false;
            self.remarks.push(remark);
        }
    }
}

/// The stratifiers by which readers have a period and a table does not.
fn lost_strata(definition: &Definition, said: Option<Accepted<'_>>, table: &RawTable) -> Vec<String> {
    let Some(said) = said else { return Vec::new() };
    let then = &said.statement.ground.definition;
    let had = |code: &Code| {
        let index = then.stratifiers.iter().position(|one| one.code == *code);
        index.is_some_and(|index| {
            said.statement.table.strata.iter().any(|one| usize::from(one.stratifier) == index)
        })
    };
    let indexed = (0u8..).zip(definition.stratifiers.iter());
    let lost =
        indexed.filter(|(index, one)| had(&one.code) && !table.strata.keys().any(|place| place.0 == *index));
    lost.map(|(_, one)| one.code.to_string()).collect()
}

/// What it means that a stratum isn't in a table that has others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Nobody said: the table is refused.
    Refused,
    /// Nobody is in it.
    Empty,
    /// Its row may have been refused: the table is refused, too.
    Unclear,
}

/// Puts figures of one measure into tables. A table with a figure that can't
/// be part of it is left out whole: the rest would not add up.
pub fn assemble(ground: &Ground, figures: &[&Figure], missing: Missing) -> Assembled {
    let mut assembled = Assembled::default();
    let mut periods: BTreeMap<Period, Vec<&Figure>> = BTreeMap::new();
    for figure in figures {
        periods.entry(figure.period).or_default().push(figure);
    }
    let mut added = 0;
    for (period, figures) in periods {
        match table(ground, period, &figures, missing) {
            Ok((table, is_added)) => {
                added += usize::from(is_added);
                assembled.tables.push(table);
            }
            Err(remark) => {
                let others = figures.iter().filter(|figure| figure.at != remark.at).count();
                assembled.remarks.push(*remark);
                if others > 0 {
                    let text = format!("what else the file says of {period} is left out with it ({others})");
                    assembled.remarks.push(remark_at(
                        figures[0],
                        "table-left-out",
                        text,
                        "mend the refused figure of that period",
                    ));
                }
            }
        }
    }
    if added > 0 {
        let text =
            format!("periods without a figure for all together: {added}; the sum of their strata is taken");
        let mut remark = remark_at(figures[0], "totals-added", text, "");
        remark.refused = false;
        assembled.remarks.push(remark);
    }
    assembled
}

fn table(
    ground: &Ground,
    period: Period,
    figures: &[&Figure],
    missing: Missing,
) -> Result<(RawTable, bool), Box<Remark>> {
    let definition = &*ground.definition;
    let mut table = RawTable { period, total: None, strata: BTreeMap::new() };
    for figure in figures {
        check_calendar(definition, figure)?;
        let cell = cell(definition.kind, figure)?;
        let known = match &figure.stratum {
            None => table.total.replace(cell),
            Some((stratifier, stratum)) => {
                let place =
                    definition.place(stratifier, stratum).ok_or_else(|| unknown(definition, figure))?;
                table.strata.insert(place, cell)
            }
        };
        if known.is_some_and(|known| known != cell) {
            let text = format!("{period} has two different figures for the same cell");
            return Err(Box::new(remark_at(figure, "twice", text, "keep one of them")));
        }
    }
    check_strata(definition, &mut table, figures[0], missing)?;
    let is_added = table.total.is_none() && add_total(definition, &mut table);
    Ok((table, is_added))
}

fn check_calendar(definition: &Definition, figure: &Figure) -> Result<(), Box<Remark>> {
    if figure.period.calendar == definition.calendar {
        return Ok(());
    }
    let text = format!(
        "{} is no {}, and this measure goes by {}s",
        figure.period, definition.calendar, definition.calendar
    );
    let advice = format!("report each {} on its own", definition.calendar);
    Err(Box::new(remark_at(figure, "off-grid", text, &advice)))
}

fn cell(kind: MeasureKind, figure: &Figure) -> Result<Cell, Box<Remark>> {
    let number = |number: Number| match number {
        Number::Known(number) => Value::Known(number),
        Number::Masked => Value::Masked,
    };
    let denominator = match (kind.has_denominator(), figure.denominator) {
        (true, Some(denominator)) => Some(number(denominator)),
        (true, None) => {
            let text = format!("a {kind} needs a denominator");
            return Err(Box::new(remark_at(figure, "no-denominator", text, "add it")));
        }
        // What a count does not need is not sent.
        (false, _) => None,
    };
    Ok(Cell { numerator: number(figure.numerator), denominator, excluded: figure.excluded.map(number) })
}

fn unknown(definition: &Definition, figure: &Figure) -> Box<Remark> {
    let (stratifier, stratum) = figure.stratum.clone().unwrap_or_default();
    let known = definition.stratifiers.iter().find(|one| *one.code == *stratifier);
    let (text, codes) = match known {
        Some(known) => {
            let codes: Vec<&str> = known.strata.iter().map(|code| &**code).collect();
            (format!("the measure has no stratum \"{stratum}\" of \"{stratifier}\""), codes)
        }
        None => {
            let codes: Vec<&str> = definition.stratifiers.iter().map(|one| &*one.code).collect();
            (format!("the measure is not split by \"{stratifier}\""), codes)
        }
    };
    let advice = match codes.is_empty() {
        true => "leave it out, or define strata and release the measure again".to_owned(),
        false => format!("use one of: {}{}", codes.join(", "), of_spreadsheets(&stratum)),
    };
    Box::new(remark_at(figure, "unknown-stratum", text, &advice))
}

/// What to do where a spreadsheet seems to have made a date of a code: `Dec-17`
/// of `12-17`.
fn of_spreadsheets(code: &str) -> &'static str {
    let (lower, is_number) = (code.to_ascii_lowercase(), |part: &str| part.parse::<u16>().is_ok());
    let mut parts = lower.split(['-', '.']);
    let is_dated = parts.clone().any(is_number) && parts.any(|part| MONTHS.contains(&part));
    match is_dated || lower.parse::<Date>().is_ok() {
        true => {
            "; if a spreadsheet has made a date of the code, set the column's format to text and type it again"
        }
        false => "",
    }
}

/// How spreadsheets in English begin the names of months.
const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Strata that are left out are refused, or have nobody in them.
fn check_strata(
    definition: &Definition,
    table: &mut RawTable,
    figure: &Figure,
    missing: Missing,
) -> Result<(), Box<Remark>> {
    for (index, stratifier) in (0u8..).zip(definition.stratifiers.iter()) {
        let places = (0u8..).zip(stratifier.strata.iter()).map(|(code, name)| ((index, code), name));
        let (here, absent): (Vec<_>, Vec<_>) =
            places.partition(|(place, _)| table.strata.contains_key(place));
        if here.is_empty() || absent.is_empty() || missing == Missing::Empty {
            continue;
        }
        let names: Vec<&str> = absent.iter().map(|(_, name)| &***name).collect();
        let text = format!("{} lacks {} {}", table.period, &*stratifier.code, names.join(", "));
        let advice = match missing {
            Missing::Unclear => "mend the rows that were refused: one of them may be what is missing here",
            _ => "add them, or say that strata which are missing have nobody in them (--missing-is-zero)",
        };
        return Err(Box::new(remark_at(figure, "missing-strata", text, advice)));
    }
    Ok(())
}

/// Adds the total where the file has strata alone, which are all there are.
/// Returns whether it did.
fn add_total(definition: &Definition, table: &mut RawTable) -> bool {
    let here = |index: &u8| table.strata.keys().any(|place| place.0 == *index);
    let mut indices = (0u8..).zip(definition.stratifiers.iter()).map(|(index, _)| index);
    let Some(index) = indices.find(here) else { return false };
    let cells: Vec<&Cell> =
        table.strata.iter().filter(|(place, _)| place.0 == index).map(|(_, cell)| cell).collect();
    let numerator = sum(cells.iter().map(|cell| cell.numerator));
    let denominator = all_or_none(&cells, |cell| cell.denominator);
    let excluded = all_or_none(&cells, |cell| cell.excluded);
    let masked = Some(Value::Masked);
    let is_whole = numerator != Value::Masked && denominator != masked && excluded != masked;
    if is_whole {
        table.total = Some(Cell { numerator, denominator, excluded });
    }
    is_whole
}

/// The sum of what cells report; none if none of them does.
fn all_or_none(cells: &[&Cell], of: fn(&Cell) -> Option<Value>) -> Option<Value> {
    let here: Vec<Value> = cells.iter().filter_map(|cell| of(cell)).collect();
    (!here.is_empty()).then(|| sum(here.into_iter()))
}

fn sum(mut values: impl Iterator<Item = Value>) -> Value {
    let add = |sum: u64, value: Value| value.known().and_then(|number| sum.checked_add(number));
    values.try_fold(0, add).map_or(Value::Masked, Value::Known)
}

/// A remark that something is left out.
pub fn remark_at(figure: &Figure, code: &str, text: String, advice: &str) -> Remark {
    Remark { at: figure.at.clone(), refused: true, code: code.to_owned(), text, advice: advice.to_owned() }
}
