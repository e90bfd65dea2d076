//! Release proofs that were changed, cut, put together from others, or made by
//! a member that lies: none proves anything, and each says why.
//!
//! `COMMONS_LONG=1` changes every byte of every file, `COMMONS_PROOF_SAMPLES`
//! names a folder into which the files are written with their verdicts.
#![allow(clippy::disallowed_methods, reason = "the environment says how long to run and where samples go")]

#[path = "proof/cases.rs"]
mod cases;
#[path = "proof/file.rs"]
mod file;
#[path = "proof/press.rs"]
mod press;
#[path = "proof/random.rs"]
mod random;
#[path = "proof/recombined.rs"]
mod recombined;
#[path = "proof/samples.rs"]
mod samples;
#[path = "proof/shelf.rs"]
mod shelf;
#[path = "proof/stories.rs"]
mod stories;
#[path = "common/world.rs"]
mod world;

use cases::cases;
use commons_protocol::proof::ProofError;
use file::{File, code, outer, sign_body, verify};
use press::COUNCIL;
use shelf::Shelf;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use world::Dice;

fn is_long() -> bool {
    std::env::var_os("COMMONS_LONG").is_some()
}

/// How often each reason was given.
#[derive(Default)]
struct Counts(BTreeMap<String, usize>);

impl Counts {
    /// Counts the verdict on what must not verify.
    fn add(&mut self, name: &str, bytes: &[u8]) -> String {
        let found = code(bytes);
        assert_ne!(found, "", "{name} verifies");
        *self.0.entry(found.clone()).or_default() += 1;
        found
    }

    fn print(&self, what: &str) {
        println!("{what}: {} refused, by reason: {:?}", self.0.values().sum::<usize>(), self.0);
    }
}

