//! The paper's rules, one story each, told through the job.

use std::collections::BTreeMap;

use speciate_evolve::work::{
    EVOLVER, EvolveJob, EvolveSettings, GainCheck, JUDGE, RESPONDER, SeedResponses,
};
use speciate_types::{
    CallOutcome, ChatRequest, ErrorClass, InstructionRecord, Job as _, Role, Seed, StoredRecord,
    Ticket, VerdictKind,
};

use crate::work_world::{Expected, Shape, answered, failed, seed};

const GOOD: &str = "<evolved>How can 1+1=2 be proved from Peano's axioms?</evolved>";
const ANSWER: &str = "From the successor function, step by step.";

/// One seed, one operator, these rounds.
fn settings(rounds: u32) -> EvolveSettings {
    let mut settings = Shape { rounds, ..Shape::PLAIN }.settings();
    let names: Vec<String> =
        settings.operators.iter().map(|(operator, _)| operator.name().to_owned()).collect();
    let weights: BTreeMap<String, f64> = names
        .into_iter()
        .map(|name| {
            let weight = f64::from(u8::from(name == "deepening"));
            (name, weight)
        })
        .collect();
    settings.operators = settings.operators.with_weights(&weights).unwrap();
    settings
}

pub(crate) struct Told {
    pub(crate) records: Vec<InstructionRecord>,
    pub(crate) calls: Vec<(Role, String, ChatRequest)>,
}

impl Told {
    pub(crate) fn asked(&self, role: Role) -> usize {
        self.calls.iter().filter(|call| call.0 == role).count()
    }

    /// `verdict reason` of the only evolution.
    fn end(&self) -> String {
        let mut evolved = self.records.iter().filter(|record| record.parent.is_some());
        let end = Expected::of(evolved.next().unwrap()).end;
        assert!(evolved.next().is_none());
        end
    }
}

pub(crate) fn tell(
    settings: EvolveSettings,
    seeds: Vec<Seed>,
    mut script: impl FnMut(Role, &str) -> CallOutcome,
) -> Told {
    let mut job = EvolveJob::new(settings, seeds);
    let mut told = Told { records: Vec::new(), calls: Vec::new() };
    let mut open = Vec::new();
    let mut keep = |records: Vec<StoredRecord>| {
        told.records
            .extend(records.iter().map(|record| serde_json::from_str(&record.body).unwrap()));
    };
    while let Some(step) = job.begin() {
        keep(step.records);
        open.extend(step.wanted);
    }
    while let Some(wanted) = open.pop() {
        let key = job.key(wanted.ticket).to_string();
        let outcome = script(wanted.role, &key);
        told.calls.push((wanted.role, key, job.request(wanted.ticket)));
        let step = job.answered(wanted.ticket, outcome);
        keep(step.records);
        open.extend(step.wanted);
    }
    assert_eq!(job.tally().items_done, job.tally().items);
    told
}

/// One evolution of `1+1=?`, whose roles always say the same.
fn evolve(evolved: &str, judge: &str, response: &str) -> Told {
    tell(settings(1), vec![seed("1+1=?", Some("2"))], |role, _| {
        answered(match role {
            EVOLVER => evolved,
            JUDGE => judge,
            _ => response,
        })
    })
}

/// So evolutions of a round go before its responses, and all lineages end together.
#[test]
fn each_call_knows_how_many_are_left_behind_it() {
    let mut job = EvolveJob::new(settings(2), vec![seed("1+1=?", Some("2"))]);
    let mut wanted = job.begin().unwrap().wanted;
    let mut left = Vec::new();
    for text in [GOOD, "Not Equal", ANSWER] {
        left.push(wanted[0].remaining);
        wanted = job.answered(wanted[0].ticket, answered(text)).wanted;
    }
    left.push(wanted[0].remaining);
    assert_eq!(left, [6, 5, 4, 3]);
}

/// What is learned of one lineage's answers is not taken for another's.
#[test]
fn each_call_is_of_the_kin_of_its_lineage() {
    let mut job = Shape::PLAIN.job();
    let mut kins: Vec<_> = job.begin().unwrap().wanted.iter().map(|wanted| wanted.kin).collect();
    kins.sort_unstable();
    // Three seeds, of which the second wants a response beside its evolution.
    assert_eq!(kins, [0, 1, 1, 2]);
}

