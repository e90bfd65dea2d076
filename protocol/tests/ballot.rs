//! The rules of voting in random histories: what honest electors' nodes do by `Ballots::next_step`
//! and what `Ballots::permits` lets them do, with liars, partial knowledge and late news.
//!
//! `COMMONS_SEED=<number>` repeats one history, `COMMONS_SEEDS=<number>` runs that many of each
//! kind, `COMMONS_LONG=1` a hundred times as many as by default.
#![allow(clippy::disallowed_methods, reason = "seed and number of cases come from the environment")]

#[path = "common/ballots.rs"]
mod ballots;

use ballots::{Dice, History, commit, count, elector, endorse, name, prepare};
use commons_protocol::ballot::Step;
use commons_protocol::limits::{ELECTORS, ROUNDS_OF_A_VOTE};
use commons_protocol::vote::Vote;

/// Runs `check` for many seeds; a seed that fails is printed.
fn for_seeds(default: u64, check: impl Fn(u64)) {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    if let Some(seed) = number("COMMONS_SEED") {
        return check(seed);
    }
    let seeds = if std::env::var_os("COMMONS_LONG").is_some() { 100 * default } else { default };
    for seed in 1..=number("COMMONS_SEEDS").unwrap_or(seeds) {
        let failed = Failed(seed);
        check(seed);
        std::mem::forget(failed);
    }
}

/// Prints its seed if a check unwinds.
struct Failed(u64);

impl Drop for Failed {
    fn drop(&mut self) {
        println!("repeat it with COMMONS_SEED={}", self.0);
    }
}

/// Exchanges of all votes among the honest electors until all have decided.
fn exchanges_until_decided(history: &mut History) -> usize {
    for exchange in 1..=4 * ROUNDS_OF_A_VOTE as usize {
        history.exchange_all();
        if let Some(decided) = history.decided_by_all() {
            assert!(history.honest_endorsed(&decided), "only what people endorsed is decided");
            return exchange;
        }
        // Nobody is impatient while there is news.
        let patient = history.step_all(false);
        if patient == 0 {
            assert_ne!(history.step_all(true), 0, "nobody can do anything: {history:#?}");
        }
    }
    panic!("no end: {history:#?}")
}

#[test]
fn what_a_quorum_endorsed_is_decided_once_all_honest_electors_have_met() {
    for_seeds(40, |seed| {
        for electors in 1..=ELECTORS {
            let mut dice = Dice::new(seed);
            let mut history = History::new(electors, &mut dice);
            let events = dice.below(60 * electors);
            history.run(&mut dice, events, History::follow);
            history.endorse_all();
            let exchanges = exchanges_until_decided(&mut history);
            assert!(exchanges <= 24, "{electors} electors needed {exchanges} exchanges");
        }
    });
}

#[test]
fn whatever_was_permitted_before_something_is_decided_in_the_end() {
    for_seeds(20, |seed| {
        for electors in 1..=ELECTORS {
            let mut dice = Dice::new(seed);
            let mut history = History::new(electors, &mut dice);
            let events = dice.below(60 * electors);
            history.run(&mut dice, events, History::roam);
            history.endorse_all();
            let exchanges = exchanges_until_decided(&mut history);
            assert!(exchanges <= 64, "{electors} electors needed {exchanges} exchanges");
        }
    });
}

#[test]
fn nobody_ever_sees_two_decisions() {
    for_seeds(60, |seed| {
        for electors in 4..=ELECTORS {
            let mut dice = Dice::new(seed);
            let mut history = History::new(electors, &mut dice);
            let step = if dice.one_in(2) { History::follow } else { History::roam };
            history.run(&mut dice, 60 * electors, step);
            let all = history.decided_ever();
            assert!(all.len() <= 1, "{electors} electors decided {all:?}: {history:#?}");
        }
    });
}

/// One elector is far ahead and the only liar is silent: the others can't know that it isn't the
/// liar, so they come one round at a time and the one ahead waits.
#[test]
fn one_that_is_ahead_waits_for_the_others() {
    let mut history = History::between(4, 3, 3);
    history.endorse_all();
    history.sign(0, prepare(0, 5, 2, None));
    let exchanges = exchanges_until_decided(&mut history);
    assert!(exchanges <= 24, "needed {exchanges} exchanges");
}

