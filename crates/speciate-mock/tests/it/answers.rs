//! What the mock model says to our prompts.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::json;
use speciate_mock::{Capacity, Finish, MockAnswer, ParsedRequest, Quality, answer};

const METHODS: [&str; 7] = [
    "constraints",
    "deepening",
    "concretizing",
    "reasoning",
    "complicate-input",
    "breadth",
    "my-own",
];
const SCAFFOLD: [&str; 5] =
    ["given prompt", "rewritten prompt", "created prompt", "new prompt", "#"];
const SOURCE: &str =
    "Explain how tides arise and why they differ between two neighbouring harbours.";

fn request(messages: &serde_json::Value, seed: u64) -> ParsedRequest {
    let body = json!({"model": "m", "messages": messages, "seed": seed, "temperature": 1.0});
    ParsedRequest::from_json(body.to_string().as_bytes()).unwrap()
}

fn paper(method: &str, format: &str, source: &str, seed: u64) -> ParsedRequest {
    let system = format!(
        "You edit instructions.\nMethod: {method}\nFormat: {format}\nReply between <evolved> and </evolved>."
    );
    let user = format!(
        "<source-Qx7abc>\n{source}\n</source-Qx7abc>\n\nReply between <evolved> and </evolved>."
    );
    request(
        &json!([{"role": "system", "content": system}, {"role": "user", "content": user}]),
        seed,
    )
}

fn compact(method: &str, format: &str, source: &str, seed: u64) -> ParsedRequest {
    let system = format!("Make it harder.\nMethod: {method}\nFormat: {format}");
    request(
        &json!([
            {"role": "system", "content": system},
            {"role": "user", "content": "Instruction: What is speed?"},
            {"role": "assistant", "content": "New instruction: What is mean speed?"},
            {"role": "user", "content": format!("Instruction: {source}")},
            {"role": "assistant", "content": "New instruction:"},
        ]),
        seed,
    )
}

fn judge(first: &str, second: &str, seed: u64) -> MockAnswer {
    let user = format!(
        "<first-ab>\n{first}\n</first-ab>\n\n<second-ab>\n{second}\n</second-ab>\n\nEqual or Not Equal?"
    );
    answer(&request(&json!([{"role": "user", "content": user}]), seed), &Quality::PERFECT)
}

fn evolved(text: &str) -> &str {
    text.strip_prefix("<evolved>\n").and_then(|text| text.strip_suffix("\n</evolved>")).expect(text)
}

#[test]
fn every_operator_makes_varied_children() {
    for method in METHODS {
        let children: BTreeSet<_> = (0..200)
            .map(|seed| {
                evolved(&answer(&paper(method, "json", SOURCE, seed), &Quality::PERFECT).text)
                    .to_owned()
            })
            .collect();
        assert!(children.len() > 120, "{method}: {}", children.len());
        for child in &children {
            let lower = child.to_lowercase();
            assert!(!SCAFFOLD.iter().any(|word| lower.contains(word)), "{child}");
            assert_eq!(child.starts_with(SOURCE), method != "breadth", "{child}");
            let n_words = child.split_whitespace().count();
            assert!((13..110).contains(&n_words), "{n_words}: {child}");
        }
    }
}

#[test]
fn compact_replies_are_one_bare_line() {
    for method in METHODS {
        let reply = answer(&compact(method, "csv", SOURCE, 3), &Quality::PERFECT).text;
        assert!(!reply.contains('\n') && !reply.contains("evolved>"), "{reply}");
        assert_eq!(reply.starts_with(SOURCE), method != "breadth", "{reply}");
    }
}

#[test]
fn every_format_comes_in_a_fence() {
    for (format, tag) in [
        ("xml", "xml"),
        ("sql", "sql"),
        ("python", "python"),
        ("html", "html"),
        ("shell", "shell"),
        ("json", "json"),
        ("csv", "csv"),
        ("markdown-table", "markdown"),
        ("yaml", "yaml"),
        ("log-lines", "log"),
        ("formula", "latex"),
    ] {
        for source in [SOURCE, "1+1=?"] {
            let reply =
                answer(&paper("complicate-input", format, source, 5), &Quality::PERFECT).text;
            let block = reply
                .split(&format!("```{tag}\n"))
                .nth(1)
                .and_then(|rest| rest.split("\n```").next());
            assert!(block.is_some_and(|block| block.len() > 15), "{reply}");
        }
    }
}

#[test]
fn answers_repeat_and_depend_on_the_seed() {
    let quality = Quality::default();
    for seed in 0..50 {
        let request = paper("reasoning", "json", SOURCE, seed);
        assert_eq!(answer(&request, &quality), answer(&request, &quality));
    }
    let of = |seed| answer(&paper("reasoning", "json", SOURCE, seed), &Quality::PERFECT).text;
    assert_ne!(of(1), of(2));
}

