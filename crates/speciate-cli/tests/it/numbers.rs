//! Numbers mean the same wherever they are shown, and what is not known is not zero.

use serde_json::Value;
use speciate_mock::FaultScript;

use crate::kit::{Ran, Sandbox, slow_with, usual, with_faults};

/// The run's own summary and `status` as JSON, of a run that has just ended.
fn both(sandbox: &Sandbox, ran: &Ran) -> (Value, Value) {
    let summary: Value = serde_json::from_str(&ran.stdout).unwrap();
    let totals = sandbox.status()["totals"].clone();
    for (name, value) in totals.as_object().unwrap() {
        assert_eq!(&summary[name], value, "{name}: {summary:#}");
    }
    let number = |name: &str| totals[name].as_u64().unwrap();
    assert_eq!(number("calls"), number("answered_calls") + number("failed_calls"));
    assert_eq!(
        number("tries"),
        number("answered_calls") + number("failed_tries") + number("second_tries"),
        "{totals:#}"
    );
    (summary, totals)
}

#[test]
fn every_try_is_counted_once_and_everywhere_alike() {
    // Nothing is late before some answers of its role have been seen.
    let faults = "hang@250,hang@262,hang@274,500:0.05";
    let (sandbox, mock) = (Sandbox::with_many(60), slow_with(faults));
    let ran = sandbox.run(&mock, "--rounds 2 --concurrency 8 --json").expect(0);
    let (_, totals) = both(&sandbox, &ran);
    assert_eq!(totals["tries"], mock.stats().requests, "{totals:#}");
    let (second, maybe) = (&totals["second_tries"], &totals["maybe_billed_tries"]);
    assert!(second.as_u64().unwrap() > 0 && maybe.as_u64() >= second.as_u64(), "{totals:#}");
    let said = format!(" failed tries, {second} hedged requests");
    let billed = format!("{maybe} tries more may have been billed without an answer");
    let status = sandbox.cli("status run").done().expect(0);
    for text in [&ran.stderr, &status.stdout] {
        assert!(text.contains(&said) && text.contains(&billed), "{said}: {text}");
        assert!(text.contains(&format!("{} failed tries", totals["failed_tries"])), "{text}");
    }
}

#[test]
fn estimated_tokens_are_marked() {
    let mock = with_faults(FaultScript::from_short("no-usage:0.25").unwrap());
    let sandbox = Sandbox::with_seeds(6);
    let ran = sandbox.run(&mock, "--rounds 2 --json").expect(0);
    let (_, totals) = both(&sandbox, &ran);
    let calls = totals["calls_of_estimated_usage"].as_u64().unwrap();
    assert!(calls > 0 && calls < totals["calls"].as_u64().unwrap(), "{totals:#}");
    let status = sandbox.cli("status run").done().expect(0);
    for text in [&ran.stderr, &status.stdout] {
        assert!(text.contains(&format!("out; estimated for {calls} call")), "{text}");
    }
}

#[test]
fn an_unknown_price_is_never_zero() {
    let (sandbox, mock) = (Sandbox::with_seeds(6), usual());
    let ran = sandbox.run(&mock, "--rounds 2 --json --progress json").expect(0);
    let (summary, totals) = both(&sandbox, &ran);
    for json in [&summary, &totals] {
        assert_eq!((&json["cost_usd"], &json["cost_is_partial"]), (&Value::Null, &true.into()));
    }
    let lines = ran.stderr.lines().filter(|line| line.contains("calls_done"));
    let lines: Vec<Value> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(!lines.is_empty(), "{}", ran.stderr);
    for line in lines {
        assert_eq!((&line["cost_usd"], &line["cost_is_partial"]), (&Value::Null, &true.into()));
    }
    let said = sandbox.cli("status run").done().expect(0).stdout;
    assert!(said.contains("price unknown") && !said.contains('$'), "{said}");
}

#[test]
fn a_known_price_is_in_dollars() {
    let (sandbox, mock) = (Sandbox::with_seeds(2), usual());
    sandbox.write(
        "recipe.toml",
        "[prices.mock]\ninput_usd_per_million = 3.0\noutput_usd_per_million = 15.0\n",
    );
    let ran = sandbox.run(&mock, "--rounds 1 --recipe recipe.toml --json").expect(0);
    let (summary, _) = both(&sandbox, &ran);
    let usd = summary["cost_usd"].as_f64().unwrap();
    let tokens = |name: &str| summary[name].as_f64().unwrap();
    let due = (3.0 * tokens("input_tokens") + 15.0 * tokens("output_tokens")) / 1e6;
    assert!((usd - due).abs() < 1e-6, "{usd} and {due}");
    assert_eq!(summary["cost_is_partial"], false);
}

/// The limit is too small for many of the mock's answers: they are asked for again, then with more room
/// from the start, and each is named as what it was.
#[test]
fn cut_answers_are_counted_as_such_and_a_limit_that_cuts_many_is_raised() {
    let (sandbox, mock) = (Sandbox::with_many(40), usual());
    let more = "--rounds 1 --concurrency 4 --set responder.max_tokens=150 --json";
    let ran = sandbox.run(&mock, more).expect(0);
    let (_, totals) = both(&sandbox, &ran);
    let cut = totals["cut_tries"].as_u64().unwrap();
    assert!(cut >= 5, "{totals:#}");
    assert_eq!(totals["maybe_billed_tries"], 0, "what was cut is paid, and known: {totals:#}");
    let said = ran.stderr.matches("! 150 tokens cut ").count();
    assert_eq!(said, 1, "{}", ran.stderr);
    assert!(ran.stderr.contains(" answers of the responder: 300 from here on; "), "{}", ran.stderr);
    let status = sandbox.cli("status run").done().expect(0);
    for text in [&ran.stderr, &status.stdout] {
        assert!(text.contains(&format!(" failed tries ({cut} cut short)")), "{text}");
    }
}
