//! The lock of a run: held by the OS for the process, so that it ends when the process ends.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::time::Duration;

use speciate_types::UnixMillis;

use crate::StoreError;
use crate::directory::{Directory, private_options};

/// Far longer than a look at the lock takes.
const LOOK: Duration = Duration::from_millis(20);

/// Held as long as this value lives. The file stays; only the lock on it counts.
#[derive(Debug)]
pub(crate) struct Lock {
    file: File,
}

/// The process that writes to a run.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Holder {
    /// Its process number.
    pub pid: u32,
    /// Its machine.
    pub host: String,
    /// When it took the lock.
    pub since: UnixMillis,
}

/// The process that writes to the run in `directory` now; `None` if nobody does. To see that, the
/// lock is held for a moment, for which [`Lock::acquire`] waits.
pub(crate) fn holder(directory: &Directory) -> Result<Option<Holder>, StoreError> {
    let path = directory.lock_file();
    let failed = |error| StoreError::io("look at the run's lock", &path, error);
    let file = match File::open(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(failed)?,
    };
    match file.try_lock_shared() {
        Ok(()) => file.unlock().map(|()| None).map_err(failed),
        Err(TryLockError::WouldBlock) => Ok(Some(named_holder(&path))),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

impl Lock {
    pub(crate) fn acquire(directory: &Directory, now: UnixMillis) -> Result<Self, StoreError> {
        let path = directory.lock_file();
        if path.is_symlink() {
            return Err(StoreError::Symlink { path });
        }
        let failed = |error| StoreError::io("lock the run", &path, error);
        let mut file =
            private_options().create(true).truncate(false).open(&path).map_err(failed)?;
        let mut taken = file.try_lock();
        if matches!(taken, Err(TryLockError::WouldBlock)) {
            // It may be one who only looks.
            std::thread::sleep(LOOK);
            taken = file.try_lock();
        }
        match taken {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(locked(directory, &path)),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        let holder = Holder { pid: std::process::id(), host: host(), since: now };
        holder.write(&mut file).map_err(failed)?;
        Ok(Self { file })
    }
}

impl Drop for Lock {
    /// Closing alone is not enough: a process that another thread is just starting holds a copy
    /// of the open file, and with it the lock, until its program is loaded.
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}

fn locked(directory: &Directory, path: &Path) -> StoreError {
    let Holder { pid, host, since } = named_holder(path);
    StoreError::Locked { directory: directory.path().to_owned(), pid, host, since }
}

/// The other process may be between taking the lock and saying who it is, so this waits a little.
fn named_holder(path: &Path) -> Holder {
    const TRIES: u32 = 5;
    let mut holder = None;
    for _ in 0..TRIES {
        holder = Holder::read(path);
        if holder.is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let unknown = Holder { pid: 0, host: "an unknown machine".to_owned(), since: UnixMillis(0) };
    holder.unwrap_or(unknown)
}

impl Holder {
    fn write(&self, file: &mut File) -> std::io::Result<()> {
        file.set_len(0)?;
        file.rewind()?;
        file.write_all(format!("{}\n{}\n{}\n", self.pid, self.since.0, self.host).as_bytes())
    }

    fn read(path: &Path) -> Option<Self> {
        /// More than any holder writes; the file may be anything.
        const BYTES_MAX: u64 = 1_024;
        let mut text = String::new();
        File::open(path).ok()?.take(BYTES_MAX).read_to_string(&mut text).ok()?;
        // Without its last line end it is not yet whole.
        let mut lines = text.strip_suffix('\n')?.lines();
        let pid = lines.next()?.parse().ok()?;
        let since = UnixMillis(lines.next()?.parse().ok()?);
        Some(Self { pid, since, host: lines.next()?.to_owned() })
    }
}

/// This machine's name.
#[cfg(unix)]
pub(crate) fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(not(unix))]
pub(crate) fn host() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_else(|_| "this machine".to_owned())
}
