//! `~` in paths that no shell has seen, as in `--output=~/runs`, a quoted path or a recipe.

use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

/// A path with `~` that leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HomeError {
    /// Somebody else's home.
    #[error(
        "cannot tell whose folder `{0}` means: write the whole path, or ./{0} for one of this name"
    )]
    OfOthers(String),
    /// There is no home.
    #[error("cannot expand `{0}`: HOME is not set; write the whole path")]
    None(String),
}

/// The path with its first part, if that is `~`, replaced by the home.
///
/// # Errors
///
/// If it is the home of somebody else, or `HOME` is not set.
pub fn expanded(path: &Path) -> Result<PathBuf, HomeError> {
    let home = std::env::home_dir().map(PathBuf::into_os_string).filter(|home| !home.is_empty());
    with_home(path, home)
}

fn with_home(path: &Path, home: Option<OsString>) -> Result<PathBuf, HomeError> {
    let mut parts = path.components();
    let Some(Component::Normal(first)) = parts.next() else { return Ok(path.to_owned()) };
    let shown = || path.display().to_string();
    match (first.to_str(), home) {
        (Some("~"), Some(home)) => Ok(PathBuf::from(home).join(parts.as_path())),
        (Some("~"), None) => Err(HomeError::None(shown())),
        (Some(other), _) if other.starts_with('~') => Err(HomeError::OfOthers(shown())),
        _ => Ok(path.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_would_have_done_the_same() {
        let home = || Some(OsString::from("/home/me"));
        for (given, expected) in [
            ("~", "/home/me"),
            ("~/", "/home/me"),
            ("~/runs/r5", "/home/me/runs/r5"),
            ("./~/r5", "./~/r5"),
            ("runs/~", "runs/~"),
            ("a~b", "a~b"),
            ("/~/x", "/~/x"),
            ("-", "-"),
        ] {
            assert_eq!(
                with_home(Path::new(given), home()).unwrap(),
                Path::new(expected),
                "{given}"
            );
        }
        for other in ["~user/x", "~root", "~+/x"] {
            let error = with_home(Path::new(other), home()).unwrap_err();
            assert_eq!(error, HomeError::OfOthers(other.to_owned()));
        }
        assert!(with_home(Path::new("~/x"), None).unwrap_err().to_string().contains("HOME"));
    }
}
