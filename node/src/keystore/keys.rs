//! The secrets themselves and their form inside the seal.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{KeystoreError, Seed};

/// Version of the form inside the seal.
const VERSION: u32 = 1;
/// Open invitations at one time.
const MAX_INVITATIONS: usize = 64;

/// Everything secret of one organisation's node.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    /// The organisation's root key.
    pub root: Seed,
    /// The next root key, to which the organisation is committed.
    pub next_root: Seed,
    /// The organisation's admin key.
    pub admin: Seed,
    /// The key that votes on the charter.
    pub elector: Seed,
    /// The key that signs this installation's entries; never restored.
    pub node: Seed,
    /// The transport identity.
    pub peer: Seed,
    /// People's keys, by public key in hexadecimal.
    pub persons: BTreeMap<String, PersonSecret>,
    /// One-time secrets of open invitations.
    pub invitations: Vec<Invitation>,
}

/// The key of a person.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonSecret {
    /// The seed.
    pub seed: Seed,
    /// Name or pseudonym.
    pub name: String,
}

/// The one-time secret of an open invitation.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invitation {
    /// The secret.
    pub secret: Seed,
    /// Until when it is good, in milliseconds since 1970 by this node's clock.
    pub expires_ms: u64,
}

impl Keys {
    /// Fresh keys for a new organisation, without people.
    pub fn generate() -> Result<Keys, KeystoreError> {
        Ok(Keys {
            root: Seed::generate()?,
            next_root: Seed::generate()?,
            admin: Seed::generate()?,
            elector: Seed::generate()?,
            node: Seed::generate()?,
            peer: Seed::generate()?,
            persons: BTreeMap::new(),
            invitations: Vec::new(),
        })
    }

    /// Makes a one-time secret that is good until `expires_ms`; forgets the
    /// expired ones. The caller saves the keys before handing it out.
    pub fn invite(&mut self, now_ms: u64, expires_ms: u64) -> Result<Seed, KeystoreError> {
        self.forget_expired(now_ms);
        if self.invitations.len() >= MAX_INVITATIONS {
            return Err(KeystoreError::TooManyInvitations { limit: MAX_INVITATIONS });
        }
        let secret = Seed::generate()?;
        self.invitations.push(Invitation { secret: secret.clone(), expires_ms });
        Ok(secret)
    }

    /// Uses up a one-time secret; whether it was a good one. The caller saves
    /// the keys before acting on it.
    pub fn redeem(&mut self, secret: &[u8; 32], now_ms: u64) -> bool {
        self.forget_expired(now_ms);
        let before = self.invitations.len();
        self.invitations.retain(|invitation| !invitation.secret.matches(secret));
        self.invitations.len() < before
    }

    fn forget_expired(&mut self, now_ms: u64) {
        self.invitations.retain(|invitation| now_ms < invitation.expires_ms);
    }

    pub(super) fn encode(&self) -> Result<Zeroizing<Vec<u8>>, KeystoreError> {
        encode(VERSION, self)
    }

    pub(super) fn decode(bytes: &[u8], what: &str) -> Result<Keys, KeystoreError> {
        decode(VERSION, bytes, what)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Versioned<T> {
    version: u32,
    content: T,
}

/// JSON, because `age --decrypt` then shows an operator what there is, even
/// without this program.
pub(super) fn encode<T: Serialize>(version: u32, content: &T) -> Result<Zeroizing<Vec<u8>>, KeystoreError> {
    let versioned = Versioned { version, content };
    // Written twice: the first time only to learn the length, since a vector
    // that grows leaves unwiped copies behind.
    let mut length = Length(0);
    serde_json::to_writer(&mut length, &versioned).map_err(encode_error)?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(length.0));
    serde_json::to_writer(&mut *bytes, &versioned).map_err(encode_error)?;
    Ok(bytes)
}

pub(super) fn decode<T: for<'de> Deserialize<'de>>(
    wanted: u32,
    bytes: &[u8],
    what: &str,
) -> Result<T, KeystoreError> {
    #[derive(Deserialize)]
    struct Head {
        version: u32,
    }
    // The parser's own error could repeat a piece of the content.
    let damaged = |_| KeystoreError::Damaged {
        what: what.to_owned(),
        problem: "what is under its seal does not parse",
    };
    let head: Head = serde_json::from_slice(bytes).map_err(damaged)?;
    if head.version != wanted {
        return Err(KeystoreError::Version { what: what.to_owned(), found: head.version, wanted });
    }
    let versioned: Versioned<T> = serde_json::from_slice(bytes).map_err(damaged)?;
    Ok(versioned.content)
}

fn encode_error(error: serde_json::Error) -> KeystoreError {
    KeystoreError::Seal { what: "the keys".to_owned(), source: error.into() }
}

/// A writer that only counts.
struct Length(usize);

impl Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
