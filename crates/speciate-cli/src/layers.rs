//! From what was typed to the layers of a recipe.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use speciate::Error;
use speciate::data::ReadOptions;
use speciate::environment::Environment;
use speciate::models::{EmbeddedChoice, choose_embedded, with_environment};
use speciate::project::{Sources, stored_recipe};
use speciate::recipe::{
    Addresses, LimitsSection, RecipeFile, RoleSection, StyleSetting, parse_assignments,
};
use speciate::trust::refuse_foreign;

use crate::args::{ReadArgs, SourceArgs, StyleArg};

/// The file that marks a directory as a run.
const RUN_FILE: &str = "run.db";

/// All that was typed, in layers; and where the run was found if one was named.
pub(crate) struct Typed {
    pub(crate) layers: RecipeFile,
    pub(crate) seeds: Vec<PathBuf>,
    pub(crate) run_directory: Option<PathBuf>,
    pub(crate) environment: Environment,
}

/// Built-in recipe, file, `--set`, flags: the later ones win.
pub(crate) fn read(source: &SourceArgs) -> Result<Typed, Error> {
    let environment = Environment::of_process(Path::new("."))?;
    let run_directory = named_run(&source.seeds);
    let (mut layers, recipe) = match (&source.recipe, &run_directory) {
        (Some(named), _) => named_recipe(named)?,
        // All that holds for a run stands beside it; only the paper's values were ever left out.
        (None, Some(directory)) => (RecipeFile::paper()?, Some(run_recipe(directory)?)),
        (None, None) => (RecipeFile::standard()?, None),
    };
    if let Some(recipe) = recipe {
        // What was typed can be trusted; what a directory brings along need not be the user's.
        if let (Some(directory), None, []) =
            (&run_directory, &source.recipe, source.base_url.as_slice())
        {
            refuse_foreign(&environment, directory, &recipe)?;
        }
        layers = layers.overlaid(recipe);
    }
    let set = parse_assignments(&source.set, &layers)?.at_home()?;
    layers = layers.overlaid(set);
    layers = layers.overlaid(flags(source));
    let seeds = if run_directory.is_some() { Vec::new() } else { source.seeds.clone() };
    Ok(Typed { layers, seeds, run_directory, environment })
}

/// What was given to `--recipe`: a built-in recipe, or a file's layer and the built-in one under it,
/// which is the one whose name the file has.
pub(crate) fn named_recipe(named: &Path) -> Result<(RecipeFile, Option<RecipeFile>), Error> {
    if let Some(builtin) = named.to_str().and_then(RecipeFile::builtin)
        && !named.is_file()
    {
        return Ok((builtin?, None));
    }
    let file = recipe_file(named)?;
    let base = file.name.as_deref().and_then(RecipeFile::builtin);
    Ok((base.unwrap_or_else(RecipeFile::standard)?, Some(file)))
}

/// A single argument that is a run's directory means: continue that run.
fn named_run(seeds: &[PathBuf]) -> Option<PathBuf> {
    match seeds {
        [only] if only.join(RUN_FILE).is_file() => Some(only.clone()),
        _ => None,
    }
}

/// The recipe beside a run; the run's own copy if it was killed before it wrote one.
fn run_recipe(directory: &Path) -> Result<RecipeFile, Error> {
    let file = directory.join("recipe.toml");
    if file.symlink_metadata().is_err() { stored_recipe(directory) } else { recipe_file(&file) }
}

/// A recipe file's layer. What it names is looked for from its own folder.
pub(crate) fn recipe_file(path: &Path) -> Result<RecipeFile, Error> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|source| match source.kind() {
        ErrorKind::NotFound if !name.contains(['/', '.']) => Error::NoSuchRecipe(name.clone()),
        _ => Error::File { what: "read the recipe", path: name.clone(), source },
    })?;
    let folder = path.parent().unwrap_or(Path::new(""));
    Ok(RecipeFile::parse(&name, &text)?.at_home()?.found_from(folder))
}

fn flags(source: &SourceArgs) -> RecipeFile {
    let role =
        |model: &Option<String>| RoleSection { model: model.clone(), ..RoleSection::default() };
    let style = source.prompt_style.map(|style| match style {
        StyleArg::Auto => StyleSetting::Auto,
        StyleArg::Paper => StyleSetting::Paper,
        StyleArg::Guided => StyleSetting::Guided,
        StyleArg::Compact => StyleSetting::Compact,
    });
    let mut embedded = speciate::recipe::EmbeddedSection::default();
    if source.deterministic {
        embedded.deterministic = Some(true);
    }
    RecipeFile {
        rounds: source.rounds,
        branching: source.branching,
        target: source.target,
        seed: source.seed,
        limit: source.limit,
        prompt_style: style,
        base_url: Addresses::new(source.base_url.iter().cloned()),
        api: source.api,
        model: source.model.clone(),
        evolver: role(&source.evolver),
        judge: role(&source.judge),
        responder: role(&source.responder),
        limits: LimitsSection {
            concurrency: source.concurrency,
            max_cost_usd: source.max_cost,
            ..LimitsSection::default()
        },
        embedded,
        ..RecipeFile::default()
    }
}

pub(crate) fn read_options(args: &ReadArgs) -> ReadOptions {
    ReadOptions { map: args.map.clone(), skip_bad: args.skip_bad, ..ReadOptions::default() }
}

impl Typed {
    /// Whether any role will use the embedded model.
    pub(crate) fn wants_embedded(&self) -> bool {
        let layers = with_environment(self.layers.clone(), &self.environment);
        let roles = [&layers.evolver, &layers.judge, &layers.responder];
        layers.base_url.is_none() && roles.iter().any(|role| role.base_url.is_none())
    }

    /// The embedded model that is here, if one is wanted.
    pub(crate) fn embedded(&self) -> Result<Option<EmbeddedChoice>, Error> {
        if !self.wants_embedded() {
            return Ok(None);
        }
        let named = self.layers.evolver.model.as_deref().or(self.layers.model.as_deref());
        Ok(choose_embedded(named, &self.environment)?)
    }

    /// Whether seeds were named, by themselves, in the recipe or as a run.
    pub(crate) fn names_seeds(&self) -> bool {
        let of_recipe = self.layers.seeds.iter().flatten().next();
        !self.seeds.is_empty() || self.run_directory.is_some() || of_recipe.is_some()
    }

    /// What the library prepares a run from.
    pub(crate) fn sources(self, read: &ReadArgs, embedded: Option<EmbeddedChoice>) -> Sources {
        Sources {
            layers: self.layers,
            seeds: self.seeds,
            run_directory: self.run_directory,
            read: read_options(read),
            environment: self.environment,
            embedded,
        }
    }
}
