//! What our own procedure does beyond the paper's, one story each.

use std::collections::BTreeMap;

use speciate_evolve::work::{EVOLVER, EvolveSettings, JUDGE, RESPONDER};
use speciate_evolve::{
    CRITIC_RULES, OperatorSet, Pack, Procedure, PromptStyle, RuleSet, STANDARD_RULES,
};
use speciate_types::{CallOutcome, InstructionRecord, Role};

use crate::work_stories::tell;
use crate::work_world::{Expected, Shape, answered, seed};

const SEED: &str = "Explain to a child why the tides in our harbour come twice a day.";
const GOOD: &str = "<evolved>Explain to a child why the tides in our harbour come twice a day, and \
                    why the second one is later every day.</evolved>";
const ANSWER: &str = "The moon pulls the water, and the earth turns under it once a day.";

/// The built-in operators, of which these are drawn, alike in weight.
fn only(operators: &[&str], style: PromptStyle, procedure: Procedure) -> OperatorSet {
    let set = OperatorSet::of_pack(Pack::Wizardlm, style, procedure);
    let names: Vec<String> = set.iter().map(|(operator, _)| operator.name().to_owned()).collect();
    let weight = |name: &str| f64::from(u8::from(operators.contains(&name)));
    let weights: BTreeMap<String, f64> =
        names.into_iter().map(|name| (name.clone(), weight(&name))).collect();
    set.with_weights(&weights).unwrap()
}

/// One seed and one round of these operators.
fn settings(operators: &[&str], rules: &[&str]) -> EvolveSettings {
    EvolveSettings {
        operators: only(operators, PromptStyle::Paper, Procedure::Standard),
        procedure: Procedure::Standard,
        rules: RuleSet::from_names(rules).unwrap(),
        rounds: 1,
        redraws: 2,
        ..Shape::PLAIN.settings()
    }
}

fn ends(records: &[InstructionRecord]) -> Vec<String> {
    let evolved = records.iter().filter(|record| record.parent.is_some());
    evolved.map(|record| Expected::of(record).end).collect()
}

