//! What `status` says beside a run, after one that was broken off, and at the end.

use serde_json::Value;

use crate::kit::{Sandbox, slow, usual, wait_until};

const ROUNDS: u64 = 4;
const SEEDS: u64 = 40;

/// Ended and pending ones together; all that there will be.
fn sum(status: &Value) -> u64 {
    status["records"].as_u64().unwrap() + status["pending"].as_u64().unwrap()
}

#[test]
fn a_run_that_is_broken_off_shows_what_is_pending() {
    let (sandbox, mock) = (Sandbox::with_many(SEEDS as usize), slow());
    let running = sandbox.begin(&mock, "--recipe paper --json");
    wait_until("ten calls", || sandbox.calls_stored() >= 10);
    let status = sandbox.status();
    assert_eq!(status["running"]["pid"], running.id(), "{status:#}");
    assert!(status["running"]["host"].is_string() && status["ended"].is_null(), "{status:#}");
    assert!(status["running"]["since"].as_str().unwrap().ends_with('Z'), "{status:#}");
    assert!(status["calls_per_second"].as_f64().unwrap() > 0.0, "{status:#}");
    assert!(status["tokens_per_second"].as_f64().unwrap() > 0.0, "{status:#}");
    assert_eq!(sum(&status), SEEDS * (1 + ROUNDS));
    let text = sandbox.cli("status run").done().expect(0).stdout;
    assert!(text.contains(&format!("now         running: process {} on ", running.id())), "{text}");

    running.signal("INT");
    let ran = running.done().expect(130);
    let status = sandbox.status();
    let (pending, all) = (&status["pending"], SEEDS * (1 + ROUNDS));
    assert!(pending.as_u64().unwrap() > 0 && sum(&status) == all, "{status:#}");
    assert_eq!((&status["running"], &status["ended"]), (&Value::Null, &"stopped".into()));
    let summary: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(&summary["pending"], pending);
    assert!(ran.stderr.contains(&format!("] {all} instructions: ")), "{}", ran.stderr);
    assert!(ran.stderr.contains(&format!(" invalid, {pending} pending\n")), "{}", ran.stderr);
    let text = sandbox.cli("status run").done().expect(0).stdout;
    assert!(text.contains("now         not running; the last session: stopped\n"), "{text}");
    assert!(text.contains(&format!("pending     {:>8}\n", pending.as_u64().unwrap())), "{text}");
    assert!(text.contains("calls/s, "), "{text}");
}

#[test]
fn a_killed_one_is_not_running_and_a_finished_one_has_nothing_pending() {
    let (sandbox, mock) = (Sandbox::with_many(12), slow());
    let running = sandbox.begin(&mock, "--recipe paper");
    wait_until("a call", || sandbox.calls_stored() >= 1);
    running.kill();
    assert_eq!(sandbox.status()["ended"], "killed");
    sandbox.run(&mock, "--recipe paper").expect(0);
    let status = sandbox.status();
    assert_eq!((&status["pending"], &status["ended"]), (&0.into(), &"done".into()));
    assert_eq!(sum(&status), 12 * (1 + ROUNDS));
}

#[test]
fn of_trees_the_most_is_known() {
    let (sandbox, mock) = (Sandbox::with_many(6), slow());
    let running = sandbox.begin(&mock, "--branching 2 --rounds 2");
    wait_until("a call", || sandbox.calls_stored() >= 1);
    let status = sandbox.status();
    assert_eq!((sum(&status), &status["pending_is_at_most"]), (6 * (1 + 2 + 4), &true.into()));
    running.kill();
    let finished = Sandbox::with_many(6);
    finished.run(&usual(), "--branching 2 --rounds 2").expect(0);
    let status = finished.status();
    assert_eq!((&status["pending"], &status["pending_is_at_most"]), (&0.into(), &false.into()));
}
