//! The cost limit holds, whatever it is.

use crate::kit::{Sandbox, script, slow, usual, wait_until, with_faults};
use speciate_mock::{FaultKind, FaultRule, RunningMock};

const PRICES: &str = "[prices.mock]\ninput_usd_per_million = 3.0\noutput_usd_per_million = 15.0\n";

#[test]
fn no_limit_is_ever_passed_and_a_larger_one_goes_on() {
    let (sandbox, mock) = (Sandbox::with_seeds(8), usual());
    sandbox.write("recipe.toml", PRICES);
    let mut spent = 0.0;
    for limit_usd in [0.0, 0.001, 0.05, 0.1, 0.2] {
        let more = format!("--recipe recipe.toml --concurrency 16 --max-cost {limit_usd}");
        let ran = sandbox.run(&mock, &more).expect(3);
        let said =
            format!("paused: the next call could pass the cost limit of {}, ", usd(limit_usd));
        assert!(ran.stderr.contains(&said), "{}", ran.stderr);
        assert!(
            ran.stderr.contains("Resume: speciate run run --max-cost LARGER"),
            "{}",
            ran.stderr
        );
        let now = sandbox.status()["totals"]["cost_usd"].as_f64().unwrap();
        assert!(now <= limit_usd, "{now} of {limit_usd}");
        assert!(now >= spent, "what was spent stays spent");
        // A call of 2,048 tokens costs three cents: so near the limit it gets.
        assert!(limit_usd < 0.05 || now > limit_usd - 0.04, "{now} of {limit_usd}");
        spent = now;
    }
    sandbox.run(&mock, "--recipe recipe.toml --max-cost 50").expect(0);
    assert_eq!(mock.stats().repeated, 0, "nothing is paid twice");
    let whole = Sandbox::with_seeds(8);
    whole.write("recipe.toml", PRICES);
    whole.run(&usual(), "--recipe recipe.toml").expect(0);
    assert!(sandbox.export("records") == whole.export("records"), "the pauses left a trace");
}

#[test]
fn a_limit_is_used_up_as_far_as_one_call_allows() {
    let (sandbox, mock) = (Sandbox::with_many(10), slow());
    let prices = "[prices.mock]\ninput_usd_per_million = 1.0\noutput_usd_per_million = 2.0\n";
    sandbox.write("recipe.toml", prices);
    sandbox.run(&mock, "--recipe recipe.toml --max-cost 0.03").expect(3);
    let spent = sandbox.status()["totals"]["cost_usd"].as_f64().unwrap();
    assert!(spent <= 0.03 && spent > 0.01, "{spent}");
    sandbox.run(&mock, "--recipe recipe.toml --max-cost 5").expect(0);
    assert_eq!(mock.stats().repeated, 0);
}

/// As it is shown.
fn usd(amount: f64) -> String {
    if amount == 0.0 || amount >= 0.1 { format!("${amount:.2}") } else { format!("${amount:.4}") }
}

#[test]
fn a_limit_holds_until_another_is_given_or_it_is_lifted() {
    let (sandbox, mock) = (Sandbox::with_seeds(6), usual());
    sandbox.write("recipe.toml", PRICES);
    sandbox.run(&mock, "--recipe recipe.toml --max-cost 0.1").expect(3);
    let spent = || sandbox.status()["totals"]["cost_usd"].as_f64().unwrap();
    let before = spent();
    let held = "Note: the cost limit of $0.1 from before still holds";
    for ran in [sandbox.run(&mock, "--recipe recipe.toml"), sandbox.cli("run run").done()] {
        let ran = ran.expect(3);
        assert!(ran.stderr.contains("cost limit of $0.10"), "{}", ran.stderr);
        assert!(spent() >= before && spent() <= 0.1);
    }
    let ran = sandbox.run(&mock, "--recipe recipe.toml").expect(3);
    assert!(ran.stderr.contains(held), "{}", ran.stderr);
    sandbox.cli("run run --max-cost 0.15").done().expect(3);
    sandbox.cli("run run --max-cost none").done().expect(0);
    assert!(!sandbox.read("run/recipe.toml").contains("max_cost_usd"));
}

