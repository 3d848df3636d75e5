//! The engine's loop: takes requests, decodes all of them together, answers.
//!
//! A step decodes one token of every answer under way. Between two steps free slots are filled
//! from the inbox: a new request's prompt is read at once and alone, then joins the next step.

use std::sync::atomic::{AtomicBool, Ordering};

use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::token::LlamaToken;
use speciate_types::{CallError, ChatRequest, ErrorClass, Sampling};
use tokio::sync::mpsc;

use super::generation::{Generation, Reply, send};
use super::prefix::PrefixCache;
use super::prompt::{self, Prompt};
use super::sampler::Draw;
use super::sequences::{Next, SequenceError, Sequences};
use super::template::ChatTemplate;
use super::text::Ending;
use super::tuner::Tuner;
use super::{EmbeddedError, EmbeddedOptions};

/// A request on its way to the engine.
pub(super) struct Job {
    pub(super) request: ChatRequest,
    pub(super) reply: Reply,
}

/// Everything that belongs to one loaded model. Lives on the engine's thread only.
pub(super) struct Engine<'m> {
    model: &'m LlamaModel,
    backend: &'m LlamaBackend,
    tuner: Tuner,
    name: String,
    template: ChatTemplate,
    sampling: Sampling,
    context_tokens: u32,
    sequences: Sequences<'m>,
    prefixes: PrefixCache,
    slots: Vec<Option<Generation>>,
}

impl<'m> Engine<'m> {
    /// An engine with all slots free.
    ///
    /// # Errors
    ///
    /// [`EmbeddedError::Context`], most likely for want of memory.
    pub(super) fn new(
        model: &'m LlamaModel,
        backend: &'m LlamaBackend,
        template: ChatTemplate,
        options: &EmbeddedOptions,
        context_tokens: u32,
    ) -> Result<Self, EmbeddedError> {
        let slots = options.slots_used();
        let mut tuner = Tuner::new(options.threads, options.thread_choice);
        let threads = tuner.choose(model, backend, None);
        let sequences = Sequences::new(model, backend, slots, context_tokens, threads)
            .map_err(|reason| EmbeddedError::Context { slots, context_tokens, reason })?;
        Ok(Self {
            model,
            backend,
            tuner,
            name: options.name.clone(),
            template,
            sampling: options.sampling.clone(),
            context_tokens,
            sequences,
            prefixes: PrefixCache::new(options.prefix_cache_bytes),
            slots: (0..slots).map(|_| None).collect(),
        })
    }

    /// Works until `stop` is set or nobody can send any more. Answers under way are dropped then.
    pub(super) fn serve(&mut self, inbox: &mut mpsc::Receiver<Job>, stop: &AtomicBool) {
        while !stop.load(Ordering::Relaxed) {
            self.free_abandoned();
            let job = match self.free_slot() {
                Some(_) if self.is_idle() => match inbox.blocking_recv() {
                    Some(job) => Some(job),
                    None => return,
                },
                Some(_) => inbox.try_recv().ok(),
                None => None,
            };
            if let Err(error) = self.tune() {
                return self.fail_all(&error);
            }
            match (job, self.free_slot()) {
                (Some(job), Some(slot)) => self.admit(slot, job),
                _ => self.step(),
            }
        }
    }

    /// Measures now and then whether another number of threads would be faster.
    fn tune(&mut self) -> Result<(), SequenceError> {
        if !self.tuner.is_due() {
            return Ok(());
        }
        let current = self.sequences.threads();
        let threads = self.tuner.choose(self.model, self.backend, Some(current));
        if threads == current { Ok(()) } else { self.sequences.set_threads(threads) }
    }

    fn is_idle(&self) -> bool {
        self.slots.iter().all(Option::is_none)
    }

    /// The lowest one: slots in a row are decoded together, gaps divide them.
    fn free_slot(&self) -> Option<usize> {
        self.slots.iter().position(Option::is_none)
    }

    fn free_abandoned(&mut self) {
        for slot in 0..self.slots.len() {
            if self.slots[slot].as_ref().is_some_and(Generation::is_abandoned) {
                self.slots[slot] = None;
                self.empty(slot);
            }
        }
    }

