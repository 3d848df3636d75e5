//! A deterministic simulation of the engine: virtual time, and a model, a store and a person that
//! do whatever a seed says. Any seed that breaks a law breaks it again, with a trace:
//! `SIM_SEED=… cargo nextest run -p speciate-engine -E 'test(replay_one)' --no-capture`.

mod endpoint;
mod families;
mod faults;
mod job;
mod ledger;
mod random;
mod scenario;
mod session;
mod shown;
mod store;
mod trace;
mod violation;
mod world;

use families::FAMILIES;
use scenario::Scenario;
use trace::Trace;
use violation::Violation;
use world::World;

/// What a number of schedules came to.
#[derive(Debug, Default)]
struct Sums {
    schedules: u64,
    sessions: u64,
    rounds: u64,
    events: u64,
    calls: u64,
}

fn run(seed: u64, trace: Trace, sums: &mut Sums) -> (Trace, Result<(), Violation>) {
    let scenario = Scenario::draw(seed);
    let mut world = World::new(&scenario, trace);
    let result = world.complete();
    sums.schedules += 1;
    sums.sessions += world.sessions;
    sums.rounds += world.rounds;
    sums.events += world.events;
    sums.calls += world.sends.iter().map(|sends| sends.len() as u64).sum::<u64>();
    (world.trace, result)
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Runs seeds from `first` on and lists those that break a law.
fn sweep(first: u64, count: u64) -> (Sums, Vec<String>) {
    let (mut sums, mut broken) = (Sums::default(), Vec::new());
    for seed in first..first + count {
        if let (_, Err(violation)) = run(seed, Trace::default(), &mut sums) {
            broken.push(format!("SIM_SEED={seed}: {violation}"));
        }
    }
    (sums, broken)
}

#[test]
fn many_schedules_keep_every_law() {
    let first = number("SIM_FIRST").unwrap_or(1);
    let count = number("SIM_COUNT").unwrap_or(2_000);
    let began = std::time::Instant::now();
    let (sums, broken) = sweep(first, count);
    println!("{sums:?} in {:.1?}", began.elapsed());
    let shown = number("SIM_SHOW").unwrap_or(20) as usize;
    assert!(
        broken.is_empty(),
        "{} broken:\n{}",
        broken.len(),
        broken[..broken.len().min(shown)].join("\n")
    );
}

#[test]
fn trouble_costs_little_time() {
    let (first, count) = (number("SIM_FIRST").unwrap_or(1), number("SIM_COUNT").unwrap_or(20));
    let mut broken = Vec::new();
    for (name, family) in FAMILIES {
        for seed in first..first + count {
            if let Err(violation) = family(seed, &mut Trace::default()) {
                broken.push(format!("SIM_FAMILY={name} SIM_SEED={seed}: {violation}"));
            }
        }
    }
    assert!(broken.is_empty(), "{} broken:\n{}", broken.len(), broken.join("\n"));
}

fn replay(seed: u64) -> (Trace, Result<(), Violation>) {
    let name = std::env::var("SIM_FAMILY").unwrap_or_default();
    if let Some((_, family)) = FAMILIES.into_iter().find(|(known, _)| *known == name) {
        let mut trace = Trace::on();
        let result = family(seed, &mut trace);
        return (trace, result);
    }
    run(seed, Trace::on(), &mut Sums::default())
}

#[test]
fn replay_one() {
    let seed = number("SIM_SEED").unwrap_or(7);
    let (trace, result) = replay(seed);
    let (again, same) = replay(seed);
    assert_eq!((trace.lines(), &result), (again.lines(), &same), "seed {seed} is not replayed");
    if number("SIM_SEED").is_some() {
        println!("{:#?}", Scenario::draw(seed));
        println!("{}", trace.lines().join("\n"));
    }
    if let Err(violation) = result {
        panic!("seed {seed}: {violation}");
    }
}
