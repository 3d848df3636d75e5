//! A crash after every commit: the file as it was then, resumed, gives the same bytes.
//!
//! The log beside `run.db` holds the commits one after the other, so its beginnings are what a crash
//! leaves: up to the n-th commit, with or without a torn part of the next one.

use std::fs;
use std::ops::Range;
use std::path::Path;

use speciate_mock::{FaultKind, FaultRule};

use crate::kit::{Sandbox, script, usual, wait_until, with_faults};

const HEADER_BYTES: usize = 32;
const FRAME_HEADER_BYTES: usize = 24;
const RECIPE: &str = "--rounds 2 --concurrency 4";

fn number(bytes: &[u8], at: Range<usize>) -> usize {
    u32::from_be_bytes(bytes[at].try_into().unwrap()) as usize
}

/// Where each commit ends in a log that was begun once.
fn commit_ends(log: &[u8]) -> Vec<usize> {
    let frame_bytes = FRAME_HEADER_BYTES + number(log, 8..12);
    let frames = log[HEADER_BYTES..].chunks_exact(frame_bytes);
    let is_commit = |frame: &[u8]| number(frame, 4..8) != 0;
    let salt = &log[16..24];
    frames
        .enumerate()
        .take_while(|(_, frame)| &frame[8..16] == salt)
        .filter(|(_, frame)| is_commit(frame))
        .map(|(n, _)| HEADER_BYTES + (n + 1) * frame_bytes)
        .collect()
}

/// The files of a run that was killed with all its commits still in the log, and its last calls
/// still in flight.
fn killed_late(sandbox: &Sandbox, calls: u64) -> (Vec<u8>, Vec<u8>) {
    let hang = FaultRule { after: Some(calls), ..FaultRule::always(FaultKind::Hang) };
    let mock = with_faults(script(vec![hang]));
    let running = sandbox.begin(&mock, RECIPE);
    wait_until("the last calls", || {
        let stats = mock.stats();
        stats.in_flight > 0 && stats.requests == stats.answered + stats.in_flight
    });
    wait_until("the last commit", || sandbox.calls_stored() == mock.stats().answered);
    running.kill();
    let read = |name: &str| fs::read(sandbox.path(name)).unwrap();
    (read("run/run.db"), read("run/run.db-wal"))
}

/// The directory of a crash.
fn image(from: &Path, record: &[u8], log: &[u8]) -> Sandbox {
    let sandbox = Sandbox::with_many(4);
    sandbox.write("run/run.db", record);
    sandbox.write("run/run.db-wal", log);
    fs::copy(from.join("run/recipe.toml"), sandbox.path("run/recipe.toml")).unwrap();
    sandbox
}

#[test]
fn after_every_commit_a_crash_leaves_no_trace() {
    let (whole, mock) = (Sandbox::with_many(4), usual());
    whole.run(&mock, RECIPE).expect(0);
    let (records, data) = (whole.export("records"), whole.export("messages"));
    let calls = mock.stats().answered;

    let crashed = Sandbox::with_many(4);
    let (record, log) = killed_late(&crashed, calls);
    let ends = commit_ends(&log);
    assert!(ends.len() as u64 > calls / 4, "{} commits of {calls} calls", ends.len());
    let mock = usual();
    let mut stored_before = 0;
    for (n, end) in ends.iter().enumerate() {
        // Every second image has a torn part of the next commit behind it.
        let torn = if n % 2 == 1 { (log.len() - end).min(5_000) } else { 0 };
        let sandbox = image(crashed.folder(), &record, &log[..end + torn]);
        let stored = sandbox.calls_stored();
        assert!(stored >= stored_before, "commit {n}: {stored} calls after {stored_before}");
        stored_before = stored;
        let asked_before = mock.stats().requests;
        sandbox.run(&mock, RECIPE).expect(0);
        let asked = mock.stats().requests - asked_before;
        assert_eq!(asked, calls - stored, "commit {n}: what is stored is asked again");
        assert!(sandbox.export("records") == records, "commit {n}: the records differ");
        assert!(sandbox.export("messages") == data, "commit {n}: the data differ");
        assert!(sandbox.read("run/data.jsonl") == data, "commit {n}: the file differs");
    }
    assert!(stored_before + 4 >= calls, "the last image has {stored_before} of {calls} calls");
}
