//! Which charters may follow which, and what is not even stored.

#[path = "common/world.rs"]
mod world;

use commons_protocol::admission::Admission;
use commons_protocol::charter::{Charter, Elector, FormerRoot, Member, Point, Rules, Salt};
use commons_protocol::collection::{Role, Standing};
use commons_protocol::governance::check_proposal;
use commons_protocol::id::{Commitment, CommonsId, EntryId, EpochHash, LogId, OrganisationId};
use commons_protocol::object::Object;
use commons_protocol::refusal::Refusal;
use commons_protocol::vote::Proposal;
use world::{Organisation, World, ballot, founding_charter, key, list, proposal};

/// Number of the epoch in force.
fn epoch(world: &World, more: &[Object]) -> Option<u64> {
    let mut admission = Admission::new(world.commons);
    admission.take_objects(world.objects.iter().chain(more).cloned());
    admission.governance().map(|governance| governance.current().number)
}

type Change = fn(&World, &mut Charter);

/// Changes to an honest next charter that `check_follows` must refuse.
const UNLAWFUL: &[(&str, Change)] = &[
    ("removes a member without a trace", |world, charter| {
        let gone = world.organisations[2].id();
        charter.members = list(charter.members.iter().filter(|member| member.organisation != gone).cloned());
    }),
    ("changes the salt", |_, charter| charter.salt = Salt([8; 16])),
    ("skips a number", |_, charter| charter.number += 1),
    ("names another parent", |_, charter| charter.parent = Some(EpochHash([1; 32]))),
    ("names no parent", |_, charter| charter.parent = None),
    ("adds a member whose id is not its root's", |_, charter| {
        let mut member = Organisation::new("Impostor").member();
        member.organisation = OrganisationId([0xff; 32]);
        let mut members = charter.members.to_vec();
        members.push(member);
        charter.members = list(members);
    }),
    ("lowers the quorum", |_, charter| charter.quorum = 0),
    ("asks for more votes than there are", |_, charter| charter.quorum = 14),
    ("has no electors", |_, charter| charter.electors = list([])),
    ("has an elector that is no member", |_, charter| {
        charter.electors = list([Organisation::new("Stranger").as_elector()]);
    }),
    ("has an elector that is suspended", |world, charter| {
        let id = world.organisations[0].id();
        let mut members = charter.members.to_vec();
        members
            .iter_mut()
            .filter(|member| member.organisation == id)
            .for_each(|member| member.standing = Standing::Suspended);
        charter.members = list(members);
    }),
    ("gives one key two votes", |_, charter| {
        let key = charter.electors[0].key;
        charter.electors = list(charter.electors.iter().map(|elector| Elector { key, ..elector.clone() }));
    }),
    ("gives one member two votes", |_, charter| {
        let mut electors = charter.electors.to_vec();
        electors.insert(1, Elector { key: key("second").public(), ..electors[0].clone() });
        charter.electors = list(electors);
    }),
    ("has an elector with another key than the member's", |world, charter| {
        let id = world.organisations[0].id();
        let other = |old: &Elector| match old.organisation == id {
            true => Elector { key: key("another elector key").public(), ..old.clone() },
            false => old.clone(),
        };
        charter.electors = list(charter.electors.iter().map(other));
    }),
    ("lowers the version of the fence", |_, charter| charter.rules = Rules { fence: 0, ..charter.rules }),
    ("lowers the version of disclosure", |_, charter| {
        charter.rules = Rules { disclosure: 0, ..charter.rules };
    }),
    ("replaces a root without a word", |world, charter| {
        change_member(world, charter, 2, |member| member.root = key("new root").public());
    }),
    ("changes a commitment without a word", |world, charter| {
        change_member(world, charter, 2, |member| member.next_root = Commitment::to(&key("new").public()));
    }),
    ("notes a root as lost and keeps it", |world, charter| {
        let root = world.organisations[2].root.public();
        change_member(world, charter, 2, |member| {
            replace_root(member);
            member.root = root;
        });
    }),
    ("notes another root as lost", |world, charter| {
        change_member(world, charter, 2, |member| {
            replace_root(member);
            let lost = member.former[0].clone();
            member.former = list([FormerRoot { root: key("no root").public(), ..lost }]);
        });
    }),
    ("notes another commitment as lost", |world, charter| {
        change_member(world, charter, 2, |member| {
            replace_root(member);
            let lost = member.former[0].clone();
            member.former = list([FormerRoot { next_root: Commitment::to(&lost.root), ..lost }]);
        });
    }),
    ("notes two roots as lost at once", |world, charter| {
        change_member(world, charter, 2, |member| {
            replace_root(member);
            replace_root(member);
        });
    }),
    ("admits a member with a lost root", |world, charter| {
        let mut member = Organisation::new("Newcomer").member();
        replace_root(&mut member);
        let mut members = world.current().members.to_vec();
        members.push(member);
        members.sort_by_key(|member| member.organisation);
        charter.members = list(members);
    }),
    ("has members out of order", |_, charter| {
        charter.members = list(charter.members.iter().rev().cloned());
    }),
    ("has a member twice", |_, charter| {
        let mut members = charter.members.to_vec();
        members.insert(0, members[0].clone());
        charter.members = list(members);
    }),
    ("has roles out of order", |_, charter| charter.writers = list([Role::Clinician, Role::Patient])),
    ("pins a log twice", |_, charter| {
        let pin = Point { log: LogId([1; 32]), seq: 1, entry: EntryId([1; 32]) };
        charter.pins = list([pin, Point { seq: 2, ..pin }]);
    }),
];

