//! A bug of ours in a call: it fails that call, and ends the run only where call after call meets it.

use std::time::Duration;

use speciate_engine::{Ending, EngineError, NoticeKind, RunOptions, RunSummary, run};
use tokio::sync::mpsc;

use crate::kit::{Chains, FixedClock, KIND, Scripted, Watcher, complete, export, plan, store};

const ITEMS: u64 = 30;

async fn drive(
    model: &Scripted,
    directory: &std::path::Path,
    watcher: &mut Watcher,
) -> Result<RunSummary, EngineError> {
    let (_sender, controls) = mpsc::channel(1);
    let options = RunOptions { kinds: &[KIND], grace: Duration::from_secs(20) };
    let (job, store) = (Box::new(Chains::new(ITEMS)), store(directory));
    run(plan(model, 8), job, store, &FixedClock, options, controls, watcher).await
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_a_call_fails_that_call_and_the_run_goes_on() {
    let (whole, expected) = (Scripted::faultless(), tempfile::tempdir().unwrap());
    complete(plan(&whole, 8), ITEMS, expected.path()).await;

    let (directory, mut watcher) = (tempfile::tempdir().unwrap(), Watcher::default());
    let model = Scripted::new(|prompt, _| {
        assert!(prompt != "17/2", "a bug in the call of {prompt}");
        Ok(())
    });
    let summary = drive(&model, directory.path(), &mut watcher).await.unwrap();
    assert_eq!(summary.ending, Ending::Done);
    assert_eq!(model.seen.lock().unwrap().of("17/2"), 1, "it is not asked again");
    let said = watcher.notices.iter().find(|notice| notice.kind == NoticeKind::Bug).unwrap();
    let expected_said =
        "a bug of ours: the call ended in a panic: a bug in the call of 17/2; please report it";
    assert_eq!(said.message, expected_said);

    let (rows, expected) = (export(directory.path()), export(expected.path()));
    let (failed, kept): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.starts_with("17 "));
    assert!(failed.len() == 1 && failed[0].contains("bad-item"), "{failed:?}");
    let others: Vec<_> = expected.iter().filter(|row| !row.starts_with("17 ")).collect();
    assert_eq!(kept, others);
    assert_eq!(summary.progress.maybe_billed_tries, 1);
    assert!(summary.progress.lanes.iter().all(|lane| lane.in_flight == 0));
}

#[tokio::test(start_paused = true)]
async fn panics_in_all_calls_end_the_run_and_cost_a_few_of_them() {
    let (directory, mut watcher) = (tempfile::tempdir().unwrap(), Watcher::default());
    let model = Scripted::new(|prompt, _| {
        assert!(prompt.ends_with("/0"), "a bug in the call of {prompt}");
        Ok(())
    });
    let error = drive(&model, directory.path(), &mut watcher).await.unwrap_err();
    assert!(matches!(error, EngineError::Panic(_)), "{error:?}");
    assert!(
        error.to_string().contains("panic, the last one with: a bug in the call of"),
        "{error}"
    );
    let failed = export(directory.path()).len();
    assert!(failed < 16, "of the last answers' panics and the five in a row: {failed}");

    let mended = complete(plan(&Scripted::faultless(), 8), ITEMS, directory.path()).await;
    assert_eq!(mended.ending, Ending::Done);
    let rows = export(directory.path());
    assert_eq!(
        (rows.len() as u64, rows.iter().filter(|row| row.contains("bad-item")).count()),
        (ITEMS, failed)
    );
}
