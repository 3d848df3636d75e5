//! Schedules written by hand, each for a bug that the simulation found.

use speciate_engine::Lateness;
use speciate_types::{ErrorClass, NanoUsd};

use crate::endpoint::Outage;
use crate::families::{MEDIAN_MS, Told, quiet, told, within};
use crate::faults::{Doom, Fault, LiveFaults};
use crate::scenario::{Answerers, PRICE, Scenario};
use crate::trace::Trace;

fn keeps_every_law(scenario: &Scenario) -> Told {
    told(scenario, &mut Trace::default()).unwrap()
}

fn takes_at_most(scenario: &Scenario, limit_ms: u64) {
    within(&keeps_every_law(scenario), limit_ms).unwrap();
}

fn error(class: ErrorClass, retry_after_ms: Option<u64>) -> Fault {
    Fault::Error { class, retry_after_ms, maybe_billed: false }
}

fn away(from_ms: u64, until_ms: u64) -> Outage {
    Outage { from_ms, until_ms, hangs: false }
}

/// Its work was ready, nobody was left to do it, and the run waited for ever.
#[test]
fn a_role_that_loses_its_endpoint_by_another_roles_call_stops_the_run() {
    let mut scenario = quiet(1, 8, &[2, 2]);
    scenario.shape.roles = 2;
    scenario.roles = vec![
        Answerers { models: vec![0], fallbacks: vec![1] },
        Answerers { models: vec![0], fallbacks: vec![] },
    ];
    scenario.faults = LiveFaults::by_hand([(0, vec![error(ErrorClass::Exhausted, None)])]);
    keeps_every_law(&scenario);
}

/// Then neither was asked any more.
#[test]
fn with_its_own_endpoint_left_out_a_role_waits_for_its_fallback_to_come_back() {
    let mut scenario = quiet(1, 80, &[4, 4]);
    scenario.roles[0] = Answerers { models: vec![0], fallbacks: vec![1] };
    scenario.tries_max = 1_000;
    scenario.faults = LiveFaults::by_hand([(0, vec![error(ErrorClass::BadConfig, None)])]);
    scenario.lanes[1].endpoint.outages.push(away(1_500, 6_000));
    takes_at_most(&scenario, 20_000);
}

/// The pause of an outage took its place.
#[test]
fn a_servers_wish_is_kept_in_an_outage_too() {
    let mut scenario = quiet(1, 80, &[16]);
    let busy = || vec![error(ErrorClass::Overloaded, Some(60_000))];
    scenario.faults = LiveFaults::by_hand((0..16).map(|item| (item * 4, busy())));
    keeps_every_law(&scenario);
}

/// The other try's end was what counted.
#[test]
fn the_wish_that_met_a_second_try_is_kept_when_the_first_fails_later() {
    let mut scenario = quiet(1, 200, &[8]);
    scenario.lanes[0].endpoint.silence_ms = 10_000;
    let faults = vec![Fault::Hang, error(ErrorClass::Overloaded, Some(60_000))];
    scenario.faults = LiveFaults::by_hand([(41, faults)]);
    keeps_every_law(&scenario);
}

/// The hung try was then waited for until the silence clock ended it.
#[test]
fn a_hung_call_gets_another_try_when_its_second_fails() {
    let mut scenario = quiet(1, 200, &[8]);
    let faults = vec![Fault::Hang, error(ErrorClass::Transient, None)];
    scenario.faults = LiveFaults::by_hand([(41, faults)]);
    takes_at_most(&scenario, 60_000);
}

/// No second try can be sent beside the one that hangs.
#[test]
fn a_hung_call_in_the_only_slot_is_given_up() {
    let mut scenario = quiet(1, 200, &[1]);
    let without_ms = keeps_every_law(&scenario).took_ms;
    scenario.faults = LiveFaults::by_hand([(41, vec![Fault::Hang])]);
    takes_at_most(&scenario, without_ms * 3 / 2 + 2 * 15_000);
}

/// It waited for the hung one until the silence clock ended it.
#[test]
fn a_run_that_stops_does_not_wait_for_what_hangs() {
    for lateness in [Lateness::SecondTry, Lateness::GiveUp] {
        let mut scenario = quiet(1, 200, &[8]);
        scenario.lanes[0].lateness = lateness;
        let exhausted = vec![error(ErrorClass::Exhausted, None)];
        scenario.faults = LiveFaults::by_hand([(41, vec![Fault::Hang]), (45, exhausted)]);
        takes_at_most(&scenario, 60_000);
    }
}

/// Nearly all work waited for the money that was set aside for one slow call.
#[test]
fn while_money_is_short_endpoints_that_cost_nothing_go_on() {
    let mut scenario = quiet(1, 1_600, &[4, 16]);
    scenario.lanes[0].price = Some(PRICE);
    // Enough for one call at a time.
    scenario.cost_limit = Some(NanoUsd(300_000));
    scenario.lanes[0].lateness = Lateness::Wait;
    scenario.lanes[0].endpoint.median_ms = 20_000;
    let soon = keeps_every_law(&scenario).sent(1, 0, 10_000);
    assert!(soon > 500, "{soon} calls in ten seconds");
}

/// Its tries all went to the same endpoint until it had failed for good.
#[test]
fn a_call_is_tried_again_elsewhere() {
    let mut scenario = quiet(1, 4, &[4, 4]);
    scenario.lanes[0].endpoint.outages.push(away(0, u64::MAX));
    takes_at_most(&scenario, 60 * MEDIAN_MS);
}

/// It was the probe each time, because most depended on it, and those that could be answered waited.
#[test]
fn a_call_that_always_fails_keeps_no_endpoint_shut() {
    let mut scenario = quiet(1, 80, &[4]);
    let doom = Doom::Fails(ErrorClass::Transient);
    scenario.faults = LiveFaults::dooms((0..3).map(|item| (item * 4, doom)));
    scenario.lanes[0].endpoint.outages.push(away(1_200, 20_000));
    takes_at_most(&scenario, 90_000);
}
