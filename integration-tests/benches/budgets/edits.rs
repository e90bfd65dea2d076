//! Row 5: two nodes as processes of their own; what a person saves at one is
//! shown by the API of the other.

use super::data::{Numbers, prose};
use super::measure::{Figure, Outcome, cpu_of, percentile};
use commons_node::home::Home;
use commons_node::node::{self, Node, Setup};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

const ROW: &str = "5";

/// Time between two edits.
const PAUSE: Duration = Duration::from_millis(20);

/// No wait takes longer.
const OVERALL: Duration = Duration::from_secs(60);

/// Runs the node of a home until the parent closes the pipe.
pub fn node_child(home: &Path) -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let node = Node::open(home, None)?;
    runtime.block_on(node.run(async {
        let closed = tokio::task::spawn_blocking(|| std::io::stdin().read(&mut [0; 1]));
        // Closed or broken: the parent is gone either way.
        let _ = closed.await;
    }))?;
    Ok(())
}

/// A node's process and the way to its API.
struct Running {
    child: Child,
    base: String,
    token: String,
    agent: ureq::Agent,
}

impl Running {
    fn start(home: &Path) -> Outcome<Self> {
        let child = super::spawn(&["node"], home, Stdio::null())?;
        let opened = Home::open(home)?;
        let token = opened.read_operator_token()?.trim().to_owned();
        let file = wait("the API answers", || Ok(opened.read_api().ok()))?;
        let base = format!("http://{}", file.address);
        Ok(Self { child, base, token, agent: ureq::Agent::new_with_defaults() })
    }

    fn get(&self, path: &str) -> Outcome<Value> {
        let request = self.agent.get(format!("{}{path}", self.base));
        let mut answer = request.header("authorization", format!("Bearer {}", self.token)).call()?;
        Ok(answer.body_mut().read_json()?)
    }

    fn post(&self, path: &str, body: &Value) -> Outcome<Value> {
        let request = self.agent.post(format!("{}{path}", self.base));
        let mut answer = request.header("authorization", format!("Bearer {}", self.token)).send_json(body)?;
        Ok(answer.body_mut().read_json()?)
    }

    fn put(&self, path: &str, body: &Value) -> Outcome<Value> {
        let request = self.agent.put(format!("{}{path}", self.base));
        let mut answer = request.header("authorization", format!("Bearer {}", self.token)).send_json(body)?;
        Ok(answer.body_mut().read_json()?)
    }

    fn cpu(&self) -> Outcome<f64> {
        cpu_of(&self.child.id().to_string())
    }

    fn events(&self) -> Outcome<impl BufRead + Send + 'static> {
        let request = self.agent.get(format!("{}/v1/events", self.base));
        let answer = request.header("authorization", format!("Bearer {}", self.token)).call()?;
        Ok(BufReader::new(answer.into_body().into_reader()))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail only when the process has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Forwards connections and counts the bytes of each direction: to the hub,
/// from the hub.
fn proxy(target: String) -> Outcome<(u16, Arc<[AtomicU64; 2]>)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    let counts: Arc<[AtomicU64; 2]> = Arc::default();
    let counted = Arc::clone(&counts);
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let Ok(server) = TcpStream::connect(&target) else { continue };
            let clones = client.try_clone().and_then(|client| Ok((client, server.try_clone()?)));
            let Ok((client_too, server_too)) = clones else { continue };
            let (up, down) = (Arc::clone(&counted), Arc::clone(&counted));
            thread::spawn(move || forward(client, server, &up[0]));
            thread::spawn(move || forward(server_too, client_too, &down[1]));
        }
    });
    Ok((port, counts))
}