#[test]
fn an_unknown_price_with_a_limit_is_refused() {
    let (sandbox, mock) = (Sandbox::with_seeds(2), usual());
    let ran = sandbox.run(&mock, "--max-cost 1").expect(2);
    insta::assert_snapshot!(ran.shown(), @r#"
    exit 2
    --- stderr
    Seeds: 2 seeds
    error: a cost limit was given, but the price of `mock` is not known
      hint: say it in the recipe: [prices."mock"] input_usd_per_million = …
    "#);
    assert_eq!(mock.stats().requests, 0);
}

#[test]
fn money_is_read_strictly() {
    let sandbox = Sandbox::with_seeds(1);
    for wrong in ["-1", "NaN", "inf", "five"] {
        let ran = sandbox.cli(&format!("plan seeds.jsonl --max-cost={wrong}")).done().expect(2);
        assert!(ran.stderr.contains("expected dollars"), "{}", ran.stderr);
    }
}

/// A server that takes every request and never answers.
fn mute() -> RunningMock {
    with_faults(script(vec![FaultRule::always(FaultKind::Hang)]))
}

/// What a call probably costs while no answer has been seen: 300 tokens of one, and a prompt.
const EXPECTED_USD: f64 = 300.0 * 15.0 / 1e6;

fn at_risk_usd(sandbox: &Sandbox) -> f64 {
    sandbox.status()["at_risk_usd"].as_f64().unwrap()
}

#[test]
fn what_was_perhaps_billed_counts_in_every_session() {
    let (sandbox, mock) = (Sandbox::with_seeds(8), mute());
    sandbox.write("recipe.toml", PRICES);
    let mut requests = 0;
    for (limit_usd, is_more) in [(0.05, true), (0.05, false), (0.05, false), (0.06, true)] {
        let more = format!(
            "--recipe recipe.toml --max-cost {limit_usd} --set limits.silence_timeout_ms=60"
        );
        let ran = sandbox.run(&mock, &more).expect(3);
        assert!(ran.stderr.contains("cost limit"), "{}", ran.stderr);
        assert!(ran.stderr.contains(" at risk "), "{}", ran.stderr);
        let now = mock.stats().requests;
        assert_eq!(now > requests, is_more, "{requests} and then {now} requests");
        let at_risk = at_risk_usd(&sandbox);
        assert!(at_risk <= limit_usd, "{at_risk} of {limit_usd}");
        assert!(at_risk >= now as f64 * EXPECTED_USD, "{at_risk} for {now} requests");
        requests = now;
    }
    let ran = sandbox.cli("status run").done().expect(0);
    assert!(ran.stdout.contains(" at risk "), "{}", ran.stdout);
}

#[test]
fn what_was_in_flight_at_a_kill_counts_in_every_session() {
    let (sandbox, mock) = (Sandbox::with_seeds(8), mute());
    sandbox.write("recipe.toml", PRICES);
    let mut kills = 0;
    loop {
        let (before, requests) = (at_risk_of(&sandbox), mock.stats().requests);
        let mut running = sandbox.begin(&mock, "--recipe recipe.toml --max-cost 0.1");
        // Nothing is ever answered, so nothing but the note of what is at risk is committed.
        wait_until("a note, or the end", || running.is_over() || at_risk_of(&sandbox) > before);
        if running.is_over() {
            assert_eq!(mock.stats().requests, requests, "sent more than the limit allows");
            let ran = running.done().expect(3);
            assert!(ran.stderr.contains("cost limit"), "{}", ran.stderr);
            break;
        }
        running.kill();
        kills += 1;
        let at_risk = at_risk_of(&sandbox);
        assert!(at_risk >= mock.stats().requests as f64 * EXPECTED_USD, "{at_risk}");
        assert!(at_risk <= 0.1, "{at_risk}");
    }
    assert!(kills > 2, "{kills}");
}

/// 0 before there is a run.
fn at_risk_of(sandbox: &Sandbox) -> f64 {
    if sandbox.path("run/run.db").exists() { at_risk_usd(sandbox) } else { 0.0 }
}
