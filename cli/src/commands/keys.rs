//! `keys` and `log`: a sealed copy for the safe, a new root key, revoking a
//! node's key, ending a log.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use serde_json::{Value, json};

use crate::args::KeysVerb;
use crate::commands::{Context, passphrase};
use crate::error::CliError;
use crate::output::text::{count, short};
use crate::output::{Answer, OutputError};
use crate::view::{
    EndLogRequest, KeyView, LogView, NewRootView, PassphraseRequest, RevokeKeyRequest, SealedKeysView,
};

/// Does what `verb` says with the keys.
pub fn keys(context: &Context, verb: KeysVerb) -> Result<Answer, CliError> {
    match verb {
        KeysVerb::Export { out, passphrase } => {
            let file = passphrase.passphrase_file.as_deref();
            export(context, out.as_deref(), file)
        }
        KeysVerb::Rotate => rotate(context),
        KeysVerb::List => list(context),
        KeysVerb::Revoke { key } => revoke(context, key),
        KeysVerb::NewRoot { yes } => new_root(context, yes),
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
        "{note}\nOlder exports no longer hold it; export again with {}.\n",
        context.command("keys export")
    );
    Ok(Answer::new(human, &answer)?)
}

fn list(context: &Context) -> Result<Answer, CliError> {
    let keys: Vec<KeyView> = context.get("/v1/keys")?;
    if keys.is_empty() {
        let human = "No keys: this organisation is not a member of a commons yet.";
        return Ok(Answer::new(human, &keys)?);
    }
    let lines: String = keys.iter().map(lines).collect();
    Ok(Answer::new(lines, &keys)?)
}

fn revoke(context: &Context, key: String) -> Result<Answer, CliError> {
    let key: KeyView = context.post("/v1/keys/revoke", &RevokeKeyRequest { key })?;
    let human = format!(
        "Revoked {}: nothing further that it signs is accepted. What it wrote so far stands.\n",
        short(&key.id)
    );
    Ok(Answer::new(human, &key)?)
}

/// Ends a log of this organisation.
pub fn end_log(context: &Context, log: String, entry: String) -> Result<Answer, CliError> {
    let request = EndLogRequest { log, entry };
    let key: KeyView = context.post("/v1/logs/end", &request)?;
    let human = format!("The log ends there. The key that wrote it now\n{}", lines(&key));
    Ok(Answer::new(human, &key)?)
}

fn new_root(context: &Context, yes: bool) -> Result<Answer, CliError> {
    if !yes {
        return Err(CliError::Usage(
            "This gives up the root key that this node holds and makes a new one, which counts only \
             once the members have put it into the charter. While the old one is good, use `commons \
             keys rotate` instead. A code that was made before is of no use afterwards. Nothing was \
             changed. To go on, add --yes."
                .to_owned(),
        ));
    }
    let root: NewRootView = context.post("/v1/keys/new-root", &json!({}))?;
    Ok(Answer::new(format!("{}\n\n{}\n", root.code, root.message), &root)?)
}

fn lines(key: &KeyView) -> String {
    let state = if key.active { "in force" } else { "revoked" };
    let here = if key.this_node { ", of this node" } else { "" };
    let mut text = format!("{}  {state}{here}\n", short(&key.id));
    key.logs.iter().for_each(|log| text.push_str(&log_lines(log)));
    text
}

fn log_lines(log: &LogView) -> String {
    let mut text = format!(
        "  log {}  {}, {}, {} of them stable\n",
        short(&log.id),
        log.collection,
        count(log.entries, "entry"),
        log.stable
    );
    if let Some(head) = &log.head {
        text.push_str(&format!("    last entry {head}\n"));
    }
    if let Some(place) = log.forked_at {
        text.push_str(&format!("    signed twice from entry {} on; the branches end at\n", place + 1));
        log.branches.iter().for_each(|end| text.push_str(&format!("      {end}\n")));
    }
    text
}
