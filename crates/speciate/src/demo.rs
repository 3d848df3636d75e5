//! The article's three rejections, shown by the program's own rules.
//!
//! The job that a run uses is driven by hand with three made-up evolutions of "1+1=?", so that
//! what is shown is what a run would do.

use speciate_evolve::work::{
    EVOLVER, EvolveJob, EvolveSettings, GainCheck, JUDGE, RESPONDER, RoleSampling, SeedResponses,
};
use speciate_evolve::{OperatorSet, PAPER_RULES, Procedure, PromptStyle, RuleSet};
use speciate_types::{
    Answer, CallOutcome, ChatResponse, FinishReason, InstructionRecord, Job, NanoUsd, Role, Seed,
    SeedSource, Usage,
};

use crate::Error;

/// The seed of the paper's figure.
pub const DEMO_SEED: &str = "1+1=?";

/// The examples ask for no data, so that operator is not drawn.
const RULED_OUT: [&str; 2] = ["complicate-input", "breadth"];

/// What the models say in one example.
struct Example {
    evolved: &'static str,
    judgement: &'static str,
    response: &'static str,
}

const EXAMPLES: [Example; 3] = [
    Example { evolved: "1+1=2?", judgement: "Equal", response: "" },
    Example {
        evolved: "How can 1+1=2 be proved from the Goldbach conjecture?",
        judgement: "Not Equal",
        response: "I'm sorry, but I do not know a proof that goes this way.",
    },
    Example { evolved: "Rewrite the prompt 1+1=?", judgement: "Not Equal", response: "" },
];

/// The three examples with the rules that caught them.
pub fn rejections() -> Result<Vec<InstructionRecord>, Error> {
    EXAMPLES.iter().map(reject).collect()
}

fn reject(example: &Example) -> Result<InstructionRecord, Error> {
    let mut job = EvolveJob::new(settings()?, vec![seed()]);
    let mut open = job.begin().unwrap_or_default().wanted;
    while let Some(wanted) = open.pop() {
        let said = match wanted.role {
            EVOLVER => format!("<evolved>{}</evolved>", example.evolved),
            JUDGE => example.judgement.to_owned(),
            _ => example.response.to_owned(),
        };
        let step = job.answered(wanted.ticket, answered(said, wanted.role));
        open.extend(step.wanted);
        if let Some(stored) = step.records.into_iter().next() {
            return crate::export::parse(&stored.id, &stored.body);
        }
    }
    Err(Error::NoInstruction(example.evolved.to_owned()))
}

fn settings() -> Result<EvolveSettings, Error> {
    let weights = RULED_OUT.iter().map(|name| ((*name).to_owned(), 0.0)).collect();
    Ok(EvolveSettings {
        run_seed: 0,
        rounds: 1,
        branching: 1,
        redraws: 0,
        target: None,
        seed_responses: SeedResponses::Keep,
        operators: OperatorSet::builtin(PromptStyle::Paper).with_weights(&weights)?,
        rules: RuleSet::from_names(PAPER_RULES)?,
        procedure: Procedure::Paper,
        gain_check: GainCheck::Judge,
        sampling: RoleSampling::default(),
        respond_system: None,
    })
}

fn seed() -> Seed {
    Seed {
        text: DEMO_SEED.to_owned(),
        response: Some("2".to_owned()),
        source: SeedSource { file: "demo".to_owned(), line: 1 },
    }
}

fn answered(text: String, role: Role) -> CallOutcome {
    let model = if role == RESPONDER { "example responder" } else { "example" };
    CallOutcome::Answered(Answer {
        response: ChatResponse {
            text,
            reasoning: None,
            finish_reason: FinishReason::Stop,
            usage: Usage::default(),
            model: model.to_owned(),
            created_unix_s: None,
        },
        tries: 1,
        usage: Usage::default(),
        cost: Some(NanoUsd(0)),
    })
}

#[cfg(test)]
mod tests {
    use super::rejections;

    #[test]
    fn each_is_caught_by_its_named_rule() {
        let rules: Vec<_> =
            rejections().unwrap().into_iter().map(|record| record.rule.unwrap()).collect();
        assert_eq!(rules, ["no-gain", "apology", "meta-instruction"]);
    }
}
