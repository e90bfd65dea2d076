//! Talks to a running node's HTTP API on loopback: plain HTTP, JSON both ways,
//! bounded answers, and problem details turned into errors that say what to do.

pub mod events;
pub mod home;

use std::io::{self, BufReader};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use ureq::http::Response;
use ureq::{Agent, Body, SendBody};

use crate::view::{ChangeView, FeedEvent, FeedView, Problem};
use events::Events;
use home::{Endpoint, HomeError};

/// Longest answer that is read: the largest document the node allows, with
/// room for JSON escapes.
const MAX_ANSWER_BYTES: u64 = 64 * 1024 * 1024;
/// Bytes of a file that are copied at a time.
const COPIED_BYTES: usize = 64 * 1024;
/// Bytes of a body that are sent without asking: they fit into the buffers of
/// a connection.
const EAGER_BYTES: u64 = 16 * 1024;
/// How long connecting may take; the node is on the same machine.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long an ordinary call may take.
const CALL_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a stream may be silent: the node sends a comment every 15 seconds,
/// and begins to answer within a minute or says that it can't.
const SILENCE: Duration = Duration::from_secs(75);
/// How long a call may take that reads the whole store.
const LONG_CALL_TIMEOUT: Duration = Duration::from_secs(4 * 3600);
/// The media type of RFC 9457 problem details.
const PROBLEM_TYPE: &str = "application/problem+json";

/// Why a call to the node gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The home holds no usable address or token.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The node understood and said no.
    #[error("{}{hint}", .problem.detail)]
    Refused {
        /// What the node said.
        problem: Box<Problem>,
        /// A further sentence about this side, or empty.
        hint: String,
    },
    /// Nothing listens at the address that the home names.
    #[error(
        "No node answers at {address}, the address in {home}/api.json. It may have stopped \
         without cleaning up. Start it with `commons run --home {home}`."
    )]
    NotAnswering {
        /// Where the call went.
        address: String,
        /// The home that named the address.
        home: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The call failed on the way.
    #[error("The call {what} to the node at {address} failed: {source}. {advice}")]
    Transport {
        /// Method and path.
        what: String,
        /// Where the call went.
        address: String,
        /// What to do next.
        advice: &'static str,
        /// What went wrong.
        #[source]
        source: Box<ureq::Error>,
    },
    /// Something answered, but not as a node does.
    #[error(
        "What answers at {address} does not answer as a Commons node does ({what}: {reason}). \
         Is another program using this port, or is the node of another version? Stop the node \
         and start it again with `commons run --home {home}`."
    )]
    NotANode {
        /// Where the call went.
        address: String,
        /// The home that named the address.
        home: String,
        /// Method and path.
        what: String,
        /// What was wrong with the answer.
        reason: String,
    },
    /// The stream of changes broke.
    #[error("The stream of changes ended: {0}. Run the same command again to go on.")]
    Stream(#[source] io::Error),
    /// A request could not be written as JSON.
    #[error("The request {what} could not be written as JSON: {source}")]
    Encode {
        /// Method and path.
        what: String,
        /// What went wrong.
        #[source]
        source: serde_json::Error,
    },
}

impl ClientError {
    /// The node's stable refusal code, or a code of the client's own.
    pub fn code(&self) -> &str {
        match self {
            Self::Refused { problem, .. } => &problem.code,
            Self::Home(_) | Self::NotAnswering { .. } => "not-running",
            Self::Transport { .. } | Self::Stream(_) => "transport",
            Self::NotANode { .. } => "not-a-node",
            Self::Encode { .. } => "encode",
        }
    }

    /// Whether waiting may help: the node is away or busy, not unwilling.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Refused { problem, .. } => problem.status == 429 || problem.status >= 500,
            Self::NotAnswering { .. } | Self::Transport { .. } => true,
            // What can't be understood now won't be later.
            Self::Stream(error) => error.kind() != io::ErrorKind::InvalidData,
            Self::Home(error) => matches!(error, HomeError::NotRunning(_)),
            Self::NotANode { .. } | Self::Encode { .. } => false,
        }
    }

    /// Whether no node is running in the home.
    pub fn is_not_running(&self) -> bool {
        matches!(self, Self::Home(HomeError::NotRunning(_)) | Self::NotAnswering { .. })
    }
}

