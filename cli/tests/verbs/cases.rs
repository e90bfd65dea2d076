//! The verbs that ask the node one thing, as a table.

use serde_json::{Value, json};

use crate::answers::{
    charter, charter_diff, check, decided, diff, document, epoch, erasure, form, history, invitation, join,
    key, members, new_root, person, person_created, proposal, publication, readability, release, retraction,
    review, sealed, status, summary, voted_on,
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

/// A verb, its request, the answer, and what people read in it.
pub fn case(
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
        case("members list", ("GET", "/v1/members"), none.clone(), members(), "endorse a proposal with"),
        case(
            "members approve ab12",
            ("POST", "/v1/members/approve"),
            json!({"id": "ab12"}),
            members(),
            "Approved.",
        ),
    ]
}

fn charters() -> Vec<Case> {
    let none = Value::Null;
    vec![
        case("charter", ("GET", "/v1/charter"), none.clone(), charter(), "endorsed by Riverside"),
        case("charter show", ("GET", "/v1/charter"), none.clone(), charter(), "How it came about"),
        case(
            "charter show 1",
            ("GET", "/v1/charter/epochs/1"),
            none.clone(),
            epoch(1),
            "Endorsed by Riverside and Council; decided by the nodes of Riverside.",
        ),
        case(
            "charter log",
            ("GET", "/v1/charter"),
            none.clone(),
            charter(),
            "founded; endorsed by Riverside",
        ),
        case(
            "charter diff 0 2",
            ("GET", "/v1/charter/diff?from=0&to=2"),
            none.clone(),
            charter_diff(),
            "admits Lakes",
        ),
        case(
            "charter diff 0",
            ("GET", "/v1/charter/diff?from=0"),
            none,
            charter_diff(),
            "From epoch 0 to epoch 2",
        ),
        case(
            "refound ab12 --yes",
            ("POST", "/v1/refound"),
            json!({"id": "ab12", "confirm": true}),
            charter(),
            "as soon as this node has received",
        ),
        case(
            "refound 3d3d --yes",
            ("POST", "/v1/refound"),
            json!({"id": "3d3d", "confirm": true}),
            charter(),
            "commons refound 3d3d3d3d3d3d3d",
        ),
    ]
}

fn proposing(arguments: &'static str, body: Value) -> Case {
    case(arguments, ("POST", "/v1/proposals"), body, proposal(), "1 of them must endorse it with")
}

fn proposals_by_kind() -> Vec<Case> {
    vec![
        proposing("propose admit ab12", json!({"change": "admit", "request": "ab12"})),
        proposing(
            "propose remove Lakes Council",
            json!({"change": "remove", "organisations": ["Lakes", "Council"]}),
        ),
        proposing("propose suspend Lakes", json!({"change": "suspend", "organisations": ["Lakes"]})),
        proposing("propose reinstate Lakes", json!({"change": "reinstate", "organisations": ["Lakes"]})),
        proposing(
            "propose policy --writers patient,family --quorum 4",
            json!({"change": "policy", "writers": ["patient", "family"], "quorum": 4,
                   "name": null, "purpose": null}),
        ),
        proposing(
            "propose policy --name Gut --purpose Care",
            json!({"change": "policy", "writers": null, "quorum": null, "name": "Gut", "purpose": "Care"}),
        ),
        proposing(
            "propose review-policy toolkit --need patient,family:1 --need clinician:2 --organisations 2 --valid-months 24",
            json!({"change": "review-policy", "kind": "toolkit", "organisations": 2, "valid_months": 24,
                   "requirements": [{"roles": ["patient", "family"], "count": 1},
                                    {"roles": ["clinician"], "count": 2}],
                   "authors_may_review": false, "declines_block": true, "electors_retract": false}),
        ),
        proposing(
            "propose review-policy guidance --need clinician:1 --authors-may-review --declines-dont-block --electors-retract",
            json!({"change": "review-policy", "kind": "guidance", "organisations": 1, "valid_months": null,
                   "requirements": [{"roles": ["clinician"], "count": 1}],
                   "authors_may_review": true, "declines_block": false, "electors_retract": true}),
        ),
        proposing(
            "propose elector --add Lakes --add Council --remove Riverside",
            json!({"change": "elector", "add": ["Lakes", "Council"], "remove": ["Riverside"]}),
        ),
        proposing(
            "propose root Lakes c0de",
            json!({"change": "root", "organisation": "Lakes", "code": "c0de"}),
        ),
        proposing("propose branch ab12 cd34", json!({"change": "branch", "log": "ab12", "entry": "cd34"})),
        case(
            "propose remove Lakes",
            ("POST", "/v1/proposals"),
            json!({"change": "remove", "organisations": ["Lakes"]}),
            decided(),
            "Decided, and in force as epoch 2:",
        ),
    ]
}

