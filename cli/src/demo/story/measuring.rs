//! Two measures are defined and released, three organisations report them, and
//! the network sees a change.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde::Serialize;

use super::{SYNC_TIMEOUT, Story, Writers};
use crate::client::{Client, Stream};
use crate::demo::DemoError;
use crate::demo::fleet::{COUNCIL, HILLSIDE, HOSPITAL, RESEARCH};
use crate::output::text::{count, short};
use crate::view::{
    AskReviewRequest, DocumentView, FeedEvent, FeedRow, FeedView, NewDocument, NumberView, PublicationView,
    ReleaseRequest, ReleaseView, ReviewRequest, ReviewView, SubmissionView,
};

/// Months that each organisation reports at first, from January 2025.
const MONTHS: u32 = 24;
/// Months before care changed: the chart's lines are made from them.
const BEFORE: u32 = 12;

/// A measure of the demo. The figures are made up around published ones.
struct Measure {
    title: &'static str,
    numerator: &'static str,
    denominator: &'static str,
    direction: &'static str,
    /// How it is split: stratifier, then code and label of both strata.
    split: (&'static str, [(&'static str, &'static str); 2]),
    /// Per cent before and after care changed.
    levels: (u32, u32),
    /// People a month at the first organisation; the others have more.
    people: u32,
}

/// Networks for bowel disease report 55 % and later 82 % in remission; one for
/// births more than 15 % and later fewer than 5 % scheduled too early.
const MEASURES: [Measure; 2] = [
    Measure {
        title: "Clinical remission",
        numerator: "Patients in remission at their last visit",
        denominator: "Patients with a visit in the month",
        direction: "increase",
        split: ("age", [("0-11", "Children to 11 years"), ("12-up", "From 12 years")]),
        levels: (55, 74),
        people: 120,
    },
    Measure {
        title: "Births scheduled at 36 to 38 weeks without a documented reason",
        numerator: "Births scheduled without a documented reason",
        denominator: "Scheduled births at 36 to 38 weeks",
        direction: "decrease",
        split: ("referred", [("yes", "Referred from elsewhere"), ("no", "Own patients")]),
        levels: (15, 6),
        people: 240,
    },
];

/// What came of the measures.
#[derive(Debug, Serialize)]
pub struct Measuring {
    /// Titles of the measures.
    pub measures: Vec<String>,
    /// Numbers that were told.
    pub told: u64,
    /// Numbers that were masked.
    pub masked: u64,
    /// One masked number, as everybody reads it.
    pub masked_number: String,
    /// Digest of the first feed, the same at all.
    pub digest: String,
    /// The network's chart.
    pub chart: PathBuf,
    /// What it shows, in words.
    pub signals: Vec<String>,
    /// What a subscriber received of the month that was sent last.
    pub received: String,
}

impl Story {
    /// Tells it.
    pub(super) fn measure(&mut self, writers: &Writers) -> Result<Measuring, DemoError> {
        let mut ids = Vec::new();
        self.step("defining two measures", |story| {
            for measure in &MEASURES {
                ids.push(story.define(writers, measure)?);
            }
            let titles: Vec<&str> = MEASURES.iter().map(|measure| measure.title).collect();
            Ok(format!("The council defined {}; both were reviewed and released.", titles.join(" and ")))
        })?;
        let senders = self.senders(writers)?;
        let mut sent = Vec::new();
        self.step("reporting two years", |story| {
            for (who, sender) in senders.iter().enumerate() {
                sent.push(report(sender, who, 0..MONTHS)?);
            }
            story.wait_for_months(&ids[0], MONTHS)?;
            let (told, masked) = totals(&sent);
            Ok(format!(
                "Three organisations sent {} months of both: {told} numbers told, {masked} masked before they left.",
                MONTHS
            ))
        })?;
        let (digest, masked_number) = self.same_feed(&ids[0])?;
        let (chart, signals) = self.draw(&ids[0])?;
        let received = self.receive(&ids[0], &senders)?;
        let (told, masked) = totals(&sent);
        let measures = MEASURES.iter().map(|measure| measure.title.to_owned()).collect();
        Ok(Measuring { measures, told, masked, masked_number, digest, chart, signals, received })
    }

