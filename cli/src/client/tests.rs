use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::thread::{self, JoinHandle};

use serde_json::{Value, json};

use super::home::Endpoint;
use super::{Client, ClientError, encode};

/// Answers one request with `status`, `media_type` and `body`; gives back the
/// request's first line, headers and body.
fn serve_once(
    status: &'static str,
    media_type: &'static str,
    body: &'static str,
) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let request = read_request(&mut BufReader::new(stream.try_clone().unwrap()));
        let length = body.len();
        write!(
            stream,
            "HTTP/1.1 {status}\r\ncontent-type: {media_type}\r\ncontent-length: {length}\r\n\
             connection: close\r\n\r\n{body}"
        )
        .unwrap();
        request
    });
    (address, server)
}

fn read_request(reader: &mut impl BufRead) -> String {
    let mut request = String::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        request.push_str(&line);
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    request + &String::from_utf8(body).unwrap()
}

fn client(address: String) -> Client {
    Client::new(Endpoint {
        address,
        token: "secret".into(),
        token_source: "a test".into(),
        home: "HOME".into(),
    })
}

#[test]
fn a_problem_becomes_a_refusal_with_its_code_and_sentence() {
    let (address, server) = serve_once(
        "409 Conflict",
        "application/problem+json; charset=utf-8",
        r#"{"type":"https://commons.invalid/problems/x","title":"No","status":409,
            "detail":"It is already founded. Look at `commons charter`.","code":"already"}"#,
    );
    let error = client(address).post::<_, Value>("/v1/found", &json!({"name": "n"})).unwrap_err();
    assert_eq!(error.code(), "already");
    assert_eq!(error.to_string(), "It is already founded. Look at `commons charter`.");
    let request = server.join().unwrap();
    assert!(request.starts_with("POST /v1/found HTTP/1.1"), "{request}");
    assert!(request.to_lowercase().contains("authorization: bearer secret"));
    assert!(request.ends_with(r#"{"name":"n"}"#), "{request}");
}

#[test]
fn a_refused_token_names_where_it_came_from() {
    let (address, server) = serve_once(
        "401 Unauthorized",
        "application/problem+json",
        r#"{"type":"t","title":"t","status":401,"detail":"The token is unknown.","code":"token"}"#,
    );
    let error = client(address).get::<Value>("/v1/status").unwrap_err();
    assert!(error.to_string().contains("a test"), "{error}");
    assert!(!error.to_string().contains("secret"), "{error}");
    server.join().unwrap();
}

#[test]
fn another_program_on_the_port_is_told_apart() {
    for (status, media_type, body) in [
        ("200 OK", "text/html", "<html>"),
        ("500 Oops", "text/html", "<html>"),
        ("500 Oops", "application/problem+json", "{}"),
        ("302 Found", "text/plain", ""),
    ] {
        let (address, server) = serve_once(status, media_type, body);
        let error = client(address).get::<Value>("/v1/status").unwrap_err();
        assert!(matches!(error, ClientError::NotANode { .. }), "{error:?}");
        server.join().unwrap();
    }
}

#[test]
fn nothing_listening_says_how_to_start() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let error = client(address).get::<Value>("/v1/status").unwrap_err();
    assert!(error.is_not_running(), "{error:?}");
    assert!(error.to_string().contains("commons run --home HOME"));
}

#[test]
fn an_answer_that_breaks_off_is_a_transport_error() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        read_request(&mut BufReader::new(stream.try_clone().unwrap()));
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{").unwrap();
    });
    let error = client(address).get::<Value>("/v1/status").unwrap_err();
    assert_eq!(error.code(), "transport", "{error:?}");
    server.join().unwrap();
}

#[test]
fn ids_can_not_leave_their_place_in_the_path() {
    assert_eq!(encode("ab12"), "ab12");
    assert_eq!(encode("../x?y=z#"), "..%2Fx%3Fy%3Dz%23");
    assert_eq!(encode(".."), "%2E%2E");
    assert_eq!(encode("Zoë A"), "Zo%C3%AB%20A");
}

#[test]
fn a_stream_that_falls_silent_is_an_error_that_may_pass() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (done, is_done) = std::sync::mpsc::channel::<()>();
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        read_request(&mut BufReader::new(stream.try_clone().unwrap()));
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n: here\n\n").unwrap();
        // It keeps the connection open, as a node does that was suspended.
        let _ = is_done.recv_timeout(std::time::Duration::from_secs(60));
    });
    let silence = std::time::Duration::from_millis(500);
    let error = match client(address).stream::<Value>("/v1/events", silence) {
        Ok(mut events) => events.next().unwrap().unwrap_err(),
        Err(error) => error,
    };
    assert!(error.may_pass() && error.code() == "transport", "{error:?}");
    drop(done);
    server.join().unwrap();
}

#[test]
fn only_what_may_pass_is_worth_another_attempt() {
    let refused = |status: u16, code: &str| {
        let problem = json!({"type": "t", "title": "t", "status": status, "detail": "d", "code": code});
        let problem = serde_json::from_value(problem).unwrap();
        ClientError::Refused { problem: Box::new(problem), hint: String::new() }
    };
    for (status, code) in
        [(503, "too-many-listeners"), (504, "timeout"), (503, "try-again"), (500, "internal")]
    {
        assert!(refused(status, code).may_pass(), "{code}");
    }
    for (status, code) in [(404, "not-found"), (401, "token"), (409, "conflict"), (422, "bad-period")] {
        assert!(!refused(status, code).may_pass(), "{code}");
    }
    let stream = |kind: std::io::ErrorKind| ClientError::Stream(kind.into());
    assert!(stream(std::io::ErrorKind::TimedOut).may_pass());
    assert!(!stream(std::io::ErrorKind::InvalidData).may_pass());
    assert!(ClientError::from(super::home::HomeError::NotRunning("HOME".into())).may_pass());
    assert!(!ClientError::from(super::home::HomeError::Missing("HOME".into())).may_pass());
}
