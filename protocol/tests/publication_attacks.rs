//! What a member must not be able to do to what others released.

#[path = "common/scene.rs"]
mod scene;
#[path = "common/world.rs"]
mod world;

use commons_protocol::body::Release;
use commons_protocol::id::EntryId;
use commons_protocol::publication::standing::{Desk, Standing, Status};
use commons_protocol::publication::{Paper, Publications, Said};
use scene::{Scene, heads};

const SOON: &str = "2025-10-10";

fn standing(scene: &Scene, version: u8) -> Standing {
    scene.office().standing(&scene.document, Some(&heads(version)), SOON)
}

/// Another member releases the version again, after the creator's release, and withdraws its own.
#[test]
fn nobody_withdraws_what_another_released_by_releasing_it_again() {
    let mut scene = Scene::new();
    let (version, release) = scene.released(1, None);
    let reviews = scene.good(&version);
    let again = scene.release(4, &version, &reviews, Some(release));
    scene.retract(4, &[again]);
    let found = standing(&scene, 1);
    assert_eq!((found.status, found.release), (Status::Released, Some(release)));
}

/// Another member puts an old version behind the one in force.
#[test]
fn nobody_brings_back_an_older_version() {
    let mut scene = Scene::new();
    let (old, first) = scene.released(1, None);
    let (_, second) = scene.released(2, Some(first));
    let reviews = scene.good(&old);
    scene.release(4, &old, &reviews, Some(second));
    let found = standing(&scene, 2);
    assert_eq!((found.status, found.release), (Status::Released, Some(second)));
}

/// The same with a line of its own, the other way round.
#[test]
fn nobody_brings_back_an_older_version_in_a_line_of_its_own() {
    for padding in 0..8 {
        let mut scene = Scene::new();
        (0..padding).for_each(|_| _ = scene.create(4));
        let (old, first) = scene.released(1, None);
        let (new, second) = scene.released(2, Some(first));
        let (good_old, good_new) = (scene.good(&old), scene.good(&new));
        let one = scene.release(4, &new, &good_new, None);
        scene.release(4, &old, &good_old, Some(one));
        let found = standing(&scene, 2);
        assert_eq!((found.status, found.release), (Status::Released, Some(second)), "padding {padding}");
    }
}

/// Thousands of releases of one version, in a line and beside each other, by its creator.
#[test]
fn many_releases_of_one_version_are_one() {
    const RELEASES: u64 = 4_000;
    let mut scene = Scene::new();
    let (_, release) = scene.released(1, None);
    let office = scene.office();
    let papers = office.papers(&scene.document);
    let first = papers.releases[&release].clone();
    let id = |number: u64| {
        let mut bytes = [7; 32];
        bytes[..8].copy_from_slice(&number.to_be_bytes());
        EntryId(bytes)
    };
    let mut publications = Publications::default();
    papers
        .reviews
        .values()
        .for_each(|one| publications.add(said(one, Said::Review(one.body.clone().into()))));
    publications.add(said(&first, Said::Release(first.body.clone())));
    for number in 0..RELEASES {
        let last = number.min(RELEASES / 2).checked_sub(1).map_or(release, id);
        let body = Release { previous: Some(last), ..first.body.clone() };
        publications.add(Paper { id: id(number), ..said(&first, Said::Release(body)) });
    }
    let desk = Desk { publications: &publications, ..office.desk(SOON) };
    let subject = office.subject(&scene.document).expect("created");
    let papers = publications.papers(&scene.document).expect("said");
    assert_eq!(desk.tips(&subject, papers).iter().map(|tip| tip.id).collect::<Vec<_>>(), [release]);
    assert_eq!(desk.releases(&subject, papers).len(), 1);
}

fn said<T>(paper: &Paper<T>, body: Said) -> Paper<Said> {
    let Paper { id, log, seq, collection, epoch, time, person, .. } = *paper;
    Paper { id, log, seq, collection, epoch, time, person, body }
}
