//! One session of a run: the same steps as the dispatcher's, in virtual time.

mod commands;
mod events;
mod laws;
mod time;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};

use speciate_engine::{Command, Ending, State, replay};

use crate::endpoint::Outcome;
use crate::job::{ITEM, SEED, Work};
use crate::ledger::Ledger;
use crate::random::Random;
use crate::scenario::{Cut, Scenario};
use crate::store::{Commit, Writer};
use crate::violation::{Violation, broken};
use crate::world::World;

/// Events taken together before new calls are sent, as in the dispatcher.
const EVENTS_AT_ONCE: usize = 256;
const LOOK_EVERY_MS: u64 = 100;
/// How long calls in flight may take after a stop.
const GRACE_MS: u64 = 20_000;
/// A loop that goes round more often than this does so without end.
const ROUNDS_MOST: u64 = 400_000;
/// Ticks in one millisecond, with nothing else happening: more is a busy loop.
const TICKS_AT_ONCE: u32 = 3;
/// A session takes no longer than this, whatever goes wrong.
const SESSION_MOST_MS: u64 = 48 * 3_600_000;

/// How a session ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum SessionEnd {
    Reached(Ending),
    Crashed,
    StoreFailed,
    /// Call after call ended in a panic.
    Panicked,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Happening {
    Ended(u64),
    CommitEnds,
    Cut(CutKind),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum CutKind {
    Crash,
    Stop,
    Abort,
}

pub(crate) struct Session<'w, 'a> {
    world: &'w mut World<'a>,
    scenario: &'a Scenario,
    state: State,
    writer: Writer,
    ledger: Ledger<'a>,
    random: Random,
    now_ms: u64,
    heap: BinaryHeap<Reverse<(u64, u64, Happening)>>,
    sequence: u64,
    outcomes: BTreeMap<u64, Outcome>,
    /// What has happened and was not taken yet, each kind by itself, as in the dispatcher.
    controls: VecDeque<CutKind>,
    ended: VecDeque<u64>,
    commit: Option<Commit>,
    told: u64,
    has_crashed: bool,
    stop_by_ms: Option<u64>,
    is_aborted: bool,
    look_at_ms: u64,
    ticks_at_once: u32,
    sent_to: Vec<usize>,
    commands: Vec<Command>,
}

impl<'w, 'a> Session<'w, 'a> {
    /// Begins as `dispatcher::run` does: the stored past, the state, the job's beginning.
    pub(crate) fn begin(
        world: &'w mut World<'a>,
        cut: Option<(u64, Cut)>,
    ) -> Result<Self, Violation> {
        let scenario = world.scenario;
        let mut job: Box<dyn speciate_types::Job + Send> = Box::new(Work::new(scenario.shape));
        let replayed = match replay(job.as_mut(), &world.durable, &[SEED, ITEM]) {
            Ok(replayed) => replayed,
            Err(error) => return broken("what is stored can be read back", error.to_string()),
        };
        let totals = world.durable.totals;
        let random = Random::keyed(scenario.seed, &[10, world.sessions]);
        let mut session = Self {
            state: State::new(world.plan(), job, &totals).with_worked(&world.worked()),
            writer: Writer::new(scenario.disk, Random::keyed(scenario.seed, &[11, world.sessions])),
            ledger: Ledger::new(scenario, totals.cost, world.cost_limit),
            world,
            scenario,
            random,
            now_ms: 0,
            heap: BinaryHeap::new(),
            sequence: 0,
            outcomes: BTreeMap::new(),
            controls: VecDeque::new(),
            ended: VecDeque::new(),
            commit: None,
            told: 0,
            has_crashed: false,
            stop_by_ms: None,
            is_aborted: false,
            look_at_ms: 0,
            ticks_at_once: 0,
            sent_to: Vec::new(),
            commands: Vec::new(),
        };
        session.plan_cut(cut);
        session.state.begin(replayed.step, &mut session.commands);
        while session.state.begin_next(&mut session.commands) {
            session.obey()?;
        }
        Ok(session)
    }

    fn plan_cut(&mut self, cut: Option<(u64, Cut)>) {
        let Some((at_ms, cut)) = cut else { return };
        match cut {
            Cut::Crash => self.at(at_ms, Happening::Cut(CutKind::Crash)),
            Cut::Stop => self.at(at_ms, Happening::Cut(CutKind::Stop)),
            Cut::Abort => self.at(at_ms, Happening::Cut(CutKind::Abort)),
            Cut::StopThenAbort => {
                self.at(at_ms, Happening::Cut(CutKind::Stop));
                let second_ms = at_ms + self.random.below(3_000);
                self.at(second_ms, Happening::Cut(CutKind::Stop));
            }
        }
    }

    /// The dispatcher's loop.
    pub(crate) fn run(mut self) -> Result<(SessionEnd, u64), Violation> {
        for _ in 0..ROUNDS_MOST {
            self.world.rounds += 1;
            self.state.advance(self.now_ms, &mut self.commands);
            let ending = self.obey()?;
            self.check_lanes()?;
            let ledger = &self.ledger;
            ledger.held.check(self.now_ms, ledger.live.len(), ledger.is_stopping)?;
            self.look()?;
            if let Some(end) = ending {
                if let SessionEnd::Reached(ending) = &end {
                    self.check_ending(ending)?;
                }
                return Ok((end, self.now_ms));
            }
            self.check_stop()?;
            self.wait()?;
            if self.has_crashed {
                self.note(|| "crash".to_owned());
                return Ok((SessionEnd::Crashed, self.now_ms));
            }
            if !self.take_event()? {
                return Ok((SessionEnd::StoreFailed, self.now_ms));
            }
        }
        broken("a run ends", format!("{ROUNDS_MOST} rounds of the loop"))
    }

    fn note(&mut self, line: impl FnOnce() -> String) {
        let (session, now_ms) = (self.world.sessions, self.now_ms);
        self.world.trace.note(|| format!("{session}.{now_ms:>7} {}", line()));
    }
}
