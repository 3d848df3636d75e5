//! Killed at any moment, the same command goes on and ends with the same bytes.

use crate::kit::{Sandbox, slow, wait_until};

const FORMATS: [&str; 4] = ["records", "messages", "alpaca", "sharegpt"];

/// Every export of the finished run.
fn exports(sandbox: &Sandbox) -> [String; 4] {
    FORMATS.map(|format| sandbox.export(format))
}

#[test]
fn killed_three_times_in_one_run_it_ends_with_the_same_bytes() {
    let (whole, mock) = (Sandbox::with_many(28), slow());
    whole.run(&mock, "--rounds 4 --concurrency 8").expect(0);
    let calls = mock.stats().answered;
    assert!(calls > 320, "{calls} calls leave no room for the last kill");

    let (killed, mock) = (Sandbox::with_many(28), slow());
    let mut unstored = 0;
    for at in [20, 150, 300] {
        let (asked_before, stored_before) = (mock.stats().requests, killed.calls_stored());
        let mut running = killed.begin(&mock, "--rounds 4 --concurrency 8");
        wait_until("requests", || mock.stats().answered >= at);
        assert!(!running.is_over(), "killed at {at}: the run was over already");
        running.kill();
        wait_until("the server's rest", || mock.stats().in_flight == 0);
        let stored = killed.calls_stored() - stored_before;
        unstored += mock.stats().requests - asked_before - stored;
    }
    killed.run(&mock, "--rounds 4 --concurrency 8").expect(0);
    assert!(exports(&killed) == exports(&whole), "the exports differ");
    let stats = mock.stats();
    assert!(stats.repeated <= unstored, "{} asked twice, {unstored} not stored", stats.repeated);
    assert!(stats.answered_again <= stats.repeated, "paid twice: {}", stats.answered_again);
    assert_eq!(killed.read("run/data.jsonl"), killed.export("messages"));
    killed.cli("verify run").done().expect(0);
}

#[test]
fn killed_once_it_repeats_no_more_than_was_in_flight() {
    let (whole, mock) = (Sandbox::with_many(24), slow());
    whole.run(&mock, "--concurrency 8").expect(0);
    let expected = exports(&whole);
    assert!(mock.stats().answered > 200, "{}", mock.stats().answered);
    for kill_after in [1, 30, 90, 200] {
        let (sandbox, mock) = (Sandbox::with_many(24), slow());
        let running = sandbox.begin(&mock, "--concurrency 8");
        wait_until("requests", || mock.stats().answered >= kill_after);
        running.kill();
        sandbox.run(&mock, "--concurrency 8").expect(0);
        assert!(exports(&sandbox) == expected, "killed after {kill_after}: the exports differ");
        let repeated = mock.stats().repeated;
        assert!(repeated <= 8, "killed after {kill_after}: {repeated} requests were repeated");
        sandbox.cli("verify run").done().expect(0);
    }
}

#[test]
fn concurrency_does_not_change_a_byte() {
    let mut of_levels = Vec::new();
    for level in ["1", "8", "64", "auto"] {
        let (sandbox, mock) = (Sandbox::with_many(12), slow());
        sandbox.run(&mock, &format!("--concurrency {level}")).expect(0);
        of_levels.push(exports(&sandbox));
    }
    assert!(of_levels.windows(2).all(|pair| pair[0] == pair[1]), "the exports differ");
}
