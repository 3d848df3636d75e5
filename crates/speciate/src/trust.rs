//! Which run directories may say where keys are sent.
//!
//! A run is continued by naming its directory, and then the directory's own recipe names the
//! endpoint and the variable of the key. A directory from somebody else could so ask for any key.
//! So every run that is begun or continued by its owner leaves a mark in the user's own state
//! folder: a hash of the run and of where its keys go. Without the mark no key is sent.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use speciate_store::RunReader;

use crate::Error;
use crate::environment::Environment;
use crate::recipe::{Addresses, RecipeFile};

/// Marks that the run in `directory`, as its recipe has it now, is the user's own.
///
/// Without a home directory nothing is marked; then such a run is continued with `--base-url`.
pub(crate) fn remember(environment: &Environment, run_id: &str, recipe: &RecipeFile) {
    let Some(file) = marks(environment) else { return };
    let mark = mark(run_id, recipe);
    if is_marked(&file, &mark) {
        return;
    }
    let write = || -> std::io::Result<()> {
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        writeln!(options.open(&file)?, "{mark}")
    };
    // A mark that cannot be written costs the comfort of continuing by the directory alone.
    drop(write());
}

/// Refuses the run in `directory` if its own recipe would have a key sent and the user has never
/// begun or continued it here.
///
/// # Errors
///
/// [`Error::ForeignRun`].
pub fn refuse_foreign(
    environment: &Environment,
    directory: &Path,
    recipe: &RecipeFile,
) -> Result<(), Error> {
    let has_key = key_variables(recipe).any(|name| environment.get(name).is_some());
    let Some(endpoint) = addresses(recipe).next().filter(|_| has_key) else { return Ok(()) };
    // What cannot be read is refused later, with its own reason.
    let Ok(reader) = RunReader::open(directory) else { return Ok(()) };
    let mark = mark(&reader.info().run_id, recipe);
    if marks(environment).is_some_and(|file| is_marked(&file, &mark)) {
        return Ok(());
    }
    Err(Error::ForeignRun {
        directory: directory.display().to_string(),
        endpoint: endpoint.to_owned(),
    })
}

fn marks(environment: &Environment) -> Option<PathBuf> {
    let state = match environment.get("XDG_STATE_HOME") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(environment.get("HOME")?).join(".local/state"),
    };
    Some(state.join("speciate/own-runs"))
}

fn is_marked(file: &Path, mark: &str) -> bool {
    fs::read_to_string(file).is_ok_and(|marks| marks.lines().any(|line| line == mark))
}

/// A hash of the run and of all that decides where which key goes.
fn mark(run_id: &str, recipe: &RecipeFile) -> String {
    let mut hasher = blake3::Hasher::new();
    let places = std::iter::once(run_id).chain(addresses(recipe)).chain(key_variables(recipe));
    for part in places {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().to_hex()[..32].to_owned()
}

fn addresses(recipe: &RecipeFile) -> impl Iterator<Item = &str> {
    let roles = [&recipe.evolver, &recipe.judge, &recipe.responder];
    let own = roles.into_iter().map(|role| &role.base_url);
    let all = [&recipe.base_url, &recipe.fallback.base_url].into_iter().chain(own);
    all.flatten().flat_map(Addresses::iter)
}

fn key_variables(recipe: &RecipeFile) -> impl Iterator<Item = &str> {
    let roles = [&recipe.evolver, &recipe.judge, &recipe.responder];
    let own = roles.into_iter().map(|role| &role.api_key_env);
    let all = [&recipe.api_key_env, &recipe.fallback.api_key_env].into_iter().chain(own);
    // The variables that are used where the recipe names none.
    all.flatten().map(String::as_str).chain(["OPENAI_API_KEY", "ANTHROPIC_API_KEY"])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipe(base_url: &str, variable: &str) -> RecipeFile {
        let text = format!("base_url = \"{base_url}\"\napi_key_env = \"{variable}\"\n");
        RecipeFile::parse("r.toml", &text).unwrap()
    }

    #[test]
    fn a_mark_holds_for_one_run_one_endpoint_and_one_variable() {
        let own = mark("run", &recipe("http://a/v1", "KEY"));
        assert_eq!(own, mark("run", &recipe("http://a/v1", "KEY")));
        for (run, url, variable) in [
            ("other", "http://a/v1", "KEY"),
            ("run", "http://b/v1", "KEY"),
            ("run", "http://a/v1", "K2"),
        ] {
            assert_ne!(own, mark(run, &recipe(url, variable)));
        }
    }
}