#[test]
fn equal_is_no_gain() {
    let told = evolve("<evolved>1+1=2?</evolved>", "Equal", ANSWER);
    assert_eq!(told.end(), "eliminated no-gain");
    assert_eq!((told.asked(JUDGE), told.asked(RESPONDER)), (1, 0), "no response is paid for");
    let record = &told.records[1];
    assert_eq!(record.instruction.as_deref(), Some("1+1=2?"));
    assert_eq!(record.evidence.as_deref(), Some("the judge said `Equal`"));
}

#[test]
fn not_equal_is_kept_with_its_whole_story() {
    let told = evolve(&format!("Sure, here it is:\n{GOOD}"), "Not Equal", ANSWER);
    assert_eq!(told.end(), "kept");
    let record = &told.records[1];
    assert_eq!(record.operator.as_deref(), Some("deepening"));
    assert_eq!(record.response.as_deref(), Some(ANSWER));
    assert_eq!((record.round, record.attempts, record.usage.input_tokens), (1, 3, 30));
    assert_eq!(record.cost_usd, Some(9e-9));
    assert_eq!(record.created_at.as_deref(), Some("1970-01-01T00:00:07Z"));
    assert_eq!(record.finish_reason.as_deref(), Some("stop"));
    let models = &record.models;
    assert!([&models.evolver, &models.judge, &models.responder].iter().all(|m| m.is_some()));
    // The responder sees the instruction alone.
    let (_, _, request) = told.calls.iter().find(|call| call.0 == RESPONDER).unwrap();
    assert_eq!(request.messages.len(), 1);
    assert_eq!(request.messages[0].content, record.instruction.clone().unwrap());
}

#[test]
fn a_struggling_answer_is_an_apology() {
    let told = evolve(GOOD, "Not Equal", "I'm sorry, but I can't do that.");
    assert_eq!(told.end(), "eliminated apology");
    assert_eq!(told.records[1].response.as_deref(), Some("I'm sorry, but I can't do that."));
    let long = format!("Sorry for the length. {}", "Zero has a successor named one. ".repeat(20));
    assert_eq!(evolve(GOOD, "Not Equal", &long).end(), "kept", "80 words or more are no refusal");
}

#[test]
fn marks_and_stop_words_are_no_answer() {
    for response in ["... !", "?", "the of and", "", "  \n"] {
        let end = evolve(GOOD, "Not Equal", response).end();
        assert_eq!(end, "eliminated stop-words-only", "{response:?}");
    }
    assert_eq!(evolve(GOOD, "Not Equal", "2").end(), "kept");
}

#[test]
fn what_cheap_rules_see_is_never_judged() {
    for (evolved, end) in [
        ("<evolved>Rewrite the prompt 1+1=?</evolved>", "eliminated meta-instruction"),
        ("<evolved>Rewrite the given prompt 1+1=?</evolved>", "eliminated copied-prompt"),
        ("<evolved> 1+1=? </evolved>", "eliminated identical"),
        ("<evolved>What is 1+1 in \u{fffd}?</evolved>", "eliminated encoding"),
        ("<evolved>What is", "failed unclosed-tag"),
        ("", "failed empty-answer"),
        ("<think>Hm</think> 1+1+1=?", "failed reasoning-left"),
    ] {
        let told = evolve(evolved, "Not Equal", ANSWER);
        assert_eq!(told.end(), end, "{evolved}");
        assert_eq!((told.asked(JUDGE), told.asked(RESPONDER)), (0, 0), "{evolved}");
    }
}

#[test]
fn what_could_not_be_read_is_kept_to_look_at() {
    let told = evolve("<evolved>What is", "Not Equal", ANSWER);
    assert_eq!(told.records[1].instruction.as_deref(), Some("<evolved>What is"));
    let cause = told.records[1].cause.as_deref().unwrap();
    assert!(cause.starts_with("unclosed-tag: cannot read"), "{cause}");
}

