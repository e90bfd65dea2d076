//! Deliveries to a server of the test, which answers what the test says.

use std::collections::VecDeque;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::routing::post;
use serde_json::Value;

use super::{BATCH, Hook, WebhookError, signature};
use crate::config::Webhook;
use crate::private_file;
use crate::view::{FeedRow, FeedView, MeasureView, NumberView};

const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// A receiver: the answers to give (200 once there are no more) and what came.
#[derive(Clone, Default)]
struct Receiver {
    answers: Arc<Mutex<VecDeque<u16>>>,
    bodies: Arc<Mutex<Vec<Value>>>,
}

async fn receive(
    State(receiver): State<Receiver>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, [(header::HeaderName, &'static str); 1], &'static str) {
    let given = headers["commons-signature"].to_str().unwrap();
    let seconds = given.strip_prefix("t=").unwrap().split(',').next().unwrap().parse().unwrap();
    assert_eq!(given, signature::header(SECRET.as_bytes(), seconds, &body));
    assert!(seconds.abs_diff(crate::clock::now() / 1_000) < 3_600);
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(uri.to_string(), "/feeds?key=1");
    receiver.bodies.lock().unwrap().push(serde_json::from_slice(&body).unwrap());
    let status = receiver.answers.lock().unwrap().pop_front().unwrap_or(200);
    (StatusCode::from_u16(status).unwrap(), [(header::LOCATION, "/elsewhere")], "thank you")
}

impl Receiver {
    /// Serves on a free port; returns the address.
    async fn start(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/feeds", post(receive)).with_state(self.clone());
        let router = router.layer(axum::extract::DefaultBodyLimit::max(16 << 20));
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://{address}/feeds?key=1")
    }

    fn answer(&self, statuses: &[u16]) {
        self.answers.lock().unwrap().extend(statuses);
    }

    fn take(&self) -> Vec<Value> {
        std::mem::take(&mut *self.bodies.lock().unwrap())
    }
}

fn hook(home: &Path, url: &str) -> Hook {
    let secret = home.join("webhook.secret");
    private_file::write(&secret, format!("{SECRET}\n").as_bytes()).unwrap();
    Hook::open(home, &config(url, None)).unwrap()
}

fn config(url: &str, measures: Option<&[&str]>) -> Webhook {
    Webhook {
        url: url.to_owned().try_into().unwrap(),
        secret: "webhook.secret".into(),
        measures: measures.map(|names| names.iter().map(|name| (*name).to_owned()).collect()),
    }
}

fn measure() -> MeasureView {
    MeasureView {
        id: "ab12cd34".to_owned(),
        title: "Clinical remission".to_owned(),
        kind: "count".to_owned(),
        calendar: "month".to_owned(),
        population: String::new(),
        numerator: String::new(),
        denominator: String::new(),
        direction: None,
        per: 1,
        unit: None,
        target: None,
        threshold: 10,
        extremes_are_sensitive: false,
        stratifiers: Vec::new(),
        release: None,
        version: None,
        released: None,
    }
}

fn feed(digest: &str, rows: &[(&str, u64)]) -> FeedView {
    let row = |(period, number): &(&str, u64)| FeedRow {
        period: (*period).to_owned(),
        first: String::new(),
        last: String::new(),
        organisation: None,
        stratifier: None,
        stratum: None,
        numerator: NumberView::Known { number: *number },
        denominator: None,
        excluded: None,
        value: None,
        organisations: 3,
        masked: 0,
        withheld: None,
    };
    let rows = rows.iter().map(row).collect();
    let digest = digest.to_owned();
    FeedView { commons: "cd".to_owned(), measure: measure(), digest, organisations: Vec::new(), rows }
}

/// `2026-01=40` for a row, `-2026-01` for one that is gone.
fn words(body: &Value) -> Vec<String> {
    let row = |row: &Value| format!("{}={}", row["period"].as_str().unwrap(), row["numerator"]["number"]);
    let gone = |gone: &Value| format!("-{}", gone["period"].as_str().unwrap());
    let (rows, all_gone) = (body["rows"].as_array().unwrap(), body["gone"].as_array().unwrap());
    rows.iter().map(row).chain(all_gone.iter().map(gone)).collect()
}

#[tokio::test]
async fn each_change_is_told_once_also_over_restarts() {
    let (home, receiver) = (tempfile::tempdir().unwrap(), Receiver::default());
    let url = receiver.start().await;
    let first = feed("1", &[("2026-01", 40), ("2026-02", 41)]);
    assert_eq!(hook(home.path(), &url).tell(&first).await.unwrap(), 1);
    let told = receiver.take();
    assert_eq!(words(&told[0]), ["2026-01=40", "2026-02=41"]);
    assert_eq!(
        (&told[0]["commons"], &told[0]["measure"], &told[0]["title"], &told[0]["digest"], &told[0]["more"]),
        (&"cd".into(), &"ab12cd34".into(), &"Clinical remission".into(), &"1".into(), &false.into())
    );
    // The node was restarted.
    let again = hook(home.path(), &url);
    assert_eq!(again.tell(&first).await.unwrap(), 0);
    let second = feed("2", &[("2026-02", 60), ("2026-03", 42)]);
    assert_eq!(again.tell(&second).await.unwrap(), 1);
    let later = receiver.take();
    assert_eq!(words(&later[0]), ["2026-02=60", "2026-03=42", "-2026-01"]);
    assert_ne!(told[0]["id"], later[0]["id"]);
}

#[tokio::test]
async fn what_is_not_acknowledged_is_sent_again_with_the_newest_rows() {
    let (home, receiver) = (tempfile::tempdir().unwrap(), Receiver::default());
    let url = receiver.start().await;
    receiver.answer(&[500, 404, 302]);
    let first = feed("1", &[("2026-01", 40)]);
    let error = hook(home.path(), &url).tell(&first).await.unwrap_err();
    assert!(matches!(error, WebhookError::Refused(500)) && error.is_about_one_feed(), "{error}");
    // A restart lies between.
    let again = hook(home.path(), &url);
    assert!(matches!(again.tell(&first).await, Err(WebhookError::Refused(404))));
    let error = again.tell(&first).await.unwrap_err();
    assert!(matches!(error, WebhookError::Moved(302)) && !error.is_about_one_feed(), "{error}");
    let tries = receiver.take();
    assert_eq!(tries.len(), 3);
    // So the receiver can tell that it is the same.
    assert!(tries.iter().all(|body| body == &tries[0]));
    let newer = feed("3", &[("2026-01", 45), ("2026-02", 41)]);
    assert_eq!(again.tell(&newer).await.unwrap(), 1);
    assert_eq!(words(&receiver.take()[0]), ["2026-01=45", "2026-02=41"]);
    // The same rows come back: no repetition of what was acknowledged.
    assert_eq!(again.tell(&first).await.unwrap(), 1);
    let back = receiver.take();
    assert_eq!(words(&back[0]), ["2026-01=40", "-2026-02"]);
    assert_ne!(back[0]["id"], tries[0]["id"]);
}

#[tokio::test]
async fn a_large_feed_comes_in_pieces_and_goes_on_after_the_last_acknowledged() {
    let (home, receiver) = (tempfile::tempdir().unwrap(), Receiver::default());
    let url = receiver.start().await;
    let periods: Vec<String> = (0..2 * BATCH + 5).map(|number| format!("{number:05}")).collect();
    let rows: Vec<(&str, u64)> = periods.iter().map(|period| (period.as_str(), 50)).collect();
    receiver.answer(&[200, 503]);
    let hook = hook(home.path(), &url);
    assert!(matches!(hook.tell(&feed("1", &rows)).await, Err(WebhookError::Refused(503))));
    assert_eq!(hook.tell(&feed("1", &rows)).await.unwrap(), 2);
    let told = receiver.take();
    let sizes: Vec<usize> = told.iter().map(|body| body["rows"].as_array().unwrap().len()).collect();
    assert_eq!(sizes, [BATCH, BATCH, BATCH, 5]);
    assert_eq!(told[1], told[2]);
    let more: Vec<bool> = told.iter().map(|body| body["more"].as_bool().unwrap()).collect();
    assert_eq!(more, [true, true, true, false]);
    assert_eq!(hook.tell(&feed("2", &[])).await.unwrap(), 3);
    let gone: Vec<usize> =
        receiver.take().iter().map(|body| body["gone"].as_array().unwrap().len()).collect();
    assert_eq!(gone, [BATCH, BATCH, 5]);
}

#[tokio::test]
async fn who_answers_410_is_left_alone() {
    let (home, receiver) = (tempfile::tempdir().unwrap(), Receiver::default());
    let url = receiver.start().await;
    receiver.answer(&[410]);
    let one = hook(home.path(), &url);
    assert!(!one.is_ended());
    assert!(matches!(one.tell(&feed("1", &[("2026-01", 40)])).await, Err(WebhookError::Gone)));
    let again = hook(home.path(), &url);
    assert!(again.is_ended());
    let notice = super::ended(&again);
    assert!(notice.contains("410") && notice.contains(&again.end().display().to_string()), "{notice}");
    assert!(!notice.contains("key=1"), "{notice}");
    // Another address is another receiver.
    assert!(!hook(home.path(), "http://127.0.0.1:1/").is_ended());
}

#[tokio::test]
async fn nobody_there_is_said_and_tried_again() {
    let home = tempfile::tempdir().unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/feeds", listener.local_addr().unwrap());
    drop(listener);
    let hook = hook(home.path(), &url);
    let error = hook.tell(&feed("1", &[("2026-01", 40)])).await.unwrap_err();
    assert!(matches!(error, WebhookError::Connection(_)) && !error.is_about_one_feed(), "{error}");
    let notice = super::failing(&hook.shown(), 3, &error);
    assert!(
        notice.contains(&url) && notice.contains("3 attempts") && notice.contains("no answer"),
        "{notice}"
    );
}

#[tokio::test]
async fn a_damaged_record_of_what_was_told_is_named() {
    let (home, receiver) = (tempfile::tempdir().unwrap(), Receiver::default());
    let url = receiver.start().await;
    let hook = hook(home.path(), &url);
    let now = feed("1", &[("2026-01", 40)]);
    hook.tell(&now).await.unwrap();
    let path = hook.file("ab12cd34");
    let later = r#"{"acknowledged":1,"seen":{"version":2,"rows":[]}}"#;
    for damaged in ["{", later] {
        fs::write(&path, damaged).unwrap();
        let text = hook.tell(&now).await.unwrap_err().to_string();
        assert!(text.contains(&path.display().to_string()) && text.contains("remove it"), "{text}");
    }
    fs::remove_file(&path).unwrap();
    assert_eq!(hook.tell(&now).await.unwrap(), 1);
}

#[test]
fn secrets_are_private_and_long_enough() {
    let home = tempfile::tempdir().unwrap();
    let config = config("http://127.0.0.1:1/", None);
    let text = Hook::open(home.path(), &config).unwrap_err().to_string();
    assert!(text.contains("http://127.0.0.1:1/") && text.contains("does not exist"), "{text}");
    private_file::write(&home.path().join("webhook.secret"), b" 0123456789abcde \n").unwrap();
    let text = Hook::open(home.path(), &config).unwrap_err().to_string();
    assert!(text.contains("16 to 4096 bytes") && text.contains("openssl"), "{text}");
    private_file::write(&home.path().join("webhook.secret"), SECRET.as_bytes()).unwrap();
    let hook = Hook::open(home.path(), &config).unwrap();
    assert!(!format!("{hook:?}").contains("0123"));
}

#[test]
fn measures_are_named_by_title_or_id() {
    let home = tempfile::tempdir().unwrap();
    private_file::write(&home.path().join("webhook.secret"), SECRET.as_bytes()).unwrap();
    let wants = |names: Option<&[&str]>| {
        Hook::open(home.path(), &config("http://127.0.0.1:1/", names)).unwrap().wants(&measure())
    };
    assert!(wants(None) && wants(Some(&["x", "clinical REMISSION "])) && wants(Some(&["AB12CD"])));
    assert!(!wants(Some(&["Clinical"])) && !wants(Some(&["ab1"])) && !wants(Some(&["", "x"])));
}
