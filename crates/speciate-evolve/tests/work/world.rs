//! A world that answers by hashes of call keys, with every kind of end.

use std::collections::BTreeMap;

use speciate_evolve::work::{
    EVOLVER, EvolveJob, EvolveSettings, GainCheck, JUDGE, RoleSampling, SeedResponses,
};
use speciate_evolve::{OperatorSet, PAPER_RULES, PromptStyle, RuleSet};
use speciate_types::{
    Answer, CallOutcome, ChatResponse, ErrorClass, Failure, FinishReason, InstructionRecord, Job,
    NanoUsd, Role, Seed, SeedSource, StoredRecord, Usage, Wanted,
};

pub(crate) fn settings(rounds: u32, branching: u32, redraws: u32) -> EvolveSettings {
    EvolveSettings {
        run_seed: 3,
        rounds,
        branching,
        redraws,
        seed_responses: SeedResponses::Keep,
        operators: OperatorSet::builtin(PromptStyle::Paper),
        rules: RuleSet::from_names(PAPER_RULES).unwrap(),
        gain_check: GainCheck::Judge,
        sampling: RoleSampling::default(),
        respond_system: None,
    }
}

pub(crate) fn seeds(count: usize) -> Vec<Seed> {
    let seed = |n: usize| Seed {
        text: format!("Explain why idea number {n} matters to a baker."),
        response: n.is_multiple_of(2).then(|| "Because bread needs it.".to_owned()),
        source: SeedSource { file: "seeds".to_owned(), line: n as u64 + 1 },
    };
    (0..count).map(seed).collect()
}

pub(crate) fn answered(text: impl Into<String>) -> CallOutcome {
    let usage = Usage { input_tokens: 10, output_tokens: 5, estimated: false };
    CallOutcome::Answered(Answer {
        response: ChatResponse {
            text: text.into(),
            reasoning: None,
            finish_reason: FinishReason::Stop,
            usage,
            model: "world".to_owned(),
            created_unix_s: Some(7),
        },
        tries: 1,
        usage,
        cost: Some(NanoUsd(3)),
    })
}

pub(crate) fn failed(class: ErrorClass) -> CallOutcome {
    CallOutcome::Failed(Failure {
        class,
        message: "scripted".to_owned(),
        tries: 2,
        usage: Usage::default(),
        cost: Some(NanoUsd(0)),
    })
}

/// Depends on the key and the request only.
pub(crate) fn reply(role: Role, key: &str, request: &speciate_types::ChatRequest) -> CallOutcome {
    let hash = blake3::hash(key.as_bytes());
    let chance = hash.as_bytes()[0] % 20;
    let source = request.messages.last().map_or("", |message| message.content.as_str());
    let inner = source
        .split_once('>')
        .and_then(|(_, rest)| rest.rsplit_once("</"))
        .map_or("x", |(text, _)| text);
    let inner = inner.split("</source").next().unwrap_or(inner).trim();
    match (role, chance) {
        (EVOLVER, 0) => answered("<evolved>never closed"),
        (EVOLVER, 1) => answered(format!("<evolved>{inner}</evolved>")),
        (EVOLVER, 2) => {
            answered("<evolved>#Rewritten Prompt#: do it better in every way</evolved>")
        }
        (EVOLVER, 3) => failed(ErrorClass::Truncated),
        (EVOLVER, 4) => failed(ErrorClass::BadItem),
        (EVOLVER, _) => {
            let table = "```json\n{\"a\": 1}\n```";
            answered(format!(
                "<evolved>{inner} Name source {} for it. {table}</evolved>",
                &key[..6]
            ))
        }
        (JUDGE, 0..=2) => answered("Equal"),
        (JUDGE, 3..=5) => answered("I cannot say."),
        (JUDGE, 6) => failed(ErrorClass::Transient),
        (JUDGE, _) => answered("Not Equal"),
        (_, 0) => answered("I'm sorry, but I cannot help with that."),
        (_, 1) => answered("..."),
        (_, 2) => failed(ErrorClass::Filtered),
        (_, _) => answered(format!("A long and useful response to {}.", &key[..8])),
    }
}

/// What a run has stored.
#[derive(Debug, Default, Clone)]
pub(crate) struct Stored {
    pub(crate) records: Vec<StoredRecord>,
    pub(crate) calls: BTreeMap<String, CallOutcome>,
}

/// Runs `job` against what is stored, then against the world, until `calls_max` answers more.
/// `order` chooses which open call is answered next. True when nothing is left.
pub(crate) fn drive(
    job: &mut EvolveJob,
    stored: &mut Stored,
    order: u64,
    calls_max: usize,
) -> bool {
    for record in stored.records.clone() {
        job.restore(&record).unwrap();
    }
    let mut open: Vec<Wanted> = Vec::new();
    while let Some(step) = job.begin() {
        stored.records.extend(step.records);
        open.extend(step.wanted);
    }
    let mut dice = order;
    let mut asked = 0;
    while !open.is_empty() {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let wanted = open.swap_remove((dice >> 33) as usize % open.len());
        let key = job.key(wanted.ticket).to_string();
        let outcome = match stored.calls.get(&key) {
            Some(outcome) => outcome.clone(),
            None if asked == calls_max => return false,
            None => {
                asked += 1;
                reply(wanted.role, &key, &job.request(wanted.ticket))
            }
        };
        let is_new = stored.calls.insert(key, outcome.clone()).is_none();
        let step = job.answered(wanted.ticket, outcome);
        assert!(is_new || step.records.is_empty(), "a stored call led to a record again");
        stored.records.extend(step.records);
        open.extend(step.wanted);
    }
    true
}

/// The records in the order of exports.
pub(crate) fn exported(stored: &Stored) -> Vec<String> {
    let mut records: Vec<_> = stored.records.iter().collect();
    records.sort_by_key(|record| record.position);
    assert!(
        records.windows(2).all(|pair| pair[0].position < pair[1].position),
        "positions are unique"
    );
    records.into_iter().map(|record| record.body.clone()).collect()
}

pub(crate) fn parsed(stored: &Stored) -> Vec<InstructionRecord> {
    exported(stored).iter().map(|body| serde_json::from_str(body).unwrap()).collect()
}
