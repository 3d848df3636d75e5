//! How one request draws its tokens.

use llama_cpp_2::sampling::LlamaSampler;
use speciate_types::{CallError, ErrorClass, Sampling};

const TOP_K: i32 = 40;
/// How far back a repeated token is looked for. Only the answer counts, never the prompt.
const PENALTY_WINDOW: i32 = 64;
const TEMPERATURE: f64 = 0.7;
const TOP_P: f64 = 0.95;
const MIN_P: f64 = 0.05;
/// Most tokens of an answer when nobody says.
const MAX_TOKENS: u32 = 512;

/// What a request asks for, every gap filled and every range checked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Draw {
    temperature: f32,
    top_p: f32,
    min_p: f32,
    repeat: f32,
    frequency: f32,
    presence: f32,
    pub(super) max_tokens: u32,
}

impl Draw {
    /// `request` first, then `default`, then what suits small models.
    ///
    /// # Errors
    ///
    /// [`ErrorClass::BadConfig`] for a number out of range: the recipe is wrong.
    pub(super) fn resolve(request: &Sampling, default: &Sampling) -> Result<Self, CallError> {
        let pick =
            |asked: Option<f64>, usual: Option<f64>, last: f64| asked.or(usual).unwrap_or(last);
        let temperature = pick(request.temperature, default.temperature, TEMPERATURE);
        let top_p = pick(request.top_p, default.top_p, TOP_P);
        let min_p = pick(request.min_p, default.min_p, MIN_P);
        let repeat = pick(request.repeat_penalty, default.repeat_penalty, 1.0);
        let frequency = pick(request.frequency_penalty, default.frequency_penalty, 0.0);
        let presence = pick(request.presence_penalty, default.presence_penalty, 0.0);
        let max_tokens = request.max_tokens.or(default.max_tokens).unwrap_or(MAX_TOKENS);
        Ok(Self {
            temperature: within("temperature", temperature, 0.0, 100.0)?,
            top_p: within("top_p", top_p, 0.0, 1.0)?,
            min_p: within("min_p", min_p, 0.0, 1.0)?,
            repeat: within("repeat_penalty", repeat, 0.01, 100.0)?,
            frequency: within("frequency_penalty", frequency, -2.0, 2.0)?,
            presence: within("presence_penalty", presence, -2.0, 2.0)?,
            max_tokens: max_tokens.max(1),
        })
    }

    /// A fresh chain; the same `seed` draws the same tokens from the same scores.
    pub(super) fn sampler(&self, seed: u64, n_vocab: i32) -> LlamaSampler {
        let mut chain = Vec::with_capacity(6);
        if self.has_penalty() {
            chain.push(LlamaSampler::penalties(
                n_vocab,
                PENALTY_WINDOW,
                self.repeat,
                self.frequency,
                self.presence,
            ));
        }
        if self.temperature <= 0.0 {
            chain.push(LlamaSampler::greedy());
        } else {
            chain.push(LlamaSampler::top_k(TOP_K));
            chain.push(LlamaSampler::top_p(self.top_p, 1));
            chain.push(LlamaSampler::min_p(self.min_p, 1));
            chain.push(LlamaSampler::temp(self.temperature));
            chain.push(LlamaSampler::dist(fold(seed)));
        }
        LlamaSampler::chain(chain, true)
    }

    fn has_penalty(&self) -> bool {
        const NONE: [f32; 3] = [1.0, 0.0, 0.0];
        [self.repeat, self.frequency, self.presence] != NONE
    }
}

/// llama.cpp takes 32 bits, and reads all ones as "choose a seed yourself".
fn fold(seed: u64) -> u32 {
    let folded = (seed ^ (seed >> 32)) as u32;
    if folded == u32::MAX { u32::MAX - 1 } else { folded }
}

fn within(name: &str, value: f64, least: f64, most: f64) -> Result<f32, CallError> {
    if (least..=most).contains(&value) {
        return Ok(value as f32);
    }
    Err(CallError::new(
        ErrorClass::BadConfig,
        format!("cannot sample with `{name}` = {value}: expected {least} to {most}"),
    ))
}

#[cfg(test)]
mod tests {
    use super::{Draw, fold};
    use speciate_types::{ErrorClass, Sampling};

    #[test]
    fn the_request_goes_before_the_default() {
        let request = Sampling { temperature: Some(0.0), ..Sampling::default() };
        let default =
            Sampling { temperature: Some(0.5), max_tokens: Some(80), ..Sampling::default() };
        let draw = Draw::resolve(&request, &default).unwrap();
        assert_eq!((draw.temperature, draw.max_tokens), (0.0, 80));
        assert!(!draw.has_penalty());
    }

    #[test]
    fn numbers_out_of_range_are_the_recipes_fault() {
        for bad in [-0.1, f64::NAN, f64::INFINITY] {
            let request = Sampling { temperature: Some(bad), ..Sampling::default() };
            let error = Draw::resolve(&request, &Sampling::default()).unwrap_err();
            assert_eq!(error.class, ErrorClass::BadConfig, "{bad}");
        }
    }

    #[test]
    fn no_seed_means_a_random_one() {
        assert_eq!(fold(7), 7);
        assert_ne!(fold(u64::from(u32::MAX)), u32::MAX);
        assert_ne!(fold(1), fold(1 << 33));
    }
}
