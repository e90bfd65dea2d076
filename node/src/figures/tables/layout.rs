//! Which column of a table is what.
//!
//! *Long*: one numerator in a row. *Wide*: several, in columns named
//! `<measure>.numerator` or `<stratifier>:<code>.numerator`, each with
//! `.denominator` and `.excluded` beside it. Each numerator is a [`Slot`].

use super::columns::{Columns, Role};
use super::names::{is_about_people, plain, role};
use super::{MAX_COLUMNS, shown};
use crate::figures::Unreadable;
use std::collections::BTreeMap;

/// Where things stand in a row.
#[derive(Debug)]
pub(in crate::figures) struct Layout {
    pub(super) period: PeriodColumns,
    pub(super) measure: Option<usize>,
    pub(super) stratifier: Stratifier,
    pub(super) slots: Vec<Slot>,
    pub(super) organisation: Option<usize>,
    pub(super) only: Vec<Only>,
    /// Names of columns that are not read.
    pub(in crate::figures) ignored: Vec<String>,
    /// How many columns there are.
    pub(in crate::figures) width: usize,
}

#[derive(Debug)]
pub(super) enum PeriodColumns {
    One(usize),
    Span(usize, usize),
}

/// How a row names its stratum.
#[derive(Debug)]
pub(super) enum Stratifier {
    /// It does not.
    None,
    /// By a column for the stratifier and one for the code.
    Columns(usize, usize),
    /// By the code, of always the same stratifier.
    Fixed(String, usize),
    /// As `stratifier:code` in one column.
    Both(usize),
}

/// A column that chooses rows.
#[derive(Debug)]
pub(super) struct Only {
    pub at: usize,
    /// Its name, as people say it.
    pub name: String,
    /// What stands in it in rows that are wanted.
    pub wanted: String,
}

/// The columns of one figure.
#[derive(Debug)]
pub(super) struct Slot {
    /// What the columns' names begin with; none in a long table.
    pub label: Option<String>,
    pub measure: Option<String>,
    pub stratum: Option<(String, String)>,
    pub numerator: usize,
    pub denominator: Option<usize>,
    pub excluded: Option<usize>,
}

/// Columns of a slot by role.
type Parts = BTreeMap<Role, usize>;

impl Layout {
    /// Reads the names of columns.
    ///
    /// # Errors
    /// If they are of people, or don't say where the numbers stand.
    pub fn read(names: &[impl AsRef<str>], columns: &Columns) -> Result<Self, Unreadable> {
        if names.len() > MAX_COLUMNS {
            return Err(unclear(format!("it has more than {MAX_COLUMNS} columns")));
        }
        let names: Vec<&str> = names.iter().map(|name| name.as_ref().trim()).collect();
        let mut finder = Finder { names: &names, columns, used: vec![false; names.len()] };
        let single = finder.single()?;
        let wide = finder.wide(&single)?;
        finder.check_people(&wide)?;
        let only = finder.only()?;
        let ignored = finder.ignored();
        let get = |role| single.get(&role).copied();
        let period = match (get(Role::Period), get(Role::First), get(Role::Last)) {
            (Some(period), _, _) => PeriodColumns::One(period),
            (None, Some(first), Some(last)) => PeriodColumns::Span(first, last),
            _ => return Err(lacks("period", &names)),
        };
        let stratifier = stratifier(&single, columns)?;
        let slots = slots(&single, wide, &names)?;
        check_forms(&slots, get(Role::Measure), &stratifier)?;
        let (measure, organisation) = (get(Role::Measure), get(Role::Organisation));
        Ok(Self { period, measure, stratifier, slots, organisation, only, ignored, width: names.len() })
    }
}

struct Finder<'a> {
    names: &'a [&'a str],
    columns: &'a Columns,
    used: Vec<bool>,
}

