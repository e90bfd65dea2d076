mod erasing;
mod judging;
mod naming;
mod own;

mod sending;

use super::super::fixture::founder;
use super::super::gossip::Message;
use super::super::{Caller, Engine};
use crate::figures::{Figure, Number, Reading};
use crate::net::{Command, GossipId, PeerKey, Verdict};
use crate::store::{MemoryStore, Store};
use crate::view::{
    FeedQuery, NewDocument, NumberView, PolicyView, ProposeRequest, ReleaseRequest, SubmissionOptions,
    SubmissionView, WithdrawRequest,
};
use commons_protocol::body::{Content, Create, EraseTarget};
use commons_protocol::bounded::{BoundedBytes, BoundedVec};
use commons_protocol::codec;
use commons_protocol::collection::{Collection, DocumentKind};
use commons_protocol::entry::{Body, EntryKind, LogName};
use commons_protocol::run::{Packed, VerifiedRun};
use commons_protocol::series::{Cell, Part, Submission, Table, Value};
use commons_protocol::time::Timestamp;
use std::collections::BTreeMap;

const TITLE: &str = "Clinical remission";

/// A founder with a released measure, split by two ages, that needs no review.
fn reporting() -> (Engine<MemoryStore>, Caller) {
    reporting_by(&["age:0-11", "age:12-17"])
}

fn reporting_by(strata: &[&str]) -> (Engine<MemoryStore>, Caller) {
    let (mut engine, caller) = founder();
    let policy = PolicyView {
        kind: "measure".to_owned(),
        requirements: Vec::new(),
        organisations: 0,
        authors_may_review: true,
        declines_block: false,
        valid_months: None,
        electors_retract: false,
    };
    engine.propose(&caller, &ProposeRequest::ReviewPolicy(policy)).unwrap();
    let is_enacted = |engine: &Engine<MemoryStore>| {
        engine.admission().unwrap().governance().unwrap().current().policies.is_some()
    };
    let mut now = 0;
    while !is_enacted(&engine) {
        now += 1_000;
        assert!(now < 600_000, "the policy is in force after ten minutes");
        engine.tick(now).unwrap();
        engine.commit().unwrap();
    }
    let particulars = [
        ("measure-kind", "proportion"),
        ("calendar", "month"),
        ("population", "Patients seen"),
        ("numerator", "In remission"),
        ("denominator", "Assessed"),
        ("direction", "increase"),
    ];
    let strata = strata.iter().map(|code| (format!("stratum/{code}"), (*code).to_owned()));
    let particulars = particulars.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let document = NewDocument {
        kind: "measure".to_owned(),
        title: TITLE.to_owned(),
        text: "# Why\n\nTo see whether care helps.".to_owned(),
        particulars: particulars.into_iter().chain(strata).collect(),
        language: None,
        description: None,
        override_reason: None,
    };
    let created = engine.new_document(&caller, &document).unwrap();
    engine.commit().unwrap();
    engine.release(&caller, &created.summary.id, &ReleaseRequest::default()).unwrap();
    (engine, caller)
}

fn figure(period: &str, stratum: Option<&str>, numerator: u64, denominator: u64) -> Figure {
    Figure {
        at: format!("{period} {stratum:?}"),
        measure: Some(TITLE.to_owned()),
        period: period.parse().unwrap(),
        stratum: stratum.map(|code| ("age".to_owned(), code.to_owned())),
        numerator: Number::Known(numerator),
        denominator: Some(Number::Known(denominator)),
        excluded: None,
    }
}

fn reading(figures: Vec<Figure>) -> Reading {
    Reading { figures, remarks: Vec::new() }
}

fn submit(engine: &mut Engine<MemoryStore>, caller: &Caller, figures: Vec<Figure>) -> SubmissionView {
    engine.submit_series(caller, reading(figures), &SubmissionOptions::default()).unwrap()
}

/// What the network knows of a period: numerators by stratum, of the only
/// organisation.
fn told(engine: &mut Engine<MemoryStore>, period: &str) -> BTreeMap<Option<String>, NumberView> {
    let feed = engine.feed("clinical remission", &FeedQuery::default()).unwrap();
    let own = feed.rows.into_iter().filter(|row| row.period == period && row.organisation.is_some());
    own.map(|row| (row.stratum, row.numerator)).collect()
}

