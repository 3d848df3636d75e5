//! Paths that are no seed files, and several inputs at once.

use std::path::{Path, PathBuf};

use speciate_data::{ReadError, ReadOptions, code, read_seeds};

use crate::kit::{gzip, texts, try_read};

fn refused(path: &Path) -> (&'static str, String, Option<String>) {
    match read_seeds(&[path.to_owned()], &ReadOptions::default()) {
        Err(ReadError::File { code, message, help, .. }) => (code, message, help),
        other => panic!("{other:?}"),
    }
}

#[test]
fn things_that_are_not_files_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let (code, message, help) = refused(folder.path());
    assert_eq!((code, message.as_str()), (code::NOT_A_FILE, "it is a directory, not a file"));
    assert!(help.unwrap().contains("*.jsonl"));
    assert_eq!(refused(&folder.path().join("none.jsonl")).0, code::NOT_FOUND);
}

#[cfg(unix)]
#[test]
fn pipes_and_devices_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("fifo");
    let made = std::process::Command::new("mkfifo").arg(&fifo).status();
    if made.is_ok_and(|status| status.success()) {
        assert!(refused(&fifo).1.contains("named pipe"));
    }
    assert!(refused(Path::new("/dev/null")).1.contains("a device"));
}

#[test]
fn several_inputs_are_one_seed_set() {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<PathBuf> =
        ["a.txt", "b.jsonl", "c.txt"].map(|name| folder.path().join(name)).into();
    std::fs::write(&paths[0], "one 1\ntwo 2\n").unwrap();
    std::fs::write(&paths[1], "{\"instruction\": \"two 2\"}\n{\"instruction\": \"three 3\"}")
        .unwrap();
    std::fs::write(&paths[2], "four 4").unwrap();
    let report = read_seeds(&paths, &ReadOptions::default()).unwrap();
    assert_eq!(texts(&report), ["one 1", "two 2", "three 3", "four 4"]);
    assert_eq!((report.records, report.exact_duplicates, report.files.len()), (5, 1, 3));

    let first_three = ReadOptions { limit: Some(3), ..ReadOptions::default() };
    let report = read_seeds(&paths, &first_three).unwrap();
    assert_eq!((report.seeds.len(), report.files.len()), (3, 2));
}

#[test]
fn damage_is_named_and_never_skipped() {
    let text = "{\"instruction\": \"a1\"}\n".repeat(20_000);
    let packed = gzip(text.as_bytes());
    let skip = ReadOptions { skip_bad: true, ..ReadOptions::default() };
    let error = try_read("x.gz", &packed[..packed.len() - 20], &skip).unwrap_err();
    let ReadError::File { code, message, .. } = &error else { panic!("{error}") };
    assert_eq!(
        (*code, message.as_str()),
        (code::DAMAGED_COMPRESSION, "its gzip data ends too early: it is cut off")
    );
    let packed = zstd::encode_all(text.as_bytes(), 3).unwrap();
    let error = try_read("x.zst", &packed[..packed.len() - 2], &skip).unwrap_err();
    assert!(error.to_string().contains("zstd data ends too early"), "{error}");
}

#[test]
fn foreign_formats_are_named() {
    for (bytes, words) in [
        (&b"PK\x03\x04\x14\0"[..], "zip archive"),
        (b"\xfd7zXZ\0\0", "xz"),
        (b"text\0with\0nul", "binary data"),
        (b"instruction,input,output\na,b,c\n", "CSV"),
        (b"{\0\"\0a\0", "UTF-16LE"),
    ] {
        let error = try_read("-", bytes, &ReadOptions::default()).unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
    }
    let twice = gzip(&gzip(b"x"));
    let error = try_read("-", twice, &ReadOptions::default()).unwrap_err();
    assert!(error.to_string().contains("compressed twice"), "{error}");
}

#[test]
fn the_list_of_problems_is_capped_but_all_are_counted() {
    let error = try_read("x.jsonl", "x\n".repeat(250), &ReadOptions::default()).unwrap_err();
    assert_eq!(error.to_string(), "250 of 250 records cannot be used as seeds");
    let ReadError::Bad { report } = error else { panic!() };
    assert_eq!((report.problems.len(), report.skipped_bad), (100, 250));
    assert_eq!(report.bad_by_code.iter().collect::<Vec<_>>(), [(&code::INVALID_JSON, &250)]);
}

#[test]
fn one_endless_line_costs_no_memory_and_spoils_nothing_else() {
    use std::io::{Cursor, Read as _};
    let good = "\n{\"instruction\": \"a1\"}\n";
    let reader = std::io::repeat(b'x').take(100 << 20).chain(Cursor::new(good));
    let options = ReadOptions { skip_bad: true, ..ReadOptions::default() };
    let report = speciate_data::read_seeds_from("x.jsonl", reader, &options).unwrap();
    assert_eq!(texts(&report), ["a1"]);
    let problem = &report.problems[0];
    assert_eq!(problem.code, code::TOO_LONG);
    assert!(problem.message.contains("104857600 bytes"), "{problem}");
}
