//! Calls: what the writer is given, how it becomes a row, and how a row is read back.

use rusqlite::types::ValueRef;
use rusqlite::{Row, params};
use speciate_types::{CallKey, CallOutcome, FailedTry, NanoUsd, StoredRecord, UnixMillis, Usage};

use crate::StoreError;
use crate::body::{self, checked, checksum, outcome_name, read_outcome, write_outcome};
use crate::db::{Db, from_column, to_column};

/// A call that ended.
#[derive(Debug, Clone, PartialEq)]
pub struct CallRow {
    /// Its name within the run.
    pub key: CallKey,
    /// What the model was asked to be.
    pub role: String,
    /// Where it was sent.
    pub endpoint: String,
    /// The model that was asked for.
    pub model: String,
    /// How it ended.
    pub outcome: CallOutcome,
    /// The tries before the last, and the last if it failed too.
    pub failed_tries: Vec<FailedTry>,
    /// Hash of the request, in the caller's terms.
    pub request_hash: [u8; 16],
    /// How long the last try took.
    pub latency_ms: u64,
    /// When it ended.
    pub at: UnixMillis,
}

/// What is stored together or not at all: a call and what follows from it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Batch {
    /// The call, if one led to this.
    pub call: Option<CallRow>,
    /// Records, in the order in which they are stored.
    pub records: Vec<StoredRecord>,
}

/// A stored call without its body.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct CallSummary {
    /// Its name within the run.
    pub key: CallKey,
    /// What the model was asked to be.
    pub role: String,
    /// Where it was sent.
    pub endpoint: String,
    /// The model that was asked for.
    pub model: String,
    /// `answered`, or the name of an error class.
    pub outcome: String,
    /// Why the answer ended; `None` for a failed call.
    pub finish_reason: Option<String>,
    /// Tokens of all tries together.
    pub usage: Usage,
    /// Price of all tries together; `None` when the model's price is not known.
    pub cost: Option<NanoUsd>,
    /// Tries that were made.
    pub tries: u32,
    /// The tries that failed.
    pub failed_tries: Vec<FailedTry>,
    /// Hash of the request, in the caller's terms.
    pub request_hash: [u8; 16],
    /// How long the last try took.
    pub latency_ms: u64,
    /// When it ended.
    pub at: UnixMillis,
}

/// The columns that repeat what the body says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Columns<'a> {
    pub(crate) outcome: &'a str,
    pub(crate) finish_reason: Option<&'a str>,
    pub(crate) input_tokens: i64,
    pub(crate) output_tokens: i64,
    pub(crate) usage_estimated: bool,
    pub(crate) cost_nano_usd: Option<i64>,
    pub(crate) tries: u32,
}

impl Columns<'_> {
    pub(crate) fn of(outcome: &CallOutcome) -> Columns<'static> {
        let usage = outcome.usage();
        let finish_reason = match outcome {
            CallOutcome::Answered(answer) => Some(answer.response.finish_reason.as_str()),
            CallOutcome::Failed(_) => None,
        };
        Columns {
            outcome: outcome_name(outcome),
            finish_reason,
            input_tokens: to_column(usage.input_tokens),
            output_tokens: to_column(usage.output_tokens),
            usage_estimated: usage.estimated,
            cost_nano_usd: outcome.cost().map(|cost| to_column(cost.0)),
            tries: outcome.tries(),
        }
    }
}

const INSERT: &str = "
INSERT INTO call (key, role, endpoint, model, outcome, finish_reason, input_tokens,
    output_tokens, usage_estimated, cost_nano_usd, tries, failed_tries, request_hash, latency_ms,
    at_unix_ms, body, checksum)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)
ON CONFLICT (key) DO NOTHING";

/// Stores a call. False if just this call is stored already.
pub(crate) fn insert(db: &Db, call: &CallRow) -> Result<bool, StoreError> {
    let failed = db.failed("store a call");
    let not_json =
        |error: serde_json::Error| failed(rusqlite::Error::ToSqlConversionFailure(error.into()));
    let body = write_outcome(&call.outcome).map_err(not_json)?;
    let failed_tries = match call.failed_tries.as_slice() {
        [] => None,
        tries => Some(serde_json::to_string(tries).map_err(not_json)?),
    };
    let (columns, sum) = (Columns::of(&call.outcome), checksum(body.as_bytes()));
    let n_new = db
        .conn
        .prepare_cached(INSERT)
        .and_then(|mut insert| {
            insert.execute(params![
                call.key.as_str(),
                call.role,
                call.endpoint,
                call.model,
                columns.outcome,
                columns.finish_reason,
                columns.input_tokens,
                columns.output_tokens,
                columns.usage_estimated,
                columns.cost_nano_usd,
                columns.tries,
                failed_tries,
                call.request_hash,
                to_column(call.latency_ms),
                to_column(call.at.0),
                body,
                sum,
            ])
        })
        .map_err(&failed)?;
    if n_new == 0 && stored_as(db, call)? != (call.request_hash, sum) {
        return Err(StoreError::Conflict { table: "call", id: call.key.to_string() });
    }
    Ok(n_new > 0)
}

