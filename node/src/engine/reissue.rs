//! What our people wrote and what was then cut off together with something on
//! which it builds: it is offered to be written again.
//!
//! An epoch, a revocation or a fork can take contributions out that count
//! until then, and with them everything that builds on them. Of our own this
//! node remembers where it stands – in facts without any text, so that an
//! erasure has nothing to overlook – and reads what it says from the records
//! when somebody asks. People decide whether it is written again; receipts and
//! erasures are repeated by the node, since they were promises.

pub mod cuts;
mod found;
mod merge;
mod why;

use super::journal::RUN;
use super::load::Fact;
use super::membership::unique_prefix;
use super::{Caller, Engine, Failure};
use crate::store::{Position, Record, Store, StoreError};
use crate::view::{DocumentView, EditRequest, NewDocument, ReissueRequest, ReissueView};
use commons_protocol::body::{Content, Erase, EraseTarget};
use commons_protocol::catalogue::Catalogue;
use commons_protocol::collection::{Collection, DocumentKind};
use commons_protocol::document::{Fields, Particulars};
use commons_protocol::entry::{Entry, EntryKind};
use commons_protocol::id::{DocumentId, EntryId, LogId};
use commons_protocol::run::VerifiedRun;
use cuts::Stretch;
use found::{Found, Piece, Wanted, content};
use merge::Step;
use std::collections::{BTreeMap, BTreeSet};

/// Documents that one answer lists; more appear once these are dealt with.
const LISTED: usize = 100;

impl<S: Store> Engine<S> {
    /// The documents of which contributions of ours were cut off, with what
    /// our people wrote.
    pub fn reissues(&mut self) -> Result<Vec<ReissueView>, Failure> {
        let open: Vec<DocumentId> = self.cut_documents().into_iter().take(LISTED).collect();
        let found = self.find_pieces(&self.wanted(&open))?;
        let mut views = Vec::new();
        for id in open {
            match found.open_pieces(&id) {
                // Erased meanwhile.
                0 => self.settle_cut(Some(id))?,
                contributions => views.push(self.reissue_view(&id, &found, contributions)),
            }
        }
        Ok(views)
    }

    /// Writes what our people wrote in a document again, as an edit of
    /// `caller` to what it says now. If the document is gone, a new one is
    /// made of our words.
    pub fn reissue(&mut self, caller: &Caller, request: &ReissueRequest) -> Result<DocumentView, Failure> {
        self.person_of(caller)?;
        let id = self.find_cut(&request.document)?;
        let found = self.find_pieces(&self.wanted(&[id]))?;
        if found.open_pieces(&id) == 0 {
            self.settle_cut(Some(id))?;
            return Err(nothing_to_reissue(&request.document));
        }
        let steps = self.steps(&id, &found);
        let view = match self.created(&id) {
            Some(_) => self.write_into(caller, &id, &steps)?,
            None => self.write_anew(caller, &id, &found, &steps)?,
        };
        self.settle_cut(Some(id))?;
        Ok(view)
    }

    /// The documents of which something is to be offered.
    pub(super) fn cut_documents(&self) -> Vec<DocumentId> {
        let Some(commons) = &self.commons else { return Vec::new() };
        let open = commons.cuts.documents(&commons.admission);
        open.filter(|id| !commons.catalogue.is_document_erased(id)).collect()
    }

