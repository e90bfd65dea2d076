//! The organisations of the demo: their processes, their APIs, and waiting
//! for them.

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::client::home::Endpoint;
use crate::client::{Client, ClientError};
use crate::demo::DemoError;
use crate::demo::process::Process;
use crate::local::{self, InitOptions};
use crate::output::text::short;
use crate::view::StatusView;

/// How often the nodes are asked.
const POLL: Duration = Duration::from_millis(50);
/// How long a node may take until its API answers.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// How long the nodes may take to stop by themselves.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// What the demo knows of an organisation beforehand.
pub struct Cast {
    /// Name.
    pub name: &'static str,
    /// Kind, as in the charter.
    pub kind: &'static str,
    /// Role of the node.
    pub role: &'static str,
    /// Name of its directory.
    pub directory: &'static str,
}

/// Place of the hospital in [`CAST`].
pub const HOSPITAL: usize = 0;
/// Place of the council in [`CAST`].
pub const COUNCIL: usize = 1;
/// Place of the research group in [`CAST`].
pub const RESEARCH: usize = 2;

/// Place of the clinic that comes last in [`CAST`].
pub const HILLSIDE: usize = 3;

/// The organisations.
pub const CAST: [Cast; 4] = [
    Cast { name: "Riverside Children's Hospital", kind: "site", role: "hub", directory: "hospital" },
    Cast { name: "Family Council for Gut Health", kind: "council", role: "member", directory: "council" },
    Cast { name: "Lakes Research Group", kind: "research", role: "member", directory: "research" },
    Cast { name: "Hillside Clinic", kind: "site", role: "member", directory: "hillside" },
];

/// Whether the person at the keyboard wants to stop.
#[derive(Clone)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Listens for Ctrl-C and for the signal that ends services.
    pub fn on_signals() -> io::Result<Self> {
        let flag = Arc::new(AtomicBool::new(false));
        let (ready, set_up) = mpsc::channel();
        let raised = Arc::clone(&flag);
        thread::spawn(move || wait_for_signal(&ready, &raised));
        match set_up.recv() {
            Ok(result) => result.map(|()| Self(flag)),
            Err(mpsc::RecvError) => Err(io::Error::other("the signal thread ended")),
        }
    }

    /// Whether it was asked to stop.
    pub fn wanted(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

fn wait_for_signal(ready: &mpsc::Sender<io::Result<()>>, raised: &AtomicBool) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            // The receiver waits for exactly this message.
            let _ = ready.send(Err(error));
            return;
        }
    };
    let result = runtime.block_on(signal(ready));
    match result {
        Ok(()) => raised.store(true, Ordering::Relaxed),
        Err(error) => {
            let _ = ready.send(Err(error));
        }
    }
}

#[cfg(unix)]
async fn signal(ready: &mpsc::Sender<io::Result<()>>) -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    let _ = ready.send(Ok(()));
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        _ = hang_up.recv() => {}
    }
    Ok(())
}

#[cfg(not(unix))]
async fn signal(ready: &mpsc::Sender<io::Result<()>>) -> io::Result<()> {
    let _ = ready.send(Ok(()));
    tokio::signal::ctrl_c().await
}

/// The processes and their APIs, in the order of [`CAST`].
pub struct Fleet {
    place: PathBuf,
    stop: Stop,
    processes: Vec<Process>,
    clients: Vec<Client>,
}

impl Fleet {
    /// Organisations whose homes will be in `place`.
    pub fn new(place: &Path, stop: Stop) -> Self {
        Self { place: place.to_owned(), stop, processes: Vec::new(), clients: Vec::new() }
    }

    /// The home of an organisation.
    pub fn home(&self, who: usize) -> PathBuf {
        self.place.join(CAST[who].directory)
    }

    /// Makes the homes of these organisations.
    pub fn make_homes(&self, which: Range<usize>) -> Result<(), DemoError> {
        for who in which {
            let cast = &CAST[who];
            let options = InitOptions {
                name: Some(cast.name.to_owned()),
                kind: Some(cast.kind.to_owned()),
                role: cast.role.to_owned(),
                // Port 0: the system chooses a free one.
                listen: vec!["/ip4/127.0.0.1/tcp/0".to_owned()],
                api: Some("127.0.0.1:0".to_owned()),
                ..InitOptions::default()
            };
            local::init(&self.home(who), options)?;
        }
        Ok(())
    }

    /// Starts the processes of the next organisations and waits until their
    /// APIs answer.
    pub fn start(&mut self, which: Range<usize>) -> Result<(), DemoError> {
        for who in which.clone() {
            let cast = &CAST[who];
            let log = self.place.join(format!("{}.log", cast.directory));
            let started = Process::start(&self.home(who), &log);
            let process = started.map_err(|source| DemoError::Start { name: cast.name, source })?;
            self.processes.push(process);
        }
        for who in which {
            let (cast, home) = (&CAST[who], self.home(who));
            let what = format!("the node of {} answers", cast.name);
            let client = self.wait(&what, START_TIMEOUT, |_| Ok(answering(&home)))?;
            self.clients.push(client);
        }
        Ok(())
    }

