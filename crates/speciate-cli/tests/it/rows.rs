//! `--target`: exactly so many rows.

use crate::kit::{Sandbox, perfect, slow_with, usual, wait_until};

fn rows(sandbox: &Sandbox) -> usize {
    sandbox.read("run/data.jsonl").lines().count()
}

/// Of thirty seeds and four rounds, which would give up to 150.
#[test]
fn a_run_ends_with_exactly_the_rows_that_are_wanted() {
    let (sandbox, mock) = (Sandbox::with_many(30), usual());
    let ran = sandbox.run(&mock, "--target 77").expect(0);
    assert!(ran.stderr.contains("target      77 rows, reached"), "{}", ran.stderr);
    assert_eq!((rows(&sandbox), sandbox.status()["kept"].as_u64()), (77, Some(77)));
    let status = sandbox.cli("status run").done().expect(0).stdout;
    assert!(status.contains("target            77   rows, seeds included"), "{status}");
    sandbox.cli("verify run").done().expect(0);
    // Nothing that was made lies behind the last row.
    let made = sandbox.records().len() as u64;
    let dropped = made - 77;
    assert!(dropped > 0, "the mock's model is not perfect");
    let requests = mock.stats().requests;
    let again = sandbox.run(&mock, "").expect(0);
    assert!(
        again.stderr.contains("the target of 77 rows from before still holds"),
        "{}",
        again.stderr
    );
    assert_eq!((mock.stats().requests, rows(&sandbox)), (requests, 77), "it holds");
}

#[test]
fn a_larger_target_goes_on_and_a_smaller_one_is_refused() {
    let (sandbox, mock) = (Sandbox::with_many(30), usual());
    sandbox.run(&mock, "--target 40").expect(0);
    let refused = sandbox.run(&mock, "--target 39").expect(2);
    assert!(refused.stderr.contains("target: 40 → 39"), "{}", refused.stderr);
    sandbox.run(&mock, "--target 95").expect(0);
    assert_eq!(rows(&sandbox), 95);
    let other = Sandbox::with_many(30);
    other.run(&mock, "--target 95").expect(0);
    assert_eq!(sandbox.export("records"), other.export("records"), "as if from the start");
    let endless = Sandbox::with_many(30);
    endless.run(&mock, "").expect(0);
    sandbox.run(&mock, "--target none").expect(0);
    assert_eq!(sandbox.export("records"), endless.export("records"), "as if there had been none");
    let refused = endless.run(&mock, "--target 95").expect(2);
    assert!(refused.stderr.contains("target: (all) → 95"), "{}", refused.stderr);
}

#[test]
fn killed_and_continued_it_has_the_same_rows() {
    let (whole, mock) = (Sandbox::with_many(40), usual());
    whole.run(&mock, "--target 120").expect(0);
    let (sandbox, slow) = (Sandbox::with_many(40), slow_with(""));
    let running = sandbox.begin(&slow, "--target 120 --concurrency 8");
    wait_until("sixty answers", || sandbox.calls_stored() >= 60);
    running.kill();
    sandbox.run(&mock, "--target 120").expect(0);
    assert_eq!(sandbox.export("messages"), whole.export("messages"));
    assert_eq!(rows(&sandbox), 120);
}

#[test]
fn fewer_rows_than_seeds_begin_no_more_seeds_than_needed() {
    let (sandbox, mock) = (Sandbox::with_many(30), perfect());
    sandbox.run(&mock, "--target 7").expect(0);
    assert_eq!((rows(&sandbox), sandbox.records().len()), (7, 7));
    assert_eq!(mock.stats().requests, 7, "seven seeds want a response, and nothing else");
}

#[test]
fn what_cannot_be_reached_is_said_before_anything_is_sent() {
    let (sandbox, mock) = (Sandbox::with_seeds(4), usual());
    for (more, words) in [
        ("--target 21", "4 seeds and their rounds give 20 at most"),
        ("--target 0", "a number from 1"),
        ("--target 9 --branching 2", "none where `branching` is above 1"),
    ] {
        let refused = sandbox.run(&mock, more).expect(2);
        assert!(refused.stderr.contains(words), "{more}: {}", refused.stderr);
    }
    assert_eq!(mock.stats().requests, 0);
    let planned = sandbox.cli("plan seeds.jsonl --target 12 --base-url http://x/v1").done();
    let planned = planned.expect(0).stdout;
    assert!(
        planned.contains("; 12 rows wanted") && planned.contains("Rows       12 to 12"),
        "{planned}"
    );
}

/// All rounds were made and rows are missing: the work fell short.
#[test]
fn a_target_that_was_not_reached_exits_with_one() {
    let (sandbox, mock) = (Sandbox::with_many(20), usual());
    let ran = sandbox.run(&mock, "--recipe paper --target 100").expect(1);
    assert!(ran.stderr.contains("short: every seed went through all rounds"), "{}", ran.stderr);
    assert!(rows(&sandbox) < 100);
    sandbox.cli("verify run").done().expect(0);
}

/// Each draw is a record, so that there are more of them than seeds and evolutions.
#[test]
fn draws_that_failed_add_up_too() {
    let (sandbox, mock) = (Sandbox::with_many(30), usual());
    sandbox.run(&mock, "--set redraws=3").expect(0);
    assert!(sandbox.records().len() > 30 * 5, "some were drawn again");
    let status = sandbox.status();
    assert_eq!((&status["sums_agree"], &status["pending"]), (&true.into(), &0.into()));
    sandbox.cli("verify run").done().expect(0);
}
