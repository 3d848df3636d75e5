//! Records: how they become rows and are read back, in either order.

use std::sync::Mutex;

use rusqlite::{Row, params};
use speciate_types::StoredRecord;

use crate::StoreError;
use crate::body::{Checksum, checked, checksum};
use crate::call::bytes_of;
use crate::db::Db;

const READING: &str = "read records";

/// What is done with each record that is read.
pub(crate) type Visit<'a, E> = &'a mut dyn FnMut(StoredRecord) -> Result<(), E>;

/// Stores a record, unless just this record is stored already.
pub(crate) fn insert(db: &Db, record: &StoredRecord) -> Result<(), StoreError> {
    let sum = checksum(record.body.as_bytes());
    let sql = "INSERT INTO record (kind, id, position, body, checksum)
               VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (id, kind) DO NOTHING";
    let position = record.position.to_be_bytes();
    let n_new = db
        .conn
        .prepare_cached(sql)
        .and_then(|mut insert| {
            insert.execute(params![record.kind, record.id, position, record.body, sum])
        })
        .map_err(db.failed("store a record"))?;
    if n_new == 0 && stored_as(db, record)? != (position, sum) {
        return Err(StoreError::Conflict { table: "record", id: record.id.clone() });
    }
    Ok(())
}

/// Position and checksum of the record that is stored under this name.
fn stored_as(db: &Db, record: &StoredRecord) -> Result<([u8; 16], Checksum), StoreError> {
    db.conn
        .prepare_cached("SELECT position, checksum FROM record WHERE id = ?1 AND kind = ?2")
        .and_then(|mut select| {
            select
                .query_row([record.id.as_str(), record.kind], |row| Ok((row.get(0)?, row.get(1)?)))
        })
        .map_err(db.failed("compare a record with the stored one"))
}

/// Reads every record of `kind` in the order of storing.
pub(crate) fn for_each<E: From<StoreError>>(
    db: &Db,
    kind: &str,
    visit: Visit<'_, E>,
) -> Result<(), E> {
    let failed = db.failed(READING);
    let kind = interned(kind);
    let sql = "SELECT id, position, body, checksum FROM record WHERE kind = ?1 ORDER BY seq";
    let mut select = db.conn.prepare_cached(sql).map_err(&failed)?;
    let mut rows = select.query([kind]).map_err(&failed)?;
    while let Some(row) = rows.next().map_err(&failed)? {
        visit(read(db, kind, row)?)?;
    }
    Ok(())
}

/// Row numbers of all records of `kind`, by position, then by order of storing.
///
/// Takes 32 bytes of memory for each record; bodies are left where they are.
pub(crate) fn in_position_order(db: &Db, kind: &str) -> Result<Vec<(u128, i64)>, StoreError> {
    let failed = db.failed(READING);
    let mut select = db
        .conn
        .prepare_cached("SELECT position, seq FROM record WHERE kind = ?1")
        .map_err(&failed)?;
    let mut found = select
        .query_map([kind], |row| Ok((u128::from_be_bytes(row.get(0)?), row.get(1)?)))
        .and_then(Iterator::collect::<rusqlite::Result<Vec<_>>>)
        .map_err(&failed)?;
    found.sort_unstable();
    Ok(found)
}

/// The record of this row number.
pub(crate) fn at(db: &Db, kind: &'static str, seq: i64) -> Result<StoredRecord, StoreError> {
    let failed = db.failed(READING);
    let sql = "SELECT id, position, body, checksum FROM record WHERE seq = ?1";
    let mut select = db.conn.prepare_cached(sql).map_err(&failed)?;
    let mut rows = select.query([seq]).map_err(&failed)?;
    match rows.next().map_err(&failed)? {
        Some(row) => read(db, kind, row),
        None => Err(db.damaged_row("record", &seq.to_string(), "it is gone")),
    }
}

/// The record of this kind and id, if there is one.
pub(crate) fn named(db: &Db, kind: &str, id: &str) -> Result<Option<StoredRecord>, StoreError> {
    let failed = db.failed(READING);
    let sql = "SELECT id, position, body, checksum FROM record WHERE id = ?1 AND kind = ?2";
    let mut select = db.conn.prepare_cached(sql).map_err(&failed)?;
    let mut rows = select.query([id, kind]).map_err(&failed)?;
    let Some(row) = rows.next().map_err(&failed)? else { return Ok(None) };
    read(db, interned(kind), row).map(Some)
}

/// How many records of `kind` there are.
pub(crate) fn count(db: &Db, kind: &str) -> Result<u64, StoreError> {
    db.conn
        .prepare_cached("SELECT count(*) FROM record WHERE kind = ?1")
        .and_then(|mut select| select.query_row([kind], |row| row.get(0)))
        .map(crate::db::from_column)
        .map_err(db.failed(READING))
}

fn read(db: &Db, kind: &'static str, row: &Row<'_>) -> Result<StoredRecord, StoreError> {
    let failed = db.failed(READING);
    let id: String = row.get(0).map_err(&failed)?;
    let position = row.get(1).map_err(&failed)?;
    let body = bytes_of(row, 2).map_err(&failed)?;
    let sum = bytes_of(row, 3).map_err(&failed)?;
    match checked(body, sum) {
        Ok(body) => {
            let (position, body) = (u128::from_be_bytes(position), body.to_owned());
            Ok(StoredRecord { kind, id, position, body })
        }
        Err(found) => Err(db.damaged_row("record", &id, found)),
    }
}

/// This kind as a name that lives as long as the process.
///
/// Kinds come from code, not from files, so there are few of them.
pub(crate) fn interned(kind: &str) -> &'static str {
    static KINDS: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());
    let mut kinds = KINDS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(known) = kinds.iter().find(|known| **known == kind) {
        return known;
    }
    let name: &'static str = Box::leak(kind.into());
    kinds.push(name);
    name
}
