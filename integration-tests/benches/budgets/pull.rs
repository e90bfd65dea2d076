//! Rows 1 to 3: catching up over the real network, both ends in this process.

use super::data::{self, Numbers, Opaque};
use super::measure::{Cost, Figure, Outcome, Spent, cpu_of, disk, percentile};
use super::pump::{Chains, Side};
use super::world::World;
use commons_node::engine::{Engine, Recovery};
use commons_node::store::DiskStore;
use commons_protocol::codec;
use commons_protocol::id::DocumentId;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Documents whose building is measured: the others cost the same.
const SAMPLE: usize = 500;

/// What a catch-up came to.
struct Caught {
    spent: Spent,
    frames: f64,
    depth: u64,
    sessions: u64,
}

/// Two nodes that are connected and in step.
struct Pair {
    server: Side,
    puller: Side,
}

/// Connects the engine `puller` to `server` and lets it catch up until they
/// are in step.
fn catch_up(
    world: &World,
    server: Engine<DiskStore>,
    mut puller: Engine<DiskStore>,
) -> Outcome<(Pair, Caught)> {
    let chains = Arc::new(Chains::default());
    let hub = &world.organisations[0];
    let mut server = Side::start(server, hub, 0, &chains)?;
    let address = server.address()?;
    // In the form in which an export holds it: organisation, commons, hubs.
    let export = (world.organisations[1].id, Some(world.commons), vec![(hub.peer.public(), vec![address])]);
    let recovery = Recovery::decode(&codec::encode(&export)).ok_or("no export as known")?;
    puller.recover(&recovery)?;
    puller.commit()?;
    let cost = Cost::begin()?;
    let puller = Side::start(puller, &world.organisations[1], 1, &chains)?;
    settle(Pair { server, puller }, &cost)
}

/// Lets both ends go on until the puller finds itself in step.
fn settle(pair: Pair, cost: &Cost) -> Outcome<(Pair, Caught)> {
    let Pair { server, mut puller } = pair;
    let frames = |side: &Side| {
        let counters = &side.network.counters;
        (counters.session_bytes_in.get() + counters.session_bytes_out.get()) as f64
    };
    let (before, sessions) = (frames(&puller), puller.sessions);
    let server = server.run();
    puller.until("in step", |side, changes| side.is_in_step(changes).then_some(()))?;
    let spent = cost.spent()?;
    let mut server = server.stop()?;
    require(server.engine.heads_digest() == puller.engine.heads_digest(), "the ends hold different entries")?;
    let caught = Caught {
        spent,
        frames: frames(&puller) - before,
        depth: puller.depth.max(server.depth),
        sessions: puller.sessions - sessions,
    };
    Ok((Pair { server, puller }, caught))
}

/// Row 1: documents.
pub fn documents(scale: usize) -> Outcome<Vec<Figure>> {
    let count = 10_000 / scale;
    let world = World::new(3)?;
    let runs = data::documents(&world, count)?;
    let ids = data::created(&world, &runs)?;
    let mut figures = pull_documents(&world, "1", "runs of 256 at the server", &runs, &ids)?;
    let single = data::singly(&world, &runs)?;
    figures.extend(pull_documents(
        &world,
        "1 single",
        "every entry signed alone at the server",
        &single,
        &ids,
    )?);
    Ok(figures)
}

