//! Reading and writing documents.

use super::library::{Absent, Built, Contribution};
use super::membership::unique_prefix;
use super::{Caller, Engine, Failure};
use crate::store::Store;
use crate::view::{DiffView, DocumentSummary, DocumentView, EditRequest, EditView, NewDocument, StandingView};
use commons_protocol::body::{Change, Content, Create};
use commons_protocol::bounded::{BoundedBytes, BoundedVec};
use commons_protocol::collection::{Collection, DocumentKind};
use commons_protocol::document::{Document, Fields, Particulars};
use commons_protocol::fence::{Actor, ChangeHash};
use commons_protocol::id::{DocumentId, EntryId};
use commons_protocol::key::PublicKey;
use commons_protocol::limits::{BODY_BYTES, CHANGES_PER_ENTRY};
use std::collections::BTreeMap;

impl<S: Store> Engine<S> {
    /// Documents of a kind, or all, newest first.
    pub fn documents(&self, kind: Option<&str>) -> Result<Vec<DocumentSummary>, Failure> {
        let kind = kind.map(parse_kind).transpose()?;
        let listed = self.commons()?.catalogue.documents();
        let ids =
            listed.filter(|(_, created, _)| kind.is_none_or(|kind| created.kind == kind)).map(|(id, ..)| *id);
        let mut summaries: Vec<DocumentSummary> =
            ids.map(|id| self.summary(&id)).collect::<Result<_, _>>()?;
        summaries.sort_by(|a, b| b.updated_ms.cmp(&a.updated_ms).then_with(|| a.id.cmp(&b.id)));
        Ok(summaries)
    }

    /// Creates a document.
    pub fn new_document(&mut self, caller: &Caller, request: &NewDocument) -> Result<DocumentView, Failure> {
        let person = self.person_of(caller)?;
        let kind = parse_kind(&request.kind)?;
        let fields = Fields {
            title: request.title.trim().to_owned(),
            language: request.language.clone().unwrap_or_else(|| "en".to_owned()),
            summary: request.description.clone().unwrap_or_default(),
            text: request.text.clone(),
            particulars: particulars(request.particulars.clone())?,
        };
        if fields.title.is_empty() {
            return Err(Failure::invalid("no-title", "a document needs a title"));
        }
        fields.check().map_err(|error| Failure::invalid("field", error.to_string()))?;
        let create = Content::Create(Create { kind });
        let created = self.write(kind.collection(), person, Vec::new(), &[create])?;
        let entry = created.first().ok_or_else(|| Failure::internal("write", "nothing was written"))?;
        let id = entry.creates();
        self.build(&id)?;
        self.save(&id, kind.collection(), person, None, &fields)?;
        self.document(&id.to_string(), None)
    }

    /// Changes a document. Made against an older version, it merges with what
    /// others wrote since.
    pub fn edit_document(
        &mut self,
        caller: &Caller,
        id: &str,
        request: &EditRequest,
    ) -> Result<DocumentView, Failure> {
        let id = self.find_document(id)?;
        self.build(&id)?;
        // Two beginnings of one document would hide one of them.
        if self.built(&id).is_none_or(|built| built.document.heads().is_empty()) {
            let why = "nothing of the document's content is here: it has not arrived yet, or it was erased; wait until it is shown, or write a new document";
            return Err(Failure::conflict("unreadable", why));
        }
        self.edit_or_begin(caller, id, request)
    }

    /// Changes a document, or begins its content if all of it is gone.
    pub(super) fn edit_or_begin(
        &mut self,
        caller: &Caller,
        id: DocumentId,
        request: &EditRequest,
    ) -> Result<DocumentView, Failure> {
        let person = self.person_of(caller)?;
        let (kind, _) = self.created(&id).ok_or_else(|| Failure::not_found("document", &id.to_string()))?;
        self.build(&id)?;
        let base = request.base.as_deref().map(parse_heads).transpose()?;
        let current = self.fields(&id, base.as_deref())?;
        let fields = Fields {
            title: request.title.clone().unwrap_or(current.title),
            language: request.language.clone().unwrap_or(current.language),
            summary: request.description.clone().unwrap_or(current.summary),
            text: request.text.clone().unwrap_or(current.text),
            particulars: amended(current.particulars, request.particulars.as_ref())?,
        };
        self.save(&id, kind.collection(), person, base.as_deref(), &fields)?;
        self.document(&id.to_string(), None)
    }

