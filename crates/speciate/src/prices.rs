//! Built-in list prices: by the host that is called and the model's name there. What the recipe
//! says wins; what neither knows stays unknown.

use std::sync::OnceLock;

use speciate_types::Price;

use crate::models::host;
use crate::recipe::Recipe;

/// Source and date stand in its head.
const TABLE: &str = include_str!("../data/prices.csv");
/// The hosts of each provider; one that begins with a dot stands for all below it.
const HOSTS: [(&str, &[&str]); 11] = [
    ("anthropic", &["api.anthropic.com"]),
    ("cohere_chat", &["api.cohere.com", "api.cohere.ai"]),
    ("deepseek", &["api.deepseek.com"]),
    ("fireworks_ai", &["api.fireworks.ai"]),
    ("gemini", &["generativelanguage.googleapis.com"]),
    ("groq", &["api.groq.com"]),
    ("mistral", &["api.mistral.ai"]),
    ("openai", &["api.openai.com", "eu.api.openai.com", "us.api.openai.com"]),
    ("openrouter", &["openrouter.ai"]),
    ("together_ai", &["api.together.xyz", "api.together.ai"]),
    ("xai", &["api.x.ai"]),
];

/// A row of the table.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Listed {
    provider: &'static str,
    model: &'static str,
    input: f64,
    output: f64,
    cached_input: Option<f64>,
}

/// The price of a model at an address: the recipe's, else the table's.
pub fn price(recipe: &Recipe, base_url: &str, model: &str) -> Option<Price> {
    recipe.prices.get(model).copied().or_else(|| listed(base_url, model))
}

/// The table's price.
pub fn listed(base_url: &str, model: &str) -> Option<Price> {
    let provider = provider(host(base_url))?;
    // Google's own lists put this before the name.
    let model = model.strip_prefix("models/").unwrap_or(model);
    let row = rows().iter().find(|row| row.provider == provider && row.model == model)?;
    Some(row.price())
}

/// What the table rests on, for people.
pub fn source() -> String {
    let head = |name: &str| TABLE.lines().find_map(|line| line.strip_prefix(name));
    let source = head("# Source: PyPI package ").and_then(|text| text.split(',').next());
    format!(
        "built-in list prices of {} ({})",
        head("# Date: ").unwrap_or_default(),
        source.unwrap_or_default()
    )
}

impl Listed {
    fn price(&self) -> Price {
        Price {
            input_usd_per_million: self.input,
            output_usd_per_million: self.output,
            cached_input_usd_per_million: self.cached_input,
        }
    }
}

fn provider(host: &str) -> Option<&'static str> {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let is_of = |known: &&str| match known.strip_prefix('.') {
        Some(_) => host.ends_with(*known),
        None => host == *known,
    };
    HOSTS.iter().find(|(_, hosts)| hosts.iter().any(&is_of)).map(|(name, _)| *name)
}

fn rows() -> &'static [Listed] {
    static ROWS: OnceLock<Vec<Listed>> = OnceLock::new();
    ROWS.get_or_init(|| TABLE.lines().filter_map(row).collect())
}

fn row(line: &'static str) -> Option<Listed> {
    if line.starts_with('#') {
        return None;
    }
    let mut cells = line.split(',');
    let (provider, model) = (cells.next()?, cells.next()?);
    let mut usd = || cells.next().map(str::parse::<f64>);
    let (input, output) = (usd()?.ok()?, usd()?.ok()?);
    Some(Listed { provider, model, input, output, cached_input: usd().and_then(Result::ok) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_that_of_the_host_and_the_name() {
        for (base_url, model, expected) in [
            ("https://api.openai.com/v1", "gpt-4o-mini", Some((0.15, 0.6))),
            ("https://API.openai.com:443/v1", "gpt-4o", Some((2.5, 10.0))),
            ("https://api.openai.com/v1", "gpt-4o-2024-11-20", Some((2.5, 10.0))),
            ("https://api.openai.com/v1", "gpt-4o-2031-01-01", None),
            ("https://api.anthropic.com/v1", "claude-haiku-4-5", Some((1.0, 5.0))),
            (
                "https://generativelanguage.googleapis.com/v1beta/openai",
                "models/gemini-2.5-pro",
                Some((1.25, 10.0)),
            ),
            // A deployment is called as its owner likes.
            ("https://res.openai.azure.com/openai/v1", "gpt-4o", None),
            ("https://api.openai.com/v1", "claude-haiku-4-5", None),
            ("https://gateway.example/v1", "gpt-4o", None),
            ("https://api.openai.com.example/v1", "gpt-4o", None),
            ("https://evilapi.openai.com/v1", "gpt-4o", None),
            ("http://127.0.0.1:8000/v1", "gpt-4o", None),
            ("http://localhost:4000/v1", "gpt-4o", None),
            ("http://192.168.1.2/v1", "gpt-4o", None),
        ] {
            let found = listed(base_url, model);
            let found = found.map(|p| (p.input_usd_per_million, p.output_usd_per_million));
            assert_eq!(found, expected, "{model} at {base_url}");
        }
    }

    #[test]
    fn every_row_of_the_table_is_read_and_each_once() {
        let written = TABLE.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(rows().len(), written);
        assert!(written > 150, "{written}");
        let names: std::collections::BTreeSet<_> =
            rows().iter().map(|row| (row.provider, row.model)).collect();
        assert_eq!(names.len(), written);
        for row in rows() {
            assert!(row.input > 0.0 && row.output > 0.0 && row.output < 1_000.0, "{row:?}");
            assert!(row.cached_input.is_none_or(|cached| cached <= row.input), "{row:?}");
            assert!(HOSTS.iter().any(|(provider, _)| *provider == row.provider), "{row:?}");
        }
        assert!(source().contains("litellm 1.") && source().contains("2026-"), "{}", source());
    }
}