#[test]
fn figures_become_a_feed_with_what_is_small_masked() {
    let (mut engine, caller) = reporting();
    let figures = || {
        vec![
            figure("2026-01", None, 84, 120),
            figure("2026-01", Some("0-11"), 80, 100),
            figure("2026-01", Some("12-17"), 4, 20),
            figure("2026-02", None, 90, 130),
        ]
    };
    let plan = engine.plan_series(&caller, reading(figures()), &SubmissionOptions::default()).unwrap();
    assert!(!plan.sent && plan.entries.is_empty() && plan.masked > 0, "{plan:?}");
    assert!(told(&mut engine, "2026-01").is_empty(), "a plan sends nothing");
    let sent = submit(&mut engine, &caller, figures());
    assert!(sent.sent, "{sent:?}");
    assert_eq!((sent.told, sent.masked), (plan.told, plan.masked));
    let rows = told(&mut engine, "2026-01");
    assert_eq!(rows[&None], NumberView::Known { number: 84 });
    assert!(matches!(rows[&Some("12-17".to_owned())], NumberView::Masked { .. }), "{rows:?}");
    assert!(matches!(rows[&Some("0-11".to_owned())], NumberView::Masked { .. }), "the other gives it away");
    let network =
        engine.feed(TITLE, &FeedQuery { organisation: Some("network".to_owned()), ..FeedQuery::default() });
    assert!(
        network.unwrap().rows.iter().all(|row| row.numerator == NumberView::Withheld),
        "one organisation alone"
    );
}

#[test]
fn small_corrections_are_held_until_they_are_large() {
    let (mut engine, caller) = reporting();
    submit(&mut engine, &caller, vec![figure("2026-01", None, 84, 120)]);
    let held = submit(&mut engine, &caller, vec![figure("2026-01", None, 87, 120)]);
    assert_eq!((held.held, held.told), (1, 0), "{held:?}");
    assert_eq!(engine.held_series(&caller).unwrap().len(), 1);
    assert_eq!(told(&mut engine, "2026-01")[&None], NumberView::Known { number: 84 });
    engine.reload().unwrap();
    assert_eq!(engine.held_series(&caller).unwrap().len(), 1, "it survives a restart");
    submit(&mut engine, &caller, vec![figure("2026-01", None, 70, 120)]);
    assert!(engine.held_series(&caller).unwrap().is_empty());
    assert_eq!(told(&mut engine, "2026-01")[&None], NumberView::Known { number: 70 });
    let ledger: Vec<String> = engine.egress().unwrap().into_iter().map(|row| row.what).collect();
    assert_eq!(ledger, ["report", "correction"]);
}

#[test]
fn what_is_withdrawn_is_gone_from_the_feed_and_stays_in_the_ledger() {
    let (mut engine, caller) = reporting();
    submit(&mut engine, &caller, vec![figure("2026-01", None, 84, 120)]);
    let request =
        WithdrawRequest { measure: TITLE.to_owned(), period: "2026-01".to_owned(), take_over: false };
    engine.withdraw_series(&caller, &request).unwrap();
    assert!(told(&mut engine, "2026-01").is_empty());
    assert_eq!(engine.egress().unwrap().len(), 2);
    assert_eq!(engine.withdraw_series(&caller, &request).unwrap_err().code, "not-reported");
    let again = submit(&mut engine, &caller, vec![figure("2026-01", None, 85, 120)]);
    assert_eq!(again.held, 1, "it differs by one from what was told before: {again:?}");
}

