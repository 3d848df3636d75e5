//! Counts of what has been reached and of what is still to do.

use speciate_types::{InstructionId, InstructionRecord, Seed, Tally, VerdictKind};

use super::EvolveSettings;

/// Calls of one evolution that goes all the way: evolve, judge, respond.
const CALLS_PER_EVOLUTION: u32 = 3;

#[derive(Debug)]
pub(super) struct Counts {
    tally: Tally,
    rounds: u32,
    target: Option<u64>,
    /// Calls of an attempt and of all that can follow from it, by its round from 1; at 0: of a
    /// seed's response.
    calls_by_round: Vec<u64>,
    /// Calls of a lineage from its seed on, without the seed's response.
    calls_of_lineage: u64,
    /// Calls of the lineages that are not begun yet.
    calls_unbegun: u64,
    /// Attempts and seed answers under way, by lineage.
    open: Vec<u32>,
    /// The seeds' ids, by lineage.
    roots: Vec<InstructionId>,
    /// Attempts under way, by round from 1; at 0: seed answers.
    open_by_round: Vec<u64>,
}

/// More of what was said is not quoted.
const QUOTE_CHARS: usize = 300;

impl Counts {
    pub(super) fn new(settings: &EvolveSettings, seeds: &[Seed]) -> Self {
        let rounds = settings.rounds;
        let calls_by_round = calls_by_round(rounds, settings.branching.max(1));
        let calls_of_lineage = calls_by_round
            .get(1)
            .map_or(0, |calls| calls.saturating_mul(settings.branching.max(1).into()));
        let n_asked = seeds.iter().filter(|seed| settings.asks_response(seed)).count();
        Self {
            tally: Tally { items: seeds.len() as u64, ..Tally::default() },
            rounds,
            target: settings.target,
            calls_unbegun: calls_of_lineage
                .saturating_mul(seeds.len() as u64)
                .saturating_add(n_asked as u64),
            calls_of_lineage,
            calls_by_round,
            open: vec![0; seeds.len()],
            roots: vec![InstructionId::of_seed(""); seeds.len()],
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

    /// Something of `lineage` waits until it is needed, so that the lineage is not done.
    pub(super) fn parked(&mut self, lineage: u32) {
        self.open[lineage as usize] += 1;
    }

    /// It was needed. Call it after it has been opened.
    pub(super) fn unparked(&mut self, lineage: u32) {
        self.open[lineage as usize] -= 1;
        self.count_if_done(lineage);
    }

    /// All that can be asked of `lineage` at its beginning has been opened.
    pub(super) fn lineage_begun(&mut self, lineage: u32) {
        self.open[lineage as usize] -= 1;
        self.count_if_done(lineage);
    }

    /// `lineage` begins with the seed `id`; its calls count as open ones from here on.
    pub(super) fn rooted(&mut self, lineage: u32, id: InstructionId, asks_response: bool) {
        self.roots[lineage as usize] = id;
        // Until all that it begins with has been opened.
        self.open[lineage as usize] += 1;
        let calls = self.calls_of_lineage.saturating_add(asks_response.into());
        self.calls_unbegun = self.calls_unbegun.saturating_sub(calls);
    }

    pub(super) fn root(&self, lineage: u32) -> InstructionId {
        self.roots[lineage as usize]
    }

    fn count_if_done(&mut self, lineage: u32) {
        self.tally.items_done += u64::from(self.open[lineage as usize] == 0);
    }

    pub(super) fn ended(&mut self, record: &InstructionRecord) {
        let Some((name, said)) = record.reason() else {
            self.tally.kept += 1;
            self.tally.kept_inputs += u64::from(record.parent.is_none());
            return;
        };
        let map = match record.verdict {
            VerdictKind::Eliminated => &mut self.tally.eliminated,
            VerdictKind::Invalid => &mut self.tally.invalid,
            VerdictKind::Failed | VerdictKind::Kept => &mut self.tally.failed,
        };
        *map.entry(name.to_owned()).or_default() += 1;
        if !self.tally.quotes.contains_key(name) {
            let said = said.chars().take(QUOTE_CHARS).collect();
            self.tally.quotes.insert(name.to_owned(), said);
        }
    }

    /// Calls of this lineage that are left if all goes well, for the order of sending: those of the
    /// rounds after this one, and `of_attempt` of its own attempt.
    pub(super) fn remaining(&self, round: u32, of_attempt: u32) -> u32 {
        self.rounds.saturating_sub(round) * CALLS_PER_EVOLUTION + of_attempt
    }

    pub(super) fn tally(&self) -> Tally {
        let open = self.open_by_round.iter().zip(&self.calls_by_round);
        let ahead = open
            .map(|(open, calls)| open.saturating_mul(*calls))
            .fold(self.calls_unbegun, u64::saturating_add);
        let of_target = self.target.map(|target| {
            target.saturating_sub(self.tally.kept).saturating_mul(CALLS_PER_EVOLUTION.into())
        });
        let calls_ahead = ahead.min(of_target.unwrap_or(u64::MAX));
        Tally { calls_ahead, ..self.tally.clone() }
    }
}

/// The calls that an attempt of each round makes when it and all that follows from it goes all the
/// way; at 0: a seed's response.
fn calls_by_round(rounds: u32, branching: u32) -> Vec<u64> {
    let mut calls = vec![1; rounds as usize + 1];
    let mut after = 0_u64;
    for round in (1..calls.len()).rev() {
        after = after.saturating_mul(branching.into()).saturating_add(CALLS_PER_EVOLUTION.into());
        calls[round] = after;
    }
    calls
}
