//! The home directory of one organisation's node: where everything lies, and
//! the checks that nobody else can get at it.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::private_file::{self, FileError};

/// Bound on `api.json`, in bytes.
const MAX_API_FILE: u64 = 4_096;
/// Bound on `operator.token`, in bytes.
const MAX_TOKEN_FILE: u64 = 256;

/// Why a home cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// Nothing was set up there.
    #[error(
        "{} holds no node; run `commons init` first, or name another home with --home or \
         COMMONS_HOME",
        path.display()
    )]
    Empty {
        /// The directory.
        path: PathBuf,
    },
    /// Something was set up there before.
    #[error("{} already holds a node; choose another directory with --home", path.display())]
    Taken {
        /// The directory.
        path: PathBuf,
    },
    /// Nothing can be written there.
    #[error(
        "{} cannot be written ({source}); run the node as the owner of that directory, or free \
         space on its disk",
        path.display()
    )]
    Unwritable {
        /// The directory.
        path: PathBuf,
        /// Why the test write failed.
        source: FileError,
    },
    /// Another process uses it.
    #[error(
        "another process already runs the node in {}; stop it first (Ctrl-C, or your service manager), or use \
         another home",
        path.display()
    )]
    Busy {
        /// The directory.
        path: PathBuf,
    },
    /// No node is running.
    #[error("no node is running in {}; start it with `commons run`", path.display())]
    NotRunning {
        /// The directory.
        path: PathBuf,
    },
    /// The lock cannot be taken at all.
    #[error("cannot lock {}: {source}; use a local file system", path.display())]
    Lock {
        /// The lock file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// `api.json` or `operator.token` is not what it should be.
    #[error("{} is damaged; restart the node, or run `commons init` in a new home", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// A file or directory is in the way or too open.
    #[error(transparent)]
    File(#[from] FileError),
}

/// Where the API of a running node listens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiFile {
    /// `127.0.0.1:PORT`.
    pub address: String,
    /// Process id of the node.
    pub pid: u32,
}

/// A home directory that exists and is private.
#[derive(Clone, Debug)]
pub struct Home {
    root: PathBuf,
}

/// Keeps other nodes out of a home until it is dropped or the process ends.
#[derive(Debug)]
pub struct HomeLock {
    _file: File,
}

impl Home {
    /// Makes a new home; refuses one that already holds a node.
    pub fn create(root: &Path) -> Result<Home, HomeError> {
        private_file::create_directory(root)?;
        let home = Home { root: root.to_owned() };
        if home.config().exists() || home.keys().exists() {
            return Err(HomeError::Taken { path: home.root });
        }
        home.check_writable()?;
        private_file::create_directory(&home.keys())?;
        Ok(home)
    }

    /// Opens a home that [`Home::create`] made.
    pub fn open(root: &Path) -> Result<Home, HomeError> {
        let home = Home { root: root.to_owned() };
        if !home.config().exists() {
            // Only a look at the directory tells absence from no permission.
            match private_file::check_directory(root) {
                Err(FileError::Missing { .. }) | Ok(()) => {
                    return Err(HomeError::Empty { path: home.root });
                }
                Err(error) => return Err(error.into()),
            }
        }
        private_file::check_directory(root)?;
        Ok(home)
    }

    /// The directory itself.
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// The configuration file.
    pub fn config(&self) -> PathBuf {
        self.root.join("config.toml")
    }

    /// The directory of the keystore.
    pub fn keys(&self) -> PathBuf {
        self.root.join("keys")
    }

    /// The directory of entries, documents and the index.
    pub fn store(&self) -> PathBuf {
        self.root.join("store")
    }

    /// The directory of attached files.
    pub fn blobs(&self) -> PathBuf {
        self.root.join("blobs")
    }

    /// Hashes of the API's bearer tokens.
    pub fn tokens(&self) -> PathBuf {
        self.root.join("tokens.json")
    }

    /// The token of the first administrator, in clear.
    pub fn operator_token(&self) -> PathBuf {
        self.root.join("operator.token")
    }

    /// Where the API of the running node listens.
    pub fn api_file(&self) -> PathBuf {
        self.root.join("api.json")
    }

    /// Writes and removes a small file, to learn at once whether the disk takes
    /// anything.
    pub fn check_writable(&self) -> Result<(), HomeError> {
        let probe = self.root.join(".writable");
        private_file::write(&probe, b"ok")
            .and_then(|()| private_file::remove(&probe))
            .map_err(|source| HomeError::Unwritable { path: self.root.clone(), source })
    }

