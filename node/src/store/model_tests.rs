//! The disk and the memory store give the same answers to the same calls, whenever the disk store is reopened.

use std::path::Path;

use proptest::collection::vec;
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_oneof, proptest};

use super::conformance::{all_from, record, rows};
use super::disk::{DiskOptions, DiskStore};
use super::memory::MemoryStore;
use super::position::Position;
use super::{Change, Store, Table};

const ROLL_AT: u32 = 2048;

#[derive(Debug, Clone)]
enum Call {
    Append(Vec<(u64, usize)>),
    /// Replaces the records with these numbers, counted round.
    Replace(Vec<(usize, u64)>),
    Put(usize, Vec<Change>),
    Mark(usize),
    ClearIndex,
    Reopen,
}

fn calls() -> impl Strategy<Value = Vec<Call>> {
    let key = vec(0..3u8, 0..3);
    let value = proptest::option::of(vec(any::<u8>(), 0..9));
    vec(
        prop_oneof![
            4 => vec((any::<u64>(), 0..700usize), 0..5).prop_map(Call::Append),
            2 => vec((any::<usize>(), any::<u64>()), 1..4).prop_map(Call::Replace),
            3 => (0..Table::ALL.len(), vec((key, value), 0..5)).prop_map(|(table, rows)| Call::Put(table, rows)),
            1 => any::<usize>().prop_map(Call::Mark),
            1 => Just(Call::ClearIndex),
            2 => Just(Call::Reopen),
        ],
        1..25,
    )
}

fn open(dir: &Path) -> DiskStore {
    let options = DiskOptions { roll_at: ROLL_AT, cache: 1 << 20 };
    DiskStore::open_with(dir, options).unwrap().0
}

/// Makes a call; gives the positions it was answered with.
fn call(store: &mut dyn Store, call: &Call, places: &[Position]) -> Vec<Position> {
    let place = |number: usize| (!places.is_empty()).then(|| places[number % places.len()]);
    match call {
        Call::Append(specs) => {
            let records: Vec<_> = specs.iter().map(|(seed, len)| record(*seed, *len)).collect();
            return store.append(&records).unwrap();
        }
        Call::Replace(numbers) => {
            let changes =
                numbers.iter().filter_map(|(number, seed)| Some((place(*number)?, record(*seed, 40))));
            return store.replace(changes.collect()).unwrap();
        }
        Call::Put(table, changes) => store.put(Table::ALL[*table], changes.clone()).unwrap(),
        Call::Mark(number) => {
            if let Some(at) = place(*number) {
                store.set_indexed_to(at).unwrap();
            }
        }
        Call::ClearIndex => store.clear_index().unwrap(),
        Call::Reopen => {}
    }
    Vec::new()
}

fn assert_same(disk: &DiskStore, memory: &MemoryStore, places: &[Position]) {
    assert_eq!(disk.end(), memory.end());
    assert_eq!(all_from(disk, Position::START), all_from(memory, Position::START));
    assert_eq!(disk.indexed_to().unwrap(), memory.indexed_to().unwrap());
    for table in Table::ALL {
        assert_eq!(rows(disk, table, b""), rows(memory, table, b""));
        assert_eq!(rows(disk, table, &[1]), rows(memory, table, &[1]));
    }
    for &at in places {
        let (disk, memory) = (disk.read(at), memory.read(at));
        assert_eq!(disk.as_ref().ok(), memory.as_ref().ok());
        assert_eq!(disk.err().map(|e| e.to_string()), memory.err().map(|e| e.to_string()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn disk_and_memory_agree(calls in calls()) {
        let dir = tempfile::tempdir().unwrap();
        let mut disk = Some(open(dir.path()));
        let mut memory = MemoryStore::with_roll_at(ROLL_AT);
        let mut places = Vec::new();
        for made in &calls {
            if matches!(made, Call::Reopen) {
                drop(disk.take());
                disk = Some(open(dir.path()));
            }
            let disk = disk.as_mut().unwrap();
            let found = call(disk, made, &places);
            assert_eq!(found, call(&mut memory, made, &places));
            places.extend(found);
            assert_same(disk, &memory, &places);
        }
    }
}
