//! Processes that are killed while they write.

use std::fs::{self, OpenOptions};
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use speciate_store::RunReader;

use crate::support::{
    batch, call, child, child_directory, create, key, open, record, stored_records,
};

const KILLS: u64 = 20;

/// Where the child notes, outside the run, how many batches were told to be durable.
fn watermark_file(directory: &Path) -> PathBuf {
    directory.with_extension("watermark")
}

fn watermark(directory: &Path) -> u64 {
    let bytes = fs::read(watermark_file(directory)).unwrap();
    bytes.try_into().map_or(0, u64::from_le_bytes)
}

#[test]
#[ignore = "a child of `killed_writers_lose_nothing`"]
fn write_until_killed() {
    let Some(directory) = child_directory() else { return };
    let store = open(&directory);
    let n_stored = store.totals().unwrap().calls;
    let mut file = OpenOptions::new().write(true).open(watermark_file(&directory)).unwrap();
    let mut writer = store.into_writer(Box::new(move |result| {
        file.rewind().unwrap();
        file.write_all(&(n_stored + result.unwrap()).to_le_bytes()).unwrap();
    }));
    for number in n_stored.. {
        writer.note_in_flight(16);
        writer.submit(batch(number)).unwrap();
    }
}

#[test]
fn killed_writers_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("run");
    drop(create(&directory));
    fs::write(watermark_file(&directory), 0_u64.to_le_bytes()).unwrap();
    let mut n_stored = 0;
    for kill in 0..KILLS {
        kill_after(&directory, n_stored + kill * 37 % 400 + 1);
        let n_told = watermark(&directory);
        let store = open(&directory);
        n_stored = store.totals().unwrap().calls;
        assert!(n_stored >= n_told, "{n_told} were told to be durable, {n_stored} are there");
        check(&store, n_stored);
    }
    let reader = RunReader::open(&directory).unwrap();
    let report = reader.verify().unwrap();
    assert!(report.is_sound(), "{:?}", report.problems);
    assert_eq!((report.calls, report.records), (n_stored, n_stored));
    let sessions = reader.sessions().unwrap();
    assert_eq!(sessions.len() as u64, KILLS);
    assert!(sessions.iter().all(|s| s.ended.is_none() && s.calls_in_flight_max == Some(16)));
}

/// Starts a child and kills it, wherever it is, once so many batches were told to be durable.
fn kill_after(directory: &Path, n_told: u64) {
    let mut child =
        child(&[], "crash::write_until_killed", directory).stdout(Stdio::null()).spawn().unwrap();
    while watermark(directory) < n_told {
        assert_eq!(child.try_wait().unwrap(), None, "the child ended by itself");
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

/// All that was submitted up to some moment is there once, with what follows from it.
fn check(store: &speciate_store::RunStore, n_stored: u64) {
    for number in 0..n_stored {
        assert_eq!(store.call_outcome(&key(number)).unwrap(), Some(call(number).outcome));
    }
    assert_eq!(store.call_outcome(&key(n_stored)).unwrap(), None);
    let expected: Vec<_> = (0..n_stored).map(record).collect();
    assert!(stored_records(store) == expected, "records do not fit the calls");
}
