//! What a run will take: calls, tokens, money and time. Sends nothing.

use speciate_types::{Kind, NanoUsd, Usage};

use crate::models::{FIRST_MODEL, roles};
use crate::prices;
use crate::project::Prepared;
use crate::recipe::{ConcurrencySetting, Recipe, RoleRecipe};
use speciate_evolve::work::{EvolveSettings, GainCheck, SeedResponses};
use speciate_evolve::{Procedure, PromptStyle};

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
    /// Evolutions that can be kept at most: one for each lineage, round and branch.
    pub evolutions: u64,
    /// Rows that are wanted, seeds included; what is not needed for them is not made.
    pub target: Option<u64>,
    /// Draws for each of them at most: what fails is drawn again within its round.
    pub draws_most: u32,
    /// Rows to expect in the result, seeds included: if half, and if 95 in 100 are kept.
    pub rows: (u64, u64),
    /// Calls by role.
    pub calls: Vec<PlannedCalls>,
    /// All calls; a guess where evolutions are drawn again or a target ends the run, otherwise the most.
    pub calls_total: u64,
    /// All calls at most, but for repeated tries.
    pub calls_most: u64,
    /// Sum of the costs; `None` when any price is not known.
    pub cost_usd: Option<f64>,
    /// Whether a price is not known because its model is not named.
    pub is_unnamed: bool,
    /// Whether all of it happens on this machine.
    pub is_embedded: bool,
    /// Seconds, from the calls in flight and an assumed time for each; `None` for `auto`, and for
    /// an embedded model that nobody measured.
    pub seconds: Option<f64>,
    /// What the numbers rest on.
    pub assumptions: Vec<String>,
}

/// Tokens of our own words in an evolve prompt, without and with examples, and in a judge prompt, measured
/// on the built-in ones.
const EVOLVE_FRAME_TOKENS: u64 = 330;
const GUIDED_FRAME_TOKENS: u64 = 760;
/// The task once more, behind the source.
const TASK_TOKENS: u64 = 90;
const JUDGE_FRAME_TOKENS: u64 = 190;
/// Growth of an instruction in each round: the prompts ask for 10 to 20 words.
const GROWTH_TOKENS: u64 = 22;
const JUDGE_ANSWER_TOKENS: u64 = 5;
/// The same of the critic; its answers are five lines with a reason each.
const CRITIC_FRAME_TOKENS: u64 = 420;
const CRITIC_ANSWER_TOKENS: u64 = 70;
const RESPONSE_TOKENS: u64 = 320;
/// An answered call on a typical served model, for the estimate of time.
const SECONDS_PER_CALL: f64 = 3.0;
/// A call of [`FIRST_MODEL`] among eight, as a run of 271 of them took on 2 cores.
const SECONDS_PER_CALL_OF_FIRST: f64 = 1.2;
/// Draws for a hundred evolutions where there may be several: what the runs of docs/embedded.md took with a
/// tiny model, and what the paper's model took, of whose evolutions 95 in 100 were kept.
const TINY_DRAWS_PERCENT: u64 = 150;
const USUAL_DRAWS_PERCENT: u64 = 105;

/// Makes the forecast. Without further draws and without a target every call that the recipe can ask for is counted, so
/// that it is an upper bound but for repeated tries.
pub fn forecast(prepared: &Prepared) -> Forecast {
    let recipe = &prepared.recipe;
    let seeds = prepared.seeds.seeds.len() as u64;
    let evolutions = evolutions(seeds, recipe.rounds, recipe.branching);
    let judge = JudgeCalls::of(&prepared.settings);
    let unanswered =
        prepared.seeds.seeds.iter().filter(|seed| seed.response.is_none()).count() as u64;
    let seed_answers = match recipe.seed_responses {
        SeedResponses::Keep => unanswered,
        SeedResponses::Regenerate => seeds,
    };
    let seed_answers = up_to(recipe.target, seed_answers);
    let bytes: usize = prepared.seeds.seeds.iter().map(|seed| seed.text.len()).sum();
    let seed_tokens = Usage::estimate_tokens(bytes) / seeds.max(1);
    let mean = seed_tokens + GROWTH_TOKENS * u64::from(recipe.rounds.div_ceil(2));
    let usual = usual_draws(for_target(recipe.target, seeds, evolutions), recipe);
    let per_call = [
        (usual, mean + evolve_frame_tokens(recipe), at_most(mean + GROWTH_TOKENS, &recipe.evolver)),
        (
            (usual as f64 * judge.share).ceil() as u64,
            2 * mean + GROWTH_TOKENS + judge.frame_tokens,
            judge.answer_tokens,
        ),
        (usual + seed_answers, mean + GROWTH_TOKENS, at_most(RESPONSE_TOKENS, &recipe.responder)),
    ];
    let calls_per_draw = if judge.share > 0.0 { 3 } else { 2 };
    let draws_most = evolutions.saturating_mul(u64::from(recipe.redraws) + 1);
    let calls_most = draws_most.saturating_mul(calls_per_draw).saturating_add(seed_answers);
    let calls: Vec<_> = roles(recipe)
        .into_iter()
        .zip(per_call)
        .map(|((name, role), (calls, input, output))| {
            let (input_tokens, output_tokens) = (calls * input, calls * output);
            let usage = Usage { input_tokens, output_tokens, estimated: true, ..Usage::default() };
            PlannedCalls {
                role: name,
                model: match (&role.model, &role.base_url) {
                    (Some(model), Some(_)) => model.clone(),
                    _ => default_model(prepared, role),
                },
                calls,
                input_tokens,
                output_tokens,
                cost_usd: price(prepared, role, usage).map(NanoUsd::as_usd),
            }
        })
        .collect();
    finish(prepared, (seeds, evolutions), calls, calls_most)
}

