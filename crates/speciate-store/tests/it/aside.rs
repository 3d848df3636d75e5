//! Records that are made again.

use speciate_store::RunReader;
use speciate_types::CallKey;

use crate::support::{KIND, batch, call, create, id, key, open, record, stored_records, write};

const BEFORE: &str = "retried";

fn set_aside(folder: &std::path::Path, numbers: impl IntoIterator<Item = u64>) {
    let ids: Vec<_> = numbers.into_iter().map(id).collect();
    open(folder).set_aside(KIND, BEFORE, &ids).unwrap();
}

#[test]
fn a_record_that_is_made_again_keeps_what_it_was() {
    let folder = tempfile::tempdir().unwrap();
    write(create(folder.path()), (0..200).map(batch));
    for times in 1..=3 {
        set_aside(folder.path(), [4, 9]);
        let store = open(folder.path());
        assert_eq!(store.call_outcome(&key(4)).unwrap(), None);
        assert_eq!(stored_records(&store).len(), 198);
        write(store, [batch(4), batch(9)]);
        let reader = RunReader::open(folder.path()).unwrap();
        assert_eq!(reader.record_count(KIND).unwrap(), 200);
        assert_eq!(reader.record_count(BEFORE).unwrap(), 2 * times);
        let was = reader.record(BEFORE, &format!("{}~{times}", id(4))).unwrap().unwrap();
        assert_eq!((was.body, was.position), (record(4).body, record(4).position));
        let old = CallKey::new(format!("{}~{times}/evolve/0", id(4)));
        assert_eq!(reader.call_outcome(&old).unwrap(), Some(call(4).outcome));
        let found = reader.verify().unwrap();
        assert!(found.is_sound() && found.calls_without_record == 0, "{found:?}");
    }
}

/// The log stays small, and what is not there to be moved harms nothing.
#[test]
fn thousands_of_them_are_set_aside_in_small_steps() {
    let folder = tempfile::tempdir().unwrap();
    write(create(folder.path()), (0..3_000).map(batch));
    set_aside(folder.path(), 0..3_001);
    let reader = RunReader::open(folder.path()).unwrap();
    assert_eq!(reader.record_count(KIND).unwrap(), 0);
    assert_eq!(reader.record_count(BEFORE).unwrap(), 3_000);
    assert!(reader.verify().unwrap().is_sound());
    drop(reader);
    let log = folder.path().join("run.db-wal").metadata().map_or(0, |log| log.len());
    assert!(log <= 4 << 20, "{log}");
}
