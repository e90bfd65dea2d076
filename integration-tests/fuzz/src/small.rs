//! A commons of two members and one log, half of which a replica holds.
#![allow(dead_code)]

use crate::replica::Memory;
use crate::world::World;
use commons_protocol::collection::Collection;
use commons_protocol::recompute::recompute;
use commons_protocol::run::VerifiedRun;
use std::sync::OnceLock;

/// The whole commons.
pub struct Small {
    pub world: World,
    pub runs: Vec<VerifiedRun>,
}

impl Small {
    /// Made once.
    pub fn new() -> &'static Self {
        static SMALL: OnceLock<Small> = OnceLock::new();
        SMALL.get_or_init(|| {
            let world = World::new(2, 1);
            let mut writer = world.writer(0, Collection::Toolkits, 0);
            (0..6).for_each(|_| _ = writer.create());
            Self { runs: writer.runs(2), world }
        })
    }

    /// A replica that lacks the last run.
    pub fn half(&self) -> Memory {
        let mut memory = Memory::new(self.world.commons);
        memory.add_objects(self.world.objects.clone());
        self.runs.iter().take(2).for_each(|run| _ = memory.add_run(run.clone()));
        memory
    }

    /// A replica that holds all.
    pub fn whole(&self) -> Memory {
        let mut memory = self.half();
        self.runs.iter().for_each(|run| _ = memory.add_run(run.clone()));
        memory
    }

    /// Nobody here can sign, so only what existed can have been admitted.
    pub fn check(&self, memory: &Memory) {
        assert_eq!(memory.admission.objects().len(), self.world.objects.len());
        let known: Vec<_> = self.runs.iter().flat_map(VerifiedRun::entries).map(|entry| entry.id).collect();
        assert!(memory.admission.entry_ids().all(|id| known.contains(id)));
    }

    /// What is admitted is what the specification says of what came in.
    pub fn check_sound(&self, memory: &Memory) {
        let objects: Vec<_> = memory.admission.objects().values().cloned().collect();
        let expected = recompute(self.world.commons, &objects, memory.runs(), memory.admission.chosen());
        assert_eq!(memory.admission.head_map(), expected);
    }
}
