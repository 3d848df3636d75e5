//! What is said to a program that listens, and where a run waits for itself.

use serde_json::Value;

use crate::kit::{Sandbox, perfect, slow};

#[test]
fn with_progress_as_json_every_line_is_json() {
    let (sandbox, mock) = (Sandbox::with_seeds(4), perfect());
    let ran = sandbox.run(&mock, "--rounds 1 --progress json").expect(0);
    let lines: Vec<Value> =
        ran.stderr.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let notices: Vec<_> = lines.iter().filter_map(|line| line["notice"].as_str()).collect();
    assert!(notices.iter().any(|notice| notice.starts_with("Summary [")), "{notices:?}");
    assert!(lines.iter().any(|line| line["calls_done"].is_u64()), "{lines:?}");

    sandbox.write("seeds.jsonl", "no JSON\n");
    let ran = sandbox.run(&mock, "--rounds 1 --progress json").expect(2);
    let last: Value = serde_json::from_str(ran.stderr.lines().last().unwrap()).unwrap();
    assert!(last["error"].as_str().unwrap().starts_with("1 of 1 records"), "{last}");
}

#[test]
fn a_wait_for_ones_own_rate_limit_is_named() {
    let (sandbox, mock) = (Sandbox::with_seeds(12), slow());
    let limit = "--set limits.requests_per_minute=6 --progress json";
    let running = sandbox.begin(&mock, limit);
    running.wait_for("\"waiting_for\":\"the rate limit\"");
    running.kill();
}

#[cfg(unix)]
#[test]
fn what_is_written_into_a_run_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;

    let mode = |sandbox: &Sandbox, name: &str| {
        std::fs::metadata(sandbox.path(name)).unwrap().permissions().mode() & 0o777
    };
    let (sandbox, mock) = (Sandbox::with_seeds(2), perfect());
    sandbox.write("run/notes.txt", "mine");
    std::fs::set_permissions(sandbox.path("run"), PermissionsExt::from_mode(0o755)).unwrap();
    sandbox.run(&mock, "--rounds 1").expect(0);
    assert_eq!(mode(&sandbox, "run"), 0o755, "a folder that was there keeps its mode");
    for name in ["run/run.db", "run/LOCK", "run/recipe.toml", "run/data.jsonl"] {
        assert_eq!(mode(&sandbox, name), 0o600, "{name}");
    }
    sandbox.cli("run seeds.jsonl -o new --rounds 0").endpoint(&mock).done().expect(0);
    assert_eq!(mode(&sandbox, "new"), 0o700);
    sandbox.cli("export run -o train.jsonl").done().expect(0);
    assert_eq!(mode(&sandbox, "train.jsonl") & 0o400, 0o400);
}