/// Answers with `evolver` for each evolver call in turn, the last one again and again.
fn script(evolver: &[&'static str], judge: &'static str) -> impl FnMut(Role, &str) -> CallOutcome {
    let (evolver, mut at) = (evolver.to_vec(), 0);
    move |role, _key| {
        answered(match role {
            EVOLVER => {
                let text = evolver[at.min(evolver.len() - 1)];
                at += 1;
                text
            }
            JUDGE => judge,
            _ => ANSWER,
        })
    }
}

#[test]
fn a_method_that_does_not_fit_is_recorded_and_another_one_is_drawn() {
    let settings = settings(&["deepening", "reasoning"], STANDARD_RULES);
    let unfit = "<unfit>One step answers it.</unfit>";
    let told = tell(settings, vec![seed(SEED, None)], script(&[unfit, GOOD], "Not Equal"));
    assert_eq!(ends(&told.records), ["eliminated does-not-fit", "kept"]);
    let evolved: Vec<_> = told.records.iter().filter(|record| record.parent.is_some()).collect();
    assert_eq!(evolved[0].evidence.as_deref(), Some("One step answers it."));
    assert_eq!(evolved[0].instruction, None);
    assert_ne!(evolved[0].operator, evolved[1].operator, "the same method again");
}

#[test]
fn the_papers_procedure_knows_no_such_reply() {
    let settings = EvolveSettings {
        procedure: Procedure::Paper,
        redraws: 0,
        ..settings(&["deepening"], STANDARD_RULES)
    };
    let unfit = "<unfit>One step answers it.</unfit>";
    let told = tell(settings, vec![seed(SEED, None)], script(&[unfit], "Not Equal"));
    assert!(!ends(&told.records).contains(&"eliminated does-not-fit".to_owned()));
}

#[test]
fn a_child_that_is_much_too_long_is_written_once_more() {
    let long = Box::leak(
        format!("<evolved>{SEED}{}</evolved>", " Say it for the spring tide as well.".repeat(12))
            .into_boxed_str(),
    );
    let settings = settings(&["deepening"], STANDARD_RULES);
    let told = tell(settings, vec![seed(SEED, None)], script(&[long, GOOD], "Not Equal"));
    assert_eq!(ends(&told.records), ["kept"]);
    let evolver: Vec<_> = told.calls.iter().filter(|call| call.0 == EVOLVER).collect();
    assert!(evolver[1].1.ends_with("/evolve/1"), "{}", evolver[1].1);
    let asked = &evolver[1].2.messages.last().unwrap().content;
    insta::assert_snapshot!(asked, @"
    That text has 110 words, and at most 34 are wanted. Write it shorter: keep the one change that matters and all of the input, and leave the rest as it was in the original.

    Reply between <evolved> and </evolved>.
    ");
}

/// Also with the prompts for small models, whose task stands behind the source.
#[test]
fn the_papers_procedure_has_no_window() {
    let long =
        format!("<evolved>{SEED}{}</evolved>", " Say it for the spring tide as well.".repeat(12));
    let long = Box::leak(long.into_boxed_str());
    let settings = EvolveSettings {
        operators: only(&["deepening"], PromptStyle::Guided, Procedure::Paper),
        procedure: Procedure::Paper,
        redraws: 0,
        ..settings(&["deepening"], &["identical"])
    };
    let told = tell(settings, vec![seed(SEED, None)], script(&[long], "Not Equal"));
    assert_eq!(told.asked(EVOLVER), 1);
}

/// The second round is told what the first one was answered with.
#[test]
fn a_child_that_says_its_parents_response_is_dropped() {
    let settings =
        EvolveSettings { rounds: 2, redraws: 0, ..settings(&["deepening"], STANDARD_RULES) };
    let answer =
        "<evolved>The moon pulls the water, and the earth turns under it once a day.</evolved>";
    let told = tell(settings, vec![seed(SEED, None)], script(&[GOOD, answer], "Not Equal"));
    assert_eq!(ends(&told.records), ["kept", "eliminated not-a-request"]);
    let evidence = told.records.iter().find_map(|record| record.evidence.clone()).unwrap();
    assert!(evidence.starts_with("says what its parent was answered with"), "{evidence}");
}

#[test]
fn a_new_instruction_is_not_judged_but_held_against_the_pool() {
    let copy = "<evolved>Explain to a child why the tides in our harbour come twice a \
                Sunday.</evolved>";
    let new = "<evolved>How do the people of a tidal island plan the day on which the road is \
               under water?</evolved>";
    let told = tell(
        settings(&["breadth"], STANDARD_RULES),
        vec![seed(SEED, None)],
        script(&[copy, new], "Equal"),
    );
    assert_eq!(ends(&told.records), ["eliminated near-duplicate", "kept"]);
    assert_eq!(told.asked(JUDGE), 0);
    let evidence = told.records.iter().find_map(|record| record.evidence.clone()).unwrap();
    assert!(evidence.contains(" % of its groups of words with "), "{evidence}");
}

const YES: &str = "request: yes - it asks\ncomplete: yes - it is\nanswerable: yes - by many\n\
                   harder: yes - more is asked\nnatural: yes - it is";

#[test]
fn the_critic_takes_the_place_of_the_equality_judge() {
    let rules = [STANDARD_RULES, CRITIC_RULES].concat();
    let careful = || settings(&["deepening"], &rules);
    let told = tell(careful(), vec![seed(SEED, None)], script(&[GOOD], YES));
    assert_eq!((ends(&told.records), told.asked(JUDGE)), (vec!["kept".to_owned()], 1));

    let no = "request: yes - it asks\ncomplete: no - no harbour is named\nanswerable: yes - by \
              many\nharder: yes - more is asked\nnatural: no - stiff";
    let told = tell(careful(), vec![seed(SEED, None)], script(&[GOOD], no));
    assert!(ends(&told.records).iter().all(|end| end == "eliminated critic-complete"));
    let evidence = told.records.iter().find_map(|record| record.evidence.clone()).unwrap();
    assert_eq!(evidence, "no harbour is named");
    assert_eq!(told.asked(RESPONDER), 1, "only the seed");

    let told = tell(careful(), vec![seed(SEED, None)], script(&[GOOD], "Looks fine to me."));
    assert!(ends(&told.records).iter().all(|end| end == "invalid critic-request"));
}

#[test]
fn a_no_counts_only_where_its_rule_is_on() {
    let rules = [STANDARD_RULES, &["critic-request"]].concat();
    let no = YES.replace("natural: yes", "natural: no");
    let no = Box::leak(no.into_boxed_str());
    let told = tell(settings(&["deepening"], &rules), vec![seed(SEED, None)], script(&[GOOD], no));
    assert_eq!(ends(&told.records), ["kept"]);
}
