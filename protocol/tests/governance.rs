//! How epochs come about, and what nobody can bring about alone.

#[path = "common/world.rs"]
mod world;

use commons_protocol::charter::{Charter, Elector, Pin, Salt};
use commons_protocol::collection::{Role, Standing};
use commons_protocol::governance::{Governance, check_proposal};
use commons_protocol::id::{Commitment, CommonsId, EntryId, EpochHash, LogId, OrganisationId};
use commons_protocol::key::SecretKey;
use commons_protocol::object::Object;
use commons_protocol::refusal::Refusal;
use commons_protocol::signed::Verified;
use commons_protocol::vote::{Phase, Proposal, Vote};
use world::{Organisation, World, founding_charter, key, list, proposal, text, vote};

fn compute(commons: CommonsId, objects: &[Object]) -> Option<Governance> {
    let proposals = objects.iter().filter_map(|object| match object {
        Object::Proposal(proposal) => Some(proposal.value()),
        _ => None,
    });
    let votes = objects.iter().filter_map(|object| match object {
        Object::Vote(vote) => Some(vote.value()),
        _ => None,
    });
    Governance::compute(commons, proposals, votes)
}

/// Number of the epoch in force.
fn epoch(world: &World, more: &[Object]) -> Option<u64> {
    let objects: Vec<Object> = world.objects.iter().chain(more).cloned().collect();
    compute(world.commons, &objects).map(|governance| governance.current().number)
}

fn elector(world: &World, index: usize) -> &SecretKey {
    &world.organisations[index].elector
}

fn commits(world: &World, charter: &Charter, electors: &[usize]) -> Vec<Object> {
    let (parent, hash) = (Some(world.current().hash()), charter.hash());
    electors
        .iter()
        .map(|index| vote(world.commons, parent, Phase::Commit, hash, elector(world, *index)))
        .collect()
}

fn proposed(world: &World, charter: &Charter) -> Object {
    proposal(charter.clone(), elector(world, 0), Some(world.commons))
}

fn renamed(world: &World, name: &str) -> Charter {
    Charter { name: text(name), ..world.next_charter() }
}

#[test]
fn a_commons_is_founded_by_all_its_electors() {
    for electors in 1..=3 {
        let world = World::without_keys(3, electors);
        assert_eq!(epoch(&world, &[]), Some(0), "{electors} electors");
        assert_eq!(world.current().votes_needed(), electors);
        for missing in 0..electors {
            let absent = elector(&world, missing).public();
            let votes = world.objects.iter().filter(|object| match object {
                Object::Vote(vote) => vote.value().elector != absent || vote.value().phase != Phase::Commit,
                _ => true,
            });
            let objects: Vec<Object> = votes.cloned().collect();
            assert_eq!(compute(world.commons, &objects), None, "{missing} of {electors} did not commit");
        }
    }
}

#[test]
fn in_founding_mode_every_elector_must_commit() {
    for electors in 2..=3 {
        let world = World::without_keys(3, electors);
        let charter = renamed(&world, "Other days");
        for missing in 0..electors {
            let others: Vec<usize> = (0..electors).filter(|index| *index != missing).collect();
            let mut objects = commits(&world, &charter, &others);
            objects.push(proposed(&world, &charter));
            assert_eq!(epoch(&world, &objects), Some(0), "without {missing} of {electors}");
            objects.extend(commits(&world, &charter, &[missing]));
            assert_eq!(epoch(&world, &objects), Some(1), "with all {electors}");
        }
    }
}

#[test]
fn with_four_electors_the_vote_of_founding_mode_would_not_be_safe() {
    for (electors, verdict) in [(3, Ok(())), (4, Err(Refusal::BadProposal)), (13, Err(Refusal::BadProposal))]
    {
        let organisations: Vec<_> =
            (0..electors).map(|index| Organisation::new(&format!("Org {index}"))).collect();
        let charter = founding_charter(&organisations, electors);
        assert_eq!(charter.check(), verdict, "{electors} electors");
        assert_eq!(charter.is_founding_mode(), electors < 4);
    }
}

