//! How much work one call may still do, counted in a way that is the same on
//! every machine.

use super::{MAX_WORK, Trouble};

/// The entries of tableaux that were visited so far. One for everything that
/// somebody asks for at once bounds what that costs.
#[derive(Debug, Default)]
pub struct Effort(u64);

impl Effort {
    /// Counts the visit of a rectangle of entries.
    pub(crate) fn spend(&mut self, rows: usize, columns: usize) -> Result<(), Trouble> {
        let entries = u64::try_from(rows.saturating_mul(columns)).unwrap_or(u64::MAX);
        self.0 = self.0.saturating_add(entries);
        if self.0 > MAX_WORK { Err(Trouble::TooComplex) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Effort, MAX_WORK, Trouble};

    #[test]
    fn the_allowance_is_spent_to_the_last_entry() {
        let mut effort = Effort::default();
        let half = usize::try_from(MAX_WORK / 2).expect("a count of entries fits");
        assert_eq!(effort.spend(2, half), Ok(()));
        assert_eq!(effort.spend(1, 0), Ok(()));
        assert_eq!(effort.spend(1, 1), Err(Trouble::TooComplex));
    }

    #[test]
    fn a_rectangle_beyond_counting_is_too_much() {
        assert_eq!(Effort::default().spend(usize::MAX, usize::MAX), Err(Trouble::TooComplex));
    }
}
