//! Resume is replay: nothing is asked twice, and the result is that of an uninterrupted run.

use speciate_engine::{Control, Ending, StopReason};
use tokio::sync::mpsc;

use crate::kit::{Scripted, Watcher, complete, drive, export, plan};

#[tokio::test(start_paused = true)]
async fn stopped_at_any_moment_it_ends_as_if_nothing_had_happened() {
    let (whole_model, whole) = (Scripted::faultless(), tempfile::tempdir().unwrap());
    complete(plan(&whole_model, 8), 30, whole.path()).await;
    let expected = export(whole.path());
    for stop_after_ms in (0..1_600).step_by(97) {
        let (model, directory) = (Scripted::faultless(), tempfile::tempdir().unwrap());
        let (sender, controls) = mpsc::channel(1);
        let mut watcher = Watcher::default();
        let run = drive(plan(&model, 8), 30, directory.path(), controls, &mut watcher);
        let stop = async {
            tokio::time::sleep(std::time::Duration::from_millis(stop_after_ms)).await;
            // A run that is done no longer listens.
            let _heard = sender.send(Control::Stop).await.is_ok();
            std::future::pending::<()>().await;
        };
        let summary = tokio::select! {
            summary = run => summary,
            () = stop => unreachable!("the stop never ends"),
        };
        let is_stopped = summary.ending == Ending::Stopped(StopReason::Asked);
        assert!(is_stopped || summary.ending == Ending::Done);
        let again = complete(plan(&model, 8), 30, directory.path()).await;
        assert_eq!(again.ending, Ending::Done);
        assert_eq!(export(directory.path()), expected, "stopped after {stop_after_ms} ms");
        let calls = model.seen.lock().unwrap().prompts.len();
        assert_eq!(calls, 90, "stopped after {stop_after_ms} ms: a call was repeated");
        let third = complete(plan(&model, 8), 30, directory.path()).await;
        assert_eq!((third.ending, model.seen.lock().unwrap().prompts.len()), (Ending::Done, 90));
    }
}

#[tokio::test(start_paused = true)]
async fn only_durable_work_is_ever_shown() {
    let (model, directory) = (Scripted::faultless(), tempfile::tempdir().unwrap());
    let (_sender, controls) = mpsc::channel(1);
    let mut watcher = Watcher::default();
    drive(plan(&model, 8), 30, directory.path(), controls, &mut watcher).await;
    assert!(watcher.looks.len() > 3);
    let kept: Vec<_> = watcher.looks.iter().map(|look| look.tally.kept).collect();
    assert!(kept.is_sorted(), "{kept:?}");
    assert_eq!(*kept.last().unwrap(), 30);
    assert_eq!(watcher.looks.last().unwrap().calls_done, 90);
}
