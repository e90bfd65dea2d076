//! Feeds in the formats that others read, written from [`crate::view::FeedView`].

pub mod atom;
pub mod chart;
pub mod columns;
pub mod csv;
pub mod dcat;
pub mod fhir;
pub mod live;
pub mod ndjson;
pub mod parquet;
pub mod seen;