fn pull_documents(
    world: &World,
    row: &'static str,
    how: &str,
    runs: &[Vec<u8>],
    ids: &[DocumentId],
) -> Outcome<Vec<Figure>> {
    let home = tempfile::tempdir()?;
    let server = world.fill(0, &home.path().join("a"), runs)?;
    let puller = world.open(1, &home.path().join("b"))?;
    let (pair, caught) = catch_up(world, server, puller)?;
    let what = format!("pull {} resources, {how}", ids.len());
    let mut figures = costs(row, &what, &caught, 2.0, 18.0);
    let stored = disk(&home.path().join("b/segments"))?;
    figures.push(Figure::note(row, "  record files at the puller", stored / 1e6, "MB"));
    let mut engine = pair.puller.engine;
    let status = engine.status();
    require(status.documents == ids.len() as u64, "the documents did not all arrive")?;
    figures.extend(answers(row, &mut engine, ids)?);
    let before = cpu_of("self")?;
    let sample = ids.len().min(SAMPLE);
    for _ in 0..sample {
        engine.work()?;
    }
    let each = (cpu_of("self")? - before) * 1_000.0 / sample as f64;
    figures.push(Figure::note(row, "  building a document in the background", each, "CPU ms"));
    Ok(figures)
}

/// Asks for documents that were not built yet.
fn answers(row: &'static str, engine: &mut Engine<DiskStore>, ids: &[DocumentId]) -> Outcome<Vec<Figure>> {
    let mut numbers = Numbers::new(3);
    let mut times = Vec::new();
    let cost = Cost::begin()?;
    for _ in 0..50 {
        let id = ids[numbers.below(ids.len())].to_string();
        let began = Instant::now();
        engine.document(&id, None)?;
        times.push(began.elapsed());
    }
    let cpu = cost.spent()?.cpu * 1_000.0 / 50.0;
    Ok(vec![
        Figure::note(row, "  a random document answers, mean of 50", cpu, "CPU ms"),
        Figure::note(row, "  the same, p50", percentile(&mut times, 0.5), "ms"),
        Figure::at_most(row, "  the same, slowest", percentile(&mut times, 1.0), 5.0, "ms"),
    ])
}

fn costs(row: &'static str, what: &str, caught: &Caught, cpu: f64, megabytes: f64) -> Vec<Figure> {
    vec![
        Figure::at_most(row, what, caught.spent.cpu, cpu, "CPU s"),
        Figure::note(row, "  by the clock", caught.spent.wall, "s"),
        Figure::note(row, "  frames, both directions", caught.frames / 1e6, "MB"),
        Figure::at_most(
            row,
            "  with noise, TCP and IP headers",
            caught.spent.loopback / 1e6,
            megabytes,
            "MB",
        ),
        Figure::note(row, "  frames after one another / 2", caught.depth as f64 / 2.0, "round trips"),
    ]
}

/// Row 2: small entries.
pub fn entries(scale: usize) -> Outcome<Vec<Figure>> {
    let count = 100_000 / scale;
    let world = World::new(3)?;
    let runs = Opaque::new(&world, 3, count / 10).write(count)?;
    let home = tempfile::tempdir()?;
    let server = world.fill(0, &home.path().join("a"), &runs)?;
    let puller = world.open(1, &home.path().join("b"))?;
    let (mut pair, caught) = catch_up(&world, server, puller)?;
    require(pair.puller.engine.status().entries == count as u64, "the entries did not all arrive")?;
    let what = format!("pull {count} entries of {} B", data::payload(&runs)? / count);
    let mut figures = costs("2", &what, &caught, 3.0, 25.0);
    let stored = disk(&home.path().join("b/segments"))?;
    figures.push(Figure::note("2", "  record files at the puller", stored / 1e6, "MB"));
    Ok(figures)
}

/// Row 3: ten new on each side.
pub fn difference(scale: usize) -> Outcome<Vec<Figure>> {
    let mut figures = few_logs(scale, 60, 300, 8.0)?;
    figures.extend(few_logs(scale, 300, 3_000, 16.0)?);
    Ok(figures)
}

