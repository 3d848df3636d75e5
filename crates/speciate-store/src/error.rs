//! What can go wrong with a run's record, by what a person can do about it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::ErrorCode;
use speciate_types::{UnixMillis, format_rfc3339};

use crate::room::want_of_room;

/// A run's record could not be created, opened, read or written.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There is nothing to open.
    #[error("no run found: `run.db` is missing in `{}`", directory.display())]
    NoRun {
        /// Where it was looked for.
        directory: PathBuf,
    },
    /// There is a run already where one should be created.
    #[error("cannot create a run: there is one already in `{}`", directory.display())]
    Exists {
        /// Where it is.
        directory: PathBuf,
    },
    /// Another process writes this run.
    #[error(
        "the run is in use by process {pid} on {host} since {}: `{}`",
        format_rfc3339(since.0 / 1_000),
        directory.display()
    )]
    Locked {
        /// The run's directory.
        directory: PathBuf,
        /// The other process; 0 if it has not said.
        pid: u32,
        /// Its machine.
        host: String,
        /// Since when it has the run open.
        since: UnixMillis,
    },
    /// A newer program wrote the file.
    #[error("the run has format {found}, this program knows up to {known}: `{}`", file.display())]
    Newer {
        /// The file.
        file: PathBuf,
        /// Its format.
        found: i64,
        /// The newest format known here.
        known: i64,
    },
    /// The file is not a run's record, or no longer a whole one.
    #[error("the run's record is damaged, {found}: `{}`", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        found: String,
    },
    /// One row is not what was stored.
    #[error("{table} `{id}` is damaged, {found}: `{}`", file.display())]
    DamagedRow {
        /// The file.
        file: PathBuf,
        /// `call` or `record`.
        table: &'static str,
        /// The row's key or id.
        id: String,
        /// What is wrong.
        found: String,
    },
    /// Something else is stored under this name; it is kept and this is refused.
    #[error("cannot store {table} `{id}`: another content is stored under this name")]
    Conflict {
        /// `call` or `record`.
        table: &'static str,
        /// The row's key or id.
        id: String,
    },
    /// The disk or a quota is full.
    #[error("cannot write the run's record, no space is left: `{}`", path.display())]
    DiskFull {
        /// What was written.
        path: PathBuf,
    },
    /// The system lets this process write no larger files.
    #[error("cannot write the run's record, a file would be larger than is allowed: `{}`", path.display())]
    FileTooLarge {
        /// What was written.
        path: PathBuf,
    },
    /// The place does not allow writing.
    #[error("cannot write the run's record, writing is not allowed: `{}`", path.display())]
    NotWritable {
        /// What was to be written.
        path: PathBuf,
    },
    /// Locks and shared memory are not reliable on network file systems.
    #[error("cannot keep a run on a network file system ({name}): `{}`", directory.display())]
    NetworkDisk {
        /// The run's directory.
        directory: PathBuf,
        /// The kind of file system.
        name: &'static str,
    },
    /// A link stands where the record should be; it is not followed.
    #[error("cannot use a symbolic link in a run's directory: `{}`", path.display())]
    Symlink {
        /// The link.
        path: PathBuf,
    },
    /// The directory was moved or deleted while the run was being written.
    #[error("the run's record was moved or deleted while in use: `{}`", file.display())]
    Moved {
        /// Where it was.
        file: PathBuf,
    },
    /// An earlier write failed; nothing more is written in this session.
    #[error("nothing more is stored after an earlier failure: {reason}")]
    Poisoned {
        /// The earlier failure.
        reason: String,
    },
    /// A file operation failed.
    #[error("cannot {doing}: `{}`", path.display())]
    Io {
        /// What was attempted.
        doing: &'static str,
        /// With what.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: Arc<io::Error>,
    },
    /// A database operation failed.
    #[error("cannot {doing}: `{}`", file.display())]
    Sqlite {
        /// What was attempted.
        doing: &'static str,
        /// With what.
        file: PathBuf,
        /// Why it failed.
        #[source]
        source: Arc<rusqlite::Error>,
    },
}

impl StoreError {
    /// The next step for a person, if there is one.
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::NoRun { .. } => "check the path, or start a run there",
            Self::Exists { .. } => "continue it, or choose another directory",
            Self::Locked { .. } => "wait for it to end, or stop it; the lock ends with its process",
            Self::Newer { .. } => "use the newer version of the program that wrote it",
            Self::Damaged { .. } => {
                "restore the directory from a copy; the sqlite3 shell's `.recover` may save parts"
            }
            Self::DamagedRow { .. } => {
                "`speciate verify` lists every damaged row; restore the directory from a copy"
            }
            Self::Conflict { .. } => "this is a bug: please report it",
            Self::DiskFull { .. } => "free some space and run the same command again",
            Self::FileTooLarge { .. } => {
                "raise the limit on the size of files (`ulimit -f`) and run the same command again"
            }
            Self::NotWritable { .. } => "check the owner and mode of the directory and its disk",
            Self::NetworkDisk { .. } => "use a local disk, and copy the directory afterwards",
            Self::Symlink { .. } => "put the file itself there, or choose another directory",
            Self::Moved { .. } => "put the directory back and run the same command again",
            Self::Poisoned { .. } => "solve the earlier failure and run the same command again",
            Self::Io { .. } | Self::Sqlite { .. } => return None,
        };
        Some(text.to_owned())
    }

    /// Whether the record is sound and only lacks room: the same command goes on when there is some.
    pub fn is_resumable(&self) -> bool {
        matches!(self, Self::DiskFull { .. } | Self::FileTooLarge { .. })
    }

    pub(crate) fn io(doing: &'static str, path: &Path, source: io::Error) -> Self {
        use io::ErrorKind;
        let path = path.to_owned();
        match source.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::DiskFull { path },
            ErrorKind::FileTooLarge => Self::FileTooLarge { path },
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
                Self::NotWritable { path }
            }
            _ => Self::Io { doing, path, source: Arc::new(source) },
        }
    }

    pub(crate) fn sqlite(doing: &'static str, file: &Path, source: rusqlite::Error) -> Self {
        let file = file.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull { path: file },
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
                Self::NotWritable { path: file }
            }
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
                Self::Damaged { file, found: source.to_string() }
            }
            Some(ErrorCode::SystemIoFailure) => match want_of_room(&file) {
                Some(kind) => Self::io(doing, &file, kind.into()),
                None => Self::Sqlite { doing, file, source: Arc::new(source) },
            },
            _ => Self::Sqlite { doing, file, source: Arc::new(source) },
        }
    }
}
