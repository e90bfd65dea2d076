//! The pure parts: what is fetched, from whom next, and what has to go.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use commons_protocol::id::OrganisationId;
use commons_protocol::limits::BLOB_BYTES;
use commons_protocol::publication::FileReference;
use tokio::time::Instant;

use super::super::garbage::{self, Garbage, Unused};
use super::super::plan::{BlobLimits, Standing, Want, plan};
use super::super::schedule::{Outcome, Schedule};
use super::*;
use crate::net::PeerKey;

const LIMITS: BlobLimits = BlobLimits { per_organisation: 100, total: 250 };

fn refer(file: u8, size: u64, organisation: u8) -> FileReference {
    FileReference { file: BlobHash([file; 32]), size, organisation: OrganisationId([organisation; 32]) }
}

fn want(file: u8, size: u64) -> Want {
    Want { hash: BlobHash([file; 32]), size }
}

fn planned(references: &[FileReference], here: &[(u8, u64)]) -> Vec<(u8, Standing)> {
    let here: BTreeMap<BlobHash, u64> =
        here.iter().map(|(file, size)| (BlobHash([*file; 32]), *size)).collect();
    let used = here.values().sum();
    let plan = plan(references, |hash| here.get(hash).copied(), used, LIMITS);
    let missing = plan.wants.iter().filter(|(_, standing)| **standing == Standing::Missing);
    let missing: BTreeSet<Want> = missing.map(|(want, _)| *want).collect();
    assert_eq!(plan.fetch.iter().copied().collect::<BTreeSet<_>>(), missing);
    plan.wants.into_iter().map(|(want, standing)| (want.hash.0[0], standing)).collect()
}

#[test]
fn what_is_fetched() {
    use Standing::{Here, Missing, NoRoom, OtherSize, OverQuota, TooLarge};
    assert_eq!(planned(&[], &[(1, 5)]), []);
    // The earlier reference has precedence; a smaller one may still fit.
    let references = [refer(1, 60, 1), refer(2, 60, 1), refer(3, 40, 1)];
    assert_eq!(planned(&references, &[]), [(1, Missing), (2, OverQuota), (3, Missing)]);
    // What is here counts first.
    assert_eq!(planned(&references, &[(2, 60)]), [(1, OverQuota), (2, Here), (3, Missing)]);
    // A file counts once, for whoever has room.
    let references = [refer(1, 80, 1), refer(2, 80, 1), refer(2, 80, 2), refer(1, 80, 2)];
    assert_eq!(planned(&references, &[]), [(1, Missing), (2, Missing)]);
    // Uploads that nothing names take room too.
    assert_eq!(planned(&[refer(1, 60, 1)], &[(9, 200)]), [(1, NoRoom)]);
    // References can lie.
    let references = [refer(1, 7, 1), refer(2, BLOB_BYTES + 1, 1), refer(3, u64::MAX, 1)];
    assert_eq!(planned(&references, &[(1, 8)]), [(1, OtherSize(8)), (2, TooLarge), (3, TooLarge)]);
}

struct World {
    schedule: Schedule,
    now: Instant,
}

impl World {
    fn new(wants: &[Want], peers: &[u8]) -> Self {
        let mut world = Self { schedule: Schedule::new(), now: Instant::now() };
        world.schedule.want(wants.to_vec());
        world.connect(peers);
        world
    }

    fn connect(&mut self, peers: &[u8]) {
        self.schedule.connect(&peers.iter().map(|peer| PeerKey([*peer; 32])).collect());
    }

    fn next(&mut self) -> Option<(u8, u8)> {
        self.schedule.next(self.now).map(|(want, peer)| (want.hash.0[0], peer.0[0]))
    }

    fn done(&mut self, file: u8, peer: u8, outcome: Outcome) {
        self.schedule.done(want(file, 1), PeerKey([peer; 32]), outcome, self.now);
    }

    fn asked(&mut self, outcome: Outcome) -> Option<(u8, u8)> {
        let (file, peer) = self.next()?;
        self.done(file, peer, outcome);
        Some((file, peer))
    }

    /// Goes to the moment when something can be asked again.
    fn wait(&mut self) -> Duration {
        let wake = self.schedule.wake(self.now).expect("something rests");
        let waited = wake - self.now;
        self.now = wake;
        waited
    }
}

#[tokio::test]
async fn a_file_is_asked_for_once_at_a_time_and_peers_take_turns() {
    let mut world = World::new(&[want(1, 1), want(2, 1), want(3, 1)], &[1, 2]);
    assert_eq!(world.next(), Some((1, 1)));
    assert_eq!(world.next(), Some((2, 2)));
    assert_eq!(world.next(), Some((3, 1)));
    assert_eq!(world.next(), None);
    world.done(1, 1, Outcome::Some);
    assert_eq!(world.next(), Some((1, 2)), "both are as busy; its turn is longer ago");
    let mut world = World::new(&[want(1, 1)], &[1, 2]);
    assert_eq!(world.asked(Outcome::Some), Some((1, 1)));
    assert_eq!(world.asked(Outcome::Some), Some((1, 2)));
    assert_eq!(world.asked(Outcome::Complete), Some((1, 1)));
    world.schedule.want(vec![]);
    assert_eq!(world.next(), None);
}

#[tokio::test]
async fn one_peer_is_asked_for_two_files_at_a_time() {
    let mut world = World::new(&[want(1, 1), want(2, 1), want(3, 1)], &[1]);
    assert_eq!((world.next(), world.next()), (Some((1, 1)), Some((2, 1))));
    assert_eq!(world.next(), None);
}

