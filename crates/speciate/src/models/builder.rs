//! Sets up lanes, models and roles, and asks each endpoint once whether it has the model.

use std::sync::Arc;

use speciate_engine::{LanePlan, Lateness, ModelPlan, Plan, RolePlan};
use speciate_llm::limit::LimitConfig;
use speciate_llm::retry::RetryPolicy;
use speciate_llm::{Endpoint, HttpModel, Model};
use speciate_types::{CallError, NanoUsd, Price};

use super::preflight::{Asked, Obstacle, ask, pick_model, unlisted};
use super::settings::{lateness, limits, stream, timeouts, wire};
use super::{EmbeddedChoice, ModelError, Models, embedded, key_advice};
use crate::environment::Environment;
use crate::recipe::{Addresses, Api, Recipe, RoleRecipe};

/// One or more endpoints that serve one model to a role.
struct Pool<'a> {
    role: &'static str,
    addresses: &'a Addresses,
    api: Api,
    model: Option<&'a str>,
    api_key_env: &'a str,
}

pub(super) struct Builder<'a> {
    recipe: &'a Recipe,
    environment: &'a Environment,
    lanes: Vec<LanePlan>,
    models: Vec<ModelPlan>,
    roles: Vec<RolePlan>,
    asked: Vec<(String, Asked)>,
    remarks: Vec<String>,
    known: Option<&'a [String; 3]>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(
        recipe: &'a Recipe,
        environment: &'a Environment,
        known: Option<&'a [String; 3]>,
    ) -> Self {
        Self {
            recipe,
            environment,
            known,
            lanes: Vec::new(),
            models: Vec::new(),
            roles: Vec::new(),
            asked: Vec::new(),
            remarks: Vec::new(),
        }
    }

    /// Sets the models of a role up.
    pub(super) async fn role(
        &mut self,
        name: &'static str,
        role: &RoleRecipe,
        embedded: Option<&EmbeddedChoice>,
    ) -> Result<(), ModelError> {
        let models = match &role.base_url {
            Some(addresses) => {
                let known = self.known.map(|names| names[self.roles.len()].as_str());
                let (model, api_key_env) =
                    (role.model.as_deref().or(known), role.api_key_env.as_str());
                self.pool(&Pool { role: name, addresses, api: role.api, model, api_key_env })
                    .await?
            }
            None if cfg!(feature = "embedded") => {
                vec![self.embedded(embedded.ok_or(ModelError::NotFetched)?)?]
            }
            None => return Err(ModelError::NotBuiltIn),
        };
        let fallbacks = match &self.recipe.fallback {
            Some(fallback) => {
                let own = self.models[models[0]].name.clone();
                let pool = Pool {
                    role: name,
                    addresses: &fallback.base_url,
                    api: fallback.api,
                    model: Some(fallback.model.as_deref().unwrap_or(&own)),
                    api_key_env: &fallback.api_key_env,
                };
                self.pool(&pool).await?
            }
            None => Vec::new(),
        };
        self.roles.push(RolePlan { name: name.to_owned(), models, fallbacks });
        Ok(())
    }

    /// Sets up one model for each address. Those that do not answer now may answer later, as long
    /// as one of them does.
    async fn pool(&mut self, pool: &Pool<'_>) -> Result<Vec<usize>, ModelError> {
        let mut asked = Vec::new();
        for address in pool.addresses.iter() {
            let endpoint = self.endpoint(address, pool);
            asked.push((self.ask(&endpoint, pool).await?, endpoint));
        }
        let model = self.pick(pool, &asked)?;
        let mut models = Vec::new();
        for (found, endpoint) in &asked {
            let listed = match found {
                Asked::Lists(listed) => listed.as_slice(),
                Asked::Hides(_) | Asked::Silent(_) => &[],
            };
            self.remarks_on(&model, found, endpoint);
            models.push(self.http(endpoint, &model, listed)?);
        }
        Ok(models)
    }

    /// The one model of a pool: what is named, else what its endpoints list.
    fn pick(&self, pool: &Pool<'_>, asked: &[(Asked, Endpoint)]) -> Result<String, ModelError> {
        let mut model = None;
        let mut silent = None;
        for (found, endpoint) in asked {
            let listed = match found {
                Asked::Lists(listed) => listed.as_slice(),
                Asked::Hides(_) => &[],
                Asked::Silent(error) => {
                    silent.get_or_insert(error);
                    continue;
                }
            };
            let picked = pick_model(pool.role, pool.model, &endpoint.base_url, listed)?;
            model.get_or_insert(picked);
        }
        match (model, silent) {
            (Some(model), _) => Ok(model),
            (None, Some(error)) => Err(self.unreachable(error.clone(), pool)),
            (None, None) => Err(ModelError::NotBuiltIn),
        }
    }

    fn remarks_on(&mut self, model: &str, found: &Asked, endpoint: &Endpoint) {
        match found {
            Asked::Lists(listed) => {
                if let Some(remark) = unlisted(model, &endpoint.base_url, listed) {
                    self.remark(remark);
                }
            }
            Asked::Hides(why) => self.remark(format!("does not list its models: {why}")),
            Asked::Silent(error) => self.remark(format!("not answering yet: {}", error.message)),
        }
    }

    fn endpoint(&self, base_url: &str, pool: &Pool<'_>) -> Endpoint {
        Endpoint {
            base_url: base_url.to_owned(),
            key: self.environment.key(pool.api_key_env),
            timeouts: timeouts(self.recipe),
            wire: wire(pool.api),
            stream: stream(self.recipe),
        }
    }

    fn http(
        &mut self,
        endpoint: &Endpoint,
        model: &str,
        listed: &[String],
    ) -> Result<usize, ModelError> {
        let http = HttpModel::new(endpoint, model)?.with_listed(listed.to_vec());
        let address = http.info().endpoint;
        if let Some(known) = self
            .models
            .iter()
            .position(|known| known.name == model && self.lanes[known.lane].endpoint == address)
        {
            return Ok(known);
        }
        let lane = self.lane(&address, limits(self.recipe, None));
        let price = crate::prices::price(self.recipe, &endpoint.base_url, model);
        self.models.push(ModelPlan {
            model: Arc::new(http),
            name: model.to_owned(),
            lane,
            price,
            lateness: lateness(self.recipe, price, &endpoint.base_url),
        });
        Ok(self.models.len() - 1)
    }

    /// An endpoint that does not list its models is asked nothing more; the first call will tell.
    async fn ask(&mut self, endpoint: &Endpoint, pool: &Pool<'_>) -> Result<Asked, ModelError> {
        if self.known.is_some() {
            return Ok(Asked::Lists(Vec::new()));
        }
        if let Some((_, asked)) = self.asked.iter().find(|(url, _)| *url == endpoint.base_url) {
            return Ok(asked.clone());
        }
        let asked = match ask(endpoint, pool.model).await {
            Ok(asked) => asked,
            Err(Obstacle::Refused(error)) => return Err(self.unreachable(error, pool)),
            Err(Obstacle::Elsewhere(better)) => {
                return Err(ModelError::Elsewhere { base_url: endpoint.base_url.clone(), better });
            }
        };
        self.asked.push((endpoint.base_url.clone(), asked.clone()));
        Ok(asked)
    }

    fn unreachable(&self, error: CallError, pool: &Pool<'_>) -> ModelError {
        let key_advice = key_advice(&[pool.api_key_env], self.environment);
        ModelError::Unreachable { error, key_advice }
    }

    fn embedded(&mut self, choice: &EmbeddedChoice) -> Result<usize, ModelError> {
        if let Some(known) = self.models.iter().position(|known| known.name == choice.name()) {
            return Ok(known);
        }
        let (model, remark) = embedded::load(self.recipe, choice)?;
        self.remarks.extend(remark);
        let slots = model.info().slots;
        let lane = self.lane("embedded", limits(self.recipe, slots));
        let name = choice.name().to_owned();
        // It works in this process: a second try would only take its time.
        let lateness = Lateness::Wait;
        self.models.push(ModelPlan { model, name, lane, price: Some(Price::FREE), lateness });
        Ok(self.models.len() - 1)
    }

    fn lane(&mut self, endpoint: &str, limits: LimitConfig) -> usize {
        let known = self.lanes.iter().position(|lane| lane.endpoint == endpoint);
        known.unwrap_or_else(|| {
            self.lanes.push(LanePlan { endpoint: endpoint.to_owned(), limits });
            self.lanes.len() - 1
        })
    }

    fn remark(&mut self, remark: String) {
        if !self.remarks.contains(&remark) {
            self.remarks.push(remark);
        }
    }

    pub(super) fn finish(self) -> Result<Models, ModelError> {
        let limits = &self.recipe.limits;
        let cost_limit = limits.max_cost_usd.map(NanoUsd::from_usd);
        if cost_limit.is_some()
            && let Some(unknown) = self.models.iter().find(|model| model.price.is_none())
        {
            return Err(ModelError::NoPrice(unknown.name.clone()));
        }
        let name = |role: usize| self.models[self.roles[role].models[0]].name.clone();
        let normal = RetryPolicy::default();
        Ok(Models {
            names: [name(0), name(1), name(2)],
            remarks: self.remarks,
            plan: Plan {
                lanes: self.lanes,
                models: self.models,
                roles: self.roles,
                retry: RetryPolicy {
                    wait_accepted_ms: limits.longest_wait_ms.unwrap_or(normal.wait_accepted_ms),
                    ..normal
                },
                cost_limit,
                jitter_seed: self.recipe.seed,
            },
        })
    }
}