#[test]
fn an_unreadable_judge_is_asked_three_times_and_the_parent_returns() {
    let mut warm = settings(2);
    warm.sampling.judge.temperature = Some(0.0);
    let told = tell(warm, vec![seed("1+1=?", Some("2"))], |role, _| {
        answered(if role == EVOLVER { GOOD } else { "Both are interesting." })
    });
    assert_eq!((told.asked(EVOLVER), told.asked(JUDGE), told.asked(RESPONDER)), (2, 6, 0));
    let [root, first, second] = &told.records[..] else { panic!("{:?}", told.records) };
    for record in [first, second] {
        assert_eq!(Expected::of(record).end, "invalid no-gain");
        assert_eq!(record.parent, Some(root.id), "the parent returns");
        assert_eq!(record.attempts, 4);
    }
    let judged: Vec<_> = told.calls.iter().filter(|call| call.0 == JUDGE).collect();
    let suffixes: Vec<&str> = judged.iter().map(|call| call.1.split_once('/').unwrap().1).collect();
    assert_eq!(suffixes, ["judge/0", "judge/1", "judge/2"].repeat(2));
    // The same words, asked another way: a greedy answer would only come again.
    assert_eq!(judged[0].2.messages, judged[1].2.messages);
    assert_ne!(judged[0].2.seed, judged[1].2.seed);
    let warmth: Vec<_> = judged.iter().take(3).map(|call| call.2.sampling.temperature).collect();
    assert_eq!(warmth, [Some(0.0), Some(0.5), Some(0.5)]);
}

#[test]
fn a_second_question_can_settle_it() {
    for (last, end) in [("Not Equal", "kept"), ("Equal", "eliminated no-gain")] {
        let told = tell(settings(1), vec![seed("1+1=?", Some("2"))], |role, key| {
            answered(match role {
                EVOLVER => GOOD,
                JUDGE if key.ends_with("/0") => "Hm.",
                JUDGE => last,
                _ => ANSWER,
            })
        });
        assert_eq!((told.end().as_str(), told.asked(JUDGE)), (end, 2));
    }
}

#[test]
fn a_failed_call_ends_its_attempt_by_class_and_step() {
    use ErrorClass::{BadItem, Empty, Filtered, Refused, Transient, Truncated};
    for (role, class, end, detail) in [
        (EVOLVER, BadItem, "failed bad-item", "bad-item: evolve: scripted"),
        (EVOLVER, Truncated, "eliminated truncated", "evolve: scripted"),
        (EVOLVER, Refused, "failed refused", "refused: evolve: scripted"),
        (JUDGE, Transient, "failed transient", "transient: judge: scripted"),
        (JUDGE, Truncated, "invalid no-gain", "scripted"),
        (JUDGE, Empty, "invalid no-gain", "scripted"),
        (JUDGE, Refused, "invalid no-gain", "scripted"),
        (RESPONDER, Filtered, "failed filtered", "filtered: respond: scripted"),
        (RESPONDER, Truncated, "eliminated truncated", "respond: scripted"),
    ] {
        let told = tell(settings(1), vec![seed("1+1=?", Some("2"))], |asked, key| {
            let text = [GOOD, "Not Equal", ANSWER][usize::from(asked.0)];
            if asked == role { failed(class, key) } else { answered(text) }
        });
        assert_eq!(told.end(), end, "{class:?} of role {}", role.0);
        let record = &told.records[1];
        let told = record.cause.as_deref().or(record.evidence.as_deref()).unwrap();
        assert!(told.starts_with(detail), "{told}");
        assert_eq!(record.instruction.is_none(), role == EVOLVER, "the text stays to look at");
        assert_eq!(record.attempts, u32::from(role.0) + 2, "tries of all its calls");
    }
}

#[test]
fn a_kept_child_becomes_the_parent_and_a_dropped_one_does_not() {
    // Good, copied, good, good: the second round's child goes, and its parent is tried again.
    let mut round = 0;
    let told = tell(settings(4), vec![seed("1+1=?", Some("2"))], |role, _| match role {
        EVOLVER => {
            round += 1;
            answered(match round {
                2 => "<evolved>Solve the given prompt.</evolved>".to_owned(),
                _ => format!("<evolved>What is 1+1 plus {round}?</evolved>"),
            })
        }
        JUDGE => answered("Not Equal"),
        _ => answered(ANSWER),
    });
    let ids: Vec<_> = told.records.iter().map(|record| record.id).collect();
    let parents: Vec<_> = told.records.iter().map(|record| record.parent).collect();
    assert_eq!(parents, [None, Some(ids[0]), Some(ids[1]), Some(ids[1]), Some(ids[3])]);
    let third = told.calls.iter().filter(|call| call.0 == EVOLVER).nth(2).unwrap();
    let prompt = &third.2.messages.last().unwrap().content;
    assert!(
        prompt.contains("What is 1+1 plus 1?") && !prompt.contains("given prompt."),
        "{prompt}"
    );
}

