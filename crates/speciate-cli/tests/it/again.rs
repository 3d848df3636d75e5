//! `--retry-failed`: what failed is made again once the server is well.

use serde_json::Value;
use speciate_mock::{Capacity, FaultKind, FaultRule, HitBy, MockConfig, MockServer, Quality};

use crate::kit::{Sandbox, perfect, script, slow, wait_until};

const SIZE: &str = "--recipe paper --rounds 3 --concurrency 4";
const SEEDS: u64 = 30;
const PLACES: u64 = SEEDS * 4;

/// One request in three is refused whenever it comes, and some verdicts cannot be read.
fn refusing() -> speciate_mock::RunningMock {
    let rule = FaultRule {
        rate: Some(0.33),
        by: HitBy::Body,
        ..FaultRule::always(FaultKind::ContentPolicy)
    };
    let quality = Quality { unparsable_verdict: 0.9, ..Quality::PERFECT };
    let (capacity, faults) = (Capacity::instant(), script(vec![rule]));
    MockServer::start(MockConfig { capacity, quality, faults, ..MockConfig::default() }).unwrap()
}

fn count(status: &Value, key: &str) -> u64 {
    status[key].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum()
}

fn kept(sandbox: &Sandbox) -> Vec<Value> {
    let mut records = sandbox.records();
    records.retain(|record| record["verdict"] == "kept");
    records
}

/// A run of which about half has failed.
fn hurt() -> Sandbox {
    let sandbox = Sandbox::with_many(SEEDS as usize);
    let ran = sandbox.run(&refusing(), SIZE).expect(0);
    assert!(ran.stderr.contains("Again: speciate run run --retry-failed makes the "), "{ran:?}");
    let status = sandbox.status();
    assert!(count(&status, "failed") > 20 && count(&status, "invalid") > 0, "{status:#}");
    sandbox
}

#[test]
fn a_healthy_server_fills_every_place_and_the_rows_of_before_stay() {
    let sandbox = hurt();
    let (before, was) = (kept(&sandbox), sandbox.status());
    let lost = count(&was, "failed") + count(&was, "invalid");
    let healthy = perfect();
    let ran = sandbox.cli("run run --retry-failed").endpoint(&healthy).done().expect(0);
    assert!(ran.stderr.contains(" invalid instructions again; "), "{}", ran.stderr);
    let status = sandbox.status();
    assert_eq!((count(&status, "failed"), count(&status, "invalid")), (0, 0), "{status:#}");
    assert_eq!(status["records"], PLACES);
    assert_eq!(status["made_again"], lost);
    let after = kept(&sandbox);
    assert!(before.iter().all(|row| after.contains(row)), "a row that was kept is gone");
    assert_eq!(after.len() as u64, PLACES - count(&status, "eliminated"));
    sandbox.cli("verify run").done().expect(0);
    let text = sandbox.cli("status run").done().expect(0).stdout;
    assert!(text.contains(&format!("made again  {lost:>8}")), "{text}");
    // With nothing left to do it says so, and sends nothing.
    let asked = healthy.stats().answered;
    let again = sandbox.cli("run run --retry-failed").done().expect(0);
    assert!(again.stderr.contains("no failed or invalid instructions to make again"), "{again:?}");
    assert_eq!(healthy.stats().answered, asked);
}

/// Only what is named, whatever stops it on the way.
#[test]
fn a_cause_by_itself_and_broken_off_in_the_middle() {
    let sandbox = hurt();
    let was = sandbox.status();
    let ran = sandbox.cli("run run --retry-failed=bad-itm").done().expect(2);
    assert!(ran.stderr.contains("has failed or is invalid because of `bad-itm`"), "{ran:?}");
    assert!(ran.stderr.contains("hint: there are bad-item ("), "{}", ran.stderr);
    let mock = slow();
    let running = sandbox.cli("run run --retry-failed=bad-item").endpoint(&mock).start();
    wait_until("answers", || mock.stats().answered >= 5);
    running.kill();
    sandbox.status();
    sandbox.cli("run run").endpoint(&mock).done().expect(0);
    let status = sandbox.status();
    assert_eq!(status["failed"], serde_json::json!({}), "{status:#}");
    assert_eq!(
        (&status["records"], &status["made_again"]),
        (&PLACES.into(), &count(&was, "failed").into())
    );
    assert!(count(&status, "invalid") >= count(&was, "invalid"), "{status:#}");
    sandbox.cli("verify run").done().expect(0);
}

/// A run that fell short of its target comes to just that many rows; one that did not has others in
/// the place of what failed.
#[test]
fn a_target_is_reached_and_not_passed() {
    let sandbox = Sandbox::with_many(SEEDS as usize);
    let target = PLACES - 20;
    sandbox.run(&refusing(), &format!("{SIZE} --target {target}")).expect(1);
    let healthy = perfect();
    let ran = sandbox.cli("run run --retry-failed").endpoint(&healthy).done().expect(0);
    assert!(ran.stderr.contains(&format!("{target} rows, reached")), "{}", ran.stderr);
    assert_eq!(sandbox.status()["kept"], target);
    let ran = sandbox.cli("run run --retry-failed").endpoint(&healthy).done().expect(0);
    assert!(ran.stderr.contains("no failed or invalid instructions to make again"), "{ran:?}");

    let unfinished = Sandbox::with_many(SEEDS as usize);
    let mock = slow();
    let running = unfinished.begin(&mock, &format!("{SIZE} --target {target}"));
    wait_until("answers", || mock.stats().answered >= 5);
    running.kill();
    let ran = unfinished.cli("run run --retry-failed").endpoint(&mock).done().expect(0);
    assert!(ran.stderr.contains("nothing is made again: until the run has 100 rows"), "{ran:?}");
    assert_eq!(unfinished.status()["kept"], target);
}
