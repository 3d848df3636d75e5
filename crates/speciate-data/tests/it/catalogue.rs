//! Every messy file, made or real: what comes of each, and that nothing panics or reaches a terminal.

use std::fs;
use std::path::{Path, PathBuf};

use speciate_data::ReadError;

use crate::kit::{lenient, read_path, shared};
use crate::laws::show_all;

/// What a file comes to, in a line: seeds and duplicates, bad records by code, or why it is refused.
fn outcome(path: &Path) -> String {
    match read_path(path, &lenient()) {
        Ok(report) => {
            show_all(&report);
            let mut codes: Vec<_> = report.problems.iter().map(|problem| problem.code).collect();
            codes.sort_unstable();
            codes.dedup();
            let (seeds, duplicates) = (report.seeds.len(), report.exact_duplicates);
            let bad = report.skipped_bad;
            format!("{seeds} seeds, {duplicates} duplicates, {bad} bad {}", codes.join(" "))
        }
        Err(ReadError::File { code, message, help, .. }) => {
            assert!(help.is_some_and(|help| !help.is_empty()), "{}", path.display());
            assert!(message.chars().all(|c| !c.is_control()), "{message:?}");
            format!("refused: {code}")
        }
        Err(error) => panic!("{}: {error}", path.display()),
    }
}

fn files_below(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files_below(&path, files) } else { files.push(path) }
    }
}

/// A line for each file of a folder, in the order of names.
fn outcomes(folder: &Path) -> String {
    let mut files = Vec::new();
    files_below(folder, &mut files);
    files.sort();
    let line = |path: &PathBuf| {
        format!("{}: {}\n", path.strip_prefix(folder).unwrap().display(), outcome(path).trim_end())
    };
    files.iter().map(line).collect()
}

#[test]
fn every_made_file_has_its_outcome() {
    let Some(folder) = shared("messy_made") else { return };
    insta::assert_snapshot!(outcomes(&folder), @"
    array_named_jsonl.jsonl: 20 seeds, 0 duplicates, 0 bad
    array_trailing_comma.json: 20 seeds, 0 duplicates, 0 bad
    bom_crlf.jsonl: 60 seeds, 0 duplicates, 0 bad
    bom_header.csv: refused: unsupported-format
    broken_lines.jsonl: 177 seeds, 0 duplicates, 63 bad invalid-json invalid-utf8 not-an-object
    columns_split.json: 0 seeds, 0 duplicates, 1 bad wrapped-rows
    concatenated.json: 20 seeds, 0 duplicates, 0 bad
    cp1252.jsonl: 0 seeds, 0 duplicates, 52 bad invalid-utf8
    cr_only.jsonl: 60 seeds, 0 duplicates, 0 bad
    deep_nesting.jsonl: 2 seeds, 0 duplicates, 1 bad too-deep
    dict_of_rows.json: 0 seeds, 0 duplicates, 1 bad wrapped-rows
    dictionary_large_string.parquet: refused: unsupported-format
    duplicate_ids.jsonl: 78 seeds, 2 duplicates, 0 bad
    elimination_cases.jsonl: 0 seeds, 0 duplicates, 135 bad missing-field
    empty.jsonl: 0 seeds, 0 duplicates, 0 bad
    escaped_nul_and_ansi.jsonl: 60 seeds, 0 duplicates, 0 bad
    expected_csv_rows.json: 50 seeds, 0 duplicates, 0 bad
    flat_snappy.parquet: refused: unsupported-format
    gz_named_plain.jsonl: 40 seeds, 0 duplicates, 0 bad
    huge_line.jsonl.gz: 3 seeds, 0 duplicates, 0 bad
    jsonl_named_json.json: 20 seeds, 0 duplicates, 0 bad
    jsonl_named_parquet.parquet: refused: unsupported-format
    manifest.json: 0 seeds, 0 duplicates, 1 bad missing-field
    mixed_shapes.jsonl: 14 seeds, 0 duplicates, 14 bad empty-instruction missing-field wrong-type
    near_duplicates.jsonl: 301 seeds, 0 duplicates, 0 bad
    nested_conversations.parquet: refused: unsupported-format
    no_final_newline.jsonl: 60 seeds, 0 duplicates, 0 bad
    nulls_and_empty_lists.parquet: refused: unsupported-format
    numbers_and_escapes.jsonl: 7 seeds, 0 duplicates, 8 bad invalid-json lone-surrogate
    only_blank_lines.jsonl: 0 seeds, 0 duplicates, 0 bad
    plain_named_gz.jsonl.gz: 40 seeds, 0 duplicates, 0 bad
    pretty_printed_objects.json: 20 seeds, 0 duplicates, 0 bad
    quotes_and_newlines.csv: refused: unsupported-format
    ragged.csv: refused: unsupported-format
    rows.jsonl.zst: 40 seeds, 0 duplicates, 0 bad
    semicolon.csv: refused: unsupported-format
    sharegpt_odd_roles.json: 19 seeds, 0 duplicates, 5 bad missing-field no-user-turn wrong-type
    tabs.tsv: refused: unsupported-format
    template_traps.jsonl: 30 seeds, 0 duplicates, 0 bad
    truncated.jsonl.gz: refused: damaged-compression
    truncated.parquet: refused: unsupported-format
    truncated_array.json: 12 seeds, 0 duplicates, 1 bad invalid-json
    unicode_line_separators.jsonl: 60 seeds, 0 duplicates, 0 bad
    utf16le_bom.jsonl: refused: wrong-encoding
    wrapped_array.json: 0 seeds, 0 duplicates, 1 bad wrapped-rows
    zero_rows.parquet: refused: unsupported-format
    ");
}

#[test]
fn every_real_file_has_its_outcome() {
    let Some(folder) = shared("messy_real") else { return };
    insta::assert_snapshot!(outcomes(&folder), @"
    axolotl_alpaca.json: 2 seeds, 0 duplicates, 0 bad
    axolotl_conversation.json: 1 seeds, 0 duplicates, 0 bad
    json_test_suite_a.jsonl: 0 seeds, 0 duplicates, 173 bad missing-field
    parquet/alltypes_plain.parquet: refused: unsupported-format
    parquet/bad_ARROW-RS-GH-6229-LEVELS.parquet: refused: unsupported-format
    parquet/bad_PARQUET-1481.parquet: refused: unsupported-format
    parquet/curator_basic_gt_dataset.parquet: refused: unsupported-format
    parquet/datapage_v2.snappy.parquet: refused: unsupported-format
    parquet/list_columns.parquet: refused: unsupported-format
    parquet/nan_in_stats.parquet: refused: unsupported-format
    parquet/nested_lists.snappy.parquet: refused: unsupported-format
    parquet/null_list.parquet: refused: unsupported-format
    parquet/nulls.snappy.parquet: refused: unsupported-format
    parquet/repeated_no_annotation.parquet: refused: unsupported-format
    ");
}
