//! The main job against a real OpenAI-compatible server with a real model.
//!
//! llama-cpp-python serves the embedded engine's own model file, one request at a time, on one
//! thread (with more, its spinning threads starve each other on a busy machine). Building it takes
//! about ten minutes of CPU, so this is no part of the usual tests.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::process::{output, root, run as run_process, say, target};
use crate::setup;

const PACKAGE: &str = "llama-cpp-python[server]==0.3.36";
const PORT: u16 = 18_199;
const START_WAIT: Duration = Duration::from_secs(120);

/// A server that ends with us.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        if self.0.kill().and_then(|()| self.0.wait()).is_err() {
            say("the server had ended already");
        }
    }
}

/// Arguments: `[--gguf FILE] [--venv FOLDER] [seed files and options of run …]`.
pub(crate) fn run(arguments: &[&str]) -> Result<()> {
    let (mut gguf, mut venv, mut more) = (None, None, Vec::new());
    let mut words = arguments.iter().copied();
    while let Some(word) = words.next() {
        match word {
            "--gguf" => gguf = words.next().map(PathBuf::from),
            "--venv" => venv = words.next().map(PathBuf::from),
            other => more.push(other),
        }
    }
    let variables = setup::tools()?;
    run_cargo_build(&variables)?;
    let program = target().join("debug/speciate");
    let venv = venv.map_or_else(|| install(&target().join("real-server")), Ok)?;
    let gguf = gguf.map_or_else(|| fetch_model(&program), Ok)?;
    let _server = start(&venv, &gguf)?;
    let base_url = format!("http://127.0.0.1:{PORT}/v1");
    let seeds = root().join("examples/seeds.jsonl");
    let seeds = seeds.to_string_lossy();
    if more.is_empty() {
        // What an earlier test left may be of another recipe.
        let _ = std::fs::remove_dir_all(root().join("target/real-server-run"));
        more.extend([&*seeds, "--limit", "4", "--rounds", "1", "-o", "target/real-server-run"]);
    }
    let mut words = vec!["run"];
    words.extend(more);
    // The model is far too small for the style of real models.
    words.extend(["--base-url", &base_url, "--concurrency", "1", "--prompt-style", "compact"]);
    run_process(&program.to_string_lossy(), &words, &[])
}

fn run_cargo_build(variables: &setup::Variables) -> Result<()> {
    run_process("cargo", &["build", "--workspace"], variables)
}

fn install(venv: &Path) -> Result<PathBuf> {
    let python = venv.join("bin/python");
    let import = ["-c", "import llama_cpp.server"];
    if output(&python.to_string_lossy(), &import).is_none() {
        say("Building llama-cpp-python: about ten minutes of CPU, once.");
        run_process("python3", &["-m", "venv", &venv.to_string_lossy()], &[])?;
        let pip = venv.join("bin/pip");
        run_process(&pip.to_string_lossy(), &["install", "--quiet", PACKAGE], &[])?;
    }
    Ok(venv.to_owned())
}

/// The embedded engine's small model, wherever it is kept.
fn fetch_model(program: &Path) -> Result<PathBuf> {
    let program = program.to_string_lossy();
    run_process(&program, &["model", "pull", "smollm2-135m", "--yes"], &[])?;
    let list = output(&program, &["model", "list", "--json"]).context("cannot list models")?;
    let place =
        list.lines().find_map(|line| line.trim().strip_prefix("\"here\": \"")?.strip_suffix("\","));
    place.map(PathBuf::from).context("the model was fetched but is not in the list")
}

fn start(venv: &Path, gguf: &Path) -> Result<Server> {
    let python = venv.join("bin/python");
    say(&format!("Starting llama-cpp-python's server on 127.0.0.1:{PORT}"));
    let child = Command::new(&python)
        .args([
            "-m",
            "llama_cpp.server",
            "--host",
            "127.0.0.1",
            "--n_ctx",
            "4096",
            "--n_threads",
            "1",
        ])
        .args(["--n_threads_batch", "1", "--interrupt_requests", "false"])
        .arg("--port")
        .arg(PORT.to_string())
        .arg("--model")
        .arg(gguf)
        .args(["--model_alias", "local"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("cannot start {}", python.display()))?;
    let mut server = Server(child);
    let began = Instant::now();
    while began.elapsed() < START_WAIT {
        if is_up() {
            return Ok(server);
        }
        if let Some(status) = server.0.try_wait()? {
            bail!("the server ended at once ({status})");
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    bail!("the server did not answer within {} s", START_WAIT.as_secs())
}

fn is_up() -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", PORT)) else { return false };
    let asked = stream.write_all(b"GET /v1/models HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n");
    let mut answer = String::new();
    asked.is_ok() && stream.read_to_string(&mut answer).is_ok() && answer.contains("200")
}
