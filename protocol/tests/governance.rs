//! How epochs come about, and what nobody can bring about alone.

#[path = "common/world.rs"]
mod world;

use commons_protocol::charter::{Charter, Point};
use commons_protocol::governance::{Evidence, Governance};
use commons_protocol::id::{CommonsId, EntryId, EpochHash, LogId, ObjectId};
use commons_protocol::key::SecretKey;
use commons_protocol::object::Object;
use commons_protocol::recompute::attested;
use commons_protocol::refusal::Refusal;
use commons_protocol::signed::Verified;
use commons_protocol::vote::{Phase, Vote};
use std::collections::BTreeSet;
use world::{Organisation, World, ballot, founding_charter, key, proposal, sign_vote, text};

fn compute(commons: CommonsId, objects: &[Object]) -> Option<Governance> {
    compute_with(commons, objects, &BTreeSet::new())
}

fn compute_with(commons: CommonsId, objects: &[Object], chosen: &BTreeSet<EpochHash>) -> Option<Governance> {
    let proposals = objects.iter().filter_map(|object| match object {
        Object::Proposal(proposal) => Some(proposal.value()),
        _ => None,
    });
    let votes = objects.iter().filter_map(|object| match object {
        Object::Vote(vote) => Some(vote.value()),
        _ => None,
    });
    let attested = attested(objects.iter());
    Governance::compute(commons, proposals, votes, Evidence { attested: &attested, chosen })
}

/// Number of the epoch in force.
fn epoch(world: &World, more: &[Object]) -> Option<u64> {
    let objects: Vec<Object> = world.objects.iter().chain(more).cloned().collect();
    compute(world.commons, &objects).map(|governance| governance.current().number)
}

fn elector(world: &World, index: usize) -> &SecretKey {
    &world.organisations[index].elector
}

/// Everything that these electors have to say for a charter.
fn ballots(world: &World, charter: &Charter, electors: &[usize]) -> Vec<Object> {
    let (parent, hash) = (Some(world.current().hash()), charter.hash());
    let votes =
        electors.iter().map(|index| ballot(world.commons, parent, hash, elector(world, *index), None));
    votes.flatten().collect()
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
            for phase in [Phase::Endorse, Phase::Prepare, Phase::Commit] {
                let votes = world.objects.iter().filter(|object| match object {
                    Object::Vote(vote) => vote.value().elector != absent || vote.value().phase != phase,
                    _ => true,
                });
                let objects: Vec<Object> = votes.cloned().collect();
                assert_eq!(compute(world.commons, &objects), None, "{phase:?} of {missing} is missing");
            }
        }
    }
}

#[test]
fn in_founding_mode_every_elector_must_vote() {
    for electors in 2..=3 {
        let world = World::without_keys(3, electors);
        let charter = renamed(&world, "Other days");
        for missing in 0..electors {
            let others: Vec<usize> = (0..electors).filter(|index| *index != missing).collect();
            let mut objects = ballots(&world, &charter, &others);
            objects.push(proposed(&world, &charter));
            assert_eq!(epoch(&world, &objects), Some(0), "without {missing} of {electors}");
            objects.extend(ballots(&world, &charter, &[missing]));
            assert_eq!(epoch(&world, &objects), Some(1), "with all {electors}");
        }
    }
}

#[test]
fn with_four_electors_one_may_be_silent() {
    for (electors, needed) in [(4, 3), (5, 4), (6, 5), (7, 5), (13, 9)] {
        let world = World::without_keys(electors, electors);
        assert_eq!(world.current().check(), Ok(()));
        assert!(!world.current().is_founding_mode());
        assert_eq!(world.current().votes_needed(), needed, "{electors} electors");
        let charter = renamed(&world, "Other days");
        for first in 0..electors {
            let voting: Vec<usize> = (0..needed).map(|index| (first + index) % electors).collect();
            let mut objects = ballots(&world, &charter, &voting[1..]);
            objects.push(proposed(&world, &charter));
            assert_eq!(epoch(&world, &objects), Some(0), "{} of {electors}", needed - 1);
            objects.extend(ballots(&world, &charter, &voting[..1]));
            assert_eq!(epoch(&world, &objects), Some(1), "{needed} of {electors} from {first} on");
        }
    }
}

#[test]
fn a_charter_may_ask_for_more_votes_but_not_for_fewer() {
    for (quorum, needed) in [(0, 3), (1, 3), (3, 3), (4, 4)] {
        let mut world = World::without_keys(4, 4);
        let charter = Charter { quorum, ..world.next_charter() };
        world.enact(charter);
        assert_eq!(world.current().votes_needed(), needed);
        let next = renamed(&world, "Other days");
        for voting in 1..=4 {
            let mut objects = ballots(&world, &next, &(0..voting).collect::<Vec<_>>());
            objects.push(proposed(&world, &next));
            assert_eq!(epoch(&world, &objects), Some(1 + u64::from(voting >= needed)), "{voting} votes");
        }
    }
}

