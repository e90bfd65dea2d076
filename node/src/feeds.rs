//! Feeds in the formats that others read, written from [`crate::view::FeedView`].

pub mod chart;

pub mod atom;
pub mod columns;
pub mod csv;
pub mod dcat;
pub mod ndjson;
pub mod parquet;
#[cfg(test)]
mod tests;
