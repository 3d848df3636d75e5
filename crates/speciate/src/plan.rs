//! What a run will take: calls, tokens, money and time. Sends nothing.

use speciate_types::{NanoUsd, Usage};

use crate::models::roles;
use crate::project::Prepared;
use crate::recipe::ConcurrencySetting;
use speciate_evolve::work::{GainCheck, SeedResponses};

/// One kind of call.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct PlannedCalls {
    /// Which role makes them.
    pub role: &'static str,
    /// The model, or `embedded`.
    pub model: String,
    /// How many.
    pub calls: u64,
    /// Tokens of their prompts.
    pub input_tokens: u64,
    /// Tokens of their answers.
    pub output_tokens: u64,
    /// `None` when the model's price is not known.
    pub cost_usd: Option<f64>,
}

/// The forecast.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Forecast {
    /// Seeds that will be evolved.
    pub seeds: u64,
    /// Rounds of each.
    pub rounds: u32,
    /// Evolutions at most.
    pub evolutions: u64,
    /// Rows to expect in the result, seeds included: if half, and if 95 in 100 are kept.
    pub rows: (u64, u64),
    /// Calls by role.
    pub calls: Vec<PlannedCalls>,
    /// All calls.
    pub calls_total: u64,
    /// Sum of the costs; `None` when any price is not known.
    pub cost_usd: Option<f64>,
    /// Seconds, from the calls in flight and an assumed time for each; `None` for `auto`.
    pub seconds: Option<f64>,
    /// What the numbers rest on.
    pub assumptions: Vec<String>,
}

/// Tokens of our own words in an evolve prompt and in a judge prompt, measured on the built-in ones.
const EVOLVE_FRAME_TOKENS: u64 = 330;
const JUDGE_FRAME_TOKENS: u64 = 190;
/// Growth of an instruction in each round: the prompts ask for 10 to 20 words.
const GROWTH_TOKENS: u64 = 22;
const JUDGE_ANSWER_TOKENS: u64 = 5;
const RESPONSE_TOKENS: u64 = 320;
/// An answered call on a typical served model, for the estimate of time.
const SECONDS_PER_CALL: f64 = 3.0;

/// Makes the forecast. Every call that the recipe can ask for is counted, so it is an upper bound
/// but for repeated tries.
pub fn forecast(prepared: &Prepared) -> Forecast {
    let recipe = &prepared.recipe;
    let seeds = prepared.seeds.seeds.len() as u64;
    let evolutions = evolutions(seeds, recipe.rounds, recipe.branching);
    let judged =
        recipe.gain_check == GainCheck::Judge && prepared.settings.rules.contains("no-gain");
    let unanswered =
        prepared.seeds.seeds.iter().filter(|seed| seed.response.is_none()).count() as u64;
    let seed_answers = match recipe.seed_responses {
        SeedResponses::Keep => unanswered,
        SeedResponses::Regenerate => seeds,
    };
    let bytes: usize = prepared.seeds.seeds.iter().map(|seed| seed.text.len()).sum();
    let seed_tokens = Usage::estimate_tokens(bytes) / seeds.max(1);
    let mean = seed_tokens + GROWTH_TOKENS * u64::from(recipe.rounds.div_ceil(2));
    let per_call = [
        (evolutions, mean + EVOLVE_FRAME_TOKENS, mean + GROWTH_TOKENS),
        (
            if judged { evolutions } else { 0 },
            2 * mean + GROWTH_TOKENS + JUDGE_FRAME_TOKENS,
            JUDGE_ANSWER_TOKENS,
        ),
        (evolutions + seed_answers, mean + GROWTH_TOKENS, RESPONSE_TOKENS),
    ];
    let calls: Vec<_> = roles(recipe)
        .into_iter()
        .zip(per_call)
        .map(|((name, role), (calls, input, output))| {
            let (input_tokens, output_tokens) = (calls * input, calls * output);
            let usage = Usage { input_tokens, output_tokens, estimated: true };
            PlannedCalls {
                role: name,
                model: role.model.clone().unwrap_or_else(|| default_model(prepared, role)),
                calls,
                input_tokens,
                output_tokens,
                cost_usd: price(prepared, role, usage).map(NanoUsd::as_usd),
            }
        })
        .collect();
    finish(prepared, seeds, evolutions, calls)
}

fn finish(prepared: &Prepared, seeds: u64, evolutions: u64, calls: Vec<PlannedCalls>) -> Forecast {
    let recipe = &prepared.recipe;
    let calls_total = calls.iter().map(|planned| planned.calls).sum();
    let cost_usd = calls.iter().map(|planned| planned.cost_usd).sum::<Option<f64>>();
    let seconds = match recipe.limits.concurrency {
        Some(ConcurrencySetting::Fixed(slots)) => {
            Some(calls_total as f64 * SECONDS_PER_CALL / f64::from(slots))
        }
        _ => None,
    };
    Forecast {
        seeds,
        rounds: recipe.rounds,
        evolutions,
        rows: (seeds + evolutions / 2, seeds + evolutions * 95 / 100),
        calls,
        calls_total,
        cost_usd,
        seconds,
        assumptions: vec![
            "4 bytes a token; instructions grow by about 22 tokens a round".to_owned(),
            format!("a response has about {RESPONSE_TOKENS} tokens"),
            format!("with a number of calls in flight: {SECONDS_PER_CALL} s a call"),
            "eliminated evolutions save calls, repeated tries add some".to_owned(),
        ],
    }
}

/// A chain has one evolution a round; a tree of branching b at most b + b² + …
pub(crate) fn evolutions(seeds: u64, rounds: u32, branching: u32) -> u64 {
    if branching <= 1 {
        return seeds.saturating_mul(u64::from(rounds) * u64::from(branching));
    }
    let mut level = 1_u64;
    let mut sum = 0_u64;
    for _ in 0..rounds {
        level = level.saturating_mul(u64::from(branching));
        sum = sum.saturating_add(level);
        if sum == u64::MAX {
            break;
        }
    }
    seeds.saturating_mul(sum)
}

fn default_model(prepared: &Prepared, role: &crate::recipe::RoleRecipe) -> String {
    match (&role.base_url, &prepared.embedded) {
        (None, Some(embedded)) => embedded.name().to_owned(),
        _ => "the endpoint's only one".to_owned(),
    }
}

fn price(prepared: &Prepared, role: &crate::recipe::RoleRecipe, usage: Usage) -> Option<NanoUsd> {
    if role.base_url.is_none() {
        return Some(NanoUsd(0));
    }
    let price = prepared.recipe.prices.get(role.model.as_ref()?)?;
    Some(price.cost(usage))
}

#[cfg(test)]
mod tests {
    use super::evolutions;

    #[test]
    fn the_papers_run_has_208_008_evolutions() {
        assert_eq!(evolutions(52_002, 4, 1), 208_008);
        assert_eq!(evolutions(1, 3, 2), 14);
        assert_eq!(evolutions(10, 0, 3), 0);
        assert_eq!(evolutions(10, u32::MAX, 2), u64::MAX);
    }
}
