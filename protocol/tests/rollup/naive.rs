//! The same rows, worked out in the plainest way: every row by itself, every
//! organisation against all others.

use crate::scene::{MEASURE, Network};
use commons_protocol::disclosure::{Interval, Policy, Stratum, cells};
use commons_protocol::measure::Component;
use commons_protocol::period::Period;
use commons_protocol::rollup::{Reason, Row, Sum};
use std::collections::BTreeSet;

/// Where a number lies, and whether it is masked; none if it isn't reported.
type Number = Option<(Interval, bool)>;

pub fn rows(network: &Network, policy: &Policy) -> Vec<Row> {
    let tables = || network.accounts.values().flat_map(|account| account.tables_of(&MEASURE));
    let mut places: BTreeSet<(Period, Stratum)> = BTreeSet::new();
    for one in tables() {
        let (table, definition) = (&one.statement.table, &one.statement.ground.definition);
        places.extend(cells(definition, table).into_iter().map(|(stratum, _)| (table.period, stratum)));
    }
    places.into_iter().map(|(period, stratum)| row(network, policy, period, stratum)).collect()
}

fn row(network: &Network, policy: &Policy, period: Period, stratum: Stratum) -> Row {
    let all: Vec<[Number; 3]> =
        network.accounts.keys().filter_map(|who| numbers(network, who, period, &stratum)).collect();
    let part = |which: usize| -> Option<Vec<(Interval, bool)>> { all.iter().map(|one| one[which]).collect() };
    let too_few = all.len() < usize::from(policy.organisations);
    let dominated = |which| part(which).is_some_and(|numbers| is_dominated(&numbers, policy));
    let shown = |which: usize, is_dominated: bool| match part(which) {
        None => None,
        Some(_) if too_few => Some(Sum::Withheld(Reason::TooFew)),
        Some(_) if is_dominated => Some(Sum::Withheld(Reason::Dominated)),
        Some(numbers) => Some(sum(&numbers)),
    };
    let ratio = dominated(0) || dominated(1);
    let hides = |one: &&[Number; 3]| one.iter().flatten().any(|(_, hides)| *hides);
    let count = |length: usize| u32::try_from(length).expect("few");
    Row {
        period,
        stratum,
        numerator: shown(0, ratio).expect("a numerator"),
        denominator: shown(1, ratio),
        excluded: shown(2, dominated(2)),
        organisations: count(all.len()),
        masked: count(all.iter().filter(hides).count()),
    }
}

fn numbers(
    network: &Network,
    who: &commons_protocol::id::OrganisationId,
    period: Period,
    stratum: &Stratum,
) -> Option<[Number; 3]> {
    let accepted = network.accounts[who].table(&MEASURE, period)?;
    let all = cells(&accepted.statement.ground.definition, &accepted.statement.table);
    let (_, cell) = all.into_iter().find(|(one, _)| one == stratum)?;
    let number = |which| {
        let value = commons_protocol::disclosure::value_of(&cell, which)?;
        Some((accepted.interval(stratum, &cell, which)?, value.known().is_none()))
    };
    Some([Component::Numerator, Component::Denominator, Component::Excluded].map(number))
}

fn is_dominated(numbers: &[(Interval, bool)], policy: &Policy) -> bool {
    (0..numbers.len()).any(|which| {
        let others = numbers.iter().enumerate().filter(|(index, _)| *index != which);
        let others: u64 = others.map(|(_, (interval, _))| interval.low).sum();
        let own = numbers[which].0;
        let own = own.high.unwrap_or(own.low);
        own * 100 > u64::from(policy.share) * (own + others)
    })
}

fn sum(numbers: &[(Interval, bool)]) -> Sum {
    let low = numbers.iter().map(|(interval, _)| interval.low).sum();
    match numbers.iter().any(|(_, hides)| *hides) {
        true => Sum::Between { low, high: numbers.iter().map(|(interval, _)| interval.high).sum() },
        false => Sum::Known(low),
    }
}
