//! Killed at random moments while people write: nothing that was acknowledged
//! is lost, at the node or at its peers. `COMMONS_LONG=1` kills more often;
//! `COMMONS_SEED` repeats a run.

use std::collections::BTreeMap;
use std::env;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use commons_integration_tests::process::{Api, Home, Node, Place, wait_until_equal};
use commons_node::view::{DocumentView, EditRequest, NewDocument};

use crate::scene::{assert_nothing_forked, assert_sound, pair, write};

/// Threads that write at the same time.
const WRITERS: usize = 3;
/// A kill comes after fewer acknowledged writes than this.
const MAX_ACKNOWLEDGED: u64 = 24;
/// And at most this much later, in microseconds.
const MAX_DELAY: u64 = 12_000;

/// A node that takes no writes for so many seconds is stuck.
const GIVE_UP: u64 = 300;

/// Small numbers from a seed (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// What was acknowledged: by which node, a document, words that it must hold.
type Ledger = Mutex<Vec<(usize, String, String)>>;

#[test]
fn nothing_acknowledged_is_lost_when_processes_are_killed() {
    let kills = if env::var_os("COMMONS_LONG").is_some() { 200 } else { 6 };
    let seed = seed();
    println!("COMMONS_SEED={seed}");
    let mut random = Random(seed | 1);
    let place = Place::new();
    let (hospital, council) = pair(&place);
    let shared = write(&place, &hospital, "Shared", "Begin.\n");
    wait_until_equal(&[&hospital, &council], |status| status.documents == 1);

    let mut nodes = [Some(hospital), Some(council)];
    let ledger = Ledger::default();
    for round in 0..kills {
        let victim = usize::from(random.below(2) == 1);
        let node = nodes[victim].take().expect("both run between rounds");
        let home = kill_while_writing(node, victim, round, &shared, &ledger, &mut random);
        if random.below(3) == 0 {
            assert_sound(&home);
        }
        let node = home.start();
        // What another node acknowledged may still be on its way here.
        assert_all_there(&node, &ledger, |by| by == victim);
        nodes[victim] = Some(node);
    }
    let [Some(hospital), Some(council)] = &nodes else { unreachable!("both were restarted") };
    wait_until_equal(&[hospital, council], |_| true);
    for node in [hospital, council] {
        assert_all_there(node, &ledger, |_| true);
        assert_nothing_forked(node);
        assert_sound(node);
    }
    let acknowledged = ledger.into_inner().unwrap_or_else(PoisonError::into_inner).len();
    assert!(acknowledged > kills, "only {acknowledged} writes were acknowledged");
}

fn seed() -> u64 {
    match env::var("COMMONS_SEED") {
        Ok(text) => text.parse().expect("COMMONS_SEED is a number"),
        Err(_) => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
            now.as_secs() ^ u64::from(now.subsec_nanos())
        }
    }
}

/// Lets several threads write until the node is killed under them.
fn kill_while_writing(
    node: Node,
    victim: usize,
    round: usize,
    shared: &str,
    ledger: &Ledger,
    random: &mut Random,
) -> Home {
    let enough = usize::try_from(1 + random.below(MAX_ACKNOWLEDGED)).expect("a small number");
    let delay = Duration::from_micros(random.below(MAX_DELAY));
    let (api, acknowledged) = (node.api().clone(), AtomicUsize::new(0));
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (api, acknowledged) = (&api, &acknowledged);
            scope.spawn(move || {
                let name = format!("r{round}w{writer}");
                while_it_lasts(|count| {
                    let (id, words) = write_something(api, shared, &format!("{name}n{count}"))?;
                    ledger.lock().unwrap_or_else(PoisonError::into_inner).push((victim, id, words));
                    acknowledged.fetch_add(1, Ordering::SeqCst);
                    Some(())
                });
            });
        }
        while acknowledged.load(Ordering::SeqCst) < enough {
            assert!(node.status().uptime_seconds < GIVE_UP, "the writers are stuck");
        }
        // Not waiting for anything: the moment of the fault is what is random.
        thread::sleep(delay);
        node.kill()
    })
}

fn while_it_lasts(mut work: impl FnMut(usize) -> Option<()>) {
    for count in 0.. {
        if work(count).is_none() {
            return;
        }
    }
}

/// A new document or an edit of the shared one; none once the node is gone.
fn write_something(api: &Api, shared: &str, mark: &str) -> Option<(String, String)> {
    let words = format!("<{mark}>");
    let saved: DocumentView = if mark.len().is_multiple_of(2) {
        let new = NewDocument {
            kind: "toolkit".into(),
            title: mark.to_owned(),
            language: None,
            description: None,
            text: format!("{words}\n"),
            ..NewDocument::default()
        };
        api.post("/v1/documents", &new).ok()?
    } else {
        let old: DocumentView = api.get(&format!("/v1/documents/{shared}")).ok()?;
        let text = Some(format!("{}{words}\n", old.text));
        let request = EditRequest { text, base: Some(old.version), ..EditRequest::default() };
        api.put(&format!("/v1/documents/{shared}"), &request).ok()?
    };
    Some((saved.summary.id, words))
}

#[track_caller]
fn assert_all_there(node: &Node, ledger: &Ledger, is_due: impl Fn(usize) -> bool) {
    let ledger = ledger.lock().unwrap_or_else(PoisonError::into_inner);
    let mut texts = BTreeMap::new();
    for (_, id, words) in ledger.iter().filter(|(by, ..)| is_due(*by)) {
        let text = texts.entry(id).or_insert_with(|| {
            let read: Result<DocumentView, _> = node.api().get(&format!("/v1/documents/{id}"));
            read.unwrap_or_else(|error| panic!("{words} was acknowledged, {id} is lost: {error:?}")).text
        });
        assert!(text.contains(words.as_str()), "{words} was acknowledged and is lost from {id}");
    }
}
