//! Models for the embedded engine: which there are, where they lie, how to get them.
//!
//! [`resolve`] turns what a user wrote into a GGUF file and never downloads: what is missing it
//! says, with the command that gets it. [`pull`] and [`pull_hf`] download. What the environment
//! says is handed in as a [`ModelEnv`]. Nothing here needs the engine itself.

mod archive;
mod checksum;
mod download;
mod env;
mod error;
mod hf;
mod pip;
mod pull;
mod resolve;
mod table;

pub use env::ModelEnv;
pub use error::LocalError;
pub use hf::HfFile;
pub use pull::{Progress, pull, pull_hf};
pub use resolve::{Resolved, best_available, resolve, resolve_default};
pub use table::{MODELS, ModelEntry, ModelSource, PromptStyle, find_model};
