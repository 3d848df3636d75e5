//! The method as work: lineages that evolve round by round, as a pure [`Job`].
//!
//! Each lineage begins with its seed. An expansion evolves one instruction in one round into
//! as many children as there are branches; an attempt makes one child: evolve, rules, judge,
//! respond, rules. A kept child is expanded in the next round. When no child of an expansion is
//! kept, the parent itself is expanded again in the next round, with a new draw: that is the
//! paper's "returned to the pool" (section 3.2). There is no barrier between rounds.

mod ask;
mod attempt;
mod horizon;
mod judge;
mod past;
mod pool;
mod record;
mod seeds;
mod settings;
mod slots;
mod tally;

use std::sync::Arc;

use speciate_types::{
    CallKey, CallOutcome, ChatRequest, InstructionId, Job, JobError, Step, StoredRecord, Tally,
    Ticket, Wanted,
};

use attempt::{Attempt, Place};
use horizon::Horizon;
use past::{Past, Settled};
use pool::Pool;
use seeds::SeedAnswer;
pub use settings::{
    EVOLVER, EvolveSettings, GainCheck, JUDGE, RESPONDER, RoleSampling, SeedResponses,
};
use slots::Slots;
use tally::Counts;

/// An instruction that can be expanded.
#[derive(Debug)]
struct Node {
    id: InstructionId,
    lineage: u32,
    text: Box<str>,
    /// For the rules; of a seed only if it came along.
    response: Option<Box<str>>,
}

/// One instruction in one round: its children and what has become of them.
#[derive(Debug)]
struct Expansion {
    node: Arc<Node>,
    round: u32,
    pending: u32,
    kept: u32,
}

/// What a ticket stands for.
#[derive(Debug)]
enum Slot {
    Attempt(Box<Attempt>),
    SeedAnswer(Box<SeedAnswer>),
}

/// Evolves seeds by the settings given.
#[derive(Debug)]
pub struct EvolveJob {
    settings: EvolveSettings,
    seeds: Vec<Option<speciate_types::Seed>>,
    begun: usize,
    /// The engine has heard of all lineages before the horizon; later ones follow from answers.
    is_begun: bool,
    horizon: Horizon,
    /// What has come before the horizon is being taken up.
    is_moving_on: bool,
    past: Past,
    expansions: Slots<Expansion>,
    slots: Slots<Slot>,
    counts: Counts,
    /// Only where new instructions are held against it.
    pool: Option<Pool>,
}

/// Lineages begun in one part: enough for any number of slots, little in memory.
const LINEAGES_PER_PART: usize = 256;

impl EvolveJob {
    /// The work of evolving `seeds`, in this order.
    pub fn new(settings: EvolveSettings, seeds: Vec<speciate_types::Seed>) -> Self {
        Self {
            pool: settings.keeps_pool().then(|| Pool::of_seeds(&seeds)),
            counts: Counts::new(&settings, &seeds),
            horizon: Horizon::new(seeds.len(), settings.target),
            is_moving_on: false,
            is_begun: false,
            seeds: seeds.into_iter().map(Some).collect(),
            settings,
            begun: 0,
            past: Past::default(),
            expansions: Slots::default(),
            slots: Slots::default(),
        }
    }

    /// Opens the expansion of `node` in `round`, as far as the past does not tell its end.
    fn expand(&mut self, node: &Arc<Node>, round: u32, step: &mut Step) {
        if round > self.settings.rounds {
            return;
        }
        if !self.horizon.reaches(node.lineage, round) {
            self.counts.parked(node.lineage);
            self.horizon.park(Arc::clone(node), round);
            return;
        }
        let branches = self.settings.branching.max(1);
        let expansion = Expansion { node: Arc::clone(node), round, pending: branches, kept: 0 };
        let slot = self.expansions.insert(expansion);
        for branch in 0..branches {
            self.attempt(slot, branch, 0, step);
        }
    }

    /// Makes the attempt, or takes its verdict from the past.
    fn attempt(&mut self, expansion: usize, branch: u32, number: u32, step: &mut Step) {
        let Some(open) = self.expansions.get(expansion) else { return };
        let (node, round) = (Arc::clone(&open.node), open.round);
        let id = node.id.child(round, branch, number);
        let place = Place { expansion, round, branch, number };
        if let Some(end) = self.past.take(id) {
            self.settle(place, id, end, step);
            return;
        }
        let attempt = Attempt::new(node, id, place, self.past.redraw(id));
        self.counts.opened(attempt.node.lineage, round);
        let slot = self.slots.insert(Slot::Attempt(Box::new(attempt)));
        self.want(slot, step);
    }

