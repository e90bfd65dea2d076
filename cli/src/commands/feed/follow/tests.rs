//! Following a node that answers what the test says.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use serde_json::json;

use super::memory::Memory;
use super::memory::tests::{digest, row, word};
use super::{Follower, trouble};
use crate::args::{FollowArgs, RowsArgs};
use crate::client::home::Endpoint;
use crate::client::{Client, ClientError};
use crate::error::CliError;
use crate::output::OutputError;
use crate::view::FeedEvent;

/// Far more than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// One answer of the node.
enum Answer {
    /// A refusal: status and code.
    Problem(u16, &'static str),
    /// The feed, from which the id of the measure is read.
    Feed,
    /// Events; then the node ends the connection.
    Events(Vec<FeedEvent>),
    /// Events; then the node is silent.
    Open(Vec<FeedEvent>),
}

/// A node with so many answers, one to a connection. Gives the address and
/// what is asked.
fn node(answers: Vec<Answer>) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let lines = Arc::clone(&asked);
    thread::spawn(move || {
        let mut open = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            lines.lock().unwrap().push(request(&stream));
            stream.write_all(written(&answer).as_bytes()).unwrap();
            if matches!(answer, Answer::Open(_)) {
                open.push(stream);
            }
        }
        // Nobody connects any more; what is open stays so until the test ends.
        let _ = listener.accept();
    });
    (address, asked)
}

/// The path and query of a request.
fn request(stream: &TcpStream) -> String {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map(Result::unwrap);
    let first = lines.next().unwrap();
    lines.take_while(|line| !line.is_empty()).for_each(drop);
    first.split(' ').nth(1).unwrap().to_owned()
}

fn written(answer: &Answer) -> String {
    let whole = |status: u16, media_type: &str, body: &str| {
        let length = body.len();
        format!(
            "HTTP/1.1 {status} x\r\ncontent-type: {media_type}\r\ncontent-length: {length}\r\n\
             connection: close\r\n\r\n{body}"
        )
    };
    match answer {
        Answer::Problem(status, code) => {
            let problem = json!({"type": "t", "title": "t", "status": status, "detail": "No.", "code": code});
            whole(*status, "application/problem+json", &problem.to_string())
        }
        Answer::Feed => whole(200, "application/json", &feed().to_string()),
        Answer::Events(events) | Answer::Open(events) => {
            let event = |event: &FeedEvent| format!("data: {}\n\n", serde_json::to_string(event).unwrap());
            let body: String = events.iter().map(event).collect();
            format!("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n: here\n\n{body}")
        }
    }
}

fn feed() -> serde_json::Value {
    let measure = json!({"id": "d0", "title": "Visits", "kind": "count", "calendar": "month",
        "population": "p", "numerator": "n", "denominator": "", "direction": null, "per": 1,
        "unit": null, "target": null, "threshold": 10, "extremes_are_sensitive": false,
        "stratifiers": [], "release": "e1", "version": "ab", "released": "2026-01-01"});
    json!({"commons": "c1", "measure": measure, "digest": "00", "organisations": [], "rows": []})
}

/// Follows until that ends; what was told, and how it ended. `most` is how
/// many events are told before the reader of them is gone.
fn follow(address: &str, args: FollowArgs, most: usize) -> (Vec<String>, Result<(), CliError>) {
    let (done, is_done) = mpsc::channel();
    let address = address.to_owned();
    thread::spawn(move || {
        let mut told = Vec::new();
        let mut tell = |news: &FeedEvent| {
            if told.len() == most {
                return Err(CliError::from(OutputError::Gone));
            }
            told.push(word(news));
            Ok(())
        };
        let follower = Follower {
            args: &args,
            memory: Memory::open(args.state.as_deref()).unwrap(),
            measure: None,
            tell: &mut tell,
            first_pause: Duration::ZERO,
            pause: Duration::ZERO,
        };
        let endpoint = || Endpoint {
            address: address.clone(),
            token: "secret".to_owned(),
            token_source: "a test".to_owned(),
            home: "HOME".to_owned(),
        };
        let ended = follower.run(|| Ok(Client::new(endpoint())));
        let _ = done.send((told, ended));
    });
    is_done.recv_timeout(PATIENCE).expect("following ends")
}

