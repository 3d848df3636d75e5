//! What every measurement stands on: the programs, the seeds, a folder.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::calls;
use super::child::{Running, Spent};
use super::load::{Client, InFlight, Load, ROUNDS};
use super::measure::{Measure, Seen};
use super::mock::Mock;
use super::proc;
use super::schedule::Reference;
use super::seeds::Seeds;
use crate::process::{answers, output, root, run as run_process, say, target};

const PACKAGE: &str = "aiohttp>=3.9,<4";
/// The longest that a client may take for one job.
const CLIENT_LIMIT: Duration = Duration::from_secs(1_200);
/// What would change where and how a client calls.
const VARIABLES_UNSET: [&str; 2] = ["OPENAI_API_KEY", "OPENAI_BASE_URL"];

#[derive(Debug)]
pub(crate) struct Ground {
    program: PathBuf,
    /// `None` when there is no Python.
    python: Option<PathBuf>,
    pub(crate) seeds: Seeds,
    folder: PathBuf,
}

impl Ground {
    /// Builds and installs what is missing.
    pub(crate) fn prepare(named_seeds: Option<&Path>, wants_script: bool) -> Result<Self> {
        let folder = target().join("bench");
        fs::create_dir_all(&folder)?;
        say("Building the command, optimised, without the embedded engine.");
        let words = ["build", "--release", "-p", "speciate-cli", "--no-default-features"];
        run_process("cargo", &words, &[])?;
        let python = if wants_script { install(&folder.join("venv")) } else { None };
        let seeds = Seeds::find(named_seeds)?;
        Ok(Self { program: target().join("release/speciate"), python, seeds, folder })
    }

    pub(crate) fn has_script(&self) -> bool {
        self.python.is_some()
    }

    pub(crate) fn start_mock(&self, load: &Load) -> Result<Mock> {
        Mock::start(&self.program, load, &self.folder)
    }

    /// One job, from its start to its end, against a server of its own.
    pub(crate) fn measure(&self, scenario: &str, load: &Load) -> Result<Measure> {
        say(&format!("{scenario}: {} calls", load.calls()));
        let place = self.fresh_place(scenario)?;
        let mock = self.start_mock(load)?;
        let spent = self.finish(scenario, load, &place, &mock)?;
        let (stats, server_cpu_s) = (mock.stats()?, mock.cpu_s());
        let disk_bytes = proc::folder_bytes(&place);
        let reference = reference(load, &place);
        fs::remove_dir_all(&place)?;
        let seen = Seen { spent: &spent, stats: &stats, reference, server_cpu_s, disk_bytes };
        let measure = Measure::new(scenario, load, &seen);
        say(&format!("  {:.1} s, busy share {:.3}", measure.wall_s, measure.busy_share));
        Ok(measure)
    }

    /// Runs the client to its end.
    pub(crate) fn finish(
        &self,
        scenario: &str,
        load: &Load,
        place: &Path,
        mock: &Mock,
    ) -> Result<Spent> {
        let running = self.start_client(scenario, load, place, mock)?;
        let spent = running.wait(CLIENT_LIMIT).and_then(|spent| spent.success("the client"));
        spent.with_context(|| format!("{scenario}: see {}", self.log(scenario).display()))
    }

    pub(crate) fn start_client(
        &self,
        scenario: &str,
        load: &Load,
        place: &Path,
        mock: &Mock,
    ) -> Result<Running> {
        let mut command = match load.client {
            Client::Speciate => self.speciate(load, place, mock.base_url())?,
            Client::Script => self.script(load, place, mock.base_url())?,
        };
        for name in VARIABLES_UNSET {
            command.env_remove(name);
        }
        let log = File::create(self.log(scenario))?;
        command.current_dir(&self.folder).stdout(Stdio::piped()).stderr(log);
        Running::start(&mut command)
    }

