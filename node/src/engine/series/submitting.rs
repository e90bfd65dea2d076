//! Reporting: from figures to signed submissions. A plan says everything that
//! would happen; sending does exactly that.

use super::super::{Caller, Engine, Failure};
use super::assembling::{assemble, remark_at};
use super::holding::Held;
use super::planned::{self, Planned};
use crate::figures::{Figure, Reading, Remark};
use crate::store::Store;
use crate::view::{SubmissionOptions, SubmissionView, WithdrawRequest};
use commons_protocol::body::Content;
use commons_protocol::bounded::BoundedVec;
use commons_protocol::codec;
use commons_protocol::collection::Collection;
use commons_protocol::disclosure::mask::{self, Options, Outcome};
use commons_protocol::disclosure::{Account, Ground, Reported};
use commons_protocol::id::{DocumentId, EntryId};
use commons_protocol::key::PublicKey;
use commons_protocol::limits::{BODY_BYTES, TABLES};
use commons_protocol::period::Period;
use commons_protocol::series::{Part, Submission, Table};
use std::collections::{BTreeMap, BTreeSet};

/// Bytes of tables in one submission: an entry with room for its frame.
const TABLE_BYTES: usize = BODY_BYTES - 2 * 1024;

impl<S: Store> Engine<S> {
    /// What would become of figures.
    ///
    /// # Errors
    /// [`Failure`] if nothing can be said about any of them.
    pub fn plan_series(
        &mut self,
        caller: &Caller,
        reading: Reading,
        options: &SubmissionOptions,
    ) -> Result<SubmissionView, Failure> {
        self.person_of(caller)?;
        let (planned, remarks) = self.plan(reading, options)?;
        self.view_of(&planned, remarks)
    }

    /// Signs and sends what may be told of figures, and keeps what is held.
    /// Nothing is sent if something is refused, unless the options say so.
    ///
    /// # Errors
    /// As [`Engine::plan_series`], or if this node may not report.
    pub fn submit_series(
        &mut self,
        caller: &Caller,
        reading: Reading,
        options: &SubmissionOptions,
    ) -> Result<SubmissionView, Failure> {
        let person = self.person_of(caller)?;
        let (planned, remarks) = self.plan(reading, options)?;
        let mut view = self.view_of(&planned, remarks)?;
        let is_refused = view.remarks.iter().any(|remark| remark.refused)
            || view.tables.iter().any(|table| table.outcome == "refuse");
        if is_refused && !options.skip_refused {
            return Ok(view);
        }
        self.check_reports_here(options.take_over)?;
        let mut entries = Vec::new();
        for one in &planned {
            entries.extend(self.send(person, &one.ground, one.tables())?);
        }
        self.keep_held(&planned)?;
        let (released, remarks) = self.send_held(person)?;
        entries.extend(released);
        view.remarks.extend(remarks);
        self.commit()?;
        (view.sent, view.entries) = (true, entries.iter().map(ToString::to_string).collect());
        Ok(view)
    }

    /// Takes the table of a measure and period back. What was told stays known
    /// to whoever has it.
    ///
    /// # Errors
    /// [`Failure`] if there is no such table.
    pub fn withdraw_series(
        &mut self,
        caller: &Caller,
        request: &WithdrawRequest,
    ) -> Result<SubmissionView, Failure> {
        let person = self.person_of(caller)?;
        let measure = self.find_measure(&request.measure)?;
        let period: Period =
            request.period.parse().map_err(|error| Failure::invalid("bad-period", format!("{error}")))?;
        let account = self.own_account()?;
        let Some(table) = account.table(&measure, period) else {
            let why = format!("nothing is reported for {} in {period}", self.title_of(&measure));
            return Err(Failure::conflict("not-reported", why));
        };
        let ground = (*table.statement.ground).clone();
        self.check_reports_here(false)?;
        let withdrawn = Table { period, total: None, strata: BoundedVec::default() };
        let entries = self.send(person, &ground, vec![withdrawn])?;
        self.forget_held(&measure, period)?;
        self.commit()?;
        let entries = entries.iter().map(ToString::to_string).collect();
        Ok(SubmissionView { sent: true, entries, ..SubmissionView::default() })
    }

