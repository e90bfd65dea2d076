//! Server-sent events.

use axum::body::BodyDataStream;

use super::*;

async fn open(world: &World) -> BodyDataStream {
    let response = world.send(world.request(Method::GET, "/v1/events")).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
    response.into_body().into_data_stream()
}

/// The data of the next event; `None` at the end of the stream.
async fn next(stream: &mut BodyDataStream) -> Option<Value> {
    let bytes = stream.next().await?.unwrap();
    let text = std::str::from_utf8(&bytes).unwrap();
    let data = text.strip_prefix("data: ").unwrap().trim_end();
    Some(serde_json::from_str(data).unwrap())
}

fn document(id: u32) -> ChangeView {
    ChangeView::Document { id: id.to_string() }
}

#[tokio::test]
async fn changes_arrive_in_order() {
    let world = World::new();
    let mut stream = open(&world).await;
    world.changes.send(document(1)).unwrap();
    world.changes.send(ChangeView::Charter).unwrap();
    let first = json!({"type": "document", "id": "1"});
    assert_eq!(next(&mut stream).await, Some(first));
    assert_eq!(next(&mut stream).await, Some(json!({"type": "charter"})));
}

#[tokio::test]
async fn a_slow_listener_is_told_that_it_missed_something() {
    let world = World::new();
    let mut stream = open(&world).await;
    for number in 0..10 {
        world.changes.send(document(number)).unwrap();
    }
    assert_eq!(next(&mut stream).await, Some(json!({"type": "missed"})));
    for number in 6..10 {
        let id = number.to_string();
        let expected = json!({"type": "document", "id": id});
        assert_eq!(next(&mut stream).await, Some(expected));
    }
}

#[tokio::test]
async fn the_stream_ends_when_the_node_stops() {
    let world = World::new();
    let mut stream = open(&world).await;
    world.stop.send(true).unwrap();
    assert_eq!(next(&mut stream).await, None);
}

#[tokio::test]
async fn the_stream_ends_when_the_person_is_revoked() {
    let mut world = World::new();
    let mut stream = open(&world).await;
    world.changes.send(document(1)).unwrap();
    assert!(next(&mut stream).await.is_some());
    world.tokens.revoke("ada-key").unwrap();
    world.changes.send(document(2)).unwrap();
    assert_eq!(next(&mut stream).await, None);
}

#[tokio::test]
async fn streams_are_bounded_and_give_their_place_back() {
    let world = World::new();
    let mut streams = Vec::new();
    for _ in 0..MAX_LISTENERS {
        streams.push(open(&world).await);
    }
    let response = world.send(world.request(Method::GET, "/v1/events")).await;
    problem(response, StatusCode::SERVICE_UNAVAILABLE, "too-many-listeners").await;
    streams.pop();
    streams.push(open(&world).await);
    drop(streams);
    assert_eq!(world.state.listeners.available_permits(), MAX_LISTENERS);
}

#[tokio::test(start_paused = true)]
async fn a_quiet_stream_is_kept_alive() {
    let world = World::new();
    let mut stream = open(&world).await;
    let bytes = stream.next().await.unwrap().unwrap();
    assert!(bytes.starts_with(b":"), "{bytes:?}");
}

/// The rows of a feed that come before the first digest, and its id.
async fn first_batch(world: &World, after: Option<&str>, header: Option<&str>) -> (usize, String) {
    let query = after.map(|id| format!("?after={id}")).unwrap_or_default();
    let mut ask = world.request(Method::GET, &format!("/v1/feeds/d0/events{query}"));
    if let Some(id) = header {
        ask.0.headers_mut().insert("last-event-id", id.parse().unwrap());
    }
    let mut stream = world.send(ask).await.into_body().into_data_stream();
    let mut rows = 0;
    loop {
        let bytes = stream.next().await.unwrap().unwrap();
        let text = std::str::from_utf8(&bytes).unwrap();
        let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name));
        match (field("event: ").unwrap(), field("id: ")) {
            ("row", None) => rows += 1,
            ("digest", Some(id)) => {
                let data: Value = serde_json::from_str(field("data: ").unwrap()).unwrap();
                assert_eq!(data["id"], id);
                return (rows, id.to_owned());
            }
            other => panic!("{other:?} in {text}"),
        }
    }
}

#[tokio::test]
async fn a_feed_comes_whole_unless_the_subscriber_has_it() {
    let world = World::new();
    let (rows, id) = first_batch(&world, None, None).await;
    assert!(rows > 0);
    assert_eq!(first_batch(&world, Some(&id), None).await, (0, id.clone()));
    assert_eq!(first_batch(&world, None, Some(&id)).await, (0, id.clone()));
    assert_eq!(first_batch(&world, Some("other"), None).await, (rows, id));
    let long = format!("/v1/feeds/d0/events?after={}", "a".repeat(65));
    assert!(world.send(world.request(Method::GET, &long)).await.status().is_client_error());
}
