//! Every error class: what it costs the call, the item and the run.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use speciate_engine::{Ending, StopReason};
use speciate_types::{CallError, ErrorClass};

use crate::kit::{Scripted, complete, export, fail, plan};

/// Runs 12 chains where the second call of chain 5 fails `times` times with `class`.
async fn check(class: ErrorClass, times: usize) -> (Scripted, Ending, Vec<String>) {
    let model = Scripted::new(
        move |prompt, nth| {
            if prompt == "5/1" && nth < times { fail(class) } else { Ok(()) }
        },
    );
    let directory = tempfile::tempdir().unwrap();
    let summary = complete(plan(&model, 4), 12, directory.path()).await;
    (model, summary.ending, export(directory.path()))
}

fn verdict(export: &[String]) -> &str {
    let line = export.iter().find(|line| line.starts_with("5 ")).unwrap();
    line.split('"').nth(7).unwrap()
}

#[tokio::test(start_paused = true)]
async fn stumbles_are_tried_again_and_then_cost_the_item() {
    for class in [ErrorClass::Transient, ErrorClass::Overloaded] {
        let (model, ending, rows) = check(class, 4).await;
        assert_eq!((ending, verdict(&rows)), (Ending::Done, "kept"), "{class:?}");
        assert_eq!(model.seen.lock().unwrap().of("5/1"), 5);
        let (model, ending, rows) = check(class, 99).await;
        assert_eq!((ending, verdict(&rows)), (Ending::Done, class.as_str()), "{class:?}");
        assert_eq!(model.seen.lock().unwrap().of("5/1"), 5);
        assert_eq!(rows.len(), 12);
    }
}

#[tokio::test(start_paused = true)]
async fn refusals_for_load_use_up_nothing() {
    let (model, ending, rows) = check(ErrorClass::Throttled, 20).await;
    assert_eq!((ending, verdict(&rows)), (Ending::Done, "kept"));
    assert_eq!(model.seen.lock().unwrap().of("5/1"), 21);
}