#[tokio::test]
async fn a_file_that_nobody_has_rests_longer_and_longer_and_a_new_peer_is_asked_at_once() {
    let mut world = World::new(&[want(1, 1)], &[1, 2]);
    for seconds in [2, 4, 8, 16, 32, 64, 128, 256, 300, 300] {
        assert_eq!(world.asked(Outcome::NotHere), Some((1, 1)));
        assert_eq!(world.asked(Outcome::NotHere), Some((1, 2)));
        assert_eq!(world.next(), None);
        assert_eq!(world.wait().as_secs(), seconds);
    }
    world.asked(Outcome::NotHere);
    world.asked(Outcome::NotHere);
    assert_eq!(world.next(), None);
    world.connect(&[1, 2, 3]);
    assert_eq!(world.asked(Outcome::NotHere), Some((1, 3)));
    assert_eq!(world.next(), None);
    world.connect(&[2, 3]);
    world.connect(&[1, 2, 3]);
    assert_eq!(world.asked(Outcome::Some), Some((1, 1)), "it came back, perhaps with the file");
}

#[tokio::test]
async fn a_round_has_an_end_also_among_many_peers() {
    let peers: Vec<u8> = (1..=20).collect();
    let mut world = World::new(&[want(1, 1)], &peers);
    let mut asked = Vec::new();
    for _ in 0..3 {
        while let Some((_, peer)) = world.asked(Outcome::NotHere) {
            asked.push(peer);
        }
        world.wait();
    }
    assert_eq!(asked.len(), 24);
    assert_eq!(asked[..20].iter().collect::<BTreeSet<_>>().len(), 20, "each once before any twice");
}

/// The last peer that was not asked leaves: the round is over then, too.
#[tokio::test]
async fn a_round_ends_when_the_others_leave() {
    let mut world = World::new(&[want(1, 1)], &[1, 2]);
    assert_eq!(world.asked(Outcome::NotHere), Some((1, 1)));
    world.connect(&[1]);
    assert_eq!(world.next(), None);
    world.wait();
    assert_eq!(world.next(), Some((1, 1)));
}

#[tokio::test]
async fn failing_and_lying_peers_rest() {
    let mut world = World::new(&[want(1, 1), want(2, 1)], &[1]);
    assert_eq!(world.asked(Outcome::Lied), Some((1, 1)));
    assert_eq!(world.next(), None, "a liar is not asked for other files either");
    world.connect(&[]);
    world.connect(&[1]);
    assert_eq!(world.next(), None, "coming back does not help");
    world.connect(&[1, 2]);
    assert_eq!(world.next(), Some((1, 2)));
    let mut world = World::new(&[want(1, 1)], &[1]);
    for seconds in [2, 4, 8] {
        assert_eq!(world.asked(Outcome::Busy), Some((1, 1)));
        assert_eq!(world.next(), None);
        assert_eq!(world.wait().as_secs(), seconds);
    }
    assert_eq!(world.asked(Outcome::Some), Some((1, 1)));
    assert_eq!(world.asked(Outcome::Busy), Some((1, 1)));
    assert_eq!(world.wait().as_secs(), 2, "what went well is remembered");
}

#[tokio::test]
async fn a_failing_disk_stops_everything_for_a_while() {
    let mut world = World::new(&[want(1, 1), want(2, 1)], &[1, 2]);
    assert_eq!(world.asked(Outcome::Disk), Some((1, 1)));
    assert_eq!(world.next(), None);
    assert_eq!(world.wait().as_secs(), 2);
    assert_eq!(world.next(), Some((1, 2)));
}

#[tokio::test]
async fn only_what_was_unused_for_an_hour_on_end_goes() {
    let (mut garbage, start) = (Garbage::default(), Instant::now());
    let at = |minutes: u64| start + Duration::from_secs(60 * minutes);
    let (a, b) = (Unused::Whole(BlobHash([1; 32])), Unused::Partial(BlobHash([2; 32]), 5));
    assert_eq!(garbage.ripe([a, b], at(0)), []);
    assert_eq!(garbage.ripe([a, b], at(59)), []);
    assert_eq!(garbage.ripe([b], at(60)), [b], "a is named again");
    assert_eq!(garbage.ripe([a], at(61)), []);
    assert_eq!(garbage.ripe([a], at(120)), []);
    assert_eq!(garbage.ripe([a], at(121)), [a]);
}

#[test]
fn fresh_uploads_and_what_is_named_or_read_stays() {
    let home = tempfile::tempdir().unwrap();
    let folder = Folder::open(home.path()).unwrap();
    let files: Vec<BlobHash> = (0..4).map(|seed| upload(&folder, &noise(9, seed)).unwrap().0).collect();
    let old = SystemTime::now() - garbage::FRESH - Duration::from_secs(1);
    for hash in &files[..3] {
        let path = home.path().join(hash.to_string());
        std::fs::File::options().write(true).open(path).unwrap().set_modified(old).unwrap();
    }
    let folder = Folder::open(home.path()).unwrap();
    let outline = Outline::of(b"unfinished").unwrap();
    drop(folder.begin(outline.clone()).unwrap());
    let unused = |fetched: bool| garbage::unused(&folder, |hash| *hash == files[0], |_, _| fetched).unwrap();
    assert_eq!(unused(true).len(), 3);
    assert_eq!(unused(false).len(), 4);
    assert!(unused(false).contains(&Unused::Partial(outline.hash(), 10)));
    let reader = folder.read(&files[1]).unwrap();
    assert_eq!(garbage::remove(&folder, unused(false)).unwrap(), 2);
    let left: BTreeSet<BlobHash> = folder.all().into_iter().map(|stored| stored.hash).collect();
    assert_eq!(left, BTreeSet::from([files[0], files[1], files[3]]));
    assert!(folder.partials().unwrap().is_empty());
    drop(reader);
    assert_eq!(garbage::remove(&folder, unused(false)).unwrap(), 1);
}