    /// After the records were taken in again from `from` on: remembers what
    /// of ours is among them and not admitted. Only memory; durable before
    /// the index is marked as right.
    pub(super) fn note_cut(&mut self, from: Position) -> Result<(), StoreError> {
        let Some(commons) = &self.commons else { return Ok(()) };
        let admission = &commons.admission;
        if admission.waiting().logs().is_empty() && admission.evicted() == 0 {
            self.close_cut_logs();
            return Ok(());
        }
        let mut cuts = commons.cuts.clone();
        self.each_run(from, &mut |_, run| {
            let log = run.log().id(&admission.commons());
            let is_own = self.is_own(run);
            for entry in run.entries().iter().filter(|entry| admission.place(&entry.id).is_none()) {
                cuts.note_leftovers();
                if is_own {
                    cuts.note(None, log, entry.header.seq, entry.id);
                }
                let changed = document_of(entry).filter(|_| is_own);
                if let Some(id) = changed.filter(|id| !commons.catalogue.is_document_erased(id)) {
                    cuts.note(Some(id), log, entry.header.seq, entry.id);
                }
            }
        })?;
        if let Some(commons) = &mut self.commons {
            commons.cuts = cuts;
        }
        self.close_cut_logs();
        Ok(())
    }

    /// A log of which something was cut is never continued: what was cut may
    /// lie on other disks, and a second history would be a fork.
    pub(super) fn close_cut_logs(&mut self) {
        let Some(commons) = &mut self.commons else { return };
        let logs: BTreeSet<LogId> = commons.cuts.logs().collect();
        logs.iter().for_each(|log| commons.own_logs.abandon(log));
    }

    /// Makes durable what is remembered.
    pub(super) fn keep_cuts(&mut self) -> Result<(), StoreError> {
        let unsaved = self.commons.as_ref().map(|commons| commons.cuts.unsaved()).unwrap_or_default();
        if unsaved.is_empty() {
            return Ok(());
        }
        let facts: Vec<Fact> = unsaved.into_iter().map(Fact::Cut).collect();
        self.keep_facts(&facts)?;
        if let Some(commons) = &mut self.commons {
            commons.cuts.saved();
        }
        Ok(())
    }

    /// Drops bodies of what is to be erased from records that the index does
    /// not know: of entries that don't count, or did not for some time.
    pub(super) fn erase_leftovers(
        &mut self,
        entries: &BTreeSet<EntryId>,
        documents: &BTreeSet<DocumentId>,
    ) -> Result<(), StoreError> {
        let Some(commons) = &self.commons else { return Ok(()) };
        if !commons.cuts.has_leftovers() || (entries.is_empty() && documents.is_empty()) {
            return Ok(());
        }
        let mut changed: BTreeMap<Position, Record> = BTreeMap::new();
        self.each_run(Position::START, &mut |at, run| {
            let mut run = run.clone();
            if run.drop_bodies(|entry| self.is_erased_leftover(entry)) {
                changed.insert(at, Record { kind: RUN, payload: run.encode() });
            }
        })?;
        if changed.is_empty() {
            return Ok(());
        }
        self.store.replace(changed.into_iter().collect())?;
        self.store.clear_index()?;
        self.reload()
    }

    fn is_erased_leftover(&self, entry: &Entry) -> bool {
        let Some(commons) = &self.commons else { return false };
        // What counts again was stored a second time, and the index knows one record only.
        if entry.header.kind == EntryKind::Create || Catalogue::meaning(entry).is_kept() {
            return false;
        }
        let author = self.organisation_of_node(&entry.header.log);
        author.is_some_and(|author| commons.catalogue.is_entry_erased(&entry.id, &author))
            || content(entry)
                .and_then(|content| content.document())
                .is_some_and(|id| commons.catalogue.is_document_erased(&id))
    }

    /// Repeats erasures of ours that were cut off: other nodes must not bring
    /// back what they erased because of them.
    pub(super) fn repeat_erasures(&mut self) -> Result<(), StoreError> {
        let Some(commons) = &self.commons else { return Ok(()) };
        let governance = commons.admission.governance();
        let is_active = governance.is_some_and(|one| one.current().is_active(&self.keys.organisation));
        let open = commons.cuts.open(None, &commons.admission);
        if open.is_empty() || !is_active || !commons.own_logs.is_confirmed() {
            return Ok(());
        }
        for (collection, erase) in self.find_cut_erasures(&open)? {
            let reason = erase.reason.to_string();
            match self.write(collection, self.operator(), Vec::new(), &[Content::Erase(erase)]) {
                Ok(_) => self.commit()?,
                Err(failure) => self.notice(format!(
                    "an erasure (\"{reason}\") was cut off and could not be repeated: {failure}; ask for it again with `commons erase`"
                )),
            }
        }
        self.settle_cut(None)
    }

