//! What earlier sessions of a run decided for this one.

use std::path::Path;

use speciate_store::{RunReader, RunStore};

use super::Prepared;
use crate::Error;
use crate::recipe::{RecipeFile, known_models};

/// How a session ends whose run is done, as the engine writes it down.
const DONE: &str = "done";

/// What an earlier session left.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Earlier {
    /// The limit on money in dollars that it ran under.
    max_cost_usd: Option<f64>,
    /// The models by role, if the run is done: nothing is left to send.
    pub(super) done_with: Option<[String; 3]>,
}

/// The recipe as the run in `directory` has it in its record.
///
/// # Errors
///
/// [`Error::Store`] and [`Error::Recipe`].
pub fn stored_recipe(directory: &Path) -> Result<RecipeFile, Error> {
    let reader = RunReader::open(directory)?;
    Ok(RecipeFile::parse("recipe.toml", &reader.info().recipe_toml)?)
}

impl Earlier {
    /// Looks at the run in `directory`; there may be none.
    pub(super) fn of(directory: &Path) -> Result<Self, Error> {
        if !RunStore::exists(directory) {
            return Ok(Self::default());
        }
        let reader = RunReader::open(directory)?;
        let recipe = RecipeFile::parse("recipe.toml", &reader.info().recipe_toml);
        let ended = |how: &Option<String>| how.as_deref() == Some(DONE);
        let is_done = reader.sessions()?.iter().any(|session| ended(&session.ended_how));
        Ok(Self {
            // What cannot be read was written by a later version; it is written anew.
            max_cost_usd: recipe.ok().and_then(|recipe| recipe.limits.max_cost_usd),
            done_with: is_done.then(|| known_models(&reader.info().identity)).flatten(),
        })
    }

    /// A limit on money holds until another one is given, or it is lifted. Says that it does.
    pub(super) fn hold_limit(&self, prepared: &mut Prepared) -> Option<String> {
        let recipe = &mut prepared.recipe;
        if recipe.limits.max_cost_usd.is_some() || recipe.is_limit_lifted {
            return None;
        }
        let usd = self.max_cost_usd?;
        recipe.limits.max_cost_usd = Some(usd);
        recipe.file.limits.max_cost_usd = Some(usd);
        Some(format!(
            "the cost limit of ${usd} from before still holds; --max-cost gives another, --max-cost none lifts it"
        ))
    }
}
