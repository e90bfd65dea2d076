//! What was asked of whom, with the answers and times: the only thing that a
//! checker is told about what happened.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What somebody asked of a node, or did to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// To save a text with this mark in it.
    Write {
        /// A word that no other write holds.
        mark: String,
    },
    /// To write again what was cut off of this document together with
    /// something on which it builds.
    Reissue {
        /// The document.
        document: String,
    },
    /// To propose a change or to endorse a proposal, in words.
    Govern(String),
    /// A fault that was done to it, in words.
    Fault(String),
}

/// What the node answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answered {
    /// It was saved: the document, and the version that its author then saw.
    Saved {
        /// The document.
        document: String,
        /// Heads of the version shown.
        version: Vec<String>,
    },
    /// It was done.
    Done,
    /// No, with a stable code.
    Refused(String),
    /// Nothing: it may or may not have been done.
    Nothing,
}

/// One question with its answer.
#[derive(Clone, Debug)]
pub struct Event {
    /// Name of the organisation whose node was asked.
    pub node: String,
    /// What was asked.
    pub asked: Asked,
    /// What it answered.
    pub answered: Answered,
    /// When it was asked, since the history began.
    pub from: Duration,
    /// When the answer came.
    pub to: Duration,
}

/// Everything that was asked, in order of the answers.
pub struct History {
    began: Instant,
    events: Mutex<Vec<Event>>,
}

impl History {
    /// A history that begins now.
    #[allow(clippy::new_without_default, reason = "reading the clock is no default value")]
    pub fn new() -> Self {
        Self { began: Instant::now(), events: Mutex::default() }
    }

    /// Does `ask` and notes the question with its answer.
    pub fn note(&self, node: &str, asked: Asked, ask: impl FnOnce() -> Answered) -> Answered {
        let from = self.began.elapsed();
        let answered = ask();
        let event = Event {
            node: node.to_owned(),
            asked,
            answered: answered.clone(),
            from,
            to: self.began.elapsed(),
        };
        self.events.lock().unwrap_or_else(PoisonError::into_inner).push(event);
        answered
    }

    /// Notes a fault.
    pub fn fault(&self, node: &str, what: &str) {
        self.note(node, Asked::Fault(what.to_owned()), || Answered::Done);
    }

    /// What was asked so far.
    pub fn events(&self) -> Vec<Event> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
