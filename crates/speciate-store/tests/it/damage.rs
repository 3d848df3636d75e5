//! Bits that turn.

use std::fs;
use std::path::Path;

use rusqlite::Connection;
use speciate_store::{RunReader, RunStore, StoreError};

use crate::support::{KIND, NOW, batch, create, id, key, open, write};

fn run_of_twenty(directory: &Path) {
    write(create(directory), (0..20).map(batch));
}

/// Turns one bit wherever the file says `text`: a page keeps old copies of rows that moved.
fn flip(directory: &Path, text: &str, bit: u8) {
    let file = directory.join("run.db");
    let mut bytes = fs::read(&file).unwrap();
    let places: Vec<usize> =
        (0..bytes.len()).filter(|at| bytes[*at..].starts_with(text.as_bytes())).collect();
    assert!(!places.is_empty(), "nothing says {text}");
    for at in places {
        bytes[at + text.len() / 2] ^= 1 << bit;
    }
    fs::write(file, bytes).unwrap();
}

#[test]
fn a_turned_bit_in_a_call_is_found_by_reading_and_by_verify() {
    for bit in 0..8 {
        let folder = tempfile::tempdir().unwrap();
        run_of_twenty(folder.path());
        flip(folder.path(), "answer 7:", bit);

        let refused = open(folder.path()).call_outcome(&key(7)).unwrap_err();
        assert!(matches!(refused, StoreError::DamagedRow { table: "call", .. }), "{refused:?}");
        let report = RunReader::open(folder.path()).unwrap().verify().unwrap();
        assert_eq!(report.problems.len(), 1, "{:?}", report.problems);
        assert_eq!(report.problems[0].id, key(7).as_str());
    }
}

#[test]
fn a_turned_bit_in_a_record_is_found_by_every_way_of_reading() {
    for bit in 0..8 {
        let folder = tempfile::tempdir().unwrap();
        run_of_twenty(folder.path());
        flip(folder.path(), r#""kept","round":11}"#, bit);

        let is_found = |error: StoreError| {
            let is_row = matches!(&error, StoreError::DamagedRow { id: row, .. } if *row == id(11));
            assert!(is_row, "{error:?}");
            assert!(error.hint().unwrap().contains("verify"));
        };
        let store = open(folder.path());
        is_found(store.for_each_record::<StoreError>(KIND, &mut |_| Ok(())).unwrap_err());
        drop(store);
        let reader = RunReader::open(folder.path()).unwrap();
        is_found(reader.record(KIND, &id(11)).unwrap_err());
        is_found(reader.records_in_position_order(KIND).unwrap().find_map(Result::err).unwrap());
        let report = reader.verify().unwrap();
        assert_eq!(report.problems.len(), 1, "{:?}", report.problems);
        assert_eq!((report.problems[0].table, &report.problems[0].id), ("record", &id(11)));
    }
}

#[test]
fn verify_compares_columns_and_sums_with_bodies() {
    let changes = [
        ("UPDATE call SET input_tokens = 1 WHERE seq = 1", "columns do not fit"),
        ("UPDATE call SET outcome = 'empty' WHERE seq = 1", "columns do not fit"),
        ("UPDATE call SET failed_tries = '{' WHERE seq = 5", "expected a sequence"),
        ("UPDATE tally SET calls = calls + 1", "sums are not those"),
        ("DELETE FROM call WHERE seq = 1", "sums are not those"),
        ("UPDATE call SET role = 'nobody' WHERE seq = 1", "sums are not those"),
        ("UPDATE record SET position = x'00' WHERE seq = 1", "16 bytes"),
        ("UPDATE record SET body = body || ' ' WHERE seq = 1", "checksum"),
    ];
    for (change, expected) in changes {
        let folder = tempfile::tempdir().unwrap();
        run_of_twenty(folder.path());
        Connection::open(folder.path().join("run.db")).unwrap().execute(change, []).unwrap();
        let report = RunReader::open(folder.path()).unwrap().verify().unwrap();
        let is_found = report.problems.iter().any(|problem| problem.found.contains(expected));
        assert!(is_found && !report.is_sound(), "{change}: {:?}", report.problems);
    }
}

/// No byte of the file may lead to a panic, or to records other than those stored.
#[test]
fn no_damage_is_taken_for_data() {
    let folder = tempfile::tempdir().unwrap();
    run_of_twenty(folder.path());
    let whole = fs::read(folder.path().join("run.db")).unwrap();
    let records: Vec<_> = (0..20).map(crate::support::record).collect();
    for at in (0..whole.len()).step_by(331) {
        let copy = tempfile::tempdir().unwrap();
        let mut bytes = whole.clone();
        bytes[at] ^= 0x41;
        fs::write(copy.path().join("run.db"), bytes).unwrap();
        let Ok(reader) = RunReader::open(copy.path()) else { continue };
        let _ = reader.totals().and_then(|_| reader.calls_of("")).and_then(|_| reader.sessions());
        let _ = reader.verify();
        let Ok(found) = reader.records_in_position_order(KIND) else { continue };
        for record in found.map_while(Result::ok) {
            assert!(records.iter().any(|stored| stored.body == record.body), "{at}");
        }
    }
}

#[test]
fn a_file_cut_short_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    write(create(folder.path()), (0..500).map(batch));
    let file = fs::OpenOptions::new().write(true).open(folder.path().join("run.db")).unwrap();
    file.set_len(file.metadata().unwrap().len() / 2).unwrap();
    let is_found = match RunReader::open(folder.path()) {
        Ok(reader) => !reader.verify().unwrap().is_sound(),
        Err(error) => matches!(error, StoreError::Damaged { .. }),
    };
    assert!(is_found);
}

#[test]
fn another_file_is_no_run() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.db");
    let check = |expected: &str| {
        let writing = RunStore::open(folder.path(), NOW).unwrap_err();
        let reading = RunReader::open(folder.path()).unwrap_err();
        for error in [writing, reading] {
            assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
            assert!(error.to_string().contains(expected), "{error}");
            assert!(error.hint().is_some());
        }
    };
    fs::write(&file, "{\"instruction\": \"not a database\"}\n".repeat(300)).unwrap();
    check("not a database");
    fs::write(&file, "").unwrap();
    check("it is not a run's record");
    fs::remove_file(&file).unwrap();
    Connection::open(&file).unwrap().execute("CREATE TABLE other (x)", []).unwrap();
    check("it is not a run's record");
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    check("it is not a file");
}
