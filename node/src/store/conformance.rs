//! What every store does, whatever it keeps its records in.

use std::ops::ControlFlow;

use super::error::StoreError;
use super::layout::{MAX_KEY, MAX_VALUE};
use super::position::Position;
use super::record::{MAX_RECORD, Record};
use super::{Change, Store, Table};

/// Runs the whole suite; `make` gives an empty store each time.
pub(crate) fn conformance(mut make: impl FnMut() -> Box<dyn Store>) {
    for check in [
        what_is_appended_is_read,
        positions_grow_and_scans_visit_in_order,
        a_scan_can_stop_and_go_on,
        an_empty_batch_changes_nothing,
        bounds_are_kept,
        wrong_positions_are_refused,
        replaced_records_are_gone,
        replacing_twice_is_harmless,
        nothing_is_replaced_when_one_position_is_wrong,
        rows_are_put_and_removed,
        prefixes_are_visited_in_order,
        tables_are_apart,
        a_cleared_index_is_empty_and_the_records_stay,
    ] {
        check(make().as_mut());
    }
}

/// A record with a payload of its own.
pub(crate) fn record(seed: u64, len: usize) -> Record {
    let mut payload = vec![0; len];
    blake3::Hasher::new().update(&seed.to_be_bytes()).finalize_xof().fill(&mut payload);
    let kind = u8::try_from(seed % 255).unwrap() + 1;
    Record { kind, payload }
}

/// Everything from a position on.
pub(crate) fn all_from(store: &dyn Store, from: Position) -> (Vec<(Position, Record)>, Position) {
    let mut seen = Vec::new();
    let end = store
        .scan(from, &mut |at, record| {
            seen.push((at, record));
            ControlFlow::Continue(())
        })
        .unwrap();
    (seen, end)
}

/// All rows with a prefix.
pub(crate) fn rows(store: &dyn Store, table: Table, prefix: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut seen = Vec::new();
    store
        .each(table, prefix, &mut |key, value| {
            seen.push((key.to_vec(), value.to_vec()));
            ControlFlow::Continue(())
        })
        .unwrap();
    seen
}

fn set(key: &[u8], value: &[u8]) -> Change {
    (key.to_vec(), Some(value.to_vec()))
}

fn what_is_appended_is_read(store: &mut dyn Store) {
    let records: Vec<Record> = [0, 1, 500, 4076, 4077, 70_000, MAX_RECORD]
        .into_iter()
        .zip(0..)
        .map(|(len, seed)| record(seed, len))
        .collect();
    let places = store.append(&records).unwrap();
    assert_eq!(places.len(), records.len());
    for (at, record) in places.iter().zip(&records) {
        assert_eq!(&store.read(*at).unwrap(), record);
    }
}

fn positions_grow_and_scans_visit_in_order(store: &mut dyn Store) {
    let mut expected = Vec::new();
    for batch in 0..20 {
        let records: Vec<Record> = (0..7).map(|i| record(batch * 7 + i, 100)).collect();
        let before = store.end();
        let places = store.append(&records).unwrap();
        assert!(before <= places[0] && *places.last().unwrap() < store.end());
        expected.extend(places.into_iter().zip(records));
    }
    assert!(expected.is_sorted_by(|a, b| a.0 < b.0));
    let (seen, end) = all_from(store, Position::START);
    assert_eq!(seen, expected);
    assert_eq!(end, store.end());
    for (i, (at, _)) in expected.iter().enumerate() {
        assert_eq!(all_from(store, *at).0, expected[i..]);
    }
    assert_eq!(all_from(store, end), (vec![], end));
}

fn a_scan_can_stop_and_go_on(store: &mut dyn Store) {
    for seed in 0..30 {
        store.append(&[record(seed, 90)]).unwrap();
    }
    let (all, end) = all_from(store, Position::START);
    let mut pieces = Vec::new();
    let mut at = Position::START;
    while at != end {
        at = store
            .scan(at, &mut |place, record| {
                pieces.push((place, record));
                ControlFlow::Break(())
            })
            .unwrap();
        assert!(pieces.len() <= all.len(), "a scan does not move on");
    }
    assert_eq!(pieces, all);
}

fn an_empty_batch_changes_nothing(store: &mut dyn Store) {
    let end = store.end();
    assert_eq!(store.append(&[]).unwrap(), vec![]);
    assert_eq!(store.replace(vec![]).unwrap(), vec![]);
    assert_eq!(store.end(), end);
}

fn bounds_are_kept(store: &mut dyn Store) {
    let end = store.end();
    let reserved = Record { kind: 0, payload: vec![] };
    let large = |result: Result<_, StoreError>| {
        assert!(matches!(result, Err(StoreError::TooLarge { .. })));
    };
    assert!(matches!(store.append(&[record(1, 1), reserved]), Err(StoreError::ReservedKind)));
    large(store.append(&[record(1, MAX_RECORD + 1)]).map(drop));
    large(store.append(&vec![record(1, MAX_RECORD); 33]).map(drop));
    assert_eq!(store.end(), end);

    let value = vec![7; MAX_VALUE];
    store.put(Table::Runs, vec![set(&[1; MAX_KEY], &value)]).unwrap();
    assert_eq!(store.get(Table::Runs, &[1; MAX_KEY]).unwrap(), Some(value.clone()));
    let longer = [&value[..], b"."].concat();
    large(store.put(Table::Runs, vec![set(b"a", b"b"), set(b"k", &longer)]));
    large(store.put(Table::Runs, vec![set(&[1; MAX_KEY + 1], b"v")]));
    assert_eq!(store.get(Table::Runs, b"a").unwrap(), None);
}

