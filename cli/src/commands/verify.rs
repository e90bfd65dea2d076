//! `verify`: checks the proof of a fault, without a node and without a home.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use commons_node::engine::{PROOF_BYTES, verify_proof};
use serde_json::json;

use crate::args::VerifyArgs;
use crate::commands::source::SourceError;
use crate::error::CliError;
use crate::output::Answer;
use crate::output::progress::with_spinner;
use crate::view::ProvedView;

/// Says what a file proves; a file that proves nothing ends with exit code 1.
pub fn verify(args: &VerifyArgs) -> Result<Answer, CliError> {
    let bytes = read(&args.file)?;
    let checked = with_spinner("Checking every signature", || verify_proof(&bytes));
    match checked {
        Err(error) => not_proved(error.to_string()),
        Ok(proved) => match &args.commons {
            Some(wanted) if *wanted != proved.commons => {
                not_proved(format!("the file is about the commons {}, not about {wanted}", proved.commons))
            }
            wanted => answer(&proved, wanted.is_some()),
        },
    }
}

fn answer(proved: &ProvedView, is_wanted: bool) -> Result<Answer, CliError> {
    let mut human = String::from("PROVED. ");
    human.push_str(&proved.text.join("\n\n"));
    human.push_str("\n\nThe signatures that prove it:\n");
    for line in &proved.evidence {
        human.push_str(&format!("  {line}\n"));
    }
    if !is_wanted {
        human.push_str("\nWith `--commons ID` this command compares the commons itself.\n");
    }
    let mut json = serde_json::to_value(proved).map_err(crate::output::OutputError::from)?;
    json["proved"] = true.into();
    Ok(Answer::new(human, &json)?)
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
