//! What was measured, and what follows from it.

use serde::Serialize;

use super::child::Spent;
use super::load::{Client, InFlight, Load};
use super::schedule::Reference;
use super::stats::Stats;

/// One job of one client, measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Measure {
    pub(crate) scenario: String,
    pub(crate) client: &'static str,
    pub(crate) seeds: u64,
    /// `None`: the server answers at once.
    pub(crate) slots: Option<u32>,
    /// `None`: `auto`.
    pub(crate) in_flight: Option<u32>,
    /// Calls of the job when everything is kept.
    pub(crate) calls_expected: u64,
    /// Sound answers that the server gave.
    pub(crate) calls: u64,
    pub(crate) requests: u64,
    pub(crate) max_in_flight: u64,
    pub(crate) busy_share: f64,
    /// What `busy_share` is held against; `None` where it is not known.
    pub(crate) reference: Option<Reference>,
    pub(crate) mean_service_ms: f64,
    pub(crate) bytes_per_request: f64,
    pub(crate) wall_s: f64,
    pub(crate) client_cpu_s: f64,
    pub(crate) server_cpu_s: f64,
    pub(crate) peak_bytes: u64,
    pub(crate) disk_bytes: u64,
    /// What the client says of itself.
    pub(crate) summary: serde_json::Value,
}

/// What was seen around one job.
#[derive(Debug)]
pub(crate) struct Seen<'a> {
    pub(crate) spent: &'a Spent,
    pub(crate) stats: &'a Stats,
    pub(crate) reference: Option<Reference>,
    pub(crate) server_cpu_s: f64,
    pub(crate) disk_bytes: u64,
}

impl Measure {
    pub(crate) fn new(scenario: &str, load: &Load, seen: &Seen<'_>) -> Self {
        let stats = seen.stats;
        Self {
            scenario: scenario.to_owned(),
            client: match load.client {
                Client::Speciate => "speciate",
                Client::Script => "script",
            },
            seeds: load.seeds,
            slots: load.slots,
            in_flight: match load.in_flight {
                InFlight::Auto => None,
                InFlight::Calls(calls) => Some(calls),
            },
            calls_expected: load.calls(),
            calls: stats.answered,
            requests: stats.requests,
            max_in_flight: stats.max_in_flight,
            busy_share: stats.busy_share,
            reference: seen.reference,
            mean_service_ms: per(stats.busy_slot_ms, stats.answered),
            bytes_per_request: per(stats.bytes_in as f64, stats.requests),
            wall_s: seen.spent.wall_s,
            client_cpu_s: seen.spent.cpu_s,
            server_cpu_s: seen.server_cpu_s,
            peak_bytes: seen.spent.peak_bytes,
            disk_bytes: seen.disk_bytes,
            summary: serde_json::from_str(&seen.spent.stdout).unwrap_or_default(),
        }
    }

    pub(crate) fn client_cpu_ms_per_call(&self) -> f64 {
        per(self.client_cpu_s * 1e3, self.calls)
    }

    pub(crate) fn server_cpu_ms_per_call(&self) -> f64 {
        per(self.server_cpu_s * 1e3, self.calls)
    }

    pub(crate) fn disk_bytes_per_call(&self) -> f64 {
        per(self.disk_bytes as f64, self.calls)
    }

    /// The time that the calls take when every slot is busy from the first moment to the last;
    /// `None` for a server that answers at once.
    pub(crate) fn ideal_s(&self) -> Option<f64> {
        let slots = f64::from(self.slots?);
        Some(self.calls as f64 * self.mean_service_ms / 1e3 / slots)
    }
}

fn per(sum: f64, count: u64) -> f64 {
    if count == 0 { 0.0 } else { sum / count as f64 }
}

/// What happened around a kill.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Killed {
    pub(crate) calls_expected: u64,
    pub(crate) in_flight_allowed: u32,
    pub(crate) answered_before: u64,
    pub(crate) answered: u64,
    pub(crate) requests: u64,
    /// Requests that the server had seen before.
    pub(crate) repeated: u64,
    /// Of these, answered before: paid twice.
    pub(crate) answered_again: u64,
    pub(crate) wall_first_s: f64,
    pub(crate) wall_second_s: f64,
}

#[cfg(test)]
pub(crate) fn sample(scenario: &str, calls: u64, cpu_s: f64) -> Measure {
    Measure {
        scenario: scenario.to_owned(),
        client: "speciate",
        seeds: calls / 8,
        slots: Some(64),
        in_flight: Some(64),
        calls_expected: calls,
        calls,
        requests: calls,
        max_in_flight: 64,
        busy_share: 0.98,
        reference: Some(Reference {
            rule_share: 0.992,
            blind_share: Some(0.994),
            bound_share: 1.0,
            work_s: 1_900.0,
        }),
        mean_service_ms: 240.0,
        bytes_per_request: 2_000.0,
        wall_s: calls as f64 * 0.24 / 64.0 / 0.98,
        client_cpu_s: cpu_s,
        server_cpu_s: cpu_s / 2.0,
        peak_bytes: 40_000_000,
        disk_bytes: calls * 1_500,
        summary: serde_json::Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ideal_time_is_that_of_full_slots() {
        let measure = sample("slots-64", 8_000, 0.8);
        assert_eq!(measure.ideal_s(), Some(30.0));
        assert!((measure.client_cpu_ms_per_call() - 0.1).abs() < 1e-9);
        assert_eq!(Measure { slots: None, ..measure }.ideal_s(), None);
    }

    #[test]
    fn no_calls_are_no_division() {
        let measure = sample("slots-64", 0, 0.8);
        assert!(measure.client_cpu_ms_per_call().abs() < 1e-9);
        assert!(measure.disk_bytes_per_call().abs() < 1e-9);
    }
}