    /// The council writes a measure; a patient and the hospital's clinician
    /// approve it. Returns its id.
    fn define(&mut self, writers: &Writers, measure: &Measure) -> Result<String, DemoError> {
        let particulars = [
            ("measure-kind", "proportion"),
            ("calendar", "month"),
            ("population", "Everybody seen in the month"),
            ("numerator", measure.numerator),
            ("denominator", measure.denominator),
            ("direction", measure.direction),
        ];
        let (stratifier, strata) = measure.split;
        let strata = strata.map(|(code, label)| (format!("stratum/{stratifier}:{code}"), label.to_owned()));
        let particulars = particulars.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let document = NewDocument {
            kind: "measure".to_owned(),
            title: measure.title.to_owned(),
            text: "# Why\n\nTo see whether care gets better for everybody.\n".to_owned(),
            particulars: particulars.into_iter().chain(strata).collect(),
            language: None,
            description: None,
            override_reason: None,
        };
        let created: DocumentView = writers.council.post("/v1/documents", &document)?;
        let id = created.summary.id;
        let ask =
            AskReviewRequest { note: "Is this the right number?".to_owned(), ..AskReviewRequest::default() };
        let _: PublicationView = writers.council.post(&format!("/v1/documents/{id}/requests"), &ask)?;
        let approve = ReviewRequest { verdict: "approve".to_owned(), ..ReviewRequest::default() };
        let reviews = format!("/v1/documents/{id}/reviews");
        let _: ReviewView = writers.patient.post(&reviews, &approve)?;
        self.wait_for_status(HOSPITAL, &id, "in review")?;
        let _: ReviewView = writers.hospital.post(&reviews, &approve)?;
        self.wait_for_status(COUNCIL, &id, "eligible")?;
        let releases = format!("/v1/documents/{id}/releases");
        let _: ReleaseView = writers.council.post(&releases, &ReleaseRequest::default())?;
        for who in [HOSPITAL, RESEARCH] {
            self.wait_for_status(who, &id, "released")?;
        }
        Ok(id)
    }

    /// Those who report, in the order of the cast.
    fn senders(&mut self, writers: &Writers) -> Result<[Client; 3], DemoError> {
        let research = self.person(RESEARCH, "Ines", "researcher")?;
        Ok([writers.hospital.clone(), writers.council.clone(), research])
    }

    fn wait_for_months(&mut self, id: &str, months: u32) -> Result<(), DemoError> {
        let path = format!("/v1/feeds/{id}?organisation=network&stratifier=total");
        let what = "all members have every organisation's figures";
        self.fleet.wait(what, SYNC_TIMEOUT, |clients| {
            for client in &clients[..HILLSIDE] {
                let feed: FeedView = client.get(&path)?;
                let complete = feed.rows.iter().filter(|row| row.organisations == 3).count();
                if complete < months as usize {
                    return Ok(None);
                }
            }
            Ok(Some(()))
        })
    }

    /// The digest of a feed, which is the same at all members, and one masked
    /// number in words.
    fn same_feed(&mut self, id: &str) -> Result<(String, String), DemoError> {
        let mut feeds: Vec<FeedView> = Vec::new();
        self.step("comparing the feed", |story| {
            for who in 0..HILLSIDE {
                feeds.push(story.fleet.client(who).get(&format!("/v1/feeds/{id}"))?);
            }
            match feeds
                .windows(2)
                .all(|pair| pair[0].digest == pair[1].digest && pair[0].rows == pair[1].rows)
            {
                true => Ok(format!("All three compute the same feed, digest {}.", short(&feeds[0].digest))),
                false => Err(DemoError::Untrue("the members compute different feeds")),
            }
        })?;
        let feed = feeds.swap_remove(0);
        let masked = feed.rows.iter().find_map(|row| match (&row.numerator, row.organisation.as_ref()) {
            (NumberView::Masked { low, high: Some(high) }, Some(_)) => {
                let stratum = row.stratum.as_deref().unwrap_or("all together");
                Some(format!("{}, {stratum}: masked, from {low} to {high}", row.period))
            }
            _ => None,
        });
        Ok((feed.digest, masked.ok_or(DemoError::Untrue("nothing small was masked"))?))
    }

