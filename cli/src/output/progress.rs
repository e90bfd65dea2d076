//! A spinner for calls that take longer than a second, and a bar for work of
//! known size; both only where a person watches standard error.

use std::io::{self, IsTerminal, Read};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How long a call may take before the spinner shows.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often the spinner moves.
const TICK: Duration = Duration::from_millis(120);

/// Runs `work`; shows a spinner with `message` once it takes over a second.
pub fn with_spinner<T>(message: &'static str, work: impl FnOnce() -> T) -> T {
    if !io::stderr().is_terminal() {
        return work();
    }
    thread::scope(|scope| {
        let (done, finished) = channel::<()>();
        scope.spawn(move || {
            if finished.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let spinner = ProgressBar::new_spinner().with_message(message);
            while finished.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                spinner.tick();
            }
            spinner.finish_and_clear();
        });
        let result = work();
        drop(done);
        result
    })
}

/// A bar for `length` steps; hidden unless a person watches standard error.
pub fn bar(length: u64, message: &'static str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr());
    bar.set_message(message);
    // The template is a constant; should it ever be wrong, the default shows.
    if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}") {
        bar.set_style(style);
    }
    bar
}

/// A reader that shows a bar once reading takes over a second, until it is
/// dropped.
pub struct Watched<R> {
    inner: R,
    length: u64,
    done: u64,
    message: &'static str,
    since: Instant,
    bar: Option<ProgressBar>,
}

impl<R: Read> Watched<R> {
    /// Watches `inner`, which has `length` bytes.
    pub fn new(inner: R, length: u64, message: &'static str) -> Self {
        Self { inner, length, done: 0, message, since: Instant::now(), bar: None }
    }
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.done += read as u64;
        if self.bar.is_none() && self.since.elapsed() >= PATIENCE {
            self.bar = Some(bar(self.length, self.message));
        }
        if let Some(bar) = &self.bar {
            bar.set_position(self.done);
        }
        Ok(read)
    }
}

impl<R> Drop for Watched<R> {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
