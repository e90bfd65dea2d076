//! Real processes of the `commons` command: homes in a temporary directory,
//! nodes that never outlive their test, calls to their APIs, and waiting for
//! what a person would wait for. Nothing here knows how a node works inside,
//! but for [`verdict`], which reads the records that nodes leave behind.
//!
//! Whatever a test prints or logs is searched for keys, tokens and panics when
//! its [`Place`] ends, so every suite is also a test of that.

mod answer;
mod api;
mod binary;
mod ending;
mod history;
mod home;
mod membership;
mod node;
mod place;
mod secrets;
pub mod verdict;

pub use answer::Answer;
pub use api::{Api, CallError};
pub use binary::commons_binary;
pub use ending::{Ending, Records};
pub use history::{Answered, Asked, Event, History};
pub use home::{Home, HomeOptions, free_port};
pub use membership::{join, join_all, wait_until_agreed, wait_until_equal};
pub use node::Node;
pub use place::Place;
