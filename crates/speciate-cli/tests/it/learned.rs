//! What an endpoint does not take is learned once in a run, whatever its number of sessions.

use crate::kit::{Sandbox, script, with_faults};
use speciate_mock::{FaultKind, FaultRule, RunningMock};

const PRICES: &str = "[prices.mock]\ninput_usd_per_million = 3.0\noutput_usd_per_million = 15.0\n";

/// A server that takes neither of the two.
fn picky() -> RunningMock {
    let refuses = |parameter: &str| FaultRule {
        parameter: Some(parameter.to_owned()),
        ..FaultRule::always(FaultKind::BadParameter)
    };
    with_faults(script(vec![refuses("temperature"), refuses("max_tokens")]))
}

fn refusals(mock: &RunningMock) -> u64 {
    mock.stats().faults.get("bad-parameter").copied().unwrap_or(0)
}

#[test]
fn a_continued_run_sends_no_parameter_that_was_refused_before() {
    let (sandbox, mock) = (Sandbox::with_seeds(8), picky());
    sandbox.write("recipe.toml", PRICES);
    let run = |limit: &str| sandbox.run(&mock, &format!("--recipe recipe.toml --max-cost {limit}"));
    let ran = run("0.1").expect(3);
    let said = "does not support `temperature`; omitting it";
    assert_eq!(ran.stderr.matches(said).count(), 1, "{}", ran.stderr);
    let learned = refusals(&mock);
    assert!(learned >= 2, "{learned}");
    for (limit, code) in [("0.2", 3), ("50", 0)] {
        let ran = run(limit).expect(code);
        assert_eq!(refusals(&mock), learned, "asked again with what is refused");
        assert!(!ran.stderr.contains("does not support"), "said again: {}", ran.stderr);
    }
    assert_eq!(mock.stats().repeated, 0, "a request without the parameter is another one");
}

#[test]
fn status_and_doctor_say_what_is_left_out() {
    let (sandbox, mock) = (Sandbox::with_seeds(2), picky());
    sandbox.run(&mock, "--rounds 1").expect(0);
    let endpoint = mock.base_url();
    let expected = serde_json::json!([{
        "endpoint": endpoint, "model": "mock",
        "left_out": ["temperature"], "refused": ["max_tokens", "temperature"],
    }]);
    assert_eq!(sandbox.status()["learned"], expected);
    let ran = sandbox.cli("status run").done().expect(0);
    let line =
        format!("learned     mock: {endpoint} does not support `temperature`; omitting it\n");
    assert!(ran.stdout.contains(&line), "{}", ran.stdout);
    let ran = sandbox.cli("doctor run --json --no-call").endpoint(&mock).done();
    let clause = format!("; {endpoint} does not support `temperature`; omitting it");
    assert!(ran.stdout.contains(&clause), "{ran:?}");

    let (plain, usual) = (Sandbox::with_seeds(2), crate::kit::usual());
    plain.run(&usual, "--rounds 1").expect(0);
    assert_eq!(plain.status()["learned"], serde_json::json!([]));
    assert!(!plain.cli("status run").done().stdout.contains("learned "));
}
