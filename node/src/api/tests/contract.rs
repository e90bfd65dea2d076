//! Routes, people's rights and the description of both.

use super::*;

/// Every operation of the description: method, path with an id, operation.
fn operations() -> Vec<(Method, String, Value)> {
    let document = serde_json::to_value(openapi_document()).unwrap();
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let method = method.to_uppercase().parse().unwrap();
            let id = if path.starts_with("/v1/forms") { "cdc-cci-1" } else { "abcd" };
            let path = path.replace("{id}", id).replace("{number}", "1").replace("{hash}", &stored_file());
            let path = path.replace("{measure}", "abcd");
            let query = query(&method, &path);
            all.push((method, path + query, operation.clone()));
        }
    }
    all
}

/// What an operation can't do without.
fn query(method: &Method, path: &str) -> &'static str {
    match (method.as_str(), path) {
        ("GET", "/v1/documents/abcd/export") => "?format=citation",
        ("GET", "/v1/feeds/abcd/export") => "?format=csv",
        ("DELETE", "/v1/series" | "/v1/series/held") => "?measure=Visits&period=2026-03",
        _ => "",
    }
}

/// The hash of the one file that is stored from the start.
fn stored_file() -> String {
    blake3::hash(stand_in::FILE).to_string()
}

fn needs_administrator(operation: &Value) -> bool {
    operation["security"][0]["token"] == json!(["administrator"])
}

fn needs_token(operation: &Value) -> bool {
    operation["security"].is_array()
}

/// A body that the operation takes, by its path.
fn input(method: &Method, path: &str) -> Value {
    match (method.as_str(), path) {
        ("POST", "/v1/found") => json!({"name": "Example", "purpose": "p"}),
        ("POST", "/v1/join") => json!({"code": "c"}),
        ("POST", "/v1/members/approve") => json!({"id": "ab"}),
        ("POST", "/v1/people") => json!({"name": "Ada", "roles": ["clinician"]}),
        ("POST", "/v1/documents") => json!({"kind": "toolkit", "title": "T", "text": "t"}),
        ("POST", "/v1/erasures") => json!({"entries": ["ab"], "reason": "r"}),
        ("POST", "/v1/documents/abcd/reviews") => json!({"verdict": "approve"}),
        ("POST", "/v1/documents/abcd/retractions") => json!({"reason": "r"}),
        ("POST", "/v1/documents/abcd/restore") => json!({"version": "ab"}),
        ("POST", "/v1/documents/abcd/attachments") => {
            json!({"hash": stored_file(), "name": "plan.pdf", "media_type": "application/pdf"})
        }
        ("POST", "/v1/network") => json!({"paused": true}),
        ("POST", "/v1/proposals") => json!({"change": "remove", "organisations": ["Lakes"]}),
        ("POST", "/v1/proposals/endorse" | "/v1/proposals/go-on") => json!({"id": "ab"}),
        ("POST", "/v1/refound") => json!({"id": "ab", "confirm": true}),
        ("POST", "/v1/reissues") => json!({"document": "ab"}),
        ("POST", "/v1/keys/revoke") => json!({"key": "ab"}),
        ("POST", "/v1/logs/end") => json!({"log": "ab", "entry": "cd"}),
        ("POST", "/v1/series" | "/v1/series/plan") => {
            json!({"period": "2026-03", "numerator": 3, "denominator": 20})
        }
        ("POST", "/v1/keys/export") => json!({"passphrase": "correct horse battery"}),
        _ => json!({}),
    }
}

#[tokio::test]
async fn everything_described_is_there_for_an_administrator() {
    let world = World::new();
    let operations = operations();
    assert_eq!(operations.len(), 76);
    for (method, path, _) in operations {
        let mut ask = world.request(method.clone(), &path);
        if method == Method::POST || method == Method::PUT {
            ask = ask.json(&input(&method, &path));
        }
        let response = world.send(ask).await;
        assert_eq!(response.status(), StatusCode::OK, "{method} {path}");
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
    }
}

