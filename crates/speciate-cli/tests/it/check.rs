//! `speciate check`: every finding is shown, however many records are bad.

use std::path::Path;

use serde_json::Value;

use crate::kit::{Sandbox, jsonl, usual};

/// Rows of another name for the instruction, as an evaluation set has them.
fn foreign(count: usize) -> String {
    let row = |n| format!("{{\"idx\": {n}, \"Instruction\": \"Do it {n}.\"}}\n");
    (1..=count).map(row).collect()
}

#[test]
fn a_file_of_bad_records_alone_shows_them() {
    let sandbox = Sandbox::empty();
    sandbox.write("rows.jsonl", foreign(12));
    let ran = sandbox.cli("check rows.jsonl").done();
    let (head, tail) = ran.stdout.split_once("rows.jsonl:2:").unwrap();
    insta::assert_snapshot!(head, @r#"
    rows.jsonl:1:12: missing-field: missing field `instruction`
      |
    1 | {"idx": 1, "Instruction": "Do it 1."}
      |            ^^^^^^^^^^^^^
      = help: map it with  --map instruction=Instruction
    "#);
    assert_eq!(tail.matches("missing-field: missing").count(), 9);
    let end: Vec<_> = tail.lines().rev().take(3).collect();
    insta::assert_snapshot!(end.into_iter().rev().collect::<Vec<_>>().join("\n"), @"
    … and 2 more: missing-field
    rows.jsonl: json-lines, 12 records, 0 seeds
    Checked 12 records: 0 seeds, 0 exact duplicates, 12 that cannot be read.
    ");
    insta::assert_snapshot!(ran.stderr, @"
    error: found no seeds in `rows.jsonl`
      hint: seeds are JSON or JSON lines of Alpaca rows (instruction, input, output), of `instruction` alone, of `messages` (role, content), of ShareGPT `conversations` (from, value), of self-instruct tasks (instruction, instances) or of our own `records` (those that were kept); or text with one instruction a line; fields of other names with  --map instruction=FIELD
    ");
    assert_eq!(ran.code, 1);
    sandbox.cli("check rows.jsonl --map instruction=Instruction").done().expect(0);
}

#[test]
fn a_run_says_no_more_of_each_cause_than_check() {
    let sandbox = Sandbox::empty();
    sandbox.write("rows.jsonl", foreign(40) + &"not JSON\n".repeat(15));
    let cli = sandbox.cli("run rows.jsonl --base-url http://127.0.0.1:9/v1 --model m");
    let said = cli.done().expect(2).stderr;
    assert_eq!(said.matches("missing-field: missing").count(), 10, "{said}");
    assert_eq!(said.matches("invalid-json: ").count(), 10, "{said}");
    assert!(said.contains("… and 30 more: missing-field\n"), "{said}");
    assert!(said.contains("… and 5 more: invalid-json\n"), "{said}");
    assert!(said.contains("55 of 55 records cannot be used as seeds"), "{said}");
    assert!(said.contains("hint: seeds are JSON or JSON lines of Alpaca rows"), "{said}");
}

#[test]
fn it_is_json_whatever_is_found() {
    let sandbox = Sandbox::with_seeds(2);
    sandbox.write("bad.jsonl", foreign(30));
    sandbox.write("some.jsonl", foreign(1) + &jsonl(&["Name a river."]));
    sandbox.write("empty.jsonl", "");
    sandbox.write("table.csv", "a,b\n1,2\n");
    sandbox.write("recipe.toml", "rounds = \"many\"\n");
    for (arguments, code, has_error) in [
        ("seeds.jsonl", 0, false),
        ("some.jsonl", 1, false),
        ("bad.jsonl", 1, true),
        ("empty.jsonl", 1, true),
        ("table.csv", 2, true),
        ("not-there.jsonl", 2, true),
        ("seeds.jsonl --recipe recipe.toml", 2, true),
    ] {
        let ran = sandbox.cli(&format!("check {arguments} --json")).done().expect(code);
        let json: Value = serde_json::from_str(&ran.stdout).expect(arguments);
        assert_eq!(json["error"].is_object(), has_error, "{arguments}: {json:#}");
    }
    let ran = sandbox.cli("check bad.jsonl --json").done();
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(json["bad_by_code"], serde_json::json!({ "missing-field": 30 }));
    assert_eq!(json["problems"].as_array().unwrap().len(), 30);
}

#[test]
fn help_names_the_shapes() {
    let sandbox = Sandbox::empty();
    for command in ["check", "run", "plan"] {
        let help = sandbox.cli(&format!("{command} --help")).done().expect(0).stdout;
        for shape in ["Alpaca", "messages", "ShareGPT", "self-instruct", "one instruction a line"] {
            assert!(help.contains(shape), "{command}: {help}");
        }
    }
}

/// What each real or made file of bad records alone comes to, where they are.
#[test]
fn foreign_sets_and_messy_files_say_what_to_do() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if !data.exists() {
        println!("skipped: {} is not here", data.display());
        return;
    }
    let sandbox = Sandbox::empty();
    for (file, help) in [
        ("eval/wizardlm_testset.jsonl", "--map instruction=Instruction"),
        ("eval/mt_bench/question.jsonl", "--map instruction=turns.0"),
        ("seeds/gsm8k_train.jsonl.gz", "--map instruction=problem,response=solution"),
        ("decontam/HumanEval.jsonl.gz", "--map instruction=prompt"),
        ("messy_made/cp1252.jsonl", "iconv -f WINDOWS-1252"),
        ("messy_made/columns_split.json", "jq -c"),
        ("messy_made/wrapped_array.json", "jq -c"),
        ("messy_made/dict_of_rows.json", "jq -c"),
    ] {
        let ran = sandbox.cli("check").arg(data.join(file)).done().expect(1);
        assert!(ran.stdout.contains(help), "{file}: {}", ran.stdout);
        assert!(ran.stdout.lines().count() < 70, "{file}: {}", ran.stdout);
        assert!(ran.stderr.contains("found no seeds in"), "{file}: {}", ran.stderr);
    }
}

#[test]
fn of_our_own_records_only_the_kept_ones_are_seeds() {
    let (sandbox, mock) = (Sandbox::with_seeds(12), usual());
    sandbox.run(&mock, "--rounds 2").expect(0);
    sandbox.write("records.jsonl", sandbox.export("records"));
    let status = sandbox.status();
    let (kept, all) = (status["kept"].as_u64().unwrap(), status["records"].as_u64().unwrap());
    assert!(kept < all, "the usual mock has something eliminated: {status:#}");
    let ran = sandbox.cli("check records.jsonl --json").done().expect(0);
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((json["seeds"].as_u64(), json["not_kept"].as_u64()), (Some(kept), Some(all - kept)));
    let said = sandbox.cli("check records.jsonl").done().expect(0).stdout;
    assert!(
        said.contains(&format!(" {} left out that their run had not kept", all - kept)),
        "{said}"
    );
    let cli = sandbox.cli("run records.jsonl -o again --rounds 0").endpoint(&mock);
    let said = cli.done().expect(0).stderr;
    assert!(said.contains(&format!("Seeds: {kept} seeds, {} left out", all - kept)), "{said}");
}
