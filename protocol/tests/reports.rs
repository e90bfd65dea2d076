//! Submissions that arrive in any order, and those that did not know of each
//! other.

#[path = "disclosure/kit.rs"]
mod kit;

use commons_protocol::bounded::BoundedVec;
use commons_protocol::disclosure::{Account, Fault, Policy};
use commons_protocol::id::{EntryId, OrganisationId};
use commons_protocol::limits::{JOINS, PERIODS_REPORTED, TABLES};
use commons_protocol::period::Period;
use commons_protocol::reports::{Report, Reports, Verdict};
use commons_protocol::series::{Part, Submission, Table};
use kit::Measure;

const SITE: OrganisationId = OrganisationId([7; 32]);

fn id(number: u16) -> EntryId {
    let [high, low] = number.to_be_bytes();
    let mut id = [high; 32];
    id[1] = low;
    EntryId(id)
}

fn falls() -> Measure {
    Measure::count(1).by("ward", &["a", "b", "c"])
}

/// A submission of one table of falls.
fn report(number: u16, previous: &[u16], period: &str, cells: &str) -> Report {
    let tables = BoundedVec::new(vec![falls().table(period, cells)]).expect("one");
    let part = Part { release: falls().ground().release, tables };
    let previous = BoundedVec::new(previous.iter().map(|one| id(*one)).collect()).expect("few");
    let submission = Submission { previous, parts: BoundedVec::new(vec![part]).expect("one") };
    Report { id: id(number), organisation: SITE, epoch: 1, policy: Policy::default(), submission }
}

fn reports() -> Reports {
    let (mut reports, ground) = (Reports::default(), falls().ground());
    reports.define(ground.release, 1, ground.measure, &ground.definition);
    reports
}

/// Takes all in, or says which rule was broken.
fn taken(all: &[Report]) -> Result<Reports, Fault> {
    let mut reports = reports();
    for one in all {
        match reports.take(one) {
            Verdict::Accepted(_) => {}
            Verdict::Refused(breach) => return Err(breach.fault),
            Verdict::Undecided => panic!("{} is undecided", one.id),
        }
    }
    Ok(reports)
}

fn line(reports: &Reports) -> Vec<EntryId> {
    reports.line(&SITE).to_vec()
}

/// The total of falls that counts in a month.
fn total(reports: &Reports, period: &str) -> Option<u64> {
    let account = reports.account(&SITE)?;
    let table = account.table(&falls().ground().measure, period.parse().expect("a month"))?;
    table.statement.table.total?.numerator.known()
}

/// One after the other, then two that don't know of each other, and one that
/// knows both.
fn story() -> Vec<Report> {
    vec![
        report(1, &[], "2026-01", "all 100"),
        report(2, &[1], "2026-02", "all 200"),
        report(30, &[2], "2026-03", "all 300"),
        report(31, &[30], "2026-04", "all 400"),
        report(40, &[2], "2026-03", "all 350"),
        report(50, &[31, 40], "2026-05", "all 500"),
        report(51, &[50], "2026-06", "all 600"),
    ]
}

#[test]
fn in_whatever_order_they_come_the_same_counts() {
    let expected = taken(&story()).expect("all are safe");
    assert_eq!(line(&expected), [1, 2, 30, 31, 50, 51].map(id));
    assert_eq!(expected.uncounted(&SITE), [id(40)].into());
    let mut orders = 0;
    permutations(&mut story(), 0, &mut |order| {
        let mut once = reports();
        let loaded = once.load(order.to_vec());
        assert!(loaded.undecided.is_empty() && loaded.refused.is_empty());
        assert_eq!((line(&once), once.account(&SITE)), (line(&expected), expected.account(&SITE)));
        // One by one, again and again until nothing is undecided.
        let mut each = reports();
        for _ in 0..order.len() {
            order.iter().for_each(|one| _ = each.take(one));
        }
        assert_eq!((line(&each), each.account(&SITE)), (line(&expected), expected.account(&SITE)));
        orders += 1;
    });
    assert_eq!(orders, 5_040);
}

fn permutations(all: &mut [Report], from: usize, visit: &mut dyn FnMut(&[Report])) {
    if from == all.len() {
        return visit(all);
    }
    for next in from..all.len() {
        all.swap(from, next);
        permutations(all, from + 1, visit);
        all.swap(from, next);
    }
}

#[test]
fn nothing_counts_from_where_two_did_not_know_of_each_other() {
    let mut forked = taken(&story()[..4]).expect("all are safe");
    assert_eq!(total(&forked, "2026-04"), Some(400));
    let Verdict::Accepted(changed) = forked.take(&story()[4]) else { panic!("it is safe") };
    assert_eq!(changed.len(), 4, "whoever shows any of them looks again");
    assert_eq!(line(&forked), [1, 2].map(id));
    assert_eq!((total(&forked, "2026-02"), total(&forked, "2026-03")), (Some(200), None));
    assert_eq!(forked.ends(&SITE), [id(31), id(40)].into());
}

