//! Asks an endpoint for its models, and each model that is used for a word.

use std::time::Instant;

use speciate_llm::{Endpoint, HttpModel, HttpModelError, Model as _, Timeouts};
use speciate_types::{
    CallError, ChatMessage, ChatRequest, Clock, ErrorClass, MessageRole, Sampling,
};

use super::Proxy;
use super::address::proxy;
use super::facts::{CallFacts, EndpointFacts, Key, Listing, ModelFacts};
use super::long::prompt;
use super::model::is_answered;
use crate::environment::Environment;
use crate::models::{
    better_address, is_free, is_out_of_reach, may_be_elsewhere, pick_model, roles, stream,
    timeouts, wire,
};
use crate::prices::price;
use crate::recipe::{Addresses, Api, Recipe, RoleRecipe};

/// Longest wait for an answer; a run's own limit is meant for long answers.
const PATIENCE_MS: u64 = 60_000;
/// Tokens of the one call that each model gets.
const PROBE_TOKENS: u32 = 16;
const PROBE: &str = "Reply with one word: ready";

/// An address with a key, and the roles that go there.
pub(super) struct Place<'a> {
    base_url: &'a str,
    key_variable: &'a str,
    api: Api,
    roles: Vec<(&'static str, &'a RoleRecipe)>,
}

/// The distinct pairs of address and key.
pub(super) fn places(recipe: &Recipe) -> Vec<Place<'_>> {
    let mut places: Vec<Place<'_>> = Vec::new();
    for (name, role) in roles(recipe) {
        for base_url in role.base_url.iter().flat_map(Addresses::iter) {
            let is_there = |place: &&mut Place<'_>| {
                (place.base_url, place.key_variable, place.api)
                    == (base_url, role.api_key_env.as_str(), role.api)
            };
            match places.iter_mut().find(is_there) {
                Some(place) => place.roles.push((name, role)),
                None => places.push(Place {
                    base_url,
                    key_variable: &role.api_key_env,
                    api: role.api,
                    roles: vec![(name, role)],
                }),
            }
        }
    }
    places
}

/// Asks all that can be asked there.
pub(super) async fn ask(
    place: &Place<'_>,
    recipe: &Recipe,
    environment: &Environment,
    makes_calls: bool,
    clock: &dyn Clock,
) -> EndpointFacts {
    let endpoint = Endpoint {
        base_url: place.base_url.to_owned(),
        key: environment.key(place.key_variable),
        timeouts: short(timeouts(recipe)),
        wire: wire(place.api),
        stream: stream(recipe),
    };
    let (address, key) = address_and_key(&endpoint);
    let mut facts = EndpointFacts {
        proxy: address
            .as_ref()
            .map_or(Proxy::None, |address| proxy(address, |name| std::env::var(name).ok())),
        address,
        key_variable: shown_name(place.key_variable, key),
        key,
        listing: None,
        better_address: None,
        models: Vec::new(),
    };
    if facts.address.is_ok() && key != Key::Unsendable {
        let listing = list(&endpoint).await;
        if listing.result.as_ref().is_err_and(may_be_elsewhere) {
            facts.better_address = better_address(&endpoint).await;
        }
        facts.listing = Some(listing);
    }
    facts.models = models(place, recipe, facts.listing.as_ref());
    let is_open = facts.listing.as_ref().is_some_and(|listing| {
        listing.result.as_ref().err().is_none_or(|error| !is_out_of_reach(error))
    });
    if makes_calls && is_open {
        for (model, role) in facts.models.iter_mut().zip(first_roles(place)) {
            if let Some(name) = &model.chosen {
                let asked = call(&endpoint, name, role, PROBE, clock).await;
                // A long prompt is paid as it is long, so it is sent where nothing is paid.
                if model.is_free && is_answered(&asked) {
                    let prompt = prompt(clock.now().0);
                    model.long_call =
                        Some(call(&endpoint, name, role, &prompt, clock).await.result);
                }
                model.call = Some(asked);
            }
        }
    }
    facts
}

