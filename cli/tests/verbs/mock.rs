//! An API that answers each request with the next reply of a list.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use serde_json::Value;

/// What to answer.
pub struct Reply {
    status: u16,
    media_type: &'static str,
    body: String,
    /// Whether it comes before the body of the request is read.
    early: bool,
}

impl Reply {
    /// An answer of the node.
    pub fn ok(body: Value) -> Self {
        Self { status: 200, media_type: "application/json", body: body.to_string(), early: false }
    }

    /// A refusal.
    pub fn problem(status: u16, body: Value) -> Self {
        Self { status, media_type: "application/problem+json", body: body.to_string(), early: false }
    }

    /// A refusal for which nobody reads what the request brings.
    pub fn refused_at_once(status: u16, body: Value) -> Self {
        Self { early: true, ..Self::problem(status, body) }
    }

    /// A file.
    pub fn file(body: &str) -> Self {
        Self { status: 200, media_type: "application/octet-stream", body: body.to_owned(), early: false }
    }

    /// A stream of events that ends.
    pub fn stream(body: &str) -> Self {
        Self { status: 200, media_type: "text/event-stream", body: body.to_owned(), early: false }
    }
}

/// What was asked.
pub struct Request {
    /// Method.
    pub method: String,
    /// Path with query.
    pub path: String,
    /// The authorization header.
    pub token: String,
    /// The body as JSON, or null.
    pub body: Value,
}

/// A running script.
pub struct Mock {
    address: String,
    stop: Arc<AtomicBool>,
    requests: Arc<Mutex<Vec<Request>>>,
    thread: JoinHandle<()>,
}

impl Mock {
    /// Answers with `replies`, one after the other.
    pub fn start(replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let stop = Arc::new(AtomicBool::new(false));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (stopped, seen) = (Arc::clone(&stop), Arc::clone(&requests));
        let thread = thread::spawn(move || {
            let mut replies = replies.into_iter();
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                let mut stream = stream.unwrap();
                let reply = replies.next();
                let request = read(&stream, reply.as_ref().is_some_and(|reply| reply.early));
                seen.lock().unwrap().push(request);
                match reply {
                    Some(reply) => write(&mut stream, &reply),
                    None => return,
                }
            }
        });
        Self { address, stop, requests, thread }
    }

    /// `host:port`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Ends the script; gives back what was asked.
    pub fn finish(self) -> Vec<Request> {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the thread, unless it has ended already.
        drop(TcpStream::connect(&self.address));
        self.thread.join().unwrap();
        std::mem::take(&mut self.requests.lock().unwrap())
    }
}

fn read(mut stream: &TcpStream, is_early: bool) -> Request {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let mut words = line.split_whitespace();
    let mut word = || words.next().unwrap_or_default().to_owned();
    let (method, path) = (word(), word());
    let (mut token, mut length, mut is_asking) = (String::new(), 0, false);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).unwrap();
        let Some((name, value)) = header.trim().split_once(": ") else {
            break;
        };
        match name.to_ascii_lowercase().as_str() {
            "authorization" => token = value.to_owned(),
            "expect" => is_asking = true,
            "content-length" => length = value.parse().unwrap(),
            _ => {}
        }
    }
    if is_early {
        return Request { method, path, token, body: Value::Null };
    }
    if is_asking {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").unwrap();
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    Request { method, path, token, body: serde_json::from_slice(&body).unwrap_or(Value::Null) }
}

fn write(stream: &mut TcpStream, reply: &Reply) {
    let Reply { status, media_type, body, early: _ } = reply;
    // Without a length the answer ends with the connection, as a stream does.
    write!(stream, "HTTP/1.1 {status} X\r\ncontent-type: {media_type}\r\nconnection: close\r\n\r\n{body}")
        .unwrap();
}
