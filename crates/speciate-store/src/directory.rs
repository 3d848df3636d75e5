//! The run directory: private, local, and without links where files are written.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use crate::StoreError;

const DATABASE: &str = "run.db";
/// The record while it is being made; it gets its name when it is whole.
const DATABASE_NEW: &str = "run.db.new";
const LOCK: &str = "LOCK";

/// A run directory that exists, by its real path.
#[derive(Debug, Clone)]
pub(crate) struct Directory(PathBuf);

impl Directory {
    /// Makes the directory, with parents, for its owner only. One with content keeps its mode.
    pub(crate) fn create(path: &Path) -> Result<Self, StoreError> {
        let failed = |error| StoreError::io("create the run's directory", path, error);
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(path).map_err(failed)?;
        let directory = Self(path.canonicalize().map_err(failed)?);
        directory.refuse_network_disk()?;
        if fs::read_dir(&directory.0).map_err(failed)?.next().is_none() {
            directory.make_private().map_err(failed)?;
        }
        if let Some(parent) = directory.0.parent() {
            sync_directory(parent).map_err(failed)?;
        }
        Ok(directory)
    }

    /// The directory of an existing run.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let no_run = || StoreError::NoRun { directory: path.to_owned() };
        let directory = Self(path.canonicalize().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => no_run(),
            _ => StoreError::io("open the run's directory", path, error),
        })?);
        let file = directory.database();
        match fs::symlink_metadata(&file) {
            Ok(found) if found.is_symlink() => Err(StoreError::Symlink { path: file }),
            Ok(found) if !found.is_file() => {
                Err(StoreError::Damaged { file, found: "it is not a file".to_owned() })
            }
            Ok(_) => Ok(directory),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(no_run()),
            Err(error) => Err(StoreError::io("open the run's record", &file, error)),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.0.join(DATABASE)
    }

    pub(crate) fn lock_file(&self) -> PathBuf {
        self.0.join(LOCK)
    }

    /// An empty file for a record in the making; what an earlier attempt left is removed.
    pub(crate) fn begin_database(&self) -> Result<PathBuf, StoreError> {
        let path = self.0.join(DATABASE_NEW);
        for suffix in ["", "-journal"] {
            let old = self.0.join(format!("{DATABASE_NEW}{suffix}"));
            match fs::remove_file(&old) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(StoreError::io("remove an unfinished record", &old, error));
                }
                _ => {}
            }
        }
        private_options()
            .create_new(true)
            .open(&path)
            .map_err(|error| StoreError::io("create the run's record", &path, error))?;
        Ok(path)
    }

    /// Gives the finished record its name, durably.
    pub(crate) fn finish_database(&self) -> Result<(), StoreError> {
        let (new, file) = (self.0.join(DATABASE_NEW), self.database());
        let failed = |error| StoreError::io("name the run's record", &file, error);
        File::open(&new).and_then(|new| new.sync_all()).map_err(failed)?;
        fs::rename(&new, &file).map_err(failed)?;
        sync_directory(&self.0).map_err(failed)
    }

    #[cfg(unix)]
    fn make_private(&self) -> io::Result<()> {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&self.0, fs::Permissions::from_mode(0o700))
    }

    #[cfg(not(unix))]
    fn make_private(&self) -> io::Result<()> {
        Ok(())
    }

    pub(crate) fn refuse_network_disk(&self) -> Result<(), StoreError> {
        match network_disk(&self.0) {
            Some(name) => Err(StoreError::NetworkDisk { directory: self.0.clone(), name }),
            None => Ok(()),
        }
    }
}

/// Reads and writes a file for its owner only, never through a link.
pub(crate) fn private_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600).custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed());
    }
    options
}

/// Which file this is, to see when another has taken its place.
#[cfg(unix)]
pub(crate) fn file_identity(file: &Path) -> io::Result<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    let found = fs::symlink_metadata(file)?;
    Ok((found.dev(), found.ino()))
}

#[cfg(not(unix))]
pub(crate) fn file_identity(file: &Path) -> io::Result<(u64, u64)> {
    fs::symlink_metadata(file).map(|_| (0, 0))
}

#[cfg(unix)]
fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

#[cfg(not(unix))]
fn sync_directory(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// The kind of network file system that `path` lies on; `None` for a disk of this machine, and
/// where it cannot be told. No run is kept on one.
#[cfg(target_os = "linux")]
pub fn network_disk(path: &Path) -> Option<&'static str> {
    let found = rustix::fs::statfs(path).ok()?;
    // The magic numbers are 32 bits wide; the field is wider, and signed on some machines.
    name_of_network_disk(found.f_type as u32)
}

/// The kind of network file system that `path` lies on. It cannot be told here.
#[cfg(not(target_os = "linux"))]
pub fn network_disk(_path: &Path) -> Option<&'static str> {
    None
}

/// By the magic numbers of statfs(2).
#[cfg(target_os = "linux")]
fn name_of_network_disk(magic: u32) -> Option<&'static str> {
    match magic {
        0x6969 => Some("NFS"),
        0x517b | 0xfe53_4d42 | 0xff53_4d42 => Some("SMB"),
        0x5346_414f | 0x6b41_4653 => Some("AFS"),
        0x00c3_6400 => Some("Ceph"),
        0x7375_7245 => Some("Coda"),
        _ => None,
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn network_disks_are_known_by_their_magic() {
        assert_eq!(name_of_network_disk(0x6969), Some("NFS"));
        assert_eq!(name_of_network_disk(0xff53_4d42), Some("SMB"));
        // ext4 and tmpfs.
        assert_eq!(name_of_network_disk(0xef53), None);
        assert_eq!(name_of_network_disk(0x0102_1994), None);
    }
}
