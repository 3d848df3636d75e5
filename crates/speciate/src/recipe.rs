//! The recipe: all that decides a run, in layers of which the later ones win.
//!
//! Built-in, then the file, then `--set`, then flags. [`RecipeFile`] is one layer as written;
//! [`Recipe`] is the result, with nothing left open.

mod addresses;
mod builtin;
mod file;
mod identity;
mod keys;
mod resolve;
mod set;

pub use addresses::Addresses;
pub use builtin::{NAMES as BUILTIN_NAMES, starting_text};
pub use file::{
    Api, EmbeddedSection, FallbackSection, LimitsSection, RecipeFile, RoleSection, SecondTries,
    StreamSetting,
};
pub(crate) use identity::known_models;
pub use identity::{Difference, differences, identity};
pub use keys::known_keys;
pub use resolve::{ConcurrencySetting, FallbackRecipe, Recipe, RoleRecipe, StyleSetting};
pub use set::parse_assignments;

/// The built-in recipe `paper`, with every key and what it means.
pub(crate) const PAPER: &str = include_str!("../recipes/paper.toml");

/// The recipe could not be read.
#[derive(Debug, thiserror::Error)]
pub enum RecipeError {
    /// The text is not a recipe; the message shows the place.
    #[error("cannot read the recipe `{name}`:\n{message}")]
    Parse {
        /// File name, or what stands for it.
        name: String,
        /// The parser's message with line and caret.
        message: String,
        /// The nearest known key, if a key was unknown.
        suggestion: Option<String>,
    },
    /// A value makes no sense.
    #[error("the recipe says `{key} = {found}`, expected {expected}")]
    Value {
        /// Dotted key.
        key: String,
        /// What it says.
        found: String,
        /// What it may say.
        expected: String,
    },
    /// `--set` was given something else than an assignment.
    #[error("`--set {0}` sets nothing: expected key=value")]
    NoAssignment(String),
    /// A key that must not be in a file.
    #[error("`api_key_env` is to name an environment variable, but holds what looks like a key")]
    LiteralKey,
}

impl RecipeError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Parse { suggestion, .. } => {
                suggestion.as_ref().map(|key| format!("did you mean `{key}`?"))
            }
            Self::Value { .. } => None,
            Self::NoAssignment(_) => {
                Some("for example --set limits.requests_per_minute=60".to_owned())
            }
            Self::LiteralKey => Some(
                "put the key into a variable, for example OPENAI_API_KEY, and name that".to_owned(),
            ),
        }
    }
}
