//! The context's sequences, with every bound checked before llama.cpp would.
//!
//! Two rules keep a sequence's numbers independent of its neighbours. A prompt is read alone, in
//! pieces that depend on the prompt only, as attention over 64 tokens or more is computed in
//! another order than over fewer. And a decode never holds a lone sequence of more than 256
//! tokens: for that case llama.cpp divides the sum among its threads, which rounds differently. A
//! token in the empty neighbouring sequence keeps it company.

use std::num::NonZeroU32;

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::LlamaContextParams;
use llama_cpp_2::context::session::{LlamaStateSeqFlags, SeqState};
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::sampling::LlamaSampler;
use llama_cpp_2::token::LlamaToken;

use super::options::CONTEXT_STEP;

/// Tokens of a prompt that are read at once.
const PIECE_TOKENS: u32 = 512;
/// Longer lone sequences take llama.cpp's divided path: it pads to 256 and divides from 512 on.
const LONE_TOKENS_MAX: u32 = 256;

/// llama.cpp could not do what it was asked; the message is for people.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct SequenceError(String);

/// One token to decode, and where its scores end up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Next {
    /// The sequence that goes on.
    pub(super) slot: usize,
    /// Its next token.
    pub(super) token: LlamaToken,
}

/// `slots` sequences for requests and one more that only keeps company.
pub(super) struct Sequences<'m> {
    model: &'m LlamaModel,
    backend: &'m LlamaBackend,
    context: LlamaContext<'m>,
    threads: u32,
    batch: LlamaBatch<'static>,
    /// Tokens in each sequence.
    lengths: Vec<u32>,
    context_tokens: u32,
    /// A sequence can forget its end; models with a running state cannot.
    has_company: bool,
    filler: LlamaToken,
}

impl<'m> Sequences<'m> {
    /// Sets up the memory for all sequences.
    ///
    /// # Errors
    ///
    /// What the binding said; most likely there was not enough memory.
    pub(super) fn new(
        model: &'m LlamaModel,
        backend: &'m LlamaBackend,
        slots: u32,
        context_tokens: u32,
        threads: u32,
    ) -> Result<Self, String> {
        let n_sequences = slots + 1;
        let context = model
            .new_context(backend, params(n_sequences, context_tokens, threads))
            .map_err(|error| error.to_string())?;
        Ok(Self {
            model,
            backend,
            context,
            threads,
            batch: LlamaBatch::new(PIECE_TOKENS as usize, 1),
            lengths: vec![0; n_sequences as usize],
            context_tokens,
            has_company: !model.is_recurrent() && !model.is_hybrid(),
            filler: LlamaToken(0),
        })
    }

    /// Threads that it works with.
    pub(super) fn threads(&self) -> u32 {
        self.threads
    }

    /// Goes on with another number of threads and the same sequences.
    ///
    /// # Errors
    ///
    /// [`SequenceError`] if there is no memory for a context any more; it cannot be used then.
    pub(super) fn set_threads(&mut self, threads: u32) -> Result<(), SequenceError> {
        let mut kept = Vec::new();
        for slot in (0..self.lengths.len()).filter(|slot| self.lengths[*slot] > 0) {
            kept.push((slot, self.lengths[slot] as usize, self.snapshot(slot)?));
        }
        // The old memory goes before the new one comes: both may not fit.
        self.replace_context(params(1, CONTEXT_STEP, 1))?;
        let n_sequences = self.lengths.len() as u32;
        self.replace_context(params(n_sequences, self.context_tokens, threads))?;
        self.threads = threads;
        for (slot, n_tokens, state) in kept {
            self.restore(slot, &state, n_tokens)?;
        }
        Ok(())
    }

    fn replace_context(&mut self, params: LlamaContextParams) -> Result<(), SequenceError> {
        self.context = self
            .model
            .new_context(self.backend, params)
            .map_err(|error| SequenceError(format!("cannot set the context up anew: {error}")))?;
        Ok(())
    }

    /// Whether `slot` has room for one more token.
    pub(super) fn has_room(&self, slot: usize) -> bool {
        self.lengths[slot] < self.context_tokens
    }

    /// Reads the next `tokens` of a prompt into `slot`; returns where the last one's scores are.
    ///
    /// `go_on` is asked before each piece; the answer no ends the work early, without scores.
    ///
    /// # Errors
    ///
    /// [`SequenceError`]; the sequence is empty then.
    pub(super) fn read(
        &mut self,
        slot: usize,
        tokens: &[LlamaToken],
        go_on: &dyn Fn() -> bool,
    ) -> Result<Option<i32>, SequenceError> {
        let mut last = None;
        for piece in tokens.chunks(PIECE_TOKENS as usize) {
            if !go_on() {
                return Ok(None);
            }
            self.batch.clear();
            for (idx, token) in piece.iter().enumerate() {
                self.add(slot, *token, idx + 1 == piece.len())?;
            }
            last = Some(self.batch.n_tokens() - 1);
            self.decode()?;
        }
        Ok(last)
    }