impl Finder<'_> {
    /// The columns that stand for the whole row: those that people named, then
    /// those whose names say it.
    fn single(&mut self) -> Result<Parts, Unreadable> {
        let mut found = Parts::new();
        for (role, name) in &self.columns.named {
            let at = self.find(name)?;
            self.used[at] = true;
            found.insert(*role, at);
        }
        let named = &self.columns.named;
        for at in 0..self.names.len() {
            let role = role(self.names[at]).filter(|role| !self.used[at] && !named.contains_key(role));
            let Some(role) =
                role.filter(|role| *role != Role::Stratifier || self.columns.stratifier.is_none())
            else {
                continue;
            };
            self.used[at] = true;
            if let Some(other) = found.insert(role, at) {
                let (one, other) = (shown(self.names[other]), shown(self.names[at]));
                let text = format!("both \"{one}\" and \"{other}\" could be the {}", role.word());
                return Err(unclear(text));
            }
        }
        Ok(found)
    }

    fn find(&self, name: &str) -> Result<usize, Unreadable> {
        let exact = self.names.iter().position(|one| *one == name);
        let found = exact.or_else(|| self.names.iter().position(|one| plain(one) == plain(name)));
        found.ok_or_else(|| {
            unclear(format!("it has no column \"{}\"; it has {}", shown(name), list(self.names)))
        })
    }

    /// Columns whose names begin with a measure or a stratum, by that.
    fn wide(&mut self, single: &Parts) -> Result<Vec<(String, Parts)>, Unreadable> {
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        let mut wide: Vec<(String, Parts)> = Vec::new();
        for (at, name) in self.names.iter().enumerate() {
            let parts = name.rsplit_once('.').and_then(|(label, part)| Some((label.trim(), role(part)?)));
            let is_number = |role| matches!(role, Role::Numerator | Role::Denominator | Role::Excluded);
            let Some((label, role)) = parts.filter(|(label, role)| !label.is_empty() && is_number(*role))
            else {
                continue;
            };
            if self.used[at] || single.values().any(|other| *other == at) {
                continue;
            }
            self.used[at] = true;
            let place = *places.entry(label).or_insert(wide.len());
            if place == wide.len() {
                wide.push((label.to_owned(), Parts::new()));
            }
            if wide[place].1.insert(role, at).is_some() {
                return Err(unclear(format!("the column \"{}\" is there twice", shown(name))));
            }
        }
        Ok(wide)
    }

    /// A table of people is refused whole, whatever else it holds. Names of
    /// wide columns begin with titles, which may speak of people. A column
    /// `date` that somebody says is the period is believed: its days still
    /// have to begin months.
    fn check_people(&self, wide: &[(String, Parts)]) -> Result<(), Unreadable> {
        let is_wide = |at: usize| wide.iter().any(|(_, parts)| parts.values().any(|other| *other == at));
        let is_period = |at: usize| {
            let named = [Role::Period, Role::First, Role::Last].map(|role| self.columns.named.get(&role));
            let is_named = named.into_iter().flatten().any(|name| plain(name) == "date");
            is_named && plain(self.names[at]) == "date"
        };
        let is_wrong = |at: &usize| is_about_people(self.names[*at]) && !is_period(*at) && !is_wide(*at);
        let found = (0..self.names.len()).find(is_wrong);
        let Some(name) = found.map(|at| shown(self.names[at])) else { return Ok(()) };
        Err(Unreadable {
            code: "person-level",
            text: format!(
                "the column \"{name}\" is about single people, and such files are not read: count people by month or \
                 quarter first, and send a file without this column{}",
                hint(&name)
            ),
        })
    }

    fn only(&mut self) -> Result<Vec<Only>, Unreadable> {
        let wanted = self.columns.only.iter();
        let only = wanted.map(|(name, wanted)| {
            Ok(Only { at: self.find(name)?, name: name.clone(), wanted: wanted.clone() })
        });
        let only: Vec<Only> = only.collect::<Result<_, Unreadable>>()?;
        only.iter().for_each(|one| self.used[one.at] = true);
        Ok(only)
    }

    fn ignored(&self) -> Vec<String> {
        let names = self.names.iter().zip(&self.used);
        names.filter(|(name, used)| !**used && !name.is_empty()).map(|(name, _)| shown(name)).collect()
    }
}