#[tokio::test]
async fn nothing_but_health_metrics_and_the_description_works_without_a_token() {
    let world = World::new();
    let mut open = Vec::new();
    for (method, path, operation) in operations() {
        let response = world.send(Ask::new(method.clone(), &path)).await;
        if !needs_token(&operation) {
            assert_eq!(response.status(), StatusCode::OK, "{method} {path}");
            open.push(path);
            continue;
        }
        assert_eq!(response.headers()[header::WWW_AUTHENTICATE], "Bearer realm=\"commons\"");
        let detail = problem(response, StatusCode::UNAUTHORIZED, "unauthenticated").await;
        assert!(detail.contains("operator.token"), "{detail}");
    }
    open.sort();
    assert_eq!(open, ["/health", "/metrics", "/v1/openapi.json"]);
}

#[tokio::test]
async fn what_is_for_administrators_is_refused_to_others() {
    let world = World::new();
    let mut refused = 0;
    for (method, path, operation) in operations() {
        let ask = Ask::new(method.clone(), &path).token(world.ben.reveal());
        let response = world.send(ask.json(&input(&method, &path))).await;
        if needs_administrator(&operation) {
            problem(response, StatusCode::FORBIDDEN, "administrator-only").await;
            refused += 1;
        } else {
            assert_eq!(response.status(), StatusCode::OK, "{method} {path}");
        }
    }
    assert_eq!(refused, 18);
}

#[tokio::test]
async fn wrong_and_revoked_tokens_are_refused() {
    let mut world = World::new();
    let ben = world.ben.reveal().to_owned();
    let good = format!("bearer {ben}");
    let ask = |value: &str| Ask::new(Method::GET, "/v1/status").header(header::AUTHORIZATION, value);
    assert_eq!(world.send(ask(&good)).await.status(), StatusCode::OK);
    let last_changed = format!("Bearer {}x", &ben[..63]);
    let long = format!("Bearer {}", "a".repeat(4_000));
    for bad in ["Bearer", "Bearer ", &ben, "Basic YTpi", &last_changed, &long] {
        problem(world.send(ask(bad)).await, StatusCode::UNAUTHORIZED, "unauthenticated").await;
    }
    let mut twice = ask(&good);
    twice.0.headers_mut().append(header::AUTHORIZATION, good.parse().unwrap());
    problem(world.send(twice).await, StatusCode::UNAUTHORIZED, "unauthenticated").await;
    world.tokens.revoke("ben-key").unwrap();
    problem(world.send(ask(&good)).await, StatusCode::UNAUTHORIZED, "unauthenticated").await;
}

#[tokio::test]
async fn ids_queries_and_bodies_reach_the_engine() {
    let world = World::new();
    let view = world.get("/v1/documents/d0?version=aa,bb").await;
    assert_eq!((&view["summary"]["id"], &view["version"]), (&json!("d0"), &json!(["aa", "bb"])));
    assert_eq!(world.get("/v1/documents?kind=guidance").await, json!([]));
    assert_eq!(world.get("/v1/documents").await[0]["id"], "d0");
    let view = world.get("/v1/documents/d0/diff?to=bb").await;
    assert_eq!((&view["from"], &view["to"]), (&json!([]), &json!(["bb"])));
    let ask = world.request(Method::DELETE, "/v1/people/Ada%20L%C3%B6");
    let person = body(world.send(ask).await).await;
    assert_eq!((&person["id"], &person["active"]), (&json!("Ada Lö"), &json!(false)));
    let new = json!({"kind": "toolkit", "title": "Hände", "text": ""});
    let ask = world.request(Method::POST, "/v1/documents").json(&new);
    assert_eq!(body(world.send(ask).await).await["summary"]["title"], "Hände");
    let ask = world.request(Method::POST, "/v1/keys/rotate");
    assert!(body(world.send(ask).await).await["note"].is_string());
}

