//! The paper's four rules and the technical ones, told through the job.

use speciate_evolve::work::{EVOLVER, EvolveJob, JUDGE, SeedResponses};
use speciate_types::{
    CallOutcome, ErrorClass, InstructionRecord, Job as _, Seed, SeedSource, VerdictKind,
};

use crate::world::{answered, failed, settings};

const SEED: &str = "1+1=?";

/// One evolution of the seed; what the roles say. Returns its record and how often the judge was asked.
fn evolve(evolved: &str, judge: &str, response: &CallOutcome) -> (InstructionRecord, usize) {
    let mut settings = settings(1, 1, 0);
    let only = [
        ("deepening", 1.0),
        ("constraints", 0.0),
        ("concretizing", 0.0),
        ("reasoning", 0.0),
        ("complicate-input", 0.0),
        ("breadth", 0.0),
    ];
    let weights = only.iter().map(|(name, weight)| ((*name).to_owned(), *weight)).collect();
    settings.operators = settings.operators.with_weights(&weights).unwrap();
    let source = SeedSource { file: "x".to_owned(), line: 1 };
    let mut job = EvolveJob::new(
        settings,
        vec![Seed { text: SEED.to_owned(), response: Some("2".to_owned()), source }],
    );
    let mut open = job.begin().unwrap().wanted;
    let (mut records, mut judged) = (Vec::new(), 0);
    while let Some(wanted) = open.pop() {
        let outcome = match wanted.role {
            EVOLVER => answered(evolved),
            JUDGE => {
                judged += 1;
                answered(judge)
            }
            _ => response.clone(),
        };
        let step = job.answered(wanted.ticket, outcome);
        open.extend(step.wanted);
        records.extend(step.records);
    }
    assert_eq!(records.len(), 1);
    (serde_json::from_str(&records[0].body).unwrap(), judged)
}

#[test]
fn every_rule_by_name() {
    let good = "<evolved>How can 1+1=2 be proved from the axioms of Peano?</evolved>";
    let answer = || answered("From the successor function, step by step.");
    for (evolved, judge, response, verdict, reason, judged) in [
        ("<evolved>1+1=2?</evolved>", "Equal", answer(), VerdictKind::Eliminated, "no-gain", 1),
        (
            good,
            "Not Equal",
            answered("I'm sorry, but I can't."),
            VerdictKind::Eliminated,
            "apology",
            1,
        ),
        (good, "Not Equal", answered("... !"), VerdictKind::Eliminated, "stop-words-only", 1),
        (
            "<evolved>#Rewritten Prompt#: what is 1+1 and 2+2?</evolved>",
            "Not Equal",
            answer(),
            VerdictKind::Kept,
            "",
            1,
        ),
        (
            "<evolved>Answer the given prompt with more care: 1+1=?</evolved>",
            "Not Equal",
            answer(),
            VerdictKind::Eliminated,
            "copied-prompt",
            0,
        ),
        (
            "<evolved>Rewrite the prompt 1+1=?</evolved>",
            "Not Equal",
            answer(),
            VerdictKind::Eliminated,
            "meta-instruction",
            0,
        ),
        (
            "<evolved>1+1=?</evolved>",
            "Not Equal",
            answer(),
            VerdictKind::Eliminated,
            "identical",
            0,
        ),
        ("<evolved>How", "Not Equal", answer(), VerdictKind::Failed, "unclosed-tag", 0),
        (good, "Hard to say.", answer(), VerdictKind::Invalid, "no-gain", 3),
        (good, "Not Equal", failed(ErrorClass::Truncated), VerdictKind::Eliminated, "truncated", 1),
        (good, "Not Equal", failed(ErrorClass::Transient), VerdictKind::Failed, "transient", 1),
        (good, "Not Equal", answer(), VerdictKind::Kept, "", 1),
    ] {
        let (record, asked) = evolve(evolved, judge, &response);
        let cause =
            record.cause.as_deref().map(|cause| cause.split(':').next().unwrap_or_default());
        let found = record.rule.as_deref().or(cause).unwrap_or_default();
        assert_eq!((record.verdict, found, asked), (verdict, reason, judged), "{evolved} {judge}");
    }
}

#[test]
fn a_record_tells_the_whole_story() {
    let (record, _) = evolve(
        "Sure, here is it:\n<evolved>Why is 1+1=2 true in every base above two?</evolved>",
        "Not Equal",
        &answered("Because."),
    );
    assert_eq!(record.operator.as_deref(), Some("deepening"));
    assert_eq!((record.round, record.attempts, record.usage.input_tokens), (1, 3, 30));
    assert_eq!(record.cost_usd, Some(9e-9));
    assert_eq!(record.created_at.as_deref(), Some("1970-01-01T00:00:07Z"));
    assert_eq!(record.models.judge.as_deref(), Some("world"));
}

#[test]
fn seed_responses_are_kept_or_made_anew() {
    for (setting, calls) in [(SeedResponses::Keep, 1), (SeedResponses::Regenerate, 2)] {
        let mut settings = settings(0, 1, 0);
        settings.seed_responses = setting;
        let mut job = EvolveJob::new(settings, crate::world::seeds(2));
        let step = job.begin().unwrap();
        assert_eq!(step.wanted.len(), calls, "{setting:?}");
        assert_eq!(step.records.len(), 2 - calls);
    }
}