/// How long to wait for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// A minute.
    Usual,
    /// Hours, for work that reads the whole store.
    Long,
}

/// Events of the node, as they come.
pub type Stream<T> = Events<BufReader<ureq::BodyReader<'static>>, T>;

/// A connection to one node's API.
#[derive(Clone)]
pub struct Client {
    agent: Agent,
    endpoint: Endpoint,
}

impl Client {
    /// A client for the node that `endpoint` describes. Does not connect yet.
    pub fn new(endpoint: Endpoint) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            // Loopback must never go through a proxy from the environment:
            // that would hand the token to the proxy.
            .proxy(None)
            .timeout_connect(Some(CONNECT_TIMEOUT))
            // A fresh connection per call: on loopback it costs nothing, and a
            // connection that the node closed meanwhile can't fail a save.
            .max_idle_connections(0)
            .user_agent(concat!("commons/", env!("CARGO_PKG_VERSION")))
            .build();
        Self { agent: config.into(), endpoint }
    }

    /// Where the node's API listens, `host:port`.
    pub fn address(&self) -> &str {
        &self.endpoint.address
    }

    /// GET `path`.
    pub fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        self.call("GET", path, None, Patience::Usual)
    }

    /// GET `path`, whose answer is a file and not JSON.
    pub fn get_file(&self, path: &str) -> Result<Vec<u8>, ClientError> {
        self.fetch("GET", path, None, Patience::Usual)
    }

    /// GET `path`, whose answer is a file of at most `most` bytes, and hands it
    /// on as it comes. The number of bytes.
    ///
    /// # Errors
    /// `Ok(Err(_))` if `out` failed.
    pub fn save(
        &self,
        path: &str,
        most: u64,
        out: &mut impl io::Write,
    ) -> Result<io::Result<u64>, ClientError> {
        let what = format!("GET {}", without_query(path));
        let response = self
            .dispatch("GET", path, None, Patience::Long)
            .map_err(|source| self.transport(&what, source))?;
        if !response.status().is_success() {
            return Err(self.refusal(&what, response));
        }
        let mut body = response.into_body().into_with_config().limit(most).reader();
        copy(&mut body, out).map_err(|source| self.transport(&what, source.into()))
    }

    /// POST `body` to `path`.
    pub fn post<B: Serialize, T: DeserializeOwned>(&self, path: &str, body: &B) -> Result<T, ClientError> {
        self.send("POST", path, body, Patience::Usual)
    }

    /// POST `body` to `path`, for work that may take long.
    pub fn post_long<B: Serialize, T: DeserializeOwned>(
        &self,
        path: &str,
        body: &B,
    ) -> Result<T, ClientError> {
        self.send("POST", path, body, Patience::Long)
    }

    /// POSTs a file of `length` bytes to `path` as it is read.
    pub fn upload<T: DeserializeOwned>(
        &self,
        path: &str,
        file: impl io::Read,
        length: u64,
    ) -> Result<T, ClientError> {
        let what = format!("POST {}", without_query(path));
        let mut file = file;
        let request = self
            .agent
            .post(self.url(path))
            .config()
            .timeout_global(Some(LONG_CALL_TIMEOUT))
            .build()
            .header("Authorization", self.bearer())
            .header("Accept", "application/json, application/problem+json")
            .header("Content-Type", "application/octet-stream")
            .header("Content-Length", length);
        // A node that refuses at once reads no body, and one that is still
        // being sent would hide its answer.
        let request = if length > EAGER_BYTES { request.header("Expect", "100-continue") } else { request };
        let sent = request.send(SendBody::from_reader(&mut file));
        let response = sent.map_err(|source| self.transport(&what, source))?;
        if !response.status().is_success() {
            return Err(self.refusal(&what, response));
        }
        let bytes = read_body(response).map_err(|source| self.transport(&what, source))?;
        serde_json::from_slice(&bytes).map_err(|error| self.not_a_node(&what, &error))
    }

    /// PUT `body` to `path`.
    pub fn put<B: Serialize, T: DeserializeOwned>(&self, path: &str, body: &B) -> Result<T, ClientError> {
        self.send("PUT", path, body, Patience::Usual)
    }

    /// DELETE `path`.
    pub fn delete<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        self.call("DELETE", path, None, Patience::Usual)
    }

    /// The stream of changes; it lasts until the node stops.
    pub fn events(&self) -> Result<Stream<ChangeView>, ClientError> {
        self.stream("/v1/events", SILENCE)
    }

    /// The rows of a feed as they change.
    pub fn feed_events(
        &self,
        measure: &str,
        query: &[(&str, Option<&str>)],
    ) -> Result<Stream<FeedEvent>, ClientError> {
        let query = query.iter().filter_map(|(name, value)| Some(format!("{name}={}", encode((*value)?))));
        let query: Vec<String> = query.collect();
        self.stream(&format!("/v1/feeds/{}/events?{}", encode(measure), query.join("&")), SILENCE)
    }

    /// The id of a measure that has a feed, named by id, beginning of an id,
    /// or title.
    pub fn measure_id(&self, measure: &str) -> Result<String, ClientError> {
        let path = format!("/v1/feeds/{}?organisation=network&stratifier=total", encode(measure));
        Ok(self.get::<FeedView>(&path)?.measure.id)
    }

    /// Events from `path`; an error after so long a silence.
    fn stream<T>(&self, path: &str, silence: Duration) -> Result<Stream<T>, ClientError> {
        let what = format!("GET {}", without_query(path));
        let response = self
            .agent
            .get(self.url(path))
            .config()
            .timeout_per_read(Some(silence))
            .build()
            .header("Authorization", self.bearer())
            .header("Accept", "text/event-stream")
            .call()
            .map_err(|source| self.transport(&what, source))?;
        if !response.status().is_success() {
            return Err(self.refusal(&what, response));
        }
        let reader = response.into_body().into_reader();
        Ok(Events::new(BufReader::new(reader)))
    }

    fn send<B: Serialize, T: DeserializeOwned>(
        &self,
        method: &str,
        path: &str,
        body: &B,
        patience: Patience,
    ) -> Result<T, ClientError> {
        let bytes = serde_json::to_vec(body)
            .map_err(|source| ClientError::Encode { what: format!("{method} {path}"), source })?;
        self.call(method, path, Some(bytes), patience)
    }

    fn call<T: DeserializeOwned>(
        &self,
        method: &str,
        path: &str,
        body: Option<Vec<u8>>,
        patience: Patience,
    ) -> Result<T, ClientError> {
        let bytes = self.fetch(method, path, body, patience)?;
        let what = format!("{method} {}", without_query(path));
        serde_json::from_slice(&bytes).map_err(|error| self.not_a_node(&what, &error))
    }

    fn fetch(
        &self,
        method: &str,
        path: &str,
        body: Option<Vec<u8>>,
        patience: Patience,
    ) -> Result<Vec<u8>, ClientError> {
        let what = format!("{method} {}", without_query(path));
        let response =
            self.dispatch(method, path, body, patience).map_err(|source| self.transport(&what, source))?;
        if !response.status().is_success() {
            return Err(self.refusal(&what, response));
        }
        read_body(response).map_err(|source| self.transport(&what, source))
    }

    fn dispatch(
        &self,
        method: &str,
        path: &str,
        body: Option<Vec<u8>>,
        patience: Patience,
    ) -> Result<Response<Body>, ureq::Error> {
        let timeout = match patience {
            Patience::Usual => CALL_TIMEOUT,
            Patience::Long => LONG_CALL_TIMEOUT,
        };
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(self.url(path))
            .header("Authorization", self.bearer())
            .header("Accept", "application/json, application/problem+json");
        match body {
            Some(bytes) => {
                let request = request.header("Content-Type", "application/json").body(bytes)?;
                let configured = self.agent.configure_request(request);
                self.agent.run(configured.timeout_global(Some(timeout)).build())
            }
            None => {
                let configured = self.agent.configure_request(request.body(())?);
                self.agent.run(configured.timeout_global(Some(timeout)).build())
            }
        }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.endpoint.address)
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.endpoint.token)
    }

    fn refusal(&self, what: &str, response: Response<Body>) -> ClientError {
        let status = response.status().as_u16();
        let is_problem = response
            .headers()
            .get("content-type")
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.starts_with(PROBLEM_TYPE));
        let bytes = match read_body(response) {
            Ok(bytes) => bytes,
            Err(source) => return self.transport(what, source),
        };
        match serde_json::from_slice::<Problem>(&bytes) {
            Ok(problem) if is_problem => {
                let hint = self.hint(status, &problem.detail);
                ClientError::Refused { problem: Box::new(problem), hint }
            }
            _ => self.not_a_node(what, &format!("status {status} without problem details")),
        }
    }

    /// A sentence to add to `detail`, or nothing.
    fn hint(&self, status: u16, detail: &str) -> String {
        let source = &self.endpoint.token_source;
        let sentence = match status {
            401 => format!("The token came from {source}; give another with --token or COMMONS_TOKEN."),
            403 => format!("You act with the token from {source}."),
            _ => return String::new(),
        };
        let end = if detail.ends_with(['.', '!', '?']) { "" } else { "." };
        format!("{end} {sentence}")
    }

    fn transport(&self, what: &str, source: ureq::Error) -> ClientError {
        let address = self.endpoint.address.clone();
        match source {
            ureq::Error::Io(source) if source.kind() == io::ErrorKind::ConnectionRefused => {
                ClientError::NotAnswering { address, home: self.endpoint.home.clone(), source }
            }
            ureq::Error::ConnectionFailed => ClientError::NotAnswering {
                address,
                home: self.endpoint.home.clone(),
                source: io::ErrorKind::ConnectionRefused.into(),
            },
            source => ClientError::Transport {
                what: what.to_owned(),
                address,
                advice: advice(&source),
                source: Box::new(source),
            },
        }
    }

    /// What answered `what` is no answer of a node, for this reason.
    pub fn not_a_node(&self, what: &str, reason: &dyn std::fmt::Display) -> ClientError {
        ClientError::NotANode {
            address: self.endpoint.address.clone(),
            home: self.endpoint.home.clone(),
            what: what.to_owned(),
            reason: reason.to_string(),
        }
    }
}

