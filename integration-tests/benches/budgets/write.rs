//! Row 4: durable writes through the engine over a store on disk.

use super::data::{Numbers, Opaque, prose};
use super::measure::{Cost, Figure, Outcome};
use super::world::{NOW, World};
use commons_node::engine::{Caller, Engine};
use commons_node::net::{Command, Event, GossipId, PeerKey, Verdict};
use commons_node::store::DiskStore;
use commons_node::view::{EditRequest, FoundRequest, NewDocument};
use commons_protocol::bounded::BoundedBytes;
use commons_protocol::codec;

const ROW: &str = "4";

/// Requests that come in together.
const TOGETHER: usize = 64;

/// Entries of a peer, one by one and in groups; then whole edits.
pub fn writes(scale: usize) -> Outcome<Vec<Figure>> {
    let mut figures = entries(2_000 / scale, 1, "entry of a peer: verify, admit, fsync, one by one")?;
    figures.extend(entries(12_800 / scale, TOGETHER, "the same, 64 in one commit")?);
    figures.extend(edits(640 / scale)?);
    Ok(figures)
}

/// Takes in entries that came by gossip, which is how an engine writes one
/// entry with nothing around it.
fn entries(count: usize, together: usize, what: &str) -> Outcome<Vec<Figure>> {
    let world = World::new(2)?;
    let home = tempfile::tempdir()?;
    let mut engine = world.fill(0, home.path(), &[])?;
    let mut opaque = Opaque::new(&world, 2, 100);
    let runs: Vec<Vec<u8>> = (0..count).map(|_| opaque.write_one(1)).collect::<Outcome<_>>()?;
    let cost = Cost::begin()?;
    for batch in runs.chunks(together) {
        batch.iter().try_for_each(|run| receive(&mut engine, run))?;
        finish(&mut engine)?;
    }
    let spent = cost.spent()?;
    if engine.status().entries != count as u64 {
        return Err("the entries were not admitted".into());
    }
    Ok(rates(what, count, spent.wall, spent.cpu, true))
}

/// Takes in a run that came by gossip, durably.
pub fn take(engine: &mut Engine<DiskStore>, run: &[u8]) -> Outcome<()> {
    receive(engine, run)?;
    finish(engine)
}

/// Gives the engine a gossip message that carries a run: variant 1 with the
/// run's bytes.
fn receive(engine: &mut Engine<DiskStore>, run: &[u8]) -> Outcome<()> {
    let data = codec::encode(&(1_u32, (BoundedBytes::<65_536>::new(run.to_vec())?,)));
    let (id, from) = (GossipId([0; 20]), PeerKey([0; 32]));
    engine.on_event(Event::Gossip { id, from, topic: String::new(), data })?;
    Ok(())
}

/// Makes what was received durable. An error unless all of it was accepted.
fn finish(engine: &mut Engine<DiskStore>) -> Outcome<()> {
    engine.commit()?;
    engine.take_changes();
    let commands = engine.take_commands();
    let is_good = |command: &Command| !matches!(command, Command::Verdict { verdict, .. } if *verdict != Verdict::Accept);
    if commands.iter().all(is_good) { Ok(()) } else { Err("an entry was not accepted".into()) }
}

fn rates(what: &str, count: usize, wall: f64, cpu: f64, is_budgeted: bool) -> Vec<Figure> {
    let (rate, each) = (count as f64 / wall, cpu * 1_000.0 / count as f64);
    match is_budgeted {
        true => vec![
            Figure::at_least(ROW, what, rate, 2_000.0, "/s"),
            Figure::at_most(ROW, "  each", each, 0.2, "CPU ms"),
        ],
        false => {
            vec![Figure::note(ROW, what, rate, "/s"), Figure::note(ROW, "  each", each, "CPU ms")]
        }
    }
}

/// Whole documents and edits, as a person's request runs them.
fn edits(count: usize) -> Outcome<Vec<Figure>> {
    let world = World::new(2)?;
    let home = tempfile::tempdir()?;
    let mut engine = world.open(0, home.path())?;
    let person = world.organisations[0].person.public().to_string();
    let caller = Caller { person, name: "A person".to_owned(), administrator: true };
    engine.found(&caller, &FoundRequest { name: "Alone".to_owned(), purpose: "Measuring".to_owned() })?;
    engine.commit()?;
    let mut numbers = Numbers::new(4);
    let texts: Vec<String> = (0..count).map(|_| prose(&mut numbers, 250)).collect();
    let cost = Cost::begin()?;
    let mut ids = Vec::new();
    for text in &texts {
        let request = NewDocument {
            kind: "toolkit".to_owned(),
            title: "A title".to_owned(),
            language: None,
            description: None,
            text: text.clone(),
            ..NewDocument::default()
        };
        ids.push(engine.new_document(&caller, &request)?.summary.id);
        settle(&mut engine)?;
    }
    let spent = cost.spent()?;
    let mut figures = rates("new document of 250 B, one by one", count, spent.wall, spent.cpu, false);
    figures.extend(edit_all(&mut engine, &caller, &ids, &texts, 1, "edit that adds a word, one by one")?);
    figures.extend(edit_all(&mut engine, &caller, &ids, &texts, TOGETHER, "the same, 64 in one batch")?);
    Ok(figures)
}

fn edit_all(
    engine: &mut Engine<DiskStore>,
    caller: &Caller,
    ids: &[String],
    texts: &[String],
    together: usize,
    what: &str,
) -> Outcome<Vec<Figure>> {
    let cost = Cost::begin()?;
    for (number, (id, text)) in ids.iter().zip(texts).enumerate() {
        engine.set_now(NOW + number as u64);
        let text = format!("{text} word{together}");
        engine.edit_document(caller, id, &EditRequest { text: Some(text), ..EditRequest::default() })?;
        if number % together == together - 1 {
            settle(engine)?;
        }
    }
    settle(engine)?;
    let spent = cost.spent()?;
    Ok(rates(what, ids.len(), spent.wall, spent.cpu, false))
}

fn settle(engine: &mut Engine<DiskStore>) -> Outcome<()> {
    engine.commit()?;
    engine.take_commands();
    engine.take_changes();
    Ok(())
}
