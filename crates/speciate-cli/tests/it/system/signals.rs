//! Signals that are no wish to end: a closed terminal, a stop, a long sleep.

use std::time::{Duration, Instant};

use crate::kit::{Sandbox, has_tool, slow, wait_until};

fn undisturbed(format: &str) -> String {
    let whole = Sandbox::with_many(20);
    whole.run(&slow(), "--concurrency 8").expect(0);
    whole.export(format)
}

#[test]
fn a_hangup_ends_nothing() {
    let (sandbox, mock) = (Sandbox::with_many(20), slow());
    let running = sandbox.begin(&mock, "--concurrency 8");
    for at in [20, 60] {
        wait_until("requests", || mock.stats().answered >= at);
        running.signal("HUP");
    }
    running.done().expect(0);
    assert!(sandbox.export("records") == undisturbed("records"), "the hangup left a trace");
    assert_eq!(mock.stats().repeated, 0);
}

#[test]
fn a_terminal_that_is_closed_ends_only_the_display() {
    if !has_tool("script") {
        return;
    }
    let (sandbox, mock) = (Sandbox::with_many(20), slow());
    let terminal = ["sh", "-c", r#"exec script -qefc "exec $0 $*" /dev/null"#];
    let command = "run seeds.jsonl -o run --concurrency 8 --progress bar";
    let cli = sandbox.cli_behind(&terminal, command).endpoint(&mock).env("TERM", "xterm");
    let running = cli.start();
    wait_until("requests", || mock.stats().answered >= 40);
    assert!(!sandbox.path("run/data.jsonl").exists(), "the run was over already");
    // With the one who holds it, the terminal is gone.
    running.kill();
    wait_until("the end of the run", || sandbox.path("run/data.jsonl").exists());
    assert!(
        sandbox.export("records") == undisturbed("records"),
        "the closed terminal left a trace"
    );
    assert_eq!(mock.stats().repeated, 0);
}

#[test]
fn stopped_and_continued_it_goes_on() {
    let (sandbox, mock) = (Sandbox::with_many(20), slow());
    let running = sandbox.begin(&mock, "--concurrency 8 --set limits.silence_timeout_ms=300");
    wait_until("requests", || mock.stats().answered >= 40);
    running.signal("STOP");
    let stopped = Instant::now();
    wait_until("more than every clock of a call", || {
        stopped.elapsed() > Duration::from_millis(900)
    });
    running.signal("CONT");
    running.done().expect(0);
    assert_eq!(sandbox.status()["failed"], serde_json::json!({}));
    // The records tell of the tries; the data do not.
    assert!(sandbox.export("messages") == undisturbed("messages"), "the stop left a trace");
}
