//! A process that is measured, bounded in time, and never left behind.

use std::io::Read as _;
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::proc;
use crate::process::output;

/// How often a process is looked at; its end is noticed this late at most.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// What a process took.
#[derive(Debug, Clone)]
pub(crate) struct Spent {
    pub(crate) wall_s: f64,
    pub(crate) cpu_s: f64,
    pub(crate) peak_bytes: u64,
    pub(crate) stdout: String,
    status: ExitStatus,
}

impl Spent {
    /// Fails if the process did.
    pub(crate) fn success(self, what: &str) -> Result<Self> {
        if !self.status.success() {
            bail!("{what} failed ({})", self.status);
        }
        Ok(self)
    }
}

/// A child under way. It dies with this value.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    began: Instant,
    peak_bytes: u64,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        let began = Instant::now();
        let child = command.spawn().with_context(|| format!("cannot start {command:?}"))?;
        Ok(Self { child, began, peak_bytes: 0 })
    }

    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// User and system time so far.
    pub(crate) fn cpu_s(&self) -> f64 {
        proc::stat(self.child.id()).map_or(0.0, |stat| seconds(stat.cpu_ticks))
    }

    /// Waits for the end, at most `limit`. Standard output must fit into a pipe.
    pub(crate) fn wait(mut self, limit: Duration) -> Result<Spent> {
        while !self.has_ended()? {
            if self.began.elapsed() > limit {
                bail!("it had not ended after {} s and was killed", limit.as_secs());
            }
            std::thread::sleep(LOOK_EVERY);
        }
        self.take()
    }

    /// Kills it as `kill -9` does; what it had taken until then.
    pub(crate) fn kill(mut self) -> Result<Spent> {
        self.child.kill().context("cannot kill the process")?;
        while !self.has_ended()? {
            std::thread::sleep(LOOK_EVERY);
        }
        self.take()
    }

    /// Whether it waits to be taken; notes its peak memory until then.
    fn has_ended(&mut self) -> Result<bool> {
        let pid = self.child.id();
        let stat = proc::stat(pid).context("cannot read /proc: the bench runs on Linux only")?;
        self.peak_bytes = self.peak_bytes.max(proc::peak_bytes(pid).unwrap_or(0));
        Ok(stat.is_zombie)
    }

    fn take(&mut self) -> Result<Spent> {
        let (wall_s, cpu_s) = (self.began.elapsed().as_secs_f64(), self.cpu_s());
        let status = self.child.wait()?;
        let mut stdout = String::new();
        if let Some(pipe) = &mut self.child.stdout {
            pipe.read_to_string(&mut stdout)?;
        }
        Ok(Spent { wall_s, cpu_s, peak_bytes: self.peak_bytes, stdout, status })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail only if it has ended and was taken already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn seconds(ticks: u64) -> f64 {
    /// What Linux uses almost everywhere.
    const TICKS_USUAL: f64 = 100.0;
    let per_second = output("getconf", &["CLK_TCK"]).and_then(|text| text.parse().ok());
    ticks as f64 / per_second.unwrap_or(TICKS_USUAL)
}
