//! Nothing beyond a pin counts.

use std::collections::BTreeSet;

use commons_protocol::charter::{Charter, Point};
use commons_protocol::collection::Standing;
use commons_protocol::id::{CommonsId, OrganisationId};
use commons_protocol::key::PublicKey;
use commons_protocol::keylog::KeyAction;
use commons_protocol::object::Object;
use commons_protocol::recompute::Heads;

use super::{Case, ensure};
use crate::process::ending::Records;

/// Checks the heads of all logs of removed members against the pins. Gives
/// back the ids of the entries of theirs beyond, wherever they are stored.
pub fn check(case: &Case<'_>, commons: CommonsId, heads: &Heads) -> Result<BTreeSet<String>, String> {
    let (head, pins) = (current(case), pins(case));
    let mut cut = BTreeSet::new();
    for ending in case.removed {
        let (node, organisation) = (&ending.node, &ending.status.organisation.id);
        let organisation: OrganisationId = organisation.parse().expect("an organisation has an id");
        let standing = head.member(&organisation).map(|member| member.standing);
        ensure(standing == Some(Standing::Removed), || format!("{node} is no removed member"))?;
        let keys = nodes(&ending.records, &organisation);
        let runs = case.members.iter().chain(case.removed).flat_map(|ending| &ending.records.runs);
        for run in runs.filter(|run| keys.contains(&run.log().node)) {
            let log = run.log().id(&commons);
            let pin = pins.iter().filter(|pin| pin.log == log).map(|pin| pin.seq).max();
            let counts = heads.get(&log).map(|(seq, _)| *seq);
            ensure(counts <= pin, || format!("a log of {node} counts up to {counts:?}, beyond {pin:?}"))?;
            let beyond = run.entries().iter().filter(|entry| pin.is_none_or(|pin| entry.header.seq > pin));
            cut.extend(beyond.map(|entry| entry.id.to_string()));
        }
    }
    Ok(cut)
}

/// The charter in force.
fn current<'a>(case: &'a Case<'_>) -> &'a Charter {
    let ending = &case.members[0];
    let is_current = |charter: &&Charter| charter.hash().to_string() == ending.charter.commons.epoch_hash;
    charters(&ending.records).find(is_current).expect("the charter in force is stored")
}

/// The pins of all epochs that came into force.
fn pins(case: &Case<'_>) -> Vec<Point> {
    let ending = &case.members[0];
    let in_force: BTreeSet<&str> = ending.charter.epochs.iter().map(|epoch| epoch.hash.as_str()).collect();
    let epochs =
        charters(&ending.records).filter(|charter| in_force.contains(charter.hash().to_string().as_str()));
    epochs.flat_map(|charter| charter.pins.iter().copied()).collect()
}

fn charters(records: &Records) -> impl Iterator<Item = &Charter> {
    records.objects.iter().filter_map(|object| match object {
        Object::Proposal(proposal) => Some(&proposal.value().charter),
        _ => None,
    })
}

/// The node keys that an organisation ever delegated.
fn nodes(records: &Records, organisation: &OrganisationId) -> BTreeSet<PublicKey> {
    let events = records.objects.iter().filter_map(|object| match object {
        Object::Key(event) if event.value().organisation == *organisation => Some(event.value()),
        _ => None,
    });
    let delegated = events.filter_map(|event| match &event.action {
        KeyAction::DelegateNode { node, .. } => Some(*node),
        _ => None,
    });
    delegated.collect()
}
