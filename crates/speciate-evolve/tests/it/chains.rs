//! The static rules on real evolutions: how often they drop what a person would keep.

use std::collections::BTreeMap;

use serde_json::Value;
use speciate_evolve::{OperatorSet, PromptStyle, RULES, RuleSet, STRICT_RULES, no_gain_heuristic};

use crate::data::{answered, candidate, json, rows, text};

/// Parent, child and response of every step of the code chains.
fn steps(chains: &[Value]) -> Vec<(String, String, String)> {
    let step = |a: &Value, b: &Value| {
        Some((
            a["instruction"].as_str()?.to_owned(),
            b["instruction"].as_str()?.to_owned(),
            b["output"].as_str()?.to_owned(),
        ))
    };
    chains
        .iter()
        .flat_map(|row| [step(&row["seed"], &row["evol1"]), step(&row["evol1"], &row["evol2"])])
        .flatten()
        .collect()
}

/// Counts hits of each rule by itself, and prints some of each to look at.
fn hits(pairs: &[(String, String, String)]) -> BTreeMap<&'static str, usize> {
    let operators = OperatorSet::builtin(PromptStyle::Paper);
    let scaffold = operators.get("constraints").unwrap().scaffold();
    let mut found = BTreeMap::new();
    for rule in RULES {
        let set = RuleSet::from_names(&[rule.name]).unwrap();
        for (parent, child, response) in pairs {
            let mut candidate = answered(parent, child, response);
            candidate.scaffold = scaffold;
            let hit = set.static_check(&candidate).or_else(|| set.response_check(&candidate));
            let Some((name, evidence)) = hit else { continue };
            let count = found.entry(name).or_insert(0);
            *count += 1;
            if *count <= 6 && std::env::var_os("SPECIATE_SHOW_HITS").is_some() {
                println!(
                    "{name}: {evidence}\n  P {parent:.200?}\n  C {child:.300?}\n  R {response:.100?}"
                );
            }
        }
    }
    found
}

#[test]
fn rules_rarely_drop_real_code_evolutions() {
    let Some(chains) = rows("evolved/evol_code_chains_a.jsonl.gz") else { return };
    let pairs = steps(&chains);
    let found = hits(&pairs);
    println!("{} steps of code chains: {found:?}", pairs.len());
    let share = |name: &str| *found.get(name).unwrap_or(&0) as f64 / pairs.len() as f64;
    for rule in STRICT_RULES {
        // Most of what `lost-input` and `copied-prompt` find here is true by reading: sample input
        // that is gone, and headings such as "#Rewritten Test#".
        let share_max = match *rule {
            "lost-input" => 0.05,
            // Labels of the prompt that made them: nearly all of these were found right by two readers.
            "copied-prompt" => 0.04,
            _ => 0.015,
        };
        assert!(share(rule) <= share_max, "{rule} drops {:.3} of real evolutions", share(rule));
    }
}

#[test]
fn rules_rarely_drop_added_constraints() {
    let Some(rows) = rows("evolved/followbench_content_format_style.jsonl.gz") else { return };
    let pairs: Vec<_> = rows
        .windows(2)
        .filter(|pair| {
            pair[0]["example_id"] == pair[1]["example_id"]
                && pair[0]["category"] == pair[1]["category"]
        })
        .filter(|pair| {
            pair[1]["level"].as_u64() == pair[0]["level"].as_u64().map(|level| level + 1)
        })
        .map(|pair| {
            (
                text(&pair[0], "instruction").to_owned(),
                text(&pair[1], "instruction").to_owned(),
                "x".to_owned(),
            )
        })
        .filter(|(parent, ..)| !parent.is_empty())
        .collect();
    let found = hits(&pairs);
    println!("{} steps of FollowBench: {found:?}", pairs.len());
    assert!(pairs.len() > 300);
    assert_eq!(found.get("identical"), None);
    for (rule, count) in found {
        assert!(
            (count as f64) <= 0.03 * pairs.len() as f64,
            "{rule} drops {count} of {}",
            pairs.len()
        );
    }
}

