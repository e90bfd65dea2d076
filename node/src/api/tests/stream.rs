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
