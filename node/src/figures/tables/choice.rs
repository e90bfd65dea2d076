//! Rows that people choose by what stands in them.

use super::layout::{Layout, Only};
use super::shown;
use crate::figures::Unreadable;

/// Texts of a column that are named where the wanted one is not among them.
const NAMED: usize = 6;

/// Whether any row was wanted, and what there is otherwise.
#[derive(Default)]
pub(super) struct Choice {
    has_any: bool,
    /// By condition; none if every row is wanted.
    passed: Vec<Passed>,
}

/// What stands in a column of rows that aren't wanted.
struct Passed {
    name: String,
    wanted: String,
    /// Whether what is wanted of this column stands in some row.
    is_there: bool,
    /// Other texts, the first few.
    others: Vec<String>,
    has_more: bool,
}

impl Choice {
    /// Whether a row is wanted.
    pub fn has<'a>(&mut self, layout: &Layout, cell: &dyn Fn(usize) -> &'a str) -> bool {
        let is_wanted = layout.only.iter().all(|one| cell(one.at).trim() == one.wanted);
        self.has_any |= is_wanted;
        if !self.has_any {
            layout.only.iter().for_each(|one| self.pass(one, cell(one.at).trim()));
        }
        is_wanted
    }

    fn pass(&mut self, one: &Only, text: &str) {
        let known =
            self.passed.iter().position(|passed| passed.name == one.name && passed.wanted == one.wanted);
        let at = known.unwrap_or_else(|| {
            let (name, wanted) = (one.name.clone(), one.wanted.clone());
            self.passed.push(Passed { name, wanted, is_there: false, others: Vec::new(), has_more: false });
            self.passed.len() - 1
        });
        let passed = &mut self.passed[at];
        if text == one.wanted {
            passed.is_there = true;
        } else if !passed.others.iter().any(|other| other == text) {
            match passed.others.len() < NAMED {
                true => passed.others.push(text.to_owned()),
                false => passed.has_more = true,
            }
        }
    }

    /// Refuses a file of which no row is wanted.
    pub fn check(&self) -> Result<(), Unreadable> {
        if self.has_any || self.passed.is_empty() {
            return Ok(());
        }
        let text = match self.passed.iter().find(|one| !one.is_there) {
            Some(one) => one.told(),
            None => "no row has all that is wanted together; look at what --only says".to_owned(),
        };
        Err(Unreadable { code: "none-wanted", text })
    }
}

impl Passed {
    fn told(&self) -> String {
        let others: Vec<String> = self.others.iter().map(|text| format!("\"{}\"", shown(text))).collect();
        let more = if self.has_more { " and others" } else { "" };
        let (name, wanted) = (shown(&self.name), shown(&self.wanted));
        format!("no row has \"{wanted}\" in the column \"{name}\"; it has {}{more}", others.join(", "))
    }
}
