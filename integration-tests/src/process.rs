//! Real processes of the `commons` command: homes in a temporary directory,
//! nodes that never outlive their test, calls to their APIs, and waiting for
//! what a person would wait for. Nothing here knows how a node works inside.
//!
//! Whatever a test prints or logs is searched for keys, tokens and panics when
//! its [`Place`] ends, so every suite is also a test of that.

mod answer;
mod api;
mod binary;
mod home;
mod membership;
mod node;
mod place;
mod secrets;

pub use answer::Answer;
pub use api::{Api, CallError};
pub use binary::commons_binary;
pub use home::{Home, HomeOptions};
pub use membership::{join, wait_until_equal};
pub use node::Node;
pub use place::Place;
