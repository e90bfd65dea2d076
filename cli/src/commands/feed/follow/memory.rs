//! What a follower has seen, kept in a file between runs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use commons_node::feeds::seen::{Place, Seen};
use commons_node::private_file::{self, FileError};
use serde::{Deserialize, Serialize};

use crate::view::FeedEvent;

/// The largest file that is read, in bytes.
const MAX_BYTES: u64 = 256 * 1024 * 1024;

/// Why a file can't be used to remember what was read.
#[derive(Debug, thiserror::Error)]
pub enum MemoryError {
    /// It can't be read or written.
    #[error("What was read can't be remembered: {0}.")]
    File(#[from] FileError),
    /// It says something else than it should.
    #[error(
        "{} can't be used to remember what was read: {source}. Remove it, or name another file with \
         --state; all rows come once more then.",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// It belongs to other rows.
    #[error(
        "{} remembers what was read of {known}, and this is {wanted}. Name another file with --state.",
        path.display()
    )]
    Other {
        /// The file.
        path: PathBuf,
        /// The rows that it is about.
        known: String,
        /// The rows that are followed.
        wanted: String,
    },
}

/// What was seen of a feed.
#[derive(Debug)]
pub struct Memory {
    path: Option<PathBuf>,
    /// None before anything was followed.
    state: Option<State>,
    /// Rows of the batch that is being received.
    batch: BTreeSet<Place>,
    /// Whether that batch is all rows.
    is_whole: bool,
    /// Whether something was told since the last digest.
    is_amid: bool,
}

/// What the file says.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    /// Id of the measure.
    measure: String,
    /// Which of its rows, in words; none for all.
    choice: Option<String>,
    /// Id of the event up to which everything was told.
    after: Option<String>,
    /// Brings the version of the file's format.
    seen: Seen,
}

impl Memory {
    /// What `path` says; nothing if there is no such file.
    ///
    /// # Errors
    /// [`MemoryError::File`] and [`MemoryError::Damaged`].
    pub fn open(path: Option<&Path>) -> Result<Self, MemoryError> {
        let state = path.map_or(Ok(None), read)?;
        let path = path.map(ToOwned::to_owned);
        Ok(Self { path, state, batch: BTreeSet::new(), is_whole: false, is_amid: false })
    }

    /// Begins to listen to a measure, named by its id, or to those of its rows
    /// that `choice` names in words. The id of the event up
    /// to which everything was told; none if all rows are wanted.
    ///
    /// # Errors
    /// [`MemoryError::Other`] if the file belongs to other rows.
    pub fn begin(&mut self, measure: &str, choice: Option<&str>) -> Result<Option<String>, MemoryError> {
        self.batch.clear();
        self.is_whole = true;
        let choice = choice.map(ToOwned::to_owned);
        let state = self.state.get_or_insert_with(|| State {
            measure: measure.to_owned(),
            choice: choice.clone(),
            after: None,
            seen: Seen::default(),
        });
        if state.measure != measure || state.choice != choice {
            return Err(MemoryError::Other {
                path: self.path.clone().unwrap_or_default(),
                known: rows(&state.measure, state.choice.as_deref()),
                wanted: rows(measure, choice.as_deref()),
            });
        }
        // Part of a batch was told: what it said may not hold any more.
        Ok(state.after.clone().filter(|_| !self.is_amid))
    }

    /// Whether a row of this period was seen.
    pub fn has_period(&self, period: &str) -> bool {
        self.state.as_ref().is_some_and(|state| state.seen.has_period(period))
    }

    /// What of an event is news.
    pub fn take(&mut self, event: FeedEvent) -> Vec<FeedEvent> {
        let Some(state) = &mut self.state else { return Vec::new() };
        match event {
            FeedEvent::Row { row } => {
                self.is_amid = true;
                self.batch.insert(Place::of(&row));
                if state.seen.take(&row) { vec![FeedEvent::Row { row }] } else { Vec::new() }
            }
            FeedEvent::Gone { period, organisation, stratifier, stratum } => {
                self.is_amid = true;
                let place = Place { period, organisation, stratifier, stratum };
                if state.seen.forget(&place) { vec![place.gone()] } else { Vec::new() }
            }
            FeedEvent::Digest { digest, id } => {
                let batch = std::mem::take(&mut self.batch);
                let is_whole = std::mem::take(&mut self.is_whole);
                if !std::mem::take(&mut self.is_amid) && state.after.as_ref() == Some(&id) {
                    // Nothing is new, and so nothing was sent.
                    return Vec::new();
                }
                state.after = Some(id.clone());
                // Of a batch of all rows, those that are not in it are gone.
                let gone = if is_whole { state.seen.forget_others(&batch) } else { Vec::new() };
                let gone = gone.into_iter().map(Place::gone);
                gone.chain([FeedEvent::Digest { digest, id }]).collect()
            }
        }
    }

    /// Writes it down, whole or not at all.
    ///
    /// # Errors
    /// [`MemoryError::File`].
    pub fn save(&self) -> Result<(), MemoryError> {
        let Some(path) = &self.path else { return Ok(()) };
        let bytes = serde_json::to_vec(&self.state)
            .map_err(|source| MemoryError::Damaged { path: path.clone(), source })?;
        Ok(private_file::write(path, &bytes)?)
    }
}

