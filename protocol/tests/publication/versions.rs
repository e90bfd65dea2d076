//! Versions: canonical bytes, and covers that say what the content says.

use crate::scene::{Scene, fields, heads};
use crate::world::{key, list, text};
use commons_protocol::codec;
use commons_protocol::collection::DocumentKind;
use commons_protocol::document::Fields;
use commons_protocol::fence::ChangeHash;
use commons_protocol::id::{CommonsId, DocumentId};
use commons_protocol::limits::{CONTRIBUTORS, COVER_ITEMS, VERSION_BYTES, VERSION_HEADS};
use commons_protocol::version::{Cover, Origin, Particular, Version, VersionError};

/// What is wrong, and how it becomes so.
type Change<T> = (&'static str, fn(&mut T));

fn origin() -> Origin {
    Origin {
        commons: CommonsId([1; 32]),
        document: DocumentId([2; 32]),
        kind: DocumentKind::Guidance,
        heads: heads(1),
        contributors: vec![key("one").public(), key("two").public()],
    }
}

fn full() -> Fields {
    fields(
        1,
        &[
            ("audience", "Parents"),
            ("condition/ICD-10:K50", "Crohn disease"),
            ("condition/ICD-10:K51", "Ulcerative colitis"),
            ("licence", "CC0-1.0"),
            ("recommendation/1/strength", "strong"),
            ("review-due", "2027-03-31"),
            ("supersedes", &"07".repeat(32)),
        ],
    )
}

fn version() -> Version {
    Version::new(origin(), &full()).expect("it fits")
}

#[test]
fn a_version_reads_back_whole() {
    let version = version();
    let again = Version::decode(&version.encode()).expect("its own bytes");
    assert_eq!(again, version);
    assert_eq!(again.fields(), full());
    assert_eq!(again.name(), version.name());
    let cover = &again.cover;
    assert_eq!((&*cover.title, &*cover.audience), ("Going home", "Parents"));
    let conditions: Vec<&str> = cover.conditions.iter().map(|one| &**one).collect();
    assert_eq!(conditions, ["ICD-10:K50 Crohn disease", "ICD-10:K51 Ulcerative colitis"]);
    assert_eq!(cover.due.map(|date| date.to_string()).as_deref(), Some("2027-03-31"));
    assert_eq!(cover.supersedes, Some(DocumentId([7; 32])));
}

#[test]
fn order_and_repetition_don_t_matter() {
    let mut shuffled = origin();
    shuffled.heads.reverse();
    shuffled.heads.extend(heads(1));
    shuffled.contributors.reverse();
    shuffled.contributors.push(key("one").public());
    assert_eq!(Version::new(shuffled, &full()).expect("it fits").encode(), version().encode());
}

#[test]
fn every_part_is_in_the_name() {
    let base = version();
    let other = |change: &dyn Fn(&mut Origin, &mut Fields)| {
        let (mut origin, mut fields) = (origin(), full());
        change(&mut origin, &mut fields);
        Version::new(origin, &fields).expect("it fits")
    };
    let named: [Version; 6] = [
        other(&|origin, _| origin.commons = CommonsId([9; 32])),
        other(&|origin, _| origin.document = DocumentId([9; 32])),
        other(&|origin, _| origin.heads = heads(2)),
        other(&|origin, _| origin.contributors = vec![key("one").public()]),
        other(&|_, fields| fields.text.push('.')),
        other(&|_, fields| fields.title.push('.')),
    ];
    for other in named {
        assert_ne!(other.name().blake3, base.name().blake3);
        assert_ne!(other.name().sha256, base.name().sha256);
    }
    let moved = other(&|origin, _| origin.heads = heads(2));
    assert_eq!(moved.cover, base.cover);
    assert_ne!(moved.name().cover, base.name().cover, "the heads are bound to what reviewers sign");
    // Heads and cover can't be shifted into each other.
    let cover = &base.cover;
    assert_ne!(cover.hash(&heads(1)[..1]), cover.hash(&heads(1)));
    assert_ne!(cover.hash(&[]), cover.hash(&[ChangeHash([0; 32])]));
}

#[test]
fn a_cover_that_says_something_else_is_refused() {
    let changes: [Change<Cover>; 7] = [
        ("audience", |cover| cover.audience = text("Everybody")),
        ("conditions", |cover| cover.conditions = list([])),
        ("due", |cover| cover.due = None),
        ("supersedes", |cover| cover.supersedes = None),
        ("contributors twice", |cover| {
            let one = cover.contributors[0];
            cover.contributors = list([one, one]);
        }),
        ("contributors out of order", |cover| {
            let mut keys = cover.contributors.to_vec();
            keys.reverse();
            cover.contributors = list(keys);
        }),
        ("another date", |cover| cover.due = "2031-01-01".parse().ok()),
    ];
    for (what, change) in changes {
        let mut version = version();
        change(&mut version.cover);
        let verdict = Version::decode(&version.encode());
        assert!(matches!(verdict, Err(VersionError::Cover)), "{what}: {verdict:?}");
    }
}

#[test]
fn other_forms_are_refused() {
    let changes: [Change<Version>; 7] = [
        ("form", |version| version.form = 2),
        ("heads out of order", |version| {
            let mut heads = version.heads.to_vec();
            heads.reverse();
            version.heads = list(heads);
        }),
        ("heads twice", |version| {
            let one = version.heads[0];
            version.heads = list([one, one]);
        }),
        ("particulars out of order", |version| {
            let mut all = version.particulars.to_vec();
            all.reverse();
            version.particulars = list(all);
        }),
        ("particulars twice", |version| {
            let mut all = version.particulars.to_vec();
            all.insert(0, all[0].clone());
            version.particulars = list(all);
        }),
        ("a particular that documents don't have", |version| {
            let mut all = version.particulars.to_vec();
            all.push(Particular { name: text("zodiac"), value: text("lion") });
            version.particulars = list(all);
        }),
        ("a particular of another shape", |version| {
            let mut all = version.particulars.to_vec();
            all.iter_mut().filter(|one| &*one.name == "review-due").for_each(|one| one.value = text("soon"));
            version.particulars = list(all);
        }),
    ];
    for (what, change) in changes {
        let mut version = version();
        change(&mut version);
        assert!(Version::decode(&version.encode()).is_err(), "{what}");
    }
    let bytes = version().encode();
    for length in 0..bytes.len() {
        assert!(Version::decode(&bytes[..length]).is_err(), "cut to {length}");
    }
    assert!(Version::decode(&[&bytes[..], &[0]].concat()).is_err());
    let verdict = Version::decode(&vec![0x80; VERSION_BYTES + 1]);
    assert!(matches!(verdict, Err(VersionError::Malformed(codec::CodecError::TooLarge { .. }))));
}

#[test]
fn a_changed_byte_is_another_version_or_none() {
    let bytes = version().encode();
    for index in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[index] ^= 1;
        if let Ok(other) = Version::decode(&changed) {
            assert_eq!(other.encode(), changed, "byte {index}");
            assert_ne!(other.name(), version().name(), "byte {index}");
        }
    }
}

