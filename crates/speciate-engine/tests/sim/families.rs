//! Families of schedules with laws of time: one kind of trouble each, beside a run without it.

use speciate_engine::Lateness;
use speciate_llm::limit::Concurrency;

use crate::endpoint::{Endpoint, Habit, Outage};
use crate::faults::LiveFaults;
use crate::job::Shape;
use crate::random::Random;
use crate::scenario::{Answerers, Lane, PRICE, Scenario};
use crate::store::Disk;
use crate::tails::{outage_at_the_end, panics, poison_at_the_end};
use crate::trace::Trace;
use crate::violation::{Violation, must};
use crate::world::World;

/// A family: builds its schedule from a seed and checks its laws.
pub(crate) type Family = fn(u64, &mut Trace) -> Result<(), Violation>;

/// All of them, by the name that `SIM_FAMILY` takes.
pub(crate) const FAMILIES: [(&str, Family); 15] = [
    ("hangs", hangs),
    ("hangs_given_up", hangs_given_up),
    ("blip", blip),
    ("pool_return", pool_return),
    ("pool_return_from_silence", pool_return_from_silence),
    ("pool_silent_and_paid", pool_silent_and_paid),
    ("pool_dead", pool_dead),
    ("fallback_return", fallback_return),
    ("pool_with_a_slow_rate", pool_with_a_slow_rate),
    ("pool_of_unequals", pool_of_unequals),
    ("refuses_a_share", refuses_a_share),
    ("saturates", saturates),
    ("poison_at_the_end", poison_at_the_end),
    ("outage_at_the_end", outage_at_the_end),
    ("panics", panics),
];

pub(crate) const MEDIAN_MS: u64 = 200;

/// What a schedule of a family came to.
pub(crate) struct Told {
    pub(crate) took_ms: u64,
    pub(crate) sessions: u64,
    /// When calls were sent to each lane.
    pub(crate) sends: Vec<Vec<u64>>,
}

impl Told {
    pub(crate) fn sent(&self, lane: usize, from_ms: u64, until_ms: u64) -> u64 {
        let is_inside = |at_ms: &&u64| (from_ms..until_ms).contains(*at_ms);
        self.sends[lane].iter().filter(is_inside).count() as u64
    }
}

/// Work of about `calls` calls in a quiet world with lanes of so many slots.
pub(crate) fn quiet(seed: u64, calls: u64, slots: &[u32]) -> Scenario {
    let shape =
        Shape { items: calls / 4, chain: 3, fan: 1, parts: 1, stores_seeds: false, roles: 1 };
    Scenario {
        seed,
        shape,
        lanes: slots.iter().copied().map(lane).collect(),
        roles: vec![Answerers { models: (0..slots.len()).collect(), fallbacks: vec![] }],
        tries_max: 5,
        cost_limit: None,
        faults: LiveFaults::none(seed),
        disk: Disk { commit_most_ms: 5, ..Disk::default() },
        cuts: vec![],
        lag_most_ms: 0,
        late_answers_one_in: 0,
    }
}

fn lane(slots: u32) -> Lane {
    Lane {
        concurrency: Concurrency::Fixed(slots),
        requests_per_minute: None,
        tokens_per_minute: None,
        lateness: Lateness::SecondTry,
        price: None,
        // Longer than any of these laws allows.
        endpoint: Endpoint {
            median_ms: MEDIAN_MS,
            silence_ms: 3_600_000,
            outages: vec![],
            habit: Habit::Answers,
        },
    }
}

pub(crate) fn told(scenario: &Scenario, trace: &mut Trace) -> Result<Told, Violation> {
    let mut world = World::new(scenario, std::mem::take(trace));
    let result = world.complete();
    *trace = std::mem::take(&mut world.trace);
    result.map(|()| Told { took_ms: world.base_ms, sessions: world.sessions, sends: world.sends })
}

