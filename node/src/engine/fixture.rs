//! A node for tests of the engine's parts.

use super::{Caller, Engine, Keyring, Profile};
use crate::store::MemoryStore;
use crate::view::FoundRequest;
use commons_protocol::collection::{Collection, OrganisationKind};
use commons_protocol::id::OrganisationId;
use commons_protocol::key::SecretKey;

/// A node that founded a commons of its own, and who runs it.
pub(super) fn founder() -> (Engine<MemoryStore>, Caller) {
    let key = |number: u8| SecretKey::from_seed([number; 32]);
    let keys = Keyring {
        organisation: OrganisationId::of(&key(1).public()),
        root: key(1),
        next_root: key(2),
        admin: key(3),
        elector: key(4),
        node: key(5),
        peer: key(6),
        people: [(key(7).public(), key(7))].into(),
    };
    let profile = Profile {
        name: "Riverside".to_owned(),
        kind: OrganisationKind::Site,
        collections: Collection::ALL.to_vec(),
        public_addresses: Vec::new(),
    };
    let mut number = 0;
    let random = Box::new(move || {
        number += 1;
        [number; 32]
    });
    let mut engine = Engine::open(MemoryStore::new(), profile, keys, random, 0).unwrap();
    let caller = Caller { person: key(7).public().to_string(), name: "Ada".to_owned(), administrator: true };
    let request = FoundRequest { name: "Better days".to_owned(), purpose: "Learning".to_owned() };
    engine.found(&caller, &request).unwrap();
    engine.commit().unwrap();
    (engine, caller)
}
