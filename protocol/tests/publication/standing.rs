//! How documents stand.

use crate::scene::{Scene, heads};
use crate::world::list;
use commons_protocol::collection::Role;
use commons_protocol::fence::ChangeHash;
use commons_protocol::id::{DocumentId, EntryId};
use commons_protocol::publication::standing::{Standing, Status};
use commons_protocol::statement::Verdict;

/// A day soon after everything of a story happened, and the one two years after it.
pub const SOON: &str = "2025-10-10";
const DUE: &str = "2027-10-09";

/// What must come out: the number of the version that the document says now, the day, the standing.
pub type Told = (Option<u8>, &'static str, Standing);

pub type Row = (&'static str, fn(&mut Scene) -> Told);

pub fn nothing() -> Standing {
    Standing {
        status: Status::Draft,
        release: None,
        draft: Some(Status::Draft),
        due: None,
        beside: Vec::new(),
        retraction: None,
        superseded_by: None,
        objections: Vec::new(),
    }
}

fn stage(status: Status) -> Standing {
    Standing { status, draft: Some(status), ..nothing() }
}

pub fn shown(release: EntryId) -> Standing {
    let due = Some(DUE.parse().expect("a date"));
    Standing { status: Status::Released, release: Some(release), draft: None, due, ..nothing() }
}

pub fn standing(scene: &Scene, document: DocumentId, version: Option<u8>, today: &str) -> Standing {
    let heads: Option<Vec<ChangeHash>> = version.map(heads);
    scene.office().standing(&document, heads.as_deref(), today)
}

pub fn check(rows: &[Row]) {
    for (rule, tell) in rows {
        let mut scene = Scene::new();
        let (version, today, expected) = tell(&mut scene);
        assert_eq!(standing(&scene, scene.document, version, today), expected, "{rule}");
    }
}

#[test]
fn a_document_goes_from_draft_to_release() {
    check(&[
        ("nobody said anything", |_| (Some(1), SOON, nothing())),
        ("its content can't be built here", |_| (None, SOON, Standing { draft: None, ..nothing() })),
        ("reviews without a request", |scene| {
            let version = scene.version(1);
            scene.good(&version);
            (Some(1), SOON, nothing())
        }),
        ("somebody asked", |scene| {
            let version = scene.version(1);
            scene.ask(0, &version);
            (Some(1), SOON, stage(Status::InReview))
        }),
        ("half of the reviews", |scene| {
            let version = scene.version(1);
            scene.ask(0, &version);
            scene.approve(1, Role::Patient, &version);
            (Some(1), SOON, stage(Status::InReview))
        }),
        ("all reviews", |scene| {
            let version = scene.version(1);
            scene.ask(0, &version);
            scene.good(&version);
            (Some(1), SOON, stage(Status::Eligible))
        }),
        ("all reviews, before somebody asked", |scene| {
            let version = scene.version(1);
            scene.good(&version);
            scene.ask(0, &version);
            (Some(1), SOON, stage(Status::Eligible))
        }),
        ("one declines", |scene| {
            let version = scene.version(1);
            scene.ask(0, &version);
            scene.good(&version);
            scene.review(3, Role::Patient, Verdict::Decline, 1, &version);
            (Some(1), SOON, stage(Status::InReview))
        }),
        ("the policy became stricter", |scene| {
            let version = scene.version(1);
            scene.ask(0, &version);
            scene.good(&version);
            scene.change_policy(|policy| {
                policy.requirements = list([crate::scene::need(&[Role::Researcher], 2)])
            });
            (Some(1), SOON, stage(Status::InReview))
        }),
        ("it was edited since", |scene| {
            let version = scene.version(1);
            scene.ask(0, &version);
            scene.good(&version);
            (Some(2), SOON, nothing())
        }),
        ("two asked, for the same content by other contributors", |scene| {
            let version = scene.version(1);
            let author = scene.person(3, Role::Clinician).public();
            let other = scene.version_of(scene.document, 1, &[author], &[]);
            scene.ask(3, &other);
            scene.ask(0, &version);
            scene.good(&version);
            (Some(1), SOON, stage(Status::Eligible))
        }),
    ]);
}

#[test]
fn a_request_with_other_heads_or_another_cover_is_none() {
    let mut scene = Scene::new();
    let version = scene.version(1);
    scene.good(&version);
    let mut moved = version.clone();
    moved.heads = list(heads(2));
    let name = version.name();
    let person = scene.person(0, Role::Clinician);
    let request = |version: &commons_protocol::version::Version| commons_protocol::body::Request {
        document: version.document,
        version: name,
        heads: version.heads.clone(),
        cover: version.cover.clone(),
        note: crate::world::text("please"),
    };
    let mut trimmed = version.clone();
    trimmed.cover.contributors = list([]);
    for body in [request(&moved), request(&trimmed)] {
        scene.say(0, &person, &commons_protocol::body::Content::Request(body));
    }
    assert_eq!(standing(&scene, scene.document, Some(2), SOON), nothing());
    assert_eq!(standing(&scene, scene.document, Some(1), SOON), nothing());
}

#[test]
fn a_release_that_counts_stands_until_it_is_due() {
    check(&[
        ("released", |scene| {
            let (_, release) = scene.released(1, None);
            (Some(1), SOON, shown(release))
        }),
        ("released, and its content can't be built here", |scene| {
            let (_, release) = scene.released(1, None);
            (None, SOON, shown(release))
        }),
        ("the day before it is due", |scene| {
            let (_, release) = scene.released(1, None);
            (Some(1), "2027-10-08", shown(release))
        }),
        ("the day on which it is due", |scene| {
            let (_, release) = scene.released(1, None);
            (Some(1), DUE, shown(release))
        }),
        ("the day after", |scene| {
            let (_, release) = scene.released(1, None);
            (Some(1), "2027-10-10", Standing { status: Status::ReviewDue, ..shown(release) })
        }),
        ("a policy without an end", |scene| {
            scene.change_policy(|policy| policy.valid_months = None);
            let (_, release) = scene.released(1, None);
            (Some(1), "9999-12-31", Standing { due: None, ..shown(release) })
        }),
        ("a policy of six months", |scene| {
            scene.change_policy(|policy| policy.valid_months = Some(6));
            let (_, release) = scene.released(1, None);
            let due = Some("2026-04-09".parse().expect("a date"));
            (Some(1), "2026-04-10", Standing { status: Status::ReviewDue, due, ..shown(release) })
        }),
        ("a release that does not count", |scene| {
            let version = scene.version(1);
            scene.release(0, &version, &[], None);
            (Some(1), SOON, nothing())
        }),
    ]);
}

#[test]
fn a_draft_after_a_release_leaves_it_standing() {
    check(&[
        ("a draft after the release", |scene| {
            let (_, release) = scene.released(1, None);
            (Some(2), SOON, Standing { draft: Some(Status::Draft), ..shown(release) })
        }),
        ("a draft in review after the release", |scene| {
            let (_, release) = scene.released(1, None);
            let next = scene.version(2);
            scene.ask(0, &next);
            (Some(2), SOON, Standing { draft: Some(Status::InReview), ..shown(release) })
        }),
        ("an eligible draft after the release", |scene| {
            let (_, release) = scene.released(1, None);
            let next = scene.version(2);
            scene.ask(0, &next);
            scene.good(&next);
            (Some(2), SOON, Standing { draft: Some(Status::Eligible), ..shown(release) })
        }),
    ]);
}

#[test]
fn declines_that_stand_and_are_not_listed_are_objections() {
    check(&[
        ("somebody declines afterwards", |scene| {
            let (version, release) = scene.released(1, None);
            let decline = scene.review(3, Role::Patient, Verdict::Decline, 1, &version);
            (Some(1), SOON, Standing { objections: vec![decline], ..shown(release) })
        }),
        ("a decline that the release lists is no objection", |scene| {
            scene.change_policy(|policy| policy.declines_block = false);
            let version = scene.version(1);
            let mut reviews = scene.good(&version);
            reviews.push(scene.review(3, Role::Patient, Verdict::Decline, 1, &version));
            let release = scene.release(0, &version, &reviews, None);
            (Some(1), SOON, shown(release))
        }),
        ("a reviewer asks for changes afterwards", |scene| {
            let (version, release) = scene.released(1, None);
            scene.review(3, Role::Patient, Verdict::RequestChanges, 1, &version);
            (Some(1), SOON, shown(release))
        }),
        ("a reviewer declined and took it back", |scene| {
            let (version, release) = scene.released(1, None);
            scene.review(3, Role::Patient, Verdict::Decline, 1, &version);
            scene.review(3, Role::Patient, Verdict::Approve, 2, &version);
            (Some(1), SOON, shown(release))
        }),
    ]);
}

#[test]
fn the_earlier_of_two_dates_is_when_it_is_due() {
    for (named, due, status_on) in [
        ("2026-01-31", "2026-01-31", [("2026-01-30", false), ("2026-01-31", false), ("2026-02-01", true)]),
        ("2031-01-31", DUE, [("2027-10-08", false), (DUE, false), ("2027-10-10", true)]),
    ] {
        let mut scene = Scene::new();
        let author = scene.person(0, Role::Clinician).public();
        let version = scene.version_of(scene.document, 1, &[author], &[("review-due", named)]);
        let reviews = scene.good(&version);
        scene.release(0, &version, &reviews, None);
        for (today, is_due) in status_on {
            let found = standing(&scene, scene.document, Some(1), today);
            assert_eq!(found.due.map(|date| date.to_string()).as_deref(), Some(due));
            assert_eq!(found.status == Status::ReviewDue, is_due, "{named} on {today}: {found:?}");
        }
    }
}

#[test]
fn releases_follow_each_other() {
    check(&[
        ("the second follows the first", |scene| {
            let (_, first) = scene.released(1, None);
            let (_, second) = scene.released(2, Some(first));
            (Some(2), SOON, shown(second))
        }),
        ("what it says is the first release again", |scene| {
            let (_, first) = scene.released(1, None);
            let (_, second) = scene.released(2, Some(first));
            (Some(1), SOON, Standing { draft: Some(Status::Draft), ..shown(second) })
        }),
        ("two at the same time", |scene| {
            let (_, first) = scene.released(1, None);
            let (_, second) = scene.released(2, None);
            let (low, high) = (first.min(second), first.max(second));
            let now = if high == second { 2 } else { 1 };
            (Some(now), SOON, Standing { beside: vec![low], ..shown(high) })
        }),
        ("a longer line wins against a higher id", |scene| {
            let (_, first) = scene.released(1, None);
            let (_, second) = scene.released(2, Some(first));
            // Ids are hashes: some of these are higher than the second's.
            let mut beside: Vec<EntryId> = (10..16).map(|number| scene.released(number, None).1).collect();
            assert!(beside.iter().any(|other| *other > second));
            beside.sort_unstable();
            (Some(2), SOON, Standing { beside, ..shown(second) })
        }),
        ("it joins two lines", |scene| {
            let (_, first) = scene.released(1, None);
            let (_, second) = scene.released(2, None);
            let (low, high) = (first.min(second), first.max(second));
            let (_, third) = scene.released(3, Some(high));
            (Some(3), SOON, Standing { beside: vec![low], ..shown(third) })
        }),
        ("it follows one that does not count", |scene| {
            let (_, first) = scene.released(1, None);
            let version = scene.version(2);
            let bad = scene.release(0, &version, &[], Some(first));
            let (_, third) = scene.released(3, Some(bad));
            let (low, high) = (first.min(third), first.max(third));
            let now = if high == third { 3 } else { 1 };
            (Some(now), SOON, Standing { beside: vec![low], ..shown(high) })
        }),
        ("what does not count hides nothing", |scene| {
            let (_, first) = scene.released(1, None);
            let version = scene.version(2);
            scene.release(0, &version, &[], Some(first));
            (Some(1), SOON, shown(first))
        }),
        ("it follows what nobody has", |scene| {
            let (_, release) = scene.released(1, Some(EntryId([9; 32])));
            (Some(1), SOON, shown(release))
        }),
    ]);
}

#[test]
fn every_status_has_its_word() {
    let all = [
        Status::Draft,
        Status::InReview,
        Status::Eligible,
        Status::Released,
        Status::ReviewDue,
        Status::Superseded,
        Status::Retracted,
    ];
    let words = ["draft", "in review", "eligible", "released", "review due", "superseded", "retracted"];
    assert_eq!(all.map(Status::word), words);
}
