//! The folder with real input, if this machine has it.

use std::path::PathBuf;

/// The folder that `COMMONS_SHARED_DATA` names.
pub fn folder() -> Option<PathBuf> {
    std::env::var_os("COMMONS_SHARED_DATA").map(PathBuf::from).filter(|folder| folder.is_dir())
}

/// Says that a check did not run.
pub fn skipped(what: &str) {
    println!("skipped: {what}: COMMONS_SHARED_DATA names no folder");
}
