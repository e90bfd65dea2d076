//! What becomes of submissions that others signed, whatever they hold.

use super::*;
use crate::engine::charters::following;
use crate::engine::intake::Intake;
use crate::engine::replica::View;
use crate::view::{ChangeView, RefoundRequest};
use commons_protocol::admission::Place;
use commons_protocol::catalogue::{Catalogue, Meaning};
use commons_protocol::id::{DocumentId, EntryId, OrganisationId};
use commons_protocol::period::Period;
use commons_protocol::reports::Report;
use commons_protocol::sync::Replica as _;

/// What an entry of a foreign log holds: kind, body, what it builds on.
type Written = (EntryKind, Vec<u8>, Vec<EntryId>);

/// A run of another log of this node.
fn run_of(
    engine: &Engine<MemoryStore>,
    collection: Collection,
    nonce: u8,
    written: Vec<Written>,
) -> VerifiedRun {
    let admission = engine.admission().unwrap();
    let node = &engine.keyring().node;
    let log = LogName { node: node.public(), collection, nonce };
    let packed = written.into_iter().map(|(kind, body, deps)| Packed {
        epoch: admission.governance().unwrap().current().number,
        deps: BoundedVec::new(deps).unwrap(),
        time: Timestamp(engine.now),
        person: engine.operator(),
        kind,
        body: Body::Here(BoundedBytes::new(body).unwrap()),
    });
    VerifiedRun::sign(admission.commons(), log, 0, None, packed.collect(), node).unwrap()
}

fn measure(engine: &Engine<MemoryStore>) -> DocumentId {
    engine.find_measure(TITLE).unwrap()
}

fn release(engine: &Engine<MemoryStore>) -> EntryId {
    engine.ground(&measure(engine)).unwrap().release
}

/// One total of a month, of 120.
fn total(engine: &Engine<MemoryStore>, month: u32, numerator: u64, previous: &[EntryId]) -> Vec<u8> {
    total_by(release(engine), month, numerator, previous)
}

fn total_by(release: EntryId, month: u32, numerator: u64, previous: &[EntryId]) -> Vec<u8> {
    let (told, whole) = (Value::Known(numerator), Some(Value::Known(120)));
    let total = Some(Cell { numerator: told, denominator: whole, excluded: None });
    let period = Period::month(2026, month).unwrap();
    let table = Table { period, total, strata: BoundedVec::default() };
    let part = Part { release, tables: BoundedVec::new(vec![table]).unwrap() };
    let previous = BoundedVec::new(previous.to_vec()).unwrap();
    Content::Submit(Submission { previous, parts: BoundedVec::new(vec![part]).unwrap() }).encode()
}

fn submission(engine: &Engine<MemoryStore>, nonce: u8, body: Vec<u8>) -> VerifiedRun {
    let deps = vec![release(engine)];
    run_of(engine, Collection::Aggregates, nonce, vec![(EntryKind::Submit, body, deps)])
}

fn take(engine: &mut Engine<MemoryStore>, run: VerifiedRun) -> Intake {
    let taken = engine.take_run(run).unwrap();
    engine.commit().unwrap();
    taken
}

/// The run without its bodies.
fn bare(run: &VerifiedRun) -> VerifiedRun {
    let mut bare = run.clone();
    bare.drop_bodies(|_| true);
    bare
}

fn place(engine: &Engine<MemoryStore>, id: &EntryId) -> Place {
    engine.admission().unwrap().place(id).unwrap()
}

/// Whether an entry's body is on the disk or would be given to peers.
fn is_held(engine: &mut Engine<MemoryStore>, id: &EntryId) -> bool {
    let commons = engine.commons.as_ref().unwrap();
    let log = commons.admission.log_at(place(engine, id).log).unwrap().0;
    let served = engine.serve_log(commons, &log, 0, 1 << 20).unwrap();
    let mut entries = served.iter().flat_map(|run| run.entries());
    let is_served = entries.any(|entry| entry.id == *id && entry.body.bytes().is_some());
    let is_stored = engine.entry_at(commons, place(engine, id)).unwrap().unwrap().body.bytes().is_some();
    let is_given = !View { engine, fault: None }.read_bodies(&[*id]).is_empty();
    assert_eq!((is_served, is_given), (is_stored, is_stored));
    is_stored
}