/// Request hash and checksum of the call that is stored under this key.
fn stored_as(db: &Db, call: &CallRow) -> Result<([u8; 16], body::Checksum), StoreError> {
    db.conn
        .prepare_cached("SELECT request_hash, checksum FROM call WHERE key = ?1")
        .and_then(|mut select| {
            select.query_row([call.key.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
        })
        .map_err(db.failed("compare a call with the stored one"))
}

/// How the call of this key ended, if it did.
pub(crate) fn outcome(db: &Db, key: &CallKey) -> Result<Option<CallOutcome>, StoreError> {
    let failed = db.failed("read a call");
    let mut select = db
        .conn
        .prepare_cached("SELECT body, checksum FROM call WHERE key = ?1")
        .map_err(&failed)?;
    let mut rows = select.query([key.as_str()]).map_err(&failed)?;
    let Some(row) = rows.next().map_err(&failed)? else { return Ok(None) };
    let (body, sum) =
        bytes_of(row, 0).and_then(|body| Ok((body, bytes_of(row, 1)?))).map_err(&failed)?;
    let damaged = |found: String| db.damaged_row("call", key.as_str(), found);
    let text = checked(body, sum).map_err(|found| damaged(found.to_owned()))?;
    read_outcome(text).map(Some).map_err(|error| damaged(error.to_string()))
}

/// The stored calls whose keys begin with `prefix`, in the order of their keys.
pub(crate) fn summaries(db: &Db, prefix: &str) -> Result<Vec<CallSummary>, StoreError> {
    let failed = db.failed("read calls");
    // Keys are compared by bytes, and no text sorts behind this one's continuation.
    let end = format!("{prefix}{}", char::MAX);
    let sql = "SELECT key, role, endpoint, model, outcome, finish_reason, input_tokens,
        output_tokens, usage_estimated, cost_nano_usd, tries, failed_tries, request_hash,
        latency_ms, at_unix_ms FROM call WHERE key >= ?1 AND key < ?2 ORDER BY key";
    let mut select = db.conn.prepare_cached(sql).map_err(&failed)?;
    let rows = select.query_map([prefix, &end], summary).map_err(&failed)?;
    rows.collect::<rusqlite::Result<_>>().map_err(&failed)
}

fn summary(row: &Row<'_>) -> rusqlite::Result<CallSummary> {
    Ok(CallSummary {
        key: CallKey::new(row.get::<_, String>(0)?),
        role: row.get(1)?,
        endpoint: row.get(2)?,
        model: row.get(3)?,
        outcome: row.get(4)?,
        finish_reason: row.get(5)?,
        usage: Usage {
            input_tokens: from_column(row.get(6)?),
            output_tokens: from_column(row.get(7)?),
            estimated: row.get(8)?,
            ..Usage::default()
        },
        cost: row.get::<_, Option<i64>>(9)?.map(|cost| NanoUsd(from_column(cost))),
        tries: row.get(10)?,
        failed_tries: failed_tries(row, 11)?,
        request_hash: row.get(12)?,
        latency_ms: from_column(row.get(13)?),
        at: UnixMillis(from_column(row.get(14)?)),
    })
}

pub(crate) fn failed_tries(row: &Row<'_>, column: usize) -> rusqlite::Result<Vec<FailedTry>> {
    match row.get_ref(column)? {
        ValueRef::Null => Ok(Vec::new()),
        value => serde_json::from_slice(value.as_bytes()?).map_err(|error| {
            let kind = rusqlite::types::Type::Text;
            rusqlite::Error::FromSqlConversionFailure(column, kind, error.into())
        }),
    }
}

/// A text or blob without a copy, whatever its bytes are.
pub(crate) fn bytes_of<'a>(row: &'a Row<'_>, column: usize) -> rusqlite::Result<&'a [u8]> {
    Ok(row.get_ref(column)?.as_bytes()?)
}
