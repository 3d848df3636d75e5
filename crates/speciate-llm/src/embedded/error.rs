//! What can go wrong while an embedded model is opened.

use std::path::PathBuf;

/// The embedded engine cannot start. A call that fails is a [`speciate_types::CallError`] instead.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmbeddedError {
    /// The processor is older than the engine's code.
    #[error(
        "cannot run the embedded engine on this processor: it has no `{missing}`, which processors \
         since 2013 have; use an endpoint with `--base-url`"
    )]
    Processor {
        /// The instruction set that was not found.
        missing: &'static str,
    },
    /// An option is out of its range.
    #[error("cannot use `{option}` = {found} for the embedded engine: expected {expected}")]
    Option {
        /// The option's name.
        option: &'static str,
        /// What was given.
        found: String,
        /// What would do.
        expected: &'static str,
    },
    /// Another part of this process holds llama.cpp.
    #[error("cannot start llama.cpp: another part of this process has started it already")]
    BackendTaken,
    /// The thread could not be started.
    #[error("cannot start the engine's thread")]
    Thread {
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The file is not there or cannot be read.
    #[error("cannot read model `{}`", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// llama.cpp did not take the file.
    #[error(
        "cannot load model `{}`: llama.cpp found no model that it knows ({reason}); the file may be \
         cut short or newer than this build",
        path.display()
    )]
    NotAModel {
        /// The file.
        path: PathBuf,
        /// What the binding said.
        reason: String,
    },
    /// The model does not write text.
    #[error("cannot use model `{}`: {reason}", path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// What kind of model it is.
        reason: &'static str,
    },
    /// No memory for the sequences, most likely.
    #[error(
        "cannot set up {slots} sequences of {context_tokens} tokens: {reason}; use fewer slots or a \
         shorter context"
    )]
    Context {
        /// Sequences that were asked for.
        slots: u32,
        /// Tokens of each.
        context_tokens: u32,
        /// What the binding said.
        reason: String,
    },
    /// The model's chat template cannot be read.
    #[error("cannot read the chat template of model `{}`", path.display())]
    Template {
        /// The model file.
        path: PathBuf,
        /// What the template engine said.
        #[source]
        source: minijinja::Error,
    },
    /// The faster copy of the weights could not be written.
    #[error("cannot write the Q8_0 copy of `{}` to `{}`: {reason}", from.display(), to.display())]
    Requantise {
        /// The original.
        from: PathBuf,
        /// Where the copy would go.
        to: PathBuf,
        /// What was found.
        reason: String,
    },
    /// The thread ended before it could say why.
    #[error("cannot start the embedded engine: its thread ended at once")]
    Died,
}