    fn find_cut_erasures(&self, open: &[Stretch]) -> Result<Vec<(Collection, Erase)>, StoreError> {
        let mut erasures = BTreeMap::new();
        let Some(commons) = &self.commons else { return Ok(Vec::new()) };
        self.each_run(Position::START, &mut |_, run| {
            let log = run.log().id(&commons.admission.commons());
            for entry in run.entries() {
                let is_open = open.iter().any(|stretch| stretch.covers(&log, entry.header.seq));
                if let Some(Content::Erase(erase)) = content(entry).filter(|_| is_open)
                    && commons.admission.place(&entry.id).is_none()
                    && !self.is_carried_out(&erase.target)
                {
                    erasures.insert(entry.id, (run.log().collection, erase));
                }
            }
        })?;
        Ok(erasures.into_values().collect())
    }

    fn is_carried_out(&self, target: &EraseTarget) -> bool {
        let Some(commons) = &self.commons else { return false };
        let own = self.keys.organisation;
        match target {
            EraseTarget::Document(document, _) => commons.catalogue.is_document_erased(document),
            EraseTarget::Entries(entries) => {
                entries.iter().all(|entry| commons.catalogue.is_entry_erased(entry, &own))
            }
        }
    }

    /// Whether this organisation wrote a run: with this node's key, or with
    /// that of an earlier installation that it did not revoke.
    fn is_own(&self, run: &VerifiedRun) -> bool {
        let node = run.log().node;
        let keys = self.commons.as_ref().map(|commons| commons.admission.keys());
        node == self.keys.node.public()
            || keys
                .and_then(|keys| keys.node(&node))
                .is_some_and(|node| node.organisation == self.keys.organisation && node.revoked.is_none())
    }

    fn settle_cut(&mut self, document: Option<DocumentId>) -> Result<(), StoreError> {
        if let Some(commons) = &mut self.commons {
            commons.cuts.settle(document);
        }
        self.keep_cuts()
    }

    fn find_cut(&self, prefix: &str) -> Result<DocumentId, Failure> {
        self.commons()?;
        let open = self.cut_documents();
        let id = unique_prefix("document", prefix, open.iter().map(ToString::to_string));
        let id = id.map_err(|failure| match failure.code.as_str() {
            "not-found" => nothing_to_reissue(prefix),
            _ => failure,
        })?;
        id.parse().map_err(|_| nothing_to_reissue(prefix))
    }

    fn wanted(&self, documents: &[DocumentId]) -> Wanted {
        let Some(commons) = &self.commons else { return Wanted::new() };
        documents.iter().map(|id| (*id, commons.cuts.open(Some(*id), &commons.admission))).collect()
    }

    fn steps(&self, id: &DocumentId, found: &Found) -> Vec<Step> {
        let forks = self.commons.as_ref().map(|commons| commons.admission.frozen());
        let pieces = found.pieces.get(id);
        forks.zip(pieces).map(|(forks, pieces)| merge::steps(id, pieces, forks)).unwrap_or_default()
    }

    fn reissue_view(&self, id: &DocumentId, found: &Found, contributions: u64) -> ReissueView {
        let steps = self.steps(id, found);
        ReissueView {
            document: id.to_string(),
            title: steps.last().map(|step| step.mine.title.clone()).unwrap_or_default(),
            exists: self.created(id).is_some(),
            why: found.pieces.get(id).map(|pieces| self.why_cut(found, pieces)).unwrap_or_default(),
            contributions,
            wrote: steps.iter().map(wrote).collect(),
        }
    }

