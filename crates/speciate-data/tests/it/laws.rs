//! What holds for any text and any bytes.

use proptest::prelude::*;
use speciate_data::{ExportFormat, ExportOptions, Exporter, ReadOptions, RecordReader};
use speciate_types::VerdictKind;

use crate::export::{Shared, record};
use crate::kit::{gzip, lenient, try_read};

fn export(instruction: &str, response: &str, format: ExportFormat, array: bool) -> Vec<u8> {
    let shared = Shared::default();
    let options = ExportOptions { array, ..ExportOptions::default() };
    let mut exporter = Exporter::to_writer(shared.clone(), format, options).unwrap();
    let mut row = record(instruction, Some(response));
    row.verdict = VerdictKind::Kept;
    exporter.write(&row).unwrap();
    exporter.finish().unwrap();
    shared.bytes()
}

proptest! {
    #[test]
    fn any_record_survives_export_and_reading(
        instruction in any::<String>(),
        response in proptest::option::of(any::<String>()),
        evidence in proptest::option::of(".*"),
        attempts in any::<u32>(),
        score in any::<i32>(),
    ) {
        let mut written = record(&instruction, response.as_deref());
        written.evidence = evidence;
        written.attempts = attempts;
        written.scores.insert("score".to_owned(), f64::from(score) / 7.0);
        let shared = Shared::default();
        let mut exporter =
            Exporter::to_writer(shared.clone(), ExportFormat::Records, ExportOptions::default()).unwrap();
        prop_assert!(exporter.write(&written).unwrap());
        exporter.finish().unwrap();
        let bytes = shared.bytes();
        prop_assert_eq!(bytes.split(|byte| *byte == b'\n').count(), 2);
        let read: Result<Vec<_>, _> =
            RecordReader::new("x", std::io::Cursor::new(bytes)).unwrap().collect();
        prop_assert_eq!(read.unwrap(), vec![written]);
    }

    #[test]
    fn training_rows_are_read_back_as_the_same_seeds(
        instruction in "a\\PC*[\u{0}-\u{2030}]*", response in "b\\PC*", array in any::<bool>(),
    ) {
        for format in [ExportFormat::Messages, ExportFormat::Alpaca, ExportFormat::Sharegpt] {
            let bytes = export(&instruction, &response, format, array);
            let report = try_read("x.jsonl", bytes, &lenient()).unwrap();
            prop_assert_eq!(report.seeds.len(), 1);
            prop_assert_eq!(&report.seeds[0].text, &instruction);
            prop_assert_eq!(report.seeds[0].response.as_ref(), Some(&response));
        }
    }

    #[test]
    fn no_bytes_make_it_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..400),
        name in proptest::sample::select(vec!["-", "x.json", "x.txt", "x.csv"]),
    ) {
        if let Ok(report) = try_read(name, bytes, &lenient()) {
            prop_assert!(report.adds_up());
            show_all(&report);
        }
    }

    #[test]
    fn a_file_cut_anywhere_loses_no_more_than_the_record_that_was_cut(
        texts in proptest::collection::vec("[a-zé字\\\\\"\n ]{1,20}x", 1..12), cut in any::<usize>(),
    ) {
        let line = |text: &String| serde_json::json!({ "instruction": text }).to_string() + "\n";
        let whole: Vec<u8> = texts.iter().map(line).collect::<String>().into_bytes();
        let cut = cut % (whole.len() + 1);
        // Of nothing, or of half a brace, there is nothing to say.
        let Ok(report) = try_read("x.jsonl", &whole[..cut], &lenient()) else { return Ok(()) };
        prop_assert!(report.adds_up());
        prop_assert!(report.skipped_bad <= 1);
        let n_whole = whole[..cut].split(|byte| *byte == b'\n').count() as u64 - 1;
        let n_good = report.seeds.len() as u64 + report.exact_duplicates;
        // The last line end may be all that is cut.
        prop_assert!(n_good == n_whole || n_good == n_whole + 1, "{n_good} of {n_whole}");
        for seed in &report.seeds {
            prop_assert!(texts.iter().any(|text| text.trim() == seed.text.trim()), "{:?}", seed.text);
        }
        show_all(&report);
    }

    #[test]
    fn spoiled_packing_is_named_and_never_taken_for_data(
        at in any::<usize>(), bit in 0..8_u32, cut in any::<usize>(), is_zstd in any::<bool>(),
    ) {
        let texts: Vec<_> = (0..40).map(|n| format!("Explain idea number {n} of optics.")).collect();
        let lines: String = texts
            .iter()
            .map(|text| serde_json::json!({ "instruction": text }).to_string() + "\n")
            .collect();
        let packed =
            if is_zstd { zstd::encode_all(lines.as_bytes(), 3).unwrap() } else { gzip(lines.as_bytes()) };
        let mut flipped = packed.clone();
        flipped[at % packed.len()] ^= 1 << bit;
        for bytes in [flipped.as_slice(), &packed[..cut % packed.len()]] {
            if let Ok(report) = try_read("-", bytes, &lenient()) {
                prop_assert!(report.adds_up());
                show_all(&report);
            }
        }
        // gzip sums up what it holds, so a turned bit in it is found, but for the few that mean
        // nothing: those that fill the last byte.
        if !is_zstd && at % packed.len() >= 10 && let Ok(report) = try_read("-", &flipped, &lenient()) {
            let read: Vec<_> = report.seeds.iter().map(|seed| &seed.text).collect();
            prop_assert_eq!(read, texts.iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn any_map_of_fields_is_read_or_refused(text in "[a-z.,=0-9 é\"]{0,40}") {
        if let Ok(map) = text.parse::<speciate_data::FieldMap>() {
            let again: speciate_data::FieldMap = map.to_string().parse().unwrap();
            prop_assert_eq!(again.to_string(), map.to_string());
            let options = ReadOptions { map: Some(map), ..lenient() };
            let line = "{\"a\": {\"b\": [\"c\", 1]}, \"instruction\": \"d\"}\n";
            if let Ok(report) = try_read("x.jsonl", line, &options) {
                prop_assert!(report.adds_up());
            }
        }
    }

    #[test]
    fn nothing_near_json_makes_it_panic(
        text in "([\\[\\]{},:\"\\\\ \n\r\té字\u{202e}]|\"instruction\"|\"messages\"|\"role\"|null|1|\\\\ud83d|None){0,60}",
        name in proptest::sample::select(vec!["-", "x.json", "x.txt"]),
    ) {
        if let Ok(report) = try_read(name, text, &lenient()) {
            prop_assert!(report.adds_up());
            show_all(&report);
        }
    }
}

/// Renders every problem; nothing that a terminal obeys may be in it.
pub(crate) fn show_all(report: &speciate_data::SeedReport) {
    for problem in &report.problems {
        let shown = problem.to_string();
        assert!(shown.chars().all(|c| c == '\n' || !c.is_control()), "{shown:?}");
        assert!(!shown.contains(['\u{202e}', '\u{2066}']), "{shown:?}");
        assert!(problem.line > 0 && problem.column > 0);
        assert!(problem.caret.start < problem.caret.end);
    }
}
