//! The cost limit holds, whatever it is.

use crate::kit::{Sandbox, slow, usual};

const PRICES: &str = "[prices.mock]\ninput_usd_per_million = 3.0\noutput_usd_per_million = 15.0\n";

#[test]
fn no_limit_is_ever_passed_and_a_larger_one_goes_on() {
    let (sandbox, mock) = (Sandbox::with_seeds(8), usual());
    sandbox.write("recipe.toml", PRICES);
    let mut spent = 0.0;
    for limit_usd in [0.0, 0.001, 0.05, 0.1, 0.2] {
        let more = format!("--recipe recipe.toml --concurrency 16 --max-cost {limit_usd}");
        let ran = sandbox.run(&mock, &more).expect(3);
        assert!(ran.stderr.contains("cost limit"), "{}", ran.stderr);
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