fn args(measure: &str, state: Option<PathBuf>) -> FollowArgs {
    FollowArgs { measure: measure.to_owned(), state, rows: RowsArgs::default(), until: None, once: false }
}

#[test]
fn a_node_that_is_busy_or_breaks_off_is_asked_again() {
    let (address, asked) = node(vec![
        Answer::Problem(504, "timeout"),
        Answer::Feed,
        Answer::Problem(503, "too-many-listeners"),
        Answer::Events(vec![row("2026-01", 40)]),
        Answer::Problem(503, "try-again"),
        Answer::Events(vec![row("2026-01", 40), row("2026-02", 41), digest("1")]),
        Answer::Events(vec![digest("1"), row("2026-03", 42), digest("2")]),
    ]);
    let until = FollowArgs { until: Some("2026-03".to_owned()), ..args("Visits", None) };
    let (told, ended) = follow(&address, until, usize::MAX);
    ended.unwrap();
    assert_eq!(told, ["row 2026-01", "row 2026-02", "digest 1", "row 2026-03", "digest 2"]);
    let asked = asked.lock().unwrap();
    let events: Vec<&String> = asked.iter().filter(|path| path.contains("/events")).collect();
    assert!(events.iter().all(|path| path.starts_with("/v1/feeds/d0/events?")), "{events:?}");
    let named: Vec<bool> = events.iter().map(|path| path.contains("after=1")).collect();
    assert_eq!(named, [false, false, false, false, true], "only what was told to its end: {events:?}");
}

#[test]
fn a_refusal_ends_it() {
    let (address, _) = node(vec![Answer::Problem(404, "not-found")]);
    let (told, ended) = follow(&address, args("Visits", None), usize::MAX);
    assert_eq!((told.len(), ended.unwrap_err().code()), (0, "not-found"));
}

#[test]
fn what_was_read_before_ends_it_at_once_under_any_name() {
    let place = tempfile::tempdir().unwrap();
    let state = Some(place.path().join("state"));
    let (address, _) = node(vec![Answer::Feed, Answer::Open(vec![row("2026-01", 40), digest("1")])]);
    let until = |name: &str| FollowArgs { until: Some("2026-01".to_owned()), ..args(name, state.clone()) };
    let (told, ended) = follow(&address, until("Visits"), usize::MAX);
    ended.unwrap();
    assert_eq!(told, ["row 2026-01", "digest 1"]);
    let once = FollowArgs { once: true, ..args("Visits", state.clone()) };
    for again in [until("d0"), once] {
        let (address, asked) = node(vec![Answer::Feed, Answer::Open(vec![digest("1")])]);
        let (told, ended) = follow(&address, again, usize::MAX);
        ended.unwrap();
        assert!(told.is_empty(), "{told:?}");
        assert!(asked.lock().unwrap()[1].contains("after=1"));
    }
}

#[test]
fn what_was_told_without_its_digest_is_told_again_after_a_restart() {
    let place = tempfile::tempdir().unwrap();
    let state = Some(place.path().join("state"));
    let once = || FollowArgs { once: true, ..args("Visits", state.clone()) };
    let all = || vec![row("2026-01", 40), row("2026-02", 41), digest("1")];
    for (events, most, expected) in [
        (all(), 1, &["row 2026-01"][..]),
        (all(), 2, &["row 2026-01", "row 2026-02"]),
        (all(), 9, &["row 2026-01", "row 2026-02", "digest 1"]),
        (vec![digest("1")], 9, &[]),
    ] {
        let (address, _) = node(vec![Answer::Feed, Answer::Events(events)]);
        let (told, ended) = follow(&address, once(), most);
        assert_eq!(told, expected);
        assert_eq!(ended.is_ok(), most == 9, "{ended:?}");
    }
}

#[test]
fn trouble_is_told_without_advice_to_do_what_is_done_anyway() {
    let broken = ClientError::Stream(std::io::ErrorKind::TimedOut.into());
    assert!(!trouble(&broken).contains("again"), "{}", trouble(&broken));
    assert!(trouble(&broken).ends_with('.'));
}
