//! Who may withdraw a release or replace a document.

use super::standing::{SOON, check, nothing, shown, standing};
use crate::scene::Scene;
use crate::world::list;
use commons_protocol::charter::Charter;
use commons_protocol::collection::{Role, Standing as Membership};
use commons_protocol::id::{DocumentId, EntryId};
use commons_protocol::publication::standing::{Standing, Status};

fn retracted(release: EntryId, retraction: EntryId) -> Standing {
    Standing { status: Status::Retracted, retraction: Some(retraction), ..shown(release) }
}

fn superseded(release: EntryId, by: DocumentId) -> Standing {
    Standing { status: Status::Superseded, superseded_by: Some(by), ..shown(release) }
}

/// The creator, the first organisation, is no member any more.
fn remove_creator(scene: &mut Scene) {
    let pins = scene.logs[0].pin(scene.logs[0].ids.len()).into_iter().collect();
    let mut charter = scene.world.standing_charter(0, Membership::Removed, pins);
    let creator = scene.world.organisations[0].id();
    let electors = charter.electors.iter().filter(|one| one.organisation != creator).cloned();
    charter.electors = list(electors);
    scene.enact(charter);
}

#[test]
fn whose_it_is_may_withdraw_a_release() {
    check(&[
        ("the creator", |scene| {
            let (_, release) = scene.released(1, None);
            let retraction = scene.retract(0, &[release]);
            (Some(1), SOON, retracted(release, retraction))
        }),
        ("the creator, of what another released", |scene| {
            let version = scene.version(1);
            let reviews = scene.good(&version);
            let release = scene.release(3, &version, &reviews, None);
            let retraction = scene.retract(0, &[release]);
            (Some(1), SOON, retracted(release, retraction))
        }),
        ("who released it", |scene| {
            let version = scene.version(1);
            let reviews = scene.good(&version);
            let release = scene.release(3, &version, &reviews, None);
            let retraction = scene.retract(3, &[release]);
            (Some(1), SOON, retracted(release, retraction))
        }),
        ("a stranger", |scene| {
            let (_, release) = scene.released(1, None);
            scene.retract(4, &[release]);
            (Some(1), SOON, shown(release))
        }),
        ("an elector", |scene| {
            let (_, release) = scene.released(1, None);
            scene.retract(1, &[release]);
            (Some(1), SOON, shown(release))
        }),
        ("the same version, released again by a stranger", |scene| {
            let (version, release) = scene.released(1, None);
            let retraction = scene.retract(0, &[release]);
            let reviews = scene.good(&version);
            scene.release(3, &version, &reviews, Some(release));
            (Some(1), SOON, retracted(release, retraction))
        }),
    ]);
}

#[test]
fn electors_may_withdraw_where_the_policy_says_so_or_the_creator_is_gone() {
    check(&[
        ("an elector where the policy says so", |scene| {
            scene.change_policy(|policy| policy.electors_retract = true);
            let (_, release) = scene.released(1, None);
            let retraction = scene.retract(1, &[release]);
            (Some(1), SOON, retracted(release, retraction))
        }),
        ("who is no elector where the policy says so", |scene| {
            scene.change_policy(|policy| policy.electors_retract = true);
            let (_, release) = scene.released(1, None);
            scene.retract(4, &[release]);
            (Some(1), SOON, shown(release))
        }),
        ("who became no elector before", |scene| {
            scene.change_policy(|policy| policy.electors_retract = true);
            let (_, release) = scene.released(1, None);
            let last = scene.world.organisations[3].id();
            let charter = scene.world.next_charter();
            let electors = charter.electors.iter().filter(|one| one.organisation != last).cloned();
            let charter = Charter { electors: list(electors), ..charter };
            scene.enact(charter);
            scene.retract(3, &[release]);
            (Some(1), SOON, shown(release))
        }),
        ("an elector under an old date", |scene| {
            scene.change_policy(|policy| policy.electors_retract = true);
            let (_, release) = scene.released(1, None);
            scene.attest(0, 3);
            scene.change_policy(|policy| policy.electors_retract = false);
            scene.logs[1].epoch = 1;
            scene.retract(1, &[release]);
            (Some(1), SOON, shown(release))
        }),
        ("an elector's, held by a quorum before the policy changed", |scene| {
            scene.change_policy(|policy| policy.electors_retract = true);
            let (_, release) = scene.released(1, None);
            let retraction = scene.retract(1, &[release]);
            scene.attest(0, 3);
            scene.attest(1, 3);
            scene.change_policy(|policy| policy.electors_retract = false);
            (Some(1), SOON, retracted(release, retraction))
        }),
        ("an elector once the creator is gone", |scene| {
            let (_, release) = scene.released(1, None);
            remove_creator(scene);
            let retraction = scene.retract(1, &[release]);
            (Some(1), SOON, retracted(release, retraction))
        }),
        ("who is no elector once the creator is gone", |scene| {
            let (_, release) = scene.released(1, None);
            remove_creator(scene);
            scene.retract(4, &[release]);
            (Some(1), SOON, shown(release))
        }),
    ]);
}

