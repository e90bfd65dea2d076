//! Writes the seed corpora into `corpus/`, from honest values.

#[path = "../../../protocol/tests/common/breaches.rs"]
mod breaches;
#[path = "../../../protocol/tests/proof/file.rs"]
mod file;
#[path = "files.rs"]
mod files;
#[path = "honest.rs"]
mod honest;
#[path = "kinds.rs"]
mod kinds;
#[path = "measures.rs"]
mod measures;
#[path = "../../../protocol/tests/proof/press.rs"]
mod press;
#[path = "records.rs"]
mod records;
#[path = "../../../protocol/tests/common/replica.rs"]
mod replica;
#[path = "../../../protocol/tests/common/samples.rs"]
mod samples;
#[path = "../../../protocol/tests/proof/shelf.rs"]
mod shelf;
#[path = "small.rs"]
mod small;
#[path = "../../../protocol/tests/proof/stories.rs"]
mod stories;
#[path = "../../../protocol/tests/common/world.rs"]
mod world;

use commons_protocol::codec;
use commons_protocol::fault::FaultProof;
use commons_protocol::id::{DocumentId, EntryId, OrganisationId};
use commons_protocol::period::Period;
use commons_protocol::proof::Proof;
use commons_protocol::rollup::Snapshot;
use commons_protocol::series::Submission;
use files::Scene;
use records::record;
use small::Small;
use std::path::Path;
use world::list;

fn main() -> std::io::Result<()> {
    decode()?;
    bodies()?;
    snapshots()?;
    fence()?;
    session()?;
    admission()?;
    governance()?;
    reports()?;
    proofs()?;
    figures()
}

fn write(target: &str, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join(name), bytes)
}

fn decode() -> std::io::Result<()> {
    let mut kinds: Vec<&str> = Vec::new();
    for sample in samples::all() {
        if !kinds.contains(&sample.kind) {
            kinds.push(sample.kind);
        }
        let index = kinds.iter().position(|kind| *kind == sample.kind).unwrap_or_default();
        let first = u8::try_from(index).expect("few types");
        write(
            "decode",
            &format!("{}-{}", sample.kind, sample.name),
            &[&[first], &sample.bytes[..]].concat(),
        )?;
    }
    let first = u8::try_from(kinds.len()).expect("few types");
    let statement = samples::publication::a_review().encode();
    write("decode", "statement", &[&[first + 1], &statement[..]].concat())?;
    write("decode", "code", &[&[first], samples::an_invitation().to_code().as_bytes()].concat())
}

fn bodies() -> std::io::Result<()> {
    for sample in samples::all() {
        if let Some(kind) = kinds::KINDS.iter().position(|(_, name)| *name == sample.kind) {
            let first = u8::try_from(kind).expect("few kinds");
            let name = format!("{}-{}", sample.kind, sample.name);
            write("bodies", &name, &[&[first], &sample.bytes[..]].concat())?;
        }
    }
    Ok(())
}

fn snapshots() -> std::io::Result<()> {
    for sample in samples::all().into_iter().filter(|sample| sample.kind == "snapshot") {
        write("snapshots", &sample.name, &sample.bytes)?;
    }
    let told = measures::told();
    let last = |who: &OrganisationId| told.line(who).last().copied().expect("it said something");
    let heads = told.accounts().map(|(who, _)| (*who, last(who))).collect();
    let rollup = measures::rollup(&told, DocumentId([1; 32]));
    let snapshot = Snapshot::of(&rollup, Period::EARLIEST..=Period::LATEST, &heads).expect("it fits");
    write("snapshots", "told", &snapshot.encode())
}

/// The story of one site, by itself and beside another's; two that did not know of each other.
fn reports() -> std::io::Result<()> {
    let one =
        |control: u8, submission: &Submission| record(&[&[control], &codec::encode(submission)[..]].concat());
    let story = measures::story();
    let told: Vec<u8> = story.iter().flat_map(|said| one(5, said)).collect();
    write("reports", "story", &told)?;
    let both = story.iter().flat_map(|said| [one(5, said), one(7, said)].concat());
    write("reports", "two-sites", &both.collect::<Vec<u8>>())?;
    let apart = story.iter().take(2).flat_map(|said| one(4, said));
    let joins = Submission { previous: list([EntryId([1; 32]), EntryId([2; 32])]), ..story[3].clone() };
    write("reports", "joins", &apart.chain(one(4, &joins)).collect::<Vec<u8>>())
}

