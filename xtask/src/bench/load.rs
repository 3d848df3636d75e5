//! One job of one client against one mock server.

use super::speed::Speed;

/// Who makes the calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Client {
    Speciate,
    /// `bench/plain_script.py`.
    Script,
}

/// Calls in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InFlight {
    Auto,
    Calls(u32),
}

/// One job of one client against one mock server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Load {
    pub(crate) client: Client,
    pub(crate) seeds: u64,
    /// A third call for each evolution.
    pub(crate) judge: bool,
    /// Of the server; `None` answers at once.
    pub(crate) slots: Option<u32>,
    /// How much the lengths of answers tell of their times, in percent: the mock's `length_spread`.
    pub(crate) spread_percent: u32,
    /// How alike the answers of a lineage are, in percent: the mock's `kinship`.
    pub(crate) kinship_percent: u32,
    /// Which draw of answers.
    pub(crate) draw: u32,
    pub(crate) in_flight: InFlight,
    /// As in the mock's configuration.
    pub(crate) faults: Option<&'static str>,
    /// Of one request, for both clients.
    pub(crate) timeout_ms: u64,
}

pub(crate) const ROUNDS: u64 = 4;
const TIMEOUT_MS: u64 = 600_000;
/// Where requests hang, so that a hanging one costs a known time: longer than any service here.
const TIMEOUT_WITH_FAULTS_MS: u64 = 5_000;
const FAULTS: &str = r#"
[[faults.rules]]
kind = "throttle"
rate = 0.05
[[faults.rules]]
kind = "server-error"
rate = 0.02
[[faults.rules]]
kind = "hang"
rate = 0.01
"#;
/// Refusals that name a time, as many hosted servers do.
const REFUSALS_TOLD: &str = r#"
[[faults.rules]]
kind = "throttle"
rate = 0.05
retry_after = "1"
"#;
/// With these the times of responses vary as the lengths of real answers do: to open questions of
/// one sort, and to questions of all sorts. `bench/README.md` has the figures.
const NARROW_PERCENT: u32 = 75;
const WIDE_PERCENT: u32 = 150;
/// The correlation that was found in chains of real evolutions; see there too.
const KINSHIP_PERCENT: u32 = 65;
/// All of Alpaca's.
pub(crate) const PAPER_SEEDS: u64 = 52_002;

impl Load {
    pub(crate) const fn at(client: Client, seeds: u64, slots: u32) -> Self {
        let in_flight = InFlight::Calls(slots);
        let slots = Some(slots);
        Self {
            client,
            seeds,
            judge: false,
            slots,
            spread_percent: 100,
            kinship_percent: 0,
            draw: 0,
            in_flight,
            faults: None,
            timeout_ms: TIMEOUT_MS,
        }
    }

    /// Against a server whose answers differ less in length.
    pub(crate) const fn narrow(self) -> Self {
        Self { spread_percent: NARROW_PERCENT, ..self }
    }

    /// Against a server whose answers differ more in length.
    pub(crate) const fn wide(self) -> Self {
        Self { spread_percent: WIDE_PERCENT, ..self }
    }

    /// Against a server whose answers are as alike within a lineage as real ones.
    pub(crate) const fn alike(self) -> Self {
        Self { kinship_percent: KINSHIP_PERCENT, ..self }
    }

    /// A faultless server that answers at once, three calls for each evolution.
    pub(crate) const fn instant(seeds: u64) -> Self {
        let load = Self::at(Client::Speciate, seeds, 64);
        Self { judge: true, slots: None, ..load }
    }

    pub(crate) const fn auto(seeds: u64, slots: u32) -> Self {
        Self { in_flight: InFlight::Auto, ..Self::at(Client::Speciate, seeds, slots) }
    }

    pub(crate) const fn with_faults(client: Client) -> Self {
        let load = Self::at(client, 300, 64);
        Self { faults: Some(FAULTS), timeout_ms: TIMEOUT_WITH_FAULTS_MS, ..load }
    }

    /// With five refusals in a hundred requests that ask for a second of patience.
    pub(crate) const fn refused(self) -> Self {
        Self { faults: Some(REFUSALS_TOLD), ..self }
    }

    pub(crate) const fn speed(&self) -> Speed {
        Speed { spread_percent: self.spread_percent, kinship_percent: self.kinship_percent }
    }

    /// Whether the time of each of its calls is known: by the slots that it has, without faults.
    pub(crate) const fn has_known_times(&self) -> bool {
        self.slots.is_some() && self.faults.is_none()
    }

    /// The calls of the job when everything is kept.
    pub(crate) fn calls(&self) -> u64 {
        self.seeds * ROUNDS * if self.judge { 3 } else { 2 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_paper_makes_624_024_calls() {
        assert_eq!(Load::instant(PAPER_SEEDS).calls(), 624_024);
        assert_eq!(Load::at(Client::Script, 1_000, 64).calls(), 8_000);
    }
}
