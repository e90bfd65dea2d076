//! Hostile and clumsy requests.

use super::*;

const UNPROCESSABLE: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

#[tokio::test]
async fn only_loopback_hosts_are_answered() {
    let world = World::new();
    let ask = |host: &str| Ask::new(Method::GET, "/health").header(header::HOST, host);
    for good in ["127.0.0.1", "127.0.0.1:1", "localhost:7420", "LocalHost", "[::1]", "[::1]:7420"] {
        let status = world.send(ask(good)).await.status();
        assert_eq!(status, StatusCode::OK, "{good}");
    }
    for bad in [
        "evil.example",
        "evil.example:7420",
        "127.0.0.1.evil.example",
        "localhost.evil.example:7420",
        "localhost:7420.evil.example",
        "127.0.0.2",
        "[::1]evil",
        "[::2]:7420",
        "user@localhost",
        "",
        ":7420",
    ] {
        let response = world.send(ask(bad)).await;
        problem(response, StatusCode::MISDIRECTED_REQUEST, "wrong-host").await;
    }
    let mut none = Ask::new(Method::GET, "/health");
    none.0.headers_mut().remove(header::HOST);
    problem(world.send(none).await, StatusCode::MISDIRECTED_REQUEST, "wrong-host").await;
    let mut two = Ask::new(Method::GET, "/health");
    two.0.headers_mut().append(header::HOST, "localhost".parse().unwrap());
    problem(world.send(two).await, StatusCode::MISDIRECTED_REQUEST, "wrong-host").await;
}

#[tokio::test]
async fn configured_hosts_are_answered_and_metrics_then_need_a_token() {
    let text = "version = 1\n[organisation]\nname = \"x\"\nkind = \"site\"\n[api]\n\
        address = \"0.0.0.0:0\"\nallow_remote = true\nhost_names = [\"commons.example.org\"]\n";
    let settings = config::Config::parse(std::path::Path::new("x"), text).unwrap().api;
    let (handle, changes) = Handle::stand_in();
    let world = World::with(handle, changes, &settings);
    let host = |ask: Ask| ask.header(header::HOST, "Commons.example.org:443");
    let response = world.send(host(Ask::new(Method::GET, "/health"))).await;
    assert_eq!(response.status(), StatusCode::OK);
    let response = world.send(host(Ask::new(Method::GET, "/metrics"))).await;
    problem(response, StatusCode::UNAUTHORIZED, "unauthenticated").await;
    let response = world.send(host(world.request(Method::GET, "/metrics"))).await;
    assert_eq!(response.status(), StatusCode::OK);
}

#[tokio::test]
async fn there_is_no_cors() {
    let world = World::new();
    let ask = world.request(Method::GET, "/v1/status");
    let response = world.send(ask.header(header::ORIGIN, "https://evil.example")).await;
    assert!(!response.headers().contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN));
    let preflight = Ask::new(Method::OPTIONS, "/v1/documents")
        .header(header::ORIGIN, "https://evil.example")
        .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST");
    let response = world.send(preflight).await;
    problem(response, StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed").await;
}

