//! What a command said.

use serde::de::DeserializeOwned;
use serde_json::Value;

/// What a command that ended said, and how it ended.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The command as a person would type it.
    pub command: String,
    /// Its exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Answer {
    /// The answer of a command that did what was asked.
    ///
    /// # Panics
    /// If it did not.
    #[track_caller]
    pub fn ok(&self) -> Value {
        assert_eq!(self.code, Some(0), "failed: {self:#?}");
        self.value()
    }

    /// [`Answer::ok`] as a type of the API.
    ///
    /// # Panics
    /// If the command failed or answered something else.
    #[track_caller]
    pub fn view<T: DeserializeOwned>(&self) -> T {
        serde_json::from_value(self.ok()).unwrap_or_else(|error| panic!("{error} in {self:#?}"))
    }

    /// The code and the sentence of a command that was refused: exit code 1, a
    /// sentence on standard error, the same for machines on standard output.
    ///
    /// # Panics
    /// If it was not refused in that way.
    #[track_caller]
    pub fn refused(&self) -> (String, String) {
        assert_eq!(self.code, Some(1), "not refused: {self:#?}");
        let value = self.value();
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let code = text(&value["error"]["code"]).unwrap_or_else(|| panic!("no code: {self:#?}"));
        let message = text(&value["error"]["message"]).unwrap_or_else(|| panic!("no message: {self:#?}"));
        assert!(self.stderr.contains("Error: "), "no sentence for people: {self:#?}");
        (code, message)
    }

    /// That the command was refused with `code` and that the sentence says all
    /// of `words`: what happened, to which thing, what to do next.
    ///
    /// # Panics
    /// If not.
    #[track_caller]
    pub fn refused_with(&self, code: &str, words: &[&str]) {
        let (found, message) = self.refused();
        assert_eq!(found, code, "{self:#?}");
        for word in words {
            assert!(message.contains(word), "{message:?} does not say {word:?}");
        }
    }

    #[track_caller]
    fn value(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in {self:#?}"))
    }
}