fn evolve_frame_tokens(recipe: &Recipe) -> u64 {
    match (recipe.prompt_style, recipe.procedure) {
        (PromptStyle::Guided, _) => GUIDED_FRAME_TOKENS,
        (PromptStyle::Paper, Procedure::Standard) => EVOLVE_FRAME_TOKENS + TASK_TOKENS,
        (PromptStyle::Paper | PromptStyle::Compact, _) => EVOLVE_FRAME_TOKENS,
    }
}

/// What the judge is asked about an evolution.
struct JudgeCalls {
    /// Of all evolutions.
    share: f64,
    frame_tokens: u64,
    answer_tokens: u64,
}

impl JudgeCalls {
    fn of(settings: &EvolveSettings) -> Self {
        let is_judged =
            settings.gain_check == GainCheck::Judge && settings.rules.contains("no-gain");
        let (share, frame_tokens, answer_tokens) = if settings.has_critic() {
            (1.0, CRITIC_FRAME_TOKENS, CRITIC_ANSWER_TOKENS)
        } else if is_judged {
            (equality_share(settings), JUDGE_FRAME_TOKENS, JUDGE_ANSWER_TOKENS)
        } else {
            (0.0, JUDGE_FRAME_TOKENS, JUDGE_ANSWER_TOKENS)
        };
        Self { share, frame_tokens, answer_tokens }
    }
}

/// The share of evolutions that are compared with their parent: outside of the paper's procedure not
/// the new instructions.
fn equality_share(settings: &EvolveSettings) -> f64 {
    if settings.procedure == Procedure::Paper {
        return 1.0;
    }
    let all: f64 = settings.operators.iter().map(|(_, weight)| weight).sum();
    let in_depth =
        settings.operators.iter().filter(|(operator, _)| operator.kind() == Kind::InDepth);
    in_depth.map(|(_, weight)| weight).sum::<f64>() / all
}

fn finish(
    prepared: &Prepared,
    (seeds, evolutions): (u64, u64),
    calls: Vec<PlannedCalls>,
    calls_most: u64,
) -> Forecast {
    let recipe = &prepared.recipe;
    let calls_total = calls.iter().map(|planned| planned.calls).sum();
    let cost_usd = calls.iter().map(|planned| planned.cost_usd).sum::<Option<f64>>();
    let is_unnamed = |role: &RoleRecipe| role.base_url.is_some() && role.model.is_none();
    Forecast {
        seeds,
        rounds: recipe.rounds,
        evolutions,
        target: recipe.target,
        draws_most: recipe.redraws + 1,
        rows: (
            up_to(recipe.target, seeds + evolutions / 2),
            up_to(recipe.target, seeds + evolutions * 95 / 100),
        ),
        calls,
        calls_total,
        calls_most,
        cost_usd,
        is_unnamed: roles(recipe).into_iter().any(|(_, role)| is_unnamed(role)),
        is_embedded: is_embedded(recipe),
        seconds: seconds(prepared, calls_total),
        assumptions: assumptions(prepared),
    }
}

fn is_embedded(recipe: &Recipe) -> bool {
    roles(recipe).into_iter().all(|(_, role)| role.base_url.is_none())
}

