//! The run directory: a new one, or an old one that was begun with the same recipe.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use speciate_store::{CallTally, RunInfo, RunReader, RunStore};
use speciate_types::Clock;

use super::Prepared;
use crate::Error;
use crate::models::ROLE_NAMES;
use crate::recipe::{Difference, RecipeFile, differences, identity};

const RECIPE_FILE: &str = "recipe.toml";

/// Opens the run for writing. A run of another recipe is refused with the differences.
pub(super) fn open_or_create(
    prepared: &Prepared,
    models: &[String; 3],
    directory: &Path,
    clock: &dyn Clock,
) -> Result<RunStore, Error> {
    let identity = identity_of(prepared, models);
    let recipe_toml = prepared.recipe.file.to_toml();
    let store = if RunStore::exists(directory) {
        let mut store = RunStore::open(directory, clock.now())?;
        refuse_other(prepared, &identity, store.info(), &store.tallies()?, directory)?;
        store.set_identity(&identity)?;
        store.set_recipe(&recipe_toml)?;
        store
    } else {
        let info = RunInfo {
            run_id: run_id(&identity),
            created: clock.now(),
            program_version: env!("CARGO_PKG_VERSION").to_owned(),
            recipe_toml: recipe_toml.clone(),
            identity,
            seeds_hash: prepared.seeds_hash.clone(),
            seed_count: prepared.seeds.seeds.len() as u64,
        };
        RunStore::create(directory, &info, clock.now())?
    };
    super::kept::keep(directory, &prepared.seeds.seeds)?;
    crate::trust::remember(&prepared.environment, &store.info().run_id, &prepared.recipe.file);
    write_recipe(directory, &recipe_toml)?;
    Ok(store)
}

fn write_recipe(directory: &Path, recipe_toml: &str) -> Result<(), Error> {
    let path = directory.join(RECIPE_FILE);
    write_anew(&path, recipe_toml).map_err(|source| Error::File {
        what: "write",
        path: path.display().to_string(),
        source,
    })
}

/// Refuses a recipe that is not the one of the run.
fn refuse_other(
    prepared: &Prepared,
    identity: &serde_json::Value,
    info: &RunInfo,
    used: &[CallTally],
    directory: &Path,
) -> Result<(), Error> {
    let mut differences = differences(&info.identity, identity);
    differences.retain(|found| {
        let role = found.key.split_once('.').map(|(role, _)| role);
        role.is_none_or(|role| !ROLE_NAMES.contains(&role) || is_used(used, role))
    });
    let was = RecipeFile::parse("recipe.toml", &info.recipe_toml);
    // What cannot be read was written by a later version.
    differences.extend(was.ok().and_then(|was| lowered(was.target, prepared.recipe.target)));
    if differences.is_empty() {
        return Ok(());
    }
    Err(Error::OtherRecipe { directory: directory.display().to_string(), differences })
}

/// The same for a run that is done. What is gone of its files is written again.
pub(super) fn check_finished(
    prepared: &Prepared,
    models: &[String; 3],
    directory: &Path,
) -> Result<(), Error> {
    let reader = RunReader::open(directory)?;
    let identity = identity_of(prepared, models);
    refuse_other(prepared, &identity, reader.info(), &reader.tallies()?, directory)?;
    super::kept::keep(directory, &prepared.seeds.seeds)?;
    if directory.join(RECIPE_FILE).symlink_metadata().is_err() {
        write_recipe(directory, &prepared.recipe.file.to_toml())?;
    }
    Ok(())
}

fn identity_of(prepared: &Prepared, models: &[String; 3]) -> serde_json::Value {
    let models = [models[0].as_str(), models[1].as_str(), models[2].as_str()];
    identity(&prepared.recipe, &prepared.operators_hash, &prepared.seeds_hash, models)
}

/// Until a call of a role is stored, its model and its settings may change: nothing rests on them.
fn is_used(tallies: &[CallTally], role: &str) -> bool {
    tallies.iter().any(|tally| tally.role == role)
}

/// A run may be given a larger target than before: it goes on as if it had had that one from the
/// start. With a smaller one it would have rows too many.
fn lowered(was: Option<u64>, is: Option<u64>) -> Option<Difference> {
    let shown =
        |target: Option<u64>| target.map_or_else(|| "(all)".to_owned(), |rows| rows.to_string());
    let is_larger = is.unwrap_or(u64::MAX) >= was.unwrap_or(u64::MAX);
    let key = || "target".to_owned();
    (!is_larger).then(|| Difference { key: key(), was: shown(was), is: shown(is) })
}

/// Puts a new file in the place of the old one, so that it is whole at any moment, and so that a
/// link that stands there is replaced and never written through. Only the owner may read it, also
/// where the directory was there before and others may look into it.
pub(super) fn write_anew(path: &Path, text: &str) -> io::Result<()> {
    let mut new = path.as_os_str().to_owned();
    new.push(".new");
    let new = Path::new(&new);
    match fs::remove_file(new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.write(true).create_new(true).open(new)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(new, path)
}

/// The same recipe on the same seeds has the same id.
fn run_id(identity: &serde_json::Value) -> String {
    blake3::hash(identity.to_string().as_bytes()).to_hex()[..12].to_owned()
}
