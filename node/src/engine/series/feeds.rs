//! Feeds: what is known of a measure, for those who read it. Rows come from
//! the roll-up, which is kept and brought up to date when somebody asks.

use super::super::{Commons, Engine, Failure};
use crate::store::Store;
use crate::view::{
    ContributorView, FeedQuery, FeedRow, FeedView, MeasureView, NumberView, RatioView, VerifiedSnapshotView,
};
use commons_protocol::disclosure::Policy;
use commons_protocol::id::{Digest, DocumentId, EntryId, OrganisationId};
use commons_protocol::period::Period;
use commons_protocol::rollup::{Rollup, Row, Snapshot, Sum};
use std::collections::{BTreeMap, BTreeSet};

/// Roll-ups by measure, with what they are made of.
#[derive(Debug, Default)]
pub(super) struct Rolled {
    kept: BTreeMap<DocumentId, Kept>,
}

#[derive(Debug)]
struct Kept {
    releases: BTreeSet<EntryId>,
    rollup: Rollup,
    /// Periods that have changed since.
    stale: BTreeSet<Period>,
}

impl Rolled {
    /// Notes that somebody said something about a measure's period.
    pub fn touch(&mut self, measure: &DocumentId, period: Period) {
        if let Some(kept) = self.kept.get_mut(measure) {
            kept.stale.insert(period);
        }
    }
}

impl<S: Store> Engine<S> {
    /// The feed of a measure, named by id, beginning of an id, or title.
    ///
    /// # Errors
    /// [`Failure`] if there is no such measure, or the query names what there
    /// is not.
    pub fn feed(&mut self, measure: &str, query: &FeedQuery) -> Result<FeedView, Failure> {
        let id = self.find_measure(measure)?;
        let wanted = self.wanted_rows(query)?;
        let measure = self.measure_view(&id)?;
        self.roll_up(&id)?;
        let commons = self.commons()?;
        let rollup = commons.series.rolled.rollup(&id)?;
        let mut rows = Vec::new();
        for period in rollup.periods().filter(|period| wanted.has_period(*period)) {
            let network = rollup.rows_of(period).into_iter().map(|row| (None, row));
            let own = rollup.contributions(period).map(|(organisation, row)| (Some(organisation), row));
            let all = network.chain(own).filter(|(organisation, row)| wanted.has(*organisation, row));
            rows.extend(all.map(|(organisation, row)| feed_row(&measure, organisation, &row)));
        }
        let contributors = rollup.contributors(Period::EARLIEST..=Period::LATEST);
        let organisations = contributors
            .iter()
            .map(|id| ContributorView { id: id.to_string(), name: self.name_of(id) })
            .collect();
        Ok(FeedView {
            commons: commons.admission.commons().to_string(),
            digest: rollup.digest().to_string(),
            measure,
            organisations,
            rows,
        })
    }

    /// The feed of a measure as it is now, as a file that can be cited.
    ///
    /// # Errors
    /// [`Failure`] if nobody reported anything yet.
    pub fn snapshot(&mut self, measure: &str) -> Result<Vec<u8>, Failure> {
        let id = self.find_measure(measure)?;
        self.roll_up(&id)?;
        let series = &self.commons()?.series;
        let rollup = series.rolled.rollup(&id)?;
        let (Some(first), Some(last)) = (rollup.periods().next(), rollup.periods().last()) else {
            return Err(Failure::conflict("empty-feed", "nobody has reported anything for this measure yet"));
        };
        let heads: BTreeMap<OrganisationId, EntryId> = rollup
            .contributors(first..=last)
            .into_iter()
            .filter_map(|one| Some((one, *series.reports.line(&one).last()?)))
            .collect();
        let snapshot = Snapshot::of(rollup, first..=last, &heads)
            .map_err(|error| Failure::conflict("snapshot", error.to_string()))?;
        Ok(snapshot.encode())
    }