#[tokio::test]
async fn proposals_and_epochs_reach_the_engine() {
    let world = World::new();
    for (change, seen) in [
        (json!({"change": "admit", "request": "ab"}), "Admit { request: \"ab\" }"),
        (
            json!({"change": "suspend", "organisations": ["A", "B"]}),
            "Suspend { organisations: [\"A\", \"B\"] }",
        ),
        (json!({"change": "policy", "quorum": 5}), "quorum: Some(5), name: None"),
        (
            json!({"change": "review-policy", "kind": "toolkit", "organisations": 2,
                   "requirements": [{"roles": ["patient", "family"], "count": 2}]}),
            "roles: [\"patient\", \"family\"], count: 2 }], organisations: 2, authors_may_review: false, declines_block: true, valid_months: None",
        ),
        (
            json!({"change": "disclosure", "threshold": 20}),
            "Disclosure { threshold: Some(20), organisations: None, share: None }",
        ),
        (json!({"change": "elector", "add": ["A"]}), "Elector { add: [\"A\"], remove: [] }"),
        (json!({"change": "root", "organisation": "A", "code": "c"}), "Root { organisation: \"A\""),
        (json!({"change": "branch", "log": "ab", "entry": "cd"}), "Branch { log: \"ab\""),
    ] {
        let ask = world.request(Method::POST, "/v1/proposals").json(&change);
        let view = body(world.send(ask).await).await;
        let told = view["changes"][0].as_str().unwrap();
        assert!(told.contains(seen), "{told}");
    }
    for path in ["/v1/proposals/endorse", "/v1/proposals/go-on"] {
        let ask = world.request(Method::POST, path).json(&json!({"id": "e7"}));
        assert_eq!(body(world.send(ask).await).await["id"], "e7");
    }
    assert_eq!(world.get("/v1/charter/epochs/7").await["number"], 7);
    let diff = world.get("/v1/charter/diff?from=3&to=5").await;
    assert_eq!((&diff["from"], &diff["to"]), (&json!(3), &json!(5)));
    let ask = world.request(Method::POST, "/v1/keys/revoke").json(&json!({"key": "5f"}));
    assert_eq!(body(world.send(ask).await).await["id"], "5f");
}

#[tokio::test]
async fn reviews_and_releases_reach_the_engine() {
    let world = World::new();
    let post = |path: &str, body: Value| {
        world.send(world.request(Method::POST, &format!("/v1/documents/d0/{path}")).json(&body))
    };
    let asked = body(post("requests", json!({"note": "Please.", "heads": ["aa"]})).await).await;
    assert_eq!(asked["versions"][0]["heads"], json!(["aa"]));
    let request = &asked["versions"][0]["requests"][0];
    assert_eq!((&request["person"], &request["note"]), (&json!("ada"), &json!("Please.")));
    let checklist = json!({"form": "cdc-cci-1", "answers": {"01": "yes"}});
    let review = json!({"verdict": "request-changes", "version": "ab", "role": "family", "comment": "c",
        "conflicts": "none", "checklist": checklist});
    let seen = body(post("reviews", review.clone()).await).await;
    for (field, value) in review.as_object().unwrap() {
        assert_eq!(seen[field], *value, "{field}");
    }
    assert_eq!(body(post("releases", json!({"version": "ab"})).await).await["version"], "ab");
    let retraction = json!({"reason": "Wrong dose.", "instead": "d1"});
    let seen = body(post("retractions", retraction).await).await;
    assert_eq!((&seen["reason"], &seen["instead"]), (&json!("Wrong dose."), &json!("d1")));
    let attachment = json!({"hash": stored_file(), "name": "a.txt", "media_type": "text/plain"});
    let attached = body(post("attachments", attachment).await).await;
    assert_eq!(attached["particulars"]["attachment/a.txt/size"], "11");
    let unknown = json!({"hash": "ab".repeat(32), "name": "a.txt", "media_type": "text/plain"});
    problem(post("attachments", unknown).await, StatusCode::NOT_FOUND, "file-not-here").await;
    let restored = body(post("restore", json!({"version": "ab"})).await).await;
    assert_eq!(restored["version"], json!(["ab"]));
    assert_eq!(world.get("/v1/documents/d0/publication").await["document"], "d0");
}

#[tokio::test]
async fn the_guard_reads_a_file_before_it_is_attached() {
    let world = World::new();
    let mut ask = world.request(Method::POST, "/v1/blobs");
    *ask.0.body_mut() = Body::from("Write to jane.doe@example.org for more.");
    let hash = body(world.send(ask).await).await["hash"].clone();
    let attachment = json!({"hash": hash, "name": "a.txt", "media_type": "text/plain"});
    let ask = world.request(Method::POST, "/v1/documents/d0/attachments").json(&attachment);
    let response = world.send(ask).await;
    let detail = problem(response, StatusCode::UNPROCESSABLE_ENTITY, "identifiers").await;
    assert!(detail.starts_with("a.txt, line 1, character 10: e-mail"), "{detail}");
    assert!(!detail.contains("jane.doe"), "{detail}");
}

