//! What a mock server can be told.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::answer::Quality;
use crate::capacity::Capacity;
use crate::fault::{FaultScript, ScriptError};

/// Why a configuration is not used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The TOML does not fit.
    #[error("cannot read the configuration of the mock server")]
    Toml(#[from] toml::de::Error),
    /// A value is out of its range.
    #[error("cannot use `{field}`: expected {expected}")]
    Value {
        /// The field, with its table.
        field: String,
        /// The range.
        expected: &'static str,
    },
    /// A rule of the faults does not fit.
    #[error("cannot use the faults")]
    Faults(#[from] ScriptError),
}

/// Everything about a mock server. As TOML every field may be left out; others are refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MockConfig {
    /// Port on 127.0.0.1. Default 0: any free one.
    pub port: u16,
    /// The names that `GET /v1/models` lists; any model is answered. Default `["mock"]`.
    pub models: Vec<String>,
    /// Whether request bodies are told apart, for `repeated`; 17 bytes or so for each. Default true.
    pub track_bodies: bool,
    /// Largest request body. Default 8 MiB.
    pub body_bytes_max: usize,
    /// Most open connections; more are closed at once. Default 8,192.
    pub connections_max: usize,
    /// How fast the server is.
    pub capacity: Capacity,
    /// How good its model is.
    pub quality: Quality,
    /// What goes wrong.
    pub faults: FaultScript,
}

impl Default for MockConfig {
    fn default() -> Self {
        Self {
            port: 0,
            models: vec!["mock".to_owned()],
            track_bodies: true,
            body_bytes_max: 8 << 20,
            connections_max: 8_192,
            capacity: Capacity::default(),
            quality: Quality::default(),
            faults: FaultScript::default(),
        }
    }
}

impl MockConfig {
    /// A server that answers at once with a model that never falls short: for tests.
    pub fn perfect() -> Self {
        Self { capacity: Capacity::instant(), quality: Quality::PERFECT, ..Self::default() }
    }

    /// Reads and validates a configuration.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with the place.
    pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text)?;
        config.validate()?;
        Ok(config)
    }

    /// Checks every range.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Value`] or [`ConfigError::Faults`] for the first value that is out of range.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let capacity = &self.capacity;
        let positive = |rate: f64| rate.is_finite() && rate > 0.0;
        let checks = [
            ("capacity.slots", "1 to 100000", (1..=100_000).contains(&capacity.slots)),
            (
                "capacity.queue_full_status",
                "503 or 429",
                matches!(capacity.queue_full_status, 503 | 429),
            ),
            (
                "capacity.prefill_tokens_per_s",
                "a positive number",
                positive(capacity.prefill_tokens_per_s),
            ),
            (
                "capacity.decode_us_per_token",
                "a positive number",
                positive(capacity.decode_us_per_token),
            ),
            ("capacity.length_spread", "0.0 to 2.0", (0.0..=2.0).contains(&capacity.length_spread)),
            ("body_bytes_max", "1 byte to 1 GiB", (1..=1 << 30).contains(&self.body_bytes_max)),
            ("connections_max", "at least 1", self.connections_max > 0),
        ];
        if let Some((field, expected, _)) = checks.into_iter().find(|(_, _, holds)| !holds) {
            return Err(ConfigError::Value { field: field.to_owned(), expected });
        }
        if let Some(name) = self.quality.invalid_rate() {
            return Err(ConfigError::Value {
                field: format!("quality.{name}"),
                expected: "0.0 to 1.0",
            });
        }
        Ok(self.faults.validate()?)
    }
}
