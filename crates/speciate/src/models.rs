//! From a recipe's roles to models that can be called.

mod embedded;

use std::sync::Arc;

use speciate_engine::{LanePlan, ModelPlan, Plan, RolePlan};
use speciate_evolve::PromptStyle;
use speciate_llm::limit::{Concurrency, LimitConfig};
use speciate_llm::retry::RetryPolicy;
use speciate_llm::{Endpoint, HttpModel, HttpModelError, Model, Timeouts};
use speciate_types::{CallError, ErrorClass, NanoUsd, Price};

use crate::environment::Environment;
use crate::recipe::{ConcurrencySetting, Recipe, RecipeFile, RoleRecipe};

pub use embedded::{EmbeddedChoice, choose_embedded, local_environment, style_of};

/// `auto` never goes above this; more would need more descriptors than most systems give.
pub(crate) const AUTO_MOST: u32 = 512;
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
        base_url: environment.get("OPENAI_BASE_URL").map(str::to_owned),
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
    let mut builder = Builder::default();
    for (name, role) in roles(recipe) {
        let model = match &role.base_url {
            Some(base_url) => builder.http(recipe, name, role, base_url, environment).await?,
            None => builder.embedded(recipe, embedded.ok_or(ModelError::NotBuiltIn)?)?,
        };
        builder.roles.push(RolePlan { name: name.to_owned(), models: vec![model] });
    }
    builder.finish(recipe)
}

#[derive(Default)]
struct Builder {
    lanes: Vec<LanePlan>,
    models: Vec<ModelPlan>,
    roles: Vec<RolePlan>,
    listed: Vec<(String, Vec<String>)>,
    remarks: Vec<String>,
}

impl Builder {
    async fn http(
        &mut self,
        recipe: &Recipe,
        role_name: &'static str,
        role: &RoleRecipe,
        base_url: &str,
        environment: &Environment,
    ) -> Result<usize, ModelError> {
        let endpoint = Endpoint {
            base_url: base_url.to_owned(),
            key: environment.key(&role.api_key_env),
            timeouts: timeouts(recipe),
        };
        let listed = self.list(&endpoint).await?;
        let model = pick_model(role_name, role, base_url, &listed)?;
        let http = HttpModel::new(&endpoint, &model)?;
        let address = http.info().endpoint;
        if let Some(known) = self
            .models
            .iter()
            .position(|known| known.name == model && self.lanes[known.lane].endpoint == address)
        {
            return Ok(known);
        }
        let lane = self.lane(&address, limits(recipe, None));
        let price = recipe.prices.get(&model).copied();
        self.models.push(ModelPlan { model: Arc::new(http), name: model, lane, price });
        Ok(self.models.len() - 1)
    }

    /// An endpoint that does not list its models is asked nothing more; the first call will tell.
    async fn list(&mut self, endpoint: &Endpoint) -> Result<Vec<String>, ModelError> {
        if let Some((_, listed)) = self.listed.iter().find(|(url, _)| *url == endpoint.base_url) {
            return Ok(listed.clone());
        }
        let listed = match HttpModel::list(endpoint).await {
            Ok(listed) => listed,
            Err(error) if stops_preflight(&error) => return Err(ModelError::Unreachable { error }),
            Err(_not_listed) => Vec::new(),
        };
        self.listed.push((endpoint.base_url.clone(), listed.clone()));
        Ok(listed)
    }

    fn embedded(&mut self, recipe: &Recipe, choice: &EmbeddedChoice) -> Result<usize, ModelError> {
        if let Some(known) = self.models.iter().position(|known| known.name == choice.name()) {
            return Ok(known);
        }
        let (model, remark) = embedded::load(recipe, choice)?;
        self.remarks.extend(remark);
        let slots = model.info().slots;
        let lane = self.lane("embedded", limits(recipe, slots));
        let name = choice.name().to_owned();
        self.models.push(ModelPlan { model, name, lane, price: Some(Price::FREE) });
        Ok(self.models.len() - 1)
    }