/// Whether it is the model that was measured.
fn is_first(prepared: &Prepared) -> bool {
    prepared.embedded.as_ref().is_none_or(|choice| choice.name() == FIRST_MODEL)
}

fn seconds(prepared: &Prepared, calls: u64) -> Option<f64> {
    let recipe = &prepared.recipe;
    match recipe.limits.concurrency {
        _ if is_embedded(recipe) => {
            is_first(prepared).then_some(calls as f64 * SECONDS_PER_CALL_OF_FIRST)
        }
        Some(ConcurrencySetting::Fixed(slots)) => {
            Some(calls as f64 * SECONDS_PER_CALL / f64::from(slots))
        }
        _ => None,
    }
}

fn assumptions(prepared: &Prepared) -> Vec<String> {
    let recipe = &prepared.recipe;
    let mut assumed = vec![
        "4 bytes a token; instructions grow by about 22 tokens a round".to_owned(),
        format!("a response has about {} tokens", at_most(RESPONSE_TOKENS, &recipe.responder)),
    ];
    if recipe.redraws > 0 {
        let draws = draws_percent(recipe) as f64 / 100.0;
        let whose = match recipe.prompt_style {
            PromptStyle::Compact => format!("as measured with {FIRST_MODEL}"),
            _ => "as many as the paper's model would have taken".to_owned(),
        };
        assumed.push(format!("{draws} draws for an evolution, {whose}"));
    }
    if !is_embedded(recipe) {
        assumed.push(format!("with a number of calls in flight: {SECONDS_PER_CALL} s a call"));
    } else if is_first(prepared) {
        assumed.push(format!("{SECONDS_PER_CALL_OF_FIRST} s a call, as measured on 2 cores"));
    }
    if recipe.target.is_some() {
        assumed.push("95 in 100 evolutions kept; for each other one, one more is made".to_owned());
    }
    if has_listed_price(recipe) {
        assumed.push(prices::source());
    }
    assumed.push("eliminated evolutions save calls, repeated tries add some".to_owned());
    assumed
}

/// Whether a price is the built-in table's.
fn has_listed_price(recipe: &Recipe) -> bool {
    roles(recipe).into_iter().any(|(_, role)| match (&role.base_url, &role.model) {
        (Some(base_url), Some(model)) => {
            !recipe.prices.contains_key(model) && prices::listed(base_url.first(), model).is_some()
        }
        _ => false,
    })
}

/// Tokens of an answer, which a limit may cut.
fn at_most(tokens: u64, role: &RoleRecipe) -> u64 {
    role.sampling.max_tokens.map_or(tokens, |most| tokens.min(most.into()))
}

/// No more than the rows that are wanted.
fn up_to(target: Option<u64>, rows: u64) -> u64 {
    rows.min(target.unwrap_or(u64::MAX))
}

/// Evolutions that are made if 95 in 100 are kept, and no more rows are wanted than the target.
fn for_target(target: Option<u64>, seeds: u64, evolutions: u64) -> u64 {
    let wanted = target.map(|target| (target.saturating_sub(seeds) * 100).div_ceil(95));
    evolutions.min(wanted.unwrap_or(u64::MAX))
}

/// Evolver calls for so many evolutions, some of which are drawn again.
fn usual_draws(evolutions: u64, recipe: &Recipe) -> u64 {
    evolutions.saturating_mul(draws_percent(recipe)).div_ceil(100)
}

fn draws_percent(recipe: &Recipe) -> u64 {
    match recipe.prompt_style {
        _ if recipe.redraws == 0 => 100,
        PromptStyle::Compact => TINY_DRAWS_PERCENT,
        PromptStyle::Paper | PromptStyle::Guided => USUAL_DRAWS_PERCENT,
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

fn default_model(prepared: &Prepared, role: &RoleRecipe) -> String {
    match (&role.base_url, &prepared.embedded) {
        (None, Some(embedded)) => embedded.name().to_owned(),
        (None, None) => format!("{FIRST_MODEL}, which is not here yet"),
        (Some(_), _) => "the endpoint's only one".to_owned(),
    }
}

fn price(prepared: &Prepared, role: &RoleRecipe, usage: Usage) -> Option<NanoUsd> {
    if role.base_url.is_none() {
        return Some(NanoUsd(0));
    }
    let (base_url, model) = (role.base_url.as_ref()?, role.model.as_ref()?);
    Some(prices::price(&prepared.recipe, base_url.first(), model)?.cost(usage))
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