fn voting() -> Vec<Case> {
    let none = Value::Null;
    let id = json!({"id": "7b7b"});
    vec![
        case(
            "proposals",
            ("GET", "/v1/proposals"),
            none.clone(),
            json!([proposal()]),
            "endorsed by Riverside (2 needed); not yet by Council",
        ),
        case("proposals", ("GET", "/v1/proposals"), none.clone(), json!([]), "Nothing is proposed."),
        case(
            "endorse 7b7b",
            ("POST", "/v1/proposals/endorse"),
            id.clone(),
            voted_on(),
            "This node can't vote for it now: an entry is missing.",
        ),
        case(
            "endorse 7b7b",
            ("POST", "/v1/proposals/endorse"),
            id.clone(),
            decided(),
            "Decided, and in force",
        ),
        case(
            "vote",
            ("GET", "/v1/proposals"),
            none.clone(),
            json!([proposal(), voted_on()]),
            "Prepared by   Riverside, in round 1",
        ),
        case("vote", ("GET", "/v1/proposals"), none, json!([]), "commons charter log"),
        case("vote 7b7b --go-on", ("POST", "/v1/proposals/go-on"), id, voted_on(), "Committed by  nobody"),
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
        case("keys list", ("GET", "/v1/keys"), Value::Null, json!([key()]), "signed twice from entry 2 on"),
        case("keys list", ("GET", "/v1/keys"), Value::Null, json!([]), "not a member"),
        case("keys revoke 9a9a", ("POST", "/v1/keys/revoke"), json!({"key": "9a9a"}), key(), "Revoked 9a9a"),
        case("keys new-root --yes", ("POST", "/v1/keys/new-root"), json!({}), new_root(), "c0de-c0de"),
        case(
            "log end 5a5a 6b6b",
            ("POST", "/v1/logs/end"),
            json!({"log": "5a5a", "entry": "6b6b"}),
            key(),
            "The log ends there.",
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
            "School plan  released, newer in review  2027-03-31",
        ),
        case(
            "toolkit list --status review-due",
            ("GET", "/v1/documents?kind=toolkit&status=review-due"),
            none.clone(),
            json!([]),
            "No toolkit stands like this: review due.",
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
            "toolkit show ab12 --released",
            ("GET", "/v1/documents/ab12?released=true"),
            none.clone(),
            document("Body.\n"),
            "---\n# Released on 2026-11-01; due for review on 2027-03-31.\n# Note: Ann objects.\n",
        ),
        case(
            "toolkit show ab12 --as-of 2027-01-31",
            ("GET", "/v1/documents/ab12?released=true&as_of=2027-01-31"),
            none.clone(),
            document("Body.\n"),
            "condition/ICD-10:K50: \"Crohn's disease\"",
        ),
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
            "edited  audience, text\n\n9d9d9d9d9d9d: kept because: it is no person's name",
        ),
        case(
            "toolkit readability ab12",
            ("GET", "/v1/documents/ab12/readability"),
            none.clone(),
            readability(),
            "Flesch-Kincaid grade 7.5, SMOG grade 8.0 (100 words, 9 sentences).",
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
                   "description": "For teachers.", "text": "Body.\n", "particulars": {},
                   "override_reason": null}),
            document("Body.\n"),
            "as toolkit abab",
        ),
        case(
            "guidance new --from HOME/plain.txt --language de --description D",
            ("POST", "/v1/documents"),
            json!({"kind": "guidance", "title": "Plain", "language": "de",
                   "description": "D", "text": "Only text.\n", "particulars": {}, "override_reason": null}),
            document("Only text.\n"),
            "as guidance abab",
        ),
        case(
            "toolkit import HOME/plain.txt --set stage=start --condition ICD-10:K50=Crohn --contact 0800-1 --override why",
            ("POST", "/v1/documents"),
            json!({"kind": "toolkit", "title": "Plain", "language": null, "description": null,
                   "text": "Only text.\n", "override_reason": "why",
                   "particulars": {"stage": "start", "condition/ICD-10:K50": "Crohn", "contact/1": "0800-1"}}),
            document("Only text.\n"),
            "as toolkit abab",
        ),
        case(
            "toolkit restore ab12 --version 9d9d",
            ("POST", "/v1/documents/ab12/restore"),
            json!({"version": "9d9d", "override_reason": null}),
            document("Old.\n"),
            "says again what it said then",
        ),
    ]
}

