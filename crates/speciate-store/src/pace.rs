//! How fast calls have ended of late.

use rusqlite::params;
use speciate_types::UnixMillis;

use crate::StoreError;
use crate::db::{Db, from_column, to_column};

/// Calls that are looked at: enough for a steady number, and few however long the run is.
const CALLS_MAX: i64 = 2_000;

/// Calls that have ended of late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// How many; at most 2,000.
    pub calls: u64,
    /// Tokens of their prompts and answers.
    pub tokens: u64,
    /// When the first of them began.
    pub first: UnixMillis,
    /// When the last of them ended.
    pub last: UnixMillis,
}

/// The newest calls that have ended since `since`.
pub(crate) fn since(db: &Db, since: UnixMillis) -> Result<Pace, StoreError> {
    let sql = "SELECT count(*), coalesce(sum(input_tokens + output_tokens), 0),
        coalesce(min(at_unix_ms - latency_ms), 0), coalesce(max(at_unix_ms), 0)
        FROM call WHERE seq > (SELECT max(seq) FROM call) - ?1 AND at_unix_ms >= ?2";
    db.conn
        .query_row(sql, params![CALLS_MAX, to_column(since.0)], |row| {
            let number = |column: usize| row.get(column).map(from_column);
            Ok(Pace {
                calls: number(0)?,
                tokens: number(1)?,
                first: UnixMillis(number(2)?),
                last: UnixMillis(number(3)?),
            })
        })
        .map_err(db.failed("read the pace of calls"))
}
