//! Reading and writing documents.

mod history;

use super::membership::unique_prefix;
use super::{Caller, Engine, Failure, guarding};
use crate::store::Store;
use crate::view::{DocumentSummary, DocumentView, EditRequest, NewDocument};
use commons_protocol::body::{Change, Content, Create, Overrides};
use commons_protocol::bounded::{BoundedBytes, BoundedVec};
use commons_protocol::collection::{Collection, DocumentKind};
use commons_protocol::document::{Fields, Particulars};
use commons_protocol::fence::{Actor, ChangeHash};
use commons_protocol::id::{DocumentId, EntryId};
use commons_protocol::key::PublicKey;
use commons_protocol::limits::{BODY_BYTES, CHANGES_PER_ENTRY};
use std::collections::BTreeMap;

/// One save: new content of a document, to be written as one edit.
pub(super) struct Saving<'a> {
    /// The document.
    pub id: DocumentId,
    /// Its collection.
    pub collection: Collection,
    /// Who saves.
    pub person: PublicKey,
    /// The version that was edited; what the document says now when absent.
    pub base: Option<&'a [ChangeHash]>,
    /// The new content.
    pub fields: &'a Fields,
    /// Why it says what the identifier guard asks about.
    pub overrides: Option<Overrides>,
    /// What is written with it, or neither is.
    pub also: Option<Content>,
}

