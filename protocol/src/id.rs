//! Own newtypes for every hash: a library's upgrade can't change our bytes,
//! and one id can't stand where another belongs.

/// Defines a newtype over `$size` bytes: CBOR byte string, hexadecimal text.
macro_rules! bytes_type {
    ($(#[$doc:meta])* $name:ident, $size:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $size]);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&$crate::id::to_hex(&self.0))
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}(", stringify!($name))?;
                self.0.iter().take(4).try_for_each(|byte| write!(f, "{byte:02x}"))?;
                f.write_str("…)")
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::id::NotHex;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::id::from_hex(text).map(Self)
            }
        }

        impl<C> minicbor::Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                e: &mut minicbor::Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                e.bytes(&self.0)?.ok()
            }
        }

        impl<'b, C> minicbor::Decode<'b, C> for $name {
            fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
                let bytes = d.bytes()?;
                match <[u8; $size]>::try_from(bytes) {
                    Ok(bytes) => Ok(Self(bytes)),
                    Err(_) => Err(minicbor::decode::Error::message("wrong number of bytes")),
                }
            }
        }
    };
}
pub(crate) use bytes_type;

/// Text that is not the hexadecimal form of an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the {0} hexadecimal digits of an id")]
pub struct NotHex(usize);

pub(crate) fn to_hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value & 15)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

pub(crate) fn from_hex<const N: usize>(text: &str) -> Result<[u8; N], NotHex> {
    let digits = text.as_bytes();
    if digits.len() != 2 * N {
        return Err(NotHex(2 * N));
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0])
            .zip(digit(pair[1]))
            .map_or(Err(NotHex(2 * N)), |(high, low)| Ok(high << 4 | low))?;
    }
    Ok(bytes)
}

fn digit(c: u8) -> Option<u8> {
    match c {
        b'0'..=b'9' => Some(c - b'0'),
        b'a'..=b'f' => Some(c - b'a' + 10),
        _ => None,
    }
}

bytes_type!(
    /// Names a commons: BLAKE3 of the founding charter's bytes.
    CommonsId, 32
);
bytes_type!(
    /// Names an epoch: BLAKE3 of its charter's bytes.
    EpochHash, 32
);
bytes_type!(
    /// Names an organisation: BLAKE3 of its first root key.
    OrganisationId, 32
);
bytes_type!(
    /// Names a log: BLAKE3 of the log's name within its commons.
    LogId, 32
);
bytes_type!(
    /// Names an entry: BLAKE3 of its header's bytes, signature excluded.
    EntryId, 32
);
bytes_type!(
    /// Names a document: the id of the entry that creates it.
    DocumentId, 32
);
bytes_type!(
    /// BLAKE3 of an entry's body.
    BodyHash, 32
);
bytes_type!(
    /// Names a governance object: BLAKE3 of its bytes, signature excluded.
    ObjectId, 32
);
bytes_type!(
    /// BLAKE3 over a state: equal states have equal digests.
    Digest, 32
);
bytes_type!(
    /// A promise of a key that is shown later: BLAKE3 of the key's bytes.
    Commitment, 32
);

bytes_type!(
    /// Names a file: BLAKE3 of its bytes.
    BlobHash, 32
);
bytes_type!(
    /// SHA-256 of something that others' tools shall recognise.
    Sha256, 32
);

impl EpochHash {
    /// The commons that this founding charter founds.
    pub fn founds(self) -> CommonsId {
        CommonsId(self.0)
    }
}

impl DocumentId {
    /// The entry that creates it.
    pub fn entry(&self) -> EntryId {
        EntryId(self.0)
    }
}

impl EntryId {
    /// The document that this entry creates.
    pub fn creates(self) -> DocumentId {
        DocumentId(self.0)
    }
}

/// BLAKE3 of `parts` under a domain name, each part preceded by its length.
pub fn hash(domain: &str, parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key(domain);
    for part in parts {
        hasher.update(&(part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}
