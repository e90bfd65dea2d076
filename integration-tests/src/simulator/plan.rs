//! A random run: who is there, what people do, what goes wrong.

use super::faults::Fault;
use super::node::NodeId;
use super::report::Report;
use super::world::World;
use std::collections::BTreeMap;

/// How much happens in a run.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Organisations at most; at least 3.
    pub organisations: u64,
    /// Things that happen while there are faults.
    pub actions: u64,
}

impl Default for Plan {
    fn default() -> Self {
        Self { organisations: 8, actions: 50 }
    }
}

/// Runs one seed and checks it.
pub fn run_seed(seed: u64, plan: Plan) -> Report {
    let mut run = Run {
        world: World::new(seed),
        next: 0,
        versions: BTreeMap::new(),
        people: Vec::new(),
        outside: Vec::new(),
    };
    run.begin(plan);
    for _ in 0..plan.actions {
        let pause = run.world.dice.below(1_500);
        run.world.run_for(pause);
        run.act();
    }
    run.end()
}

struct Run {
    world: World,
    next: u64,
    /// Older versions of documents that somebody saw.
    versions: BTreeMap<String, (Vec<String>, String)>,
    people: Vec<(NodeId, String)>,
    /// Nodes that did not ask to join yet.
    outside: Vec<NodeId>,
}

impl Run {
    fn begin(&mut self, plan: Plan) {
        let most = plan.organisations.max(3);
        // Small commons are as hard and far cheaper.
        let few = self.world.dice.chance(70);
        let count = if few {
            3 + self.world.dice.below(2.min(most - 2))
        } else {
            3 + self.world.dice.below(most - 2)
        };
        for index in 0..count {
            let is_hub = index < 2 || self.world.dice.chance(40);
            let name = format!("org{index}");
            _ = if is_hub { self.world.organisation(&name) } else { self.world.site(&name) };
        }
        self.world.found(0);
        let calm = self.world.ids().skip(1).take(2);
        calm.for_each(|node| self.world.join(node, 0));
        self.outside = self.world.ids().skip(3).collect();
    }

    fn act(&mut self) {
        match self.world.dice.below(100) {
            0..50 => self.contribute(),
            50..58 => self.staff(),
            58..63 => self.invite(),
            63..92 => self.fault(),
            _ => self.mend(),
        }
    }

    fn someone(&mut self) -> Option<NodeId> {
        let on: Vec<NodeId> = self.world.ids().filter(|id| self.world.nodes[*id].engine.is_some()).collect();
        let node = self.world.dice.pick(&on)?;
        self.world.is_admitted(node).then_some(node)
    }

    fn invite(&mut self) {
        let inviter = self.world.dice.index(2);
        if self.world.nodes[inviter].engine.is_none()
            || !self.world.is_admitted(inviter)
            || self.world.nodes[inviter].is_broken
        {
            return;
        }
        let Some(node) = self.outside.pop() else { return };
        match self.world.nodes[node].engine.is_some() {
            true => self.world.invite(node, inviter),
            false => self.outside.push(node),
        }
    }

    fn contribute(&mut self) {
        let Some(node) = self.someone() else { return };
        self.next += 1;
        let token = format!("line{}", self.next);
        let documents = self.world.engine(node).documents(None).unwrap_or_default();
        let ids: Vec<String> = documents.into_iter().map(|document| document.id).collect();
        match (self.world.dice.pick(&ids), self.world.dice.below(10)) {
            (None, _) | (_, 0) => {
                _ = self.world.write(node, &format!("document {}", self.next), &format!("{token}\n"))
            }
            (Some(id), 1) => self.erase(node, &id),
            (Some(id), _) => self.edit(node, &id, &token),
        }
    }

    fn erase(&mut self, node: NodeId, id: &str) {
        if self.world.dice.chance(50) {
            self.world.erase(node, id);
        }
    }

