//! Disks that are full or read-only: small ones of memory, which only an administrator can make.

use std::fs;
use std::path::Path;
use std::process::Command;

use speciate_store::{RunReader, RunStore, StoreError};

use crate::support::{
    KIND, NOW, Told, batch, child, child_directory, create, info, open, record, stored_records,
    submit_until_refused, write,
};

/// Runs a test in a child that has a disk of `size` at its directory, seen by nobody else.
fn on_small_disk(size: &str, test: &str) {
    const CANNOT_MOUNT: i32 = 77;
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().to_str().unwrap();
    let script = format!(
        "mount -t tmpfs -o size={size} none '{directory}' || exit {CANNOT_MOUNT}; exec \"$0\" \"$@\""
    );
    let prefix = ["unshare", "--mount", "sh", "-c", &script];
    let ended = child(&prefix, test, folder.path()).output();
    match ended {
        Ok(ended) if ended.status.success() => {}
        Ok(ended) if ended.status.code() == Some(CANNOT_MOUNT) => println!("skipped: cannot mount"),
        Ok(ended) if ended.status.code() == Some(1) => println!("skipped: cannot unshare"),
        Ok(ended) => panic!("{test}: {}", String::from_utf8_lossy(&ended.stdout)),
        Err(_) => println!("skipped: there is no `unshare`"),
    }
}

#[test]
#[ignore = "a child of `a_full_disk_stops_the_writer_and_loses_nothing`"]
fn fill_the_disk() {
    let Some(disk) = child_directory() else { return };
    let directory = disk.join("run");
    let told = Told::default();
    let mut writer = create(&directory).into_writer(told.listener());
    submit_until_refused(&mut writer, u64::MAX);
    let closed = writer.close("error", 0).unwrap_err();
    assert!(matches!(closed, StoreError::DiskFull { .. }), "{closed:?}");
    assert!(closed.hint().unwrap().contains("free some space"));
    assert_eq!(told.errors().len(), 1);

    let refused = RunStore::open(&directory, NOW).map(drop);
    assert!(refused.is_ok() || matches!(refused, Err(StoreError::DiskFull { .. })), "{refused:?}");
    grow(&disk);
    let store = open(&directory);
    let records = stored_records(&store);
    assert!(records.len() as u64 >= told.durable());
    assert_eq!(records, (0..records.len() as u64).map(record).collect::<Vec<_>>());
    write(store, (0..2_000).map(batch));
    let reader = RunReader::open(&directory).unwrap();
    assert!(reader.verify().unwrap().is_sound());
    assert!(reader.record_count(KIND).unwrap() >= 2_000);
}

#[test]
fn a_full_disk_stops_the_writer_and_loses_nothing() {
    on_small_disk("1m", "disk::fill_the_disk");
}

#[test]
#[ignore = "a child of `a_full_disk_is_found_before_the_first_call`"]
fn create_on_a_full_disk() {
    let Some(disk) = child_directory() else { return };
    let directory = disk.join("run");
    let refused = RunStore::create(&directory, &info(), NOW).unwrap_err();
    assert!(matches!(refused, StoreError::DiskFull { .. }), "{refused:?}");
    assert!(!RunStore::exists(&directory));
    grow(&disk);
    write(create(&directory), [batch(0)]);
}

#[test]
fn a_full_disk_is_found_before_the_first_call() {
    on_small_disk("32k", "disk::create_on_a_full_disk");
}

#[test]
#[ignore = "a child of `a_finished_run_is_read_from_a_read_only_disk`"]
fn use_a_read_only_disk() {
    let Some(disk) = child_directory() else { return };
    let directory = disk.join("run ?#%");
    write(create(&directory), (0..50).map(batch));
    remount(&disk, "ro");
    let reader = RunReader::open(&directory).unwrap();
    assert_eq!(reader.totals().unwrap().calls, 50);
    assert!(reader.verify().unwrap().is_sound());
    let refused = RunStore::open(&directory, NOW).unwrap_err();
    assert!(matches!(refused, StoreError::NotWritable { .. }), "{refused:?}");
    let refused = RunStore::create(&disk.join("other"), &info(), NOW).unwrap_err();
    assert!(matches!(refused, StoreError::NotWritable { .. }), "{refused:?}");
    drop(reader);

    // With commits left in a log, the file alone would be an older state.
    remount(&disk, "rw");
    fs::write(directory.join("run.db-wal"), "not empty").unwrap();
    remount(&disk, "ro");
    assert!(RunReader::open(&directory).is_err());
}

#[test]
fn a_finished_run_is_read_from_a_read_only_disk() {
    on_small_disk("8m", "disk::use_a_read_only_disk");
}

fn grow(disk: &Path) {
    remount(disk, "size=64m");
}

fn remount(disk: &Path, option: &str) {
    let options = format!("remount,{option}");
    let done = Command::new("mount").args(["-o", &options]).arg(disk).status().unwrap();
    assert!(done.success());
}
