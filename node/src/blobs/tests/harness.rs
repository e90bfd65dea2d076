//! Real nodes in one process: their networks on loopback, and attached files
//! on top of them.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use commons_protocol::blob::exchange::{Answer, MESSAGE_BYTES, Request};
use commons_protocol::id::{CommonsId, OrganisationId};
use commons_protocol::key::SecretKey;
use commons_protocol::publication::FileReference;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::super::{BlobLimits, Blobs};
use super::*;
use crate::net::{Command, DialTarget, Event, Exchange, Handle, NetConfig, NetLimits, PeerKey, Role, start};

/// No test waits longer than this for anything.
const OVERALL: Duration = Duration::from_secs(60);

pub(super) const COMMONS: CommonsId = CommonsId([9; 32]);

pub(super) const PLENTY: BlobLimits = BlobLimits { per_organisation: 1 << 30, total: 1 << 30 };

pub(super) fn reference(bytes: &[u8], organisation: u8) -> FileReference {
    let size = bytes.len() as u64;
    FileReference { file: hash_of(bytes), size, organisation: OrganisationId([organisation; 32]) }
}

/// Waits until something holds; looks again and again, for it happens on other
/// tasks.
pub(super) async fn until(what: &str, holds: impl Fn() -> bool) {
    let wait = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(OVERALL, wait).await.unwrap_or_else(|_| panic!("never happened: {what}"));
}

/// A network, whose connected members are watched.
pub(super) struct Wire {
    pub(super) key: PeerKey,
    pub(super) address: String,
    pub(super) network: Handle,
    pub(super) connected: watch::Receiver<BTreeSet<PeerKey>>,
}

impl Wire {
    pub(super) async fn new(number: u16) -> Self {
        let mut secret = [11; 32];
        secret[..2].copy_from_slice(&number.to_be_bytes());
        let limits = NetLimits {
            redial_min: Duration::from_millis(50),
            exchange_patience: Duration::from_secs(5),
            ..NetLimits::default()
        };
        let listen = vec!["/ip4/127.0.0.1/tcp/0".to_owned()];
        let (role, expected_sites) = (Role::Site, 0);
        let config = NetConfig { secret: Zeroizing::new(secret), listen, role, expected_sites, limits };
        let (network, mut events) = start(config).unwrap();
        let (members, connected) = watch::channel(BTreeSet::new());
        let (bound, address) = oneshot::channel();
        tokio::spawn(async move {
            let mut bound = Some(bound);
            while let Some(event) = events.recv().await {
                match event {
                    Event::Listening(address) => _ = bound.take().map(|bound| bound.send(address)),
                    Event::Connected { peer } => members.send_modify(|all| _ = all.insert(peer)),
                    Event::Disconnected { peer } => members.send_modify(|all| _ = all.remove(&peer)),
                    _ => {}
                }
            }
        });
        let key = PeerKey(SecretKey::from_seed(secret).public().0);
        Self { key, address: address.await.unwrap(), network, connected }
    }

    pub(super) async fn order(&self, order: Command) {
        self.network.commands.send(order).await.unwrap();
    }

    pub(super) async fn allow(&self, members: &[PeerKey], joiners: &[PeerKey]) {
        let set = |keys: &[PeerKey]| keys.iter().copied().collect();
        self.order(Command::Allow { members: set(members), joiners: set(joiners) }).await;
    }

    /// Connects to all of these, as members of each other.
    pub(super) async fn join(&self, others: &[&Wire]) {
        let keys: Vec<PeerKey> = others.iter().map(|other| other.key).collect();
        self.allow(&keys, &[]).await;
        for other in others {
            other.allow(&[self.key], &[]).await;
        }
        let target = |other: &&Wire| DialTarget { peer: other.key, addresses: vec![other.address.clone()] };
        self.order(Command::Dial { peers: others.iter().map(target).collect() }).await;
        for other in others {
            let (mine, theirs) = (&self.connected, &other.connected);
            until("both are connected", || {
                mine.borrow().contains(&other.key) && theirs.borrow().contains(&self.key)
            })
            .await;
        }
    }

    /// Opens an exchange with a member.
    pub(super) async fn open(&self, peer: PeerKey) -> Result<Exchange, String> {
        let (reply, opened) = oneshot::channel();
        self.order(Command::OpenExchange { peer, reply }).await;
        timeout(OVERALL, opened).await.unwrap().unwrap()
    }

    /// One request; the answer, unless the peer just ends the stream.
    pub(super) async fn ask(&self, peer: PeerKey, request: &[u8]) -> Option<(Answer, Exchange)> {
        let mut exchange = self.open(peer).await.unwrap();
        exchange.send(request).await.unwrap();
        let answer = exchange.receive(MESSAGE_BYTES).await.unwrap()?;
        Some((Answer::decode(&answer).unwrap(), exchange))
    }
}

/// A node with attached files.
pub(super) struct Site {
    pub(super) wire: Wire,
    pub(super) blobs: Blobs,
    pub(super) home: tempfile::TempDir,
    tasks: Vec<JoinHandle<()>>,
}

impl Site {
    pub(super) async fn new(number: u16) -> Self {
        Self::with(number, PLENTY).await
    }

