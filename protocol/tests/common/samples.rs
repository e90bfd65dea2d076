//! One value and more of every type that travels, is signed or is stored.
#![allow(dead_code)]

use crate::world::writer::header;
use crate::world::{Organisation, World, key, list, text};
use commons_protocol::attestation::Attestation;
use commons_protocol::body::{Change, Content, Create, Erase, EraseTarget, Receipt};
use commons_protocol::bounded::BoundedBytes;
use commons_protocol::charter::{Charter, FormerRoot, Point};
use commons_protocol::codec;
use commons_protocol::collection::{Collection, DocumentKind, OrganisationKind, Role, Standing};
use commons_protocol::entry::{EntryKind, Header, LogName};
use commons_protocol::fork::Fork;
use commons_protocol::id::{Commitment, Digest, DocumentId, EntryId, LogId, ObjectId, OrganisationId};
use commons_protocol::invitation::{Application, Invitation, JoinAnswer, JoinAsk, Secret};
use commons_protocol::keylog::{KeyAction, KeyEvent};
use commons_protocol::limits::{BODY_BYTES, FRAME_BYTES, OBJECT_BYTES};
use commons_protocol::object::{ENCODED_OBJECT_BYTES, Object};
use commons_protocol::refusal::Refusal;
use commons_protocol::run::Run;
use commons_protocol::signed::{Payload, Verified};
use commons_protocol::sync::Frame;
use commons_protocol::sync::frame::{BodyOf, BucketDigests, Hello, Range, Rows, Want};
use commons_protocol::sync::table::{BucketSet, Salt, Short, ShortRow, Table};
use commons_protocol::vote::{Phase, Proposal, Vote};
use minicbor::{Decode, Encode};

/// Whether bytes decode as the type.
pub type Accepts = Box<dyn Fn(&[u8]) -> bool>;

/// A value with its bytes, and how to read such bytes.
pub struct Sample {
    /// Name of the type, which names its file too.
    pub kind: &'static str,
    pub name: String,
    pub meaning: String,
    pub bytes: Vec<u8>,
    /// Bytes that the type may have.
    pub limit: usize,
    /// Decodes strictly and encodes again.
    pub decode: fn(&[u8]) -> Result<Vec<u8>, Refusal>,
    /// Whether bytes decode to this very value.
    pub is_value: Accepts,
}

impl Sample {
    fn new<T>(
        kind: &'static str,
        limit: usize,
        decode: fn(&[u8]) -> Result<T, Refusal>,
        recode: fn(&[u8]) -> Result<Vec<u8>, Refusal>,
        name: &str,
        meaning: &str,
        value: T,
    ) -> Self
    where
        T: Encode<()> + PartialEq + 'static,
    {
        let bytes = codec::encode(&value);
        let is_value = Box::new(move |bytes: &[u8]| decode(bytes).is_ok_and(|decoded| decoded == value));
        Self {
            kind,
            name: name.to_owned(),
            meaning: meaning.to_owned(),
            bytes,
            limit,
            decode: recode,
            is_value,
        }
    }
}

fn decode<T: Encode<()> + for<'b> Decode<'b, ()>, const LIMIT: usize>(bytes: &[u8]) -> Result<T, Refusal> {
    Ok(codec::decode(bytes, LIMIT)?)
}

/// Declares a function that makes samples of one type.
macro_rules! sampler {
    ($function:ident, $type:ty, $kind:literal, $limit:expr, $decode:expr) => {
        fn $function(name: &str, meaning: &str, value: $type) -> Sample {
            let decode: fn(&[u8]) -> Result<$type, Refusal> = $decode;
            let recode: fn(&[u8]) -> Result<Vec<u8>, Refusal> = |bytes| {
                let decode: fn(&[u8]) -> Result<$type, Refusal> = $decode;
                decode(bytes).map(|value| codec::encode(&value))
            };
            Sample::new($kind, $limit, decode, recode, name, meaning, value)
        }
    };
}

#[path = "samples/publication.rs"]
pub mod publication;
#[path = "samples/rollup.rs"]
pub mod rollup;
#[path = "samples/series.rs"]
pub mod series;

