//! All speed figures of the project, from `speciate mock`.
//!
//! What is compared is measured one after the other in one call of this chore, because the machine
//! is another one an hour later.

mod calls;
mod child;
mod fit;
mod ground;
mod load;
mod measure;
mod mock;
mod proc;
mod scenario;
mod schedule;
mod seeds;
mod speed;
mod stats;
mod table;

use std::fs;
use std::time::Duration;

use anyhow::{Result, bail};
use serde::Serialize;

use crate::process::{output, say};
use ground::Ground;
use load::{Client, InFlight, Load};
use measure::{Killed, Measure};
use mock::Mock;
use scenario::{GROWTH_SEEDS, Kind, Scenario};

/// How often the mock is asked how far it is.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// All that one call of the chore measured.
#[derive(Debug, Default, Serialize)]
struct Results {
    machine: String,
    load_before: Option<String>,
    load_after: Option<String>,
    seeds: String,
    measures: Vec<Measure>,
    growth: Vec<Measure>,
    kill: Option<Killed>,
    failures: Vec<String>,
}

/// Arguments: `[SCENARIO…] [--seeds FILE] [--json FILE] [--draws N]`.
pub(crate) fn bench(words: &[&str]) -> Result<()> {
    let wish = scenario::parse(words)?;
    let wants_script = wish.scenarios.iter().any(|scenario| is_script(scenario));
    let ground = Ground::prepare(wish.seeds.as_deref(), wants_script)?;
    let mut results = Results {
        machine: machine(),
        load_before: proc::load_average(),
        seeds: ground.seeds.about.clone(),
        ..Results::default()
    };
    show_start(&results);
    for scenario in &wish.scenarios {
        if is_script(scenario) && !ground.has_script() {
            continue;
        }
        if let Err(error) = measure(&ground, scenario, wish.draws, &mut results) {
            say(&format!("{error:#}"));
            results.failures.push(format!("{}: {error:#}", scenario.name));
        }
    }
    results.load_after = proc::load_average();
    show_end(&results);
    if let Some(file) = &wish.json {
        fs::write(file, serde_json::to_string_pretty(&results)? + "\n")?;
    }
    if !results.failures.is_empty() {
        bail!("{} scenarios failed", results.failures.len());
    }
    Ok(())
}

fn is_script(scenario: &Scenario) -> bool {
    match scenario.kind {
        Kind::Once(load) | Kind::Faults(load) | Kind::Kill(load) => load.client == Client::Script,
        Kind::Growth => false,
    }
}

fn measure(ground: &Ground, scenario: &Scenario, draws: u32, results: &mut Results) -> Result<()> {
    let name = scenario.name;
    match scenario.kind {
        Kind::Once(load) => {
            // Without slots the answers make no difference.
            for draw in 0..if load.slots.is_some() { draws } else { 1 } {
                results.measures.push(ground.measure(name, &Load { draw, ..load })?);
            }
        }
        Kind::Faults(load) => {
            let faultless = Load { faults: None, ..load };
            results.measures.push(ground.measure(&format!("{name} (none)"), &faultless)?);
            results.measures.push(ground.measure(name, &load)?);
        }
        Kind::Kill(load) => results.kill = Some(kill(ground, name, &load)?),
        Kind::Growth => {
            for seeds in GROWTH_SEEDS {
                let load = Load::instant(seeds);
                let known = results.measures.iter().find(|measure| {
                    measure.scenario == "paper" && measure.calls_expected == load.calls()
                });
                let measure = match known {
                    Some(measure) => measure.clone(),
                    None => ground.measure(&format!("{name}-{seeds}"), &load)?,
                };
                results.growth.push(measure);
            }
        }
    }
    Ok(())
}

/// Kills the client when half of its calls are answered, and gives the same command again.
fn kill(ground: &Ground, name: &str, load: &Load) -> Result<Killed> {
    say(&format!("{name}: {} calls, with a kill -9 half-way", load.calls()));
    let place = ground.fresh_place(name)?;
    let mock = ground.start_mock(load)?;
    let running = ground.start_client(name, load, &place, &mock)?;
    wait_for(&mock, load.calls() / 2)?;
    let first = running.kill()?;
    let answered_before = mock.stats()?.answered;
    let second = ground.finish(name, load, &place, &mock)?;
    let stats = mock.stats()?;
    fs::remove_dir_all(&place)?;
    Ok(Killed {
        calls_expected: load.calls(),
        in_flight_allowed: match load.in_flight {
            InFlight::Calls(calls) => calls,
            InFlight::Auto => 0,
        },
        answered_before,
        answered: stats.answered,
        requests: stats.requests,
        repeated: stats.repeated,
        answered_again: stats.answered_again,
        wall_first_s: first.wall_s,
        wall_second_s: second.wall_s,
    })
}

fn wait_for(mock: &Mock, answered: u64) -> Result<()> {
    /// Ten minutes of looks.
    const LOOKS_MAX: u32 = 60_000;
    for _ in 0..LOOKS_MAX {
        if mock.stats()?.answered >= answered {
            return Ok(());
        }
        std::thread::sleep(LOOK_EVERY);
    }
    bail!("the client was still not half-way after ten minutes")
}

fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let version = output("git", &["rev-parse", "--short", "HEAD"]).unwrap_or_default();
    format!("{cores} cores shared by client and server; commit {version}")
}

fn show_start(results: &Results) {
    print(&format!("Machine: {}", results.machine));
    if let Some(load) = &results.load_before {
        print(&format!("Load average before: {load}"));
    }
    print(&format!("Seeds: {}", results.seeds));
}

fn show_end(results: &Results) {
    if let Some(load) = &results.load_after {
        print(&format!("Load average after: {load}"));
    }
    if !results.measures.is_empty() {
        print(&format!("\n{}", table::measures(&results.measures)));
        let ratios = table::ratios(&results.measures);
        if !ratios.is_empty() {
            print(&ratios);
        }
    }
    if let Some(killed) = &results.kill {
        print(&format!("kill -9 half-way, then the same command:\n\n{}", table::killed(killed)));
    }
    if !results.growth.is_empty() {
        print(&format!("One job in several sizes:\n\n{}", table::growth(&results.growth)));
    }
    let of_growth = results.growth.iter().filter(|measure| !results.measures.contains(measure));
    let all: Vec<Measure> = results.measures.iter().chain(of_growth).cloned().collect();
    for line in table::odd_counts(&all).iter().chain(&results.failures) {
        print(line);
    }
}

/// The figures themselves; all other talk goes to standard error.
#[expect(clippy::print_stdout, reason = "the tables are this chore's data")]
fn print(text: &str) {
    println!("{text}");
}
