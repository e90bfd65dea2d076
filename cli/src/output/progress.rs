//! A spinner for calls that take longer than a second, and a bar for work of
//! known size; both only where a person watches standard error.

use std::io::{self, IsTerminal, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How long a call may take before the spinner shows.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often the spinner moves.
const TICK: Duration = Duration::from_millis(120);

/// Runs `work`; shows a spinner with `message` and the time once it takes over
/// a second.
pub fn with_spinner<T>(message: &'static str, work: impl FnOnce() -> T) -> T {
    beside(|shown| show_waiting(shown, message), work)
}

/// Runs `work`, which sends `bytes` by the reader that it gets. Once it takes
/// over a second, a bar shows how much is sent, and then a spinner for how long
/// the answer takes; `told` says what each of the two is about.
pub fn with_upload<'a, T>(
    bytes: &'a [u8],
    told: (&'static str, &'static str),
    work: impl FnOnce(Counted<'a>) -> T,
) -> T {
    let sent = Arc::new(AtomicU64::new(0));
    let file = Counted { rest: bytes, sent: sent.clone() };
    let length = bytes.len() as u64;
    beside(move |shown| show_upload(shown, sent.load(Ordering::Relaxed), length, told), || work(file))
}

/// Bytes that are counted as they are read.
pub struct Counted<'a> {
    rest: &'a [u8],
    sent: Arc<AtomicU64>,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.rest.read(buffer)?;
        self.sent.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// Runs `work`; once it takes over a second, `show` is called again and again
/// with what a person sees.
fn beside<T>(show: impl Fn(&ProgressBar) + Send, work: impl FnOnce() -> T) -> T {
    if !io::stderr().is_terminal() {
        return work();
    }
    thread::scope(|scope| {
        let (done, finished) = channel::<()>();
        scope.spawn(move || {
            if finished.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let shown = ProgressBar::new_spinner().with_elapsed(PATIENCE);
            while finished.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                show(&shown);
            }
            shown.finish_and_clear();
        });
        let result = work();
        drop(done);
        result
    })
}

fn show_upload(
    shown: &ProgressBar,
    sent: u64,
    length: u64,
    (sending, waiting): (&'static str, &'static str),
) {
    if sent >= length {
        return show_waiting(shown, waiting);
    }
    set_template(shown, "{msg} {wide_bar} {bytes}/{total_bytes}");
    shown.set_length(length);
    shown.set_position(sent);
    shown.set_message(sending);
}

fn show_waiting(shown: &ProgressBar, message: &'static str) {
    set_template(shown, "{spinner} {msg} ({elapsed})");
    shown.set_message(message);
    shown.tick();
}

/// Templates are constants; should one ever be wrong, the last one stays.
fn set_template(shown: &ProgressBar, template: &'static str) {
    if let Ok(style) = ProgressStyle::with_template(template) {
        shown.set_style(style);
    }
}

/// A bar for `length` steps; hidden unless a person watches standard error.
pub fn bar(length: u64, message: &'static str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr());
    bar.set_message(message);
    set_template(&bar, "{msg} {wide_bar} {pos}/{len}");
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

#[cfg(test)]
mod tests {
    use super::{Counted, show_upload};
    use indicatif::ProgressBar;
    use std::io::Read;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    #[test]
    fn a_file_that_is_sent_shows_how_far_it_is_and_then_that_the_node_works() {
        let bytes = vec![7; 50_000];
        let length = bytes.len() as u64;
        let sent = Arc::new(AtomicU64::new(0));
        let mut file = Counted { rest: &bytes, sent: sent.clone() };
        let shown = ProgressBar::hidden();
        let show = |file: &mut Counted, count: u64| {
            let mut part = Vec::new();
            file.take(count).read_to_end(&mut part).unwrap();
            show_upload(&shown, sent.load(Ordering::Relaxed), length, ("Sending", "Working"));
            (part.len() as u64, shown.message(), shown.position())
        };
        assert_eq!(show(&mut file, 20_000), (20_000, "Sending".to_owned(), 20_000));
        assert_eq!(show(&mut file, 29_999), (29_999, "Sending".to_owned(), 49_999));
        assert_eq!(show(&mut file, 10).1, "Working");
        assert_eq!(sent.load(Ordering::Relaxed), length);
    }
}
