//! The rules on seeds and responses that are not English.

use speciate_evolve::{RuleSet, STRICT_RULES};

use crate::data::{answered, candidate, json, rows, text};

/// How many of the instructions, and of their responses, each rule drops; printed and bounded.
fn measure(name: &str, parent: &str, pairs: &[(String, String)]) {
    for rule in STRICT_RULES {
        let set = RuleSet::from_names(&[rule]).unwrap();
        let children: Vec<_> = pairs
            .iter()
            .filter_map(|(child, _)| set.static_check(&candidate(parent, child)))
            .collect();
        let responses: Vec<_> = pairs
            .iter()
            .filter(|(_, response)| !response.is_empty())
            .filter_map(|(child, response)| set.response_check(&answered(parent, child, response)))
            .collect();
        if children.is_empty() && responses.is_empty() {
            continue;
        }
        println!(
            "{name}, {} rows: {rule} {} instructions, {} responses",
            pairs.len(),
            children.len(),
            responses.len()
        );
        if std::env::var_os("SPECIATE_SHOW_HITS").is_some() {
            children
                .iter()
                .chain(&responses)
                .take(6)
                .for_each(|(_, evidence)| println!("  {evidence}"));
        }
        assert!(children.len() * 50 <= pairs.len(), "{rule} drops {} instructions", children.len());
        // The Chinese set really declines this often: its inputs are left out here.
        assert!(responses.len() * 25 <= pairs.len(), "{rule} drops {} responses", responses.len());
    }
}

#[test]
fn chinese_seeds_stay() {
    let Some(seeds) = json("seeds/alpaca_zh_demo.json") else { return };
    let seeds = seeds.as_array().unwrap();
    let pairs: Vec<_> = seeds
        .iter()
        .map(|row| (text(row, "instruction").to_owned(), text(row, "output").to_owned()))
        .collect();
    measure("Chinese Alpaca", "请写一首关于秋天的短诗，并解释每一句的含义。", &pairs);
}

#[test]
fn russian_seeds_stay() {
    let Some(seeds) = rows("seeds/mt_bench_questions_ru.jsonl") else { return };
    let turns = |row: &serde_json::Value| row["turns"].as_array().unwrap().clone();
    let pairs: Vec<_> = seeds
        .iter()
        .flat_map(turns)
        .map(|turn| (turn.as_str().unwrap_or_default().to_owned(), String::new()))
        .collect();
    measure(
        "Russian MT-bench",
        "Напиши короткое стихотворение об осени и объясни каждую строку.",
        &pairs,
    );
}

#[test]
fn good_answers_stay() {
    let Some(rows) = json("seeds/alpaca_en_demo_gpt4.json.gz") else { return };
    let rows = rows.as_array().unwrap();
    let pairs: Vec<_> = rows
        .iter()
        .map(|row| (text(row, "instruction").to_owned(), text(row, "output").to_owned()))
        .collect();
    measure("GPT-4 Alpaca", "Name three rivers of Europe and say where each of them ends.", &pairs);
}
