//! `verify`: checks a proof – of a release or of a fault – without a node and
//! without a home.

mod release;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use commons_node::engine::verify_proof;
use commons_protocol::proof::{PROOF_BYTES, looks_like_proof};
use serde_json::json;

use crate::args::VerifyArgs;
use crate::commands::source::SourceError;
use crate::error::CliError;
use crate::output::progress::with_spinner;
use crate::output::{Answer, OutputError};
use crate::view::ProvedView;

/// Says what a file proves; a file that proves nothing ends with exit code 1.
pub fn verify(args: &VerifyArgs) -> Result<Answer, CliError> {
    let bytes = read(&args.file)?;
    if looks_like_proof(&bytes) {
        return release::verify(args, &bytes);
    }
    if args.as_of.is_some() {
        return not_proved("--as-of goes with the proof of a release, and this file is none".to_owned());
    }
    let checked = with_spinner("Checking every signature", || verify_proof(&bytes));
    match checked {
        Err(error) => {
            not_proved(format!("the file is no proof of a release, and as one of a fault: {error}"))
        }
        Ok(proved) => match other_commons(args, &proved.commons) {
            Some(reason) => not_proved(reason),
            None => answer(&proved, args.commons.is_some()),
        },
    }
}

/// Why a file about the commons `found` is none that the reader wants.
fn other_commons(args: &VerifyArgs, found: &str) -> Option<String> {
    let wanted = args.commons.as_deref().filter(|wanted| *wanted != found)?;
    Some(format!("the file is about the commons {found}, not about {wanted}"))
}

fn answer(proved: &ProvedView, is_wanted: bool) -> Result<Answer, CliError> {
    let mut human = String::from("PROVED. ");
    human.push_str(&proved.text.join("\n\n"));
    human.push_str("\n\nThe signatures that prove it:\n");
    for line in &proved.evidence {
        human.push_str(&format!("  {line}\n"));
    }
    human.push_str(hint(is_wanted));
    let mut json = serde_json::to_value(proved).map_err(OutputError::from)?;
    json["proved"] = true.into();
    Ok(Answer::new(human, &json)?)
}

fn hint(is_wanted: bool) -> &'static str {
    if is_wanted { "" } else { "\nWith `--commons ID` this command compares the commons itself.\n" }
}

fn not_proved(reason: String) -> Result<Answer, CliError> {
    let human = format!("NOT PROVED: {reason}.\n");
    Ok(Answer::new(human, &json!({ "proved": false, "reason": reason }))?.with_ok(false))
}

/// Reads at most a byte more than a proof may have.
fn read(path: &Path) -> Result<Vec<u8>, SourceError> {
    let unreadable = |source| SourceError::Unreadable { name: path.display().to_string(), source };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(PROOF_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}
