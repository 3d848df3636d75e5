//! One layer of a recipe, as written. Everything may be left out; unknown keys are errors.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Deserializer, Serialize};
use speciate_evolve::work::{GainCheck, SeedResponses};
use speciate_evolve::{Pack, Procedure};
use speciate_types::Price;

use super::keys::suggestion;
use super::resolve::{ConcurrencySetting, StyleSetting};
use super::{Addresses, PAPER, RecipeError};
use crate::home::{HomeError, expanded};
use crate::text::without_keys;

/// Writes, for a struct of options, how a later layer goes over an earlier one.
macro_rules! layer {
    ($name:ident { $($field:ident),* $(,)? }) => {
        impl $name {
            /// What `over` says wins; what it leaves out stays.
            #[must_use]
            pub fn overlaid(self, over: Self) -> Self {
                Self { $($field: over.$field.or(self.$field),)* }
            }
        }
    };
}

/// What an endpoint speaks, as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Api {
    /// OpenAI's chat completions, which most servers understand.
    OpenAi,
    /// Anthropic's messages.
    Anthropic,
}

impl std::str::FromStr for Api {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "openai" => Ok(Self::OpenAi),
            "anthropic" => Ok(Self::Anthropic),
            _ => Err(format!("expected `openai` or `anthropic`, found `{text}`")),
        }
    }
}

/// When answers are asked for as streams, as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StreamSetting {
    /// Where an answer may outlast the clock for silence.
    Auto,
    /// All.
    Always,
    /// None.
    Never,
}

/// Settings of one role.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the keys are explained in the built-in recipe")]
pub struct RoleSection {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_url: Option<Addresses>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api: Option<Api>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_key_env: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frequency_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presence_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeat_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u32>,
}

layer!(RoleSection {
    base_url,
    api,
    model,
    api_key_env,
    system,
    temperature,
    top_p,
    min_p,
    frequency_penalty,
    presence_penalty,
    repeat_penalty,
    max_tokens,
});

/// Limits of the run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the keys are explained in the built-in recipe")]
pub struct LimitsSection {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<ConcurrencySetting>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_per_minute: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens_per_minute: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_cost_usd: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect_timeout_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub silence_timeout_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_timeout_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream: Option<StreamSetting>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub second_tries: Option<SecondTries>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grace_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub longest_wait_ms: Option<u64>,
}

layer!(LimitsSection {
    concurrency,
    requests_per_minute,
    tokens_per_minute,
    max_cost_usd,
    connect_timeout_ms,
    silence_timeout_ms,
    total_timeout_ms,
    stream,
    second_tries,
    grace_ms,
    longest_wait_ms,
});

/// Whether a call that is late gets a second try beside it, as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SecondTries {
    /// Where calls cost nothing.
    Auto,
    /// Everywhere.
    On,
    /// Nowhere.
    Off,
}

/// Where calls go while none of a role's own endpoints answers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the keys are explained in the built-in recipe")]
pub struct FallbackSection {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_url: Option<Addresses>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api: Option<Api>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_key_env: Option<String>,
}

layer!(FallbackSection { base_url, api, model, api_key_env });

/// Settings of the embedded model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the keys are explained in the built-in recipe")]
pub struct EmbeddedSection {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slots: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threads: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deterministic: Option<bool>,
}

layer!(EmbeddedSection { slots, context_tokens, threads, deterministic });

/// One layer of a recipe.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the keys are explained in the built-in recipe")]
pub struct RecipeFile {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, deserialize_with = "words", skip_serializing_if = "Option::is_none")]
    pub seeds: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rounds: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branching: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redraws: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed_responses: Option<SeedResponses>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt_style: Option<StyleSetting>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub procedure: Option<Procedure>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gain_check: Option<GainSetting>,
    #[serde(default, deserialize_with = "words", skip_serializing_if = "Option::is_none")]
    pub rules: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_url: Option<Addresses>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api: Option<Api>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_key_env: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operators: Option<Pack>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operators_dir: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub weights: BTreeMap<String, f64>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub evolver: RoleSection,
    #[serde(default, skip_serializing_if = "is_default")]
    pub judge: RoleSection,
    #[serde(default, skip_serializing_if = "is_default")]
    pub responder: RoleSection,
    #[serde(default, skip_serializing_if = "is_default")]
    pub fallback: FallbackSection,
    #[serde(default, skip_serializing_if = "is_default")]
    pub limits: LimitsSection,
    #[serde(default, skip_serializing_if = "is_default")]
    pub embedded: EmbeddedSection,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub prices: BTreeMap<String, Price>,
}

/// How `no-gain` is decided, as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GainSetting {
    /// By the model's prompt style.
    Auto,
    /// The judge.
    Judge,
    /// Measured on the texts.
    Heuristic,
}

