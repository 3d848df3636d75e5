//! What a try that has ended cost, and how it is counted.

use speciate_types::{CallError, ErrorClass, FailedTry, NanoUsd, Usage};

use super::State;
use super::call::{Call, Flight};

impl State {
    pub(super) fn pay(
        &mut self,
        call: &mut Call,
        flight: Flight,
        usage: Option<Usage>,
        maybe_billed: bool,
    ) {
        let is_unknown = maybe_billed && usage.is_none();
        let usage = usage.unwrap_or_default();
        call.usage += usage;
        let price = self.plan.models[flight.model].price;
        let cost = price.map(|price| price.cost(usage));
        call.cost = call.cost.zip(cost).map(|(sum, cost)| sum.saturating_add(cost));
        if is_unknown {
            self.budget.settle_unknown(flight.reserved, flight.expected);
        } else {
            self.budget.settle(flight.reserved, cost.unwrap_or(NanoUsd(0)));
        }
        self.counts.usage += usage;
        self.counts.cost_is_partial |= cost.is_none();
    }

    pub(super) fn count_failed_try(
        &mut self,
        now_ms: u64,
        call: &mut Call,
        flight: Flight,
        error: &CallError,
    ) {
        self.counts.failed_tries += 1;
        self.counts.throttled_tries += u64::from(error.class == ErrorClass::Throttled);
        self.counts.maybe_billed_tries += u64::from(error.maybe_billed && error.usage.is_none());
        if flight.is_probe {
            return;
        }
        call.failed.push(FailedTry {
            class: error.class,
            status: error.status,
            message: error.message.clone(),
            duration_ms: now_ms.saturating_sub(flight.sent_ms),
            // What the server counted is paid, and known.
            maybe_billed: error.maybe_billed && error.usage.is_none(),
            given_up: false,
        });
    }
}
