//! Writes the seed corpora into `corpus/`, from honest values.

#[path = "honest.rs"]
mod honest;
#[path = "../../../protocol/tests/common/replica.rs"]
mod replica;
#[path = "../../../protocol/tests/common/samples.rs"]
mod samples;
#[path = "small.rs"]
mod small;
#[path = "../../../protocol/tests/common/world.rs"]
mod world;

use small::{Small, record};
use std::path::Path;

fn main() -> std::io::Result<()> {
    decode()?;
    fence()?;
    session()?;
    admission()?;
    governance()
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
