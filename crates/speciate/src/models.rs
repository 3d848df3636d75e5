//! From a recipe's roles to models that can be called.

mod builder;
mod embedded;
mod neighbours;
mod preflight;
mod settings;

use speciate_engine::Plan;
use speciate_evolve::PromptStyle;
use speciate_llm::HttpModelError;
use speciate_types::{CallError, ErrorClass};

use crate::environment::Environment;
use crate::recipe::{Addresses, Recipe, RecipeFile, RoleRecipe};
use builder::Builder;
pub(crate) use preflight::{
    better_address, is_out_of_reach, may_be_elsewhere, nearest, pick_model, stops_preflight,
};
pub(crate) use settings::{AUTO_MOST, host, is_free, stream, timeouts, wire};

pub(crate) use embedded::slots;
use embedded::style_of_first;
pub use embedded::{EmbeddedChoice, FIRST_MODEL, choose_embedded, local_environment, style_of};

const DOCTOR: &str = "`speciate doctor` checks address, proxy, key and model in one go";
pub(crate) const ROLE_NAMES: [&str; 3] = ["evolver", "judge", "responder"];

/// A model could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The endpoint as given cannot be used.
    #[error(transparent)]
    Endpoint(#[from] HttpModelError),
    /// An endpoint was given, but no model.
    #[error("no model is named for the {role} at {base_url}")]
    NoModel {
        /// Which role.
        role: &'static str,
        /// Where.
        base_url: String,
        /// What the endpoint lists.
        listed: Vec<String>,
    },
    /// The API is at another address of the same host.
    #[error("{base_url} is not the base url of the API: {better} is")]
    Elsewhere {
        /// What was given.
        base_url: String,
        /// Where models are listed.
        better: String,
    },
    /// The endpoint could not be asked.
    #[error("{error}")]
    Unreachable {
        /// Why not.
        error: CallError,
        /// What to do about a key that is not accepted.
        key_advice: String,
    },
    /// `--max-cost` needs prices.
    #[error("a cost limit was given, but the price of `{0}` is not known")]
    NoPrice(String),
    /// The embedded model.
    #[error(transparent)]
    Local(#[from] speciate_llm::local::LocalError),
    /// The embedded engine.
    #[cfg(feature = "embedded")]
    #[error(transparent)]
    Embedded(#[from] speciate_llm::embedded::EmbeddedError),
    /// No endpoint was named and there is no embedded model on this machine.
    #[error("no endpoint is named, and no model was fetched")]
    NotFetched,
    /// Built without the engine.
    #[error("this build has no embedded model")]
    NotBuiltIn,
}

impl ModelError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        let listed = |names: &[String]| {
            if names.is_empty() {
                return "it lists none: name one with --model, or is its path wrong? Most base \
                        urls end in /v1"
                    .to_owned();
            }
            format!("it lists: {}", names[..names.len().min(8)].join(", "))
        };
        match self {
            Self::NoModel { listed: names, .. } => Some(listed(names)),
            Self::Elsewhere { better, .. } => Some(format!("use --base-url {better}")),
            Self::Unreachable { error, key_advice } if error.class == ErrorClass::Auth => {
                Some(format!("{key_advice}; {DOCTOR}"))
            }
            // What is wrong with the setting stands in the message.
            Self::Unreachable { error, .. }
                if error.class == ErrorClass::BadConfig && error.status.is_none() =>
            {
                None
            }
            Self::Unreachable { .. } => {
                Some(format!("is the server running, and does the base url end in /v1? {DOCTOR}"))
            }
            Self::NoPrice(model) => Some(format!(
                "say it in the recipe: [prices.\"{model}\"] input_usd_per_million = …"
            )),
            Self::NotFetched => Some(
                "name an endpoint with --base-url, or answer y (or give --yes) to fetch a model"
                    .to_owned(),
            ),
            Self::NotBuiltIn => Some(
                "name an endpoint with --base-url, or build with the feature `embedded`".to_owned(),
            ),
            Self::Endpoint(_) => None,
            Self::Local(_) => None,
            #[cfg(feature = "embedded")]
            Self::Embedded(_) => None,
        }
    }

    /// The exit code of the command.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Unreachable { error, .. }
                if matches!(error.class, ErrorClass::Auth | ErrorClass::Exhausted) =>
            {
                3
            }
            _ => 2,
        }
    }
}

/// The models of a run, set up.
#[derive(Debug)]
pub struct Models {
    /// What the engine needs.
    pub plan: Plan,
    /// Names for the run's identity, by role.
    pub names: [String; 3],
    /// Said to the person at the start.
    pub remarks: Vec<String>,
}

