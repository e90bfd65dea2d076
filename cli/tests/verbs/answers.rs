//! Answers as a node gives them.

use serde_json::{Value, json};

fn organisation(name: &str) -> Value {
    json!({"id": "0a".repeat(32), "name": name, "kind": "site"})
}

fn commons() -> Value {
    json!({
        "id": "1b".repeat(32), "name": "Gut Health", "epoch": 1, "epoch_hash": "2c".repeat(32),
        "members": 2, "electors": 2, "quorum": 2, "founding_mode": true
    })
}

fn member() -> Value {
    json!({
        "organisation": organisation("Riverside"), "standing": "active", "elector": true,
        "this_node": true, "nodes": 1, "people": 2
    })
}

pub fn charter() -> Value {
    json!({
        "commons": commons(), "purpose": "Care", "members": [member()], "rules": ["fence 1"],
        "epochs": [{"number": 0, "hash": "3d".repeat(32), "changes": ["founded"],
                    "certified_by": ["Riverside"], "endorsed_by": ["Riverside"]}]
    })
}

pub fn invitation() -> Value {
    json!({"code": "c0de", "expires_ms": 1_700_000_000_000_u64})
}

pub fn join(state: &str) -> Value {
    json!({"state": state, "fingerprint": "apple bear", "message": "Then wait."})
}

pub fn status(paused: bool) -> Value {
    json!({
        "version": "0.1.0", "organisation": organisation("Riverside"), "commons": commons(),
        "uptime_seconds": 5, "network_paused": paused, "listening": [], "peers": [],
        "entries": 1, "logs": 1, "documents": 1, "heads_digest": "4e".repeat(32),
        "documents_digest": "5f".repeat(32), "waiting": [], "missing_bodies": 0, "faults": 0, "refused": [],
        "notices": []
    })
}

pub fn members() -> Value {
    json!({
        "members": [member()],
        "requests": [{"id": "6a".repeat(32), "organisation": organisation("Lakes"),
                      "fingerprint": "apple bear", "received_ms": 0}],
        "proposals": [proposal()]
    })
}

pub fn proposal() -> Value {
    json!({
        "id": "7b".repeat(32), "epoch": 2, "changes": ["admits Lakes"], "fingerprint": "apple bear",
        "needed": 2, "endorsed_by": ["Riverside"], "missing": ["Council"], "round": null,
        "prepared_by": [], "committed_by": [], "state": "1 more must endorse it, of Council",
        "hindered": null
    })
}

/// A proposal on which the nodes vote.
pub fn voted_on() -> Value {
    let mut proposal = proposal();
    proposal["endorsed_by"] = json!(["Riverside", "Council"]);
    proposal["missing"] = json!([]);
    proposal["round"] = json!(0);
    proposal["prepared_by"] = json!(["Riverside"]);
    proposal["state"] = json!("their nodes decide");
    proposal["hindered"] = json!("an entry is missing");
    proposal
}

/// A proposal that its own endorsement decided.
pub fn decided() -> Value {
    let mut proposal = proposal();
    proposal["endorsed_by"] = json!(["Riverside", "Council"]);
    proposal["missing"] = json!([]);
    proposal["committed_by"] = json!(["Riverside", "Council"]);
    proposal["state"] = json!("in force as epoch 2");
    proposal
}

pub fn epoch(number: u64) -> Value {
    json!({
        "number": number, "hash": "2c".repeat(32), "parent": "3d".repeat(32), "in_force": true,
        "name": "Gut Health", "purpose": "Care",
        "members": [{"organisation": organisation("Lakes"), "standing": "suspended", "elector": false}],
        "electors": ["Riverside"], "quorum": "all must agree", "writers": ["patient", "family"],
        "rules": ["fence 1"], "pins": 2, "changes": ["suspends Lakes"],
        "endorsed_by": ["Riverside", "Council"], "decided_by": ["Riverside"], "origin": "decided by 2 of 2"
    })
}

pub fn charter_diff() -> Value {
    json!({"from": 0, "to": 2, "changes": ["admits Lakes"]})
}

pub fn key() -> Value {
    json!({
        "id": "9a".repeat(32), "active": true, "this_node": true,
        "logs": [{"id": "5a".repeat(32), "collection": "toolkits", "entries": 3,
                  "head": "6b".repeat(32), "stable": 2, "forked_at": 1,
                  "branches": ["6b".repeat(32), "7c".repeat(32)]}]
    })
}

pub fn new_root() -> Value {
    json!({"code": "c0de-c0de", "message": "Give it to another member."})
}

pub fn person() -> Value {
    json!({"id": "8c".repeat(32), "name": "Jo", "roles": ["patient"], "active": true})
}

