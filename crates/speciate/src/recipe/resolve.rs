//! From layers to a recipe with nothing left open.

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use speciate_evolve::work::{GainCheck, SeedResponses};
use speciate_evolve::{Pack, Procedure, PromptStyle};
use speciate_types::{Price, Sampling};

use super::file::{Api, EmbeddedSection, LimitsSection, RecipeFile, RoleSection};
use super::{Addresses, RecipeError};
use crate::text::without_keys;

/// `auto`, or a number of calls in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConcurrencySetting {
    /// Find the endpoint's level.
    Auto,
    /// This many.
    Fixed(u32),
}

impl std::str::FromStr for ConcurrencySetting {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            _ => match text.parse() {
                Ok(slots @ 1..=100_000) => Ok(Self::Fixed(slots)),
                _ => Err(format!("expected `auto` or a number from 1 to 100000, found `{text}`")),
            },
        }
    }
}

impl Serialize for ConcurrencySetting {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Auto => serializer.serialize_str("auto"),
            Self::Fixed(slots) => serializer.serialize_u32(*slots),
        }
    }
}

impl<'de> Deserialize<'de> for ConcurrencySetting {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = toml::Value::deserialize(deserializer)?;
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        text.parse().map_err(D::Error::custom)
    }
}

/// Which prompts are used, as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StyleSetting {
    /// By the model's size, as far as it is known.
    Auto,
    /// Instructions for real models.
    Paper,
    /// The same with examples, for small models.
    Guided,
    /// Few-shot turns for tiny ones.
    Compact,
}

/// A role with nothing left open but its endpoint's address.
#[derive(Debug, Clone, PartialEq)]
pub struct RoleRecipe {
    /// Where; `None` is the embedded model.
    pub base_url: Option<Addresses>,
    /// What is spoken there.
    pub api: Api,
    /// The model; `None` lets the embedded default decide.
    pub model: Option<String>,
    /// The variable that holds the key.
    pub api_key_env: String,
    /// System message.
    pub system: Option<String>,
    /// Sampling, as far as it is set.
    pub sampling: Sampling,
}

/// Where calls go while none of a role's own endpoints answers.
#[derive(Debug, Clone, PartialEq)]
pub struct FallbackRecipe {
    /// Where.
    pub base_url: Addresses,
    /// What is spoken there.
    pub api: Api,
    /// The model; `None` is the role's own.
    pub model: Option<String>,
    /// The variable that holds the key.
    pub api_key_env: String,
}

/// A recipe with nothing left open.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the keys are explained in the built-in recipe")]
pub struct Recipe {
    pub name: String,
    pub rounds: u32,
    pub branching: u32,
    pub target: Option<u64>,
    pub seed: u64,
    pub redraws: u32,
    pub seed_responses: SeedResponses,
    pub prompt_style: PromptStyle,
    pub procedure: Procedure,
    pub gain_check: GainCheck,
    pub rules: Vec<String>,
    pub operators: Pack,
    pub operators_dir: Option<String>,
    pub weights: BTreeMap<String, f64>,
    pub evolver: RoleRecipe,
    pub judge: RoleRecipe,
    pub responder: RoleRecipe,
    pub fallback: Option<FallbackRecipe>,
    pub limits: LimitsSection,
    /// Whether a limit on money from before is lifted, which is written as an endless one.
    pub is_limit_lifted: bool,
    /// Whether a target from before is lifted, which is written as the largest number.
    pub is_target_lifted: bool,
    pub embedded: EmbeddedSection,
    pub prices: BTreeMap<String, Price>,
    /// The layers together, as they are written beside the run.
    pub file: RecipeFile,
}

const NO_COMPACT: &str = "the operators of this pack have no prompts for tiny models";
const OPENAI_KEY: &str = "OPENAI_API_KEY";
/// More rounds or branches than anybody means; a typo costs money.
const ROUNDS_MAX: u32 = 100;
const BRANCHING_MAX: u32 = 64;
/// A compact evolution is cheap and often fails, so it is drawn again.
const COMPACT_REDRAWS: u32 = 3;

