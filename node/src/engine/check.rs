//! Walking every chain again: `commons check`.

use super::journal::{OBJECT, RUN};
use super::load::FACT;
use super::{Engine, Failure};
use crate::store::{Position, Record, Store};
use crate::view::CheckView;
use commons_protocol::admission::Admission;
use commons_protocol::codec;
use commons_protocol::id::CommonsId;
use commons_protocol::object::Object;
use commons_protocol::run::{Run, VerifiedRun};
use std::ops::ControlFlow;

/// Problems that are listed; the rest are only counted.
const LISTED: usize = 50;

impl<S: Store> Engine<S> {
    /// Reads every record, verifies every signature and chain again, admits
    /// everything into a fresh state, and compares with what is in use; then
    /// builds every document again from its raw changes.
    pub fn check(&mut self) -> Result<CheckView, Failure> {
        self.commit()?;
        let mut view = CheckView { ok: true, records: 0, entries: 0, documents: 0, problems: Vec::new() };
        if let Some(id) = self.commons.as_ref().map(|commons| commons.admission.commons()) {
            self.check_records(id, &mut view)?;
            self.check_documents(&mut view)?;
        }
        if view.problems.len() > LISTED {
            let more = view.problems.len() - LISTED;
            view.problems.truncate(LISTED);
            view.problems.push(format!("and {more} more"));
        }
        view.ok = view.problems.is_empty();
        Ok(view)
    }

    fn check_records(&self, id: CommonsId, view: &mut CheckView) -> Result<(), Failure> {
        let mut objects = Vec::new();
        let mut runs = Vec::new();
        let scanned = self.store.scan(Position::START, &mut |position, record| {
            view.records += 1;
            match read(id, &record) {
                Ok(Item::Object(object)) => objects.push(*object),
                Ok(Item::Run(run)) => runs.push((position, run.first())),
                Ok(Item::Other) => {}
                Err(what) => view.problems.push(format!("{position}: {what}; keep a copy of the store, then restore it from a backup or let peers send it again")),
            }
            ControlFlow::Continue(())
        });
        if let Err(error) = scanned {
            view.problems.push(error.to_string());
        }
        let Some(commons) = &self.commons else { return Ok(()) };
        let mut fresh = Admission::new(id);
        commons.admission.chosen().iter().for_each(|epoch| _ = fresh.choose(*epoch));
        fresh.take_objects(objects);
        for (position, _) in runs {
            let run = super::runs::read_run(&self.store, id, position)?;
            view.entries += run.entries().len() as u64;
            fresh.take_run(run);
        }
        if fresh.head_map() != commons.admission.head_map() {
            view.problems.push(
                "the index differs from the records: stop the node, remove the directory store/index in its home, and start it again: the index is built anew".to_owned(),
            );
        }
        Ok(())
    }

    fn check_documents(&mut self, view: &mut CheckView) -> Result<(), Failure> {
        let commons = self.commons()?;
        let documents: Vec<_> =
            commons.catalogue.documents().map(|(id, _, listing)| (*id, listing.state)).collect();
        for (id, before) in documents {
            self.commons_mut()?.library.forget(&id);
            self.build(&id)?;
            view.documents += 1;
            let after = self.commons()?.catalogue.document(&id).and_then(|listing| listing.state);
            if before.is_some() && before != after {
                view.problems.push(format!(
                    "document {id} was shown in another state than its contributions give; it is right now"
                ));
            }
            if let Some(why) = self.built(&id).and_then(|built| built.quarantine.clone()) {
                view.problems.push(format!("document {id} can't be built: {why}"));
            }
        }
        Ok(())
    }
}

enum Item {
    Object(Box<Object>),
    Run(VerifiedRun),
    Other,
}

fn read(id: CommonsId, record: &Record) -> Result<Item, String> {
    let run = |bytes: &[u8]| Run::decode(bytes).and_then(|run| run.verify(id)).map(Item::Run);
    match record.kind {
        RUN => run(&record.payload).map_err(|refusal| format!("a stored run is wrong: {refusal}")),
        OBJECT => Object::decode(&record.payload)
            .map(|object| Item::Object(Box::new(object)))
            .map_err(|refusal| format!("a stored governance object is wrong: {refusal}")),
        FACT => codec::decode::<super::load::Fact>(&record.payload, 16 * 1024)
            .map(|_| Item::Other)
            .map_err(|error| format!("a stored fact is wrong: {error}")),
        kind => Err(format!("a record of unknown kind {kind}")),
    }
}
