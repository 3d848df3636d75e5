//! Signals, locks and other recipes: every end says how to go on, and the same command does.

use std::time::{Duration, Instant};

use crate::kit::{Sandbox, has_tool, script, slow, slow_with, usual, wait_until, with_faults};
use speciate_mock::{FaultKind, FaultRule};

#[test]
fn once_interrupted_it_saves_what_was_in_flight_and_the_directory_alone_goes_on() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let (sandbox, mock) = (Sandbox::with_many(28), slow());
        let running = sandbox.begin(&mock, "--concurrency 8");
        wait_until("requests", || mock.stats().answered >= 60);
        running.signal(signal);
        let ran = running.done().expect(code);
        assert!(ran.stderr.contains("Resume: speciate run run"), "{}", ran.stderr);
        let none = "0 calls may have been paid without a result";
        assert!(ran.stderr.contains(none), "{}", ran.stderr);
        let stored = &sandbox.status()["totals"]["calls"];
        assert_eq!(*stored, mock.stats().answered, "every answer that was paid is stored");
        // As it was said: the directory alone is enough.
        sandbox.cli("run run").done().expect(0);
        assert_eq!(mock.stats().repeated, 0, "nothing is asked twice");
        sandbox.status();
    }
}

#[test]
fn twice_interrupted_it_leaves_within_a_second_and_resumes() {
    // One call hangs, so a single Ctrl-C would wait for the grace period.
    let (sandbox, mock) = (Sandbox::with_many(28), slow_with("hang@60"));
    let running = sandbox.begin(&mock, "--concurrency 8");
    wait_until("requests", || mock.stats().requests >= 70);
    running.signal("INT");
    running.wait_for("Ctrl-C again");
    let asked = Instant::now();
    running.signal("INT");
    let ran = running.done().expect(130);
    let took = asked.elapsed();
    assert!(took < Duration::from_millis(1_500), "{took:?}");
    assert!(ran.stderr.contains("Resume: speciate run run"), "{}", ran.stderr);
    assert!(ran.stderr.contains("given up"), "{}", ran.stderr);
    sandbox.run(&mock, "--concurrency 8").expect(0);
    sandbox.status();
}

#[test]
fn twice_interrupted_it_leaves_though_the_disk_does_not_answer() {
    if !has_tool("strace") {
        return;
    }
    let (sandbox, mock) = (Sandbox::with_many(28), slow());
    let sync = "fsync,fdatasync";
    let inject = format!("inject={sync}:delay_enter=6000000:when=20+");
    let trace = format!("trace={sync}");
    // With -D the program is the process that was started, and strace watches it from beside.
    let strace = ["strace", "-D", "-f", "-o", "/dev/null", "-e", &trace, "-e", &inject];
    let mut running = sandbox
        .cli_behind(&strace, "run seeds.jsonl -o run --concurrency 8")
        .endpoint(&mock)
        .start();
    wait_until("requests", || mock.stats().answered >= 60 || running.is_over());
    if running.is_over() {
        println!("skipped: strace cannot hold syncs up here");
        return;
    }
    running.signal("INT");
    // The first one must have been taken: two that wait together are one.
    running.wait_for("Run: run");
    std::thread::park_timeout(Duration::from_millis(100));
    let asked = Instant::now();
    running.signal("INT");
    // The last words, as strace keeps the process itself until the sync that it holds up is over.
    running
        .wait_for("left at once: calls in flight may have been paid without a result.\nResume: ");
    let took = asked.elapsed();
    assert!(took < Duration::from_millis(1_500), "{took:?}");
    running.done().expect(130);
    sandbox.cli("run run").done().expect(0);
    sandbox.cli("verify run").done().expect(0);
}

