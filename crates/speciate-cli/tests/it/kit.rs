//! A sandbox folder, the program in it, and what came of it.

mod process;
mod servers;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use speciate_mock::RunningMock;

pub(crate) use process::{Cli, Ran, Running};
pub(crate) use servers::{one_at_a_time, perfect, script, slow, slow_with, usual, with_faults};

/// Longest time for a command, or for a condition to come true.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(1);

/// Twelve plain seeds without responses.
pub(crate) const SEEDS: [&str; 12] = [
    "Explain why the sky is blue.",
    "Write a haiku about a lighthouse.",
    "List three uses of vinegar in a kitchen.",
    "Translate good morning into French, Spanish and Turkish.",
    "Write a Python function that reverses a list.",
    "Describe how a bicycle stays upright.",
    "Give advice to somebody who learns to cook rice.",
    "Compare a stack with a queue.",
    "Name the planets in the order of their size.",
    "Summarise the rules of chess for a child.",
    "How does a refrigerator keep food cold?",
    "Plan a day in a city that you have never seen.",
];

/// A folder of its own for one test.
pub(crate) struct Sandbox(tempfile::TempDir);

impl Sandbox {
    pub(crate) fn empty() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// With `seeds.jsonl` of the first `count` of [`SEEDS`].
    pub(crate) fn with_seeds(count: usize) -> Self {
        let sandbox = Self::empty();
        sandbox.write("seeds.jsonl", jsonl(&SEEDS[..count]));
        sandbox
    }

    /// With `seeds.jsonl` of as many seeds as asked for, all different.
    pub(crate) fn with_many(count: usize) -> Self {
        let sandbox = Self::empty();
        let texts: Vec<_> = (0..count)
            .map(|n| format!("Explain idea number {n} of statistics to a nurse."))
            .collect();
        sandbox.write("seeds.jsonl", jsonl(&texts.iter().map(String::as_str).collect::<Vec<_>>()));
        sandbox
    }

    pub(crate) fn folder(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// The program with these arguments, split at blanks.
    pub(crate) fn cli(&self, arguments: &str) -> Cli {
        self.cli_behind(&[], arguments)
    }

    /// The program, started by another one: `prlimit`, `strace`, `sh -c 'exec "$0" "$@"'`.
    pub(crate) fn cli_behind(&self, prefix: &[&str], arguments: &str) -> Cli {
        let mut words: Vec<OsString> = prefix.iter().map(OsString::from).collect();
        words.push(env!("CARGO_BIN_EXE_speciate").into());
        words.extend(arguments.split_whitespace().map(OsString::from));
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).current_dir(self.0.path()).env_clear();
        command.env("HOME", self.path("home")).env("XDG_CACHE_HOME", self.path("home/cache"));
        command.env("COLUMNS", "80").env("TERM", "dumb");
        if !prefix.is_empty() {
            command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Cli::new(command, self.0.path())
    }

    /// The same under what the shell does first, for example `ulimit -n 100`.
    pub(crate) fn cli_after(&self, shell: &str, arguments: &str) -> Cli {
        self.cli_behind(&["sh", "-c", &format!("{shell} && exec \"$0\" \"$@\"")], arguments)
    }

    /// `speciate run seeds.jsonl -o run` against `mock`.
    pub(crate) fn run(&self, mock: &RunningMock, more: &str) -> Ran {
        self.begin(mock, more).done()
    }

    /// The same, not waited for.
    pub(crate) fn begin(&self, mock: &RunningMock, more: &str) -> Running {
        self.cli(&format!("run seeds.jsonl -o run {more}")).endpoint(mock).start()
    }

    pub(crate) fn export(&self, format: &str) -> String {
        self.cli(&format!("export run -o - --format {format}")).done().expect(0).stdout
    }

    pub(crate) fn records(&self) -> Vec<Value> {
        self.export("records").lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The run in numbers, which must add up.
    pub(crate) fn status(&self) -> Value {
        let ran = self.cli("status run --json").done().expect(0);
        let status: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(status["sums_agree"], true, "{status:#}");
        let sum = |key: &str| {
            let counts = status[key].as_object().unwrap().values();
            counts.map(|count| count.as_u64().unwrap()).sum::<u64>()
        };
        let parts = sum("eliminated") + sum("failed") + sum("invalid");
        let ended = status["kept"].as_u64().unwrap() + parts;
        assert_eq!(ended, status["records"].as_u64().unwrap());
        assert!(status["pending"].is_u64(), "{status:#}");
        status
    }

    /// Calls that the run has stored so far.
    pub(crate) fn calls_stored(&self) -> u64 {
        if !self.path("run/run.db").exists() {
            return 0;
        }
        self.status()["totals"]["calls"].as_u64().unwrap()
    }

    /// What every file of the sandbox holds.
    pub(crate) fn all_bytes(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = Vec::new();
        collect(self.0.path(), &mut files);
        files
    }
}

fn collect(folder: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            let bytes = std::fs::read(&path).unwrap();
            files.push((path, bytes));
        }
    }
}

pub(crate) fn jsonl(texts: &[&str]) -> String {
    texts.iter().map(|text| serde_json::json!({ "instruction": text }).to_string() + "\n").collect()
}

pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "waited too long for {what}");
        std::thread::park_timeout(LOOK_EVERY);
    }
}

/// Whether a tool is here; if not, that is said.
pub(crate) fn has_tool(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_here = std::env::split_paths(&path).any(|folder| folder.join(name).is_file());
    if !is_here {
        println!("skipped: there is no `{name}`");
    }
    is_here
}
