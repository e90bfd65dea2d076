//! Everything secret of one organisation's node: seeds, sealed at rest.
//!
//! The keystore does not sign; it keeps 32-byte Ed25519 seeds in one age file,
//! `keystore.age`, sealed either to the X25519 identity in `keyfile` beside it
//! or to a passphrase. A key file guards against nothing but a copied
//! `keystore.age`; it lets a node start without a person. A passphrase also
//! guards a stolen disk.

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::private_file::{self, FileError};

mod backup;
mod keys;
mod passphrase;
mod seal;
mod seed;

pub use backup::{Backup, export, import};
pub use keys::{Invitation, Keys, PersonSecret};
pub use passphrase::Passphrase;
pub use seed::Seed;

use seal::Lock;

/// Bound on a sealed file, in bytes.
pub const MAX_SEALED: u64 = 1 << 20;
/// Bound on a key file, in bytes.
const MAX_KEYFILE: u64 = 1_024;

const STORE_FILE: &str = "keystore.age";
const KEY_FILE: &str = "keyfile";

/// Why keys could not be read, made or stored. No variant holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum KeystoreError {
    /// A file could not be read or written, or others can get at it.
    #[error(transparent)]
    File(#[from] FileError),
    /// Nothing was set up.
    #[error(
        "{} does not exist; run `commons init`, or restore the keys with \
         `commons init --from-keys FILE`",
        path.display()
    )]
    Missing {
        /// The sealed file.
        path: PathBuf,
    },
    /// Keys are never overwritten by new ones.
    #[error("{} already holds keys; move them away if they are really not needed", path.display())]
    Exists {
        /// The sealed file.
        path: PathBuf,
    },
    /// The passphrase does not open it.
    #[error("the passphrase does not open {what}; check it for typing errors and layout")]
    WrongPassphrase {
        /// The sealed thing.
        what: String,
    },
    /// It is sealed with a passphrase and none was given.
    #[error(
        "{what} is sealed with a passphrase; start at a terminal, or name a file that holds it \
         with `--passphrase-file`"
    )]
    PassphraseNeeded {
        /// The sealed thing.
        what: String,
    },
    /// The passphrase that was given has no use.
    #[error("{what} is sealed to the key file beside it; give no passphrase")]
    PassphraseUnused {
        /// The sealed thing.
        what: String,
    },
    /// The key file is gone.
    #[error(
        "{} is missing, and only it opens the keystore beside it; put it back from a backup, or \
         restore the exported keys in a new home with `commons init --from-keys FILE`",
        path.display()
    )]
    KeyfileMissing {
        /// The key file.
        path: PathBuf,
    },
    /// The key file belongs to another keystore.
    #[error("{what} is sealed to another key file; put the one back that belongs to it")]
    WrongKeyfile {
        /// The sealed thing.
        what: String,
    },
    /// The key file is not one.
    #[error("{} is not a key file; put it back from a backup", path.display())]
    DamagedKeyfile {
        /// The key file.
        path: PathBuf,
    },
    /// The sealed bytes were changed or cut off.
    #[error(
        "{what} is damaged ({problem}); put it back from a backup, or restore the exported keys \
         in a new home with `commons init --from-keys FILE`"
    )]
    Damaged {
        /// The sealed thing.
        what: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// Another version wrote it.
    #[error("{what} has format version {found}, this release reads {wanted}; use a newer release")]
    Version {
        /// The sealed thing.
        what: String,
        /// Its version.
        found: u32,
        /// The version that is read.
        wanted: u32,
    },
    /// It asks for more work than any honest file.
    #[error("{what} asks for an absurd amount of work to open; it was not made by this program")]
    TooMuchWork {
        /// The sealed thing.
        what: String,
    },
    /// It would not fit.
    #[error("the keys exceed {MAX_SEALED} bytes; remove people who left")]
    TooLarge,
    /// The passphrase protects nothing.
    #[error("the passphrase must have at least {least} characters; a few random words are good")]
    WeakPassphrase {
        /// The least number of characters.
        least: usize,
    },
    /// Too long to be a passphrase.
    #[error("the passphrase has more than {most} bytes; is this the right file?")]
    LongPassphrase {
        /// The most bytes.
        most: usize,
    },
    /// Invitations pile up.
    #[error("{limit} invitations are open already; wait until one is used or has expired")]
    TooManyInvitations {
        /// The most at one time.
        limit: usize,
    },
    /// The system has no randomness.
    #[error("the system gave no random bytes: {0}")]
    Random(#[source] getrandom::Error),
    /// Sealing failed.
    #[error("cannot seal {what}: {source}")]
    Seal {
        /// What was to be sealed.
        what: String,
        /// Why.
        source: std::io::Error,
    },
}

/// The sealed file and what opens it.
pub struct Keystore {
    path: PathBuf,
    lock: Lock,
}

impl Keystore {
    /// Seals new keys in a directory that has none, to a passphrase if there
    /// is one and else to a fresh key file.
    pub fn create(
        directory: &Path,
        keys: &Keys,
        passphrase: Option<Passphrase>,
    ) -> Result<Keystore, KeystoreError> {
        private_file::create_directory(directory)?;
        let path = directory.join(STORE_FILE);
        if path.exists() {
            return Err(KeystoreError::Exists { path });
        }
        let lock = match passphrase {
            Some(passphrase) => Lock::Passphrase(passphrase),
            None => {
                let identity = age::x25519::Identity::generate();
                write_keyfile(&directory.join(KEY_FILE), &identity)?;
                Lock::Keyfile(Box::new(identity))
            }
        };
        let keystore = Keystore { path, lock };
        keystore.save(keys)?;
        Ok(keystore)
    }

    /// Opens the keys of a directory. With a key file this takes about a
    /// millisecond; with a passphrase about a second, and 128 MiB for that time.
    pub fn open(directory: &Path, passphrase: Option<Passphrase>) -> Result<(Keystore, Keys), KeystoreError> {
        private_file::check_directory(directory)?;
        let path = directory.join(STORE_FILE);
        let what = path.display().to_string();
        let sealed = read_sealed(&path)?;
        let lock = match (seal::wants_passphrase(&sealed, &what)?, passphrase) {
            (true, Some(passphrase)) => Lock::Passphrase(passphrase),
            (true, None) => return Err(KeystoreError::PassphraseNeeded { what }),
            (false, Some(_)) => return Err(KeystoreError::PassphraseUnused { what }),
            (false, None) => Lock::Keyfile(Box::new(read_keyfile(&directory.join(KEY_FILE))?)),
        };
        let keys = Keys::decode(&lock.open(&sealed, &what)?, &what)?;
        Ok((Keystore { path, lock }, keys))
    }

    /// Whether a person must give a passphrase before [`Keystore::open`].
    pub fn wants_passphrase(directory: &Path) -> Result<bool, KeystoreError> {
        let path = directory.join(STORE_FILE);
        seal::wants_passphrase(&read_sealed(&path)?, &path.display().to_string())
    }

    /// Seals the keys anew and replaces the file; durable once this returns.
    /// With a passphrase this takes about a second: keep it off the threads
    /// that serve others.
    pub fn save(&self, keys: &Keys) -> Result<(), KeystoreError> {
        let what = self.path.display().to_string();
        let sealed = self.lock.seal(&keys.encode()?, &what)?;
        if sealed.len() as u64 > MAX_SEALED {
            return Err(KeystoreError::TooLarge);
        }
        Ok(private_file::write(&self.path, &sealed)?)
    }
}

fn read_sealed(path: &Path) -> Result<Zeroizing<Vec<u8>>, KeystoreError> {
    private_file::read(path, MAX_SEALED).map_err(|error| match error {
        FileError::Missing { path } => KeystoreError::Missing { path },
        other => other.into(),
    })
}

fn write_keyfile(path: &Path, identity: &age::x25519::Identity) -> Result<(), KeystoreError> {
    use age::secrecy::ExposeSecret;
    let text = identity.to_string();
    Ok(private_file::write(path, text.expose_secret().as_bytes())?)
}

fn read_keyfile(path: &Path) -> Result<age::x25519::Identity, KeystoreError> {
    let bytes = private_file::read(path, MAX_KEYFILE).map_err(|error| match error {
        FileError::Missing { path } => KeystoreError::KeyfileMissing { path },
        other => other.into(),
    })?;
    let damaged = || KeystoreError::DamagedKeyfile { path: path.to_owned() };
    let text = std::str::from_utf8(&bytes).map_err(|_| damaged())?;
    text.trim().parse().map_err(|_| damaged())
}

#[cfg(unix)]
#[cfg(test)]
mod tests;
