//! A webhook and its receiver, which fails, comes back, and in the end wants
//! nothing more.

use std::collections::{BTreeSet, VecDeque};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use commons_integration_tests::process::{Home, Node, Place};
use commons_node::private_file;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::Measure;
use crate::scene::{files_with, hospital};

const SECRET: &str = "0123456789abcdef0123456789abcdef";

#[test]
fn a_webhook_is_posted_until_it_is_acknowledged_and_ends_with_410() {
    let place = Place::new();
    let receiver = Receiver::start();
    let home = place.init("hospital", &hospital());
    receiver.subscribe(&home);
    let node = home.start();
    node.commons(&["found", "Gut Health", "--purpose", "Share what helps"]).ok();
    let measure = Measure::released(&place, &node);

    receiver.answer_next(500);
    measure.submit(&node, "2026-01", 84);
    let told = receiver.wait_for(&place, 2);
    assert_eq!(told[0], told[1], "the second attempt says the same, under the same id");
    assert_eq!(periods(&told[1]), ["2026-01"]);
    wait_until_kept(&place, &node);

    let node = node.stop().start();
    measure.submit(&node, "2026-02", 70);
    let told = receiver.wait_for(&place, 3);
    assert_eq!(periods(&told[2]), ["2026-02"], "January was acknowledged");
    assert_ne!(told[2]["id"], told[1]["id"]);
    assert_eq!((&told[2]["measure"], &told[2]["more"]), (&measure.id.as_str().into(), &false.into()));

    receiver.answer_next(410);
    measure.submit(&node, "2026-03", 60);
    receiver.wait_for(&place, 4);
    wait_for_the_end(&place, &node);
    let node = node.stop().start();
    measure.submit(&node, "2026-04", 75);
    wait_for_the_end(&place, &node);
    assert_eq!(receiver.deliveries().len(), 4, "it wants nothing more");
}

/// Waits until the node has written down that one delivery was acknowledged.
fn wait_until_kept(place: &Place, node: &Node) {
    let folder = node.path().join("webhooks");
    place.wait("the acknowledgement is kept", || {
        let is_kept = folder.exists() && !files_with(&folder, "\"acknowledged\":1").is_empty();
        is_kept.then_some(())
    });
}

/// Waits until the operator reads that the receiver wants nothing more.
fn wait_for_the_end(place: &Place, node: &Node) {
    place.wait("a notice tells of the end", || {
        node.status().notices.iter().any(|notice| notice.contains("answered 410")).then_some(())
    });
}

/// The periods of a delivery's rows; it takes no row away.
fn periods(delivery: &Value) -> Vec<&str> {
    assert_eq!(delivery["gone"], Value::Array(Vec::new()), "{delivery}");
    let rows = delivery["rows"].as_array().expect("a delivery has rows");
    let periods: BTreeSet<&str> = rows.iter().filter_map(|row| row["period"].as_str()).collect();
    periods.into_iter().collect()
}

/// A program that listens. It accepts everything unless it was told otherwise.
struct Receiver {
    address: SocketAddr,
    heard: Arc<Mutex<Heard>>,
}

#[derive(Default)]
struct Heard {
    /// Answers to give before the usual one.
    answers: VecDeque<u16>,
    /// Whatever came, with a signature that is right.
    bodies: Vec<Value>,
}

impl Receiver {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("a listener has an address");
        let heard = Arc::new(Mutex::new(Heard::default()));
        let inner = Arc::clone(&heard);
        thread::spawn(move || {
            for stream in listener.incoming() {
                receive(stream.expect("a connection can be accepted"), &inner);
            }
        });
        Self { address, heard }
    }

    /// Writes itself into the configuration of a home.
    fn subscribe(&self, home: &Home) {
        let secret = home.path().join("webhook.secret");
        private_file::write(&secret, SECRET.as_bytes()).expect("a secret can be written");
        let config = File::options().append(true).open(home.path().join("config.toml"));
        let url = format!("http://{}/feeds", self.address);
        writeln!(
            config.expect("the configuration can be opened"),
            "\n[[webhooks]]\nurl = \"{url}\"\nsecret = \"webhook.secret\""
        )
        .expect("the configuration can be written");
    }

    fn answer_next(&self, status: u16) {
        self.heard.lock().expect("no receiver panicked").answers.push_back(status);
    }

    fn deliveries(&self) -> Vec<Value> {
        self.heard.lock().expect("no receiver panicked").bodies.clone()
    }

    /// All deliveries, once there are so many; more are wrong.
    fn wait_for(&self, place: &Place, most: usize) -> Vec<Value> {
        let what = format!("{most} deliveries came");
        let told = place.wait(&what, || Some(self.deliveries()).filter(|told| told.len() >= most));
        assert_eq!(told.len(), most, "{told:#?}");
        told
    }
}

/// Reads one delivery and answers it.
fn receive(mut stream: TcpStream, heard: &Mutex<Heard>) {
    let mut reader = BufReader::new(stream.try_clone().expect("a connection can be shared"));
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("the head can be read");
        match line.trim_end() {
            "" => break,
            line => head.push(line.to_owned()),
        }
    }
    assert_eq!(head[0], "POST /feeds HTTP/1.1");
    let header = |name: &str| head.iter().find_map(|line| line.strip_prefix(name)).expect(name).trim();
    let length: usize = header("content-length:").parse().expect("a length is a number");
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("the body can be read");
    assert_is_genuine(header("commons-signature:"), &body);
    let mut heard = heard.lock().expect("no receiver panicked");
    heard.bodies.push(serde_json::from_slice(&body).expect("the body is JSON"));
    let status = heard.answers.pop_front().unwrap_or(200);
    write!(stream, "HTTP/1.1 {status} x\r\ncontent-length: 0\r\n\r\n").expect("the answer can be sent");
}

/// HMAC-SHA256 of the seconds, a dot and the body, under the secret.
fn assert_is_genuine(signature: &str, body: &[u8]) {
    let (seconds, given) =
        signature.strip_prefix("t=").and_then(|rest| rest.split_once(",v1=")).expect("it has two parts");
    let mut key = [0_u8; 64];
    key[..SECRET.len()].copy_from_slice(SECRET.as_bytes());
    let inner = Sha256::new().chain_update(key.map(|byte| byte ^ 0x36));
    let inner = inner.chain_update(seconds).chain_update(".").chain_update(body).finalize();
    let outer = Sha256::new().chain_update(key.map(|byte| byte ^ 0x5c)).chain_update(inner).finalize();
    let expected: String = outer.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(given, expected);
}
