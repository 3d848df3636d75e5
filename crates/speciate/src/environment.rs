//! What the process's environment and a `.env` file say.

use std::collections::BTreeMap;
use std::path::Path;

use speciate_llm::ApiKey;

/// Variables, read once. A `.env` file fills what the environment leaves open.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, String>,
}

impl std::fmt::Debug for Environment {
    /// Names only: values may be keys.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.variables.keys()).finish()
    }
}

/// The `.env` file could not be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read `.env`, line {line}: expected NAME=value")]
pub struct DotenvError {
    line: usize,
}

impl Environment {
    /// The process's environment over the `.env` file in `folder`, if there is one.
    pub fn of_process(folder: &Path) -> Result<Self, DotenvError> {
        let mut variables = BTreeMap::new();
        if let Ok(entries) = dotenvy::from_path_iter(folder.join(".env")) {
            for (index, entry) in entries.enumerate() {
                let (name, value) = entry.map_err(|_unreadable| DotenvError { line: index + 1 })?;
                variables.insert(name, value);
            }
        }
        let utf8 = |text: std::ffi::OsString| text.into_string().ok();
        variables.extend(
            std::env::vars_os().filter_map(|(name, value)| Some((utf8(name)?, utf8(value)?))),
        );
        Ok(Self { variables })
    }

    /// An environment with just these variables.
    pub fn of<const N: usize>(variables: [(&str, &str); N]) -> Self {
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Self { variables: variables.into_iter().map(owned).collect() }
    }

    /// A variable that is set and not blank.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.trim().is_empty())
    }

    /// The key in the variable `name`.
    pub fn key(&self, name: &str) -> Option<ApiKey> {
        ApiKey::new(self.get(name)?)
    }
}