pub(crate) fn within(told: &Told, limit_ms: u64) -> Result<(), Violation> {
    must(told.took_ms <= limit_ms, "trouble costs little time", || {
        format!("{} ms, at most {limit_ms} expected", told.took_ms)
    })
}

/// With second tries, hung calls hold nobody up for long, even if a second try fails as well.
fn hangs(seed: u64, trace: &mut Trace) -> Result<(), Violation> {
    let mut random = Random::keyed(seed, &[20]);
    let calls = random.between(160, 300);
    let slots: Vec<_> = (0..random.between(1, 2)).map(|_| random.between(4, 12) as u32).collect();
    let mut scenario = quiet(seed, calls, &slots);
    let without = told(&scenario, &mut Trace::default())?;
    // The first calls of all items go first; from their answers it is known how long one takes.
    scenario.faults =
        LiveFaults::hangs(seed, random.between(1, 3), random.one_of(&[0, 20])).sparing(4);
    scenario.late_answers_one_in = random.one_of(&[0, 3]);
    let with = told(&scenario, trace)?;
    // A late call is noticed after nine medians, after 18 if its lane is quiet; four in a row.
    within(&with, without.took_ms * 3 / 2 + 4 * 20 * MEDIAN_MS + 5_000)
}

/// Where calls cost money a hang costs 15 s, and twice as much after each failure.
fn hangs_given_up(seed: u64, trace: &mut Trace) -> Result<(), Violation> {
    let mut random = Random::keyed(seed, &[21]);
    let slots = random.between(4, 12) as u32;
    let mut scenario = quiet(seed, random.between(160, 300), &[slots]);
    scenario.lanes[0].price = Some(PRICE);
    scenario.lanes[0].lateness = Lateness::GiveUp;
    let without = told(&scenario, &mut Trace::default())?;
    // The first calls of all items go first; from their answers it is known how long one takes.
    scenario.faults =
        LiveFaults::hangs(seed, random.between(1, 3), random.one_of(&[0, 20])).sparing(4);
    let with = told(&scenario, trace)?;
    within(&with, without.took_ms * 3 / 2 + 4 * 60_000)
}

/// A short outage of the only endpoint costs about its own time, however many calls were in flight.
fn blip(seed: u64, trace: &mut Trace) -> Result<(), Violation> {
    let mut random = Random::keyed(seed, &[22]);
    let slots = random.one_of(&[4, 16, 64]);
    let mut scenario = quiet(seed, u64::from(slots) * 12, &[slots]);
    scenario.tries_max = 1_000;
    let without = told(&scenario, &mut Trace::default())?;
    let lasts_ms = random.between(100, 4_000);
    let from_ms = random.between(300, without.took_ms / 2);
    let away = Outage { from_ms, until_ms: from_ms + lasts_ms, hangs: false };
    scenario.lanes[0].endpoint.outages.push(away);
    let with = told(&scenario, trace)?;
    within(&with, without.took_ms * 3 / 2 + 2 * lasts_ms + 4_000)
}

/// One of a pool goes away and comes back: it loses no item, is probed meanwhile, and used again.
fn pool_return(seed: u64, trace: &mut Trace) -> Result<(), Violation> {
    away(seed, false, 40_000, trace)
}

/// The same when calls hang rather than fail.
fn pool_return_from_silence(seed: u64, trace: &mut Trace) -> Result<(), Violation> {
    away(seed, true, 90_000, trace)
}

/// Where calls cost money, or nobody looks after late ones, a silent endpoint of a pool loses no item
/// either, and costs about the time of the first calls that it swallows.
fn pool_silent_and_paid(seed: u64, trace: &mut Trace) -> Result<(), Violation> {
    let mut random = Random::keyed(seed, &[30]);
    let slots = random.between(2, 8) as u32;
    let mut scenario = quiet(seed, u64::from(slots) * random.between(20, 400), &[slots, slots]);
    let lateness = random.one_of(&[Lateness::GiveUp, Lateness::Wait]);
    for lane in &mut scenario.lanes {
        lane.price = Some(PRICE);
        lane.lateness = lateness;
        lane.endpoint.silence_ms = 60_000;
    }
    let without = told(&scenario, &mut Trace::default())?;
    let from_ms = random.between(0, 5_000);
    let until_ms = from_ms + random.between(1_000, 200_000);
    scenario.lanes[1].endpoint.outages.push(Outage { from_ms, until_ms, hangs: true });
    let with = told(&scenario, trace)?;
    within(&with, without.took_ms * 3 + 4 * 60_000)
}

