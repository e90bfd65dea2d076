//! `feed follow` at a council, while its node is killed, a month is taken
//! back, and whoever reads what it prints is gone.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use commons_integration_tests::process::{Home, Place, join, wait_until_equal};
use commons_node::view::FeedEvent;

use super::{Measure, TITLE};
use crate::scene::{council, founder, path};

#[test]
fn a_follower_hears_everything_once_whatever_stops() {
    let place = Place::new();
    let hospital = founder(&place);
    let measure = Measure::released(&place, &hospital);
    let council = place.init("council", &council()).start();
    join(&council, &[&hospital]);
    measure.submit(&hospital, "2026-01", 84);
    measure.submit(&hospital, "2026-02", 70);
    wait_until_equal(&[&hospital, &council], |_| true);

    let state = place.path().join("remission.state");
    let following = Following::start(&place, council.home(), &state);
    following.wait_for(&place, "row 2026-02");
    // The node goes, and what is sent meanwhile comes when it is back.
    let council = council.kill();
    measure.submit(&hospital, "2026-03", 60);
    let council = council.start();
    following.wait_for(&place, "row 2026-03");
    measure.by(&hospital, &["series", "withdraw", TITLE, "2026-02", "--yes"]).ok();
    following.wait_for(&place, "gone 2026-02");
    assert_eq!(following.told(), ["row 2026-01", "row 2026-02", "row 2026-03", "gone 2026-02"]);
    assert!(following.troubles().contains("Trying again"), "it says what it waits for");
    following.wait_until_kept(&place, &state);
    drop(following);

    // The title and the id are the same feed, and what was read is read.
    let again = |measure: &str, more: &[&str]| {
        let follow = ["feed", "follow", measure, "--state", path(&state)];
        council.commons(&[&follow[..], more].concat())
    };
    for answer in [again(TITLE, &["--until", "2026-03"]), again(&measure.id, &["--once"])] {
        assert_eq!((answer.code, answer.stdout.as_str()), (Some(0), ""), "{answer:?}");
    }
    measure.submit(&hospital, "2026-04", 75);
    wait_until_equal(&[&hospital, &council], |_| true);
    tell_nobody(&place, council.home(), &state);
    assert_eq!(told(&again(TITLE, &["--once"]).stdout), ["row 2026-04"], "nobody had read it");
    assert_eq!(again(TITLE, &["--once"]).stdout, "");
}

/// A `feed follow` beside the test. It ends with its scope.
struct Following {
    child: Child,
    out: PathBuf,
    err: PathBuf,
}

impl Following {
    fn start(place: &Place, home: &Home, state: &Path) -> Self {
        let (out, err) = (place.path().join("following.log"), place.path().join("troubles.log"));
        let file = |path: &Path| File::create(path).expect("a log can be made");
        let mut command = home.command(&["feed", "follow", TITLE, "--state", path(state)]);
        let child = command.stdin(Stdio::null()).stdout(file(&out)).stderr(file(&err)).spawn();
        Self { child: child.expect("`commons` can be started"), out, err }
    }

    /// What it said of the hospital's own rows.
    fn told(&self) -> Vec<String> {
        told(&fs::read_to_string(&self.out).expect("a log can be read"))
    }

    fn troubles(&self) -> String {
        fs::read_to_string(&self.err).expect("a log can be read")
    }

    /// Waits until it said this, and that this was all.
    fn wait_for(&self, place: &Place, what: &str) {
        place.wait(what, || {
            let is_told = self.told().last().is_some_and(|last| last == what);
            (is_told && self.last_id().is_some()).then_some(())
        });
    }

    /// The id of the digest that it told last, if nothing came after it.
    fn last_id(&self) -> Option<String> {
        let text = fs::read_to_string(&self.out).expect("a log can be read");
        match events(&text).pop() {
            Some(FeedEvent::Digest { id, .. }) => Some(id),
            _ => None,
        }
    }

    /// Waits until it has written down how far it told.
    fn wait_until_kept(&self, place: &Place, state: &Path) {
        place.wait("it is written down", || {
            let kept = fs::read_to_string(state).ok()?;
            kept.contains(&self.last_id()?).then_some(())
        });
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        // Both fail only when the process has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Follows for a reader who is gone before anything is said.
fn tell_nobody(place: &Place, home: &Home, state: &Path) {
    let (reader, writer) = std::io::pipe().expect("a pipe can be made");
    drop(reader);
    let mut command = home.command(&["feed", "follow", TITLE, "--state", path(state), "--once"]);
    let child = command.stdin(Stdio::null()).stdout(writer).stderr(Stdio::null()).spawn();
    let mut child = child.expect("`commons` can be started");
    place.wait("it ends without a reader", || child.try_wait().expect("a child can be asked"));
}

/// `row PERIOD` and `gone PERIOD` of the only organisation that reports.
fn told(text: &str) -> Vec<String> {
    let word = |event: FeedEvent| match event {
        FeedEvent::Row { row } => row.organisation.is_some().then(|| format!("row {}", row.period)),
        FeedEvent::Gone { period, organisation, .. } => organisation.map(|_| format!("gone {period}")),
        FeedEvent::Digest { .. } => None,
    };
    events(text).into_iter().filter_map(word).collect()
}

/// The lines that are complete.
fn events(text: &str) -> Vec<FeedEvent> {
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole.lines().map(|line| serde_json::from_str(line).expect("each line is an event")).collect()
}