fn short(timeouts: Timeouts) -> Timeouts {
    Timeouts {
        connect_ms: timeouts.connect_ms,
        silence_ms: timeouts.silence_ms.min(PATIENCE_MS),
        total_ms: timeouts.total_ms.min(PATIENCE_MS),
    }
}

/// The address without credentials, or why it is none; and whether its key can be sent.
fn address_and_key(endpoint: &Endpoint) -> (Result<String, String>, Key) {
    let without_key = Endpoint { key: None, ..endpoint.clone() };
    let address = match HttpModel::new(&without_key, "") {
        Ok(model) => Ok(model.info().endpoint),
        Err(error) => Err(error.to_string()),
    };
    let key = match (&endpoint.key, HttpModel::new(endpoint, "")) {
        (None, _) => Key::Unset,
        (Some(_), Err(HttpModelError::Key)) => Key::Unsendable,
        (Some(_), _) => Key::Set,
    };
    (address, key)
}

/// Somebody may have written the key where its variable's name belongs; a name that is used, or
/// that is written as such names are, is none.
fn shown_name(variable: &str, key: Key) -> String {
    let is_usual = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    if key != Key::Unset || variable.chars().all(is_usual) {
        return variable.to_owned();
    }
    "the variable that `api_key_env` names".to_owned()
}

async fn list(endpoint: &Endpoint) -> Listing {
    let began = Instant::now();
    let result = HttpModel::list(endpoint).await;
    Listing { latency_ms: elapsed_ms(began), result }
}

fn elapsed_ms(began: Instant) -> u64 {
    began.elapsed().as_millis() as u64
}

/// The models that are used, each with the roles that use it.
fn models(place: &Place<'_>, recipe: &Recipe, listing: Option<&Listing>) -> Vec<ModelFacts> {
    let listed = listing.and_then(|listing| listing.result.as_deref().ok()).unwrap_or_default();
    let mut models: Vec<ModelFacts> = Vec::new();
    for (name, role) in &place.roles {
        if let Some(known) = models.iter_mut().find(|known| known.named == role.model) {
            known.roles.push(name);
            continue;
        }
        let chosen = pick_model(name, role.model.as_deref(), place.base_url, listed).ok();
        let price = chosen.as_ref().and_then(|name| price(recipe, place.base_url, name));
        models.push(ModelFacts {
            roles: vec![name],
            named: role.model.clone(),
            chosen,
            is_price_known: price.is_some(),
            is_free: is_free(price, place.base_url),
            call: None,
            long_call: None,
        });
    }
    models
}

/// For each of [`models`] the first role that uses it.
fn first_roles<'a>(place: &'a Place<'_>) -> impl Iterator<Item = &'a RoleRecipe> {
    let is_first = |at: usize, role: &RoleRecipe| {
        place.roles[..at].iter().all(|(_, earlier)| earlier.model != role.model)
    };
    let roles = place.roles.iter().enumerate();
    roles.filter(move |(at, (_, role))| is_first(*at, role)).map(|(_, (_, role))| *role)
}

/// One small call with the role's own parameters, so that refused ones are found.
async fn call(
    endpoint: &Endpoint,
    name: &str,
    role: &RoleRecipe,
    prompt: &str,
    clock: &dyn Clock,
) -> CallFacts {
    let request = ChatRequest {
        messages: vec![ChatMessage::new(MessageRole::User, prompt)],
        sampling: Sampling { max_tokens: Some(PROBE_TOKENS), ..role.sampling.clone() },
        stop: Vec::new(),
        seed: 0,
        shared_messages: 0,
    };
    let began = Instant::now();
    let result = match HttpModel::new(endpoint, name) {
        Ok(model) => model.call(request).await,
        Err(error) => Err(CallError::new(ErrorClass::BadConfig, error.to_string())),
    };
    CallFacts { latency_ms: elapsed_ms(began), ended_unix_s: clock.now().0 / 1_000, result }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_key_is_not_shown() {
        assert_eq!(shown_name("OPENAI_API_KEY", Key::Unset), "OPENAI_API_KEY");
        assert_eq!(shown_name("my_key", Key::Set), "my_key");
        assert!(!shown_name("gsk_canary1234", Key::Unset).contains("canary"));
    }
}
