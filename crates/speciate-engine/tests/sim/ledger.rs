//! The books of one session, kept beside the engine: what is in flight, where, and for how much.

use std::collections::{BTreeMap, VecDeque};

use speciate_types::{CallError, ChatRequest, ChatResponse, ErrorClass, NanoUsd, Usage};

use crate::endpoint::Outcome;
use crate::held::Held;
use crate::job::call_of;
use crate::scenario::Scenario;
use crate::violation::{Violation, must};
use speciate_llm::limit::Concurrency;

const MINUTE_MS: u64 = 60_000;
/// What the engine promises: faults in a row after which an endpoint gets one call at a time.
const OUTAGE_AFTER: u32 = 10;
const SECOND_TRIES_OF_CALL: u32 = 3;

/// A try in flight.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Try {
    call: Option<u64>,
    lane: usize,
    reserved: NanoUsd,
    tokens: u64,
}

#[derive(Debug, Default)]
struct LaneBook {
    in_flight: u32,
    /// Calls that ended here and are not known to be durable.
    unsettled: u32,
    faults_in_a_row: u32,
    /// Nothing was answered since a fault, or since a try was given up.
    is_in_doubt: bool,
    closed_until_ms: u64,
    /// Whether each of the last answers and refusals was a refusal.
    recent: VecDeque<bool>,
    is_left_out: bool,
    /// When and how many tokens, by the number of the try.
    minute: VecDeque<(u64, u64, u64)>,
}

impl LaneBook {
    fn note(&mut self, is_refusal: bool) {
        self.recent.push_back(is_refusal);
        if self.recent.len() > 32 {
            self.recent.pop_front();
        }
    }

    /// A refusal among many answers is the matter of one call.
    fn is_among_answers(&self) -> bool {
        let refusals = self.recent.iter().filter(|is_refusal| **is_refusal).count();
        let with_in_flight = self.recent.len() + self.in_flight as usize;
        let is_beginning = self.recent.len() < 8 && with_in_flight >= 32;
        let seen = if is_beginning { with_in_flight } else { self.recent.len() };
        seen >= 8 && refusals * 10 <= seen * 3
    }
}

#[derive(Debug)]
pub(crate) struct Ledger<'a> {
    scenario: &'a Scenario,
    pub(crate) live: BTreeMap<u64, Try>,
    lanes: Vec<LaneBook>,
    /// Tries in flight and second tries so far, by call.
    calls: BTreeMap<u64, (u32, u32)>,
    /// When a server wants this call again at the earliest.
    wishes: BTreeMap<(u64, usize), u64>,
    second_tries: u64,
    pub(crate) held: Held,
    concluded: u64,
    /// Batches with a call that are not known to be durable, and its lane.
    batches: VecDeque<(u64, usize)>,
    /// Answer tokens and answers, by role: the engine's estimates follow from these.
    answers: Vec<(u64, u64)>,
    spent: NanoUsd,
    limit: Option<NanoUsd>,
    pub(crate) is_stopping: bool,
    /// Panics since the last answer.
    panics_in_a_row: u32,
    /// The most of these so far.
    pub(crate) most_panics: u32,
}

impl<'a> Ledger<'a> {
    pub(crate) fn new(scenario: &'a Scenario, spent: NanoUsd, limit: Option<NanoUsd>) -> Self {
        Self {
            scenario,
            live: BTreeMap::new(),
            lanes: scenario.lanes.iter().map(|_| LaneBook::default()).collect(),
            calls: BTreeMap::new(),
            wishes: BTreeMap::new(),
            second_tries: 0,
            held: Held::default(),
            concluded: 0,
            batches: VecDeque::new(),
            answers: vec![(0, 0); scenario.roles.len()],
            spent,
            limit,
            is_stopping: false,
            panics_in_a_row: 0,
            most_panics: 0,
        }
    }

    pub(crate) fn in_flight(&self, lane: usize) -> u32 {
        self.lanes[lane].in_flight
    }

    /// Calls of this role that were answered.
    pub(crate) fn answers(&self, role: usize) -> u64 {
        self.answers[role].1
    }

    fn cost(&self, lane: usize, usage: Usage) -> NanoUsd {
        self.scenario.lanes[lane].price.map_or(NanoUsd(0), |price| price.cost(usage))
    }

    fn estimate(&self, call: u64, request: &ChatRequest) -> Usage {
        let (sum, count) = self.answers[self.scenario.shape.role(call) as usize];
        let output_tokens = sum.checked_div(count).unwrap_or(300);
        Usage {
            input_tokens: Usage::estimate_tokens(bytes(request)),
            output_tokens,
            estimated: true,
            ..Usage::default()
        }
    }

