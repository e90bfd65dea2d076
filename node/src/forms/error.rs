//! What can be wrong with a filled-in form.

use super::{MAX_FILE, MAX_NOTE, MAX_NOTES};

/// Why a filled-in form cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FormError {
    /// The file is too large.
    #[error("the form has {found} bytes, at most {MAX_FILE} are read; shorten the notes")]
    TooLong {
        /// Its size in bytes.
        found: usize,
    },
    /// The file is not TOML of the template's shape.
    #[error("line {line}: {}", source.message())]
    Syntax {
        /// The line, from 1.
        line: usize,
        /// What the reader says.
        source: Box<toml::de::Error>,
    },
    /// No form has that id.
    #[error("there is no form {found:?}; known forms: {known}")]
    UnknownForm {
        /// The id in the file.
        found: String,
        /// The ids that exist.
        known: String,
    },
    /// The form has no such item.
    #[error("{}the form has no {what}; its items are {first} to {last}", at(*line))]
    UnknownItem {
        /// The line, from 1, where there is one.
        line: Option<usize>,
        /// What was found.
        what: String,
        /// Key of the first item.
        first: String,
        /// Key of the last item.
        last: String,
    },
    /// Something has no answer yet.
    #[error("not answered yet: {}; what each asks stands above it in the form", names.join(", "))]
    Unanswered {
        /// What is missing, all of it.
        names: Vec<String>,
    },
    /// An answer is not one of those allowed.
    #[error("{}item {item} is answered {found:?}; write {allowed}", at(*line))]
    Answer {
        /// The line, from 1, where there is one.
        line: Option<usize>,
        /// Key of the item.
        item: String,
        /// The answer found, shortened.
        found: String,
        /// The answers that can be given.
        allowed: String,
    },
    /// Two answers contradict each other.
    #[error("{}item {item} cannot be \"yes\" unless item {other} is; look at both again", at(*line))]
    Contradiction {
        /// The line, from 1, where there is one.
        line: Option<usize>,
        /// Key of the item.
        item: String,
        /// Key of the item that it needs.
        other: String,
    },
    /// A note is too long or has control characters.
    #[error("{}the text for {what} {problem}", at(*line))]
    Text {
        /// The line, from 1, where there is one.
        line: Option<usize>,
        /// Which item or opening question.
        what: String,
        /// What is wrong, and what would be right.
        problem: TextProblem,
    },
    /// The notes together are too long.
    #[error("the notes have {found} bytes together, at most {MAX_NOTES} can be signed; shorten some")]
    Notes {
        /// Their size in bytes.
        found: usize,
    },
}

/// What is wrong with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextProblem {
    /// It is too long.
    #[error("has {0} bytes, at most {MAX_NOTE} can be signed; shorten it")]
    TooLong(usize),
    /// It has characters that cannot be shown.
    #[error("has a control character; write plain text")]
    Control,
}

fn at(line: Option<usize>) -> String {
    line.map_or_else(String::new, |line| format!("line {line}: "))
}
