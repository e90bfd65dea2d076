//! `demo`: three organisations as real processes on this machine found a
//! commons, share documents, lose the link between two of them, write at the
//! same time, and end with the same documents. A fourth joins and is removed
//! again by a vote.

mod edit;
mod fleet;
mod join;
mod library;
mod process;
mod report;
mod story;

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use crate::args::DemoArgs;
use crate::client::ClientError;
use crate::commands::source::SourceError;
use crate::local::LocalError;
use crate::output::{Output, OutputError};
use fleet::{Fleet, Stop};
use library::Library;
use story::Story;

/// Why the demo did not end as it should.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The place for the homes can't be used.
    #[error("The homes of the demo cannot be made in {path}: {source}. Name another with --keep.")]
    Place {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The place for the homes holds something already.
    #[error("{0} is not empty. Name an empty or new directory with --keep.")]
    Occupied(PathBuf),
    /// The directory of `--from` can't be read.
    #[error("{path} cannot be read: {source}. Check the directory given with --from.")]
    From {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Signals can't be received.
    #[error("Ctrl-C could not be set up: {0}. Nothing was started.")]
    Signals(#[source] io::Error),
    /// A process could not be started.
    #[error("The node of {name} could not be started: {source}.")]
    Start {
        /// The organisation.
        name: &'static str,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A process ended by itself.
    #[error("The node of {name} ended by itself ({status}).")]
    Died {
        /// The organisation.
        name: &'static str,
        /// How.
        status: String,
    },
    /// A home could not be made.
    #[error(transparent)]
    Local(#[from] LocalError),
    /// A node refused or did not answer.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A toolkit that comes with the program is unusable.
    #[error("A toolkit that comes with the program is damaged: {0}")]
    Toolkit(#[from] SourceError),
    /// What should have happened did not.
    #[error("Waited {} s until {what}, in vain. What the nodes say:\n{state}", .timeout.as_secs())]
    Timeout {
        /// What did not happen.
        what: String,
        /// How long it was waited for.
        timeout: Duration,
        /// What each node says about itself.
        state: String,
    },
    /// Joining failed.
    #[error("{name} could not join: {message}")]
    Join {
        /// The organisation.
        name: &'static str,
        /// What its node said.
        message: String,
    },
    /// The members see other fingerprint words than the one who joins.
    #[error(
        "The fingerprint words of {name} differ: it shows {shown:?}, {elector} sees {seen:?}. \
         Somebody is in between."
    )]
    Fingerprint {
        /// Who joins.
        name: &'static str,
        /// Its own words.
        shown: String,
        /// Who compares.
        elector: &'static str,
        /// What it sees.
        seen: String,
    },
    /// A claim of the demo turned out to be wrong.
    #[error("The demo shows something else than it should: {0}.")]
    Untrue(&'static str),
    /// The person at the keyboard stopped it.
    #[error("Stopped before the end.")]
    Stopped,
    /// The answer could not be shown.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// Any of these, with what the nodes wrote last.
    #[error("The demo failed while {step}: {source}\n{logs}")]
    Failed {
        /// What was being done.
        step: String,
        /// Why it failed.
        #[source]
        source: Box<DemoError>,
        /// Last lines of each node's log.
        logs: String,
    },
}

/// Runs the demo. Ends once it is over, or stays up until it is stopped.
pub fn run(output: Output, args: &DemoArgs) -> Result<(), DemoError> {
    let stop = Stop::on_signals().map_err(DemoError::Signals)?;
    let library = Library::collect(args.from.as_deref())?;
    let place = Place::make(args.keep.as_deref())?;
    let fleet = Fleet::new(place.path(), stop);
    let mut story = Story::new(output, fleet, library);
    let told = story.tell().and_then(|report| {
        report.print(output, place.kept())?;
        if !args.once {
            story.stay_up(&report)?;
        }
        Ok(())
    });
    let told = told.map_err(|error| story.explain(error));
    story.end();
    told
}

/// The directory that holds the homes.
enum Place {
    /// Removed at the end.
    Temporary(TempDir),
    /// Kept for the person.
    Kept(PathBuf),
}

impl Place {
    fn make(keep: Option<&Path>) -> Result<Self, DemoError> {
        let Some(path) = keep else {
            let made = tempfile::Builder::new().prefix("commons-demo-").tempdir();
            return made
                .map(Self::Temporary)
                .map_err(|source| DemoError::Place { path: std::env::temp_dir(), source });
        };
        let failed = |source| DemoError::Place { path: path.to_owned(), source };
        std::fs::create_dir_all(path).map_err(failed)?;
        if std::fs::read_dir(path).map_err(failed)?.next().is_some() {
            return Err(DemoError::Occupied(path.to_owned()));
        }
        // The children get the path too, whatever their working directory.
        path.canonicalize().map(Self::Kept).map_err(failed)
    }

    fn path(&self) -> &Path {
        match self {
            Self::Temporary(dir) => dir.path(),
            Self::Kept(path) => path,
        }
    }

    fn kept(&self) -> bool {
        matches!(self, Self::Kept(_))
    }
}

#[cfg(test)]
mod tests {
    use super::{DemoError, Place};

    #[test]
    fn only_an_empty_place_is_used() {
        let dir = tempfile::tempdir().unwrap();
        let fresh = dir.path().join("a/b");
        assert!(Place::make(Some(&fresh)).unwrap().kept());
        std::fs::write(fresh.join("mine"), "x").unwrap();
        let error = Place::make(Some(&fresh)).err().unwrap();
        assert!(matches!(error, DemoError::Occupied(_)));
        let temporary = Place::make(None).unwrap();
        let path = temporary.path().to_owned();
        assert!(path.is_dir());
        drop(temporary);
        assert!(!path.exists());
    }
}
