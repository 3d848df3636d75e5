//! One writer at a time, over processes.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Stdio};

use speciate_store::{RunReader, RunStore, StoreError};

use crate::support::{NOW, child, child_directory, create, info, open};

#[test]
#[ignore = "a child of the tests below"]
fn hold_until_told() {
    let Some(directory) = child_directory() else { return };
    let _store = open(&directory);
    println!("\nheld");
    let _ = std::io::stdin().read(&mut [0]);
}

fn holder(directory: &std::path::Path) -> Child {
    let mut child = child(&[], "lock::hold_until_told", directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let said = BufReader::new(child.stdout.take().unwrap());
    assert!(said.lines().map_while(Result::ok).any(|line| line == "held"));
    child
}

#[test]
fn a_second_process_is_told_who_holds_the_run() {
    let folder = tempfile::tempdir().unwrap();
    drop(create(folder.path()));
    let mut holder = holder(folder.path());

    let refused = RunStore::open(folder.path(), NOW).unwrap_err();
    let StoreError::Locked { pid, ref host, since, .. } = refused else { panic!("{refused:?}") };
    assert_eq!((pid, since), (holder.id(), NOW));
    assert!(!host.is_empty());
    let message = refused.to_string();
    assert!(message.contains(&format!("process {pid} on {host} since 2024-05-01T12:00:00Z")));
    assert!(matches!(
        RunStore::create(folder.path(), &info(), NOW),
        Err(StoreError::Locked { .. })
    ));
    assert!(RunReader::open(folder.path()).is_ok(), "reading needs no lock");

    holder.kill().unwrap();
    holder.wait().unwrap();
    drop(open(folder.path()));
}

#[test]
fn within_a_process_too() {
    let folder = tempfile::tempdir().unwrap();
    let store = create(folder.path());
    assert!(matches!(RunStore::open(folder.path(), NOW), Err(StoreError::Locked { .. })));
    let writer = store.into_writer(Box::new(|_| {}));
    assert!(matches!(RunStore::open(folder.path(), NOW), Err(StoreError::Locked { .. })));
    writer.close("done", 0).unwrap();
    drop(open(folder.path()));
}

#[test]
fn a_holder_that_has_not_said_who_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let _store = create(folder.path());
    for text in [&b""[..], b"12", b"\xff\xff\n\n\n", b"1\n2\n"] {
        fs::write(folder.path().join("LOCK"), text).unwrap();
        let refused = RunStore::open(folder.path(), NOW).unwrap_err();
        assert!(matches!(refused, StoreError::Locked { pid: 0, .. }), "{refused:?}");
    }
}

#[test]
fn what_an_old_lock_file_says_does_not_matter() {
    let folder = tempfile::tempdir().unwrap();
    drop(create(folder.path()));
    fs::write(folder.path().join("LOCK"), "1\n0\nelsewhere\n").unwrap();
    drop(open(folder.path()));
}