fn read(path: &Path) -> Result<Option<State>, MemoryError> {
    let bytes = match private_file::read(path, MAX_BYTES) {
        Err(FileError::Missing { .. }) => return Ok(None),
        other => other?,
    };
    let state = serde_json::from_slice(&bytes);
    state.map(Some).map_err(|source| MemoryError::Damaged { path: path.to_owned(), source })
}

/// Which rows, in words.
fn rows(measure: &str, choice: Option<&str>) -> String {
    format!("measure {measure}, {}", choice.unwrap_or("all of it"))
}

#[cfg(test)]
pub(super) mod tests {
    use super::{Memory, MemoryError};
    use crate::view::{FeedEvent, FeedRow, NumberView};
    use commons_node::private_file;

    pub fn row(period: &str, number: u64) -> FeedEvent {
        FeedEvent::Row {
            row: Box::new(FeedRow {
                period: period.to_owned(),
                first: String::new(),
                last: String::new(),
                organisation: None,
                stratifier: None,
                stratum: None,
                numerator: NumberView::Known { number },
                denominator: None,
                excluded: None,
                value: None,
                organisations: 3,
                masked: 0,
                withheld: None,
            }),
        }
    }

    pub fn digest(id: &str) -> FeedEvent {
        FeedEvent::Digest { digest: format!("digest of {id}"), id: id.to_owned() }
    }

    pub fn word(event: &FeedEvent) -> String {
        match event {
            FeedEvent::Row { row } => format!("row {}", row.period),
            FeedEvent::Gone { period, .. } => format!("gone {period}"),
            FeedEvent::Digest { id, .. } => format!("digest {id}"),
        }
    }

    fn told(memory: &mut Memory, events: Vec<FeedEvent>) -> Vec<String> {
        events.into_iter().flat_map(|event| memory.take(event)).map(|event| word(&event)).collect()
    }

    #[test]
    fn what_was_told_is_not_told_again_after_a_restart() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("state");
        let open = || Memory::open(Some(&path)).unwrap();
        let mut memory = open();
        assert_eq!(memory.begin("d0", None).unwrap(), None);
        let all = told(&mut memory, vec![row("2026-01", 40), row("2026-02", 41), digest("1")]);
        assert_eq!(all, ["row 2026-01", "row 2026-02", "digest 1"]);
        memory.save().unwrap();
        let mut memory = open();
        assert_eq!(memory.begin("d0", None).unwrap().as_deref(), Some("1"));
        let again = told(&mut memory, vec![row("2026-02", 60), row("2026-03", 1), digest("2")]);
        assert_eq!(again, ["row 2026-02", "row 2026-03", "gone 2026-01", "digest 2"], "the batch was whole");
        let live = told(&mut memory, vec![row("2026-03", 50), digest("3")]);
        assert_eq!(live, ["row 2026-03", "digest 3"], "later batches hold what changed");
        assert!(memory.has_period("2026-02") && !memory.has_period("2026-01"));
    }

    #[test]
    fn a_node_that_has_nothing_new_takes_nothing_away() {
        let mut memory = Memory::open(None).unwrap();
        memory.begin("d0", None).unwrap();
        told(&mut memory, vec![row("2026-01", 40), digest("1")]);
        assert_eq!(memory.begin("d0", None).unwrap().as_deref(), Some("1"));
        assert!(told(&mut memory, vec![digest("1")]).is_empty());
        assert!(memory.has_period("2026-01"));
        let live = told(&mut memory, vec![row("2026-02", 41), digest("2")]);
        assert_eq!(live, ["row 2026-02", "digest 2"], "what follows is not all rows");
    }

    #[test]
    fn after_a_batch_that_broke_off_all_rows_are_asked_for() {
        let mut memory = Memory::open(None).unwrap();
        memory.begin("d0", None).unwrap();
        told(&mut memory, vec![row("2026-01", 40), digest("1")]);
        assert_eq!(told(&mut memory, vec![row("2026-01", 45)]), ["row 2026-01"]);
        assert_eq!(memory.begin("d0", None).unwrap(), None);
        let back = told(&mut memory, vec![row("2026-01", 40), digest("1")]);
        assert_eq!(back, ["row 2026-01", "digest 1"], "it is as it was before");
    }

    #[test]
    fn a_file_of_another_feed_or_format_is_refused_and_says_what_to_do() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("state");
        let mut memory = Memory::open(Some(&path)).unwrap();
        memory.begin("d0", Some("network")).unwrap();
        memory.save().unwrap();
        let mut open = Memory::open(Some(&path)).unwrap();
        for (measure, organisation) in [("d1", Some("network")), ("d0", None)] {
            let error = open.begin(measure, organisation).unwrap_err();
            assert!(
                matches!(error, MemoryError::Other { .. }) && error.to_string().contains("--state"),
                "{error}"
            );
        }
        assert!(open.begin("d0", Some("network")).is_ok());
        let text = String::from_utf8(private_file::read(&path, 1_000).unwrap().to_vec()).unwrap();
        for damaged in ["{".to_owned(), "{}".to_owned(), text.replace("\"version\":1", "\"version\":7")] {
            private_file::write(&path, damaged.as_bytes()).unwrap();
            let error = Memory::open(Some(&path)).unwrap_err();
            assert!(matches!(error, MemoryError::Damaged { .. }), "{error}");
            assert!(error.to_string().contains("Remove it"), "{error}");
        }
        let nowhere = place.path().join("missing").join("state");
        let error = Memory { path: Some(nowhere), ..memory }.save().unwrap_err();
        assert!(matches!(error, MemoryError::File(_)), "{error}");
    }
}
