//! The messy files, held against the answers in their manifest.

use std::path::Path;

use serde_json::Value;
use speciate_data::{ReadError, ReadOptions, SeedReport, code};

use crate::kit::{lenient, read_path, shared, texts};

fn folder() -> Option<(std::path::PathBuf, Value)> {
    let folder = shared("messy_made")?;
    let manifest = std::fs::read_to_string(folder.join("manifest.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    Some((folder, manifest["files"].clone()))
}

fn n(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

/// Good records: those that became seeds and those that repeat one.
fn good(report: &SeedReport) -> u64 {
    report.seeds.len() as u64 + report.exact_duplicates
}

fn bad_lines(report: &SeedReport) -> Vec<u64> {
    report.problems.iter().map(|problem| problem.line).collect()
}

fn lines_of(answers: &Value) -> Vec<u64> {
    answers.as_array().unwrap().iter().map(|bad| n(&bad["line"])).collect()
}

#[test]
fn files_without_a_fault_give_every_record() {
    let Some((folder, answers)) = folder() else { return };
    for name in [
        "bom_crlf.jsonl",
        "no_final_newline.jsonl",
        "cr_only.jsonl",
        "unicode_line_separators.jsonl",
        "escaped_nul_and_ansi.jsonl",
        "huge_line.jsonl.gz",
        "empty.jsonl",
        "only_blank_lines.jsonl",
        "duplicate_ids.jsonl",
        "concatenated.json",
        "pretty_printed_objects.json",
        "jsonl_named_json.json",
        "array_named_jsonl.jsonl",
        "plain_named_gz.jsonl.gz",
        "gz_named_plain.jsonl",
        "rows.jsonl.zst",
        "array_trailing_comma.json",
        "template_traps.jsonl",
    ] {
        let answer = &answers[name];
        let expected = answer.get("good_records").or_else(|| answer.get("records")).unwrap();
        let report = read_path(&folder.join(name), &ReadOptions::default())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(good(&report), n(expected), "{name}");
    }
}

#[test]
fn broken_lines_are_all_found() {
    let Some((folder, answers)) = folder() else { return };
    for name in ["broken_lines.jsonl", "deep_nesting.jsonl"] {
        let answer = &answers[name];
        let report = read_path(&folder.join(name), &lenient()).unwrap();
        assert_eq!(good(&report), n(&answer["good_records"]), "{name}");
        assert_eq!(bad_lines(&report), lines_of(&answer["bad"]), "{name}");
        let strict = read_path(&folder.join(name), &ReadOptions::default()).unwrap_err();
        let ReadError::Bad { report: same } = strict else { panic!("{name}") };
        assert_eq!(*same, report, "{name}");
    }
}

#[test]
fn broken_lines_are_named_by_kind() {
    let Some((folder, answers)) = folder() else { return };
    let report = read_path(&folder.join("broken_lines.jsonl"), &lenient()).unwrap();
    let kinds = answers["broken_lines.jsonl"]["bad"].as_array().unwrap();
    for (kind, problem) in kinds.iter().zip(&report.problems) {
        let (code, words) = match kind["kind"].as_str().unwrap() {
            "bad_escape" => (code::INVALID_JSON, "escape"),
            "array_row" => (code::NOT_AN_OBJECT, "list"),
            "scalar_row" => (code::NOT_AN_OBJECT, "found a"),
            "null_row" => (code::NOT_AN_OBJECT, "null"),
            "html_error_page" => (code::INVALID_JSON, "markup"),
            "two_objects" => (code::INVALID_JSON, "second object"),
            "unquoted_key" => (code::INVALID_JSON, "without double quotes"),
            "single_quotes" => (code::INVALID_JSON, "single quotes"),
            "python_literal" => (code::INVALID_JSON, "`None` is not JSON"),
            "trailing_comma" => (code::INVALID_JSON, "comma"),
            "missing_brace" => (code::INVALID_JSON, ""),
            "truncated" => (code::INVALID_JSON, "before it is complete"),
            "invalid_utf8" => (code::INVALID_UTF8, "UTF-8"),
            "raw_control_char" => (code::INVALID_JSON, "control character"),
            "comment" => (code::INVALID_JSON, "comment"),
            other => panic!("unknown kind {other}"),
        };
        assert_eq!(problem.code, code, "{problem}");
        assert!(problem.message.contains(words), "{kind}: {problem}");
    }
}

#[test]
fn mixed_shapes_are_used_or_reported_never_dropped() {
    let Some((folder, answers)) = folder() else { return };
    let report = read_path(&folder.join("mixed_shapes.jsonl"), &lenient()).unwrap();
    assert_eq!(report.records, 28);
    let bad = bad_lines(&report);
    for case in answers["mixed_shapes.jsonl"]["cases"].as_array().unwrap() {
        let is_bad = bad.contains(&n(&case["line"]));
        match (case["kind"].as_str().unwrap(), case["usable"].as_bool()) {
            // Usable, but only with the map that the help line spells out.
            ("prompt_completion", _) => {
                let problem = report.problems.iter().find(|problem| problem.line == 3).unwrap();
                let help = problem.help.as_deref().unwrap();
                assert!(help.contains("--map instruction=prompt,response=completion"), "{help}");
            }
            (kind, Some(usable)) => assert_eq!(!is_bad, usable, "{kind}"),
            (_, None) => {}
        }
    }
    let helps = |line: u64| {
        let problem = report.problems.iter().find(|problem| problem.line == line).unwrap();
        problem.help.clone().unwrap()
    };
    assert!(helps(2).contains("instruction=Instruction,input=Input,response=Output"));
    assert!(helps(9).contains("instruction=data.prompt.text"));
    assert!(helps(11).contains("instruction=prompt.text"));
    assert!(helps(17).contains("instruction=instruction.0"));
    assert!(helps(18).contains("instruction=instruction.text"));
}

#[test]
fn numbers_and_escapes_are_read_strictly() {
    let Some((folder, answers)) = folder() else { return };
    let report = read_path(&folder.join("numbers_and_escapes.jsonl"), &lenient()).unwrap();
    let bad = bad_lines(&report);
    for case in answers["numbers_and_escapes.jsonl"]["cases"].as_array().unwrap() {
        let line = n(&case["line"]);
        let may_be_refused = ["overflow", "lone_surrogate", "reversed_surrogates"]
            .iter()
            .any(|kind| case["kind"] == *kind);
        if !may_be_refused {
            assert_eq!(!bad.contains(&line), case["strict_json"].as_bool().unwrap(), "{case}");
        }
    }
    let surrogates: Vec<u64> = report
        .problems
        .iter()
        .filter(|problem| problem.code == code::LONE_SURROGATE)
        .map(|problem| problem.line)
        .collect();
    assert_eq!(surrogates, [9, 10]);
    assert!(texts(&report).contains(&"Escaped emoji 😀 ok"));
    assert!(texts(&report).contains(&"second value"));
}

#[test]
fn odd_roles_give_the_first_instruction() {
    let Some((folder, answers)) = folder() else { return };
    let path = folder.join("sharegpt_odd_roles.json");
    let rows: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    let report = read_path(&path, &lenient()).unwrap();
    let usable = n(&answers["sharegpt_odd_roles.json"]["usable"]);
    assert_eq!((report.records, good(&report)), (24, usable));
    let expected: Vec<&str> = rows
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|row| row["_first_instruction"].as_str())
        .collect();
    assert_eq!(texts(&report), expected);
}

/// Opens a file that cannot be used as a whole and gives code, message and help.
fn refused(path: &Path) -> (&'static str, String, String) {
    match read_path(path, &lenient()) {
        Err(ReadError::File { code, message, help, .. }) => {
            (code, message, help.unwrap_or_default())
        }
        other => panic!("{}: {other:?}", path.display()),
    }
}

#[test]
fn files_that_cannot_be_used_are_named() {
    let Some((folder, _)) = folder() else { return };
    for (name, expected, words) in [
        ("utf16le_bom.jsonl", code::WRONG_ENCODING, "UTF-16LE"),
        ("truncated.jsonl.gz", code::DAMAGED_COMPRESSION, "cut off"),
        ("quotes_and_newlines.csv", code::UNSUPPORTED_FORMAT, "CSV"),
        ("semicolon.csv", code::UNSUPPORTED_FORMAT, "CSV"),
        ("tabs.tsv", code::UNSUPPORTED_FORMAT, "TSV"),
        ("bom_header.csv", code::UNSUPPORTED_FORMAT, "CSV"),
        ("ragged.csv", code::UNSUPPORTED_FORMAT, "CSV"),
        ("flat_snappy.parquet", code::UNSUPPORTED_FORMAT, "Parquet"),
        ("nested_conversations.parquet", code::UNSUPPORTED_FORMAT, "Parquet"),
        ("zero_rows.parquet", code::UNSUPPORTED_FORMAT, "Parquet"),
        ("truncated.parquet", code::UNSUPPORTED_FORMAT, "Parquet"),
        ("jsonl_named_parquet.parquet", code::UNSUPPORTED_FORMAT, "no Parquet"),
    ] {
        let (code, message, help) = refused(&folder.join(name));
        assert_eq!(code, expected, "{name}");
        assert!(message.contains(words), "{name}: {message}");
        assert!(!help.is_empty(), "{name}");
    }
}

#[test]
fn latin_1_is_reported_and_never_guessed() {
    let Some((folder, answers)) = folder() else { return };
    let report = read_path(&folder.join("cp1252.jsonl"), &lenient()).unwrap();
    assert_eq!(report.records, n(&answers["cp1252.jsonl"]["good_records"]));
    assert!(report.skipped_bad > 0);
    for problem in &report.problems {
        assert_eq!(problem.code, code::INVALID_UTF8);
        assert!(problem.help.as_deref().unwrap().contains("WINDOWS-1252"), "{problem}");
    }
    assert!(texts(&report).iter().all(|text| !text.contains('\u{fffd}')));
}

#[test]
fn a_cut_array_keeps_its_leading_records() {
    let Some((folder, _)) = folder() else { return };
    let report = read_path(&folder.join("truncated_array.json"), &lenient()).unwrap();
    assert!(report.seeds.len() > 10);
    assert_eq!(report.skipped_bad, 1);
    assert!(report.problems[0].message.contains("before it is complete"), "{}", report.problems[0]);
}

#[test]
fn wrapped_rows_come_with_the_command_that_takes_them_out() {
    let Some((folder, _)) = folder() else { return };
    for (name, command) in [
        ("wrapped_array.json", "jq -c '.[\"data\"][]'"),
        ("dict_of_rows.json", "jq -c '.[]'"),
        ("columns_split.json", "transpose"),
    ] {
        let report = read_path(&folder.join(name), &lenient()).unwrap();
        assert_eq!((report.records, report.problems[0].code), (1, code::WRAPPED_ROWS), "{name}");
        let help = report.problems[0].help.as_deref().unwrap();
        assert!(help.contains(command), "{name}: {help}");
    }
}