    /// Computes a snapshot again from the contributions that it names.
    ///
    /// # Errors
    /// [`Failure`] if the bytes are no snapshot, or of another commons.
    pub fn verify_snapshot(&mut self, bytes: &[u8]) -> Result<VerifiedSnapshotView, Failure> {
        let snapshot =
            Snapshot::decode(bytes).map_err(|error| Failure::invalid("no-snapshot", error.to_string()))?;
        let commons = self.commons()?;
        if snapshot.commons != commons.admission.commons() {
            return Err(Failure::invalid("wrong-commons", "this is a snapshot of a feed of another commons"));
        }
        let mut view = VerifiedSnapshotView {
            digest: snapshot.digest().to_string(),
            computed: None,
            verified: false,
            measure: snapshot.measure.to_string(),
            sentence: String::new(),
            changed_since: true,
        };
        if !commons.has_policy(&snapshot.policy) {
            "no charter of this commons ever had the disclosure policy that it names"
                .clone_into(&mut view.sentence);
            return Ok(view);
        }
        let releases = self.counted_releases(&snapshot.measure)?;
        let rollup = match commons.roll_up_to(&snapshot, &releases) {
            Ok(rollup) => rollup,
            Err(organisation) => {
                view.sentence = format!(
                    "this node does not hold what {} had reported by then; catch up and try again",
                    self.name_of(&organisation)
                );
                return Ok(view);
            }
        };
        view.computed = computed(&snapshot, &rollup).map(|computed| computed.to_string());
        let now = self.snapshot(&view.measure).ok();
        view.changed_since = now.as_deref() != Some(bytes);
        let checked = snapshot.check(&rollup);
        view.verified = checked.is_ok();
        view.sentence = match (checked, view.changed_since) {
            (Ok(()), true) => "the contributions give this digest; the feed has changed since".to_owned(),
            (Ok(()), false) => "the contributions give this digest; it is the feed as it is now".to_owned(),
            (Err(error), _) => format!(
                "{error}: the file was changed, or this node judges otherwise; compare it with the feed, and get the \
                 file again where you have it from"
            ),
        };
        Ok(view)
    }

    /// Brings the roll-up of a measure up to date.
    pub(super) fn roll_up(&mut self, id: &DocumentId) -> Result<(), Failure> {
        let (releases, policy) = (self.counted_releases(id)?, self.disclosure());
        let commons = self.commons_mut()?;
        let kept = commons.series.rolled.kept.remove(id);
        let known = kept.filter(|kept| kept.releases == releases && *kept.rollup.policy() == policy);
        let kept = match known {
            Some(kept) => commons.refreshed(id, kept),
            None => Kept { rollup: commons.rollup(id, policy, &releases), releases, stale: BTreeSet::new() },
        };
        commons.series.rolled.kept.insert(*id, kept);
        Ok(())
    }

    fn wanted_rows(&self, query: &FeedQuery) -> Result<Wanted, Failure> {
        let period = |text: &Option<String>| {
            let parsed = text.as_deref().map(str::parse::<Period>).transpose();
            parsed.map_err(|error| Failure::invalid("bad-period", error.to_string()))
        };
        let organisation = match query.organisation.as_deref() {
            None => None,
            Some("network") => Some(None),
            Some(name) => Some(Some(self.find_member(name)?)),
        };
        let stratifier = query.stratifier.clone().map(|code| (code != "total").then_some(code));
        let stratum = query.stratum.clone();
        Ok(Wanted { organisation, stratifier, stratum, from: period(&query.from)?, to: period(&query.to)? })
    }
}

impl Rolled {
    fn rollup(&self, id: &DocumentId) -> Result<&Rollup, Failure> {
        let kept = self.kept.get(id).map(|kept| &kept.rollup);
        kept.ok_or_else(|| Failure::internal("feed", "it was not rolled up"))
    }
}

impl Commons {
    /// Everything that is said of a measure by these releases.
    fn rollup(&self, id: &DocumentId, policy: Policy, releases: &BTreeSet<EntryId>) -> Rollup {
        let mut rollup = Rollup::new(self.admission.commons(), *id, policy);
        for (organisation, account) in self.series.reports.accounts() {
            for table in account.tables_of(id) {
                if releases.contains(&table.statement.ground.release) {
                    rollup.set(*organisation, table.statement.table.period, Some(table));
                }
            }
        }
        rollup
    }

    fn refreshed(&self, id: &DocumentId, mut kept: Kept) -> Kept {
        for period in std::mem::take(&mut kept.stale) {
            for (organisation, account) in self.series.reports.accounts() {
                let table = account.table(id, period);
                let counted = table.filter(|table| kept.releases.contains(&table.statement.ground.release));
                kept.rollup.set(*organisation, period, counted);
            }
        }
        kept
    }

    /// The roll-up of what organisations had said up to a snapshot's heads by
    /// releases that it names and that count.
    ///
    /// # Errors
    /// The organisation of which that is not held.
    fn roll_up_to(&self, snapshot: &Snapshot, counted: &BTreeSet<EntryId>) -> Result<Rollup, OrganisationId> {
        let mut rollup = Rollup::new(snapshot.commons, snapshot.measure, snapshot.policy);
        for (organisation, head) in &snapshot.heads {
            let account = self.series.reports.account_after(organisation, &[*head]).ok_or(*organisation)?;
            for table in account.tables_of(&snapshot.measure) {
                let release = &table.statement.ground.release;
                if snapshot.releases.contains(release) && counted.contains(release) {
                    rollup.set(*organisation, table.statement.table.period, Some(table));
                }
            }
        }
        Ok(rollup)
    }

