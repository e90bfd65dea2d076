//! Measures what the program promises to cost, over the code that runs in
//! production, and says which promises it keeps.
//!
//! ```text
//! cargo bench -p commons-integration-tests [-- ROW… [--scale N] [--repeat N]]
//! ```
//!
//! `--scale N` makes the workloads N times smaller, `--repeat N` runs each row
//! N times (for a profiler). Seconds of CPU and bytes are meant to be compared;
//! times by the clock only on a machine that does nothing else. Where the
//! system permits it, the bench runs in a network of its own, so that the
//! counted bytes are its own.

mod budgets {
    pub mod data;
    pub mod edits;
    pub mod gossip;
    pub mod measure;
    pub mod pull;
    pub mod pump;
    pub mod rollup;
    pub mod world;
    pub mod write;

    pub use super::{child, spawn};
}

use budgets::measure::{Figure, Outcome, heading};
use budgets::{edits, gossip, pull, rollup, write};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};

/// Set in the process that has a network of its own.
const ALONE: &str = "COMMONS_BENCH_ALONE";

type Row = (&'static str, fn(usize) -> Outcome<Vec<Figure>>);

/// The rows by name.
const ROWS: [Row; 8] = [
    ("1", pull::documents),
    ("2", pull::entries),
    ("3", pull::difference),
    ("4", write::writes),
    ("5", edits::edits),
    ("6", gossip::gossip),
    ("7", pull::cold),
    ("8", rollup::rollups),
];

/// What was asked for.
struct Wanted {
    rows: Vec<String>,
    scale: usize,
    repeat: usize,
}

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Outcome<ExitCode> {
    // Cargo adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["--child", "node", home] => return edits::node_child(Path::new(home)).map(|()| ExitCode::SUCCESS),
        ["--child", "cold", store] => return pull::cold_child(Path::new(store)).map(|()| ExitCode::SUCCESS),
        _ => {}
    }
    if let Some(code) = in_own_network(&words) {
        return Ok(code);
    }
    let wanted = parse(&words)?;
    println!("{}", heading());
    let mut code = ExitCode::SUCCESS;
    for (name, row) in ROWS.iter().filter(|(name, _)| wanted.rows.iter().any(|row| row == name)) {
        for _ in 0..wanted.repeat {
            match row(wanted.scale) {
                Ok(figures) => figures.iter().for_each(|figure| println!("{}", figure.line())),
                Err(error) => {
                    println!("{name:<8} failed: {error}");
                    code = ExitCode::FAILURE;
                }
            }
        }
    }
    Ok(code)
}

fn parse(words: &[&str]) -> Outcome<Wanted> {
    let mut wanted = Wanted { rows: Vec::new(), scale: 1, repeat: 1 };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            "--scale" => wanted.scale = words.next().ok_or("--scale needs a number")?.parse()?,
            "--repeat" => wanted.repeat = words.next().ok_or("--repeat needs a number")?.parse()?,
            row if ROWS.iter().any(|(name, _)| *name == row) => wanted.rows.push(row.to_owned()),
            other => return Err(format!("no row is called {other}; there are 1 to {}", ROWS.len()).into()),
        }
    }
    if wanted.rows.is_empty() {
        wanted.rows = ROWS.iter().map(|(name, _)| (*name).to_owned()).collect();
    }
    Ok(wanted)
}

/// Runs the bench again in a network of its own, if the system permits it.
fn in_own_network(words: &[&str]) -> Option<ExitCode> {
    if std::env::var_os(ALONE).is_some() {
        return None;
    }
    let program = std::env::current_exe().ok()?;
    let probe = ["-n", "sh", "-c", "ip link set lo up"];
    let permitted = Command::new("unshare").args(probe).stderr(Stdio::null()).status().ok()?.success();
    if !permitted {
        eprintln!("no network of its own: bytes over loopback include what others send");
        return None;
    }
    let status = Command::new("unshare")
        .args(["-n", "sh", "-c", "ip link set lo up && exec \"$0\" \"$@\""])
        .arg(program)
        .args(words)
        .env(ALONE, "1")
        .status()
        .ok()?;
    Some(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Starts this program again in another role; it ends when its standard input
/// does.
pub fn spawn(role: &[&str], path: &Path, output: Stdio) -> Outcome<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("--child").args(role).arg(path).stdin(Stdio::piped()).stdout(output);
    // What a node logs is of no interest unless something is looked for.
    let is_quiet = std::env::var_os("RUST_LOG").is_none();
    command.stderr(if is_quiet { Stdio::null() } else { Stdio::inherit() });
    Ok(command.spawn()?)
}

/// Runs this program in another role and returns what it prints.
pub fn child(role: &[&str], path: &Path) -> Outcome<String> {
    let output = spawn(role, path, Stdio::piped())?.wait_with_output()?;
    match output.status.success() {
        true => Ok(String::from_utf8(output.stdout)?),
        false => Err(format!("the child {role:?} failed: {}", output.status).into()),
    }
}
