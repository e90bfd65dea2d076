//! Votes, epochs, key logs, attestations, forks and faults: signed by whoever the input says, in
//! the order that it says. What is admitted is what the specification says, and the other way
//! round gives the same.
//!
//! Input: operations of eight bytes, the first of which chooses what is made.
#![no_main]

#[path = "../../../protocol/tests/common/replica.rs"]
mod replica;
#[path = "../../../protocol/tests/common/world.rs"]
mod world;

use commons_protocol::attestation::Attestation;
use commons_protocol::charter::{Charter, Point};
use commons_protocol::collection::{Collection, Role, Standing};
use commons_protocol::fault::{FaultProof, faults};
use commons_protocol::id::{Commitment, EpochHash, ObjectId};
use commons_protocol::key::SecretKey;
use commons_protocol::keylog::{KeyAction, KeyEvent};
use commons_protocol::object::Object;
use commons_protocol::recompute::recompute;
use commons_protocol::run::VerifiedRun;
use commons_protocol::signed::Verified;
use commons_protocol::vote::{Phase, Vote};
use replica::Memory;
use std::sync::OnceLock;
use world::{World, Writer, key, list, text};

/// A commons of five members, four of whom vote; logs with a second branch each; proposals.
struct Scene {
    world: World,
    branches: Vec<Writer>,
    charters: Vec<Charter>,
}

impl Scene {
    fn new() -> &'static Self {
        static SCENE: OnceLock<Scene> = OnceLock::new();
        SCENE.get_or_init(|| {
            let world = World::new(5, 4);
            let mut branches = Vec::new();
            for index in [0, 4] {
                let mut log = world.writer(index, Collection::Toolkits, 0);
                (0..5).for_each(|_| _ = log.create());
                let mut other = log.fork_at(2);
                (0..3).for_each(|_| _ = other.receipt(log.ids[0]));
                branches.extend([log, other]);
            }
            let charters = proposals(&world, &branches);
            Self { world, branches, charters }
        })
    }

    fn organisation(&self, byte: u8) -> &world::Organisation {
        &self.world.organisations[usize::from(byte) % 5]
    }

    fn point(&self, branch: u8, seq: u8) -> Point {
        let writer = &self.branches[usize::from(branch) % self.branches.len()];
        let index = usize::from(seq) % writer.ids.len();
        Point { log: writer.log(), seq: index as u64, entry: writer.ids[index] }
    }
}

fn proposals(world: &World, branches: &[Writer]) -> Vec<Charter> {
    let pins: Vec<Point> = branches[2..3].iter().filter_map(|log| log.pin(3)).collect();
    let other: Vec<Point> = branches[3..4].iter().filter_map(|log| log.pin(4)).collect();
    vec![
        Charter { name: text("Other days"), ..world.next_charter() },
        world.standing_charter(4, Standing::Removed, pins),
        world.standing_charter(4, Standing::Suspended, other),
        Charter { writers: list([Role::Patient]), ..world.next_charter() },
    ]
}

/// What an operation makes.
enum Made {
    Object(Object),
    Run(VerifiedRun),
}

fn vote(scene: &Scene, op: &[u8; 8], made: &[ObjectId]) -> Object {
    let elector = &scene.organisation(op[1]).elector;
    let phase = [Phase::Endorse, Phase::Prepare, Phase::Commit][usize::from(op[2]) % 3];
    let charter = scene.charters.get(usize::from(op[4]) % 5);
    let value = Vote {
        commons: scene.world.commons,
        parent: Some(scene.world.current().hash()),
        round: u32::from(op[3]) % 4,
        phase,
        proposal: charter.map_or(EpochHash([9; 32]), Charter::hash),
        elector: elector.public(),
        lock: (op[5] & 1 == 1).then(|| u32::from(op[5]) >> 1),
        attested: earlier(op[6], made),
    };
    sign(value, elector)
}

fn attestation(scene: &Scene, op: &[u8; 8], made: &[ObjectId]) -> Object {
    let elector = &scene.organisation(op[1]).elector;
    let epoch = match op[2] & 1 {
        0 => scene.world.current().hash(),
        _ => scene.charters[usize::from(op[2]) % scene.charters.len()].hash(),
    };
    let value = Attestation {
        commons: scene.world.commons,
        epoch,
        elector: elector.public(),
        seq: u64::from(op[3]) % 3,
        prev: earlier(op[4], made),
        points: list([scene.point(op[5], op[6])]),
    };
    sign(value, elector)
}

