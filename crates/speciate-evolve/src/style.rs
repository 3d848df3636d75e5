//! The prompt styles and the sampling that suits them.

use speciate_types::Sampling;

/// How prompts are written: for real models, or for very small ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PromptStyle {
    /// Rules in prose and a tagged reply. For models that follow instructions well.
    Paper,
    /// The same with worked examples as earlier turns, and the task once more behind the source. For
    /// models from about 1B to 9B.
    ///
    /// Such models answer the source when the task stands before it alone.
    Guided,
    /// Examples as chat turns and a reply of one line that is begun already. For models below
    /// about 1B.
    ///
    /// Such models repeat the frame of a prose prompt; with examples most replies are well formed.
    Compact,
}

impl PromptStyle {
    /// The name used in recipes.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Paper => "paper",
            Self::Guided => "guided",
            Self::Compact => "compact",
        }
    }

    /// The style of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Paper, Self::Guided, Self::Compact].into_iter().find(|style| style.as_str() == name)
    }

    /// How the evolver draws its tokens unless the user says otherwise.
    ///
    /// `Paper` follows WizardLM section 4.2; the others were measured, on models of 1.5B and 135M.
    pub fn evolver_sampling(self) -> Sampling {
        match self {
            Self::Paper => paper_sampling(),
            Self::Guided => Sampling { temperature: Some(0.7), ..paper_sampling() },
            Self::Compact => Sampling {
                temperature: Some(0.6),
                top_p: Some(0.9),
                min_p: Some(0.05),
                repeat_penalty: Some(1.05),
                max_tokens: Some(80),
                ..Sampling::default()
            },
        }
    }

    /// How the responder draws its tokens unless the user says otherwise.
    pub fn responder_sampling(self) -> Sampling {
        match self {
            Self::Paper | Self::Guided => paper_sampling(),
            Self::Compact => Sampling { max_tokens: Some(256), ..Self::Compact.evolver_sampling() },
        }
    }

    /// How the judge draws its tokens: greedily, so that asking again gives the same verdict.
    ///
    /// No limit on tokens, since some models reason before they say the two words.
    pub fn judge_sampling() -> Sampling {
        Sampling { temperature: Some(0.0), ..Sampling::default() }
    }
}

fn paper_sampling() -> Sampling {
    Sampling {
        temperature: Some(1.0),
        top_p: Some(0.9),
        frequency_penalty: Some(0.0),
        max_tokens: Some(2048),
        ..Sampling::default()
    }
}