    fn edit(&mut self, node: NodeId, id: &str, token: &str) {
        let Some(view) = self.world.document(node, id) else { return };
        let old = self.versions.get(id).cloned().filter(|_| self.world.dice.chance(30));
        let (base, text) = match old {
            // Made against a version that this node may not have.
            Some((version, text)) => (Some(version), text),
            None => (None, view.text.clone()),
        };
        if self.world.dice.chance(50) {
            self.versions.insert(id.to_owned(), (view.version, view.text));
        }
        let mut lines: Vec<&str> = text.lines().collect();
        let at = self.world.dice.index(lines.len() + 1);
        lines.insert(at, token);
        self.world.edit(node, id, base, &format!("{}\n", lines.join("\n")));
    }

    fn staff(&mut self) {
        let Some(node) = self.someone() else { return };
        let own: Vec<(NodeId, String)> = self.people.iter().filter(|(at, _)| *at == node).cloned().collect();
        match self.world.dice.pick(&own) {
            Some((_, person)) if self.world.dice.chance(40) => _ = self.world.revoke_person(node, &person),
            Some((_, person)) if self.world.dice.chance(60) => {
                self.next += 1;
                let title = format!("document {}", self.next);
                _ = self.world.write_as(node, Some(&person), &title, "by a person\n");
            }
            _ => {
                self.next += 1;
                let added = self.world.add_person(node, &format!("person {}", self.next));
                self.people.extend(added.map(|person| (node, person.id)));
            }
        }
    }

    fn fault(&mut self) {
        let world = &mut self.world;
        let node = world.dice.index(world.nodes.len());
        if world.nodes[node].engine.is_none() {
            return;
        }
        let kinds = [&Fault::ALL[..], &[Fault::Restore; 3]].concat();
        match world.dice.pick(&kinds).unwrap_or(Fault::Crash) {
            Fault::Crash => world.fail_for_a_while(node),
            Fault::Restart => world.restart(node),
            Fault::Restore if world.nodes[node].backup.is_some() => world.restore(node),
            Fault::Restore => {
                if world.is_admitted(node) {
                    world.back_up(node);
                }
            }
            Fault::DiskFull => world.fill_disk(node),
            Fault::DiskError => world.break_disk(node),
            Fault::Partition => {
                let some: Vec<NodeId> = world.ids().filter(|_| world.dice.chance(50)).collect();
                let some = if some.is_empty() || some.len() == world.nodes.len() { vec![node] } else { some };
                world.partition(&some);
            }
            Fault::SessionCut => world.cut_session(),
            Fault::GossipLoss => world.disturb(40, 0, 40),
            Fault::GossipTwice => world.disturb(0, 40, 40),
            Fault::Slowness => world.disturb(10, 10, 2_000),
            Fault::Pause => world.pause(node, true),
        }
    }

    fn mend(&mut self) {
        if self.world.dice.chance(60) {
            self.world.heal();
        } else {
            let node = self.world.dice.index(self.world.nodes.len());
            self.world.make_room(node);
        }
    }

    fn end(mut self) -> Report {
        let world = &mut self.world;
        world.heal();
        let end = world.now + 20 * 60_000;
        let all: Vec<NodeId> = world.ids().collect();
        let mut rounds = 0;
        while world.now < end && !all.iter().all(|id| world.is_admitted(*id)) {
            // An invitation may be gone with an old disk, and the applicant is
            // not told; after a while people give another.
            for id in all.iter().skip(3) {
                let view = world.engine(*id).join_view().expect("its own application fits");
                let is_lost = view.state == "waiting" && rounds % 20 == 19;
                if matches!(view.state.as_str(), "asking" | "none") || is_lost {
                    world.invite(*id, 0);
                }
            }
            world.run_for(5_000);
            rounds += 1;
        }
        if !all.iter().all(|id| world.is_admitted(*id)) {
            world.explain_unrest();
        }
        for id in &all {
            let view = world.engine(*id).join_view().expect("its own application fits");
            assert!(world.is_admitted(*id), "{} was not admitted: {view:?}", world.nodes[*id].name);
        }
        // The keys of a new member may have gone with its inviter's old disk.
        world.run_for(120_000);
        for id in all.iter().skip(1) {
            if world.engine(*id).status().peers.iter().all(|peer| !peer.connected) {
                world.invite(*id, 0);
            }
        }
        world.run_until_quiet();
        let entries = world.check();
        Report {
            seeds: 1,
            counters: world.counters.clone(),
            faults: world.faults.clone(),
            entries,
            excused: world.excused.len() as u64,
        }
    }
}
