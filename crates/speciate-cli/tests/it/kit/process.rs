//! One invocation of the program, and how it ended.

use std::ffi::OsStr;
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};

use speciate_mock::RunningMock;

use super::{PATIENCE, wait_until};

/// One invocation.
pub(crate) struct Cli {
    command: Command,
    stdin: Option<Vec<u8>>,
    folder: PathBuf,
}

impl Cli {
    pub(super) fn new(command: Command, folder: &Path) -> Self {
        Self { command, stdin: None, folder: folder.to_owned() }
    }

    pub(crate) fn endpoint(mut self, mock: &RunningMock) -> Self {
        self.command.args(["--base-url", &mock.base_url(), "--model", "mock"]);
        self
    }

    /// One argument more, as it is.
    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    /// In this folder of the sandbox.
    pub(crate) fn within(mut self, folder: &str) -> Self {
        self.command.current_dir(self.folder.join(folder));
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

    pub(crate) fn stdout_to(mut self, stdout: impl Into<Stdio>) -> Self {
        self.command.stdout(stdout);
        self
    }

    pub(crate) fn stderr_to(mut self, stderr: impl Into<Stdio>) -> Self {
        self.command.stderr(stderr);
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
        let stdout = Output::of(child.stdout.take());
        let stderr = Output::of(child.stderr.take());
        Running { child, stdout, stderr, folder: self.folder }
    }

    pub(crate) fn done(self) -> Ran {
        self.start().done()
    }
}

/// What came out of a pipe so far, read by a thread of its own.
#[derive(Clone, Default)]
struct Output(Arc<(Mutex<Said>, Condvar)>);

#[derive(Default)]
struct Said {
    bytes: Vec<u8>,
    is_over: bool,
}

impl Output {
    /// A pipe that the test keeps for itself is over at once.
    fn of(pipe: Option<impl Read + Send + 'static>) -> Self {
        let output = Self::default();
        let Some(mut pipe) = pipe else {
            output.0.0.lock().unwrap().is_over = true;
            return output;
        };
        let of_thread = output.clone();
        let read = move || {
            let mut part = [0; 4_096];
            while let Ok(n @ 1..) = pipe.read(&mut part) {
                of_thread.0.0.lock().unwrap().bytes.extend_from_slice(&part[..n]);
            }
            of_thread.0.0.lock().unwrap().is_over = true;
            of_thread.0.1.notify_all();
        };
        std::thread::Builder::new().name("output".to_owned()).spawn(read).unwrap();
        output
    }

    fn so_far(&self) -> String {
        String::from_utf8_lossy(&self.0.0.lock().unwrap().bytes).into_owned()
    }

    fn whole(&self) -> String {
        let (said, over) = &*self.0;
        let waited = over.wait_timeout_while(said.lock().unwrap(), PATIENCE, |said| !said.is_over);
        let (mut said, ended) = waited.unwrap();
        assert!(!ended.timed_out(), "the program does not end in time");
        String::from_utf8(std::mem::take(&mut said.bytes)).expect("the program prints UTF-8")
    }
}

/// A process that does not outlive its test.
pub(crate) struct Running {
    child: Child,
    stdout: Output,
    stderr: Output,
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

    /// Waits until standard error says so.
    pub(crate) fn wait_for(&self, text: &str) {
        wait_until(text, || self.stderr.so_far().contains(text));
    }

    /// Waits for its end.
    pub(crate) fn done(mut self) -> Ran {
        let (stdout, stderr) = (self.stdout.whole(), self.stderr.whole());
        wait_until("the end of the program", || self.is_over());
        let status = self.child.wait().unwrap();
        assert!(!stderr.contains("panicked") && !stderr.contains("a bug of ours"), "{stderr}");
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
    /// -1 for one that a signal killed.
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

    /// Whether a wrapper such as `unshare` or `strace` could not do its part; then that is said.
    pub(crate) fn is_not_possible(&self, code: i32) -> bool {
        if self.code == code {
            println!("skipped: {}", self.stderr.trim_end());
        }
        self.code == code
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