/// Copies everything; what fails on the way out is told apart from what fails
/// on the way in.
fn copy(from: &mut impl io::Read, to: &mut impl io::Write) -> io::Result<io::Result<u64>> {
    let mut buffer = vec![0; COPIED_BYTES];
    let mut copied = 0;
    loop {
        let read = from.read(&mut buffer)?;
        if read == 0 {
            return Ok(Ok(copied));
        }
        if let Err(error) = to.write_all(&buffer[..read]) {
            return Ok(Err(error));
        }
        copied += read as u64;
    }
}

fn read_body(mut response: Response<Body>) -> Result<Vec<u8>, ureq::Error> {
    response.body_mut().with_config().limit(MAX_ANSWER_BYTES).read_to_vec()
}

fn advice(error: &ureq::Error) -> &'static str {
    match error {
        ureq::Error::Timeout(_) => {
            "The node may be busy: look at `commons status`, then try again. What was sent may \
             have been saved, so look before you send it again."
        }
        ureq::Error::BodyExceedsLimit(_) => "The answer is too large to show here.",
        _ => "Look whether the node still runs with `commons status`, then try again.",
    }
}

fn without_query(path: &str) -> &str {
    path.split('?').next().unwrap_or(path)
}

/// `text` as one segment of a path or one value of a query: everything but
/// letters, digits, `-`, `.`, `_` and `~` is percent-encoded.
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'~' | b'.') {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    // A segment of dots alone would walk up the path.
    if encoded.bytes().all(|byte| byte == b'.') {
        return encoded.replace('.', "%2E");
    }
    encoded
}

#[cfg(test)]
mod tests;
