//! Concurrency, rates and money.

use speciate_engine::{Ending, StopReason};
use speciate_types::{CallError, ErrorClass, NanoUsd};

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

#[tokio::test(start_paused = true)]
async fn what_was_perhaps_billed_is_never_more_than_the_limit_over_all_sessions() {
    // Every answer is lost on its way.
    let lost = CallError::new(ErrorClass::Transient, "lost");
    let lost = CallError { maybe_billed: true, ..lost };
    let model = Scripted::new(move |_, _| Err(lost.clone()));
    let directory = tempfile::tempdir().unwrap();
    let mut sent = 0;
    for (limit_usd, is_more) in [(0.001, true), (0.001, false), (0.001, false), (0.0015, true)] {
        let mut plan = plan(&model, 4);
        plan.cost_limit = Some(nano(limit_usd));
        let summary = complete(plan, 50, directory.path()).await;
        assert_eq!(summary.ending, Ending::Stopped(StopReason::Budget));
        let now = model.seen.lock().unwrap().prompts.len();
        assert_eq!(now > sent, is_more, "{sent} and then {now} tries");
        // A try is sent with three bytes, and may be answered with 100 tokens of a micro-dollar.
        let most = NanoUsd(now as u64 * 100_000);
        let at_risk = summary.progress.at_risk;
        assert!(at_risk >= most && at_risk <= nano(limit_usd), "{at_risk:?} for {now} tries");
        sent = now;
    }
}
