//! Arguments of the verbs about broken rules.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use commons_protocol::date::Date;

/// What `faults` does.
#[derive(Debug, Subcommand)]
pub enum FaultsVerb {
    /// List what members' keys signed against the rules, and what can be done
    List,
    /// Write a file that proves a fault to anybody
    Proof {
        /// Id of the fault; the first characters are enough
        id: String,
        /// File to write; it must not exist
        file: PathBuf,
    },
}

/// Arguments of `verify`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// The file that `commons release export` or `commons faults proof` wrote
    pub file: PathBuf,
    /// Refuse proofs of any other commons than the one with this id
    #[arg(long, value_name = "ID", value_parser = commons_id)]
    pub commons: Option<String>,
    /// Tell what was released on this day, such as 2027-01-31
    #[arg(long, value_name = "DATE")]
    pub as_of: Option<Date>,
}

/// A whole id: anybody can found a commons whose id begins like another's.
fn commons_id(text: &str) -> Result<String, String> {
    let is_id = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_id
        .then(|| text.to_ascii_lowercase())
        .ok_or_else(|| "give all 64 digits of the id, as `commons charter --json` shows them".to_owned())
}