#[test]
fn without_four_electors_everyone_must_agree() {
    for electors in [1, 3, 4, 13] {
        let organisations: Vec<_> =
            (0..electors).map(|index| Organisation::new(&format!("Org {index}"))).collect();
        let charter = founding_charter(&organisations, electors);
        assert_eq!(charter.check(), Ok(()), "{electors} electors");
        assert_eq!(charter.is_founding_mode(), electors < 4);
    }
}

#[test]
fn a_member_that_does_not_vote_decides_nothing() {
    let world = World::without_keys(3, 2);
    let charter = renamed(&world, "Other days");
    let mut objects = vec![proposed(&world, &charter)];
    objects.extend(ballots(&world, &charter, &[0, 2]));
    objects.extend((0..5).flat_map(|stranger| {
        let parent = Some(world.current().hash());
        ballot(world.commons, parent, charter.hash(), &key(&format!("stranger {stranger}")), None)
    }));
    assert_eq!(epoch(&world, &objects), Some(0));
    let by_member = proposal(charter.clone(), elector(&world, 2), Some(world.commons));
    let mut objects = vec![by_member];
    objects.extend(ballots(&world, &charter, &[0, 1]));
    assert_eq!(epoch(&world, &objects), Some(0), "a member without a vote can't propose");
    objects.push(proposed(&world, &charter));
    assert_eq!(epoch(&world, &objects), Some(1));
}

#[test]
fn votes_count_in_their_commons_round_and_phase_alone() {
    let world = World::without_keys(2, 2);
    let charter = renamed(&world, "Other days");
    let (parent, hash) = (Some(world.current().hash()), charter.hash());
    let own = ballot(world.commons, parent, hash, elector(&world, 1), None);
    for (missing, right) in own.iter().enumerate() {
        let Object::Vote(vote) = right else { panic!("a vote") };
        let right = vote.value();
        let mut objects = vec![proposed(&world, &charter)];
        objects.extend(ballots(&world, &charter, &[0]));
        objects.extend(
            own.iter().enumerate().filter(|(index, _)| *index != missing).map(|(_, vote)| vote.clone()),
        );
        for (phase, vote) in wrong_votes(right).into_iter().enumerate() {
            objects.push(sign_vote(vote.clone(), elector(&world, 1)));
            assert_eq!(epoch(&world, &objects), Some(0), "{phase}: {vote:?} in place of {right:?}");
        }
        objects.push(sign_vote(right.clone(), elector(&world, 1)));
        assert_eq!(epoch(&world, &objects), Some(1));
    }
}

/// Votes that are not the right one; none of them may count as it.
fn wrong_votes(right: &Vote) -> Vec<Vote> {
    let mut wrong = vec![
        Vote { commons: CommonsId([9; 32]), ..right.clone() },
        Vote { parent: None, ..right.clone() },
        Vote { parent: Some(EpochHash([9; 32])), ..right.clone() },
        Vote { proposal: EpochHash([9; 32]), ..right.clone() },
    ];
    if right.phase != Phase::Endorse {
        wrong.push(Vote { round: 1, ..right.clone() });
        wrong.push(Vote { attested: Some(ObjectId([9; 32])), ..right.clone() });
    }
    if right.phase == Phase::Prepare {
        wrong.push(Vote { round: 1, lock: Some(0), ..right.clone() });
    }
    wrong
}

#[test]
fn a_vote_can_be_signed_by_its_elector_alone() {
    let world = World::without_keys(1, 1);
    let Object::Vote(vote) = &world.objects[1] else { panic!("a vote") };
    assert_eq!(Verified::sign(vote.value().clone(), &key("thief")).err(), Some(Refusal::NotEntitled));
}

#[test]
fn votes_of_a_senseless_shape_are_refused() {
    let world = World::without_keys(1, 1);
    let own = ballot(world.commons, None, world.current().hash(), elector(&world, 0), None);
    let value = |object: &Object| match object {
        Object::Vote(vote) => vote.value().clone(),
        _ => panic!("a vote"),
    };
    let [endorse, prepare, commit] = own.each_ref().map(value);
    let attested = Some(ObjectId([1; 32]));
    let senseless = [
        Vote { round: 1, ..endorse.clone() },
        Vote { lock: Some(0), ..endorse.clone() },
        Vote { attested, ..endorse },
        Vote { lock: Some(0), ..prepare.clone() },
        Vote { round: 3, lock: Some(3), ..prepare.clone() },
        Vote { round: 256, ..prepare.clone() },
        Vote { round: 1, lock: Some(0), ..commit.clone() },
        Vote { round: u32::MAX, ..commit.clone() },
    ];
    for vote in senseless {
        let bytes = sign_vote(vote.clone(), elector(&world, 0)).encode();
        assert_eq!(Object::decode(&bytes).err(), Some(Refusal::Malformed), "{vote:?}");
    }
    for vote in
        [Vote { round: 255, lock: Some(254), attested, ..prepare }, Vote { round: 255, attested, ..commit }]
    {
        let object = sign_vote(vote, elector(&world, 0));
        assert_eq!(Object::decode(&object.encode()), Ok(object));
    }
}