fn is_missing(engine: &Engine<MemoryStore>, id: &EntryId) -> bool {
    engine.commons.as_ref().unwrap().catalogue.is_missing(id)
}

fn give(engine: &mut Engine<MemoryStore>, run: &VerifiedRun) -> bool {
    let entry = run.last();
    let mut view = View { engine, fault: None };
    let taken = view.take_bodies(vec![(entry.id, entry.body.bytes().unwrap().to_vec())]);
    assert!(view.fault.is_none() && taken.fault.is_none(), "{:?} {taken:?}", view.fault);
    engine.commit().unwrap();
    taken.progress
}

#[test]
fn no_body_of_a_submission_travels_unjudged() {
    for (what, collection, body) in [
        ("another collection", Collection::Toolkits, None),
        ("no submission", Collection::Aggregates, Some(vec![0x83, 0x80, 0x80, 0x00])),
        ("nothing", Collection::Aggregates, Some(Vec::new())),
    ] {
        let (mut engine, _) = reporting();
        let body = body.unwrap_or_else(|| total(&engine, 1, 4, &[]));
        let run = run_of(&engine, collection, 250, vec![(EntryKind::Submit, body, Vec::new())]);
        let id = run.last().id;
        let taken = take(&mut engine, run);
        assert_eq!(taken, Intake::Withheld, "{what}: it is admitted and not passed on");
        engine.finish_erasures().unwrap();
        assert!(!is_held(&mut engine, &id), "{what}");
        assert!(!is_missing(&engine, &id), "{what}: nobody is asked for it");
        engine.reload().unwrap();
        assert!(!is_missing(&engine, &id) && !is_held(&mut engine, &id), "{what}: nor after a restart");
    }
}

#[test]
fn what_is_not_admitted_yet_does_not_travel_unjudged_either() {
    let (mut engine, _) = reporting();
    let create = Content::Create(Create { kind: DocumentKind::Measure });
    let unsafe_one = (EntryKind::Submit, total(&engine, 1, 4, &[]), vec![EntryId([7; 32])]);
    let written = vec![(create.kind(), create.encode(), Vec::new()), unsafe_one];
    let run = run_of(&engine, Collection::Aggregates, 250, written);
    let first = run.entries()[0].id;
    assert_eq!(take(&mut engine, run), Intake::Waits);
    let commons = engine.commons.as_ref().unwrap();
    let log = commons.admission.log_at(place(&engine, &first).log).unwrap().0;
    let served = engine.serve_log(commons, &log, 0, 1 << 20).unwrap();
    let bodies = served[0].entries().iter().filter(|entry| entry.header.kind == EntryKind::Submit);
    assert_eq!(bodies.filter(|entry| entry.body.bytes().is_some()).count(), 0);
}

#[test]
fn what_was_stored_before_it_was_judged_is_not_lost_when_the_index_is() {
    for (numerator, is_accepted) in [(60, true), (4, false)] {
        let (mut engine, _) = reporting();
        let create = || Content::Create(Create { kind: DocumentKind::Measure });
        let written = |deps| vec![(create().kind(), create().encode(), deps)];
        let later = run_of(&engine, Collection::Aggregates, 251, written(Vec::new()));
        let waits = (EntryKind::Submit, total(&engine, 1, numerator, &[]), vec![later.last().id]);
        let both = written(Vec::new()).into_iter().chain([waits]).collect();
        let run = run_of(&engine, Collection::Aggregates, 250, both);
        let id = run.last().id;
        assert_eq!(take(&mut engine, run), Intake::Waits);
        take(&mut engine, later);
        engine.finish_erasures().unwrap();
        for round in ["now", "without the index", "after a restart"] {
            assert_eq!(is_held(&mut engine, &id), is_accepted, "{numerator}, {round}");
            assert_eq!(told(&mut engine, "2026-01").len(), usize::from(is_accepted), "{numerator}, {round}");
            assert!(!is_missing(&engine, &id), "{numerator}, {round}");
            if round == "now" {
                engine.store.clear_index().unwrap();
            }
            engine.reload().unwrap();
        }
    }
}