#[test]
fn order_and_repetition_of_votes_play_no_part() {
    for_seeds(60, |seed| {
        let mut dice = Dice::new(seed);
        let mut history = History::new(4 + dice.below(10), &mut dice);
        history.run(&mut dice, 400, History::roam);
        let counted = count(history.electors, history.needed, &history.votes);
        let mut votes = history.votes.clone();
        votes.extend((0..100).map(|_| history.votes[dice.below(history.votes.len())].clone()));
        dice.shuffle(&mut votes);
        assert_eq!(count(history.electors, history.needed, &votes), counted);
    });
}

#[test]
fn votes_of_others_than_electors_have_no_effect() {
    for_seeds(60, |seed| {
        let mut dice = Dice::new(seed);
        let mut history = History::new(7, &mut dice);
        history.run(&mut dice, 300, History::roam);
        let counted = count(7, history.needed, &history.votes);
        let strange = |who, value| [endorse(who, value), prepare(who, 0, value, None), commit(who, 0, value)];
        let strangers = (7..30).flat_map(|who| (1..=3).flat_map(move |value| strange(who, value)));
        history.votes.extend(strangers);
        assert_eq!(count(7, history.needed, &history.votes), counted);
    });
}

/// The model check lets honest electors see all votes at once, because of this.
#[test]
fn votes_of_other_electors_never_forbid_a_step() {
    for_seeds(60, |seed| {
        let mut dice = Dice::new(seed);
        let mut history = History::new(4 + dice.below(4), &mut dice);
        history.run(&mut dice, 300, History::roam);
        for who in 0..history.honest {
            let (own, others): (Vec<Vote>, Vec<Vote>) =
                history.votes.iter().cloned().partition(|vote| vote.elector == elector(who));
            let some = others.iter().filter(|_| dice.one_in(2)).cloned();
            let some =
                count(history.electors, history.needed, &own.iter().cloned().chain(some).collect::<Vec<_>>());
            let all = count(history.electors, history.needed, &history.votes);
            let forbidden = steps_below(12)
                .into_iter()
                .find(|step| some.permits(&elector(who), step) && !all.permits(&elector(who), step));
            assert_eq!(forbidden, None, "{history:?}");
        }
    });
}

fn steps_below(rounds: u32) -> Vec<Step> {
    let of = |round: u32, proposal| {
        let locks = (0..round).map(Some).chain([None]);
        let prepares = locks.map(move |lock| Step::Prepare { round, proposal, lock });
        prepares.chain([Step::Commit { round, proposal }])
    };
    (0..rounds).flat_map(|round| (1..=3).flat_map(move |value| of(round, name(value)))).collect()
}

/// All electors, endorsing, preparing and committing to proposal 1 in round 0.
fn unanimous(electors: usize) -> Vec<Vote> {
    let votes = |who| [endorse(who, 1), prepare(who, 0, 1, None), commit(who, 0, 1)];
    (0..electors).flat_map(votes).collect()
}

#[test]
fn a_decision_takes_a_quorum_in_each_of_three_ways() {
    for electors in 1..=ELECTORS {
        let needed = ballots::needed(electors);
        let enough = unanimous(needed);
        let decided = count(electors, needed, &enough);
        let (proposal, voters) = decided.decided().expect("a quorum did all");
        assert_eq!((proposal, voters.len()), (name(1), needed));
        for missing in 0..enough.len() {
            let mut votes = enough.clone();
            let vote = votes.remove(missing);
            assert_eq!(count(electors, needed, &votes).decided(), None, "without {vote:?}");
        }
    }
}

#[test]
fn a_decision_is_made_in_one_round() {
    let mut votes: Vec<Vote> = (0..4).map(|who| endorse(who, 1)).collect();
    votes.extend((0..3).map(|who| prepare(who, 1, 1, None)));
    votes.extend((0..3).map(|who| commit(who, if who == 0 { 2 } else { 1 }, 1)));
    assert_eq!(count(4, 3, &votes).decided(), None, "two commits in one round, one in another");
    votes.push(commit(3, 1, 1));
    assert!(count(4, 3, &votes).decided().is_some());
}