    fn speciate(&self, load: &Load, place: &Path, base_url: &str) -> Result<Command> {
        let mut command = Command::new(&self.program);
        let in_flight = match load.in_flight {
            InFlight::Auto => "auto".to_owned(),
            InFlight::Calls(calls) => calls.to_string(),
        };
        let gain_check = if load.judge { "judge" } else { "heuristic" };
        command
            .args(["run", "--recipe", "paper", "--prompt-style", "paper"])
            .args(["--progress", "none", "--json", "--base-url", base_url, "-o"])
            .arg(place)
            .args(["--rounds", &ROUNDS.to_string(), "--seed", &load.draw.to_string()])
            .args(["--concurrency", &in_flight, "--set", &format!("gain_check={gain_check}")])
            .args(["--set", &format!("limits.silence_timeout_ms={}", load.timeout_ms)])
            .args(["--set", &format!("limits.total_timeout_ms={}", load.timeout_ms)])
            .arg(self.seeds.first(load.seeds, &self.folder)?);
        Ok(command)
    }

    fn script(&self, load: &Load, place: &Path, base_url: &str) -> Result<Command> {
        let python = self.python.as_ref().context("there is no Python for the script")?;
        let InFlight::Calls(in_flight) = load.in_flight else {
            anyhow::bail!("the script has no `auto`")
        };
        let mut command = Command::new(python);
        command
            .arg(root().join("bench/plain_script.py"))
            .args(["--base-url", base_url, "--out"])
            .arg(place.join("data.jsonl"))
            .args(["--rounds", &ROUNDS.to_string(), "--draw", &load.draw.to_string()])
            .args(["--in-flight", &in_flight.to_string()])
            .args(["--timeout-s", &(load.timeout_ms as f64 / 1e3).to_string()])
            .arg(self.seeds.first(load.seeds, &self.folder)?);
        if load.judge {
            command.arg("--judge");
        }
        fs::create_dir_all(place)?;
        Ok(command)
    }

    /// Where a client keeps its results: a path at which there is nothing yet.
    pub(crate) fn fresh_place(&self, scenario: &str) -> Result<PathBuf> {
        let place = self.folder.join("runs").join(file_name(scenario));
        if place.exists() {
            fs::remove_dir_all(&place)?;
        }
        fs::create_dir_all(self.folder.join("runs"))?;
        Ok(place)
    }

    fn log(&self, scenario: &str) -> PathBuf {
        self.folder.join(format!("{}.log", file_name(scenario)))
    }
}

/// What the measured share is held against; `None`, and the reason told, where that cannot be had.
fn reference(load: &Load, place: &Path) -> Option<Reference> {
    let slots = load.slots.filter(|_| load.has_known_times())?;
    match calls::lineages(place, load.speed()) {
        Ok(lineages) => {
            let reference = Reference::of(&lineages, slots)?;
            // Where answers are alike, something is known of them before.
            let blind_share = reference.blind_share.filter(|_| load.kinship_percent == 0);
            Some(Reference { blind_share, ..reference })
        }
        Err(error) => {
            say(&format!("  without a reference: {error:#}"));
            None
        }
    }
}

fn file_name(scenario: &str) -> String {
    scenario.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect()
}

/// A private Python with aiohttp; `None`, and the reason told, where that cannot be had.
fn install(venv: &Path) -> Option<PathBuf> {
    let python = venv.join("bin/python");
    let shown = python.to_string_lossy().into_owned();
    if output(&shown, &["-c", "import aiohttp"]).is_some() {
        return Some(python);
    }
    if !answers("python3", &["--version"]) {
        say("There is no python3: the plain script is left out.");
        return None;
    }
    say("Installing aiohttp into target/bench, for the plain script.");
    let installed = run_process("python3", &["-m", "venv", &venv.to_string_lossy()], &[])
        .and_then(|()| run_process(&shown, &["-m", "pip", "install", "--quiet", PACKAGE], &[]));
    if let Err(error) = installed {
        say(&format!("aiohttp could not be installed, so the plain script is left out: {error}"));
        return None;
    }
    Some(python)
}