#[test]
fn what_is_brought_together_counts_and_stays_known() {
    let mut joined = taken(&story()).expect("all are safe");
    assert_eq!((total(&joined, "2026-03"), total(&joined, "2026-04")), (Some(300), Some(400)));
    assert_eq!(joined.ends(&SITE), [id(51)].into());
    let next = report(52, &[51], "2026-03", "all 345");
    let Verdict::Refused(breach) = joined.take(&next) else { panic!("350 was told, too") };
    assert_eq!(breach.fault, Fault::SmallChange);
    assert!(matches!(joined.take(&report(52, &[51], "2026-03", "all 350")), Verdict::Accepted(_)));
}

#[test]
fn what_only_the_other_one_said_does_not_count_and_stays_known() {
    let all = [
        report(1, &[], "2026-01", "all 100"),
        report(2, &[], "2026-02", "all 200"),
        report(3, &[1, 2], "2026-03", "all 300"),
    ];
    let mut joined = taken(&all).expect("all are safe");
    assert_eq!(line(&joined), [1, 3].map(id));
    assert_eq!((total(&joined, "2026-01"), total(&joined, "2026-02")), (Some(100), None));
    let Verdict::Refused(breach) = joined.take(&report(4, &[3], "2026-02", "all 205")) else {
        panic!("200 was told")
    };
    assert_eq!(breach.fault, Fault::SmallChange);
    assert!(matches!(joined.take(&report(4, &[3], "2026-02", "all 200")), Verdict::Accepted(_)));
    assert_eq!(total(&joined, "2026-02"), Some(200));
}

#[test]
fn what_was_said_up_to_any_submission_can_be_told_later() {
    let reports = taken(&story()).expect("all are safe");
    for (number, path) in [(2, vec![0, 1]), (31, vec![0, 1, 2, 3]), (40, vec![0, 1, 4])] {
        let path: Vec<Report> = path.into_iter().map(|index| story()[index].clone()).collect();
        let alone = taken(&path).expect("all are safe");
        assert_eq!(reports.account_after(&SITE, &[id(number)]).as_ref(), alone.account(&SITE), "{number}");
    }
    assert_eq!(reports.account_after(&SITE, &[id(99)]), None);
}

#[test]
fn nobody_goes_back_to_an_older_charter() {
    let new = report(1, &[], "2026-01", "all 100");
    let mut old = report(2, &[1], "2026-02", "all 200");
    old.epoch = 0;
    assert_eq!(taken(&[new.clone(), old.clone()]).err(), Some(Fault::OldEpoch));
    let mut loaded = reports();
    let refused = loaded.load(vec![old, new]).refused;
    assert_eq!(refused.len(), 1, "in the other order, too");
    let mut first = report(3, &[], "2026-01", "all 100");
    first.epoch = 0;
    assert_eq!(taken(&[first]).err(), Some(Fault::OldEpoch), "older than the measure's release");
}

#[test]
fn each_is_named_once() {
    let all = [report(1, &[], "2026-01", "all 100"), report(2, &[1, 1], "2026-02", "all 200")];
    assert_eq!(taken(&all).err(), Some(Fault::Order));
}

#[test]
fn bringing_together_has_an_end() {
    let mut all = vec![report(1, &[], "2026-01", "all 100")];
    let joins = u16::try_from(JOINS).expect("few");
    for round in 1..=joins + 1 {
        let last = 2 * round - 1;
        all.push(report(last + 1, &[], "2026-02", "all 200"));
        all.push(report(last + 2, &[last, last + 1], "2026-01", "all 100"));
    }
    assert_eq!(taken(&all).err(), Some(Fault::TooComplex));
    assert!(taken(&all[..all.len() - 1]).is_ok(), "one less is taken");
}

#[test]
fn what_is_brought_together_at_once_has_an_end() {
    let wide = |number: u16, previous: &[u16], measures: std::ops::Range<u8>| {
        let mut one = report(number, previous, "2026-01", "all 100");
        let months = |from: u32| (from..from + 1_000).map(month).collect::<Vec<_>>();
        let part = |measure: u8| Part {
            release: Measure::count(measure).ground().release,
            tables: BoundedVec::new(months(0)).expect("fewer"),
        };
        one.submission.parts = BoundedVec::new(measures.map(part).collect()).expect("few");
        one
    };
    let mut reports = reports();
    for measure in 10..20 {
        let ground = Measure::count(measure).ground();
        reports.define(ground.release, 1, ground.measure, &ground.definition);
    }
    let rest = reports.load(vec![
        report(1, &[], "2026-01", "all 100"),
        wide(2, &[], 10..18),
        wide(3, &[2], 18..19),
        report(4, &[1, 2], "2026-02", "all 100"),
        report(5, &[1, 3], "2026-02", "all 100"),
    ]);
    let refused: Vec<EntryId> = rest.refused.iter().map(|(one, _)| one.id).collect();
    assert_eq!(refused, [id(5)], "9,000 tables are more than 8,192, and 8,000 are not");
    assert!(reports.is_accepted(&SITE, &id(4)));
    assert!(!reports.may_follow(&SITE, &[id(1), id(3)]) && reports.may_follow(&SITE, &[id(3), id(1)]));
}

