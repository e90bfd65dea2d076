//! A random run: who is there, what people do, what goes wrong.

use super::behaviour::Behaviour;
use super::faults::Fault;
use super::node::NodeId;
use super::report::Report;
use super::world::World;
use commons_node::view::{PolicyView, ProposeRequest, RequirementView};
use commons_protocol::charter::{Charter, Member};
use commons_protocol::collection::{Role, Standing};
use commons_protocol::governance::Governance;
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
        is_political: false,
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
    /// Whether members are suspended and electors changed.
    is_political: bool,
}

impl Run {
    fn begin(&mut self, plan: Plan) {
        let most = plan.organisations.max(3);
        // Small commons are as hard and far cheaper.
        let few = self.world.dice.chance(30);
        let count = if few {
            3 + self.world.dice.below(2.min(most - 2))
        } else {
            4 + self.world.dice.below(most - 3)
        };
        for index in 0..count {
            let is_hub = index < 2 || self.world.dice.chance(40);
            let name = format!("org{index}");
            _ = if is_hub { self.world.organisation(&name) } else { self.world.site(&name) };
        }
        self.world.found(0);
        let calm = if few { 2 } else { 3 };
        self.world.ids().skip(1).take(calm).for_each(|node| self.world.join(node, 0));
        self.world.let_measures_be_released();
        self.world.define_measure(0, "measure");
        self.outside = self.world.ids().skip(1 + calm).collect();
        self.world.reluctance = 70;
        // With two liars there must be seven electors, and stay.
        let liars = match count {
            7.. if self.world.dice.chance(30) => {
                while let Some(node) = self.outside.pop() {
                    self.world.join(node, 0);
                }
                2
            }
            _ => usize::from(self.world.dice.chance(70)),
        };
        self.is_political = liars < 2;
        let first = 2 + self.world.dice.index(self.world.nodes.len() - 2);
        for liar in [first, 2 + (first - 1) % (self.world.nodes.len() - 2)].into_iter().take(liars) {
            self.world.corrupt(liar);
        }
    }

    fn act(&mut self) {
        match self.world.dice.below(100) {
            0..26 => self.contribute(),
            26..33 => self.report(),
            33..44 => self.publish(),
            44..48 => self.staff(),
            48..53 => self.invite(),
            53..63 => self.govern(),
            63..78 => self.misbehave(),
            78..95 => self.fault(),
            _ => self.mend(),
        }
        if let Some(node) = self.someone() {
            self.world.note_stable(node);
        }
    }

    /// Liars act while the rules allow for them.
    fn misbehave(&mut self) {
        let liars: Vec<NodeId> = self.world.byzantine.iter().copied().collect();
        let Some(liar) = self.world.dice.pick(&liars) else { return };
        let Some(charter) = self.world.chief().and_then(|chief| chief.governance()).map(Governance::current)
        else {
            return;
        };
        let electors = liars
            .iter()
            .filter(|id| charter.elector(&self.world.nodes[**id].keys.elector.public()).is_some());
        if electors.count() + charter.votes_needed() > charter.electors.len() {
            return;
        }
        // What is seldom possible is tried first.
        let seldom = [
            Behaviour::BackDateRelease,
            Behaviour::BorrowReviews,
            Behaviour::SwapHeads,
            Behaviour::Backfill,
            Behaviour::PolicyShop,
        ];
        let mut of_versions = Behaviour::OF_VERSIONS;
        let first = self.world.dice.index(of_versions.len());
        of_versions.rotate_left(first);
        let mut tried: Vec<Behaviour> = seldom.into_iter().filter(|_| self.world.dice.chance(50)).collect();
        tried.extend(of_versions.into_iter().filter(|_| self.world.dice.chance(45)));
        let mut of_series = Behaviour::OF_SERIES;
        of_series.rotate_left(self.world.dice.index(3));
        tried.extend(of_series.into_iter().filter(|_| self.world.dice.chance(8)));
        let by_hand = [Behaviour::Equivocate, Behaviour::JunkSignature, Behaviour::Flood];
        tried.extend(by_hand.into_iter().filter(|_| self.world.dice.chance(8)));
        tried.extend((0..6).filter_map(|_| self.world.dice.pick(&Behaviour::ALL)));
        for behaviour in tried {
            if self.world.misbehave(liar, behaviour) {
                return;
            }
        }
    }