#[test]
fn the_judge_sees_copies() {
    for (first, second, expected) in [
        ("Name a river.", "Please name a river!", "Equal"),
        ("Name a river.", "Name a river in Peru.", "Not Equal"),
        ("1+1=?", "1+1=2?", "Not Equal"),
    ] {
        assert_eq!(judge(first, second, 1).text, expected);
    }
}

#[test]
fn each_flaw_has_its_text() {
    let of = |quality: Quality, request: &ParsedRequest| answer(request, &quality).text;
    let evolve = |quality| of(quality, &paper("deepening", "", SOURCE, 4));
    let respond = |quality| of(quality, &request(&json!([{"role": "user", "content": SOURCE}]), 4));
    let none = Quality::PERFECT;
    assert!(evolve(Quality { scaffold: 1.0, ..none }).contains(" Prompt#"));
    assert!(evolve(Quality { meta: 1.0, ..none }).contains(SOURCE));
    assert!(evolve(Quality { near_copy: 1.0, ..none }).len() < SOURCE.len() + 40);
    assert!(
        !evolve(Quality { wrapped: 1.0, ..none }).starts_with("<evolved>")
            || evolve(Quality { wrapped: 1.0, ..none }).ends_with("one.")
    );
    assert!(evolve(Quality { think: 1.0, ..none }).starts_with("<think>\n"));
    assert!(respond(Quality { refusal: 1.0, ..none }).to_lowercase().contains("sorry"));
    assert!(respond(Quality { stop_words: 1.0, ..none }).len() < 30);
    let strict = Quality { unparsable_verdict: 1.0, ..none };
    let user = "<first>a</first><second>b</second> Equal or Not Equal?";
    assert!(
        !of(strict, &request(&json!([{"role": "user", "content": user}]), 1)).contains("Equal")
    );
}

#[test]
fn flaws_come_at_their_rates() {
    let quality = Quality::default();
    let n_flawed = (0..4_000)
        .filter(|seed| {
            let request = paper("deepening", "", SOURCE, *seed);
            answer(&request, &quality) != answer(&request, &Quality::PERFECT)
        })
        .count();
    // 3 + 1 + 1 + 5 percent.
    assert!((320..480).contains(&n_flawed), "{n_flawed}");
}

#[test]
fn a_token_limit_cuts() {
    let mut request = request(&json!([{"role": "user", "content": SOURCE}]), 1);
    let whole = answer(&request, &Quality::PERFECT);
    assert_eq!(whole.finish, Finish::Stop);
    request.tokens_max = Some(20);
    let cut = answer(&request, &Quality::PERFECT);
    assert_eq!((cut.finish, cut.completion_tokens), (Finish::Length, 20));
    assert!(whole.text.starts_with(&cut.text));
}

/// The defaults are made for the mean of an evolution and a response: 0.24 s at 64 slots.
#[test]
fn the_default_service_time_is_a_quarter_of_a_second() {
    let capacity = Capacity::default();
    let demonstrations =
        "A rule that a good edit has to keep to, written out in full words. ".repeat(24);
    let mut seconds = 0.0;
    let n = 600;
    for seed in 0..n {
        let method = METHODS[(seed % 6) as usize];
        let mut request = paper(method, "json", SOURCE, seed);
        request.messages[0].content.push_str(&demonstrations);
        let child = answer(&request, &Quality::PERFECT);
        let text = evolved(&child.text).to_owned();
        let response = answer(
            &self::request(&json!([{"role": "user", "content": text}]), seed),
            &Quality::PERFECT,
        );
        for answer in [child, response] {
            seconds += (capacity.prefill(answer.prompt_tokens)
                + capacity.decode(answer.kind, answer.completion_tokens))
            .as_secs_f64();
        }
    }
    let mean = seconds / f64::from(2 * u32::try_from(n).unwrap());
    assert!((0.22..0.26).contains(&mean), "{mean}");
}

proptest! {
    #[test]
    fn any_conversation_gets_an_answer(
        texts in proptest::collection::vec("(?s).{0,60}|<source-a>|</source-a>|<first>|</first>|Method: x\n|Instruction:|New instruction:", 1..6),
        n_user in 0_usize..6,
    ) {
        let role = |idx| if idx < n_user { "user" } else { "assistant" };
        let messages: Vec<_> =
            texts.iter().enumerate().map(|(idx, text)| json!({"role": role(idx), "content": text})).collect();
        let request = request(&json!(messages), 1);
        let said = answer(&request, &Quality::default());
        prop_assert!(!said.text.is_empty());
    }
}
