//! Time as a value: the protocol has no clock.

use minicbor::{Decode, Encode};

/// Milliseconds since 1970-01-01T00:00:00Z, as somebody claims. Display only:
/// time decides nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct Timestamp(#[n(0)] pub u64);