    /// Somebody proposes a change of the charter.
    fn govern(&mut self) {
        let Some(node) = self.someone() else { return };
        let current = self.world.governance(node).current().clone();
        let name = |member: &Member| member.name.to_string();
        let root = self.world.nodes[0].keys.organisation;
        let others = current.members.iter().filter(|member| member.organisation != root);
        let (active, inactive): (Vec<&Member>, Vec<&Member>) =
            others.partition(|member| member.standing == Standing::Active);
        let one = self.world.dice.pick(&active).map(name);
        let away = self.world.dice.pick(&inactive).map(name);
        let is_few = active.len() < 3;
        let request = match (self.world.dice.below(14), one, away) {
            (0..3, Some(one), _) if self.is_political && !is_few => {
                let organisations = vec![one];
                match self.world.dice.chance(60) {
                    true => ProposeRequest::Suspend { organisations },
                    false => ProposeRequest::Remove { organisations },
                }
            }
            (3..6, _, Some(away)) => ProposeRequest::Reinstate { organisations: vec![away] },
            (6..7, Some(one), _) if self.is_political && !is_few => {
                ProposeRequest::Elector { add: Vec::new(), remove: vec![one] }
            }
            (7..8, Some(one), _) if self.is_political => {
                ProposeRequest::Elector { add: vec![one], remove: Vec::new() }
            }
            (8..10, ..) => self.other_writers(&current),
            (10, ..) => return self.end_own_log(node),
            (12.., ..) => ProposeRequest::ReviewPolicy(self.other_policy()),
            _ => {
                self.next += 1;
                let name = Some(format!("commons {}", self.next));
                ProposeRequest::Policy { writers: None, quorum: None, name, purpose: None }
            }
        };
        // Only electors may, and not everything can be done.
        let _ = self.world.propose(node, &request);
    }

    fn other_writers(&self, current: &Charter) -> ProposeRequest {
        let all = Role::ALL
            .iter()
            .filter(|role| **role != Role::Patient || !current.writers.contains(&Role::Patient));
        let writers = Some(all.map(|role| role.word().to_owned()).collect());
        ProposeRequest::Policy { writers, quorum: None, name: None, purpose: None }
    }

    /// A policy for toolkits: lax, strict, or what stands where none is named.
    fn other_policy(&mut self) -> PolicyView {
        let need = |roles: &[&str], count| RequirementView {
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            count,
        };
        let (requirements, organisations) = match self.world.dice.below(3) {
            0 => (vec![need(&["patient", "family", "clinician"], 1)], 1),
            1 => (vec![need(&["patient"], 2), need(&["clinician"], 1)], 3),
            _ => (vec![need(&["patient", "family"], 1), need(&["clinician"], 1)], 2),
        };
        PolicyView {
            kind: "toolkit".to_owned(),
            requirements,
            organisations,
            authors_may_review: false,
            declines_block: true,
            valid_months: Some(24),
            electors_retract: self.world.dice.chance(30),
        }
    }