#[test]
fn a_member_that_does_not_vote_decides_nothing() {
    let world = World::without_keys(3, 2);
    let charter = renamed(&world, "Other days");
    let mut objects = vec![proposed(&world, &charter)];
    objects.extend(commits(&world, &charter, &[0, 2]));
    objects.extend((0..5).map(|stranger| {
        let parent = Some(world.current().hash());
        vote(world.commons, parent, Phase::Commit, charter.hash(), &key(&format!("stranger {stranger}")))
    }));
    assert_eq!(epoch(&world, &objects), Some(0));
    let by_member = proposal(charter.clone(), elector(&world, 2), Some(world.commons));
    let mut objects = vec![by_member];
    objects.extend(commits(&world, &charter, &[0, 1]));
    assert_eq!(epoch(&world, &objects), Some(0), "a member without a vote can't propose");
    objects.push(proposed(&world, &charter));
    assert_eq!(epoch(&world, &objects), Some(1));
}

#[test]
fn votes_count_in_their_commons_round_and_phase_alone() {
    let world = World::without_keys(2, 2);
    let charter = renamed(&world, "Other days");
    let right = Vote {
        commons: world.commons,
        parent: Some(world.current().hash()),
        round: 0,
        phase: Phase::Commit,
        proposal: charter.hash(),
        elector: elector(&world, 1).public(),
    };
    let wrong = [
        Vote { commons: CommonsId([9; 32]), ..right.clone() },
        Vote { round: 1, ..right.clone() },
        Vote { phase: Phase::Endorse, ..right.clone() },
        Vote { phase: Phase::Prepare, ..right.clone() },
        Vote { proposal: EpochHash([9; 32]), ..right.clone() },
    ];
    let sign = |vote: Vote| Object::from(Verified::sign(vote, elector(&world, 1)).expect("its own key"));
    let mut objects = vec![proposed(&world, &charter)];
    objects.extend(commits(&world, &charter, &[0]));
    for vote in wrong {
        objects.push(sign(vote.clone()));
        assert_eq!(epoch(&world, &objects), Some(0), "{vote:?}");
    }
    objects.push(sign(right));
    assert_eq!(epoch(&world, &objects), Some(1));
}

#[test]
fn a_vote_can_be_signed_by_its_elector_alone() {
    let world = World::without_keys(1, 1);
    let vote = Vote {
        commons: world.commons,
        parent: None,
        round: 0,
        phase: Phase::Commit,
        proposal: EpochHash([1; 32]),
        elector: elector(&world, 0).public(),
    };
    assert_eq!(Verified::sign(vote, &key("thief")).err(), Some(Refusal::NotEntitled));
}

/// Each elector does what `commit_due` says, in any order, until nothing is due.
fn settle(world: &World, mut objects: Vec<Object>, order: &[usize]) -> (u64, EpochHash) {
    for _ in 0..10 {
        for index in order {
            let governance = compute(world.commons, &objects).expect("founded");
            if let Some(due) = governance.commit_due(&elector(world, *index).public()) {
                let parent = Some(governance.current().hash());
                objects.push(vote(world.commons, parent, Phase::Commit, due, elector(world, *index)));
            }
        }
    }
    let governance = compute(world.commons, &objects).expect("founded");
    (governance.current().number, governance.current().hash())
}

#[test]
fn competing_proposals_converge_on_one() {
    let world = World::without_keys(3, 3);
    let mut charters: Vec<Charter> = (0..3).map(|index| renamed(&world, &format!("Name {index}"))).collect();
    charters.sort_by_key(Charter::hash);
    let endorse = |charter: &Charter| {
        let (parent, hash) = (Some(world.current().hash()), charter.hash());
        (0..3)
            .map(|index| vote(world.commons, parent, Phase::Endorse, hash, elector(&world, index)))
            .collect::<Vec<_>>()
    };
    let mut objects = world.objects.clone();
    objects.extend(charters.iter().map(|charter| proposed(&world, charter)));
    objects.extend(charters.iter().flat_map(endorse));
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        for first in 0..3 {
            for second in 0..3 {
                let mut objects = objects.clone();
                objects.extend(commits(&world, &charters[first], &[order[0]]));
                objects.extend(commits(&world, &charters[second], &[order[1]]));
                let (number, _) = settle(&world, objects, &order);
                assert_eq!(number, 1, "{order:?} committed to {first} and {second}");
            }
        }
    }
}

