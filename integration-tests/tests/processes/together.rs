//! Three organisations from founding to erasure, told once from end to end:
//! making and joining nodes is what takes time, so they are shared.

use commons_integration_tests::process::{Api, CallError, Node, Place, join, wait_until_equal};
use commons_node::view::{
    DiffView, DocumentView, EditView, ErasureView, MembersView, NewDocument, PersonCreated, StatusView,
};

use crate::scene::{
    assert_nothing_forked, assert_sound, council, edit, files_with, founder, path, research, show, titles,
    write,
};

/// A sentence that no other file holds, long enough to be stored as it is.
const PRIVATE: &str = "Zebrafink-4711 lives at 12 Quillwort Lane and was born on a Tuesday";

struct Trio<'p> {
    hospital: Node,
    council: Node,
    research: Node,
    place: &'p Place,
}

impl Trio<'_> {
    fn all(&self) -> [&Node; 3] {
        [&self.hospital, &self.council, &self.research]
    }

    fn wait_for(&self, documents: u64) -> StatusView {
        wait_until_equal(&self.all(), |status| status.documents == documents)
    }
}

#[test]
fn three_organisations_live_together() {
    let place = Place::new();
    let hospital = founder(&place);
    let council = place.init("council", &council()).start();
    an_invitation_with_a_typo_is_refused(&hospital, &council);
    join(&council, &[&hospital]);
    joining_twice_is_refused(&hospital, &council);
    let id = write(&place, &council, "Flare days", "Drink enough.\n\nRest.\n");
    // The third comes late, with nothing but an invitation.
    let research = place.init("research", &research()).start();
    join(&research, &[&hospital, &council]);
    let trio = Trio { hospital, council, research, place: &place };
    trio.wait_for(1);
    assert_eq!(show(&trio.research, &id).text, "Drink enough.\n\nRest.\n");

    both_edits_survive_a_cut_link(&trio, &id);
    edits_are_told_apart(&trio, &id);
    a_person_comes_and_goes(&trio);
    bad_documents_are_refused(&trio);
    a_second_process_is_kept_out(&trio.hospital);
    an_erased_document_is_gone_everywhere(&trio);
    for node in trio.all() {
        assert_nothing_forked(node);
        assert_sound(node);
    }
}

fn an_invitation_with_a_typo_is_refused(hospital: &Node, council: &Node) {
    let code = hospital.commons(&["invite"]).ok()["code"].as_str().expect("a code").to_owned();
    let middle = code.len() / 2;
    let other = if code[middle..].starts_with('a') { "b" } else { "a" };
    let mut wrong = code.clone();
    wrong.replace_range(middle..=middle, other);
    council.commons(&["join", &wrong]).refused_with("bad-invitation", &["copy"]);
    council.commons(&["join", "hello"]).refused_with("bad-invitation", &[]);
}

fn joining_twice_is_refused(hospital: &Node, council: &Node) {
    let invitation = hospital.commons(&["invite"]).ok();
    let code = invitation["code"].as_str().expect("a code");
    council.commons(&["join", code]).refused_with("has-commons", &["already"]);
}

fn both_edits_survive_a_cut_link(trio: &Trio<'_>, id: &str) {
    trio.council.commons(&["network", "pause"]).ok();
    trio.place.wait("the council is alone", || {
        let status = trio.council.status();
        (status.network_paused && !status.peers.iter().any(|peer| peer.connected)).then_some(())
    });
    let base = show(&trio.council, id).version;
    edit(trio.place, &trio.council, id, &base, "Drink enough. Small sips.\n\nRest.\n");
    edit(trio.place, &trio.hospital, id, &base, "Drink enough.\n\nRest. Call us after two days.\n");
    // The third hears of one of them only.
    wait_until_equal(&[&trio.hospital, &trio.research], |_| true);
    assert!(!show(&trio.research, id).text.contains("Small sips"));
    assert!(!show(&trio.council, id).text.contains("Call us"));

    trio.council.commons(&["network", "resume"]).ok();
    trio.wait_for(1);
    for node in trio.all() {
        assert_eq!(show(node, id).text, "Drink enough. Small sips.\n\nRest. Call us after two days.\n");
    }
}

fn edits_are_told_apart(trio: &Trio<'_>, id: &str) {
    let history: Vec<EditView> = trio.research.commons(&["toolkit", "history", id]).view();
    let mut who: Vec<&str> = history.iter().map(|edit| edit.organisation.as_str()).collect();
    who.sort_unstable();
    assert_eq!(who, ["Family Council", "Family Council", "Riverside Hospital"]);
    let first = &history[0].id;
    let diff: DiffView = trio.research.commons(&["toolkit", "diff", id, "--from", first]).view();
    assert!(diff.unified.contains("+Drink enough. Small sips."), "{}", diff.unified);
    assert!(diff.unified.contains("-Rest."), "{}", diff.unified);
}

