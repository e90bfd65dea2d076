//! What a member must not be able to do to what others released.

#[path = "common/scene.rs"]
mod scene;
#[path = "common/world.rs"]
mod world;

use commons_protocol::body::{Content, Release};
use commons_protocol::id::EntryId;
use commons_protocol::publication::standing::{Standing, Status};
use scene::{Scene, heads};
use world::key;

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

/// Thousands of releases of one version: how long a status takes.
#[test]
fn many_releases_of_one_version_cost_little() {
    let mut scene = Scene::new();
    let (version, _) = scene.released(1, None);
    let reviews = scene.good(&version);
    let person = scene.person(4, commons_protocol::collection::Role::Administrator);
    let body = |previous: Option<EntryId>| {
        let Content::Release(body) = Content::Release(scene::release_body(&version, &reviews, previous)) else {
            unreachable!()
        };
        Release { ..body }
    };
    let count: usize = std::env::var("RELEASES").ok().and_then(|n| n.parse().ok()).unwrap_or(400);
    let mut last = None;
    for _ in 0..count / 2 {
        last = Some(scene.say(4, &person, &Content::Release(body(last))));
    }
    for _ in 0..count / 2 {
        scene.say(4, &person, &Content::Release(body(last)));
    }
    let office = scene.office();
    let began = std::time::Instant::now();
    let found = office.standing(&scene.document, Some(&heads(1)), SOON);
    eprintln!("{count} releases: {:?}, {} beside", began.elapsed(), found.beside.len());
    let _ = key("x");
}
