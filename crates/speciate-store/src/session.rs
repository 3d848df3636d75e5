//! Sessions: one row for each process that wrote to the run.

use rusqlite::{OptionalExtension as _, Row, params};
use speciate_types::UnixMillis;

use crate::StoreError;
use crate::db::{Db, from_column, to_column};
use crate::lock::host;

/// A process that wrote to the run.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Session {
    /// When it began.
    pub started: UnixMillis,
    /// When it ended; `None` if it was killed, or still runs.
    pub ended: Option<UnixMillis>,
    /// Its process number.
    pub pid: u32,
    /// Its machine.
    pub host: String,
    /// How it ended, in the caller's terms; `None` if it was killed, or still runs.
    pub ended_how: Option<String>,
    /// The most calls that were in flight at once. If it was killed, so many may have been billed
    /// without a stored answer. `None` if it did not say.
    pub calls_in_flight_max: Option<u32>,
}

/// Begins a session and returns its number.
pub(crate) fn begin(db: &Db, now: UnixMillis) -> Result<i64, StoreError> {
    db.conn
        .execute(
            "INSERT INTO session (started_unix_ms, pid, host) VALUES (?1, ?2, ?3)",
            params![to_column(now.0), std::process::id(), host()],
        )
        .map_err(db.failed("begin a session"))?;
    Ok(db.conn.last_insert_rowid())
}

/// Notes how many calls have been in flight so far.
pub(crate) fn note_in_flight(db: &Db, id: i64, in_flight_max: u32) -> Result<(), StoreError> {
    db.conn
        .prepare_cached("UPDATE session SET calls_in_flight_max = ?2 WHERE id = ?1")
        .and_then(|mut update| update.execute(params![id, in_flight_max]))
        .map_err(db.failed("note the calls in flight"))?;
    Ok(())
}

pub(crate) fn end(
    db: &Db,
    id: i64,
    now: UnixMillis,
    how: &str,
    in_flight_max: u32,
) -> Result<(), StoreError> {
    let sql = "UPDATE session SET ended_unix_ms = ?2, ended_how = ?3, calls_in_flight_max = ?4
               WHERE id = ?1";
    db.conn
        .execute(sql, params![id, to_column(now.0), how, in_flight_max])
        .map_err(db.failed("end the session"))?;
    Ok(())
}

/// Whether the last session has ended, and its writer with it.
pub(crate) fn is_over(db: &Db) -> Result<bool, StoreError> {
    let sql = "SELECT ended_unix_ms IS NOT NULL FROM session ORDER BY id DESC LIMIT 1";
    let last: Option<bool> = db
        .conn
        .query_row(sql, [], |row| row.get(0))
        .optional()
        .map_err(db.failed("read the sessions"))?;
    Ok(last.unwrap_or(true))
}

/// All sessions, oldest first.
pub(crate) fn list(db: &Db) -> Result<Vec<Session>, StoreError> {
    let failed = db.failed("read the sessions");
    let sql = "SELECT started_unix_ms, ended_unix_ms, pid, host, ended_how, calls_in_flight_max
               FROM session ORDER BY id";
    let mut select = db.conn.prepare_cached(sql).map_err(&failed)?;
    let rows = select.query_map([], read).map_err(&failed)?;
    rows.collect::<rusqlite::Result<_>>().map_err(&failed)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Session> {
    Ok(Session {
        started: UnixMillis(from_column(row.get(0)?)),
        ended: row.get::<_, Option<i64>>(1)?.map(|at| UnixMillis(from_column(at))),
        pid: row.get(2)?,
        host: row.get(3)?,
        ended_how: row.get(4)?,
        calls_in_flight_max: row.get(5)?,
    })
}
