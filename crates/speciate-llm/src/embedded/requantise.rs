//! Turns weights in a slow format into Q8_0 once, and keeps the copy.
//!
//! Q4_1 and Q5_x have no fast kernels in llama.cpp. Q8_0 made from them writes the same texts and
//! is up to 1.6 times as fast; Q4_0 made from them is visibly damaged, so it is never made.

use std::fs;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use llama_cpp_2::gguf::GgufContext;

use super::{EmbeddedError, EmbeddedOptions, ffi};

/// `general.file_type` of Q4_1, Q5_0 and Q5_1.
const SLOW_TYPES: [llama_cpp_sys_2::llama_ftype; 3] = [
    llama_cpp_sys_2::LLAMA_FTYPE_MOSTLY_Q4_1,
    llama_cpp_sys_2::LLAMA_FTYPE_MOSTLY_Q5_0,
    llama_cpp_sys_2::LLAMA_FTYPE_MOSTLY_Q5_1,
];

/// The file to load for `model`: itself, or its Q8_0 copy, which is made if it is not there yet.
///
/// # Errors
///
/// [`EmbeddedError::Unreadable`], or [`EmbeddedError::Requantise`] when the copy cannot be made.
pub(super) fn fast_weights(
    model: &Path,
    options: &EmbeddedOptions,
) -> Result<PathBuf, EmbeddedError> {
    if !is_slow(model) {
        return Ok(model.to_owned());
    }
    let copy = copy_path(model, options).map_err(|source| unreadable(model, source))?;
    if !copy.is_file() {
        write_copy(model, &copy, options.threads).map_err(|reason| EmbeddedError::Requantise {
            from: model.to_owned(),
            to: copy.clone(),
            reason,
        })?;
    }
    Ok(copy)
}

fn is_slow(model: &Path) -> bool {
    let Some(header) = GgufContext::from_file(model) else { return false };
    let key = header.find_key("general.file_type");
    // Reading a value as another type than it has would stop the process.
    key >= 0
        && header.kv_type(key) == llama_cpp_sys_2::GGUF_TYPE_UINT32
        && SLOW_TYPES.iter().any(|slow| i64::from(*slow) == i64::from(header.val_u32(key)))
}

/// Names the copy after what the original holds, so that a changed original gets a new copy.
fn copy_path(model: &Path, options: &EmbeddedOptions) -> std::io::Result<PathBuf> {
    let stem = model.file_stem().unwrap_or_default().to_string_lossy();
    let name = format!("{stem}.{}.q8_0.gguf", fingerprint(model)?);
    Ok(match &options.cache_dir {
        Some(cache) => cache.join("requantised").join(name),
        None => model.with_file_name(name),
    })
}

/// A short hash of the file's length, its first and its last mebibyte.
fn fingerprint(model: &Path) -> std::io::Result<String> {
    const SAMPLE_BYTES: u64 = 1 << 20;
    let mut file = fs::File::open(model)?;
    let length = file.metadata()?.len();
    let mut hasher = blake3::Hasher::new();
    hasher.update(&length.to_le_bytes());
    for start in [0, length.saturating_sub(SAMPLE_BYTES)] {
        file.seek(SeekFrom::Start(start))?;
        let mut sample = Vec::new();
        (&mut file).take(SAMPLE_BYTES).read_to_end(&mut sample)?;
        hasher.update(&sample);
    }
    Ok(hasher.finalize().to_hex()[..12].to_owned())
}

/// Writes beside the target first: a copy under its final name is always whole.
fn write_copy(model: &Path, copy: &Path, threads: u32) -> Result<(), String> {
    let folder = copy.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|error| error.to_string())?;
    let part = copy.with_extension(format!("gguf.{}.part", std::process::id()));
    let written = ffi::quantise_q8_0(model, &part, threads)
        .and_then(|()| sync(&part).map_err(|error| error.to_string()))
        .and_then(|()| fs::rename(&part, copy).map_err(|error| error.to_string()));
    if written.is_err() && fs::remove_file(&part).is_err() {
        // Nothing was written, so there is nothing to take away.
    }
    written
}

fn sync(path: &Path) -> std::io::Result<()> {
    fs::File::open(path)?.sync_all()
}

fn unreadable(model: &Path, source: std::io::Error) -> EmbeddedError {
    EmbeddedError::Unreadable { path: model.to_owned(), source }
}
