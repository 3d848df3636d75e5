//! Any bytes as `run.db`, with or without a log beside it: refused or read, and never a panic.
#![no_main]

use std::fs;
use std::path::Path;

use libfuzzer_sys::fuzz_target;
use speciate::SystemClock;
use speciate::status::status;
use speciate_store::{RunReader, RunStore};
use speciate_types::{InstructionRecord, UnixMillis};

// The first two bytes say how many of the rest are the log.
fuzz_target!(|input: &[u8]| {
    let Some((log_bytes, rest)) = input.split_first_chunk::<2>() else { return };
    let log_bytes = usize::from(u16::from_le_bytes(*log_bytes)).min(rest.len());
    let (log, record) = rest.split_at(log_bytes);
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("run.db"), record).expect("a file");
    if !log.is_empty() {
        fs::write(folder.path().join("run.db-wal"), log).expect("a file");
    }
    read(folder.path());
    if let Ok(store) = RunStore::open(folder.path(), UnixMillis(0)) {
        drop(store.totals());
    }
    read(folder.path());
});

fn read(folder: &Path) {
    let Ok(reader) = RunReader::open(folder) else { return };
    drop((reader.totals(), reader.tallies(), reader.sessions(), reader.calls_of("")));
    drop(reader.verify());
    if let Ok(records) = reader.records_in_position_order(InstructionRecord::STORED_KIND) {
        records.take(1_000).for_each(drop);
    }
    drop(status(folder, &SystemClock));
}