    fn has_policy(&self, policy: &Policy) -> bool {
        let governance = self.admission.governance();
        governance.is_some_and(|all| all.epochs().iter().any(|epoch| epoch.charter.disclosure() == *policy))
    }
}

/// Which rows are wanted.
struct Wanted {
    /// None: all; `Some(None)`: the network.
    organisation: Option<Option<OrganisationId>>,
    /// None: all; `Some(None)`: all together.
    stratifier: Option<Option<String>>,
    /// None: all.
    stratum: Option<(String, String)>,
    from: Option<Period>,
    to: Option<Period>,
}

impl Wanted {
    fn has_period(&self, period: Period) -> bool {
        self.from.is_none_or(|from| from <= period) && self.to.is_none_or(|to| period <= to)
    }

    fn has(&self, organisation: Option<OrganisationId>, row: &Row) -> bool {
        let stratum = row.stratum.as_ref().map(|(stratifier, code)| (&**stratifier, &**code));
        let stratifier = stratum.map(|(stratifier, _)| stratifier);
        let is_stratum =
            |(first, second): &(String, String)| stratum == Some((first.as_str(), second.as_str()));
        self.organisation.is_none_or(|wanted| wanted == organisation)
            && self.stratifier.as_ref().is_none_or(|wanted| wanted.as_deref() == stratifier)
            && self.stratum.as_ref().is_none_or(is_stratum)
    }
}

/// The digest of the snapshot that a roll-up gives in place of this one; none
/// if it gives none.
fn computed(snapshot: &Snapshot, rollup: &Rollup) -> Option<Digest> {
    let heads: BTreeMap<OrganisationId, EntryId> = snapshot.heads.iter().copied().collect();
    let periods = snapshot.periods.first..=snapshot.periods.last;
    Some(Snapshot::of(rollup, periods, &heads).ok()?.digest())
}

pub(super) fn feed_row(measure: &MeasureView, organisation: Option<OrganisationId>, row: &Row) -> FeedRow {
    let reasons = [Some(row.numerator), row.denominator, row.excluded];
    let withheld = reasons.iter().flatten().find_map(|sum| sum.withheld());
    FeedRow {
        period: row.period.to_string(),
        first: row.period.first().to_string(),
        last: row.period.last().to_string(),
        organisation: organisation.map(|id| id.to_string()),
        stratifier: row.stratum.as_ref().map(|(code, _)| code.to_string()),
        stratum: row.stratum.as_ref().map(|(_, code)| code.to_string()),
        numerator: number(row.numerator),
        denominator: row.denominator.map(number),
        excluded: row.excluded.map(number),
        value: value(measure, row),
        organisations: row.organisations,
        masked: row.masked,
        withheld: withheld.map(|reason| reason.to_string()),
    }
}

fn number(sum: Sum) -> NumberView {
    match sum {
        Sum::Known(number) => NumberView::Known { number },
        Sum::Between { low, high } => NumberView::Masked { low, high },
        Sum::Withheld(_) => NumberView::Withheld,
    }
}

/// Numerator by denominator times what the measure multiplies by; the
/// numerator alone where there is no denominator.
fn value(measure: &MeasureView, row: &Row) -> Option<RatioView> {
    let per = f64::from(measure.per);
    let (low, high) = row.numerator.ends()?;
    let Some(denominator) = row.denominator else {
        return Some(RatioView { low: ratio(low, 1, per), high: high.map(|high| ratio(high, 1, per)) });
    };
    let (least, most) = denominator.ends()?;
    let is_nobody = most == Some(0);
    let whole = (measure.kind == "proportion").then_some(per);
    let high = match (high, least) {
        (Some(high), 1..) => Some(ratio(high, least, per)),
        _ => None,
    };
    let value = RatioView {
        low: most.map_or(0.0, |most| ratio(low, most, per)),
        high: match (high, whole) {
            (Some(high), Some(whole)) => Some(high.min(whole)),
            (high, whole) => high.or(whole),
        },
    };
    (!is_nobody).then_some(value)
}

/// Exact up to 2^53, which no count of people reaches.
#[allow(clippy::cast_precision_loss)]
fn ratio(numerator: u64, denominator: u64, per: f64) -> f64 {
    numerator as f64 / denominator as f64 * per
}
