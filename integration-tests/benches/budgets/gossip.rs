//! Row 6: gossip among fifty nodes in one process, ours against a bare
//! gossipsub with the same settings, keys and connections.

use super::data::{Numbers, prose};
use super::measure::{Cost, Figure, Outcome, Spent, percentile};
use commons_node::net::{self, Command, DialTarget, Event, NetConfig, NetLimits, PeerKey, Role, Verdict};
use libp2p::futures::StreamExt;
use libp2p::gossipsub::{
    Behaviour, ConfigBuilder, Event as GossipEvent, IdentTopic, Message, MessageAuthenticity, MessageId,
    ValidationMode,
};
use libp2p::identity::Keypair;
use libp2p::swarm::SwarmEvent;
use libp2p::{Multiaddr, Swarm, SwarmBuilder, noise, tcp, yamux};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use zeroize::Zeroizing;

const NODES: usize = 50;
const DIALS: usize = 6;
const MESSAGE: usize = 250;
const PAUSE: Duration = Duration::from_millis(50);
/// Time for the meshes to form: heartbeats come once a second.
const SETTLING: Duration = Duration::from_secs(5);
/// How long the last messages may take.
const LAST: Duration = Duration::from_secs(5);
const TOPIC: &str = "bench/1";

/// When each message left, and how long each delivery took.
#[derive(Default)]
struct Deliveries {
    left: Vec<Instant>,
    took: Vec<Duration>,
}

type Shared = Arc<Mutex<Deliveries>>;

fn note(shared: &Shared, data: &[u8]) {
    let now = Instant::now();
    let mut shared = shared.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let number = data.first_chunk::<4>().map(|bytes| u32::from_be_bytes(*bytes));
    let left = number.and_then(|number| shared.left.get(usize::try_from(number).ok()?).copied());
    shared.took.extend(left.map(|left| now.saturating_duration_since(left)));
}

fn seed(number: usize) -> [u8; 32] {
    blake3::hash(format!("commons bench gossip {number}").as_bytes()).into()
}

/// The earlier nodes that node `number` dials: the same for both kinds.
fn dialled(number: usize) -> BTreeSet<usize> {
    let mut numbers = Numbers::new(number as u64 + 100);
    (0..DIALS.min(number)).map(|_| numbers.below(number)).collect()
}

/// Runs `publish` for each message and waits for the deliveries.
async fn messages(
    shared: &Shared,
    count: usize,
    publish: impl AsyncFn(usize, Vec<u8>) -> Outcome<()>,
) -> Outcome<Spent> {
    let mut numbers = Numbers::new(6);
    let cost = Cost::begin()?;
    for number in 0..count {
        let mut data = u32::try_from(number)?.to_be_bytes().to_vec();
        data.extend_from_slice(prose(&mut numbers, MESSAGE - 4).as_bytes());
        let from = numbers.below(NODES);
        shared.lock().unwrap_or_else(std::sync::PoisonError::into_inner).left.push(Instant::now());
        publish(from, data).await?;
        sleep(PAUSE).await;
    }
    let deadline = Instant::now() + LAST;
    let taken = || shared.lock().unwrap_or_else(std::sync::PoisonError::into_inner).took.len();
    while taken() < count * (NODES - 1) && Instant::now() < deadline {
        sleep(Duration::from_millis(5)).await;
    }
    cost.spent()
}

/// Our nodes.
async fn ours(count: usize) -> Outcome<(Vec<Duration>, Spent)> {
    let shared = Shared::default();
    let keys: Vec<PeerKey> = (0..NODES).map(|n| key(&seed(n))).collect();
    let mut handles = Vec::new();
    let mut addresses: Vec<String> = Vec::new();
    let mut tasks = JoinSet::new();
    for number in 0..NODES {
        let config = NetConfig {
            secret: Zeroizing::new(seed(number)),
            listen: vec!["/ip4/127.0.0.1/tcp/0".to_owned()],
            role: Role::Site,
            expected_sites: 0,
            limits: NetLimits::default(),
        };
        let (handle, mut events) = net::start(config)?;
        addresses.push(listening(&mut events).await?);
        let members = keys.iter().copied().collect();
        handle.commands.send(Command::Allow { members, joiners: BTreeSet::new() }).await?;
        handle.commands.send(Command::Topics(vec![TOPIC.to_owned()])).await?;
        let target = |n: usize| DialTarget { peer: keys[n], addresses: vec![addresses[n].clone()] };
        let peers = dialled(number).into_iter().map(target).collect();
        handle.commands.send(Command::Dial { peers }).await?;
        let (commands, shared) = (handle.commands.clone(), Arc::clone(&shared));
        tasks.spawn(async move {
            while let Some(event) = events.recv().await {
                if let Event::Gossip { id, data, .. } = event {
                    note(&shared, &data);
                    let verdict = Command::Verdict { message: id, verdict: Verdict::Accept };
                    if commands.send(verdict).await.is_err() {
                        return;
                    }
                }
            }
        });
        handles.push(handle);
    }
    sleep(SETTLING).await;
    let spent = messages(&shared, count, async |from, data| {
        handles[from].commands.send(Command::Publish { topic: TOPIC.to_owned(), data }).await?;
        Ok(())
    })
    .await?;
    let took = std::mem::take(&mut shared.lock().unwrap_or_else(std::sync::PoisonError::into_inner).took);
    Ok((took, spent))
}

