//! Attached files ("blobs"): where they lie, how they come from peers and how
//! they are given to them.
//!
//! A file is named by its BLAKE3 hash. What arrives is checked piece by piece
//! against it ([`commons_protocol::blob`]), so it does not matter who sends it.

mod error;
mod fetch;
mod fetcher;
mod files;
mod folder;
mod garbage;
mod import;
mod notes;
mod partial;
mod plan;
mod reader;
mod schedule;
mod serve;
mod service;

#[cfg(test)]
mod tests;

pub use error::BlobError;
pub(crate) use fetch::blocking;
pub use folder::{BlobCheck, Folder, Stored};
pub use import::Import;
pub use partial::Partial;
pub use plan::BlobLimits;
pub use reader::Reader;
pub use service::Blobs;