fn forward(mut from: TcpStream, mut to: TcpStream, count: &AtomicU64) {
    // Without this, the proxy would add a delay that the nodes do not have.
    let _ = to.set_nodelay(true);
    let mut buffer = [0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        count.fetch_add(length as u64, Ordering::Relaxed);
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}

fn wait<T>(what: &str, mut probe: impl FnMut() -> Outcome<Option<T>>) -> Outcome<T> {
    let deadline = Instant::now() + OVERALL;
    while Instant::now() < deadline {
        if let Some(found) = probe()? {
            return Ok(found);
        }
        thread::sleep(Duration::from_millis(10));
    }
    Err(format!("never happened: {what}").into())
}

fn free_port() -> Outcome<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn install(home: &Path, name: &str, listen: Option<u16>, public: Option<u16>) -> Outcome<()> {
    let address = |port: u16| format!("/ip4/127.0.0.1/tcp/{port}");
    let setup = Setup {
        name: name.to_owned(),
        kind: "site".to_owned(),
        passphrase: None,
        recovered: None,
        is_hub: listen.is_some(),
        listen: listen.into_iter().map(address).collect(),
        public_addresses: public.into_iter().map(address).collect(),
        api: Some("127.0.0.1:0".to_owned()),
    };
    node::install(home, &setup)?;
    Ok(())
}

/// Founds a commons at `hub` and lets `site` join.
fn connect(hub: &Running, site: &Running) -> Outcome<()> {
    hub.post("/v1/found", &json!({ "name": "Measured", "purpose": "Measuring" }))?;
    let code = wait("an invitation", || Ok(hub.post("/v1/invitations", &json!({})).ok()))?;
    site.post("/v1/join", &json!({ "code": code["code"] }))?;
    let request = wait("a request to join", || {
        Ok(hub.get("/v1/members")?["requests"][0]["id"].as_str().map(str::to_owned))
    })?;
    hub.post("/v1/members/approve", &json!({ "id": request }))?;
    wait("the nodes are in step", || {
        let is_in_step = |node: &Running| -> Outcome<bool> {
            let status = node.get("/v1/status")?;
            Ok(status["peers"].as_array().is_some_and(|peers| {
                peers.iter().any(|peer| peer["connected"] == true && peer["in_step"] == true)
            }))
        };
        Ok((is_in_step(hub)? && is_in_step(site)?).then_some(()))
    })
}

/// When the site showed each edit, as far as it has.
type Shown = Arc<Mutex<Vec<Option<Instant>>>>;

/// Edits at the hub, seen at the site.
pub fn edits(scale: usize) -> Outcome<Vec<Figure>> {
    let count = 200 / scale;
    let place = tempfile::tempdir()?;
    let (hub_home, site_home) = (place.path().join("hub"), place.path().join("site"));
    let port = free_port()?;
    let (through, counts) = proxy(format!("127.0.0.1:{port}"))?;
    install(&hub_home, "Hub", Some(port), Some(through))?;
    install(&site_home, "Site", None, None)?;
    let (hub, site) = (Running::start(&hub_home)?, Arc::new(Running::start(&site_home)?));
    connect(&hub, &site)?;
    let text = prose(&mut Numbers::new(5), 2_500);
    let request = json!({ "kind": "toolkit", "title": "Edited", "text": format!("edit none\n{text}") });
    let created = hub.post("/v1/documents", &request)?;
    let path = format!("/v1/documents/{}", created["summary"]["id"].as_str().ok_or("a document has an id")?);
    wait("the site has the document", || Ok(site.get(&path).ok()))?;
    // So that no catch-up of the beginning is counted.
    thread::sleep(Duration::from_secs(1));
    let shown: Shown = Arc::new(Mutex::new(vec![None; count]));
    let watching = watch(&site, path.clone(), &shown)?;
    let before = (hub.cpu()? + site.cpu()?, bytes(&counts));
    let mut began = Vec::new();
    let mut acknowledged = Vec::new();
    for number in 0..count {
        let start = Instant::now();
        began.push(start);
        hub.put(&path, &json!({ "text": format!("edit {number}\n{text}") }))?;
        acknowledged.push(start.elapsed());
        thread::sleep(PAUSE.saturating_sub(start.elapsed()));
    }
    watching.recv_timeout(OVERALL).map_err(|_| "the last edit was never shown")?;
    let after = (hub.cpu()? + site.cpu()?, bytes(&counts));
    let lock = shown.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let pairs = began.iter().zip(lock.iter());
    let mut visible: Vec<Duration> =
        pairs.filter_map(|(began, shown)| Some((*shown)?.saturating_duration_since(*began))).collect();
    let each = |total: f64| total / count as f64;
    let sent = (after.1[1] - before.1[1]) as f64;
    let back = (after.1[0] - before.1[0]) as f64;
    let what = format!("{count} edits of a 2.5 KB document, 20 ms apart: visible, p50");
    Ok(vec![
        Figure::at_most(ROW, &what, percentile(&mut visible, 0.5), 3.0, "ms"),
        Figure::at_most(ROW, "  the same, p99", percentile(&mut visible, 0.99), 15.0, "ms"),
        Figure::note(ROW, "  acknowledged to the editor, p50", percentile(&mut acknowledged, 0.5), "ms"),
        Figure::at_most(ROW, "  on the wire from the editor's node, per edit", each(sent), 420.0, "B"),
        Figure::note(ROW, "  the other way, per edit", each(back), "B"),
        Figure::note(
            ROW,
            "  both nodes, one API read each time included",
            each(after.0 - before.0) * 1_000.0,
            "CPU ms",
        ),
    ])
}

fn bytes(counts: &[AtomicU64; 2]) -> [u64; 2] {
    [counts[0].load(Ordering::Relaxed), counts[1].load(Ordering::Relaxed)]
}

/// Reads the document whenever the site says that it changed. The receiver
/// hears when the last edit is shown.
fn watch(site: &Arc<Running>, path: String, shown: &Shown) -> Outcome<mpsc::Receiver<()>> {
    let (done, watching) = mpsc::channel();
    let (site, shown) = (Arc::clone(site), Arc::clone(shown));
    let events = site.events()?;
    thread::spawn(move || {
        for line in events.lines() {
            let Ok(line) = line else { return };
            if !line.starts_with("data:") {
                continue;
            }
            let Ok(document) = site.get(&path) else { continue };
            let now = Instant::now();
            let number = document["text"].as_str().and_then(number_of);
            let mut shown = shown.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let Some(number) = number else { continue };
            shown.iter_mut().take(number + 1).filter(|one| one.is_none()).for_each(|one| *one = Some(now));
            if number + 1 == shown.len() {
                // Nobody listens when the row has failed.
                let _ = done.send(());
                return;
            }
        }
    });
    Ok(watching)
}

/// The number in the first line of the text.
fn number_of(text: &str) -> Option<usize> {
    text.lines().next()?.strip_prefix("edit ")?.parse().ok()
}
