//! What is said when something is wrong: what, where, and what to do. Nothing is left behind.

use speciate_mock::{MockConfig, MockServer};

#[cfg(all(feature = "embedded", target_os = "linux"))]
use crate::kit::has_tool;
use crate::kit::{Sandbox, usual};

const NOWHERE: &str = "--base-url http://127.0.0.1:9/v1 --model mock";

#[test]
fn a_missing_seed_file() {
    let sandbox = Sandbox::empty();
    let ran = sandbox.cli(&format!("run none.jsonl {NOWHERE}")).done();
    insta::assert_snapshot!(ran.shown(), @"
    exit 2
    --- stderr
    error: cannot read seeds from `none.jsonl`: there is no such file
      cause: No such file or directory (os error 2)
    ");
    assert!(!sandbox.path("runs").exists());
}

#[test]
fn a_missing_recipe() {
    let sandbox = Sandbox::with_seeds(1);
    let ran = sandbox.cli(&format!("run seeds.jsonl --recipe none.toml {NOWHERE}")).done();
    insta::assert_snapshot!(ran.shown(), @"
    exit 2
    --- stderr
    error: cannot read the recipe `none.toml`
      cause: No such file or directory (os error 2)
    ");
}

#[test]
fn a_bad_line_stops_unless_told_otherwise() {
    let (sandbox, mock) = (Sandbox::empty(), usual());
    sandbox.write(
        "seeds.jsonl",
        "{\"instruction\": \"Name a river.\"}\n{\"instruction\": \"Name a lake.\",}\n{\"text\": 3}\n{\"instruction\": \"Name a sea.\"}\n",
    );
    insta::assert_snapshot!(sandbox.run(&mock, "").shown(), @r#"
    exit 2
    --- stderr
    seeds.jsonl:2:32: invalid-json: trailing comma
      |
    2 | {"instruction": "Name a lake.",}
      |                                ^
    seeds.jsonl:3:1: missing-field: missing field `instruction`; found `text`
      |
    3 | {"text": 3}
      | ^
      = help: known shapes: Alpaca (instruction, input, output), messages (role, content), ShareGPT conversations (from, value); others with  --map instruction=FIELD
    error: 2 of 4 records cannot be used as seeds
      hint: fix the records, or go on without them with --skip-bad
    "#);
    assert_eq!(mock.stats().connections, 0, "nothing is sent");
    assert!(!sandbox.path("run").exists());
    insta::assert_snapshot!(sandbox.cli("check seeds.jsonl").done().shown(), @r#"
    exit 1
    --- stdout
    seeds.jsonl:2:32: invalid-json: trailing comma
      |
    2 | {"instruction": "Name a lake.",}
      |                                ^
    seeds.jsonl:3:1: missing-field: missing field `instruction`; found `text`
      |
    3 | {"text": 3}
      | ^
      = help: known shapes: Alpaca (instruction, input, output), messages (role, content), ShareGPT conversations (from, value); others with  --map instruction=FIELD
    seeds.jsonl: json-lines of plain, 4 records, 2 seeds
    Checked 4 records: 2 seeds, 0 exact duplicates, 2 that cannot be read.
    "#);
    insta::assert_snapshot!(sandbox.run(&mock, "--skip-bad --rounds 1").shown(), @r#"
    exit 0
    --- stderr
    seeds.jsonl:2:32: invalid-json: trailing comma
      |
    2 | {"instruction": "Name a lake.",}
      |                                ^
    seeds.jsonl:3:1: missing-field: missing field `instruction`; found `text`
      |
    3 | {"text": 3}
      | ^
      = help: known shapes: Alpaca (instruction, input, output), messages (role, content), ShareGPT conversations (from, value); others with  --map instruction=FIELD
    Seeds: 2 seeds, 2 bad records skipped
    Model: mock at http://127.0.0.1:[PORT]/v1
    Run: run
    Summary [TIME] 4 instructions: 4 kept, 0 eliminated, 0 failed, 0 invalid
      calls       8 (8 now), 0 failed tries
      tokens      2.2k in, 1.3k out
      cost        price unknown
    Data: run/data.jsonl (4 rows, messages format)
    Next: speciate tree run · speciate status run · speciate export run -o FILE
    "#);
    sandbox.status();
}

#[test]
fn an_empty_seed_file() {
    let (sandbox, mock) = (Sandbox::empty(), usual());
    sandbox.write("seeds.jsonl", "");
    insta::assert_snapshot!(sandbox.run(&mock, "").shown(), @"
    exit 2
    --- stderr
    error: found no seeds in `seeds.jsonl`
      hint: seeds are JSON or JSON lines of Alpaca rows (instruction, input, output), of `instruction` alone, of `messages` (role, content), of ShareGPT `conversations` (from, value), of self-instruct tasks (instruction, instances) or of our own `records` (those that were kept); or text with one instruction a line; fields of other names with  --map instruction=FIELD
    ");
    sandbox.write("seeds.jsonl", "\n\n  \n");
    sandbox.run(&mock, "").expect(2);
}

#[test]
fn an_unknown_recipe_key() {
    let sandbox = Sandbox::with_seeds(1);
    sandbox.write("recipe.toml", "rounds = 2\n[limits]\nconcurrancy = 4\n");
    let ran = sandbox.cli(&format!("run seeds.jsonl --recipe recipe.toml {NOWHERE}")).done();
    insta::assert_snapshot!(ran.shown(), @"
    exit 2
    --- stderr
    error: cannot read the recipe `recipe.toml`:
    TOML parse error at line 3, column 1
      |
    3 | concurrancy = 4
      | ^^^^^^^^^^^
    unknown field `concurrancy`, expected one of `concurrency`, `requests_per_minute`, `tokens_per_minute`, `max_cost_usd`, `connect_timeout_ms`, `silence_timeout_ms`, `total_timeout_ms`, `stream`, `second_tries`, `grace_ms`, `longest_wait_ms`
      hint: did you mean `concurrency`?
    ");
    let ran = sandbox.cli(&format!("run seeds.jsonl --set round=4 {NOWHERE}")).done();
    insta::assert_snapshot!(ran.shown(), @"
    exit 2
    --- stderr
    error: cannot read the recipe `--set round=4`:
    TOML parse error at line 1, column 1
      |
    1 | round = 4
      | ^^^^^
    unknown field `round`, expected one of `name`, `seeds`, `limit`, `rounds`, `branching`, `target`, `seed`, `redraws`, `seed_responses`, `prompt_style`, `procedure`, `gain_check`, `rules`, `base_url`, `api`, `model`, `api_key_env`, `operators`, `operators_dir`, `weights`, `evolver`, `judge`, `responder`, `fallback`, `limits`, `embedded`, `prices`
      hint: did you mean `rounds`?
    ");
}

#[test]
fn a_value_out_of_range() {
    let sandbox = Sandbox::with_seeds(1);
    let ran = sandbox.cli(&format!("run seeds.jsonl --branching 0 {NOWHERE}")).done();
    insta::assert_snapshot!(ran.shown(), @"
    exit 2
    --- stderr
    error: the recipe says `branching = 0`, expected a number from 1 to 64
    ");
    let ran = sandbox.cli(&format!("run seeds.jsonl --concurrency none {NOWHERE}")).done();
    insta::assert_snapshot!(ran.shown(), @"
    exit 2
    --- stderr
    error: invalid value 'none' for '--concurrency <auto|N>': expected `auto` or a number from 1 to 100000, found `none`

    For more information, try '--help'.
    ");
}

#[test]
fn an_unknown_rule() {
    let sandbox = Sandbox::with_seeds(1);
    let ran = sandbox.cli(&format!("run seeds.jsonl --set rules=[\"no-gian\"] {NOWHERE}")).done();
    insta::assert_snapshot!(ran.shown(), @"
    exit 2
    --- stderr
    error: cannot turn on rule `no-gian`: no rule has this name
      hint: did you mean `no-gain`?
    ");
}

#[test]
fn a_rule_that_nothing_is_near_to_and_rules_that_are_to_come() {
    let sandbox = Sandbox::with_seeds(1);
    let ran = sandbox.cli("plan seeds.jsonl --set rules=[\"bogus\"]").done();
    insta::assert_snapshot!(ran.shown(), @"
    exit 2
    --- stderr
    error: cannot turn on rule `bogus`: no rule has this name
      hint: there are paper, standard, critic and strict, which are lists, and encoding, truncated, does-not-fit, bad-input-format, identical, near-parent, copied-prompt, meta-instruction, refusal, cut-off, not-a-request, too-long, repetition, language-switch, lost-input, no-gain, critic-request, critic-complete, critic-answerable, critic-harder, critic-natural, apology, asks-back, stop-words-only, answer-leak, near-duplicate
    ");
    {
        let rule = "contaminated";
        let set = format!("plan seeds.jsonl --set rules=[\"strict\",\"{rule}\"]");
        let ran = sandbox.cli(&set).done().expect(2);
        let said = format!("error: cannot turn on rule `{rule}`: it is not there yet\n");
        assert!(ran.stderr.starts_with(&said), "{}", ran.stderr);
        let ran = sandbox.cli(&format!("explain {rule}")).done().expect(0);
        assert!(ran.stdout.contains("Not there yet: no run can turn it on."), "{}", ran.stdout);
        // Off is what it is.
        let set = format!("plan seeds.jsonl --set rules=[\"strict\",\"-{rule}\"]");
        sandbox.cli(&set).done().expect(0);
    }
}

#[test]
fn numbers_that_cannot_be() {
    let sandbox = Sandbox::with_seeds(1);
    for (flags, said) in [
        ("--rounds -1", "expected a whole number, 0 or more, found `-1`"),
        ("--branching -2", "expected a whole number, 0 or more, found `-2`"),
        ("--seed -5", "expected a whole number, 0 or more, found `-5`"),
        ("--limit -1", "expected a whole number, 0 or more, found `-1`"),
        ("--limit 0", "error: the recipe says `limit = 0`, expected a number from 1"),
        ("--max-cost -1", "expected dollars such as 5 or 0.50, or `none`, found `-1`"),
        ("--concurrency -1", "expected `auto` or a number from 1 to 100000, found `-1`"),
        ("--set foo", "error: `--set foo` sets nothing: expected key=value"),
    ] {
        let ran = sandbox.cli(&format!("run seeds.jsonl {flags} {NOWHERE}")).done().expect(2);
        assert!(ran.stderr.contains(said), "{flags}: {}", ran.stderr);
        assert!(!ran.stderr.contains("'-- -"), "{flags}: {}", ran.stderr);
    }
}

#[test]
fn no_seeds_are_named() {
    let sandbox = Sandbox::empty();
    for command in ["run", "plan", "run --recipe recipe.toml"] {
        sandbox.write("recipe.toml", "rounds = 2\n");
        let ran = sandbox.cli(command).done();
        insta::allow_duplicates! {
            insta::assert_snapshot!(ran.shown(), @r#"
            exit 2
            --- stderr
            error: no seeds are named
              hint: name a file, `speciate run seeds.jsonl`, or `seeds = ["seeds.jsonl"]` in the recipe; `speciate init` writes both to start from
            "#);
        }
    }
}

#[test]
fn a_model_that_is_here_is_not_fetched() {
    let sandbox = Sandbox::empty();
    sandbox.write("own.gguf", "GGUF and more");
    insta::assert_snapshot!(sandbox.cli("model pull own.gguf").done().shown(), @"
    exit 0
    --- stderr
    own.gguf is here already, at own.gguf
    ");
}

/// A person who does not want the model is told what else there is.
#[cfg(all(feature = "embedded", target_os = "linux"))]
#[test]
fn no_model_was_fetched() {
    if !has_tool("script") {
        return;
    }
    let sandbox = Sandbox::with_seeds(1);
    // `script` puts a terminal before the program; `sh` tells it where the answer is to go.
    let command = "sleep 1; echo n";
    let program = format!("{} run seeds.jsonl -o run", env!("CARGO_BIN_EXE_speciate"));
    let piped = format!("({command}) | script -qec '{program}' /dev/null");
    let ran = sandbox.cli_behind(&["sh", "-c", &piped], "").done().expect(2);
    let said = "error: no endpoint is named, and no model was fetched";
    assert!(ran.stdout.contains(said), "{}", ran.stdout);
    assert!(ran.stdout.contains("hint: name an endpoint with --base-url, or answer y"), "{ran:?}");
    assert!(!sandbox.path("run").exists());
}

#[test]
fn a_path_that_is_wrong() {
    let sandbox = Sandbox::with_seeds(1);
    let mock = usual();
    let base_url = mock.base_url().replace("/v1", "/v2");
    let ran = sandbox.cli(&format!("run seeds.jsonl -o run --base-url {base_url}")).done();
    insta::assert_snapshot!(ran.shown(), @"
    exit 2
    --- stderr
    Seeds: 1 seed
    error: http://127.0.0.1:[PORT]/v2 is not the base url of the API: http://127.0.0.1:[PORT]/v1 is
      hint: use --base-url http://127.0.0.1:[PORT]/v1
    ");
    let ran = sandbox.cli(&format!("run seeds.jsonl -o run --model mock --base-url {base_url}"));
    let ran = ran.done().expect(2);
    assert!(ran.stderr.contains("\n  hint: use --base-url http://127.0.0.1:"), "{}", ran.stderr);
}

#[test]
fn an_unknown_operator_weight() {
    let sandbox = Sandbox::with_seeds(1);
    let ran = sandbox.cli(&format!("run seeds.jsonl --set weights.deepning=2.0 {NOWHERE}")).done();
    insta::assert_snapshot!(ran.shown(), @"
    exit 2
    --- stderr
    error: cannot weight operator `deepning`: no operator has this name
      hint: did you mean `deepening`?
    ");
}

#[test]
fn nothing_listens() {
    let sandbox = Sandbox::with_seeds(1);
    let mock = usual();
    let base_url = mock.base_url();
    mock.stop();
    let ran = sandbox.cli(&format!("run seeds.jsonl -o run --model mock --base-url {base_url}"));
    insta::assert_snapshot!(ran.done().shown(), @"
    exit 2
    --- stderr
    Seeds: 1 seed
    error: nothing listens at http://127.0.0.1:[PORT]/v1 (connection refused)
      hint: is the server running, and does the base url end in /v1? `speciate doctor` checks address, proxy, key and model in one go
    ");
    assert!(!sandbox.path("run").exists());
}

#[test]
fn an_address_that_is_none() {
    let sandbox = Sandbox::with_seeds(1);
    let ran = sandbox.cli("run seeds.jsonl -o run --model mock --base-url localhost:8000").done();
    insta::assert_snapshot!(ran.shown(), @"
    exit 2
    --- stderr
    Seeds: 1 seed
    error: expected a base url like `http://localhost:8000/v1`, found `localhost:8000`
    ");
}

#[test]
fn several_models_and_none_named() {
    let sandbox = Sandbox::with_seeds(1);
    let models = vec!["large".to_owned(), "small".to_owned()];
    let mock = MockServer::start(MockConfig { models, ..MockConfig::perfect() }).unwrap();
    let base_url = mock.base_url();
    let command = format!("run seeds.jsonl -o run --base-url {base_url}");
    insta::assert_snapshot!(sandbox.cli(&command).done().shown(), @"
    exit 2
    --- stderr
    Seeds: 1 seed
    error: no model is named for the evolver at http://127.0.0.1:[PORT]/v1
      hint: it lists: large, small
    ");
    // A list need not be whole: the first call decides.
    let unlisted = command.replace("-o run", "-o unlisted");
    let ran = sandbox.cli(&format!("{unlisted} --model tiny")).done().expect(0);
    let note = "/v1 does not list `tiny`; the first call will show whether it has it";
    assert!(ran.stderr.contains(note), "{}", ran.stderr);
    sandbox.cli(&format!("{command} --rounds 1 --model small --evolver large")).done().expect(0);
    let evolved = sandbox.records().into_iter().find(|record| record["round"] == 1).unwrap();
    assert_eq!(evolved["models"]["evolver"], "large");
    assert_eq!(evolved["models"]["judge"], "small");
    assert_eq!(evolved["models"]["responder"], "small");
}

#[test]
fn a_directory_that_is_no_run() {
    let sandbox = Sandbox::with_seeds(1);
    insta::assert_snapshot!(sandbox.cli("status nowhere").done().shown(), @"
    exit 4
    --- stderr
    error: no run found: `run.db` is missing in `nowhere`
      hint: check the path, or start a run there
    ");
    sandbox.write("run/run.db", "this is no database, but it is long enough to look like one");
    insta::assert_snapshot!(sandbox.cli("status run").done().shown(), @"
    exit 4
    --- stderr
    error: the run's record is damaged, file is not a database: `[DIR]/run/run.db`
      hint: restore the directory from a copy; the sqlite3 shell's `.recover` may save parts
    ");
}

#[test]
fn an_id_and_a_name_that_nothing_has() {
    let (sandbox, mock) = (Sandbox::with_seeds(1), usual());
    sandbox.run(&mock, "--rounds 1").expect(0);
    insta::assert_snapshot!(sandbox.cli("tree run ffffffffffffffffffff").done().shown(), @"
    exit 1
    --- stderr
    error: no instruction of this run has an id that begins with `ffffffffffffffffffff`
    ");
    insta::assert_snapshot!(sandbox.cli("explain no-gian").done().shown(), @"
    exit 2
    --- stderr
    error: no rule, error class or operator is named `no-gian`
      hint: did you mean `no-gain`?
    ");
}