impl GainSetting {
    /// The check, when the prompt style is known.
    pub(super) fn resolve(self, is_compact: bool) -> GainCheck {
        match self {
            Self::Judge => GainCheck::Judge,
            Self::Auto if !is_compact => GainCheck::Judge,
            Self::Auto | Self::Heuristic => GainCheck::Heuristic,
        }
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl RecipeFile {
    /// The built-in recipe of this name; `None` if there is none.
    ///
    /// # Errors
    ///
    /// If the recipe is broken, which its test rules out.
    pub fn builtin(name: &str) -> Option<Result<Self, RecipeError>> {
        let overlay = super::builtin::overlay(name)?;
        Some(Self::paper().and_then(|paper| Ok(paper.overlaid(Self::parse(name, overlay)?))))
    }

    /// The recipe that holds when none is named.
    ///
    /// # Errors
    ///
    /// As [`Self::builtin`].
    pub fn standard() -> Result<Self, RecipeError> {
        Self::builtin("standard").unwrap_or_else(Self::paper)
    }

    /// The paper's recipe, which has a value for every key that needs one: under all others.
    ///
    /// # Errors
    ///
    /// As [`Self::builtin`].
    pub fn paper() -> Result<Self, RecipeError> {
        Self::parse("paper", PAPER)
    }

    /// Reads a layer; `name` is for the error, which repeats no key that somebody put there.
    pub fn parse(name: &str, text: &str) -> Result<Self, RecipeError> {
        toml::from_str(text).map_err(|error: toml::de::Error| RecipeError::Parse {
            name: without_keys(name),
            suggestion: suggestion(error.message()),
            message: without_keys(error.to_string().trim_end()),
        })
    }

    /// Whether a table is a layer.
    pub(super) fn try_from_table(table: toml::Table) -> bool {
        table.try_into::<Self>().is_ok()
    }

    /// The layer with `~` in its paths replaced.
    ///
    /// # Errors
    ///
    /// If a path means the home of somebody else, or there is none.
    pub fn at_home(mut self) -> Result<Self, HomeError> {
        let paths = self.seeds.iter_mut().flatten().chain(&mut self.operators_dir);
        for path in paths {
            *path = expanded(Path::new(path))?.to_string_lossy().into_owned();
        }
        Ok(self)
    }

    /// The layer with the paths of a file that lies in `folder`. `-` stays standard input.
    #[must_use]
    pub fn found_from(self, folder: &Path) -> Self {
        let found = |path: String| match path.as_str() {
            "-" => path,
            _ => folder.join(path).to_string_lossy().into_owned(),
        };
        Self {
            seeds: self.seeds.map(|seeds| seeds.into_iter().map(found).collect()),
            operators_dir: self.operators_dir.map(found),
            ..self
        }
    }

    /// The layer as TOML.
    pub fn to_toml(&self) -> String {
        // All keys are plain names and all values have a TOML form.
        toml::to_string(self).unwrap_or_default()
    }

    /// What `over` says wins; what it leaves out stays. Weights and prices go over one by one.
    #[must_use]
    pub fn overlaid(mut self, over: Self) -> Self {
        self.weights.extend(over.weights);
        self.prices.extend(over.prices);
        Self {
            name: over.name.or(self.name),
            seeds: over.seeds.or(self.seeds),
            limit: over.limit.or(self.limit),
            rounds: over.rounds.or(self.rounds),
            branching: over.branching.or(self.branching),
            target: over.target.or(self.target),
            seed: over.seed.or(self.seed),
            redraws: over.redraws.or(self.redraws),
            seed_responses: over.seed_responses.or(self.seed_responses),
            prompt_style: over.prompt_style.or(self.prompt_style),
            procedure: over.procedure.or(self.procedure),
            gain_check: over.gain_check.or(self.gain_check),
            rules: over.rules.or(self.rules),
            base_url: over.base_url.or(self.base_url),
            api: over.api.or(self.api),
            model: over.model.or(self.model),
            api_key_env: over.api_key_env.or(self.api_key_env),
            operators: over.operators.or(self.operators),
            operators_dir: over.operators_dir.or(self.operators_dir),
            weights: self.weights,
            evolver: self.evolver.overlaid(over.evolver),
            judge: self.judge.overlaid(over.judge),
            responder: self.responder.overlaid(over.responder),
            fallback: self.fallback.overlaid(over.fallback),
            limits: self.limits.overlaid(over.limits),
            embedded: self.embedded.overlaid(over.embedded),
            prices: self.prices,
        }
    }
}

/// A list of words; a word stands for a list of one.
fn words<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<String>>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "a word in quotation marks, or a list of them")]
    enum Written {
        One(String),
        Several(Vec<String>),
    }
    Ok(Some(match Written::deserialize(deserializer)? {
        Written::One(word) => vec![word],
        Written::Several(words) => words,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_recipe_is_the_papers() {
        let paper = RecipeFile::paper().unwrap();
        assert_eq!((paper.rounds, paper.branching, paper.redraws), (Some(4), Some(1), None));
        // What a prompt style decides is left open, so that it can be told from what was said.
        assert_eq!((&paper.rules, &paper.evolver), (&None, &RoleSection::default()));
        assert_eq!(paper.responder, RoleSection::default());
        assert_eq!(paper.judge.temperature, Some(0.0));
        // A pack has other operators.
        assert!(paper.weights.is_empty());
        assert_eq!(RecipeFile::parse("again", &paper.to_toml()).unwrap(), paper);
    }

    #[test]
    fn a_typo_is_shown_with_its_place_and_the_nearest_key() {
        let error =
            RecipeFile::parse("r.toml", "rounds = 3\n[limits]\nconcurency = 4\n").unwrap_err();
        assert_eq!(error.hint().as_deref(), Some("did you mean `concurrency`?"));
        let text = error.to_string();
        assert!(text.contains("line 3") && text.contains("concurency = 4"), "{text}");
    }

    #[test]
    fn later_layers_win() {
        let over = RecipeFile::parse(
            "x",
            "rounds = 2\n[weights]\nbreadth = 0.0\n[judge]\nmodel = \"j\"\n",
        )
        .unwrap();
        let both = RecipeFile::paper().unwrap().overlaid(over);
        assert_eq!(both.rounds, Some(2));
        assert_eq!(both.weights["breadth"].to_string(), "0");
        assert_eq!(both.weights.get("deepening"), None);
        assert_eq!(both.judge.model.as_deref(), Some("j"));
        assert_eq!(both.judge.temperature, Some(0.0));
    }
}
