//! A sandbox folder, the program in it, and what came of it.

use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use serde_json::Value;
use speciate_mock::{Capacity, FaultRule, FaultScript, MockConfig, MockServer, RunningMock};

/// Longest time for a command, or for a condition to come true.
const PATIENCE: Duration = Duration::from_secs(60);
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
        self.prepared(Command::new(env!("CARGO_BIN_EXE_speciate")), arguments)
    }

    /// The same under what the shell does first, for example `ulimit -n 100`.
    pub(crate) fn cli_after(&self, shell: &str, arguments: &str) -> Cli {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", &format!("{shell} && exec \"$0\" \"$@\"")]);
        command.arg(env!("CARGO_BIN_EXE_speciate"));
        self.prepared(command, arguments)
    }

    fn prepared(&self, mut command: Command, arguments: &str) -> Cli {
        command.args(arguments.split_whitespace()).current_dir(self.0.path()).env_clear();
        command.env("HOME", self.path("home")).env("XDG_CACHE_HOME", self.path("home/cache"));
        command.env("COLUMNS", "80").env("TERM", "dumb");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Cli { command, stdin: None, folder: self.0.path().to_owned() }
    }

    /// `speciate run seeds.jsonl -o run` against `mock`.
    pub(crate) fn run(&self, mock: &RunningMock, more: &str) -> Ran {
        self.cli(&format!("run seeds.jsonl -o run {more}")).endpoint(mock).done()
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
        assert_eq!(status["kept"].as_u64().unwrap() + parts, status["records"].as_u64().unwrap());
        status
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

/// One invocation.
pub(crate) struct Cli {
    command: Command,
    stdin: Option<Vec<u8>>,
    folder: PathBuf,
}

impl Cli {
    pub(crate) fn endpoint(mut self, mock: &RunningMock) -> Self {
        self.command.args(["--base-url", &mock.base_url(), "--model", "mock"]);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = Some(bytes.into());
        self
    }

    pub(crate) fn start(mut self) -> Running {
        if self.stdin.is_some() {
            self.command.stdin(Stdio::piped());
        }
        let mut child = self.command.spawn().unwrap();
        if let Some(bytes) = self.stdin {
            // The pipe holds far more than these tests say, and closes here.
            child.stdin.take().unwrap().write_all(&bytes).unwrap();
        }
        let outputs = (drain(child.stdout.take()), drain(child.stderr.take()));
        Running { child, outputs, folder: self.folder }
    }

    pub(crate) fn done(self) -> Ran {
        self.start().done()
    }
}

/// Reads a pipe to its end on a thread of its own.
fn drain(pipe: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let (sender, receiver) = sync_channel(1);
    let mut pipe = pipe.unwrap();
    let read = move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).unwrap();
        // The test may have ended for another reason.
        drop(sender.send(bytes));
    };
    std::thread::Builder::new().name("drain".to_owned()).spawn(read).unwrap();
    receiver
}

/// A process that does not outlive its test.
pub(crate) struct Running {
    child: Child,
    outputs: (Receiver<Vec<u8>>, Receiver<Vec<u8>>),
    folder: PathBuf,
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Running {
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn is_over(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for its end; the signal's number stands for the code of one that was killed.
    pub(crate) fn done(mut self) -> Ran {
        let take = |output: &Receiver<Vec<u8>>| {
            output.recv_timeout(PATIENCE).expect("the program ends in time")
        };
        let (stdout, stderr) = (take(&self.outputs.0), take(&self.outputs.1));
        let status = self.child.wait().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the program prints UTF-8");
        let (stdout, stderr) = (text(stdout), text(stderr));
        assert!(!stderr.contains("panicked"), "{stderr}");
        Ran {
            code: status.code().unwrap_or(-1),
            stdout,
            stderr,
            folder: self.folder.display().to_string(),
        }
    }
}

/// How an invocation ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    folder: String,
}

impl Ran {
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Everything in one text, without what changes from run to run.
    pub(crate) fn shown(&self) -> String {
        let mut text = format!("exit {}\n", self.code);
        for (name, said) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !said.is_empty() {
                text.push_str(&format!("--- {name}\n{}\n", said.trim_end()));
            }
        }
        let text = text.replace(&self.folder, "[DIR]");
        let text = numbers_after(&text, "127.0.0.1:", "[PORT]");
        numbers_after(&text, "Summary [", "TIME")
    }
}

/// Replaces the digits, points and unit that follow `prefix`.
fn numbers_after(text: &str, prefix: &str, name: &str) -> String {
    let mut parts = text.split(prefix);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_number = |c: char| c.is_ascii_digit() || matches!(c, '.' | 's');
        out.push_str(&format!("{prefix}{name}{}", part.trim_start_matches(is_number)));
    }
    out
}

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
    let capacity = Capacity {
        slots: 8,
        prefill_tokens_per_s: 200_000.0,
        decode_us_per_token: 100.0,
        ..Capacity::default()
    };
    MockServer::start(MockConfig { capacity, ..MockConfig::default() }).unwrap()
}

pub(crate) fn with_faults(faults: FaultScript) -> RunningMock {
    let config = MockConfig { capacity: Capacity::instant(), faults, ..MockConfig::default() };
    MockServer::start(config).unwrap()
}

pub(crate) fn script(rules: Vec<FaultRule>) -> FaultScript {
    FaultScript { rules, ..FaultScript::default() }
}

pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "waited too long for {what}");
        std::thread::park_timeout(LOOK_EVERY);
    }
}
