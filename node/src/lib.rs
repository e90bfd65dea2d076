//! One organisation's node: clock, configuration, keys at rest, store,
//! network, engine and API.

pub mod api;
pub mod blobs;
pub mod charts;
pub mod clock;
pub mod config;
pub mod engine;
pub mod export;
pub mod feeds;
pub mod figures;
pub mod forms;
pub mod guard;
#[cfg(not(test))]
pub mod handle;
pub mod home;
pub mod keystore;
pub mod logging;
pub mod markdown;
pub mod net;
#[cfg(not(test))]
pub mod node;
pub mod private_file;
pub mod readability;
pub mod store;
pub mod tokens;
pub mod view;
pub mod webhooks;
#[cfg(not(test))]
mod worker;
