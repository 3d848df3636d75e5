//! The whole logic of a run, as a pure state machine.

mod call;
mod choose;
mod cuts;
mod estimate;
mod fill;
mod finish;
mod hold;
mod late;
mod leave;
mod notices;
mod panic;
mod pay;
mod probe;
mod unproven;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};

use speciate_llm::budget::Budget;
use speciate_store::Totals;
use speciate_types::{Job, NanoUsd, Step, UnixMillis, Wanted};

use crate::event::{Command, Ending, Event, StopReason};
use crate::lane::Lane;
use crate::pace::Pace;
use crate::plan::Plan;
use crate::progress::{LaneProgress, Progress};
use crate::ready::{ReadyKind, ReadyQueues};
use call::{Call, Flight};
use cuts::Cuts;
use hold::Held;
use unproven::Unproven;

/// A run: what is ready, in flight, waiting and not yet durable.
#[derive(Debug)]
pub struct State {
    plan: Plan,
    job: Box<dyn Job + Send>,
    lanes: Vec<Lane>,
    budget: Budget,
    ready: ReadyQueues,
    /// Calls in flight or waiting to be tried again, by number.
    calls: BTreeMap<u64, Call>,
    /// Tries in flight, by number.
    flights: BTreeMap<u64, Flight>,
    /// What they will probably cost.
    expected_in_flight: NanoUsd,
    /// When to try a call again.
    waiting: BinaryHeap<Reverse<(u64, u64)>>,
    /// Calls that have ended for good and wait to be worked on, in that order.
    held: Vec<Held>,
    /// What is withheld of roles that have never worked, by role.
    unproven: Vec<Unproven>,
    /// Batches that are not durable yet: the lane whose call led to each, and the calls that may
    /// be made when it is.
    uncommitted: VecDeque<(u64, Option<usize>, Vec<Wanted>)>,
    /// When to see whether a try is late.
    checks: BinaryHeap<Reverse<(u64, u64)>>,
    /// Calls that are to be tried a second time.
    late: VecDeque<u64>,
    /// How answers fare under the token limits, by role.
    cuts: Vec<Cuts>,
    /// How long answers take, by role.
    paces: Vec<Pace>,
    /// Panics since the last answer.
    panics_in_a_row: u32,
    /// What the panic said that ends the run.
    bug: Option<String>,
    batches_sent: u64,
    batches_committed: u64,
    next_call: u64,
    next_flight: u64,
    stop: Option<StopReason>,
    finished: bool,
    wake_at_ms: Option<u64>,
    /// Mean answer tokens by role, for estimates.
    answer_tokens: Vec<(u64, u64)>,
    counts: Progress,
    /// A snapshot was wanted while answers waited to be worked on.
    snapshot_is_due: bool,
    seen: Option<(u64, Progress)>,
    shown: Progress,
}

impl State {
    /// A run at rest. `totals` are those of earlier sessions.
    pub fn new(plan: Plan, job: Box<dyn Job + Send>, totals: &Totals) -> Self {
        let counts = Progress {
            calls_done: totals.calls,
            usage: speciate_types::Usage {
                input_tokens: totals.input_tokens,
                output_tokens: totals.output_tokens,
                cached_input_tokens: totals.cached_input_tokens,
                reasoning_tokens: totals.reasoning_tokens,
                estimated: false,
            },
            cost_is_partial: totals.calls_of_unknown_cost > 0
                || plan.models.iter().all(|model| model.price.is_none()),
            cost_limit: plan.cost_limit,
            ..Progress::default()
        };
        let shown = Progress { cost: totals.cost, ..counts.clone() };
        Self {
            lanes: plan.lanes.iter().map(Lane::new).collect(),
            budget: Budget::new(plan.cost_limit, totals.cost),
            ready: ReadyQueues::new(plan.roles.len()),
            answer_tokens: vec![(0, 0); plan.roles.len()],
            unproven: plan.roles.iter().map(|_| Unproven::default()).collect(),
            cuts: vec![Cuts::default(); plan.roles.len()],
            paces: vec![Pace::default(); plan.roles.len()],
            plan,
            job,
            calls: BTreeMap::new(),
            flights: BTreeMap::new(),
            expected_in_flight: NanoUsd(0),
            checks: BinaryHeap::new(),
            late: VecDeque::new(),
            waiting: BinaryHeap::new(),
            held: Vec::new(),
            uncommitted: VecDeque::new(),
            panics_in_a_row: 0,
            bug: None,
            batches_sent: 0,
            batches_committed: 0,
            next_call: 0,
            next_flight: 0,
            stop: None,
            finished: false,
            wake_at_ms: None,
            counts,
            snapshot_is_due: false,
            seen: None,
            shown,
        }
    }

