//! A running node.

use std::fs::{self, File};
use std::ops::Deref;
use std::process::{Child, ExitStatus, Stdio};

use commons_node::view::StatusView;
use serde_json::{Value, json};

use super::api::Api;
use super::home::Home;

/// A running `commons run`. It is killed when it goes out of scope, and stops
/// by itself when the test program dies.
pub struct Node {
    home: Home,
    api: Api,
    child: Child,
}

impl Node {
    #[track_caller]
    pub(super) fn start(home: &Home, more: &[&str]) -> Self {
        let log = File::options().create(true).append(true).open(home.log()).expect("a log can be made");
        let mut arguments = vec!["run", "--exit-with-parent"];
        arguments.extend(more);
        let mut command = home.command(&arguments);
        let output = log.try_clone().expect("a file can be shared");
        let child = command.stdin(Stdio::piped()).stdout(output).stderr(log).spawn();
        let child = child.expect("`commons` can be started");
        let mut node = Self { home: home.clone(), api: Api::new("127.0.0.1:0", ""), child };
        node.wait_until_it_answers();
        node
    }

    #[track_caller]
    fn wait_until_it_answers(&mut self) {
        let shared = self.home.shared.clone();
        let (home, child) = (self.home.clone(), &mut self.child);
        self.api = shared.wait("the node answers", || {
            let ended = child.try_wait().expect("a child can be asked");
            assert!(ended.is_none(), "the node of {} ended: {ended:?}", home.path().display());
            answering(&home, child.id())
        });
    }

    /// The home.
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// The API as the operator.
    pub fn api(&self) -> &Api {
        &self.api
    }

    /// What the node says about itself.
    ///
    /// # Panics
    /// If it does not answer.
    #[track_caller]
    pub fn status(&self) -> StatusView {
        self.api.get("/v1/status").unwrap_or_else(|error| panic!("no status: {error:?}"))
    }

    /// Kills the process as a power cut does: nothing is written any more.
    pub fn kill(mut self) -> Home {
        self.end();
        self.home.clone()
    }

    /// Stops the node in order.
    ///
    /// # Panics
    /// If it does not stop, or not in order.
    #[track_caller]
    pub fn stop(mut self) -> Home {
        let stopped: Result<Value, _> = self.api.post("/v1/shutdown", &json!({}));
        assert!(stopped.is_ok(), "the node does not stop: {stopped:?}");
        let (shared, child) = (self.home.shared.clone(), &mut self.child);
        let status: ExitStatus =
            shared.wait("the node stops", || child.try_wait().expect("a child can be asked"));
        assert!(status.success(), "the node ended badly: {status}");
        self.home.clone()
    }

    fn end(&mut self) {
        // Both fail only when the process has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Deref for Node {
    type Target = Home;

    fn deref(&self) -> &Home {
        &self.home
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.end();
    }
}

/// The API of the process `pid` in `home`, once it answers.
fn answering(home: &Home, pid: u32) -> Option<Api> {
    let file: Value = serde_json::from_slice(&fs::read(home.path().join("api.json")).ok()?).ok()?;
    if file["pid"].as_u64() != Some(u64::from(pid)) {
        return None;
    }
    let token = fs::read_to_string(home.path().join("operator.token")).ok()?;
    let api = Api::new(file["address"].as_str()?, token.trim());
    api.get::<StatusView>("/v1/status").ok()?;
    Some(api)
}