fn away(seed: u64, hangs: bool, longest_ms: u64, trace: &mut Trace) -> Result<(), Violation> {
    let mut random = Random::keyed(seed, &[23]);
    let slots = random.between(2, 8) as u32;
    let lasts_ms = random.between(500, longest_ms);
    let from_ms = random.between(0, 5_000);
    let until_ms = from_ms + lasts_ms;
    // By then the next probe has gone out: the pauses double.
    let back_ms = until_ms + lasts_ms + 4_000;
    let calls = u64::from(2 * slots) * (back_ms + 15_000) / MEDIAN_MS;
    let mut scenario = quiet(seed, calls, &[slots, slots]);
    let lane = random.below(2) as usize;
    scenario.lanes[lane].endpoint.outages.push(Outage { from_ms, until_ms, hangs });
    let told = told(&scenario, trace)?;
    let probes = told.sent(lane, from_ms, until_ms);
    let few = 10 + 2 * u64::from(slots) + 6 + lasts_ms / 15_000;
    must(probes <= few, "one that is away is probed, not hammered", || {
        format!("{probes} calls in {lasts_ms} ms, at most {few} expected")
    })?;
    let [own, other] = [lane, 1 - lane].map(|lane| told.sent(lane, back_ms, told.took_ms));
    must(own * 3 > own + other, "one that is back is used again", || {
        format!("{own} calls, the other {other}, from {back_ms} to {}", told.took_ms)
    })
}

/// One of a pool is dead from the beginning: nothing is lost, however little work there is.
fn pool_dead(seed: u64, trace: &mut Trace) -> Result<(), Violation> {
    let mut random = Random::keyed(seed, &[24]);
    let slots: Vec<_> = (0..random.between(2, 3)).map(|_| random.between(1, 6) as u32).collect();
    let mut scenario = quiet(seed, random.between(4, 200), &slots);
    let without = told(&scenario, &mut Trace::default())?;
    let dead = random.below(slots.len() as u64) as usize;
    let away = Outage { from_ms: 0, until_ms: u64::MAX, hangs: false };
    scenario.lanes[dead].endpoint.outages.push(away);
    let with = told(&scenario, trace)?;
    let rest: u32 = slots.iter().sum::<u32>() - slots[dead];
    let share = u64::from(slots.iter().sum::<u32>()) * 3 / 2 / u64::from(rest) + 1;
    within(&with, without.took_ms * share + 8_000)?;
    let few = 10 + 2 * u64::from(slots[dead]) + 6 + with.took_ms / 15_000;
    let probes = with.sent(dead, 0, u64::MAX);
    must(probes <= few, "one that is away is probed, not hammered", || {
        format!("{probes} calls, at most {few} expected")
    })
}

/// A fallback works while the other is away, and no longer.
fn fallback_return(seed: u64, trace: &mut Trace) -> Result<(), Violation> {
    let mut random = Random::keyed(seed, &[25]);
    let slots = random.between(2, 8) as u32;
    let lasts_ms = random.between(3_000, 20_000);
    let from_ms = random.between(0, 5_000);
    let until_ms = from_ms + lasts_ms;
    let back_ms = until_ms + lasts_ms + 4_000;
    let calls = u64::from(slots) * (back_ms + 15_000) / MEDIAN_MS;
    let mut scenario = quiet(seed, calls, &[slots, slots]);
    scenario.roles[0] = Answerers { models: vec![0], fallbacks: vec![1] };
    scenario.tries_max = 1_000;
    scenario.lanes[0].endpoint.outages.push(Outage { from_ms, until_ms, hangs: false });
    let told = told(&scenario, trace)?;
    let meanwhile = told.sent(1, from_ms, until_ms);
    must(meanwhile > 0, "a fallback takes over", || "it got no call".to_owned())?;
    let [own, other] = [0, 1].map(|lane| told.sent(lane, back_ms, told.took_ms));
    must(own > 9 * other, "one that is back is used again", || {
        format!("{own} calls, the fallback {other}, from {back_ms} to {}", told.took_ms)
    })
}

