//! The store on disk: crashes, damage, full disks, erasure.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::conformance::{all_from, conformance, record};
use super::disk::{DiskOptions, DiskStore, OpenReport};
use super::error::StoreError;
use super::memory::FaultKind;
use super::position::Position;
use super::record::HEADER;
use super::salvage::salvage;
use super::{Store, Table};

const SMALL: DiskOptions = DiskOptions { roll_at: 2048, cache: 1 << 20 };

fn open(dir: &Path) -> (DiskStore, OpenReport) {
    DiskStore::open_with(dir, SMALL).unwrap()
}

/// A directory with `count` records of `len` bytes, one per batch, and their places.
fn filled(count: u64, len: usize) -> (TempDir, Vec<Position>) {
    let dir = tempfile::tempdir().unwrap();
    let (mut store, _) = open(dir.path());
    let places = (0..count).map(|seed| store.append(&[record(seed, len)]).unwrap()[0]).collect();
    (dir, places)
}

fn segment(dir: &Path, number: u32) -> PathBuf {
    dir.join(format!("segments/{number:08}.seg"))
}

fn flip(path: &Path, at: u32) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at as usize] ^= 0x10;
    fs::write(path, bytes).unwrap();
}

/// Forgets how far the last segment is known to be good, as a power failure may.
fn forget_checkpoint(dir: &Path) {
    fs::remove_file(dir.join("checkpoint")).unwrap();
}

fn is_corrupt<T>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Corrupt { .. }))
}

/// Every file below a directory that contains `needle`.
fn files_with(dir: &Path, needle: &[u8]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(&path, needle));
        } else if fs::read(&path).unwrap().windows(needle.len()).any(|window| window == needle) {
            found.push(path);
        }
    }
    found
}

#[test]
fn conforms() {
    let mut dirs = Vec::new();
    conformance(|| {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path()).0;
        dirs.push(dir);
        Box::new(store)
    });
}

#[test]
fn a_reopened_store_has_everything() {
    let (dir, places) = filled(40, 300);
    let (mut store, report) = open(dir.path());
    assert!(report.segments > 5, "{report:?}");
    assert_eq!((report.torn_bytes, report.checked_bytes), (0, 0));
    for (seed, at) in (0..).zip(&places) {
        assert_eq!(store.read(*at).unwrap(), record(seed, 300));
    }
    store.put(Table::Meta, vec![(b"k".to_vec(), Some(b"v".to_vec()))]).unwrap();
    store.set_indexed_to(store.end()).unwrap();
    drop(store);
    let (store, report) = open(dir.path());
    assert!(!report.index_rebuilt);
    assert_eq!(store.indexed_to().unwrap(), store.end());
    assert_eq!(store.get(Table::Meta, b"k").unwrap(), Some(b"v".to_vec()));
}

#[test]
fn a_torn_batch_is_cut_off_wherever_it_tears() {
    let (dir, places) = filled(2, 100);
    let path = segment(dir.path(), 1);
    let before = fs::metadata(&path).unwrap().len();
    let checkpoint = fs::read(dir.path().join("checkpoint")).unwrap();
    let batch = [record(7, 30), record(8, 60)];
    open(dir.path()).0.append(&batch).unwrap();
    let whole = fs::read(&path).unwrap();
    for len in usize::try_from(before).unwrap()..=whole.len() {
        for zeros in [false, true] {
            let mut torn = whole[..len].to_vec();
            torn.resize(if zeros { whole.len() } else { len }, 0);
            fs::write(&path, &torn).unwrap();
            fs::write(dir.path().join("checkpoint"), &checkpoint).unwrap();
            let (mut store, report) = open(dir.path());
            // The last byte of a checksummed record may happen to be zero itself.
            let kept = torn == whole;
            let cut = if kept { 0 } else { torn.len() as u64 - before };
            assert_eq!(report.torn_bytes, cut, "torn at {len}");
            let seen = all_from(&store, Position::START).0;
            assert_eq!(seen.len(), if kept { 4 } else { 2 }, "torn at {len}");
            assert_eq!(store.read(places[1]).unwrap(), record(1, 100));
            let again = store.append(&batch).unwrap();
            assert_eq!(store.read(again[1]).unwrap(), batch[1]);
        }
    }
}