    pub(super) async fn with(number: u16, limits: BlobLimits) -> Self {
        let home = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(&home.path().join("blobs"), limits).unwrap();
        let wire = Wire::new(number).await;
        let mut site = Self { wire, blobs, home, tasks: Vec::new() };
        site.start();
        site
    }

    fn start(&mut self) {
        let (blobs, mut connected) = (self.blobs.clone(), self.wire.connected.clone());
        self.tasks = blobs.start(&self.wire.network).into();
        self.tasks.push(tokio::spawn(async move {
            let mut before = BTreeSet::new();
            loop {
                let now = connected.borrow_and_update().clone();
                before.difference(&now).for_each(|peer| blobs.set_connected(*peer, false));
                now.difference(&before).for_each(|peer| blobs.set_connected(*peer, true));
                before = now;
                if connected.changed().await.is_err() {
                    return;
                }
            }
        }));
    }

    /// Forgets everything that is not on the disk.
    pub(super) async fn restart(&mut self) {
        for task in self.tasks.drain(..) {
            task.abort();
            let _ = task.await;
        }
        self.blobs = Blobs::open(&self.home.path().join("blobs"), PLENTY).unwrap();
        self.start();
    }

    pub(super) fn stop(&self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }

    pub(super) fn refer(&self, references: &[FileReference]) {
        self.blobs.set_references(Some(COMMONS), references.to_vec());
    }

    pub(super) async fn arrived(&self, bytes: &[u8]) {
        let hash = hash_of(bytes);
        until("the file is here", || self.blobs.folder().has(&hash).is_some()).await;
        assert!(content(self.blobs.folder(), &hash).unwrap() == bytes);
    }

    pub(super) fn state(&self, bytes: &[u8]) -> String {
        let hash = hash_of(bytes).to_string();
        let view = self.blobs.view();
        view.files.into_iter().find(|file| file.hash == hash).map_or(String::new(), |file| file.state)
    }

    pub(super) fn problem(&self, bytes: &[u8]) -> String {
        let hash = hash_of(bytes).to_string();
        let file = self.blobs.view().files.into_iter().find(|file| file.hash == hash);
        file.and_then(|file| file.problem).unwrap_or_default()
    }
}

/// What a scripted server does with what was asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Manner {
    Honest,
    /// Flips a bit of this piece.
    Flips(u32),
    /// Sends the outline of another file.
    OtherOutline,
    /// Sends a frame more than was asked for.
    TooMuch,
    /// Sends this piece one byte short.
    Short(u32),
    /// Ends the stream before this piece.
    StopsAt(u32),
    /// Says another size.
    OtherSize,
    /// Sends a compressed piece that inflates to far more.
    Bomb,
    /// Sends something that is no answer.
    Nonsense,
    /// Never answers.
    Silent,
    /// Has too much to do.
    Busy,
}

/// A member that serves one file in its own manner, and remembers requests.
pub(super) struct Server {
    pub(super) wire: Wire,
    asked: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    pub(super) async fn new(number: u16, bytes: &[u8], manner: Manner) -> Self {
        let wire = Wire::new(number).await;
        let (serving, mut exchanges) = mpsc::channel(16);
        wire.order(Command::ServeExchanges(serving)).await;
        let (bytes, asked) = (bytes.to_vec(), Arc::<Mutex<Vec<Request>>>::default());
        let noted = asked.clone();
        tokio::spawn(async move {
            while let Some(mut exchange) = exchanges.recv().await {
                let request = exchange.receive(MESSAGE_BYTES).await.unwrap().unwrap();
                let request = Request::decode(&request).unwrap();
                noted.lock().unwrap().push(request);
                // The receiver may hang up in the middle.
                let _ = serve(exchange, &bytes, request, manner).await;
            }
        });
        Self { wire, asked }
    }

    /// What was asked for: outline, first piece, number of pieces.
    pub(super) fn asked(&self) -> Vec<(bool, u32, u32)> {
        let asked = self.asked.lock().unwrap();
        asked.iter().map(|request| (request.outline, request.first, request.count)).collect()
    }
}

async fn serve(
    mut exchange: Exchange,
    bytes: &[u8],
    request: Request,
    manner: Manner,
) -> Result<(), crate::net::FrameError> {
    let outline = Outline::of(bytes).unwrap();
    let size = if manner == Manner::OtherSize { outline.size() + 1 } else { outline.size() };
    let answer = match manner {
        Manner::Nonsense => b"nonsense".to_vec(),
        Manner::Busy => Answer::Busy.encode(),
        Manner::Silent => return std::future::pending().await,
        _ => Answer::Here(size).encode(),
    };
    exchange.send(&answer).await?;
    if request.outline {
        let mut sent = outline.bytes();
        if manner == Manner::OtherOutline {
            sent[5] ^= 1;
        }
        exchange.send(&sent).await?;
    }
    for index in request.first..request.first + request.count {
        let mut sent = piece(&outline, bytes, index).to_vec();
        match manner {
            Manner::Flips(wrong) if wrong == index => sent[1] ^= 16,
            Manner::Short(wrong) if wrong == index => drop(sent.pop()),
            Manner::Bomb => sent = vec![0; PIECE],
            Manner::StopsAt(end) if end == index => return Ok(()),
            _ => {}
        }
        exchange.send(&sent).await?;
    }
    if manner == Manner::TooMuch && request.count > 0 {
        exchange.send(b"and more").await?;
    }
    exchange.close().await;
    Ok(())
}