/// Points of a log that nobody else mentions.
fn points(seq: u64) -> Vec<Point> {
    vec![Point { log: LogId([1; 32]), seq, entry: EntryId([1; 32]) }]
}

#[test]
fn a_vote_that_names_an_attestation_counts_once_its_chain_is_here() {
    let mut world = World::without_keys(2, 2);
    let chain: Vec<Object> = (0..3).map(|seq| world.attestation(1, points(seq))).collect();
    let charter = renamed(&world, "Other days");
    let (parent, hash) = (Some(world.current().hash()), charter.hash());
    let by = elector(&world, 1);
    let named = |index: usize| ballot(world.commons, parent, hash, by, Some(chain[index].id()));
    for named_index in 0..3 {
        let mut objects = vec![proposed(&world, &charter)];
        objects.extend(ballots(&world, &charter, &[0]));
        objects.extend(named(named_index));
        for (index, attestation) in chain.iter().enumerate().rev() {
            assert_eq!(epoch(&world, &objects), Some(0), "{index} is missing under {named_index}");
            objects.push(attestation.clone());
        }
        assert_eq!(epoch(&world, &objects), Some(1), "all before {named_index} are here");
    }
}

#[test]
fn a_vote_names_an_own_attestation_of_the_epoch_that_it_leaves() {
    let mut world = World::without_keys(2, 2);
    world.attest(0, points(1));
    world.attest(1, points(1));
    let ids: Vec<ObjectId> = world.objects.iter().rev().take(2).map(Object::id).collect();
    let charter = renamed(&world, "One");
    world.enact(charter);
    assert_eq!(epoch(&world, &[]), Some(1));
    world.attest(1, points(2));
    let last = world.objects.last().map(Object::id);
    let charter = renamed(&world, "Two");
    let (parent, hash) = (Some(world.current().hash()), charter.hash());
    let with = |attested: Option<ObjectId>| {
        let mut objects = ballots(&world, &charter, &[0]);
        objects.push(proposed(&world, &charter));
        objects.extend(ballot(world.commons, parent, hash, elector(&world, 1), attested));
        epoch(&world, &objects)
    };
    assert_eq!(with(Some(ids[0])), Some(1), "its own of an earlier epoch");
    assert_eq!(with(Some(ids[1])), Some(1), "another's of an earlier epoch");
    assert_eq!(with(world.objects.first().map(Object::id)), Some(1), "no attestation");
    assert_eq!(with(last), Some(2));
    assert_eq!(with(None), Some(2), "none, though it made one: a fault, but its vote counts");
}

#[test]
fn chosen_epochs_stand_with_all_before_them() {
    let mut world = World::without_keys(4, 4);
    let mut proposals = Vec::new();
    for name in ["One", "Two", "Three"] {
        let charter = renamed(&world, name);
        // Any member may propose what an operator then chooses, elector or not.
        proposals.push(proposal(charter.clone(), &key(name), Some(world.commons)));
        world.charters.push(charter);
    }
    let objects: Vec<Object> = world.objects.iter().chain(&proposals).cloned().collect();
    let hashes: Vec<EpochHash> = world.charters.iter().map(Charter::hash).collect();
    let stands = |objects: &[Object], chosen: &[EpochHash]| {
        let governance = compute_with(world.commons, objects, &chosen.iter().copied().collect());
        governance.map(|governance| governance.current().number)
    };
    assert_eq!(stands(&objects, &[]), Some(0));
    assert_eq!(stands(&objects, &hashes[1..2]), Some(1));
    assert_eq!(stands(&objects, &hashes[3..]), Some(3), "with its ancestors");
    assert_eq!(stands(&objects, &[hashes[1], hashes[3]]), Some(3));
    assert_eq!(stands(&objects, &[EpochHash([9; 32])]), Some(0), "an epoch that is not here");
    let gap: Vec<Object> = objects.iter().filter(|one| one.id() != proposals[1].id()).cloned().collect();
    assert_eq!(stands(&gap, &hashes[3..]), Some(0), "what lies between is not here");
    let founding_alone: Vec<Object> = world.objects[..1].to_vec();
    assert_eq!(stands(&founding_alone, &[]), None);
    assert_eq!(stands(&founding_alone, &hashes[..1]), Some(0), "an invitation names the founding");
}

#[test]
fn what_was_chosen_beats_what_was_decided() {
    let world = World::without_keys(4, 4);
    let (decided, chosen) = (renamed(&world, "Decided"), renamed(&world, "Chosen"));
    let mut objects = world.objects.clone();
    objects.extend([&decided, &chosen].map(|charter| proposed(&world, charter)));
    objects.extend(ballots(&world, &decided, &[0, 1, 2]));
    let force = |picked: &[EpochHash]| {
        let picked: BTreeSet<EpochHash> = picked.iter().copied().collect();
        let governance = compute_with(world.commons, &objects, &picked).expect("founded");
        (governance.head().hash, governance.head().certificate.len())
    };
    assert_eq!(force(&[]), (decided.hash(), 3));
    assert_eq!(force(&[decided.hash()]), (decided.hash(), 3));
    assert_eq!(force(&[chosen.hash()]), (chosen.hash(), 0));
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
