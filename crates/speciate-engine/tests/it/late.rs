//! Calls that hang: a second try beside them where that is free, an end where it is not.

use speciate_engine::{Ending, Lateness, RunSummary};

use crate::kit::{Scripted, complete, export, plan};

/// Runs 60 chains of which one call hangs.
async fn with_a_hang(lateness: Lateness) -> (Scripted, RunSummary, Vec<String>) {
    let mut model = Scripted::faultless();
    model.hangs = Some("40/1");
    let directory = tempfile::tempdir().unwrap();
    let mut plan = plan(&model, 8);
    plan.models[0].lateness = lateness;
    let summary = complete(plan, 60, directory.path()).await;
    (model, summary, export(directory.path()))
}

async fn faultless() -> Vec<String> {
    let directory = tempfile::tempdir().unwrap();
    complete(plan(&Scripted::faultless(), 8), 60, directory.path()).await;
    export(directory.path())
}

#[tokio::test(start_paused = true)]
async fn a_late_call_gets_a_second_try_and_the_result_is_the_same() {
    let (model, summary, rows) = with_a_hang(Lateness::SecondTry).await;
    assert_eq!(summary.ending, Ending::Done);
    assert_eq!(model.seen.lock().unwrap().of("40/1"), 2);
    assert_eq!((summary.progress.second_tries, summary.progress.maybe_billed_tries), (1, 1));
    assert_eq!(rows, faultless().await);
}

#[tokio::test(start_paused = true)]
async fn where_calls_cost_money_a_late_one_is_given_up_first() {
    let (model, summary, rows) = with_a_hang(Lateness::GiveUp).await;
    assert_eq!(summary.ending, Ending::Done);
    let seen = std::mem::take(&mut *model.seen.lock().unwrap());
    assert_eq!(seen.of("40/1"), 2);
    let sent: Vec<_> =
        seen.prompts.iter().zip(&seen.sent_ms).filter(|(p, _)| *p == "40/1").collect();
    assert!(sent[1].1 - sent[0].1 >= 15_000, "{sent:?}");
    assert_eq!((summary.progress.second_tries, summary.progress.maybe_billed_tries), (0, 1));
    assert_eq!(rows, faultless().await);
}

#[tokio::test(start_paused = true)]
async fn what_may_have_been_billed_counts_against_the_budget() {
    let mut model = Scripted::faultless();
    model.hangs = Some("40/1");
    let directory = tempfile::tempdir().unwrap();
    let mut plan = plan(&model, 8);
    plan.models[0].lateness = Lateness::SecondTry;
    // 180 calls of 30 tokens at a dollar a million, and nothing to spare.
    plan.cost_limit = Some(crate::kit::nano(180.0 * 30e-6 + 99e-6));
    let summary = complete(plan, 60, directory.path()).await;
    assert!(matches!(summary.ending, Ending::Stopped(_)), "{:?}", summary.ending);
}