fn key_event(scene: &Scene, op: &[u8; 8], made: &[ObjectId]) -> Object {
    let organisation = scene.organisation(op[1]);
    let signer = if op[2] & 1 == 0 { &organisation.admin } else { &organisation.root };
    let point = scene.point(op[5], op[6]);
    let action = match op[3] % 6 {
        0 => KeyAction::Revoke { key: organisation.node.public(), pins: list([point]) },
        1 => KeyAction::Revoke { key: organisation.person.public(), pins: list([]) },
        2 => KeyAction::EndLogs { ends: list([point]) },
        3 => KeyAction::RevokeAdmin { admin: organisation.admin.public(), last: earlier(op[7], made) },
        4 => KeyAction::AppointAdmin { admin: scene.organisation(op[7]).admin.public() },
        _ => KeyAction::RotateRoot {
            root: organisation.next_root.public(),
            next: Commitment::to(&key("another").public()),
        },
    };
    let value = KeyEvent {
        commons: scene.world.commons,
        organisation: organisation.id(),
        signer: signer.public(),
        seq: u64::from(op[4]) % 5,
        prev: earlier(op[7], made),
        action,
    };
    sign(value, signer)
}

fn sign<T: commons_protocol::signed::Payload>(value: T, key: &SecretKey) -> Object
where
    Object: From<Verified<T>>,
{
    Verified::sign(value, key).expect("its own key").into()
}

fn earlier(byte: u8, made: &[ObjectId]) -> Option<ObjectId> {
    made.get(usize::from(byte).checked_sub(1)?).copied()
}

fn make(scene: &Scene, op: &[u8; 8], made: &[ObjectId]) -> Option<Made> {
    let object = match op[0] % 5 {
        0 => vote(scene, op, made),
        1 => attestation(scene, op, made),
        2 => key_event(scene, op, made),
        3 => {
            let charter = &scene.charters[usize::from(op[1]) % scene.charters.len()];
            world::proposal(charter.clone(), &scene.organisation(op[2]).elector, Some(scene.world.commons))
        }
        _ => {
            let writer = &scene.branches[usize::from(op[1]) % scene.branches.len()];
            let from = usize::from(op[2]) % writer.ids.len();
            let to = from + 1 + usize::from(op[3]) % (writer.ids.len() - from);
            return Some(Made::Run(writer.run(from, to)));
        }
    };
    // What no decoder lets through never comes in.
    Object::decode(&object.encode()).ok().map(Made::Object)
}

fn take<'a>(scene: &Scene, items: impl Iterator<Item = &'a Made>) -> Memory {
    let mut memory = Memory::new(scene.world.commons);
    memory.add_objects(scene.world.objects.clone());
    for item in items {
        match item {
            Made::Object(object) => _ = memory.add_objects(vec![object.clone()]),
            Made::Run(run) => _ = memory.add_run(run.clone()),
        }
    }
    memory
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let scene = Scene::new();
    let mut ids: Vec<ObjectId> = scene.world.objects.iter().map(Object::id).collect();
    let mut items = Vec::new();
    for op in data.as_chunks::<8>().0.iter().take(48) {
        if let Some(item) = make(scene, op, &ids) {
            if let Made::Object(object) = &item {
                ids.push(object.id());
            }
            items.push(item);
        }
    }
    let (forth, back) = (take(scene, items.iter()), take(scene, items.iter().rev()));
    let objects: Vec<Object> = forth.admission.objects().values().cloned().collect();
    let expected = recompute(scene.world.commons, &objects, forth.runs(), forth.admission.chosen());
    assert_eq!(forth.admission.head_map(), expected);
    assert_eq!(back.admission.head_map(), expected, "the other way round");
    assert_eq!(forth.admission.governance(), back.admission.governance());
    check_faults(&forth);
});

/// Every fault that comes to light can be proved to a stranger.
fn check_faults(memory: &Memory) {
    let Some(governance) = memory.admission.governance() else { return };
    let objects = memory.admission.objects();
    for fault in faults(objects.values(), governance, memory.admission.keys()) {
        let proof = FaultProof::new(&fault, objects, governance).expect("what is found can be proved");
        let bytes = proof.encode().expect("a few objects fit a file");
        assert_eq!(FaultProof::verify(&bytes).expect("what is handed out convinces").fault.id(), fault.id());
    }
}