#[test]
fn a_prepare_vote_counts_only_with_a_certificate_of_its_lock() {
    let others = |round, value, lock| (0..2).map(move |who| prepare(who, round, value, lock));
    let first: Vec<Vote> = (0..3).map(|who| prepare(who, 1, 1, None)).collect();
    let counts = |value, lock| {
        let votes: Vec<Vote> =
            first.iter().cloned().chain(others(3, value, None)).chain([prepare(2, 3, value, lock)]).collect();
        count(4, 3, &votes).is_certified(3, &name(value))
    };
    assert!(counts(1, None) && counts(2, None) && counts(1, Some(1)));
    assert!(!counts(1, Some(0)) && !counts(1, Some(2)), "nothing was prepared there");
    assert!(!counts(2, Some(1)), "that was another proposal");
    assert!(!counts(1, Some(3)) && !counts(1, Some(4)), "a lock lies below its vote");
}

#[test]
fn a_chain_of_locks_through_all_rounds_is_counted() {
    let honest = (0..ROUNDS_OF_A_VOTE)
        .flat_map(|round| (0..9).map(move |who| prepare(who, round, 1, round.checked_sub(1))));
    let claims = |round: u32| (0..round).map(Some).chain([None]);
    let lies = (9..13).flat_map(|who| {
        (0..ROUNDS_OF_A_VOTE).flat_map(move |round| {
            claims(round).flat_map(move |lock| (1..=2).map(move |value| prepare(who, round, value, lock)))
        })
    });
    let mut votes: Vec<Vote> = honest.chain(lies).collect();
    let ballots = count(13, 9, &votes);
    assert!((0..ROUNDS_OF_A_VOTE).all(|round| ballots.is_certified(round, &name(1))));
    assert!((0..ROUNDS_OF_A_VOTE).all(|round| !ballots.is_certified(round, &name(2))));
    votes.retain(|vote| vote.round != 0 || vote.proposal != name(1));
    let ballots = count(13, 9, &votes);
    assert!((0..ROUNDS_OF_A_VOTE).all(|round| !ballots.is_certified(round, &name(1))), "it hangs on nothing");
}

/// The next step of elector 0 of four, who accepts anything.
fn next(votes: &[Vote], is_impatient: bool) -> Option<Step> {
    count(4, 3, votes).next_step(&elector(0), |_| true, is_impatient)
}

fn to_prepare(round: u32, value: u8, lock: Option<u32>) -> Option<Step> {
    Some(Step::Prepare { round, proposal: name(value), lock })
}

fn to_commit(round: u32, value: u8) -> Option<Step> {
    Some(Step::Commit { round, proposal: name(value) })
}

fn endorsed(value: u8) -> impl Iterator<Item = Vote> {
    (0..3).map(move |who| endorse(who, value))
}

#[test]
fn an_elector_prepares_what_a_quorum_endorsed_and_commits_to_what_a_quorum_prepared() {
    let mut votes: Vec<Vote> = endorsed(1).take(2).collect();
    assert_eq!(next(&votes, true), None, "two of four endorsed it");
    votes.extend(endorsed(1));
    assert_eq!(next(&votes, false), to_prepare(0, 1, None));
    assert_eq!(next(&votes, true), to_prepare(0, 1, None), "the round it is in comes first");
    votes.extend([prepare(0, 0, 1, None), prepare(1, 0, 1, None)]);
    assert_eq!(next(&votes, false), None, "it waits for a third");
    votes.push(prepare(2, 0, 1, None));
    assert_eq!(next(&votes, false), to_commit(0, 1));
    votes.push(commit(0, 0, 1));
    assert_eq!(next(&votes, false), None, "it waits for other commits");
    assert_eq!(next(&votes, true), to_prepare(1, 1, Some(0)), "its commit binds it");
    votes.extend((0..3).map(|who| prepare(who, 1, 1, Some(0))).chain([commit(0, 1, 1)]));
    assert_eq!(next(&votes, true), to_prepare(2, 1, Some(1)), "the highest certificate is the lock");
}

#[test]
fn what_most_endorsed_comes_first_and_another_in_the_next_round() {
    let mut votes: Vec<Vote> = endorsed(1).chain(endorsed(2)).chain([endorse(3, 2)]).collect();
    assert_eq!(next(&votes, false), to_prepare(0, 2, None));
    votes.extend((0..4).map(|who| prepare(who, 0, 1 + u8::try_from(who % 2).expect("0 or 1"), None)));
    assert_eq!(next(&votes, false), to_prepare(1, 1, None), "nothing can be decided in round 0");
}

