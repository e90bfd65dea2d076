//! Passphrases: from a file, from the environment or from the terminal, never
//! from an argument, where every user of the machine could read it.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

/// Environment variable for a node that starts without anybody there.
pub const VARIABLE: &str = "COMMONS_PASSPHRASE";
/// Shortest passphrase that may seal keys, in characters.
const MIN_CHARS: usize = 12;
/// Longest passphrase, in bytes.
const MAX_BYTES: usize = 4096;

/// Why there is no passphrase.
#[derive(Debug, thiserror::Error)]
pub enum PassphraseError {
    /// The file can't be read.
    #[error("The passphrase file {path} cannot be read: {source}. Check its name and owner.")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Nobody can be asked.
    #[error(
        "A passphrase is needed ({0}) and there is no terminal to ask at. Give it with \
         --passphrase-file or in {VARIABLE}."
    )]
    NobodyToAsk(&'static str),
    /// The terminal failed.
    #[error("The passphrase could not be read from the terminal: {0}. Try again.")]
    Terminal(#[source] io::Error),
    /// The two entries differ.
    #[error("The two passphrases differ. Nothing was done; try again.")]
    Different,
    /// It would be guessed.
    #[error(
        "The passphrase is shorter than {MIN_CHARS} characters. Use a longer one, such as five \
         random words."
    )]
    TooShort,
    /// There is none, or it is not one line of text.
    #[error("The passphrase is empty or longer than {MAX_BYTES} bytes. Use one line of text.")]
    Unusable,
}

/// An existing passphrase, to open `what`.
pub fn existing(file: Option<&Path>, what: &'static str) -> Result<String, PassphraseError> {
    if let Some(given) = given(file)? {
        return Ok(given);
    }
    ask(what, &format!("Passphrase ({what}): "))
}

/// A new passphrase, to seal `what`; asked for twice.
pub fn fresh(file: Option<&Path>, what: &'static str) -> Result<String, PassphraseError> {
    let passphrase = match given(file)? {
        Some(given) => given,
        None => {
            let first = ask(what, &format!("New passphrase ({what}): "))?;
            if ask(what, "The same again: ")? != first {
                return Err(PassphraseError::Different);
            }
            first
        }
    };
    if passphrase.chars().count() < MIN_CHARS {
        return Err(PassphraseError::TooShort);
    }
    Ok(passphrase)
}

fn given(file: Option<&Path>) -> Result<Option<String>, PassphraseError> {
    if let Some(path) = file {
        return from_file(path).map(Some);
    }
    match std::env::var(VARIABLE) {
        Ok(value) => checked(&value).map(Some),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => Err(PassphraseError::Unusable),
    }
}

fn from_file(path: &Path) -> Result<String, PassphraseError> {
    let unreadable = |source| PassphraseError::Unreadable { path: path.to_owned(), source };
    let mut text = String::new();
    File::open(path)
        .map_err(unreadable)?
        .take(MAX_BYTES as u64 + 2)
        .read_to_string(&mut text)
        .map_err(unreadable)?;
    checked(text.lines().next().unwrap_or_default())
}

fn checked(passphrase: &str) -> Result<String, PassphraseError> {
    if passphrase.is_empty() || passphrase.len() > MAX_BYTES {
        return Err(PassphraseError::Unusable);
    }
    Ok(passphrase.to_owned())
}

fn ask(what: &'static str, prompt: &str) -> Result<String, PassphraseError> {
    if !io::stdin().is_terminal() {
        return Err(PassphraseError::NobodyToAsk(what));
    }
    let passphrase = rpassword::prompt_password(prompt).map_err(PassphraseError::Terminal)?;
    checked(&passphrase)
}

#[cfg(test)]
mod tests {
    use super::{PassphraseError, fresh, from_file};
    use std::fs;

    #[test]
    fn a_file_gives_its_first_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("p");
        fs::write(&path, "correct horse battery\r\nnote\n").unwrap();
        assert_eq!(from_file(&path).unwrap(), "correct horse battery");
        assert_eq!(fresh(Some(&path), "test").unwrap(), "correct horse battery");
        fs::write(&path, "\n").unwrap();
        let error = from_file(&path).unwrap_err();
        assert!(matches!(error, PassphraseError::Unusable));
        fs::write(&path, "x".repeat(9000)).unwrap();
        assert!(from_file(&path).is_err());
    }

    #[test]
    fn new_passphrases_have_a_least_length() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("p");
        fs::write(&path, "short").unwrap();
        let error = fresh(Some(&path), "test").unwrap_err();
        assert!(matches!(error, PassphraseError::TooShort));
    }
}