    fn write_into(
        &mut self,
        caller: &Caller,
        id: &DocumentId,
        steps: &[Step],
    ) -> Result<DocumentView, Failure> {
        let current = self.document(&id.to_string(), None)?;
        // A document without a title has no content yet.
        let fields = (!current.summary.title.is_empty()).then(|| Fields {
            title: current.summary.title.clone(),
            language: current.summary.language.clone(),
            summary: current.description.clone(),
            text: current.text.clone(),
            particulars: Particulars::fitting(current.particulars.clone()),
        });
        let fields = merged(steps, fields)?;
        let request = EditRequest {
            title: Some(fields.title),
            language: Some(fields.language),
            description: Some(fields.summary),
            text: Some(fields.text),
            particulars: Some(
                fields
                    .particulars
                    .into_inner()
                    .into_iter()
                    .map(|(name, value)| (name, Some(value)))
                    .collect(),
            ),
            base: None,
            override_reason: None,
        };
        self.edit_or_begin(caller, *id, &request)
    }

    fn write_anew(
        &mut self,
        caller: &Caller,
        id: &DocumentId,
        found: &Found,
        steps: &[Step],
    ) -> Result<DocumentView, Failure> {
        let fields = merged(steps, None)?;
        if fields.text.trim().is_empty() {
            self.settle_cut(Some(*id))?;
            return Err(Failure::conflict(
                "nothing-left",
                "the document is gone, and our contributions to it added no text of their own; nothing is offered any more",
            ));
        }
        let collection = found.pieces.get(id).and_then(|pieces| pieces.values().find(|piece| piece.is_open));
        let by_collection = collection.and_then(|piece| {
            DocumentKind::ALL.iter().copied().find(|kind| kind.collection() == piece.collection)
        });
        let kind = found.kinds.get(id).copied().or(by_collection);
        let kind =
            kind.ok_or_else(|| Failure::internal("reissue", "the kind of the document is not known"))?;
        let request = NewDocument {
            kind: kind.to_string(),
            title: fields.title,
            language: Some(fields.language),
            description: Some(fields.summary),
            text: fields.text,
            ..NewDocument::default()
        };
        self.begin_document(caller, &request, None)
    }
}

impl Found {
    /// How many entries are to be offered of a document.
    fn open_pieces(&self, id: &DocumentId) -> u64 {
        let pieces: Option<&BTreeMap<EntryId, Piece>> = self.pieces.get(id);
        pieces.map_or(0, |pieces| pieces.values().filter(|piece| piece.is_open).count() as u64)
    }
}

/// The document that an entry changes.
fn document_of(entry: &Entry) -> Option<DocumentId> {
    match content(entry)? {
        Content::Change(change) => Some(change.document),
        _ => None,
    }
}

fn merged(steps: &[Step], current: Option<Fields>) -> Result<Fields, Failure> {
    let fields =
        merge::apply(steps, current).map_err(|error| Failure::conflict("edit", error.to_string()))?;
    fields.filter(|_| !steps.is_empty()).ok_or_else(|| {
        Failure::conflict(
            "reissue-unreadable",
            "parts of what these contributions build on are not on this node any more, so that they can't be compared with the document; write them again by hand",
        )
    })
}

fn nothing_to_reissue(prefix: &str) -> Failure {
    Failure::conflict(
        "nothing-to-reissue",
        format!(
            "no contribution of this organisation to the document {prefix} is waiting to be written again; see `commons reissue`"
        ),
    )
}

/// What a step did, as a difference.
fn wrote(step: &Step) -> String {
    let before = step.base.as_ref().map(as_text).unwrap_or_default();
    let after = as_text(&step.mine);
    let diff = similar::TextDiff::from_lines(&before, &after);
    diff.unified_diff().context_radius(1).to_string()
}

fn as_text(fields: &Fields) -> String {
    let mut text = format!("title: {}\nlanguage: {}\n", fields.title, fields.language);
    if !fields.summary.is_empty() {
        text.push_str(&format!("description: {}\n", fields.summary));
    }
    text.push_str(&fields.text);
    text
}
