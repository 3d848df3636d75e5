//! Killed at any moment, the same command goes on and ends with the same bytes.

use crate::kit::{Sandbox, has_tool, slow, usual, wait_until};

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

/// Kills at moments that nothing chooses, first while it starts, last while it writes its data.
/// Gives the number of kills that hit.
fn kill_loop(seeds: usize, kills: u64) -> u64 {
    // On a busy machine a call may be late, and its second try would be taken for a kill's cost.
    const USUAL: &str = "--concurrency 8 --set limits.second_tries=off";
    let (whole, mock) = (Sandbox::with_many(seeds), slow());
    whole.run(&mock, USUAL).expect(0);
    let calls = mock.stats().answered;

    let (killed, mock) = (Sandbox::with_many(seeds), slow());
    let (mut unstored, mut hits, mut stored_last) = (0, 0, 0);
    for kill in 0..kills {
        let stored_before = killed.calls_stored();
        assert_eq!(stored_before, stored_last, "kill {kill}: what was stored is gone");
        let asked_before = mock.stats().requests;
        let target = calls * kill / kills;
        let mut running = killed.begin(&mock, USUAL);
        wait_until("requests", || mock.stats().answered >= target || running.is_over());
        // Then a part of the time that a commit takes.
        let moment = std::time::Instant::now();
        let delay = std::time::Duration::from_micros(kill.wrapping_mul(2_654_435_761) % 9_000);
        wait_until("a moment", || moment.elapsed() >= delay);
        hits += u64::from(!running.is_over());
        running.kill();
        wait_until("the server's rest", || mock.stats().in_flight == 0);
        let (asked, stored) = (mock.stats().requests - asked_before, killed.calls_stored());
        let lost = asked - (stored - stored_before);
        assert!(lost <= 8, "kill {kill}: {lost} calls were in flight or in the open commit");
        (unstored, stored_last) = (unstored + lost, stored);
    }
    killed.run(&mock, USUAL).expect(0);
    assert!(exports(&killed) == exports(&whole), "the exports differ");
    assert_eq!(killed.read("run/data.jsonl"), whole.read("run/data.jsonl"));
    killed.cli("verify run").done().expect(0);
    let stats = mock.stats();
    assert!(stats.repeated <= unstored, "{} asked twice, {unstored} not stored", stats.repeated);
    assert_eq!(stats.requests, calls + stats.repeated, "every call once, and the repeated ones");
    println!(
        "{hits} of {kills} kills hit; {calls} calls; {} asked again, {} of them answered twice",
        stats.repeated, stats.answered_again
    );
    hits
}

#[test]
fn a_few_kills_at_random_moments() {
    assert!(kill_loop(20, 8) >= 6);
}

/// `cargo nextest run -p speciate-cli --run-ignored only --no-capture -E 'test(fifty_kills)'`
#[test]
#[ignore = "takes a minute; the short one above runs always"]
fn fifty_kills_at_random_moments() {
    assert!(kill_loop(160, 50) >= 45);
}

/// Dies at the n-th write, sync, cut or renaming of a thread, for every n: while the run is made,
/// worked on, and finished. With `file`, only what is done to that file counts.
fn killed_at(step: usize, file: Option<&str>) {
    const CALLS: &str = "pwrite64,fsync,fdatasync,ftruncate,rename,renameat,renameat2,unlink,link";
    if !has_tool("strace") {
        return;
    }
    let recipe = "--rounds 1 --concurrency 2";
    let (whole, mock) = (Sandbox::with_many(2), usual());
    whole.run(&mock, recipe).expect(0);
    let expected = exports(&whole);
    let command = format!("run seeds.jsonl -o run {recipe}");
    for n in (1..).step_by(step) {
        let sandbox = Sandbox::with_many(2);
        let inject = format!("inject={CALLS}:signal=KILL:when={n}");
        let mut strace = vec!["strace", "-f", "-o", "log", "-e", &inject];
        let path = std::fs::canonicalize(sandbox.folder()).unwrap().join(file.unwrap_or_default());
        if file.is_some() {
            strace.extend(["-P", path.to_str().unwrap()]);
        }
        let ran = sandbox.cli_behind(&strace, &command).endpoint(&mock).done();
        if ran.is_not_possible(1) {
            return;
        }
        let is_over = ran.code == 0;
        sandbox.run(&mock, recipe).expect(0);
        assert!(exports(&sandbox) == expected, "killed at step {n}: the exports differ");
        assert_eq!(sandbox.read("run/data.jsonl"), expected[1], "killed at step {n}");
        if is_over {
            println!("{} has {n} steps", file.unwrap_or("the run"));
            assert!(n > 10, "a run takes more steps than {n}");
            return;
        }
    }
}

#[test]
fn killed_at_some_steps_of_the_files() {
    killed_at(9, None);
    killed_at(9, Some("run/run.db-wal"));
}

/// `cargo nextest run -p speciate-cli --run-ignored only --no-capture -E 'test(every_step_of)'`
#[test]
#[ignore = "takes a minute; some steps are taken by the one above, always"]
fn killed_at_every_step_of_the_files() {
    killed_at(1, None);
    killed_at(1, Some("run/run.db-wal"));
}

#[test]
fn an_export_that_is_killed_leaves_no_part_under_its_name() {
    const CALLS: &str = "write,fsync,fdatasync,rename,renameat,renameat2,link,linkat,unlink";
    if !has_tool("strace") {
        return;
    }
    let (sandbox, mock) = (Sandbox::with_many(8), usual());
    sandbox.run(&mock, "--rounds 2").expect(0);
    let expected = sandbox.export("records");
    let old = "what stood there before";
    for n in 1.. {
        sandbox.write("out.jsonl", old);
        let inject = format!("inject={CALLS}:signal=KILL:when={n}");
        let strace = ["strace", "-f", "-o", "log", "-e", &inject];
        let command = "export run -o out.jsonl --format records --force";
        let ran = sandbox.cli_behind(&strace, command).done();
        if ran.is_not_possible(1) {
            return;
        }
        let found = sandbox.read("out.jsonl");
        assert!(found == old || found == expected, "killed at step {n}: {} bytes", found.len());
        if ran.code == 0 {
            assert!(n > 3 && found == expected, "an export takes more steps than {n}");
            return;
        }
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
