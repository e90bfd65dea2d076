//! Reading what work cost, and judging it.

use std::fs;
use std::time::{Duration, Instant};

/// Whatever goes wrong ends the row.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Clock ticks of `/proc/PID/stat` per second: fixed in Linux's interface.
const TICKS: f64 = 100.0;

/// One line of the table.
pub struct Figure {
    row: &'static str,
    workload: String,
    figure: String,
    budget: String,
    verdict: String,
}

impl Figure {
    /// A figure that must not exceed its budget.
    pub fn at_most(row: &'static str, workload: &str, value: f64, budget: f64, unit: &str) -> Self {
        let verdict = match value <= budget {
            true => "met".to_owned(),
            false => format!("missed by {:.1}x", value / budget),
        };
        Self::judged(row, workload, value, &format!("<= {budget}"), unit, verdict)
    }

    /// A figure that must reach its budget.
    pub fn at_least(row: &'static str, workload: &str, value: f64, budget: f64, unit: &str) -> Self {
        let verdict = match value >= budget {
            true => "met".to_owned(),
            false => format!("missed by {:.1}x", budget / value),
        };
        Self::judged(row, workload, value, &format!(">= {budget}"), unit, verdict)
    }

    /// A figure that explains others.
    pub fn note(row: &'static str, workload: &str, value: f64, unit: &str) -> Self {
        Self::judged(row, workload, value, "", unit, String::new())
    }

    fn judged(
        row: &'static str,
        workload: &str,
        value: f64,
        budget: &str,
        unit: &str,
        verdict: String,
    ) -> Self {
        let figure = match value {
            value if value.abs() >= 1_000.0 => format!("{value:.0} {unit}"),
            value if value.abs() >= 10.0 => format!("{value:.1} {unit}"),
            value => format!("{value:.3} {unit}"),
        };
        Self { row, workload: workload.to_owned(), figure, budget: budget.to_owned(), verdict }
    }

    /// The line of the table.
    pub fn line(&self) -> String {
        format!(
            "{:<8} {:<58} {:>15}  {:<12} {}",
            self.row, self.workload, self.figure, self.budget, self.verdict
        )
    }
}

/// The head of the table.
pub fn heading() -> String {
    format!("{:<8} {:<58} {:>15}  {:<12} verdict", "row", "workload", "figure", "budget")
}

/// What a piece of work cost this process.
pub struct Cost {
    cpu: f64,
    loopback: f64,
    began: Instant,
}

/// What was spent since a [`Cost`] was begun.
#[derive(Clone, Copy)]
pub struct Spent {
    /// User and system seconds of this process.
    pub cpu: f64,
    /// Bytes over the loopback interface, all headers included.
    pub loopback: f64,
    /// Seconds by the clock on the wall.
    pub wall: f64,
}

impl Cost {
    /// Begins to count.
    pub fn begin() -> Outcome<Self> {
        Ok(Self { cpu: cpu_of("self")?, loopback: loopback()?, began: Instant::now() })
    }

    /// What was spent so far.
    pub fn spent(&self) -> Outcome<Spent> {
        let wall = self.began.elapsed().as_secs_f64();
        Ok(Spent { cpu: cpu_of("self")? - self.cpu, loopback: loopback()? - self.loopback, wall })
    }
}

/// User and system seconds of a process with all its threads.
pub fn cpu_of(process: &str) -> Outcome<f64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name in parentheses may hold spaces; what counts is behind it.
    let (_, rest) = stat.rsplit_once(')').ok_or("no /proc/PID/stat as known")?;
    let mut fields = rest.split_whitespace().skip(11);
    let mut next = || fields.next().and_then(|field| field.parse::<f64>().ok());
    let (user, system) = next().zip(next()).ok_or("no times in /proc/PID/stat")?;
    Ok((user + system) / TICKS)
}

/// Bytes that this network namespace sent over its loopback interface.
fn loopback() -> Outcome<f64> {
    let devices = fs::read_to_string("/proc/self/net/dev")?;
    let line = devices.lines().find_map(|line| line.trim().strip_prefix("lo:"));
    let sent = line.and_then(|line| line.split_whitespace().nth(8)).ok_or("no loopback interface")?;
    Ok(sent.parse()?)
}

/// A field of `/proc/self/status` in megabytes, such as `VmHWM`.
pub fn memory(field: &str) -> Outcome<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with(field)).ok_or("no such field")?;
    let kilobytes = line.split_whitespace().nth(1).ok_or("no value")?;
    Ok(kilobytes.parse::<f64>()? / 1_000.0)
}

/// The value below which this share of the sorted `times` lies, in milliseconds.
pub fn percentile(times: &mut [Duration], share: f64) -> f64 {
    times.sort_unstable();
    let rank = share * times.len().saturating_sub(1) as f64;
    // Never beyond the length, so it fits.
    let index = (0..times.len()).find(|index| *index as f64 >= rank).unwrap_or_default();
    times.get(index).map_or(f64::NAN, |time| time.as_secs_f64() * 1_000.0)
}

/// Bytes of all files below a directory.
pub fn disk(path: &std::path::Path) -> Outcome<f64> {
    let mut bytes = 0.0;
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        bytes += match entry.file_type()?.is_dir() {
            true => disk(&entry.path())?,
            false => entry.metadata()?.len() as f64,
        };
    }
    Ok(bytes)
}