    /// Takes a try that the engine sends, and checks that it may.
    pub(crate) fn sent(
        &mut self,
        now_ms: u64,
        number: u64,
        lane: usize,
        request: &ChatRequest,
    ) -> Result<(), Violation> {
        let call = call_of(request);
        must(!self.is_stopping, "nothing is sent after a stop", || format!("call {call:?}"))?;
        self.check_lane(now_ms, lane, call)?;
        if let Some(call) = call {
            self.check_repeat(call)?;
        }
        let most = Usage {
            input_tokens: bytes(request).div_ceil(2) as u64 + 16 * request.messages.len() as u64,
            output_tokens: u64::from(request.sampling.max_tokens.unwrap_or(8_192)),
            estimated: true,
            ..Usage::default()
        };
        let expected = call.map_or(most, |call| self.estimate(call, request));
        let (reserved, tokens) = (self.cost(lane, most), expected.total());
        self.check_rates(now_ms, lane, tokens)?;
        self.lanes[lane].minute.push_back((now_ms, number, tokens));
        self.lanes[lane].in_flight += 1;
        if let Some(call) = call {
            self.calls.entry(call).or_default().0 += 1;
        }
        self.live.insert(number, Try { call, lane, reserved, tokens });
        self.check_money()
    }

    fn check_lane(&self, now_ms: u64, lane: usize, call: Option<u64>) -> Result<(), Violation> {
        let book = &self.lanes[lane];
        must(!book.is_left_out, "nothing goes to an endpoint that is left out", || {
            format!("call {call:?} to lane {lane}")
        })?;
        must(now_ms >= book.closed_until_ms, "nothing is sent before the server's time", || {
            format!("call {call:?} to lane {lane}, closed until {}", book.closed_until_ms)
        })?;
        let wish_ms = call.and_then(|call| self.wishes.get(&(call, lane)).copied());
        let wish_ms = wish_ms.unwrap_or_default();
        must(now_ms >= wish_ms, "a server's wish is never cut short", || {
            format!("call {call:?} to lane {lane}, wanted at {wish_ms}")
        })?;
        let is_probe = call.is_none();
        must(!is_probe || book.is_in_doubt, "signs of life are asked for in doubt only", || {
            format!("lane {lane}")
        })?;
        let is_out = book.faults_in_a_row >= OUTAGE_AFTER || is_probe;
        must(
            !is_out || book.in_flight == 0,
            "an outage is probed with one call at a time",
            || format!("call {call:?} to lane {lane} beside {}", book.in_flight),
        )?;
        let most = self.slots(lane);
        must(book.in_flight < most, "no more in flight than the plan allows", || {
            format!("lane {lane}: {} of {most}", book.in_flight + 1)
        })?;
        let is_small = (0..self.lanes.len()).map(|lane| self.slots(lane)).sum::<u32>() < 32;
        // A second try puts no further call at stake.
        let known = call.and_then(|call| self.calls.get(&call));
        let is_second = known.is_some_and(|(in_flight, _)| *in_flight > 0);
        let at_stake = book.in_flight + book.unsettled + 1;
        must(
            !is_small || is_second || at_stake <= most,
            "a crash repeats no more than fits in flight",
            || format!("lane {lane}: {at_stake} of {most}"),
        )
    }

    fn slots(&self, lane: usize) -> u32 {
        match self.scenario.lanes[lane].concurrency {
            Concurrency::Fixed(most) | Concurrency::Auto { most } => most,
        }
    }

    /// A call in flight is only sent again as a second try, and those are few.
    fn check_repeat(&mut self, call: u64) -> Result<(), Violation> {
        let (in_flight, second_tries) = self.calls.entry(call).or_default();
        if *in_flight == 0 {
            return Ok(());
        }
        *second_tries += 1;
        self.second_tries += 1;
        let is_few =
            *second_tries <= SECOND_TRIES_OF_CALL && self.second_tries <= 8 + self.concluded / 20;
        must(is_few, "second tries are few", || {
            let all = self.second_tries;
            format!("call {call}: {second_tries}, all {all} after {} calls", self.concluded)
        })
    }

    fn check_rates(&mut self, now_ms: u64, lane: usize, tokens: u64) -> Result<(), Violation> {
        let plan = &self.scenario.lanes[lane];
        let minute = &mut self.lanes[lane].minute;
        while minute.front().is_some_and(|(at_ms, ..)| at_ms + MINUTE_MS <= now_ms) {
            minute.pop_front();
        }
        let (requests, used) = (minute.len() as u64, minute.iter().map(|(.., t)| t).sum::<u64>());
        if let Some(limit) = plan.requests_per_minute {
            must(requests < limit.max(1), "requests per minute hold", || {
                format!("lane {lane}: {} of {limit}", requests + 1)
            })?;
        }
        let Some(limit) = plan.tokens_per_minute else { return Ok(()) };
        // A call larger than the whole limit may go alone.
        must(used == 0 || used + tokens <= limit, "tokens per minute hold", || {
            format!("lane {lane}: {used} and {tokens} of {limit}")
        })
    }

