//! The steps of the demo, each told in plain words and timed.

mod founding;
mod measuring;
mod publishing;
mod removal;
mod sharing;

pub use measuring::Measuring;
pub use publishing::Publishing;
pub use removal::Removal;

use std::time::{Duration, Instant};

use serde::Serialize;

use crate::client::Client;
use crate::demo::DemoError;
use crate::demo::edit::MergedEdit;
use crate::demo::fleet::{CAST, Fleet, statuses};
use crate::demo::library::Library;
use crate::demo::report::{Report, stay_up_text};
use crate::output::Output;
use crate::output::progress::with_spinner;
use crate::output::text::count;
use crate::view::{NetworkRequest, StatusView};

/// How long a change may take to be everywhere, without the documents.
const SYNC_TIMEOUT: Duration = Duration::from_secs(120);
/// What each document may add to that.
const SYNC_TIMEOUT_PER_DOCUMENT: Duration = Duration::from_millis(250);

/// A step that was done.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// What was done, in words.
    pub what: String,
    /// How long it took.
    pub seconds: f64,
}

/// What the chapters of the demo came to.
pub struct Shown {
    /// What came of writing at the same time.
    pub merged: MergedEdit,
    /// What became of two toolkits.
    pub publishing: Publishing,
    /// What became of two measures.
    pub measuring: Measuring,
    /// How a member was removed.
    pub removal: Removal,
}

/// The demo, from the first home to the last word.
pub struct Story {
    output: Output,
    fleet: Fleet,
    library: Library,
    steps: Vec<Step>,
    current: &'static str,
    /// How many of the cast, in order, are members.
    members: usize,
}

/// Those who write.
struct Writers {
    hospital: Client,
    council: Client,
    /// Reviews for the council.
    patient: Client,
}

impl Story {
    /// A story that has not begun.
    pub fn new(output: Output, fleet: Fleet, library: Library) -> Self {
        Self { output, fleet, library, steps: Vec::new(), current: "starting", members: 3 }
    }

    /// Tells it.
    pub fn tell(&mut self) -> Result<Report, DemoError> {
        self.output.say(
            "Three organisations share one commons on this machine. Each has its own process, \
             keys and store.\n",
        )?;
        self.set_up()?;
        let writers = self.people()?;
        let (first, documents) = self.write(&writers)?;
        self.step("waiting until all three hold the same", |story| {
            story.wait_until_equal(documents)?;
            let texts = count(documents, "document");
            Ok(format!("All three organisations hold the same {texts}."))
        })?;
        let merged = self.cut_and_heal(&writers, first, documents)?;
        let publishing = self.publish(&writers)?;
        let measuring = self.measure(&writers)?;
        let documents = documents + measuring.measures.len() as u64;
        let removal = self.join_and_remove(&merged, documents)?;
        self.report(Shown { merged, publishing, measuring, removal })
    }

    /// Cuts a node off from the others, or lets it back.
    fn pause(&mut self, who: usize, paused: bool) -> Result<(), DemoError> {
        let request = NetworkRequest { paused };
        let _: StatusView = self.fleet.client(who).post("/v1/network", &request)?;
        Ok(())
    }

    /// Waits until a node has a connection, or none.
    fn wait_for_connection(&mut self, who: usize, wanted: bool) -> Result<(), DemoError> {
        let what = match wanted {
            true => format!("{} is connected again", CAST[who].name),
            false => format!("{} has no connection any more", CAST[who].name),
        };
        self.fleet.wait(&what, SYNC_TIMEOUT, |clients| {
            let status: StatusView = clients[who].get("/v1/status")?;
            let connected = status.peers.iter().any(|peer| peer.connected);
            Ok((connected == wanted).then_some(()))
        })
    }

    fn wait_until_equal(&mut self, documents: u64) -> Result<(), DemoError> {
        let factor = u32::try_from(documents).unwrap_or(u32::MAX);
        let timeout = SYNC_TIMEOUT + SYNC_TIMEOUT_PER_DOCUMENT.saturating_mul(factor);
        let (what, members) = ("all members hold the same documents", self.members);
        self.fleet.wait(what, timeout, |clients| {
            let statuses = statuses(&clients[..members])?;
            let complete = statuses.iter().all(|status| is_complete(status, documents));
            Ok((complete && are_equal(&statuses)).then_some(()))
        })
    }

    /// [`Story::timed`] with a spinner, for work that shows no progress itself.
    fn step(
        &mut self,
        doing: &'static str,
        work: impl FnOnce(&mut Self) -> Result<String, DemoError>,
    ) -> Result<(), DemoError> {
        self.timed(doing, |story| with_spinner(doing, || work(story)))
    }

    /// Does `work` and tells what it says and how long it took.
    fn timed(
        &mut self,
        doing: &'static str,
        work: impl FnOnce(&mut Self) -> Result<String, DemoError>,
    ) -> Result<(), DemoError> {
        self.current = doing;
        self.fleet.check()?;
        let start = Instant::now();
        let what = work(self)?;
        let seconds = (start.elapsed().as_secs_f64() * 1000.0).round() / 1000.0;
        self.output.say(&format!("{seconds:7.2} s  {what}"))?;
        self.steps.push(Step { what, seconds });
        Ok(())
    }

    fn report(&mut self, shown: Shown) -> Result<Report, DemoError> {
        self.current = "reading the result";
        let statuses = self.fleet.statuses()?;
        if !are_equal(&statuses[..self.members]) {
            return Err(DemoError::Untrue("the digests are not equal any more"));
        }
        let skipped = std::mem::take(&mut self.library.skipped);
        let steps = self.steps.clone();
        Ok(Report::new(&self.fleet, &statuses, shown, steps, skipped))
    }

    /// Stays up until the person stops it.
    pub fn stay_up(&mut self, report: &Report) -> Result<(), DemoError> {
        self.current = "staying up";
        self.output.say(&stay_up_text(report))?;
        self.fleet.stay_up()
    }

    /// `error` with what was being done and what the nodes wrote last.
    pub fn explain(&self, error: DemoError) -> DemoError {
        match error {
            DemoError::Stopped | DemoError::Output(_) => error,
            source => DemoError::Failed {
                step: self.current.to_owned(),
                source: Box::new(source),
                logs: self.fleet.logs(),
            },
        }
    }

    /// Stops the nodes.
    pub fn end(mut self) {
        self.fleet.end();
    }
}

/// Whether a node has everything and waits for nothing.
fn is_complete(status: &StatusView, documents: u64) -> bool {
    status.documents == documents && status.waiting.is_empty() && status.missing_bodies == 0
}

/// Whether all nodes accepted the same and show the same.
fn are_equal(statuses: &[StatusView]) -> bool {
    statuses.windows(2).all(|pair| {
        pair[0].heads_digest == pair[1].heads_digest && pair[0].documents_digest == pair[1].documents_digest
    })
}
