//! A node in memory that is told things and builds its state again when it must.
#![allow(dead_code)]

use commons_protocol::admission::{Admission, Conflict, Outcome};
use commons_protocol::fork::Fork;
use commons_protocol::id::{CommonsId, EpochHash};
use commons_protocol::object::Object;
use commons_protocol::recompute::recompute;
use commons_protocol::run::VerifiedRun;
use proptest::test_runner::TestCaseError;
use std::collections::BTreeSet;

/// How a node comes by what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    /// A rebuild gets every run that ever came in.
    Whole,
    /// A rebuild gets what was admitted and what proves forks; the rest comes again later.
    Admitted,
}

/// Something that comes in.
#[derive(Clone)]
pub enum Item {
    Objects(Vec<Object>),
    Run(VerifiedRun),
    Choice(EpochHash),
}

/// A node that does what an outcome asks for.
pub struct Node {
    pub admission: Admission,
    memory: Memory,
    pub objects: Vec<Object>,
    chosen: BTreeSet<EpochHash>,
    pub seen: Vec<VerifiedRun>,
    stored: Vec<VerifiedRun>,
}

impl Node {
    pub fn new(commons: CommonsId, memory: Memory) -> Self {
        let admission = Admission::new(commons);
        let (objects, chosen) = (Vec::new(), BTreeSet::new());
        Self { admission, memory, objects, chosen, seen: Vec::new(), stored: Vec::new() }
    }

    pub fn take(&mut self, item: &Item) {
        let outcome = match item {
            Item::Objects(objects) => {
                self.objects.extend(objects.iter().cloned());
                self.admission.take_objects(objects.iter().cloned())
            }
            Item::Run(run) => {
                self.seen.push(run.clone());
                self.admission.take_run(run.clone())
            }
            Item::Choice(epoch) => {
                self.chosen = [*epoch].into();
                self.admission.choose(*epoch)
            }
        };
        self.settle(outcome);
    }

    /// Stores what came of something, proves forks, and builds again for as long as that is asked for.
    fn settle(&mut self, mut outcome: Outcome) {
        for _ in 0..50 {
            let (rebuild, fork) = (outcome.rebuild, outcome.fork.take());
            self.store(outcome);
            outcome = match fork.and_then(|conflict| self.prove(&conflict)) {
                Some(fork) => self.admission.take_objects([fork]),
                None => Outcome::default(),
            };
            if rebuild || outcome.rebuild {
                outcome = self.rebuild();
            }
            if !outcome.rebuild && outcome.fork.is_none() {
                return self.store(outcome);
            }
        }
        panic!("a rebuild asks for another for ever");
    }

    fn prove(&self, conflict: &Conflict) -> Option<Object> {
        let others = conflict.other.iter().chain(&self.seen);
        let mut proofs = others.filter_map(|other| Fork::new(self.admission.commons(), &conflict.run, other));
        proofs.find(|fork| fork.seq() == conflict.place.1).map(Object::from)
    }

    fn store(&mut self, outcome: Outcome) {
        self.stored.extend(outcome.admitted.into_iter().map(|part| part.run));
    }

    fn rebuild(&mut self) -> Outcome {
        self.admission = self.admission.emptied();
        let runs = match self.memory {
            Memory::Whole => self.seen.clone(),
            Memory::Admitted => std::mem::take(&mut self.stored),
        };
        let mut all = Outcome::default();
        for run in runs {
            let outcome = self.admission.take_run(run);
            all.rebuild |= outcome.rebuild;
            all.fork = all.fork.or_else(|| outcome.fork.clone());
            self.store(outcome);
        }
        all
    }

    /// Whether it admitted what the specification makes of these runs and all that came in beside.
    pub fn check(&self, runs: &[VerifiedRun], when: &str) -> Result<(), TestCaseError> {
        let expected = recompute(self.admission.commons(), &self.objects, runs, &self.chosen);
        let heads = self.admission.head_map();
        proptest::prop_assert_eq!(heads, expected, "{} with {:?}", when, self.memory);
        Ok(())
    }
}
