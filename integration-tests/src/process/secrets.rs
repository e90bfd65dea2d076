//! Nothing secret is ever printed or logged.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use commons_node::keystore::{Keystore, Seed};
use commons_protocol::invitation::Invitation;

use super::answer::Answer;

/// Everything that commands printed, without the three answers whose very
/// purpose is to hand out a secret; those secrets are kept to look for them
/// everywhere else.
#[derive(Default)]
pub struct Transcript {
    printed: Vec<(String, String)>,
    secrets: BTreeSet<String>,
}

impl Transcript {
    /// Takes in what a command printed.
    pub fn add(&mut self, answer: &Answer) {
        let told = secrets_told(&answer.stdout);
        if told.is_empty() {
            self.printed.push((answer.command.clone(), answer.stdout.clone()));
        }
        self.secrets.extend(told);
        self.printed.push((answer.command.clone(), answer.stderr.clone()));
    }
}

/// Secrets that an answer in JSON hands out: a person's token, an invitation's
/// code and the secret in it.
fn secrets_told(stdout: &str) -> Vec<String> {
    let Ok(value) = serde_json::from_str::<serde_json::Value>(stdout) else { return Vec::new() };
    let mut told = Vec::new();
    if let Some(token) = value["token"].as_str().filter(|token| !token.contains('/')) {
        told.push(token.to_owned());
    }
    if let Some(code) = value["code"].as_str() {
        told.push(code.to_owned());
        if let Ok(invitation) = Invitation::from_code(code) {
            told.extend(forms(&invitation.secret.0));
        }
    }
    told
}

/// Searches all that was printed and logged in a place.
///
/// # Panics
/// If there is a secret or a panic in it.
pub fn assert_clean(root: &Path, transcript: &Transcript, logs: &[(String, String)]) {
    let mut secrets = transcript.secrets.clone();
    for entry in fs::read_dir(root).expect("the place can be read") {
        secrets.extend(secrets_of(&entry.expect("the place can be read").path()));
    }
    for (name, text) in transcript.printed.iter().chain(logs) {
        assert!(!text.contains("panicked at"), "{name} holds a panic:\n{text}");
        let told = secrets.iter().filter(|secret| text.contains(secret.as_str())).count();
        assert_eq!(told, 0, "{name} tells {told} of {} secrets", secrets.len());
    }
}

/// The secrets of a home: its tokens, key file and seeds.
fn secrets_of(home: &Path) -> Vec<String> {
    let text = |name: &str| fs::read_to_string(home.join(name)).ok().map(|text| text.trim().to_owned());
    let mut secrets: Vec<String> = ["operator.token", "keys/keyfile"]
        .into_iter()
        .filter_map(text)
        .filter(|text| !text.is_empty())
        .collect();
    // Homes whose keys need a passphrase, or were damaged by the test, stay
    // shut; others of the same suite do not.
    if let Ok((_, keys)) = Keystore::open(&home.join("keys"), None) {
        let seeds = [&keys.root, &keys.next_root, &keys.admin, &keys.elector, &keys.node, &keys.peer];
        let people = keys.persons.values().map(|person| &person.seed);
        let invitations = keys.invitations.iter().map(|invitation| &invitation.secret);
        let all = seeds.into_iter().chain(people).chain(invitations);
        secrets.extend(all.map(Seed::expose).flat_map(forms));
    }
    secrets
}

/// How 32 secret bytes might look in a text: hexadecimal, or a list of numbers.
fn forms(bytes: &[u8; 32]) -> [String; 3] {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    [hex.to_uppercase(), hex, format!("{bytes:?}")]
}
