//! Whatever the order in which entries and objects come in, and however they are batched, every
//! node shows the same standings.
//!
//! `COMMONS_LONG=1` runs 20,000 cases; `COMMONS_SEED=<number>` repeats the cases of a failure.

use super::saga::{Saga, Step, steps};
use crate::scene::{Office, heads};
use crate::world::{Dice, Writer};
use commons_protocol::id::{DocumentId, EntryId};
use commons_protocol::key::PublicKey;
use commons_protocol::object::Object;
use commons_protocol::publication::Papers;
use commons_protocol::publication::standing::{Standing, Status};
use commons_protocol::run::VerifiedRun;
use proptest::prelude::any;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use std::collections::{BTreeMap, BTreeSet};

/// Days on which readers ask.
const DAYS: [&str; 3] = ["2025-10-09", "2026-06-01", "2030-01-01"];

/// What readers see of everything.
#[derive(Debug, PartialEq)]
struct Shown {
    standings: Vec<(DocumentId, u8, &'static str, Standing)>,
    papers: BTreeMap<DocumentId, Papers>,
    acknowledged: BTreeMap<EntryId, BTreeSet<PublicKey>>,
}

fn shown(office: &Office, documents: &[DocumentId]) -> Shown {
    let publications = office.catalogue.publications();
    let mut standings = Vec::new();
    for document in documents.iter().filter(|document| office.subject(document).is_some()) {
        for number in 0..4 {
            let standing = |day| office.standing(document, Some(&heads(number)), day);
            standings.extend(DAYS.map(|day| (*document, number, day, standing(day))));
        }
    }
    let papers: BTreeMap<DocumentId, Papers> = publications
        .documents()
        .filter(|(_, papers)| !papers.is_empty())
        .map(|(document, papers)| (*document, papers.clone()))
        .collect();
    let retractions = papers.values().flat_map(|papers| papers.retractions.keys());
    let acknowledged =
        retractions.map(|id| (*id, publications.acknowledged(id).copied().collect())).collect();
    Shown { standings, papers, acknowledged }
}

enum Item {
    Objects(Vec<Object>),
    Run(VerifiedRun),
}

fn deliveries(saga: &Saga, dice: &mut Dice) -> Vec<Item> {
    let mut items = Vec::new();
    let mut rest: &[Object] = &saga.scene.world.objects;
    while !rest.is_empty() {
        let (group, after) = rest.split_at(1 + dice.below(rest.len().min(6)));
        items.push(Item::Objects(group.to_vec()));
        rest = after;
    }
    for log in saga.logs().filter(|log| !log.ids.is_empty()) {
        items.extend(batches(log, dice).into_iter().map(Item::Run));
        items.extend(batches(log, dice).into_iter().take(2).map(Item::Run));
    }
    match dice.below(4) {
        0 => {}
        1 => items.reverse(),
        _ => dice.shuffle(&mut items),
    }
    items
}

fn batches(log: &Writer, dice: &mut Dice) -> Vec<VerifiedRun> {
    let mut runs = Vec::new();
    let mut from = 0;
    while from < log.ids.len() {
        let to = from + 1 + dice.below((log.ids.len() - from).min(4));
        runs.push(log.run(from, to));
        from = to;
    }
    runs
}

/// A node that gets everything in some order; what shrinks makes it build its state again.
fn told(saga: &Saga, dice: &mut Dice) -> Office {
    let mut office = Office::new(saga.scene.world.commons);
    let mut seen: Vec<VerifiedRun> = Vec::new();
    for item in deliveries(saga, dice) {
        let mut rebuild = match item {
            Item::Objects(objects) => {
                let outcome = office.admission.take_objects(objects);
                office.observe(outcome)
            }
            Item::Run(run) => {
                seen.push(run.clone());
                office.take(run)
            }
        };
        for _ in 0..20 {
            if !std::mem::take(&mut rebuild) {
                break;
            }
            office = office.emptied();
            rebuild = seen.iter().fold(false, |again, run| office.take(run.clone()) | again);
        }
    }
    office
}

/// Checks one saga; returns what the first node shows.
fn check(plan: &[Step], seed: u64) -> Result<Shown, TestCaseError> {
    let saga = Saga::tell(plan);
    let mut dice = Dice(seed);
    let plain = saga.scene.office_of(saga.logs());
    let first = shown(&plain, &saga.documents);
    for node in 0..2 {
        let other = told(&saga, &mut dice);
        proptest::prop_assert_eq!(plain.admission.head_map(), other.admission.head_map(), "node {}", node);
        proptest::prop_assert_eq!(&first, &shown(&other, &saga.documents), "node {}", node);
        let scratch = other.observed_again(|count| dice.below(count));
        proptest::prop_assert_eq!(&first, &shown(&scratch, &saga.documents), "from scratch, node {}", node);
    }
    Ok(first)
}

#[test]
fn any_order_shows_the_same_standings() {
    let seed: u64 = std::env::var("COMMONS_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let is_long = std::env::var_os("COMMONS_LONG").is_some();
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config {
        cases: if is_long { 20_000 } else { 64 },
        failure_persistence: None,
        max_shrink_iters: 500,
        ..Config::default()
    };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let happened = std::cell::RefCell::new(BTreeMap::<String, usize>::new());
    let note = |what: &str| *happened.borrow_mut().entry(what.to_owned()).or_default() += 1;
    let result = runner.run(&(steps(), any::<u64>()), |(plan, order)| {
        let shown = check(&plan, order)?;
        let of = |status: Status| shown.standings.iter().any(|(.., one)| one.status == status);
        let statuses = [
            Status::Draft,
            Status::InReview,
            Status::Eligible,
            Status::Released,
            Status::ReviewDue,
            Status::Superseded,
            Status::Retracted,
        ];
        statuses.iter().filter(|status| of(**status)).for_each(|status| note(status.word()));
        if shown.acknowledged.values().any(|people| !people.is_empty()) {
            note("acknowledged");
        }
        if shown.standings.iter().any(|(.., one)| !one.beside.is_empty()) {
            note("beside");
        }
        if shown.standings.iter().any(|(.., one)| !one.objections.is_empty()) {
            note("objections");
        }
        Ok(())
    });
    if let Err(TestError::Fail(reason, plan)) = result {
        panic!("COMMONS_SEED={seed}: {reason}\nsmallest saga: {plan:#?}");
    }
    result.expect("no case was given up");
    println!("sagas in which it happened: {:?}", happened.borrow());
    let happened = happened.into_inner();
    for what in ["released", "review due", "retracted", "superseded", "eligible", "in review", "acknowledged"]
    {
        assert!(happened.contains_key(what), "no saga showed \"{what}\": {happened:?}");
    }
}
