//! A run against a simulated endpoint and store, in virtual time.

use std::collections::{BTreeMap, VecDeque};

use speciate_engine::{Command, Ending, Event, Plan, State};
use speciate_llm::limit::Concurrency;
use speciate_store::Totals;
use speciate_types::{ChatResponse, UnixMillis, Usage};

use super::draws::{Draws, Lineages};
use crate::kit::{self, Scripted, response};

/// An endpoint that works on `slots` calls at once; others wait in the order of arrival.
#[derive(Debug)]
pub(super) struct Endpoint {
    pub(super) slots: usize,
    busy: usize,
    waiting: VecDeque<(u64, u64)>,
    /// Slot time given, and until when it is counted.
    busy_ms: u64,
    counted_to_ms: u64,
}

impl Endpoint {
    fn count(&mut self, now_ms: u64) {
        self.busy_ms += self.busy.min(self.slots) as u64 * (now_ms - self.counted_to_ms);
        self.counted_to_ms = now_ms;
    }
}

#[derive(Debug)]
enum Happening {
    /// The end of this call, after so many milliseconds.
    Answer(u64, u64),
    Durable(u64),
}

/// A run, its endpoint and its store, in virtual time.
pub(super) struct World {
    state: State,
    draws: Draws,
    pub(super) endpoint: Endpoint,
    ahead: BTreeMap<(u64, u64), Happening>,
    happenings: u64,
    batches: u64,
    durable_ms: u64,
    pub(super) now_ms: u64,
    pub(super) ending: Option<Ending>,
}

impl World {
    pub(super) fn new(draws: Draws, lineages: u64, slots: usize, concurrency: Concurrency) -> Self {
        let mut plan: Plan = kit::plan(&Scripted::faultless(), 1);
        plan.lanes[0].limits.concurrency = concurrency;
        let job = Box::new(Lineages::new(draws, lineages));
        let mut state = State::new(plan, job, &Totals::default());
        let mut commands = Vec::new();
        while state.begin_next(&mut commands) {}
        assert!(commands.is_empty());
        let endpoint =
            Endpoint { slots, busy: 0, waiting: VecDeque::new(), busy_ms: 0, counted_to_ms: 0 };
        Self {
            state,
            draws,
            endpoint,
            ahead: BTreeMap::new(),
            happenings: 0,
            batches: 0,
            durable_ms: 0,
            now_ms: 0,
            ending: None,
        }
    }

    /// Goes on until the end of the run, or until `until_ms`.
    pub(super) fn run_until(&mut self, until_ms: u64) {
        while self.ending.is_none() {
            let mut commands = Vec::new();
            self.state.advance(self.now_ms, &mut commands);
            self.obey(commands);
            let first = self.ahead.keys().next().map(|(at_ms, _)| *at_ms);
            let wake = self.state.wake_at_ms().map(|at_ms| at_ms.max(self.now_ms + 1));
            let Some(next_ms) = first.into_iter().chain(wake).min() else { return };
            if next_ms > until_ms {
                self.endpoint.count(until_ms);
                self.now_ms = until_ms;
                return;
            }
            self.endpoint.count(next_ms);
            self.now_ms = next_ms;
            self.happen();
        }
    }

    fn happen(&mut self) {
        let mut commands = Vec::new();
        let mut tell = |state: &mut State, now_ms, event| {
            state.apply(now_ms, UnixMillis(0), event, &mut commands);
        };
        tell(&mut self.state, self.now_ms, Event::Tick);
        while let Some(first) = self.ahead.first_entry() {
            if first.key().0 > self.now_ms {
                break;
            }
            let event = match first.remove() {
                Happening::Durable(batches) => Event::Committed { batches },
                Happening::Answer(number, took_ms) => {
                    self.endpoint.busy -= 1;
                    Event::Ended { number, result: Ok(answer(took_ms)) }
                }
            };
            tell(&mut self.state, self.now_ms, event);
        }
        self.serve();
        self.obey(commands);
    }

    fn obey(&mut self, commands: Vec<Command>) {
        for command in commands {
            match command {
                Command::Send { number, request, .. } => {
                    let service_ms = self.draws.service_ms(request.seed);
                    self.endpoint.waiting.push_back((number, service_ms));
                }
                Command::Store(batch) => {
                    self.batches += 1;
                    let ticket: u64 = batch.call.unwrap().key.as_str().parse().unwrap();
                    let at_ms = self.now_ms + self.draws.commit_ms(ticket);
                    // The store keeps the order of batches.
                    self.durable_ms = self.durable_ms.max(at_ms);
                    self.expect(self.durable_ms, Happening::Durable(self.batches));
                }
                Command::Finish(ending) => self.ending = Some(ending),
                Command::Notice(_)
                | Command::Abort
                | Command::Panic(_)
                | Command::Cancel { .. } => {}
            }
        }
        self.serve();
    }

    fn serve(&mut self) {
        while self.endpoint.busy < self.endpoint.slots {
            let Some((number, service_ms)) = self.endpoint.waiting.pop_front() else { return };
            self.endpoint.busy += 1;
            self.expect(self.now_ms + service_ms, Happening::Answer(number, service_ms));
        }
    }

    fn expect(&mut self, at_ms: u64, happening: Happening) {
        self.happenings += 1;
        self.ahead.insert((at_ms, self.happenings), happening);
    }

    /// The share of the endpoint's slots that is busy from now until `until_ms`.
    pub(super) fn busy_share_until(&mut self, until_ms: u64) -> f64 {
        self.endpoint.count(self.now_ms);
        let (began_ms, busy_ms) = (self.now_ms, self.endpoint.busy_ms);
        self.run_until(until_ms);
        let room_ms = self.endpoint.slots as u64 * (until_ms - began_ms);
        (self.endpoint.busy_ms - busy_ms) as f64 / room_ms as f64
    }

    pub(super) fn level(&mut self) -> u32 {
        self.state.look(self.now_ms);
        self.state.progress().lanes[0].level
    }
}

/// An answer that takes a millisecond for each token.
fn answer(took_ms: u64) -> ChatResponse {
    let usage = Usage { output_tokens: took_ms, ..response().usage };
    ChatResponse { usage, ..response() }
}
