//! A model at hand, and requests to ask of it.

use std::fs::File;
use std::path::PathBuf;

use speciate_llm::Model;
use speciate_llm::embedded::{EmbeddedModel, EmbeddedOptions};
use speciate_llm::local::{MODELS, ModelEntry, ModelEnv, find_model, pull};
use speciate_types::{CallError, ChatMessage, ChatRequest, ChatResponse, MessageRole, Sampling};

pub(crate) const NAME: &str = "smollm2-135m";

pub(crate) fn entry(name: &str) -> &'static ModelEntry {
    find_model(name).unwrap_or_else(|| panic!("{name} is not among {}", MODELS.len()))
}

/// The model's file and the cache it lies in. Fetched once, also when tests run side by side.
pub(crate) fn smollm() -> (PathBuf, PathBuf) {
    let env = ModelEnv::from_process();
    let cache = env.cache_dir.clone().expect("a cache folder");
    std::fs::create_dir_all(&cache).unwrap();
    let lock = File::create(cache.join("tests.lock")).unwrap();
    lock.lock().unwrap();
    let path = block_on(pull(entry(NAME), &env, &mut |_progress| {})).unwrap();
    (path, cache)
}

/// One thread: tests share the cores. The loaded file's copy is made under the same lock.
pub(crate) fn options() -> EmbeddedOptions {
    EmbeddedOptions {
        threads: 1,
        cache_dir: ModelEnv::from_process().cache_dir,
        ..EmbeddedOptions::new(NAME)
    }
}

pub(crate) fn load(options: &EmbeddedOptions) -> EmbeddedModel {
    let (path, _cache) = smollm();
    EmbeddedModel::load(&path, options).unwrap()
}

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

pub(crate) fn ask(model: &EmbeddedModel, request: &ChatRequest) -> Result<ChatResponse, CallError> {
    block_on(model.call(request.clone()))
}

/// All at once; answers in the order of the requests.
pub(crate) fn ask_all(
    model: &EmbeddedModel,
    requests: &[ChatRequest],
) -> Vec<Result<ChatResponse, CallError>> {
    let calls = requests.iter().map(|request| model.call(request.clone()));
    block_on(futures_util::future::join_all(calls))
}

pub(crate) fn message(role: MessageRole, content: &str) -> ChatMessage {
    ChatMessage::new(role, content)
}

pub(crate) fn user(content: &str) -> ChatRequest {
    ChatRequest {
        messages: vec![message(MessageRole::User, content)],
        sampling: Sampling { temperature: Some(0.8), ..Sampling::default() },
        stop: Vec::new(),
        seed: 1,
        shared_messages: 0,
    }
}

pub(crate) fn greedy(content: &str, max_tokens: u32) -> ChatRequest {
    let sampling =
        Sampling { temperature: Some(0.0), max_tokens: Some(max_tokens), ..Sampling::default() };
    ChatRequest { sampling, ..user(content) }
}
