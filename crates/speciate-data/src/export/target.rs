//! A file that appears whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::{ExportError, ExportOptions};
use crate::read::kind_name;

/// As much of a name as surely fits, with what is put around it, into the 255 bytes of a file name.
const NAME_CHARS_MAX: usize = 48;

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
    let name: String = name.to_string_lossy().chars().take(NAME_CHARS_MAX).collect();
    let prefix = format!(".{name}.");
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