#[tokio::test]
async fn released_content_and_lists_by_standing_are_asked_for() {
    let world = World::new();
    assert_eq!(world.get("/v1/documents/d0?released=true").await["text"], "released now");
    let day = world.get("/v1/documents/d0?released=true&as_of=2027-01-31").await;
    assert_eq!(day["text"], "released 2027-01-31");
    assert_eq!(world.get("/v1/documents/d0?released=false").await["text"], "Wash hands.");
    assert_eq!(world.get("/v1/documents?status=released").await, json!([]));
    assert_eq!(world.get("/v1/documents?status=in-review").await[0]["id"], "d0");
    assert_eq!(world.get("/v1/documents?status=in%20review&kind=toolkit").await[0]["id"], "d0");
}

#[tokio::test]
async fn proofs_forms_and_advice_are_given() {
    let world = World::new();
    let response = world.send(world.request(Method::GET, "/v1/documents/d0/proof")).await;
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/vnd.commons.proof+cbor");
    let bytes = axum::body::to_bytes(response.into_body(), 100).await.unwrap();
    assert_eq!(bytes, [1, 2, 3][..]);
    let forms = world.get("/v1/forms").await;
    let form = world.get(&format!("/v1/forms/{}", forms[0]["id"].as_str().unwrap())).await;
    assert!(form["template"].as_str().unwrap().contains("answer = \"\""), "{form}");
    let response = world.send(world.request(Method::GET, "/v1/forms/none")).await;
    let detail = problem(response, StatusCode::NOT_FOUND, "not-found").await;
    assert!(detail.contains("cdc-cci-1"), "{detail}");
    let advice = world.get("/v1/documents/d0/readability").await;
    assert_eq!(advice["smog"], Value::Null);
    assert!(!advice["advice"].as_str().unwrap().is_empty());
}

#[tokio::test]
async fn documents_leave_in_every_form_as_what_they_are() {
    let world = World::new();
    for (format, media_type, begins) in [
        ("html", "text/html; charset=utf-8", &b"<!doctype html"[..]),
        ("markdown", "text/markdown; charset=utf-8", b"---\n"),
        ("ro-crate", "application/zip", b"PK"),
        ("citation", "text/plain; charset=utf-8", b""),
        ("bibtex", "text/plain; charset=utf-8", b"@"),
        ("csl", "application/vnd.citationstyles.csl+json", b"["),
    ] {
        let path = format!("/v1/documents/d0/export?format={format}&draft=true");
        let response = world.send(world.request(Method::GET, &path)).await;
        assert_eq!(response.status(), StatusCode::OK, "{format}");
        assert_eq!(response.headers()[header::CONTENT_TYPE], media_type);
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        assert!(bytes.to_ascii_lowercase().starts_with(&begins.to_ascii_lowercase()), "{format}: {bytes:?}");
    }
}

#[tokio::test]
async fn failures_of_the_engine_keep_their_code_and_words() {
    for (kind, status) in [
        (FailureKind::Invalid, StatusCode::UNPROCESSABLE_ENTITY),
        (FailureKind::NotFound, StatusCode::NOT_FOUND),
        (FailureKind::Conflict, StatusCode::CONFLICT),
        (FailureKind::Forbidden, StatusCode::FORBIDDEN),
        (FailureKind::Unavailable, StatusCode::SERVICE_UNAVAILABLE),
        (FailureKind::Internal, StatusCode::INTERNAL_SERVER_ERROR),
    ] {
        let world = World::failing(kind);
        for path in ["/v1/status", "/v1/events", "/metrics"] {
            let response = world.send(world.request(Method::GET, path)).await;
            assert_eq!(problem(response, status, "some-code").await, "Some detail.");
        }
    }
}

#[test]
fn the_description_knows_the_token_and_the_problems() {
    let document = serde_json::to_value(openapi_document()).unwrap();
    let schemes = &document["components"]["securitySchemes"];
    assert_eq!(schemes["token"]["scheme"], "bearer");
    for (method, path, operation) in operations() {
        let problem = &operation["responses"]["default"]["content"]["application/problem+json"];
        let schema = &problem["schema"]["$ref"];
        assert_eq!(schema, "#/components/schemas/Problem", "{method} {path}");
        assert!(operation["summary"].is_string(), "{method} {path}");
    }
    let request = &document["components"]["schemas"]["FoundRequest"];
    assert_eq!(request["additionalProperties"], false);
}
