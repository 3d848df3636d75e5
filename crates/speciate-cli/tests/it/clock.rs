//! A wall clock that jumps by days: waits and results do not depend on it.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use speciate::data::ReadOptions;
use speciate::engine::{Ending, Notice, Observer, Progress};
use speciate::environment::Environment;
use speciate::project::{Project, Sources, prepare};
use speciate::recipe::{Addresses, LimitsSection, RecipeFile};
use speciate::types::{Clock, UnixMillis};
use speciate_mock::{FaultKind, FaultRule, RunningMock};

use crate::kit::{Sandbox, script, usual, with_faults};

/// A day forth, two days back, a day forth, and so on.
struct Jumping(AtomicU64);

impl Clock for Jumping {
    fn now(&self) -> UnixMillis {
        const DAY_MS: u64 = 86_400_000;
        let n_asked = self.0.fetch_add(1, Ordering::Relaxed);
        UnixMillis(1_714_564_800_000 + n_asked % 3 * DAY_MS)
    }
}

struct Nobody;

impl Observer for Nobody {
    fn progress(&mut self, _: &Progress) {}
    fn notice(&mut self, _: &Notice) {}
}

fn run_by_jumping_clock(mock: &RunningMock, seeds: &Path, directory: &Path) {
    let flags = RecipeFile {
        base_url: Addresses::parse(&mock.base_url()),
        model: Some("mock".to_owned()),
        rounds: Some(2),
        limits: LimitsSection {
            concurrency: Some("4".parse().unwrap()),
            requests_per_minute: Some(100_000),
            ..LimitsSection::default()
        },
        ..RecipeFile::default()
    };
    let prepared = prepare(Sources {
        layers: RecipeFile::standard().unwrap().overlaid(flags),
        seeds: vec![seeds.to_owned()],
        run_directory: None,
        read: ReadOptions::default(),
        environment: Environment::default(),
        embedded: None,
    })
    .unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let outcome = runtime.block_on(async {
        let project = Project::connect(prepared, directory, None).await.unwrap();
        let (_sender, controls) = tokio::sync::mpsc::channel(1);
        project.run(&Jumping(AtomicU64::new(0)), controls, &mut Nobody).await.unwrap()
    });
    assert_eq!(outcome.summary.ending, Ending::Done);
}

#[test]
fn a_clock_that_jumps_by_days_changes_nothing() {
    let (sandbox, whole) = (Sandbox::with_many(6), Sandbox::with_many(6));
    // Waits of a second and of a date are among what must not depend on it.
    let wait = |at, retry_after: &str| FaultRule {
        at: vec![at],
        retry_after: Some(retry_after.to_owned()),
        ..FaultRule::always(FaultKind::Throttle)
    };
    let rules = vec![wait(5, "1"), wait(12, "Wed, 21 Oct 2015 07:28:00 GMT")];
    let mock = with_faults(script(rules));
    let began = std::time::Instant::now();
    run_by_jumping_clock(&mock, &sandbox.path("seeds.jsonl"), &sandbox.path("run"));
    let took_s = began.elapsed().as_secs();
    assert!((1..30).contains(&took_s), "{took_s} s for two waits of about a second");
    whole.run(&usual(), "--rounds 2 --concurrency 4").expect(0);
    assert!(sandbox.export("messages") == whole.export("messages"), "the clock left a trace");
    sandbox.status();
}
