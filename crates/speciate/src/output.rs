//! Files that a person names for something to be written to. What a run is made of is never one.

use std::fs;
use std::path::{Path, PathBuf};

use speciate_data::write_file;

use crate::Error;

/// The files of a run that cannot be made again, and those that only the program itself may touch.
const RUN_FILES: [&str; 11] = [
    "run.db",
    "run.db-wal",
    "run.db-shm",
    "run.db-journal",
    "run.db.new",
    "run.db.new-journal",
    "LOCK",
    "recipe.toml",
    "recipe.toml.new",
    "run-seeds.jsonl",
    "run-seeds.jsonl.new",
];
/// By one of these a directory is known as a run, even a damaged one.
const MARKS: [&str; 3] = ["run.db", "run.db-wal", "run.db.new"];
/// As many links as the system itself follows.
const LINKS_MAX: usize = 40;

/// Writes `text` to `path`, whole or not at all.
///
/// # Errors
///
/// [`Error::RunFile`], and [`Error::Export`] as for training files: a file that exists is replaced
/// only if `overwrite` says so.
pub fn write(path: &Path, text: &str, overwrite: bool) -> Result<(), Error> {
    refuse_run_file(path)?;
    Ok(write_file(path, text.as_bytes(), overwrite)?)
}

/// Refuses a path that leads to a part of a run, whatever it is called on the way.
pub(crate) fn refuse_run_file(path: &Path) -> Result<(), Error> {
    let Some((folder, name)) = real_place(path) else { return Ok(()) };
    let is_run_file = RUN_FILES.iter().any(|file| name.eq_ignore_ascii_case(file));
    let is_run = || MARKS.iter().any(|mark| folder.join(mark).symlink_metadata().is_ok());
    if is_run_file && is_run() {
        return Err(Error::RunFile { path: path.display().to_string() });
    }
    Ok(())
}

/// The real folder and the name of what would be written; `None` if it cannot be written at all.
fn real_place(path: &Path) -> Option<(PathBuf, String)> {
    let mut path = path.to_owned();
    for _ in 0..LINKS_MAX {
        let folder = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.canonicalize().ok()?,
            _ => Path::new(".").canonicalize().ok()?,
        };
        // A link may lead to a file that is not there yet.
        match fs::read_link(&path) {
            Ok(to) => path = folder.join(to),
            Err(_no_link) => {
                return Some((folder, path.file_name()?.to_string_lossy().into_owned()));
            }
        }
    }
    None
}