    fn lane(&mut self, endpoint: &str, limits: LimitConfig) -> usize {
        let known = self.lanes.iter().position(|lane| lane.endpoint == endpoint);
        known.unwrap_or_else(|| {
            self.lanes.push(LanePlan { endpoint: endpoint.to_owned(), limits });
            self.lanes.len() - 1
        })
    }

    fn finish(self, recipe: &Recipe) -> Result<Models, ModelError> {
        let cost_limit = recipe.limits.max_cost_usd.map(NanoUsd::from_usd);
        if cost_limit.is_some()
            && let Some(unknown) = self.models.iter().find(|model| model.price.is_none())
        {
            return Err(ModelError::NoPrice(unknown.name.clone()));
        }
        let name = |role: usize| self.models[self.roles[role].models[0]].name.clone();
        Ok(Models {
            names: [name(0), name(1), name(2)],
            remarks: self.remarks,
            plan: Plan {
                lanes: self.lanes,
                models: self.models,
                roles: self.roles,
                retry: RetryPolicy {
                    wait_accepted_ms: recipe.limits.longest_wait_ms.unwrap_or(600_000),
                    ..RetryPolicy::default()
                },
                cost_limit,
                jitter_seed: recipe.seed,
            },
        })
    }
}

/// No connection and no key are final before a run; a missing list of models is not.
pub(crate) fn stops_preflight(error: &CallError) -> bool {
    match error.class {
        ErrorClass::Auth | ErrorClass::Exhausted => true,
        ErrorClass::BadConfig => error.status != Some(404) && error.status != Some(405),
        ErrorClass::Transient => error.status.is_none(),
        _ => false,
    }
}

pub(crate) fn pick_model(
    role_name: &'static str,
    role: &RoleRecipe,
    base_url: &str,
    listed: &[String],
) -> Result<String, ModelError> {
    let (base_url, listed_all) = (base_url.to_owned(), listed.to_vec());
    match (&role.model, listed) {
        (Some(model), []) => Ok(model.clone()),
        (Some(model), listed) if listed.contains(model) => Ok(model.clone()),
        // Some servers take any name and list only one; let them.
        (Some(model), [_only]) => Ok(model.clone()),
        (Some(model), _) => {
            let (base_url, model) = (base_url, model.clone());
            Err(ModelError::UnknownModel { base_url, model, listed: listed_all })
        }
        (None, [only]) => Ok(only.clone()),
        (None, _) => Err(ModelError::NoModel { role: role_name, base_url, listed: listed_all }),
    }
}

pub(crate) fn timeouts(recipe: &Recipe) -> Timeouts {
    let (limits, normal) = (&recipe.limits, Timeouts::default());
    Timeouts {
        connect_ms: limits.connect_timeout_ms.unwrap_or(normal.connect_ms),
        silence_ms: limits.silence_timeout_ms.unwrap_or(normal.silence_ms),
        total_ms: limits.total_timeout_ms.unwrap_or(normal.total_ms),
    }
}

/// A model that says how many calls it works on at once is taken at its word.
pub(crate) fn limits(recipe: &Recipe, slots: Option<u32>) -> LimitConfig {
    let concurrency = match (recipe.limits.concurrency, slots) {
        (Some(ConcurrencySetting::Fixed(slots)), _) | (_, Some(slots)) => Concurrency::Fixed(slots),
        (_, None) => Concurrency::Auto { most: AUTO_MOST },
    };
    LimitConfig {
        concurrency,
        requests_per_minute: recipe.limits.requests_per_minute,
        tokens_per_minute: recipe.limits.tokens_per_minute,
    }
}

/// The prompt style that suits the recipe's evolver when the recipe says `auto`.
pub fn style_for(file: &RecipeFile, embedded: Option<&EmbeddedChoice>) -> PromptStyle {
    let is_remote = file.evolver.base_url.is_some() || file.base_url.is_some();
    match embedded {
        Some(choice) if !is_remote => style_of(choice),
        _ => PromptStyle::Paper,
    }
}
