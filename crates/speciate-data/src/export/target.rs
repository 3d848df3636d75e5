//! A file that appears whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::{ExportError, ExportOptions};
use crate::read::kind_name;

/// As much of a name as surely fits, with what is put around it, into the 255 bytes of a file name.
const NAME_CHARS_MAX: usize = 48;

/// Characters that `tempfile` draws for a name.
const DRAW_CHARS: usize = 6;

/// Where bytes end up.
pub(super) enum Target {
    File(AtomicFile),
    Stream(Box<dyn Write + Send>),
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.temporary.write(bytes),
            Self::Stream(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::File(file) => file.temporary.flush(),
            Self::Stream(stream) => stream.flush(),
        }
    }
}

/// Writes `bytes` to `path`, whole or not at all, by the rules of an [`Exporter`](crate::Exporter).
///
/// # Errors
///
/// [`ExportError::Exists`] if the file is there and `overwrite` is not set,
/// [`ExportError::NotAFile`] for a directory, device or pipe, else [`ExportError::Create`].
pub fn write_file(path: &Path, bytes: &[u8], overwrite: bool) -> Result<(), ExportError> {
    let options = ExportOptions { overwrite, ..ExportOptions::default() };
    let mut file = AtomicFile::create(path, options)?;
    let written = file.temporary.write_all(bytes);
    written.map_err(|source| ExportError::Create { path: path.to_owned(), source })?;
    file.publish()
}

/// A file under a temporary name beside its own. Dropped before [`AtomicFile::publish`], it is gone.
pub(super) struct AtomicFile {
    temporary: NamedTempFile,
    path: PathBuf,
    overwrite: bool,
}

impl AtomicFile {
    pub(super) fn create(path: &Path, options: ExportOptions) -> Result<Self, ExportError> {
        let ExportOptions { overwrite, private, .. } = options;
        let path = check_place(path, overwrite)?;
        remove_stale(&path);
        let temporary = temporary_beside(&path, private)
            .map_err(|source| ExportError::Create { path: path.clone(), source })?;
        Ok(Self { temporary, path, overwrite })
    }

    /// Gives the file its name, so that it survives a crash right after.
    pub(super) fn publish(self) -> Result<(), ExportError> {
        let Self { temporary, path, overwrite } = self;
        let failed = |source: io::Error| ExportError::Create { path: path.clone(), source };
        temporary.as_file().sync_all().map_err(failed)?;
        let renamed =
            if overwrite { temporary.persist(&path) } else { temporary.persist_noclobber(&path) };
        match renamed {
            Ok(_file) => sync_folder(folder_of(&path)).map_err(failed),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                Err(ExportError::Exists { path })
            }
            Err(error) => Err(failed(error.error)),
        }
    }
}

/// Where to write: the target itself, or what it links to.
fn check_place(path: &Path, overwrite: bool) -> Result<PathBuf, ExportError> {
    let Ok(metadata) = fs::metadata(path) else {
        return Ok(path.to_owned());
    };
    if !metadata.is_file() {
        let kind = kind_name(metadata.file_type());
        return Err(ExportError::NotAFile { path: path.to_owned(), kind });
    }
    if !overwrite {
        return Err(ExportError::Exists { path: path.to_owned() });
    }
    let resolved = fs::canonicalize(path);
    resolved.map_err(|source| ExportError::Create { path: path.to_owned(), source })
}

fn temporary_beside(path: &Path, private: bool) -> io::Result<NamedTempFile> {
    let Some(name) = path.file_name() else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the path names no file"));
    };
    let prefix = format!("{}{}.", stem(name), std::process::id());
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(".part");
    #[cfg(unix)]
    if !private {
        builder.permissions(ordinary_permissions());
    }
    #[cfg(not(unix))]
    let _the_folder_decides = private;
    builder.tempfile_in(folder_of(path))
}

/// How the temporary files for `name` begin; a process id and a draw follow.
fn stem(name: &std::ffi::OsStr) -> String {
    let name: String = name.to_string_lossy().chars().take(NAME_CHARS_MAX).collect();
    format!(".{name}.")
}

/// Removes what killed exports to `path` left; a failure is no harm to the new file.
fn remove_stale(path: &Path) {
    let Some(name) = path.file_name() else { return };
    let stem = stem(name);
    for entry in fs::read_dir(folder_of(path)).into_iter().flatten().flatten() {
        let found = entry.file_name();
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        if is_file && found.to_str().is_some_and(|found| is_stale(found, &stem)) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Whether `found` is exactly a temporary name of ours of a process that is gone.
fn is_stale(found: &str, stem: &str) -> bool {
    let middle = found.strip_prefix(stem).and_then(|rest| rest.strip_suffix(".part"));
    let Some(middle) = middle else { return false };
    let (process, draw) = middle.split_once('.').unwrap_or(("", middle));
    let is_draw = draw.len() == DRAW_CHARS && draw.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_number = process.bytes().all(|byte| byte.is_ascii_digit());
    is_draw && is_number && !process.is_empty() && !is_alive(process)
}

/// Whether the process may still run. Where nobody can say, it may.
fn is_alive(process: &str) -> bool {
    let processes = Path::new("/proc");
    !processes.join("self").exists() || processes.join(process).exists()
}

/// Those of any new file, less the user's mask; a temporary file alone would be private.
#[cfg(unix)]
fn ordinary_permissions() -> fs::Permissions {
    use std::os::unix::fs::PermissionsExt as _;
    fs::Permissions::from_mode(0o666)
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Makes the new name durable. Only Unix can open a folder for that.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn what_a_killed_export_left_is_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let own = std::process::id();
        let gone = [".a.jsonl.4194305.Ab12Cd.part"];
        let living = format!(".a.jsonl.{own}.Ab12Cd.part");
        let kept = [
            living.as_str(),
            ".a.jsonl.notes.part",
            ".a.jsonl.4194305.Ab12C.part",
            ".b.jsonl.4194305.Ab12Cd.part",
        ];
        for name in gone.iter().chain(&kept) {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        write_file(&folder.path().join("a.jsonl"), b"y", false).unwrap();
        for name in gone {
            assert!(!folder.path().join(name).exists(), "{name}");
        }
        for name in kept {
            assert!(folder.path().join(name).exists(), "{name}");
        }
    }
}