pub fn person_created() -> Value {
    json!({"person": person(), "token": "t0ken"})
}

pub fn summary() -> Value {
    json!({
        "id": "ab".repeat(32), "kind": "toolkit", "title": "School plan", "language": "en",
        "organisation": "Council", "edits": 2, "updated_ms": 0, "standing": standing(), "notices": []
    })
}

/// Of a release with a newer draft.
pub fn standing() -> Value {
    json!({
        "status": "released", "sentence": "Released on 2026-11-01; due for review on 2027-03-31.",
        "release": "e1".repeat(32), "draft": "in review", "due": "2027-03-31",
        "retracted_because": null, "superseded_by": null, "notices": ["Ann objects."]
    })
}

pub fn request() -> Value {
    json!({"id": "a1".repeat(32), "person": "Jo", "organisation": "Council", "time_ms": 0, "note": "Please look."})
}

pub fn review() -> Value {
    json!({
        "id": "b1".repeat(32), "version": "f1".repeat(32), "verdict": "approve", "role": "clinician",
        "person": "Ben", "organisation": "Riverside", "comment": "Clear.", "conflicts": "",
        "checklist": {"form": "cdc-cci-1", "answers": {"01": "yes"}}, "time_ms": 0, "counts": true,
        "why_not": null
    })
}

/// A version that lacks something.
pub fn version() -> Value {
    json!({
        "version": "f1".repeat(32), "sha256": "f2".repeat(32), "heads": ["cd".repeat(32)], "current": true,
        "requests": [request()], "reviews": [review()],
        "missing": ["approval by a patient or family member: has 0 of 1"]
    })
}

pub fn release() -> Value {
    json!({
        "id": "e1".repeat(32), "title": "School plan", "version": "f1".repeat(32), "sha256": "f2".repeat(32),
        "heads": ["cd".repeat(32)], "person": "Jo", "organisation": "Council", "time_ms": 0, "epoch": 3,
        "due": "2027-03-31", "reviews": [review()], "counts": true, "why_not": [], "retracted": null,
        "matches": true
    })
}

pub fn retraction() -> Value {
    json!({
        "id": "c1".repeat(32), "releases": ["e1".repeat(32)], "reason": "Wrong dose.", "instead": "d2".repeat(32),
        "person": "Jo", "organisation": "Council", "time_ms": 0, "counts": true,
        "acknowledged_by": ["Riverside"], "missing": ["Lakes"]
    })
}

pub fn publication() -> Value {
    json!({
        "document": "ab".repeat(32), "title": "School plan", "standing": standing(),
        "policy": ["A toolkit needs 1 approval by a clinician."], "versions": [version()],
        "releases": [release()], "retractions": [retraction()]
    })
}

pub fn form() -> Value {
    json!({"id": "cdc-cci-1", "title": "Clear Communication Index", "source": "CDC", "items": 20,
           "template": "form = \"cdc-cci-1\"\n"})
}

pub fn readability() -> Value {
    json!({"flesch_kincaid": 7.5, "smog": 8.0, "words": 100, "sentences": 9, "advice": "Use short words."})
}

pub fn document(text: &str) -> Value {
    json!({
        "summary": summary(), "description": "For teachers.", "text": text,
        "particulars": {"audience": "Teachers", "condition/ICD-10:K50": "Crohn's disease"},
        "version": ["cd".repeat(32)]
    })
}

pub fn history() -> Value {
    json!([{
        "id": "9d".repeat(32), "entries": ["9d".repeat(32)], "organisation": "Council",
        "person": "Jo", "roles": ["patient"], "time_ms": 0, "version": ["cd".repeat(32)],
        "what": "edited", "fields": ["audience", "text"], "overrides": ["kept because: it is no person's name"]
    }])
}

pub fn diff() -> Value {
    json!({"from": ["c1"], "to": ["c2"], "unified": "@@ -1 +1 @@\n-old\n+new\n"})
}

pub fn erasure() -> Value {
    json!({
        "id": "ae".repeat(32), "target": "School plan", "reason": "wrong",
        "organisation": "Riverside", "confirmed_by": ["Riverside"], "missing": ["Council"]
    })
}

pub fn check(ok: bool) -> Value {
    let problems = if ok { vec![] } else { vec!["Segment 3 is cut. Restore it."] };
    json!({"ok": ok, "records": 9, "entries": 5, "documents": 1, "problems": problems})
}

pub fn sealed() -> Value {
    json!({"sealed": "-----BEGIN AGE ENCRYPTED FILE-----", "note": "Keep it safe."})
}

pub fn problem(status: u16, code: &str, detail: &str) -> Value {
    json!({
        "type": format!("https://commons.invalid/problems/{code}"), "title": "No",
        "status": status, "detail": detail, "code": code
    })
}
