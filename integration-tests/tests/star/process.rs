//! What this process uses.

use std::fs;

/// Processor time, memory and file handles of this process.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    /// Processor time, in seconds.
    pub seconds: f64,
    /// The most physical memory so far, in MiB.
    pub peak_mib: u64,
    /// Open file handles.
    pub handles: usize,
}

impl Usage {
    /// What is used now; zeros where the system does not tell.
    pub fn now() -> Self {
        Self {
            seconds: seconds().unwrap_or_default(),
            peak_mib: peak().unwrap_or_default(),
            handles: handles(),
        }
    }
}

impl Usage {
    /// File handles that this process may open; few where the system does not
    /// tell.
    pub fn handles_allowed() -> usize {
        let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
        let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
        let soft = line.and_then(|line| line.split_whitespace().next());
        match soft {
            Some("unlimited") => usize::MAX,
            soft => soft.and_then(|soft| soft.parse().ok()).unwrap_or_default(),
        }
    }
}

/// Fields 14 and 15 of `/proc/self/stat`, in hundredths of a second.
fn seconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let (_, fields) = stat.rsplit_once(") ")?;
    let ticks: Vec<f64> = fields.split(' ').skip(11).take(2).filter_map(|field| field.parse().ok()).collect();
    Some(ticks.iter().sum::<f64>() / 100.0)
}

fn peak() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kib / 1024)
}

fn handles() -> usize {
    fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}
