//! SHA-256 of files.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::LocalError;

/// Fails unless the file at `path` has the hash `expected`; `name` is for people.
///
/// # Errors
///
/// [`LocalError::Checksum`], or [`LocalError::Io`] if it cannot be read.
pub(super) fn verify(name: &str, path: &Path, expected: &str) -> Result<(), LocalError> {
    let found = sha256(path).map_err(LocalError::io("read", path))?;
    if found.eq_ignore_ascii_case(expected) {
        return Ok(());
    }
    Err(LocalError::Checksum { name: name.to_owned(), expected: expected.to_owned(), found })
}

fn sha256(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0_u8; 1 << 20];
    loop {
        let n_bytes = file.read(&mut buffer)?;
        if n_bytes == 0 {
            return Ok(format!("{:x}", hasher.finalize()));
        }
        hasher.update(&buffer[..n_bytes]);
    }
}