#[test]
fn the_heuristic_tells_evolutions_from_copies() {
    let Some(chains) = rows("evolved/evol_code_chains_a.jsonl.gz") else { return };
    let pairs = steps(&chains);
    let n_dropped = pairs
        .iter()
        .filter(|(parent, child, _)| no_gain_heuristic(&candidate(parent, child)).is_some())
        .count();
    println!("heuristic drops {n_dropped} of {}", pairs.len());
    assert!(n_dropped * 20 < pairs.len());
    assert!(pairs.iter().take(100).all(|(parent, ..)| {
        no_gain_heuristic(&candidate(parent, &parent.to_uppercase())).is_some()
    }));
}

#[test]
fn maths_evolutions_stay() {
    let Some(results) = json("evolved/camel_math_evolutions.json") else { return };
    let set = RuleSet::from_names(STRICT_RULES).unwrap();
    let mut n_pairs = 0;
    let mut dropped = Vec::new();
    for seed in results["results"].as_array().unwrap() {
        for generation in seed["evolutions"].as_object().unwrap().values() {
            let [parent, children @ ..] = generation.as_array().unwrap().as_slice() else {
                continue;
            };
            for child in children {
                n_pairs += 1;
                dropped.extend(set.static_check(&candidate(
                    text(parent, "instruction"),
                    text(child, "instruction"),
                )));
            }
        }
    }
    println!("{n_pairs} steps of maths: {dropped:?}");
    assert!(n_pairs > 30 && dropped.len() * 10 < n_pairs, "{n_pairs} {dropped:?}");
}

#[test]
fn seeds_are_requests() {
    let Some(seeds) = rows("seeds/self_instruct_seed_tasks.jsonl") else { return };
    let set = RuleSet::from_names(&[
        "not-a-request",
        "refusal",
        "meta-instruction",
        "copied-prompt",
        "encoding",
    ])
    .unwrap();
    let dropped: Vec<_> = seeds
        .iter()
        .filter_map(|row| set.static_check(&candidate("Name a river.", text(row, "instruction"))))
        .collect();
    println!("{} seeds: {dropped:?}", seeds.len());
    assert!(dropped.len() * 50 <= seeds.len(), "{dropped:?}");
}

#[test]
fn alpaca_seeds_are_requests() {
    let Some(seeds) = json("seeds/alpaca_data.json.gz") else { return };
    let seeds = seeds.as_array().unwrap();
    let static_rules =
        ["not-a-request", "refusal", "meta-instruction", "copied-prompt", "encoding", "repetition"];
    for rule in static_rules {
        let set = RuleSet::from_names(&[rule]).unwrap();
        // Every sixth is enough to see the share.
        let sample: Vec<&str> =
            seeds.iter().step_by(6).map(|row| text(row, "instruction")).collect();
        let dropped: Vec<_> = sample
            .iter()
            .filter_map(|child| set.static_check(&candidate("Name a river.", child)))
            .collect();
        println!("{rule}: {} of {} seeds of Alpaca", dropped.len(), sample.len());
        if std::env::var_os("SPECIATE_SHOW_HITS").is_some() {
            dropped.iter().take(12).for_each(|(_, evidence)| println!("  {evidence}"));
        }
        assert!(dropped.len() * 200 < sample.len(), "{rule} drops {}", dropped.len());
    }
    for rule in ["apology", "stop-words-only", "refusal", "answer-leak", "repetition", "encoding"] {
        let set = RuleSet::from_names(&[rule]).unwrap();
        let sample: Vec<&Value> = seeds.iter().step_by(6).collect();
        let dropped: Vec<_> = sample
            .iter()
            .filter(|row| !text(row, "output").is_empty())
            .filter_map(|row| {
                set.response_check(&answered(
                    "Name a river.",
                    text(row, "instruction"),
                    text(row, "output"),
                ))
            })
            .collect();
        println!("{rule}: {} of {} responses of Alpaca", dropped.len(), sample.len());
        if std::env::var_os("SPECIATE_SHOW_HITS").is_some() {
            dropped.iter().take(12).for_each(|(_, evidence)| println!("  {evidence}"));
        }
        assert!(dropped.len() * 100 < sample.len(), "{rule} drops {}", dropped.len());
    }
}
