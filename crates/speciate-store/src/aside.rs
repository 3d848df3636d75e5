//! Records that are made again: the old ones stay, renamed, so that the new ones can take their ids.

use rusqlite::params;

use crate::StoreError;
use crate::db::{Db, from_column};

const SETTING_ASIDE: &str = "set a record aside";
/// Records in one transaction, so that the log stays small however many there are.
const RECORDS_AT_ONCE: usize = 64;

/// Gives records and all their calls other names. Each record moves with its calls or not at all.
pub(crate) fn set_aside(
    db: &Db,
    kind: &str,
    aside_kind: &str,
    ids: &[String],
) -> Result<(), StoreError> {
    let failed = db.failed(SETTING_ASIDE);
    for group in ids.chunks(RECORDS_AT_ONCE) {
        let transaction = db.conn.unchecked_transaction().map_err(&failed)?;
        for id in group {
            set_one_aside(db, kind, aside_kind, id).map_err(&failed)?;
        }
        transaction.commit().map_err(&failed)?;
    }
    Ok(())
}

fn set_one_aside(db: &Db, kind: &str, aside_kind: &str, id: &str) -> rusqlite::Result<()> {
    let aside = format!("{id}~{}", count(db, aside_kind, id)? + 1);
    db.conn
        .prepare_cached("UPDATE record SET kind = ?1, id = ?2 WHERE id = ?3 AND kind = ?4")?
        .execute(params![aside_kind, aside, id, kind])?;
    let sql =
        "UPDATE call SET key = ?1 || substr(key, 1 + length(?2)) WHERE key >= ?3 AND key < ?4";
    let (from, to) = (format!("{id}/"), format!("{id}/{}", char::MAX));
    db.conn.prepare_cached(sql)?.execute(params![aside, id, from, to])?;
    Ok(())
}

/// How often the record of this id was set aside before.
fn count(db: &Db, aside_kind: &str, id: &str) -> rusqlite::Result<u64> {
    let (from, to) = (format!("{id}~"), format!("{id}~{}", char::MAX));
    db.conn
        .prepare_cached("SELECT count(*) FROM record WHERE id > ?1 AND id < ?2 AND kind = ?3")?
        .query_row(params![from, to, aside_kind], |row| row.get(0))
        .map(from_column)
}
