//! What the server saw.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;

use crate::answer::MockAnswer;
use crate::fault::FaultKind;

/// Most bodies that are told apart; later ones are not tracked.
const BODIES_MAX: usize = 4_000_000;

/// Counts since the start or the last reset. "Request" means a request for a chat completion.
///
/// Times are milliseconds since then, on a clock that only goes forward.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct MockStats {
    /// Requests that arrived whole.
    pub requests: u64,
    /// Requests that got a complete and sound answer.
    pub answered: u64,
    /// Requests that met a fault of the script, by the name of its kind.
    pub faults: BTreeMap<&'static str, u64>,
    /// Requests of any sort that were refused because they were wrong.
    pub bad_requests: u64,
    /// Requests that found the queue full.
    pub turned_away: u64,
    /// Requests whose client went away before the answer.
    pub abandoned: u64,
    /// Different request bodies, as far as they are tracked.
    pub distinct_bodies: u64,
    /// Requests whose body had come before; every repeat counts.
    pub repeated: u64,
    /// Sound answers to a body that had got one before: what a client pays twice.
    pub answered_again: u64,
    /// Whether the tracking of bodies is on and has had room for all.
    pub tracks_all: bool,
    /// Requests between arrival and end now.
    pub in_flight: u64,
    /// The most of them at any time, waiting ones included.
    pub max_in_flight: u64,
    /// The number of slots; 0 in instant mode.
    pub slots: u64,
    /// Time that slots were taken, over all slots; a slot counts once it is free again.
    pub busy_slot_ms: f64,
    /// `busy_slot_ms` over `slots` times the time from the first arrival to the last end.
    pub busy_share: f64,
    /// When the first request arrived.
    pub first_request_ms: Option<f64>,
    /// When the last request ended.
    pub last_response_ms: Option<f64>,
    /// Connections that were accepted.
    pub connections: u64,
    /// Prompt tokens of the sound answers.
    pub prompt_tokens: u64,
    /// Answer tokens of the sound answers.
    pub completion_tokens: u64,
    /// Bytes of all requests.
    pub bytes_in: u64,
    /// Bytes of all answers.
    pub bytes_out: u64,
}

/// The running counts behind [`MockStats`].
#[derive(Debug)]
pub(crate) struct Tally {
    counts: MockStats,
    faults: HashMap<FaultKind, u64>,
    /// Hashes of the bodies seen, and whether each got a sound answer.
    bodies: HashMap<u64, bool>,
    is_tracking: bool,
    start: Instant,
    busy: Duration,
    first: Option<Instant>,
    last: Option<Instant>,
}

impl Tally {
    pub(crate) fn new(slots: usize, is_tracking: bool) -> Self {
        Self {
            counts: MockStats {
                slots: slots as u64,
                tracks_all: is_tracking,
                ..MockStats::default()
            },
            faults: HashMap::new(),
            bodies: HashMap::new(),
            is_tracking,
            start: Instant::now(),
            busy: Duration::ZERO,
            first: None,
            last: None,
        }
    }

    /// Forgets everything but the requests in flight.
    pub(crate) fn reset(&mut self) {
        let in_flight = self.counts.in_flight;
        *self = Self::new(self.counts.slots as usize, self.is_tracking);
        self.counts.in_flight = in_flight;
        self.counts.max_in_flight = in_flight;
    }

    pub(crate) fn connect(&mut self) {
        self.counts.connections += 1;
    }

    pub(crate) fn read(&mut self, n_bytes: usize) {
        self.counts.bytes_in += n_bytes as u64;
    }

    pub(crate) fn wrote(&mut self, n_bytes: usize) {
        self.counts.bytes_out += n_bytes as u64;
    }

    /// Counts a request with this body and gives its number, from 1.
    pub(crate) fn arrive(&mut self, body: u64) -> u64 {
        self.counts.requests += 1;
        self.counts.in_flight += 1;
        self.counts.max_in_flight = self.counts.max_in_flight.max(self.counts.in_flight);
        self.first.get_or_insert_with(Instant::now);
        if self.is_tracking {
            self.track(body);
        }
        self.counts.requests
    }

    fn track(&mut self, body: u64) {
        if self.bodies.contains_key(&body) {
            self.counts.repeated += 1;
        } else if self.bodies.len() < BODIES_MAX {
            self.bodies.insert(body, false);
            self.counts.distinct_bodies += 1;
        } else {
            self.counts.tracks_all = false;
        }
    }

    /// The request is over, however it went.
    pub(crate) fn leave(&mut self) {
        self.counts.in_flight = self.counts.in_flight.saturating_sub(1);
        self.last = Some(Instant::now());
    }

    pub(crate) fn answered(&mut self, body: u64, answer: &MockAnswer) {
        self.counts.answered += 1;
        self.counts.prompt_tokens += answer.prompt_tokens;
        self.counts.completion_tokens += answer.completion_tokens;
        if let Some(is_answered) = self.bodies.get_mut(&body) {
            self.counts.answered_again += u64::from(*is_answered);
            *is_answered = true;
        }
    }

    pub(crate) fn fault(&mut self, kind: FaultKind) {
        *self.faults.entry(kind).or_default() += 1;
    }

    pub(crate) fn bad_request(&mut self) {
        self.counts.bad_requests += 1;
    }

    pub(crate) fn turned_away(&mut self) {
        self.counts.turned_away += 1;
    }

    pub(crate) fn abandoned(&mut self) {
        self.counts.abandoned += 1;
    }

    pub(crate) fn held(&mut self, time: Duration) {
        self.busy += time;
    }

    /// The counts as of now.
    pub(crate) fn stats(&self) -> MockStats {
        let since_start = |at: Instant| at.duration_since(self.start).as_secs_f64() * 1e3;
        let busy_slot_ms = self.busy.as_secs_f64() * 1e3;
        let span_ms = match (self.first, self.last) {
            (Some(first), Some(last)) => last.duration_since(first).as_secs_f64() * 1e3,
            _ => 0.0,
        };
        let room_ms = self.counts.slots as f64 * span_ms;
        MockStats {
            faults: self.faults.iter().map(|(kind, n)| (kind.name(), *n)).collect(),
            busy_slot_ms,
            busy_share: if room_ms > 0.0 { busy_slot_ms / room_ms } else { 0.0 },
            first_request_ms: self.first.map(since_start),
            last_response_ms: self.last.map(since_start),
            ..self.counts.clone()
        }
    }
}
