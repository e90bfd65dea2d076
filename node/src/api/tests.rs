use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use axum::response::Response;
use futures::StreamExt;
use serde_json::{Value, json};
use tokio::sync::broadcast;
use tower::ServiceExt;

use super::*;
use crate::engine::{Failure, FailureKind};
use crate::tokens::{Holder, Token, Tokens};
use crate::view::ChangeView;

mod aggregates;
mod blobs;
mod bounds;
mod contract;
mod server;
mod stream;

/// An API with an administrator and a plain person.
struct World {
    router: Router,
    state: ApiState,
    changes: broadcast::Sender<ChangeView>,
    stop: watch::Sender<bool>,
    tokens: Tokens,
    ada: Token,
    ben: Token,
    _home: tempfile::TempDir,
}

fn holder(name: &str, administrator: bool) -> Holder {
    Holder { person: format!("{name}-key"), name: name.to_owned(), administrator }
}

impl World {
    fn new() -> World {
        let (handle, changes) = Handle::stand_in();
        World::with(handle, changes, &config::Api::default())
    }

    fn failing(kind: FailureKind) -> World {
        let (_, changes) = Handle::stand_in();
        let handle = Handle::stand_in_failing(Failure {
            kind,
            code: "some-code".to_owned(),
            detail: "Some detail.".to_owned(),
        });
        World::with(handle, changes, &config::Api::default())
    }

    fn with(handle: Handle, changes: broadcast::Sender<ChangeView>, settings: &config::Api) -> World {
        let home = tempfile::tempdir().unwrap();
        let mut tokens = Tokens::open(&home.path().join("tokens.json")).unwrap();
        let ada = tokens.add(holder("ada", true)).unwrap();
        let ben = tokens.add(holder("ben", false)).unwrap();
        let (stop, stopped) = watch::channel(false);
        let state = ApiState::new(handle, tokens.lookup(), settings, stopped);
        World { router: router(state.clone()), state, changes, stop, tokens, ada, ben, _home: home }
    }

    /// A request of the administrator.
    fn request(&self, method: Method, path: &str) -> Ask {
        Ask::new(method, path).token(self.ada.reveal())
    }

    async fn send(&self, ask: Ask) -> Response {
        self.router.clone().oneshot(ask.0).await.unwrap()
    }

    async fn get(&self, path: &str) -> Value {
        let response = self.send(self.request(Method::GET, path)).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        body(response).await
    }
}

/// A request in the making.
struct Ask(Request<Body>);

impl Ask {
    fn new(method: Method, path: &str) -> Ask {
        Ask(Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "127.0.0.1:7420")
            .body(Body::empty())
            .unwrap())
    }

    fn header(mut self, name: header::HeaderName, value: &str) -> Ask {
        self.0.headers_mut().insert(name, value.parse().unwrap());
        self
    }

    fn token(self, token: &str) -> Ask {
        self.header(header::AUTHORIZATION, &format!("Bearer {token}"))
    }

    fn json(self, body: &Value) -> Ask {
        self.text(&body.to_string())
    }

    fn text(mut self, body: &str) -> Ask {
        *self.0.body_mut() = Body::from(body.to_owned());
        self.header(header::CONTENT_TYPE, "application/json")
    }
}

async fn body(response: Response) -> Value {
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

/// Checks that an answer is a problem of that status and code; its detail.
async fn problem(response: Response, status: StatusCode, code: &str) -> String {
    let kind = response.headers()[header::CONTENT_TYPE].clone();
    let found = response.status();
    let problem = body(response).await;
    assert_eq!((found, &problem["code"]), (status, &json!(code)), "{problem}");
    assert_eq!(kind, "application/problem+json");
    assert_eq!(problem["status"], status.as_u16());
    let name = format!("https://commons.invalid/problems/{code}");
    assert_eq!(problem["type"], name.as_str());
    problem["detail"].as_str().unwrap().to_owned()
}
