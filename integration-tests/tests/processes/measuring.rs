//! A measure on its way: defined, reviewed and released; then three
//! organisations report it while one is off and another is cut off, correct
//! and take back, and in the end all of them read the same.

use commons_integration_tests::process::{Node, Place, join, wait_until_equal};
use commons_node::view::{
    DocumentView, EgressView, FeedRow, FeedView, HeldView, NumberView, SubmissionView, VerifiedSnapshotView,
};

use crate::scene::{council, founder, path, research};

const TITLE: &str = "Clinical remission";

/// January of the hospital: four adolescents are too few to be told.
const JANUARY: &str = "period,stratifier,stratum,numerator,denominator
2026-01,,,84,120
2026-01,age,0-11,80,100
2026-01,age,12-17,4,20
";

/// A month of one organisation, all together.
fn month(period: &str, numerator: u64, denominator: u64) -> String {
    format!("period,numerator,denominator\n{period},{numerator},{denominator}\n")
}

#[test]
fn three_organisations_report_in_any_order_and_all_read_the_same() {
    let place = Place::new();
    let hospital = founder(&place);
    let council = place.init("council", &council()).start();
    join(&council, &[&hospital]);
    let research = place.init("research", &research()).start();
    join(&research, &[&hospital, &council]);
    wait_until_equal(&[&hospital, &council, &research], |_| true);
    let series = Series { place: &place, measure: released(&hospital, &council, &research) };

    let away = research.stop();
    pause(&place, &council);
    series.hospital_and_council_report_apart(&hospital, &council);
    let research = away.start();
    series.research_reports_what_the_council_does_not_hear(&hospital, &council, &research);
    council.commons(&["network", "resume"]).ok();
    wait_until_equal(&[&hospital, &council, &research], |_| true);

    series.everybody_reads_the_same(&hospital, &council, &research);
    series.a_snapshot_of_one_is_computed_again_by_all(&hospital, &council, &research);
    series.nothing_is_lost_by_a_restart(hospital, council);
}

fn person(node: &Node, name: &str, role: &str) -> String {
    let added = node.commons(&["person", "add", name, "--role", role]).ok();
    added["token"].as_str().expect("a new person gets a token").to_owned()
}

/// Defines a measure and has it reviewed as the charter asks for.
fn released(hospital: &Node, council: &Node, research: &Node) -> String {
    let settle = || wait_until_equal(&[hospital, council, research], |_| true);
    let parent = person(council, "Noor", "patient");
    let clinician = person(hospital, "Dr Berg", "clinician");
    let define = ["measure", "define", TITLE, "--kind", "proportion", "--calendar", "month"];
    let words = ["--population", "Seen", "--numerator", "In remission", "--denominator", "Assessed"];
    let strata = ["--stratum", "age:0-11=Children", "--stratum", "age:12-17=Adolescents"];
    let defined: DocumentView = research.commons(&[&define[..], &words, &strata].concat()).view();
    let id = defined.summary.id;
    research.commons(&["review", "ask", &id]).ok();
    settle();
    council.commons(&["review", "approve", &id, "--token", &parent]).ok();
    hospital.commons(&["review", "approve", &id, "--token", &clinician]).ok();
    settle();
    research.commons(&["release", "publish", &id]).ok();
    settle();
    id
}

fn pause(place: &Place, node: &Node) {
    node.commons(&["network", "pause"]).ok();
    place.wait("the node is alone", || {
        let status = node.status();
        (status.network_paused && !status.peers.iter().any(|peer| peer.connected)).then_some(())
    });
}

/// The series of one measure.
struct Series<'p> {
    place: &'p Place,
    measure: String,
}

