//! A role that never works ends the run, and nothing that failed so is lost.

use speciate_engine::{Ending, NeverWorked, StopReason};
use speciate_types::ErrorClass;

use crate::kit::{Scripted, complete, export, fail, plan, pool};

#[expect(clippy::panic, reason = "a test that meets another end has failed")]
fn never_worked(ending: Ending) -> NeverWorked {
    match ending {
        Ending::Stopped(StopReason::NeverWorked(found)) => found,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn eight_failures_alike_end_a_run_in_which_nothing_works() {
    for class in [
        ErrorClass::BadItem,
        ErrorClass::Truncated,
        ErrorClass::Filtered,
        ErrorClass::Refused,
        ErrorClass::Empty,
        ErrorClass::Malformed,
    ] {
        let broken = Scripted::new(move |_, _| fail(class));
        let directory = tempfile::tempdir().unwrap();
        let found = never_worked(complete(plan(&broken, 2), 40, directory.path()).await.ending);
        assert_eq!((found.role.as_str(), found.error.class), ("chain", class));
        assert_eq!(found.error.message, format!("scripted {}", class.as_str()));
        // Two calls are in flight, and a retry waits behind every call that is ready to start.
        assert!((8..=9).contains(&found.calls), "{found:?}");
        let sent = broken.seen.lock().unwrap().prompts.len();
        assert!(sent <= 40 + 9, "{class:?}: {sent} sent");
        assert!(export(directory.path()).is_empty(), "{class:?}");

        let mended = Scripted::faultless();
        let summary = complete(plan(&mended, 2), 40, directory.path()).await;
        assert_eq!(summary.ending, Ending::Done);
        let rows = export(directory.path());
        assert_eq!((rows.len(), rows.iter().filter(|row| row.contains("kept")).count()), (40, 40));
    }
}

#[tokio::test(start_paused = true)]
async fn fewer_calls_end_it_when_there_are_no_others() {
    let broken = Scripted::new(|_, _| fail(ErrorClass::BadItem));
    let directory = tempfile::tempdir().unwrap();
    let found = never_worked(complete(plan(&broken, 4), 2, directory.path()).await.ending);
    assert_eq!(found.calls, 2);
    let summary = complete(plan(&Scripted::faultless(), 4), 2, directory.path()).await;
    assert_eq!((summary.ending, export(directory.path()).len()), (Ending::Done, 2));
}

/// The first seven items are really bad, the eighth is not: all of it is on record.
#[tokio::test(start_paused = true)]
async fn one_answer_makes_failures_those_of_their_items() {
    let is_bad = |prompt: &str| prompt.split('/').next().unwrap().parse::<u64>().unwrap() < 7;
    let model = Scripted::new(
        move |prompt, _| {
            if is_bad(prompt) { fail(ErrorClass::BadItem) } else { Ok(()) }
        },
    );
    let directory = tempfile::tempdir().unwrap();
    let summary = complete(plan(&model, 1), 12, directory.path()).await;
    assert_eq!((summary.ending, summary.progress.tally.kept), (Ending::Done, 5));
    let failed = export(directory.path()).iter().filter(|row| row.contains("bad-item")).count();
    assert_eq!(failed, 7);
}

/// Who is in flight is asked before the run is given up.
#[tokio::test(start_paused = true)]
async fn calls_in_flight_are_heard_first() {
    let model = Scripted::new(|prompt, _| match prompt.split_once('/') {
        Some((item, _)) if item.parse::<u64>().unwrap() < 30 => fail(ErrorClass::BadItem),
        _ => Ok(()),
    });
    let directory = tempfile::tempdir().unwrap();
    let summary = complete(plan(&model, 32), 40, directory.path()).await;
    assert_eq!((summary.ending, summary.progress.tally.kept), (Ending::Done, 10));
}

/// What worked in an earlier session needs no proof: what is left may be just the bad items.
#[tokio::test(start_paused = true)]
async fn a_role_that_worked_before_ends_no_later_session() {
    let directory = tempfile::tempdir().unwrap();
    let stops = Scripted::new(|prompt, _| match prompt {
        "0/0" => Ok(()),
        _ => fail(ErrorClass::Auth),
    });
    complete(plan(&stops, 1), 12, directory.path()).await;
    assert!(export(directory.path()).is_empty());
    let broken = Scripted::new(|_, _| fail(ErrorClass::BadItem));
    let summary = complete(plan(&broken, 1), 12, directory.path()).await;
    assert_eq!((summary.ending, export(directory.path()).len()), (Ending::Done, 12));
}

/// The money for what is not stored is not forgotten.
#[tokio::test(start_paused = true)]
async fn what_is_withheld_counts_as_at_risk() {
    let broken = Scripted::new(|_, _| {
        let usage = speciate_types::Usage {
            input_tokens: 10,
            output_tokens: 90,
            estimated: false,
            ..speciate_types::Usage::default()
        };
        let cut = speciate_types::CallError::new(ErrorClass::Truncated, "cut");
        Err(speciate_types::CallError { usage: Some(usage), ..cut })
    });
    let directory = tempfile::tempdir().unwrap();
    let summary = complete(plan(&broken, 1), 40, directory.path()).await;
    // Eight calls, each made twice, a hundred tokens at a dollar a million.
    let usd = summary.progress.at_risk.as_usd();
    assert!((usd - 16.0 * 100.0 / 1e6).abs() < 1e-9, "{usd}");
    let stored = speciate_store::RunReader::open(directory.path()).unwrap().at_risk().unwrap();
    assert_eq!(stored, summary.progress.at_risk);
}

/// With several endpoints one that answers is enough.
#[tokio::test(start_paused = true)]
async fn a_role_works_if_one_of_its_endpoints_does() {
    let (broken, healthy) =
        (Scripted::new(|_, _| fail(ErrorClass::BadItem)), Scripted::faultless());
    let directory = tempfile::tempdir().unwrap();
    let summary = complete(pool(&[&broken, &healthy], 1), 12, directory.path()).await;
    assert_eq!((summary.ending, export(directory.path()).len()), (Ending::Done, 12));
}