sampler!(charter, Charter, "charter", OBJECT_BYTES, Charter::decode);
sampler!(proposal, Proposal, "proposal", Proposal::LIMIT, decode::<Proposal, { Proposal::LIMIT }>);
sampler!(vote, Vote, "vote", Vote::LIMIT, decode::<Vote, { Vote::LIMIT }>);
sampler!(
    attestation,
    Attestation,
    "attestation",
    Attestation::LIMIT,
    decode::<Attestation, { Attestation::LIMIT }>
);
sampler!(key_event, KeyEvent, "key-event", KeyEvent::LIMIT, decode::<KeyEvent, { KeyEvent::LIMIT }>);
sampler!(entry_header, Header, "header", BODY_BYTES, decode::<Header, BODY_BYTES>);
sampler!(run, Run, "run", FRAME_BYTES, Run::decode);
sampler!(frame, Frame, "frame", FRAME_BYTES, Frame::decode);
sampler!(invitation, Invitation, "invitation", 8_192, decode::<Invitation, 8_192>);
sampler!(
    application,
    Application,
    "application",
    Application::LIMIT,
    decode::<Application, { Application::LIMIT }>
);
sampler!(join_ask, JoinAsk, "join-ask", FRAME_BYTES, decode::<JoinAsk, FRAME_BYTES>);
sampler!(join_answer, JoinAnswer, "join-answer", FRAME_BYTES, decode::<JoinAnswer, FRAME_BYTES>);
sampler!(create, Create, "create", BODY_BYTES, decode::<Create, BODY_BYTES>);
sampler!(change, Change, "change", BODY_BYTES, decode::<Change, BODY_BYTES>);
sampler!(erase, Erase, "erase", BODY_BYTES, decode::<Erase, BODY_BYTES>);
sampler!(receipt, Receipt, "receipt", BODY_BYTES, decode::<Receipt, BODY_BYTES>);

fn object(name: &str, meaning: &str, value: Object) -> Sample {
    Sample {
        kind: "object",
        name: name.to_owned(),
        meaning: meaning.to_owned(),
        bytes: value.encode(),
        limit: ENCODED_OBJECT_BYTES,
        decode: |bytes| Object::decode(bytes).map(|object| object.encode()),
        is_value: Box::new(move |bytes| Object::decode(bytes).is_ok_and(|object| object == value)),
    }
}

fn fork(name: &str, meaning: &str, value: Fork) -> Sample {
    Sample {
        kind: "fork",
        name: name.to_owned(),
        meaning: meaning.to_owned(),
        bytes: value.encode(),
        limit: OBJECT_BYTES,
        decode: |bytes| Fork::decode(bytes).map(|fork| fork.encode()),
        is_value: Box::new(move |bytes| Fork::decode(bytes).is_ok_and(|fork| fork == value)),
    }
}

fn small<const N: usize>(bytes: &[u8]) -> BoundedBytes<N> {
    BoundedBytes::new(bytes.to_vec()).expect("small")
}

/// All samples, in the order of their files.
pub fn all() -> Vec<Sample> {
    let mut samples = governance();
    samples.extend(votes());
    samples.extend(attestations());
    samples.extend(key_events());
    samples.extend(entries());
    samples.extend(bodies());
    samples.extend(frames());
    samples.extend(joining());
    samples.extend(publication::all());
    samples.extend(rollup::all());
    samples.extend(series::all());
    samples
}

/// The world of the samples: two members, one elector.
pub fn world() -> World {
    World::new(2, 1)
}

fn next_charter(world: &World) -> Charter {
    let pins = vec![Point { log: LogId([3; 32]), seq: 41, entry: EntryId([4; 32]) }];
    world.standing_charter(1, Standing::Suspended, pins)
}

