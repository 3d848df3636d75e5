//! The writer's promises to its caller.

use std::sync::mpsc::sync_channel;

use speciate_store::{Batch, RunReader, StoreError};
use speciate_types::CallOutcome;

use crate::support::{
    NOW, Told, batch, call, create, id, info, key, open, record, stored_records,
    submit_until_refused, write,
};

#[test]
fn batches_are_numbered_and_told_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let told = Told::default();
    let mut writer = create(folder.path()).into_writer(told.listener());
    for number in 0..1_000 {
        assert_eq!(writer.submit(batch(number)).unwrap(), number + 1);
    }
    writer.close("done", 8).unwrap();
    let told: Vec<u64> = told.all().into_iter().map(Result::unwrap).collect();
    assert!(told.is_sorted(), "{told:?}");
    assert_eq!(told.last(), Some(&1_000));
    assert!(told.len() < 1_000, "what waits is committed together");
    assert_eq!(stored_records(&open(folder.path())).len(), 1_000);
}

#[test]
fn what_is_handed_over_together_is_committed_together() {
    let folder = tempfile::tempdir().unwrap();
    let told = Told::default();
    let mut writer = create(folder.path()).into_writer(told.listener());
    assert_eq!(writer.submit_all((0..8).map(batch).collect()).unwrap(), 8);
    assert_eq!(writer.submit_all(vec![]).unwrap(), 8);
    writer.close("done", 8).unwrap();
    let told: Vec<u64> = told.all().into_iter().map(Result::unwrap).collect();
    assert_eq!(told, [8]);
}

/// The first commit holds the writer back until the rest waits, so that it becomes one group.
fn write_as_one_group(batches: Vec<Batch>) -> (tempfile::TempDir, Told, Result<(), StoreError>) {
    let folder = tempfile::tempdir().unwrap();
    let told = Told::default();
    let (mut tell, (go, wait)) = (told.listener(), sync_channel::<()>(1));
    let mut writer = create(folder.path()).into_writer(Box::new(move |result| {
        tell(result);
        let _ = wait.recv();
    }));
    writer.submit(batch(0)).unwrap();
    for batch in batches {
        writer.submit(batch).unwrap();
    }
    drop(go);
    let closed = writer.close("done", 1);
    (folder, told, closed)
}

#[test]
fn another_content_under_a_stored_name_is_refused_and_the_rest_is_kept() {
    let mut other = call(0);
    other.outcome = call(1).outcome;
    let other = Batch { call: Some(other), records: vec![record(77)] };
    let (folder, told, closed) = write_as_one_group(vec![batch(1), batch(2), other, batch(3)]);

    assert!(matches!(closed, Err(StoreError::Conflict { table: "call", .. })), "{closed:?}");
    assert_eq!(told.errors().len(), 1, "told once");
    assert_eq!(told.durable(), 3);
    let store = open(folder.path());
    assert_eq!(store.totals().unwrap().calls, 3);
    assert_eq!(store.call_outcome(&key(0)).unwrap(), Some(call(0).outcome));
    assert_eq!(stored_records(&store), [record(0), record(1), record(2)]);
    drop(store);
    assert!(RunReader::open(folder.path()).unwrap().verify().unwrap().is_sound());
}

#[test]
fn a_record_is_never_replaced_nor_moved() {
    for other in [
        speciate_types::StoredRecord { body: "{}".to_owned(), ..record(0) },
        speciate_types::StoredRecord { position: 1, ..record(0) },
    ] {
        let batch = Batch { call: None, records: vec![other] };
        let (folder, _, closed) = write_as_one_group(vec![batch]);
        assert!(matches!(closed, Err(StoreError::Conflict { table: "record", .. })));
        assert_eq!(stored_records(&open(folder.path())), [record(0)]);
    }
}

#[test]
fn a_batch_is_stored_whole_or_not_at_all() {
    let bad = speciate_types::StoredRecord { body: "{}".to_owned(), ..record(0) };
    let batch = Batch { call: Some(call(9)), records: vec![record(9), bad] };
    let (folder, ..) = write_as_one_group(vec![batch]);
    let store = open(folder.path());
    assert_eq!(store.call_outcome(&key(9)).unwrap(), None);
    assert_eq!(stored_records(&store), [record(0)]);
}

