//! Measures what a run's record costs.
//!
//! `store_speed [DIRECTORY] [CALLS]` stores so many calls (default 30,000) with a record for every
//! third into a new run in DIRECTORY (default: a temporary one), then reads all back.

#![expect(clippy::print_stdout, reason = "the figures go to the person")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use speciate_store::{Batch, CallRow, RunInfo, RunReader, RunStore, StoreError};
use speciate_types::{
    Answer, CallKey, CallOutcome, ChatResponse, FinishReason, NanoUsd, StoredRecord, UnixMillis,
    Usage,
};

const N_STEPS: u64 = 3;
const IN_FLIGHT: u64 = 1_000;
/// Batches made before the clock starts; those beyond are made, and measured, on the way.
const MADE_BEFORE: u64 = 100_000;
const ANSWER_BYTES: usize = 900;
const RECORD_BYTES: usize = 1_900;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let temporary = tempfile::tempdir()?;
    let directory = arguments.next().map_or_else(|| temporary.path().join("run"), PathBuf::from);
    let n_calls = arguments.next().map_or(Ok(30_000), |text| text.parse())?;
    write(&directory, n_calls)?;
    read(&directory)?;
    Ok(())
}

fn write(directory: &Path, n_calls: u64) -> Result<(), Box<dyn Error>> {
    let store = RunStore::create(directory, &info(), UnixMillis(0))?;
    let batches: Vec<Batch> = (0..n_calls.min(MADE_BEFORE)).map(batch).collect();
    let (began, cpu_before) = (Instant::now(), cpu());
    let mut n_commits = 0_u64;
    let (told, commits) = std::sync::mpsc::sync_channel(1);
    let mut writer = store.into_writer(Box::new(move |result| {
        n_commits += 1;
        if result.is_ok_and(|batches| batches == n_calls) {
            let _ = told.send(n_commits);
        }
    }));
    for batch in batches.into_iter().chain((MADE_BEFORE..n_calls).map(batch)) {
        writer.submit(batch)?;
    }
    let n_commits = commits.recv()?;
    let (took, cpu_commits) = (began.elapsed(), cpu().saturating_sub(cpu_before));
    writer.close("done", 64)?;
    let n_rows = n_calls + n_calls / N_STEPS;
    println!(
        "wrote {n_calls} calls and {} records in {n_commits} commits: {took:.2?}, cpu {cpu_commits:.2?}, \
         {:.1} µs cpu a batch, {:.1} µs cpu a row",
        n_calls / N_STEPS,
        micros(cpu_commits, n_calls),
        micros(cpu_commits, n_rows),
    );
    println!(
        "closed after {:.2?}; file: {} bytes a call",
        began.elapsed(),
        directory.join("run.db").metadata()?.len() / n_calls
    );
    Ok(())
}

fn read(directory: &Path) -> Result<(), Box<dyn Error>> {
    let began = Instant::now();
    let store = RunStore::open(directory, UnixMillis(0))?;
    let totals = store.totals()?;
    println!("opened and summed {} calls in {:.2?}", totals.calls, began.elapsed());
    let began = Instant::now();
    let mut bytes = 0;
    store.for_each_record::<StoreError>("instruction", &mut |record| {
        bytes += record.body.len();
        Ok(())
    })?;
    println!("read {bytes} bytes of records in order of storing in {:.2?}", began.elapsed());
    let began = Instant::now();
    for number in 0..totals.calls {
        store.call_outcome(&key(number))?;
    }
    println!("read {} outcomes by key in {:.2?}", totals.calls, began.elapsed());
    drop(store);
    let reader = RunReader::open(directory)?;
    let began = Instant::now();
    let n_records = reader.records_in_position_order("instruction")?.flatten().count();
    println!("read {n_records} records by position in {:.2?}", began.elapsed());
    let began = Instant::now();
    let report = reader.verify()?;
    println!("verified in {:.2?}: sound is {}", began.elapsed(), report.is_sound());
    Ok(())
}

fn micros(time: Duration, n: u64) -> f64 {
    time.as_secs_f64() * 1e6 / n as f64
}

/// Processor time of this process, from `/proc`; zero elsewhere.
fn cpu() -> Duration {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = text.rsplit(") ").next().unwrap_or_default();
    let ticks =
        after_name.split(' ').skip(11).take(2).filter_map(|field| field.parse::<u64>().ok());
    Duration::from_millis(ticks.sum::<u64>() * 10)
}

fn info() -> RunInfo {
    RunInfo {
        run_id: "speed".to_owned(),
        created: UnixMillis(0),
        program_version: env!("CARGO_PKG_VERSION").to_owned(),
        recipe_toml: String::new(),
        identity: serde_json::json!({}),
        seeds_hash: String::new(),
        seed_count: 0,
    }
}

/// Spreads numbers as ids of hashes are spread.
fn id(number: u64) -> String {
    let hash = blake3::hash(&number.to_le_bytes());
    hash.to_hex()[..20].to_owned()
}

/// Item and step of a call. The steps of an item come 1,000 calls apart, as with many in flight.
fn item_and_step(number: u64) -> (u64, usize) {
    let (block, within) = (number / (IN_FLIGHT * N_STEPS), number % (IN_FLIGHT * N_STEPS));
    (block * IN_FLIGHT + within % IN_FLIGHT, (within / IN_FLIGHT) as usize)
}

fn key(number: u64) -> CallKey {
    let (item, step) = item_and_step(number);
    CallKey::new(format!("{}/{}/0", id(item), ["evolve", "judge", "respond"][step]))
}

fn batch(number: u64) -> Batch {
    let (item, step) = item_and_step(number);
    let usage = Usage { input_tokens: 300, output_tokens: 225, ..Usage::default() };
    let response = ChatResponse {
        text: words(number, ANSWER_BYTES),
        reasoning: None,
        finish_reason: FinishReason::Stop,
        usage,
        model: "a-model".to_owned(),
        created_unix_s: Some(1_714_564_800),
    };
    let call = CallRow {
        key: key(number),
        role: ["evolver", "judge", "responder"][step].to_owned(),
        endpoint: "http://localhost:8000/v1".to_owned(),
        model: "a-model".to_owned(),
        outcome: CallOutcome::Answered(Answer {
            response,
            tries: 1,
            usage,
            cost: Some(NanoUsd(180_000)),
        }),
        failed_tries: Vec::new(),
        request_hash: [7; 16],
        latency_ms: 1_200,
        at: UnixMillis(1_714_564_800_000),
    };
    let is_last = step as u64 == N_STEPS - 1;
    let records = if is_last { vec![record(item)] } else { Vec::new() };
    Batch { call: Some(call), records }
}

fn record(item: u64) -> StoredRecord {
    let body = serde_json::json!({
        "id": id(item),
        "verdict": "kept",
        "instruction": words(item, RECORD_BYTES / 2),
        "response": words(item + 1, RECORD_BYTES / 2),
    });
    StoredRecord {
        kind: "instruction",
        id: id(item),
        position: u128::from(item.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
        body: body.to_string(),
    }
}

fn words(number: u64, n_bytes: usize) -> String {
    let mut text = String::with_capacity(n_bytes + 20);
    let mut word = number;
    while text.len() < n_bytes {
        word = word.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        text.push_str(
            ["evolve ", "the \"harder\" ", "instruction\n", "mit Übung "][(word >> 62) as usize],
        );
    }
    text
}