impl Recipe {
    /// Closes what the layers left open. `style_of_model` is what the model suggests for `auto`.
    pub fn resolve(file: RecipeFile, style_of_model: PromptStyle) -> Result<Self, RecipeError> {
        let pack = file.operators.unwrap_or_default();
        let style = match file.prompt_style.unwrap_or(StyleSetting::Auto) {
            // The packs for a domain have no prompts for tiny models.
            StyleSetting::Auto
                if style_of_model == PromptStyle::Compact && pack != Pack::Wizardlm =>
            {
                PromptStyle::Guided
            }
            StyleSetting::Compact if pack != Pack::Wizardlm => {
                let expected = format!("paper or guided: {NO_COMPACT}");
                return Err(out_of_range("prompt_style", "compact", &expected));
            }
            StyleSetting::Auto => style_of_model,
            StyleSetting::Paper => PromptStyle::Paper,
            StyleSetting::Guided => PromptStyle::Guided,
            StyleSetting::Compact => PromptStyle::Compact,
        };
        let is_compact = style == PromptStyle::Compact;
        let mut file = style_layer(style).overlaid(file);
        // Written as it was decided: a run that is continued must not decide anew.
        file.prompt_style = Some(match style {
            PromptStyle::Paper => StyleSetting::Paper,
            PromptStyle::Guided => StyleSetting::Guided,
            PromptStyle::Compact => StyleSetting::Compact,
        });
        let is_limit_lifted =
            file.limits.max_cost_usd.is_some_and(|usd| usd.is_infinite() && usd > 0.0);
        if is_limit_lifted {
            file.limits.max_cost_usd = None;
        }
        let is_target_lifted = file.target == Some(u64::MAX);
        if is_target_lifted {
            file.target = None;
        }
        if file.limit == Some(0) {
            return Err(out_of_range("limit", "0", "a number from 1"));
        }
        let role = |section: &RoleSection| resolve_role(&file, section);
        let gain = file.gain_check.unwrap_or(super::file::GainSetting::Auto);
        let recipe = Self {
            name: file.name.clone().unwrap_or_else(|| "custom".to_owned()),
            rounds: in_range("rounds", file.rounds.unwrap_or(4), 0, ROUNDS_MAX)?,
            branching: in_range("branching", file.branching.unwrap_or(1), 1, BRANCHING_MAX)?,
            target: file.target,
            seed: file.seed.unwrap_or(0),
            redraws: in_range("redraws", file.redraws.unwrap_or(0), 0, 20)?,
            seed_responses: file.seed_responses.unwrap_or(SeedResponses::Keep),
            prompt_style: style,
            procedure: file.procedure.unwrap_or_default(),
            gain_check: gain.resolve(is_compact),
            rules: file.rules.clone().unwrap_or_default(),
            operators: file.operators.unwrap_or_default(),
            operators_dir: file.operators_dir.clone(),
            weights: file.weights.clone(),
            evolver: role(&file.evolver)?,
            judge: role(&file.judge)?,
            responder: role(&file.responder)?,
            fallback: resolve_fallback(&file)?,
            limits: file.limits.clone(),
            is_limit_lifted,
            is_target_lifted,
            embedded: file.embedded.clone(),
            prices: file.prices.clone(),
            file,
        };
        check_cost(&recipe.limits)?;
        check_target(&recipe)?;
        Ok(recipe)
    }
}

/// Rows are counted round by round, which trees have no order for.
fn check_target(recipe: &Recipe) -> Result<(), RecipeError> {
    match recipe.target {
        Some(0) => Err(out_of_range("target", "0", "a number from 1")),
        Some(target) if recipe.branching > 1 => {
            let expected = "none where `branching` is above 1";
            Err(out_of_range("target", &target.to_string(), expected))
        }
        _ => Ok(()),
    }
}

