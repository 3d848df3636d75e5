//! The handle that callers hold, and the thread behind it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::model::params::LlamaModelParams;
use llama_cpp_2::token::LlamaToken;
use llama_cpp_2::vocab::LlamaVocab;
use speciate_types::{CallError, ChatRequest, ErrorClass};
use tokio::sync::{mpsc, oneshot};

use super::backend::backend;
use super::engine::{Engine, Job};
use super::requantise::fast_weights;
use super::sequences::context_for;
use super::template::ChatTemplate;
use super::{EmbeddedError, EmbeddedOptions};
use crate::{CallFuture, Model, ModelInfo};

/// A model that runs in this process.
///
/// Dropping it ends its thread after the step under way; calls that still wait fail with
/// [`ErrorClass::LocalFault`].
pub struct EmbeddedModel {
    name: String,
    slots: u32,
    facts: Facts,
    inbox: Option<mpsc::Sender<Job>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// What is known once the model is loaded.
#[derive(Debug, Clone)]
struct Facts {
    parameters: u64,
    context_tokens: u32,
    weights: PathBuf,
}

impl EmbeddedModel {
    /// Loads the GGUF file `path` and starts its thread.
    ///
    /// Blocks while the file is read (and, for slow weights, copied as Q8_0 once): seconds for a
    /// small model, so call it from a blocking task.
    ///
    /// # Errors
    ///
    /// [`EmbeddedError`], with what to do about it.
    pub fn load(path: &Path, options: &EmbeddedOptions) -> Result<Self, EmbeddedError> {
        options.validate()?;
        let slots = options.slots_used();
        // Enough to fill every slot at once; the rest waits with its callers.
        let (inbox, jobs) = mpsc::channel(slots as usize);
        let (ready, facts) = sync_channel(1);
        let stop = Arc::new(AtomicBool::new(false));
        let thread = std::thread::Builder::new()
            .name("speciate-embedded".to_owned())
            .spawn({
                let (path, options, stop) = (path.to_owned(), options.clone(), Arc::clone(&stop));
                move || run(&path, &options, &ready, jobs, &stop)
            })
            .map_err(|source| EmbeddedError::Thread { source })?;
        let facts = facts.recv().unwrap_or(Err(EmbeddedError::Died))?;
        Ok(Self {
            name: options.name.clone(),
            slots,
            facts,
            inbox: Some(inbox),
            stop,
            thread: Some(thread),
        })
    }

    /// How many weights the model has; small models need other prompts than large ones.
    pub fn parameters(&self) -> u64 {
        self.facts.parameters
    }

    /// Tokens of one request, prompt and answer together.
    pub fn context_tokens(&self) -> u32 {
        self.facts.context_tokens
    }

    /// The file that was loaded: the one given, or its faster copy.
    pub fn weights(&self) -> &Path {
        &self.facts.weights
    }
}

impl Model for EmbeddedModel {
    fn call(&self, request: ChatRequest) -> CallFuture {
        // A future that nobody polls must not keep the thread alive.
        let inbox = self.inbox.as_ref().map(mpsc::Sender::downgrade);
        Box::pin(async move {
            let (reply, answer) = oneshot::channel();
            let inbox = inbox.and_then(|inbox| inbox.upgrade()).ok_or_else(stopped)?;
            inbox.send(Job { request, reply }).await.map_err(|_closed| stopped())?;
            drop(inbox);
            answer.await.unwrap_or_else(|_closed| Err(stopped()))
        })
    }

    fn info(&self) -> ModelInfo {
        ModelInfo {
            name: self.name.clone(),
            endpoint: "embedded".to_owned(),
            slots: Some(self.slots),
            is_free: true,
        }
    }
}

impl fmt::Debug for EmbeddedModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmbeddedModel")
            .field("name", &self.name)
            .field("slots", &self.slots)
            .field("facts", &self.facts)
            .finish_non_exhaustive()
    }
}

impl Drop for EmbeddedModel {
    /// Waits for the thread, as C++ must not compute while the process ends.
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.inbox = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            // It panicked; its callers were told that it stopped.
        }
    }
}

fn stopped() -> CallError {
    CallError::new(ErrorClass::LocalFault, "the embedded engine has stopped")
}

/// The thread: loads, says how that went, and serves.
fn run(
    path: &Path,
    options: &EmbeddedOptions,
    ready: &SyncSender<Result<Facts, EmbeddedError>>,
    mut jobs: mpsc::Receiver<Job>,
    stop: &AtomicBool,
) {
    let tell = |outcome| {
        if ready.send(outcome).is_err() {
            // The caller panicked while it waited.
        }
    };
    let (model, facts) = match open(path, options) {
        Ok(opened) => opened,
        Err(error) => return tell(Err(error)),
    };
    let engine = backend().and_then(|backend| {
        let template = chat_template(&model, path)?;
        Engine::new(&model, backend, template, options, facts.context_tokens)
    });
    match engine {
        Ok(mut engine) => {
            tell(Ok(facts));
            engine.serve(&mut jobs, stop);
        }
        Err(error) => tell(Err(error)),
    }
}

fn open(path: &Path, options: &EmbeddedOptions) -> Result<(LlamaModel, Facts), EmbeddedError> {
    let backend = backend()?;
    let unreadable = |source| EmbeddedError::Unreadable { path: path.to_owned(), source };
    std::fs::File::open(path).map_err(unreadable)?;
    let weights = fast_weights(path, options)?;
    let model =
        LlamaModel::load_from_file(backend, &weights, &LlamaModelParams::default()).map_err(
            |error| EmbeddedError::NotAModel { path: weights.clone(), reason: error.to_string() },
        )?;
    check_kind(&model, path)?;
    let facts = Facts {
        parameters: model.n_params(),
        context_tokens: context_for(options.context_tokens, model.n_ctx_train()),
        weights,
    };
    Ok((model, facts))
}

/// Models that do not write text would run into llama.cpp's assertions later.
fn check_kind(model: &LlamaModel, path: &Path) -> Result<(), EmbeddedError> {
    let architecture = model.meta_val_str("general.architecture").unwrap_or_default();
    let encodes = ["bert", "t5", "clip"].iter().any(|kind| architecture.contains(kind));
    let reason = if encodes {
        "it encodes text and cannot write any"
    } else if model.vocab().n_tokens() <= 0 {
        "it has no vocabulary"
    } else {
        return Ok(());
    };
    Err(EmbeddedError::Unsupported { path: path.to_owned(), reason })
}

fn chat_template(model: &LlamaModel, path: &Path) -> Result<ChatTemplate, EmbeddedError> {
    let source = model.chat_template(None).ok().and_then(|template| template.to_string().ok());
    let vocab = model.vocab();
    let (bos, eos) = (token_text(&vocab, vocab.bos()), token_text(&vocab, vocab.eos()));
    ChatTemplate::new(source.as_deref(), bos, eos)
        .map_err(|source| EmbeddedError::Template { path: path.to_owned(), source })
}

/// A token's own text; a model without such a token has the id -1 in its place.
fn token_text(vocab: &LlamaVocab<'_>, token: LlamaToken) -> String {
    if !(0..vocab.n_tokens()).contains(&token.0) {
        return String::new();
    }
    vocab.text(token).map(|text| text.to_string_lossy().into_owned()).unwrap_or_default()
}
