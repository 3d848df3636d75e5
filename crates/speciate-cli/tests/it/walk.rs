//! From an empty folder to training data, as a newcomer would go.

use crate::kit::{Sandbox, perfect, usual};

#[test]
#[expect(clippy::too_many_lines, reason = "one walk, with all that is said on it")]
fn the_whole_way() {
    let (sandbox, mock) = (Sandbox::empty(), perfect());
    insta::assert_snapshot!(sandbox.cli("init").done().shown(), @"
    exit 0
    --- stderr
    Wrote ./recipe.toml
    Wrote ./seeds.jsonl
    Wrote ./.gitignore
    Next: speciate check seeds.jsonl · speciate plan --recipe recipe.toml · speciate run --recipe recipe.toml
    No model yet? `speciate run` without --base-url uses a small one on this machine.
    ");
    sandbox.write("seeds.jsonl", sandbox.read("seeds.jsonl") + "{\"instruction\": \"Mine.\"}\n");
    insta::assert_snapshot!(sandbox.cli("init .").done().shown(), @"
    exit 0
    --- stderr
    Kept your ./recipe.toml
    Kept your ./seeds.jsonl
    Kept your ./.gitignore
    Next: speciate check seeds.jsonl · speciate plan --recipe recipe.toml · speciate run --recipe recipe.toml
    No model yet? `speciate run` without --base-url uses a small one on this machine.
    ");
    insta::assert_snapshot!(sandbox.cli("check seeds.jsonl").done().shown(), @"
    exit 0
    --- stdout
    seeds.jsonl: json-lines of alpaca, plain, 25 records, 25 seeds
    Checked 25 records: 25 seeds, 0 exact duplicates, 0 that cannot be read.
    ");

    let plan = sandbox.cli("plan --recipe recipe.toml --limit 2 --rounds 2").endpoint(&mock).done();
    insta::assert_snapshot!(plan.shown(), @r#"
    exit 0
    --- stdout
    Seeds      2 × 2 rounds = 4 evolutions at most, each drawn up to 4 times
    Rows       4 to 5 (seeds included; half to 95 in 100 evolutions kept)
    Calls      about 17, at most 50
      evolver            5 calls     4.1k tokens in,     425 out  price unknown  mock
      judge              5 calls     1.7k tokens in,      25 out  price unknown  mock
      responder          7 calls      595 tokens in,    2.2k out  price unknown  mock
    Cost       unknown: say the prices in the recipe, [prices."MODEL"]
    Time       depends on the endpoint; with --concurrency N it is estimated
    Assumed    4 bytes a token; instructions grow by about 22 tokens a round; a response has about 320 tokens; 1.05 draws for an evolution, as many as the paper's model would have taken; with a number of calls in flight: 3 s a call; eliminated evolutions save calls, repeated tries add some
    Nothing was sent. Try a few first: add --limit 5 to `speciate run`.
    "#);
    assert_eq!(mock.stats().connections, 0, "a plan sends nothing");

    let run = sandbox.cli("run --recipe recipe.toml --limit 2 --rounds 2 -o run").endpoint(&mock);
    insta::assert_snapshot!(run.done().shown(), @"
    exit 0
    --- stderr
    Seeds: 2 seeds
    Model: mock at http://127.0.0.1:[PORT]/v1
    Run: run
    Summary [TIME] 6 instructions: 6 kept, 0 eliminated, 0 failed, 0 invalid
      calls       14 (14 now), 0 failed tries
      tokens      5.7k in, 1.9k out
      cost        price unknown
    Data: run/data.jsonl (6 rows, messages format)
    Next: speciate tree run · speciate status run · speciate export run -o FILE
    ");
    let status = sandbox.cli("status run").done().shown();
    let (rate, others): (Vec<_>, Vec<_>) =
        status.lines().partition(|line| line.starts_with("rate"));
    assert!(rate.len() == 1 && rate[0].contains(" calls/s, "), "{status}");
    insta::assert_snapshot!(others.join("\n"), @"
    exit 0
    --- stdout
    run 6711c4617665   2 seeds, 6 instructions
    now         done
    kept               6   r0 2 · r1 2 · r2 2
    eliminated         0
    failed             0
    invalid            0
    pending            0
    calls             14   14 tries, 0 failed tries
    tokens      5.7k in, 1.9k out
    cost        price unknown
      complicate-input       1 made       1 kept 100.0%
      concretizing           1 made       1 kept 100.0%
      deepening              1 made       1 kept 100.0%
      reasoning              1 made       1 kept 100.0%
    ");
    insta::assert_snapshot!(sandbox.cli("tree run").done().shown(), @"
    exit 0
    --- stdout
    7f0bf9708b6045082a12  Write a Python function that returns the second largest…
    a471c0c4df4bfed72587  Find the bug in this JavaScript function and correct it.…
    --- stderr
    Show one: speciate tree DIR ID
    ");

    let id = sandbox.records()[0]["id"].as_str().unwrap()[..8].to_owned();
    let tree = sandbox.cli(&format!("tree run {id} --svg tree.svg")).done();
    insta::assert_snapshot!(tree.shown(), @"
    exit 0
    --- stdout
    seed · 7f0bf970
    │  Write a Python function that returns the second largest number of a list, and
    │  say what it does for a list with one element.
    └─ deepening · round 1 · 505cedf2
       │  Write a Python function that returns the second largest number of a list,
       │  and say what it does for a list with one element. Look at the mechanism
       │  one level further down, and say which observation in Valparaíso could fir…
       └─ reasoning · round 2 · 90c679ce
             Write a Python function that returns the second largest number of a
             list, and say what it does for a list with one element. Look at the
             mechanism one level further down, and say which observation in Valpara…
    --- stderr
    Wrote tree.svg
    ");
    assert!(tree.stdout.lines().all(|line| line.chars().count() <= 80), "{}", tree.stdout);

    insta::assert_snapshot!(sandbox.cli("export run -o data.jsonl").done().shown(), @"
    exit 0
    --- stderr
    Wrote 6 rows (8510 bytes) to data.jsonl; 0 records do not belong into this format
    ");
    insta::assert_snapshot!(sandbox.cli("export run -o data.jsonl").done().shown(), @"
    exit 2
    --- stderr
    error: `data.jsonl` exists already
      hint: replace it with --force, or name another file
    ");
    let array = sandbox.cli("export run -o alpaca.json --format alpaca --array --json").done();
    insta::assert_snapshot!(array.shown(), @r#"
    exit 0
    --- stdout
    {
      "bytes": 8303,
      "file": "alpaca.json",
      "rows": 6,
      "skipped": 0
    }
    --- stderr
    Wrote 6 rows (8303 bytes) to alpaca.json; 0 records do not belong into this format
    "#);
    let rows: Vec<serde_json::Value> = serde_json::from_str(&sandbox.read("alpaca.json")).unwrap();
    assert_eq!(rows.len(), sandbox.read("data.jsonl").lines().count());
    insta::assert_snapshot!(sandbox.cli("verify run").done().shown(), @"
    exit 0
    --- stdout
    sound: 14 calls and 6 records checked, the verdicts add up
    ");
    insta::assert_snapshot!(sandbox.cli("explain no-gain").done().shown(), @"
    exit 0
    --- stdout
    no-gain (rule)

    The judge found that the instruction asks no more than its parent.

    WizardLM, section 3.2 (elimination evolving)

    Example: What does 1+1 equal? (from: 1+1=?)
    ");
}

#[test]
fn what_init_says_is_next_works_from_where_it_was_said() {
    let (sandbox, mock) = (Sandbox::empty(), perfect());
    let ran = sandbox.cli("init my/project").done().expect(0);
    let steps = ran.stderr.lines().find_map(|line| line.strip_prefix("Next: ")).unwrap();
    assert_eq!(
        steps,
        "speciate check my/project/seeds.jsonl · speciate plan --recipe my/project/recipe.toml · speciate run --recipe my/project/recipe.toml"
    );
    for step in steps.split(" · ") {
        let words = step.strip_prefix("speciate ").unwrap();
        let cli = sandbox.cli(words);
        let cli = if words.starts_with("check") { cli } else { cli.endpoint(&mock) };
        let cli = if words.starts_with("run") { cli.arg("--rounds").arg("0") } else { cli };
        cli.done().expect(0);
    }
    // What is typed is looked for from here, what a file names from its folder.
    sandbox.write("my/project/operators/riddle.jinja", "no operator");
    let recipe = sandbox.read("my/project/recipe.toml");
    let recipe = recipe.replace("# operators_dir", "operators_dir");
    sandbox.write("my/project/recipe.toml", recipe);
    let ran = sandbox.cli("check --recipe my/project/recipe.toml").done().expect(2);
    assert!(ran.stderr.contains("riddle.jinja"), "{}", ran.stderr);
}

#[test]
fn a_recipe_is_checked_without_seeds_and_with_its_operators() {
    let sandbox = Sandbox::empty();
    let operator = "+++\nkind = \"in-depth\"\nsummary = \"s\"\n+++\nMethod: {{ name }}\nReply between <evolved> and </evolved>.\n";
    sandbox.write("mine/operators/twist.jinja", operator);
    sandbox.write("mine/recipe.toml", "operators_dir = \"operators\"\nprompt_style = \"paper\"\n");
    insta::assert_snapshot!(sandbox.cli("check --recipe mine/recipe.toml").done().shown(), @"
    exit 0
    --- stdout
    mine/recipe.toml: sound, with the paper operators and those in mine/operators; it names no seeds.
    ");
    sandbox.write("mine/operators/twist.jinja", operator.replace("name }}", "nmae }}"));
    insta::assert_snapshot!(sandbox.cli("check --recipe mine/recipe.toml").done().shown(), @"
    exit 2
    --- stderr
    error: cannot read operator `twist.jinja` at line 5: undefined value: `nmae` is undefined
      hint: a template may use name, style, procedure, min_added_words, max_added_words and, with `formats` in its head, format.name, format.title and demonstrations; the source is added behind it
    ");
}

#[test]
fn a_plan_counts_what_is_drawn_again_and_says_what_it_lacks() {
    let sandbox = Sandbox::empty();
    sandbox.cli("init").done().expect(0);
    // No model is here: what would be fetched is planned with.
    insta::assert_snapshot!(sandbox.cli("plan seeds.jsonl").done().shown(), @"
    exit 0
    --- stdout
    Seeds      24 × 4 rounds = 96 evolutions at most, each drawn up to 4 times
    Rows       72 to 115 (seeds included; half to 95 in 100 evolutions kept)
    Calls      about 310, at most 790
      evolver          144 calls    57.7k tokens in,   11.5k out  $0.00  smollm2-135m, which is not here yet
      judge              0 calls        0 tokens in,       0 out  $0.00  smollm2-135m, which is not here yet
      responder        166 calls    15.4k tokens in,   42.5k out  $0.00  smollm2-135m, which is not here yet
    Cost       about $0.00
    Time       about 6m12s
    Assumed    4 bytes a token; instructions grow by about 22 tokens a round; a response has about 256 tokens; 1.5 draws for an evolution, as measured with smollm2-135m; 1.2 s a call, as measured on 2 cores; eliminated evolutions save calls, repeated tries add some
    Nothing was sent. Try a few first: add --limit 5 to `speciate run`.
    ");
    sandbox.write(
        "recipe.toml",
        "[prices.mock]\ninput_usd_per_million = 1.0\noutput_usd_per_million = 1.0\n",
    );
    let command = "plan seeds.jsonl --recipe recipe.toml --base-url http://127.0.0.1:9/v1";
    let ran = sandbox.cli(command).done().expect(0);
    let said = "Cost       unknown: name the model, --model NAME, and its price in the recipe\n";
    assert!(ran.stdout.contains(said), "{}", ran.stdout);
    let ran = sandbox.cli(&format!("{command} --model mock")).done().expect(0);
    assert!(ran.stdout.contains("Cost       about $"), "{}", ran.stdout);
}

#[test]
fn help_fits_the_page_and_version_is_data() {
    let sandbox = Sandbox::empty();
    insta::assert_snapshot!(sandbox.cli("--help").done().shown(), @r#"
    exit 0
    --- stdout
    Evolve a few instructions into a large, hard, varied, audited training set

    Usage: speciate <COMMAND>

    Commands:
      run      Start a run, or continue it: the same command
      plan     Calls, tokens, price and time of a run; nothing is sent
      check    Validate seeds and recipe
      init     Write a recipe and example seeds to start from
      status   Counts, cost and rates of a run
      tree     Show the tree that grew from a seed
      export   Write training files
      explain  What a rule, an error class or an operator means
      rules    How often the rules are right, by rows that were read
      verify   Checksums and sums of a run
      doctor   Check endpoint, key, model, disk and limits before a run
      model    Embedded models
      mock     A simulated model server with capacity and faults, for trying things
               out without a key
      demo     Evolve "1+1=?" as in the paper's figure
      help     Print this message or the help of the given subcommand(s)

    Options:
      -h, --help     Print help
      -V, --version  Print version
    "#);
    let version = sandbox.cli("--version").done().expect(0);
    assert_eq!(version.stdout, format!("speciate {}\n", env!("CARGO_PKG_VERSION")));
    assert_eq!(sandbox.cli("").done().code, 2);
    for command in
        ["run", "plan", "check", "init", "status", "tree", "export", "explain", "verify", "doctor"]
    {
        let ran = sandbox.cli(&format!("{command} --help")).done().expect(0);
        assert!(ran.stdout.starts_with(|c: char| c.is_uppercase()), "{}", ran.stdout);
        assert!(ran.stdout.lines().all(|line| line.chars().count() <= 100), "{}", ran.stdout);
    }
}

#[test]
fn json_is_json_and_alone_on_stdout() {
    let (sandbox, mock) = (Sandbox::with_seeds(3), usual());
    let run = sandbox.run(&mock, "--rounds 1 --json").expect(0);
    let summary: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(summary["done"], true);
    assert_eq!(summary["calls"], mock.stats().answered);
    let id = sandbox.records()[0]["id"].as_str().unwrap().to_owned();
    for command in [
        "check seeds.jsonl --json".to_owned(),
        "plan seeds.jsonl --base-url http://127.0.0.1:9/v1 --model m --json".to_owned(),
        "status run --json".to_owned(),
        "verify run --json".to_owned(),
        "explain --json".to_owned(),
        "explain apology --json".to_owned(),
        "model list --json".to_owned(),
        "tree run --json".to_owned(),
        format!("tree run {id} --json"),
    ] {
        let ran = sandbox.cli(&command).done().expect(0);
        let parsed = serde_json::from_str::<serde_json::Value>(&ran.stdout);
        assert!(parsed.is_ok(), "{command}: {}", ran.stdout);
    }
}

#[test]
fn every_name_that_is_listed_is_explained() {
    let sandbox = Sandbox::empty();
    let list = sandbox.cli("explain").done().expect(0).stdout;
    let names: Vec<_> = list.lines().map(|line| line.split_whitespace().nth(1).unwrap()).collect();
    assert!(names.len() > 30, "{list}");
    for name in names {
        let ran = sandbox.cli(&format!("explain {name}")).done().expect(0);
        assert!(ran.stdout.starts_with(name) && ran.stdout.lines().count() > 3, "{}", ran.stdout);
    }
}