fn reviewing() -> Vec<Case> {
    let none = Value::Null;
    let verdict = |verdict: &str| {
        json!({"verdict": verdict, "version": null, "role": null, "comment": "", "conflicts": "",
               "checklist": null})
    };
    vec![
        case(
            "review ask ab12 --note Please.",
            ("POST", "/v1/documents/ab12/requests"),
            json!({"note": "Please.", "heads": null}),
            publication(),
            "Version f1f1f1f1f1f1\n  Still missing:\n    - approval by a patient or family",
        ),
        case("review list", ("GET", "/v1/documents"), none.clone(), json!([summary()]), "in review"),
        case("review list", ("GET", "/v1/documents"), none.clone(), json!([]), "No review is open."),
        case(
            "review show ab12",
            ("GET", "/v1/documents/ab12/publication"),
            none.clone(),
            publication(),
            "Ben (clinician, Riverside): approves – counts",
        ),
        case(
            "review approve ab12",
            ("POST", "/v1/documents/ab12/reviews"),
            verdict("approve"),
            review(),
            "Signed a review of version f1f1f1f1f1f1",
        ),
        case(
            "review request-changes ab12",
            ("POST", "/v1/documents/ab12/reviews"),
            verdict("request-changes"),
            review(),
            "Signed",
        ),
        case(
            "review decline ab12 --role family --comment No. --conflicts Some. --version f1",
            ("POST", "/v1/documents/ab12/reviews"),
            json!({"verdict": "decline", "version": "f1", "role": "family", "comment": "No.",
                   "conflicts": "Some.", "checklist": null}),
            review(),
            "Conflicts of interest: none declared",
        ),
        case("review form", ("GET", "/v1/forms"), none.clone(), json!([form()]), "cdc-cci-1"),
        case("review form cdc-cci-1", ("GET", "/v1/forms/cdc-cci-1"), none, form(), "form = \"cdc-cci-1\""),
    ]
}

fn releasing() -> Vec<Case> {
    vec![
        case(
            "release publish ab12",
            ("POST", "/v1/documents/ab12/releases"),
            json!({"version": null}),
            release(),
            "Released \"School plan\".",
        ),
        case(
            "release show ab12",
            ("GET", "/v1/documents/ab12/publication"),
            Value::Null,
            publication(),
            "Confirmed by Riverside; not yet by Lakes.",
        ),
        case(
            "retract ab12 --reason Wrong. --instead d2",
            ("POST", "/v1/documents/ab12/retractions"),
            json!({"reason": "Wrong.", "instead": "d2"}),
            retraction(),
            "Withdrawn: 1 release.",
        ),
    ]
}

/// All of them.
pub fn all_cases() -> Vec<Case> {
    let areas = [
        joining(),
        members_and_status(),
        charters(),
        proposals_by_kind(),
        voting(),
        people(),
        keys_and_network(),
        reading(),
        erasing(),
        writing(),
        reviewing(),
        releasing(),
        crate::measures::cases(),
    ];
    areas.into_iter().flatten().collect()
}
