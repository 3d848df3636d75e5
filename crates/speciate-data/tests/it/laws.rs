//! What holds for any text and any bytes.

use proptest::prelude::*;
use speciate_data::{ExportFormat, ExportOptions, Exporter, RecordReader};
use speciate_types::VerdictKind;

use crate::export::{Shared, record};
use crate::kit::{lenient, try_read};

fn export(instruction: &str, response: &str, format: ExportFormat, array: bool) -> Vec<u8> {
    let shared = Shared::default();
    let options = ExportOptions { array, overwrite: false };
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
fn show_all(report: &speciate_data::SeedReport) {
    for problem in &report.problems {
        let shown = problem.to_string();
        assert!(shown.chars().all(|c| c == '\n' || !c.is_control()), "{shown:?}");
        assert!(!shown.contains(['\u{202e}', '\u{2066}']), "{shown:?}");
        assert!(problem.line > 0 && problem.column > 0);
        assert!(problem.caret.start < problem.caret.end);
    }
}