#[test]
fn a_snapshot_is_computed_again_from_what_it_names() {
    let (mut engine, caller) = reporting();
    submit(&mut engine, &caller, vec![figure("2026-01", None, 84, 120)]);
    let bytes = engine.snapshot(TITLE).unwrap();
    let now = engine.verify_snapshot(&bytes).unwrap();
    assert!(now.verified && !now.changed_since, "{now:?}");
    submit(&mut engine, &caller, vec![figure("2026-02", None, 90, 130)]);
    engine.reload().unwrap();
    let later = engine.verify_snapshot(&bytes).unwrap();
    assert!(later.verified && later.changed_since, "{later:?}");
    let mut changed = bytes;
    let last = changed.len() - 1;
    changed[last] ^= 1;
    let other = engine.verify_snapshot(&changed).unwrap();
    assert!(!other.verified && other.sentence.contains("the file was changed"), "{other:?}");
    assert_eq!(other.computed, Some(now.digest), "what it should be is told");
    assert_ne!(other.computed, Some(other.digest));
}

#[test]
fn what_is_refused_holds_back_the_rest_until_somebody_decides() {
    let (mut engine, caller) = reporting();
    let figures = || vec![figure("2026-01", None, 84, 120), figure("2026-02", Some("18-99"), 80, 100)];
    let refused = submit(&mut engine, &caller, figures());
    assert!(
        !refused.sent && refused.remarks.iter().any(|remark| remark.code == "unknown-stratum"),
        "{refused:?}"
    );
    assert!(told(&mut engine, "2026-01").is_empty());
    let options = SubmissionOptions { skip_refused: true, ..SubmissionOptions::default() };
    assert!(engine.submit_series(&caller, reading(figures()), &options).unwrap().sent);
    assert_eq!(told(&mut engine, "2026-01").len(), 1);
}

#[test]
fn everything_is_the_same_after_a_restart() {
    let (mut engine, caller) = reporting();
    let figures = vec![
        figure("2026-01", None, 84, 120),
        figure("2026-01", Some("0-11"), 80, 100),
        figure("2026-01", Some("12-17"), 4, 20),
    ];
    submit(&mut engine, &caller, figures);
    submit(&mut engine, &caller, vec![figure("2026-01", None, 150, 200)]);
    let before = engine.feed(TITLE, &FeedQuery::default()).unwrap();
    engine.reload().unwrap();
    assert_eq!(engine.feed(TITLE, &FeedQuery::default()).unwrap(), before);
    engine.store.clear_index().unwrap();
    engine.reload().unwrap();
    assert_eq!(engine.feed(TITLE, &FeedQuery::default()).unwrap(), before, "without its index");
}

#[test]
fn an_erased_measure_takes_nothing_of_other_series_along() {
    let (mut engine, caller) = reporting();
    submit(&mut engine, &caller, vec![figure("2026-01", None, 84, 120)]);
    let document = engine.find_measure(TITLE).unwrap();
    // As after a restart while something waited.
    engine.commons_mut().unwrap().cuts.note_leftovers();
    engine.keep_cuts().unwrap();
    erasing::erase_from_elsewhere(&mut engine, EraseTarget::Document(document, BoundedVec::default()));
    assert!(engine.measures().unwrap().is_empty());
    assert_eq!(engine.own_account().unwrap().submissions(), 1, "what follows is judged by it");
    engine.store.clear_index().unwrap();
    engine.reload().unwrap();
    assert_eq!(engine.own_account().unwrap().submissions(), 1, "without its index");
}

/// A run of another log of this node with one submission, which nobody judged
/// before it was signed.
fn unjudged(engine: &Engine<MemoryStore>, numerator: u64) -> VerifiedRun {
    let measure = engine.find_measure(TITLE).unwrap();
    let release = engine.ground(&measure).unwrap().release;
    let (told, whole) = (Value::Known(numerator), Some(Value::Known(120)));
    let total = Some(Cell { numerator: told, denominator: whole, excluded: None });
    let table = Table { period: "2026-01".parse().unwrap(), total, strata: BoundedVec::default() };
    let part = Part { release, tables: BoundedVec::new(vec![table]).unwrap() };
    let submission =
        Submission { previous: BoundedVec::default(), parts: BoundedVec::new(vec![part]).unwrap() };
    let commons = engine.admission().unwrap().commons();
    let node = &engine.keyring().node;
    let log = LogName { node: node.public(), collection: Collection::Aggregates, nonce: 250 };
    let packed = Packed {
        epoch: engine.admission().unwrap().governance().unwrap().current().number,
        deps: BoundedVec::new(vec![release]).unwrap(),
        time: Timestamp(engine.now),
        person: engine.operator(),
        kind: EntryKind::Submit,
        body: Body::Here(BoundedBytes::new(Content::Submit(submission).encode()).unwrap()),
    };
    VerifiedRun::sign(commons, log, 0, None, vec![packed], node).unwrap()
}

