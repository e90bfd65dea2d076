//! When a hook that failed is tried again.

use std::time::Duration;

use super::jittered;

/// The first pause.
const FIRST: Duration = Duration::from_secs(1);
/// The longest pause.
pub(super) const LONGEST: Duration = Duration::from_secs(15 * 60);
/// So many failures in a row are worth a notice.
const WORTH_A_NOTICE: u32 = 3;

/// Failures in a row.
#[derive(Debug, Default)]
pub struct Retry {
    failures: u32,
}

impl Retry {
    /// It worked.
    pub fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// It failed again: how long to wait. The pauses double up to a quarter of
    /// an hour, each shortened by chance to no less than half.
    pub fn failed(&mut self) -> Duration {
        self.failures = self.failures.saturating_add(1);
        let doublings = (self.failures - 1).min(16);
        jittered(FIRST.saturating_mul(1 << doublings).min(LONGEST))
    }

    /// How often it failed in a row, if that is worth a notice.
    pub fn notice(&self) -> Option<u32> {
        (self.failures >= WORTH_A_NOTICE).then_some(self.failures)
    }
}

#[cfg(test)]
mod tests {
    use super::{FIRST, LONGEST, Retry};

    #[test]
    fn pauses_double_up_to_a_bound_and_begin_again() {
        let mut retry = Retry::default();
        let mut expected = FIRST;
        for attempt in 1..=200_u32 {
            let pause = retry.failed();
            assert!(expected / 2 <= pause && pause <= expected, "{attempt}: {pause:?}");
            assert_eq!(retry.notice(), (attempt >= 3).then_some(attempt));
            expected = (expected * 2).min(LONGEST);
        }
        retry.succeeded();
        assert_eq!(retry.notice(), None);
        assert!(retry.failed() <= FIRST);
    }
}
