//! What a person can do about a run that stopped.

use speciate_engine::{NeverWorked, StopReason};
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
        StopReason::NeverWorked(found) => Some(never_worked(found, recipe, environment)),
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
            Some("fix the setting named above, in the recipe or with a flag".to_owned())
        }
        (ErrorClass::LocalFault, _) => Some("`speciate doctor` tells what is short".to_owned()),
        _ => None,
    }
}

/// The key or flag to change where no call of a role has worked.
fn never_worked(found: &NeverWorked, recipe: &Recipe, environment: &Environment) -> String {
    let (role, said) = (found.role.as_str(), found.error.message.to_lowercase());
    let says = |words: &[&str]| words.iter().any(|word| said.contains(word));
    match found.error.class {
        ErrorClass::BadItem if says(CUT_PROMPT_WORDS) => {
            "give the server a longer context as said above, or take shorter seeds".to_owned()
        }
        ErrorClass::BadItem if says(KEY_WORDS) => key_advice(&key_variables(recipe), environment),
        ErrorClass::BadItem if says(LENGTH_WORDS) => format!(
            "lower the token limit with --set {role}.max_tokens=N, or take a model with a longer context"
        ),
        ErrorClass::Truncated if says(NO_REASON_WORDS) => {
            "the server gives neither a finish reason nor token counts that could prove an end: update \
             it, or name another endpoint with --base-url"
                .to_owned()
        }
        ErrorClass::Truncated if says(BROKEN_WORDS) => {
            "see the server's log for what ended the answers; else name another endpoint with \
             --base-url, or another model"
                .to_owned()
        }
        ErrorClass::Truncated => format!("raise the token limit with --set {role}.max_tokens=N"),
        ErrorClass::Empty => format!(
            "if the model reasons for long, raise --set {role}.max_tokens=N or turn its reasoning off \
             at the server; else take another model with --{role}"
        ),
        ErrorClass::Malformed => "see that the base url ends in /v1 and that --api names what the \
             endpoint speaks: `speciate doctor` asks it"
            .to_owned(),
        ErrorClass::Filtered | ErrorClass::Refused => {
            format!("take another model with --{role}, or other seeds")
        }
        ErrorClass::Transient | ErrorClass::Overloaded => {
            "if its answers take long, raise --set limits.silence_timeout_ms=N".to_owned()
        }
        _ => format!(
            "fix the setting named above: the key in {}, the model (--{role}), the base url \
             (--base-url), or a setting of the role (--set {role}.KEY=VALUE)",
            key_variables(recipe).join(" or ")
        ),
    }
}

const KEY_WORDS: &[&str] =
    &["api key", "api_key", "apikey", "auth", "credential", "virtual key", "permission"];
const CUT_PROMPT_WORDS: &[&str] = &["so it has cut it"];
const NO_REASON_WORDS: &[&str] = &["no finish reason"];
const BROKEN_WORDS: &[&str] = &["no proof", "broke off", "paused before"];
const LENGTH_WORDS: &[&str] =
    &["max_tokens", "max_completion_tokens", "max_new_tokens", "context", "too long", "too large"];

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
