//! The temporary directory of one test, with everything it printed.

use std::fs::{self, File};
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::answer::Answer;
use super::home::{Home, HomeOptions};
use super::secrets::{self, Transcript};

/// How long any one condition may take. Generous: it is only reached when
/// something is wrong.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often a condition is looked at.
const POLL: Duration = Duration::from_millis(5);
/// How many lines of each log are shown.
const TAIL_LINES: usize = 25;

/// What the homes of a place share.
pub(super) struct Shared {
    pub(super) root: PathBuf,
    pub(super) transcript: Mutex<Transcript>,
}

/// Where one test's homes and logs are. When it ends it removes them, after
/// searching everything that was printed for secrets and panics.
pub struct Place {
    shared: Arc<Shared>,
    _directory: TempDir,
}

impl Place {
    /// An empty place.
    ///
    /// # Panics
    /// If no temporary directory can be made.
    #[allow(clippy::new_without_default, reason = "making a directory is no default value")]
    pub fn new() -> Self {
        let directory = TempDir::with_prefix("commons-test-").expect("a temporary directory can be made");
        let root = directory.path().to_owned();
        Self { shared: Arc::new(Shared { root, transcript: Mutex::default() }), _directory: directory }
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.shared.root
    }

    /// The home `name`, which is not made yet.
    pub fn home(&self, name: &str) -> Home {
        Home::new(&self.shared, name)
    }

    /// Makes the home of a new organisation.
    ///
    /// # Panics
    /// If `commons init` fails.
    pub fn init(&self, name: &str, options: &HomeOptions) -> Home {
        let home = self.home(name);
        home.init(options).ok();
        home
    }

    /// Writes a file beside the homes.
    ///
    /// # Panics
    /// If it can't be written.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        fs::write(&path, content).expect("a file can be written");
        path
    }

    /// Looks at `probe` until it gives something.
    ///
    /// # Panics
    /// After a generous time, with the ends of all logs.
    #[track_caller]
    pub fn wait<T>(&self, what: &str, probe: impl FnMut() -> Option<T>) -> T {
        self.shared.wait(what, probe)
    }
}

impl Shared {
    #[track_caller]
    pub(super) fn wait<T>(&self, what: &str, mut probe: impl FnMut() -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = probe() {
                return found;
            }
            // The tails are printed when the place ends.
            assert!(Instant::now() < deadline, "waited {PATIENCE:?} in vain until {what}");
            thread::sleep(POLL);
        }
    }

    pub(super) fn note(&self, answer: &Answer) {
        self.transcript.lock().unwrap_or_else(PoisonError::into_inner).add(answer);
    }

    /// What a child process printed, once it has ended; ends it if it does not.
    #[track_caller]
    pub(super) fn output_of(&self, command: &mut Command) -> Output {
        let file = || tempfile::tempfile().expect("a temporary file can be made");
        let (mut out, mut err) = (file(), file());
        let shared = |file: &File| file.try_clone().expect("a file can be shared");
        let child = command.stdin(Stdio::null()).stdout(shared(&out)).stderr(shared(&err)).spawn();
        let mut child = Guard(child.expect("`commons` can be started"));
        let status = self.wait("a command ends", || child.0.try_wait().expect("a child can be asked"));
        Output { status, stdout: whole(&mut out), stderr: whole(&mut err) }
    }

    pub(super) fn log(&self, name: &str) -> PathBuf {
        self.root.join(format!("{name}.log"))
    }

    fn logs(&self) -> Vec<(String, String)> {
        let entries = fs::read_dir(&self.root).expect("the place can be read");
        let paths = entries.map(|entry| entry.expect("the place can be read").path());
        let logs = paths.filter(|path| path.extension().is_some_and(|extension| extension == "log"));
        let read = |path: PathBuf| {
            let bytes = fs::read(&path).expect("a log can be read");
            (path.display().to_string(), String::from_utf8_lossy(&bytes).into_owned())
        };
        logs.map(read).collect()
    }
}

/// A child that never outlives its scope.
struct Guard(Child);

impl Drop for Guard {
    fn drop(&mut self) {
        // Both fail only when the process has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn whole(file: &mut File) -> Vec<u8> {
    let mut bytes = Vec::new();
    let read = file.rewind().and_then(|()| file.read_to_end(&mut bytes));
    read.expect("a temporary file can be read");
    bytes
}

impl Drop for Place {
    fn drop(&mut self) {
        let logs = self.shared.logs();
        if thread::panicking() {
            for (name, text) in logs {
                eprintln!("--- the end of {name}\n{}", tail(&text));
            }
            return;
        }
        let transcript = self.shared.transcript.lock().unwrap_or_else(PoisonError::into_inner);
        secrets::assert_clean(&self.shared.root, &transcript, &logs);
    }
}

/// The last lines, without the calls that waiting itself makes.
fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.contains("method=GET")).collect();
    lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
}
