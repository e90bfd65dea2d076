//! A toolkit on its way: written by a council, reviewed by a parent and by a
//! clinician elsewhere, released, edited again, proved, and withdrawn while a
//! member is away.

use commons_integration_tests::process::{Answer, Node, Place, join, wait_until_equal};
use commons_node::view::{DocumentSummary, DocumentView, ErasureView, PublicationView, RetractionView};
use serde_json::Value;

use crate::scene::{council, files_with, founder, pair, path, research, write};

/// Enough for the guard to have something to read, and for an attachment.
const TEXT: &str = "# Flare plan\n\nAsk for the early appointment.\n\n## Food\n\nEat what you like.\n";

/// Organisations and the people who take part.
struct Scene {
    hospital: Node,
    council: Node,
    research: Node,
    writer: String,
    parent: String,
    clinician: String,
}

impl Scene {
    fn new(place: &Place) -> Self {
        let hospital = founder(place);
        let council = place.init("council", &council()).start();
        join(&council, &[&hospital]);
        let research = place.init("research", &research()).start();
        join(&research, &[&hospital, &council]);
        let writer = person(&council, "Amina", "family");
        let parent = person(&council, "Noor", "patient");
        let clinician = person(&hospital, "Dr Berg", "clinician");
        let scene = Self { hospital, council, research, writer, parent, clinician };
        scene.settle();
        scene
    }

    fn settle(&self) {
        wait_until_equal(&[&self.hospital, &self.council, &self.research], |_| true);
    }
}

fn person(node: &Node, name: &str, role: &str) -> String {
    let added = node.commons(&["person", "add", name, "--role", role]).ok();
    added["token"].as_str().expect("a new person gets a token").to_owned()
}

/// Runs a command as somebody.
#[track_caller]
fn by(node: &Node, token: &str, arguments: &[&str]) -> Answer {
    node.commons(&[arguments, &["--token", token]].concat())
}

/// How a node says that a document stands: status, and that of the draft.
#[track_caller]
fn standing(node: &Node, id: &str) -> (String, Option<String>) {
    let view: DocumentView = node.commons(&["toolkit", "show", id]).view();
    (view.summary.standing.status, view.summary.standing.draft)
}

#[track_caller]
fn released_text(node: &Node, id: &str) -> String {
    let view: DocumentView = node.commons(&["toolkit", "show", id, "--released"]).view();
    view.text
}

#[test]
fn a_toolkit_is_reviewed_released_proved_and_withdrawn() {
    let place = Place::new();
    let scene = Scene::new(&place);
    let id = written(&place, &scene);
    reviewed(&scene, &id);
    let file = place.path().join("released.proof");
    proved(&place, &scene, &id, path(&file));
    edited(&place, &scene, &id);
    withdrawn(scene, &id);
}

fn written(place: &Place, scene: &Scene) -> String {
    let file = place.file("plan.md", TEXT);
    let arguments = ["toolkit", "new", "--title", "Flare plan", "--from", path(&file)];
    let view: DocumentView = by(&scene.council, &scene.writer, &arguments).view();
    let id = view.summary.id;
    let picture = place.file("steps.txt", "1. Rest.\n2. Call.\n");
    by(&scene.council, &scene.writer, &["toolkit", "attach", &id, path(&picture)]).ok();
    by(&scene.council, &scene.writer, &["review", "ask", &id, "--note", "Is it clear?"]).ok();
    scene.settle();
    assert_eq!(standing(&scene.hospital, &id), ("in review".to_owned(), Some("in review".to_owned())));
    id
}

fn reviewed(scene: &Scene, id: &str) {
    // The author's own approval does not count, and one organisation is not enough.
    by(&scene.council, &scene.writer, &["review", "approve", id]).ok();
    by(&scene.council, &scene.parent, &["review", "approve", id, "--conflicts", "My son uses it"]).ok();
    let early = by(&scene.council, &scene.writer, &["release", "publish", id]);
    assert_eq!(early.code, Some(1), "{early:#?}");
    for word in ["not-eligible", "by a clinician", "organisations: has 1 of 2"] {
        assert!(early.stdout.contains(word), "{word} is missing in {early:#?}");
    }
    by(&scene.hospital, &scene.clinician, &["review", "approve", id, "--comment", "Clear."]).ok();
    scene.settle();
    assert_eq!(standing(&scene.council, id).0, "eligible");
    by(&scene.council, &scene.writer, &["release", "publish", id]).ok();
    scene.settle();
    let nodes = [&scene.hospital, &scene.council, &scene.research];
    for node in nodes {
        assert_eq!(standing(node, id), ("released".to_owned(), None));
        assert!(released_text(node, id).contains("early appointment"));
    }
    let listed: Vec<DocumentSummary> =
        scene.research.commons(&["toolkit", "list", "--status", "released"]).view();
    assert_eq!(listed.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), [id]);
    let view: PublicationView = scene.research.commons(&["release", "show", id]).view();
    let counted = |name: &str| {
        let review = view.releases[0].reviews.iter().find(|review| review.person == name);
        review.map(|review| review.counts)
    };
    assert_eq!(
        [counted("Noor"), counted("Dr Berg"), counted("Amina")],
        [Some(true), Some(true), Some(false)]
    );
}

