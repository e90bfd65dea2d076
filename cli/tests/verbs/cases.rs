//! The verbs that ask the node one thing, as a table.

use serde_json::{Value, json};

use crate::answers::{
    charter, check, diff, document, erasure, history, invitation, join, members, person, person_created,
    sealed, status, summary,
};

/// One verb with the request it should send.
pub struct Case {
    pub arguments: &'static str,
    pub method: &'static str,
    pub path: &'static str,
    pub body: Value,
    pub reply: Value,
    /// Something that people should read in the answer.
    pub shows: &'static str,
}

fn case(
    arguments: &'static str,
    request: (&'static str, &'static str),
    body: Value,
    reply: Value,
    shows: &'static str,
) -> Case {
    let (method, path) = request;
    Case { arguments, method, path, body, reply, shows }
}

fn joining() -> Vec<Case> {
    let none = Value::Null;
    vec![
        case(
            "found Gut --purpose Care",
            ("POST", "/v1/found"),
            json!({"name": "Gut", "purpose": "Care"}),
            charter(),
            "Founded Gut Health",
        ),
        case("invite", ("POST", "/v1/invitations"), json!({}), invitation(), "c0de"),
        case("join c0de", ("POST", "/v1/join"), json!({"code": "c0de"}), join("waiting"), "apple bear"),
        case("join", ("GET", "/v1/join"), none.clone(), join("admitted"), "is a member"),
    ]
}

fn members_and_status() -> Vec<Case> {
    let none = Value::Null;
    vec![
        case("status", ("GET", "/v1/status"), none.clone(), status(false), "Nothing waits."),
        case("members", ("GET", "/v1/members"), none.clone(), members(), "Riverside (this node)"),
        case("members list", ("GET", "/v1/members"), none.clone(), members(), "waits for Council"),
        case(
            "members approve ab12",
            ("POST", "/v1/members/approve"),
            json!({"id": "ab12"}),
            members(),
            "Approved.",
        ),
        case("charter", ("GET", "/v1/charter"), none.clone(), charter(), "voted by Riverside"),
    ]
}

fn people() -> Vec<Case> {
    let none = Value::Null;
    vec![
        case(
            "person add Jo --role patient --role family",
            ("POST", "/v1/people"),
            json!({"name": "Jo", "roles": ["patient", "family"]}),
            person_created(),
            "t0ken",
        ),
        case("person list", ("GET", "/v1/people"), none.clone(), json!([person()]), "patient"),
        case("person revoke Jo/x", ("DELETE", "/v1/people/Jo%2Fx"), none, person(), "Revoked Jo"),
    ]
}

fn keys_and_network() -> Vec<Case> {
    vec![
        case("keys rotate", ("POST", "/v1/keys/rotate"), json!({}), json!({"note": "Note."}), "Note."),
        case(
            "keys export --passphrase-file HOME/passphrase",
            ("POST", "/v1/keys/export"),
            json!({"passphrase": "five random words here now"}),
            sealed(),
            "BEGIN AGE",
        ),
        case("network pause", ("POST", "/v1/network"), json!({"paused": true}), status(true), "is paused"),
        case(
            "network resume",
            ("POST", "/v1/network"),
            json!({"paused": false}),
            status(false),
            "network is on",
        ),
        case("check", ("POST", "/v1/check"), json!({}), check(true), "All is well."),
    ]
}

fn reading() -> Vec<Case> {
    let none = Value::Null;
    vec![
        case(
            "toolkit list",
            ("GET", "/v1/documents?kind=toolkit"),
            none.clone(),
            json!([summary()]),
            "School plan",
        ),
        case(
            "guidance list",
            ("GET", "/v1/documents?kind=guidance"),
            none.clone(),
            json!([]),
            "commons guidance new",
        ),
        case("toolkit show ab12", ("GET", "/v1/documents/ab12"), none.clone(), document("Body.\n"), "Body."),
        case(
            "toolkit show ab12 --version c1,c2",
            ("GET", "/v1/documents/ab12?version=c1%2Cc2"),
            none.clone(),
            document("Body.\n"),
            "commons-version",
        ),
        case(
            "toolkit history ab12",
            ("GET", "/v1/documents/ab12/history"),
            none.clone(),
            history(),
            "edited",
        ),
        case("toolkit diff ab12", ("GET", "/v1/documents/ab12/diff"), none.clone(), diff(), "+new"),
        case(
            "guidance diff ab12 --from c1 --to c2,c3",
            ("GET", "/v1/documents/ab12/diff?from=c1&to=c2%2Cc3"),
            none.clone(),
            diff(),
            "-old",
        ),
    ]
}

fn erasing() -> Vec<Case> {
    let none = Value::Null;
    vec![
        case("erasures", ("GET", "/v1/erasures"), none, json!([erasure()]), "not yet by Council"),
        case(
            "erase ab12 --reason wrong",
            ("POST", "/v1/erasures"),
            json!({"document": "ab12", "entries": [], "reason": "wrong"}),
            erasure(),
            "Erased here",
        ),
        case(
            "erase --entry e1 --entry e2 --reason wrong",
            ("POST", "/v1/erasures"),
            json!({"document": null, "entries": ["e1", "e2"], "reason": "wrong"}),
            erasure(),
            "Erased here",
        ),
    ]
}

fn writing() -> Vec<Case> {
    vec![
        case(
            "toolkit new --from HOME/school-plan.md",
            ("POST", "/v1/documents"),
            json!({"kind": "toolkit", "title": "School", "language": "en",
                   "description": "For teachers.", "text": "Body.\n"}),
            document("Body.\n"),
            "as toolkit abab",
        ),
        case(
            "guidance new --from HOME/plain.txt --language de --description D",
            ("POST", "/v1/documents"),
            json!({"kind": "guidance", "title": "Plain", "language": "de",
                   "description": "D", "text": "Only text.\n"}),
            document("Only text.\n"),
            "as guidance abab",
        ),
    ]
}

/// All of them.
pub fn all_cases() -> Vec<Case> {
    [joining(), members_and_status(), people(), keys_and_network(), reading(), erasing(), writing()]
        .into_iter()
        .flatten()
        .collect()
}