    fn empty(&mut self, slot: usize) {
        if let Err(error) = self.sequences.clear(slot) {
            self.fail_all(&error);
        }
    }

    /// Reads a new request's prompt and draws its first token.
    fn admit(&mut self, slot: usize, job: Job) {
        let Job { request, reply } = job;
        if reply.is_closed() {
            return;
        }
        let (prompt, draw) = match self.prepare(&request) {
            Ok(prepared) => prepared,
            Err(error) => return send(reply, Err(error)),
        };
        let place = match self.read(slot, &prompt, &reply) {
            Ok(Some(place)) => place,
            Ok(None) => return self.empty(slot),
            Err(error) => {
                send(reply, Err(local_fault(&error)));
                return self.fail_all(&error);
            }
        };
        let sampler = draw.sampler(request.seed, self.model.vocab().n_tokens());
        let n_input = prompt.tokens.len();
        self.slots[slot] =
            Some(Generation::new(reply, sampler, &request, n_input, draw.max_tokens));
        self.draw(slot, place);
    }

    fn prepare(&self, request: &ChatRequest) -> Result<(Prompt, Draw), CallError> {
        let draw = Draw::resolve(&request.sampling, &self.sampling)?;
        let vocab = self.model.vocab();
        let prompt = prompt::build(request, &self.template, &vocab, self.context_tokens)?;
        Ok((prompt, draw))
    }

    /// Fills `slot` with the prompt; the shared beginning is copied if it is known.
    ///
    /// `None` if the caller went away.
    fn read(
        &mut self,
        slot: usize,
        prompt: &Prompt,
        reply: &Reply,
    ) -> Result<Option<i32>, SequenceError> {
        let go_on = || !reply.is_closed();
        let (shared, own) = prompt.tokens.split_at(prompt.shared);
        if !shared.is_empty() && !self.restore(slot, shared) {
            if self.sequences.read(slot, shared, &go_on)?.is_none() {
                return Ok(None);
            }
            if self.prefixes.is_on() {
                self.prefixes.insert(shared, self.sequences.snapshot(slot)?);
            }
        }
        self.sequences.read(slot, own, &go_on)
    }

    /// Whether `slot` now holds `shared`. What cannot be restored is read again.
    fn restore(&mut self, slot: usize, shared: &[LlamaToken]) -> bool {
        self.prefixes
            .get(shared)
            .is_some_and(|state| self.sequences.restore(slot, state, shared.len()).is_ok())
    }

    /// Decodes one token of every answer under way.
    fn step(&mut self) {
        let next: Vec<Next> = self
            .slots
            .iter()
            .enumerate()
            .filter_map(|(slot, generation)| {
                generation.as_ref().map(|generation| Next { slot, token: generation.next })
            })
            .collect();
        if next.is_empty() {
            return;
        }
        match self.sequences.decode_each(&next) {
            Ok(places) => {
                for (one, place) in next.into_iter().zip(places) {
                    self.draw(one.slot, place);
                }
            }
            Err(error) => self.fail_all(&error),
        }
    }

    /// Draws the next token of `slot`; an answer that ends with it is sent.
    fn draw(&mut self, slot: usize, place: i32) {
        let Some(mut generation) = self.slots[slot].take() else { return };
        let token = self.sequences.sample(&mut generation.sampler, place);
        let ending = generation.accept(token, &self.model.vocab()).or_else(|| {
            let is_full = !self.sequences.has_room(slot);
            is_full.then_some(Ending::ContextFull(self.context_tokens))
        });
        match ending {
            Some(ending) => {
                generation.finish(ending, &self.name);
                self.empty(slot);
            }
            None => self.slots[slot] = Some(generation),
        }
    }

    /// After a failed decode nothing in the context can be trusted.
    fn fail_all(&mut self, error: &SequenceError) {
        for generation in self.slots.iter_mut().filter_map(Option::take) {
            generation.fail(local_fault(error));
        }
    }
}

fn local_fault(error: &SequenceError) -> CallError {
    CallError::new(ErrorClass::LocalFault, format!("the embedded engine failed: {error}"))
}
