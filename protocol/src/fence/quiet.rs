//! Catching panics of Automerge without a word on standard error.
//!
//! A caught panic still runs the process-wide panic hook, which prints. Only a hook can stop
//! that, so one is installed once: it stays silent on a thread that is inside [`catch`], and
//! passes every other panic to the hook that was there before. Reading and replacing the hook
//! are two steps, so a program that sets its own hook does so first and then calls
//! [`hush_caught_panics`], both at its start, before it has other threads.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    static CATCHING: Cell<bool> = const { Cell::new(false) };
}

static INSTALLED: Once = Once::new();

/// Installs the silent panic hook, once per process however often it is called. The first caught
/// panic guard does it too, if the program has not.
pub fn hush_caught_panics() {
    // The standard library refuses a new hook from a thread that is panicking.
    if std::thread::panicking() {
        return;
    }
    INSTALLED.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |information| {
            if !CATCHING.get() {
                previous(information);
            }
        }));
    });
}

/// Runs `work`; a panic becomes the text of its message.
///
/// `work` may leave behind half-changed values, so callers pass it copies and drop them.
pub(crate) fn catch<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    hush_caught_panics();
    let outer = CATCHING.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    CATCHING.set(outer);
    result.map_err(|payload| {
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
        text.unwrap_or("panic without a message").to_owned()
    })
}
