//! The bytes of every type are what they were: see `vectors/README.md`.
#![allow(clippy::disallowed_methods, reason = "golden bytes are files")]

#[path = "golden/documented.rs"]
mod documented;
#[path = "golden/rollups.rs"]
mod rollups;
#[path = "common/samples.rs"]
mod samples;
#[path = "common/world.rs"]
mod world;

use commons_protocol::codec;
use commons_protocol::entry::ENTRY_TYPE;
use commons_protocol::id::Commitment;
use commons_protocol::invitation::{Invitation, fingerprint};
use commons_protocol::key::pre_authentication;
use commons_protocol::keylog::consent;
use commons_protocol::signed::Verified;
use commons_protocol::sync::table::{Names, Row, Salt, bucket_of, digest};
use samples::{Sample, a_log_name, an_application, an_invitation};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(name)
}

/// Compares `text` with the file, or writes it if that is asked for.
fn matches_file(name: &str, text: &str) {
    if std::env::var_os("COMMONS_REGENERATE").is_some() {
        return std::fs::write(file(name), text).expect("the vectors can be written");
    }
    let golden = std::fs::read_to_string(file(name)).expect("a file of golden bytes for each type");
    assert_eq!(golden, text, "{name}: the bytes changed; read vectors/README.md before you change the file");
}

fn by_kind() -> BTreeMap<&'static str, Vec<Sample>> {
    let mut kinds: BTreeMap<&'static str, Vec<Sample>> = BTreeMap::new();
    samples::all().into_iter().for_each(|sample| kinds.entry(sample.kind).or_default().push(sample));
    kinds
}

#[test]
fn every_type_encodes_to_its_golden_bytes() {
    for (kind, samples) in by_kind() {
        let mut text = format!("# type: {kind}\n# version: 1\n");
        for sample in samples {
            write!(text, "# {}: {}\n{}\n", sample.name, sample.meaning, hex::encode(&sample.bytes))
                .expect("text");
        }
        matches_file(&format!("{kind}.v1.hex"), &text);
    }
}

#[test]
fn golden_bytes_decode_to_their_values() {
    for (kind, samples) in by_kind() {
        let name = format!("{kind}.v1.hex");
        let text = std::fs::read_to_string(file(&name)).expect("a file of golden bytes for each type");
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(lines.len(), samples.len(), "{name}");
        for (line, sample) in lines.iter().zip(samples) {
            let bytes = hex::decode(line).expect("hexadecimal");
            assert!((sample.is_value)(&bytes), "{name}: {}", sample.name);
        }
    }
}

#[test]
fn derived_values_are_what_they_were() {
    let world = samples::world();
    let own = &world.organisations[0];
    let mut writer = world.writer(0, commons_protocol::collection::Collection::Toolkits, 2);
    let entry = writer.create();
    let (application, applicant) = an_application("Families of the north");
    let application = Verified::sign(application, &applicant.root).expect("its own key");
    let row = Row { id: [1; 32], version: 2, tag: [3; 32] };
    let names = Names::new(&Salt([1; 16]), &Salt([2; 16]));
    let head = writer.run(0, 1).last().header.clone();
    let lines = [
        ("commons id", world.commons.to_string()),
        ("epoch hash", world.current().hash().to_string()),
        ("organisation id", own.id().to_string()),
        ("root key commitment", Commitment::to(&own.next_root.public()).to_string()),
        ("object id of the founding proposal", world.objects[0].id().to_string()),
        ("object id of a fork", samples::a_fork().id().to_string()),
        ("log id", a_log_name().id(&world.commons).to_string()),
        ("entry id", entry.to_string()),
        ("document id", entry.creates().to_string()),
        ("body hash", head.body_hash.to_string()),
        ("consent of the node key", consent(&world.commons, &own.id(), &own.node).to_string()),
        (
            "DSSE pre-authentication of a header",
            hex::encode(pre_authentication(ENTRY_TYPE, &codec::encode(&head))),
        ),
        ("digest of one row", digest(vec![row]).to_string()),
        ("bucket of its id", bucket_of(&row.id).to_string()),
        ("short name of its id", names.short(&row.id).to_string()),
        ("application id", application.id().to_string()),
        ("fingerprint words of the application", fingerprint(&application.id())),
        ("invitation code", an_invitation().to_code()),
        ("digest by which the snapshot is cited", samples::rollup::a_snapshot().digest().to_string()),
    ];
    let mut text = String::from("# type: derived values\n# version: 1\n");
    lines.iter().for_each(|(name, value)| writeln!(text, "# {name}\n{value}").expect("text"));
    matches_file("derived.v1.txt", &text);
    let read = Invitation::from_code(&an_invitation().to_code()).expect("its own code");
    assert!(read == an_invitation());
}

#[test]
fn what_tools_outside_read_is_what_it_was() {
    let (version, review) = (samples::publication::a_version(), samples::publication::a_review());
    let envelope = review.sign(&world::key("reviewer")).expect("its own key");
    let name = version.name();
    let lines = [
        ("BLAKE3 of the version", name.blake3.to_string()),
        ("SHA-256 of the version", name.sha256.to_string()),
        ("hash of its heads and cover", name.cover.to_string()),
        ("statement of the review", String::from_utf8(review.encode()).expect("JSON is text")),
        ("its envelope as DSSE's JSON", envelope.to_json(&review.reviewer)),
        ("public key of the reviewer", review.reviewer.to_string()),
    ];
    let mut text = String::from("# type: statement\n# version: 1\n");
    lines.iter().for_each(|(name, value)| writeln!(text, "# {name}\n{value}").expect("text"));
    matches_file("statement.v1.txt", &text);
    assert!(envelope.verify().is_ok_and(|read| read == review));
}

#[test]
fn roll_ups_are_what_they_were() {
    matches_file("roll-up.v1.txt", &rollups::text());
}

#[test]
fn there_is_no_file_without_a_type() {
    let kinds = by_kind();
    for item in std::fs::read_dir(file("")).expect("a folder of vectors") {
        let name = item.expect("an entry").file_name().into_string().expect("a plain name");
        let kind = name.strip_suffix(".v1.hex").unwrap_or_default();
        let is_known = kinds.contains_key(kind)
            || ["README.md", "derived.v1.txt", "roll-up.v1.txt", "statement.v1.txt"].contains(&name.as_str());
        assert!(is_known, "{name} belongs to no type");
    }
}