fn wrong_positions_are_refused(store: &mut dyn Store) {
    store.append(&[record(1, 10)]).unwrap();
    let end = store.end();
    let beyond = Position { segment: end.segment + 1, offset: 28 };
    for at in [Position::START, end, beyond] {
        assert!(matches!(store.read(at), Err(StoreError::NoRecord { .. })), "{at}");
    }
    let scanned = store.scan(beyond, &mut |_, _| ControlFlow::Continue(()));
    assert!(matches!(scanned, Err(StoreError::NoRecord { .. })));
}

fn replaced_records_are_gone(store: &mut dyn Store) {
    let records: Vec<Record> = (0..9).map(|seed| record(seed, 200)).collect();
    let mut places = Vec::new();
    for batch in records.chunks(3) {
        places.extend(store.append(batch).unwrap());
    }
    let new = store
        .replace(vec![
            (places[0], record(100, 5)),
            (places[4], record(101, 900)),
            (places[8], record(102, 0)),
        ])
        .unwrap();
    for i in [0, 4, 8] {
        assert!(matches!(store.read(places[i]), Err(StoreError::Erased { .. })));
    }
    for i in [1, 2, 3, 5, 6, 7] {
        assert_eq!(store.read(places[i]).unwrap(), records[i]);
    }
    assert_eq!(store.read(new[1]).unwrap(), record(101, 900));
    let after = store.append(&[record(200, 30)]).unwrap();
    assert_eq!(store.read(after[0]).unwrap(), record(200, 30));
    let (seen, end) = all_from(store, Position::START);
    assert_eq!(seen.len(), 6 + 3 + 1);
    assert_eq!(end, store.end());
}

fn replacing_twice_is_harmless(store: &mut dyn Store) {
    let places = store.append(&[record(1, 50), record(2, 50)]).unwrap();
    let first = store.replace(vec![(places[0], record(3, 1)), (places[0], record(4, 1))]).unwrap();
    let second = store.replace(vec![(places[0], record(3, 1))]).unwrap();
    assert_eq!(store.read(first[0]).unwrap(), store.read(second[0]).unwrap());
    assert_eq!(store.read(places[1]).unwrap(), record(2, 50));
}

fn nothing_is_replaced_when_one_position_is_wrong(store: &mut dyn Store) {
    let places = store.append(&[record(1, 50)]).unwrap();
    let end = store.end();
    let result = store.replace(vec![(places[0], record(3, 1)), (end, record(4, 1))]);
    assert!(matches!(result, Err(StoreError::NoRecord { .. })));
    assert_eq!(store.end(), end);
    assert_eq!(store.read(places[0]).unwrap(), record(1, 50));
}

fn rows_are_put_and_removed(store: &mut dyn Store) {
    store.put(Table::Meta, vec![set(b"a", b"1"), set(b"b", b"2"), set(b"", b"0")]).unwrap();
    store.put(Table::Meta, vec![(b"a".to_vec(), None), set(b"b", b""), (b"none".to_vec(), None)]).unwrap();
    assert_eq!(store.get(Table::Meta, b"a").unwrap(), None);
    assert_eq!(store.get(Table::Meta, b"b").unwrap(), Some(vec![]));
    assert_eq!(store.get(Table::Meta, b"").unwrap(), Some(b"0".to_vec()));
}

fn prefixes_are_visited_in_order(store: &mut dyn Store) {
    let keys: [&[u8]; 6] = [b"a", b"a\0", b"a\xff", b"a\xff\xff", b"b", b"\xff\xff"];
    let changes = keys.iter().rev().map(|key| set(key, key)).collect();
    store.put(Table::Documents, changes).unwrap();
    let found = |prefix: &[u8]| -> Vec<Vec<u8>> {
        let rows = rows(store, Table::Documents, prefix);
        rows.into_iter().map(|(key, _)| key).collect()
    };
    assert_eq!(found(b""), keys);
    assert_eq!(found(b"a"), keys[..4]);
    assert_eq!(found(b"a\xff"), keys[2..4]);
    assert_eq!(found(b"\xff"), keys[5..]);
    assert!(found(b"c").is_empty());
    let mut count = 0;
    store
        .each(Table::Documents, b"", &mut |_, _| {
            count += 1;
            ControlFlow::Break(())
        })
        .unwrap();
    assert_eq!(count, 1);
}

fn tables_are_apart(store: &mut dyn Store) {
    for table in Table::ALL {
        let name = table.name().as_bytes();
        store.put(table, vec![set(b"key", name)]).unwrap();
    }
    store.set_indexed_to(store.end()).unwrap();
    for table in Table::ALL {
        let name = table.name().as_bytes().to_vec();
        assert_eq!(rows(store, table, b""), [(b"key".to_vec(), name)]);
    }
}

fn a_cleared_index_is_empty_and_the_records_stay(store: &mut dyn Store) {
    let places = store.append(&[record(1, 50)]).unwrap();
    assert_eq!(store.indexed_to().unwrap(), Position::START);
    store.put(Table::Meta, vec![set(b"k", b"v")]).unwrap();
    store.set_indexed_to(store.end()).unwrap();
    store.flush_index().unwrap();
    assert_eq!(store.indexed_to().unwrap(), store.end());
    store.clear_index().unwrap();
    assert_eq!(store.indexed_to().unwrap(), Position::START);
    assert_eq!(store.get(Table::Meta, b"k").unwrap(), None);
    assert_eq!(store.read(places[0]).unwrap(), record(1, 50));
    store.put(Table::Meta, vec![set(b"k", b"w")]).unwrap();
    assert_eq!(store.get(Table::Meta, b"k").unwrap(), Some(b"w".to_vec()));
}