fn few_logs(scale: usize, members: usize, logs: usize, kilobytes: f64) -> Outcome<Vec<Figure>> {
    let count = 100_000 / scale;
    let world = World::new(members)?;
    let mut opaque = Opaque::new(&world, logs, count / 10);
    let common = opaque.write(count)?;
    let home = tempfile::tempdir()?;
    let server = world.fill(0, &home.path().join("a"), &common)?;
    let puller = world.fill(1, &home.path().join("b"), &common)?;
    let (mut pair, _) = catch_up(&world, server, puller)?;
    let step = logs / 20;
    let mut payload = 0.0;
    for number in 0..20 {
        let run = opaque.write_one(number * step)?;
        payload += data::payload(std::slice::from_ref(&run))? as f64;
        let side = if number % 2 == 0 { &mut pair.server } else { &mut pair.puller };
        super::write::take(&mut side.engine, &run)?;
    }
    let cost = Cost::begin()?;
    pair.server.depth = 0;
    pair.puller.begin_round()?;
    let (mut pair, caught) = settle(pair, &cost)?;
    require(pair.puller.engine.status().entries == count as u64 + 20, "the entries did not all arrive")?;
    let beyond = (caught.frames - payload) / 1_000.0;
    let row = "3";
    let what = format!("{count} held, 10 new each side, {logs} logs: beyond payload");
    let rounds = (caught.depth as f64 / 2.0).ceil();
    Ok(vec![
        Figure::at_most(row, &what, beyond, kilobytes, "KB"),
        Figure::note(row, "  payload (20 bodies)", payload / 1_000.0, "KB"),
        Figure::note(row, "  with noise, TCP and IP headers", caught.spent.loopback / 1_000.0, "KB"),
        Figure::at_most(row, "  frames after one another / 2", rounds, 3.0, "round trips"),
        Figure::note(row, "  sessions", caught.sessions as f64, "sessions"),
        Figure::note(row, "  both ends", caught.spent.cpu, "CPU s"),
    ])
}

/// Row 7: what the child says that opens a store.
pub fn cold_child(directory: &std::path::Path) -> Outcome<()> {
    let began = Instant::now();
    let world = World::new(3)?;
    let world_made = began.elapsed();
    let mut engine = world.open(0, directory)?;
    let status = engine.status();
    let elapsed: Duration = began.elapsed() - world_made;
    println!(
        "{} {} {} {} {}",
        elapsed.as_secs_f64() * 1_000.0,
        super::measure::memory("VmHWM")?,
        status.documents,
        status.entries,
        cpu_of("self")?
    );
    Ok(())
}

/// Row 7: from a cold start to the first status.
pub fn cold(scale: usize) -> Outcome<Vec<Figure>> {
    let count = 10_000 / scale;
    let world = World::new(3)?;
    let directory = data::kept(&format!("cold-{count}"))?;
    if !directory.join("ready").exists() {
        eprintln!("building {count} documents once into {}", directory.display());
        let runs = data::documents(&world, count)?;
        let mut engine = world.fill(0, &directory.join("store"), &runs)?;
        while engine.work()? {}
        engine.mark_indexed()?;
        std::fs::write(directory.join("ready"), b"")?;
    }
    let mut answers = Vec::new();
    for _ in 0..5 {
        answers.push(super::child(&["cold"], &directory.join("store"))?);
    }
    let column = |index: usize| {
        let mut values: Vec<f64> =
            answers.iter().filter_map(|line| line.split_whitespace().nth(index)?.parse().ok()).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
    };
    require((column(2) - count as f64).abs() < 0.5, "the documents are not all there")?;
    let row = "7";
    let what = format!("open store and engine, {count} resources, {} entries: status", column(3));
    Ok(vec![
        Figure::at_most(row, &what, column(0) / 1_000.0, 0.15, "s"),
        Figure::at_most(row, "  most memory", column(1), 30.0, "MB RSS"),
        Figure::note(row, "  process", column(4), "CPU s"),
        Figure::note(row, "  store on disk", disk(&directory.join("store"))? / 1e6, "MB"),
    ])
}

fn require(holds: bool, what: &str) -> Outcome<()> {
    holds.then_some(()).ok_or_else(|| what.into())
}
