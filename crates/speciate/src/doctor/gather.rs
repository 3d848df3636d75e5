//! Looks at the recipe, the seeds and the run, and has everything else looked at.

use std::path::Path;

use speciate_store::RunStore;
use speciate_types::Clock;

use super::ask::{ask, places};
use super::facts::{EndpointFacts, Facts, RecipeFacts, RoleFacts, RunFacts, SeedFacts};
use super::{Examination, machine};
use crate::Error;
use crate::models::{EmbeddedChoice, ModelError, choose_embedded, roles, slots, with_environment};
use crate::plan::{Forecast, forecast};
use crate::project::{Sources, check_recipe, prepare};
use crate::recipe::{ConcurrencySetting, Recipe};

/// A run of 1,258 calls with 109 tokens an answer was measured to take 1.7 kB for each call in
/// `run.db` and 0.45 kB in `data.jsonl`. This is half as much again, and room for SQLite's log.
const BYTES_PER_CALL: u64 = 1_500;
const BYTES_PER_OUTPUT_TOKEN: u64 = 16;
const BYTES_AT_LEAST: u64 = 16 << 20;

/// Gathers all facts.
pub(super) async fn gather(examination: Examination, clock: &dyn Clock) -> Facts {
    let Examination { sources, directory, makes_calls } = examination;
    let sound = match sources.and_then(Sound::of) {
        Ok(sound) => sound,
        Err(error) => return without_recipe(broken(&error), &directory, clock),
    };
    let mut endpoints = Vec::new();
    for place in places(&sound.recipe) {
        let environment = &sound.sources.environment;
        endpoints.push(ask(&place, &sound.recipe, environment, makes_calls, clock).await);
    }
    let choice = sound.choice();
    let seeds = seeds(Sources { embedded: choice.clone(), ..sound.sources });
    let need_bytes = match seeds {
        Some(SeedFacts::Read { disk_bytes, .. }) => Some(disk_bytes),
        _ => None,
    };
    Facts {
        recipe: recipe_facts(&sound.recipe, &endpoints, choice.as_ref()),
        seeds,
        embedded: sound.embedded.as_ref().map(|found| machine::embedded(found.as_ref())),
        descriptors: machine::descriptors(&sound.recipe.limits, endpoints.len() as u64),
        endpoints,
        disk: machine::disk(&directory, need_bytes),
        now: clock.now(),
        run: run(&directory, clock),
    }
}

/// What can be seen without knowing where the calls would go.
fn without_recipe(recipe: RecipeFacts, directory: &Path, clock: &dyn Clock) -> Facts {
    Facts {
        recipe,
        seeds: None,
        embedded: None,
        endpoints: Vec::new(),
        disk: machine::disk(directory, None),
        descriptors: None,
        now: clock.now(),
        run: run(directory, clock),
    }
}

fn broken(error: &Error) -> RecipeFacts {
    RecipeFacts::Broken {
        message: with_causes(error),
        hint: error.hint(),
        exit_code: error.exit_code(),
    }
}

/// An error and what caused it, as one text.
pub(super) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        let said = source.to_string();
        if !text.contains(&said) {
            text.push_str(&format!(": {said}"));
        }
        cause = source.source();
    }
    text
}

/// A recipe with nothing left open, and what goes with it.
struct Sound {
    recipe: Recipe,
    sources: Sources,
    /// The model on this machine, if a role wants one.
    embedded: Option<Result<Option<EmbeddedChoice>, ModelError>>,
}

impl Sound {
    fn of(sources: Sources) -> Result<Self, Error> {
        let layers = with_environment(sources.layers.clone(), &sources.environment);
        let sections = [&layers.evolver, &layers.judge, &layers.responder];
        let wants_embedded =
            layers.base_url.is_none() && sections.iter().any(|role| role.base_url.is_none());
        let named = layers.evolver.model.as_deref().or(layers.model.as_deref());
        let embedded = wants_embedded.then(|| choose_embedded(named, &sources.environment));
        let choice = embedded.as_ref().and_then(|found| found.as_ref().ok()?.as_ref());
        let recipe = check_recipe(sources.layers.clone(), &sources.environment, choice)?;
        Ok(Self { recipe, sources, embedded })
    }

