//! Bearer tokens of the local API: who may speak for which person. Only hashes
//! are stored; a token itself is shown once, to the person it belongs to.
//!
//! [`Tokens`] writes the file and belongs to one owner, so changes take turns
//! without a lock around the disk; [`TokenLookup`] is a cheap shared view that
//! sees every change at once.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::private_file::{self, FileError};

/// Version of the file format.
const VERSION: u32 = 1;
/// Bound on the file, in bytes.
const MAX_FILE: u64 = 1 << 20;
/// People of one organisation who use one node, each with a few tokens.
const MAX_TOKENS: usize = 2_000;
/// Random bytes in a token.
const TOKEN_BYTES: usize = 32;

/// Why tokens could not be read, made or stored.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file is damaged.
    #[error(
        "{} is damaged ({source}); move it away and make new tokens with `commons person add`",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What does not parse.
        source: serde_json::Error,
    },
    /// Another version wrote it.
    #[error("{} has format version {found}, this release reads {VERSION}; use a newer release", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
    },
    /// Too many.
    #[error("this node already has {MAX_TOKENS} tokens; revoke people who left")]
    Full,
    /// The system has no randomness.
    #[error("the system gave no random bytes: {0}")]
    Random(#[source] getrandom::Error),
}

/// A bearer token in clear; its `Debug` shows nothing, the text is wiped when
/// it is dropped.
pub struct Token(Zeroizing<String>);

impl Token {
    fn generate() -> Result<Token, TokenError> {
        let mut bytes = Zeroizing::new([0; TOKEN_BYTES]);
        getrandom::fill(bytes.as_mut()).map_err(TokenError::Random)?;
        Ok(Token(Zeroizing::new(hex::encode(bytes.as_ref()))))
    }

    /// The text to show once: 64 lower-case hexadecimal digits.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(hidden)")
    }
}

/// For whom a token speaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holder {
    /// Key of the person, hexadecimal.
    pub person: String,
    /// Name or pseudonym.
    pub name: String,
    /// Whether the person may change the organisation and the node.
    pub administrator: bool,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    /// BLAKE3 of the token's text, hexadecimal.
    hash: TokenHash,
    holder: Holder,
}

/// Compared in constant time.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
struct TokenHash(blake3::Hash);

impl TokenHash {
    fn of(token: &str) -> TokenHash {
        TokenHash(blake3::hash(token.as_bytes()))
    }
}

impl TryFrom<String> for TokenHash {
    type Error = blake3::HexError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        blake3::Hash::from_hex(text).map(TokenHash)
    }
}

impl From<TokenHash> for String {
    fn from(hash: TokenHash) -> String {
        hash.0.to_hex().to_string()
    }
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    version: u32,
    tokens: Vec<Record>,
}

/// The tokens of this node, and the right to change them.
pub struct Tokens {
    path: PathBuf,
    shared: Arc<RwLock<Arc<[Record]>>>,
}

