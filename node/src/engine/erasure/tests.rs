use super::super::replica::View;
use crate::engine::Engine;
use crate::engine::fixture::founder;
use crate::engine::journal::RunRow;
use crate::store::{MemoryStore, Position, Store, Table};
use crate::view::EraseRequest;
use commons_protocol::admission::Place;
use commons_protocol::body::{Change, Content};
use commons_protocol::bounded::{BoundedBytes, BoundedVec};
use commons_protocol::collection::Collection;
use commons_protocol::entry::{Body, LogName};
use commons_protocol::id::{DocumentId, EntryId};
use commons_protocol::run::{Packed, VerifiedRun};
use commons_protocol::sync::Replica as _;
use commons_protocol::time::Timestamp;
use std::ops::ControlFlow;

fn change(number: u8) -> Content {
    let document = DocumentId([number; 32]);
    Content::Change(Change { document, continues: false, changes: BoundedVec::default(), overrides: None })
}

/// Takes in one run of three entries, the last of which builds on `dep`,
/// without the body of the entry at `absent`. Returns their ids.
fn take_three(engine: &mut Engine<MemoryStore>, dep: EntryId, absent: u64) -> Vec<EntryId> {
    let person = engine.operator();
    let node = engine.keys.node.clone();
    let admission = &engine.commons.as_ref().unwrap().admission;
    let packed = |number: u8| Packed {
        epoch: admission.governance().unwrap().current().number,
        deps: BoundedVec::new(Vec::from_iter((number == 2).then_some(dep))).unwrap(),
        time: Timestamp(0),
        person,
        kind: change(number).kind(),
        body: Body::Here(BoundedBytes::new(change(number).encode()).unwrap()),
    };
    // Another log than the one in which `dep` stands.
    let log = LogName { node: node.public(), collection: Collection::Guidance, nonce: 200 };
    let entries = (0..3).map(packed).collect();
    let mut run = VerifiedRun::sign(admission.commons(), log, 0, None, entries, &node).unwrap();
    run.drop_bodies(|entry| entry.header.seq == absent);
    engine.take_own_run(run.clone()).unwrap();
    engine.commit().unwrap();
    run.entries().iter().map(|entry| entry.id).collect()
}

/// First sequence numbers and positions of the rows of the log that holds `entry`.
fn rows(engine: &Engine<MemoryStore>, entry: &EntryId) -> Vec<(u64, Position)> {
    let admission = &engine.commons.as_ref().unwrap().admission;
    let (log, ..) = admission.log_at(admission.place(entry).unwrap().log).unwrap();
    let mut rows = Vec::new();
    let visit = &mut |_: &[u8], value: &[u8]| {
        rows.extend(RunRow::decode(value).map(|row| (row.first, row.position())));
        ControlFlow::Continue(())
    };
    engine.store.each(Table::Runs, &log.0, visit).unwrap();
    rows
}

fn has_body(engine: &Engine<MemoryStore>, id: &EntryId) -> bool {
    let commons = engine.commons.as_ref().unwrap();
    let place: Place = commons.admission.place(id).unwrap();
    engine.entry_at(commons, place).unwrap().unwrap().body.bytes().is_some()
}

/// An erasure moves the entry on which the last of three builds behind them,
/// so that the index, built again, has two rows for their one record.
#[test]
fn a_record_that_was_admitted_in_parts_moves_with_all_its_rows() {
    for absent in 0..3_u8 {
        let (mut engine, caller) = founder();
        let person = engine.operator();
        let written = engine.write(Collection::Guidance, person, Vec::new(), &[change(9)]).unwrap();
        engine.commit().unwrap();
        let ids = take_three(&mut engine, written[0], u64::from(absent));
        assert_eq!(rows(&engine, &ids[0]).len(), 1);
        let request = EraseRequest {
            document: None,
            entries: vec![written[0].to_string()],
            reason: "in the wrong place".to_owned(),
        };
        engine.erase(&caller, &request).unwrap();
        let before = rows(&engine, &ids[0]);
        let [(0, first), (2, second), ..] = before[..] else { panic!("two rows: {before:?}") };
        assert_eq!(first, second, "one record");

        let mut view = View { engine: &mut engine, fault: None };
        let id = ids[usize::from(absent)];
        let taken = view.take_bodies(vec![(id, change(absent).encode())]);
        assert!(taken.progress && view.fault.is_none(), "{:?}", view.fault);
        let after = rows(&engine, &ids[0]);
        assert!(after.iter().all(|(_, at)| engine.store.read(*at).is_ok()), "absent {absent}: {after:?}");
        assert!(ids.iter().all(|id| has_body(&engine, id)), "absent {absent}");
        // The same from the index, as at the next start.
        engine.reload().unwrap();
        assert_eq!(rows(&engine, &ids[0]), after);
        assert!(ids.iter().all(|id| has_body(&engine, id)), "absent {absent}");
        let mut missing = engine.commons.as_ref().unwrap().catalogue.missing();
        assert!(missing.all(|id| !ids.contains(id)), "absent {absent}");
    }
}

/// Peers that have not erased it yet may still offer it.
#[test]
fn the_body_of_an_erased_entry_does_not_come_back() {
    let (mut engine, caller) = founder();
    let person = engine.operator();
    let written = engine.write(Collection::Guidance, person, Vec::new(), &[change(9)]).unwrap();
    engine.commit().unwrap();
    take_three(&mut engine, written[0], 1);
    let request = EraseRequest {
        document: None,
        entries: vec![written[0].to_string()],
        reason: "in the wrong place".to_owned(),
    };
    engine.erase(&caller, &request).unwrap();
    let commons = engine.commons.as_ref().unwrap();
    assert!(!commons.catalogue.missing().any(|id| *id == written[0]), "nobody is asked for it");
    let mut view = View { engine: &mut engine, fault: None };
    assert!(!view.take_bodies(vec![(written[0], change(9).encode())]).progress);
    assert!(!has_body(&engine, &written[0]));
}
