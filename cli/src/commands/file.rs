//! Writing the files that people asked for.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

use crate::client::Client;
use crate::error::CliError;
use crate::output::OutputError;

/// Largest file that is fetched: all attachments of a crate, with room for the
/// rest.
const MAX_BYTES: u64 = 512 * 1024 * 1024;

/// Bytes at the beginning of a file that say what it is.
const MARKED_BYTES: u64 = 256;

/// Writes a new file, down to the disk.
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    let written = create(path).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(|error| failed(path, error))
}

/// Writes a file down to the disk, new or in place of one with `mark` in its
/// first bytes: whoever reads it finds the old one or the new one, whole.
pub fn replace(path: &Path, mark: &[u8], bytes: &[u8]) -> Result<(), CliError> {
    if !is_replaceable(path, mark).map_err(|error| failed(path, error))? {
        return Err(CliError::Usage(format!(
            "{} is there and is no such file, so it is not replaced. Name another file.",
            path.display()
        )));
    }
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".new");
    let fresh = path.with_file_name(name);
    // What is left of an attempt that broke off.
    let _ = fs::remove_file(&fresh);
    write_new(&fresh, bytes)?;
    fs::rename(&fresh, path).map_err(|error| {
        let _ = fs::remove_file(&fresh);
        failed(path, error)
    })
}

/// Whether nothing is there, or what was written so before.
fn is_replaceable(path: &Path, mark: &[u8]) -> io::Result<bool> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        opened => opened?,
    };
    let mut start = Vec::new();
    file.take(MARKED_BYTES).read_to_end(&mut start)?;
    Ok(start.windows(mark.len()).any(|part| part == mark))
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
    if path == Path::new("-") {
        let why = "this can't go to standard output; name a file";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
    }
    OpenOptions::new().write(true).create_new(true).open(path)
}

fn failed(path: &Path, error: io::Error) -> CliError {
    match error.kind() {
        io::ErrorKind::AlreadyExists => CliError::Usage(format!(
            "{} exists already and is not overwritten. Name another file.",
            path.display()
        )),
        io::ErrorKind::InvalidInput => {
            CliError::Usage(format!("{} can't be written: {error}.", path.display()))
        }
        _ => OutputError::File { path: path.to_owned(), source: error }.into(),
    }
}
