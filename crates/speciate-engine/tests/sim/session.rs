//! One session of a run: the same steps as the dispatcher's, in virtual time.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};

use speciate_engine::{Command, Ending, Event, State, replay};
use speciate_types::{CallError, CallKey, ChatRequest, ChatResponse, UnixMillis};

use crate::endpoint::Asked;
use crate::job::{ITEM, SEED, Work, call_of};
use crate::ledger::Ledger;
use crate::random::Random;
use crate::scenario::{Cut, Scenario};
use crate::store::{Commit, Writer};
use crate::violation::{Violation, broken, must};
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

type Outcome = Result<ChatResponse, CallError>;

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
            state: State::new(world.plan(), job, &totals),
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
            self.writer.is_patient = self.state.commit_company() > 1;
            self.check_lanes()?;
            self.look()?;
            if let Some(ending) = ending {
                self.check_ending(&ending)?;
                return Ok((SessionEnd::Reached(ending), self.now_ms));
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

    /// Lets time pass until the next thing happens.
    fn wait(&mut self) -> Result<(), Violation> {
        self.happen();
        if self.is_anything_due() {
            return Ok(());
        }
        let next_ms = self.heap.peek().map(|Reverse((at_ms, ..))| *at_ms);
        let wake_ms = self.state.wake_at_ms();
        let Some(until_ms) = [next_ms, wake_ms, self.stop_by_ms].into_iter().flatten().min() else {
            return broken("no wake-up is lost", "nothing will ever happen, and work is left");
        };
        must(until_ms < SESSION_MOST_MS, "a run ends", || format!("waits until {until_ms}"))?;
        if until_ms > self.now_ms + 1 && self.random.percent(10) {
            self.look_in(until_ms - 1)?;
        }
        if until_ms > self.now_ms {
            self.ticks_at_once = 0;
            self.now_ms = until_ms + self.random.below(self.scenario.lag_most_ms + 1);
        }
        self.happen();
        Ok(())
    }

    /// Between events nothing can be sent that could not be sent before, unless it was announced.
    fn look_in(&mut self, at_ms: u64) -> Result<(), Violation> {
        self.now_ms = at_ms;
        self.apply(Event::Tick);
        self.state.advance(at_ms, &mut self.commands);
        let call = self.commands.iter().find_map(|command| match command {
            Command::Send { request, .. } => Some(call_of(request)),
            _ => None,
        });
        must(call.is_none(), "no wake-up is lost", || {
            format!("call {call:?} could be sent at {at_ms}, and nobody would have looked")
        })?;
        let ending = self.obey()?;
        must(ending.is_none(), "no wake-up is lost", || format!("{ending:?} at {at_ms}"))
    }

    fn is_anything_due(&self) -> bool {
        self.has_crashed
            || !self.controls.is_empty()
            || !self.ended.is_empty()
            || self.commit.is_some()
    }

    /// Moves what has happened by now to where the loop finds it.
    fn happen(&mut self) {
        while let Some(Reverse((at_ms, _, happening))) = self.heap.peek().copied() {
            if at_ms > self.now_ms || self.has_crashed {
                break;
            }
            self.heap.pop();
            match happening {
                Happening::Ended(number) => self.ended.push_back(number),
                Happening::Cut(CutKind::Crash) => self.has_crashed = true,
                Happening::Cut(kind) => self.controls.push_back(kind),
                Happening::CommitEnds => self.commit_ends(at_ms),
            }
        }
    }

    fn commit_ends(&mut self, at_ms: u64) {
        match self.writer.end(&mut self.world.durable) {
            Ok(commit) => {
                let is_durable = matches!(commit, Commit::Durable(_));
                self.commit = Some(commit);
                if is_durable && let Some(takes_ms) = self.writer.begin() {
                    self.at(at_ms + takes_ms, Happening::CommitEnds);
                }
            }
            Err(violation) => self.world.violation = Some(violation),
        }
    }

    /// Takes one kind of event, in the dispatcher's order; false when the store has failed.
    fn take_event(&mut self) -> Result<bool, Violation> {
        if let Some(violation) = self.world.violation.take() {
            return Err(violation);
        }
        self.world.events += 1;
        if let Some(kind) = self.controls.pop_front() {
            self.control(kind);
        } else if !self.ended.is_empty() {
            for _ in 0..EVENTS_AT_ONCE {
                let Some(number) = self.ended.pop_front() else { break };
                self.take_ended(number);
            }
        } else if let Some(commit) = self.commit.take() {
            let Commit::Durable(batches) = commit else {
                self.note(|| "a commit failed".to_owned());
                return Ok(false);
            };
            self.note(|| format!("{batches} batches durable"));
            self.told = batches;
            self.ledger.settled(batches);
            self.apply(Event::Committed { batches });
        } else {
            self.tick()?;
        }
        Ok(true)
    }

    fn control(&mut self, kind: CutKind) {
        if kind == CutKind::Stop && self.stop_by_ms.is_none() {
            self.note(|| "stop asked".to_owned());
            self.stop_by_ms = Some(self.now_ms + GRACE_MS);
            self.ledger.is_stopping = true;
            self.apply(Event::StopAsked);
        } else {
            self.abort();
        }
    }

    fn abort(&mut self) {
        self.note(|| "abort asked".to_owned());
        self.stop_by_ms = None;
        self.ledger.is_stopping = true;
        self.is_aborted = true;
        self.apply(Event::AbortAsked);
    }

    fn tick(&mut self) -> Result<(), Violation> {
        if self.stop_by_ms.is_some_and(|stop_by_ms| stop_by_ms <= self.now_ms) {
            self.abort();
            return Ok(());
        }
        self.ticks_at_once += 1;
        must(self.ticks_at_once <= TICKS_AT_ONCE, "there is no busy loop", || {
            format!("{} ticks at {}", self.ticks_at_once, self.now_ms)
        })?;
        self.apply(Event::Tick);
        Ok(())
    }

    fn take_ended(&mut self, number: u64) {
        let Some(result) = self.outcomes.remove(&number) else { return };
        self.note(|| match &result {
            Ok(response) => format!("try {number} answered {}", response.text),
            Err(error) => format!("try {number} failed: {error}, wait {:?}", error.retry_after_ms),
        });
        let is_given_up =
            |command: &Command| matches!(command, Command::Cancel { number: n } if *n == number);
        if !self.commands.iter().any(is_given_up) {
            self.ledger.ended(self.now_ms, number, &result);
        }
        self.apply(Event::Ended { number, result });
    }

    fn apply(&mut self, event: Event) {
        let wall = UnixMillis(self.world.base_ms + self.now_ms);
        self.state.apply(self.now_ms, wall, event, &mut self.commands);
    }

    fn obey(&mut self) -> Result<Option<Ending>, Violation> {
        let mut ending = None;
        for command in std::mem::take(&mut self.commands) {
            match command {
                Command::Send { number, model, request } => self.send(number, model, &request)?,
                Command::Cancel { number } => self.cancel(number)?,
                Command::Store(batch) => self.store(*batch)?,
                Command::Abort => {
                    self.ledger.aborted();
                    for number in self.outcomes.keys().copied().collect::<Vec<_>>() {
                        self.forget(number);
                    }
                }
                Command::Notice(notice) => self.note(|| notice.message),
                Command::Finish(reached) => ending = Some(reached),
            }
        }
        Ok(ending)
    }

    fn send(&mut self, number: u64, lane: usize, request: &ChatRequest) -> Result<(), Violation> {
        let call = call_of(request);
        self.note(|| format!("try {number}: call {call} to lane {lane}"));
        let key = CallKey::new(call.to_string());
        must(
            !self.world.is_concluded(&key),
            "what has come to its end is never sent again",
            || format!("call {call}"),
        )?;
        let before = self.scenario.shape.leads_to(call).map(|call| CallKey::new(call.to_string()));
        let is_durable = before.is_none_or(|key| self.world.durable.calls.contains_key(&key));
        must(is_durable, "nothing follows from what is not durable", || format!("call {call}"))?;
        let in_service = self.ledger.in_flight(lane);
        self.ledger.sent(self.now_ms, number, lane, request)?;
        self.world.sends[lane].push(self.world.base_ms + self.now_ms);
        self.sent_to.push(lane);
        self.ticks_at_once = 0;
        let tries = self.world.tries.entry(call).or_default();
        let at_ms = self.world.base_ms + self.now_ms;
        let asked = Asked { call, nth: *tries, request, at_ms, in_service };
        let endpoint = &self.scenario.lanes[lane].endpoint;
        let (fate, is_planned) = endpoint.fate(&asked, &self.scenario.faults, &mut self.random);
        *tries += usize::from(is_planned);
        self.outcomes.insert(number, fate.result);
        self.at(self.now_ms + fate.after_ms, Happening::Ended(number));
        Ok(())
    }

    fn cancel(&mut self, number: u64) -> Result<(), Violation> {
        self.note(|| format!("try {number} given up"));
        self.forget(number);
        self.ledger.cancelled(number)
    }

    /// A try that is given up ends all the same now and then: it had ended before it was told.
    fn forget(&mut self, number: u64) {
        let one_in = self.scenario.late_answers_one_in;
        if one_in == 0 || self.random.below(one_in) > 0 {
            self.outcomes.remove(&number);
        }
    }

    fn store(&mut self, batch: speciate_store::Batch) -> Result<(), Violation> {
        if let Some(call) = &batch.call {
            let lane = call.endpoint.strip_prefix("lane-").and_then(|lane| lane.parse().ok());
            self.ledger.concluded(self.writer.submitted + 1, lane.unwrap_or_default());
            self.world.conclude(&call.key)?;
        }
        if let Some(takes_ms) = self.writer.submit(batch) {
            self.at(self.now_ms + takes_ms, Happening::CommitEnds);
        }
        Ok(())
    }

    fn at(&mut self, at_ms: u64, happening: Happening) {
        self.sequence += 1;
        self.heap.push(Reverse((at_ms, self.sequence, happening)));
    }

    fn note(&mut self, line: impl FnOnce() -> String) {
        let (session, now_ms) = (self.world.sessions, self.now_ms);
        self.world.trace.note(|| format!("{session}.{now_ms:>7} {}", line()));
    }

    /// After each group of sends, what the engine itself says of its lanes must fit.
    fn check_lanes(&mut self) -> Result<(), Violation> {
        let sent_to = std::mem::take(&mut self.sent_to);
        if sent_to.is_empty() {
            return Ok(());
        }
        self.state.look(self.now_ms);
        for (lane, shown) in self.state.progress().lanes.iter().enumerate() {
            let in_flight = self.ledger.in_flight(lane);
            must(in_flight == shown.in_flight, "what is in flight is known", || {
                format!("lane {lane}: {in_flight}, and the engine says {}", shown.in_flight)
            })?;
            let has_just_sent = sent_to.contains(&lane);
            must(!has_just_sent || in_flight <= shown.level, "the level holds", || {
                format!("lane {lane}: {in_flight} in flight at level {}", shown.level)
            })?;
            must(!has_just_sent || shown.waits_ms == 0, "nothing goes to a closed lane", || {
                format!("lane {lane} waits {} ms", shown.waits_ms)
            })?;
        }
        Ok(())
    }

    fn look(&mut self) -> Result<(), Violation> {
        if self.now_ms < self.look_at_ms {
            return Ok(());
        }
        self.look_at_ms = self.now_ms + LOOK_EVERY_MS;
        self.state.look(self.now_ms);
        self.world.shown.check(self.state.progress(), &self.world.durable)
    }

    /// A run that was asked to stop ends as soon as nothing is under way.
    fn check_stop(&self) -> Result<(), Violation> {
        let is_done = self.ledger.live.is_empty() && self.told == self.writer.submitted;
        must(
            !(self.ledger.is_stopping && is_done),
            "a stopped run ends with its last call",
            || format!("nothing is under way at {}", self.now_ms),
        )?;
        let is_idle = self.ledger.live.is_empty();
        must(!self.is_aborted || is_idle, "an abort drops every call", || {
            format!("{} in flight", self.ledger.live.len())
        })
    }

    fn check_ending(&mut self, ending: &Ending) -> Result<(), Violation> {
        self.note(|| format!("{ending:?}"));
        let is_idle = self.ledger.live.is_empty() && self.told == self.writer.submitted;
        must(is_idle, "a run ends when nothing is under way", || {
            let (live, told) = (self.ledger.live.len(), self.told);
            format!("{live} in flight, {told} of {} durable", self.writer.submitted)
        })?;
        self.state.look(self.now_ms);
        self.state.look(self.now_ms);
        self.world.shown.check(self.state.progress(), &self.world.durable)?;
        let shown = self.state.progress();
        let is_idle = shown.in_flight == 0 && shown.lanes.iter().all(|lane| lane.in_flight == 0);
        must(is_idle, "what is in flight is known", || format!("at the end: {shown:?}"))?;
        self.world.last = shown.clone();
        Ok(())
    }
}
