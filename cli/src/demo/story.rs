//! The steps of the demo, each told in plain words and timed.

use std::time::{Duration, Instant};

use serde::Serialize;

use crate::client::{Client, ClientError};
use crate::demo::DemoError;
use crate::demo::edit::{MergedEdit, Shared};
use crate::demo::fleet::{CAST, COUNCIL, Fleet, HOSPITAL, RESEARCH, statuses};
use crate::demo::join::join;
use crate::demo::library::Library;
use crate::demo::report::{Report, stay_up_text};
use crate::output::Output;
use crate::output::progress::{bar, with_spinner};
use crate::output::text::count;
use crate::view::{
    CharterView, DocumentView, FoundRequest, NetworkRequest, NewDocument, PersonCreated, PersonRequest,
    StatusView,
};

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

/// The demo, from the first home to the last word.
pub struct Story {
    output: Output,
    fleet: Fleet,
    library: Library,
    steps: Vec<Step>,
    current: &'static str,
}

/// Those who write.
struct Writers {
    hospital: Client,
    council: Client,
}

impl Story {
    /// A story that has not begun.
    pub fn new(output: Output, fleet: Fleet, library: Library) -> Self {
        Self { output, fleet, library, steps: Vec::new(), current: "starting" }
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
        self.report(merged)
    }

    fn set_up(&mut self) -> Result<(), DemoError> {
        self.step("making three homes", |story| {
            story.fleet.make_homes()?;
            story.fleet.start()?;
            Ok("Made three homes with keys of their own and started a node in each.".to_owned())
        })?;
        self.step("founding the commons", |story| {
            let request = FoundRequest {
                name: "Gut Health Commons".to_owned(),
                purpose: "Families, hospitals and researchers share what helps children with \
                          bowel disease."
                    .to_owned(),
            };
            let client = story.fleet.client(HOSPITAL);
            let charter: CharterView = client.post("/v1/found", &request)?;
            Ok(format!("{} founded the {}.", CAST[HOSPITAL].name, charter.commons.name))
        })?;
        self.step("letting the council join", |story| {
            let words = join(&mut story.fleet, COUNCIL, &[HOSPITAL])?;
            Ok(format!(
                "{} joined with an invitation; both sides saw the words \"{words}\".",
                CAST[COUNCIL].name
            ))
        })?;
        self.step("letting the research group join", |story| {
            let words = join(&mut story.fleet, RESEARCH, &[HOSPITAL, COUNCIL])?;
            Ok(format!(
                "{} joined; hospital and council both saw \"{words}\" and voted for it.",
                CAST[RESEARCH].name
            ))
        })
    }

    fn people(&mut self) -> Result<Writers, DemoError> {
        let mut writers = None;
        self.step("adding people", |story| {
            let hospital = story.person(HOSPITAL, "Dr Berg", "clinician")?;
            let council = story.person(COUNCIL, "Amina", "family")?;
            writers = Some(Writers { hospital, council });
            Ok("The hospital vouched for a clinician, the council for a parent.".to_owned())
        })?;
        writers.ok_or(DemoError::Untrue("nobody can write"))
    }

    fn person(&self, who: usize, name: &str, role: &str) -> Result<Client, DemoError> {
        let request = PersonRequest { name: name.to_owned(), roles: vec![role.to_owned()] };
        let created: PersonCreated = self.fleet.client(who).post("/v1/people", &request)?;
        self.fleet.client_as(who, &created.token)
    }

    /// The council writes everything. Gives back the first document and how
    /// many there are.
    fn write(&mut self, writers: &Writers) -> Result<(DocumentView, u64), DemoError> {
        let mut first = None;
        let mut documents = 0;
        self.step("writing toolkits", |story| {
            for toolkit in &story.library.toolkits {
                let saved: DocumentView = writers.council.post("/v1/documents", toolkit)?;
                first.get_or_insert(saved);
                documents += 1;
            }
            Ok(format!("The council wrote {}.", count(documents, "toolkit")))
        })?;
        if !self.library.files.is_empty() {
            self.timed("reading in the files", |story| {
                let shared = story.share_files(&writers.council)?;
                documents += shared;
                Ok(format!("The council shared {} of yours.", count(shared, "file")))
            })?;
        }
        let first = first.ok_or(DemoError::Untrue("there is no toolkit"))?;
        Ok((first, documents))
    }

