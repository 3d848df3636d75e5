//! Everything that can be found wrong before a model is called.

use std::path::{Path, PathBuf};

use speciate_data::{ReadOptions, SeedReport, read_seeds};
use speciate_evolve::work::{EvolveSettings, RoleSampling};
use speciate_evolve::{
    CRITIC_RULES, OperatorFile, OperatorSet, PAPER_RULES, RuleSet, STANDARD_RULES, STRICT_RULES,
};

use super::kept;
use crate::Error;
use crate::environment::Environment;
use crate::models::{EmbeddedChoice, style_for, with_environment};
use crate::pending::RunSize;
use crate::recipe::{Recipe, RecipeFile};

/// What a run is made from.
#[derive(Debug, Clone)]
pub struct Sources {
    /// All layers of the recipe but the environment, together.
    pub layers: RecipeFile,
    /// Seed files; empty means those that the run keeps, else those that the recipe names.
    pub seeds: Vec<PathBuf>,
    /// The run that is continued by its directory alone.
    pub run_directory: Option<PathBuf>,
    /// How they are read.
    pub read: ReadOptions,
    /// Variables.
    pub environment: Environment,
    /// The embedded model, if one is here.
    pub embedded: Option<EmbeddedChoice>,
}

/// A recipe, seeds, operators and rules that go together.
#[derive(Debug)]
pub struct Prepared {
    /// The recipe with nothing left open.
    pub recipe: Recipe,
    /// The seeds and what was found in their files.
    pub seeds: SeedReport,
    /// What the job needs.
    pub settings: EvolveSettings,
    /// A hash of the operators' texts.
    pub operators_hash: String,
    /// A hash of the seeds' texts and responses, in their order.
    pub seeds_hash: String,
    /// Variables.
    pub environment: Environment,
    /// The embedded model, if one is here.
    pub embedded: Option<EmbeddedChoice>,
}

/// Reads and checks it all. Sends nothing.
pub fn prepare(sources: Sources) -> Result<Prepared, Error> {
    let Sources { layers, seeds: files, run_directory, mut read, environment, embedded } = sources;
    let layers = with_environment(layers, &environment);
    let style = style_for(&layers, embedded.as_ref());
    let files = seed_files(files, &layers);
    read.limit = read.limit.or(layers.limit.map(|limit| limit as usize));
    let layers = written(layers, &files, read.limit, embedded.as_ref());
    let recipe = Recipe::resolve(layers, style)?;
    let seeds = seeds(&files, run_directory.as_deref(), &read)?;
    let settings = settings(&recipe)?;
    check_target(&recipe, seeds.seeds.len() as u64)?;
    Ok(Prepared {
        operators_hash: settings.operators.fingerprint(),
        seeds_hash: seeds_hash(&seeds),
        recipe,
        seeds,
        settings,
        environment,
        embedded,
    })
}

/// A target that cannot be reached is found before anything is paid.
fn check_target(recipe: &Recipe, seeds: u64) -> Result<(), Error> {
    let most = RunSize::of(seeds, recipe).places();
    match recipe.target {
        Some(target) if target > most => Err(Error::TargetTooHigh { target, seeds, most }),
        _ => Ok(()),
    }
}

/// The recipe with nothing left open and all that it names, but the seeds.
///
/// # Errors
///
/// What [`prepare`] would find in them.
pub fn check_recipe(
    layers: RecipeFile,
    environment: &Environment,
    embedded: Option<&EmbeddedChoice>,
) -> Result<Recipe, Error> {
    let layers = with_environment(layers, environment);
    let style = style_for(&layers, embedded);
    let recipe = Recipe::resolve(layers, style)?;
    settings(&recipe)?;
    Ok(recipe)
}

/// What the run keeps, else what the files hold.
fn seeds(
    files: &[PathBuf],
    run_directory: Option<&Path>,
    read: &ReadOptions,
) -> Result<SeedReport, Error> {
    if let Some(directory) = run_directory {
        if let Some(kept) = kept::read(directory, read.limit)? {
            return Ok(kept);
        }
        if files.iter().any(|file| is_stdin(file)) {
            return Err(Error::SeedsNotKept(directory.display().to_string()));
        }
    }
    if files.is_empty() {
        return Err(Error::SeedsNotNamed);
    }
    let seeds = read_seeds(files, read)?;
    if seeds.seeds.is_empty() {
        let names: Vec<_> = files.iter().map(|file| format!("`{}`", file.display())).collect();
        return Err(Error::NoSeeds { files: names.join(", "), report: Box::new(seeds) });
    }
    Ok(seeds)
}

fn is_stdin(file: &Path) -> bool {
    file.as_os_str() == "-"
}