    /// The same after sessions whose calls may have cost `at_risk` without a stored answer.
    #[must_use]
    pub fn with_at_risk(mut self, at_risk: NanoUsd) -> Self {
        self.budget = self.budget.with_at_risk(at_risk);
        self.shown.at_risk = at_risk;
        self
    }

    /// Takes what a job wants at its beginning or after a replay.
    pub fn begin(&mut self, step: Step, commands: &mut Vec<Command>) {
        if step.records.is_empty() {
            if self.batches_sent == 0 {
                // All that the job knows it was told from the store.
                self.shown.tally = self.job.tally();
            }
            self.ready.extend(step.wanted);
        } else {
            self.store(None, step, commands);
        }
    }

    /// Takes the next part of the job's beginning; false when there is none.
    pub fn begin_next(&mut self, commands: &mut Vec<Command>) -> bool {
        let Some(step) = self.job.begin() else { return false };
        self.begin(step, commands);
        true
    }

    /// Takes an event; says what to do. `now_ms` never goes back; `wall` is only written down.
    pub fn apply(
        &mut self,
        now_ms: u64,
        wall: UnixMillis,
        event: Event,
        commands: &mut Vec<Command>,
    ) {
        match event {
            Event::Tick => {}
            Event::Ended { number, result } => self.ended(now_ms, wall, number, result, commands),
            Event::Panicked { number, message } => {
                self.panicked(now_ms, wall, number, &message, commands);
            }
            Event::Committed { batches } => self.committed(batches),
            Event::StopAsked => {
                self.stop_for(StopReason::Asked);
                self.say_stopping(" (Ctrl-C again to drop them)", commands);
            }
            Event::AbortAsked => self.abort(commands),
        }
        self.wake_waiting(now_ms);
        self.check_late(now_ms, wall, commands);
    }

    /// Sends as much as limits allow; call it after a group of events.
    pub fn advance(&mut self, now_ms: u64, commands: &mut Vec<Command>) {
        self.wake_at_ms = None;
        if let Some(message) = self.bug.take() {
            // What has been answered is kept.
            self.settle(commands);
            commands.push(Command::Panic(message));
            return;
        }
        if self.stop.is_none() {
            self.fill(now_ms, commands);
            self.stop_if_abandoned(commands);
        }
        if self.stop.is_none() {
            self.judge_unproven(commands);
        }
        self.settle_or_hold(now_ms, commands);
        self.forget_checks();
        if !self.finished && self.is_at_rest() {
            self.finished = true;
            let ending = self.stop.clone().map_or(Ending::Done, Ending::Stopped);
            commands.push(Command::Finish(ending));
        }
    }

    /// When something will happen without an event.
    pub fn wake_at_ms(&self) -> Option<u64> {
        let retry = self.waiting.peek().map(|Reverse((at_ms, _))| *at_ms);
        let retry = retry.filter(|_| self.stop.is_none());
        // A run that stops waits for what is in flight, but not for what hangs.
        let check = self.checks.peek().map(|Reverse((at_ms, _))| *at_ms);
        let check = check.filter(|_| !self.flights.is_empty());
        [retry, check, self.wake_at_ms].into_iter().flatten().min()
    }

    /// What is durable.
    pub fn progress(&self) -> &Progress {
        &self.shown
    }

    /// Most calls that were in flight at once.
    pub fn in_flight_max(&self) -> u32 {
        self.counts.in_flight_max
    }

    /// What calls may have cost without a stored answer if everything ended now.
    pub fn at_risk(&self) -> NanoUsd {
        self.at_risk_at_rest().saturating_add(self.expected_in_flight)
    }