#[tokio::test]
async fn unknown_routes_and_methods_are_problems() {
    let world = World::new();
    let response = world.send(world.request(Method::GET, "/v2/status")).await;
    let detail = problem(response, StatusCode::NOT_FOUND, "no-such-route").await;
    assert!(detail.contains("/v1/openapi.json"), "{detail}");
    let response = world.send(world.request(Method::PATCH, "/v1/people")).await;
    assert_eq!(response.headers()[header::ALLOW], "GET,HEAD,POST");
    problem(response, StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed").await;
}

#[tokio::test]
async fn bodies_are_json_of_the_right_shape() {
    let world = World::new();
    let post = |body: &str| world.request(Method::POST, "/v1/found").text(body);
    let response = world.send(post(r#"{"name": "x", "purpose": "y", "purpuse": "z"}"#)).await;
    let detail = problem(response, UNPROCESSABLE, "invalid-request").await;
    assert!(detail.contains("unknown field `purpuse`"), "{detail}");
    for body in [r#"{"name": "x"}"#, r#"{"name": 7, "purpose": "y"}"#, "[]", "null"] {
        problem(world.send(post(body)).await, UNPROCESSABLE, "invalid-request").await;
    }
    let twice = r#"{"name": "x", "name": "x", "purpose": "y"}"#;
    problem(world.send(post(twice)).await, UNPROCESSABLE, "invalid-request").await;
    for body in ["", "{", "{\"name\": \"\u{7}", "{} x"] {
        let response = world.send(post(body)).await;
        let status = response.status();
        let code = if status == UNPROCESSABLE { "invalid-request" } else { "invalid-json" };
        problem(response, status, code).await;
        assert!(status.is_client_error(), "{body}: {status}");
    }
    let deep = "[".repeat(100_000);
    problem(world.send(post(&deep)).await, UNPROCESSABLE, "invalid-request").await;
    let form = post("name=x").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let response = world.send(form).await;
    problem(response, StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type").await;
}

#[tokio::test]
async fn requests_without_input_take_none() {
    let world = World::new();
    let post = |body: &str| world.request(Method::POST, "/v1/invitations").text(body);
    for good in ["", " {} \n"] {
        assert_eq!(world.send(post(good)).await.status(), StatusCode::OK, "{good}");
    }
    for bad in ["{\"a\": 1}", "[]", "{", "x"] {
        problem(world.send(post(bad)).await, UNPROCESSABLE, "invalid-request").await;
    }
}

#[tokio::test]
async fn bodies_are_bounded() {
    let world = World::new();
    let post = |text: String| {
        let body = json!({"kind": "toolkit", "title": "t", "text": text});
        world.request(Method::POST, "/v1/documents").json(&body)
    };
    let response = world.send(post("x".repeat(512 * 1024))).await;
    assert_eq!(response.status(), StatusCode::OK);
    let response = world.send(post("x".repeat(512 * 1024 + 1))).await;
    let detail = problem(response, UNPROCESSABLE, "invalid-request").await;
    assert!(detail.contains("Split the document"), "{detail}");
    let response = world.send(post("x".repeat(1 << 20))).await;
    problem(response, StatusCode::PAYLOAD_TOO_LARGE, "body-too-large").await;
    let ask = world.request(Method::POST, "/v1/invitations");
    let response = world.send(ask.text(&" ".repeat((1 << 20) + 1))).await;
    problem(response, StatusCode::PAYLOAD_TOO_LARGE, "body-too-large").await;
}

#[tokio::test]
async fn a_body_of_unknown_length_is_bounded_too() {
    let world = World::new();
    let mut ask = world.request(Method::POST, "/v1/found").text("");
    let chunks = futures::stream::repeat_with(|| Ok::<_, io::Error>(vec![b' '; 1 << 16]));
    *ask.0.body_mut() = Body::from_stream(chunks);
    problem(world.send(ask).await, StatusCode::PAYLOAD_TOO_LARGE, "body-too-large").await;
}

/// So many values by name.
fn many_values(count: usize) -> Value {
    (0..count)
        .map(|number| (format!("evidence/{number}"), json!("x")))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

async fn all_are_refused(world: &World, inputs: impl IntoIterator<Item = (&str, Value)>) {
    for (path, input) in inputs {
        let ask = world.request(Method::POST, path).json(&input);
        let response = world.send(ask).await;
        assert_eq!(response.status(), UNPROCESSABLE, "{path} {input}");
        problem(response, UNPROCESSABLE, "invalid-request").await;
    }
}

#[tokio::test]
async fn what_is_said_about_documents_is_bounded() {
    let refused = [
        ("/v1/documents", json!({"kind": "toolkit", "title": "t", "text": "", "override_reason": " "})),
        (
            "/v1/documents",
            json!({"kind": "toolkit", "title": "t", "text": "", "override_reason": "x".repeat(501)}),
        ),
        (
            "/v1/documents",
            json!({"kind": "toolkit", "title": "t", "text": "", "particulars": {"audience": "x".repeat(2_001)}}),
        ),
        (
            "/v1/documents",
            json!({"kind": "toolkit", "title": "t", "text": "", "particulars": many_values(513)}),
        ),
        ("/v1/documents/d0/requests", json!({"note": "x".repeat(2_001)})),
        ("/v1/documents/d0/requests", json!({"heads": vec!["ab"; 65]})),
        ("/v1/documents/d0/requests", json!({"heads": ["x"]})),
        ("/v1/documents/d0/reviews", json!({})),
        ("/v1/documents/d0/reviews", json!({"verdict": "like"})),
        ("/v1/documents/d0/reviews", json!({"verdict": "approve", "version": "xyz"})),
        ("/v1/documents/d0/reviews", json!({"verdict": "approve", "role": "x".repeat(101)})),
        ("/v1/documents/d0/reviews", json!({"verdict": "approve", "comment": "x".repeat(4_001)})),
        ("/v1/documents/d0/reviews", json!({"verdict": "approve", "conflicts": "x".repeat(4_001)})),
        (
            "/v1/documents/d0/reviews",
            json!({"verdict": "approve", "checklist": {"form": "f", "answers": many_values(129)}}),
        ),
        (
            "/v1/documents/d0/reviews",
            json!({"verdict": "approve", "checklist": {"form": "f", "answers": {"a": "x".repeat(25_000)}}}),
        ),
        ("/v1/documents/d0/releases", json!({"version": "a".repeat(65)})),
        ("/v1/documents/d0/retractions", json!({"reason": " "})),
        ("/v1/documents/d0/retractions", json!({"reason": "x".repeat(4_001)})),
        ("/v1/documents/d0/retractions", json!({"reason": "r", "instead": "the other"})),
        ("/v1/documents/d0/restore", json!({"version": ""})),
        ("/v1/documents/d0/restore", json!({"version": ["ab"]})),
        ("/v1/documents/d0/attachments", json!({"hash": "xy", "name": "n", "media_type": "text/plain"})),
        ("/v1/documents/d0/attachments", json!({"hash": "ab", "name": " ", "media_type": "text/plain"})),
        ("/v1/documents/d0/attachments", json!({"hash": "ab", "name": "a/b", "media_type": "text/plain"})),
        ("/v1/documents/d0/attachments", json!({"hash": "ab", "name": "n", "media_type": ""})),
        (
            "/v1/documents/d0/attachments",
            json!({"hash": "ab", "name": "n", "media_type": "image/png", "alt": "x".repeat(1_001)}),
        ),
    ];
    all_are_refused(&World::new(), refused).await;
}

#[tokio::test]
async fn policies_are_bounded() {
    let refused = [
        ("/v1/proposals", json!({"change": "review-policy", "kind": "toolkit", "requirements": []})),
        (
            "/v1/proposals",
            json!({"change": "review-policy", "kind": "toolkit", "organisations": 256, "requirements": []}),
        ),
        (
            "/v1/proposals",
            json!({"change": "review-policy", "kind": "toolkit", "organisations": 1,
                   "requirements": vec![json!({"roles": ["patient"], "count": 1}); 9]}),
        ),
        (
            "/v1/proposals",
            json!({"change": "review-policy", "kind": "toolkit", "organisations": 1,
                   "requirements": [{"roles": vec!["x"; 17], "count": 1}]}),
        ),
    ];
    all_are_refused(&World::new(), refused).await;
}

#[tokio::test]
async fn fields_are_bounded() {
    let world = World::new();
    let refused = [
        ("/v1/found", json!({"name": "x".repeat(201), "purpose": ""})),
        ("/v1/found", json!({"name": " \n", "purpose": ""})),
        ("/v1/found", json!({"name": "x", "purpose": "x".repeat(4_001)})),
        ("/v1/people", json!({"name": "x", "roles": []})),
        ("/v1/people", json!({"name": "x".repeat(101), "roles": ["family"]})),
        ("/v1/documents", json!({"kind": "toolkit", "title": "", "text": ""})),
        ("/v1/documents", json!({"kind": "toolkit", "title": "x".repeat(301), "text": ""})),
        ("/v1/erasures", json!({"entries": [], "reason": "r"})),
        ("/v1/erasures", json!({"document": "d0", "reason": " "})),
        ("/v1/erasures", json!({"document": "d0", "reason": "x".repeat(501)})),
        ("/v1/erasures", json!({"entries": vec!["ab"; 257], "reason": "r"})),
        ("/v1/members/approve", json!({"id": "x".repeat(129)})),
        ("/v1/proposals", json!({"change": "crown", "organisations": ["x"]})),
        ("/v1/proposals", json!({"change": "remove", "organisations": ["x"], "why": "y"})),
        ("/v1/proposals", json!({"change": "remove", "organisations": []})),
        ("/v1/proposals", json!({"change": "remove", "organisations": vec!["x"; 65]})),
        ("/v1/proposals", json!({"change": "suspend", "organisations": ["x".repeat(201)]})),
        ("/v1/proposals", json!({"change": "policy", "purpose": "x".repeat(4_001)})),
        ("/v1/proposals", json!({"change": "policy", "name": " "})),
        ("/v1/proposals", json!({"change": "policy", "quorum": 256})),
        ("/v1/proposals", json!({"change": "policy", "writers": vec!["x"; 17]})),
        ("/v1/proposals", json!({"change": "elector", "add": vec!["x"; 65]})),
        ("/v1/proposals", json!({"change": "root", "organisation": "x", "code": "x".repeat(257)})),
        ("/v1/proposals", json!({"change": "branch", "log": "x", "entry": "x".repeat(201)})),
        ("/v1/proposals/endorse", json!({"id": "x".repeat(201)})),
        ("/v1/proposals/go-on", json!({"id": "x".repeat(201)})),
        ("/v1/refound", json!({"id": "ab"})),
        ("/v1/refound", json!({"id": "x".repeat(201), "confirm": true})),
        ("/v1/keys/revoke", json!({"key": "x".repeat(129)})),
        ("/v1/logs/end", json!({"log": "x".repeat(129), "entry": "ab"})),
        ("/v1/logs/end", json!({"log": "ab", "entry": "x".repeat(129)})),
        ("/v1/keys/new-root", json!({"seed": "ab"})),
    ];
    all_are_refused(&world, refused).await;
    let ask = world.request(Method::PUT, "/v1/documents/d0");
    let response = world.send(ask.json(&json!({"base": ["not hexadecimal"]}))).await;
    problem(response, UNPROCESSABLE, "invalid-request").await;
}

#[tokio::test]
async fn paths_and_queries_are_bounded() {
    let world = World::new();
    let heads = vec!["ab"; 61].join(",");
    for path in [
        "/v1/documents?kind=toolkit&color=red".to_owned(),
        "/v1/documents/d0?version=xyz".to_owned(),
        "/v1/documents/d0?version=".to_owned(),
        "/v1/documents/d0?released=yes".to_owned(),
        "/v1/documents/d0?released=true&version=ab".to_owned(),
        "/v1/documents/d0?as_of=2027-01-31".to_owned(),
        "/v1/documents/d0?released=true&as_of=2027-02-30".to_owned(),
        "/v1/documents?status=famous".to_owned(),
        "/v1/documents/d0/export".to_owned(),
        "/v1/documents/d0/export?format=docx".to_owned(),
        "/v1/documents/d0/export?format=html&draft=perhaps".to_owned(),
        format!("/v1/documents/d0?version={heads}"),
        format!("/v1/documents/d0/diff?from={heads}"),
        format!("/v1/documents?kind={}", "x".repeat(5_000)),
        format!("/v1/documents/{}", "a".repeat(401)),
        "/v1/documents/a%00b".to_owned(),
        "/v1/documents/%ff".to_owned(),
        "/v1/charter/epochs/first".to_owned(),
        "/v1/charter/epochs/-1".to_owned(),
        "/v1/charter/epochs/99999999999999999999".to_owned(),
        "/v1/charter/diff?from=x".to_owned(),
        "/v1/charter/diff?form=1".to_owned(),
    ] {
        let response = world.send(world.request(Method::GET, &path)).await;
        problem(response, UNPROCESSABLE, "invalid-request").await;
    }
}

#[tokio::test]
async fn headers_are_bounded() {
    let world = World::new();
    let mut many = world.request(Method::GET, "/v1/status");
    for number in 0..64 {
        let name: header::HeaderName = format!("x-{number}").parse().unwrap();
        many = many.header(name, "1");
    }
    let large = world.request(Method::GET, "/v1/status").header(header::COOKIE, &"x".repeat(17_000));
    for ask in [many, large] {
        let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
        problem(world.send(ask).await, status, "headers-too-large").await;
    }
}

#[tokio::test]
async fn only_a_few_requests_hold_whole_files_at_a_time() {
    let world = World::new();
    let blobs = world.state.handle.blobs().unwrap();
    let places: Vec<_> = std::iter::from_fn(|| blobs.take_place()).collect();
    let input = json!({"hash": "ab".repeat(32), "name": "a", "media_type": "text/plain"});
    let attach = world.request(Method::POST, "/v1/documents/d0/attachments").json(&input);
    let export =
        |format: &str| world.request(Method::GET, &format!("/v1/documents/d0/export?format={format}"));
    for ask in [attach, export("ro-crate")] {
        problem(world.send(ask).await, StatusCode::SERVICE_UNAVAILABLE, "too-many-files").await;
    }
    assert_eq!(world.send(export("citation")).await.status(), StatusCode::OK);
    drop(places);
    assert_eq!(world.send(export("ro-crate")).await.status(), StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn requests_that_hang_are_ended() {
    use axum::routing::any;
    let world = World::new();
    let router = Router::new()
        .route("/hang", any(std::future::pending::<()>))
        .route("/v1/check", any(std::future::pending::<()>))
        .layer(middleware::from_fn_with_state(world.state.clone(), guard::guard));
    for (path, seconds) in [("/hang", 60), ("/v1/check", 600)] {
        let began = tokio::time::Instant::now();
        let ask = Ask::new(Method::POST, path);
        let response = router.clone().oneshot(ask.0).await.unwrap();
        problem(response, StatusCode::GATEWAY_TIMEOUT, "timeout").await;
        // The clock of this test is simulated and only jumps to timers.
        assert_eq!(began.elapsed().as_secs(), seconds, "{path}");
    }
}
