//! Nothing beyond a pin counts.

use std::collections::BTreeSet;

use commons_protocol::charter::{Charter, Point};
use commons_protocol::collection::Standing;
use commons_protocol::id::{CommonsId, OrganisationId};
use commons_protocol::keylog::KeyAction;
use commons_protocol::object::Object;
use commons_protocol::recompute::Heads;

use super::Case;
use crate::process::ending::Records;

/// Checks the heads of all logs of removed members against the pins. Gives
/// back the ids of the entries of theirs that don't count, wherever they are
/// stored.
pub fn check(case: &Case<'_>, commons: CommonsId, heads: &Heads) -> BTreeSet<String> {
    let head = current(case);
    let mut cut = BTreeSet::new();
    for ending in case.removed {
        let organisation: OrganisationId = ending.status.organisation.id.parse().expect("an id");
        let member = head.member(&organisation).expect("members stay in the charter");
        assert_eq!(member.standing, Standing::Removed, "{} is no removed member", ending.node);
        let nodes = nodes(&ending.records, &organisation);
        for run in case.members.iter().chain(case.removed).flat_map(|ending| &ending.records.runs) {
            if !nodes.contains(&run.log().node) {
                continue;
            }
            let log = run.log().id(&commons);
            let pin = pins(case).into_iter().filter(|pin| pin.log == log).max_by_key(|pin| pin.seq);
            let counts = heads.get(&log).map(|(seq, _)| *seq);
            assert!(counts <= pin.map(|pin| pin.seq), "{} goes on beyond its pin", ending.node);
            let beyond =
                run.entries().iter().filter(|entry| counts.is_none_or(|counts| entry.header.seq > counts));
            cut.extend(beyond.map(|entry| entry.id.to_string()));
        }
    }
    cut
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
fn nodes(records: &Records, organisation: &OrganisationId) -> BTreeSet<commons_protocol::key::PublicKey> {
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
