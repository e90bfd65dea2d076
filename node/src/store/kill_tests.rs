//! A process that is killed at a random moment has kept everything it acknowledged.
//!
//! The test runs its own program again as a child that appends, erases and acknowledges on its output, kills it
//! after a number of acknowledgements, and reads everything back. It shows that a process may die at any moment; it
//! does not show what happens when the power fails.

use std::collections::BTreeMap;
use std::env;
use std::io::{BufRead, BufReader, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::{Command, Stdio};

use super::conformance::record;
use super::disk::{DiskOptions, DiskStore};
use super::error::StoreError;
use super::position::Position;
use super::{Store, Table};

const CHILD: &str = "COMMONS_STORE_KILL_CHILD";
const LONG: &str = "COMMONS_LONG";
const OPTIONS: DiskOptions = DiskOptions { roll_at: 64 * 1024, cache: 1 << 20 };

/// Small, repeatable random numbers.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// What the parent knows of a record.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Known {
    Kept(u64),
    /// The child had begun to erase it.
    Doomed(u64),
    Erased,
}

#[test]
fn what_was_acknowledged_survives_kills() {
    let kills = if env::var_os(LONG).is_some() { 1000 } else { 15 };
    let seed = 0x5eed_0001;
    let mut random = Random(seed);
    let dir = tempfile::tempdir().unwrap();
    let mut known = BTreeMap::new();
    for round in 0..kills {
        run_and_kill(dir.path(), random.below(1 << 32), random.below(120), &mut known);
        let context = format!("seed {seed:#x}, round {round}");
        verify(dir.path(), &known, &context);
    }
    assert!(known.len() > kills);
    println!("{kills} kills, {} records acknowledged", known.len());
}

/// Runs a child until it has acknowledged `acks` times, kills it, and notes what it said.
fn run_and_kill(dir: &Path, seed: u64, acks: u64, known: &mut BTreeMap<Position, Known>) {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", &test_name("child"), "--nocapture", "--test-threads=1"])
        .env(CHILD, format!("{seed} {}", dir.display()))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut heard = 0;
    let mut line = String::new();
    while output.read_line(&mut line).unwrap() > 0 {
        if line.ends_with('\n') && note(&line, known) {
            heard += 1;
            if heard == acks + 1 {
                child.kill().unwrap();
            }
        }
        line.clear();
    }
    child.wait().unwrap();
    assert!(heard > acks, "the child ended by itself after {heard} acknowledgements");
}

fn test_name(name: &str) -> String {
    let module = module_path!();
    let path = module.split_once("::").map_or(module, |(_, path)| path);
    format!("{path}::{name}")
}

/// Notes a line of the child; other lines are the test harness's.
fn note(line: &str, known: &mut BTreeMap<Position, Known>) -> bool {
    let words: Vec<&str> = line.split_whitespace().collect();
    let ["store", verb, segment, offset, seed] = words[..] else {
        return false;
    };
    let at = Position { segment: segment.parse().unwrap(), offset: offset.parse().unwrap() };
    let seed = seed.parse().unwrap();
    known.insert(
        at,
        match verb {
            "kept" => Known::Kept(seed),
            "dooms" => Known::Doomed(seed),
            _ => Known::Erased,
        },
    );
    true
}

fn verify(dir: &Path, known: &BTreeMap<Position, Known>, context: &str) {
    let (store, _) = DiskStore::open_with(dir, OPTIONS).expect(context);
    for (&at, &what) in known {
        match (store.read(at), what) {
            (Ok(found), Known::Kept(seed) | Known::Doomed(seed)) => {
                assert_eq!(found, payload_of(seed), "{context}, {at}");
            }
            (Err(StoreError::Erased { .. }), Known::Doomed(_) | Known::Erased) => {}
            (found, _) => panic!("{context}, {at}: {what:?}, found {found:?}"),
        }
    }
    let checked = store.check(&mut |_, _| {}).expect(context);
    assert_eq!(checked.damaged, 0, "{context}: {checked:?}");
    assert!(store.indexed_to().expect(context) <= store.end(), "{context}");
    indexed_rows_are_there(&store, context);
}

/// The mark never speaks for rows that are missing.
fn indexed_rows_are_there(store: &DiskStore, context: &str) {
    let to = store.indexed_to().expect(context);
    let scanned = store.scan(Position::START, &mut |at, _| {
        if at < to {
            let row = store.get(Table::Runs, &at.to_bytes()).expect(context);
            assert!(row.is_some(), "{context}: {at} is not indexed up to {to}");
        }
        ControlFlow::Continue(())
    });
    scanned.expect(context);
}

fn payload_of(seed: u64) -> super::Record {
    record(seed, usize::try_from(seed % 1500).unwrap())
}

/// The child: does nothing unless the parent asks for it.
#[test]
fn child() {
    let Ok(order) = env::var(CHILD) else {
        return;
    };
    let (seed, dir) = order.split_once(' ').unwrap();
    let mut random = Random(seed.parse::<u64>().unwrap() | 1);
    let (mut store, _) = DiskStore::open_with(Path::new(dir), OPTIONS).unwrap();
    catch_up(&mut store);
    // The parent kills it long before the end, which is there in case the parent dies first.
    for _ in 0..100_000 {
        let count = random.below(9) + 1;
        let seeds: Vec<u64> = (0..count).map(|_| random.below(1 << 40)).collect();
        let batch: Vec<_> = seeds.iter().map(|seed| payload_of(*seed)).collect();
        let places = store.append(&batch).unwrap();
        for (at, seed) in places.iter().zip(&seeds) {
            say("kept", *at, *seed);
        }
        catch_up(&mut store);
        if random.below(6) == 0 {
            say("dooms", places[0], seeds[0]);
            store.replace(vec![(places[0], record(1, 4))]).unwrap();
            say("erased", places[0], seeds[0]);
        }
    }
}

/// Brings the index up to date, as a node does.
fn catch_up(store: &mut DiskStore) {
    let mut rows = Vec::new();
    let from = store.indexed_to().unwrap();
    let end = store.scan(from, &mut |at, record| {
        rows.push((at.to_bytes().to_vec(), Some(vec![record.kind])));
        ControlFlow::Continue(())
    });
    store.put(Table::Runs, rows).unwrap();
    store.set_indexed_to(end.unwrap()).unwrap();
}

fn say(verb: &str, at: Position, seed: u64) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "store {verb} {} {} {seed}", at.segment, at.offset).unwrap();
    out.flush().unwrap();
}
