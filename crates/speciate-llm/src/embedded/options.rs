//! How the embedded engine is to run.

use std::path::PathBuf;

use speciate_types::Sampling;

use super::EmbeddedError;

/// How many requests are decoded together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Batching {
    /// As many as there are slots; a new request joins whenever one is free.
    Continuous,
    /// One at a time, for people who want nothing beside their request at all.
    OneByOne,
}

/// How many threads share the arithmetic. It changes no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threads {
    /// As many as are allowed, or fewer while other programs keep the cores busy.
    Measured,
    /// Always as many as are allowed.
    Fixed,
}

/// What a caller decides about the embedded engine.
#[derive(Debug, Clone, PartialEq)]
pub struct EmbeddedOptions {
    /// The name that answers and records carry.
    pub name: String,
    /// Requests decoded together, `1..=64`. Each costs one context's memory.
    pub slots: u32,
    /// Tokens of one request, prompt and answer together; the model's own limit caps it.
    pub context_tokens: u32,
    /// Most threads for the arithmetic, at least 1.
    pub threads: u32,
    /// Whether fewer may be used.
    pub thread_choice: Threads,
    /// One request at a time, or many.
    pub batching: Batching,
    /// Used where a request leaves the choice open.
    pub sampling: Sampling,
    /// Where the faster copy of slow weights goes; `None` is beside the model.
    pub cache_dir: Option<PathBuf>,
    /// Memory for prompts that many requests begin with.
    pub prefix_cache_bytes: usize,
}

/// Keeps a request's share of memory and of each decode in proportion.
pub(super) const SLOTS_MAX: u32 = 64;
/// The smallest context that llama.cpp hands out.
pub(super) const CONTEXT_STEP: u32 = 256;
const CONTEXT_MAX: u32 = 1 << 20;
const THREADS_MAX: u32 = 512;

impl EmbeddedOptions {
    /// The usual set-up for a model of this name: 8 slots of 2,048 tokens, every physical core.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            slots: 8,
            context_tokens: 2048,
            threads: physical_cores(),
            thread_choice: Threads::Measured,
            batching: Batching::Continuous,
            sampling: Sampling::default(),
            cache_dir: None,
            prefix_cache_bytes: 512 << 20,
        }
    }

    /// Slots after [`Batching`] had its say.
    pub(super) fn slots_used(&self) -> u32 {
        match self.batching {
            Batching::Continuous => self.slots,
            Batching::OneByOne => 1,
        }
    }

    pub(super) fn validate(&self) -> Result<(), EmbeddedError> {
        check("slots", self.slots, 1..=SLOTS_MAX, "1 to 64")?;
        check("context_tokens", self.context_tokens, CONTEXT_STEP..=CONTEXT_MAX, "at least 256")?;
        check("threads", self.threads, 1..=THREADS_MAX, "1 to 512")
    }
}

fn check(
    option: &'static str,
    found: u32,
    range: std::ops::RangeInclusive<u32>,
    expected: &'static str,
) -> Result<(), EmbeddedError> {
    if range.contains(&found) {
        return Ok(());
    }
    Err(EmbeddedError::Option { option, found: found.to_string(), expected })
}

/// Physical cores that this process may use, at least 1.
///
/// Two threads on one core only wait for each other in this kind of arithmetic.
pub fn physical_cores() -> u32 {
    let usable = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let physical = linux_physical_cores().unwrap_or(usable);
    u32::try_from(usable.min(physical)).unwrap_or(1).max(1)
}

/// Counts the sets of sibling threads that Linux lists; `None` elsewhere.
fn linux_physical_cores() -> Option<usize> {
    let mut cores = std::collections::BTreeSet::new();
    for entry in std::fs::read_dir("/sys/devices/system/cpu").ok()?.flatten() {
        let siblings = entry.path().join("topology/thread_siblings_list");
        if let Ok(siblings) = std::fs::read_to_string(siblings) {
            cores.insert(siblings);
        }
    }
    (!cores.is_empty()).then_some(cores.len())
}

#[cfg(test)]
mod tests {
    use super::{Batching, EmbeddedOptions, physical_cores};

    #[test]
    fn the_defaults_are_valid() {
        let options = EmbeddedOptions::new("m");
        assert!(options.validate().is_ok());
        assert_eq!(options.slots_used(), 8);
        assert!(physical_cores() >= 1);
    }

    #[test]
    fn out_of_range_is_said() {
        let options = EmbeddedOptions { slots: 0, ..EmbeddedOptions::new("m") };
        insta::assert_snapshot!(
            options.validate().unwrap_err(),
            @"cannot use `slots` = 0 for the embedded engine: expected 1 to 64"
        );
        let options = EmbeddedOptions { batching: Batching::OneByOne, ..EmbeddedOptions::new("m") };
        assert_eq!(options.slots_used(), 1);
    }
}
