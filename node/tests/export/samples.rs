//! Documents to export, and the files that other tools check.

use commons_node::export::{self, AttachedFile, Published, SignedReview};
use commons_node::view::{ChecklistView, ReleaseView, ReviewView, StandingView};
use commons_protocol::collection::{DocumentKind, Role};
use commons_protocol::date::Date;
use commons_protocol::document::{Fields, Particulars};
use commons_protocol::fence::ChangeHash;
use commons_protocol::id::{CommonsId, DocumentId};
use commons_protocol::key::SecretKey;
use commons_protocol::statement::{Review, Verdict};
use commons_protocol::version::{Origin, Version};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// A picture of one pixel.
pub const PIXEL: &[u8] = &[
    0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0, 0, 0,
    1, 8, 0, 0, 0, 0, 0x3a, 0x7e, 0x9b, 0x55, 0, 0, 0, 10, b'I', b'D', b'A', b'T', 8, 0xd7, 0x63, 0x60, 0, 0,
    0, 2, 0, 1, 0x48, 0xaf, 0xa4, 0x71, 0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82,
];

const TEXT: &str = "# Ten days at home\n\nWhat to do after your child leaves the hospital.\n\n## Day one\n\n\
    1. Rest.\n2. Drink.\n\n#### What to drink\n\n| Drink | How much |\n|---|---|\n| Water | a glass an hour |\n\n\
    ![A glass of water](attachment:glass.png)\n\n## When to call\n\nCall when the fever lasts. See \
    [day one](#day-one) or <https://example.org/fever>.\n";

/// 2026-11-20, 12:00 UTC.
pub const RELEASED_MS: u64 = 1_795_176_000_000;

/// Everything that a [`Published`] borrows.
pub struct Sample {
    pub version: Version,
    pub release: Option<ReleaseView>,
    pub standing: StandingView,
    pub files: Vec<AttachedFile>,
    pub reviews: Vec<SignedReview>,
    pub proof: Option<Vec<u8>>,
}

impl Sample {
    pub fn published(&self) -> Published<'_> {
        Published {
            version: &self.version,
            release: self.release.as_ref(),
            standing: &self.standing,
            commons_name: "Riverside & Hill commons",
            organisation: "Riverside patient council",
            today: "2026-12-01".parse::<Date>().expect("a date"),
            files: &self.files,
            reviews: &self.reviews,
            proof: self.proof.as_deref(),
        }
    }

    /// The same content as a draft.
    pub fn draft(mut self) -> Self {
        self.release = None;
        self.standing = StandingView { status: "draft".to_owned(), ..StandingView::default() };
        self.proof = None;
        self
    }
}

/// A document that says this.
pub fn version(kind: DocumentKind, fields: &Fields) -> Version {
    let origin = Origin {
        commons: CommonsId([1; 32]),
        document: DocumentId([2; 32]),
        kind,
        heads: vec![ChangeHash([3; 32]), ChangeHash([4; 32])],
        contributors: vec![SecretKey::from_seed([5; 32]).public()],
    };
    Version::new(origin, fields).expect("a version")
}

pub fn particulars(values: &[(&str, &str)]) -> Particulars {
    let values: BTreeMap<String, String> =
        values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Particulars::new(values).expect("values that fit")
}

/// A released version with two reviews.
pub fn released(version: Version) -> Sample {
    let name = version.name();
    let reviews = [
        review(&version, 6, Role::Family, ""),
        review(&version, 7, Role::Clinician, "Paid by \"Drip\" Ltd."),
    ];
    let views = reviews.iter().enumerate().map(|(number, (_, view))| ReviewView {
        organisation: ["Riverside patient council", "Hill hospital"][number].to_owned(),
        ..view.clone()
    });
    let release = ReleaseView {
        id: "ab".repeat(32),
        title: version.cover.title.to_string(),
        version: name.blake3.to_string(),
        sha256: name.sha256.to_string(),
        heads: version.heads.iter().map(ToString::to_string).collect(),
        person: "Mina".to_owned(),
        organisation: "Riverside patient council".to_owned(),
        time_ms: RELEASED_MS,
        epoch: 3,
        due: Some("2027-11-20".to_owned()),
        reviews: views.collect(),
        counts: true,
        matches: Some(true),
        ..ReleaseView::default()
    };
    let standing = StandingView {
        status: "released".to_owned(),
        release: Some(release.id.clone()),
        due: release.due.clone(),
        ..StandingView::default()
    };
    let reviews = reviews.into_iter().map(|(signed, _)| signed).collect();
    let proof = Some(b"the bytes of a proof".to_vec());
    Sample { version, release: Some(release), standing, files: Vec::new(), reviews, proof }
}

