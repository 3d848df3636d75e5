//! Failing syncs and deaths at chosen system calls, made by `strace`; skipped where it is missing.

use std::fs;
use std::path::Path;

use speciate_store::{RunReader, RunStore, StoreError};

use crate::support::{
    NOW, Told, batch, child, child_directory, create, info, open, record, stored_records,
    submit_until_refused,
};

/// Runs a test in a child with `inject` done to it. `None` where that is not possible; otherwise
/// whether it ended well, and the system calls that were watched.
fn traced(calls: &str, inject: &str, test: &str, directory: &Path) -> Option<(bool, String)> {
    let log = directory.with_extension("strace");
    let (watch, inject) = (format!("trace={calls}"), format!("inject={calls}:{inject}"));
    let prefix = ["strace", "-f", "-y", "-o", log.to_str()?, "-e", &watch, "-e", &inject];
    let ended = child(&prefix, test, directory).output().ok()?;
    let log = fs::read_to_string(log).unwrap_or_default();
    if !log.contains("run.db") && !log.contains("killed by SIGKILL") {
        println!("skipped: cannot trace: {}", String::from_utf8_lossy(&ended.stderr));
        return None;
    }
    Some((ended.status.success(), log))
}

#[test]
#[ignore = "a child of `a_failed_sync_is_never_tried_again`"]
fn write_until_a_sync_fails() {
    let Some(directory) = child_directory() else { return };
    let told = Told::default();
    let mut writer = open(&directory).into_writer(told.listener());
    let n_taken = submit_until_refused(&mut writer, 100_000);
    assert!(n_taken < 100_000, "the sync did not fail");
    assert!(matches!(writer.submit(batch(n_taken)), Err(StoreError::Poisoned { .. })));
    let closed = writer.close("error", 0).unwrap_err();
    assert!(matches!(closed, StoreError::Sqlite { .. }), "{closed:?}");
    assert_eq!(told.errors().len(), 1);
    fs::write(directory.with_extension("told"), told.durable().to_string()).unwrap();
}

#[test]
fn a_failed_sync_is_never_tried_again() {
    for failing in [6, 9, 14] {
        let folder = tempfile::tempdir().unwrap();
        let directory = folder.path().join("run");
        drop(create(&directory));
        let inject = format!("error=EIO:when={failing}");
        let test = "sync_failure::write_until_a_sync_fails";
        let Some((is_good, log)) = traced("fsync,fdatasync", &inject, test, &directory) else {
            return;
        };
        assert!(is_good, "{log}");
        let after = log.split("EIO").nth(1).unwrap();
        assert!(!after.contains("run.db"), "synced again: {log}");

        let n_told: u64 =
            fs::read_to_string(directory.with_extension("told")).unwrap().parse().unwrap();
        let records = stored_records(&open(&directory));
        assert!(records.len() as u64 >= n_told);
        assert_eq!(records, (0..records.len() as u64).map(record).collect::<Vec<_>>());
        assert!(RunReader::open(&directory).unwrap().verify().unwrap().is_sound());
    }
}

#[test]
#[ignore = "a child of `a_death_while_creating_leaves_no_run_or_a_whole_one`"]
fn create_a_run() {
    let Some(directory) = child_directory() else { return };
    drop(create(&directory));
}

#[test]
fn a_death_while_creating_leaves_no_run_or_a_whole_one() {
    let calls = "mkdir,write,pwrite64,fsync,fdatasync,ftruncate,rename,unlink";
    let test = "sync_failure::create_a_run";
    let mut is_finished = false;
    for n in 1..200 {
        let folder = tempfile::tempdir().unwrap();
        let directory = folder.path().join("run");
        let inject = format!("signal=KILL:when={n}");
        let Some((is_good, _)) = traced(calls, &inject, test, &directory) else { return };
        let is_there = RunStore::exists(&directory);
        let store = if is_there { open(&directory) } else { create(&directory) };
        assert_eq!(store.info(), &info());
        assert_eq!(store.totals().unwrap().calls, 0);
        drop(store);
        assert!(RunReader::open(&directory).unwrap().verify().unwrap().is_sound());
        assert!(matches!(
            RunStore::create(&directory, &info(), NOW),
            Err(StoreError::Exists { .. })
        ));
        if is_good {
            is_finished = true;
            break;
        }
    }
    assert!(is_finished, "a creation takes more calls than expected");
}
