//! A language model inside this process: llama.cpp, many requests decoded together.
//!
//! [`EmbeddedModel`] is the handle that the rest of the room sees; it implements
//! [`Model`](crate::Model). One named thread owns everything that belongs to llama.cpp (`engine`),
//! takes requests from a bounded channel and answers by oneshot. The other files are its parts:
//! prompts (`template`, `prompt`), sequences with their bounds (`sequences`), shared prefixes
//! (`prefix`), one answer under way (`generation`, `text`) and the file on disk (`requantise`).
//!
//! **Same request, same answer.** A request's text depends on the model file, the request and this
//! build alone, not on what else is decoded beside it. Three rules hold that up, and the tests
//! guard them: a separate key-value store for each sequence, prompts that are read alone in
//! pieces that depend on nothing but the request, and never a lone long sequence in a decode
//! (see `sequences`). llama.cpp promises none of this across its versions or processors.
//!
//! llama.cpp stops the process when one of its assertions fails, so every bound is checked here
//! before it is called.

mod backend;
mod engine;
mod error;
mod ffi;
mod generation;
mod handle;
mod options;
mod prefix;
mod prompt;
mod pycompat;
mod requantise;
mod sampler;
mod sequences;
mod template;
mod text;
mod tuner;

pub use error::EmbeddedError;
pub use handle::EmbeddedModel;
pub use options::{Batching, EmbeddedOptions, Threads, physical_cores};