    /// What becomes of figures, by measure, and what can't be a part of it.
    fn plan(
        &mut self,
        reading: Reading,
        options: &SubmissionOptions,
    ) -> Result<(Vec<Planned>, Vec<Remark>), Failure> {
        let Reading { figures, mut remarks } = reading;
        let by_measure = self.by_measure(&figures, options, &mut remarks)?;
        // Where a row was refused, a stratum that is missing may not be empty.
        let is_zero = options.missing_is_zero && !remarks.iter().any(|remark| remark.refused);
        let mut account = self.own_account()?;
        let masking = Options { mask_corrections: options.mask_corrections };
        let mut all = Vec::new();
        for (measure, figures) in by_measure {
            let ground = self.ground(&measure)?;
            let assembled = assemble(&ground, &figures, is_zero);
            remarks.extend(assembled.remarks);
            let raw = assembled.tables.clone();
            let outcomes = mask::plan(&account, &ground, assembled.tables, masking);
            let title = self.title_of_measure(&measure);
            let planned = Planned { ground, title, raw, outcomes };
            account = after(account, &planned)?;
            all.push(planned);
        }
        remarks.sort_by_key(|remark| line(&remark.at));
        Ok((all, remarks))
    }

    /// Sorts figures by the measures that they name.
    fn by_measure<'a>(
        &self,
        figures: &'a [Figure],
        options: &SubmissionOptions,
        remarks: &mut Vec<Remark>,
    ) -> Result<BTreeMap<DocumentId, Vec<&'a Figure>>, Failure> {
        let usual = options.measure.as_deref().map(|name| self.find_measure(name)).transpose()?;
        let names: BTreeSet<&str> = figures.iter().filter_map(|figure| figure.measure.as_deref()).collect();
        let known: BTreeMap<&str, DocumentId> =
            names.iter().filter_map(|name| Some((*name, self.find_measure(name).ok()?))).collect();
        // What a person says of a file that speaks of one measure only.
        let is_of_one = names.len() <= 1;
        let mut all: BTreeMap<DocumentId, Vec<&Figure>> = BTreeMap::new();
        for figure in figures {
            let measure = match figure.measure.as_deref() {
                None => usual,
                Some(name) => known.get(name).copied().or(usual.filter(|_| is_of_one)),
            };
            match measure {
                Some(measure) => all.entry(measure).or_default().push(figure),
                None => remarks.push(unknown_measure(figure)),
            }
        }
        Ok(all)
    }

    /// Writes tables as submissions, each as full as an entry may be.
    pub(super) fn send(
        &mut self,
        person: PublicKey,
        ground: &Ground,
        tables: Vec<Table>,
    ) -> Result<Vec<EntryId>, Failure> {
        let mut written = Vec::new();
        for tables in chunks(tables) {
            let own = self.keys.organisation;
            let reports = &self.commons()?.series.reports;
            let previous = reports.line(&own).last().copied();
            let part = Part { release: ground.release, tables: bounded(tables.clone())? };
            let submission = Submission { previous, parts: bounded(vec![part])? };
            // No breach may be signed: a header stays for ever.
            let reported = Reported { ground: ground.clone(), tables };
            self.own_account()?
                .judge(vec![reported])
                .map_err(|breach| Failure::invalid(breach.fault.code(), breach.to_string()))?;
            let deps = self.report_deps(previous, &ground.release)?;
            written.extend(self.write(
                Collection::Aggregates,
                person,
                deps,
                &[Content::Submit(submission)],
            )?);
        }
        Ok(written)
    }

    /// The submission before and the measure's release, as far as they stand
    /// in other logs.
    fn report_deps(&mut self, previous: Option<EntryId>, release: &EntryId) -> Result<Vec<EntryId>, Failure> {
        let own_log = self.log_in(Collection::Aggregates)?;
        let admission = &self.commons()?.admission;
        let is_foreign = |id: &EntryId| admission.place(id).is_some_and(|place| place.log != own_log);
        let mut deps: Vec<EntryId> = previous.into_iter().chain([*release]).filter(is_foreign).collect();
        deps.sort_unstable();
        Ok(deps)
    }

    /// What this organisation has said so far.
    pub(super) fn own_account(&self) -> Result<Account, Failure> {
        let own = self.keys.organisation;
        Ok(self.commons()?.series.reports.account(&own).cloned().unwrap_or_default())
    }

    /// Refuses to report where another node of the organisation does: two that
    /// don't know of each other would report side by side.
    fn check_reports_here(&self, take_over: bool) -> Result<(), Failure> {
        let own = self.keys.organisation;
        let commons = self.commons()?;
        if let Some(entry) = commons.series.reports.forked(&own).first() {
            let why = format!(
                "two nodes of this organisation reported without knowing of each other (entry {entry}); revoke the key of one of them first, what it reported since then stops to count"
            );
            return Err(Failure::conflict("forked-series", why));
        }
        let last = commons.series.reports.line(&own).last();
        let place = last.and_then(|id| commons.admission.place(id));
        let log = place.and_then(|place| commons.admission.log_at(place.log));
        match log {
            Some((_, name, _)) if name.node != self.keys.node.public() && !take_over => {
                Err(Failure::conflict(
                    "reports-elsewhere",
                    "another node of this organisation reports; stop reporting there, catch up, and take over here (--take-over)",
                ))
            }
            _ => Ok(()),
        }
    }

    fn view_of(&self, planned: &[Planned], remarks: Vec<Remark>) -> Result<SubmissionView, Failure> {
        let tables = planned.iter().flat_map(planned::views).collect::<Vec<_>>();
        let count = |outcome: &str| tables.iter().filter(|table| table.outcome == outcome).count() as u64;
        let sent = planned.iter().flat_map(Planned::tables);
        let (told, masked) = sent.fold((0, 0), |sum, table| {
            let (told, masked) = planned::numbers(&table);
            (sum.0 + told, sum.1 + masked)
        });
        Ok(SubmissionView {
            sent: false,
            entries: Vec::new(),
            remarks,
            told,
            masked,
            held: count("hold"),
            unchanged: count("unchanged"),
            tables,
        })
    }

    /// Keeps what is held, and forgets what was held before and is not.
    fn keep_held(&mut self, planned: &[Planned]) -> Result<(), Failure> {
        let now = self.now;
        for one in planned {
            for (period, outcome) in &one.outcomes {
                match outcome {
                    Outcome::Hold { .. } => {
                        let raw = one.raw.iter().find(|table| table.period == *period);
                        let held = raw.map(|raw| Held::new(&one.ground, raw, now)).transpose()?;
                        held.map_or(Ok(()), |held| self.hold(held))?;
                    }
                    Outcome::Refuse(_) => {}
                    _ => self.forget_held(&one.ground.measure, *period)?,
                }
            }
        }
        Ok(())
    }
}