#[test]
fn an_elector_accepts_only_what_it_may() {
    let votes: Vec<Vote> = endorsed(1).chain(endorsed(2)).chain([endorse(3, 1)]).collect();
    let step = |may: u8| count(4, 3, &votes).next_step(&elector(0), |one| *one == name(may), false);
    assert_eq!((step(1), step(2), step(3)), (to_prepare(0, 1, None), to_prepare(0, 2, None), None));
    let prepared: Vec<Vote> = votes.into_iter().chain((1..4).map(|who| prepare(who, 0, 1, None))).collect();
    let step = count(4, 3, &prepared).next_step(&elector(0), |one| *one == name(2), false);
    assert_eq!(step, to_prepare(0, 2, None), "no commit to what it may not accept");
    let voted: Vec<Vote> = prepared.into_iter().chain([prepare(0, 0, 2, None)]).collect();
    let step = count(4, 3, &voted).next_step(&elector(0), |one| *one == name(2), true);
    assert_eq!(step, None, "the others' certificate binds it to what it may not accept");
}

#[test]
fn an_impatient_elector_goes_on_once_a_quorum_has_voted_in_its_round() {
    let mut votes: Vec<Vote> = endorsed(1).chain([prepare(0, 0, 1, None), prepare(1, 0, 1, None)]).collect();
    assert_eq!(next(&votes, true), None, "another round would need a third elector too");
    votes.push(prepare(2, 0, 2, None));
    assert_eq!((next(&votes, false), next(&votes, true)), (None, to_prepare(1, 1, None)));
}

#[test]
fn a_round_is_left_when_those_who_stay_can_decide_nothing_in_it() {
    let mut votes: Vec<Vote> = endorsed(1).chain([prepare(0, 0, 1, None), prepare(1, 0, 2, None)]).collect();
    assert_eq!(next(&votes, false), None, "two more may come");
    votes.push(prepare(2, 1, 1, None));
    assert_eq!(next(&votes, false), to_prepare(1, 1, None), "one has gone on");
    let mut votes: Vec<Vote> = endorsed(1).chain((0..3).map(|who| prepare(who, 0, 1, None))).collect();
    votes.extend([commit(0, 0, 1), prepare(2, 1, 1, None)]);
    assert_eq!(next(&votes, false), None, "two more may commit");
    votes.push(commit(3, 0, 2));
    assert_eq!(next(&votes, false), to_prepare(1, 1, Some(0)), "one more may commit");
}

#[test]
fn an_elector_joins_a_round_that_an_honest_one_is_in() {
    let last = ROUNDS_OF_A_VOTE - 1;
    let mut votes: Vec<Vote> = endorsed(1).chain([prepare(3, last, 1, None)]).collect();
    assert_eq!(next(&votes, false), to_prepare(0, 1, None), "one may lie");
    votes.push(prepare(2, 7, 1, None));
    assert_eq!(next(&votes, false), to_prepare(7, 1, None), "of two one is honest");
}

#[test]
fn nothing_comes_after_the_last_round() {
    let last = ROUNDS_OF_A_VOTE - 1;
    let votes: Vec<Vote> =
        endorsed(1).chain((0..3).map(|who| prepare(who, last, 1 + u8::from(who == 0), None))).collect();
    assert_eq!(next(&votes, true), None);
}

#[test]
fn a_commit_forbids_to_prepare_anything_without_a_certificate_as_high() {
    let mut votes: Vec<Vote> = (1..4).map(|who| prepare(who, 2, 1, None)).collect();
    votes.extend((1..4).map(|who| prepare(who, 1, 2, None)));
    votes.push(commit(0, 2, 1));
    let permits = |votes: &[Vote], round, value, lock| {
        count(4, 3, votes).permits(&elector(0), &to_prepare(round, value, lock).expect("a step"))
    };
    assert!(permits(&votes, 5, 1, Some(2)));
    assert!(!permits(&votes, 5, 1, None) && !permits(&votes, 5, 2, Some(1)) && !permits(&votes, 5, 2, None));
    assert!(!permits(&votes, 2, 1, None) && !permits(&votes, 1, 1, None) && !permits(&votes, 0, 1, None));
    votes.extend((1..4).map(|who| prepare(who, 3, 2, None)));
    assert!(permits(&votes, 5, 2, Some(3)) && !permits(&votes, 3, 2, Some(3)));
}