fn seed_files(given: Vec<PathBuf>, layers: &RecipeFile) -> Vec<PathBuf> {
    if given.is_empty() {
        layers.seeds.iter().flatten().map(PathBuf::from).collect()
    } else {
        given
    }
}

/// The recipe as it is kept beside the run: it finds from any folder what it names.
fn written(
    layers: RecipeFile,
    files: &[PathBuf],
    limit: Option<usize>,
    embedded: Option<&EmbeddedChoice>,
) -> RecipeFile {
    let found = |file: &PathBuf| {
        let path = if is_stdin(file) { file.clone() } else { absolute(file) };
        path.to_string_lossy().into_owned()
    };
    let operators_dir = layers.operators_dir.as_ref().map(|folder| found(&PathBuf::from(folder)));
    let layers = match embedded {
        Some(choice) => with_embedded(layers, choice),
        None => layers,
    };
    RecipeFile {
        seeds: Some(files.iter().map(found).collect()),
        limit: limit.map(|limit| limit as u64),
        operators_dir,
        ..layers
    }
}

/// Names the embedded model where it was named, so that another folder, another variable or a
/// better model that was fetched since changes nothing.
fn with_embedded(mut layers: RecipeFile, choice: &EmbeddedChoice) -> RecipeFile {
    let sections = [&layers.evolver, &layers.judge, &layers.responder];
    let is_mixed = sections.iter().any(|role| role.base_url.is_some());
    if layers.evolver.base_url.is_some() {
        return layers;
    }
    if is_mixed || layers.evolver.model.is_some() {
        layers.evolver.model = Some(choice.spec());
    } else {
        layers.model = Some(choice.spec());
    }
    layers
}

fn absolute(file: &Path) -> PathBuf {
    std::path::absolute(file).unwrap_or_else(|_no_current_directory| file.to_owned())
}

fn settings(recipe: &Recipe) -> Result<EvolveSettings, Error> {
    let operators = OperatorSet::of_pack(recipe.operators, recipe.prompt_style, recipe.procedure);
    let operators = match &recipe.operators_dir {
        Some(folder) => operators.with_files(operator_files(Path::new(folder))?)?,
        None => operators,
    };
    let operators = operators.with_weights(&recipe.weights)?;
    Ok(EvolveSettings {
        run_seed: recipe.seed,
        rounds: recipe.rounds,
        branching: recipe.branching,
        redraws: recipe.redraws,
        target: recipe.target,
        seed_responses: recipe.seed_responses,
        operators,
        rules: rules(&recipe.rules)?,
        procedure: recipe.procedure,
        gain_check: recipe.gain_check,
        sampling: RoleSampling {
            evolver: recipe.evolver.sampling.clone(),
            judge: recipe.judge.sampling.clone(),
            responder: recipe.responder.sampling.clone(),
        },
        respond_system: recipe.responder.system.clone(),
    })
}

/// `paper`, `standard`, `critic` and `strict` stand for lists; other names for single rules. A name after `-` is off.
fn rules(named: &[String]) -> Result<RuleSet, Error> {
    let mut names: Vec<&str> = Vec::new();
    for name in named {
        match name.as_str() {
            "paper" => names.extend(PAPER_RULES),
            // Rules over all that was kept stand in the list for when they are there.
            "standard" => names.extend(STANDARD_RULES),
            "critic" => names.extend(CRITIC_RULES),
            "strict" => names.extend(STRICT_RULES.iter().filter(|name| !is_to_come(name))),
            name => match name.strip_prefix('-') {
                Some(off) => {
                    RuleSet::from_names(&[off])?;
                    names.retain(|on| *on != off);
                }
                None if is_to_come(name) => return Err(Error::RuleToCome(name.to_owned())),
                None => names.push(name),
            },
        }
    }
    Ok(RuleSet::from_names(&names)?)
}

/// Whether the rule has a name and nothing decides it yet.
pub(crate) fn is_to_come(name: &str) -> bool {
    name == "contaminated"
}

/// The operator files of a folder, by name. Hidden files are not operators.
fn operator_files(folder: &Path) -> Result<Vec<OperatorFile>, Error> {
    let error = |path: &Path| {
        let path = path.display().to_string();
        move |source| Error::File { what: "read", path, source }
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(error(folder))? {
        let path = entry.map_err(error(folder))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if path.is_file() && !name.starts_with('.') && !name.ends_with('~') {
            let text = std::fs::read_to_string(&path).map_err(error(&path))?;
            files.push(OperatorFile { name, text });
        }
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

fn seeds_hash(report: &SeedReport) -> String {
    let mut hasher = blake3::Hasher::new();
    for seed in &report.seeds {
        for text in [Some(seed.text.as_str()), seed.response.as_deref()] {
            let text = text.unwrap_or("\u{0}none");
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        }
    }
    hasher.finalize().to_hex()[..16].to_owned()
}