/// The layer below all others: what suits the prompt style, which is known last.
///
/// The paper's sampling makes a model of 135M parameters ramble, and its four rules were made for
/// models that mostly obey.
fn style_layer(style: PromptStyle) -> RecipeFile {
    let (redraws, rules) = match style {
        PromptStyle::Paper | PromptStyle::Guided => (None, "paper"),
        PromptStyle::Compact => (Some(COMPACT_REDRAWS), "strict"),
    };
    RecipeFile {
        redraws,
        rules: Some(vec![rules.to_owned()]),
        evolver: sampling_layer(&style.evolver_sampling()),
        responder: sampling_layer(&style.responder_sampling()),
        ..RecipeFile::default()
    }
}

fn sampling_layer(sampling: &Sampling) -> RoleSection {
    RoleSection {
        temperature: sampling.temperature,
        top_p: sampling.top_p,
        min_p: sampling.min_p,
        frequency_penalty: sampling.frequency_penalty,
        presence_penalty: sampling.presence_penalty,
        repeat_penalty: sampling.repeat_penalty,
        max_tokens: sampling.max_tokens,
        ..RoleSection::default()
    }
}

fn resolve_role(file: &RecipeFile, section: &RoleSection) -> Result<RoleRecipe, RecipeError> {
    let api = section.api.or(file.api).unwrap_or(Api::OpenAi);
    let api_key_env = key_variable(section.api_key_env.as_ref(), file, api)?;
    Ok(RoleRecipe {
        base_url: section.base_url.clone().or_else(|| file.base_url.clone()),
        api,
        model: section.model.clone().or_else(|| file.model.clone()),
        api_key_env,
        system: section.system.clone(),
        sampling: Sampling {
            temperature: section.temperature,
            top_p: section.top_p,
            min_p: section.min_p,
            frequency_penalty: section.frequency_penalty,
            presence_penalty: section.presence_penalty,
            repeat_penalty: section.repeat_penalty,
            max_tokens: section.max_tokens,
        },
    })
}

/// The name of the variable that holds a key; a name that cannot be one is probably the key.
fn key_variable(own: Option<&String>, file: &RecipeFile, api: Api) -> Result<String, RecipeError> {
    let usual = match api {
        Api::OpenAi => OPENAI_KEY,
        Api::Anthropic => "ANTHROPIC_API_KEY",
    };
    // The built-in recipe names OpenAI's variable, which nobody means for another vendor.
    let of_file = file.api_key_env.as_deref().filter(|name| *name != OPENAI_KEY);
    let named = own.map(String::as_str).or(of_file).unwrap_or(usual);
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let is_key = without_keys(named) != named;
    if is_key || !named.chars().all(is_name) || named.len() > 64 {
        return Err(RecipeError::LiteralKey);
    }
    Ok(named.to_owned())
}

fn resolve_fallback(file: &RecipeFile) -> Result<Option<FallbackRecipe>, RecipeError> {
    let section = &file.fallback;
    let Some(base_url) = section.base_url.clone() else { return Ok(None) };
    let api = section.api.unwrap_or(Api::OpenAi);
    let api_key_env = key_variable(section.api_key_env.as_ref(), file, api)?;
    Ok(Some(FallbackRecipe { base_url, api, model: section.model.clone(), api_key_env }))
}

fn in_range(key: &str, value: u32, least: u32, most: u32) -> Result<u32, RecipeError> {
    if (least..=most).contains(&value) {
        return Ok(value);
    }
    Err(out_of_range(key, &value.to_string(), &format!("a number from {least} to {most}")))
}

fn out_of_range(key: &str, found: &str, expected: &str) -> RecipeError {
    RecipeError::Value {
        key: key.to_owned(),
        found: found.to_owned(),
        expected: expected.to_owned(),
    }
}