/// The commonest name of a month's column is also that of a visit's.
fn hint(name: &str) -> &'static str {
    match plain(name).as_str() {
        "date" => {
            ". If it holds the first days of the months that were counted, say so: --column period=date"
        }
        _ => "",
    }
}

fn stratifier(single: &Parts, columns: &Columns) -> Result<Stratifier, Unreadable> {
    let get = |role| single.get(&role).copied();
    match (get(Role::Stratifier), get(Role::Stratum), &columns.stratifier) {
        (None, Some(stratum), Some(fixed)) => Ok(Stratifier::Fixed(fixed.clone(), stratum)),
        (Some(stratifier), Some(stratum), _) => Ok(Stratifier::Columns(stratifier, stratum)),
        (None, Some(stratum), None) => Ok(Stratifier::Both(stratum)),
        (None, None, _) => Ok(Stratifier::None),
        (Some(_), None, _) => {
            Err(unclear("it has a column for the stratifier and none for the stratum".to_owned()))
        }
    }
}

fn slots(single: &Parts, wide: Vec<(String, Parts)>, names: &[&str]) -> Result<Vec<Slot>, Unreadable> {
    let numbers = [Role::Numerator, Role::Denominator, Role::Excluded];
    let own: Parts = numbers.iter().filter_map(|role| Some((*role, *single.get(role)?))).collect();
    let mut slots = Vec::new();
    if !own.is_empty() {
        slots.push(slot(None, &own).ok_or_else(|| lacks("numerator", names))?);
    }
    for (label, parts) in wide {
        let lacks = || lacks(&format!("{}.numerator", shown(&label)), names);
        slots.push(slot(Some(&label), &parts).ok_or_else(lacks)?);
    }
    match slots.is_empty() {
        true => Err(lacks("numerator", names)),
        false => Ok(slots),
    }
}

fn slot(label: Option<&str>, parts: &Parts) -> Option<Slot> {
    let stratum = label.and_then(stratum_of);
    Some(Slot {
        label: label.map(str::to_owned),
        measure: label.filter(|_| stratum.is_none()).map(str::to_owned),
        stratum,
        numerator: *parts.get(&Role::Numerator)?,
        denominator: parts.get(&Role::Denominator).copied(),
        excluded: parts.get(&Role::Excluded).copied(),
    })
}

/// `age:0-4` is a stratum; `Remission: all sites` is the title of a measure.
pub(super) fn stratum_of(text: &str) -> Option<(String, String)> {
    let (stratifier, code) = text.split_once(':')?;
    (is_code(stratifier) && is_code(code)).then(|| (stratifier.to_owned(), code.to_owned()))
}

/// Whether this can be the code of a stratum: no spaces, so no free text.
pub(super) fn is_code(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte);
    !text.is_empty() && text.len() <= 100 && text.bytes().all(fits)
}

/// What names a row's measure or stratum names all its numbers'.
fn check_forms(slots: &[Slot], measure: Option<usize>, stratifier: &Stratifier) -> Result<(), Unreadable> {
    let names_measures = slots.iter().any(|slot| slot.measure.is_some());
    let names_strata = slots.iter().any(|slot| slot.stratum.is_some());
    let has_strata = !matches!(stratifier, Stratifier::None);
    if names_measures && measure.is_some() {
        return Err(unclear("both a column and names of columns say which measure it is".to_owned()));
    }
    if names_strata && has_strata {
        let text = "both a column and names of columns say which stratum it is, and strata are not crossed";
        return Err(unclear(text.to_owned()));
    }
    Ok(())
}

fn unclear(what: String) -> Unreadable {
    let text = format!(
        "the file can't be read: {what}. Name the columns like the template does, or say which is what, such as \
         --column numerator=breaches"
    );
    Unreadable { code: "columns", text }
}

fn lacks(column: &str, names: &[&str]) -> Unreadable {
    unclear(format!("it has no column \"{column}\"; it has {}", list(names)))
}

fn list(names: &[&str]) -> String {
    let shown: Vec<String> = names.iter().take(12).map(|name| format!("\"{}\"", shown(name))).collect();
    let more = if names.len() > shown.len() { " and others" } else { "" };
    format!("{}{more}", shown.join(", "))
}
