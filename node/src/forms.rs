//! Reviewers' checklists as data: what a reviewer is asked, the file that is
//! filled in, and what goes into the signed review.
//!
//! A form is named by its id, which ends in the number of its version; a form
//! that a signed review names is never changed, a new one gets a new number.
//! The questions are worded here so that "yes" is always the good answer.

use std::collections::BTreeMap;

mod cdc;
mod error;
mod nhs;
mod parse;
mod template;

pub use error::{FormError, TextProblem};
pub use parse::parse;
pub use template::template;

/// Bytes of a file with a filled-in form.
pub const MAX_FILE: usize = 64 * 1024;
/// Bytes of a note, and of the answer to an opening question.
pub const MAX_NOTE: usize = 400;
/// Bytes of all notes and opening answers together: they share a signed
/// statement with the review's comment.
pub const MAX_NOTES: usize = 6 * 1024;

/// A checklist.
#[derive(Debug, PartialEq, Eq)]
pub struct Form {
    /// Its name and version, as a signed review repeats them.
    pub id: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// Where its content comes from, with the edition.
    pub source: &'static str,
    /// Questions in words that come first, because the items are judged
    /// against their answers.
    pub opening: &'static [Opening],
    /// What is scored, numbered from 1 without gaps.
    pub items: &'static [Item],
}

/// A question that is answered in words.
#[derive(Debug, PartialEq, Eq)]
pub struct Opening {
    /// The key in the file and in the signed answers.
    pub id: &'static str,
    /// What is asked.
    pub question: &'static str,
}

/// A question that is answered with yes, no or "does not apply".
#[derive(Debug, PartialEq, Eq)]
pub struct Item {
    /// Its number in the form.
    pub number: u8,
    /// The part of the form it belongs to.
    pub area: &'static str,
    /// What is asked; "yes" earns the point.
    pub question: &'static str,
    /// When the item applies; `None` if it always does.
    pub condition: Option<&'static str>,
    /// What can be answered.
    pub answers: &'static [Answer],
    /// Items without whose "yes" this one cannot be "yes".
    pub needs: &'static [u8],
}

/// The answer to an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is so.
    Yes,
    /// It is not so.
    No,
    /// The item does not apply, and does not count.
    NotApplicable,
}

/// A filled-in form: every item of it has an answer that fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filled {
    form: &'static Form,
    opening: Vec<String>,
    answers: Vec<(Answer, String)>,
}

const YES_NO: &[Answer] = &[Answer::Yes, Answer::No];
const ANY: &[Answer] = &[Answer::Yes, Answer::No, Answer::NotApplicable];
const YES_OR_NOT_APPLICABLE: &[Answer] = &[Answer::Yes, Answer::NotApplicable];

static FORMS: &[&Form] = &[&cdc::FORM, &nhs::FORM];

/// All forms.
pub fn forms() -> &'static [&'static Form] {
    FORMS
}

/// The form of that id.
pub fn form(id: &str) -> Option<&'static Form> {
    forms().iter().copied().find(|form| form.id == id)
}

/// Yes among the items that apply, in percent, 0 to 100; `None` if none does.
/// Rounded down, so that 90 means that 90 was reached.
pub fn score(filled: &Filled) -> Option<u8> {
    let count = |wanted: Answer| filled.answers.iter().filter(|(answer, _)| *answer == wanted).count();
    let (yes, no) = (count(Answer::Yes), count(Answer::No));
    u8::try_from((yes * 100).checked_div(yes + no)?).ok()
}

impl Answer {
    /// The word in the file and in the signed answers.
    pub fn word(self) -> &'static str {
        match self {
            Answer::Yes => "yes",
            Answer::No => "no",
            Answer::NotApplicable => "n/a",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        ANY.iter().copied().find(|answer| answer.word() == word)
    }
}

impl Item {
    /// The key in the file and in the signed answers: two digits, so that
    /// sorting keeps the order.
    pub fn id(&self) -> String {
        format!("{:02}", self.number)
    }
}

impl Filled {
    /// The form that was filled in.
    pub fn form(&self) -> &'static Form {
        self.form
    }

    /// The opening questions with their answers.
    pub fn opening(&self) -> impl Iterator<Item = (&'static Opening, &str)> {
        self.form.opening.iter().zip(self.opening.iter().map(String::as_str))
    }

    /// The items with their answers and notes.
    pub fn answers(&self) -> impl Iterator<Item = (&'static Item, Answer, &str)> {
        let answers = self.answers.iter().map(|(answer, note)| (*answer, note.as_str()));
        self.form.items.iter().zip(answers).map(|(item, (answer, note))| (item, answer, note))
    }

    /// What a review signs, sorted by key: `01` to `20` with the answers,
    /// `01-note` where there is one, `about-` and the id for the opening ones.
    pub fn to_pairs(&self) -> Vec<(String, String)> {
        let mut pairs = BTreeMap::new();
        for (question, answer) in self.opening() {
            pairs.insert(format!("about-{}", question.id), answer.to_owned());
        }
        for (item, answer, note) in self.answers() {
            pairs.insert(item.id(), answer.word().to_owned());
            if !note.is_empty() {
                pairs.insert(format!("{}-note", item.id()), note.to_owned());
            }
        }
        pairs.into_iter().collect()
    }

    /// Reads what [`Filled::to_pairs`] gave, from a review that somebody else
    /// signed.
    ///
    /// # Errors
    /// As [`parse`], without line numbers; other keys than those of the form
    /// are refused.
    pub fn from_pairs<'a>(
        form_id: &str,
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, FormError> {
        parse::from_pairs(form_id, pairs)
    }
}

#[cfg(test)]
mod tests;
