//! Ended in every way, several times over; the same command always goes on.

use std::time::{Duration, Instant};

use crate::kit::{Sandbox, jsonl, script, slow, usual, wait_until, with_faults};
use speciate_mock::{FaultKind, FaultRule};

/// As many seeds as asked for, all different.
fn many(count: usize) -> Sandbox {
    let sandbox = Sandbox::empty();
    let texts: Vec<_> =
        (0..count).map(|n| format!("Explain idea number {n} of statistics to a nurse.")).collect();
    sandbox.write("seeds.jsonl", jsonl(&texts.iter().map(String::as_str).collect::<Vec<_>>()));
    sandbox
}

/// Calls that the run has stored so far.
fn stored(sandbox: &Sandbox) -> u64 {
    if !sandbox.path("run/run.db").exists() {
        return 0;
    }
    sandbox.status()["totals"]["calls"].as_u64().unwrap()
}

#[test]
fn killed_three_times_in_one_run_it_ends_with_the_same_bytes() {
    let (whole, mock) = (many(28), slow());
    whole.run(&mock, "--rounds 4 --concurrency 8").expect(0);
    let calls = mock.stats().answered;
    assert!(calls > 320, "{calls} calls leave no room for the last kill");

    let (killed, mock) = (many(28), slow());
    let mut unstored = 0;
    for at in [20, 150, 300] {
        let command = "run seeds.jsonl -o run --rounds 4 --concurrency 8";
        let (asked_before, stored_before) = (mock.stats().requests, stored(&killed));
        let mut running = killed.cli(command).endpoint(&mock).start();
        wait_until("requests", || mock.stats().answered >= at);
        assert!(!running.is_over(), "killed at {at}: the run was over already");
        running.kill();
        wait_until("the server's rest", || mock.stats().in_flight == 0);
        let stored = stored(&killed) - stored_before;
        unstored += mock.stats().requests - asked_before - stored;
    }
    killed.run(&mock, "--rounds 4 --concurrency 8").expect(0);
    for format in ["records", "messages", "alpaca", "sharegpt"] {
        assert!(killed.export(format) == whole.export(format), "{format} differs");
    }
    let stats = mock.stats();
    assert!(stats.repeated <= unstored, "{} asked twice, {unstored} not stored", stats.repeated);
    assert!(stats.answered_again <= stats.repeated, "paid twice: {}", stats.answered_again);
    assert_eq!(killed.read("run/data.jsonl"), killed.export("messages"));
    killed.cli("verify run").done().expect(0);
}

#[test]
fn one_ctrl_c_says_how_to_go_on_and_the_directory_alone_goes_on() {
    let (sandbox, mock) = (many(28), slow());
    let command = "run seeds.jsonl -o run --concurrency 8";
    let running = sandbox.cli(command).endpoint(&mock).start();
    wait_until("requests", || mock.stats().answered >= 60);
    running.signal("INT");
    let ran = running.done().expect(130);
    assert!(ran.stderr.contains("Resume: speciate run run"), "{}", ran.stderr);
    assert!(ran.stderr.contains("0 calls may have been paid without a result"), "{}", ran.stderr);
    assert_eq!(sandbox.status()["totals"]["calls"], mock.stats().answered);
    // As it was said: the directory alone is enough.
    sandbox.cli("run run").done().expect(0);
    assert_eq!(mock.stats().repeated, 0);
    sandbox.status();
}

#[test]
fn a_second_ctrl_c_does_not_wait_for_a_hanging_call() {
    let (sandbox, mock) = (many(4), with_faults(script(vec![FaultRule::always(FaultKind::Hang)])));
    let running = sandbox.cli("run seeds.jsonl -o run").endpoint(&mock).start();
    wait_until("requests", || mock.stats().in_flight >= 1);
    running.signal("INT");
    // Signals of one kind that wait together are one; the first must have been taken.
    running.signal("TERM");
    let asked = Instant::now();
    let ran = running.done();
    let took = asked.elapsed();
    assert!(ran.code == 143 || ran.code == 130, "{ran:?}");
    assert!(took < Duration::from_millis(1_500), "{took:?}");
    assert!(ran.stderr.contains("Resume: speciate run run"), "{}", ran.stderr);
}

#[test]
fn a_run_that_is_held_names_the_process() {
    let (sandbox, mock) = (many(2), with_faults(script(vec![FaultRule::always(FaultKind::Hang)])));
    let running = sandbox.cli("run seeds.jsonl -o run").endpoint(&mock).start();
    wait_until("requests", || mock.stats().in_flight >= 1);
    let ran = sandbox.run(&mock, "").expect(4);
    let holder = format!("error: the run is in use by process {} on ", running.id());
    assert!(ran.stderr.contains(&holder), "{}", ran.stderr);
    assert!(ran.stderr.contains("hint: wait for it to end, or stop it"), "{}", ran.stderr);
    // Reading takes no lock.
    sandbox.status();
    sandbox.cli("verify run").done().expect(0);
}

#[test]
fn another_recipe_is_refused_with_what_differs() {
    let (sandbox, mock) = (Sandbox::with_seeds(2), usual());
    sandbox.run(&mock, "--rounds 1").expect(0);
    let requests = mock.stats().requests;
    let ran = sandbox.run(&mock, "--rounds 2 --seed 5 --set rules=[\"strict\"]").expect(2);
    insta::assert_snapshot!(ran.shown(), @r#"
    exit 2
    --- stderr
    Seeds: 2 seeds
    Model: mock at http://127.0.0.1:[PORT]/v1
    Run: run
    error: the run in `run` was begun with another recipe:
      rounds: 1 → 2
      rules: ["paper"] → ["strict"]
      seed: 0 → 5
      hint: continue it with the old recipe, or name another directory with -o
    "#);
    assert_eq!(mock.stats().requests, requests, "nothing is sent");
    // What does not decide the result may change.
    sandbox.run(&mock, "--rounds 1 --concurrency 3").expect(0);
    assert_eq!(mock.stats().requests, requests, "a finished run asks nothing");
}
