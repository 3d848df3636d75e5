//! The full record of an instruction, as stored and exported (DESIGN 5.3).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{InstructionId, Usage, Verdict, VerdictKind};

/// What kind of evolution made an instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// None: the user gave it.
    Seed,
    /// Made harder.
    InDepth,
    /// A new one in the same domain.
    InBreadth,
}

impl Kind {
    /// The name used in records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Seed => "seed",
            Self::InDepth => "in-depth",
            Self::InBreadth => "in-breadth",
        }
    }
}

/// The models that worked on an instruction, as their servers named them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleModels {
    /// Wrote the instruction.
    pub evolver: Option<String>,
    /// Judged the gain.
    pub judge: Option<String>,
    /// Wrote the response.
    pub responder: Option<String>,
}

/// One instruction with its whole story. Field order is the order in the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InstructionRecord {
    /// Its id.
    pub id: InstructionId,
    /// The seed it descends from.
    pub root: InstructionId,
    /// The instruction it was made from; `None` for a seed.
    pub parent: Option<InstructionId>,
    /// 0 for a seed, then the round that made it.
    pub round: u32,
    /// The operator's name; `None` for a seed.
    pub operator: Option<String>,
    /// Seed, in-depth or in-breadth.
    pub kind: Kind,
    /// Kept or not.
    pub verdict: VerdictKind,
    /// The rule that eliminated it, or whose check gave no answer.
    pub rule: Option<String>,
    /// What that rule saw.
    pub evidence: Option<String>,
    /// Why it failed, as `name: detail`.
    pub cause: Option<String>,
    /// The text. For a failed evolution: what the model wrote, if anything.
    pub instruction: Option<String>,
    /// The answer to it.
    pub response: Option<String>,
    /// Who worked on it.
    pub models: RoleModels,
    /// Tokens of all its calls.
    pub usage: Usage,
    /// Dollars of all its calls; `None` when a price is not known.
    pub cost_usd: Option<f64>,
    /// Why the last answer ended.
    pub finish_reason: Option<String>,
    /// Tries of all its calls.
    pub attempts: u32,
    /// Scores by name, filled by curation and evaluation.
    pub scores: BTreeMap<String, f64>,
    /// When the last answer was made, as its server says, RFC 3339.
    pub created_at: Option<String>,
    /// Which branch of its parent, from 0.
    #[serde(default)]
    pub branch: u32,
    /// The data format drawn for `complicate-input`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// Names of the steps that cleaned the model's text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cleaned: Vec<String>,
    /// Line of the seed file, for a seed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<crate::SeedSource>,
}

impl InstructionRecord {
    /// The kind under which these records are stored.
    pub const STORED_KIND: &'static str = "instruction";

    /// The kind of those that were made again: what they were before.
    pub const RETRIED_KIND: &'static str = "retried";

    /// The name under which a verdict other than kept is counted, and what was said of it.
    pub fn reason(&self) -> Option<(&str, &str)> {
        let cause = self.cause.as_deref().unwrap_or_default();
        match self.verdict {
            VerdictKind::Kept => None,
            VerdictKind::Failed => {
                let (name, said) = cause.split_once(':').unwrap_or((cause, ""));
                Some((name, said.trim_start()))
            }
            VerdictKind::Eliminated | VerdictKind::Invalid => Some((
                self.rule.as_deref().unwrap_or_default(),
                self.evidence.as_deref().unwrap_or_default(),
            )),
        }
    }

    /// Writes a verdict into the four columns that hold it.
    pub fn set_verdict(&mut self, verdict: Verdict) {
        self.verdict = verdict.kind();
        (self.rule, self.evidence, self.cause) = match verdict {
            Verdict::Kept => (None, None, None),
            Verdict::Eliminated { rule, evidence } | Verdict::Invalid { rule, evidence } => {
                (Some(rule), Some(evidence), None)
            }
            Verdict::Failed { cause } => (None, None, Some(cause)),
        };
    }
}
