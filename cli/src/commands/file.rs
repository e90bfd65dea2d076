//! Writing the files that people asked for.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use crate::client::Client;
use crate::error::CliError;
use crate::output::OutputError;

/// Largest file that is fetched: all attachments of a crate, with room for the
/// rest.
const MAX_BYTES: u64 = 512 * 1024 * 1024;

/// Writes a new file, down to the disk.
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    let written = create(path).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(|error| failed(path, error))
}

/// Fetches `from` into a new file, down to the disk. The number of bytes;
/// nothing is left of a file that broke off.
pub fn fetch_new(client: &Client, from: &str, path: &Path) -> Result<u64, CliError> {
    let mut file = create(path).map_err(|error| failed(path, error))?;
    let fetched = client.save(from, MAX_BYTES, &mut file).map_err(CliError::from).and_then(|copied| {
        copied.and_then(|bytes| file.sync_all().map(|()| bytes)).map_err(|error| failed(path, error))
    });
    if fetched.is_err() {
        // What is to be told is why fetching failed.
        let _ = fs::remove_file(path);
    }
    fetched
}

fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

fn failed(path: &Path, error: io::Error) -> CliError {
    match error.kind() {
        io::ErrorKind::AlreadyExists => CliError::Usage(format!(
            "{} exists already and is not overwritten. Name another file.",
            path.display()
        )),
        _ => OutputError::File { path: path.to_owned(), source: error }.into(),
    }
}