    /// Makes sure that this is the only node in this home: two of them would
    /// sign contradicting entries.
    pub fn lock(&self) -> Result<HomeLock, HomeError> {
        let path = self.root.join("lock");
        let lock_error = |source| HomeError::Lock { path: path.clone(), source };
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(false);
        let file = options.open(&path).map_err(lock_error)?;
        match file.try_lock() {
            Ok(()) => Ok(HomeLock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(HomeError::Busy { path: self.root.clone() }),
            Err(TryLockError::Error(source)) => Err(lock_error(source)),
        }
    }

    /// Tells the command line where the API listens.
    pub fn write_api(&self, address: &str) -> Result<(), HomeError> {
        let api = ApiFile { address: address.to_owned(), pid: std::process::id() };
        let path = self.api_file();
        let text = serde_json::to_vec(&api).map_err(|_| HomeError::Damaged { path: path.clone() })?;
        Ok(private_file::write(&path, &text)?)
    }

    /// Where the API of the running node listens. After a crash the file may
    /// be left over: a refused connection means that no node is running.
    pub fn read_api(&self) -> Result<ApiFile, HomeError> {
        let path = self.api_file();
        let bytes = match private_file::read(&path, MAX_API_FILE) {
            Err(FileError::Missing { .. }) => {
                return Err(HomeError::NotRunning { path: self.root.clone() });
            }
            other => other?,
        };
        serde_json::from_slice(&bytes).map_err(|_| HomeError::Damaged { path })
    }

    /// Withdraws [`Home::write_api`], at a clean stop.
    pub fn remove_api(&self) -> Result<(), HomeError> {
        Ok(private_file::remove(&self.api_file())?)
    }

    /// Keeps the first administrator's token for the command line.
    pub fn write_operator_token(&self, token: &str) -> Result<(), HomeError> {
        Ok(private_file::write(&self.operator_token(), token.as_bytes())?)
    }

    /// The first administrator's token.
    pub fn read_operator_token(&self) -> Result<zeroize::Zeroizing<String>, HomeError> {
        let path = self.operator_token();
        let bytes = private_file::read(&path, MAX_TOKEN_FILE)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| HomeError::Damaged { path })?;
        Ok(zeroize::Zeroizing::new(text.trim().to_owned()))
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn ready(root: &Path) -> Home {
        let home = Home::create(root).unwrap();
        private_file::write(&home.config(), b"version = 1").unwrap();
        home
    }

    #[test]
    fn a_home_is_made_once_and_found_again() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join("home");
        assert!(matches!(Home::open(&root), Err(HomeError::Empty { .. })));
        ready(&root);
        assert_eq!(Home::open(&root).unwrap().path(), root);
        assert!(matches!(Home::create(&root), Err(HomeError::Taken { .. })));
    }

    #[test]
    fn a_home_that_others_can_enter_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join("home");
        ready(&root);
        fs::set_permissions(&root, fs::Permissions::from_mode(0o750)).unwrap();
        let text = Home::open(&root).unwrap_err().to_string();
        assert!(text.contains("chmod 700"), "{text}");
    }

    #[test]
    fn a_home_that_takes_no_writes_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let home = ready(&directory.path().join("home"));
        // A directory in the probe's place fails for every user, root too.
        fs::create_dir(home.path().join(".writable.new")).unwrap();
        let text = home.check_writable().unwrap_err().to_string();
        assert!(text.contains("cannot be written"), "{text}");
        assert!(text.contains(&home.path().display().to_string()), "{text}");
    }

    #[test]
    fn only_one_node_runs_in_a_home() {
        let directory = tempfile::tempdir().unwrap();
        let home = ready(&directory.path().join("home"));
        let lock = home.lock().unwrap();
        assert!(matches!(home.lock(), Err(HomeError::Busy { .. })));
        drop(lock);
        home.lock().unwrap();
    }

    #[test]
    fn the_api_address_comes_and_goes() {
        let directory = tempfile::tempdir().unwrap();
        let home = ready(&directory.path().join("home"));
        assert!(matches!(home.read_api(), Err(HomeError::NotRunning { .. })));
        home.write_api("127.0.0.1:7420").unwrap();
        let api = home.read_api().unwrap();
        assert_eq!(api.address, "127.0.0.1:7420");
        assert_eq!(api.pid, std::process::id());
        home.remove_api().unwrap();
        home.remove_api().unwrap();
        private_file::write(&home.api_file(), b"{").unwrap();
        assert!(matches!(home.read_api(), Err(HomeError::Damaged { .. })));
    }

    #[test]
    fn the_operator_token_reads_back() {
        let directory = tempfile::tempdir().unwrap();
        let home = ready(&directory.path().join("home"));
        home.write_operator_token("abc\n").unwrap();
        assert_eq!(home.read_operator_token().unwrap().as_str(), "abc");
    }
}
