//! The built-in recipes: by name, as a file to start from, and over what they differ in.

use serde_json::Value;

use crate::kit::{Sandbox, usual};

#[test]
fn every_built_in_recipe_runs_by_its_name_and_as_the_file_that_init_writes() {
    for name in ["standard", "careful", "paper", "code", "maths"] {
        let (sandbox, mock) = (Sandbox::with_many(8), usual());
        sandbox.run(&mock, &format!("--recipe {name} --rounds 2")).expect(0);
        let status = sandbox.status();
        assert_eq!(status["sums_agree"], true, "{name}: {status:#}");
        assert!(status["kept"].as_u64().unwrap() > 12, "{name}: {status:#}");
        sandbox.cli("verify run").done().expect(0);

        sandbox.cli(&format!("init mine --recipe {name}")).done().expect(0);
        let begun = "run seeds.jsonl --recipe mine/recipe.toml --rounds 2 -o second";
        sandbox.cli(begun).endpoint(&mock).done().expect(0);
        let ids = ["run", "second"].map(|run| {
            let shown = sandbox.cli(&format!("status {run} --json")).done().expect(0).stdout;
            serde_json::from_str::<Value>(&shown).unwrap()["run_id"].clone()
        });
        assert_eq!(ids[0], ids[1], "{name}: the file is another recipe");
    }
}

#[test]
fn a_recipe_that_does_not_exist_is_told_with_those_that_do() {
    let sandbox = Sandbox::with_seeds(1);
    let ran = sandbox.cli("plan seeds.jsonl --recipe carefull").done().expect(2);
    insta::assert_snapshot!(ran.stderr, @"
    error: cannot find the recipe `carefull`: it is no file and no built-in recipe
      hint: there are standard, careful, paper, code, maths
    ");
}

#[test]
fn a_pack_without_prompts_for_tiny_models_says_so() {
    let sandbox = Sandbox::with_seeds(1);
    let plan = "plan seeds.jsonl --recipe code --prompt-style compact";
    insta::assert_snapshot!(sandbox.cli(plan).done().expect(2).stderr, @"error: the recipe says `prompt_style = compact`, expected paper or guided: the operators of this pack have no prompts for tiny models");
}

#[test]
fn the_plan_prices_the_critic() {
    let sandbox = Sandbox::with_many(100);
    let judge = |recipe: &str| {
        let args = format!(
            "plan seeds.jsonl --recipe {recipe} --base-url https://api.openai.com/v1 --model gpt-4o-mini --json"
        );
        let plan: Value =
            serde_json::from_str(&sandbox.cli(&args).done().expect(0).stdout).unwrap();
        let calls = plan["calls"].as_array().unwrap();
        let judge = calls.iter().find(|calls| calls["role"] == "judge").unwrap();
        (judge["calls"].as_u64().unwrap(), judge["cost_usd"].as_f64().unwrap())
    };
    let (paper, standard, careful) = (judge("paper"), judge("standard"), judge("careful"));
    assert_eq!(paper.0, 400);
    assert!(standard.0 < paper.0 && careful.0 > standard.0, "{standard:?} {careful:?}");
    assert!(careful.1 > 2.0 * paper.1, "{careful:?} {paper:?}");
}

#[test]
fn rules_are_measured_on_rows_that_were_read() {
    let sandbox = Sandbox::empty();
    sandbox.write("labels.jsonl", concat!(
        r#"{"parent": "Name three rivers.", "instruction": "Sure! The Rhine, the Elbe, the Oder.", "faults": ["not-a-request"]}"#, "\n",
        r#"{"parent": "Name three rivers.", "instruction": "Name three rivers that end in the North Sea.", "faults": []}"#, "\n",
        r#"{"rule": "no-gain", "right": true}"#, "\n",
    ));
    let ran = sandbox.cli("rules measure labels.jsonl").done().expect(0);
    insta::assert_snapshot!(ran.stdout, @"
    3 labels

    rule                hits right  precision         faulty found  recall
    not-a-request          1     1  1.00 (0.21-1.00)       1     1  1.00 (0.21-1.00)
    no-gain                1     1  1.00 (0.21-1.00)       -     -  -
    ");
    sandbox.write("labels.jsonl", "{\"parent\": 3}\n");
    let ran = sandbox.cli("rules measure labels.jsonl").done().expect(2);
    insta::assert_snapshot!(ran.stderr, @r#"
    error: cannot read labels.jsonl, line 1: no label
      hint: a label is {"parent", "instruction", "response", "kind", "faults": [RULE, …]} or {"rule", "right": true}
    "#);
}

/// The page shows the figures that `explain` prints.
#[test]
fn the_page_on_rules_has_the_figures_of_the_program() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = std::fs::read_to_string(root.join("docs/rules.md")).unwrap();
    let figures =
        std::fs::read_to_string(root.join("crates/speciate/data/rule-measures.jsonl")).unwrap();
    let sandbox = Sandbox::empty();
    assert!(figures.lines().count() > 10);
    for line in figures.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let (rule, hits, right) = (row["rule"].as_str().unwrap(), &row["hits"], &row["right"]);
        assert!(page.contains(&format!("| `{rule}` | {hits} | {right} | ")), "{line}");
        let explained = sandbox.cli(&format!("explain {rule}")).done().expect(0).stdout;
        assert!(explained.contains(&format!("{right} of {hits} hits right")), "{explained}");
    }
}