    /// A document, now or at a version.
    pub fn document(&mut self, id: &str, version: Option<&[String]>) -> Result<DocumentView, Failure> {
        let id = self.find_document(id)?;
        self.build(&id)?;
        let heads = version.map(parse_heads).transpose()?;
        let fields = self.fields(&id, heads.as_deref())?;
        let version =
            heads.unwrap_or_else(|| self.built(&id).map(|built| built.document.heads()).unwrap_or_default());
        Ok(DocumentView {
            summary: self.summary(&id)?,
            description: fields.summary,
            text: fields.text,
            particulars: fields.particulars.into_inner(),
            version: version.iter().map(ToString::to_string).collect(),
        })
    }

    /// The edits of a document, oldest first.
    pub fn history(&mut self, id: &str) -> Result<Vec<EditView>, Failure> {
        let id = self.find_document(id)?;
        self.build(&id)?;
        let built = self.built(&id).ok_or_else(|| Failure::not_found("document", &id.to_string()))?;
        let mut edits: Vec<Vec<&Contribution>> = Vec::new();
        for contribution in in_order(built) {
            let goes_on =
                contribution.continues && edits.last().is_some_and(|edit| follows(edit, contribution));
            match edits.last_mut().filter(|_| goes_on) {
                Some(edit) => edit.push(contribution),
                None => edits.push(vec![contribution]),
            }
        }
        Ok(edits.iter().enumerate().filter_map(|(index, edit)| self.edit_view(built, index, edit)).collect())
    }

    /// What differs between two versions: heads, or the id of an edit; by
    /// default the last edit.
    pub fn diff(&mut self, id: &str, from: Option<&str>, to: Option<&str>) -> Result<DiffView, Failure> {
        let history = self.history(id)?;
        let id = self.find_document(id)?;
        let current: Vec<String> = self
            .built(&id)
            .map(|built| built.document.heads())
            .unwrap_or_default()
            .iter()
            .map(ToString::to_string)
            .collect();
        let to = to.map_or(Ok(current), |text| version_of(&history, text))?;
        let before = history.iter().rev().find(|edit| edit.version != to && !edit.version.is_empty());
        let from = match from {
            Some(text) => version_of(&history, text)?,
            None => before.map(|edit| edit.version.clone()).unwrap_or_default(),
        };
        let older = if from.is_empty() { empty() } else { self.fields(&id, Some(&parse_heads(&from)?))? };
        let newer = self.fields(&id, Some(&parse_heads(&to)?))?;
        let (older, newer) = (as_text(&older), as_text(&newer));
        let diff = similar::TextDiff::from_lines(&older, &newer);
        let unified = diff.unified_diff().context_radius(3).header("before", "after").to_string();
        Ok(DiffView { from, to, unified })
    }

    pub(super) fn find_document(&self, prefix: &str) -> Result<DocumentId, Failure> {
        let catalogue = &self.commons()?.catalogue;
        if let Ok(id) = prefix.parse() {
            let is_here = catalogue.document(&id).is_some_and(|listing| listing.created.is_some());
            let is_shown = is_here && !catalogue.is_document_erased(&id);
            return is_shown.then_some(id).ok_or_else(|| Failure::not_found("document", prefix));
        }
        let ids = catalogue.documents().map(|(id, ..)| id.to_string());
        let id = unique_prefix("document", prefix, ids)?;
        id.parse().map_err(|_| Failure::not_found("document", prefix))
    }

    fn summary(&self, id: &DocumentId) -> Result<DocumentSummary, Failure> {
        let (kind, organisation) =
            self.created(id).ok_or_else(|| Failure::not_found("document", &id.to_string()))?;
        let row = self.document_row(id)?;
        let commons = self.commons()?;
        let is_checked = commons.catalogue.document(id).is_some_and(|listing| listing.state.is_some());
        let mut summary = DocumentSummary {
            id: id.to_string(),
            kind: kind.to_string(),
            title: String::new(),
            language: String::new(),
            organisation: self.name_of(&organisation),
            edits: 0,
            updated_ms: 0,
            standing: StandingView::default(),
            notices: Vec::new(),
        };
        match row {
            Some(row) => {
                (summary.title, summary.language) = (row.title, row.language);
                (summary.edits, summary.updated_ms, summary.notices) = (row.edits, row.updated, row.notices);
            }
            None => summary.notices.push("not checked yet".to_owned()),
        }
        if !is_checked && summary.notices.is_empty() {
            summary.notices.push("newer contributions are being checked".to_owned());
        }
        Ok(summary)
    }

    fn fields(&self, id: &DocumentId, heads: Option<&[ChangeHash]>) -> Result<Fields, Failure> {
        let built = self.built(id).ok_or_else(|| Failure::not_found("document", &id.to_string()))?;
        if let Some(why) = &built.quarantine {
            return Err(Failure::unavailable(
                "quarantined",
                format!("this node has set the document aside: {why}"),
            ));
        }
        if built.document.heads().is_empty() {
            return Ok(empty());
        }
        let fields = match heads {
            Some(heads) => built.document.fields_at(heads),
            None => built.document.fields(),
        };
        fields.map_err(|error| Failure::conflict("unreadable", error.to_string()))
    }

