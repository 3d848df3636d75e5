//! Families of what happens when only few calls are left: are they at fault, or the endpoint?

use speciate_engine::Lateness;
use speciate_types::{ErrorClass, Price};

use crate::endpoint::Outage;
use crate::families::{MEDIAN_MS, quiet, told, within};
use crate::faults::{Doom, LiveFaults};
use crate::random::Random;
use crate::scenario::{Cut, PRICE, Scenario};
use crate::trace::Trace;
use crate::violation::{Violation, must};

const SILENCE_MS: u64 = 120_000;
const STUMBLES: Doom = Doom::Fails(ErrorClass::Transient);

/// Some work on one or two endpoints, of any kind.
fn some_work(seed: u64, random: &mut Random) -> Scenario {
    let slots: Vec<_> = (0..random.between(1, 2)).map(|_| random.between(1, 12) as u32).collect();
    let mut scenario = quiet(seed, random.between(4, 200), &slots);
    for lane in &mut scenario.lanes {
        lane.lateness = random.one_of(&[Lateness::SecondTry, Lateness::GiveUp, Lateness::Wait]);
        lane.price = random.one_of(&[Some(PRICE), Some(Price::FREE), None]);
        lane.endpoint.silence_ms = SILENCE_MS;
    }
    scenario
}

/// The last calls of the last items can never be answered, and end in one of these ways.
fn poison(scenario: &Scenario, random: &mut Random, dooms: &[Doom]) -> LiveFaults {
    let doom = random.one_of(dooms);
    let items = scenario.shape.items;
    // While there are calls that were never tried, these are the probes, and a silent one takes long:
    // of more than these not all are tried before the run pauses.
    let most = if doom == Doom::Hangs { 10 } else { 24 };
    let count = random.between(1, most).min(items);
    let of_item = scenario.shape.calls_of_item();
    LiveFaults::dooms((items - count..items).map(|item| (item * of_item + of_item - 1, doom)))
}

/// Calls that nobody can answer cost themselves, even when no others are left, in the first session or
/// in a later one; and no more than some tries.
pub(crate) fn poison_at_the_end(seed: u64, trace: &mut Trace) -> Result<(), Violation> {
    let mut random = Random::keyed(seed, &[31]);
    let mut scenario = some_work(seed, &mut random);
    let without = told(&scenario, &mut Trace::default())?;
    let dooms = [STUMBLES, Doom::Fails(ErrorClass::Overloaded), Doom::Hangs];
    scenario.faults = poison(&scenario, &mut random, &dooms);
    let n_cuts = random.below(3);
    let moment = |random: &mut Random| without.took_ms / 2 + random.below(without.took_ms);
    scenario.cuts = (0..n_cuts).map(|_| (moment(&mut random), Cut::Crash)).collect();
    let with = told(&scenario, trace)?;
    must(with.sessions <= 1 + n_cuts, "calls that nobody can answer pause no run", || {
        format!("{} sessions, {n_cuts} cut short", with.sessions)
    })
}

/// An outage when few calls are left, or none but those that nobody can answer, costs no item anything.
pub(crate) fn outage_at_the_end(seed: u64, trace: &mut Trace) -> Result<(), Violation> {
    let mut random = Random::keyed(seed, &[32]);
    let mut scenario = some_work(seed, &mut random);
    let without = told(&scenario, &mut Trace::default())?;
    if random.percent(40) {
        // Of the outage's class, as the last failure gives the item its verdict.
        scenario.faults = poison(&scenario, &mut random, &[STUMBLES, Doom::Hangs]);
    }
    let from_ms = without.took_ms - random.below(without.took_ms.min(10 * MEDIAN_MS));
    let lasts_ms = random.one_of(&[2_000, 20_000, 300_000, 1_500_000, 6_000_000]);
    let until_ms = from_ms + random.between(lasts_ms / 2, lasts_ms);
    let hangs = random.percent(30);
    for lane in &mut scenario.lanes {
        lane.endpoint.outages.push(Outage { from_ms, until_ms, hangs });
    }
    let with = told(&scenario, trace)?;
    // In a single slot it takes ten silences to notice that nothing is answered.
    let is_endless = until_ms - from_ms > 20 * SILENCE_MS && with.took_ms > until_ms;
    must(!is_endless || with.sessions > 1, "an endless outage pauses the run", || {
        format!("{} ms in one session", with.took_ms)
    })
}

/// A few calls that meet a bug of ours fail, and the run goes on at once.
pub(crate) fn panics(seed: u64, trace: &mut Trace) -> Result<(), Violation> {
    let mut random = Random::keyed(seed, &[33]);
    let mut scenario = some_work(seed, &mut random);
    let without = told(&scenario, &mut Trace::default())?;
    let calls = scenario.shape.calls();
    let doomed: Vec<_> = (0..random.between(1, 4)).map(|_| random.below(calls)).collect();
    scenario.faults = LiveFaults::dooms(doomed.into_iter().map(|call| (call, Doom::Panics)));
    let with = told(&scenario, trace)?;
    must(with.sessions == 1, "a panic ends its call and not the run", || {
        format!("{} sessions", with.sessions)
    })?;
    within(&with, without.took_ms * 3 / 2 + 5_000)
}
