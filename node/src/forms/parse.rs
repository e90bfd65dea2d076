//! From a filled-in file, or from signed pairs, to a checked form.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::error::{FormError, TextProblem};
use super::{Answer, Filled, Form, Item, MAX_FILE, MAX_NOTE, MAX_NOTES, form, forms};

/// Characters of a wrong answer that an error repeats.
const SHOWN: usize = 40;

/// The file as people fill it in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    form: String,
    #[serde(default)]
    about: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    item: BTreeMap<String, Spanned<Entry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    #[serde(default)]
    answer: Option<Spanned<String>>,
    #[serde(default)]
    note: Option<Spanned<String>>,
}

/// A text and the line it starts in, where there is one.
#[derive(Default)]
struct Written {
    text: String,
    line: Option<usize>,
}

/// Everything that was written, before it is held against a form.
#[derive(Default)]
struct Draft {
    about: BTreeMap<String, Written>,
    answers: BTreeMap<String, Written>,
    notes: BTreeMap<String, Written>,
}

/// Reads a filled-in template.
///
/// # Errors
/// [`FormError`], with the line and the item.
pub fn parse(text: &str) -> Result<Filled, FormError> {
    if text.len() > MAX_FILE {
        return Err(FormError::TooLong { found: text.len() });
    }
    let file: File = toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        FormError::Syntax { line: line_at(text, start), source: Box::new(error) }
    })?;
    let form = known(&file.form)?;
    Draft::from_file(text, file).check(form)
}

pub(super) fn from_pairs<'a>(
    form_id: &str,
    pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<Filled, FormError> {
    let form = known(form_id)?;
    let mut draft = Draft::default();
    for (key, value) in pairs {
        let written = Written { text: value.to_owned(), line: None };
        if let Some(id) = key.strip_prefix("about-") {
            draft.about.insert(id.to_owned(), written);
        } else if let Some(id) = key.strip_suffix("-note") {
            draft.notes.insert(id.to_owned(), written);
        } else {
            draft.answers.insert(key.to_owned(), written);
        }
    }
    draft.check(form)
}

fn known(id: &str) -> Result<&'static Form, FormError> {
    form(id).ok_or_else(|| FormError::UnknownForm {
        found: shortened(id),
        known: forms().iter().map(|form| form.id).collect::<Vec<_>>().join(", "),
    })
}

impl Draft {
    fn from_file(text: &str, file: File) -> Self {
        let written = |value: Spanned<String>| Written {
            line: Some(line_at(text, value.span().start)),
            text: value.into_inner(),
        };
        let mut draft = Draft::default();
        for (id, value) in file.about {
            draft.about.insert(id, written(value));
        }
        for (id, entry) in file.item {
            let line = Some(line_at(text, entry.span().start));
            let entry = entry.into_inner();
            let answer = entry.answer.map_or(Written { text: String::new(), line }, written);
            draft.answers.insert(id.clone(), answer);
            draft.notes.extend(entry.note.map(|note| (id, written(note))));
        }
        draft
    }

    fn check(mut self, form: &'static Form) -> Result<Filled, FormError> {
        self.check_names(form)?;
        self.check_complete(form)?;
        let answers = self.answers(form)?;
        self.check_needs(form, &answers)?;
        let opening: Vec<String> = self.take_opening(form)?;
        let notes: Vec<String> = self.take_notes(form)?;
        let found = opening.iter().chain(&notes).map(String::len).sum();
        if found > MAX_NOTES {
            return Err(FormError::Notes { found });
        }
        Ok(Filled { form, opening, answers: answers.into_iter().zip(notes).collect() })
    }