    fn check_money(&self) -> Result<(), Violation> {
        let reserved = self.live.values().map(|flight| flight.reserved.0).sum::<u64>();
        let Some(limit) = self.limit else { return Ok(()) };
        must(
            self.spent.0 + reserved <= limit.0,
            "money spent and set aside is within the limit",
            || format!("{} spent and {reserved} set aside of {}", self.spent.0, limit.0),
        )
    }

    /// Takes the end of a try that the engine is told of; nothing if it was given up before.
    pub(crate) fn ended(&mut self, now_ms: u64, number: u64, outcome: &Outcome) {
        let Some(flight) = self.remove(number) else { return };
        let usage = match outcome {
            Outcome::Answered(response) => Some(response.usage),
            Outcome::Failed(error) => error.usage,
            Outcome::Panicked => None,
        };
        self.spent = self.spent.saturating_add(self.cost(flight.lane, usage.unwrap_or_default()));
        match outcome {
            Outcome::Answered(response) => {
                if let Some(call) = flight.call {
                    self.held.answered(call, now_ms);
                }
                self.answered(number, &flight, response);
            }
            Outcome::Failed(error) => self.failed(now_ms, &flight, error),
            Outcome::Panicked => {
                self.panics_in_a_row += 1;
                self.most_panics = self.most_panics.max(self.panics_in_a_row);
            }
        }
    }

    fn remove(&mut self, number: u64) -> Option<Try> {
        let flight = self.live.remove(&number)?;
        self.lanes[flight.lane].in_flight -= 1;
        if let Some(call) = flight.call {
            self.calls.entry(call).or_default().0 -= 1;
        }
        Some(flight)
    }

    fn answered(&mut self, number: u64, flight: &Try, response: &ChatResponse) {
        if let Some(call) = flight.call {
            self.panics_in_a_row = 0;
            let seen = &mut self.answers[self.scenario.shape.role(call) as usize];
            *seen = (seen.0 + response.usage.output_tokens, seen.1 + 1);
        }
        let book = &mut self.lanes[flight.lane];
        // A sign of life says nothing about what is refused for load.
        if flight.call.is_some() {
            book.note(false);
        }
        (book.faults_in_a_row, book.is_in_doubt) = (0, false);
        let real = response.usage.total();
        if let Some(entry) = book.minute.iter_mut().rev().find(|entry| entry.1 == number) {
            entry.2 = real.min(flight.tokens);
        }
    }

    fn failed(&mut self, now_ms: u64, flight: &Try, error: &CallError) {
        let book = &mut self.lanes[flight.lane];
        if error.class == ErrorClass::Throttled {
            book.note(true);
        }
        match error.class {
            ErrorClass::Transient | ErrorClass::Overloaded => {
                book.faults_in_a_row += 1;
                book.is_in_doubt = true;
            }
            ErrorClass::Throttled if !book.is_among_answers() => {
                let until_ms = now_ms + error.retry_after_ms.unwrap_or_default();
                book.closed_until_ms = book.closed_until_ms.max(until_ms);
            }
            ErrorClass::LocalFault | ErrorClass::Throttled => {}
            _ => (book.faults_in_a_row, book.is_in_doubt) = (0, false),
        }
        // A sign of life, whatever it says.
        book.is_left_out |= flight.call.is_some()
            && matches!(
                error.class,
                ErrorClass::Auth | ErrorClass::Exhausted | ErrorClass::BadConfig
            );
        if let (Some(wish_ms), Some(call)) = (error.retry_after_ms, flight.call) {
            self.wishes.insert((call, flight.lane), now_ms + wish_ms);
        }
    }

    /// The engine gives a try up.
    pub(crate) fn cancelled(&mut self, number: u64) -> Result<(), Violation> {
        let flight = self.remove(number);
        if let Some(flight) = &flight {
            self.lanes[flight.lane].is_in_doubt = true;
        }
        must(flight.is_some(), "only what is in flight is given up", || format!("try {number}"))
    }

    pub(crate) fn aborted(&mut self) {
        for number in self.live.keys().copied().collect::<Vec<_>>() {
            self.remove(number);
        }
    }

    /// A call has come to its end on this lane, in the batch of this number.
    pub(crate) fn concluded(&mut self, batch: u64, lane: usize) {
        self.concluded += 1;
        self.lanes[lane].unsettled += 1;
        self.batches.push_back((batch, lane));
    }

    /// The batches up to this number are known to be durable.
    pub(crate) fn settled(&mut self, batches: u64) {
        while let Some((_, lane)) = self.batches.front().filter(|(batch, _)| *batch <= batches) {
            self.lanes[*lane].unsettled -= 1;
            self.batches.pop_front();
        }
    }
}

fn bytes(request: &ChatRequest) -> usize {
    request.messages.iter().map(|message| message.content.len()).sum()
}
