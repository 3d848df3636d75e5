//! All that decides what an evolution does.

use speciate_types::{ChatRequest, InstructionId, Role, Sampling, Seed, keyed_u64};

use crate::{CRITIC_RULES, OperatorSet, Procedure, RuleSet};

/// The role that writes new instructions.
pub const EVOLVER: Role = Role(0);
/// The role that compares an instruction with its parent.
pub const JUDGE: Role = Role(1);
/// The role that answers instructions.
pub const RESPONDER: Role = Role(2);

/// Where the seeds' responses come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SeedResponses {
    /// A response that came with the seed stays; the responder answers the others.
    Keep,
    /// The responder answers all, as the paper did for a fair comparison.
    Regenerate,
}

/// How the rule `no-gain` is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GainCheck {
    /// The judge says `Equal` or `Not Equal`, as in the paper.
    Judge,
    /// Measured on the texts, for models too small to judge.
    Heuristic,
}

/// Sampling of the three roles.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RoleSampling {
    /// For [`EVOLVER`].
    pub evolver: Sampling,
    /// For [`JUDGE`].
    pub judge: Sampling,
    /// For [`RESPONDER`].
    pub responder: Sampling,
}

/// All that decides what an evolution does. The same settings and seeds ask the same questions.
#[derive(Debug)]
pub struct EvolveSettings {
    /// Key of every draw.
    pub run_seed: u64,
    /// Evolutions of every lineage; the paper's M is 4.
    pub rounds: u32,
    /// Children of every instruction in every round; the paper has 1.
    pub branching: u32,
    /// Further draws within a round after an evolution failed; the paper has none.
    pub redraws: u32,
    /// Rows to keep, seeds included; `None` for all that there are. Only where lineages are chains.
    pub target: Option<u64>,
    /// Where the seeds' responses come from.
    pub seed_responses: SeedResponses,
    /// The operators, with their weights.
    pub operators: OperatorSet,
    /// The rules.
    pub rules: RuleSet,
    /// What is done beside operators and rules.
    pub procedure: Procedure,
    /// How `no-gain` is decided.
    pub gain_check: GainCheck,
    /// Sampling of the roles.
    pub sampling: RoleSampling,
    /// System message before an instruction that is answered.
    pub respond_system: Option<String>,
}

impl EvolveSettings {
    /// Whether the critic is asked, in the place of the equality judge.
    pub fn has_critic(&self) -> bool {
        CRITIC_RULES.iter().any(|rule| self.rules.contains(rule))
    }

    /// Whether new instructions are held against all that the run has.
    pub(super) fn keeps_pool(&self) -> bool {
        self.procedure == Procedure::Standard && self.rules.contains("near-duplicate")
    }

    /// Whether the response to an instruction of this round is held in memory for its children: where
    /// they are compared with it, and there will be any.
    pub(super) fn needs_response(&self, round: u32) -> bool {
        round < self.rounds && self.rules.contains("not-a-request")
    }

    /// Whether the responder answers this seed.
    pub(super) fn asks_response(&self, seed: &Seed) -> bool {
        seed.response.is_none() || self.seed_responses == SeedResponses::Regenerate
    }

    /// How the judge draws its tokens when it was asked `asked` times before. A greedy answer
    /// would only come again, so it is loosened.
    pub(super) fn judge_sampling(&self, asked: u32) -> Sampling {
        const LOOSENED: f64 = 0.5;
        let mut sampling = self.sampling.judge.clone();
        if asked > 0 {
            sampling.temperature = sampling.temperature.map(|warmth| warmth.max(LOOSENED));
        }
        sampling
    }

    /// The model's own seed for a call; another one if what it gave before was of no use.
    pub(super) fn model_seed(&self, id: InstructionId, step: &str, redraw: u32) -> u64 {
        match redraw {
            0 => keyed_u64(self.run_seed, id, step),
            redraw => keyed_u64(self.run_seed, id, &format!("{step}~{redraw}")),
        }
    }
}

/// For a ticket that does not exist; never sent.
pub(super) fn empty_request() -> ChatRequest {
    ChatRequest {
        messages: Vec::new(),
        sampling: Sampling::default(),
        stop: Vec::new(),
        seed: 0,
        shared_messages: 0,
    }
}
