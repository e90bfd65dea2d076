//! Reporting: from figures to signed submissions. A plan says everything that
//! would happen; sending does exactly that.

use super::super::{Caller, Engine, Failure};
use super::assembling::{Missing, assemble, remark_at};
use super::holding::Held;
use super::planned::{self, Numbers, Planned};
use crate::figures::{Figure, Reading, Remark};
use crate::store::Store;
use crate::view::{SubmissionOptions, SubmissionView, WithdrawRequest};
use commons_protocol::body::Content;
use commons_protocol::bounded::BoundedVec;
use commons_protocol::codec;
use commons_protocol::collection::Collection;
use commons_protocol::disclosure::mask::{self, Options, Outcome};
use commons_protocol::disclosure::{Account, Fault, Ground, Reported};
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
        let person = self.person_of(caller)?;
        let (planned, mut remarks) = self.plan(reading, options)?;
        // What would stop all of it is told beside the rest.
        remarks.extend(self.check_may_report(&person, options.take_over).err().map(refused_whole));
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
        self.check_may_report(&person, options.take_over)?;
        let mut entries = Vec::new();
        for one in &planned {
            for tables in &one.parts {
                entries.extend(self.send(person, &one.ground, tables.clone())?);
            }
        }
        // What is held is forgotten only once what replaces it is durable.
        self.commit()?;
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
        self.check_may_report(&person, request.take_over)?;
        let withdrawn = Table { period, total: None, strata: BoundedVec::default() };
        let entries = self.send(person, &ground, vec![withdrawn])?;
        self.commit()?;
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
        let missing = match (options.missing_is_zero, remarks.iter().any(|remark| remark.refused)) {
            (_, true) => Missing::Unclear,
            (true, false) => Missing::Empty,
            (false, false) => Missing::Refused,
        };
        let mut account = self.own_account()?;
        let masking = Options { mask_corrections: options.mask_corrections };
        let mut all = Vec::new();
        for (measure, figures) in by_measure {
            let ground = match self.ground(&measure) {
                Ok(ground) => ground,
                Err(failure) => {
                    remarks.push(left_out(&figures, &failure));
                    continue;
                }
            };
            let mut assembled = assemble(&ground, &figures, missing);
            assembled.keep_strata(&account, &ground, figures[0]);
            assembled.remark_unfinished(self.now, figures[0]);
            remarks.extend(assembled.remarks);
            let (raw, before) = (assembled.tables.clone(), account.clone());
            let outcomes = mask::plan(&account, &ground, assembled.tables, masking);
            let parts = parts(&mut account, &ground, planned::sent(&outcomes))?;
            let (title, after) = (self.title_of_measure(&measure), account.clone());
            all.push(Planned { ground, title, raw, outcomes, parts, before, after });
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
        let known: BTreeMap<&str, Result<DocumentId, Failure>> =
            names.iter().map(|name| (*name, self.find_measure(name))).collect();
        // What a person says of a file that speaks of one measure only.
        let is_of_one = names.len() <= 1;
        let mut all: BTreeMap<DocumentId, Vec<&Figure>> = BTreeMap::new();
        for figure in figures {
            let named = figure.measure.as_deref().and_then(|name| known.get(name));
            match (named, usual.as_ref().filter(|_| is_of_one)) {
                (Some(Ok(measure)), _) | (_, Some(measure)) => {
                    all.entry(*measure).or_default().push(figure);
                }
                (Some(Err(failure)), None) => remarks.push(unknown_measure(figure, failure)),
                (None, None) => remarks.push(unnamed_measure(figure)),
            }
        }
        Ok(all)
    }

    /// Writes tables as one submission.
    pub(super) fn send(
        &mut self,
        person: PublicKey,
        ground: &Ground,
        tables: Vec<Table>,
    ) -> Result<Vec<EntryId>, Failure> {
        let part = Part { release: ground.release, tables: bounded(tables.clone())? };
        let submission = Submission { previous: self.previous()?, parts: bounded(vec![part])? };
        // No breach may be signed: a header stays for ever.
        let judged = self.own_account()?.judge(vec![Reported { ground: ground.clone(), tables }]);
        judged.map_err(|breach| Failure::invalid(breach.fault.code(), breach.to_string()))?;
        let deps = self.report_deps(&submission)?;
        self.write(Collection::Aggregates, person, deps, &[Content::Submit(submission)])
    }

    fn view_of(&self, planned: &[Planned], remarks: Vec<Remark>) -> Result<SubmissionView, Failure> {
        let tables = planned.iter().flat_map(planned::views).collect::<Vec<_>>();
        let count = |outcome: &str| tables.iter().filter(|table| table.outcome == outcome).count() as u64;
        let mut numbers = Numbers::default();
        for one in planned {
            one.parts.iter().flatten().for_each(|table| numbers.count(&one.ground.definition, table));
        }
        Ok(SubmissionView {
            sent: false,
            entries: Vec::new(),
            remarks,
            told: numbers.told(),
            masked: numbers.masked,
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

/// Tables in parts, each of which one submission takes: by its bytes, and by the
/// work of judging it. The account takes them in: measures may share quantities.
pub(super) fn parts(
    account: &mut Account,
    ground: &Ground,
    tables: Vec<Table>,
) -> Result<Vec<Vec<Table>>, Failure> {
    let mut parts = Vec::new();
    let mut open = chunks(tables);
    open.reverse();
    while let Some(mut tables) = open.pop() {
        match account.judge(vec![Reported { ground: ground.clone(), tables: tables.clone() }]) {
            Ok(judged) => {
                account.take(judged);
                parts.push(tables);
            }
            Err(breach) if breach.fault == Fault::TooComplex && tables.len() > 1 => {
                let rest = tables.split_off(tables.len() / 2);
                open.extend([rest, tables]);
            }
            // Each by itself was judged as it was planned.
            Err(breach) => {
                let why = format!("what was planned is refused: {breach}");
                return Err(Failure::internal("plan", why));
            }
        }
    }
    Ok(parts)
}

/// Tables in parts that fit one entry each.
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

/// All of it can't be sent.
fn refused_whole(failure: Failure) -> Remark {
    Remark {
        at: String::new(),
        refused: true,
        code: failure.code.to_string(),
        text: failure.detail,
        advice: String::new(),
    }
}

/// The figures of a measure to which nothing can be reported.
fn left_out(figures: &[&Figure], failure: &Failure) -> Remark {
    let text = format!("{}: its figures are left out ({})", failure.detail, figures.len());
    let advice = "have it released, or leave it out of the file";
    remark_at(figures[0], &failure.code, text, advice)
}

fn unknown_measure(figure: &Figure, failure: &Failure) -> Remark {
    let advice = "or say which measure here it is (--map NAME=MEASURE)";
    remark_at(figure, "unknown-measure", failure.detail.clone(), advice)
}

fn unnamed_measure(figure: &Figure) -> Remark {
    remark_at(figure, "unknown-measure", "the file names no measure".to_owned(), "name it (--measure)")
}
