//! Power loss: the log beside the record ends anywhere, or in what was never written.

use std::fs;
use std::path::Path;
use std::sync::mpsc::sync_channel;

use speciate_store::{RunReader, RunStore};

use crate::support::{NOW, batch, create, record, stored_records};

const BATCHES: u64 = 8;
/// Disks write whole sectors; this many of them is one more cut.
const CUT_BYTES: usize = 7 * 512;
const LOG_HEADER_BYTES: usize = 32;
const FRAME_HEADER_BYTES: usize = 24;

/// The record and the log of a run with one commit for each batch, as they lie there while it works.
struct Files {
    record: Vec<u8>,
    log: Vec<u8>,
    /// Length of the log after each commit.
    ends: Vec<usize>,
}

fn files() -> Files {
    let folder = tempfile::tempdir().unwrap();
    let (tell, told) = sync_channel(1);
    let mut writer = create(folder.path()).into_writer(Box::new(move |result| {
        let _ = tell.send(result.unwrap());
    }));
    let log = folder.path().join("run.db-wal");
    let mut ends = Vec::new();
    for number in 0..BATCHES {
        writer.submit(batch(number)).unwrap();
        assert_eq!(told.recv().unwrap(), number + 1);
        ends.push(fs::metadata(&log).unwrap().len() as usize);
    }
    let read = |path: &Path| fs::read(path).unwrap();
    Files { record: read(&folder.path().join("run.db")), log: read(&log), ends }
}

/// Opens the files after a crash. Whatever is there is a beginning of what was stored, and sound.
fn records_after(record_bytes: &[u8], log: &[u8]) -> u64 {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("run.db"), record_bytes).unwrap();
    fs::write(folder.path().join("run.db-wal"), log).unwrap();
    let store = RunStore::open(folder.path(), NOW).unwrap();
    let records = stored_records(&store);
    let n = records.len() as u64;
    assert_eq!(records, (0..n).map(record).collect::<Vec<_>>());
    assert_eq!(store.totals().unwrap().calls, n);
    drop(store);
    assert!(RunReader::open(folder.path()).unwrap().verify().unwrap().is_sound());
    n
}

/// How many commits a log of this length holds whole.
fn commits(files: &Files, length: usize) -> u64 {
    files.ends.iter().filter(|end| **end <= length).count() as u64
}

#[test]
fn every_cut_of_the_log_is_an_earlier_state() {
    let files = files();
    for length in (0..=files.log.len()).step_by(CUT_BYTES) {
        let found = records_after(&files.record, &files.log[..length]);
        assert_eq!(found, commits(&files, length), "cut at {length} of {}", files.log.len());
    }
    for (n, end) in (1..).zip(&files.ends) {
        assert_eq!(records_after(&files.record, &files.log[..*end]), n);
        assert_eq!(records_after(&files.record, &files.log[..*end - 1]), n - 1);
    }
}

#[test]
fn garbage_behind_a_commit_is_no_commit() {
    let files = files();
    for (n, end) in (1..).zip(&files.ends) {
        let behind = files.log.len() - end;
        for garbage in [vec![0; behind], vec![0xff; behind], files.log[..behind].to_vec()] {
            let log = [&files.log[..*end], &garbage].concat();
            assert_eq!(records_after(&files.record, &log), n, "garbage behind commit {n}");
        }
    }
}

/// Sectors reach a disk in any order: one of a commit that is not the last may be missing.
#[test]
fn a_sector_that_never_arrived_ends_the_log_there() {
    let files = files();
    let page_bytes = u32::from_be_bytes(files.log[8..12].try_into().unwrap()) as usize;
    let frame_bytes = FRAME_HEADER_BYTES + page_bytes;
    for at in (LOG_HEADER_BYTES..files.log.len()).step_by(frame_bytes) {
        let mut log = files.log.clone();
        // In the middle of the page, and in the head of the frame.
        for start in [at, at + FRAME_HEADER_BYTES + page_bytes / 2] {
            log[start..start + 16].fill(0xa5);
            let found = records_after(&files.record, &log);
            assert_eq!(found, commits(&files, at), "lost at {start}");
        }
    }
}