fn review(version: &Version, seed: u8, role: Role, conflicts: &str) -> (SignedReview, ReviewView) {
    let key = SecretKey::from_seed([seed; 32]);
    let review = Review {
        commons: version.commons,
        document: version.document,
        version: version.name(),
        reviewer: key.public(),
        role,
        verdict: Verdict::Approve,
        number: 1,
        comment: "Clear\nand kind.".to_owned(),
        conflicts: conflicts.to_owned(),
        checklist: None,
        time: RELEASED_MS - 86_400_000,
    };
    let envelope = review.sign(&key).expect("a review within its limits");
    let checklist = ChecklistView {
        form: "cdc-cci-1".to_owned(),
        answers: BTreeMap::from([("1".to_owned(), "yes".to_owned())]),
    };
    let view = ReviewView {
        id: format!("{seed:02x}").repeat(32),
        version: version.name().blake3.to_string(),
        verdict: "approve".to_owned(),
        role: role.word().to_owned(),
        person: format!("Reviewer {seed}"),
        comment: review.comment.clone(),
        conflicts: review.conflicts.clone(),
        checklist: (seed == 7).then_some(checklist),
        time_ms: review.time,
        counts: true,
        ..ReviewView::default()
    };
    (SignedReview { entry: view.id.clone(), json: envelope.to_json(&key.public()) }, view)
}

/// A toolkit with everything that a toolkit can have.
pub fn toolkit() -> Sample {
    let hash = blake3::hash(PIXEL).to_hex().to_string();
    let fields = Fields {
        title: "Ten days at home".to_owned(),
        language: "en".to_owned(),
        summary: "For families: what to do after leaving the hospital.".to_owned(),
        text: TEXT.to_owned(),
        particulars: particulars(&[
            ("ages", "5-11"),
            ("attachment/glass.png/alt", "A glass of water"),
            ("attachment/glass.png/hash", &hash),
            ("attachment/glass.png/media-type", "image/png"),
            ("attachment/glass.png/size", &PIXEL.len().to_string()),
            ("audience", "Parents of small children"),
            ("author/1", "Mina, mother of two"),
            ("author/2", "Dr. A. \"Sam\" O'Neil & team"),
            ("call", "Your team: 555 0100, day and night"),
            ("condition/ICD-10:K50", "Crohn disease"),
            ("condition/own", "Tiredness"),
            ("conflicts", "None"),
            ("contact/1", "help@example.org"),
            ("evidence/1", "A trial (2020)"),
            ("evidence/10", "Ten families (2024)"),
            ("evidence/2", "A survey (2021)"),
            ("funding", "The council's own"),
            ("life-domain", "everyday life work"),
            ("review-due", "2028-01-31"),
            ("stage", "new"),
        ]),
    };
    let file = AttachedFile {
        name: "glass.png".to_owned(),
        media_type: "image/png".to_owned(),
        hash,
        size: PIXEL.len() as u64,
        alt: "A glass of water".to_owned(),
        bytes: Some(PIXEL.to_vec()),
    };
    Sample { files: vec![file], ..released(version(DocumentKind::Toolkit, &fields)) }
}

/// Guidance with two recommendations.
pub fn guidance() -> Sample {
    let fields = Fields {
        title: "Fever at home".to_owned(),
        language: "en-GB".to_owned(),
        summary: "When to call and what to give.".to_owned(),
        text: "Words before any heading.\n\n### Deep first\n\n# Then high\n".to_owned(),
        particulars: particulars(&[
            ("condition/ICD-10:R50", "Fever"),
            ("evidence/1", "A review of trials (2022)"),
            ("licence", "CC0-1.0"),
            ("recommendation/1/statement", "Offer fluids often."),
            ("recommendation/1/strength", "strong"),
            ("recommendation/1/certainty", "moderate"),
            ("recommendation/1/evidence", "1"),
            ("recommendation/2/statement", "Consider rest."),
            ("recommendation/2/strength", "conditional"),
            ("recommendation/2/certainty", "very low"),
            ("recommendation/3/strength", "strong"),
        ]),
    };
    released(version(DocumentKind::Guidance, &fields))
}

