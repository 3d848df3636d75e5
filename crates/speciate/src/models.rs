//! From a recipe's roles to models that can be called.

mod builder;
mod embedded;
mod preflight;
mod settings;

use speciate_engine::Plan;
use speciate_evolve::PromptStyle;
use speciate_llm::HttpModelError;
use speciate_types::{CallError, ErrorClass};

use crate::environment::Environment;
use crate::recipe::{Addresses, Recipe, RecipeFile, RoleRecipe};
use builder::Builder;
pub(crate) use preflight::{pick_model, stops_preflight};
pub(crate) use settings::{AUTO_MOST, stream, timeouts, wire};

pub use embedded::{EmbeddedChoice, choose_embedded, local_environment, style_of};

const DOCTOR: &str = "`speciate doctor` checks address, proxy, key and model in one go";
const ROLE_NAMES: [&str; 3] = ["evolver", "judge", "responder"];

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
    /// The endpoint does not have the model.
    #[error("{base_url} has no model `{model}`")]
    UnknownModel {
        /// Where.
        base_url: String,
        /// Which.
        model: String,
        /// What it lists.
        listed: Vec<String>,
    },
    /// The endpoint could not be asked.
    #[error("{error}")]
    Unreachable {
        /// Why not.
        error: CallError,
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
    /// Built without the engine.
    #[error("this build has no embedded model")]
    NotBuiltIn,
}

impl ModelError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        let listed = |names: &[String]| {
            if names.is_empty() {
                return "name one with --model".to_owned();
            }
            format!("it lists: {}", names[..names.len().min(8)].join(", "))
        };
        match self {
            Self::NoModel { listed: names, .. } | Self::UnknownModel { listed: names, .. } => {
                Some(listed(names))
            }
            Self::Unreachable { error } if error.class == ErrorClass::Auth => Some(format!(
                "is the key in the environment, under the name that `api_key_env` says? {DOCTOR}"
            )),
            // What is wrong with the setting stands in the message.
            Self::Unreachable { error }
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
            Self::Unreachable { error }
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

/// Sets all models up and asks each endpoint once whether it has them.
pub async fn connect(
    recipe: &Recipe,
    environment: &Environment,
    embedded: Option<&EmbeddedChoice>,
) -> Result<Models, ModelError> {
    let mut builder = Builder::new(recipe, environment);
    for (name, role) in roles(recipe) {
        builder.role(name, role, embedded).await?;
    }
    builder.finish()
}

/// The prompt style that suits the recipe's evolver when the recipe says `auto`.
pub fn style_for(file: &RecipeFile, embedded: Option<&EmbeddedChoice>) -> PromptStyle {
    let is_remote = file.evolver.base_url.is_some() || file.base_url.is_some();
    match embedded {
        Some(choice) if !is_remote => style_of(choice),
        _ => PromptStyle::Paper,
    }
}