#[tokio::test(start_paused = true)]
async fn useless_answers_are_asked_once_more_with_another_seed() {
    for class in
        [ErrorClass::Filtered, ErrorClass::Refused, ErrorClass::Empty, ErrorClass::Malformed]
    {
        let (model, _, rows) = check(class, 1).await;
        assert_eq!(verdict(&rows), "kept");
        let seen = std::mem::take(&mut *model.seen.lock().unwrap());
        let seeds: Vec<_> = seen
            .prompts
            .iter()
            .zip(&seen.seeds)
            .filter(|(p, _)| *p == "5/1")
            .map(|(_, s)| *s)
            .collect();
        assert_eq!(seeds, [0, 1]);
        let (model, _, rows) = check(class, 9).await;
        assert_eq!(verdict(&rows), class.as_str());
        assert_eq!(model.seen.lock().unwrap().of("5/1"), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_cut_answer_gets_a_larger_limit_once() {
    let (model, _, rows) = check(ErrorClass::Truncated, 9).await;
    assert_eq!(verdict(&rows), "truncated");
    let seen = model.seen.lock().unwrap();
    let limits: Vec<_> = seen
        .prompts
        .iter()
        .zip(&seen.limits)
        .filter(|(p, _)| *p == "5/1")
        .map(|(_, l)| *l)
        .collect();
    assert_eq!(limits, [100, 200]);
}

#[tokio::test(start_paused = true)]
async fn an_impossible_request_is_sent_once() {
    let (model, ending, rows) = check(ErrorClass::BadItem, 9).await;
    assert_eq!((ending, verdict(&rows)), (Ending::Done, "bad-item"));
    assert_eq!(model.seen.lock().unwrap().of("5/1"), 1);
}

#[tokio::test(start_paused = true)]
async fn what_needs_a_person_stops_the_run_at_once() {
    for class in [ErrorClass::Exhausted, ErrorClass::Auth, ErrorClass::BadConfig] {
        let (model, ending, rows) = check(class, 99).await;
        let Ending::Stopped(StopReason::Endpoint(error)) = ending else {
            panic!("{class:?}: {ending:?}")
        };
        assert_eq!(error.class, class);
        assert_eq!(model.seen.lock().unwrap().of("5/1"), 1, "{class:?} is never sent again");
        assert!(rows.iter().all(|row| !row.starts_with("5 ")), "the item stays pending");
    }
}

#[tokio::test(start_paused = true)]
async fn an_outage_costs_no_item_its_attempts() {
    // From second 1 to second 90 nothing is answered: far more than five tries for each call.
    let began = tokio::time::Instant::now();
    let model = Scripted::new(move |_, _| {
        let is_down = (1..90).contains(&began.elapsed().as_secs());
        if is_down { fail(ErrorClass::Transient) } else { Ok(()) }
    });
    let directory = tempfile::tempdir().unwrap();
    let summary = complete(plan(&model, 8), 40, directory.path()).await;
    assert_eq!(summary.ending, Ending::Done);
    let rows = export(directory.path());
    assert_eq!(rows.iter().filter(|row| row.contains("\"kept\"")).count(), 40, "{rows:#?}");
}

#[tokio::test(start_paused = true)]
async fn an_endless_outage_pauses_the_run() {
    let model =
        Scripted::new(
            |prompt, _| if prompt.ends_with("/0") { Ok(()) } else { fail(ErrorClass::Transient) },
        );
    let directory = tempfile::tempdir().unwrap();
    let summary = complete(plan(&model, 8), 40, directory.path()).await;
    assert!(
        matches!(summary.ending, Ending::Stopped(StopReason::Outage(_))),
        "{:?}",
        summary.ending
    );
    assert!(model.seen.lock().unwrap().prompts.len() < 400, "an outage is probed, not hammered");
}

/// Calls of this prompt are never answered; a sign of life is given once `is_alive`.
fn last_calls_fail(prompts: &'static [&'static str], is_alive: &Arc<AtomicBool>) -> Scripted {
    let is_alive = is_alive.clone();
    Scripted::new(move |prompt, _| {
        let is_sign_of_life = !prompt.contains('/');
        let is_dead = is_sign_of_life && !is_alive.load(Ordering::Relaxed);
        if is_dead || prompts.contains(&prompt) { fail(ErrorClass::Transient) } else { Ok(()) }
    })
}

#[tokio::test(start_paused = true)]
async fn the_last_calls_fail_if_the_endpoint_lives_and_wait_if_it_does_not() {
    const LAST: [&str; 4] = ["6/2", "7/2", "8/2", "9/2"];
    for last in [&LAST[3..], &LAST] {
        let is_alive = Arc::new(AtomicBool::new(false));
        let model = last_calls_fail(last, &is_alive);
        let directory = tempfile::tempdir().unwrap();
        for _ in 0..2 {
            let summary = complete(plan(&model, 1), 10, directory.path()).await;
            let is_paused = matches!(summary.ending, Ending::Stopped(StopReason::Outage(_)));
            assert!(is_paused, "{:?}", summary.ending);
            assert_eq!(export(directory.path()).len(), 10 - last.len(), "nothing has failed");
        }
        is_alive.store(true, Ordering::Relaxed);
        let asked = model.seen.lock().unwrap().prompts.len();
        let summary = complete(plan(&model, 1), 10, directory.path()).await;
        assert_eq!(summary.ending, Ending::Done);
        let rows = export(directory.path());
        let failed = rows.iter().filter(|row| row.contains("\"transient\"")).count();
        assert_eq!((rows.len(), failed), (10, last.len()), "{rows:#?}");
        let asked = model.seen.lock().unwrap().prompts.len() - asked;
        assert!(asked <= last.len() * 8, "five tries each, and a few more: {asked}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_answers_none_of_much_work_pauses_the_run() {
    // It would answer a sign of life, but nobody asks while there are calls that were never tried.
    let model =
        Scripted::new(
            |prompt, _| {
                if prompt.contains('/') { fail(ErrorClass::Transient) } else { Ok(()) }
            },
        );
    let directory = tempfile::tempdir().unwrap();
    let summary = complete(plan(&model, 8), 60, directory.path()).await;
    let is_paused = matches!(summary.ending, Ending::Stopped(StopReason::Outage(_)));
    assert!(is_paused, "{:?}", summary.ending);
    assert!(export(directory.path()).is_empty(), "nothing has failed");
}

#[tokio::test(start_paused = true)]
async fn an_outage_at_the_last_call_costs_it_nothing() {
    let is_mended = Arc::new(AtomicBool::new(false));
    let seen = is_mended.clone();
    let model = Scripted::new(move |prompt, _| {
        let is_there = prompt.ends_with("/0") || seen.load(Ordering::Relaxed);
        if is_there { Ok(()) } else { fail(ErrorClass::Transient) }
    });
    let directory = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let summary = complete(plan(&model, 8), 1, directory.path()).await;
        let is_paused = matches!(summary.ending, Ending::Stopped(StopReason::Outage(_)));
        assert!(is_paused, "{:?}", summary.ending);
        assert!(export(directory.path()).is_empty(), "nothing has failed");
    }
    is_mended.store(true, Ordering::Relaxed);
    let summary = complete(plan(&model, 8), 1, directory.path()).await;
    assert_eq!((summary.ending, summary.progress.tally.kept), (Ending::Done, 1));
}

#[tokio::test(start_paused = true)]
async fn a_wait_beyond_patience_pauses_the_run() {
    let model = Scripted::new(|_, _| {
        let mut error = CallError::new(ErrorClass::Throttled, "come back in three days");
        error.retry_after_ms = Some(259_200_000);
        Err(error)
    });
    let directory = tempfile::tempdir().unwrap();
    let summary = complete(plan(&model, 4), 12, directory.path()).await;
    assert!(
        matches!(summary.ending, Ending::Stopped(StopReason::Endpoint(_))),
        "{:?}",
        summary.ending
    );
    assert!(model.seen.lock().unwrap().prompts.len() <= 4);
}

#[tokio::test(start_paused = true)]
async fn every_kind_of_trouble_at_once_loses_nothing() {
    let model = Scripted::new(|prompt, nth| {
        let hash = prompt
            .bytes()
            .fold(nth as u64 + 3, |hash, byte| hash.wrapping_mul(37) + u64::from(byte));
        match hash % 17 {
            0 | 1 => fail(ErrorClass::Throttled),
            2 | 3 => fail(ErrorClass::Transient),
            4 => fail(ErrorClass::Malformed),
            5 => fail(ErrorClass::LocalFault),
            _ => Ok(()),
        }
    });
    let directory = tempfile::tempdir().unwrap();
    let summary = complete(plan(&model, 16), 200, directory.path()).await;
    assert_eq!(summary.ending, Ending::Done);
    assert_eq!(export(directory.path()).len(), 200, "every item ends in exactly one state");
    let tally = summary.progress.tally;
    assert_eq!(tally.kept + tally.failed.values().sum::<u64>(), 200);
}