/// Changes one member of a charter.
fn change_member(world: &World, charter: &mut Charter, index: usize, change: impl Fn(&mut Member)) {
    let id = world.organisations[index].id();
    let mut members = charter.members.to_vec();
    members.iter_mut().filter(|member| member.organisation == id).for_each(change);
    charter.members = list(members);
}

/// Notes a member's root as lost and gives it another.
fn replace_root(member: &mut Member) {
    let mut former = member.former.to_vec();
    former.push(FormerRoot { root: member.root, next_root: member.next_root, last: None });
    member.root = key(&format!("root {} of {}", former.len(), &*member.name)).public();
    member.next_root = Commitment::to(&member.root);
    member.former = list(former);
}

#[test]
fn a_lost_root_is_replaced_and_stays_noted() {
    let mut world = World::without_keys(3, 2);
    let recovered = |world: &World| {
        let mut charter = world.next_charter();
        change_member(world, &mut charter, 2, replace_root);
        charter
    };
    for number in 1..=2 {
        let charter = recovered(&world);
        world.enact(charter);
        assert_eq!(epoch(&world, &[]), Some(number));
    }
    let id = world.organisations[2].id();
    assert_eq!(world.current().member(&id).map(|member| member.former.len()), Some(2));
    let forgets: [fn(&mut Member); 3] = [
        |member| member.former = list([]),
        |member| member.former = list(member.former.iter().skip(1).cloned()),
        |member| {
            replace_root(member);
            let former = member.former.iter().rev().cloned();
            member.former = list(former.collect::<Vec<_>>());
        },
    ];
    for forget in forgets {
        let mut charter = world.next_charter();
        change_member(&world, &mut charter, 2, forget);
        assert_eq!(charter.check_follows(world.current(), world.current().hash()), Err(Refusal::BadProposal));
    }
}

fn with_quorum() -> World {
    let mut world = World::without_keys(3, 2);
    let charter = Charter { quorum: 1, ..world.next_charter() };
    world.enact(charter);
    assert_eq!(epoch(&world, &[]), Some(1));
    world
}

#[test]
fn an_unlawful_charter_is_refused_whatever_the_votes() {
    let world = with_quorum();
    assert_eq!(world.next_charter().check_follows(world.current(), world.current().hash()), Ok(()));
    for (what, change) in UNLAWFUL {
        let mut charter = world.next_charter();
        change(&world, &mut charter);
        assert_eq!(
            charter.check_follows(world.current(), world.current().hash()),
            Err(Refusal::BadProposal),
            "it {what}"
        );
        let mut voted = world.clone();
        voted.objects = Vec::new();
        voted.enact_by(charter.clone(), &[0, 1]);
        let objects = voted.objects;
        assert_eq!(epoch(&world, &objects), Some(1), "it {what}");
    }
}

#[test]
fn junk_proposals_are_not_stored() {
    let world = with_quorum();
    let next = Proposal {
        charter: world.next_charter(),
        by: world.organisations[0].elector.public(),
        commons: Some(world.commons),
    };
    assert_eq!(check_proposal(world.commons, &next), Ok(()));
    let founding = Proposal { charter: world.charters[0].clone(), commons: None, ..next.clone() };
    assert_eq!(check_proposal(world.commons, &founding), Ok(()));
    let refused = [
        Proposal { commons: Some(CommonsId([1; 32])), ..next.clone() },
        Proposal { commons: None, ..next.clone() },
        Proposal { commons: Some(world.commons), ..founding.clone() },
        Proposal { charter: Charter { salt: Salt([1; 16]), ..founding.charter.clone() }, ..founding.clone() },
    ];
    for proposal in refused {
        assert_eq!(check_proposal(world.commons, &proposal), Err(Refusal::WrongCommons));
    }
    let unsound = Proposal { charter: Charter { electors: list([]), ..next.charter.clone() }, ..next };
    assert_eq!(check_proposal(world.commons, &unsound), Err(Refusal::BadProposal));
}

#[test]
fn a_founding_charter_names_its_members_by_their_roots() {
    let organisations = vec![Organisation::new("Site 0"), Organisation::new("Site 1")];
    let mut charter = founding_charter(&organisations, 1);
    let mut members = charter.members.to_vec();
    members[1].root = key("another root").public();
    members[1].next_root = Commitment::to(&key("another").public());
    charter.members = list(members);
    let commons = charter.hash().founds();
    let mut objects = vec![proposal(charter.clone(), &organisations[0].elector, None)];
    objects.extend(ballot(commons, None, charter.hash(), &organisations[0].elector, None));
    let mut admission = Admission::new(commons);
    admission.take_objects(objects);
    assert!(admission.governance().is_none());
}
