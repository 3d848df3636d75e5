//! What the mock model is like: how often it falls short, and how alike its answers are.

use serde::{Deserialize, Serialize};

/// Rates in `0.0..=1.0` of each way in which a model falls short, and the likeness of its responses.
///
/// The defaults are small but not zero, so that a run shows eliminations.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Quality {
    /// The judge says `Equal` of two different texts. Default 0.05.
    pub equal_verdict: f64,
    /// The evolution is the source with next to no change. Default 0.03.
    pub near_copy: f64,
    /// The evolution carries words of a prompt's scaffold. Default 0.01.
    pub scaffold: f64,
    /// The evolution orders a rewriting. Default 0.01.
    pub meta: f64,
    /// The response declines. Default 0.02.
    pub refusal: f64,
    /// The judge gives no usable verdict. Default 0.01.
    pub unparsable_verdict: f64,
    /// A good evolution comes fenced, labelled or with a chatty lead. Default 0.05.
    pub wrapped: f64,
    /// A `<think>` block goes before the answer. Default 0.
    pub think: f64,
    /// The response is nothing but stop words and punctuation. Default 0.005.
    pub stop_words: f64,
    /// No flaw: how alike in length the responses to an instruction and to its evolutions are, as
    /// their correlation. Default 0: nothing tells how long one will be. Real ones have about 0.65.
    pub kinship: f64,
}

impl Quality {
    /// A model that never falls short.
    pub const PERFECT: Self = Self {
        equal_verdict: 0.0,
        near_copy: 0.0,
        scaffold: 0.0,
        meta: 0.0,
        refusal: 0.0,
        unparsable_verdict: 0.0,
        wrapped: 0.0,
        think: 0.0,
        stop_words: 0.0,
        kinship: 0.0,
    };

    /// The name of a rate outside `0.0..=1.0`, if there is one.
    pub(crate) fn invalid_rate(&self) -> Option<&'static str> {
        let rates = [
            ("equal_verdict", self.equal_verdict),
            ("near_copy", self.near_copy),
            ("scaffold", self.scaffold),
            ("meta", self.meta),
            ("refusal", self.refusal),
            ("unparsable_verdict", self.unparsable_verdict),
            ("wrapped", self.wrapped),
            ("think", self.think),
            ("stop_words", self.stop_words),
            ("kinship", self.kinship),
        ];
        rates.into_iter().find(|(_, rate)| !(0.0..=1.0).contains(rate)).map(|(name, _)| name)
    }
}

impl Default for Quality {
    fn default() -> Self {
        Self {
            equal_verdict: 0.05,
            near_copy: 0.03,
            scaffold: 0.01,
            meta: 0.01,
            refusal: 0.02,
            unparsable_verdict: 0.01,
            wrapped: 0.05,
            think: 0.0,
            stop_words: 0.005,
            kinship: 0.0,
        }
    }
}
