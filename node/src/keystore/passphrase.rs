//! A passphrase that a person chose.

use std::fmt;
use std::path::{Path, PathBuf};

use age::secrecy::SecretString;
use zeroize::Zeroizing;

use super::KeystoreError;
use crate::private_file;

/// The environment variable that names a file with the passphrase.
pub const PASSPHRASE_FILE_VARIABLE: &str = "COMMONS_PASSPHRASE_FILE";

/// The least number of characters; the work factor of scrypt does the rest.
const LEAST_CHARACTERS: usize = 12;
/// The most bytes.
const MOST_BYTES: usize = 1_024;

/// A passphrase; `Debug` shows nothing of it, the text is wiped when it is
/// dropped.
#[derive(Clone)]
pub struct Passphrase(SecretString);

impl Passphrase {
    /// Takes a passphrase of at least 12 characters and at most 1,024 bytes.
    pub fn new(text: String) -> Result<Passphrase, KeystoreError> {
        let text = Zeroizing::new(text);
        if text.len() > MOST_BYTES {
            return Err(KeystoreError::LongPassphrase { most: MOST_BYTES });
        }
        if text.chars().count() < LEAST_CHARACTERS {
            return Err(KeystoreError::WeakPassphrase { least: LEAST_CHARACTERS });
        }
        Ok(Passphrase(SecretString::from(text.as_str())))
    }

    /// Reads the first line of a file. Its permissions are left to whoever
    /// provides it: secret mounts of containers look open but are not.
    pub fn from_file(path: &Path) -> Result<Passphrase, KeystoreError> {
        let bytes = private_file::read_open(path, MOST_BYTES as u64 * 4)?;
        let text = std::str::from_utf8(&bytes)
            .map_err(|_| KeystoreError::PassphraseNotText { path: path.to_owned() })?;
        Passphrase::new(text.lines().next().unwrap_or_default().to_owned())
    }

    /// Reads the file that `COMMONS_PASSPHRASE_FILE` names, if it is set.
    pub fn from_environment() -> Result<Option<Passphrase>, KeystoreError> {
        std::env::var_os(PASSPHRASE_FILE_VARIABLE)
            .filter(|path| !path.is_empty())
            .map(|path| Passphrase::from_file(&PathBuf::from(path)))
            .transpose()
    }

    pub(super) fn secret(&self) -> SecretString {
        self.0.clone()
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(hidden)")
    }
}
