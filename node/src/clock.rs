//! The only place that asks the system for the time.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// 2026-01-01: no clock that is right shows an earlier date to this release.
const EARLIEST_MS: u64 = 1_767_225_600_000;
/// 2100-01-01: nobody runs this release so late.
const LATEST_MS: u64 = 4_102_444_800_000;

/// The system clock is clearly wrong.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClockError {
    /// Before this release was made.
    #[error(
        "the system clock is about {days} days behind: it shows a date before this release was \
         made; set it (for example with `timedatectl set-ntp true`), because invitations expire \
         by it and edits are shown with it"
    )]
    Behind {
        /// At least this many days.
        days: u64,
    },
    /// In another century.
    #[error(
        "the system clock shows a date after the year 2099; set it (for example with \
         `timedatectl set-ntp true`), because invitations expire by it and edits are shown with it"
    )]
    Ahead,
}

/// Milliseconds since 1970 by the system clock; 0 when it shows an earlier
/// date.
pub fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Says so when the system clock is clearly wrong. Nothing but display and the
/// life of invitations depends on the clock, so this is a notice, no reason to
/// stop.
pub fn plausible() -> Result<(), ClockError> {
    judge(now())
}

fn judge(now_ms: u64) -> Result<(), ClockError> {
    const DAY_MS: u64 = 86_400_000;
    if now_ms < EARLIEST_MS {
        let days = (EARLIEST_MS - now_ms).div_ceil(DAY_MS);
        return Err(ClockError::Behind { days });
    }
    if now_ms >= LATEST_MS {
        return Err(ClockError::Ahead);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_absurd_clocks_are_reported() {
        assert_eq!(judge(EARLIEST_MS), Ok(()));
        assert_eq!(judge(LATEST_MS - 1), Ok(()));
        assert_eq!(judge(LATEST_MS), Err(ClockError::Ahead));
        assert_eq!(judge(EARLIEST_MS - 1), Err(ClockError::Behind { days: 1 }));
        let text = judge(0).unwrap_err().to_string();
        assert!(text.contains("20454 days behind"), "{text}");
    }
}
