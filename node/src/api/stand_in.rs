//! Stand-in for the engine in the tests of the API: canned answers, or one
//! failure for everything.

use serde::de::DeserializeOwned;
use tokio::sync::broadcast;

use commons_protocol::collection::DocumentKind;
use commons_protocol::date::Date;
use commons_protocol::document::{Fields, Particulars};
use commons_protocol::id::{CommonsId, DocumentId};
use commons_protocol::time::Timestamp;
use commons_protocol::version::{Origin, Version};

use crate::view::{
    ApproveRequest, AskReviewRequest, AttachRequest, ChangeView, CharterDiffView, CharterView, CheckView,
    DiffView, DocumentSummary, DocumentView, EditRequest, EditView, EndLogRequest, EpochDetailView,
    EraseRequest, ErasureView, FoundRequest, InvitationView, JoinRequest, JoinView, KeyView, MembersView,
    NetworkRequest, NewDocument, NewRootView, PassphraseRequest, PersonCreated, PersonRequest, PersonView,
    ProposalRequest, ProposalView, ProposeRequest, PublicationView, RefoundRequest, ReissueRequest,
    ReissueView, ReleaseRequest, ReleaseView, RequestView, RestoreRequest, RetractRequest, RetractionView,
    ReviewRequest, ReviewView, RevokeKeyRequest, SealedKeysView, StatusView, VersionView,
};

use crate::blobs::{BlobLimits, Blobs};
use crate::engine::{Caller, Exported, Failure, FailureKind};
use crate::guard::Finding;

mod series;

/// Talks to the engine.
#[derive(Clone)]
pub struct Handle {
    changes: broadcast::Sender<ChangeView>,
    failure: Option<Failure>,
    files: std::sync::Arc<(tempfile::TempDir, Blobs)>,
}

/// What the one file says that is stored from the start.
pub(super) const FILE: &[u8] = b"Wash hands.";

/// Little room for files, so that a test can fill it.
const ROOM: BlobLimits = BlobLimits { per_organisation: 1 << 20, total: 1 << 20 };

fn files() -> std::sync::Arc<(tempfile::TempDir, Blobs)> {
    let home = tempfile::tempdir().expect("there is a place for temporary files");
    let blobs = Blobs::open(home.path(), ROOM).expect("an empty folder");
    let mut import = blobs.import(None).expect("there is room");
    import.write(FILE).and_then(|()| import.finish()).expect("it is small");
    (home, blobs).into()
}

/// Changes that a slow listener may be behind.
const CAPACITY: usize = 4;

impl Handle {
    /// Answers with canned data; changes are what the test sends.
    pub fn stand_in() -> (Handle, broadcast::Sender<ChangeView>) {
        let changes = broadcast::Sender::new(CAPACITY);
        let handle = Handle { changes: changes.clone(), failure: None, files: files() };
        (handle, changes)
    }

    /// Answers everything with one failure.
    pub fn stand_in_failing(failure: Failure) -> Handle {
        Handle { changes: broadcast::Sender::new(CAPACITY), failure: Some(failure), files: files() }
    }
}

const COMMONS: &str = r#"{"id":"c1","name":"Example","epoch":0,"epoch_hash":"c1","members":1,"electors":1,"quorum":1,"founding_mode":true}"#;
const ORGANISATION: &str = r#"{"id":"0a","name":"Example Hospital","kind":"site"}"#;
const PERSON: &str = r#"{"id":"ab","name":"Ada","roles":["clinician"],"active":true}"#;
const SUMMARY: &str = r#"{"id":"d0","kind":"toolkit","title":"T","language":"en","organisation":"Example Hospital","edits":1,"updated_ms":1,"standing":{"status":"in review","sentence":"s","notices":[]},"notices":[]}"#;
const ERASURE: &str = r#"{"id":"e0","target":"one entry","reason":"r","organisation":"Example Hospital","confirmed_by":[],"missing":[]}"#;
const JOIN: &str = r#"{"state":"none","fingerprint":null,"message":"Not joining."}"#;
const MEMBERS: &str = r#"{"members":[],"requests":[],"proposals":[]}"#;
const PROPOSAL: &str = r#"{"id":"e1","epoch":1,"changes":[],"fingerprint":null,"needed":1,"endorsed_by":[],"missing":[],"round":null,"prepared_by":[],"committed_by":[],"state":"s","hindered":null}"#;
const EPOCH: &str = r#"{"number":0,"hash":"c1","parent":null,"in_force":true,"name":"Example","purpose":"p","members":[],"electors":[],"quorum":"q","writers":[],"rules":[],"pins":0,"changes":[],"endorsed_by":[],"decided_by":[],"origin":"founded"}"#;
const KEY: &str = r#"{"id":"ab","active":true,"this_node":true,"logs":[]}"#;

