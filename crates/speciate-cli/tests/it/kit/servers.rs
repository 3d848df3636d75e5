//! Servers in this process.

use speciate_mock::{Capacity, FaultRule, FaultScript, MockConfig, MockServer, RunningMock};

/// A server that answers at once, with a model that never falls short.
pub(crate) fn perfect() -> RunningMock {
    MockServer::start(MockConfig::perfect()).unwrap()
}

/// A server with the usual small flaws of its model.
pub(crate) fn usual() -> RunningMock {
    with_faults(FaultScript::default())
}

/// The same with eight slots and some milliseconds for each answer.
pub(crate) fn slow() -> RunningMock {
    slow_with("")
}

/// The same with faults in their short form.
pub(crate) fn slow_with(faults: &str) -> RunningMock {
    let capacity = Capacity {
        slots: 8,
        prefill_tokens_per_s: 200_000.0,
        decode_us_per_token: 100.0,
        ..Capacity::default()
    };
    let faults = if faults.is_empty() {
        FaultScript::default()
    } else {
        FaultScript::from_short(faults).unwrap()
    };
    MockServer::start(MockConfig { capacity, faults, ..MockConfig::default() }).unwrap()
}

/// A server that takes about a tenth of a second for each answer, one after the other.
pub(crate) fn one_at_a_time() -> RunningMock {
    let capacity = Capacity { slots: 1, decode_us_per_token: 600.0, ..Capacity::default() };
    MockServer::start(MockConfig { capacity, ..MockConfig::perfect() }).unwrap()
}

pub(crate) fn with_faults(faults: FaultScript) -> RunningMock {
    let config = MockConfig { capacity: Capacity::instant(), faults, ..MockConfig::default() };
    MockServer::start(config).unwrap()
}

pub(crate) fn script(rules: Vec<FaultRule>) -> FaultScript {
    FaultScript { rules, ..FaultScript::default() }
}
