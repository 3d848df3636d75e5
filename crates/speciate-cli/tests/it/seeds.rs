//! Seeds in every wrapping, operators and rules of one's own, and the real seeds.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;

use crate::kit::{SEEDS, Sandbox, jsonl, perfect, usual};

/// The instructions of the seeds that a run has.
fn seeds_of(sandbox: &Sandbox) -> BTreeSet<String> {
    let records = sandbox.records();
    let seeds = records.iter().filter(|record| record["kind"] == "seed");
    seeds.map(|record| record["instruction"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn standard_input_and_compressed_files_are_the_same_seeds() {
    let (sandbox, mock) = (Sandbox::empty(), usual());
    let text = jsonl(&SEEDS[..4]);
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gz.write_all(text.as_bytes()).unwrap();
    sandbox.write("seeds.jsonl.gz", gz.finish().unwrap());
    sandbox.write("seeds.jsonl.zst", zstd::encode_all(text.as_bytes(), 3).unwrap());
    sandbox.write("seeds.txt", SEEDS[..4].join("\n"));
    let expected: BTreeSet<_> = SEEDS[..4].iter().map(|text| (*text).to_owned()).collect();
    let mut data = Vec::new();
    for file in ["-", "seeds.jsonl.gz", "seeds.jsonl.zst", "seeds.txt"] {
        let cli = sandbox.cli(&format!("run {file} -o run --rounds 1")).endpoint(&mock);
        let cli = if file == "-" { cli.stdin(text.clone()) } else { cli };
        cli.done().expect(0);
        assert_eq!(seeds_of(&sandbox), expected, "{file}");
        data.push(sandbox.export("messages"));
        std::fs::rename(sandbox.path("run"), sandbox.path(&format!("run-of-{}", data.len())))
            .unwrap();
    }
    assert!(data.windows(2).all(|pair| pair[0] == pair[1]), "the wrapping shows in the data");
}

#[test]
fn several_files_a_limit_and_a_name_for_the_directory() {
    let (sandbox, mock) = (Sandbox::empty(), perfect());
    sandbox.write("a.jsonl", jsonl(&SEEDS[..3]));
    sandbox.write("b.jsonl", jsonl(&SEEDS[2..6]));
    sandbox.cli("run a.jsonl b.jsonl --limit 5 --rounds 0").endpoint(&mock).done().expect(0);
    let ran = sandbox.cli("export runs/a -o - --format records").done().expect(0);
    assert_eq!(ran.stdout.lines().count(), 5, "the duplicate is one seed");
}

#[test]
fn fields_are_mapped_and_given_responses_kept() {
    let (sandbox, mock) = (Sandbox::empty(), perfect());
    sandbox.write("seeds.jsonl", "{\"frage\": \"Name a river.\", \"antwort\": \"The Main.\"}\n");
    let map = "--map instruction=frage,response=antwort --rounds 0";
    sandbox.run(&mock, map).expect(0);
    assert_eq!(mock.stats().requests, 0, "nothing is left to ask");
    let records = sandbox.records();
    assert_eq!(records[0]["instruction"], "Name a river.");
    assert_eq!(records[0]["response"], "The Main.");
}

#[test]
fn rules_are_switched_off_by_name() {
    let (sandbox, mock) = (Sandbox::with_seeds(12), usual());
    sandbox.run(&mock, "--set rules=[\"paper\",\"-no-gain\"]").expect(0);
    assert!(sandbox.status()["eliminated"].get("no-gain").is_none());
    let judged = sandbox.records().iter().any(|record| !record["models"]["judge"].is_null());
    assert!(!judged, "a judgement that no rule wants is not paid for");
}

const OPERATOR: &str = "+++
kind = \"in-breadth\"
summary = \"asks for the matter as a picture\"
+++
You write instructions that people could send to AI assistants.

Method: {{ name }}
Write another instruction about the matter of the one you are shown, as a riddle.

Reply with the new text alone, between <evolved> and </evolved>, and put nothing around it.
";

#[test]
fn operators_of_ones_own_are_added_and_replace() {
    let (sandbox, mock) = (Sandbox::with_seeds(6), usual());
    sandbox.write("operators/riddle.jinja", OPERATOR);
    // The built-in one is in-depth.
    sandbox.write("operators/deepening.jinja", OPERATOR);
    let off = ["constraints", "concretizing", "reasoning", "complicate-input", "breadth"];
    let off = off.map(|name| format!("{name} = 0.0\n")).concat();
    sandbox.write("recipe.toml", format!("operators_dir = \"operators\"\n[weights]\n{off}"));
    sandbox.run(&mock, "--recipe recipe.toml").expect(0);
    let records = sandbox.records();
    let evolved: Vec<_> = records.iter().filter(|record| record["round"] != 0).collect();
    let names: BTreeSet<_> = evolved.iter().map(|r| r["operator"].as_str().unwrap()).collect();
    assert_eq!(names.into_iter().collect::<Vec<_>>(), ["deepening", "riddle"]);
    assert!(evolved.iter().all(|record| record["kind"] == "in-breadth"), "{records:#?}");
    sandbox.status();

    // They are part of the recipe: another text is another run.
    sandbox.write("operators/riddle.jinja", OPERATOR.replace("riddle", "fable"));
    let ran = sandbox.run(&mock, "--recipe recipe.toml").expect(2);
    assert!(ran.stderr.contains("  operators: "), "{}", ran.stderr);
    // A mistake is found before anything is sent.
    sandbox.write("operators/riddle.jinja", OPERATOR.replace("{{ name }}", "{{ nmae }}"));
    let requests = mock.stats().requests;
    let cli = sandbox.cli("run seeds.jsonl -o other --recipe recipe.toml").endpoint(&mock);
    insta::assert_snapshot!(cli.done().shown(), @"
    exit 2
    --- stderr
    error: cannot read operator `riddle.jinja` at line 7: undefined value: `nmae` is undefined
      hint: a template may use name, style, procedure, min_added_words, max_added_words and, with `formats` in its head, format.name, format.title and demonstrations; the source is added behind it
    ");
    assert_eq!(mock.stats().requests, requests);
}

/// The real thing, where it is: 175 seeds that people wrote.
#[test]
fn the_self_instruct_seeds() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/seeds");
    let file = data.join("self_instruct_seed_tasks.jsonl");
    if !file.exists() {
        println!("skipped: {} is not here", file.display());
        return;
    }
    let (sandbox, mock) = (Sandbox::empty(), usual());
    std::fs::copy(&file, sandbox.path("seeds.jsonl")).unwrap();
    let check = sandbox.cli("check seeds.jsonl").done().expect(0);
    assert!(check.stdout.contains("175 records: 175 seeds"), "{}", check.stdout);
    sandbox.run(&mock, "--recipe paper --rounds 4 --concurrency 32").expect(0);
    let status = sandbox.status();
    assert_eq!(status["seeds"], 175);
    assert_eq!(status["records"], 175 * 5, "every round of every lineage has its verdict");
    assert!(status["kept"].as_u64().unwrap() > 175 * 4, "{status:#}");
    assert_eq!(status["failed"], serde_json::json!({}));
    for format in ["messages", "alpaca", "sharegpt", "records"] {
        let lines = sandbox.export(format).lines().count() as u64;
        let expected = if format == "records" { &status["records"] } else { &status["kept"] };
        assert_eq!(lines, expected.as_u64().unwrap(), "{format}");
    }
    sandbox.cli("verify run").done().expect(0);
}