/// A next charter in which the second member has new roots, because it lost the old ones.
fn recovering_charter(world: &World) -> Charter {
    let mut charter = world.next_charter();
    let id = world.organisations[1].id();
    let mut members = charter.members.to_vec();
    for member in members.iter_mut().filter(|member| member.organisation == id) {
        let last = Some(ObjectId([6; 32]));
        member.former = list([FormerRoot { root: member.root, next_root: member.next_root, last }]);
        member.root = key("recovered root").public();
        member.next_root = Commitment::to(&key("root after the recovered one").public());
    }
    charter.members = list(members);
    charter
}

fn governance() -> Vec<Sample> {
    let world = world();
    let next = next_charter(&world);
    let by = world.organisations[0].elector.public();
    let of = |charter: &Charter, commons| Proposal { charter: charter.clone(), by, commons };
    vec![
        charter("founding", "two members, one elector", world.current().clone()),
        charter("next", "the second member is suspended, with a pin", next.clone()),
        charter("recovering", "the second member's lost root is replaced", recovering_charter(&world)),
        proposal("founding", "the founding charter; no commons yet", of(world.current(), None)),
        proposal("next", "a next epoch", of(&next, Some(world.commons))),
        object("proposal", "the founding proposal, signed", world.objects[0].clone()),
        object("vote", "the founder's endorsement, signed", world.objects[1].clone()),
        object("key-event", "the first key event, signed", world.objects[4].clone()),
    ]
}

fn votes() -> Vec<Sample> {
    let world = world();
    let ballot = Vote {
        commons: world.commons,
        parent: Some(world.current().hash()),
        round: 0,
        phase: Phase::Endorse,
        proposal: next_charter(&world).hash(),
        elector: world.organisations[0].elector.public(),
        lock: None,
        attested: None,
    };
    let founding = Vote { parent: None, phase: Phase::Commit, ..ballot.clone() };
    let prepare =
        Vote { phase: Phase::Prepare, round: 7, attested: Some(ObjectId([9; 32])), ..ballot.clone() };
    let locked = Vote { lock: Some(3), ..prepare.clone() };
    let commit = Vote { phase: Phase::Commit, ..ballot.clone() };
    vec![
        vote("founding", "a commit to the founding", founding),
        vote("endorse", "an endorsement", ballot),
        vote("prepare", "a first phase in a later round, after an attestation", prepare),
        vote("locked-prepare", "a first phase that names the round of its lock", locked),
        vote("commit", "a commit", commit),
    ]
}

fn attestations() -> Vec<Sample> {
    let mut world = world();
    let point = |log: u8, seq: u64| Point { log: LogId([log; 32]), seq, entry: EntryId([4; 32]) };
    let objects =
        [vec![point(3, 41)], vec![point(2, 0), point(3, 300)]].map(|points| world.attestation(0, points));
    let [Object::Attestation(first), Object::Attestation(second)] = &objects else { panic!("attestations") };
    vec![
        attestation("first", "the first of an elector in its epoch", first.value().clone()),
        attestation("second", "two points, after the first", second.value().clone()),
        object("attestation", "the first attestation, signed", objects[0].clone()),
        fork("entries", "two logs that differ from the second entry on", a_fork()),
        object("fork", "the proof of a fork", a_fork().into()),
    ]
}

/// A log that forked at its second entry.
pub fn a_fork() -> Fork {
    let world = world();
    let mut one = world.writer(0, Collection::Toolkits, 5);
    (0..2).for_each(|_| _ = one.create());
    let mut other = one.fork_at(1);
    other.write(EntryKind::Receipt, b"another".to_vec(), vec![]);
    other.receipt(EntryId([7; 32]));
    Fork::new(world.commons, &one.run(0, 2), &other.run(0, 3)).expect("they differ")
}

