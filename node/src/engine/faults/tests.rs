use super::verify_proof;
use crate::engine::Engine;
use crate::engine::fixture::founder;
use crate::store::MemoryStore;
use commons_protocol::id::EpochHash;
use commons_protocol::signed::Verified;
use commons_protocol::vote::{Phase, Vote};

/// The elector's key commits to something in round 1 of the next vote.
fn commit_to(engine: &mut Engine<MemoryStore>, proposal: EpochHash) {
    let commons = engine.commons.as_ref().unwrap();
    let elector = engine.keys.elector.clone();
    let vote = Vote {
        commons: commons.admission.commons(),
        parent: Some(commons.admission.governance().unwrap().head().hash),
        round: 1,
        phase: Phase::Commit,
        proposal,
        elector: elector.public(),
        lock: None,
        attested: None,
    };
    engine.take_objects(vec![Verified::sign(vote, &elector).unwrap().into()]).unwrap();
}

#[test]
fn a_fault_is_listed_when_it_is_complete_and_proved_to_strangers() {
    let (mut engine, _) = founder();
    assert_eq!((engine.fault_count(), engine.faults().unwrap().len()), (0, 0));
    commit_to(&mut engine, EpochHash([1; 32]));
    assert_eq!(engine.fault_count(), 0);
    commit_to(&mut engine, EpochHash([2; 32]));
    assert_eq!(engine.fault_count(), 1, "what was found before is not kept too long");
    let fault = engine.faults().unwrap().remove(0);
    assert_eq!((fault.kind.as_str(), fault.organisation.name.as_str()), ("double-commit", "Riverside"));
    assert!(fault.this_node);
    assert_eq!(fault.evidence.len(), 2);
    let proof = engine.fault_proof(&fault.id[..8]).unwrap();
    let proved = verify_proof(&proof).unwrap();
    assert_eq!(proved.fault, fault.id);
    assert_eq!(proved.commons, engine.commons.as_ref().unwrap().admission.commons().to_string());
}

#[test]
fn a_proof_of_nothing_is_refused() {
    let (mut engine, _) = founder();
    assert_eq!(engine.fault_proof("abcdef").unwrap_err().code, "not-found");
    assert_eq!(engine.fault_proof("a").unwrap_err().code, "short-id");
}