impl Tokens {
    /// Reads the tokens; a file that does not exist yet means none.
    pub fn open(path: &Path) -> Result<Tokens, TokenError> {
        let records = match private_file::read(path, MAX_FILE) {
            Ok(bytes) => parse(path, &bytes)?,
            Err(FileError::Missing { .. }) => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        Ok(Tokens { path: path.to_owned(), shared: Arc::new(RwLock::new(records.into())) })
    }

    /// A shared view for those who check tokens.
    pub fn lookup(&self) -> TokenLookup {
        TokenLookup(Arc::clone(&self.shared))
    }

    /// Makes a token for a person. It works once this returns, and is stored.
    pub fn add(&mut self, holder: Holder) -> Result<Token, TokenError> {
        let token = Token::generate()?;
        let mut records = self.lookup().records().to_vec();
        if records.len() >= MAX_TOKENS {
            return Err(TokenError::Full);
        }
        records.push(Record { hash: TokenHash::of(token.reveal()), holder });
        self.store(records)?;
        Ok(token)
    }

    /// Makes all tokens of a person worthless; returns how many there were.
    pub fn revoke(&mut self, person: &str) -> Result<usize, TokenError> {
        let before = self.lookup().records();
        let kept: Vec<Record> =
            before.iter().filter(|record| record.holder.person != person).cloned().collect();
        let revoked = before.len() - kept.len();
        if revoked > 0 {
            self.store(kept)?;
        }
        Ok(revoked)
    }

    fn store(&mut self, tokens: Vec<Record>) -> Result<(), TokenError> {
        let stored = Stored { version: VERSION, tokens };
        let bytes = serde_json::to_vec_pretty(&stored)
            .map_err(|source| TokenError::Damaged { path: self.path.clone(), source })?;
        private_file::write(&self.path, &bytes)?;
        let mut shared = self.shared.write().unwrap_or_else(|held| held.into_inner());
        *shared = stored.tokens.into();
        Ok(())
    }
}

fn parse(path: &Path, bytes: &[u8]) -> Result<Vec<Record>, TokenError> {
    let damaged = |source| TokenError::Damaged { path: path.to_owned(), source };
    let Version { version } = serde_json::from_slice(bytes).map_err(damaged)?;
    if version != VERSION {
        return Err(TokenError::Version { path: path.to_owned(), found: version });
    }
    let stored: Stored = serde_json::from_slice(bytes).map_err(damaged)?;
    Ok(stored.tokens)
}

/// A shared view of the tokens in force.
#[derive(Clone)]
pub struct TokenLookup(Arc<RwLock<Arc<[Record]>>>);

impl TokenLookup {
    /// For whom a token speaks, if for anyone. Takes the same time whichever
    /// token matches: every hash is compared, each in constant time.
    pub fn find(&self, token: &str) -> Option<Holder> {
        let hash = TokenHash::of(token);
        let mut found = None;
        for record in self.records().iter() {
            if record.hash == hash {
                found = Some(record.holder.clone());
            }
        }
        found
    }

    /// Whether any token still speaks for this person in this role.
    pub fn still_has(&self, holder: &Holder) -> bool {
        self.records().iter().any(|record| record.holder == *holder)
    }

    fn records(&self) -> Arc<[Record]> {
        // A poisoned lock still holds a whole list: it is only ever replaced.
        let shared = self.0.read().unwrap_or_else(|held| held.into_inner());
        Arc::clone(&shared)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder(name: &str, administrator: bool) -> Holder {
        Holder { person: format!("{name}-key"), name: name.to_owned(), administrator }
    }

    #[test]
    fn tokens_survive_a_restart_and_end_with_their_person() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("tokens.json");
        let mut tokens = Tokens::open(&path).unwrap();
        let ada = tokens.add(holder("ada", true)).unwrap();
        let ben = tokens.add(holder("ben", false)).unwrap();
        let mut tokens = Tokens::open(&path).unwrap();
        let lookup = tokens.lookup();
        assert_eq!(lookup.find(ada.reveal()), Some(holder("ada", true)));
        assert_eq!(lookup.find(&ada.reveal()[1..]), None);
        assert_eq!(tokens.revoke("ada-key").unwrap(), 1);
        assert_eq!(tokens.revoke("ada-key").unwrap(), 0);
        assert_eq!(lookup.find(ada.reveal()), None, "the old view sees it");
        assert_eq!(lookup.find(ben.reveal()), Some(holder("ben", false)));
    }

    #[test]
    fn the_file_and_debug_hold_no_token() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("tokens.json");
        let token = Tokens::open(&path).unwrap().add(holder("ada", true)).unwrap();
        assert_eq!(token.reveal().len(), 64);
        let file = std::fs::read_to_string(&path).unwrap();
        assert!(!file.contains(token.reveal()));
        assert!(!format!("{token:?}").contains(token.reveal()));
    }

    #[test]
    fn damage_and_other_versions_are_told_apart() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("tokens.json");
        Tokens::open(&path).unwrap().add(holder("ada", true)).unwrap();
        let good = std::fs::read(&path).unwrap();
        private_file::write(&path, &good[..good.len() / 2]).unwrap();
        assert!(matches!(Tokens::open(&path), Err(TokenError::Damaged { .. })));
        private_file::write(&path, b"{\"version\": 2, \"keys\": []}").unwrap();
        let error = Tokens::open(&path).err().unwrap();
        assert!(matches!(error, TokenError::Version { found: 2, .. }), "{error}");
    }
}
