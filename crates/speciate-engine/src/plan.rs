//! What a run may use: models, the lanes that limit them, and money.

use std::sync::Arc;

use speciate_llm::Model;
use speciate_llm::limit::LimitConfig;
use speciate_llm::retry::RetryPolicy;
use speciate_types::{NanoUsd, Price};

/// An endpoint with its limits. Models behind one address share a lane.
#[derive(Debug, Clone)]
pub struct LanePlan {
    /// The endpoint, for people.
    pub endpoint: String,
    /// Its limits.
    pub limits: LimitConfig,
}

/// A model and what it costs.
#[derive(Debug, Clone)]
pub struct ModelPlan {
    /// Answers calls.
    pub model: Arc<dyn Model>,
    /// Its name, as requests carry it.
    pub name: String,
    /// Index into [`Plan::lanes`].
    pub lane: usize,
    /// `None` when nobody said what it costs.
    pub price: Option<Price>,
    /// What is done about a call that is late.
    pub lateness: Lateness,
}

/// What is done about a call that takes far longer than the others did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lateness {
    /// A second try beside it; the first answer counts. Both may be paid.
    SecondTry,
    /// Later still, it is given up and tried again.
    GiveUp,
    /// Nothing; the model's own clocks decide.
    Wait,
}

/// The models that answer for a role. With several, each call goes to the one with most room.
#[derive(Debug, Clone)]
pub struct RolePlan {
    /// For example `evolver`.
    pub name: String,
    /// Indexes into [`Plan::models`], at least one.
    pub models: Vec<usize>,
    /// Used only while none of `models` can be.
    pub fallbacks: Vec<usize>,
}

/// Everything that the engine needs beside the job and the store.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Endpoints.
    pub lanes: Vec<LanePlan>,
    /// Models.
    pub models: Vec<ModelPlan>,
    /// Roles, in the order of [`speciate_types::Role`].
    pub roles: Vec<RolePlan>,
    /// How often and how long.
    pub retry: RetryPolicy,
    /// Hard limit on money, earlier sessions of the run included.
    pub cost_limit: Option<NanoUsd>,
    /// Seed of the waits' jitter. Has no influence on results.
    pub jitter_seed: u64,
}