impl<'a> Saving<'a> {
    /// A plain edit of what the document says now.
    pub fn of(id: DocumentId, collection: Collection, person: PublicKey, fields: &'a Fields) -> Self {
        Self { id, collection, person, base: None, fields, overrides: None, also: None }
    }
}

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
        self.person_of(caller)?;
        parse_kind(&request.kind)?;
        let fields = first_fields(request)?;
        let overrides = guarding::check(&empty(), &fields, request.override_reason.as_deref())?;
        self.begin_document(caller, request, overrides)
    }

    /// Creates a document of words that were examined before.
    pub(super) fn begin_document(
        &mut self,
        caller: &Caller,
        request: &NewDocument,
        overrides: Option<Overrides>,
    ) -> Result<DocumentView, Failure> {
        let person = self.person_of(caller)?;
        let (kind, fields) = (parse_kind(&request.kind)?, first_fields(request)?);
        let create = Content::Create(Create { kind });
        let created = self.write(kind.collection(), person, Vec::new(), &[create])?;
        let entry = created.first().ok_or_else(|| Failure::internal("write", "nothing was written"))?;
        let id = entry.creates();
        self.build(&id)?;
        self.save(Saving { overrides, ..Saving::of(id, kind.collection(), person, &fields) })?;
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
        self.person_of(caller)?;
        let id = self.find_document(id)?;
        let base = request.base.as_deref().map(parse_heads).transpose()?;
        let current = self.content_to_edit(&id, base.as_deref())?;
        let fields = edited(current.clone(), request)?;
        let overrides = guarding::check(&current, &fields, request.override_reason.as_deref())?;
        self.save_edit(caller, id, base.as_deref(), &fields, overrides)
    }

    /// Changes a document, or begins its content if all of it is gone, with
    /// words that were examined before.
    pub(super) fn edit_or_begin(
        &mut self,
        caller: &Caller,
        id: DocumentId,
        request: &EditRequest,
    ) -> Result<DocumentView, Failure> {
        self.build(&id)?;
        let base = request.base.as_deref().map(parse_heads).transpose()?;
        let fields = edited(self.fields(&id, base.as_deref())?, request)?;
        self.save_edit(caller, id, base.as_deref(), &fields, None)
    }

    fn save_edit(
        &mut self,
        caller: &Caller,
        id: DocumentId,
        base: Option<&[ChangeHash]>,
        fields: &Fields,
        overrides: Option<Overrides>,
    ) -> Result<DocumentView, Failure> {
        let person = self.person_of(caller)?;
        let (kind, _) = self.created(&id).ok_or_else(|| Failure::not_found("document", &id.to_string()))?;
        self.save(Saving { base, overrides, ..Saving::of(id, kind.collection(), person, fields) })?;
        self.document(&id.to_string(), None)
    }

    /// What a document says at a version, or now, for somebody who edits it.
    pub(super) fn content_to_edit(
        &mut self,
        id: &DocumentId,
        base: Option<&[ChangeHash]>,
    ) -> Result<Fields, Failure> {
        self.build(id)?;
        // Two beginnings of one document would hide one of them.
        if self.built(id).is_none_or(|built| built.document.heads().is_empty()) {
            let why = "nothing of the document's content is here: it has not arrived yet, or it was erased; wait until it is shown, or write a new document";
            return Err(Failure::conflict("unreadable", why));
        }
        self.fields(id, base)
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

    pub(super) fn summary(&self, id: &DocumentId) -> Result<DocumentSummary, Failure> {
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
            standing: self.standing_of(id),
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

    pub(super) fn fields(&self, id: &DocumentId, heads: Option<&[ChangeHash]>) -> Result<Fields, Failure> {
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
    pub(super) fn save(&mut self, saving: Saving<'_>) -> Result<(), Failure> {
        let Saving { id, collection, person, base, fields, overrides, also } = saving;
        let (actor, now) = (self.actor_in(&id, collection)?, self.now);
        let own_log = self.log_in(collection)?;
        let built = self.built_mut(&id).ok_or_else(|| Failure::not_found("document", &id.to_string()))?;
        // The trial copy keeps what is shown right if writing fails.
        let mut document = built.document.clone();
        let heads = document.heads();
        let changes = match base {
            None if heads.is_empty() => document.create(&actor, fields, now),
            None => document.edit(&actor, fields, now),
            Some(base) => document.edit_at(&actor, base, fields, now),
        };
        let changes = changes.map_err(|error| Failure::conflict("edit", describe(&error)))?;
        let mut contents = with_overrides(id, contents(id, changes)?, overrides);
        contents.extend(also);
        if contents.is_empty() {
            return Ok(());
        }
        let deps = self.dependencies(&id, own_log)?;
        self.write(collection, person, deps, &contents)?;
        self.commit()?;
        if let Some(built) = self.built_mut(&id) {
            // It holds the changes already; building has only to look.
            built.document = document;
        }
        self.build(&id)?;
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

    /// The number of that log among those known here.
    pub(super) fn log_in(&mut self, collection: Collection) -> Result<u32, Failure> {
        let log = self.own_log(collection)?;
        let commons = self.commons()?;
        Ok(commons.admission.index_of(&log.id(&commons.admission.commons())).unwrap_or(u32::MAX))
    }

    /// The name of an organisation in the charter.
    pub(super) fn name_of(&self, organisation: &commons_protocol::id::OrganisationId) -> String {
        let governance = self.commons.as_ref().and_then(|commons| commons.admission.governance());
        let member = governance.and_then(|governance| governance.current().member(organisation));
        member.map_or_else(|| organisation.to_string(), |member| member.name.to_string())
    }
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

/// Notes in the last entry of a save why the identifier guard was overridden;
/// in one of its own if there is no room.
fn with_overrides(
    document: DocumentId,
    mut contents: Vec<Content>,
    overrides: Option<Overrides>,
) -> Vec<Content> {
    let Some(Content::Change(last)) = contents.last().filter(|_| overrides.is_some()) else {
        return contents;
    };
    let whole = Content::Change(Change { overrides: overrides.clone(), ..last.clone() });
    match whole.encode().len() <= BODY_BYTES {
        true => {
            contents.pop();
            contents.push(whole);
        }
        false => {
            let changes = BoundedVec::default();
            contents.push(Content::Change(Change { document, continues: true, changes, overrides }));
        }
    }
    contents
}

fn parse_kind(word: &str) -> Result<DocumentKind, Failure> {
    DocumentKind::from_word(word).ok_or_else(|| {
        Failure::invalid(
            "unknown-kind",
            format!("\"{word}\" is no kind of document; use toolkit, guidance or measure"),
        )
    })
}

pub(super) fn parse_heads(heads: &[String]) -> Result<Vec<ChangeHash>, Failure> {
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

fn first_fields(request: &NewDocument) -> Result<Fields, Failure> {
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
    Ok(fields)
}

/// `current` with what a request changes.
fn edited(current: Fields, request: &EditRequest) -> Result<Fields, Failure> {
    Ok(Fields {
        title: request.title.clone().unwrap_or(current.title),
        language: request.language.clone().unwrap_or(current.language),
        summary: request.description.clone().unwrap_or(current.summary),
        text: request.text.clone().unwrap_or(current.text),
        particulars: amended(current.particulars, request.particulars.as_ref())?,
    })
}

fn particulars(values: BTreeMap<String, String>) -> Result<Particulars, Failure> {
    Particulars::new(values).map_err(|error| Failure::invalid("field", error.to_string()))
}

/// `current` with what a request sets and removes.
pub(super) fn amended(
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

fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
