//! Chooses the number of threads by measuring.
//!
//! llama.cpp's threads wait for each other hundreds of times for each token, spinning. Beside one
//! other busy program that makes two threads on two cores twenty times as slow as one. So the
//! engine measures a few small decodes with each number of threads, when it starts and now and
//! then while it works, and takes the fastest. The number of threads does not change any answer.

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::token::LlamaToken;

use super::Threads;
use super::options::CONTEXT_STEP;

/// Time of work between two measurements, at least.
const PAUSE: Duration = Duration::from_secs(30);
/// Measuring takes no larger share of the time than one in this many.
const SHARE: u32 = 50;
/// Tokens of a trial decode: a usual batch.
const TRIAL_TOKENS: usize = 8;
const TRIALS: u32 = 3;

/// Knows the candidates and when to measure them again.
#[derive(Debug)]
pub(super) struct Tuner {
    candidates: Vec<u32>,
    due: Instant,
}

impl Tuner {
    /// A tuner for up to `most` threads, which is due at once.
    pub(super) fn new(most: u32, threads: Threads) -> Self {
        let candidates = match threads {
            Threads::Fixed => vec![most],
            Threads::Measured => candidates(most),
        };
        Self { candidates, due: Instant::now() }
    }

    /// Whether it is time to measure. Never if there is nothing to choose.
    pub(super) fn is_due(&self) -> bool {
        self.candidates.len() > 1 && Instant::now() >= self.due
    }

    /// The number of threads to go on with, `current` unless another one is clearly faster.
    pub(super) fn choose(
        &mut self,
        model: &LlamaModel,
        backend: &LlamaBackend,
        current: Option<u32>,
    ) -> u32 {
        let fallback = current.or(self.candidates.first().copied()).unwrap_or(1);
        if self.candidates.len() < 2 {
            return fallback;
        }
        let start = Instant::now();
        let timed: Vec<(Duration, u32)> = self
            .candidates
            .iter()
            .filter_map(|threads| trial(model, backend, *threads).map(|took| (took, *threads)))
            .collect();
        self.due = Instant::now() + PAUSE.max(start.elapsed() * SHARE);
        pick(&timed, current).unwrap_or(fallback)
    }
}

/// All of them, all but one, half and one: what is free of the machine is seldom anything else.
fn candidates(most: u32) -> Vec<u32> {
    let mut candidates = vec![most, most.saturating_sub(1), most / 2, 1];
    candidates.retain(|threads| *threads > 0);
    candidates.dedup();
    candidates
}

/// The fastest, unless `current` comes within a fifth of it: a change has its cost.
fn pick(timed: &[(Duration, u32)], current: Option<u32>) -> Option<u32> {
    let (best, threads) = timed.iter().min()?;
    let kept = timed.iter().find(|(_, threads)| Some(*threads) == current);
    match kept {
        Some((took, current)) if *took < *best + *best / 5 => Some(*current),
        _ => Some(*threads),
    }
}

/// How long a few decodes take with so many threads; `None` if llama.cpp cannot.
fn trial(model: &LlamaModel, backend: &LlamaBackend, threads: u32) -> Option<Duration> {
    let threads = i32::try_from(threads).ok()?;
    let params = LlamaContextParams::default()
        .with_n_ctx(NonZeroU32::new(CONTEXT_STEP))
        .with_n_batch(TRIAL_TOKENS as u32)
        .with_n_ubatch(TRIAL_TOKENS as u32)
        .with_n_threads(threads)
        .with_n_threads_batch(threads)
        .with_flash_attention_policy(llama_cpp_sys_2::LLAMA_FLASH_ATTN_TYPE_ENABLED);
    let mut context = model.new_context(backend, params).ok()?;
    let mut batch = LlamaBatch::new(TRIAL_TOKENS, 1);
    batch.add_sequence(&[LlamaToken(0); TRIAL_TOKENS], 0, false).ok()?;
    // The first one reads the weights into the caches.
    context.decode(&mut batch).ok()?;
    let start = Instant::now();
    for _ in 0..TRIALS {
        context.clear_kv_cache();
        context.decode(&mut batch).ok()?;
        context.synchronize();
    }
    Some(start.elapsed())
}

#[cfg(test)]
mod tests {
    use super::{Threads, Tuner, candidates, pick};
    use std::time::Duration;

    #[test]
    fn what_is_tried() {
        assert_eq!(candidates(1), [1]);
        assert_eq!(candidates(2), [2, 1]);
        assert_eq!(candidates(3), [3, 2, 1]);
        assert_eq!(candidates(16), [16, 15, 8, 1]);
        assert!(!Tuner::new(8, Threads::Fixed).is_due());
        assert!(Tuner::new(8, Threads::Measured).is_due());
    }

    #[test]
    fn a_change_must_be_worth_it() {
        let timed = |two, one| [(Duration::from_millis(two), 2), (Duration::from_millis(one), 1)];
        assert_eq!(pick(&timed(10, 18), None), Some(2));
        assert_eq!(pick(&timed(10, 18), Some(1)), Some(2));
        assert_eq!(pick(&timed(110, 100), Some(2)), Some(2));
        assert_eq!(pick(&timed(900, 100), Some(2)), Some(1));
        assert_eq!(pick(&[], Some(2)), None);
    }
}
