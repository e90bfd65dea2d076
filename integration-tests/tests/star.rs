//! A star in one process: four hubs and many sites that only dial out, with
//! the real network over loopback. What anybody writes arrives everywhere.
//!
//! There are 60 sites, or 16 where the system allows a process too few file
//! handles. The homes are made with their commons in them: what is shown is
//! the star, not 64 votes.

#[path = "star/federation.rs"]
mod federation;
#[path = "star/process.rs"]
mod process;
#[path = "star/seeding.rs"]
mod seeding;

use commons_node::view::{DocumentView, EditRequest, NetworkRequest, NewDocument, StatusView};

use federation::{Federation, HUBS};
use process::Usage;

/// File handles that are enough for the whole star: a node has about eight of
/// its own, and each link takes one at both ends.
const ALL_HANDLES: usize = 1_500;

#[test]
fn what_anybody_writes_arrives_everywhere() {
    let allowed = Usage::handles_allowed();
    let sites = if allowed >= ALL_HANDLES { 60 } else { 16 };
    if sites < 60 {
        println!(
            "only {sites} sites: this process may open {allowed} files; allow {ALL_HANDLES} with `ulimit -n`"
        );
    }
    let nodes = HUBS + sites;
    let federation = Federation::start(sites);
    federation.wait("all know the commons", |status| {
        status.commons.as_ref().is_some_and(|commons| commons.members == nodes as u64)
    });
    let before = Usage::now();
    everybody_contributes(&federation);
    let first = everybody_edits_one_document(&federation);
    with_two_hubs_cut_off(&federation, &first);
    let after = Usage::now();
    println!(
        "{nodes} nodes: {:.1} s of processor time in all, {:.1} s of it for writing, at most {} MiB, {} file handles",
        after.seconds,
        after.seconds - before.seconds,
        after.peak_mib,
        after.handles
    );
    assert!(after.handles < ALL_HANDLES, "{after:?}: {nodes} nodes should need fewer file handles");
    federation.stop();
}

/// Every node contributes one document; all arrive.
fn everybody_contributes(federation: &Federation) {
    let titles: Vec<String> = (0..federation.len()).map(|who| format!("Leaflet {who}")).collect();
    federation.at_all(|who, api| {
        let new = NewDocument {
            kind: "toolkit".into(),
            title: titles[who].clone(),
            language: None,
            description: None,
            text: format!("What node {who} knows.\n"),
            ..NewDocument::default()
        };
        let _: DocumentView = api.post("/v1/documents", &new).expect("a document is taken");
    });
    federation.wait_until_equal(|status| status.documents == titles.len() as u64);
}

/// Every node adds a line to the same document, knowing the same version;
/// all lines are kept. Gives back the document.
fn everybody_edits_one_document(federation: &Federation) -> DocumentView {
    let first = federation.documents(0).into_iter().next().expect("there are documents");
    let path = format!("/v1/documents/{}", first.id);
    let base: DocumentView = federation.api(0).get(&path).expect("it is shown");
    federation.at_all(|who, api| add_line(api, &base, &format!("Line of node {who}.")));
    federation.wait_until_equal(|_| true);
    let merged: DocumentView = federation.api(federation.len() - 1).get(&path).expect("it is shown");
    for who in 0..federation.len() {
        assert!(merged.text.contains(&format!("Line of node {who}.\n")), "{}", merged.text);
    }
    merged
}

/// Two of the four hubs are cut off: the sites still hear of each other
/// through the others, and the hubs catch up when they are back.
fn with_two_hubs_cut_off(federation: &Federation, document: &DocumentView) {
    let cut = [1, 2];
    let pause = |paused| {
        for who in cut {
            let request = NetworkRequest { paused };
            let _: StatusView = federation.api(who).post("/v1/network", &request).expect("it can be paused");
        }
    };
    pause(true);
    let (site, other) = (HUBS, federation.len() - 1);
    add_line(federation.api(site), document, "Written without two hubs.");
    let path = format!("/v1/documents/{}", document.summary.id);
    federation.until("it arrives through the other hubs", || {
        let shown: DocumentView = federation.api(other).get(&path).expect("it is shown");
        shown.text.contains("without two hubs")
    });
    let shown: DocumentView = federation.api(1).get(&path).expect("it is shown");
    assert!(!shown.text.contains("without two hubs"), "it crossed a link that was cut");
    pause(false);
    federation.wait_until_equal(|_| true);
}

fn add_line(api: &commons_integration_tests::process::Api, base: &DocumentView, line: &str) {
    let text = Some(format!("{}{line}\n", base.text));
    let request = EditRequest { text, base: Some(base.version.clone()), ..EditRequest::default() };
    let _: DocumentView =
        api.put(&format!("/v1/documents/{}", base.summary.id), &request).expect("an edit is taken");
}