#[test]
fn damage_in_the_middle_is_never_taken_for_a_torn_end() {
    let (dir, places) = filled(4, 60);
    let path = segment(dir.path(), 1);
    let whole = fs::read(&path).unwrap();
    let checkpoint = fs::read(dir.path().join("checkpoint")).unwrap();
    for at in places[1].offset..places[2].offset {
        fs::write(&path, &whole).unwrap();
        fs::write(dir.path().join("checkpoint"), &checkpoint).unwrap();
        flip(&path, at);
        // With the checkpoint the damage shows when it is read, without it at once.
        let (store, _) = open(dir.path());
        assert!(is_corrupt(&store.read(places[1])), "byte {at}");
        assert_eq!(store.read(places[2]).unwrap(), record(2, 60));
        let mut seen = 0;
        let scanned = store.scan(Position::START, &mut |_, _| {
            seen += 1;
            ControlFlow::Continue(())
        });
        assert!(is_corrupt(&scanned) && seen == 1, "byte {at}");
        let report = store.check(&mut |_, _| {}).unwrap();
        assert_eq!((report.records, report.damaged), (3, 1), "byte {at}");
        assert_eq!(report.damage[0].at, places[1]);
        drop(store);
        forget_checkpoint(dir.path());
        assert!(is_corrupt(&DiskStore::open_with(dir.path(), SMALL)));
    }
}

#[test]
fn damage_in_a_closed_segment_is_reported() {
    let (dir, places) = filled(40, 300);
    flip(&segment(dir.path(), 2), 100);
    let (store, _) = open(dir.path());
    let hurt = places.iter().filter(|at| is_corrupt(&store.read(**at))).count();
    assert_eq!(hurt, 1);
    drop(store);
    flip(&segment(dir.path(), 3), 3);
    assert!(is_corrupt(&DiskStore::open_with(dir.path(), SMALL)));
    flip(&segment(dir.path(), 3), 3);
    fs::remove_file(segment(dir.path(), 3)).unwrap();
    assert!(is_corrupt(&DiskStore::open_with(dir.path(), SMALL)));
}

#[test]
fn what_is_whole_can_be_salvaged() {
    let (dir, places) = filled(40, 300);
    flip(&segment(dir.path(), 2), places[7].offset + HEADER);
    flip(&segment(dir.path(), 3), 3);
    flip(&segment(dir.path(), 4), 28);
    fs::remove_file(segment(dir.path(), 5)).unwrap();
    let lost = places.iter().filter(|at| at.segment == 5).count() + 2;
    let into = tempfile::tempdir().unwrap();
    let report = salvage(dir.path(), into.path()).unwrap();
    assert_eq!(report.records, (places.len() - lost) as u64);
    assert_eq!(report.damaged, 2);
    let (store, _) = open(into.path());
    assert_eq!(all_from(&store, Position::START).0.len(), 40 - lost);
    drop(store);
    assert!(matches!(salvage(dir.path(), into.path()), Err(StoreError::NotAStore { .. })));
}

#[test]
fn a_store_that_ends_too_early_says_so() {
    let (dir, places) = filled(5, 100);
    let file = fs::File::options().write(true).open(segment(dir.path(), 1)).unwrap();
    file.set_len(u64::from(places[3].offset)).unwrap();
    for _ in 0..2 {
        let refused = DiskStore::open(dir.path()).err();
        assert!(matches!(refused, Some(StoreError::Corrupt { segment: 1, .. })), "{refused:?}");
    }
    fs::remove_file(dir.path().join("checkpoint")).unwrap();
    let (store, _) = open(dir.path());
    assert_eq!(all_from(&store, Position::START).0.len(), 3);
}

#[test]
fn replacing_leaves_no_trace() {
    let (dir, places) = filled(40, 300);
    let doomed: Vec<usize> = vec![0, 3, 4, 17, 39];
    let (mut store, _) = open(dir.path());
    for &i in &doomed {
        let payload = record(i as u64, 300).payload;
        assert_eq!(files_with(dir.path(), &payload[..40]).len(), 1);
        store.put(Table::Documents, vec![(vec![1], Some(payload))]).unwrap();
        store.flush_index().unwrap();
    }
    let broken = dir.path().join("index.broken-1");
    fs::create_dir(&broken).unwrap();
    fs::write(broken.join("db"), record(3, 300).payload).unwrap();
    let changes = doomed.iter().map(|&i| (places[i], record(1000 + i as u64, 20)));
    store.replace(changes.collect()).unwrap();
    assert!(!broken.exists());
    store.clear_index().unwrap();
    for &i in &doomed {
        let payload = record(i as u64, 300).payload;
        for piece in payload.chunks(20) {
            assert!(files_with(dir.path(), piece).is_empty(), "record {i}");
        }
    }
    drop(store);
    let (store, report) = open(dir.path());
    assert_eq!(report.torn_bytes, 0);
    let checked = store.check(&mut |_, _| {}).unwrap();
    assert_eq!((checked.records, checked.erased, checked.damaged), (40, 5, 0));
}