/// Fills the address that the recipe leaves open from `OPENAI_BASE_URL`.
#[must_use]
pub fn with_environment(file: RecipeFile, environment: &Environment) -> RecipeFile {
    let from_environment = RecipeFile {
        base_url: environment.get("OPENAI_BASE_URL").and_then(Addresses::parse),
        ..RecipeFile::default()
    };
    from_environment.overlaid(file)
}

/// The addresses and models that will be called, without setting anything up.
pub fn roles(recipe: &Recipe) -> [(&'static str, &RoleRecipe); 3] {
    let [evolver, judge, responder] = ROLE_NAMES;
    [(evolver, &recipe.evolver), (judge, &recipe.judge), (responder, &recipe.responder)]
}

/// Sets all models up and asks each endpoint once whether it has them. `known` are the models by
/// role where nothing has to be asked, as for a run that is done.
pub async fn connect(
    recipe: &Recipe,
    environment: &Environment,
    embedded: Option<&EmbeddedChoice>,
    known: Option<&[String; 3]>,
) -> Result<Models, ModelError> {
    let mut builder = Builder::new(recipe, environment, known);
    for (name, role) in roles(recipe) {
        builder.role(name, role, embedded).await?;
    }
    builder.finish()
}

/// The prompt style that suits the recipe's evolver when the recipe says `auto`. Without an endpoint
/// and an embedded model it is that of the model that would be fetched.
pub fn style_for(file: &RecipeFile, embedded: Option<&EmbeddedChoice>) -> PromptStyle {
    let is_remote = file.evolver.base_url.is_some() || file.base_url.is_some();
    match embedded {
        _ if is_remote => style_of_remote(file),
        Some(choice) => style_of(choice),
        None => style_of_first(),
    }
}

/// By the size in the model's name; a model without one is taken to be large where its endpoint is
/// somebody's service, and small on this machine or in a private network.
fn style_of_remote(file: &RecipeFile) -> PromptStyle {
    let base_url = file.evolver.base_url.as_ref().or(file.base_url.as_ref());
    let model = file.evolver.model.as_ref().or(file.model.as_ref());
    let is_near = base_url.is_some_and(|base_url| settings::is_near(base_url.first()));
    match model.and_then(|name| billions(name)) {
        // A server need not take an answer that is begun.
        Some(billions) if billions < LARGE_BILLIONS => PromptStyle::Guided,
        None if is_near => PromptStyle::Guided,
        _ => PromptStyle::Paper,
    }
}

/// From this size on a model is taken to follow the paper's prompts.
const LARGE_BILLIONS: f64 = 9.0;

/// The size that a name holds, in billions of weights: `qwen2.5-1.5b-instruct`, `SmolLM2-135M`, the
/// first of `qwen3-30b-a3b`.
fn billions(model: &str) -> Option<f64> {
    let lower = model.to_ascii_lowercase();
    lower.split(['-', '_', ':', '/', ' ']).find_map(|part| {
        let size = part.strip_suffix('b').map(|size| (size, 1.0));
        let (size, scale) = size.or_else(|| part.strip_suffix('m').map(|size| (size, 0.001)))?;
        Some(size.parse::<f64>().ok()? * scale)
    })
}

/// What to do when the key in one of `variables` is not accepted.
pub(crate) fn key_advice(variables: &[&str], environment: &Environment) -> String {
    let unset = variables.iter().copied().filter(|name| environment.get(name).is_none());
    let unset: Vec<_> = unset.collect();
    if unset.is_empty() {
        let names = variables.join(" or ");
        return format!(
            "put a valid key into {names}, or have it given the right to use the model"
        );
    }
    format!("no key was sent: set {}", unset.join(" and "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_read_from_a_name() {
        for (name, size) in [
            ("qwen2.5-coder-1.5b-instruct-q4_k_m.gguf", Some(1.5)),
            ("meta-llama/Llama-3.1-8B-Instruct", Some(8.0)),
            ("HuggingFaceTB/SmolLM2-135M-Instruct", Some(0.135)),
            ("qwen3:30b-a3b", Some(30.0)),
            ("gpt-4o-mini", None),
            ("claude-sonnet-4-5", None),
            ("mock", None),
        ] {
            assert_eq!(billions(name), size, "{name}");
        }
    }

    #[test]
    fn the_style_goes_by_size_and_place() {
        let style = |base_url: &str, model: &str| {
            let text = format!("base_url = \"{base_url}\"\nmodel = \"{model}\"\n");
            style_for(&RecipeFile::parse("r", &text).unwrap(), None)
        };
        let (near, far) = ("http://127.0.0.1:8080/v1", "https://api.example.com/v1");
        assert_eq!(style(far, "big"), PromptStyle::Paper);
        assert_eq!(style(near, "some"), PromptStyle::Guided);
        assert_eq!(style(near, "qwen3-32b"), PromptStyle::Paper);
        assert_eq!(style(far, "llama-3.1-8b"), PromptStyle::Guided);
    }
}
