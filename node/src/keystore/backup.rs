//! Keys that survive a dead disk: one armoured text, sealed to a passphrase.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::keys::{decode, encode};
use super::seal::{open_with_passphrase, seal_armored};
use super::{FileError, Keys, KeystoreError, MAX_SEALED, Passphrase, PersonSecret, Seed};
use crate::config::OrganisationKind;

/// Version of the form inside the seal.
const VERSION: u32 = 1;
/// What errors call it.
const WHAT: &str = "the exported keys";
/// Bound on what the engine adds, in bytes.
const MAX_RECOVERY: usize = 64 * 1024;

/// What a backup holds besides the keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// Name of the organisation.
    pub organisation: String,
    /// What the organisation is.
    pub kind: OrganisationKind,
    /// What the engine needs to find its commons again, in its own encoding;
    /// at most 64 KiB.
    pub recovery: Vec<u8>,
}

/// The exported part of the keys. There is no node key: an installation never
/// signs with the key of another, so that a restored one forks nothing.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exported {
    organisation: String,
    kind: OrganisationKind,
    root: Seed,
    next_root: Seed,
    admin: Seed,
    elector: Seed,
    peer: Seed,
    persons: BTreeMap<String, PersonSecret>,
    /// Hexadecimal.
    recovery: String,
}

/// Seals what must survive a dead disk. Takes about a second and 128 MiB.
pub fn export(keys: &Keys, backup: &Backup, passphrase: &Passphrase) -> Result<String, KeystoreError> {
    if backup.recovery.len() > MAX_RECOVERY {
        return Err(KeystoreError::TooLarge);
    }
    let exported = Exported {
        organisation: backup.organisation.clone(),
        kind: backup.kind,
        root: keys.root.clone(),
        next_root: keys.next_root.clone(),
        admin: keys.admin.clone(),
        elector: keys.elector.clone(),
        peer: keys.peer.clone(),
        persons: keys.persons.clone(),
        recovery: hex::encode(&backup.recovery),
    };
    let sealed = seal_armored(passphrase, &encode(VERSION, &exported)?, WHAT)?;
    if sealed.len() as u64 > MAX_SEALED {
        return Err(KeystoreError::TooLarge);
    }
    Ok(sealed)
}

/// Opens an export. The node key is fresh and there are no open invitations;
/// everything else is as it was.
pub fn import(sealed: &[u8], passphrase: &Passphrase) -> Result<(Keys, Backup), KeystoreError> {
    if sealed.len() as u64 > MAX_SEALED {
        return Err(FileError::TooLarge { path: WHAT.into(), limit: MAX_SEALED }.into());
    }
    let plain = open_with_passphrase(passphrase, sealed, WHAT)?;
    let exported: Exported = decode(VERSION, &plain, WHAT)?;
    let recovery = hex::decode(&exported.recovery).map_err(|_| KeystoreError::Damaged {
        what: WHAT.to_owned(),
        problem: "its recovery part is not hexadecimal",
    })?;
    let backup = Backup { organisation: exported.organisation, kind: exported.kind, recovery };
    let keys = Keys {
        root: exported.root,
        next_root: exported.next_root,
        admin: exported.admin,
        elector: exported.elector,
        node: Seed::generate()?,
        peer: exported.peer,
        persons: exported.persons,
        invitations: Vec::new(),
    };
    Ok((keys, backup))
}
