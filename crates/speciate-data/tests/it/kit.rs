//! Short ways to read bytes, and the way to the shared data.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use speciate_data::{ReadError, ReadOptions, SeedReport, read_seeds, read_seeds_from};

pub(crate) fn lenient() -> ReadOptions {
    ReadOptions { skip_bad: true, ..ReadOptions::default() }
}

pub(crate) fn try_read(
    name: &str,
    bytes: impl AsRef<[u8]>,
    options: &ReadOptions,
) -> Result<SeedReport, ReadError> {
    read_seeds_from(name, Cursor::new(bytes.as_ref().to_vec()), options)
}

/// Reads what must be without a fault.
pub(crate) fn read(name: &str, bytes: impl AsRef<[u8]>) -> SeedReport {
    let report = try_read(name, bytes, &ReadOptions::default()).unwrap();
    assert!(report.adds_up());
    report
}

/// Reads and skips what is bad.
pub(crate) fn skim(name: &str, bytes: impl AsRef<[u8]>) -> SeedReport {
    let report = try_read(name, bytes, &lenient()).unwrap();
    assert!(report.adds_up());
    report
}

pub(crate) fn texts(report: &SeedReport) -> Vec<&str> {
    report.seeds.iter().map(|seed| seed.text.as_str()).collect()
}

/// A file of the shared data; `None`, said aloud, in a clone that has none.
#[expect(clippy::print_stdout, reason = "a skipped check must be seen")]
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if root.is_dir() {
        Some(root.join(path))
    } else {
        println!("skipped: no shared data for {path}");
        None
    }
}

pub(crate) fn read_path(path: &Path, options: &ReadOptions) -> Result<SeedReport, ReadError> {
    let result = read_seeds(&[path.to_owned()], options);
    if let Ok(report) = &result {
        assert!(report.adds_up());
    }
    result
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