#[test]
fn what_is_refused_is_neither_kept_nor_passed_on() {
    for (numerator, verdict) in [(60, Verdict::Accept), (4, Verdict::Ignore)] {
        let (mut engine, _) = reporting();
        let run = unjudged(&engine, numerator);
        let id = run.last().id;
        engine.take_commands();
        let data = codec::encode(&Message::Run(run.encode()));
        engine.on_gossip(GossipId([7; 20]), PeerKey([9; 32]), &data).unwrap();
        engine.commit().unwrap();
        let commands = engine.take_commands();
        let said = commands.iter().find_map(|command| match command {
            Command::Verdict { verdict, .. } => Some(*verdict),
            _ => None,
        });
        assert_eq!(said, Some(verdict), "numerator {numerator}");
        let is_kept = engine.submission(&id).unwrap().is_some();
        assert_eq!(is_kept, verdict == Verdict::Accept, "numerator {numerator}");
    }
}

#[test]
fn a_measure_that_nobody_wrote_into_hides_no_others() {
    let (mut engine, _) = reporting();
    let person = engine.operator();
    let create = Content::Create(Create { kind: DocumentKind::Measure });
    engine.write(Collection::Aggregates, person, Vec::new(), &[create]).unwrap();
    engine.commit().unwrap();
    let titles: Vec<String> = engine.measures().unwrap().into_iter().map(|measure| measure.title).collect();
    assert_eq!(titles, ["", TITLE]);
    assert!(engine.feed(TITLE, &FeedQuery::default()).is_ok());
}

/// Reports real figures of every organisation at a node of its own, and says
/// what that cost.
#[test]
#[ignore = "a measurement; COMMONS_SHARED_DATA names the folder of the figures"]
fn what_reporting_real_attendances_costs() {
    let folder = std::env::var("COMMONS_SHARED_DATA").expect("COMMONS_SHARED_DATA");
    let path = std::path::Path::new(&folder).join("aggregates/nhs_ae_attendances.csv");
    let bytes = std::fs::read(path).expect("the figures");
    let text = String::from_utf8(bytes.clone()).expect("UTF-8");
    let mut organisations: Vec<&str> = text
        .lines()
        .skip(1)
        .filter_map(|line| line.split(',').nth(1))
        .map(|code| code.trim_matches('"'))
        .collect();
    organisations.sort_unstable();
    organisations.dedup();
    let (mut rows, mut tables, mut told, mut masked) = (0, 0, 0, 0);
    let mut spent = std::time::Duration::ZERO;
    for organisation in &organisations {
        let (mut engine, caller) = reporting_by(&["type:1", "type:2", "type:other"]);
        let mut columns = crate::figures::Columns::default();
        for name in ["numerator=breaches", "denominator=attendances", "stratum=type:type"] {
            columns.name(name).unwrap();
        }
        columns.want(&format!("org_code={organisation}")).unwrap();
        let start = std::time::Instant::now();
        let reading = crate::figures::csv::read(&bytes, &columns).unwrap();
        rows += reading.figures.len();
        let options = SubmissionOptions {
            measure: Some(TITLE.to_owned()),
            missing_is_zero: true,
            ..SubmissionOptions::default()
        };
        let sent = engine.submit_series(&caller, reading, &options).unwrap();
        spent += start.elapsed();
        assert!(sent.sent, "{organisation}: {:?}", sent.remarks.first());
        tables += sent.tables.len();
        (told, masked) = (told + sent.told, masked + sent.masked);
    }
    println!(
        "{} organisations, {rows} rows, {tables} tables: {told} numbers told, {masked} masked; \
         read {} times, planned, signed and stored in {spent:?}",
        organisations.len(),
        organisations.len()
    );
}