/// A measure with two strata.
pub fn measure() -> Sample {
    let fields = Fields {
        title: "Visits without a plan".to_owned(),
        language: "en".to_owned(),
        summary: "How often nobody had planned the visit.".to_owned(),
        text: "Count each visit once.\n".to_owned(),
        particulars: particulars(&[
            ("calendar", "month"),
            ("denominator", "All visits"),
            ("direction", "decrease"),
            ("measure-kind", "proportion"),
            ("numerator", "Visits <without> a plan"),
            ("population", "Everybody who is seen"),
            ("stratum/age:0-4", "Under five"),
            ("stratum/age:5-", "Five and older"),
            ("target", "4.5"),
            ("threshold", "20"),
        ]),
    };
    released(version(DocumentKind::Measure, &fields))
}

/// A toolkit in Arabic that was withdrawn.
pub fn arabic() -> Sample {
    let fields = Fields {
        title: "عشرة أيام في المنزل".to_owned(),
        language: "ar".to_owned(),
        summary: "ماذا تفعل بعد المستشفى".to_owned(),
        text: "## اليوم الأول\n\nاشرب الماء.\n".to_owned(),
        particulars: particulars(&[("author/1", "مينا"), ("call", "٠١٢٣")]),
    };
    let mut sample = released(version(DocumentKind::Toolkit, &fields));
    let release = sample.release.as_mut().expect("a release");
    release.retracted = Some("cd".repeat(32));
    sample.standing.status = "retracted".to_owned();
    sample.standing.retracted_because = Some("It named a <wrong> dose.".to_owned());
    sample
}

/// A real document from the folder with real input, else a built-in one.
fn real() -> Sample {
    let folder = std::env::var_os("COMMONS_SHARED_DATA");
    let path = folder.map(|folder| Path::new(&folder).join("documents/niddk-crohn-s-disease.md"));
    let Some(text) = path.filter(|path| path.is_file()).map(|path| fs::read_to_string(path).expect("text"))
    else {
        println!("skipped: the page of a real document: COMMONS_SHARED_DATA names no folder");
        return toolkit().draft();
    };
    let title = text.lines().next().expect("a line").trim_start_matches("# ").to_owned();
    let particulars = particulars(&[("condition/ICD-10:K50", "Crohn disease"), ("licence", "CC-BY-4.0")]);
    let fields = Fields { title, language: "en".to_owned(), text, particulars, ..Fields::default() };
    released(version(DocumentKind::Toolkit, &fields))
}

/// Writes each sample in every format to the folder that
/// `COMMONS_EXPORT_SAMPLES` names, for tools outside to check.
#[test]
#[ignore = "writes files for .ci/export-checks"]
fn write_samples() {
    let folder = std::env::var_os("COMMONS_EXPORT_SAMPLES").expect("COMMONS_EXPORT_SAMPLES names a folder");
    let all = [
        ("toolkit", toolkit()),
        ("draft", toolkit().draft()),
        ("guidance", guidance()),
        ("arabic", arabic()),
        ("hostile", super::hostile::sample()),
        ("real", real()),
    ];
    for (name, sample) in &all {
        let write = |ending: &str, bytes: &[u8]| {
            fs::write(Path::new(&folder).join(format!("{name}.{ending}")), bytes)
                .expect("a file can be written");
        };
        let published = sample.published();
        write("html", export::html(&published).as_bytes());
        write("md", export::markdown(&published).as_bytes());
        write("txt", export::citation(&published).as_bytes());
        write("bib", export::bibtex(&published).as_bytes());
        write("csl.json", export::csl_json(&published).as_bytes());
        write("zip", &export::ro_crate(&published).expect("a crate"));
    }
}
