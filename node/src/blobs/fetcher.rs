//! The task that brings in what is wanted and clears out what nothing names.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use super::error::BlobError;
use super::fetch::{FetchError, Source, blocking, fetch};
use super::garbage::{self, Garbage};
use super::plan::{Plan, Standing, Want, plan};
use super::schedule::{Outcome, Schedule};
use super::service::Shared;
use crate::net::{Command, PeerKey};

/// Files that are fetched at one time.
const PARALLEL: usize = 2;
/// How often unused files are looked for.
const SWEEP: Duration = Duration::from_secs(600);
/// With nothing to do the fetcher looks around this often.
const AT_LEAST: Duration = Duration::from_secs(60);

pub(super) struct Fetcher {
    shared: Arc<Shared>,
    commands: mpsc::Sender<Command>,
    schedule: Schedule,
    plan: Plan,
    garbage: Garbage,
    jobs: JoinSet<Result<(), FetchError>>,
    running: HashMap<Id, (Want, PeerKey)>,
}

impl Fetcher {
    pub fn new(shared: Arc<Shared>, commands: mpsc::Sender<Command>) -> Self {
        Self {
            shared,
            commands,
            schedule: Schedule::new(),
            plan: Plan::default(),
            garbage: Garbage::default(),
            jobs: JoinSet::new(),
            running: HashMap::new(),
        }
    }

    /// Runs until it is aborted.
    pub async fn run(mut self) {
        let mut references = self.shared.references.subscribe();
        let mut members = self.shared.members.subscribe();
        let mut sweep = interval(SWEEP);
        sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let shared = self.shared.clone();
        loop {
            self.look_around();
            self.start_jobs();
            let now = Instant::now();
            let wake = self.schedule.wake(now).unwrap_or(now + AT_LEAST).min(now + AT_LEAST);
            tokio::select! {
                // An error would mean that `shared` is gone, but it is held here.
                _ = references.changed() => {}
                _ = members.changed() => {}
                () = shared.folder.changed() => {}
                Some(done) = self.jobs.join_next_with_id() => self.on_done(done),
                _ = sweep.tick() => self.sweep().await,
                () = sleep_until(wake) => {}
            }
        }
    }

    /// Learns what is wanted, what is here, and who is connected.
    fn look_around(&mut self) {
        let references = self.shared.references.borrow().clone();
        let folder = &self.shared.folder;
        let (here, used) = (|hash: &_| folder.has(hash), folder.used_bytes());
        self.plan = plan(references.files(), here, used, self.shared.limits);
        self.schedule.want(self.plan.fetch.clone());
        self.schedule.connect(&self.shared.members.borrow());
        self.shared.notes.keep_problems(|hash| references.name(hash));
        for (want, standing) in &self.plan.wants {
            if let Standing::OtherSize(found) = standing {
                let what = format!("a contribution says {} bytes, but the file has {found}", want.size);
                self.shared.notes.problem(want.hash, what);
            }
        }
    }

    fn start_jobs(&mut self) {
        let Some(commons) = self.shared.references.borrow().commons() else { return };
        while self.jobs.len() < PARALLEL {
            let Some((want, peer)) = self.schedule.next(Instant::now()) else { return };
            let source = Source { commands: self.commands.clone(), peer, commons };
            let shared = self.shared.clone();
            let job = self.jobs.spawn(async move {
                let progress = |done| shared.notes.progress(want.hash, done);
                fetch(&source, want, &shared.folder, progress).await
            });
            self.running.insert(job.id(), (want, peer));
        }
    }

    fn on_done(&mut self, done: Result<(Id, Result<(), FetchError>), JoinError>) {
        let (id, result) = match done {
            Ok((id, result)) => (id, result),
            Err(error) => {
                let id = error.id();
                (id, Err(FetchError::Disk(BlobError::Stopping(error))))
            }
        };
        let Some((want, peer)) = self.running.remove(&id) else { return };
        let outcome = match &result {
            Ok(()) => Outcome::Complete,
            Err(error) => error.outcome(),
        };
        self.note(want, peer, &result);
        self.schedule.done(want, peer, outcome, Instant::now());
    }

    fn note(&self, want: Want, peer: PeerKey, result: &Result<(), FetchError>) {
        let (notes, hash) = (&self.shared.notes, want.hash);
        let Err(error) = result else {
            tracing::debug!(%hash, %peer, "an attached file came");
            return notes.arrived(&hash);
        };
        notes.rest(&hash);
        match error {
            FetchError::TurnOver | FetchError::Busy | FetchError::NotHere => {
                tracing::debug!(%hash, %peer, %error, "an attached file did not come whole");
            }
            FetchError::Disk(error) => {
                tracing::warn!(%hash, %error, "an attached file could not be kept");
                notes.disk_failed(error.to_string());
            }
            other => {
                tracing::warn!(%hash, %peer, error = %other, "an attached file did not come");
                notes.problem(hash, format!("peer {peer}: {other}"));
            }
        }
    }

    /// Removes what was unused for long enough.
    async fn sweep(&mut self) {
        let references = self.shared.references.borrow().clone();
        if references.known.is_none() {
            return;
        }
        let (folder, fetched) = (self.shared.folder.clone(), self.plan.fetch.clone());
        let looked = blocking(move || {
            let fetched = |hash: &_, size| fetched.contains(&Want { hash: *hash, size });
            garbage::unused(&folder, |hash| references.name(hash), fetched)
        });
        let unused = match looked.await {
            Ok(unused) => unused,
            Err(error) => return tracing::warn!(%error, "unused attached files could not be looked for"),
        };
        let busy: Vec<Want> = self.running.values().map(|(want, _)| *want).collect();
        let idle = unused.into_iter().filter(|file| match file {
            garbage::Unused::Partial(hash, size) => !busy.contains(&Want { hash: *hash, size: *size }),
            garbage::Unused::Whole(_) => true,
        });
        let ripe = self.garbage.ripe(idle, Instant::now());
        let folder = self.shared.folder.clone();
        match blocking(move || garbage::remove(&folder, ripe)).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "removed attached files that nothing names any more"),
            Err(error) => tracing::warn!(%error, "unused attached files could not be removed"),
        }
    }
}
