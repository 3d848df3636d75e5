//! Killed at any moment, the same command goes on and ends with the same bytes.

use crate::kit::{Place, Running, server, stderr, wait_until};

const SEEDS: usize = 24;
const SLOTS: &str = "8";

#[test]
fn after_kill_the_same_command_ends_with_the_same_bytes() {
    let (whole, server_of_whole) = (Place::with_seeds(SEEDS), server(""));
    let output = whole.run(&server_of_whole, "run", &["--concurrency", SLOTS]);
    assert!(output.status.success(), "{}", stderr(&output));
    let expected = (whole.export("run", "records"), whole.export("run", "messages"));
    let calls = server_of_whole.stats().answered;
    assert!(calls > 200, "{calls}");

    for kill_after in [1, 30, 90, 200] {
        let (place, server) = (Place::with_seeds(SEEDS), server(""));
        let child = place.run_command(&server, "run", &["--concurrency", SLOTS]).spawn().unwrap();
        let child = Running(child);
        wait_until("requests", || server.stats().answered >= kill_after);
        child.signal("KILL");
        drop(child);
        let output = place.run(&server, "run", &["--concurrency", SLOTS]);
        assert!(output.status.success(), "{}", stderr(&output));
        assert!(
            place.export("run", "records") == expected.0,
            "killed after {kill_after}: records differ"
        );
        assert!(
            place.export("run", "messages") == expected.1,
            "killed after {kill_after}: data differ"
        );
        let repeated = server.stats().repeated;
        assert!(repeated <= 8, "killed after {kill_after}: {repeated} requests were repeated");
        let verify = place.output(&["verify", "run"]);
        assert!(verify.status.success(), "{}", String::from_utf8_lossy(&verify.stdout));
    }
}

#[test]
fn concurrency_does_not_change_a_byte() {
    let mut exports = Vec::new();
    for slots in ["1", "8", "64", "auto"] {
        let (place, server) = (Place::with_seeds(12), server(""));
        let output = place.run(&server, "run", &["--concurrency", slots]);
        assert!(output.status.success(), "{}", stderr(&output));
        exports.push(place.export("run", "records"));
    }
    assert!(exports.windows(2).all(|pair| pair[0] == pair[1]), "the exports differ");
}