#[test]
fn what_a_lying_member_makes_proves_nothing() {
    let mut counts = Counts::default();
    let mut wrong = Vec::new();
    for (name, expected, make) in cases() {
        let bytes = make();
        let found = code(&bytes);
        *counts.0.entry(found.clone()).or_default() += 1;
        if found != *expected {
            let words = verify(&bytes).map_or_else(|error| error.to_string(), |_| "it verifies".to_owned());
            wrong.push(format!("{name}: {found} instead of {expected}: {words}"));
        }
    }
    counts.print("lies of a member");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_forged_file_of_a_true_history_verifies() {
    assert_eq!(code(&cases::released().forged(COUNCIL)), "", "the forger adds nothing wrong by itself");
}

#[test]
fn a_file_with_any_byte_changed_cut_or_lengthened_proves_nothing() {
    let mut counts = Counts::default();
    let mut dice = Dice(17);
    for (name, bytes) in samples::good_files() {
        let stride = if is_long() || name == "a-release" { 1 } else { bytes.len() / 60 };
        for position in (dice.below(stride)..bytes.len()).step_by(stride) {
            let mut changed = bytes.clone();
            changed[position] ^= 1 << dice.below(8);
            let found = counts.add(&format!("{name}: byte {position} of {}", bytes.len()), &changed);
            assert!(
                ["malformed", "form", "changed"].contains(&found.as_str()),
                "{name}: {position}: {found}"
            );
        }
        for length in (0..bytes.len()).step_by(stride) {
            assert_eq!(counts.add(&format!("{name}: {length} bytes"), &bytes[..length]), "malformed");
        }
        counts.add(&format!("{name}: a byte more"), &[&bytes[..], &[0]].concat());
    }
    counts.print("changed, cut or lengthened by a stranger");
}

/// Only the claimed time of the file is the maker's to choose.
#[test]
fn a_byte_that_a_member_changed_and_signed_again_proves_nothing_else() {
    let mut counts = Counts::default();
    let mut dice = Dice(23);
    let (_, bytes) = samples::good_files().remove(0);
    let key = cases::released().node(COUNCIL);
    let body = outer(&bytes).body.to_vec();
    let before = verify(&bytes).expect("true").releases;
    let stride = if is_long() { 1 } else { 7 };
    let mut free = BTreeSet::new();
    for position in (dice.below(stride)..body.len()).step_by(stride) {
        let mut changed = body.clone();
        changed[position] ^= 1 << dice.below(8);
        let changed = sign_body(changed, &key);
        match verify(&changed) {
            Ok(proved) => {
                assert_eq!(proved.releases, before, "byte {position} changed what is proved");
                free.insert(position);
            }
            Err(_) => _ = counts.add(&format!("byte {position}"), &changed),
        }
    }
    // The time is a head and eight bytes.
    assert!(
        free.len() <= 9 && free.iter().all(|one| free.first().is_some_and(|first| one - first < 9)),
        "{free:?}"
    );
    counts.print("changed and signed again by a member");
    println!("bytes of the maker's claimed time, which the maker may choose: {}", free.len());
}

#[test]
fn parts_of_two_files_prove_nothing_together() {
    let (mut strangers, mut members) = (Counts::default(), Counts::default());
    let mut sound = Vec::new();
    for pair in recombined::pairs() {
        let (one, other) = (File::of(&pair.one), File::of(&pair.other));
        for (part, join) in recombined::PARTS {
            let name = format!("{} of {}", part, pair.name);
            let joined = join(&one, &other).sign(&pair.key);
            let stale = file::Outer { signature: outer(&pair.one).signature, ..outer(&joined) };
            let stale = commons_protocol::codec::encode(&stale);
            if joined == pair.one {
                continue;
            }
            assert_eq!(strangers.add(&name, &stale), "changed", "{name}");
            match verify(&joined) {
                Ok(_) => sound.push(name),
                Err(_) => _ = members.add(&name, &joined),
            }
        }
    }
    // A later state's objects are those of the same chain, which says nothing else of older entries;
    // its entries with its content are a true file.
    for name in &sound {
        assert!(name.contains("state"), "{name} verifies");
        assert!(name.starts_with("objects") || name.starts_with("runs and versions"), "{name} verifies");
    }
    strangers.print("joined by a stranger");
    members.print("joined and signed again by a member");
    println!("joined, and as true as before: {sound:?}");
}

#[test]
fn a_part_that_is_gone_or_twice_there_or_elsewhere_changes_nothing_that_is_proved() {
    let mut counts = Counts::default();
    let mut same = Vec::new();
    for pair in recombined::pairs() {
        let before = verify(&pair.one).expect("true").releases;
        for (name, file) in recombined::shuffled(&File::of(&pair.one)) {
            let bytes = file.sign(&pair.key);
            match verify(&bytes) {
                Ok(proved) => {
                    assert!(name.starts_with("without-object"), "{name} verifies");
                    assert_eq!(proved.releases, before, "{name}: something else is proved");
                    same.push(name);
                }
                Err(_) => _ = counts.add(&name, &bytes),
            }
        }
    }
    counts.print("gone, doubled or moved, signed again by a member");
    println!(
        "objects whose absence changes nothing, such as delegations of people not concerned: {}",
        same.len()
    );
}

/// A stranger who sees all objects and headers says of a release what a node
/// says that holds everything; where he says more, an entry before those that
/// he sees does not count, or the release repeats another that he does not see.
#[test]
fn a_stranger_and_a_node_agree_on_histories_of_dice() {
    let seeds = if is_long() { 4_000 } else { 120 };
    let (mut counts, mut counted, mut beyond) = (Counts::default(), 0, 0);
    let (mut made, mut unshown) = (0, 0);
    for seed in 0..seeds {
        let history = random::History::of(seed);
        let shelf = Shelf::of(&history.press);
        let node = history.press.node(COUNCIL);
        let known = shelf.counted();
        for told in &history.releases {
            let found = code(&history.file(told).sign(&node));
            match (found.as_str(), known.contains(&told.id)) {
                ("", true) => counted += 1,
                ("", false) => {
                    let is_excused =
                        !history.is_admitted(told, &shelf) || random::repeats(&history, told, &known);
                    assert!(is_excused, "seed {seed}: only a stranger counts {}", told.id);
                    beyond += 1;
                }
                (reason, false) => *counts.0.entry(reason.to_owned()).or_default() += 1,
                (reason, true) => panic!("seed {seed}: a node counts {}, a stranger says {reason}", told.id),
            }
        }
        match shelf.assemble(&node, history.press.now) {
            Ok(proof) => {
                let bytes = proof.encode(&node).expect("small");
                let proved = verify(&bytes).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
                let releases: BTreeSet<_> = proved.releases.iter().map(|release| release.id).collect();
                assert_eq!(releases, known, "seed {seed}");
                made += 1;
            }
            // An organisation ended a log where nobody admits an entry: that end can't be shown.
            Err(ProofError::OffBranch(_)) => unshown += 1,
            Err(error) => {
                assert!(known.is_empty(), "seed {seed}: {known:?} count, but no proof is made: {error}")
            }
        }
    }
    counts.print("releases of dice that count nowhere");
    println!(
        "{counted} count for both, {beyond} for a stranger alone, {made} proofs made of {seeds} histories"
    );
    println!("{unshown} can't be proved though something counts");
    assert!(unshown * 50 <= made, "what counts can be shown, but in rare histories");
    assert!(counted > 40 && made > 20, "the dice make too little");
}

/// Writes the samples where the environment says.
#[test]
fn samples_for_other_readers_are_written() {
    if let Some(folder) = std::env::var_os("COMMONS_PROOF_SAMPLES") {
        samples::write(Path::new(&folder));
    }
}
