//! One node as a child process that never outlives the demo.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::commands::shut_down;

/// How much of a log is read from its end.
const TAIL_BYTES: u64 = 16 * 1024;
/// How many lines of a log are shown.
const TAIL_LINES: usize = 15;
/// How often a stopping process is looked at.
const POLL: Duration = Duration::from_millis(20);

/// A running `commons run`. Its standard input is a pipe that this process
/// holds open; when it closes, for whatever reason, the child stops.
pub struct Process {
    child: Child,
    home: PathBuf,
    log: PathBuf,
}

impl Process {
    /// Starts the node of `home`; what it prints goes to `log`.
    pub fn start(home: &Path, log: &Path) -> io::Result<Self> {
        let output = File::create(log)?;
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args(["run", "--exit-with-parent", "--home"])
            .arg(home)
            .env_remove("COMMONS_HOME")
            .env_remove("COMMONS_TOKEN")
            .stdin(Stdio::piped())
            .stdout(output.try_clone()?)
            .stderr(output);
        // Ctrl-C at the terminal is for the demo, which then stops its
        // children in order.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        Ok(Self { child: command.spawn()?, home: home.to_owned(), log: log.to_owned() })
    }

    /// How the process ended, if it did.
    pub fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }

    /// Asks the process to stop; [`Process::wait`] waits for it.
    pub fn ask_to_stop(&mut self) {
        // If the API is not there, the closed pipe says the same.
        let _ = shut_down(&self.home);
        drop(self.child.stdin.take());
    }

    /// Waits until the process has stopped, and ends it after `deadline`.
    pub fn wait(&mut self, deadline: Instant) {
        while Instant::now() < deadline {
            match self.child.try_wait() {
                Ok(None) => thread::sleep(POLL),
                _ => return,
            }
        }
        self.end();
    }

    /// The last lines of the log.
    pub fn log_tail(&self) -> String {
        tail(&self.log).unwrap_or_else(|error| format!("(the log cannot be read: {error})"))
    }

    fn end(&mut self) {
        // Both fail only when the process has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

fn tail(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let length = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
    let mut bytes = Vec::new();
    file.take(TAIL_BYTES).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().collect();
    let start = lines.len().saturating_sub(TAIL_LINES);
    Ok(lines[start..].join("\n"))
}

#[cfg(test)]
mod tests {
    use super::{TAIL_LINES, tail};

    #[test]
    fn only_the_end_of_a_long_log_is_shown() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let lines: Vec<String> = (0..5000).map(|n| format!("line {n}")).collect();
        std::fs::write(&path, lines.join("\n")).unwrap();
        let tail = tail(&path).unwrap();
        assert_eq!(tail.lines().count(), TAIL_LINES);
        assert!(tail.ends_with("line 4999"));
    }
}
