//! Routes, people's rights and the description of both.

use super::*;

/// Every operation of the description: method, path with an id, operation.
fn operations() -> Vec<(Method, String, Value)> {
    let document = serde_json::to_value(openapi_document()).unwrap();
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let method = method.to_uppercase().parse().unwrap();
            all.push((method, path.replace("{id}", "abcd").replace("{number}", "1"), operation.clone()));
        }
    }
    all
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
        ("POST", "/v1/network") => json!({"paused": true}),
        ("POST", "/v1/proposals") => json!({"change": "remove", "organisations": ["Lakes"]}),
        ("POST", "/v1/proposals/endorse" | "/v1/proposals/go-on") => json!({"id": "ab"}),
        ("POST", "/v1/refound") => json!({"id": "ab", "confirm": true}),
        ("POST", "/v1/reissues") => json!({"document": "ab"}),
        ("POST", "/v1/keys/revoke") => json!({"key": "ab"}),
        ("POST", "/v1/logs/end") => json!({"log": "ab", "entry": "cd"}),
        ("POST", "/v1/keys/export") => json!({"passphrase": "correct horse battery"}),
        _ => json!({}),
    }
}

#[tokio::test]
async fn everything_described_is_there_for_an_administrator() {
    let world = World::new();
    let operations = operations();
    assert_eq!(operations.len(), 43);
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
