//! `bytes → Signed<T> → Verified<T>`: the value inside a [`Signed`] can't be
//! reached before its signature verified over the very bytes that came in.

use crate::codec;
use crate::id::{ObjectId, hash};
use crate::key::{PublicKey, SecretKey, Signature};
use crate::refusal::Refusal;
use minicbor::{Decode, Encode};
use std::marker::PhantomData;

/// A value that is signed whole: it names its signer.
pub trait Payload: Encode<()> + for<'b> Decode<'b, ()> {
    /// DSSE payload type.
    const TYPE: &'static str;
    /// Bytes that an encoding may have.
    const LIMIT: usize;
    /// The key that must have signed it.
    fn signer(&self) -> PublicKey;
    /// What else must hold of the value alone, such as signatures inside it.
    fn check(&self) -> Result<(), Refusal> {
        Ok(())
    }
}

/// Bytes with a signature that nobody has checked yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed<T> {
    bytes: Vec<u8>,
    signature: Signature,
    kind: PhantomData<T>,
}

/// A value whose signature verified, with the bytes that were signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified<T> {
    value: T,
    signed: Signed<T>,
    id: ObjectId,
}

impl<T: Payload> Signed<T> {
    /// Bytes and signature as they came in.
    pub fn new(bytes: Vec<u8>, signature: Signature) -> Self {
        Self { bytes, signature, kind: PhantomData }
    }

    /// Decodes strictly and checks the signature.
    pub fn verify(self) -> Result<Verified<T>, Refusal> {
        let value: T = codec::decode(&self.bytes, T::LIMIT)?;
        value.signer().verify(T::TYPE, &self.bytes, &self.signature)?;
        value.check()?;
        Ok(Verified { id: object_id::<T>(&self.bytes), value, signed: self })
    }

    /// Decodes what this node verified before it stored it.
    pub(crate) fn trust(self) -> Result<Verified<T>, Refusal> {
        let value: T = codec::decode(&self.bytes, T::LIMIT)?;
        Ok(Verified { id: object_id::<T>(&self.bytes), value, signed: self })
    }

    /// The signed bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The signature.
    pub fn signature(&self) -> Signature {
        self.signature
    }
}

impl<T: Payload> Verified<T> {
    /// Signs `value` with `key`, which must be the signer that it names.
    pub fn sign(value: T, key: &SecretKey) -> Result<Self, Refusal> {
        if value.signer() != key.public() {
            return Err(Refusal::NotEntitled);
        }
        let bytes = codec::encode(&value);
        let signature = key.sign(T::TYPE, &bytes);
        Ok(Self { id: object_id::<T>(&bytes), value, signed: Signed::new(bytes, signature) })
    }

    /// The value.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// The bytes with their signature.
    pub fn signed(&self) -> &Signed<T> {
        &self.signed
    }

    /// Its id: hash of type and bytes, signature excluded.
    pub fn id(&self) -> ObjectId {
        self.id
    }
}

fn object_id<T: Payload>(bytes: &[u8]) -> ObjectId {
    ObjectId(hash("commons object 1", &[T::TYPE.as_bytes(), bytes]))
}