#[test]
fn a_crash_within_replacing_leaves_both_and_replacing_again_finishes() {
    let (dir, places) = filled(10, 300);
    let (mut store, _) = open(dir.path());
    // What replacing does first; then the process dies with the copy half written.
    store.append(&[record(99, 10)]).unwrap();
    fs::write(dir.path().join("segments/00000001.tmp"), b"half a copy").unwrap();
    drop(store);
    let (mut store, _) = open(dir.path());
    assert_eq!(store.read(places[1]).unwrap(), record(1, 300));
    assert_eq!(all_from(&store, Position::START).0.len(), 11);
    assert!(files_with(dir.path(), b"half a copy").is_empty());
    store.replace(vec![(places[1], record(99, 10))]).unwrap();
    assert!(files_with(dir.path(), &record(1, 300).payload[..40]).is_empty());
}

#[test]
fn a_full_disk_loses_nothing_and_appending_goes_on_afterwards() {
    let (dir, places) = filled(3, 100);
    let (mut store, _) = open(dir.path());
    let end = store.end();
    for _ in 0..3 {
        store.fail_next_append(FaultKind::Full);
        let full = store.append(&[record(50, 400), record(51, 400)]);
        assert!(matches!(full, Err(StoreError::Full { needed: 840, .. })));
        assert_eq!(store.end(), end);
        let len = fs::metadata(segment(dir.path(), 1)).unwrap().len();
        assert_eq!(len, u64::from(end.offset));
    }
    let at = store.append(&[record(50, 400)]).unwrap();
    assert_eq!(at, [end]);
    drop(store);
    let (store, report) = open(dir.path());
    assert_eq!(report.torn_bytes, 0);
    assert_eq!(store.read(at[0]).unwrap(), record(50, 400));
    assert_eq!(store.read(places[2]).unwrap(), record(2, 100));
}

#[test]
fn after_a_failed_write_the_store_is_broken_until_reopened() {
    let (dir, places) = filled(3, 100);
    let (mut store, _) = open(dir.path());
    store.fail_next_append(FaultKind::Io);
    let failed = store.append(&[record(50, 400)]);
    assert!(matches!(failed, Err(StoreError::Io { .. })));
    for _ in 0..2 {
        let refused = store.append(&[record(50, 400)]);
        assert!(matches!(refused, Err(StoreError::Broken)));
        let refused = store.replace(vec![(places[0], record(51, 1))]);
        assert!(matches!(refused, Err(StoreError::Broken)));
    }
    assert_eq!(store.read(places[2]).unwrap(), record(2, 100));
    drop(store);
    let (mut store, _) = open(dir.path());
    assert_eq!(all_from(&store, Position::START).0.len(), 3);
    store.append(&[record(50, 400)]).unwrap();
}

#[test]
fn opening_checks_only_what_came_after_the_checkpoint() {
    let dir = tempfile::tempdir().unwrap();
    let (mut store, _) = DiskStore::open(dir.path()).unwrap();
    let batch: Vec<_> = (0..100).map(|seed| record(seed, 500)).collect();
    for _ in 0..100 {
        store.append(&batch).unwrap();
    }
    let after_crash = fs::read(dir.path().join("checkpoint")).unwrap();
    drop(store);
    fs::write(dir.path().join("checkpoint"), after_crash).unwrap();
    let (store, report) = DiskStore::open(dir.path()).unwrap();
    assert!(report.bytes > 5_000_000, "{report:?}");
    assert!((1..=1 << 20).contains(&report.checked_bytes), "{report:?}");
    assert_eq!(all_from(&store, Position::START).0.len(), 10_000);
}

#[test]
fn a_second_opening_is_refused() {
    let (dir, _) = filled(1, 10);
    let store = open(dir.path());
    assert!(matches!(DiskStore::open(dir.path()), Err(StoreError::InUse { .. })));
    drop(store);
    open(dir.path());
}