fn a_person_comes_and_goes(trio: &Trio<'_>) {
    let created: PersonCreated = trio.council.commons(&["person", "add", "Amina", "--role", "family"]).view();
    let written = trio.council.commons(&[
        "toolkit",
        "new",
        "--token",
        &created.token,
        "--title",
        "Lunch boxes",
        "--from",
        path(&trio.place.file("lunch.md", "Pack two.\n")),
    ]);
    let id = written.view::<DocumentView>().summary.id;
    trio.wait_for(2);
    let history: Vec<EditView> = trio.research.commons(&["toolkit", "history", &id]).view();
    assert_eq!((history[0].person.as_str(), history[0].roles.join(",")), ("Amina", "family".to_owned()));
    // Managing people is for administrators.
    let amina = trio.council.api().with_token(&created.token);
    let refused: Result<PersonCreated, CallError> =
        amina.post("/v1/people", &serde_json::json!({"name": "B", "roles": ["family"]}));
    assert!(matches!(&refused, Err(CallError::Refused(403, _))), "{refused:?}");
    assert_eq!(people_at(&trio.research, "Family Council"), 2);

    trio.council.commons(&["person", "revoke", "Amina"]).ok();
    assert_eq!(status_of(&amina), 401);
    trio.place.wait("the others know", || (people_at(&trio.research, "Family Council") == 1).then_some(()));
    // What was written before stays, once documents are built again.
    let is_there = || titles(&trio.research).contains(&"Lunch boxes".to_owned()).then_some(());
    trio.place.wait("what was written before is shown again", is_there);
}

/// People of a member in force, as `node` sees it.
fn people_at(node: &Node, organisation: &str) -> u64 {
    let view: MembersView = node.commons(&["members"]).view();
    let member = view.members.iter().find(|member| member.organisation.name == organisation);
    member.expect("a member").people
}

fn status_of(api: &Api) -> u16 {
    match api.get::<StatusView>("/v1/status") {
        Ok(_) => 200,
        Err(CallError::Refused(status, _)) => status,
        Err(CallError::Broken(why)) => panic!("{why}"),
    }
}

fn bad_documents_are_refused(trio: &Trio<'_>) {
    let node = &trio.hospital;
    let before = node.status();
    let latin = trio.place.file("latin.md", b"caf\xe9\n");
    node.commons(&["toolkit", "new", "--title", "T", "--from", path(&latin)])
        .refused_with("source", &["UTF-8"]);
    let missing = trio.place.path().join("missing.md");
    node.commons(&["toolkit", "new", "--from", path(&missing)]).refused_with("source", &["missing.md"]);
    let empty = trio.place.file("empty.md", "\n");
    node.commons(&["toolkit", "new", "--title", "T", "--from", path(&empty)]).refused_with("source", &[]);
    let (_, message) = {
        let large = trio.place.file("large.md", "word ".repeat(2_400_000));
        node.commons(&["toolkit", "new", "--title", "T", "--from", path(&large)]).refused()
    };
    assert!(
        message.contains("plit") || message.contains("maller") || message.contains("horter"),
        "{message}"
    );
    let unknown = "00".repeat(32);
    node.commons(&["toolkit", "show", &unknown]).refused_with("not-found", &["no document has the id"]);
    node.commons(&["toolkit", "history", "zz"]).refused();
    let untitled = NewDocument {
        kind: "toolkit".into(),
        title: " ".into(),
        language: None,
        description: None,
        text: "x".into(),
        ..NewDocument::default()
    };
    let refused: Result<DocumentView, CallError> = node.api().post("/v1/documents", &untitled);
    assert!(matches!(&refused, Err(CallError::Refused(422, _))), "{refused:?}");
    // Nothing of it left a trace.
    assert_eq!(node.status().heads_digest, before.heads_digest);
}

fn a_second_process_is_kept_out(node: &Node) {
    let second = node.commons(&["run"]);
    second.refused_with("local", &["another process already runs the node"]);
    assert!(node.status().commons.is_some());
}

fn an_erased_document_is_gone_everywhere(trio: &Trio<'_>) {
    let id = write(trio.place, &trio.council, "Mistake", &format!("{PRIVATE}\n"));
    std::fs::remove_file(trio.place.path().join("new.md")).expect("the draft can be removed");
    trio.wait_for(3);
    assert_eq!(show(&trio.research, &id).text, format!("{PRIVATE}\n"));
    for node in trio.all() {
        let stored = files_with(&node.path(), PRIVATE);
        assert!(!stored.is_empty(), "the search would prove nothing: it is stored otherwise");
    }
    let other = trio.hospital.commons(&["erase", &id, "--reason", "not ours"]).refused();
    assert!(!other.0.is_empty());
    trio.council.commons(&["erase", &id, "--reason", "Names a child"]).ok();
    for node in trio.all() {
        trio.place.wait("everybody has confirmed", || {
            let erasures: Vec<ErasureView> = node.commons(&["erasures"]).view();
            let erasure = erasures.first()?;
            (erasure.missing.is_empty() && erasure.confirmed_by.len() == 3).then_some(())
        });
        assert!(!titles(node).contains(&"Mistake".to_owned()));
        trio.place.wait("no file holds it", || files_with(&node.path(), PRIVATE).is_empty().then_some(()));
    }
    trio.wait_for(2);
}
