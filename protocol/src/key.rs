//! Ed25519 keys and signatures, checked with `verify_strict` only: plain and
//! batch verification disagree with it on edge vectors, and two nodes must
//! never disagree.

use crate::id::bytes_type;
use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use std::fmt;

bytes_type!(
    /// The bytes of a public key. Not necessarily a valid point: verification
    /// refuses weak and malformed keys.
    PublicKey, 32
);
bytes_type!(
    /// The bytes of a signature.
    Signature, 64
);

/// A signature that does not verify, or a key that is weak or malformed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not verify")]
pub struct BadSignature;

impl PublicKey {
    /// Checks `signature` over the DSSE pre-authentication encoding of
    /// `(payload_type, body)`.
    pub fn verify(&self, payload_type: &str, body: &[u8], signature: &Signature) -> Result<(), BadSignature> {
        let key = VerifyingKey::from_bytes(&self.0).map_err(|_| BadSignature)?;
        let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
        key.verify_strict(&pre_authentication(payload_type, body), &signature).map_err(|_| BadSignature)
    }

    /// Whether this is a point that can verify anything at all.
    pub fn is_usable(&self) -> bool {
        VerifyingKey::from_bytes(&self.0).is_ok_and(|key| !key.is_weak())
    }
}

/// A secret signing key; wiped from memory when dropped, never printed.
#[derive(Clone)]
pub struct SecretKey(SigningKey);

impl SecretKey {
    /// The key that `seed` (32 random bytes) stands for.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self(SigningKey::from_bytes(&seed))
    }

    /// Its public half.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// Signs the DSSE pre-authentication encoding of `(payload_type, body)`.
    pub fn sign(&self, payload_type: &str, body: &[u8]) -> Signature {
        Signature(self.0.sign(&pre_authentication(payload_type, body)).to_bytes())
    }

    /// The seed, for the keystore alone.
    pub fn seed(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(redacted)")
    }
}

/// DSSE v1 pre-authentication encoding: what is signed names its type, so a
/// signature can't be replayed as another kind of object.
pub fn pre_authentication(payload_type: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(payload_type.len() + body.len() + 32);
    bytes.extend_from_slice(
        format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), body.len()).as_bytes(),
    );
    bytes.extend_from_slice(body);
    bytes
}
