//! Concurrency, rates and money.

use std::sync::atomic::{AtomicU32, Ordering};

use speciate_engine::{Ending, Notice, NoticeKind, StopReason};
use speciate_types::{CallError, ErrorClass, NanoUsd, Usage};
use tokio::sync::mpsc;

use crate::kit::{STEPS, Scripted, Watcher, complete, drive, export, nano, plan};

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

/// Every fourth answer has no room in the 100 tokens of the job, until the limit is raised.
#[tokio::test(start_paused = true)]
async fn a_limit_that_cuts_many_answers_is_raised_for_the_calls_that_follow() {
    let cut = AtomicU32::new(0);
    let model = Scripted::new(move |prompt, nth| {
        let item: u64 = prompt.split('/').next().unwrap().parse().unwrap();
        let is_long = nth == 0 && item.is_multiple_of(4);
        if is_long && cut.fetch_add(1, Ordering::Relaxed) < 5 {
            let cut = CallError::new(ErrorClass::Truncated, "cut by the token limit");
            return Err(CallError { usage: Some(Usage::counted(10, 100)), ..cut });
        }
        Ok(())
    });
    let directory = tempfile::tempdir().unwrap();
    let (_sender, controls) = mpsc::channel(1);
    let mut watcher = Watcher::default();
    let summary = drive(plan(&model, 2), 40, directory.path(), controls, &mut watcher).await;
    assert_eq!((summary.ending, summary.progress.tally.kept), (Ending::Done, 40));
    let raised = |notice: &&Notice| notice.kind == NoticeKind::Raised;
    let said: Vec<_> = watcher.notices.iter().filter(raised).collect();
    let [said] = said.as_slice() else { panic!("{said:?}") };
    assert!(said.message.starts_with("100 tokens cut 5 of "), "{}", said.message);
    assert!(said.message.contains(" answers of the chain: 200 from here on"), "{}", said.message);
    let limits = model.seen.lock().unwrap().limits.clone();
    let first = limits.iter().rposition(|limit| *limit == 100).unwrap();
    assert!(first + 20 < limits.len(), "the last of {} is number {first}", limits.len());
    let totals = speciate_store::RunReader::open(directory.path()).unwrap().totals().unwrap();
    assert_eq!((totals.cut_tries, totals.maybe_billed_tries), (totals.failed_tries, 0));
    assert!(totals.cut_tries >= 5, "{totals:?}");
}
