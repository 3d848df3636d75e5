//! What the tests share: small runs, and children that do a part of a test in another process.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

use speciate_store::{Batch, CallRow, OnCommit, RunInfo, RunStore, StoreError, Writer};
use speciate_types::{
    Answer, CallKey, CallOutcome, ChatResponse, ErrorClass, FailedTry, Failure, FinishReason,
    NanoUsd, StoredRecord, UnixMillis, Usage,
};

pub(crate) const NOW: UnixMillis = UnixMillis(1_714_564_800_000);
pub(crate) const KIND: &str = "instruction";

/// Where a child finds what it works on.
const CHILD_VARIABLE: &str = "SPECIATE_STORE_TEST_CHILD";

pub(crate) fn info() -> RunInfo {
    RunInfo {
        run_id: "9f2c".to_owned(),
        created: NOW,
        program_version: "0.1.0".to_owned(),
        recipe_toml: "rounds = 4\n".to_owned(),
        identity: serde_json::json!({"rounds": 4, "seeds": "ab12", "temperature": 0.1}),
        seeds_hash: "ab12".to_owned(),
        seed_count: 5,
    }
}

pub(crate) fn create(directory: &Path) -> RunStore {
    RunStore::create(directory, &info(), NOW).unwrap()
}

pub(crate) fn open(directory: &Path) -> RunStore {
    RunStore::open(directory, NOW).unwrap()
}

/// A writer that nobody listens to.
pub(crate) fn write(store: RunStore, batches: impl IntoIterator<Item = Batch>) {
    let mut writer = store.into_writer(Box::new(|_| {}));
    for batch in batches {
        writer.submit(batch).unwrap();
    }
    writer.close("done", 3).unwrap();
}

/// What a writer tells.
#[derive(Clone, Default)]
pub(crate) struct Told(Arc<Mutex<Vec<Result<u64, StoreError>>>>);

impl Told {
    pub(crate) fn listener(&self) -> OnCommit {
        let told = self.clone();
        Box::new(move |result| told.0.lock().unwrap().push(result))
    }

    pub(crate) fn all(&self) -> Vec<Result<u64, StoreError>> {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn durable(&self) -> u64 {
        self.all().into_iter().filter_map(Result::ok).last().unwrap_or(0)
    }

    pub(crate) fn errors(&self) -> Vec<StoreError> {
        self.all().into_iter().filter_map(Result::err).collect()
    }
}

/// Submits made batches until the writer refuses; returns how many it took.
pub(crate) fn submit_until_refused(writer: &mut Writer, most: u64) -> u64 {
    (0..most).find(|number| writer.submit(batch(*number)).is_err()).unwrap_or(most)
}

/// The call of this number; every fifth failed. Always the same for the same number.
pub(crate) fn call(number: u64) -> CallRow {
    let usage = Usage {
        input_tokens: 100 + number,
        output_tokens: 10,
        estimated: number.is_multiple_of(7),
        ..Usage::default()
    };
    let cost = (!number.is_multiple_of(3)).then_some(NanoUsd(1_000 + number));
    let outcome = if number % 5 == 4 {
        let message = format!("no \"answer\" to {number}");
        let class = ErrorClass::ALL[number as usize % ErrorClass::ALL.len()];
        CallOutcome::Failed(Failure { class, message, tries: 2, usage, cost })
    } else {
        CallOutcome::Answered(Answer { response: response(number, usage), tries: 1, usage, cost })
    };
    CallRow {
        key: key(number),
        role: ["evolver", "judge"][number as usize % 2].to_owned(),
        endpoint: "http://localhost:8000/v1".to_owned(),
        model: "a-model".to_owned(),
        failed_tries: if number % 5 == 4 { failed_tries(number) } else { Vec::new() },
        outcome,
        request_hash: u128::from(number).to_le_bytes(),
        latency_ms: number,
        at: UnixMillis(NOW.0 + number),
    }
}

fn response(number: u64, usage: Usage) -> ChatResponse {
    ChatResponse {
        text: format!("answer {number}: \u{0} \u{1b}[31m ß 漢 \u{10ffff}\n{}", "word ".repeat(20)),
        reasoning: number.is_multiple_of(2).then(|| "because".to_owned()),
        finish_reason: FinishReason::Stop,
        usage,
        model: "a-model-v2".to_owned(),
        created_unix_s: Some(1_714_564_800),
    }
}

fn failed_tries(number: u64) -> Vec<FailedTry> {
    let try_ = FailedTry {
        class: ErrorClass::Transient,
        status: Some(503),
        message: "stumbled".to_owned(),
        duration_ms: number,
        maybe_billed: true,
        given_up: false,
    };
    vec![try_.clone(), FailedTry { status: None, maybe_billed: false, ..try_ }]
}

pub(crate) fn key(number: u64) -> CallKey {
    CallKey::new(format!("{}/evolve/0", id(number)))
}

pub(crate) fn id(number: u64) -> String {
    format!("{:016x}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// The record of this number; positions are scattered.
pub(crate) fn record(number: u64) -> StoredRecord {
    StoredRecord {
        kind: KIND,
        id: id(number),
        position: u128::from(number.wrapping_mul(0x9e37_79b9_7f4a_7c15)) << 40,
        body: format!(r#"{{"id":"{}","verdict":"kept","round":{number}}}"#, id(number)),
    }
}

/// The call of this number, with the record that follows from it.
pub(crate) fn batch(number: u64) -> Batch {
    Batch { call: Some(call(number)), records: vec![record(number)] }
}

/// Every record of the kind, in the order of storing.
pub(crate) fn stored_records(store: &RunStore) -> Vec<StoredRecord> {
    let mut records = Vec::new();
    let visit = &mut |record| {
        records.push(record);
        Ok::<_, StoreError>(())
    };
    store.for_each_record(KIND, visit).unwrap();
    records
}

/// Copies a run that nobody writes, as a person would.
pub(crate) fn copy_run(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    std::fs::copy(from.join("run.db"), to.join("run.db")).unwrap();
}

/// The directory that the parent gave, in a child; `None` where the test is run for itself.
pub(crate) fn child_directory() -> Option<PathBuf> {
    std::env::var_os(CHILD_VARIABLE).map(PathBuf::from)
}

/// Runs the test of this name in a process of its own, behind `prefix` (a program and its
/// arguments), working on `directory`.
pub(crate) fn child(prefix: &[&str], test: &str, directory: &Path) -> Command {
    let this = std::env::current_exe().unwrap();
    let arguments = ["--exact", test, "--ignored", "--nocapture", "--test-threads=1"];
    let mut command = match prefix {
        [] => Command::new(this),
        [program, rest @ ..] => {
            let mut command = Command::new(program);
            command.args(rest).arg(this);
            command
        }
    };
    command.args(arguments).env(CHILD_VARIABLE, directory);
    command
}
