//! Attached files by HTTP.

use axum::body::Bytes;

use super::*;
use crate::api::stand_in::FILE;

fn hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

fn put(world: &World, bytes: &[u8]) -> Ask {
    let mut ask = world.request(Method::POST, "/v1/blobs");
    *ask.0.body_mut() = Body::from(bytes.to_vec());
    ask.header(header::CONTENT_LENGTH, &bytes.len().to_string())
}

fn get(world: &World, bytes: &[u8]) -> Ask {
    world.request(Method::GET, &format!("/v1/blobs/{}", hash(bytes)))
}

async fn content(response: Response) -> Bytes {
    axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap()
}

fn long() -> Vec<u8> {
    (0..600_000_u32).flat_map(|number| number.to_le_bytes().into_iter().take(1)).collect()
}

#[tokio::test]
async fn what_was_stored_is_given_back_and_never_shown() {
    let world = World::new();
    for bytes in [long(), b"<script>".to_vec(), Vec::new()] {
        let stored = body(world.send(put(&world, &bytes)).await).await;
        assert_eq!(stored, json!({"hash": hash(&bytes), "size": bytes.len()}));
        let response = world.send(get(&world, &bytes).header(header::ACCEPT, "text/html")).await;
        assert_eq!(response.status(), StatusCode::OK);
        let headers = response.headers();
        assert_eq!(headers[header::CONTENT_TYPE], "application/octet-stream");
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(headers[header::CONTENT_SECURITY_POLICY], "default-src 'none'; sandbox");
        assert_eq!(headers[header::CONTENT_LENGTH], bytes.len().to_string().as_str());
        assert!(headers[header::CONTENT_DISPOSITION].to_str().unwrap().starts_with("attachment; "));
        assert!(content(response).await == bytes);
    }
}

#[tokio::test]
async fn a_download_is_resumed() {
    let world = World::new();
    let bytes = long();
    world.send(put(&world, &bytes)).await;
    let end = bytes.len() - 1;
    for (range, start, end) in [
        ("bytes=0-0", 0, 0),
        ("bytes=262143-262144", 262_143, 262_144),
        ("bytes=262144-524287", 262_144, 524_287),
        ("bytes=100-", 100, end),
        ("bytes=-5", end - 4, end),
        ("bytes=599999-9999999", 599_999, end),
    ] {
        let response = world.send(get(&world, &bytes).header(header::RANGE, range)).await;
        assert_eq!(response.status(), StatusCode::PARTIAL_CONTENT, "{range}");
        let told = format!("bytes {start}-{end}/600000");
        assert_eq!(response.headers()[header::CONTENT_RANGE], told.as_str());
        assert_eq!(response.headers()[header::CONTENT_LENGTH], (end - start + 1).to_string().as_str());
        assert!(content(response).await == bytes[start..=end], "{range}");
    }
    let response = world.send(get(&world, &bytes).header(header::RANGE, "bytes=600000-")).await;
    assert_eq!(response.headers()[header::CONTENT_RANGE], "bytes */600000");
    problem(response, StatusCode::RANGE_NOT_SATISFIABLE, "no-such-range").await;
    let other = get(&world, &bytes).header(header::RANGE, "bytes=5-").header(header::IF_RANGE, "\"x\"");
    assert_eq!(world.send(other).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn files_are_listed() {
    let world = World::new();
    world.send(put(&world, b"once")).await;
    world.send(put(&world, b"once")).await;
    let view = world.get("/v1/blobs").await;
    assert_eq!((&view["wanted"], &view["used_bytes"]), (&json!(0), &json!(FILE.len() + 4)));
    let files = view["files"].as_array().unwrap();
    assert_eq!(files.len(), 2);
    let once = files.iter().find(|file| file["hash"] == hash(b"once").as_str()).unwrap();
    assert_eq!((&once["state"], &once["done_bytes"]), (&json!("unused"), &json!(4)));
}

#[tokio::test]
async fn what_is_too_large_or_breaks_off_leaves_nothing() {
    let world = World::new();
    let room = 1 << 20;
    let too_large = put(&world, b"").header(header::CONTENT_LENGTH, "268435457");
    problem(world.send(too_large).await, StatusCode::PAYLOAD_TOO_LARGE, "file-too-large").await;
    let refused = put(&world, &vec![1; room]);
    let detail =
        problem(world.send(refused).await, StatusCode::INSUFFICIENT_STORAGE, "no-room-for-files").await;
    assert!(detail.contains("[blobs]"), "{detail}");
    let endless = futures::stream::repeat_with(|| Ok::<_, io::Error>(vec![b' '; 1 << 16]));
    let mut ask = world.request(Method::POST, "/v1/blobs");
    *ask.0.body_mut() = Body::from_stream(endless);
    problem(world.send(ask).await, StatusCode::INSUFFICIENT_STORAGE, "no-room-for-files").await;
    let broken = futures::stream::iter([Ok(vec![1; 300_000]), Err(io::Error::other("cut"))]);
    let mut ask = world.request(Method::POST, "/v1/blobs");
    *ask.0.body_mut() = Body::from_stream(broken);
    problem(world.send(ask).await, StatusCode::BAD_REQUEST, "unreadable-body").await;
    assert_eq!(world.get("/v1/blobs").await["used_bytes"], FILE.len());
}

#[tokio::test]
async fn only_so_many_files_are_stored_at_a_time() {
    let world = World::new();
    let blobs = world.state.handle.blobs().unwrap();
    let places: Vec<_> = std::iter::from_fn(|| blobs.take_place()).collect();
    assert_eq!(places.len(), 4);
    let busy = world.send(put(&world, b"x")).await;
    problem(busy, StatusCode::SERVICE_UNAVAILABLE, "too-many-uploads").await;
    drop(places);
    assert_eq!(world.send(put(&world, b"x")).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn what_is_not_here_or_no_hash_is_said() {
    let world = World::new();
    problem(world.send(get(&world, b"unknown")).await, StatusCode::NOT_FOUND, "file-not-here").await;
    for name in ["ab", "..%2f..%2fkeys", &hash(b"x").to_uppercase()] {
        let response = world.send(world.request(Method::GET, &format!("/v1/blobs/{name}"))).await;
        problem(response, StatusCode::UNPROCESSABLE_ENTITY, "invalid-request").await;
    }
}
