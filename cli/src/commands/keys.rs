//! `keys`: a sealed copy for the safe, and a new root key.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use serde_json::{Value, json};

use crate::args::KeysVerb;
use crate::commands::{Context, passphrase};
use crate::error::CliError;
use crate::output::{Answer, OutputError};
use crate::view::{PassphraseRequest, SealedKeysView};

/// Exports or rotates.
pub fn keys(context: &Context, verb: KeysVerb) -> Result<Answer, CliError> {
    match verb {
        KeysVerb::Export { out, passphrase } => {
            let file = passphrase.passphrase_file.as_deref();
            export(context, out.as_deref(), file)
        }
        KeysVerb::Rotate => rotate(context),
    }
}

fn export(context: &Context, out: Option<&Path>, file: Option<&Path>) -> Result<Answer, CliError> {
    context.client()?;
    let passphrase = passphrase::fresh(file, "to seal the exported keys")?;
    let request = PassphraseRequest { passphrase };
    let keys: SealedKeysView = context.post("/v1/keys/export", &request)?;
    let Some(path) = out else {
        return Ok(Answer::new(&keys.sealed, &keys)?);
    };
    write_private(path, &keys.sealed)?;
    let human = format!("Wrote {}. {}\n", path.display(), keys.note);
    let json = json!({ "file": path, "note": keys.note });
    Ok(Answer::new(human, &json)?)
}

/// Writes a new file that only this user can read, down to the disk.
fn write_private(path: &Path, text: &str) -> Result<(), CliError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => CliError::Usage(format!(
            "{} exists already and is not overwritten. Name another file with --out.",
            path.display()
        )),
        _ => OutputError::File { path: path.to_owned(), source: error }.into(),
    })
}

fn rotate(context: &Context) -> Result<Answer, CliError> {
    let answer: Value = context.post("/v1/keys/rotate", &json!({}))?;
    let note = answer["note"].as_str().unwrap_or_default();
    let human = format!(
        "The root key is replaced. {note}\nOlder exports no longer hold it: export again with {}.\n",
        context.command("keys export")
    );
    Ok(Answer::new(human, &answer)?)
}
