//! Modes, links, and directories that come and go.

use std::fs;
use std::path::Path;

use speciate_store::{RunReader, RunStore, StoreError};

use crate::support::{NOW, Told, batch, create, info, open, submit_until_refused, write};

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[cfg(unix)]
#[test]
fn a_run_is_private() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("runs/of today/run");
    let mut writer = create(&directory).into_writer(Box::new(|_| {}));
    writer.submit(batch(0)).unwrap();
    assert_eq!(mode(&directory), 0o700);
    for file in fs::read_dir(&directory).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
    writer.close("done", 0).unwrap();
    let mut names: Vec<_> =
        fs::read_dir(&directory).unwrap().map(|file| file.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["LOCK", "run.db"], "a finished run is one file");
}

fn names(directory: &Path) -> Vec<String> {
    let names = fs::read_dir(directory).unwrap();
    let mut names: Vec<_> =
        names.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_finished_run_that_was_read_is_still_one_file() {
    let folder = tempfile::tempdir().unwrap();
    write(create(folder.path()), (0..20).map(batch));
    let before = fs::read(folder.path().join("run.db")).unwrap();
    let readers =
        [RunReader::open(folder.path()).unwrap(), RunReader::open(folder.path()).unwrap()];
    for reader in readers {
        assert_eq!(reader.totals().unwrap().calls, 20);
        assert!(reader.verify().unwrap().is_sound());
    }
    assert_eq!(names(folder.path()), ["LOCK", "run.db"]);
    assert_eq!(fs::read(folder.path().join("run.db")).unwrap(), before, "reading wrote something");
}

#[test]
fn a_reader_that_outlives_the_writer_leaves_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = create(folder.path()).into_writer(Box::new(|_| {}));
    let reader = RunReader::open(folder.path()).unwrap();
    // A reader that closes beside the writer takes nothing away.
    drop(RunReader::open(folder.path()).unwrap());
    for number in 0..20 {
        writer.submit(batch(number)).unwrap();
    }
    writer.close("done", 1).unwrap();
    assert_eq!(reader.totals().unwrap().calls, 20);
    drop(reader);
    assert_eq!(names(folder.path()), ["LOCK", "run.db"]);
    assert_eq!(open(folder.path()).totals().unwrap().calls, 20);
}

/// The files of a writer that died, as they lie there afterwards.
#[test]
fn a_reader_leaves_the_log_of_a_killed_writer_as_it_is() {
    let (folder, dead) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let told = Told::default();
    let mut writer = create(folder.path()).into_writer(told.listener());
    for number in 0..20 {
        writer.submit(batch(number)).unwrap();
    }
    while told.durable() < 20 {
        std::thread::yield_now();
    }
    for name in ["run.db", "run.db-wal"] {
        fs::copy(folder.path().join(name), dead.path().join(name)).unwrap();
    }
    let files = || ["run.db", "run.db-wal"].map(|name| fs::read(dead.path().join(name)).unwrap());
    let before = files();
    let reader = RunReader::open(dead.path()).unwrap();
    assert_eq!(reader.totals().unwrap().calls, 20);
    drop(reader);
    assert!(files() == before, "a reader has moved results");
    write(open(dead.path()), [batch(20)]);
    assert_eq!(names(dead.path()), ["LOCK", "run.db"]);
    assert_eq!(open(dead.path()).totals().unwrap().calls, 21);
}

#[cfg(unix)]
#[test]
fn an_empty_directory_becomes_private_and_a_full_one_stays_as_it_is() {
    use std::os::unix::fs::PermissionsExt;
    for (is_empty, expected) in [(true, 0o700), (false, 0o755)] {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        if !is_empty {
            fs::write(folder.path().join("seeds.jsonl"), "").unwrap();
        }
        drop(create(folder.path()));
        assert_eq!(mode(folder.path()), expected);
    }
}

#[cfg(unix)]
#[test]
fn links_are_not_followed() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let (outside, directory) = (folder.path().join("outside"), folder.path().join("run"));
    fs::write(&outside, "precious").unwrap();
    fs::create_dir(&directory).unwrap();

    symlink(&outside, directory.join("LOCK")).unwrap();
    let refused = RunStore::create(&directory, &info(), NOW).unwrap_err();
    assert!(matches!(refused, StoreError::Symlink { .. }), "{refused:?}");
    fs::remove_file(directory.join("LOCK")).unwrap();

    symlink(&outside, directory.join("run.db.new")).unwrap();
    drop(create(&directory));
    fs::rename(directory.join("run.db"), folder.path().join("moved.db")).unwrap();
    symlink(folder.path().join("moved.db"), directory.join("run.db")).unwrap();
    for refused in
        [RunStore::open(&directory, NOW).unwrap_err(), RunReader::open(&directory).unwrap_err()]
    {
        assert!(matches!(refused, StoreError::Symlink { .. }), "{refused:?}");
    }
    assert_eq!(fs::read_to_string(&outside).unwrap(), "precious");
}

#[cfg(unix)]
#[test]
fn a_linked_directory_and_odd_names_are_fine() {
    let folder = tempfile::tempdir().unwrap();
    let real = folder.path().join("real ?#%41 ü 漢");
    write(create(&real), [batch(0)]);
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(&real, &link).unwrap();
    assert_eq!(open(&link).totals().unwrap().calls, 1);
    assert_eq!(RunReader::open(&link).unwrap().totals().unwrap().calls, 1);
}

#[test]
fn a_run_is_created_once() {
    let folder = tempfile::tempdir().unwrap();
    assert!(!RunStore::exists(folder.path()));
    assert!(matches!(RunStore::open(folder.path(), NOW), Err(StoreError::NoRun { .. })));
    assert!(matches!(RunReader::open(&folder.path().join("no")), Err(StoreError::NoRun { .. })));
    assert!(!folder.path().join("LOCK").exists(), "a look leaves nothing behind");
    drop(create(folder.path()));
    assert!(RunStore::exists(folder.path()));
    assert!(matches!(
        RunStore::create(folder.path(), &info(), NOW),
        Err(StoreError::Exists { .. })
    ));
}

#[test]
fn what_an_unfinished_creation_left_does_not_matter() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["run.db.new", "run.db.new-journal"] {
        fs::write(folder.path().join(name), "half a page").unwrap();
    }
    assert!(!RunStore::exists(folder.path()));
    drop(create(folder.path()));
    assert!(!folder.path().join("run.db.new").exists());
}

#[cfg(unix)]
#[test]
fn a_run_that_is_moved_away_stops() {
    let folder = tempfile::tempdir().unwrap();
    let (directory, elsewhere) = (folder.path().join("run"), folder.path().join("elsewhere"));
    let told = Told::default();
    let mut writer = create(&directory).into_writer(told.listener());
    writer.submit(batch(0)).unwrap();
    while told.durable() == 0 {
        std::thread::yield_now();
    }
    fs::rename(&directory, &elsewhere).unwrap();
    submit_until_refused(&mut writer, u64::MAX);
    let closed = writer.close("error", 0).unwrap_err();
    assert!(matches!(closed, StoreError::Moved { .. }), "{closed:?}");
    assert!(open(&elsewhere).totals().unwrap().calls >= told.durable());
}
