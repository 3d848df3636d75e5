//! The file format: what is written now, and what was written by every released version.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use speciate_store::schema::{APPLICATION_ID, FORMAT};
use speciate_store::{RunReader, RunStore, StoreError};

use crate::support::{
    KIND, NOW, batch, call, copy_run, create, info, key, open, record, stored_records, write,
};

/// Calls and records of the fixtures.
const N_FIXTURE: u64 = 6;

fn pragma<T: rusqlite::types::FromSql>(directory: &Path, name: &str) -> T {
    let conn = Connection::open(directory.join("run.db")).unwrap();
    conn.query_row(&format!("PRAGMA {name}"), [], |row| row.get(0)).unwrap()
}

#[test]
fn the_file_says_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    write(create(folder.path()), [batch(0)]);
    assert_eq!(pragma::<i64>(folder.path(), "application_id"), APPLICATION_ID);
    assert_eq!(pragma::<i64>(folder.path(), "user_version"), FORMAT);
    assert_eq!(pragma::<i64>(folder.path(), "page_size"), 8_192);
    assert_eq!(pragma::<String>(folder.path(), "journal_mode"), "wal");
    let conn = Connection::open(folder.path().join("run.db")).unwrap();
    let sql = "SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND type = 'table'
               AND name NOT LIKE 'sqlite_%' AND NOT strict";
    assert_eq!(conn.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap(), 0);
}

#[test]
fn a_newer_format_is_refused_untouched() {
    let folder = tempfile::tempdir().unwrap();
    write(create(folder.path()), [batch(0)]);
    let conn = Connection::open(folder.path().join("run.db")).unwrap();
    conn.pragma_update(None, "user_version", FORMAT + 1).unwrap();
    drop(conn);
    let before = fs::read(folder.path().join("run.db")).unwrap();
    for error in [
        RunStore::open(folder.path(), NOW).unwrap_err(),
        RunReader::open(folder.path()).unwrap_err(),
    ] {
        assert!(
            matches!(error, StoreError::Newer { found, known, .. } if found == FORMAT + 1 && known == FORMAT),
            "{error:?}"
        );
        assert!(error.hint().unwrap().contains("newer version"));
    }
    assert_eq!(fs::read(folder.path().join("run.db")).unwrap(), before);
}

fn fixture(format: i64) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/format-{format}"))
}

#[test]
fn runs_of_every_format_open() {
    for format in 1..=FORMAT {
        let folder = tempfile::tempdir().unwrap();
        copy_run(&fixture(format), folder.path());
        let reader = RunReader::open(folder.path()).unwrap();
        assert_eq!(reader.info(), &info());
        let report = reader.verify().unwrap();
        assert!(report.is_sound(), "{:?}", report.problems);
        assert_eq!((report.calls, report.records), (N_FIXTURE, N_FIXTURE));
        assert_eq!(reader.sessions().unwrap().len(), 1);
        drop(reader);

        let store = open(folder.path());
        for number in 0..N_FIXTURE {
            assert_eq!(store.call_outcome(&key(number)).unwrap(), Some(call(number).outcome));
        }
        assert_eq!(stored_records(&store), (0..N_FIXTURE).map(record).collect::<Vec<_>>());
        write(store, [batch(N_FIXTURE)]);
        let reader = RunReader::open(folder.path()).unwrap();
        assert_eq!(reader.record_count(KIND).unwrap(), N_FIXTURE + 1);
        assert!(reader.verify().unwrap().is_sound());
    }
}

/// For a new format: `cargo test -p speciate-store -- --ignored make_the_fixture`.
#[test]
#[ignore = "writes into the source tree; only for a new format"]
fn make_the_fixture() {
    let to = fixture(FORMAT);
    assert!(!to.exists(), "fixtures of released formats never change");
    let folder = tempfile::tempdir().unwrap();
    write(create(folder.path()), (0..N_FIXTURE).map(batch));
    let conn = Connection::open(folder.path().join("run.db")).unwrap();
    conn.execute("UPDATE session SET host = 'a-machine', pid = 1", []).unwrap();
    drop(conn);
    copy_run(folder.path(), &to);
}
