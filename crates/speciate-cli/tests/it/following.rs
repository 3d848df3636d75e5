//! A model that does not do what the prompts ask is told of early, and at the end.

use speciate_mock::{Capacity, MockConfig, MockServer, Quality, RunningMock};

use crate::kit::{Sandbox, perfect};

/// Whatever it writes, its judge finds nothing new in it.
fn astray() -> RunningMock {
    let quality = Quality { equal_verdict: 1.0, ..Quality::PERFECT };
    MockServer::start(MockConfig {
        capacity: Capacity::instant(),
        quality,
        ..MockConfig::default()
    })
    .unwrap()
}

#[test]
fn it_is_said_as_soon_as_it_shows_and_with_what_helps() {
    let sandbox = Sandbox::with_many(20);
    let ran = sandbox.run(&astray(), "--recipe paper --rounds 2").expect(0);
    let said = "the model does not follow the prompts of the style `guided`: 0 of ";
    assert_eq!(ran.stderr.matches(&format!("! {said}")).count(), 1, "{}", ran.stderr);
    let at_last =
        format!("hint: {said}40 evolutions kept (no-gain 40); try `--prompt-style compact`");
    assert!(ran.stderr.contains(&at_last), "{}", ran.stderr);

    let well = Sandbox::with_many(20);
    let ran = well.run(&perfect(), "--recipe paper --rounds 2").expect(0);
    assert!(!ran.stderr.contains("does not follow"), "{}", ran.stderr);
}
