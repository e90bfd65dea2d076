//! `run`: being the node.

use std::io;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::args::{PassphraseArgs, RunArgs};
use crate::client::home::{Endpoint, HomeError, own_api_address};
use crate::client::{Client, ClientError};
use crate::commands::Context;
use crate::commands::passphrase;
use crate::error::{CliError, FAILED};
use crate::local;
use crate::output::Output;

/// How often a waiting thread looks again.
const POLL: Duration = Duration::from_millis(100);
/// How long the node may take to stop by itself once its parent is gone.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// Runs the node until it is stopped.
pub fn run(context: &Context, args: RunArgs) -> Result<(), CliError> {
    let home = &context.home;
    if !home.is_dir() {
        return Err(HomeError::Missing(home.display().to_string()).into());
    }
    let passphrase = passphrase(home, &args.passphrase)?;
    if args.exit_with_parent {
        let home = home.clone();
        thread::spawn(move || stop_with_parent(&home));
    }
    let (output, announced) = (context.output, home.clone());
    thread::spawn(move || announce(output, &announced));
    Ok(local::run(home, passphrase)?)
}

/// The passphrase of `home`, if its keys need one.
pub fn passphrase(home: &Path, args: &PassphraseArgs) -> Result<Option<String>, CliError> {
    let keys = home.join("keys");
    if !keys.join("keystore.age").exists() || keys.join("keyfile").exists() {
        return Ok(None);
    }
    let file = args.passphrase_file.as_deref();
    Ok(Some(passphrase::existing(file, "to open the keys of this home")?))
}

/// Says where the API listens, once it does. Ends with the process.
fn announce(output: Output, home: &Path) {
    let address = loop {
        match own_api_address(home, std::process::id()) {
            Some(address) => break address,
            None => thread::sleep(POLL),
        }
    };
    // A closed standard output is no reason for a node to stop.
    let _ = if output.json {
        output.json_line(&json!({ "address": address.to_string(), "home": home }))
    } else {
        output.say(&format!("The node runs; its API is at http://{address}. Stop it with Ctrl-C."))
    };
}

/// Waits until standard input ends, which it does when the parent is gone, and
/// stops the node: by its API, and if that does not help, at once.
fn stop_with_parent(home: &Path) {
    // An error means the same as the end: nobody is there any more.
    let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
    let deadline = Instant::now() + STOP_TIMEOUT;
    while Instant::now() < deadline {
        // A node that does not listen yet or stops already answers nothing.
        let _ = shut_down(home);
        thread::sleep(POLL);
    }
    std::process::exit(i32::from(FAILED));
}

/// Asks the node of `home` to stop.
pub fn shut_down(home: &Path) -> Result<(), ClientError> {
    let client = Client::new(Endpoint::read(home, None)?);
    client.post::<_, Value>("/v1/shutdown", &json!({}))?;
    Ok(())
}