    /// Turns new content into changes and writes them as one edit.
    fn save(
        &mut self,
        id: &DocumentId,
        collection: Collection,
        person: PublicKey,
        base: Option<&[ChangeHash]>,
        fields: &Fields,
    ) -> Result<(), Failure> {
        let (actor, now) = (self.actor_in(id, collection)?, self.now);
        let own_log = self.log_in(collection)?;
        let built = self.built_mut(id).ok_or_else(|| Failure::not_found("document", &id.to_string()))?;
        // The trial copy keeps what is shown right if writing fails.
        let mut document = built.document.clone();
        let heads = document.heads();
        let changes = match base {
            None if heads.is_empty() => document.create(&actor, fields, now),
            None => document.edit(&actor, fields, now),
            Some(base) => document.edit_at(&actor, base, fields, now),
        };
        let changes = changes.map_err(|error| Failure::conflict("edit", describe(&error)))?;
        if changes.is_empty() {
            return Ok(());
        }
        let deps = self.dependencies(id, own_log)?;
        self.write(collection, person, deps, &contents(*id, changes)?)?;
        self.commit()?;
        if let Some(built) = self.built_mut(id) {
            // It holds the changes already; building has only to look.
            built.document = document;
        }
        self.build(id)?;
        Ok(())
    }

    /// The entries of other logs on which an edit of everything that is shown
    /// builds; all of it builds on the entry that created the document.
    fn dependencies(&self, id: &DocumentId, own_log: u32) -> Result<Vec<EntryId>, Failure> {
        let commons = self.commons()?;
        let built = self.built(id).ok_or_else(|| Failure::not_found("document", &id.to_string()))?;
        let created = EntryId(id.0);
        let heads = built.document.heads();
        let first = heads.is_empty().then_some(&created);
        let carriers = heads.iter().filter_map(|head| built.carriers.get(head)).chain(first);
        let is_foreign =
            |entry: &&EntryId| commons.admission.place(entry).is_some_and(|place| place.log != own_log);
        let mut deps: Vec<EntryId> = carriers.filter(is_foreign).copied().collect();
        deps.sort();
        deps.dedup();
        deps.truncate(commons_protocol::limits::DEPENDENCIES);
        Ok(deps)
    }

    /// The log in which this node would write now.
    fn own_log(&mut self, collection: Collection) -> Result<commons_protocol::entry::LogName, Failure> {
        let random = (self.random)()[0];
        let node = self.keys.node.public();
        let commons = self.commons_mut()?;
        let chosen = commons.own_logs.choose(&commons.admission, node, collection, random);
        chosen.map_err(|error| Failure::conflict("log-numbers-used-up", error.to_string()))
    }

    fn actor_in(&mut self, id: &DocumentId, collection: Collection) -> Result<Actor, Failure> {
        let log = self.own_log(collection)?;
        Ok(Actor::derive(&log.id(&self.commons()?.admission.commons()).0, &id.0))
    }

    fn log_in(&mut self, collection: Collection) -> Result<u32, Failure> {
        let log = self.own_log(collection)?;
        let commons = self.commons()?;
        Ok(commons.admission.index_of(&log.id(&commons.admission.commons())).unwrap_or(u32::MAX))
    }

    fn edit_view(&self, built: &Built, index: usize, edit: &[&Contribution]) -> Option<EditView> {
        let (first, last) = (edit.first()?, edit.last()?);
        let person = self.commons.as_ref()?.admission.keys().person(&first.person)?;
        let shown = edit.iter().rev().find_map(|one| one.changes.last());
        let what = match edit.iter().find_map(|one| one.absent.as_ref()) {
            None if index == 0 => "created".to_owned(),
            None => "edited".to_owned(),
            Some(Absent::Waits) => "waits for a contribution on which it builds".to_owned(),
            Some(Absent::Refused(code)) => format!("refused ({code})"),
            Some(Absent::Missing) => "not here yet".to_owned(),
        };
        let version = shown.map(|change| version_after(&built.document, change)).unwrap_or_default();
        Some(EditView {
            id: last.entry.to_string(),
            entries: edit.iter().map(|one| one.entry.to_string()).collect(),
            organisation: self.name_of(&person.organisation),
            person: person.name.to_string(),
            roles: person.roles.iter().map(ToString::to_string).collect(),
            time_ms: first.time,
            version,
            what,
            fields: Vec::new(),
            overrides: Vec::new(),
        })
    }

