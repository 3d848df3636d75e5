//! Counts of what has been reached and of what is still to do.

use speciate_types::{InstructionId, InstructionRecord, Tally, VerdictKind};

/// Calls of one evolution that goes all the way: evolve, judge, respond.
const CALLS_PER_EVOLUTION: u32 = 3;

#[derive(Debug)]
pub(super) struct Counts {
    tally: Tally,
    rounds: u32,
    /// Attempts and seed answers under way, by lineage.
    open: Vec<u32>,
    /// The seeds' ids, by lineage.
    roots: Vec<InstructionId>,
    /// Attempts under way, by round from 1.
    open_by_round: Vec<u64>,
}

impl Counts {
    pub(super) fn new(seeds: usize, rounds: u32) -> Self {
        Self {
            tally: Tally { items: seeds as u64, ..Tally::default() },
            rounds,
            open: vec![0; seeds],
            roots: vec![InstructionId::of_seed(""); seeds],
            open_by_round: vec![0; rounds as usize + 1],
        }
    }

    pub(super) fn opened(&mut self, lineage: u32, round: u32) {
        self.open[lineage as usize] += 1;
        self.open_by_round[round as usize] += 1;
    }

    /// Something of `lineage` ended. Call it after what follows from it has been opened.
    pub(super) fn closed(&mut self, lineage: u32, round: u32) {
        self.open_by_round[round as usize] -= 1;
        self.open[lineage as usize] -= 1;
        self.count_if_done(lineage);
    }

    /// All that can be asked of `lineage` at its beginning has been opened.
    pub(super) fn lineage_begun(&mut self, lineage: u32) {
        self.count_if_done(lineage);
    }

    pub(super) fn rooted(&mut self, lineage: u32, id: InstructionId) {
        self.roots[lineage as usize] = id;
    }

    pub(super) fn root(&self, lineage: u32) -> InstructionId {
        self.roots[lineage as usize]
    }

    fn count_if_done(&mut self, lineage: u32) {
        self.tally.items_done += u64::from(self.open[lineage as usize] == 0);
    }

    pub(super) fn ended(&mut self, record: &InstructionRecord) {
        let name = |text: &Option<String>| text.clone().unwrap_or_default();
        let (map, key) = match record.verdict {
            VerdictKind::Kept => {
                self.tally.kept += 1;
                return;
            }
            VerdictKind::Eliminated => (&mut self.tally.eliminated, name(&record.rule)),
            VerdictKind::Invalid => (&mut self.tally.invalid, name(&record.rule)),
            VerdictKind::Failed => {
                let cause = name(&record.cause);
                let short = cause.split(':').next().unwrap_or_default().to_owned();
                (&mut self.tally.failed, short)
            }
        };
        *map.entry(key).or_default() += 1;
    }

    /// Calls on which nothing but this lineage's end depends, for the order of sending.
    pub(super) fn remaining(&self, round: u32) -> u32 {
        (self.rounds + 1).saturating_sub(round) * CALLS_PER_EVOLUTION
    }

    pub(super) fn tally(&self) -> Tally {
        let ahead = (1..self.open_by_round.len())
            .map(|round| self.open_by_round[round] * u64::from(self.remaining(round as u32)))
            .sum::<u64>();
        Tally { calls_ahead: ahead + self.open_by_round[0], ..self.tally.clone() }
    }
}
