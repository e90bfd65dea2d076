//! A passphrase that a person chose.

use std::fmt;

use age::secrecy::SecretString;
use zeroize::Zeroizing;

use super::KeystoreError;

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

    pub(super) fn secret(&self) -> SecretString {
        self.0.clone()
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(hidden)")
    }
}
