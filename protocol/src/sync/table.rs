//! Bucket digests and rows: a table of ids with versions, compared in parts.

use crate::bounded::BoundedVec;
use crate::id::{Digest, hash};
use crate::limits::{BUCKETS, ROWS};
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;

/// Which of the two tables is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Table {
    /// Governance objects; every version is 0.
    #[n(1)]
    Objects,
    /// Log heads; the version is one more than the head's sequence number.
    #[n(2)]
    Heads,
}

/// One row of a table: what is here under an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    /// Object id or log id.
    pub id: [u8; 32],
    /// Number of entries of a log; 0 for objects.
    pub version: u64,
    /// Id of the head entry; the object's id again for objects.
    pub tag: [u8; 32],
}

/// A row as it travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(array)]
pub struct ShortRow {
    /// Short name of the id in this session.
    #[n(0)]
    pub name: Short,
    /// Version.
    #[n(1)]
    pub version: u64,
    /// Short name of the tag in this session.
    #[n(2)]
    pub tag: Short,
}

crate::id::bytes_type!(
    /// Eight bytes that stand for an id within one session.
    Short, 8
);

crate::id::bytes_type!(
    /// Random bytes of one end of a session.
    Salt, 16
);

/// A set of buckets, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BucketSet([u8; BUCKETS / 8]);

impl BucketSet {
    /// All buckets in which two tables' digests differ.
    pub fn differing(left: &[u64; BUCKETS], right: &[u64; BUCKETS]) -> Self {
        let mut set = Self::default();
        for (bucket, (left, right)) in left.iter().zip(right).enumerate() {
            if left != right {
                set.0[bucket / 8] |= 1 << (bucket % 8);
            }
        }
        set
    }

    /// Whether the bucket of `id` is in the set.
    pub fn covers(&self, id: &[u8; 32]) -> bool {
        let bucket = bucket_of(id);
        self.0[bucket / 8] & (1 << (bucket % 8)) != 0
    }
}

impl<C> Encode<C> for BucketSet {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(&self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for BucketSet {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let bytes = d.bytes()?;
        bytes.try_into().map(Self).map_err(|_| minicbor::decode::Error::message("not a set of buckets"))
    }
}

/// Rows of one ROWS frame.
pub type ShortRows = BoundedVec<ShortRow, ROWS>;

/// The bucket of an id.
pub fn bucket_of(id: &[u8; 32]) -> usize {
    usize::from(id[0])
}

/// The digest of each bucket of a table, from its rows in any order.
pub fn bucket_digests(rows: impl Iterator<Item = Row>) -> [u64; BUCKETS] {
    let mut buckets: BTreeMap<usize, Vec<Row>> = BTreeMap::new();
    for row in rows {
        buckets.entry(bucket_of(&row.id)).or_default().push(row);
    }
    let mut digests = [0; BUCKETS];
    for (bucket, rows) in buckets {
        let digest = digest(rows).0;
        digests[bucket] = u64::from_be_bytes([
            digest[0], digest[1], digest[2], digest[3], digest[4], digest[5], digest[6], digest[7],
        ]);
    }
    digests
}

/// The digest of a whole table, from its rows in any order.
pub fn digest(mut rows: Vec<Row>) -> Digest {
    rows.sort_unstable();
    let mut hasher = blake3::Hasher::new_derive_key("commons table digest 1");
    for row in rows {
        hasher.update(&row.id).update(&row.version.to_be_bytes()).update(&row.tag);
    }
    Digest(hasher.finalize().into())
}

/// The key of a session's short names, from both ends' salts.
#[derive(Clone, Copy, Debug)]
pub struct Names([u8; 32]);

impl Names {
    /// Names for the session with these salts.
    pub fn new(caller: &Salt, callee: &Salt) -> Self {
        Self(hash("commons short names 1", &[&caller.0, &callee.0]))
    }

    /// The short name of an id.
    pub fn short(&self, id: &[u8; 32]) -> Short {
        let digest = *blake3::keyed_hash(&self.0, id).as_bytes();
        Short([digest[0], digest[1], digest[2], digest[3], digest[4], digest[5], digest[6], digest[7]])
    }

    /// A row as it travels.
    pub fn shorten(&self, row: &Row) -> ShortRow {
        ShortRow { name: self.short(&row.id), version: row.version, tag: self.short(&row.tag) }
    }
}