#[test]
fn what_was_refused_is_so_after_a_restart() {
    let (mut engine, caller) = reporting();
    let whole = submission(&engine, 250, total(&engine, 1, 4, &[]));
    let without = submission(&engine, 251, total(&engine, 2, 4, &[]));
    let ids = [whole.last().id, without.last().id];
    assert_eq!(take(&mut engine, whole), Intake::Withheld);
    assert_eq!(take(&mut engine, bare(&without)), Intake::New);
    assert!(is_missing(&engine, &ids[1]), "its body did not come along");
    assert!(!give(&mut engine, &without), "it is refused");
    let is_over = |engine: &Engine<MemoryStore>| ids.iter().all(|id| !is_missing(engine, id));
    assert!(is_over(&engine));
    engine.reload().unwrap();
    assert!(is_over(&engine), "from the index");
    // An erasure builds the index again.
    engine.store.clear_index().unwrap();
    engine.reload().unwrap();
    assert!(is_over(&engine), "without it, as long as the process runs");
    assert!(submit(&mut engine, &caller, vec![figure("2026-01", None, 84, 120)]).sent);
    engine.reload().unwrap();
    assert!(is_over(&engine), "from the index that was built again");
    assert!(ids.iter().all(|id| !is_held(&mut engine, id)));
}

#[test]
fn who_sends_much_that_is_refused_waits() {
    let (mut engine, _) = reporting();
    let runs: Vec<VerifiedRun> = (1..=6)
        .map(|month| submission(&engine, 240 + u8::try_from(month).unwrap(), total(&engine, month, 4, &[])))
        .collect();
    // They are somebody else's.
    engine.keys.organisation = OrganisationId([9; 32]);
    let taken: Vec<Intake> = runs.iter().map(|run| take(&mut engine, run.clone())).collect();
    assert_eq!(taken, [Intake::Withheld; 6]);
    let refused = &engine.commons.as_ref().unwrap().series.refused;
    assert!(runs[..4].iter().all(|run| refused.has(&run.last().id)));
    assert!(!runs[4..].iter().any(|run| refused.has(&run.last().id)), "they are not judged now");
    assert!(runs[4..].iter().all(|run| is_missing(&engine, &run.last().id)));
    let wanted = |engine: &mut Engine<MemoryStore>| View { engine, fault: None }.missing_bodies().len();
    assert_eq!(wanted(&mut engine), 0, "nor is anybody asked for them");
    engine.set_now(engine.now + 60_000);
    assert_eq!(wanted(&mut engine), 2);
    assert!(runs[4..].iter().all(|run| !give(&mut engine, run) && !is_missing(&engine, &run.last().id)));
}

#[test]
fn a_release_whose_body_comes_later_defines_its_measure() {
    let (mut engine, _) = reporting();
    let known = release(&engine);
    let commons = engine.commons.as_ref().unwrap();
    let entry = engine.entry_at(commons, place(&engine, &known)).unwrap().unwrap();
    let body = entry.body.bytes().unwrap().to_vec();
    let released =
        run_of(&engine, Collection::Aggregates, 250, vec![(EntryKind::Release, body, vec![known])]);
    let id = released.last().id;
    let body = total_by(id, 1, 60, &[]);
    let sent = run_of(&engine, Collection::Aggregates, 251, vec![(EntryKind::Submit, body, vec![id])]);
    take(&mut engine, bare(&released));
    assert_eq!(take(&mut engine, sent.clone()), Intake::Waits);
    assert!(!give(&mut engine, &sent), "nobody knows yet what it follows");
    // As if this one had been read from the disk.
    let wait = submission_of(&engine, &sent);
    engine.commons.as_mut().unwrap().series.waiting.push(wait);
    assert!(give(&mut engine, &released));
    let reports = &engine.commons.as_ref().unwrap().series.reports;
    let own = engine.keyring().organisation;
    assert!(reports.is_accepted(&own, &sent.last().id), "what waited for it is judged");
    assert!(give(&mut engine, &sent), "and its body kept");
    assert!(is_held(&mut engine, &sent.last().id));
}

