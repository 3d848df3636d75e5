//! `speciate mock` as a process of its own.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::child::Running;
use super::load::Load;
use super::stats::{self, Stats};

const ANSWER_WAIT: Duration = Duration::from_secs(30);

/// A mock server that ends with this value.
#[derive(Debug)]
pub(crate) struct Mock {
    running: Running,
    base_url: String,
    cpu_before_s: f64,
}

impl Mock {
    /// Starts the server that `load` wants and waits until it listens.
    pub(crate) fn start(program: &Path, load: &Load, folder: &Path) -> Result<Self> {
        let config = folder.join("mock.toml");
        fs::write(&config, load.speed().toml() + load.faults.unwrap_or_default())?;
        let mut command = Command::new(program);
        command.args(["mock", "--port", "0", "--perfect", "--config"]).arg(config);
        match load.slots {
            Some(slots) => command.args(["--slots", &slots.to_string()]),
            None => command.arg("--instant"),
        };
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut running = Running::start(&mut command)?;
        let stdout = running.child().stdout.as_mut().context("the mock has no output")?;
        let mut base_url = String::new();
        BufReader::new(stdout).read_line(&mut base_url)?;
        let cpu_before_s = running.cpu_s();
        Ok(Self { running, base_url: base_url.trim().to_owned(), cpu_before_s })
    }

    pub(crate) fn base_url(&self) -> &str {
        &self.base_url
    }

    /// CPU seconds since it listened.
    pub(crate) fn cpu_s(&self) -> f64 {
        self.running.cpu_s() - self.cpu_before_s
    }

    /// What it has counted so far.
    pub(crate) fn stats(&self) -> Result<Stats> {
        let address = self.base_url.trim_start_matches("http://").split('/').next();
        let address = address.unwrap_or_default();
        let mut stream = TcpStream::connect(address)
            .with_context(|| format!("cannot reach the mock at `{address}`"))?;
        stream.set_read_timeout(Some(ANSWER_WAIT))?;
        let request =
            format!("GET /mock/stats HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        stats::parse(&answer)
    }
}
