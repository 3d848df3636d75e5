//! Keeps what the model computed for prompts that many requests begin with.
//!
//! Kept as bytes beside the context rather than in sequences of its own: a prefix of 300 tokens
//! costs 300 tokens' memory instead of a whole context's, and there may be as many as fit.

use llama_cpp_2::context::session::SeqState;
use llama_cpp_2::token::LlamaToken;

/// The most recently used prefixes within a budget of bytes.
pub(super) struct PrefixCache {
    /// Most recently used last.
    entries: Vec<Entry>,
    budget_bytes: usize,
}

struct Entry {
    tokens: Vec<LlamaToken>,
    state: SeqState,
}

impl PrefixCache {
    /// An empty cache; a budget of 0 keeps nothing.
    pub(super) fn new(budget_bytes: usize) -> Self {
        Self { entries: Vec::new(), budget_bytes }
    }

    /// What was computed for exactly these tokens, which now count as used.
    pub(super) fn get(&mut self, tokens: &[LlamaToken]) -> Option<&SeqState> {
        let idx = self.entries.iter().position(|entry| entry.tokens == tokens)?;
        let entry = self.entries.remove(idx);
        self.entries.push(entry);
        self.entries.last().map(|entry| &entry.state)
    }

    /// Keeps `state` for `tokens`, dropping the least recently used ones that no longer fit.
    pub(super) fn insert(&mut self, tokens: &[LlamaToken], state: SeqState) {
        self.entries.push(Entry { tokens: tokens.to_vec(), state });
        let mut bytes: usize = self.entries.iter().map(|entry| entry.state.byte_len()).sum();
        while bytes > self.budget_bytes && !self.entries.is_empty() {
            bytes -= self.entries.remove(0).state.byte_len();
        }
    }

    /// Whether anything is ever kept.
    pub(super) fn is_on(&self) -> bool {
        self.budget_bytes > 0
    }
}