    /// The API of an organisation, as its first administrator. Only after
    /// [`Fleet::start`].
    pub fn client(&self, who: usize) -> &Client {
        &self.clients[who]
    }

    /// The API of an organisation, as the person with `token`.
    pub fn client_as(&self, who: usize, token: &str) -> Result<Client, DemoError> {
        let endpoint = Endpoint::read(&self.home(who), Some(token)).map_err(ClientError::from)?;
        Ok(Client::new(endpoint))
    }

    /// What all nodes say about themselves.
    pub fn statuses(&self) -> Result<Vec<StatusView>, DemoError> {
        statuses(&self.clients)
    }

    /// Asks `probe` until it has something, at most for `timeout`. Ends early
    /// when a process has died or the person wants to stop.
    pub fn wait<T>(
        &mut self,
        what: &str,
        timeout: Duration,
        mut probe: impl FnMut(&[Client]) -> Result<Option<T>, DemoError>,
    ) -> Result<T, DemoError> {
        let deadline = Instant::now() + timeout;
        loop {
            let found = probe(&self.clients);
            // A dead process explains a failed call better than the call does.
            self.check()?;
            if let Some(found) = found? {
                return Ok(found);
            }
            if Instant::now() >= deadline {
                return Err(DemoError::Timeout { what: what.to_owned(), timeout, state: self.state() });
            }
            thread::sleep(POLL);
        }
    }

    /// Waits until the person wants to stop; an error when a process dies.
    pub fn stay_up(&mut self) -> Result<(), DemoError> {
        loop {
            match self.check() {
                Ok(()) => thread::sleep(POLL),
                Err(DemoError::Stopped) => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }

    /// An error when a process has died or the person wants to stop.
    pub fn check(&mut self) -> Result<(), DemoError> {
        if self.stop.wanted() {
            return Err(DemoError::Stopped);
        }
        for (process, cast) in self.processes.iter_mut().zip(&CAST) {
            let name = cast.name;
            let ended = process.ended().map_err(|source| DemoError::Start { name, source })?;
            if let Some(status) = ended {
                let status = status.to_string();
                return Err(DemoError::Died { name, status });
            }
        }
        Ok(())
    }

    /// Stops all processes in order.
    pub fn end(&mut self) {
        self.processes.iter_mut().for_each(Process::ask_to_stop);
        let deadline = Instant::now() + STOP_TIMEOUT;
        self.processes.iter_mut().for_each(|process| process.wait(deadline));
    }

    /// The last lines of each log.
    pub fn logs(&self) -> String {
        let tails = self.processes.iter().zip(&CAST).map(|(process, cast)| {
            format!("Last lines of the log of {}:\n{}\n", cast.name, process.log_tail())
        });
        tails.collect()
    }

    fn state(&self) -> String {
        let states = self.clients.iter().zip(&CAST).map(|(client, cast)| {
            match client.get::<StatusView>("/v1/status") {
                Ok(status) => format!("  {}: {}\n", cast.name, summary(&status)),
                Err(error) => format!("  {}: {error}\n", cast.name),
            }
        });
        states.collect()
    }
}

/// A client for the node of `home`, once it answers.
fn answering(home: &Path) -> Option<Client> {
    let client = Client::new(Endpoint::read(home, None).ok()?);
    client.get::<StatusView>("/v1/status").ok()?;
    Some(client)
}

/// What the nodes behind `clients` say about themselves.
pub fn statuses(clients: &[Client]) -> Result<Vec<StatusView>, DemoError> {
    let asked = clients.iter().map(|client| client.get("/v1/status"));
    Ok(asked.collect::<Result<_, ClientError>>()?)
}

fn summary(status: &StatusView) -> String {
    let connected = status.peers.iter().filter(|peer| peer.connected).count();
    let mut text = format!(
        "{} documents, {} entries, heads {}, documents {}, connected to {connected} of {}",
        status.documents,
        status.entries,
        short(&status.heads_digest),
        short(&status.documents_digest),
        status.peers.len()
    );
    for peer in &status.peers {
        if let Some(problem) = &peer.problem {
            text.push_str(&format!("; {}: {problem}", peer.organisation));
        }
    }
    for waiting in &status.waiting {
        text.push_str(&format!("; waits: {} ({})", waiting.what, waiting.why));
    }
    if status.missing_bodies > 0 {
        text.push_str(&format!("; {} bodies missing", status.missing_bodies));
    }
    text
}