#[test]
fn redraws_stay_in_their_round() {
    let mut with_redraws = settings(2);
    with_redraws.redraws = 2;
    let told = tell(with_redraws, vec![seed("1+1=?", Some("2"))], |_, _| answered("<evolved>"));
    let places: Vec<_> = told.records.iter().map(|record| (record.round, record.branch)).collect();
    assert_eq!(places, [(0, 0), (1, 0), (1, 0), (1, 0), (2, 0), (2, 0), (2, 0)]);
    assert!(told.records[1..].iter().all(|record| record.parent == Some(told.records[0].id)));
}

#[test]
fn seed_responses_are_kept_or_made_anew() {
    let seeds = || vec![seed("Name a river.", Some("The Oder.")), seed("Name a lake.", None)];
    for (setting, first, calls) in
        [(SeedResponses::Keep, "The Oder.", 1), (SeedResponses::Regenerate, "The Rhine.", 2)]
    {
        let mut settings = settings(0);
        settings.seed_responses = setting;
        let told = tell(settings, seeds(), |_, _| answered("The Rhine."));
        assert_eq!((told.calls.len(), told.asked(RESPONDER)), (calls, calls), "{setting:?}");
        let response = |name: &str| {
            let is = |record: &&InstructionRecord| record.instruction.as_deref() == Some(name);
            told.records.iter().find(is).unwrap().response.clone()
        };
        assert_eq!(response("Name a river.").as_deref(), Some(first));
        assert_eq!(response("Name a lake.").as_deref(), Some("The Rhine."));
        assert!(told.records.iter().all(|record| record.source.is_some() && record.round == 0));
    }
}

#[test]
fn a_seed_without_an_answer_is_no_row_but_its_lineage_goes_on() {
    for (outcome, end) in [
        (answered("I'm sorry, but I can't."), "eliminated apology"),
        (answered("..."), "eliminated stop-words-only"),
        (failed(ErrorClass::Truncated, "x"), "eliminated truncated"),
        (failed(ErrorClass::BadItem, "x"), "failed bad-item"),
    ] {
        let told = tell(settings(1), vec![seed("1+1=?", None)], |role, _| match role {
            EVOLVER => answered(GOOD),
            _ => outcome.clone(),
        });
        let root = told.records.iter().find(|record| record.parent.is_none()).unwrap();
        assert_eq!(Expected::of(root).end, end);
        assert_eq!(root.instruction.as_deref(), Some("1+1=?"));
        assert_eq!(told.asked(EVOLVER), 1);
    }
}

#[test]
fn the_heuristic_asks_no_judge() {
    for (evolved, end, calls) in
        [(GOOD, "kept", 2), ("<evolved>1+1=?!</evolved>", "eliminated no-gain", 1)]
    {
        let mut settings = settings(1);
        settings.gain_check = GainCheck::Heuristic;
        let told = tell(settings, vec![seed("1+1=?", Some("2"))], |role, _| {
            answered(if role == EVOLVER { evolved } else { ANSWER })
        });
        assert_eq!((told.end().as_str(), told.calls.len()), (end, calls));
    }
}

#[test]
fn a_record_that_cannot_be_read_back_is_named() {
    let mut job = EvolveJob::new(settings(1), vec![seed("1+1=?", Some("2"))]);
    let told = evolve(GOOD, "Not Equal", ANSWER);
    let stored = |body: String| StoredRecord {
        kind: InstructionRecord::STORED_KIND,
        id: "this-one".to_owned(),
        position: 0,
        body,
    };
    let error = job.restore(&stored("{".to_owned())).unwrap_err().to_string();
    assert!(error.starts_with("cannot read stored record `this-one`: "), "{error}");
    let mut record = told.records[1].clone();
    assert_eq!(record.verdict, VerdictKind::Kept);
    record.instruction = None;
    assert!(job.restore(&stored(serde_json::to_string(&record).unwrap())).is_err());
}

#[test]
fn a_ticket_that_is_not_open_changes_nothing() {
    let mut job = EvolveJob::new(settings(1), vec![seed("1+1=?", Some("2"))]);
    let wanted = job.begin().unwrap().wanted;
    let before = job.tally();
    let step = job.answered(Ticket(99), answered(GOOD));
    assert!(
        step.wanted.is_empty()
            && step.records.is_empty()
            && job.request(Ticket(99)).messages.is_empty()
    );
    assert_eq!(job.key(Ticket(99)).as_str(), "unknown/99");
    assert_eq!((job.tally(), wanted.len()), (before, 1));
}