    fn check_names(&self, form: &Form) -> Result<(), FormError> {
        let has_item = |id: &str| form.items.iter().any(|item| item.id() == id);
        let has_opening = |id: &str| form.opening.iter().any(|question| question.id == id);
        let items = self.answers.iter().chain(&self.notes);
        let wrong_item = items.map(|(id, written)| (id, written, "item")).find(|(id, ..)| !has_item(id));
        let about = self.about.iter().map(|(id, written)| (id, written, "opening question"));
        let Some((id, written, kind)) =
            wrong_item.or_else(|| about.into_iter().find(|(id, ..)| !has_opening(id)))
        else {
            return Ok(());
        };
        let key = |item: Option<&Item>| item.map(Item::id).unwrap_or_default();
        Err(FormError::UnknownItem {
            line: written.line,
            what: format!("{kind} {:?}", shortened(id)),
            first: key(form.items.first()),
            last: key(form.items.last()),
        })
    }

    fn check_complete(&self, form: &Form) -> Result<(), FormError> {
        let blank = |written: Option<&Written>| written.is_none_or(|written| written.text.trim().is_empty());
        let opening = form.opening.iter().filter(|question| blank(self.about.get(question.id)));
        let items = form.items.iter().filter(|item| blank(self.answers.get(&item.id())));
        let mut names: Vec<String> = opening.map(|question| question.id.to_owned()).collect();
        names.extend(items.map(|item| format!("item {}", item.id())));
        if names.is_empty() { Ok(()) } else { Err(FormError::Unanswered { names }) }
    }

    fn answers(&self, form: &Form) -> Result<Vec<Answer>, FormError> {
        form.items.iter().map(|item| self.answer(item)).collect()
    }

    fn answer(&self, item: &Item) -> Result<Answer, FormError> {
        let written = self.answers.get(&item.id());
        let text = written.map_or("", |written| written.text.as_str());
        let answer = Answer::from_word(text).filter(|answer| item.answers.contains(answer));
        answer.ok_or_else(|| FormError::Answer {
            line: written.and_then(|written| written.line),
            item: item.id(),
            found: shortened(text),
            allowed: allowed(item),
        })
    }

    fn check_needs(&self, form: &Form, answers: &[Answer]) -> Result<(), FormError> {
        let is_yes = |number: u8| {
            let place = form.items.iter().position(|item| item.number == number);
            place.and_then(|place| answers.get(place)) == Some(&Answer::Yes)
        };
        for item in form.items.iter().filter(|item| is_yes(item.number)) {
            if let Some(other) = item.needs.iter().copied().find(|&number| !is_yes(number)) {
                let line = self.answers.get(&item.id()).and_then(|written| written.line);
                return Err(FormError::Contradiction { line, item: item.id(), other: format!("{other:02}") });
            }
        }
        Ok(())
    }

    fn take_opening(&mut self, form: &Form) -> Result<Vec<String>, FormError> {
        let mut take = |id: &str| checked(id, self.about.remove(id).unwrap_or_default());
        form.opening.iter().map(|question| take(question.id)).collect()
    }

    fn take_notes(&mut self, form: &Form) -> Result<Vec<String>, FormError> {
        let mut take = |id: &str| checked(&format!("item {id}"), self.notes.remove(id).unwrap_or_default());
        form.items.iter().map(|item| take(&item.id())).collect()
    }
}

/// The text without white space around it, if it can be signed.
fn checked(what: &str, written: Written) -> Result<String, FormError> {
    let text = written.text.trim();
    let is_control = |char: char| char.is_control() && char != '\n';
    let problem = if text.len() > MAX_NOTE {
        TextProblem::TooLong(text.len())
    } else if text.contains(is_control) {
        TextProblem::Control
    } else {
        return Ok(text.to_owned());
    };
    Err(FormError::Text { line: written.line, what: what.to_owned(), problem })
}

fn allowed(item: &Item) -> String {
    let words: Vec<String> = item.answers.iter().map(|answer| format!("{:?}", answer.word())).collect();
    let condition = item.condition.map_or_else(String::new, |condition| format!(" (it applies {condition})"));
    format!("{}{condition}", words.join(" or "))
}

fn shortened(text: &str) -> String {
    text.chars().take(SHOWN).collect()
}

fn line_at(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().get(..offset).unwrap_or_default();
    before.iter().filter(|&&byte| byte == b'\n').count() + 1
}
