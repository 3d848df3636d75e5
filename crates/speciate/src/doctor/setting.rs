//! What it means what the recipe says: roles, seeds, limits, prices, the embedded model.

use super::facts::{EmbeddedFacts, Facts, RecipeFacts, RoleFacts, SeedFacts};
use super::system::bytes;
use super::{Finding, MISCONFIGURED};
use crate::models::{AUTO_MOST, ModelError};
use crate::recipe::ConcurrencySetting;

/// A guess at what the engine takes beside its weights: by default shared prefixes may take this
/// much; contexts come on top, but few of them are full.
const ENGINE_BYTES: u64 = 512 << 20;

/// Whether it can be used, and where each role goes.
pub(super) fn recipe(facts: &RecipeFacts) -> Finding {
    match facts {
        RecipeFacts::Broken { message, hint, exit_code } => {
            let hint = hint.clone();
            Finding { hint, ..Finding::error("recipe", message, *exit_code) }
        }
        RecipeFacts::Sound { name, rounds, roles, .. } => {
            Finding::ok("recipe", format!("{name}, {rounds} rounds; {}", routes(roles)))
        }
    }
}

/// `evolver and judge: large at …; responder: small at …`.
fn routes(roles: &[RoleFacts]) -> String {
    let mut routes: Vec<(String, Vec<&str>)> = Vec::new();
    for role in roles {
        let model =
            role.model.as_deref().map_or_else(|| "a model".to_owned(), super::endpoint::shown_name);
        let route = match role.place.as_str() {
            "embedded" => format!("{model} on this machine"),
            place => format!("{model} at {place}"),
        };
        match routes.iter_mut().find(|(known, _)| *known == route) {
            Some((_, roles)) => roles.push(role.role),
            None => routes.push((route, vec![role.role])),
        }
    }
    let line = |(route, of): (String, Vec<&str>)| {
        let who = if of.len() == roles.len() { "all roles".to_owned() } else { of.join(" and ") };
        format!("{who}: {route}")
    };
    routes.into_iter().map(line).collect::<Vec<_>>().join("; ")
}

/// Whether the seeds can be used.
pub(super) fn seeds(facts: &SeedFacts) -> Finding {
    match facts {
        SeedFacts::Read { seeds, calls, .. } => {
            let word = if *seeds == 1 { "seed" } else { "seeds" };
            Finding::ok("seeds", format!("{seeds} {word}, {calls} calls at most"))
        }
        SeedFacts::Broken { message, hint } => {
            let hint = hint.clone();
            Finding { hint, ..Finding::error("seeds", message, MISCONFIGURED) }
        }
    }
}

/// Calls in flight, rates, prices; `None` without a recipe.
pub(super) fn limits(facts: &Facts) -> Option<Finding> {
    let RecipeFacts::Sound {
        concurrency,
        embedded_slots,
        requests_per_minute,
        tokens_per_minute,
        max_cost_usd,
        ..
    } = &facts.recipe
    else {
        return None;
    };
    let calls = match (concurrency, embedded_slots) {
        (ConcurrencySetting::Auto, None) => format!("up to {AUTO_MOST} calls at once (auto)"),
        (ConcurrencySetting::Fixed(calls), _) | (ConcurrencySetting::Auto, Some(calls)) => {
            format!("{calls} {} at once", if *calls == 1 { "call" } else { "calls" })
        }
    };
    let rates = rates(*requests_per_minute, *tokens_per_minute);
    let unpriced = unpriced(facts);
    let money = match (max_cost_usd, unpriced) {
        (Some(usd), _) => format!("at most ${usd:.2}"),
        (None, Some(_)) => "prices not known (--max-cost needs them)".to_owned(),
        (None, None) if facts.endpoints.is_empty() => "free of cost".to_owned(),
        (None, None) => "prices known".to_owned(),
    };
    let found = format!("{calls}, {rates}, {money}");
    Some(match (max_cost_usd, unpriced) {
        (Some(_), Some(model)) => {
            let found = format!("{found}, but the price of {model} is not known");
            let hint = ModelError::NoPrice(model.to_owned()).hint();
            Finding { hint, ..Finding::error("limits", found, MISCONFIGURED) }
        }
        _ => Finding::ok("limits", found),
    })
}

fn rates(requests: Option<u64>, tokens: Option<u64>) -> String {
    let limits = [(requests, "requests a minute"), (tokens, "tokens a minute")];
    let said = limits.into_iter().filter_map(|(limit, what)| Some(format!("{} {what}", limit?)));
    let said: Vec<_> = said.collect();
    if said.is_empty() { "no rate limits".to_owned() } else { said.join(", ") }
}

/// The first model whose price nobody said.
fn unpriced(facts: &Facts) -> Option<&str> {
    let models = facts.endpoints.iter().flat_map(|endpoint| &endpoint.models);
    let unpriced = models.filter(|model| !model.is_price_known);
    unpriced.map(|model| model.chosen.as_deref().unwrap_or("the model")).next()
}

/// Whether the embedded model can run here.
pub(super) fn embedded(facts: &EmbeddedFacts) -> Finding {
    if !facts.is_built_in {
        let found = "no endpoint is named, and this build has no embedded model";
        return Finding::error("embedded", found, MISCONFIGURED)
            .hint("name an endpoint with --base-url, or build with the feature `embedded`");
    }
    if let Some(missing) = facts.missing_instructions {
        let found = format!("this processor lacks {missing}, which the engine needs");
        return Finding::error("embedded", found, MISCONFIGURED)
            .hint("name an endpoint with --base-url");
    }
    match &facts.model {
        Err(message) => Finding::error("embedded", message, MISCONFIGURED)
            .hint("`speciate model list` shows what there is"),
        Ok(None) => Finding::warning("embedded", "no model is on this machine yet")
            .hint("`speciate run` fetches the smallest; others: speciate model pull NAME"),
        Ok(Some((name, size))) => memory(name, *size, facts.memory_bytes),
    }
}

fn memory(name: &str, size: u64, free: Option<u64>) -> Finding {
    let need = size.saturating_add(ENGINE_BYTES);
    let found = format!("{name}, {}; needs about {} of memory", bytes(size), bytes(need));
    match free {
        Some(free) if free < need => {
            Finding::warning("embedded", format!("{found}, {} is free", bytes(free)))
                .hint("close other programs, take a smaller model, or --set embedded.slots=1")
        }
        Some(free) => Finding::ok("embedded", format!("{found}, {} is free", bytes(free))),
        None => Finding::ok("embedded", found),
    }
}
