//! Concurrency, rates and money.

use speciate_engine::{Ending, StopReason};
use speciate_types::NanoUsd;

use crate::kit::{STEPS, Scripted, complete, export, nano, plan};

#[tokio::test(start_paused = true)]
async fn concurrency_does_not_change_the_result() {
    let mut exports = Vec::new();
    for slots in [1, 8, 64] {
        let (model, directory) = (Scripted::faultless(), tempfile::tempdir().unwrap());
        let summary = complete(plan(&model, slots), 60, directory.path()).await;
        assert_eq!(summary.ending, Ending::Done);
        let most = model.seen.lock().unwrap().in_flight_max;
        assert_eq!(most, slots.min(60), "as many as allowed, never more");
        exports.push(export(directory.path()));
    }
    assert_eq!(exports[0].len(), 60);
    assert_eq!(exports[0], exports[1]);
    assert_eq!(exports[0], exports[2]);
}

#[tokio::test(start_paused = true)]
async fn requests_per_minute_are_kept() {
    let (model, directory) = (Scripted::faultless(), tempfile::tempdir().unwrap());
    let mut plan = plan(&model, 64);
    plan.lanes[0].limits.requests_per_minute = Some(30);
    let summary = complete(plan, 40, directory.path()).await;
    assert_eq!(summary.ending, Ending::Done);
    let sent = model.seen.lock().unwrap().sent_ms.clone();
    assert_eq!(sent.len() as u64, 40 * STEPS);
    for end_ms in &sent {
        let in_minute = sent.iter().filter(|at| *at <= end_ms && **at + 60_000 > *end_ms).count();
        assert!(in_minute <= 30, "{in_minute} requests in the minute before {end_ms} ms");
    }
}

#[tokio::test(start_paused = true)]
async fn the_cost_limit_is_never_passed_and_the_run_goes_on_with_a_larger_one() {
    let (model, directory) = (Scripted::faultless(), tempfile::tempdir().unwrap());
    // A call costs 30 nano-dollars × 1,000; at most 100 answer tokens and the prompt are reserved.
    let mut first = plan(&model, 16);
    first.cost_limit = Some(nano(0.002));
    let summary = complete(first, 50, directory.path()).await;
    assert_eq!(summary.ending, Ending::Stopped(StopReason::Budget));
    let spent = summary.progress.cost;
    assert!(spent <= NanoUsd::from_usd(0.002), "{spent:?}");
    assert!(spent >= NanoUsd::from_usd(0.0018), "nearly all of it is used: {spent:?}");

    let mut second = plan(&model, 16);
    second.cost_limit = Some(nano(1.0));
    let summary = complete(second, 50, directory.path()).await;
    assert_eq!(summary.ending, Ending::Done);
    let seen = model.seen.lock().unwrap();
    assert_eq!(seen.prompts.len() as u64, 50 * STEPS, "no call is paid twice");
    assert_eq!(summary.progress.cost, NanoUsd(50 * STEPS * 30_000));
}
