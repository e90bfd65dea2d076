//! Snapshots: cited, read again, held against what they were made of.

use crate::scene::{
    Network, any_table, by_age, count, counts, definition, ground, known, month, organisation, share, split,
    total,
};
use crate::world::{Dice, list};
use commons_protocol::disclosure::Policy;
use commons_protocol::id::{Digest, EntryId, OrganisationId, hash};
use commons_protocol::measure::MeasureKind;
use commons_protocol::period::Period;
use commons_protocol::rollup::{Rollup, Snapshot, SnapshotError, Sum};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

const ALWAYS: RangeInclusive<Period> = Period::EARLIEST..=Period::LATEST;

fn heads(network: &Network) -> BTreeMap<OrganisationId, EntryId> {
    network.accounts.keys().map(|one| (*one, EntryId(one.0.map(|byte| byte + 100)))).collect()
}

/// Four organisations, six months, one of them with strata.
fn network() -> Network {
    let mut network = Network::default();
    let mut dice = Dice(7);
    for period in (0..6).map(month) {
        for who in 1..=3 {
            network.say(who, &by_age(), total(period, share(known(40), known(100 + u64::from(who)))));
        }
        while !network.try_say(4, &by_age(), any_table(&mut dice, &by_age(), period)) {}
    }
    network
}

fn snapshot(network: &Network) -> Snapshot {
    Snapshot::of(&network.rollup(), ALWAYS, &heads(network)).expect("a snapshot")
}

#[test]
fn a_snapshot_reads_back_and_is_confirmed_by_what_it_was_made_of() {
    let network = network();
    let made = snapshot(&network);
    let read = Snapshot::decode(&made.encode()).expect("its own bytes");
    assert_eq!((&read, read.digest()), (&made, made.digest()));
    assert_eq!(read.heads.len(), 4);
    assert!(read.rows.iter().eq(&network.rollup().rows().collect::<Vec<_>>()));
    read.check(&network.rollup()).expect("the same roll-up");
}

#[test]
fn what_comes_later_does_not_change_a_snapshot_of_earlier_periods() {
    let mut network = network();
    let first = Snapshot::of(&network.rollup(), month(0)..=month(2), &heads(&network)).expect("a snapshot");
    assert_eq!((first.periods.first, first.periods.last), (month(0), month(2)));
    network.say(1, &by_age(), total(month(9), share(known(50), known(90))));
    first.check(&network.rollup()).expect("nothing changed in these periods");
    network.say(1, &by_age(), total(month(1), share(known(80), known(101))));
    let refused = first.check(&network.rollup()).expect_err("a correction");
    assert!(matches!(refused, SnapshotError::Differs("set of rows" | "digest")), "{refused}");
}

#[test]
fn a_snapshot_notices_parts_that_add_up_to_the_same() {
    let one = counts(&[known(100), known(200), known(300)]);
    let other = counts(&[known(200), known(100), known(300)]);
    let made = snapshot(&one);
    assert!(one.rollup().rows().eq(other.rollup().rows()));
    let refused = made.check(&other.rollup()).expect_err("other parts");
    assert!(matches!(refused, SnapshotError::Differs("digest")), "{refused}");
    let strict = Policy { organisations: 2, ..Policy::default() };
    assert!(matches!(made.check(&one.rollup_by(strict)), Err(SnapshotError::Differs("policy"))));
}

#[test]
fn there_is_no_snapshot_of_nothing_or_without_heads() {
    let network = network();
    let rollup = network.rollup();
    for periods in [month(20)..=month(30), RangeInclusive::new(month(3), month(2))] {
        let refused = Snapshot::of(&rollup, periods, &heads(&network));
        assert!(matches!(refused, Err(SnapshotError::Empty)));
    }
    let mut few = heads(&network);
    few.remove(&organisation(2));
    let refused = Snapshot::of(&rollup, ALWAYS, &few).expect_err("a head is missing");
    assert!(matches!(refused, SnapshotError::NoHead(who) if who == organisation(2)), "{refused}");
    let empty = Rollup::new(rollup.commons(), rollup.measure(), Policy::default());
    assert!(matches!(Snapshot::of(&empty, ALWAYS, &few), Err(SnapshotError::Empty)));
}