    /// Decodes one token of each sequence in `next`, which is ordered by slot; the scores of the
    /// one at position `i` are at the `i`th place of the result.
    ///
    /// # Errors
    ///
    /// [`SequenceError`]; every sequence is empty then.
    pub(super) fn decode_each(&mut self, next: &[Next]) -> Result<Vec<i32>, SequenceError> {
        self.batch.clear();
        let mut places = Vec::with_capacity(next.len());
        let mut company = Vec::new();
        for (idx, one) in next.iter().enumerate() {
            places.push(self.batch.n_tokens());
            self.add(one.slot, one.token, true)?;
            if self.is_lone(next, idx) {
                self.add(one.slot + 1, self.filler, false)?;
                company.push(one.slot + 1);
            }
        }
        self.decode()?;
        for slot in company {
            self.clear(slot)?;
        }
        Ok(places)
    }

    /// llama.cpp joins sequences with consecutive numbers; the others are computed apart.
    fn is_lone(&self, next: &[Next], idx: usize) -> bool {
        let slot = next[idx].slot;
        let follows = idx > 0 && next[idx - 1].slot + 1 == slot;
        let is_followed = next.get(idx + 1).is_some_and(|after| after.slot == slot + 1);
        self.has_company
            && self.lengths[slot] > LONE_TOKENS_MAX
            && self.lengths[slot + 1] == 0
            && !follows
            && !is_followed
    }

    /// Draws the next token from the scores at `place`, as returned by the last decode.
    pub(super) fn sample(&self, sampler: &mut LlamaSampler, place: i32) -> LlamaToken {
        sampler.sample(&self.context, place)
    }

    /// Empties `slot`.
    ///
    /// # Errors
    ///
    /// [`SequenceError`], which llama.cpp never gives for a whole sequence.
    pub(super) fn clear(&mut self, slot: usize) -> Result<(), SequenceError> {
        self.lengths[slot] = 0;
        self.context
            .clear_kv_cache_seq(u32::try_from(slot).ok(), None, None)
            .map_err(|error| SequenceError(format!("cannot empty sequence {slot}: {error}")))?;
        Ok(())
    }

    /// A copy of what `slot` holds.
    ///
    /// # Errors
    ///
    /// [`SequenceError`] if llama.cpp wrote less than it said.
    pub(super) fn snapshot(&self, slot: usize) -> Result<SeqState, SequenceError> {
        self.context
            .state_seq_get(seq_id(slot), LlamaStateSeqFlags::empty())
            .map_err(|error| SequenceError(format!("cannot copy sequence {slot}: {error}")))
    }

    /// Fills the empty `slot` with a copy that holds `n_tokens`.
    ///
    /// # Errors
    ///
    /// [`SequenceError`]; the sequence is empty then.
    pub(super) fn restore(
        &mut self,
        slot: usize,
        state: &SeqState,
        n_tokens: usize,
    ) -> Result<(), SequenceError> {
        if let Err(error) = self.context.state_seq_set(state, seq_id(slot)) {
            self.clear(slot)?;
            return Err(SequenceError(format!("cannot restore sequence {slot}: {error}")));
        }
        self.lengths[slot] = n_tokens as u32;
        Ok(())
    }

    fn add(&mut self, slot: usize, token: LlamaToken, scores: bool) -> Result<(), SequenceError> {
        if !self.has_room(slot) {
            return Err(SequenceError(format!("sequence {slot} has no room for another token")));
        }
        let position = i32::try_from(self.lengths[slot]).unwrap_or(i32::MAX);
        self.batch
            .add(token, position, &[seq_id(slot)], scores)
            .map_err(|error| SequenceError(format!("cannot add a token: {error}")))?;
        self.lengths[slot] += 1;
        Ok(())
    }

    fn decode(&mut self) -> Result<(), SequenceError> {
        let Err(error) = self.context.decode(&mut self.batch) else { return Ok(()) };
        // What is left in the store after a failure is not known, so nothing of it is used.
        self.context.clear_kv_cache();
        self.lengths.fill(0);
        Err(SequenceError(format!("llama.cpp could not decode: {error}")))
    }
}

/// The one set-up whose answers do not depend on the batch; see the head of this file.
fn params(n_sequences: u32, context_tokens: u32, threads: u32) -> LlamaContextParams {
    let threads = i32::try_from(threads).unwrap_or(1);
    LlamaContextParams::default()
        .with_n_ctx(NonZeroU32::new(context_tokens.saturating_mul(n_sequences)))
        .with_n_seq_max(n_sequences)
        .with_n_batch(PIECE_TOKENS)
        .with_n_ubatch(PIECE_TOKENS)
        .with_n_threads(threads)
        .with_n_threads_batch(threads)
        .with_kv_unified(false)
        .with_flash_attention_policy(llama_cpp_sys_2::LLAMA_FLASH_ATTN_TYPE_ENABLED)
}

/// The context of each sequence: what was asked for, within what the model was trained on.
pub(super) fn context_for(asked: u32, trained: u32) -> u32 {
    let most = if trained == 0 { asked } else { asked.min(trained) };
    (most / CONTEXT_STEP).max(1) * CONTEXT_STEP
}

fn seq_id(slot: usize) -> i32 {
    i32::try_from(slot).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::context_for;

    #[test]
    fn contexts_come_in_steps_within_what_was_trained() {
        assert_eq!(context_for(2048, 8192), 2048);
        assert_eq!(context_for(4096, 2048), 2048);
        assert_eq!(context_for(1000, 0), 768);
        assert_eq!(context_for(300, 100), 256);
    }
}