#[test]
fn a_second_signal_of_another_kind_does_not_wait_for_a_hanging_call() {
    let (sandbox, mock) =
        (Sandbox::with_many(4), with_faults(script(vec![FaultRule::always(FaultKind::Hang)])));
    let running = sandbox.begin(&mock, "");
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
    let (sandbox, mock) =
        (Sandbox::with_many(2), with_faults(script(vec![FaultRule::always(FaultKind::Hang)])));
    let running = sandbox.begin(&mock, "");
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
      rules: ["standard"] → ["strict"]
      seed: 0 → 5
      hint: continue it with the old recipe, or name another directory with -o
    "#);
    assert_eq!(mock.stats().requests, requests, "nothing is sent");
    // What does not decide the result may change.
    sandbox.run(&mock, "--rounds 1 --concurrency 3").expect(0);
    sandbox.cli("run run").done().expect(0);
    assert_eq!(mock.stats().requests, requests, "a finished run asks nothing");
}

#[test]
fn a_run_that_is_done_asks_nobody() {
    let (sandbox, mock) = (Sandbox::with_seeds(2), usual());
    let base_url = mock.base_url();
    sandbox
        .cli(&format!("run seeds.jsonl -o run --rounds 1 --base-url {base_url}"))
        .done()
        .expect(0);
    let records = sandbox.export("records");
    mock.stop();
    let ran = sandbox.cli("run run").done().expect(0);
    assert!(ran.stderr.contains("(0 now)"), "{}", ran.stderr);
    assert!(sandbox.export("records") == records);
    // Another recipe is still another recipe.
    let ran = sandbox.cli("run run --rounds 2 --model other").done().expect(2);
    assert!(ran.stderr.contains("  judge.model: mock → other"), "{}", ran.stderr);
}

#[test]
fn what_stopped_a_run_comes_with_a_next_step() {
    let key = "OPENAI_API_KEY";
    let unset = "hint: no key was sent: set OPENAI_API_KEY";
    let set = "hint: put a valid key into OPENAI_API_KEY, or have it given the right";
    let credit = "hint: add credit or raise the limit where the endpoint's account is kept";
    for (faults, value, said) in [
        ("unauthorized@10..", "", unset),
        ("unauthorized@10..", "sk-of-nobody", set),
        ("unauthorized@1..", "", unset),
        ("quota@10..", "", credit),
    ] {
        let (sandbox, mock) = (Sandbox::with_seeds(6), slow_with(faults));
        let command = "run seeds.jsonl -o run --concurrency 2";
        let ran = sandbox.cli(command).endpoint(&mock).env(key, value).done().expect(3);
        assert!(ran.stderr.contains(said), "{faults}: {}", ran.stderr);
        assert!(!ran.stderr.contains("waiting for 0 calls"), "{}", ran.stderr);
    }
}

#[test]
fn seeds_that_changed_are_refused() {
    let (sandbox, mock) = (Sandbox::with_seeds(3), usual());
    sandbox.run(&mock, "--rounds 1").expect(0);
    let (requests, seeds) = (mock.stats().requests, sandbox.read("seeds.jsonl"));
    sandbox.write("seeds.jsonl", seeds.replace("blue", "red"));
    let ran = sandbox.run(&mock, "--rounds 1").expect(2);
    assert!(ran.stderr.contains("was begun with another recipe"), "{}", ran.stderr);
    assert!(ran.stderr.contains("  seeds: "), "{}", ran.stderr);
    assert_eq!(mock.stats().requests, requests, "nothing is sent");
    // Bytes that say the same are the same seeds.
    sandbox.write("seeds.jsonl", format!("\u{feff}{}", seeds.replace('\n', "\r\n")));
    sandbox.run(&mock, "--rounds 1").expect(0);
}

#[test]
fn two_that_begin_at_once_do_not_mix() {
    for _ in 0..4 {
        let (sandbox, mock) = (Sandbox::with_many(6), usual());
        let both =
            [sandbox.begin(&mock, ""), sandbox.begin(&mock, "")].map(crate::kit::Running::done);
        let mut codes = both.each_ref().map(|ran| ran.code);
        codes.sort_unstable();
        // The second finds the lock, or the run that the first has finished.
        assert!(codes == [0, 0] || codes == [0, 4], "{both:?}");
        assert_eq!(mock.stats().repeated, 0, "nothing is asked twice");
        sandbox.status();
        sandbox.cli("verify run").done().expect(0);
    }
}
