//! What an interrupted run prints, `speciate run DIR`, goes on from any folder, whatever the run was
//! begun with.

use serde_json::Value;

use crate::kit::{SEEDS, Sandbox, jsonl, slow, usual, wait_until};

const OPERATOR: &str = "+++
kind = \"in-breadth\"
summary = \"asks for the matter as a picture\"
+++
Method: {{ name }}
Reply with a riddle on the matter, between <evolved> and </evolved>.
";

fn mapped() -> String {
    let line = |text: &str| serde_json::json!({ "frage": text }).to_string() + "\n";
    SEEDS[..FEW].iter().map(|text| line(text)).collect()
}

/// Enough to be interrupted.
const FEW: usize = 5;

/// Everything that `run` takes, one or a few at a time.
const OPTIONS: &[&str] = &[
    "seeds.jsonl",
    "seeds.jsonl --recipe other/recipe.toml",
    "--recipe other/recipe.toml",
    "seeds.jsonl --rounds 1 --branching 2 --seed 7",
    "seeds.jsonl --limit 3",
    "seeds.jsonl --concurrency 3",
    "seeds.jsonl --concurrency auto",
    "seeds.jsonl --prompt-style compact",
    "seeds.jsonl --prompt-style paper",
    "seeds.jsonl --prompt-style auto",
    "seeds.jsonl --deterministic",
    "seeds.jsonl --evolver mock --judge mock --responder mock",
    "seeds.jsonl --api openai",
    "seeds.jsonl --set limits.requests_per_minute=100000 --set rules=[\"strict\",\"-refusal\"]",
    "seeds.jsonl --set evolver.temperature=0.3 --prompt-style compact",
    "seeds.jsonl --set operators_dir=other/operators",
    "seeds.jsonl --set prices.mock={input_usd_per_million=1.0,output_usd_per_million=1.0} --max-cost 50",
    "seeds.jsonl --progress none --yes --json",
    "bad.jsonl --skip-bad",
    "mapped.jsonl --map instruction=frage,response=antwort",
    "a.txt seeds.jsonl",
    "-",
    "a.txt -",
];

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with_seeds(FEW);
    sandbox.write("mapped.jsonl", mapped());
    sandbox.write("bad.jsonl", jsonl(&SEEDS[..FEW]) + "{\"text\": 3}\nno JSON\n");
    sandbox.write("a.txt", "Name a river.\n\nName a lake.\n");
    sandbox.write("other/operators/riddle.jinja", OPERATOR);
    sandbox.write("other/more.jsonl", jsonl(&SEEDS[..FEW]));
    sandbox.write(
        "other/recipe.toml",
        "seeds = [\"more.jsonl\"]\noperators_dir = \"operators\"\nrounds = 2\n",
    );
    sandbox.write("elsewhere/here", "");
    sandbox
}

/// Records without the price of their calls. The compact style's limits cut many of the mock's answers, so
/// that the calls of a session come to begin with larger ones: that saves tries and changes no text.
fn told(records: &str) -> Vec<Value> {
    let strip = |line: &str| {
        let mut record: Value = serde_json::from_str(line).unwrap();
        for key in ["attempts", "usage", "cost_usd"] {
            record.as_object_mut().unwrap().remove(key).unwrap();
        }
        record
    };
    records.lines().map(strip).collect()
}

#[test]
fn the_directory_alone_goes_on_from_another_folder() {
    for options in OPTIONS {
        let (sandbox, mock) = (sandbox(), slow());
        let begun = sandbox.cli(&format!("run {options} -o run")).endpoint(&mock);
        let mut running = begun.stdin(jsonl(&SEEDS[..FEW])).start();
        wait_until(options, || mock.stats().answered >= 3 || running.is_over());
        if !running.is_over() {
            running.signal("INT");
        }
        let ran = running.done();
        assert!(ran.code == 130 || ran.code == 0, "{options}: {ran:?}");
        let whole = sandbox.cli("run ../run").within("elsewhere").done();
        assert_eq!(whole.code, 0, "{options}: {}", whole.stderr);
        let (recipe, records) = (sandbox.read("run/recipe.toml"), sandbox.export("records"));
        let again = sandbox.cli("run ../run").within("elsewhere").done();
        assert_eq!(again.code, 0, "{options}: {}", again.stderr);
        assert_eq!(sandbox.read("run/recipe.toml"), recipe, "{options}");

        // The whole in one go is the same.
        let begun = sandbox.cli(&format!("run {options} -o once")).endpoint(&mock);
        begun.stdin(jsonl(&SEEDS[..FEW])).done().expect(0);
        let once = sandbox.cli("export once -o - --format records").done().expect(0).stdout;
        let may_raise = options.contains("compact");
        let is_same = once == records || (may_raise && told(&once) == told(&records));
        assert!(is_same, "{options}: the interruption left a trace");
    }
}

#[test]
fn seeds_that_are_gone_or_changed_since_stay_the_runs_own() {
    let (sandbox, mock) = (Sandbox::with_many(28), slow());
    let running = sandbox.begin(&mock, "--concurrency 8");
    wait_until("answers", || mock.stats().answered >= 20);
    running.signal("INT");
    running.done().expect(130);
    std::fs::remove_file(sandbox.path("seeds.jsonl")).unwrap();
    sandbox.cli("run run").done().expect(0);
    assert_eq!(sandbox.status()["seeds"], 28);
}

#[test]
fn piped_seeds_that_the_run_does_not_keep_are_asked_for() {
    let (sandbox, mock) = (Sandbox::empty(), usual());
    let begun = sandbox.cli("run - -o run --rounds 1").endpoint(&mock).stdin(jsonl(&SEEDS[..2]));
    begun.done().expect(0);
    for file in ["run/run-seeds.jsonl", "run/recipe.toml"] {
        std::fs::remove_file(sandbox.path(file)).unwrap();
    }
    insta::assert_snapshot!(sandbox.cli("run run").done().shown(), @"
    exit 2
    --- stderr
    error: the seeds of the run in `run` came from standard input, and it keeps none of them
      hint: pipe the same seeds in again: speciate run - -o run
    ");
    let again = sandbox.cli("run - -o run --rounds 1").endpoint(&mock).stdin(jsonl(&SEEDS[..2]));
    again.done().expect(0);
    sandbox.cli("run run").done().expect(0);
}