fn month(number: u32) -> Table {
    let period = Period::month(1_970 + number / 12, number % 12 + 1).expect("a month");
    Table { period, ..falls().table("2026-01", "all 100") }
}

#[test]
fn a_chain_that_alternates_between_logs_is_loaded_whole() {
    let all: Vec<Report> = (0..2_000)
        .map(|number: u16| {
            let previous: Vec<u16> = number.checked_sub(1).into_iter().collect();
            report(number, &previous, "2026-01", if number.is_multiple_of(2) { "all 100" } else { "all 200" })
        })
        .collect();
    let (even, odd): (Vec<Report>, Vec<Report>) =
        all.iter().cloned().partition(|one| one.id.0[1].is_multiple_of(2));
    let mut loaded = reports();
    let rest = loaded.load([even, odd].concat());
    assert!(rest.undecided.is_empty() && rest.refused.is_empty());
    assert_eq!(line(&loaded), (0..2_000).map(id).collect::<Vec<_>>());
}

#[test]
fn a_measure_has_no_more_periods_than_a_node_can_hold() {
    let months = |from: usize, count: usize| -> Vec<Table> {
        (from..from + count).map(|number| month(u32::try_from(number).expect("few"))).collect()
    };
    let mut account = Account::default();
    let mut say = |tables: Vec<Table>| {
        let mut reported = falls().says("2026-01", "");
        reported.tables = tables;
        let judged = account.judge(vec![reported]).map_err(|breach| breach.fault)?;
        account.take(judged);
        Ok(())
    };
    assert_eq!(say(months(0, TABLES)), Ok(()));
    assert_eq!(say(months(TABLES, PERIODS_REPORTED - TABLES)), Ok(()));
    assert_eq!(say(months(PERIODS_REPORTED, 1)), Err(Fault::TooComplex));
    assert_eq!(say(months(5, 3)), Ok(()), "what is there can be told again");
}

/// Submissions that follow on any others, and say one of a few tables.
fn tangle(dice: &mut Dice) -> Vec<Report> {
    const SAID: [&str; 8] = [
        "",
        "all 100",
        "all 130",
        "all 130, ward:a *, ward:b *, ward:c 26",
        "all 130, ward:a 26, ward:b *, ward:c *",
        "all 130, ward:a 40, ward:b 60, ward:c 30",
        "all *, ward:a *, ward:b 60, ward:c 30",
        "all 200, ward:a *, ward:b *, ward:c *",
    ];
    let mut all: Vec<Report> = Vec::new();
    for number in 0..3 + dice.below(10) {
        let mut previous: Vec<u16> = Vec::new();
        for _ in 0..1 + dice.below(5) / 3 {
            // Mostly the last ones.
            let back = 1 + dice.below(3).min(dice.below(3));
            previous.extend(number.checked_sub(back).filter(|one| !previous.contains(one)));
        }
        let month = ["2026-01", "2026-02"][usize::from(dice.below(2))];
        all.push(report(number, &previous, month, SAID[usize::from(dice.below(8))]));
    }
    all
}

/// Numbers that are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u16) -> u16 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u16::try_from((self.0 >> 33) % u64::from(limit)).expect("below the limit")
    }
}

#[test]
fn whatever_follows_on_what_the_order_does_not_matter() {
    let (mut joined, mut refused) = (0, 0);
    for seed in 0..1_500 {
        let mut dice = Dice(seed);
        let all = tangle(&mut dice);
        let mut first = reports();
        let loaded = first.load(all.clone());
        joined += usize::from(line(&first).len() > 4 && !first.uncounted(&SITE).is_empty());
        refused += loaded.refused.len();
        let verdict =
            |reports: &Reports| all.iter().map(|one| reports.is_accepted(&SITE, &one.id)).collect::<Vec<_>>();
        for _ in 0..6 {
            let mut order = all.clone();
            for index in (1..order.len()).rev() {
                order.swap(index, usize::from(dice.below(u16::try_from(index + 1).expect("few"))));
            }
            let mut again = reports();
            for _ in 0..order.len() {
                order.iter().for_each(|one| _ = again.take(one));
            }
            assert_eq!(verdict(&again), verdict(&first), "seed {seed}");
            assert_eq!(line(&again), line(&first), "seed {seed}");
            assert_eq!(again.account(&SITE), first.account(&SITE), "seed {seed}");
            let each = all.iter().filter(|one| first.is_accepted(&SITE, &one.id)).map(|one| [one.id]);
            for id in each {
                assert_eq!(again.account_after(&SITE, &id), first.account_after(&SITE, &id), "seed {seed}");
            }
        }
    }
    assert!(joined > 20 && refused > 100, "{joined} joined, {refused} refused");
}
