//! A connection to `run.db` that is known to be a run's record of a known format.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::schema::{
    APPLICATION_ID, CREATOR_PRAGMAS, FORMAT, READER_PRAGMAS, TABLES, VIEWS, WRITER_PRAGMAS,
};
use crate::{RunInfo, StoreError};

/// How long a statement waits for a reader's or the recovery's lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
const STATEMENTS_CACHED: usize = 32;
const CREATING: &str = "create the run's record";
const OPENING: &str = "open the run's record";

#[derive(Debug)]
pub(crate) struct Db {
    pub(crate) conn: Connection,
    pub(crate) file: PathBuf,
}

impl Db {
    /// Makes the tables in a file that is empty, and fills in what is known from the start.
    pub(crate) fn create(file: &Path, info: &RunInfo) -> Result<(), StoreError> {
        let db = Self::connect(file, file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let failed = db.failed(CREATING);
        db.batch(CREATING, CREATOR_PRAGMAS)?;
        let transaction = db.conn.unchecked_transaction().map_err(&failed)?;
        let format =
            format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {FORMAT};");
        for sql in [&format, TABLES, VIEWS] {
            db.batch(CREATING, sql)?;
        }
        info.write(&db)?;
        transaction.commit().map_err(&failed)
    }

    pub(crate) fn open_writable(file: &Path) -> Result<Self, StoreError> {
        let db = Self::connect(file, file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        db.check_format()?;
        db.batch(OPENING, WRITER_PRAGMAS)?;
        db.check_log()?;
        Ok(db)
    }

    /// SQLite does without a log where it cannot have one, and says so only if asked.
    fn check_log(&self) -> Result<(), StoreError> {
        let mode: String = self
            .conn
            .query_row("PRAGMA journal_mode", [], |row| row.get(0))
            .map_err(self.failed(OPENING))?;
        if mode == "wal" {
            return Ok(());
        }
        let source = io::Error::new(io::ErrorKind::Unsupported, "there is no shared memory");
        Err(StoreError::io("keep a log beside the run's record", &self.file, source))
    }

    /// Works on read-only and full disks too, where nothing but a finished run can be read.
    ///
    /// It is opened for writing where that is allowed: a connection that may only read makes a log
    /// and its index, and cannot take them away again. See [`Db::may_empty_log`].
    pub(crate) fn open_readable(file: &Path) -> Result<Self, StoreError> {
        let db = Self::connect(file, file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        db.may_empty_log(false)?;
        let is_refused = db.application_id().is_err_and(|error| is_without_log(&error));
        let db = match immutable_uri(file).filter(|_| is_refused) {
            Some(uri) => Self::connect(
                Path::new(&uri),
                file,
                OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI,
            )?,
            None => db,
        };
        db.check_format()?;
        db.batch(OPENING, READER_PRAGMAS)?;
        Ok(db)
    }

    /// Whether closing, if nobody else has the file open, moves what is in the log into the file
    /// and takes the log away. SQLite sees by its locks whether that is so, in any process.
    pub(crate) fn may_empty_log(&self, may: bool) -> Result<(), StoreError> {
        self.conn
            .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, !may)
            .map(drop)
            .map_err(self.failed(OPENING))
    }

    fn connect(location: &Path, file: &Path, flags: OpenFlags) -> Result<Self, StoreError> {
        let failed = |error| StoreError::sqlite(OPENING, file, error);
        let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
        let conn = Connection::open_with_flags(location, flags).map_err(failed)?;
        conn.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
        conn.set_prepared_statement_cache_capacity(STATEMENTS_CACHED);
        // A file that someone else made must not run code of its own.
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true).map_err(failed)?;
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false).map_err(failed)?;
        Ok(Self { conn, file: file.to_owned() })
    }

    fn application_id(&self) -> rusqlite::Result<i64> {
        self.conn.query_row("PRAGMA application_id", [], |row| row.get(0))
    }

    fn check_format(&self) -> Result<(), StoreError> {
        let failed = self.failed("read the run's record");
        let application = self.application_id().map_err(&failed)?;
        if application != APPLICATION_ID {
            return Err(self.damaged("it is not a run's record"));
        }
        let found: i64 =
            self.conn.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(&failed)?;
        if found > FORMAT {
            return Err(StoreError::Newer { file: self.file.clone(), found, known: FORMAT });
        }
        if found < 1 {
            return Err(self.damaged(format!("its format number is {found}")));
        }
        Ok(())
    }

    pub(crate) fn batch(&self, doing: &'static str, sql: &str) -> Result<(), StoreError> {
        self.conn.execute_batch(sql).map_err(self.failed(doing))
    }

    /// Turns a database error into ours.
    pub(crate) fn failed(&self, doing: &'static str) -> impl Fn(rusqlite::Error) -> StoreError {
        move |error| StoreError::sqlite(doing, &self.file, error)
    }

    pub(crate) fn damaged(&self, found: impl Into<String>) -> StoreError {
        StoreError::Damaged { file: self.file.clone(), found: found.into() }
    }

    pub(crate) fn damaged_row(
        &self,
        table: &'static str,
        id: &str,
        found: impl Into<String>,
    ) -> StoreError {
        let (file, id, found) = (self.file.clone(), id.to_owned(), found.into());
        StoreError::DamagedRow { file, table, id, found }
    }
}

/// Whether the log's index cannot be had beside a file: its disk is read-only, or full.
fn is_without_log(error: &rusqlite::Error) -> bool {
    use rusqlite::ffi::{SQLITE_IOERR_SHMMAP, SQLITE_IOERR_SHMOPEN, SQLITE_IOERR_SHMSIZE};
    const OF_INDEX: [i32; 3] = [SQLITE_IOERR_SHMMAP, SQLITE_IOERR_SHMOPEN, SQLITE_IOERR_SHMSIZE];
    let Some(error) = error.sqlite_error() else { return false };
    matches!(error.code, ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::DiskFull)
        || OF_INDEX.contains(&error.extended_code)
}

/// The address under which SQLite reads a file without writing beside it.
///
/// `None` if a log with commits lies beside the file: they would be missing in what is read.
#[cfg(unix)]
fn immutable_uri(file: &Path) -> Option<String> {
    use std::fmt::Write;
    use std::os::unix::ffi::OsStrExt;

    let mut log = file.as_os_str().to_owned();
    log.push("-wal");
    if std::fs::metadata(log).is_ok_and(|log| log.len() > 0) {
        return None;
    }
    let mut uri = "file:".to_owned();
    for byte in file.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.".contains(byte) {
            uri.push(char::from(*byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    Some(uri + "?immutable=1")
}

#[cfg(not(unix))]
fn immutable_uri(_file: &Path) -> Option<String> {
    None
}

/// A number for a column; those above what SQLite holds become the largest that it holds.
pub(crate) fn to_column(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A column's number; negative ones, which are never written, become 0.
pub(crate) fn from_column(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
