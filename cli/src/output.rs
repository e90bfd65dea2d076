//! What a command shows: one [`Answer`] with a text for people and a value for
//! machines, printed the one or the other way.

pub mod progress;
pub mod table;
pub mod text;

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;

use serde::Serialize;
use serde_json::Value;

/// Why an answer could not be shown.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// The reader is gone, as with `commons … | head`.
    #[error("The reader of the output is gone.")]
    Gone,
    /// Writing failed.
    #[error("The output could not be written: {0}. Check the disk or the pipe.")]
    Write(#[source] io::Error),
    /// A file could not be written.
    #[error("{path} could not be written: {source}. Check the directory and the free space.")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The answer is not JSON.
    #[error("The answer could not be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

impl From<io::Error> for OutputError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Gone,
            _ => Self::Write(error),
        }
    }
}

/// What a command has to say when it is done.
#[derive(Debug)]
pub struct Answer {
    /// For people; safe to print on a terminal.
    pub human: String,
    /// For machines.
    pub json: Value,
    /// Whether the command did what was asked; `false` ends with exit code 1.
    pub ok: bool,
}

impl Answer {
    /// An answer that says `human` and, to machines, `value`. Control
    /// characters in `human` are made harmless: names and texts come from
    /// other organisations.
    pub fn new(human: impl AsRef<str>, value: &impl Serialize) -> Result<Self, OutputError> {
        Ok(Self::trusted(text::safe(human.as_ref()), serde_json::to_value(value)?))
    }

    /// As [`Answer::new`], for a text that was made safe already and may hold
    /// colours.
    pub fn trusted(human: String, json: Value) -> Self {
        Self { human, json, ok: true }
    }

    /// The same answer, marked as a failure unless `ok`.
    pub fn with_ok(mut self, ok: bool) -> Self {
        self.ok = ok;
        self
    }
}

/// How to print.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    /// One JSON value instead of text.
    pub json: bool,
    /// Whether colours are welcome on standard output.
    pub colour: bool,
}

impl Output {
    /// Looks at the terminal and at `NO_COLOR`.
    pub fn detect(json: bool) -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self { json, colour: wanted && !json && io::stdout().is_terminal() }
    }

    /// Prints `answer` on standard output.
    pub fn print(self, answer: &Answer) -> Result<(), OutputError> {
        if self.json { self.print_json(&answer.json) } else { write_line(&answer.human) }
    }

    /// Prints one JSON value, whatever [`Output::json`] says.
    pub fn print_json(self, value: &Value) -> Result<(), OutputError> {
        write_line(&serde_json::to_string_pretty(value)?)
    }

    /// Prints `value` as JSON on a single line.
    pub fn json_line(self, value: &impl Serialize) -> Result<(), OutputError> {
        write_line(&serde_json::to_string(value)?)
    }

    /// Prints `line` at once, for commands that go on afterwards; nothing in
    /// JSON mode.
    pub fn say(self, line: &str) -> Result<(), OutputError> {
        if self.json {
            return Ok(());
        }
        write_line(&text::safe(line))
    }
}

fn write_line(text: &str) -> Result<(), OutputError> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    out.flush()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Answer;

    #[test]
    fn answers_disarm_control_characters_for_people_only() {
        let answer = Answer::new("a\u{1b}[2Jb", &"a\u{1b}[2Jb").unwrap();
        assert_eq!(answer.human, "a\u{fffd}[2Jb");
        assert_eq!(answer.json, "a\u{1b}[2Jb");
        assert!(!answer.with_ok(false).ok);
    }
}