/// A submission as it waits after a start.
fn submission_of(engine: &Engine<MemoryStore>, run: &VerifiedRun) -> Report {
    let Meaning::Reports(submission) = Catalogue::meaning(run.last()) else { panic!("a submission") };
    let charter = engine.admission().unwrap().governance().unwrap().current();
    Report {
        id: run.last().id,
        organisation: engine.keyring().organisation,
        epoch: charter.number,
        policy: charter.disclosure(),
        submission: *submission,
    }
}

#[test]
fn what_waited_is_told_once_it_is_accepted() {
    let (mut engine, _) = reporting();
    let first = submission(&engine, 250, total(&engine, 1, 60, &[]));
    let second = submission(&engine, 251, total(&engine, 2, 70, &[first.last().id]));
    take(&mut engine, bare(&first));
    assert_eq!(take(&mut engine, second.clone()), Intake::Waits);
    let wait = submission_of(&engine, &second);
    engine.commons.as_mut().unwrap().series.waiting.push(wait);
    let periods = |engine: &mut Engine<MemoryStore>| {
        let feed = engine.feed(TITLE, &FeedQuery::default()).unwrap();
        feed.rows
            .iter()
            .filter(|row| row.organisation.is_some())
            .map(|row| row.period.clone())
            .collect::<Vec<_>>()
    };
    assert!(periods(&mut engine).is_empty());
    engine.take_changes();
    assert!(give(&mut engine, &first));
    assert_eq!(periods(&mut engine), ["2026-01", "2026-02"]);
    let changes = engine.take_changes();
    let told = changes.iter().filter_map(|change| match change {
        ChangeView::Feed { periods, .. } => Some(periods.clone()),
        _ => None,
    });
    assert_eq!(told.flatten().collect::<Vec<_>>(), ["2026-01", "2026-02"]);
}

/// The epoch in force asks for rules of disclosure that nobody has written.
fn asks_for_other_rules(engine: &mut Engine<MemoryStore>, caller: &Caller) {
    let mut charter = following(engine.governance().unwrap().current());
    charter.rules.disclosure += 1;
    let id = charter.hash().to_string();
    engine.submit(charter).unwrap();
    engine.commit().unwrap();
    engine.refound(caller, &RefoundRequest { id, confirm: true }).unwrap();
    engine.commit().unwrap();
}

#[test]
fn figures_wait_for_software_that_knows_the_rules() {
    let (mut engine, caller) = reporting();
    submit(&mut engine, &caller, vec![figure("2026-01", None, 84, 120)]);
    asks_for_other_rules(&mut engine, &caller);
    assert!(engine.status().notices.iter().any(|notice| notice.contains("rules of disclosure")));
    let last = engine.commons.as_ref().unwrap().series.reports.line(&engine.keyring().organisation)[0];
    let run = submission(&engine, 250, total(&engine, 2, 60, &[last]));
    assert_eq!(take(&mut engine, run.clone()), Intake::Waits);
    assert!(is_missing(&engine, &run.last().id) && !is_held(&mut engine, &run.last().id));
    let before = engine.admission().unwrap().entries();
    let refused = engine
        .submit_series(
            &caller,
            reading(vec![figure("2026-03", None, 84, 120)]),
            &SubmissionOptions::default(),
        )
        .unwrap_err();
    assert_eq!(refused.code, "needs-upgrade");
    let request =
        WithdrawRequest { measure: TITLE.to_owned(), period: "2026-01".to_owned(), take_over: false };
    assert_eq!(engine.withdraw_series(&caller, &request).unwrap_err().code, "needs-upgrade");
    assert_eq!(engine.admission().unwrap().entries(), before, "nothing is signed");
    assert_eq!(told(&mut engine, "2026-01").len(), 1, "what was judged before stays");
}
