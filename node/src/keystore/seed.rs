//! A secret of 32 bytes.

use std::fmt;

use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::KeystoreError;

/// The seed of an Ed25519 key, or another secret of that length. `Debug` shows
/// nothing of it; the bytes are wiped when it is dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Seed([u8; 32]);

impl Seed {
    /// A fresh secret from the system's randomness.
    pub fn generate() -> Result<Seed, KeystoreError> {
        let mut seed = Seed([0; 32]);
        getrandom::fill(&mut seed.0).map_err(KeystoreError::Random)?;
        Ok(seed)
    }

    /// Takes over a secret that was made elsewhere.
    pub fn from_bytes(bytes: &[u8; 32]) -> Seed {
        Seed(*bytes)
    }

    /// The secret, for the code that signs or derives with it.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether the secret is this one; takes the same time either way.
    pub fn matches(&self, other: &[u8; 32]) -> bool {
        // Hashes of this type compare in constant time.
        blake3::Hash::from_bytes(self.0) == blake3::Hash::from_bytes(*other)
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(hidden)")
    }
}

/// As hexadecimal text, by way of a buffer that is wiped.
impl Serialize for Seed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = Zeroizing::new([0; 64]);
        hex::encode_to_slice(self.0, text.as_mut()).map_err(serde::ser::Error::custom)?;
        let text = std::str::from_utf8(text.as_ref()).map_err(serde::ser::Error::custom)?;
        serializer.serialize_str(text)
    }
}

impl<'de> Deserialize<'de> for Seed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct HexSeed;
        impl Visitor<'_> for HexSeed {
            type Value = Seed;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("64 hexadecimal digits")
            }

            /// The error must not repeat the text, as serde's usual one would.
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Seed, E> {
                let mut seed = Seed([0; 32]);
                hex::decode_to_slice(text, &mut seed.0)
                    .map_err(|_| E::custom("not 64 hexadecimal digits"))?;
                Ok(seed)
            }
        }
        deserializer.deserialize_str(HexSeed)
    }
}