#[test]
fn an_elector_switches_downwards_only() {
    let world = World::without_keys(2, 2);
    let (one, other) = (renamed(&world, "One"), renamed(&world, "Other"));
    let (low, high) = if one.hash() < other.hash() { (one, other) } else { (other, one) };
    let due = |committed: &Charter, by_other: Option<&Charter>| {
        let mut objects = world.objects.clone();
        for charter in [&low, &high] {
            objects.push(proposed(&world, charter));
            let (parent, hash) = (Some(world.current().hash()), charter.hash());
            objects.extend(
                (0..2).map(|index| vote(world.commons, parent, Phase::Endorse, hash, elector(&world, index))),
            );
        }
        objects.extend(commits(&world, committed, &[0]));
        objects.extend(by_other.into_iter().flat_map(|charter| commits(&world, charter, &[1])));
        let governance = compute(world.commons, &objects).expect("founded");
        governance.commit_due(&elector(&world, 0).public())
    };
    assert_eq!(due(&high, None), None, "nobody else committed to the lower one");
    assert_eq!(due(&high, Some(&low)), Some(low.hash()));
    assert_eq!(due(&low, Some(&high)), None);
    assert_eq!(due(&low, None), None);
}

#[test]
fn nothing_is_due_before_all_endorsed_or_for_others() {
    let world = World::without_keys(3, 2);
    let charter = renamed(&world, "One");
    let (parent, hash) = (Some(world.current().hash()), charter.hash());
    let mut objects = world.objects.clone();
    objects.push(proposed(&world, &charter));
    objects.push(vote(world.commons, parent, Phase::Endorse, hash, elector(&world, 0)));
    objects.push(vote(world.commons, parent, Phase::Endorse, hash, elector(&world, 2)));
    let due = |objects: &[Object], index: usize| {
        compute(world.commons, objects).expect("founded").commit_due(&elector(&world, index).public())
    };
    assert_eq!(due(&objects, 0), None);
    objects.push(vote(world.commons, parent, Phase::Endorse, hash, elector(&world, 1)));
    assert_eq!(due(&objects, 0), Some(hash));
    assert_eq!(due(&objects, 1), Some(hash));
    assert_eq!(due(&objects, 2), None, "not an elector");
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
        let pin = Pin { log: LogId([1; 32]), seq: 1, entry: EntryId([1; 32]) };
        charter.pins = list([pin, Pin { seq: 2, ..pin }]);
    }),
];

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
    assert_eq!(world.next_charter().check_follows(world.current()), Ok(()));
    for (what, change) in UNLAWFUL {
        let mut charter = world.next_charter();
        change(&world, &mut charter);
        assert_eq!(charter.check_follows(world.current()), Err(Refusal::BadProposal), "it {what}");
        let mut objects = commits(&world, &charter, &[0, 1]);
        objects.push(proposed(&world, &charter));
        assert_eq!(epoch(&world, &objects), Some(1), "it {what}");
    }
}

#[test]
fn junk_proposals_are_not_stored() {
    let world = with_quorum();
    let next = Proposal {
        charter: world.next_charter(),
        by: elector(&world, 0).public(),
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
    let objects = vec![
        proposal(charter.clone(), &organisations[0].elector, None),
        vote(commons, None, Phase::Commit, charter.hash(), &organisations[0].elector),
    ];
    assert_eq!(compute(commons, &objects), None);
}

#[test]
fn epochs_follow_each_other_in_any_order_of_arrival() {
    let mut world = World::without_keys(2, 2);
    for name in ["One", "Two", "Three"] {
        let charter = renamed(&world, name);
        world.enact(charter);
    }
    let mut dice = world::Dice(5);
    let expected = compute(world.commons, &world.objects);
    for _ in 0..50 {
        let mut objects = world.objects.clone();
        objects.extend(world.objects.iter().take(5).cloned());
        dice.shuffle(&mut objects);
        assert_eq!(compute(world.commons, &objects), expected);
    }
    assert_eq!(expected.map(|governance| governance.current().number), Some(3));
}
