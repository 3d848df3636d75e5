//! What a run has not come to yet.

use crate::plan::evolutions;
use crate::recipe::Recipe;

/// Instructions without a verdict: not begun, or begun and not ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pending {
    /// How many.
    pub count: u64,
    /// Trees grow by what is kept, and a draw that fails may be drawn again, so that it is known
    /// only when all is done; this is the most.
    pub is_at_most: bool,
}

/// The size of a run, as its recipe has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RunSize {
    pub seeds: u64,
    pub rounds: u32,
    pub branching: u32,
    /// Further draws of an evolution that failed; each of them is a record too.
    pub redraws: u32,
    /// Rows that are wanted, seeds included.
    pub target: Option<u64>,
}

/// Records with a verdict, and how many of them were kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Recorded {
    pub records: u64,
    pub kept: u64,
}

impl RunSize {
    pub(crate) fn of(seeds: u64, recipe: &Recipe) -> Self {
        let Recipe { rounds, branching, redraws, target, .. } = *recipe;
        Self { seeds, rounds, branching, redraws, target }
    }

    /// What is pending beside what has its verdict.
    pub(crate) fn pending(self, recorded: Recorded, is_done: bool) -> Pending {
        if is_done {
            return Pending::default();
        }
        // Where each place has one record at most, every record is a place.
        let used = if self.redraws == 0 { recorded.records } else { recorded.kept };
        let places = self.places().saturating_sub(used);
        let rows = self.target.map(|target| target.saturating_sub(recorded.kept));
        let count = places.min(rows.unwrap_or(u64::MAX));
        Pending { count, is_at_most: !self.is_exact() && count > 0 }
    }

    /// Whether a session that ended a run has ended this one: it may have been given a larger target
    /// since, and nothing been made for it yet.
    pub(crate) fn is_ended(self, recorded: Recorded) -> bool {
        self.target.is_none_or(|target| recorded.kept >= target)
            || recorded.records >= self.places()
    }

    /// Whether so many records can be right.
    pub(crate) fn allows(self, recorded: Recorded, is_done: bool) -> bool {
        let Recorded { records, kept } = recorded;
        let draws = u64::from(self.redraws) + 1;
        let most = self.seeds.saturating_add(self.evolutions().saturating_mul(draws));
        let is_reached = self.target == Some(kept);
        let is_whole = self.branching > 1 || records >= self.places() || is_reached;
        let is_in_bounds = records <= most && kept <= self.target.unwrap_or(u64::MAX);
        is_in_bounds && (is_whole || !is_done)
    }

    /// Lineages are chains without further draws.
    fn is_exact(self) -> bool {
        self.branching <= 1 && self.redraws == 0
    }

    fn evolutions(self) -> u64 {
        evolutions(self.seeds, self.rounds, self.branching)
    }

    /// Seeds and evolutions, each of which gives a row at most.
    pub(crate) fn places(self) -> u64 {
        self.seeds.saturating_add(self.evolutions())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHAINS: RunSize =
        RunSize { seeds: 10, rounds: 4, branching: 1, redraws: 0, target: None };
    const TREES: RunSize = RunSize { seeds: 1, rounds: 3, branching: 2, ..CHAINS };
    const DRAWN_AGAIN: RunSize = RunSize { redraws: 2, ..CHAINS };
    const TARGET: RunSize = RunSize { target: Some(30), ..CHAINS };

    fn recorded(records: u64, kept: u64) -> Recorded {
        Recorded { records, kept }
    }

    #[test]
    fn chains_are_counted_and_the_rest_is_bounded() {
        let pending = |count, is_at_most| Pending { count, is_at_most };
        assert_eq!(CHAINS.pending(recorded(12, 11), false), pending(38, false));
        assert_eq!(TREES.pending(recorded(5, 5), false), pending(10, true));
        assert_eq!(TREES.pending(recorded(5, 5), true), Pending::default());
        assert_eq!(DRAWN_AGAIN.pending(recorded(40, 20), false), pending(30, true));
    }

    #[test]
    fn with_a_target_the_rows_that_are_missing_are_pending() {
        let pending = |records, kept| TARGET.pending(recorded(records, kept), false).count;
        assert_eq!((pending(12, 11), pending(30, 25)), (19, 5));
        // There are fewer places than rows are missing.
        assert_eq!(pending(48, 25), 2);
    }

    #[test]
    fn a_finished_chain_has_all_its_records() {
        let allows = |size: RunSize, records, is_done| size.allows(recorded(records, 5), is_done);
        assert!(allows(CHAINS, 50, true) && allows(CHAINS, 12, false) && allows(TREES, 9, true));
        assert!(!allows(CHAINS, 49, true) && !allows(CHAINS, 51, false));
        assert!(!allows(TREES, 16, true));
    }

    /// Each draw is a record, so that there are more records than places.
    #[test]
    fn draws_that_failed_are_records_too() {
        let allows = |records, is_done| DRAWN_AGAIN.allows(recorded(records, 40), is_done);
        assert!(allows(50, true) && allows(63, true) && allows(130, true) && allows(12, false));
        assert!(!allows(49, true) && !allows(131, false));
    }

    #[test]
    fn a_target_is_met_and_never_passed() {
        let allows = |records, kept| TARGET.allows(recorded(records, kept), true);
        assert!(allows(33, 30) && allows(50, 29));
        assert!(!allows(33, 31) && !allows(33, 29));
    }

    #[test]
    fn a_target_that_was_raised_ends_what_had_ended() {
        let is_ended = |size: RunSize| size.is_ended(recorded(33, 29));
        assert!(!is_ended(TARGET) && is_ended(CHAINS));
        assert!(TARGET.is_ended(recorded(33, 30)) && TARGET.is_ended(recorded(50, 29)));
    }
}