    fn choice(&self) -> Option<EmbeddedChoice> {
        self.embedded.as_ref()?.as_ref().ok()?.clone()
    }
}

fn recipe_facts(
    recipe: &Recipe,
    endpoints: &[EndpointFacts],
    embedded: Option<&EmbeddedChoice>,
) -> RecipeFacts {
    let role_facts = |role: &'static str| {
        let served = endpoints.iter().find_map(|endpoint| {
            let model = endpoint.models.iter().find(|model| model.roles.contains(&role))?;
            Some((endpoint, model))
        });
        match served {
            Some((endpoint, model)) => RoleFacts {
                role,
                model: model.chosen.clone().or_else(|| model.named.clone()),
                place: endpoint
                    .address
                    .clone()
                    .unwrap_or_else(|_none| "an address that is none".to_owned()),
            },
            None => RoleFacts {
                role,
                model: embedded.map(|choice| choice.name().to_owned()),
                place: "embedded".to_owned(),
            },
        }
    };
    RecipeFacts::Sound {
        name: recipe.name.clone(),
        rounds: recipe.rounds,
        roles: roles(recipe).into_iter().map(|(role, _)| role_facts(role)).collect(),
        concurrency: recipe.limits.concurrency.unwrap_or(ConcurrencySetting::Auto),
        embedded_slots: embedded_slots(recipe),
        requests_per_minute: recipe.limits.requests_per_minute,
        tokens_per_minute: recipe.limits.tokens_per_minute,
        max_cost_usd: recipe.limits.max_cost_usd,
    }
}

/// Calls at once where no role goes elsewhere: a number that is given holds for it too.
fn embedded_slots(recipe: &Recipe) -> Option<u32> {
    let is_embedded = roles(recipe).into_iter().all(|(_, role)| role.base_url.is_none());
    is_embedded.then(|| slots(&recipe.embedded))
}

/// Reads the seeds, if any are named. Standard input is left to the run.
fn seeds(sources: Sources) -> Option<SeedFacts> {
    let of_recipe = sources.layers.seeds.iter().flatten().map(Path::new);
    let mut files = sources.seeds.iter().map(AsRef::as_ref).chain(of_recipe).peekable();
    files.peek()?;
    if files.any(|file: &Path| file.as_os_str() == "-") {
        return None;
    }
    drop(files);
    Some(match prepare(sources) {
        Ok(prepared) => {
            let forecast = forecast(&prepared);
            let (seeds, calls) = (forecast.seeds, forecast.calls_most);
            SeedFacts::Read { seeds, calls, disk_bytes: disk_bytes(&forecast) }
        }
        Err(error) => SeedFacts::Broken { message: with_causes(&error), hint: error.hint() },
    })
}

/// What a run will take on disk, roughly.
pub(super) fn disk_bytes(forecast: &Forecast) -> u64 {
    let output_tokens: u64 = forecast.calls.iter().map(|calls| calls.output_tokens).sum();
    let of_calls = forecast.calls_total.saturating_mul(BYTES_PER_CALL);
    let of_texts = output_tokens.saturating_mul(BYTES_PER_OUTPUT_TOKEN);
    BYTES_AT_LEAST.saturating_add(of_calls).saturating_add(of_texts)
}

/// Opens the run as `run` does, which also writes to it, and closes it again.
fn run(directory: &Path, clock: &dyn Clock) -> RunFacts {
    if !RunStore::exists(directory) {
        return RunFacts::None;
    }
    let opened = RunStore::open(directory, clock.now())
        .and_then(|store| Ok((store.info().run_id.clone(), store.learned()?)));
    match opened {
        Ok((run_id, learned)) => RunFacts::Opens { run_id, learned },
        Err(error) => {
            let error = Error::from(error);
            RunFacts::Refused {
                message: with_causes(&error),
                hint: error.hint(),
                exit_code: error.exit_code(),
            }
        }
    }
}