type Spoil = fn(&mut Snapshot);

#[test]
fn contents_that_no_roll_up_gives_are_refused() {
    let good = snapshot(&network());
    let spoilers: [(&str, Spoil); 12] = [
        ("form", |one| one.form = 2),
        ("policy", |one| one.policy.share = 101),
        ("first period", |one| one.periods.first = month(1)),
        ("last period", |one| one.periods.last = Period::LATEST),
        ("heads", |one| one.heads = list(one.heads.iter().rev().copied().collect::<Vec<_>>())),
        ("a head twice", |one| one.heads = list([one.heads[0]; 2])),
        ("no heads", |one| one.heads = list([])),
        ("releases", |one| one.releases = list([EntryId([9; 32]); 2])),
        ("rows", |one| one.rows = list(one.rows.iter().rev().cloned().collect::<Vec<_>>())),
        ("no rows", |one| one.rows = list([])),
        ("an interval", |one| spoil_row(one, |row| row.numerator = Sum::Between { low: 2, high: Some(1) })),
        ("who masks", |one| spoil_row(one, |row| row.masked = row.organisations + 1)),
    ];
    for (what, spoil) in spoilers {
        let mut bad = good.clone();
        spoil(&mut bad);
        assert!(Snapshot::decode(&bad.encode()).is_err(), "{what}");
    }
}

fn spoil_row(snapshot: &mut Snapshot, spoil: fn(&mut commons_protocol::rollup::Row)) {
    let mut rows = snapshot.rows.to_vec();
    rows[0].masked = 1;
    spoil(&mut rows[0]);
    snapshot.rows = list(rows);
}

#[test]
fn any_changed_byte_is_refused_or_another_snapshot() {
    let good = snapshot(&network());
    let bytes = good.encode();
    let mut dice = Dice(11);
    for _ in 0..4_000 {
        let mut changed = bytes.clone();
        let at = dice.below(changed.len());
        changed[at] ^= 1 << dice.below(8);
        if let Ok(read) = Snapshot::decode(&changed) {
            assert_ne!(read.digest(), good.digest(), "byte {at}");
            assert_eq!(read.encode(), changed, "byte {at}");
        }
    }
}

#[test]
fn too_many_rows_are_said_and_not_cut_off() {
    let mut network = Network::default();
    let strata: Vec<String> = (0..100).map(|number| format!("{number:02}")).collect();
    let strata: Vec<&str> = strata.iter().map(String::as_str).collect();
    let ground = ground(4, definition(MeasureKind::Count, &[("a", &strata), ("b", &strata)]));
    let cells = [(0, 0, count(known(50))), (1, 7, count(known(50)))];
    for number in 0..653 {
        network.say(1, &ground, split(month(number), Some(count(known(50))), &cells));
    }
    let rollup = network.rollup();
    let refused =
        Snapshot::of(&rollup, ALWAYS, &heads(&network)).expect_err("201 rows in each of 653 months");
    assert!(matches!(refused, SnapshotError::TooLarge { what: "rows", .. }), "{refused}");
    assert!(Snapshot::of(&rollup, month(0)..=month(651), &heads(&network)).is_ok());
}

#[test]
fn the_digest_is_that_of_the_documented_bytes() {
    let network = counts(&[known(100), known(200), known(300)]);
    let id = |first: &str, byte: &str| format!("{first}{}", byte.repeat(32));
    let contribution = |number: &str, of: &str| format!("84{}0083{of}f6f680", id("5820", number));
    let parts = [("01", "1864"), ("02", "18c8"), ("03", "19012c")].map(|(who, of)| contribution(who, of));
    // Month 600 since 1970; one row: all together, 600, by three.
    let period =
        format!("84820119025881878201190258f6190258f6f6030081{}83{}", id("5820", "03"), parts.concat());
    let digest = |domain, text: &str| hash(domain, &[&hex::decode(text).expect("hexadecimal")]);
    let of_period = hex::encode(digest("commons roll-up period 1", &period));
    let all = format!("84{}{}830a03185a818282011902585820{of_period}", id("5820", "01"), id("5820", "02"));
    assert_eq!(network.rollup().digest(), Digest(digest("commons roll-up 1", &all)));
}
