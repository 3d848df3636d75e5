//! Several endpoints for one role, and what takes their place.

use speciate_engine::{Ending, NoticeKind, StopReason};
use speciate_types::ErrorClass;
use tokio::sync::mpsc;

use crate::kit::{Scripted, Watcher, complete, drive, export, fail, plan, pool};

fn always(class: ErrorClass) -> Scripted {
    Scripted::new(move |_, _| fail(class))
}

async fn expected(items: u64) -> Vec<String> {
    let directory = tempfile::tempdir().unwrap();
    complete(plan(&Scripted::faultless(), 8), items, directory.path()).await;
    export(directory.path())
}

#[tokio::test(start_paused = true)]
async fn work_is_shared_by_free_capacity() {
    let (one, two) = (Scripted::faultless(), Scripted::faultless());
    let directory = tempfile::tempdir().unwrap();
    let mut plan = pool(&[&one, &two], 6);
    plan.lanes[1].limits.concurrency = speciate_llm::limit::Concurrency::Fixed(2);
    complete(plan, 80, directory.path()).await;
    let counts = [&one, &two].map(|model| model.seen.lock().unwrap().prompts.len());
    assert_eq!(counts[0] + counts[1], 240);
    assert!((160..=200).contains(&counts[0]), "{counts:?}");
    assert_eq!(one.seen.lock().unwrap().in_flight_max, 6);
    assert_eq!(two.seen.lock().unwrap().in_flight_max, 2);
    assert_eq!(export(directory.path()), expected(80).await);
}

#[tokio::test(start_paused = true)]
async fn a_dead_one_costs_nothing_and_is_tried_again() {
    let (good, dead) = (Scripted::faultless(), always(ErrorClass::Transient));
    let directory = tempfile::tempdir().unwrap();
    let summary = complete(pool(&[&good, &dead], 4), 200, directory.path()).await;
    assert_eq!(summary.ending, Ending::Done);
    assert_eq!(export(directory.path()), expected(200).await);
    let tried = dead.seen.lock().unwrap().prompts.len();
    assert!((11..40).contains(&tried), "probed now and then, not hammered: {tried}");
}

#[tokio::test(start_paused = true)]
async fn one_without_money_is_left_out_and_the_run_goes_on() {
    for class in [ErrorClass::Exhausted, ErrorClass::Auth, ErrorClass::BadConfig] {
        let (good, poor) = (Scripted::faultless(), always(class));
        let directory = tempfile::tempdir().unwrap();
        let (_sender, controls) = mpsc::channel(1);
        let mut watcher = Watcher::default();
        let plan = pool(&[&good, &poor], 4);
        let summary = drive(plan, 50, directory.path(), controls, &mut watcher).await;
        assert_eq!(summary.ending, Ending::Done, "{class:?}");
        assert_eq!(export(directory.path()), expected(50).await);
        assert!(poor.seen.lock().unwrap().prompts.len() <= 4, "only what was in flight");
        let said = watcher.notices.iter().find(|notice| notice.kind == NoticeKind::LeftOut);
        assert!(said.unwrap().message.starts_with("left out from here on: test-1: scripted"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_fallback_takes_over_and_is_not_used_before() {
    let (own, other) = (
        Scripted::new(
            |prompt, _| if prompt == "9/1" { fail(ErrorClass::Exhausted) } else { Ok(()) },
        ),
        Scripted::faultless(),
    );
    let directory = tempfile::tempdir().unwrap();
    let mut plan = pool(&[&own, &other], 1);
    (plan.roles[0].models, plan.roles[0].fallbacks) = (vec![0], vec![1]);
    let summary = complete(plan, 30, directory.path()).await;
    assert_eq!(summary.ending, Ending::Done);
    assert_eq!(export(directory.path()), expected(30).await);
    let own = own.seen.lock().unwrap().prompts.clone();
    let other = other.seen.lock().unwrap().prompts.clone();
    assert_eq!(own.last().unwrap(), "9/1");
    assert_eq!(own.len() + other.len(), 91, "only the refused call was sent twice");
}

#[tokio::test(start_paused = true)]
async fn when_all_are_out_of_money_the_run_pauses() {
    let (own, other) = (always(ErrorClass::Exhausted), always(ErrorClass::Exhausted));
    let directory = tempfile::tempdir().unwrap();
    let mut plan = pool(&[&own, &other], 4);
    (plan.roles[0].models, plan.roles[0].fallbacks) = (vec![0], vec![1]);
    let summary = complete(plan, 30, directory.path()).await;
    let Ending::Stopped(StopReason::Endpoint(error)) = summary.ending else {
        panic!("{:?}", summary.ending)
    };
    assert_eq!(error.class, ErrorClass::Exhausted);
    // What stopped it can be mended, and then the same command goes on.
    let summary = complete(crate::kit::plan(&Scripted::faultless(), 4), 30, directory.path()).await;
    assert_eq!(summary.ending, Ending::Done);
    assert_eq!(export(directory.path()), expected(30).await);
}