async fn listening(events: &mut mpsc::Receiver<Event>) -> Outcome<String> {
    loop {
        match timeout(LAST, events.recv()).await?.ok_or("the network ended")? {
            Event::Listening(address) => return Ok(address),
            _ => continue,
        }
    }
}

fn key(seed: &[u8; 32]) -> PeerKey {
    PeerKey(commons_protocol::key::SecretKey::from_seed(*seed).public().0)
}

/// A gossipsub behaviour as the library makes it, with our message ids.
fn bare_behaviour() -> Outcome<Behaviour> {
    let config = ConfigBuilder::default()
        .validation_mode(ValidationMode::Anonymous)
        .message_id_fn(|message: &Message| MessageId::new(&blake3::hash(&message.data).as_bytes()[..20]))
        .flood_publish(true)
        .build()?;
    Ok(Behaviour::new(MessageAuthenticity::Anonymous, config)?)
}

fn bare_swarm(number: usize) -> Outcome<Swarm<Behaviour>> {
    let keypair = Keypair::ed25519_from_bytes(seed(number))?;
    Ok(SwarmBuilder::with_existing_identity(keypair)
        .with_tokio()
        .with_tcp(tcp::Config::default().nodelay(true), noise::Config::new, yamux::Config::default)?
        .with_behaviour(|_| bare_behaviour())?
        .with_swarm_config(|config| config.with_idle_connection_timeout(Duration::from_secs(600)))
        .build())
}

/// Bare nodes.
async fn bare(count: usize) -> Outcome<(Vec<Duration>, Spent)> {
    let shared = Shared::default();
    let topic = IdentTopic::new(TOPIC);
    let mut orders = Vec::new();
    let mut addresses: Vec<Multiaddr> = Vec::new();
    let mut tasks = JoinSet::new();
    for number in 0..NODES {
        let mut swarm = bare_swarm(number)?;
        swarm.behaviour_mut().subscribe(&topic)?;
        swarm.listen_on("/ip4/127.0.0.1/tcp/0".parse()?)?;
        addresses.push(bare_listening(&mut swarm).await?);
        for other in dialled(number) {
            swarm.dial(addresses[other].clone())?;
        }
        let (order, mut orders_in) = mpsc::channel::<Vec<u8>>(64);
        let (shared, topic) = (Arc::clone(&shared), topic.clone());
        tasks.spawn(async move {
            loop {
                tokio::select! {
                    event = swarm.select_next_some() => {
                        if let SwarmEvent::Behaviour(GossipEvent::Message { message, .. }) = event {
                            note(&shared, &message.data);
                        }
                    }
                    order = orders_in.recv() => {
                        let Some(data) = order else { return };
                        // A message that is not taken shows as not delivered.
                        let _ = swarm.behaviour_mut().publish(topic.clone(), data);
                    }
                }
            }
        });
        orders.push(order);
    }
    sleep(SETTLING).await;
    let spent = messages(&shared, count, async |from, data| Ok(orders[from].send(data).await?)).await?;
    let took = std::mem::take(&mut shared.lock().unwrap_or_else(std::sync::PoisonError::into_inner).took);
    Ok((took, spent))
}

async fn bare_listening(swarm: &mut Swarm<Behaviour>) -> Outcome<Multiaddr> {
    loop {
        if let SwarmEvent::NewListenAddr { address, .. } = timeout(LAST, swarm.select_next_some()).await? {
            return Ok(address);
        }
    }
}

/// Both kinds, one after the other.
pub fn gossip(scale: usize) -> Outcome<Vec<Figure>> {
    let count = 200 / scale;
    let run = || tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = run()?;
    let (mut bare_times, bare_spent) = runtime.block_on(bare(count))?;
    runtime.shutdown_background();
    let runtime = run()?;
    let (mut our_times, our_spent) = runtime.block_on(ours(count))?;
    runtime.shutdown_background();
    let row = "6";
    let expected = (count * (NODES - 1)) as f64;
    let what = format!("{NODES} nodes, {count} messages of {MESSAGE} B: delivered");
    let mut figures =
        vec![Figure::at_least(row, &what, our_times.len() as f64 * 100.0 / expected, 100.0, "%")];
    for (name, share) in [("p50", 0.5), ("p99", 0.99)] {
        let (our, bare) = (percentile(&mut our_times, share), percentile(&mut bare_times, share));
        figures.push(Figure::note(row, &format!("  {name}"), our, "ms"));
        figures.push(Figure::note(row, &format!("  {name} of bare gossipsub"), bare, "ms"));
        figures.push(Figure::at_most(row, &format!("  {name}, ratio"), our / bare, 1.2, "x"));
    }
    let each = |spent: Spent| spent.loopback / expected;
    figures.push(Figure::at_most(
        row,
        "  on the wire per delivery, TCP and IP headers included",
        each(our_spent),
        800.0,
        "B",
    ));
    figures.push(Figure::note(row, "  the same of bare gossipsub", each(bare_spent), "B"));
    figures.push(Figure::note(row, "  per delivery", our_spent.cpu * 1_000.0 / expected, "CPU ms"));
    figures.push(Figure::note(
        row,
        "  the same of bare gossipsub",
        bare_spent.cpu * 1_000.0 / expected,
        "CPU ms",
    ));
    figures.push(Figure::note(
        row,
        "  bare gossipsub delivered",
        bare_times.len() as f64 * 100.0 / expected,
        "%",
    ));
    Ok(figures)
}
