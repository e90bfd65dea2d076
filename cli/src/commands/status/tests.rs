use super::human;
use crate::view::StatusView;
use serde_json::json;

fn status() -> StatusView {
    serde_json::from_value(json!({
        "version": "0.1.0",
        "organisation": {"id": "ab".repeat(32), "name": "Riverside", "kind": "site"},
        "commons": {
            "id": "cd".repeat(32), "name": "Gut Health", "epoch": 2,
            "epoch_hash": "ef".repeat(32), "members": 3, "electors": 3, "quorum": 3,
            "founding_mode": true
        },
        "uptime_seconds": 60, "network_paused": false, "listening": ["/ip4/127.0.0.1/tcp/1"],
        "peers": [
            {"peer": "p", "organisation": "Council", "connected": true, "addresses": [],
             "in_step": false, "last_sync_ms": null, "problem": null},
            {"peer": "q", "organisation": "Lakes", "connected": false, "addresses": [],
             "in_step": true, "last_sync_ms": 0, "problem": "connection refused"}
        ],
        "entries": 31, "logs": 1, "documents": 7,
        "heads_digest": "12".repeat(32), "documents_digest": "34".repeat(32),
        "waiting": [{"what": "changes", "why": "a change of Lakes is missing", "count": 2}],
        "missing_bodies": 1, "faults": 0,
        "refused": [{"code": "bad-signature", "count": 4}],
        "notices": ["The disk is nearly full."]
    }))
    .unwrap()
}

#[test]
fn all_that_an_operator_needs_is_there() {
    let text = human(&status());
    for part in [
        "Riverside (site)",
        "The disk is nearly full.",
        "Gut Health",
        "Founding mode",
        "Epoch 2 (efefefefefef), 3 members, 3 electors; a change needs 3 votes.",
        "up for 60 seconds",
        "7 documents: 31 entries accepted in 1 log",
        "2 × changes: a change of Lakes is missing",
        "1 accepted entry without its content yet",
        "4 × bad-signature",
        "Connected to 1 of 2 nodes",
        "  Council       yes        no       never",
        "connection refused",
    ] {
        assert!(text.contains(part), "{part:?} is missing in:\n{text}");
    }
    assert!(!text.contains(&"12".repeat(32)), "digests are shortened");
}

#[test]
fn a_quiet_node_says_so() {
    let mut status = status();
    status.waiting.clear();
    status.missing_bodies = 0;
    status.peers.clear();
    status.commons = None;
    let text = human(&status);
    assert!(text.contains("Nothing waits."));
    assert!(text.contains("No other nodes are known."));
    assert!(text.contains("Not in a commons yet"));
    status.network_paused = true;
    assert!(human(&status).contains("commons network resume"));
}
