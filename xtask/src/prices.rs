//! `cargo xtask prices FILE VERSION DATE`: the table of list prices, from the file that the PyPI
//! package `litellm` brings along (`model_prices_and_context_window_backup.json`).

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::process::{root, say};

/// Providers of the file whose hosts the table knows, and what stands before their models' names.
const PROVIDERS: [(&str, &str); 11] = [
    ("anthropic", "anthropic/"),
    ("cohere_chat", "cohere/"),
    ("deepseek", "deepseek/"),
    ("fireworks_ai", "fireworks_ai/"),
    ("gemini", "gemini/"),
    ("groq", "groq/"),
    ("mistral", "mistral/"),
    ("openai", "openai/"),
    ("openrouter", "openrouter/"),
    ("together_ai", "together_ai/"),
    ("xai", "xai/"),
];
/// Not models that write texts, or prices of a size in place of a name.
const LEFT_OUT: [&str; 19] = [
    "audio",
    "realtime",
    "tts",
    "image",
    "search",
    "transcri",
    "lyria",
    "robotics",
    "embed",
    "guard",
    "container",
    "computer-use",
    "deep-research",
    "vision",
    "-exp",
    "up-to-",
    "ft:",
    "together-ai-",
    "fireworks-ai-",
];
/// Azure's prices of single regions, which no address tells.
const REGIONS: [&str; 4] = ["eu/", "us/", "global/", "global-standard/"];

/// Writes `crates/speciate/data/prices.csv`.
pub(crate) fn prices(file: &str, version: &str, date: &str) -> Result<()> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {file}"))?;
    let models: BTreeMap<String, Value> = serde_json::from_str(&text)?;
    let rows: BTreeMap<String, String> =
        models.iter().filter_map(|(name, facts)| row(name, facts)).collect();
    let mut table = format!(
        "# List prices of hosted chat models in US dollars per million tokens.\n\
         # Source: PyPI package litellm {version}, model_prices_and_context_window_backup.json.\n\
         # Date: {date}\n\
         # Made by: cargo xtask prices FILE VERSION DATE\n\
         # provider,model,input,output,cached input (empty where none is listed)\n"
    );
    table.extend(rows.values().map(String::as_str));
    fs::write(root().join("crates/speciate/data/prices.csv"), table)?;
    say(&format!("prices: {} models", rows.len()));
    Ok(())
}

/// The row of a model and the key that it is sorted by.
fn row(name: &str, facts: &Value) -> Option<(String, String)> {
    let provider = facts["litellm_provider"].as_str()?;
    let (_, prefix) = PROVIDERS.into_iter().find(|(known, _)| *known == provider)?;
    let is_chat = matches!(facts["mode"].as_str(), Some("chat" | "responses"));
    let model = name.strip_prefix(prefix).unwrap_or(name);
    let is_left_out = LEFT_OUT.iter().any(|part| model.contains(part))
        || REGIONS.iter().any(|region| model.starts_with(region));
    if !is_chat || is_left_out || model.contains(',') {
        return None;
    }
    let per_million = |key: &str| facts[key].as_f64().map(|usd| usd * 1e6);
    let input = per_million("input_cost_per_token")?;
    let output = per_million("output_cost_per_token")?;
    let cached = per_million("cache_read_input_token_cost").map(shown).unwrap_or_default();
    // A hosted model that costs nothing is one whose price nobody wrote down.
    let is_priced = input > 0.0 && output > 0.0;
    let row = format!("{provider},{model},{},{},{cached}\n", shown(input), shown(output));
    is_priced.then(|| (format!("{provider},{model}"), row))
}

/// Without what the product has behind the sixth place.
fn shown(usd: f64) -> String {
    let text = format!("{usd:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