/// An endpoint with a low rate in a pool never makes the run slower than without it.
fn pool_with_a_slow_rate(seed: u64, trace: &mut Trace) -> Result<(), Violation> {
    let mut random = Random::keyed(seed, &[26]);
    let slots = random.between(2, 8) as u32;
    let mut scenario = quiet(seed, random.between(100, 300), &[slots, slots]);
    let slow = random.below(2) as usize;
    scenario.roles[0].models = vec![1 - slow];
    let without = told(&scenario, &mut Trace::default())?;
    scenario.roles[0].models = vec![0, 1];
    if random.percent(50) {
        scenario.lanes[slow].requests_per_minute = Some(random.between(5, 30));
    } else {
        scenario.lanes[slow].tokens_per_minute = Some(random.between(500, 3_000));
    }
    let with = told(&scenario, trace)?;
    within(&with, without.took_ms * 5 / 4 + 3_000)
}

/// A small endpoint beside a large one gets its share of the work.
fn pool_of_unequals(seed: u64, trace: &mut Trace) -> Result<(), Violation> {
    let mut random = Random::keyed(seed, &[27]);
    let (large, small) = (random.between(10, 28) as u32, random.between(1, 4) as u32);
    let mut scenario = quiet(seed, u64::from(large + small) * 30, &[large, small]);
    scenario.disk.commit_most_ms = random.between(0, 200);
    let told = told(&scenario, trace)?;
    let [of_large, of_small] = [0, 1].map(|lane| told.sent(lane, 0, u64::MAX));
    let fair = (of_large + of_small) * u64::from(small) / u64::from(large + small);
    must(of_small * 2 >= fair, "a small endpoint gets its share", || {
        format!("{of_small} calls, {fair} would be fair; {large} and {small} slots")
    })
}

/// An endpoint that refuses a share of all calls is used nearly as well as one that does not.
fn refuses_a_share(seed: u64, trace: &mut Trace) -> Result<(), Violation> {
    let mut random = Random::keyed(seed, &[28]);
    let slots = random.between(4, 28) as u32;
    let mut scenario = quiet(seed, u64::from(slots) * 40, &[slots]);
    if random.percent(50) {
        scenario.lanes[0].concurrency = Concurrency::Auto { most: slots };
    }
    let without = told(&scenario, &mut Trace::default())?;
    scenario.lanes[0].endpoint.habit = Habit::RefusesShare(random.between(2, 15));
    let with = told(&scenario, trace)?;
    within(&with, without.took_ms * 2 + 5_000)
}

/// One that refuses above its slots is kept busy, whatever level the plan allows.
fn saturates(seed: u64, trace: &mut Trace) -> Result<(), Violation> {
    let mut random = Random::keyed(seed, &[29]);
    let slots = random.between(2, 20) as u32;
    let mut scenario = quiet(seed, u64::from(slots) * 60, &[slots]);
    let without = told(&scenario, &mut Trace::default())?;
    let most = slots * random.between(1, 4) as u32;
    scenario.lanes[0].concurrency =
        random.one_of(&[Concurrency::Fixed(most), Concurrency::Auto { most }]);
    let tells_when = random.percent(50);
    scenario.lanes[0].endpoint.habit = Habit::Saturates { slots, tells_when };
    let with = told(&scenario, trace)?;
    within(&with, without.took_ms * 3 + 10_000)
}
