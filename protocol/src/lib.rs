//! Everything on which two Commons nodes must agree, and nothing else: no
//! network, files, clock or global randomness.
//!
//! ```text
//! bytes → Signed<T> → Verified<T> → Admission → documents
//! ```

pub mod admission;
pub mod attestation;
pub mod ballot;
pub mod blob;
pub mod body;
pub mod bounded;
pub mod branch;
pub mod catalogue;
pub mod charter;
pub mod codec;
pub mod collection;
pub mod date;
pub mod disclosure;
pub mod document;
pub mod entry;
pub mod epoch;
pub mod fault;
pub mod fence;
pub mod fork;
pub mod governance;
pub mod id;
pub mod invitation;
pub mod key;
pub mod keylog;
pub mod keys;
pub mod limits;
pub mod linear;
pub mod measure;
pub mod object;
pub mod period;
pub mod policy;
pub mod proof;
pub mod publication;
pub mod recompute;
pub mod refusal;
pub mod reports;
pub mod rollup;
pub mod rules;
pub mod run;
pub mod series;
pub mod signed;
pub mod stable;
pub mod statement;
pub mod sync;
pub mod time;
pub mod version;
pub mod vote;
pub mod waiting;
