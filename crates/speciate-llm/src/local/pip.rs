//! Fetches a wheel with the machine's own pip, so that its mirrors, proxies and keys count.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::LocalError;

/// Downloads the wheel of `package` at exactly `version` into the empty `folder`.
///
/// Blocks until pip is done.
///
/// # Errors
///
/// [`LocalError::Pip`] with pip's last words.
pub(super) fn download_wheel(
    python: &str,
    package: &str,
    version: &str,
    folder: &Path,
) -> Result<PathBuf, LocalError> {
    let wanted = format!("{package}=={version}");
    let fail = |reason: String| LocalError::Pip { package: wanted.clone(), reason };
    let output = Command::new(python)
        .args(["-m", "pip", "download", "--no-deps", "--only-binary", ":all:"])
        .args(["--disable-pip-version-check", "--no-input", "--quiet", "--dest"])
        .arg(folder)
        .arg(&wanted)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| fail(format!("cannot start `{python} -m pip`: {error}")))?;
    if !output.status.success() {
        return Err(fail(last_line(&output.stderr)));
    }
    wheel_in(folder).ok_or_else(|| fail("it left no wheel".to_owned()))
}

fn wheel_in(folder: &Path) -> Option<PathBuf> {
    std::fs::read_dir(folder)
        .ok()?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|ending| ending == "whl"))
}

/// The last line that says anything; pip's errors end with the reason.
fn last_line(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let line = text.lines().rev().find(|line| !line.trim().is_empty());
    line.unwrap_or("it failed without a word").trim().to_owned()
}