/// Whoever holds the file needs no node: an empty home and no network.
fn proved(place: &Place, scene: &Scene, id: &str, file: &str) {
    scene.research.commons(&["release", "export", id, file]).ok();
    let commons = scene.research.status().commons.expect("it is a member").id;
    let stranger = place.home("stranger");
    let proved = stranger.commons(&["verify", file, "--commons", &commons]).ok();
    let said = proved.to_string();
    for name in ["Noor", "Dr Berg", "My son uses it", "No retraction"] {
        assert!(said.contains(name), "{name} is missing in {said}");
    }
    let other = "00".repeat(32);
    assert_eq!(stranger.commons(&["verify", file, "--commons", &other]).code, Some(1));
    let mut bytes = std::fs::read(file).expect("the proof was written");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let changed = place.file("changed.proof", bytes);
    assert_eq!(stranger.commons(&["verify", path(&changed)]).code, Some(1));
    let long_ago = stranger.commons(&["verify", file, "--as-of", "2001-01-01"]).ok();
    assert!(long_ago.to_string().contains("nothing of this document was released"), "{long_ago}");
}

fn edited(place: &Place, scene: &Scene, id: &str) {
    let view: DocumentView = scene.council.commons(&["toolkit", "show", id]).view();
    let file = place.file("later.md", format!("{}\nAnd drink enough.\n", view.text));
    by(
        &scene.council,
        &scene.writer,
        &["toolkit", "edit", id, "--from", path(&file), "--base", &view.version.join(",")],
    )
    .ok();
    scene.settle();
    for node in [&scene.hospital, &scene.council, &scene.research] {
        assert_eq!(standing(node, id), ("released".to_owned(), Some("draft".to_owned())));
        assert!(!released_text(node, id).contains("drink enough"));
    }
}

fn withdrawn(scene: Scene, id: &str) {
    let Scene { hospital, council, research, writer, .. } = scene;
    let away = research.stop();
    assert_eq!(by(&council, &writer, &["retract", id]).code, Some(2), "a reason is needed");
    let view: RetractionView =
        by(&council, &writer, &["retract", id, "--reason", "The dose was wrong"]).view();
    assert!(view.counts);
    wait_until_equal(&[&hospital, &council], |_| true);
    assert_eq!(standing(&hospital, id).0, "retracted");
    assert_eq!(missing(&hospital, id), ["Lakes Research"]);
    let research = away.start();
    wait_until_equal(&[&hospital, &council, &research], |_| missing(&hospital, id).is_empty());
    for node in [&hospital, &council, &research] {
        assert_eq!(standing(node, id).0, "retracted");
        let said: Value = node.commons(&["toolkit", "show", id]).ok();
        assert!(said.to_string().contains("The dose was wrong"), "{said}");
    }
}

/// Members that have not confirmed the newest retraction yet.
#[track_caller]
fn missing(node: &Node, id: &str) -> Vec<String> {
    let view: PublicationView = node.commons(&["release", "show", id]).view();
    view.retractions.into_iter().next().map(|one| one.missing).expect("there is a retraction")
}

/// Whoever confirms an erasure has no attached file left either.
#[test]
fn an_erased_toolkit_takes_its_files_along() {
    const NEEDLE: &str = "the words of a child who did not want this";
    let place = Place::new();
    let (hospital, council) = pair(&place);
    let id = write(&place, &council, "Story", "Text.\n");
    let file = place.file("drawing.txt", NEEDLE);
    council.commons(&["toolkit", "attach", &id, path(&file)]).ok();
    std::fs::remove_file(file).expect("it can be removed");
    let holds = |node: &Node| !files_with(&node.home().path(), NEEDLE).is_empty();
    place.wait("the file is at both", || (holds(&hospital) && holds(&council)).then_some(()));
    council.commons(&["erase", &id, "--reason", "It was not ours to share"]).ok();
    place.wait("both have confirmed the erasure", || {
        let erasures: Vec<ErasureView> = council.commons(&["erasures"]).view();
        erasures.iter().all(|erasure| erasure.missing.is_empty()).then_some(())
    });
    for node in [&hospital, &council] {
        assert_eq!(files_with(&node.home().path(), NEEDLE), Vec::<std::path::PathBuf>::new());
    }
}
