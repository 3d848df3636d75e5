//! What a person can do about a run that stopped.

use speciate_engine::StopReason;
use speciate_types::{CallError, ErrorClass};

use crate::environment::Environment;
use crate::models::{key_advice, roles};
use crate::recipe::Recipe;

/// What to do before the run can go on; `None` where the reason says it.
pub(super) fn advice(
    reason: &StopReason,
    recipe: &Recipe,
    environment: &Environment,
) -> Option<String> {
    match reason {
        StopReason::Endpoint(error) => about(error, recipe, environment),
        StopReason::Outage(_) => Some("see that the server runs and can be reached".to_owned()),
        StopReason::Budget | StopReason::Asked => None,
    }
}

fn about(error: &CallError, recipe: &Recipe, environment: &Environment) -> Option<String> {
    match (error.class, error.status) {
        (ErrorClass::Auth, _) => Some(key_advice(&key_variables(recipe), environment)),
        (ErrorClass::Exhausted, _) => Some(
            "add credit or raise the limit where the endpoint's account is kept, or name another \
             endpoint with --base-url"
                .to_owned(),
        ),
        (ErrorClass::BadConfig, Some(404 | 405)) => Some(
            "see whether the path is right, most base urls end in /v1, and whether the model is \
             there: `speciate doctor` asks both"
                .to_owned(),
        ),
        (ErrorClass::BadConfig, Some(_)) => {
            Some("mend what the message names, in the recipe or with a flag".to_owned())
        }
        (ErrorClass::LocalFault, _) => Some("`speciate doctor` tells what is short".to_owned()),
        _ => None,
    }
}

/// The variables of all keys that may be sent.
fn key_variables(recipe: &Recipe) -> Vec<&str> {
    let of_roles = roles(recipe).into_iter().filter(|(_, role)| role.base_url.is_some());
    let of_roles = of_roles.map(|(_, role)| role.api_key_env.as_str());
    let of_fallback = recipe.fallback.iter().map(|fallback| fallback.api_key_env.as_str());
    let mut names: Vec<_> = of_roles.chain(of_fallback).collect();
    names.sort_unstable();
    names.dedup();
    names
}
