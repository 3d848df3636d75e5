//! What a schedule is made of: the work, the endpoints, the disk, the person, and the faults.
//!
//! Fault points have two steps: a seed first chooses which kinds of faults are live at all, and
//! live ones then fire with a probability. So many seeds have few kinds, where a bug shows clearly.

use speciate_engine::Lateness;
use speciate_llm::limit::Concurrency;
use speciate_types::{NanoUsd, Price};

use crate::endpoint::{Endpoint, Habit, Outage};
use crate::faults::LiveFaults;
use crate::job::Shape;
use crate::random::Random;
use crate::store::Disk;

/// The limits and the behaviour of one endpoint.
#[derive(Debug, Clone)]
pub(crate) struct Lane {
    pub(crate) concurrency: Concurrency,
    pub(crate) requests_per_minute: Option<u64>,
    pub(crate) tokens_per_minute: Option<u64>,
    pub(crate) lateness: Lateness,
    pub(crate) price: Option<Price>,
    pub(crate) endpoint: Endpoint,
}

/// Who answers for a role: indexes of lanes. Each lane has one model.
#[derive(Debug, Clone)]
pub(crate) struct Answerers {
    pub(crate) models: Vec<usize>,
    pub(crate) fallbacks: Vec<usize>,
}

/// How a session is cut short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    Crash,
    Stop,
    Abort,
    /// Stop, and abort when the grace is over.
    StopThenAbort,
}

/// One schedule, wholly told by its seed.
#[derive(Debug, Clone)]
pub(crate) struct Scenario {
    pub(crate) seed: u64,
    pub(crate) shape: Shape,
    pub(crate) lanes: Vec<Lane>,
    pub(crate) roles: Vec<Answerers>,
    pub(crate) tries_max: u32,
    /// The limit on money at first; each session that it stops adds as much again.
    pub(crate) cost_limit: Option<NanoUsd>,
    pub(crate) faults: LiveFaults,
    pub(crate) disk: Disk,
    /// What cuts the first sessions short, and when.
    pub(crate) cuts: Vec<(u64, Cut)>,
    /// The loop comes late to events by up to this.
    pub(crate) lag_most_ms: u64,
    /// One cancelled try in so many ends all the same; 0 for none.
    pub(crate) late_answers_one_in: u64,
}

const SILENCE_MS: u64 = 120_000;
pub(crate) const PRICE: Price = Price::new(1.0, 2.0);

impl Scenario {
    /// The scenario of this seed, with everything that can go wrong.
    pub(crate) fn draw(seed: u64) -> Self {
        let mut random = Random::keyed(seed, &[1]);
        let shape = shape(&mut random);
        let faults = LiveFaults::draw(seed, &mut random, shape.calls());
        let lanes: Vec<_> = (0..random.between(1, 3)).map(|_| lane(&mut random, &faults)).collect();
        let has_outages = lanes.iter().any(|lane| !lane.endpoint.outages.is_empty());
        let roles = (0..shape.roles).map(|_| answerers(&mut random, lanes.len())).collect();
        let cost_limit = random
            .percent(20)
            .then(|| NanoUsd(random.between(1_000_000, 1_000_000 + shape.calls() * 100_000)));
        let horizon_ms = shape.calls() * 150 + 1_000;
        let n_cuts = if random.percent(60) { random.below(5) } else { 0 };
        Self {
            seed,
            shape,
            lanes,
            roles,
            // Outages cost calls their attempts by chance of timing, so there they are not scarce.
            tries_max: if has_outages { 1_000 } else { 5 },
            cost_limit,
            faults,
            disk: disk(&mut random),
            cuts: (0..n_cuts).map(|_| (random.below(horizon_ms), cut(&mut random))).collect(),
            lag_most_ms: random.one_of(&[0, 0, 2, 40]),
            late_answers_one_in: random.one_of(&[0, 1, 3]),
        }
    }

    /// The export of a run in which nothing goes wrong by the way, in its order.
    pub(crate) fn expected(&self) -> Vec<String> {
        let per_item = self.shape.calls_of_item();
        let line = |item| {
            let mut calls = item * per_item..(item + 1) * per_item;
            if let Some(doom) = calls.clone().find_map(|call| self.faults.doom(call)) {
                return format!("{item} {}|", doom.class().as_str());
            }
            let texts: Vec<_> = calls.by_ref().map(|call| format!("<{call}>")).collect();
            format!("{item} kept|{}", texts.join(" "))
        };
        (0..self.shape.items).rev().map(line).collect()
    }
}

fn shape(random: &mut Random) -> Shape {
    Shape {
        items: if random.percent(5) { random.between(40, 90) } else { random.between(1, 24) },
        chain: random.between(1, 3),
        fan: random.below(3),
        parts: random.between(1, 3),
        stores_seeds: random.percent(30),
        roles: random.between(1, 3),
    }
}

fn lane(random: &mut Random, faults: &LiveFaults) -> Lane {
    let concurrency = if random.percent(70) {
        Concurrency::Fixed(random.one_of(&[1, 2, 4, 8, 40]))
    } else {
        Concurrency::Auto { most: random.one_of(&[4, 16, 64]) }
    };
    Lane {
        concurrency,
        requests_per_minute: random.percent(15).then(|| random.between(5, 120)),
        tokens_per_minute: random.percent(15).then(|| random.between(300, 6_000)),
        lateness: random.one_of(&[Lateness::SecondTry, Lateness::GiveUp, Lateness::Wait]),
        price: random.one_of(&[Some(PRICE), Some(PRICE), Some(Price::FREE), None]),
        endpoint: endpoint(random, faults),
    }
}

fn endpoint(random: &mut Random, faults: &LiveFaults) -> Endpoint {
    let mut outages = Vec::new();
    if faults.outages && random.percent(60) {
        let from_ms = random.below(10_000);
        let lasts_ms = random.one_of(&[300, 2_000, 20_000, 120_000, 700_000]);
        let hangs = random.percent(30);
        outages.push(Outage { from_ms, until_ms: from_ms + lasts_ms, hangs });
    }
    let habit = match random.below(4) {
        0 if faults.refusals => Habit::RefusesShare(random.between(2, 30)),
        1 if faults.refusals => {
            Habit::Saturates { slots: random.between(1, 6) as u32, tells_when: random.percent(50) }
        }
        _ => Habit::Answers,
    };
    let median_ms = random.one_of(&[5, 60, 400, 3_000]);
    Endpoint { median_ms, silence_ms: SILENCE_MS, outages, habit }
}

fn answerers(random: &mut Random, lanes: usize) -> Answerers {
    let mut order: Vec<_> = (0..lanes).collect();
    for last in (1..lanes).rev() {
        order.swap(last, random.below(last as u64 + 1) as usize);
    }
    let n_models = random.between(1, lanes as u64) as usize;
    let n_fallbacks = random.below((lanes - n_models) as u64 + 1) as usize;
    Answerers {
        models: order[..n_models].to_vec(),
        fallbacks: order[n_models..n_models + n_fallbacks].to_vec(),
    }
}

fn disk(random: &mut Random) -> Disk {
    Disk {
        commit_most_ms: random.one_of(&[0, 2, 20, 200]),
        stalls_one_in: random.one_of(&[0, 0, 30]),
        fails_one_in: random.one_of(&[0, 0, 0, 60]),
    }
}

fn cut(random: &mut Random) -> Cut {
    random.one_of(&[Cut::Crash, Cut::Crash, Cut::Stop, Cut::Abort, Cut::StopThenAbort])
}
