//! Writing the files that people asked for.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use crate::error::CliError;
use crate::output::OutputError;

/// Writes a new file, down to the disk.
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    let written = OpenOptions::new().write(true).create_new(true).open(path).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => CliError::Usage(format!(
            "{} exists already and is not overwritten. Name another file.",
            path.display()
        )),
        _ => OutputError::File { path: path.to_owned(), source: error }.into(),
    })
}
