//! Samples of what is said about versions, and of the policies by which that counts.

use super::{Sample, change, charter, decode, small};
use crate::world::{World, key, list, text};
use commons_protocol::body::{
    Acknowledge, Attach, Change, Overrides, Release, Request, Retract, SignedReview,
};
use commons_protocol::charter::Charter;
use commons_protocol::codec;
use commons_protocol::collection::{DocumentKind, Role};
use commons_protocol::document::{Fields, Particulars};
use commons_protocol::fence::ChangeHash;
use commons_protocol::id::{BlobHash, DocumentId, EntryId};
use commons_protocol::limits::{BODY_BYTES, OBJECT_BYTES, VERSION_BYTES};
use commons_protocol::policy::{Policy, Requirement};
use commons_protocol::refusal::Refusal;
use commons_protocol::statement::{Checklist, Review, Verdict};
use commons_protocol::version::{Origin, Version, VersionError};
use std::collections::BTreeMap;

sampler!(request, Request, "request", BODY_BYTES, decode::<Request, BODY_BYTES>);
sampler!(signed_review, SignedReview, "review", BODY_BYTES, decode::<SignedReview, BODY_BYTES>);
sampler!(release, Release, "release", BODY_BYTES, decode::<Release, BODY_BYTES>);
sampler!(retract, Retract, "retract", BODY_BYTES, decode::<Retract, BODY_BYTES>);
sampler!(acknowledge, Acknowledge, "acknowledge", BODY_BYTES, decode::<Acknowledge, BODY_BYTES>);
sampler!(attach, Attach, "attach", BODY_BYTES, decode::<Attach, BODY_BYTES>);
sampler!(version, Version, "version", VERSION_BYTES, decode_version);
sampler!(policy, Policy, "policy", OBJECT_BYTES, decode::<Policy, OBJECT_BYTES>);

fn decode_version(bytes: &[u8]) -> Result<Version, Refusal> {
    Version::decode(bytes).map_err(|error| match error {
        VersionError::Malformed(error) => error.into(),
        _ => Refusal::BadBody,
    })
}

/// Guidance with a value of every kind that a cover repeats.
pub fn a_version() -> Version {
    let values = [
        ("ages", "5-11"),
        ("attachment/plan.pdf/hash", &"0c".repeat(32)),
        ("attachment/plan.pdf/media-type", "application/pdf"),
        ("attachment/plan.pdf/size", "120"),
        ("audience", "Parents of small children"),
        ("condition/ICD-10:K50", "Crohn disease"),
        ("evidence/1", "A trial"),
        ("recommendation/1/strength", "strong"),
        ("review-due", "2027-03-31"),
        ("supersedes", &"07".repeat(32)),
    ];
    let values = values.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let fields = Fields {
        title: "Going home".into(),
        language: "pt-BR".into(),
        summary: "What helps".into(),
        text: "# First\n\nRest when you need to.\n".into(),
        particulars: Particulars::new(BTreeMap::from(values)).expect("they fit"),
    };
    let origin = Origin {
        commons: super::world().commons,
        document: DocumentId([1; 32]),
        kind: DocumentKind::Guidance,
        heads: vec![ChangeHash([3; 32]), ChangeHash([4; 32])],
        contributors: vec![key("author").public(), key("another author").public()],
    };
    Version::new(origin, &fields).expect("it fits")
}

/// A review of it with everything that a review can say.
pub fn a_review() -> Review {
    let version = a_version();
    let answers = BTreeMap::from([("1".to_owned(), "yes".to_owned()), ("2a".to_owned(), String::new())]);
    Review {
        commons: version.commons,
        document: version.document,
        version: version.name(),
        reviewer: key("reviewer").public(),
        role: Role::Family,
        verdict: Verdict::Approve,
        number: 2,
        comment: "Clear – thank you \"all\"".to_owned(),
        conflicts: "I wrote an earlier leaflet".to_owned(),
        checklist: Some(Checklist { form: "cdc-cci-1".to_owned(), answers }),
        time: 1_760_000_000_000,
    }
}

/// Review policies: the usual one for toolkits, another for guidance.
pub fn policies() -> Vec<Policy> {
    let need = |roles: &[Role], count| Requirement { roles: list(roles.iter().copied()), count };
    let strict = Policy {
        kind: DocumentKind::Guidance,
        requirements: list([need(&[Role::Patient, Role::Family], 2), need(&[Role::Clinician], 44)]),
        organisations: 3,
        authors_may_review: true,
        declines_block: false,
        valid_months: None,
        electors_retract: true,
    };
    vec![Policy::standard(DocumentKind::Toolkit), strict]
}

fn with_policies(world: &World) -> Charter {
    Charter { policies: Some(list(policies())), ..world.next_charter() }
}

fn overriding() -> Change {
    Change {
        document: DocumentId([1; 32]),
        continues: false,
        changes: list([small(b"one")]),
        overrides: Some(Overrides {
            reason: text("The hotline of the ministry"),
            found: list([text("phone number in text, line 3")]),
        }),
    }
}

/// All of them, in the order of their files.
pub fn all() -> Vec<Sample> {
    let mut policies = policies();
    let strict = policies.pop().expect("two");
    let standard = policies.pop().expect("two");
    let mut samples = bodies();
    samples.extend([
        version("guidance", "guidance with everything that a cover repeats", a_version()),
        version("measure", "a measure, with its definition in the cover", super::series::a_measure()),
        policy("standard", "the policy where the charter names none", standard),
        policy("strict", "another", strict),
        charter("policies", "a next charter with review policies", with_policies(&super::world())),
        change("overrides", "says what a check had asked about", overriding()),
    ]);
    samples
}

fn bodies() -> Vec<Sample> {
    let of = a_version();
    let document = of.document;
    let ask = Request {
        document,
        version: of.name(),
        heads: of.heads.clone(),
        cover: of.cover.clone(),
        note: text("Please look at the dose"),
    };
    let envelope = a_review().sign(&key("reviewer")).expect("its own key");
    let first = Release {
        document,
        version: of.name(),
        heads: of.heads.clone(),
        cover: of.cover.clone(),
        reviews: list([EntryId([2; 32]), EntryId([3; 32])]),
        previous: None,
    };
    let next = Release { previous: Some(EntryId([9; 32])), ..first.clone() };
    let measure = super::series::a_measure();
    let of_measure = Release {
        version: measure.name(),
        heads: measure.heads.clone(),
        cover: measure.cover.clone(),
        ..first.clone()
    };
    let withdraw = Retract {
        document,
        releases: list([EntryId([8; 32]), EntryId([9; 32])]),
        reason: text("The dose was wrong"),
        instead: None,
    };
    let replace = Retract { instead: Some(DocumentId([6; 32])), ..withdraw.clone() };
    vec![
        request("request", "asks for reviews", ask),
        signed_review("approve", "a signed review", SignedReview { document, envelope }),
        release("first", "a first release with two reviews", first),
        release("next", "a release that follows another", next),
        release("measure", "a first release of a measure", of_measure),
        retract("withdraw", "withdraws two releases", withdraw),
        retract("replace", "and names another document", replace),
        acknowledge("acknowledge", "confirms a retraction", Acknowledge { retraction: EntryId([2; 32]) }),
        attach("attach", "attaches a file", Attach { document, file: BlobHash([5; 32]), size: 70_000 }),
    ]
}
