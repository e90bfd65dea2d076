//! Sockets.

use std::path::Path;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use super::*;

fn settings(api: &str) -> config::Api {
    let head = "version = 1\n[organisation]\nname = \"x\"\nkind = \"site\"\n[api]\n";
    let text = format!("{head}{api}");
    config::Config::parse(Path::new("config.toml"), &text).unwrap().api
}

fn any_port() -> config::Api {
    settings("address = \"127.0.0.1:0\"")
}

#[test]
fn a_port_in_use_names_the_line_to_change() {
    let first = bind(&any_port()).unwrap();
    let address = first.local_addr().unwrap();
    let error = bind(&settings(&format!("address = \"{address}\""))).unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, ApiError::InUse { .. }), "{text}");
    assert!(text.contains(&format!("`address = \"{address}\"` below [api]")), "{text}");
}

#[test]
fn other_addresses_than_loopback_need_consent() {
    let mut open = settings("address = \"0.0.0.0:0\"\nallow_remote = true");
    bind(&open).unwrap();
    open.allow_remote = false;
    let error = bind(&open).unwrap_err();
    assert!(matches!(error, ApiError::NotLoopback { .. }), "{error}");
}

#[tokio::test]
async fn it_serves_and_stops_though_a_stream_is_open() {
    let world = World::new();
    let listener = bind(&any_port()).unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let handle = world.state.handle.clone();
    let lookup = world.tokens.lookup();
    let server = tokio::spawn(async move {
        let shutdown = async move { drop(stopped.await) };
        serve(listener, handle, lookup, &any_port(), shutdown).await
    });
    let mut health = TcpStream::connect(address).await.unwrap();
    let request = format!("GET /health HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    health.write_all(request.as_bytes()).await.unwrap();
    let mut text = String::new();
    health.read_to_string(&mut text).await.unwrap();
    assert!(text.starts_with("HTTP/1.1 200 OK"), "{text}");
    assert!(text.ends_with("{\"status\":\"ok\"}"), "{text}");

    let mut events = TcpStream::connect(address).await.unwrap();
    let token = world.ada.reveal();
    let request =
        format!("GET /v1/events HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\r\n");
    events.write_all(request.as_bytes()).await.unwrap();
    assert_eq!(events.read_u8().await.unwrap(), b'H');
    stop.send(()).unwrap();
    server.await.unwrap().unwrap();
    let mut rest = Vec::new();
    events.read_to_end(&mut rest).await.unwrap();
    assert!(rest.ends_with(b"0\r\n\r\n"), "the stream ended whole");
}

#[tokio::test]
async fn connections_beyond_the_bound_wait_for_room() {
    use axum::serve::Listener;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut bounded = listener::Bounded::new(listener, 1);
    let _first = TcpStream::connect(address).await.unwrap();
    let _second = TcpStream::connect(address).await.unwrap();
    let (accepted, _) = bounded.accept().await;
    let waiting = futures::poll!(std::pin::pin!(bounded.accept()));
    assert!(waiting.is_pending());
    drop(accepted);
    bounded.accept().await;
}

#[tokio::test(start_paused = true)]
async fn a_silent_connection_is_closed_in_the_end() {
    use axum::serve::Listener;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut bounded = listener::Bounded::new(listener, 1);
    let _silent = TcpStream::connect(address).await.unwrap();
    let (mut connection, _) = bounded.accept().await;
    let error = connection.read_u8().await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
}
