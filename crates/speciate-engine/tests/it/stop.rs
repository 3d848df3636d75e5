//! A person asks it to stop. How long it takes is measured on the real program; here paused time
//! jumps whenever the store commits.

use std::time::Duration;

use speciate_engine::{Control, Ending, StopReason};
use speciate_types::NanoUsd;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::kit::{Scripted, Watcher, drive, plan};

async fn stop(model: Scripted, controls_at_ms: &[u64]) -> (speciate_engine::RunSummary, Scripted) {
    let directory = tempfile::tempdir().unwrap();
    let (sender, controls) = mpsc::channel(4);
    let mut watcher = Watcher::default();
    let began = Instant::now();
    let run = drive(plan(&model, 8), 500, directory.path(), controls, &mut watcher);
    let person = async {
        for at_ms in controls_at_ms {
            tokio::time::sleep_until(began + Duration::from_millis(*at_ms)).await;
            sender.send(Control::Stop).await.unwrap();
        }
        std::future::pending::<()>().await;
    };
    let summary = tokio::select! {
        summary = run => summary,
        () = person => unreachable!("the person never leaves"),
    };
    (summary, model)
}

#[tokio::test(start_paused = true)]
async fn once_lets_the_calls_in_flight_finish() {
    let (summary, model) = stop(Scripted::faultless(), &[1_000]).await;
    assert_eq!(summary.ending, Ending::Stopped(StopReason::Asked));
    assert_eq!(summary.calls_dropped, 0);
    let sent = model.seen.lock().unwrap().prompts.len() as u64;
    assert_eq!(summary.progress.calls_done, sent, "every call that was sent is stored");
    assert_eq!(summary.progress.at_risk, NanoUsd(0));
}

#[tokio::test(start_paused = true)]
async fn twice_leaves_at_once_and_says_what_was_given_up() {
    let mut hanging = Scripted::faultless();
    hanging.hangs = Some("3/0");
    let (summary, model) = stop(hanging, &[1_000, 1_001]).await;
    assert_eq!(summary.ending, Ending::Stopped(StopReason::Asked));
    let sent = model.seen.lock().unwrap().prompts.len() as u64;
    assert_eq!(summary.progress.calls_done + u64::from(summary.calls_dropped), sent);
    assert!(summary.calls_dropped > 0);
    assert!(summary.progress.at_risk > NanoUsd(0), "what was given up may be billed");
}
