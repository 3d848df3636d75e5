//! A folder, a server and the program.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use speciate_mock::{Capacity, FaultScript, MockConfig, MockServer, Quality, RunningMock};

/// Longest time that a test waits for something to happen.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    /// A folder with `seeds` seeds in `seeds.jsonl`, all without responses.
    pub(crate) fn with_seeds(seeds: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let line = |n| {
            format!(
                "{{\"instruction\": \"Explain idea number {n} of everyday physics to a child.\"}}\n"
            )
        };
        let lines: Vec<String> = (0..seeds).map(line).collect();
        std::fs::write(folder.path().join("seeds.jsonl"), lines.concat()).unwrap();
        Self { folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program in this folder, with nothing of the caller's environment that matters.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_speciate"));
        command.args(arguments).current_dir(self.folder.path()).env_clear();
        command.env("HOME", self.folder.path()).env("COLUMNS", "80");
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub(crate) fn output(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    pub(crate) fn run(&self, server: &RunningMock, directory: &str, more: &[&str]) -> Output {
        let output = self.run_command(server, directory, more).output().unwrap();
        assert!(!String::from_utf8_lossy(&output.stderr).contains("panicked"), "{output:?}");
        output
    }

    pub(crate) fn run_command(
        &self,
        server: &RunningMock,
        directory: &str,
        more: &[&str],
    ) -> Command {
        let base_url = server.base_url();
        let mut arguments = vec!["run", "seeds.jsonl", "--base-url", &base_url, "-o", directory];
        arguments.extend(more);
        self.command(&arguments)
    }

    /// The export of a run, as bytes.
    pub(crate) fn export(&self, directory: &str, format: &str) -> Vec<u8> {
        let output = self.output(&["export", directory, "-o", "-", "--format", format]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(!output.stdout.is_empty());
        output.stdout
    }

    pub(crate) fn status(&self, directory: &str) -> serde_json::Value {
        let output = self.output(&["status", directory, "--json"]);
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

/// A server with the usual flaws of its model, eight slots and a few milliseconds for each answer.
pub(crate) fn server(faults: &str) -> RunningMock {
    let capacity = Capacity {
        slots: 8,
        decode_us_per_token: 200.0,
        prefill_tokens_per_s: 1e5,
        ..Capacity::default()
    };
    let faults = if faults.is_empty() {
        FaultScript::default()
    } else {
        FaultScript::from_short(faults).unwrap()
    };
    MockServer::start(MockConfig {
        capacity,
        faults,
        quality: Quality::default(),
        ..MockConfig::default()
    })
    .unwrap()
}

/// A child that does not outlive its test.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

impl Running {
    pub(crate) fn signal(&self, name: &str) {
        let status =
            Command::new("kill").args([&format!("-{name}"), &self.0.id().to_string()]).status();
        assert!(status.unwrap().success());
    }
}

pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "waited too long for {what}");
        std::thread::yield_now();
    }
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Everything in the files below `folder`, for looking for what must not be there.
pub(crate) fn all_bytes(folder: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        bytes.extend(if path.is_dir() { all_bytes(&path) } else { std::fs::read(&path).unwrap() });
    }
    bytes
}