fn proofs() -> std::io::Result<()> {
    let scene = Scene::new();
    assert!(Proof::verify(&scene.changed(&[]).sign(&scene.key)).is_ok(), "the whole file proves something");
    assert!((0..10).all(|which| FaultProof::verify(scene.fault(which)).is_ok()));
    write("proofs", "release", &[&[0], &scene.honest()[..]].concat())?;
    write("proofs", "release-unsigned", &[&[1], &codec::encode(scene.whole())[..]].concat())?;
    write("proofs", "release-whole", &[2])?;
    write("proofs", "release-changed", &[2, 4, 5, 0, 3, 1, 0x42, 6, 0, 9])?;
    write("proofs", "fault", &[&[3], scene.fault(0)].concat())?;
    (0..10).try_for_each(|which| write("proofs", &format!("fault-{which}"), &[4, which]))?;
    write("proofs", "fault-changed", &[4, 2, 0, 1, 0])
}

/// The examples of the documentation, and reports that the tests read.
fn figures() -> std::io::Result<()> {
    let formats = include_str!("../../../docs/formats.md");
    for (first, language) in [(0, "csv"), (1, "json")] {
        let open = format!("```{language}\n");
        let blocks = formats.split(open.as_str()).skip(1).filter_map(|rest| rest.split("```").next());
        for (number, text) in blocks.enumerate() {
            write("figures", &format!("{language}-{number}"), &[&[first], text.as_bytes()].concat())?;
        }
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../node/tests/fhir/fixtures");
    for name in ["wrong-score", "individual", "year", "bundle"] {
        let text = std::fs::read(folder.join(format!("{name}.json")))?;
        write("figures", &format!("fhir-{name}"), &[&[2], &text[..]].concat())?;
    }
    let wide =
        "type;period;level;breaches;attendances\n1;2026-01;provider;1 234;9.876\n2;2026-01;provider;*;40\n";
    write("figures", "named", &[&[8], wide.as_bytes()].concat())
}

fn fence() -> std::io::Result<()> {
    let (_, changes) = honest::seed();
    for control in [0, 4, 12] {
        let mut bytes = Vec::new();
        for (actor, change) in &changes {
            let index = honest::ACTORS.iter().position(|known| known == actor).unwrap_or_default();
            bytes.push(control | u8::try_from(index).expect("three actors"));
            bytes.extend(record(change));
        }
        write("fence", &format!("honest-{control}"), &bytes)?;
    }
    Ok(())
}

fn session() -> std::io::Result<()> {
    for caller_is_half in [true, false] {
        let (mut half, mut whole) = (Small::new().half(), Small::new().whole());
        let talk = match caller_is_half {
            true => replica::converse(&mut half, &mut whole, 5, None),
            false => replica::converse(&mut whole, &mut half, 5, None),
        };
        let heard = talk.frames.iter().filter(|frame| frame.by_caller != caller_is_half);
        let frames: Vec<u8> = heard.flat_map(|frame| record(&frame.bytes)).collect();
        let first = u8::from(caller_is_half);
        write("session", &format!("half-calls-{caller_is_half}"), &[&[first], &frames[..]].concat())?;
    }
    Ok(())
}

fn admission() -> std::io::Result<()> {
    let small = Small::new();
    let runs = small.runs.iter().flat_map(|run| record(&[&[2], &run.encode()[..]].concat()));
    write("admission", "runs", &runs.collect::<Vec<u8>>())?;
    let objects = small.world.objects.iter().skip(1).take(4);
    let objects = objects.flat_map(|object| record(&[&[1], &object.encode()[..]].concat()));
    write("admission", "objects", &objects.collect::<Vec<u8>>())
}

/// Four electors decide on the removal of the fifth member after attesting its log, which forks; and
/// one of them votes twice.
fn governance() -> std::io::Result<()> {
    let mut ops: Vec<[u8; 8]> = vec![[4, 2, 0, 4, 0, 0, 0, 0], [3, 1, 0, 0, 0, 0, 0, 0]];
    ops.extend((0..3).map(|elector| [1, elector, 0, 0, 0, 2, 2, 0]));
    for phase in 0..3 {
        ops.extend((0..3).map(|elector| [0, elector, phase, 0, 1, 0, 0, 0]));
    }
    ops.push([0, 0, 1, 0, 2, 0, 0, 0]);
    ops.push([4, 3, 1, 4, 0, 0, 0, 0]);
    ops.push([2, 4, 0, 2, 3, 2, 1, 0]);
    write("governance", "removal", &ops.concat())
}
