//! What a display shows. Every number counts durable work only.

use speciate_types::{NanoUsd, Tally, Usage};

/// One endpoint, now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LaneProgress {
    /// Its address.
    pub endpoint: String,
    /// Calls in flight.
    pub in_flight: u32,
    /// Calls that may be in flight.
    pub level: u32,
    /// Milliseconds until it is used again; 0 when open.
    pub waits_ms: u64,
    /// Milliseconds until a rate that the recipe sets lets the next call go; 0 when none waits.
    pub rate_waits_ms: u64,
}

/// A run, now.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Progress {
    /// What the job has reached.
    pub tally: Tally,
    /// Calls that have ended, earlier sessions included.
    pub calls_done: u64,
    /// Of these, in this session.
    pub calls_done_now: u64,
    /// Calls in flight.
    pub in_flight: u32,
    /// Calls that wait to be tried again.
    pub retrying: u32,
    /// Calls that wait for a slot.
    pub ready: u64,
    /// Tries that failed in this session.
    pub failed_tries: u64,
    /// Of these, refusals for load.
    pub throttled_tries: u64,
    /// Second tries of calls that were late.
    pub second_tries: u64,
    /// Tries that may have been billed without a stored answer.
    pub maybe_billed_tries: u64,
    /// Tokens, earlier sessions included.
    pub usage: Usage,
    /// Money, earlier sessions included.
    pub cost: NanoUsd,
    /// Money for calls that may have been billed without a stored answer, earlier sessions
    /// included. Counts against the limit, and not as `cost`.
    pub at_risk: NanoUsd,
    /// Some calls have no known price, so `cost` is not the whole.
    pub cost_is_partial: bool,
    /// The limit on money.
    pub cost_limit: Option<NanoUsd>,
    /// Most calls in flight so far in this session.
    pub in_flight_max: u32,
    /// The endpoints.
    pub lanes: Vec<LaneProgress>,
}
