//! What is written, and what is left when it is not.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

use speciate_data::{
    ExportError, ExportFormat, ExportOptions, ExportSummary, Exporter, RecordReader,
};
use speciate_types::{InstructionId, InstructionRecord, Kind, RoleModels, Usage, VerdictKind};

/// A writer whose bytes can be looked at afterwards.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shared(Arc<Mutex<Vec<u8>>>);

impl Shared {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().clone()
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(crate) fn record(instruction: &str, response: Option<&str>) -> InstructionRecord {
    let id = InstructionId::of_seed("fixed");
    InstructionRecord {
        id,
        root: id,
        parent: None,
        round: 0,
        operator: None,
        kind: Kind::Seed,
        verdict: VerdictKind::Kept,
        rule: None,
        evidence: None,
        cause: None,
        instruction: Some(instruction.to_owned()),
        response: response.map(str::to_owned),
        models: RoleModels::default(),
        usage: Usage::default(),
        cost_usd: None,
        finish_reason: None,
        attempts: 0,
        scores: std::collections::BTreeMap::new(),
        created_at: None,
        branch: 0,
        format: None,
        cleaned: Vec::new(),
        source: None,
    }
}

fn some_records() -> Vec<InstructionRecord> {
    let mut eliminated = record("Dropped", Some("x"));
    eliminated.verdict = VerdictKind::Eliminated;
    vec![
        record("One\u{2028}\"é\"", Some("A\n1")),
        eliminated,
        record("No answer", None),
        record("Blank answer", Some(" \n")),
        record("Two", Some("B 字")),
    ]
}

fn written(format: ExportFormat, array: bool) -> (String, ExportSummary) {
    let shared = Shared::default();
    let options = ExportOptions { array, ..ExportOptions::default() };
    let mut exporter = Exporter::to_writer(shared.clone(), format, options).unwrap();
    for record in some_records() {
        exporter.write(&record).unwrap();
    }
    let summary = exporter.finish().unwrap();
    (String::from_utf8(shared.bytes()).unwrap(), summary)
}

#[test]
fn training_formats() {
    insta::assert_snapshot!(written(ExportFormat::Messages, false).0, @r#"
    {"messages":[{"role":"user","content":"One\u2028\"é\""},{"role":"assistant","content":"A\n1"}]}
    {"messages":[{"role":"user","content":"Two"},{"role":"assistant","content":"B 字"}]}
    "#);
    insta::assert_snapshot!(written(ExportFormat::Alpaca, true).0, @r#"
    [
    {"instruction":"One\u2028\"é\"","input":"","output":"A\n1"},
    {"instruction":"Two","input":"","output":"B 字"}
    ]
    "#);
    let id = InstructionId::of_seed("fixed").to_string();
    let sharegpt = written(ExportFormat::Sharegpt, false).0.replace(&id, "ID");
    insta::assert_snapshot!(sharegpt, @r#"
    {"id":"ID","conversations":[{"from":"human","value":"One\u2028\"é\""},{"from":"gpt","value":"A\n1"}]}
    {"id":"ID","conversations":[{"from":"human","value":"Two"},{"from":"gpt","value":"B 字"}]}
    "#);
}

#[test]
fn what_was_written_is_counted() {
    let (text, summary) = written(ExportFormat::Messages, false);
    let bytes = text.len() as u64;
    assert_eq!(summary, ExportSummary { rows: 2, skipped: 3, bytes });
    let (text, summary) = written(ExportFormat::Records, false);
    assert_eq!((summary.rows, summary.skipped, text.lines().count()), (5, 0, 5));
    let empty = Exporter::to_writer(
        Shared::default(),
        ExportFormat::Alpaca,
        ExportOptions { array: true, ..ExportOptions::default() },
    );
    assert_eq!(empty.unwrap().finish().unwrap().bytes, "[]\n".len() as u64);
}

fn export_to(path: &Path, overwrite: bool) -> Result<ExportSummary, ExportError> {
    let options = ExportOptions { overwrite, ..ExportOptions::default() };
    let mut exporter = Exporter::create(path, ExportFormat::Records, options)?;
    for record in some_records() {
        exporter.write(&record)?;
    }
    exporter.finish()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_file_appears_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.jsonl");
    let mut exporter =
        Exporter::create(&path, ExportFormat::Records, ExportOptions::default()).unwrap();
    exporter.write(&record("a", None)).unwrap();
    assert!(!path.exists());
    assert!(names(folder.path())[0].contains(".part"));
    drop(exporter);
    assert_eq!(names(folder.path()), [""; 0]);

    let summary = export_to(&path, false).unwrap();
    assert_eq!(names(folder.path()), ["out.jsonl"]);
    assert_eq!(fs::metadata(&path).unwrap().len(), summary.bytes);
}

#[test]
fn an_existing_file_is_replaced_only_on_demand() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.jsonl");
    fs::write(&path, "mine").unwrap();
    assert!(matches!(export_to(&path, false), Err(ExportError::Exists { .. })));
    assert_eq!(fs::read(&path).unwrap(), b"mine");
    export_to(&path, true).unwrap();
    assert_ne!(fs::read(&path).unwrap(), b"mine");
    assert_eq!(names(folder.path()), ["out.jsonl"]);

    // Made by somebody else while we wrote.
    let late = folder.path().join("late.jsonl");
    let exporter =
        Exporter::create(&late, ExportFormat::Records, ExportOptions::default()).unwrap();
    fs::write(&late, "theirs").unwrap();
    assert!(matches!(exporter.finish(), Err(ExportError::Exists { .. })));
    assert_eq!(fs::read(&late).unwrap(), b"theirs");
}

#[test]
fn places_where_no_file_can_be_are_named() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(
        export_to(folder.path(), true),
        Err(ExportError::NotAFile { kind: "a directory", .. })
    ));
    let nowhere = folder.path().join("none/out.jsonl");
    assert!(matches!(export_to(&nowhere, false), Err(ExportError::Create { .. })));
    #[cfg(unix)]
    assert!(matches!(export_to(Path::new("/dev/null"), true), Err(ExportError::NotAFile { .. })));
}

#[cfg(unix)]
#[test]
fn a_link_keeps_pointing_at_the_new_file() {
    let folder = tempfile::tempdir().unwrap();
    let (real, link) = (folder.path().join("real.jsonl"), folder.path().join("link.jsonl"));
    fs::write(&real, "old").unwrap();
    std::os::unix::fs::symlink(&real, &link).unwrap();
    export_to(&link, true).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_ne!(fs::read(&real).unwrap(), b"old");
}

#[test]
fn names_ask_for_compression_and_bytes_are_the_same_each_time() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["out.jsonl", "out.jsonl.gz", "out.jsonl.zst"] {
        let path = folder.path().join(name);
        export_to(&path, false).unwrap();
        let first = fs::read(&path).unwrap();
        export_to(&path, true).unwrap();
        assert_eq!(first, fs::read(&path).unwrap(), "{name}");
        let read: Result<Vec<_>, _> = RecordReader::open(&path).unwrap().collect();
        assert_eq!(read.unwrap(), some_records(), "{name}");
    }
    assert!(fs::read(folder.path().join("out.jsonl.gz")).unwrap().starts_with(&[0x1f, 0x8b]));
}

#[test]
fn a_bad_record_line_is_named_and_the_next_is_read() {
    let mut bytes = b"{\"id\": 3}\n".to_vec();
    bytes.extend(serde_json::to_vec(&record("a", None)).unwrap());
    let results: Vec<_> = RecordReader::new("x", io::Cursor::new(bytes)).unwrap().collect();
    let error = results[0].as_ref().unwrap_err();
    assert_eq!(error.line, 1);
    assert!(results[1].is_ok());
}

#[test]
fn formats_by_name() {
    for format in ExportFormat::ALL {
        assert_eq!(format.to_string().parse::<ExportFormat>().unwrap(), format);
    }
    assert!("csv".parse::<ExportFormat>().unwrap_err().to_string().contains("`messages`"));
}