fn key_events() -> Vec<Sample> {
    let world = world();
    let own = &world.organisations[0];
    let event = |seq: u64, action: KeyAction| KeyEvent {
        commons: world.commons,
        organisation: own.id(),
        signer: if action.is_for_root() { own.root.public() } else { own.admin.public() },
        seq,
        prev: (seq > 0).then_some(ObjectId([5; 32])),
        action,
    };
    let next = Commitment::to(&key("third root").public());
    let pins = list([Point { log: LogId([3; 32]), seq: 2, entry: EntryId([4; 32]) }]);
    let ends = list([Point { log: LogId([3; 32]), seq: 5, entry: EntryId([4; 32]) }]);
    let addresses = list([text("/ip4/192.0.2.7/tcp/4001"), text("/dns4/hub.example/tcp/443")]);
    let admin = own.admin.public();
    let collections = [Collection::Toolkits, Collection::Guidance];
    vec![
        key_event(
            "rotate-root",
            "hands over to the next root key",
            event(3, KeyAction::RotateRoot { root: own.next_root.public(), next }),
        ),
        key_event(
            "appoint-admin",
            "the first event of a root key",
            event(0, KeyAction::AppointAdmin { admin }),
        ),
        key_event(
            "revoke-admin",
            "nothing of the admin's chain counts",
            event(1, KeyAction::RevokeAdmin { admin, last: None }),
        ),
        key_event(
            "revoke-admin-after",
            "the admin's chain ends",
            event(2, KeyAction::RevokeAdmin { admin, last: Some(ObjectId([6; 32])) }),
        ),
        key_event(
            "delegate-node",
            "a node for two collections",
            event(0, own.node_delegation(world.commons, &collections)),
        ),
        key_event(
            "announce",
            "other addresses of a node",
            event(1, KeyAction::Announce { node: own.node.public(), addresses }),
        ),
        key_event(
            "delegate-person",
            "a clinician who administers",
            event(
                2,
                own.person_delegation(world.commons, &own.person, &[Role::Clinician, Role::Administrator]),
            ),
        ),
        key_event(
            "revoke",
            "a person's key, with a pin",
            event(300, KeyAction::Revoke { key: own.person.public(), pins }),
        ),
        key_event("end-logs", "ends one log", event(4, KeyAction::EndLogs { ends })),
    ]
}

fn decoded(run: &commons_protocol::run::VerifiedRun) -> Run {
    Run::decode(&run.encode()).expect("its own encoding")
}

fn entries() -> Vec<Sample> {
    let world = world();
    let mut writer = world.writer(0, Collection::Toolkits, 2);
    let document = writer.create();
    writer.change(document, b"a change", vec![EntryId([9; 32]), EntryId([8; 32])]);
    writer.receipt(EntryId([7; 32]));
    let of = |seq: usize| {
        let prev = seq.checked_sub(1).map(|before| writer.ids[before]);
        header(world.commons, writer.name, seq as u64, prev, &writer.entries[seq])
    };
    let mut bare = writer.run(0, 3);
    bare.drop_bodies(|entry| entry.header.seq == 1);
    vec![
        entry_header("first", "the first entry of a log", of(0)),
        entry_header("with-deps", "an entry on top of two others", of(1)),
        run("whole", "three entries with their bodies", decoded(&writer.run(0, 3))),
        run("middle", "two entries after the first", decoded(&writer.run(1, 3))),
        run("absent-body", "the second body is absent", decoded(&bare)),
    ]
}

fn bodies() -> Vec<Sample> {
    let document = DocumentId([1; 32]);
    let erasure = |target| Erase { target, reason: text("A name slipped in") };
    vec![
        create("toolkit", "creates a toolkit", Create { kind: DocumentKind::Toolkit }),
        create("guidance", "creates guidance", Create { kind: DocumentKind::Guidance }),
        change(
            "one",
            "one change",
            Change { document, continues: false, changes: list([small(b"one")]), overrides: None },
        ),
        change(
            "continues",
            "goes on with two changes",
            Change {
                document,
                continues: true,
                changes: list([small(b"one"), small(&[0; 30])]),
                overrides: None,
            },
        ),
        erase(
            "document",
            "erases a document with one known entry",
            erasure(EraseTarget::Document(document, list([EntryId([2; 32])]))),
        ),
        erase(
            "entries",
            "erases two entries",
            erasure(EraseTarget::Entries(list([EntryId([2; 32]), EntryId([3; 32])]))),
        ),
        receipt("receipt", "confirms an erasure", Receipt { erase: EntryId([2; 32]) }),
    ]
}

