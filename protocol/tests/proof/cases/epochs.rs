//! Charters for which not enough electors voted.

use super::{Case, released};
use crate::file::File;
use crate::press::{COUNCIL, Press, SITE, policy};
use crate::world::{World, key, list, proposal, vote};
use commons_protocol::charter::Charter;
use commons_protocol::collection::Role;
use commons_protocol::id::EpochHash;
use commons_protocol::object::Object;
use commons_protocol::statement::Verdict;
use commons_protocol::vote::Phase;

pub const CASES: &[Case] = &[
    ("too few endorsed the founding", "not-founded", || without_two(Phase::Endorse)),
    ("too few prepared the founding", "not-founded", || without_two(Phase::Prepare)),
    ("too few committed to the founding", "not-founded", || without_two(Phase::Commit)),
    ("the founding charter is not here", "not-founded", || {
        let press = released();
        press.forge(COUNCIL).with_objects(&without_proposals(&press)).sign(&press.node(COUNCIL))
    }),
    ("a founding charter with another policy", "other-commons", || {
        let press = released();
        swapped_founding(&press).sign(&press.node(COUNCIL))
    }),
    ("another founding charter under its own name", "other-commons", || {
        let press = released();
        let commons = easier(press.world.charters[0].clone()).hash().founds();
        File { commons, ..swapped_founding(&press) }.sign(&press.node(COUNCIL))
    }),
    ("a policy for which one elector voted", "unknown", || one_voted().forged(COUNCIL)),
    ("an epoch called chosen that is not there", "not-chosen", || {
        let press = one_voted();
        let file = File { chosen: list([EpochHash([9; 32])]), ..press.forge(COUNCIL) };
        file.sign(&press.node(COUNCIL))
    }),
    ("a decided epoch called chosen", "not-chosen", || {
        let press = released();
        let file = File { chosen: list([press.world.charters[0].hash()]), ..press.forge(COUNCIL) };
        file.sign(&press.node(COUNCIL))
    }),
    ("chosen epochs out of order", "out-of-order", || {
        let press = released();
        let file = File { chosen: list([EpochHash([9; 32]), EpochHash([8; 32])]), ..press.forge(COUNCIL) };
        file.sign(&press.node(COUNCIL))
    }),
    ("a stranger's votes among the electors'", "unknown", || {
        let mut press = Press::new();
        let charter = proposed(&mut press.world);
        [COUNCIL, SITE].into_iter().for_each(|index| press.world.vote_for(index, &charter));
        let (commons, parent) = (press.world.commons, Some(press.world.current().hash()));
        for phase in [Phase::Endorse, Phase::Prepare, Phase::Commit] {
            press.world.objects.push(vote(commons, parent, phase, charter.hash(), &key("a stranger's vote")));
        }
        press.logs.iter_mut().for_each(|log| log.epoch = 1);
        press.publish_current(None);
        press.forged(COUNCIL)
    }),
    ("votes that name an attestation that is not here", "unknown", || {
        let mut press = Press::new();
        press.attest(COUNCIL, 1);
        let charter = proposed(&mut press.world);
        [0, 1, 2].into_iter().for_each(|index| press.world.vote_for(index, &charter));
        press.world.objects.retain(|object| !matches!(object, Object::Attestation(_)));
        press.logs.iter_mut().for_each(|log| log.epoch = 1);
        press.publish_current(None);
        press.forged(COUNCIL)
    }),
    ("a charter that forgets a member", "unknown", || {
        follows(|charter| {
            let gone = charter.members.last().expect("four").organisation;
            let members = charter.members.to_vec();
            let electors = charter.electors.to_vec();
            charter.members = list(members.into_iter().filter(|one| one.organisation != gone));
            charter.electors = list(electors.into_iter().filter(|one| one.organisation != gone));
        })
    }),
    ("a charter with another salt", "unknown", || {
        follows(|charter| charter.salt = commons_protocol::charter::Salt([9; 16]))
    }),
    ("a charter that skips a number", "unknown", || follows(|charter| charter.number += 1)),
    ("a charter that puts a stranger's root in", "unknown", || {
        follows(|charter| {
            let mut members = charter.members.to_vec();
            members[0].root = key("a stranger's root").public();
            charter.members = list(members);
        })
    }),
    ("a charter with a policy that makes no sense", "unknown", || {
        follows(|charter| charter.policies = Some(list([policy(&[(&[Role::Family], 1)], 2)])))
    }),
];

fn easier(charter: Charter) -> Charter {
    Charter { policies: Some(list([policy(&[(&[Role::Family], 1)], 1)])), ..charter }
}

fn proposed(world: &mut World) -> Charter {
    let charter = easier(world.next_charter());
    world.propose(&charter, COUNCIL);
    charter
}

/// A release under an epoch for which all voted, but which does not follow.
fn follows(change: impl Fn(&mut Charter)) -> Vec<u8> {
    let mut press = Press::new();
    let mut charter = press.world.next_charter();
    change(&mut charter);
    press.world.enact(charter);
    press.logs.iter_mut().for_each(|log| log.epoch = 1);
    press.publish_current(None);
    press.forged(COUNCIL)
}

fn one_voted() -> Press {
    let mut press = Press::new();
    let charter = proposed(&mut press.world);
    press.world.vote_for(COUNCIL, &charter);
    press.logs[COUNCIL].epoch = 1;
    let version = press.version();
    let bo = press.review("Bo", Verdict::Approve, &version);
    press.release("Ana", &version, &[bo], None);
    press
}

fn without_two(phase: Phase) -> Vec<u8> {
    let press = released();
    let file = press.forge(COUNCIL);
    let (mut kept, mut left) = (Vec::new(), 2);
    for object in file.objects() {
        match &object {
            Object::Vote(vote) if vote.value().phase == phase && left > 0 => left -= 1,
            _ => kept.push(object),
        }
    }
    file.with_objects(&kept).sign(&press.node(COUNCIL))
}

fn without_proposals(press: &Press) -> Vec<Object> {
    let objects = press.forge(COUNCIL).objects();
    objects.into_iter().filter(|object| !matches!(object, Object::Proposal(_))).collect()
}

/// The founding charter changed under the votes for the true one.
fn swapped_founding(press: &Press) -> File {
    let easy = easier(press.world.charters[0].clone());
    let mut objects = without_proposals(press);
    objects.push(proposal(easy, &press.world.organisations[0].elector, None));
    press.forge(COUNCIL).with_objects(&objects)
}