    /// An attempt has its verdict: the frontier moves on.
    fn settle(&mut self, place: Place, id: InstructionId, end: Settled, step: &mut Step) {
        let Place { expansion, branch, number, .. } = place;
        let Some(open) = self.expansions.get_mut(expansion) else { return };
        if matches!(end, Settled::Dropped) && number < self.settings.redraws {
            self.attempt(expansion, branch, number + 1, step);
            return;
        }
        if matches!(end, Settled::Dropped) && !self.past.is_retried(id) {
            self.horizon.lose();
        }
        open.pending -= 1;
        open.kept += u32::from(matches!(end, Settled::Kept { .. }));
        let (parent, next_round) = (Arc::clone(&open.node), open.round + 1);
        let is_spent = open.pending == 0;
        let went_on = self.past.went_on(parent.id, next_round..=self.settings.rounds);
        let parent_returns = is_spent && (open.kept == 0 || went_on);
        if is_spent {
            self.expansions.remove(expansion);
        }
        if let Settled::Kept { text, response } = end
            && !went_on
        {
            let child = Arc::new(Node { id, lineage: parent.lineage, text, response });
            self.expand(&child, next_round, step);
        }
        if parent_returns {
            self.expand(&parent, next_round, step);
        }
        self.move_on(step);
    }

    /// Takes up what a lost place has brought before the horizon. What that loses in turn is seen
    /// by the same loop.
    fn move_on(&mut self, step: &mut Step) {
        if std::mem::replace(&mut self.is_moving_on, true) {
            return;
        }
        loop {
            if let Some((node, round)) = self.horizon.unpark() {
                self.expand(&node, round, step);
                self.counts.unparked(node.lineage);
            } else if self.is_begun && self.begun < self.horizon.lineages() {
                self.begun += 1;
                self.begin_lineage(self.begun - 1, step);
            } else {
                break;
            }
        }
        self.is_moving_on = false;
    }

    fn want(&self, slot: usize, step: &mut Step) {
        let Some(open) = self.slots.get(slot) else { return };
        let (role, remaining, lineage) = match open {
            Slot::Attempt(attempt) => {
                let remaining = self.counts.remaining(attempt.place.round, attempt.calls_left());
                (attempt.role(), remaining, attempt.node.lineage)
            }
            Slot::SeedAnswer(answer) => (RESPONDER, 1, answer.lineage()),
        };
        let (ticket, kin) = (Ticket(slot as u64), lineage.into());
        step.wanted.push(Wanted { ticket, role, remaining, kin });
    }
}

impl Job for EvolveJob {
    fn restore(&mut self, record: &StoredRecord) -> Result<(), JobError> {
        self.restore_record(record)
    }

    fn begin(&mut self) -> Option<Step> {
        if self.begun >= self.horizon.lineages() {
            self.is_begun = true;
            return None;
        }
        let end = (self.begun + LINEAGES_PER_PART).min(self.horizon.lineages());
        let mut step = Step::default();
        for lineage in self.begun..end {
            self.begin_lineage(lineage, &mut step);
        }
        self.begun = end;
        Some(step)
    }

    fn key(&self, ticket: Ticket) -> CallKey {
        match self.slots.get(ticket.0 as usize) {
            Some(Slot::Attempt(attempt)) => attempt.key(),
            Some(Slot::SeedAnswer(answer)) => answer.key(),
            None => CallKey::new(format!("unknown/{}", ticket.0)),
        }
    }

    fn request(&self, ticket: Ticket) -> ChatRequest {
        match self.slots.get(ticket.0 as usize) {
            Some(Slot::Attempt(attempt)) => attempt.request(&self.settings),
            Some(Slot::SeedAnswer(answer)) => answer.request(&self.settings),
            None => settings::empty_request(),
        }
    }

    fn answered(&mut self, ticket: Ticket, outcome: CallOutcome) -> Step {
        let mut step = Step::default();
        let slot = ticket.0 as usize;
        match self.slots.remove(slot) {
            Some(Slot::Attempt(attempt)) => self.attempt_answered(*attempt, outcome, &mut step),
            Some(Slot::SeedAnswer(answer)) => self.seed_answered(*answer, outcome, &mut step),
            None => {}
        }
        step
    }

    fn tally(&self) -> Tally {
        self.counts.tally()
    }
}
