//! What a run has not come to yet.

use crate::plan::evolutions;

/// Instructions without a verdict: not begun, or begun and not ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pending {
    /// How many.
    pub count: u64,
    /// Trees grow by what is kept, so that it is known only when all is done; this is the most.
    pub is_at_most: bool,
}

/// The size of a run, as its recipe has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RunSize {
    pub seeds: u64,
    pub rounds: u32,
    pub branching: u32,
}

impl RunSize {
    /// What is pending beside `records` that have their verdict.
    pub(crate) fn pending(self, records: u64, is_done: bool) -> Pending {
        if is_done {
            return Pending::default();
        }
        let count = self.instructions().saturating_sub(records);
        Pending { count, is_at_most: self.branching > 1 && count > 0 }
    }

    /// Whether so many records can be right.
    pub(crate) fn allows(self, records: u64, is_done: bool) -> bool {
        let all = self.instructions();
        let is_chain = self.branching <= 1;
        records <= all && (records == all || !(is_done && is_chain))
    }

    /// Seeds and evolutions, at most; exactly where lineages are chains.
    fn instructions(self) -> u64 {
        self.seeds.saturating_add(evolutions(self.seeds, self.rounds, self.branching))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHAINS: RunSize = RunSize { seeds: 10, rounds: 4, branching: 1 };
    const TREES: RunSize = RunSize { seeds: 1, rounds: 3, branching: 2 };

    #[test]
    fn chains_are_counted_and_trees_bounded() {
        assert_eq!(CHAINS.pending(12, false), Pending { count: 38, is_at_most: false });
        assert_eq!(TREES.pending(5, false), Pending { count: 10, is_at_most: true });
        assert_eq!(TREES.pending(5, true), Pending::default());
    }

    #[test]
    fn a_finished_chain_has_all_its_records() {
        assert!(CHAINS.allows(50, true) && CHAINS.allows(12, false) && TREES.allows(9, true));
        assert!(!CHAINS.allows(49, true) && !CHAINS.allows(51, false) && !TREES.allows(16, true));
    }
}
