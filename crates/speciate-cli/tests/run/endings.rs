//! Signals, refusals, money and keys: how a session ends, and that the next one goes on.

use std::io::{BufRead as _, BufReader};
use std::time::{Duration, Instant};

use crate::kit::{Place, Running, all_bytes, server, stderr, wait_until};

#[test]
fn twice_interrupted_it_leaves_within_a_second_and_resumes() {
    // One call hangs, so a single Ctrl-C would wait for the grace period.
    let (place, server) = (Place::with_seeds(40), server("hang@60"));
    let mut child =
        Running(place.run_command(&server, "run", &["--concurrency", "8"]).spawn().unwrap());
    wait_until("requests", || server.stats().requests >= 70);
    child.signal("INT");
    let mut told = BufReader::new(child.0.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(told.any(|line| line.contains("Ctrl-C again")), "the first Ctrl-C is answered");
    let asked = Instant::now();
    child.signal("INT");
    assert_eq!(child.0.wait().unwrap().code(), Some(130));
    let took = asked.elapsed();
    assert!(took < Duration::from_millis(1_500), "{took:?}");
    let rest: Vec<_> = told.collect();
    let text = rest.join("\n");
    assert!(text.contains("Resume: speciate run run") && text.contains("given up"), "{text}");
    let output = place.run(&server, "run", &["--concurrency", "8"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(place.status("run")["sums_agree"], true);
}

#[test]
fn once_interrupted_it_saves_what_was_in_flight() {
    for (signal, expected) in [("INT", 130), ("TERM", 143)] {
        let (place, server) = (Place::with_seeds(40), server(""));
        let mut child =
            Running(place.run_command(&server, "run", &["--concurrency", "8"]).spawn().unwrap());
        wait_until("requests", || server.stats().answered >= 50);
        child.signal(signal);
        assert_eq!(child.0.wait().unwrap().code(), Some(expected));
        let stored = place.status("run")["totals"]["calls"].as_u64().unwrap();
        assert_eq!(stored, server.stats().answered, "every answer that was paid is stored");
        let output = place.run(&server, "run", &[]);
        assert!(output.status.success(), "{}", stderr(&output));
        assert_eq!(server.stats().repeated, 0, "nothing is asked twice");
    }
}

#[test]
fn a_second_process_is_told_who_holds_the_run() {
    let (place, server) = (Place::with_seeds(4), server("hang"));
    let child = Running(place.run_command(&server, "run", &[]).spawn().unwrap());
    wait_until("requests", || server.stats().requests > 1);
    let output = place.run(&server, "run", &[]);
    assert_eq!(output.status.code(), Some(4));
    assert!(stderr(&output).contains(&format!("process {}", child.0.id())), "{}", stderr(&output));
}

#[test]
fn another_recipe_is_refused_with_the_difference() {
    let (place, server) = (Place::with_seeds(2), server(""));
    assert!(place.run(&server, "run", &["--rounds", "1"]).status.success());
    let output = place.run(&server, "run", &["--rounds", "2"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("rounds: 1 → 2"), "{}", stderr(&output));
    let output = place.output(&["run", "run"]);
    assert!(
        output.status.success(),
        "a finished run needs no server's answer: {}",
        stderr(&output)
    );
}

#[test]
fn quota_and_key_pause_the_run_and_it_goes_on() {
    for faults in ["quota@40..", "unauthorized@40..", "spend-limit@40.."] {
        let (place, broken) = (Place::with_seeds(12), server(faults));
        let output = place.run(&broken, "run", &["--concurrency", "4"]);
        assert_eq!(output.status.code(), Some(3), "{faults}: {}", stderr(&output));
        assert!(stderr(&output).contains("Resume:"), "{}", stderr(&output));
        let after = broken.stats().requests;
        assert!(after < 50, "{faults}: it stops at once, not after {after} requests");
        let healthy = server("");
        let output = place.run(&healthy, "run", &["--concurrency", "4"]);
        assert!(output.status.success(), "{}", stderr(&output));
        assert_eq!(place.status("run")["sums_agree"], true);
    }
}

#[test]
fn trouble_on_the_way_changes_no_byte() {
    let (place, healthy) = (Place::with_seeds(6), server(""));
    assert!(place.run(&healthy, "run", &[]).status.success());
    let expected = place.export("run", "messages");
    for faults in [
        "429:0.05",
        "500:0.1,cut-body:0.05",
        "reset:0.1,html-200:0.05",
        "error-in-200:0.1,empty-body:0.05",
    ] {
        let (place, broken) = (Place::with_seeds(6), server(faults));
        let output = place.run(&broken, "run", &["--concurrency", "8"]);
        assert!(output.status.success(), "{faults}: {}", stderr(&output));
        assert!(place.export("run", "messages") == expected, "{faults}: the data differ");
    }
}

#[test]
fn the_key_is_written_nowhere() {
    let canary = "sk-CANARY-93f1c0de7ab2";
    for faults in ["unauthorized", "unauthorized@20..", ""] {
        let (place, server) = (Place::with_seeds(3), server(faults));
        let mut command = place.run_command(&server, "run", &["--concurrency", "2"]);
        let output = command.env("OPENAI_API_KEY", canary).output().unwrap();
        let told = [output.stdout, output.stderr, all_bytes(&place.path(""))].concat();
        let found = told.windows(canary.len()).any(|window| window == canary.as_bytes());
        assert!(!found, "{faults}: the key was written");
    }
}

#[test]
fn money_is_never_overspent_and_unknown_prices_are_said() {
    let (place, server) = (Place::with_seeds(10), server(""));
    let output = place.run(&server, "run", &["--max-cost", "1"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("price"), "{}", stderr(&output));
    let prices = "[prices.\"mock\"]\ninput_usd_per_million = 1.0\noutput_usd_per_million = 2.0\n";
    std::fs::write(place.path("r.toml"), prices).unwrap();
    let output = place.run(&server, "run", &["--recipe", "r.toml", "--max-cost", "0.03"]);
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    let spent = place.status("run")["totals"]["cost"].as_u64().unwrap();
    assert!(spent <= 30_000_000 && spent > 10_000_000, "{spent}");
    let output = place.run(&server, "run", &["--recipe", "r.toml", "--max-cost", "5"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(server.stats().repeated, 0);
}
