//! Which request meets which fault.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::FaultKind;
use crate::answer::Dice;
use crate::chat::{ParsedRequest, Role};

/// What `answer-limit` allows.
const ANSWER_LIMIT: u64 = 1_024;
/// Most rules of one script.
const RULES_MAX: usize = 1_000;

/// Why a fault script is not used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ScriptError {
    /// The TOML does not fit.
    #[error("cannot read the fault script")]
    Toml(#[from] toml::de::Error),
    /// There is no such fault.
    #[error("there is no fault `{0}`")]
    Kind(String),
    /// A short form that is none.
    #[error("cannot read the fault `{0}`: expected `kind`, `kind:RATE`, `kind@N` or `kind@N..`")]
    Short(String),
    /// A value is out of its range.
    #[error("cannot use the fault `{kind}`: {problem}")]
    Rule {
        /// The rule's kind.
        kind: FaultKind,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// More rules than are reasonable.
    #[error("cannot use {0} faults: the most is {RULES_MAX}")]
    TooMany(usize),
}

/// What a rate is drawn by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HitBy {
    /// The number of the request: a retry is drawn anew.
    #[default]
    Number,
    /// What the request says: the same requests are hit whatever their order, and again when they
    /// are repeated.
    Body,
}

/// One fault and the requests that it hits.
///
/// A request is hit if its number is one of `at`, or `after` or later, or by chance at `rate`; a
/// rule with none of the three hits every request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRule {
    /// What goes wrong.
    pub kind: FaultKind,
    /// Share of the requests, `0.0..=1.0`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<f64>,
    /// What the rate is drawn by.
    #[serde(default)]
    pub by: HitBy,
    /// Numbers of requests, from 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub at: Vec<u64>,
    /// This request and all later ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
    /// Most requests that are hit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// The value of a `retry-after` header, as it is: seconds, a date, nonsense.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<String>,
    /// The value of a `retry-after-ms` header, as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<String>,
    /// More header lines, as they are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<String>,
    /// The parameter that `bad-parameter` refuses; `max_tokens` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
}

impl FaultRule {
    /// A rule that hits every request.
    pub fn always(kind: FaultKind) -> Self {
        Self {
            kind,
            rate: None,
            by: HitBy::Number,
            at: Vec::new(),
            after: None,
            times: None,
            retry_after: None,
            retry_after_ms: None,
            headers: Vec::new(),
            parameter: None,
        }
    }

    /// The parameter that `bad-parameter` refuses.
    pub(crate) fn parameter(&self) -> &str {
        self.parameter.as_deref().unwrap_or("max_tokens")
    }

    /// The header lines that the rule adds.
    pub(crate) fn header_lines(&self) -> Vec<String> {
        let named = [("retry-after", &self.retry_after), ("retry-after-ms", &self.retry_after_ms)];
        let waits = named
            .into_iter()
            .filter_map(|(name, value)| Some(format!("{name}: {}", value.as_ref()?)));
        waits.chain(self.headers.iter().cloned()).collect()
    }

    /// Whether the fault can strike this request at all.
    fn fits(&self, request: &ParsedRequest) -> bool {
        match self.kind {
            FaultKind::BadParameter => request.parameters.contains(&self.parameter()),
            FaultKind::AnswerLimit => request.tokens_max.is_some_and(|limit| limit > ANSWER_LIMIT),
            FaultKind::NoSystemRole => {
                request.messages.iter().any(|said| said.role == Role::System)
            }
            kind => kind.stage() != super::Stage::Stream || request.is_stream,
        }
    }

    fn hits(&self, number: u64, body: u64, dice_seed: u64) -> bool {
        if self.rate.is_none() && self.at.is_empty() && self.after.is_none() {
            return true;
        }
        let drawn_by = match self.by {
            HitBy::Number => number,
            HitBy::Body => body,
        };
        let mut dice = Dice::new(dice_seed ^ drawn_by.wrapping_mul(0x9E37_79B9_7F4A_7C15), "fault");
        self.at.contains(&number)
            || self.after.is_some_and(|after| number >= after)
            || self.rate.is_some_and(|rate| dice.chance(rate))
    }

    fn validate(&self) -> Result<(), ScriptError> {
        let is_line = |text: &String| !text.chars().any(|c| c.is_control() && c != '\t');
        let values = [&self.retry_after, &self.retry_after_ms];
        let problem = if self.rate.is_some_and(|rate| !(0.0..=1.0).contains(&rate)) {
            "`rate` is not between 0.0 and 1.0"
        } else if self.at.contains(&0) || self.after == Some(0) {
            "requests count from 1"
        } else if !values.into_iter().flatten().chain(&self.headers).all(is_line) {
            "a header has a control character"
        } else {
            return Ok(());
        };
        Err(ScriptError::Rule { kind: self.kind, problem })
    }
}

/// The faults of a server. The first rule that hits a request wins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FaultScript {
    /// Changes which requests a rate hits. Default 7.
    pub seed: u64,
    /// Pause after each byte of `drip`. Default 200.
    pub drip_ms: u64,
    /// Longest silence of a hanging request, before the connection closes. Default 600,000.
    pub hang_ms: u64,
    /// The rules, in order.
    pub rules: Vec<FaultRule>,
}

impl Default for FaultScript {
    fn default() -> Self {
        Self { seed: 7, drip_ms: 200, hang_ms: 600_000, rules: Vec::new() }
    }
}

impl FaultScript {
    /// A script of one rule that hits every request.
    pub fn always(kind: FaultKind) -> Self {
        Self { rules: vec![FaultRule::always(kind)], ..Self::default() }
    }

    /// Reads and validates a script: `seed`, `drip_ms`, `hang_ms`, and `[[rules]]`.
    ///
    /// # Errors
    ///
    /// [`ScriptError`] with the rule.
    pub fn from_toml(text: &str) -> Result<Self, ScriptError> {
        let script: Self = toml::from_str(text)?;
        script.validate()?;
        Ok(script)
    }

    /// Checks every rule.
    ///
    /// # Errors
    ///
    /// [`ScriptError`] for the first rule that is out of range.
    pub fn validate(&self) -> Result<(), ScriptError> {
        if self.rules.len() > RULES_MAX {
            return Err(ScriptError::TooMany(self.rules.len()));
        }
        self.rules.iter().try_for_each(FaultRule::validate)
    }
}

/// Picks faults, and remembers how often each rule did.
#[derive(Debug)]
pub(crate) struct Picker {
    hits: Vec<u64>,
}

impl Picker {
    pub(crate) fn new(script: &FaultScript) -> Self {
        Self { hits: vec![0; script.rules.len()] }
    }

    /// The rule that hits request `number` with the body hash `body`, if one does.
    pub(crate) fn pick<'a>(
        &mut self,
        script: &'a FaultScript,
        request: &ParsedRequest,
        number: u64,
        body: u64,
    ) -> Option<&'a FaultRule> {
        let mut rules = script.rules.iter().zip(&mut self.hits).enumerate();
        let (_, (rule, hits)) = rules.find(|(rule_idx, (rule, hits))| {
            let dice_seed = script.seed.wrapping_add(*rule_idx as u64);
            rule.times.is_none_or(|times| **hits < times)
                && rule.fits(request)
                && rule.hits(number, body, dice_seed)
        })?;
        *hits += 1;
        Some(rule)
    }
}
