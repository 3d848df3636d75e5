//! What is said once about a run: the table `meta`.

use rusqlite::{OptionalExtension, params};
use serde_json::Value;
use speciate_types::UnixMillis;

use crate::StoreError;
use crate::db::Db;

/// What a run is.
#[derive(Debug, Clone, PartialEq)]
pub struct RunInfo {
    /// Its name.
    pub run_id: String,
    /// When it was created.
    pub created: UnixMillis,
    /// The program's version that created it.
    pub program_version: String,
    /// The recipe as last resolved; parts of it may change between sessions.
    pub recipe_toml: String,
    /// What must not change between sessions, in the caller's terms.
    pub identity: Value,
    /// Hash of the seeds, in the caller's terms.
    pub seeds_hash: String,
    /// How many seeds there are.
    pub seed_count: u64,
}

impl RunInfo {
    pub(crate) fn write(&self, db: &Db) -> Result<(), StoreError> {
        set_meta(db, "run_id", &self.run_id)?;
        set_meta(db, "created_unix_ms", &self.created.0.to_string())?;
        set_meta(db, "program_version", &self.program_version)?;
        set_meta(db, "recipe_toml", &self.recipe_toml)?;
        set_meta(db, "identity", &self.identity.to_string())?;
        set_meta(db, "seeds_hash", &self.seeds_hash)?;
        set_meta(db, "seed_count", &self.seed_count.to_string())
    }

    pub(crate) fn read(db: &Db) -> Result<Self, StoreError> {
        Ok(Self {
            run_id: get_meta(db, "run_id")?,
            created: UnixMillis(get_number(db, "created_unix_ms")?),
            program_version: get_meta(db, "program_version")?,
            recipe_toml: get_meta(db, "recipe_toml")?,
            identity: serde_json::from_str(&get_meta(db, "identity")?)
                .map_err(|error| db.damaged(format!("its `identity` is not JSON: {error}")))?,
            seeds_hash: get_meta(db, "seeds_hash")?,
            seed_count: get_number(db, "seed_count")?,
        })
    }
}

pub(crate) fn set_meta(db: &Db, key: &str, value: &str) -> Result<(), StoreError> {
    let sql = "INSERT INTO meta (key, value) VALUES (?1, ?2)
               ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    db.conn.execute(sql, params![key, value]).map_err(db.failed("write the run's description"))?;
    Ok(())
}

/// The value of this key; `None` if nobody has had anything to say under it.
pub(crate) fn find_meta(db: &Db, key: &str) -> Result<Option<String>, StoreError> {
    db.conn
        .query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| row.get(0))
        .optional()
        .map_err(db.failed("read the run's description"))
}

fn get_meta(db: &Db, key: &str) -> Result<String, StoreError> {
    find_meta(db, key)?.ok_or_else(|| db.damaged(format!("its `{key}` is missing")))
}

fn get_number(db: &Db, key: &str) -> Result<u64, StoreError> {
    number(db, key, &get_meta(db, key)?)
}

pub(crate) fn number(db: &Db, key: &str, text: &str) -> Result<u64, StoreError> {
    text.parse().map_err(|_| db.damaged(format!("its `{key}` is not a number, but `{text}`")))
}