#[test]
fn what_does_not_fit_is_no_version() {
    let hash = |number: usize| {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&(number as u64).to_be_bytes());
        bytes
    };
    let many = |count: usize| (0..count).map(|number| ChangeHash(hash(number))).collect();
    assert!(Version::new(Origin { heads: many(VERSION_HEADS), ..origin() }, &full()).is_ok());
    let verdict = Version::new(Origin { heads: many(VERSION_HEADS + 1), ..origin() }, &full());
    assert!(matches!(verdict, Err(VersionError::TooLarge { what: "heads", .. })), "{verdict:?}");
    let people = |count: usize| {
        (0..count).map(|number| commons_protocol::key::PublicKey(hash(number))).collect::<Vec<_>>()
    };
    assert!(Version::new(Origin { contributors: people(CONTRIBUTORS), ..origin() }, &full()).is_ok());
    let verdict = Version::new(Origin { contributors: people(CONTRIBUTORS + 1), ..origin() }, &full());
    assert!(matches!(verdict, Err(VersionError::TooLarge { what: "contributors", .. })), "{verdict:?}");
    for bad in ["\u{1b}[2J", "\u{202e}"] {
        let verdict = Version::new(origin(), &Fields { text: bad.into(), ..full() });
        assert!(matches!(verdict, Err(VersionError::Text { what: "text", .. })), "{verdict:?}");
    }
}

#[test]
fn a_cover_names_only_so_many_conditions() {
    let names: Vec<String> = (0..COVER_ITEMS + 4).map(|number| format!("condition/{number:03}")).collect();
    let named: Vec<(&str, &str)> = names.iter().map(|name| (&**name, "x")).collect();
    let version = Version::new(origin(), &fields(1, &named)).expect("it fits");
    assert_eq!(version.cover.conditions.len(), COVER_ITEMS);
    assert!(Version::decode(&version.encode()).is_ok());
}

#[test]
fn who_wrote_it_is_on_the_cover() {
    let scene = Scene::new();
    let contributors = scene.version(1).cover.contributors;
    assert_eq!(
        contributors.to_vec(),
        [scene.person(0, commons_protocol::collection::Role::Clinician).public()]
    );
}