fn check_cost(limits: &LimitsSection) -> Result<(), RecipeError> {
    match limits.max_cost_usd {
        Some(usd) if !usd.is_finite() || usd < 0.0 => Err(RecipeError::Value {
            key: "limits.max_cost_usd".to_owned(),
            found: usd.to_string(),
            expected: "an amount of dollars, 0 or more".to_owned(),
        }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The recipe of these words over the built-in one, as it is written beside a run.
    fn resolved(style: PromptStyle, said: &str) -> Recipe {
        let over = RecipeFile::parse("r.toml", said).unwrap();
        Recipe::resolve(RecipeFile::paper().unwrap().overlaid(over), style).unwrap()
    }

    #[test]
    fn redraws_are_the_styles_unless_somebody_says() {
        for (style, said, expected) in [
            (PromptStyle::Paper, "", 0),
            (PromptStyle::Compact, "", 3),
            (PromptStyle::Compact, "redraws = 0", 0),
            (PromptStyle::Paper, "redraws = 2", 2),
        ] {
            assert_eq!(resolved(style, said).redraws, expected, "{said}");
        }
    }

    fn sections(style: PromptStyle, said: &str) -> String {
        let file = resolved(style, said).file;
        let RecipeFile { redraws, rules, evolver, responder, .. } = file;
        RecipeFile { redraws, rules, evolver, responder, ..RecipeFile::default() }.to_toml()
    }

    #[test]
    fn what_a_style_decides() {
        insta::assert_snapshot!(sections(PromptStyle::Paper, ""), @r#"
        rules = ["paper"]

        [evolver]
        temperature = 1.0
        top_p = 0.9
        frequency_penalty = 0.0
        max_tokens = 2048

        [responder]
        temperature = 1.0
        top_p = 0.9
        frequency_penalty = 0.0
        max_tokens = 2048
        "#);
        insta::assert_snapshot!(sections(PromptStyle::Compact, ""), @r#"
        redraws = 3
        rules = ["strict"]

        [evolver]
        temperature = 0.6
        top_p = 0.9
        min_p = 0.05
        repeat_penalty = 1.05
        max_tokens = 80

        [responder]
        temperature = 0.6
        top_p = 0.9
        min_p = 0.05
        repeat_penalty = 1.05
        max_tokens = 256
        "#);
    }

    /// Also where it is what the paper has; what is not said stays the style's, key by key.
    #[test]
    fn what_somebody_says_holds_in_every_style() {
        let said = r#"
            rules = ["paper"]
            [evolver]
            temperature = 1.0
            [responder]
            frequency_penalty = 0.0
            max_tokens = 2048
        "#;
        insta::assert_snapshot!(sections(PromptStyle::Compact, said), @r#"
        redraws = 3
        rules = ["paper"]

        [evolver]
        temperature = 1.0
        top_p = 0.9
        min_p = 0.05
        repeat_penalty = 1.05
        max_tokens = 80

        [responder]
        temperature = 0.6
        top_p = 0.9
        min_p = 0.05
        frequency_penalty = 0.0
        repeat_penalty = 1.05
        max_tokens = 2048
        "#);
    }

    /// A run goes on by the file beside it, which has every value.
    #[test]
    fn what_is_written_beside_a_run_gives_the_same_recipe() {
        for style in [PromptStyle::Paper, PromptStyle::Guided, PromptStyle::Compact] {
            let first = resolved(style, "[evolver]\ntop_p = 0.5");
            assert_eq!(resolved(style, &first.file.to_toml()), first);
        }
    }

    /// What the built-in recipe shows behind a `#` is what holds when nothing is said.
    #[test]
    fn the_built_in_recipe_shows_the_papers_values() {
        let shown = super::super::PAPER.replace("# rules = ", "rules = ");
        let keys = ["temperature", "top_p", "frequency_penalty", "max_tokens"];
        let shown = keys.iter().fold(shown, |text, key| {
            text.replace(&format!("\n# {key} = "), &format!("\n{key} = "))
        });
        let file = RecipeFile::parse("shown", &shown).unwrap();
        assert_eq!(file.evolver.temperature, Some(1.0));
        let shown = Recipe::resolve(file, PromptStyle::Paper).unwrap();
        assert_eq!(shown, resolved(PromptStyle::Paper, ""));
    }
}
