//! Files of the Hugging Face hub, and the hub's own cache on disk.

use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};

use super::{LocalError, ModelEnv};

/// One file of one repository at one revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HfFile {
    /// `OWNER/REPO`.
    pub repo: Cow<'static, str>,
    /// A branch, tag or commit.
    pub revision: Cow<'static, str>,
    /// The path within the repository.
    pub file: Cow<'static, str>,
}

impl HfFile {
    /// Reads `hf:OWNER/REPO/FILE` or `hf:OWNER/REPO/FILE@REVISION`; the revision is `main` if none
    /// is given.
    ///
    /// # Errors
    ///
    /// [`LocalError::HfSpec`].
    pub fn parse(spec: &str) -> Result<Self, LocalError> {
        let bad = || LocalError::HfSpec { spec: spec.to_owned() };
        let rest = spec.strip_prefix("hf:").ok_or_else(bad)?;
        let (path, revision) = rest.rsplit_once('@').unwrap_or((rest, "main"));
        let mut names = path.splitn(3, '/');
        let (Some(owner), Some(repo), Some(file)) = (names.next(), names.next(), names.next())
        else {
            return Err(bad());
        };
        let is_gguf = Path::new(file).extension().is_some_and(|ending| ending == "gguf");
        let is_file = is_gguf && file.split('/').all(is_name);
        if !(is_name(owner) && is_name(repo) && is_file && is_name(revision)) {
            return Err(bad());
        }
        Ok(Self {
            repo: format!("{owner}/{repo}").into(),
            revision: revision.to_owned().into(),
            file: file.to_owned().into(),
        })
    }

    /// Where the hub serves it.
    pub(super) fn url(&self, env: &ModelEnv) -> String {
        format!("{}/{}/resolve/{}/{}", env.hf_endpoint, self.repo, self.revision, self.file)
    }

    /// Where we keep it.
    pub(super) fn own_path(&self, cache: &Path) -> PathBuf {
        cache.join("hf").join(self.repo.as_ref()).join(self.revision.as_ref()).join(&*self.file)
    }

    /// Where the hub's own library keeps it, if it does.
    pub(super) fn hub_path(&self, hub: &Path) -> Option<PathBuf> {
        let folder = hub.join(format!("models--{}", self.repo.replace('/', "--")));
        let commit = std::fs::read_to_string(folder.join("refs").join(self.revision.as_ref()))
            .map_or_else(|_no_ref| self.revision.to_string(), |commit| commit.trim().to_owned());
        let path = folder.join("snapshots").join(commit).join(self.file.as_ref());
        path.is_file().then_some(path)
    }
}

impl fmt::Display for HfFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "hf:{}/{}@{}", self.repo, self.file, self.revision)
    }
}

/// A part of a path or URL that names one thing and leads nowhere else.
fn is_name(part: &str) -> bool {
    !part.is_empty()
        && part != "."
        && part != ".."
        && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.+=".contains(c))
}

#[cfg(test)]
mod tests {
    use super::HfFile;

    #[test]
    fn specs() {
        let file = HfFile::parse("hf:Qwen/Qwen3-1.7B-GGUF/Qwen3-1.7B-Q8_0.gguf").unwrap();
        assert_eq!(file.to_string(), "hf:Qwen/Qwen3-1.7B-GGUF/Qwen3-1.7B-Q8_0.gguf@main");
        let file = HfFile::parse("hf:o/r/sub/f.gguf@v1.0").unwrap();
        assert_eq!((&*file.repo, &*file.file, &*file.revision), ("o/r", "sub/f.gguf", "v1.0"));
        assert_eq!(HfFile::parse(&file.to_string()).unwrap(), file);
        for bad in ["hf:o/r", "hf:o/r/f.bin", "hf:o/../f.gguf", "hf:o/r/../f.gguf", "o/r/f.gguf"] {
            assert!(HfFile::parse(bad).is_err(), "{bad}");
        }
    }
}
