//! A commons that published and one in which somebody broke a rule, and files about them.
#![allow(dead_code)]

use crate::breaches;
use crate::file::File;
use crate::press::{COUNCIL, Press};
use crate::stories;
use crate::world::list;
use commons_protocol::bounded::{BoundedBytes, BoundedVec, Text};
use commons_protocol::codec;
use commons_protocol::entry::EntryKind;
use commons_protocol::fault::{FaultId, FaultProof};
use commons_protocol::id::{CommonsId, DocumentId, EntryId, EpochHash};
use commons_protocol::key::SecretKey;
use commons_protocol::limits::OBJECTS;
use commons_protocol::object::ENCODED_OBJECT_BYTES;
use commons_protocol::run::VerifiedRun;
use commons_protocol::time::Timestamp;
use minicbor::{Decode, Encode};
use std::collections::BTreeSet;
use std::sync::OnceLock;

/// The form of a file about a fault.
#[derive(Clone, Encode, Decode)]
#[cbor(array)]
struct FaultFile {
    #[n(0)]
    magic: Text<32>,
    #[n(1)]
    commons: CommonsId,
    #[n(2)]
    fault: FaultId,
    #[n(3)]
    chosen: BoundedVec<EpochHash, 1_024>,
    #[n(4)]
    objects: BoundedVec<BoundedBytes<ENCODED_OBJECT_BYTES>, OBJECTS>,
}

/// What files are made of.
pub struct Scene {
    press: Press,
    /// A file of all that was said.
    whole: File,
    /// The key of the node that signs files.
    pub key: SecretKey,
    /// Every release that there is.
    pub releases: BTreeSet<EntryId>,
    faults: Vec<Vec<u8>>,
}

impl Scene {
    /// Made once.
    pub fn new() -> &'static Self {
        static SCENE: OnceLock<Scene> = OnceLock::new();
        SCENE.get_or_init(|| {
            let press = stories::three_releases_and_a_retraction();
            let runs = press.logs.iter().flat_map(|log| log.runs(256)).collect::<Vec<VerifiedRun>>();
            let entries = runs.iter().flat_map(VerifiedRun::entries);
            let releases = entries.filter(|entry| entry.header.kind == EntryKind::Release);
            Self {
                releases: releases.map(|entry| entry.id).collect(),
                whole: press.forge(COUNCIL),
                key: press.node(COUNCIL),
                faults: breaches::BREACHES.iter().map(|(_, breach)| fault_file(*breach)).collect(),
                press,
            }
        })
    }

    /// The file as the node makes it.
    pub fn honest(&self) -> Vec<u8> {
        self.press.file(COUNCIL)
    }

    /// The file of all that was said.
    pub fn whole(&self) -> &File {
        &self.whole
    }

    /// The file about a fault.
    pub fn fault(&self, which: u8) -> &[u8] {
        &self.faults[usize::from(which) % self.faults.len()]
    }

    /// The file of all that was said, with these changes.
    pub fn changed(&self, changes: &[u8]) -> File {
        let mut file = self.whole.clone();
        for [what, index, other] in changes.as_chunks::<3>().0.iter().take(24) {
            match what % 7 {
                0 => file.objects = without(&file.objects, *index),
                1 => file.runs = without(&file.runs, *index),
                2 => file.versions = without(&file.versions, *index),
                3 => file = self.with_run(&file, *index, *other),
                4 => {
                    let gone = usize::from(*index);
                    file = file.without_bodies(|entry| entry.header.seq as usize == gone);
                }
                5 => {
                    let charters = &self.press.world.charters;
                    file.chosen = list([charters[usize::from(*index) % charters.len()].hash()]);
                }
                _ if index & 1 == 1 => file.document = DocumentId([*other; 32]),
                _ => file.time = Timestamp(u64::from(*other) << (index & 63)),
            }
        }
        file
    }

    /// The file with one log as far as an entry, from another on.
    fn with_run(&self, file: &File, log: u8, ends: u8) -> File {
        let logs: Vec<_> = self.press.logs.iter().filter(|log| !log.ids.is_empty()).collect();
        let log = logs[usize::from(log) % logs.len()];
        let from = usize::from(ends & 15) % log.ids.len();
        let to = from + 1 + usize::from(ends >> 4) % (log.ids.len() - from);
        let mut runs = file.runs();
        runs.retain(|run| run.log() != log.name);
        runs.push(log.run(from, to));
        file.with_runs(&runs)
    }

    /// A file about a fault without some objects, or about another one.
    pub fn changed_fault(&self, which: u8, changes: &[u8]) -> Vec<u8> {
        let read = |bytes: &[u8]| codec::decode::<FaultFile>(bytes, 1 << 24).expect("the form of a proof");
        let mut file = read(self.fault(which));
        for [what, index, other] in changes.as_chunks::<3>().0.iter().take(24) {
            match what % 3 {
                0 => file.objects = without(&file.objects, *index),
                1 => file.fault = read(self.fault(*other)).fault,
                _ => file.chosen = list([EpochHash([*other; 32])]),
            }
        }
        codec::encode(&file)
    }
}

/// The list without one of its elements.
fn without<T: Clone, const N: usize>(all: &BoundedVec<T, N>, index: u8) -> BoundedVec<T, N> {
    let gone = usize::from(index) % all.len().max(1);
    list(all.iter().enumerate().filter(|(index, _)| *index != gone).map(|(_, one)| one.clone()))
}

fn fault_file(breach: breaches::Breach) -> Vec<u8> {
    let (faults, objects, governance) = breaches::found(&breaches::broken(breach));
    let proof = FaultProof::new(&faults[0], &objects, &governance).expect("proves");
    proof.encode().expect("small")
}