    /// The same without the calls in flight.
    fn at_risk_at_rest(&self) -> NanoUsd {
        self.budget.at_risk().saturating_add(self.withheld_cost())
    }

    /// A try that is no longer in flight.
    fn land(&mut self, name: u64) -> Option<Flight> {
        let flight = self.flights.remove(&name)?;
        self.expected_in_flight = self.expected_in_flight.saturating_sub(flight.expected);
        Some(flight)
    }

    fn in_flight(&self) -> u32 {
        self.flights.len() as u32
    }

    fn committed(&mut self, batches: u64) {
        self.batches_committed = self.batches_committed.max(batches);
        while self.uncommitted.front().is_some_and(|(batch, ..)| *batch <= batches) {
            let Some((_, lane, wanted)) = self.uncommitted.pop_front() else { break };
            if let Some(lane) = lane {
                self.lanes[lane].settled();
            }
            self.ready.extend(wanted);
        }
    }

    fn stop_for(&mut self, reason: StopReason) {
        self.stop.get_or_insert(reason);
    }

    fn abort(&mut self, commands: &mut Vec<Command>) {
        self.stop_for(StopReason::Asked);
        for flight in std::mem::take(&mut self.flights).into_values() {
            self.lanes[self.plan.models[flight.model].lane].dropped();
            // Its server works on, and may bill it.
            self.budget.settle_unknown(flight.reserved, flight.expected);
        }
        self.expected_in_flight = NanoUsd(0);
        self.calls.clear();
        self.waiting.clear();
        commands.push(Command::Abort);
    }

    fn is_at_rest(&self) -> bool {
        let is_durable = self.held.is_empty() && self.batches_committed == self.batches_sent;
        let nothing_runs = self.flights.is_empty() && is_durable;
        let nothing_waits = self.ready.len() == 0 && self.calls.is_empty();
        nothing_runs && (self.stop.is_some() || nothing_waits)
    }

    fn wake_waiting(&mut self, now_ms: u64) {
        while self.waiting.peek().is_some_and(|Reverse((at_ms, _))| *at_ms <= now_ms) {
            let Some(Reverse((_, number))) = self.waiting.pop() else { break };
            if let Some(call) = self.calls.get(&number) {
                self.ready.push(call.wanted, ReadyKind::Again(number));
            }
        }
    }

    /// Shows a snapshot only once all that it counts is durable.
    fn publish(&mut self, now_ms: u64) {
        match self.seen.take() {
            Some((batch, progress)) if batch <= self.batches_committed => self.shown = progress,
            later => self.seen = later,
        }
        self.shown.in_flight = self.in_flight();
        self.shown.retrying = self.waiting.len() as u32;
        self.shown.ready = self.ready.len() as u64;
        self.shown.in_flight_max = self.counts.in_flight_max;
        self.shown.lanes = self.lanes.iter().map(|lane| lane_progress(lane, now_ms)).collect();
    }

    /// Takes a snapshot of the counts, to be shown when it is durable.
    pub fn look(&mut self, now_ms: u64) {
        if self.seen.is_none() {
            self.snapshot_is_due = true;
            self.take_snapshot();
        }
        self.publish(now_ms);
    }

    /// Takes the snapshot that is due, unless some of what is counted is not worked on yet.
    fn take_snapshot(&mut self) {
        if !self.snapshot_is_due || !self.held.is_empty() {
            return;
        }
        let progress = Progress {
            tally: self.job.tally(),
            cost: self.budget.spent(),
            at_risk: self.at_risk_at_rest(),
            ..self.counts.clone()
        };
        self.snapshot_is_due = false;
        self.seen = Some((self.batches_sent, progress));
    }
}

fn lane_progress(lane: &Lane, now_ms: u64) -> LaneProgress {
    LaneProgress {
        endpoint: lane.endpoint.clone(),
        in_flight: lane.in_flight(),
        level: lane.level(),
        waits_ms: lane.closed_until_ms().saturating_sub(now_ms),
        rate_waits_ms: lane.rate_until_ms().saturating_sub(now_ms),
    }
}
