//! The home directory of one organisation, and commands about it.

use std::ffi::OsStr;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use super::answer::Answer;
use super::binary::commons_binary;
use super::node::Node;
use super::place::Shared;

/// Listening ports are taken from below those that systems give to outgoing
/// connections, so that a restarted node finds its own port free.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// How a home is made.
#[derive(Clone, Debug)]
pub struct HomeOptions {
    /// Name of the organisation.
    pub name: String,
    /// Its kind, in a word.
    pub kind: String,
    /// Whether others dial it.
    pub hub: bool,
    /// Further arguments of `commons init`.
    pub more: Vec<String>,
}

impl HomeOptions {
    /// A hub that listens on loopback.
    pub fn hub(name: &str, kind: &str) -> Self {
        Self { name: name.to_owned(), kind: kind.to_owned(), hub: true, more: Vec::new() }
    }

    /// A node that only dials out.
    pub fn member(name: &str, kind: &str) -> Self {
        Self { hub: false, ..Self::hub(name, kind) }
    }

    /// The same with further arguments.
    pub fn with(mut self, more: &[&str]) -> Self {
        self.more.extend(more.iter().map(|&argument| argument.to_owned()));
        self
    }
}

/// A home. Cheap to clone; the directory itself belongs to the place.
#[derive(Clone)]
pub struct Home {
    name: String,
    pub(super) shared: Arc<Shared>,
}

impl Home {
    pub(super) fn new(shared: &Arc<Shared>, name: &str) -> Self {
        Self { name: name.to_owned(), shared: Arc::clone(shared) }
    }

    /// The directory.
    pub fn path(&self) -> PathBuf {
        self.shared.root.join(&self.name)
    }

    /// The log of all runs of its node.
    pub fn log(&self) -> PathBuf {
        self.shared.log(&self.name)
    }

    /// What the node logged so far.
    ///
    /// # Panics
    /// If the log can't be read.
    pub fn log_text(&self) -> String {
        let bytes = fs::read(self.log()).expect("a log can be read");
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// `commons init` with a fresh listening port for hubs.
    pub fn init(&self, options: &HomeOptions) -> Answer {
        let mut arguments = vec!["init", "--name", &options.name, "--kind", &options.kind];
        let listen = format!("/ip4/127.0.0.1/tcp/{}", free_port());
        if options.hub {
            arguments.extend(["--role", "hub", "--listen", &listen]);
        }
        if !options.more.iter().any(|argument| argument == "--api") {
            arguments.extend(["--api", "127.0.0.1:0"]);
        }
        arguments.extend(options.more.iter().map(String::as_str));
        self.commons(&arguments)
    }

    /// Runs `commons ARGUMENTS --json` on this home until it ends.
    ///
    /// # Panics
    /// If the program can't be started, or does not end.
    #[track_caller]
    pub fn commons<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Answer {
        let output = self.shared.output_of(&mut self.command(arguments));
        let words = arguments.iter().map(|argument| argument.as_ref().to_string_lossy());
        let answer = Answer {
            command: words.collect::<Vec<_>>().join(" "),
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        };
        self.shared.note(&answer);
        answer
    }

    /// `commons ARGUMENTS --json` on this home, for those who wait for its end
    /// themselves.
    pub fn command<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Command {
        let mut command = Command::new(commons_binary());
        command
            .args(arguments)
            .arg("--json")
            .arg("--home")
            .arg(self.path())
            .current_dir(&self.shared.root)
            .env("HOME", &self.shared.root)
            .env("COMMONS_LOG", "info,commons_node=debug")
            .env_remove("COMMONS_HOME")
            .env_remove("COMMONS_TOKEN")
            .env_remove("COMMONS_PASSPHRASE");
        command
    }

    /// Starts the node and waits until its API answers.
    ///
    /// # Panics
    /// If it ends instead.
    #[track_caller]
    pub fn start(&self) -> Node {
        Node::start(self, &[])
    }

    /// [`Home::start`] with further arguments of `commons run`.
    ///
    /// # Panics
    /// If it ends instead.
    #[track_caller]
    pub fn start_with(&self, more: &[&str]) -> Node {
        Node::start(self, more)
    }

    /// Copies the directory, while its node is stopped, to `copy`.
    ///
    /// # Panics
    /// If a file can't be copied.
    pub fn copy_to(&self, copy: &Path) {
        copy_directory(&self.path(), copy);
    }

    /// Puts `copy` in the place of the directory, as restoring an old disk does.
    ///
    /// # Panics
    /// If a file can't be copied.
    pub fn restore_from(&self, copy: &Path) {
        self.remove();
        copy_directory(copy, &self.path());
    }

    /// Removes the directory, as a dead disk does.
    ///
    /// # Panics
    /// If it can't be removed.
    pub fn remove(&self) {
        fs::remove_dir_all(self.path()).expect("a home can be removed");
    }
}

/// Copies a tree with the permissions of its files and directories.
fn copy_directory(from: &Path, to: &Path) {
    let status = Command::new("cp").arg("-a").arg(from).arg(to).status().expect("`cp` can be started");
    assert!(status.success(), "cp -a {} {} failed", from.display(), to.display());
}

/// A port that is free now and that this process gives out once.
///
/// # Panics
/// If none is free.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let spread = u16::try_from(std::process::id() % 1_000).expect("less than a thousand") * 12;
    for _ in 0..PORTS.len() {
        let offset = spread.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % (PORTS.end - PORTS.start);
        let port = PORTS.start + offset;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no port is free in {PORTS:?}");
}