    fn end_own_log(&mut self, node: NodeId) {
        let own = self.world.nodes[node].keys.node.public();
        let Some(admission) = self.world.admission(node) else { return };
        let logs = admission.heads().filter(|(_, name, _)| name.node == own);
        let ends: Vec<(String, String)> =
            logs.map(|(log, _, head)| (log.to_string(), head.id.to_string())).collect();
        if let Some((log, entry)) = self.world.dice.pick(&ends) {
            self.world.end_log(node, &log, &entry);
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

    fn publish(&mut self) {
        if let Some(node) = self.someone() {
            self.world.publish_something(node);
        }
    }

    /// Somebody reports a few things at once.
    fn report(&mut self) {
        let Some(node) = self.someone() else { return };
        for _ in 0..=self.world.dice.below(3) {
            self.world.report_something(node);
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
        world.reluctance = 0;
        let all: Vec<NodeId> = world.ids().collect();
        if world.dice.chance(50) {
            all.iter().for_each(|id| world.nodes[*id].tampering = None);
        }
        self.admit_all();
        if self.world.dice.chance(50) {
            self.reinstate_all();
        }
        self.introduce_again();
        let world = &mut self.world;
        world.run_for(120_000);
        world.run_until_quiet();
        world.check_liveness();
        world.run_until_quiet();
        let entries = world.check();
        let epochs =
            world.chief().and_then(|chief| chief.governance()).map_or(0, |chain| chain.epochs().len());
        Report {
            seeds: 1,
            counters: world.counters.clone(),
            faults: world.faults.clone(),
            publishing: world.publishing.clone(),
            behaviours: world.behaviours.clone(),
            entries,
            excused: world.excused.len() as u64,
            cut: world.cut.len() as u64,
            proved: world.proved,
            stable: world.stable.len() as u64,
            epochs: (epochs as u64).saturating_sub(world.nodes.len() as u64),
            later_rounds: world.later_rounds(),
        }
    }

    /// Those who are not suspended or removed, nor play by no rules.
    fn welcome(&self) -> Vec<NodeId> {
        let charter = self.world.chief().and_then(|chief| chief.governance()).map(Governance::current);
        let is_away = |id: &NodeId| {
            let organisation = self.world.nodes[*id].keys.organisation;
            charter
                .and_then(|charter| charter.member(&organisation))
                .is_some_and(|member| member.standing != Standing::Active)
        };
        self.world.ids().filter(|id| !is_away(id) && !self.world.byzantine.contains(id)).collect()
    }

    /// Liars without whom nothing could be decided do their part.
    fn calm_liars(&mut self) {
        let Some(charter) = self.world.chief().and_then(|chief| chief.governance()).map(Governance::current)
        else {
            return;
        };
        let liars = self
            .world
            .byzantine
            .iter()
            .filter(|id| charter.elector(&self.world.nodes[**id].keys.elector.public()).is_some());
        if liars.count() + charter.votes_needed() > charter.electors.len() {
            let liars: Vec<NodeId> = self.world.byzantine.iter().copied().collect();
            liars.into_iter().for_each(|id| self.world.nodes[id].tampering = None);
        }
    }

    fn admit_all(&mut self) {
        let end = self.world.now + 20 * 60_000;
        let mut rounds = 0;
        while self.world.now < end {
            self.calm_liars();
            let waiting = self.welcome();
            let waiting: Vec<NodeId> =
                waiting.into_iter().filter(|id| !self.world.is_admitted(*id)).collect();
            if waiting.is_empty() {
                return;
            }
            // An invitation may be gone with an old disk, and the applicant is
            // not told; after a while people give another.
            for id in waiting {
                let view = self.world.engine(id).join_view().expect("its own application fits");
                let is_lost = view.state == "waiting" && rounds % 20 == 19;
                if matches!(view.state.as_str(), "asking" | "none") || is_lost {
                    self.world.invite(id, 0);
                }
            }
            self.world.run_for(5_000);
            rounds += 1;
            if rounds % 20 == 0 {
                // One whose vote is needed may be among those that are lost.
                self.introduce_again();
            }
        }
        self.world.explain_unrest();
        panic!("not everybody was admitted within {} min", 20);
    }

    /// The members take back whom they suspended or removed.
    fn reinstate_all(&mut self) {
        for _ in 0..100 {
            self.calm_liars();
            let Some(chief) = self.world.chief_id() else { return };
            let charter = self.world.governance(chief).current().clone();
            let away = charter.members.iter().filter(|member| member.standing != Standing::Active);
            let organisations: Vec<String> = away.map(|member| member.name.to_string()).collect();
            let proposer = self.world.settled().into_iter().find(|id| self.world.is_elector_for(chief, *id));
            let Some(proposer) = proposer.filter(|_| !organisations.is_empty()) else { return };
            if self.world.governance(proposer).open().is_empty() {
                let _ = self.world.propose(proposer, &ProposeRequest::Reinstate { organisations });
            }
            self.world.run_for(10_000);
        }
    }

    /// The keys of a new member may have gone with its inviter's old disk.
    fn introduce_again(&mut self) {
        self.world.run_for(120_000);
        for id in self.welcome().into_iter().filter(|id| *id != 0) {
            if self.world.engine(id).status().peers.iter().all(|peer| !peer.connected) {
                self.world.invite(id, 0);
            }
        }
    }
}
