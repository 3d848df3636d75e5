//! A bug of ours in a call: the run ends and says so, and what is stored stays.

use std::time::Duration;

use speciate_engine::{EngineError, RunOptions, run};
use tokio::sync::mpsc;

use crate::kit::{Chains, FixedClock, KIND, Scripted, Watcher, complete, export, plan, store};

#[tokio::test(start_paused = true)]
async fn a_panic_in_a_call_ends_the_run_and_loses_nothing() {
    let (whole, expected) = (Scripted::faultless(), tempfile::tempdir().unwrap());
    complete(plan(&whole, 8), 30, expected.path()).await;

    let directory = tempfile::tempdir().unwrap();
    let model = Scripted::new(|prompt, nth| {
        assert!(prompt != "17/2" || nth > 0, "a bug in the call of {prompt}");
        Ok(())
    });
    let (_sender, controls) = mpsc::channel(1);
    let options = RunOptions { kinds: &[KIND], grace: Duration::from_secs(20) };
    let (job, store) = (Box::new(Chains::new(30)), store(directory.path()));
    let mut watcher = Watcher::default();
    let ended =
        run(plan(&model, 8), job, store, &FixedClock, options, controls, &mut watcher).await;
    let error = ended.unwrap_err();
    assert!(matches!(error, EngineError::Panic(_)), "{error:?}");
    assert!(error.to_string().contains("panic"), "{error}");
    assert!(!export(directory.path()).is_empty(), "what was done before is there");

    complete(plan(&model, 8), 30, directory.path()).await;
    assert_eq!(export(directory.path()), export(expected.path()));
}