impl Series<'_> {
    #[track_caller]
    fn submit(&self, node: &Node, table: &str) -> SubmissionView {
        let file = self.place.file("figures.csv", table);
        let view: SubmissionView =
            node.commons(&["series", "submit", path(&file), "--measure", TITLE, "--yes"]).view();
        assert!(view.sent, "{view:?}");
        view
    }

    #[track_caller]
    fn feed(&self, node: &Node) -> FeedView {
        node.api().get(&format!("/v1/feeds/{}", self.measure)).expect("the feed can be read")
    }

    fn hospital_and_council_report_apart(&self, hospital: &Node, council: &Node) {
        let masked = self.submit(hospital, JANUARY);
        assert!(masked.masked >= 2 && masked.told >= 2, "{masked:?}");
        self.submit(hospital, &month("2026-02", 90, 130));
        self.submit(hospital, &month("2026-02", 70, 130));
        let held = self.submit(hospital, &month("2026-02", 73, 130));
        assert_eq!((held.held, held.entries.len()), (1, 0), "{held:?}");

        self.submit(council, &month("2026-01", 45, 90));
        self.submit(council, &month("2026-02", 60, 100));
        self.submit(council, &month("2026-01", 60, 90));
        let withdrawn: SubmissionView =
            council.commons(&["series", "withdraw", TITLE, "2026-02", "--yes"]).view();
        assert!(withdrawn.sent);
        assert_eq!(self.feed(hospital).organisations.len(), 1);
        assert_eq!(self.feed(council).organisations.len(), 1);
    }

    fn research_reports_what_the_council_does_not_hear(
        &self,
        hospital: &Node,
        council: &Node,
        research: &Node,
    ) {
        self.submit(research, &month("2026-02", 50, 80));
        self.submit(research, &month("2026-01", 70, 140));
        wait_until_equal(&[hospital, research], |_| true);
        assert_eq!(self.feed(hospital), self.feed(research));
        assert_eq!(self.feed(hospital).organisations.len(), 2);
        assert_ne!(self.feed(council).digest, self.feed(hospital).digest);
    }

    fn everybody_reads_the_same(&self, hospital: &Node, council: &Node, research: &Node) {
        let feed = self.feed(hospital);
        for node in [council, research] {
            assert_eq!(self.feed(node), feed);
        }
        let names: Vec<&str> = feed.organisations.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(feed.organisations.len(), 3, "{names:?}");
        let january = network(&feed, "2026-01");
        assert_eq!(
            (january.organisations, known(&january.numerator)),
            (3, Some(84 + 60 + 70)),
            "{january:?}"
        );
        let february = network(&feed, "2026-02");
        assert_eq!((february.organisations, &february.numerator), (2, &NumberView::Withheld), "{february:?}");
        let masked: Vec<&FeedRow> =
            feed.rows.iter().filter(|row| matches!(row.numerator, NumberView::Masked { .. })).collect();
        assert!(masked.len() >= 2, "{:?}", feed.rows);
        for row in masked {
            assert_is_wide(&row.numerator);
        }
        let mine: Vec<(String, String)> = ledger(council);
        let told = [
            ("2026-01", "report"),
            ("2026-02", "report"),
            ("2026-01", "correction"),
            ("2026-02", "withdrawal"),
        ];
        assert_eq!(mine, told.map(|(period, what)| (period.to_owned(), what.to_owned())));
    }

    fn a_snapshot_of_one_is_computed_again_by_all(&self, hospital: &Node, council: &Node, research: &Node) {
        let file = self.place.path().join("remission.snapshot");
        research.commons(&["feed", "snapshot", TITLE, path(&file)]).ok();
        for node in [hospital, council, research] {
            let view: VerifiedSnapshotView = node.commons(&["feed", "verify", path(&file)]).view();
            assert!(view.verified && !view.changed_since, "{view:?}");
            assert_eq!(view.computed.as_ref(), Some(&view.digest));
        }
        let mut bytes = std::fs::read(&file).expect("the snapshot was written");
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        let changed = self.place.file("changed.snapshot", bytes);
        assert_eq!(council.commons(&["feed", "verify", path(&changed)]).code, Some(1));
        // What is said later takes nothing from what was cited.
        self.submit(council, &month("2026-03", 66, 110));
        wait_until_equal(&[hospital, council, research], |_| true);
        assert_eq!(self.feed(hospital), self.feed(council));
        let later: VerifiedSnapshotView = hospital.commons(&["feed", "verify", path(&file)]).view();
        assert!(later.verified && later.changed_since, "{later:?}");
    }

    fn nothing_is_lost_by_a_restart(&self, hospital: Node, council: Node) {
        let (feed, told) = (self.feed(&hospital), ledger(&hospital));
        let held = |node: &Node| node.commons(&["series", "held"]).view::<Vec<HeldView>>();
        let before = held(&hospital);
        assert_eq!(before.len(), 1, "{before:?}");
        let hospital = hospital.kill().start();
        assert_eq!((self.feed(&hospital), ledger(&hospital)), (feed, told));
        assert_eq!(held(&hospital), before);
        let council = council.stop().start();
        wait_until_equal(&[&hospital, &council], |_| true);
        self.submit(&council, &month("2026-04", 77, 120));
        wait_until_equal(&[&hospital, &council], |_| true);
        assert_eq!(self.feed(&hospital), self.feed(&council));
    }
}

/// What left an organisation: month and kind.
#[track_caller]
fn ledger(node: &Node) -> Vec<(String, String)> {
    let rows: Vec<EgressView> = node.commons(&["egress"]).view();
    assert!(rows.iter().all(|row| row.counts), "{rows:?}");
    rows.into_iter().map(|row| (row.period, row.what)).collect()
}

/// The network's row of all together.
#[track_caller]
fn network<'a>(feed: &'a FeedView, period: &str) -> &'a FeedRow {
    let mut rows = feed.rows.iter();
    let row = rows.find(|row| row.period == period && row.organisation.is_none() && row.stratum.is_none());
    row.unwrap_or_else(|| panic!("no row of {period} in {:?}", feed.rows))
}

fn known(number: &NumberView) -> Option<u64> {
    match number {
        NumberView::Known { number } => Some(*number),
        _ => None,
    }
}

/// A masked number can be any of at least as many as the threshold.
#[track_caller]
fn assert_is_wide(number: &NumberView) {
    let NumberView::Masked { low, high } = number else { panic!("{number:?} is not masked") };
    assert!(high.is_none_or(|high| high - low + 1 >= 10), "{number:?}");
}
