//! Canned series and feeds.

use super::{Answer, Handle};
use crate::engine::{Caller, Failure, FailureKind};
use crate::figures::Reading;
use crate::view::{
    ContributorView, DropHeldRequest, EgressView, FeedQuery, FeedView, HeldView, MeasureView, ReleasedView,
    SubmissionOptions, SubmissionView, VerifiedSnapshotView, WithdrawRequest,
};
use serde_json::json;

/// Months that the canned feed has.
const MONTHS: u64 = 14;

#[allow(clippy::unused_async, missing_docs)]
impl Handle {
    pub async fn measures(&self) -> Answer<Vec<MeasureView>> {
        let draft = MeasureView { id: "m1".to_owned(), release: None, ..self.canned_feed()?.measure };
        Ok(vec![self.canned_feed()?.measure, draft])
    }
    pub async fn measure(&self, name: String) -> Answer<MeasureView> {
        Ok(self.feed(name, FeedQuery::default()).await?.measure)
    }
    pub async fn plan_series(
        &self,
        _: &Caller,
        reading: Reading,
        options: SubmissionOptions,
    ) -> Answer<SubmissionView> {
        self.answer::<()>("null")?;
        // What arrived shows in the answer.
        let told = reading.figures.len() as u64;
        let entries = vec![format!("{options:?}")];
        Ok(SubmissionView { entries, told, remarks: reading.remarks, ..SubmissionView::default() })
    }
    pub async fn submit_series(
        &self,
        caller: &Caller,
        reading: Reading,
        options: SubmissionOptions,
    ) -> Answer<SubmissionView> {
        Ok(SubmissionView { sent: true, ..self.plan_series(caller, reading, options).await? })
    }
    pub async fn withdraw_series(&self, _: &Caller, request: WithdrawRequest) -> Answer<SubmissionView> {
        self.answer::<()>("null")?;
        Ok(SubmissionView { entries: vec![format!("{request:?}")], ..SubmissionView::default() })
    }
    pub async fn own_series(&self, measure: Option<String>) -> Answer<Vec<FeedView>> {
        let query = FeedQuery { organisation: Some("0a".to_owned()), ..FeedQuery::default() };
        Ok(vec![self.feed(measure.unwrap_or_else(|| "d0".to_owned()), query).await?])
    }
    pub async fn held_series(&self, caller: &Caller) -> Answer<Vec<HeldView>> {
        Ok(vec![self.canned_held("2026-03", caller.administrator)?])
    }
    pub async fn drop_held(&self, caller: &Caller, request: DropHeldRequest) -> Answer<HeldView> {
        self.canned_held(&request.period, caller.administrator)
    }
    pub async fn egress(&self) -> Answer<Vec<EgressView>> {
        let line = json!({"entry": "e0", "time": 1, "person": "ab", "person_name": "=HYPERLINK(\"x\")",
            "epoch": 0, "rules": 1, "threshold": 10, "measure": "d0", "title": "Visits, \"planned\"",
            "release": "e1", "period": "2026-03", "what": "report", "cells": 3, "numerators": 2,
            "denominators": 3, "excluded": 0, "masked": 1, "counts": true});
        self.answer(&json!([line]).to_string())
    }
    /// What `d0` or `Visits` names: a network of two organisations, whose
    /// second one masks a month, with the query in its digest.
    pub async fn feed(&self, measure: String, query: FeedQuery) -> Answer<FeedView> {
        let mut feed = self.canned_feed()?;
        if !["d0", "abcd", "Visits"].contains(&measure.as_str()) {
            return Err(Failure::not_found("measure", &measure));
        }
        feed.digest = format!("{query:?}");
        let organisation = match query.organisation.as_deref() {
            None => return Ok(feed),
            Some("network") => None,
            Some(name) => {
                let is_meant = |one: &&ContributorView| one.id == name || one.name == name;
                let found = feed.organisations.iter().find(is_meant).map(|one| one.id.clone());
                Some(found.ok_or_else(|| Failure::not_found("member", name))?)
            }
        };
        feed.rows.retain(|row| row.organisation == organisation);
        Ok(feed)
    }
    pub async fn snapshot(&self, _: String) -> Answer<Vec<u8>> {
        self.answer("[1,2,3]")
    }
    pub async fn verify_snapshot(&self, bytes: Vec<u8>) -> Answer<VerifiedSnapshotView> {
        self.answer::<()>("null")?;
        let digest = bytes.len().to_string();
        Ok(VerifiedSnapshotView {
            digest,
            computed: None,
            verified: false,
            measure: "d0".to_owned(),
            sentence: "s".to_owned(),
            changed_since: false,
        })
    }
    pub async fn released_lately(&self, _: usize) -> Answer<Vec<ReleasedView>> {
        self.answer(
            r#"[{"id":"e1","document":"d0","kind":"measure","title":"A & <b>","summary":"s","organisation":"Example Hospital","time_ms":1}]"#,
        )
    }

    fn canned_held(&self, period: &str, is_whole: bool) -> Answer<HeldView> {
        let number = |number: u64| json!({"status": "known", "number": number});
        let cell = |numerator: u64| json!({"numerator": number(numerator), "denominator": number(120)});
        let cell = json!({"stratifier": null, "stratum": null, "held": cell(87), "told": cell(84)});
        let cells = if is_whole { vec![cell] } else { Vec::new() };
        let held = json!({"measure": "d0", "title": "T", "period": period, "since": 1, "reason": "r",
            "threshold": 10, "cells": cells});
        self.answer(&held.to_string())
    }
    fn canned_feed(&self) -> Answer<FeedView> {
        let measure = json!({"id": "d0", "title": "Visits", "kind": "proportion", "calendar": "month",
            "population": "p", "numerator": "n", "denominator": "d", "direction": "increase", "per": 100,
            "unit": null, "target": 80.0, "threshold": 10, "extremes_are_sensitive": false,
            "stratifiers": [{"code": "age", "strata": [["0-4", "Under five"]]}],
            "release": "e1", "version": "ab", "released": "2026-01-01"});
        let known = |number: u64| json!({"status": "known", "number": number});
        let mut rows = Vec::new();
        for number in 0..MONTHS {
            let month = format!("20{:02}-{:02}", 25 + number / 12, number % 12 + 1);
            let day = |day: u64| format!("{month}-{day:02}");
            for organisation in [None, Some("0a"), Some("0b")] {
                let masked = organisation == Some("0b") && number == 3;
                let numerator = match masked {
                    true => json!({"status": "masked", "low": 1, "high": 10}),
                    false => known(40 + number % 5),
                };
                rows.push(json!({"period": month, "first": day(1), "last": day(28),
                    "organisation": organisation, "stratifier": null, "stratum": null,
                    "numerator": numerator, "denominator": known(90), "excluded": null, "value": null,
                    "organisations": 1, "masked": u8::from(masked), "withheld": null}));
            }
        }
        let names = [json!({"id": "0a", "name": "Lakes"}), json!({"id": "0b", "name": "=Hills"})];
        let feed = json!({"commons": "c1", "measure": measure, "digest": "00", "organisations": names,
            "rows": rows});
        self.answer::<()>("null")?;
        serde_json::from_value(feed).map_err(|error| Failure {
            kind: FailureKind::Internal,
            code: "stand-in".to_owned(),
            detail: error.to_string(),
        })
    }
}