#[test]
fn a_retraction_is_of_the_versions_that_it_names() {
    check(&[
        ("several: the one with the lowest id is named", |scene| {
            let (_, release) = scene.released(1, None);
            let (one, other) = (scene.retract(0, &[release]), scene.retract(0, &[release]));
            (Some(1), SOON, retracted(release, one.min(other)))
        }),
        ("a stranger's has a lower id or not, it is never the one", |scene| {
            let (_, release) = scene.released(1, None);
            (0..6).for_each(|_| _ = scene.retract(4, &[release]));
            let retraction = scene.retract(0, &[release]);
            (Some(1), SOON, retracted(release, retraction))
        }),
        ("what came before the release", |scene| {
            let version = scene.version(1);
            let reviews = scene.good(&version);
            let earlier = scene.release(0, &version, &reviews, None);
            scene.retract(0, &[earlier]);
            let (_, later) = scene.released(2, Some(earlier));
            (Some(2), SOON, shown(later))
        }),
        ("only some of the releases, not the last", |scene| {
            let (_, first) = scene.released(1, None);
            let (_, second) = scene.released(2, Some(first));
            scene.retract(0, &[first]);
            (Some(2), SOON, shown(second))
        }),
        ("only the last of the releases", |scene| {
            let (_, first) = scene.released(1, None);
            let (_, second) = scene.released(2, Some(first));
            let retraction = scene.retract(0, &[second]);
            (Some(2), SOON, retracted(second, retraction))
        }),
        ("a draft after the retraction", |scene| {
            let (_, release) = scene.released(1, None);
            let retraction = scene.retract(0, &[release]);
            (Some(2), SOON, Standing { draft: Some(Status::Draft), ..retracted(release, retraction) })
        }),
        ("a retraction that names nothing", |scene| {
            let (_, release) = scene.released(1, None);
            scene.retract(0, &[]);
            (Some(1), SOON, shown(release))
        }),
        ("withdrawn wins against due and replaced", |scene| {
            let (_, release) = scene.released(1, None);
            let retraction = scene.retract(0, &[release]);
            let old = scene.document;
            let (newer, _) = scene.replacement(0, old);
            let expected = Standing { superseded_by: Some(newer), ..retracted(release, retraction) };
            (Some(1), "2030-01-01", expected)
        }),
    ]);
}

#[test]
fn a_retraction_of_one_document_does_not_reach_another() {
    let mut scene = Scene::new();
    let (_, release) = scene.released(1, None);
    let other = scene.create(4);
    scene.retract_of(4, other, &[release]);
    assert_eq!(standing(&scene, scene.document, Some(1), SOON), shown(release));
}