#[test]
fn after_a_failure_nothing_more_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let told = Told::default();
    let mut writer = create(folder.path()).into_writer(told.listener());
    writer.submit(batch(0)).unwrap();
    let other = call(1).outcome;
    writer
        .submit(Batch {
            call: Some(speciate_store::CallRow { outcome: other, ..call(0) }),
            records: vec![],
        })
        .unwrap();
    submit_until_refused(&mut writer, u64::MAX);
    let refused = writer.submit(batch(1)).unwrap_err();
    assert!(refused.to_string().contains("another content is stored"), "{refused}");
    assert!(refused.hint().is_some());
    assert_eq!(told.errors().len(), 1);
    assert!(writer.close("error", 0).is_err());
}

#[test]
fn a_dropped_writer_keeps_what_it_took() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = create(folder.path()).into_writer(Box::new(|_| {}));
    for number in 0..300 {
        writer.submit(batch(number)).unwrap();
    }
    drop(writer);
    assert_eq!(stored_records(&open(folder.path())).len(), 300);
    let sessions = RunReader::open(folder.path()).unwrap().sessions().unwrap();
    assert_eq!(sessions[0].ended_how.as_deref(), Some("dropped"));
}

#[test]
fn a_panic_of_the_listener_is_told_at_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = create(folder.path()).into_writer(Box::new(|_| panic!("a listener's bug")));
    writer.submit(batch(0)).unwrap();
    let closed = writer.close("done", 0).unwrap_err();
    assert!(closed.to_string().contains("panicked"), "{closed}");
    assert_eq!(open(folder.path()).totals().unwrap().calls, 1);
}

#[test]
fn sessions_tell_their_story() {
    let folder = tempfile::tempdir().unwrap();
    write(create(folder.path()), [batch(0)]);
    let mut writer = open(folder.path()).into_writer(Box::new(|_| {}));
    writer.note_in_flight(64);
    writer.note_in_flight(12);
    writer.submit(batch(1)).unwrap();
    writer.close("stopped", 30).unwrap();

    let sessions = RunReader::open(folder.path()).unwrap().sessions().unwrap();
    assert_eq!(sessions.len(), 2);
    assert_eq!(sessions[0].calls_in_flight_max, Some(3));
    assert_eq!(sessions[1].calls_in_flight_max, Some(64));
    assert_eq!(sessions[1].ended_how.as_deref(), Some("stopped"));
    assert_eq!(sessions[1].pid, std::process::id());
    assert!(sessions.iter().all(|session| session.started == NOW));
    assert!(sessions.iter().all(|session| session.ended >= Some(NOW)));
}

#[test]
fn a_run_says_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = create(folder.path());
    assert_eq!(store.info(), &info());
    store.set_recipe("rounds = 5\n").unwrap();
    assert_eq!(store.info().recipe_toml, "rounds = 5\n");
    drop(store);
    let reader = RunReader::open(folder.path()).unwrap();
    let expected = speciate_store::RunInfo { recipe_toml: "rounds = 5\n".to_owned(), ..info() };
    assert_eq!(reader.info(), &expected);
}

#[test]
fn a_reader_sees_what_is_told_while_the_writer_works() {
    let folder = tempfile::tempdir().unwrap();
    let (tell, told) = sync_channel(1);
    let mut writer = create(folder.path()).into_writer(Box::new(move |result| {
        let _ = tell.send(result.unwrap());
    }));
    let reader = RunReader::open(folder.path()).unwrap();
    for number in 0..20 {
        writer.submit(batch(number)).unwrap();
        let durable = told.recv().unwrap();
        assert_eq!(reader.totals().unwrap().calls, durable);
        assert!(reader.verify().unwrap().is_sound());
    }
    let expected = matches!(call(4).outcome, CallOutcome::Failed(_));
    assert!(expected && reader.call_outcome(&key(4)).unwrap() == Some(call(4).outcome));
    writer.close("done", 1).unwrap();
    assert_eq!(reader.record("instruction", &id(19)).unwrap(), Some(record(19)));
}

#[test]
fn calls_are_found_by_the_beginning_of_their_key() {
    let folder = tempfile::tempdir().unwrap();
    write(create(folder.path()), (0..50).map(batch));
    let reader = RunReader::open(folder.path()).unwrap();
    let found = reader.calls_of(&format!("{}/", id(9))).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((&found[0].key, found[0].tries), (&key(9), 2));
    assert_eq!(found[0].failed_tries, call(9).failed_tries);
    assert!(reader.calls_of("nothing").unwrap().is_empty());
    assert_eq!(reader.calls_of("").unwrap().len(), 50);
}
