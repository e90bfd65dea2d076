//! Calls to a node's HTTP API, as a program of the organisation would make
//! them.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use ureq::http::Response;
use ureq::{Agent, Body};

/// How long one call may take.
const CALL_TIMEOUT: Duration = Duration::from_secs(60);

/// Why a call brought nothing.
#[derive(Clone, Debug)]
pub enum CallError {
    /// The node said no: HTTP status and stable code.
    Refused(u16, String),
    /// The node is gone, or answered something that is no answer.
    Broken(String),
}

/// The API of a node, with a token.
#[derive(Clone)]
pub struct Api {
    agent: Agent,
    address: String,
    token: String,
}

impl Api {
    /// The API at `address`, `host:port`.
    pub fn new(address: &str, token: &str) -> Self {
        let config =
            Agent::config_builder().http_status_as_error(false).timeout_global(Some(CALL_TIMEOUT)).build();
        Self { agent: config.into(), address: address.to_owned(), token: token.to_owned() }
    }

    /// `host:port`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The same API for the holder of another token.
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: token.to_owned(), ..self.clone() }
    }

    /// Reads.
    ///
    /// # Errors
    /// If the node refuses or is gone.
    pub fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, CallError> {
        read(self.agent.get(self.url(path)).header("Authorization", self.bearer()).call())
    }

    /// Sends something new.
    ///
    /// # Errors
    /// If the node refuses or is gone.
    pub fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, CallError> {
        read(self.agent.post(self.url(path)).header("Authorization", self.bearer()).send_json(body))
    }

    /// Replaces.
    ///
    /// # Errors
    /// If the node refuses or is gone.
    pub fn put<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, CallError> {
        read(self.agent.put(self.url(path)).header("Authorization", self.bearer()).send_json(body))
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.token)
    }
}

fn read<T: DeserializeOwned>(response: Result<Response<Body>, ureq::Error>) -> Result<T, CallError> {
    let broken = |error: ureq::Error| CallError::Broken(error.to_string());
    let mut response = response.map_err(broken)?;
    let status = response.status();
    if status.is_success() {
        return response.body_mut().read_json().map_err(broken);
    }
    let problem: Value = response.body_mut().read_json().map_err(broken)?;
    let code = problem["code"].as_str().unwrap_or_default().to_owned();
    Err(CallError::Refused(status.as_u16(), code))
}
