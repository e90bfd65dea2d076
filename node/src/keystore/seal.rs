//! Sealing and opening bytes with age.

use std::io::{self, Read, Write};
use std::iter;

use age::armor::{ArmoredReader, ArmoredWriter, Format};
use age::{DecryptError, Decryptor, EncryptError, Encryptor, Identity, Recipient};
use zeroize::Zeroizing;

use super::{KeystoreError, MAX_SEALED, Passphrase};

/// scrypt with N = 2^17: 128 MiB and roughly half a second per guess. Unit
/// tests seal so often that they take less.
const WORK_FACTOR: u8 = if cfg!(test) { 12 } else { 17 };
/// What a file may ask for: twice as much, should this ever be raised.
const MAX_WORK_FACTOR: u8 = 18;

/// What seals and opens a keystore.
pub(super) enum Lock {
    Keyfile(Box<age::x25519::Identity>),
    Passphrase(Passphrase),
}

impl Lock {
    pub(super) fn seal(&self, plain: &[u8], what: &str) -> Result<Vec<u8>, KeystoreError> {
        let sealed = match self {
            Lock::Keyfile(identity) => encrypt(&identity.to_public(), plain, Format::Binary),
            Lock::Passphrase(passphrase) => encrypt(&passphrase_recipient(passphrase), plain, Format::Binary),
        };
        sealed.map_err(|error| seal_error(error, what))
    }

    pub(super) fn open(&self, sealed: &[u8], what: &str) -> Result<Zeroizing<Vec<u8>>, KeystoreError> {
        match self {
            Lock::Keyfile(identity) => decrypt(identity.as_ref(), sealed, what),
            Lock::Passphrase(passphrase) => open_with_passphrase(passphrase, sealed, what),
        }
    }
}

/// Seals to a passphrase, as text that survives mail and paper.
pub(super) fn seal_armored(
    passphrase: &Passphrase,
    plain: &[u8],
    what: &str,
) -> Result<String, KeystoreError> {
    let recipient = passphrase_recipient(passphrase);
    let sealed = encrypt(&recipient, plain, Format::AsciiArmor).map_err(|error| seal_error(error, what))?;
    String::from_utf8(sealed).map_err(|error| KeystoreError::Seal {
        what: what.to_owned(),
        source: io::Error::new(io::ErrorKind::InvalidData, error.utf8_error()),
    })
}

/// Opens what was sealed to a passphrase, armoured or not.
pub(super) fn open_with_passphrase(
    passphrase: &Passphrase,
    sealed: &[u8],
    what: &str,
) -> Result<Zeroizing<Vec<u8>>, KeystoreError> {
    let mut identity = age::scrypt::Identity::new(passphrase.secret());
    identity.set_max_work_factor(MAX_WORK_FACTOR);
    decrypt(&identity, sealed, what)
}

/// Whether bytes are sealed to a passphrase rather than to a key file.
pub(super) fn wants_passphrase(sealed: &[u8], what: &str) -> Result<bool, KeystoreError> {
    Decryptor::new_buffered(ArmoredReader::new(sealed))
        .map(|decryptor| decryptor.is_scrypt())
        .map_err(|error| open_error(error, what))
}

fn passphrase_recipient(passphrase: &Passphrase) -> age::scrypt::Recipient {
    let mut recipient = age::scrypt::Recipient::new(passphrase.secret());
    recipient.set_work_factor(WORK_FACTOR);
    recipient
}

fn encrypt(recipient: &dyn Recipient, plain: &[u8], format: Format) -> Result<Vec<u8>, EncryptError> {
    let encryptor = Encryptor::with_recipients(iter::once(recipient))?;
    let armor = ArmoredWriter::wrap_output(Vec::new(), format)?;
    let mut writer = encryptor.wrap_output(armor)?;
    writer.write_all(plain)?;
    Ok(writer.finish()?.finish()?)
}

fn decrypt(identity: &dyn Identity, sealed: &[u8], what: &str) -> Result<Zeroizing<Vec<u8>>, KeystoreError> {
    let decryptor =
        Decryptor::new_buffered(ArmoredReader::new(sealed)).map_err(|error| open_error(error, what))?;
    let by_passphrase = decryptor.is_scrypt();
    let reader = decryptor.decrypt(iter::once(identity)).map_err(|error| match error {
        DecryptError::DecryptionFailed | DecryptError::KeyDecryptionFailed if by_passphrase => {
            KeystoreError::WrongPassphrase { what: what.to_owned() }
        }
        other => open_error(other, what),
    })?;
    // Sealed bytes are never fewer than plain ones, so the vector never grows
    // and leaves no unwiped copy behind.
    let mut plain = Zeroizing::new(Vec::with_capacity(sealed.len() + 1));
    reader
        .take(MAX_SEALED)
        .read_to_end(&mut plain)
        .map_err(|_| damaged(what, "its content does not match its seal or is cut off"))?;
    Ok(plain)
}

/// The library's own errors stay out of the chain: printing its error about
/// excessive work subtracts the file's number from this machine's and can
/// overflow, and the file may be hostile.
fn open_error(error: DecryptError, what: &str) -> KeystoreError {
    let what_owned = what.to_owned();
    match error {
        DecryptError::NoMatchingKeys => KeystoreError::WrongKeyfile { what: what_owned },
        DecryptError::ExcessiveWork { .. } => KeystoreError::TooMuchWork { what: what_owned },
        DecryptError::UnknownFormat => damaged(what, "its age format is unknown"),
        DecryptError::InvalidMac => damaged(what, "its header was changed"),
        DecryptError::Io(_) => damaged(what, "it is cut off or not an age file"),
        _ => damaged(what, "it is not a whole age file"),
    }
}

fn damaged(what: &str, problem: &'static str) -> KeystoreError {
    KeystoreError::Damaged { what: what.to_owned(), problem }
}

fn seal_error(error: EncryptError, what: &str) -> KeystoreError {
    let source = match error {
        EncryptError::Io(source) => source,
        other => io::Error::other(other.to_string()),
    };
    KeystoreError::Seal { what: what.to_owned(), source }
}