#[test]
fn whose_it_is_may_replace_a_document() {
    check(&[
        ("by the creator", |scene| {
            let (_, release) = scene.released(1, None);
            let (newer, _) = scene.replacement(0, scene.document);
            (Some(1), SOON, superseded(release, newer))
        }),
        ("by a stranger", |scene| {
            let (_, release) = scene.released(1, None);
            scene.replacement(3, scene.document);
            (Some(1), SOON, shown(release))
        }),
        ("a stranger's document, released by the creator", |scene| {
            let (_, release) = scene.released(1, None);
            let newer = scene.create(3);
            scene.replace(0, newer, scene.document);
            (Some(1), SOON, superseded(release, newer))
        }),
        ("by who released it", |scene| {
            let version = scene.version(1);
            let reviews = scene.good(&version);
            let release = scene.release(3, &version, &reviews, None);
            let (newer, _) = scene.replacement(3, scene.document);
            (Some(1), SOON, superseded(release, newer))
        }),
        ("nothing was released", |scene| {
            scene.replacement(0, scene.document);
            (Some(1), SOON, nothing())
        }),
        ("what replaces it was withdrawn", |scene| {
            let (_, release) = scene.released(1, None);
            let (newer, replacing) = scene.replacement(0, scene.document);
            scene.retract_of(0, newer, &[replacing]);
            (Some(1), SOON, shown(release))
        }),
        ("what replaces it does not count", |scene| {
            let (_, release) = scene.released(1, None);
            let newer = scene.create(0);
            let old = scene.document.to_string();
            let version = scene.version_of(newer, 5, &[], &[("supersedes", &old)]);
            scene.release(0, &version, &[], None);
            (Some(1), SOON, shown(release))
        }),
        ("its later release says so no more", |scene| {
            let (_, release) = scene.released(1, None);
            let (newer, replacing) = scene.replacement(0, scene.document);
            let version = scene.version_of(newer, 5, &[], &[]);
            let reviews = scene.good(&version);
            scene.release(0, &version, &reviews, Some(replacing));
            (Some(1), SOON, shown(release))
        }),
        ("it says that it replaces itself", |scene| {
            let old = scene.document;
            let release = scene.replace(0, old, old);
            (Some(77), SOON, shown(release))
        }),
        ("two replace it", |scene| {
            let (_, release) = scene.released(1, None);
            let old = scene.document;
            let (one, _) = scene.replacement(0, old);
            let (other, _) = scene.replacement(0, old);
            (Some(1), SOON, superseded(release, one.min(other)))
        }),
        ("replaced wins against due", |scene| {
            let (_, release) = scene.released(1, None);
            let (newer, _) = scene.replacement(0, scene.document);
            (Some(1), "2030-01-01", superseded(release, newer))
        }),
    ]);
}

#[test]
fn documents_that_replace_each_other_stand_the_same_each_time() {
    let mut scene = Scene::new();
    let (one, other) = (scene.document, scene.create(0));
    let of_one = scene.replace(0, one, other);
    let of_other = scene.replace(0, other, one);
    for _ in 0..3 {
        assert_eq!(standing(&scene, one, Some(77), SOON), superseded(of_one, other));
        assert_eq!(standing(&scene, other, Some(77), SOON), superseded(of_other, one));
    }
}

#[test]
fn a_chain_of_replacements_names_the_next_one() {
    let mut scene = Scene::new();
    let (_, first) = scene.released(1, None);
    let (second, replacing) = scene.replacement(0, scene.document);
    let (third, last) = scene.replacement(0, second);
    assert_eq!(standing(&scene, scene.document, Some(1), SOON), superseded(first, second));
    assert_eq!(standing(&scene, second, Some(77), SOON), superseded(replacing, third));
    assert_eq!(standing(&scene, third, Some(77), SOON), shown(last));
}

#[test]
fn acknowledgements_are_remembered_by_retraction() {
    let mut scene = Scene::new();
    let (_, release) = scene.released(1, None);
    let retraction = scene.retract(0, &[release]);
    for organisation in [1, 3] {
        scene.acknowledge(organisation, retraction);
        scene.acknowledge(organisation, retraction);
    }
    scene.acknowledge(2, EntryId([9; 32]));
    let office = scene.office();
    let said = office.catalogue.publications().acknowledged(&retraction);
    let mut people: Vec<_> = said.copied().collect();
    people.sort_unstable();
    people.dedup();
    let mut expected = [1, 3].map(|index| scene.person(index, Role::Clinician).public()).to_vec();
    expected.sort_unstable();
    assert_eq!(people, expected);
}