fn frames() -> Vec<Sample> {
    let world = world();
    let mut writer = world.writer(0, Collection::Toolkits, 0);
    writer.create();
    let hello = Hello {
        version: 1,
        commons: world.commons,
        epoch: 3,
        objects: Digest([1; 32]),
        heads: Digest([2; 32]),
        salt: Salt([3; 16]),
    };
    let mut digests = [0; 256];
    (digests[0], digests[255]) = (1, u64::MAX);
    let buckets = BucketSet::differing(&digests, &[0; 256]);
    let row = ShortRow { name: Short([1; 8]), version: 300, tag: Short([2; 8]) };
    let rows =
        Rows { table: Table::Heads, buckets, rows: list([row, ShortRow { version: 1, ..row }]), more: true };
    let want = Want {
        table: Table::Heads,
        ranges: list([Range { name: Short([1; 8]), from: 24 }]),
        max_bytes: 1_048_576,
    };
    let body = BodyOf { entry: EntryId([2; 32]), body: small(&[1, 2, 3]) };
    vec![
        frame("hello", "opens a round", Frame::Hello(hello)),
        frame("buckets", "digests of 256 buckets", Frame::Buckets(Table::Objects, BucketDigests(digests))),
        frame("rows", "two rows of two buckets, more to come", Frame::Rows(rows)),
        frame("want", "one log from its 25th entry on", Frame::Want(want)),
        frame("runs", "one run", Frame::Runs(list([small(&writer.run(0, 1).encode())]))),
        frame("objects", "one vote", Frame::Objects(list([small(&world.objects[1].encode())]))),
        frame("served", "the last WANT is answered", Frame::Served(Table::Heads)),
        frame("done", "nothing more is wanted", Frame::Done(Table::Objects)),
        frame("want-bodies", "one body is missing", Frame::WantBodies(list([EntryId([2; 32])]))),
        frame("bodies", "one body", Frame::Bodies(list([body]))),
        frame("bye", "ends the session", Frame::Bye),
    ]
}

/// The application of an organisation of that name.
pub fn an_application(name: &str) -> (Application, Organisation) {
    let organisation = Organisation::new(name);
    let application = Application {
        commons: world().commons,
        name: text(name),
        kind: OrganisationKind::Council,
        root: organisation.root.public(),
        next_root: Commitment::to(&organisation.next_root.public()),
        elector: organisation.elector.public(),
    };
    (application, organisation)
}

/// An invitation into the world of the samples.
pub fn an_invitation() -> Invitation {
    let world = world();
    Invitation {
        commons: world.commons,
        epoch: world.current().hash(),
        peer: world.organisations[0].peer.public(),
        addresses: list([text("/dns4/hub.example/tcp/4001")]),
        secret: Secret([0x5e; 32]),
    }
}

fn joining() -> Vec<Sample> {
    let world = world();
    let (asked, organisation) = an_application("Families of the north");
    let signed = Verified::sign(asked.clone(), &organisation.root).expect("its own key");
    let ask = JoinAsk {
        application: BoundedBytes::new(signed.signed().bytes().to_vec()).expect("small"),
        signature: signed.signed().signature(),
        keys: list([BoundedBytes::new(world.objects[4].encode()).expect("small")]),
    };
    vec![
        invitation("invitation", "one address", an_invitation()),
        application("council", "a council asks to join", asked),
        join_ask("ask", "a signed application with a key event", ask),
        join_answer("not-yet", "the members have not decided", JoinAnswer { admitted_as: None }),
        join_answer("admitted", "admitted", JoinAnswer { admitted_as: Some(OrganisationId([5; 32])) }),
    ]
}

/// A name of a log for derived values.
pub fn a_log_name() -> LogName {
    LogName { node: world().organisations[0].node.public(), collection: Collection::Guidance, nonce: 3 }
}

/// Decodes a body as its kind says.
pub fn content(kind: EntryKind, bytes: &[u8]) -> Result<Content, Refusal> {
    Content::decode(kind, bytes)
}