    /// The network's chart as a file, and what it shows in words.
    fn draw(&mut self, id: &str) -> Result<(PathBuf, Vec<String>), DemoError> {
        let place = self.fleet.home(RESEARCH).with_file_name("network.svg");
        let mut signals = Vec::new();
        self.step("drawing the network's chart", |story| {
            let client = story.fleet.client(RESEARCH);
            let query = format!("/v1/feeds/{id}/chart?freeze={BEFORE}");
            let svg = client.get_file(&format!("{query}&format=svg"))?;
            std::fs::write(&place, svg).map_err(|source| DemoError::Place { path: place.clone(), source })?;
            let words: serde_json::Value = client.get(&format!("{query}&format=json"))?;
            signals = sentences(&words);
            match signals.first() {
                Some(first) => Ok(format!("The research group drew it ({}): {first}", place.display())),
                None => Err(DemoError::Untrue("the chart shows no signal although care changed")),
            }
        })?;
        Ok((place, signals))
    }

    /// A subscriber at the research group receives a month that all three send
    /// now.
    fn receive(&mut self, id: &str, senders: &[Client; 3]) -> Result<String, DemoError> {
        let mut received = String::new();
        self.step("following the feed", |story| {
            let events =
                story.fleet.client(RESEARCH).feed_events(id, &[("organisation", Some("network"))])?;
            for (who, sender) in senders.iter().enumerate() {
                report(sender, who, MONTHS..MONTHS + 1)?;
            }
            let period = month(MONTHS);
            let row = new_row(events, &period)?;
            let NumberView::Known { number } = row.numerator else {
                return Err(DemoError::Untrue("the new month of the whole network is not told"));
            };
            received =
                format!("{period}: {number} of all patients in remission, from {}", count(3, "organisation"));
            Ok(format!("A researcher who follows the feed received {received}."))
        })?;
        Ok(received)
    }
}

/// The network's row of a period, once all three contribute.
fn new_row(events: Stream<FeedEvent>, period: &str) -> Result<FeedRow, DemoError> {
    for event in events {
        match event? {
            FeedEvent::Row { row }
                if row.period == period && row.stratifier.is_none() && row.organisations == 3 =>
            {
                return Ok(*row);
            }
            _ => {}
        }
    }
    Err(DemoError::Untrue("the subscription ended before the new month"))
}

/// Sends months of both measures as one CSV file.
fn report(client: &Client, who: usize, months: std::ops::Range<u32>) -> Result<SubmissionView, DemoError> {
    let file = file(who, months);
    let sent: SubmissionView =
        client.upload("/v1/series", file.as_bytes(), u64::try_from(file.len()).unwrap_or(u64::MAX))?;
    match sent.sent {
        true => Ok(sent),
        false => Err(DemoError::Untrue("an organisation's figures were refused")),
    }
}

/// A file as a registry would write it.
fn file(who: usize, months: std::ops::Range<u32>) -> String {
    let mut csv = "measure,period,stratifier,stratum,numerator,denominator\n".to_owned();
    let seed = u32::try_from(who).unwrap_or(0) + 1;
    for measure in &MEASURES {
        for at in months.clone() {
            let level = if at < BEFORE { measure.levels.0 } else { measure.levels.1 };
            // Small differences from month to month and place to place.
            let wobble = (at * 7 + seed * 5) % 9;
            let people = measure.people + 20 * seed + (at * 13 + seed * 11) % 17;
            let (stratifier, [(first, _), (second, _)]) = measure.split;
            let few = people / 5 + wobble;
            let hits = |people: u32| (people * (level + wobble / 3)).div_ceil(100);
            let rows = [(first, hits(few), few), (second, hits(people - few), people - few)];
            let total = rows[0].1 + rows[1].1;
            // Writing to a string can't fail.
            let _ = writeln!(csv, "{},{},,,{total},{people}", measure.title, month(at));
            for (stratum, numerator, denominator) in rows {
                let _ = writeln!(
                    csv,
                    "{},{},{stratifier},{stratum},{numerator},{denominator}",
                    measure.title,
                    month(at)
                );
            }
        }
    }
    csv
}

/// The month so many months after January 2025.
fn month(at: u32) -> String {
    format!("{}-{:02}", 2025 + at / 12, at % 12 + 1)
}

fn totals(sent: &[SubmissionView]) -> (u64, u64) {
    sent.iter().fold((0, 0), |(told, masked), one| (told + one.told, masked + one.masked))
}

/// What a chart shows, in sentences.
fn sentences(chart: &serde_json::Value) -> Vec<String> {
    let signals = chart["words"]["signals"].as_array();
    let text = |value: &serde_json::Value| value.as_str().map(ToOwned::to_owned);
    signals.into_iter().flatten().filter_map(text).collect()
}
