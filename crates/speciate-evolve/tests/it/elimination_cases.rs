//! The made cases whose answers are known.

use speciate_evolve::{PAPER_RULES, RuleSet, STRICT_RULES};

use crate::data::{answered, rows, text};

/// Which rule drops a case, static rules first.
fn dropped_by(set: &RuleSet, row: &serde_json::Value) -> Option<&'static str> {
    let candidate = answered(text(row, "given"), text(row, "evolved"), text(row, "answer"));
    set.static_check(&candidate).or_else(|| set.response_check(&candidate)).map(|(name, _)| name)
}

#[test]
fn the_papers_rules_say_what_the_paper_says() {
    let Some(cases) = rows("messy_made/elimination_cases.jsonl") else { return };
    let set = RuleSet::from_names(PAPER_RULES).unwrap();
    for case in &cases {
        let rule = dropped_by(&set, case);
        let expected = match text(case, "rule") {
            "no_gain" | "no_gain_case" => Some("identical"),
            "copies_prompt_words" | "prompt_words_are_content" => Some("copied-prompt"),
            "sorry_short" | "boundary_79_words" => Some("apology"),
            "stopwords_only" => Some("stop-words-only"),
            // The paper's rule would drop an apology that was asked for; ours lets it pass.
            // A refusal without the word is a known miss of the paper's rules.
            "sorry_is_content"
            | "sorry_long"
            | "boundary_80_words"
            | "short_right_answer"
            | "none"
            | "refusal_without_sorry" => None,
            other => panic!("unknown kind of case {other}"),
        };
        assert_eq!(rule, expected, "{case}");
    }
}

#[test]
fn all_rules_find_every_true_failure() {
    let Some(cases) = rows("messy_made/elimination_cases.jsonl") else { return };
    let set = RuleSet::from_names(STRICT_RULES).unwrap();
    let (mut hits, mut misses, mut false_hits) = (0, Vec::new(), Vec::new());
    for case in &cases {
        match (case["true_failure"].as_bool(), dropped_by(&set, case)) {
            (Some(true), Some(_)) => hits += 1,
            (Some(true), None) => misses.push(text(case, "rule")),
            (Some(false), Some(rule)) => {
                false_hits.push((text(case, "rule"), rule, text(case, "evolved")));
            }
            _ => {}
        }
    }
    println!("{hits} hits, misses {misses:?}, false hits {false_hits:?}");
    assert_eq!(misses, Vec::<&str>::new());
    // The one whose subject is prompts: nobody can tell it from a copy without understanding it.
    assert!(
        false_hits
            .iter()
            .all(|(kind, ..)| matches!(*kind, "prompt_words_are_content" | "sorry_long")),
        "{false_hits:?}"
    );
}

#[test]
fn degenerate_answers_are_seen_as_loops() {
    let Some(rows) = rows("eval/self_instruct_252/davinci_predictions.jsonl.gz") else { return };
    let set = RuleSet::from_names(&["repetition"]).unwrap();
    let drops = |path_rows: &[serde_json::Value]| {
        path_rows
            .iter()
            .filter(|row| {
                set.response_check(&answered("a", text(row, "instruction"), text(row, "response")))
                    .is_some()
            })
            .count()
    };
    let plain = drops(&rows);
    let Some(better) =
        crate::data::rows("eval/self_instruct_252/text-davinci-003_predictions.jsonl.gz")
    else {
        return;
    };
    let tuned = drops(&better);
    println!(
        "loops: plain davinci {plain} of {}, text-davinci-003 {tuned} of {}",
        rows.len(),
        better.len()
    );
    assert!(plain >= 40, "{plain}");
    assert!(tuned <= 5, "{tuned}");
}