    /// The name of an organisation in the charter.
    pub(super) fn name_of(&self, organisation: &commons_protocol::id::OrganisationId) -> String {
        let governance = self.commons.as_ref().and_then(|commons| commons.admission.governance());
        let member = governance.and_then(|governance| governance.current().member(organisation));
        member.map_or_else(|| organisation.to_string(), |member| member.name.to_string())
    }
}

/// The version that the author of a change had after it: the change itself,
/// since it builds on everything that its author saw.
fn version_after(document: &Document, change: &ChangeHash) -> Vec<String> {
    if document.contains(change) { vec![change.to_string()] } else { Vec::new() }
}

/// Contributions so that each follows what it builds on.
fn in_order(built: &Built) -> Vec<&Contribution> {
    let rank: std::collections::HashMap<ChangeHash, usize> =
        built.document.changes().enumerate().map(|(rank, change)| (change.hash, rank)).collect();
    let mut ordered: Vec<&Contribution> = built.contributions.values().collect();
    ordered.sort_by_key(|one| {
        (one.changes.first().and_then(|change| rank.get(change)).copied().unwrap_or(usize::MAX), one.place)
    });
    ordered
}

fn follows(edit: &[&Contribution], next: &Contribution) -> bool {
    edit.last().is_some_and(|last| last.place.log == next.place.log && last.place.seq + 1 == next.place.seq)
}

/// Packs changes into as few entries as hold them.
fn contents(document: DocumentId, changes: Vec<Vec<u8>>) -> Result<Vec<Content>, Failure> {
    let mut parts: Vec<Vec<BoundedBytes<BODY_BYTES>>> = Vec::new();
    let mut room = 0;
    for change in changes {
        let size = change.len() + 8;
        let change =
            BoundedBytes::new(change).map_err(|error| Failure::invalid("too-large", error.to_string()))?;
        match parts.last_mut().filter(|part| size <= room && part.len() < CHANGES_PER_ENTRY) {
            Some(part) => part.push(change),
            None => {
                room = BODY_BYTES - 64;
                parts.push(vec![change]);
            }
        }
        room = room.saturating_sub(size);
    }
    let content = |(index, part): (usize, Vec<_>)| {
        let changes =
            BoundedVec::new(part).map_err(|error| Failure::invalid("too-large", error.to_string()))?;
        Ok(Content::Change(Change { document, continues: index > 0, changes, overrides: None }))
    };
    parts.into_iter().enumerate().map(content).collect()
}

fn parse_kind(word: &str) -> Result<DocumentKind, Failure> {
    DocumentKind::from_word(word).ok_or_else(|| {
        Failure::invalid(
            "unknown-kind",
            format!("\"{word}\" is no kind of document; use toolkit or guidance"),
        )
    })
}

fn parse_heads(heads: &[String]) -> Result<Vec<ChangeHash>, Failure> {
    let parse = |text: &String| {
        let digest: Result<commons_protocol::id::Digest, _> = text.parse();
        digest.map(|digest| ChangeHash(digest.0)).map_err(|_| {
            Failure::invalid("bad-version", format!("\"{text}\" is no version: copy it whole from `history`"))
        })
    };
    let mut heads: Vec<ChangeHash> = heads.iter().map(parse).collect::<Result<_, _>>()?;
    heads.sort();
    heads.dedup();
    Ok(heads)
}

fn version_of(history: &[EditView], text: &str) -> Result<Vec<String>, Failure> {
    let is_heads = text.split(',').all(|head| head.len() == 64);
    let edit = history.iter().find(|edit| edit.id.starts_with(text) && text.len() >= 4);
    match edit {
        Some(edit) => Ok(edit.version.clone()),
        None if is_heads => Ok(text.split(',').map(str::to_owned).collect()),
        None => Err(Failure::not_found("edit", text)),
    }
}

fn particulars(values: BTreeMap<String, String>) -> Result<Particulars, Failure> {
    Particulars::new(values).map_err(|error| Failure::invalid("field", error.to_string()))
}

/// `current` with what a request sets and removes.
fn amended(
    current: Particulars,
    request: Option<&BTreeMap<String, Option<String>>>,
) -> Result<Particulars, Failure> {
    let mut values = current.into_inner();
    for (name, value) in request.into_iter().flatten() {
        match value {
            Some(value) => _ = values.insert(name.clone(), value.clone()),
            None => _ = values.remove(name),
        }
    }
    particulars(values)
}

fn empty() -> Fields {
    Fields { language: "und".to_owned(), ..Fields::default() }
}

fn as_text(fields: &Fields) -> String {
    format!(
        "title: {}\nlanguage: {}\nsummary: {}\n{}\n{}\n",
        fields.title,
        fields.language,
        fields.summary,
        fields.particulars.iter().map(|(name, value)| format!("{name}: {value}\n")).collect::<String>(),
        fields.text
    )
}

fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
