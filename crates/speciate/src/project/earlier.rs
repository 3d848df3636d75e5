//! What earlier sessions of a run decided for this one.

use std::path::Path;

use speciate_store::{RunReader, RunStore};

use super::{Again, Prepared};
use crate::Error;
use crate::recipe::{RecipeFile, known_models};

/// How a session ends whose run is done, as the engine writes it down.
const DONE: &str = "done";

/// What an earlier session left.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Earlier {
    /// The limit on money in dollars that it ran under.
    max_cost_usd: Option<f64>,
    /// The rows that it was to keep.
    target: Option<u64>,
    /// The models by role, if the last session ended the run.
    done_with: Option<[String; 3]>,
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
        // What cannot be read was written by a later version; it is written anew.
        let recipe = RecipeFile::parse("recipe.toml", &reader.info().recipe_toml);
        let recipe = recipe.unwrap_or_default();
        let last = reader.sessions()?.pop();
        let is_done = last.is_some_and(|session| session.ended_how.as_deref() == Some(DONE));
        Ok(Self {
            max_cost_usd: recipe.limits.max_cost_usd,
            target: recipe.target,
            done_with: is_done.then(|| known_models(&reader.info().identity)).flatten(),
        })
    }

    /// The models by role, if nothing is left to send: the run is done, and no more rows are wanted.
    pub(super) fn done_with(&self, prepared: &Prepared) -> Option<&[String; 3]> {
        self.done_with.as_ref().filter(|_| self.target == prepared.recipe.target)
    }

    /// What is made again of what failed, and what a person should know of it.
    ///
    /// A run with a target makes others in the place of those, so that nothing is left to do until it
    /// has ended without reaching it.
    pub(super) fn again(
        &self,
        prepared: &Prepared,
        directory: &Path,
        causes: &[String],
    ) -> Result<(Again, Option<String>), Error> {
        if !RunStore::exists(directory) {
            let shown = directory.display();
            let remark = format!("there is no run in `{shown}` yet, so nothing is made again");
            return Ok((Again::default(), Some(remark)));
        }
        let again = match prepared.recipe.target {
            Some(target) if self.done_with(prepared).is_none() => {
                let remark = format!(
                    "nothing is made again: until the run has {target} rows, others take the place \
                     of those that fail"
                );
                return Ok((Again::default(), Some(remark)));
            }
            target => Again::choose(directory, causes, target)?,
        };
        let remark = again.remark();
        Ok((again, Some(remark)))
    }

    /// A target holds until a larger one is given, or it is lifted. Says that it does.
    pub(super) fn hold_target(&self, prepared: &mut Prepared) -> Option<String> {
        if prepared.recipe.target.is_some() || prepared.recipe.is_target_lifted {
            return None;
        }
        let target = self.target?;
        prepared.recipe.target = Some(target);
        prepared.recipe.file.target = Some(target);
        prepared.settings.target = Some(target);
        Some(format!(
            "the target of {target} rows from before still holds; --target gives a larger one, --target none lifts it"
        ))
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