const FAULT: &str = r#"{"id":"fa","kind":"double-commit","organisation":{"id":"0a","name":"Example Hospital","kind":"site"},"this_node":true,"key":"0b","place":"p","what":"w","advice":"a","evidence":["e"]}"#;

type Answer<T> = Result<T, Failure>;

#[allow(clippy::unused_async, missing_docs)]
impl Handle {
    fn answer<T: DeserializeOwned>(&self, json: &str) -> Answer<T> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        serde_json::from_str(json).map_err(|error| Failure {
            kind: FailureKind::Internal,
            code: "stand-in".to_owned(),
            detail: error.to_string(),
        })
    }
    fn charter_view(&self) -> Answer<CharterView> {
        self.answer(&format!(r#"{{"commons":{COMMONS},"purpose":"p","members":[],"rules":[],"epochs":[]}}"#))
    }
    fn document_view(&self) -> Answer<DocumentView> {
        self.answer(&format!(
            r#"{{"summary":{SUMMARY},"description":"","text":"Wash hands.","version":["d0"]}}"#
        ))
    }
    pub async fn status(&self) -> Answer<StatusView> {
        self.answer(&format!(
            r#"{{"version":"0.1.0","organisation":{ORGANISATION},"commons":{COMMONS},"uptime_seconds":1,"network_paused":false,"listening":[],"peers":[],"entries":0,"logs":0,"documents":0,"heads_digest":"00","documents_digest":"00","waiting":[],"missing_bodies":0,"refused":[],"notices":[]}}"#
        ))
    }
    pub async fn found(&self, _: &Caller, _: FoundRequest) -> Answer<CharterView> {
        self.charter_view()
    }
    pub async fn invite(&self, _: &Caller) -> Answer<InvitationView> {
        self.answer(r#"{"code":"commons-1","expires_ms":1}"#)
    }
    pub async fn join(&self, _: &Caller, _: JoinRequest) -> Answer<JoinView> {
        self.answer(JOIN)
    }
    pub async fn join_state(&self) -> Answer<JoinView> {
        self.answer(JOIN)
    }
    pub async fn members(&self) -> Answer<MembersView> {
        self.answer(MEMBERS)
    }
    pub async fn approve(&self, _: &Caller, _: ApproveRequest) -> Answer<MembersView> {
        self.answer(MEMBERS)
    }
    pub async fn charter(&self) -> Answer<CharterView> {
        self.charter_view()
    }
    pub async fn proposals(&self) -> Answer<Vec<ProposalView>> {
        self.answer(&format!("[{PROPOSAL}]"))
    }
    pub async fn propose(&self, _: &Caller, request: ProposeRequest) -> Answer<ProposalView> {
        let view: ProposalView = self.answer(PROPOSAL)?;
        Ok(ProposalView { changes: vec![format!("{request:?}")], ..view })
    }
    pub async fn endorse(&self, _: &Caller, request: ProposalRequest) -> Answer<ProposalView> {
        let view: ProposalView = self.answer(PROPOSAL)?;
        Ok(ProposalView { id: request.id, ..view })
    }
    pub async fn go_on(&self, caller: &Caller, request: ProposalRequest) -> Answer<ProposalView> {
        self.endorse(caller, request).await
    }
    pub async fn refound(&self, _: &Caller, _: RefoundRequest) -> Answer<CharterView> {
        self.charter_view()
    }
    pub async fn epoch(&self, number: u64) -> Answer<EpochDetailView> {
        let view: EpochDetailView = self.answer(EPOCH)?;
        Ok(EpochDetailView { number, ..view })
    }
    pub async fn charter_diff(&self, from: Option<u64>, to: Option<u64>) -> Answer<CharterDiffView> {
        let view: CharterDiffView = self.answer(r#"{"from":0,"to":1,"changes":[]}"#)?;
        Ok(CharterDiffView { from: from.unwrap_or(view.from), to: to.unwrap_or(view.to), ..view })
    }
    pub async fn node_keys(&self) -> Answer<Vec<KeyView>> {
        self.answer(&format!("[{KEY}]"))
    }
    pub async fn revoke_key(&self, _: &Caller, request: RevokeKeyRequest) -> Answer<KeyView> {
        let key: KeyView = self.answer(KEY)?;
        Ok(KeyView { id: request.key, active: false, ..key })
    }
    pub async fn end_log(&self, _: &Caller, _: EndLogRequest) -> Answer<KeyView> {
        self.answer(KEY)
    }
    pub async fn new_root(&self, _: &Caller) -> Answer<NewRootView> {
        self.answer(r#"{"code":"ab-cd","message":"m"}"#)
    }
    pub async fn people(&self) -> Answer<Vec<PersonView>> {
        self.answer(&format!("[{PERSON}]"))
    }
    pub async fn add_person(&self, _: &Caller, _: PersonRequest) -> Answer<PersonCreated> {
        self.answer(&format!(r#"{{"person":{PERSON},"token":"t"}}"#))
    }
    pub async fn revoke_person(&self, _: &Caller, id: String) -> Answer<PersonView> {
        let mut person: PersonView = self.answer(PERSON)?;
        person.id = id;
        person.active = false;
        Ok(person)
    }
    pub async fn documents(&self, kind: Option<String>) -> Answer<Vec<DocumentSummary>> {
        let all: Vec<DocumentSummary> = self.answer(&format!("[{SUMMARY}]"))?;
        let wanted = |summary: &DocumentSummary| kind.as_ref().is_none_or(|k| *k == summary.kind);
        Ok(all.into_iter().filter(wanted).collect())
    }
    pub async fn new_document(&self, _: &Caller, new: NewDocument) -> Answer<DocumentView> {
        let mut view = self.document_view()?;
        view.summary.title = new.title;
        Ok(view)
    }
    pub async fn document(&self, id: String, version: Option<Vec<String>>) -> Answer<DocumentView> {
        let mut view = self.document_view()?;
        view.summary.id = id;
        view.version = version.unwrap_or(view.version);
        Ok(view)
    }
    pub async fn edit_document(&self, _: &Caller, _: String, _: EditRequest) -> Answer<DocumentView> {
        self.document_view()
    }
    pub async fn history(&self, _: String) -> Answer<Vec<EditView>> {
        self.answer("[]")
    }
    pub async fn diff(&self, _: String, from: Option<String>, to: Option<String>) -> Answer<DiffView> {
        Ok(DiffView {
            from: from.into_iter().collect(),
            to: to.into_iter().collect(),
            ..self.answer(r#"{"from":[],"to":[],"unified":""}"#)?
        })
    }
    pub async fn publication(&self, id: String) -> Answer<PublicationView> {
        self.answer::<()>("null")?;
        Ok(PublicationView { document: id, title: "T".to_owned(), ..PublicationView::default() })
    }
    pub async fn ask_review(
        &self,
        caller: &Caller,
        id: String,
        request: AskReviewRequest,
    ) -> Answer<PublicationView> {
        let asked = RequestView { person: caller.name.clone(), note: request.note, ..RequestView::default() };
        let heads = request.heads.unwrap_or_default();
        let version = VersionView { heads, requests: vec![asked], ..VersionView::default() };
        Ok(PublicationView { versions: vec![version], ..self.publication(id).await? })
    }
    pub async fn review(&self, _: &Caller, _: String, request: ReviewRequest) -> Answer<ReviewView> {
        self.answer::<()>("null")?;
        let ReviewRequest { verdict, version, role, comment, conflicts, checklist } = request;
        let (version, role) = (version.unwrap_or_default(), role.unwrap_or_default());
        Ok(ReviewView { verdict, version, role, comment, conflicts, checklist, ..ReviewView::default() })
    }
    pub async fn release(&self, _: &Caller, _: String, request: ReleaseRequest) -> Answer<ReleaseView> {
        self.answer::<()>("null")?;
        Ok(ReleaseView { version: request.version.unwrap_or_default(), ..ReleaseView::default() })
    }
    pub async fn retract(&self, _: &Caller, _: String, request: RetractRequest) -> Answer<RetractionView> {
        self.answer::<()>("null")?;
        let RetractRequest { reason, instead } = request;
        Ok(RetractionView { reason, instead, ..RetractionView::default() })
    }
    pub async fn attach(
        &self,
        _: &Caller,
        id: String,
        request: AttachRequest,
        size: u64,
        found: Vec<Finding>,
    ) -> Answer<DocumentView> {
        if let Some(finding) = found.first() {
            let (code, detail) = ("identifiers".to_owned(), finding.to_string());
            return Err(Failure { kind: FailureKind::Invalid, code, detail });
        }
        let mut view = self.document(id, None).await?;
        let name = format!("attachment/{}", request.name);
        view.particulars.insert(format!("{name}/media-type"), request.media_type);
        view.particulars.insert(format!("{name}/size"), size.to_string());
        Ok(view)
    }
    pub async fn restore(&self, _: &Caller, id: String, request: RestoreRequest) -> Answer<DocumentView> {
        self.document(id, Some(vec![request.version])).await
    }
    pub async fn proof(&self, _: String) -> Answer<Vec<u8>> {
        self.answer("[1,2,3]")
    }
    pub async fn exported(&self, _: String, _: bool) -> Answer<Exported> {
        self.answer::<()>("null")?;
        let origin = Origin {
            commons: CommonsId([1; 32]),
            document: DocumentId([2; 32]),
            kind: DocumentKind::Toolkit,
            heads: Vec::new(),
            contributors: Vec::new(),
        };
        let values = [("hash", blake3::hash(FILE).to_string()), ("media-type", "text/plain".to_owned())];
        let values = values.map(|(part, value)| (format!("attachment/a.txt/{part}"), value));
        let fields = Fields {
            title: "T".to_owned(),
            language: "en".to_owned(),
            text: "Wash hands.".to_owned(),
            particulars: Particulars::fitting(values),
            ..Fields::default()
        };
        Ok(Exported {
            version: Version::new(origin, &fields).expect("it is small"),
            release: None,
            standing: crate::view::StandingView::default(),
            commons_name: "Example".to_owned(),
            organisation: "Example Hospital".to_owned(),
            today: Date::of(Timestamp(0)),
            reviews: Vec::new(),
            proof: None,
        })
    }
    pub async fn released(&self, id: String, as_of: Option<Date>) -> Answer<DocumentView> {
        let mut view = self.document(id, None).await?;
        view.text = format!("released {}", as_of.map_or("now".to_owned(), |day| day.to_string()));
        Ok(view)
    }
    pub fn blobs(&self) -> Answer<Blobs> {
        self.answer::<()>("null").map(|()| self.files.1.clone())
    }
    pub async fn erase(&self, _: &Caller, _: EraseRequest) -> Answer<ErasureView> {
        self.answer(ERASURE)
    }
    pub async fn erasures(&self) -> Answer<Vec<ErasureView>> {
        self.answer(&format!("[{ERASURE}]"))
    }
    pub async fn reissues(&self) -> Answer<Vec<ReissueView>> {
        self.answer(
            r#"[{"document":"d0","title":"T","exists":true,"why":"w","contributions":1,"wrote":"+x"}]"#,
        )
    }
    pub async fn reissue(&self, _: &Caller, request: ReissueRequest) -> Answer<DocumentView> {
        let mut view = self.document_view()?;
        view.summary.id = request.document;
        Ok(view)
    }
    pub async fn check(&self, _: &Caller) -> Answer<CheckView> {
        self.answer(r#"{"ok":true,"records":0,"entries":0,"documents":0,"problems":[]}"#)
    }
    pub async fn set_network(&self, _: &Caller, _: NetworkRequest) -> Answer<StatusView> {
        self.status().await
    }
    pub async fn export_keys(&self, _: &Caller, _: PassphraseRequest) -> Answer<SealedKeysView> {
        self.answer(r#"{"sealed":"s","note":"n"}"#)
    }
    pub async fn rotate_keys(&self, _: &Caller) -> Answer<String> {
        self.answer(r#""The root key was rotated.""#)
    }
    pub async fn faults(&self) -> Answer<Vec<crate::view::FaultView>> {
        self.answer(&format!("[{FAULT}]"))
    }
    pub async fn fault_proof(&self, _: String) -> Answer<Vec<u8>> {
        self.answer("[1,2,3]")
    }
    pub async fn shutdown(&self, _: &Caller) -> Answer<()> {
        self.answer("null")
    }
    pub async fn subscribe(&self) -> Answer<broadcast::Receiver<ChangeView>> {
        self.answer("null").map(|()| self.changes.subscribe())
    }
    pub async fn metrics(&self) -> Answer<String> {
        self.answer(r##""# EOF\n""##)
    }
}