/// What is said once what is planned was sent: measures may share quantities.
fn after(mut account: Account, planned: &Planned) -> Result<Account, Failure> {
    for tables in chunks(planned.tables()) {
        let reported = Reported { ground: planned.ground.clone(), tables };
        let judged = account
            .judge(vec![reported])
            .map_err(|breach| Failure::internal("plan", format!("what was planned is refused: {breach}")))?;
        account.take(judged);
    }
    Ok(account)
}

/// Tables in parts that fit one submission each.
fn chunks(tables: Vec<Table>) -> Vec<Vec<Table>> {
    let mut chunks: Vec<Vec<Table>> = Vec::new();
    let mut bytes = 0;
    for table in tables {
        let length = codec::encode(&table).len();
        let is_full = bytes + length > TABLE_BYTES || chunks.last().is_none_or(|chunk| chunk.len() >= TABLES);
        if is_full {
            chunks.push(Vec::new());
            bytes = 0;
        }
        bytes += length;
        chunks.last_mut().into_iter().for_each(|chunk| chunk.push(table.clone()));
    }
    chunks
}

fn bounded<T, const N: usize>(items: Vec<T>) -> Result<BoundedVec<T, N>, Failure> {
    BoundedVec::new(items).map_err(|error| Failure::invalid("too-large", format!("one table is {error}")))
}

/// The line of a file that a place names; what names none comes last.
fn line(at: &str) -> u64 {
    let number = at.strip_prefix("line ").and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next());
    number.and_then(|number| number.parse().ok()).unwrap_or(u64::MAX)
}

fn unknown_measure(figure: &Figure) -> Remark {
    let (text, advice) = match &figure.measure {
        Some(name) => (
            format!("there is no measure \"{}\"", name.chars().take(100).collect::<String>()),
            "see `commons measure list`, or name the measure of the file (--measure)",
        ),
        None => ("the file names no measure".to_owned(), "name it (--measure)"),
    };
    remark_at(figure, "unknown-measure", text, advice)
}