    fn share_files(&mut self, council: &Client) -> Result<u64, DemoError> {
        let files = std::mem::take(&mut self.library.files);
        let bar = bar(files.len() as u64, "Sharing files");
        let mut shared = 0;
        for book in files {
            self.fleet.check()?;
            match share(council, &book.document) {
                Ok(()) => shared += 1,
                Err(error @ ClientError::Refused { .. }) => self.library.skip(&book.file, error),
                Err(error) => return Err(error.into()),
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok(shared)
    }

    fn cut_and_heal(
        &mut self,
        writers: &Writers,
        first: DocumentView,
        documents: u64,
    ) -> Result<MergedEdit, DemoError> {
        let shared = Shared::new(first);
        self.step("cutting the link", |story| {
            story.pause(true)?;
            Ok("Cut the council off from the others.".to_owned())
        })?;
        self.step("writing on both sides", |story| {
            shared.edit(&writers.hospital, &writers.council)?;
            let hospital = story.fleet.client(HOSPITAL);
            let council = story.fleet.client(COUNCIL);
            if !shared.differ(hospital, council)? {
                return Err(DemoError::Untrue("an edit crossed a link that was cut"));
            }
            Ok(format!(
                "Hospital and council changed the same line of {:?} at the same time; now their \
                 texts differ.",
                shared.title()
            ))
        })?;
        self.step("healing the link", |story| {
            story.pause(false)?;
            story.wait_until_equal(documents)?;
            Ok("Healed the link; all three hold the same again.".to_owned())
        })?;
        let clients = [HOSPITAL, COUNCIL, RESEARCH].map(|who| self.fleet.client(who));
        let merged = shared.merged(&clients)?;
        self.output.say(&format!("\nBoth edits are in the text, at all three:\n  {}\n", merged.line))?;
        Ok(merged)
    }

    fn pause(&mut self, paused: bool) -> Result<(), DemoError> {
        let council = self.fleet.client(COUNCIL);
        let _: StatusView = council.post("/v1/network", &NetworkRequest { paused })?;
        let what = match paused {
            true => "the council has no connection any more",
            false => "the council is connected again",
        };
        self.fleet.wait(what, SYNC_TIMEOUT, |clients| {
            let status: StatusView = clients[COUNCIL].get("/v1/status")?;
            let connected = status.peers.iter().any(|peer| peer.connected);
            Ok((connected != paused).then_some(()))
        })
    }

    fn wait_until_equal(&mut self, documents: u64) -> Result<(), DemoError> {
        let factor = u32::try_from(documents).unwrap_or(u32::MAX);
        let timeout = SYNC_TIMEOUT + SYNC_TIMEOUT_PER_DOCUMENT.saturating_mul(factor);
        let what = "all three hold the same documents";
        self.fleet.wait(what, timeout, |clients| {
            let statuses = statuses(clients)?;
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

    fn report(&mut self, merged: MergedEdit) -> Result<Report, DemoError> {
        self.current = "reading the result";
        let statuses = self.fleet.statuses()?;
        if !are_equal(&statuses) {
            return Err(DemoError::Untrue("the digests are not equal any more"));
        }
        let skipped = std::mem::take(&mut self.library.skipped);
        let steps = self.steps.clone();
        Ok(Report::new(&self.fleet, &statuses, merged, steps, skipped))
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

fn share(council: &Client, document: &NewDocument) -> Result<(), ClientError> {
    let _: DocumentView = council.post("/v1/documents", document)?;
    Ok(())
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
