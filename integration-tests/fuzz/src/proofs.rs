//! Files that prove a release or a fault, raw or put together from parts that exist and signed by a
//! member: what convinces is the file's one encoding and names only what was.
//!
//! Input: a byte that chooses the form. 0: a file about a release. 1: its signed part, which is signed
//! here. 2: changes to such a file, of three bytes each. 3: a file about a fault. 4: changes to such a
//! file, after a byte that chooses the fault.
#![no_main]

#[path = "../../../protocol/tests/common/breaches.rs"]
mod breaches;
#[path = "../../../protocol/tests/proof/file.rs"]
mod file;
#[path = "files.rs"]
mod files;
#[path = "../../../protocol/tests/proof/press.rs"]
mod press;
#[path = "../../../protocol/tests/proof/shelf.rs"]
mod shelf;
#[path = "../../../protocol/tests/proof/stories.rs"]
mod stories;
#[path = "../../../protocol/tests/common/world.rs"]
mod world;

use commons_protocol::fault::FaultProof;
use commons_protocol::proof::Proof;
use files::Scene;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((form, bytes)) = data.split_first() else { return };
    let scene = Scene::new();
    match form % 5 {
        0 => release(scene, bytes),
        1 => release(scene, &file::sign_body(bytes.to_vec(), &scene.key)),
        2 => release(scene, &scene.changed(bytes).sign(&scene.key)),
        3 => fault(bytes),
        _ => {
            let Some((which, changes)) = bytes.split_first() else { return };
            fault(&scene.changed_fault(*which, changes));
        }
    }
});

fn release(scene: &Scene, bytes: &[u8]) {
    let Ok(proof) = Proof::decode(bytes) else { return };
    if let Ok(again) = proof.encode(&scene.key) {
        assert!(again == bytes, "a second encoding of one file");
    }
    if let Ok(proved) = Proof::verify(bytes) {
        assert!(proved.releases.iter().all(|one| scene.releases.contains(&one.id)), "nobody released that");
        let _ = proved.paragraphs(None);
    }
}

fn fault(bytes: &[u8]) {
    let Ok(proof) = FaultProof::decode(bytes) else { return };
    assert!(proof.encode().is_ok_and(|again| again == bytes), "a second encoding of one file");
    if let Ok(proved) = FaultProof::verify(bytes) {
        assert!(!proved.paragraphs().is_empty() && !proved.fault.evidence.is_empty());
    }
}
