//! The paper's procedure, and ours.

/// What an evolution does beside its operators and rules.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Procedure {
    /// As the paper has it: every child is judged against its parent, and the words of the prompt are
    /// all that says how long it may be.
    #[default]
    Paper,
    /// What runs have shown to be better: the task stands behind the source as well; the evolver may
    /// say that a method does not fit, and the next draw is another operator; a child that is much
    /// longer than asked for is written once more; a new instruction is held against all that the
    /// run has, not judged against the one that it was inspired by.
    Standard,
}

impl Procedure {
    /// The name used in recipes.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Paper => "paper",
            Self::Standard => "standard",
        }
    }
}