#[test]
fn newer_and_foreign_directories_are_refused() {
    let (dir, _) = filled(1, 10);
    fs::write(dir.path().join("FORMAT"), "commons-store 2\n").unwrap();
    let newer = DiskStore::open(dir.path()).err().unwrap();
    assert!(matches!(newer, StoreError::NewerStore { found: 2, .. }));
    assert!(newer.to_string().contains("upgrade the program"));
    for text in ["", "commons-store", "commons-store 0\n", "other 1\n", "\u{0}"] {
        fs::write(dir.path().join("FORMAT"), text).unwrap();
        assert!(matches!(DiskStore::open(dir.path()), Err(StoreError::NotAStore { .. })));
    }
    fs::remove_file(dir.path().join("FORMAT")).unwrap();
    assert!(matches!(DiskStore::open(dir.path()), Err(StoreError::NotAStore { .. })));
}

#[test]
fn a_stray_file_among_the_segments_is_refused() {
    let (dir, _) = filled(1, 10);
    for name in ["notes.txt", "1.seg", "00000000.seg", "00000002.seg.bak"] {
        let path = dir.path().join("segments").join(name);
        fs::write(&path, "x").unwrap();
        assert!(DiskStore::open(dir.path()).is_err(), "{name}");
        fs::remove_file(&path).unwrap();
    }
    open(dir.path());
}

#[test]
fn a_lost_or_damaged_index_is_built_again() {
    let (dir, _) = filled(5, 100);
    let mark = |store: &mut DiskStore| {
        store.set_indexed_to(store.end()).unwrap();
        store.flush_index().unwrap();
    };
    mark(&mut open(dir.path()).0);
    fs::remove_dir_all(dir.path().join("index")).unwrap();
    let (mut store, report) = open(dir.path());
    assert!(report.index_rebuilt);
    assert_eq!(store.indexed_to().unwrap(), Position::START);
    mark(&mut store);
    drop(store);

    for name in ["conf", "db"] {
        let path = dir.path().join("index").join(name);
        let len = fs::metadata(&path).unwrap().len();
        fs::write(&path, vec![0xA5; usize::try_from(len).unwrap()]).unwrap();
        let (mut store, report) = open(dir.path());
        assert!(report.index_rebuilt, "{name}");
        assert_eq!(store.indexed_to().unwrap(), Position::START);
        assert_eq!(all_from(&store, Position::START).0.len(), 5);
        mark(&mut store);
    }
    let aside = fs::read_dir(dir.path()).unwrap();
    let aside = aside.filter(|entry| {
        let name = entry.as_ref().unwrap().file_name();
        name.to_string_lossy().starts_with("index.broken-")
    });
    assert!(aside.count() <= 1);
}

/// sled panics on some damage while it opens; whatever it does, the records stay and rows are not made up.
#[test]
fn flipped_bits_in_the_index_never_stop_the_store() {
    let (dir, _) = filled(5, 100);
    let (mut store, _) = open(dir.path());
    for i in 0..2000u32 {
        let row = (i.to_be_bytes().to_vec(), Some(vec![1; 100]));
        store.put(Table::ALL[i as usize % Table::ALL.len()], vec![row]).unwrap();
    }
    store.set_indexed_to(store.end()).unwrap();
    store.flush_index().unwrap();
    drop(store);
    let db = dir.path().join("index/db");
    let whole = fs::read(&db).unwrap();
    for at in (0..whole.len()).step_by(whole.len() / 20) {
        fs::remove_dir_all(dir.path().join("index")).unwrap();
        fs::create_dir(dir.path().join("index")).unwrap();
        fs::write(&db, &whole).unwrap();
        flip(&db, u32::try_from(at).unwrap());
        let (store, _) = open(dir.path());
        assert_eq!(all_from(&store, Position::START).0.len(), 5, "byte {at}");
        for i in 0..2000u32 {
            match store.get(Table::ALL[i as usize % Table::ALL.len()], &i.to_be_bytes()) {
                Ok(value) => assert!(value.is_none_or(|value| value == [1; 100])),
                Err(StoreError::IndexDown { .. }) => break,
                Err(other) => panic!("byte {at}: {other}"),
            }
        }
    }
}

#[test]
fn an_index_that_knows_too_much_is_built_again() {
    let (dir, _) = filled(5, 100);
    let (mut store, _) = open(dir.path());
    let mut beyond = store.end();
    beyond.offset += 1;
    store.set_indexed_to(beyond).unwrap();
    drop(store);
    let (store, report) = open(dir.path());
    assert!(report.index_rebuilt);
    assert_eq!(store.indexed_to().unwrap(), Position::START);
}
