//! The prompts as models see them.

use std::fmt::Write;

use proptest::prelude::*;
use speciate_evolve::{
    Candidate, DataFormat, EvolveInput, EvolvePrompt, OperatorSet, Pack, Procedure, PromptStyle,
    RuleSet, STRICT_RULES, critic_prompt, judge_prompt, no_gain_heuristic, read_evolved,
    respond_messages,
};
use speciate_types::{ChatMessage, InstructionId, Kind, MessageRole};

const STYLES: [PromptStyle; 3] = [PromptStyle::Paper, PromptStyle::Guided, PromptStyle::Compact];
const SOURCE: &str = "Name three rivers of Europe.\n\n| river | km |\n|---|---|\n| Rhine | 1233 |";

fn show(messages: &[ChatMessage]) -> String {
    let shown =
        messages.iter().map(|message| format!("[{:?}]\n{}\n\n", message.role, message.content));
    shown.collect::<Vec<_>>().concat()
}

fn input(source: &str) -> EvolveInput<'_> {
    EvolveInput { source, child: InstructionId::of_seed(source).child(1, 0, 0), run_seed: 42 }
}

fn request_with(
    set: &OperatorSet,
    name: &str,
    format: Option<DataFormat>,
    source: &str,
) -> EvolvePrompt {
    let set = format.map_or_else(|| set.clone(), |format| set.clone().with_formats(&[format]));
    set.get(name).unwrap().request(&input(source))
}

#[test]
fn every_prompt_is_as_reviewed() {
    for style in STYLES {
        let set = OperatorSet::builtin(style);
        for (operator, _) in set.iter() {
            let formats = operator.formats();
            let formats = if formats.is_empty() {
                vec![None]
            } else {
                formats.into_iter().map(Some).collect()
            };
            for format in formats {
                let prompt = request_with(&set, operator.name(), format, SOURCE);
                let name =
                    [Some(style.as_str()), Some(operator.name()), format.map(DataFormat::as_str)];
                let name = name.into_iter().flatten().collect::<Vec<_>>().join("-");
                let head = format!("shared {}, stop {:?}\n\n", prompt.shared_messages, prompt.stop);
                insta::assert_snapshot!(name, head + &show(&prompt.messages));
            }
        }
    }
    for operators in [Pack::Wizardlm, Pack::Code, Pack::Maths] {
        let set = OperatorSet::of_pack(operators, PromptStyle::Paper, Procedure::Standard);
        let set = set.with_formats(&[DataFormat::Json]);
        for (operator, _) in set.iter() {
            let prompt = operator.request(&input(SOURCE));
            let name = format!("standard-{operators:?}-{}", operator.name()).to_lowercase();
            insta::assert_snapshot!(name, show(&prompt.messages));
        }
    }
    let id = InstructionId::of_seed("x");
    let critic = critic_prompt(SOURCE, "Name four.", Kind::InDepth, 42, id);
    insta::assert_snapshot!("critic", show(&critic.messages));
    let judge = judge_prompt(SOURCE, "Name four.", 42, InstructionId::of_seed("x"));
    insta::assert_snapshot!("judge", show(&judge.messages));
}

#[test]
fn prompts_keep_the_contract_with_the_mock_model() {
    for style in STYLES {
        for (operator, _) in OperatorSet::builtin(style).iter() {
            let prompt = operator.request(&input(SOURCE));
            let all = show(&prompt.messages);
            let lines = |start: &str| {
                all.lines()
                    .filter(|line| line.starts_with(start))
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            };
            assert_eq!(lines("Method: "), [format!("Method: {}", operator.name())]);
            let formats: Vec<String> =
                prompt.format.iter().map(|format| format!("Format: {format}")).collect();
            assert_eq!(lines("Format: "), formats);
            let user =
                prompt.messages.iter().rfind(|message| message.role == MessageRole::User).unwrap();
            assert_eq!(user.content.matches(SOURCE).count(), 1);
            if style == PromptStyle::Compact {
                assert!(prompt.messages.last().unwrap().content.starts_with("New instruction:"));
                assert_eq!(prompt.stop, ["\n"]);
            } else {
                assert!(
                    user.content.starts_with("<source-") && user.content.contains("</source-"),
                    "{}",
                    user.content
                );
                assert!(user.content.ends_with("between <evolved> and </evolved>."));
            }
        }
    }
}

#[test]
fn shared_messages_are_the_same_for_every_source() {
    for style in STYLES {
        let set = OperatorSet::builtin(style).with_formats(&[DataFormat::Json]);
        for (operator, _) in set.iter() {
            let request = |source| operator.request(&EvolveInput { source, ..input("a") });
            let (a, b) = (request("a"), request("b"));
            let n_shared = a.shared_messages;
            assert!(n_shared >= 1 && n_shared == b.shared_messages);
            assert_eq!(a.messages[..n_shared], b.messages[..n_shared]);
            assert_ne!(a.messages[n_shared], b.messages[n_shared]);
            assert_eq!(a, operator.request(&input("a")));
        }
    }
}

#[test]
fn no_prompt_copies_the_papers_wording() {
    for style in STYLES {
        for (operator, _) in OperatorSet::builtin(style).iter() {
            let all = show(&operator.request(&input("x")).messages).to_lowercase();
            for phrase in [
                "given prompt",
                "rewritten prompt",
                "created prompt",
                "prompt rewriter",
                "verbose",
                "famous ai",
            ] {
                assert!(!all.contains(phrase), "{} says {phrase}", operator.name());
            }
        }
    }
}

#[test]
fn the_response_is_asked_for_with_the_instruction_alone() {
    assert_eq!(
        respond_messages("Hi {{ x }}", None),
        [ChatMessage::new(MessageRole::User, "Hi {{ x }}")]
    );
    let with_system = respond_messages("Hi", Some("Be brief."));
    assert_eq!(with_system[0], ChatMessage::new(MessageRole::System, "Be brief."));
}

/// What each demonstration turns a plain instruction into, read out of the prompt itself.
#[test]
fn demonstrations_would_be_kept() {
    let rules: Vec<&str> =
        STRICT_RULES.iter().copied().filter(|rule| *rule != "copied-prompt").collect();
    let rules = RuleSet::from_names(&rules).unwrap();
    for format in DataFormat::ALL {
        let prompt = request_with(
            &OperatorSet::builtin(PromptStyle::Paper),
            "complicate-input",
            Some(format),
            "x",
        );
        let system = &prompt.messages[0].content;
        let samples: Vec<&str> = system.split("\n####\n").skip(1).take(3).collect();
        assert_eq!(samples.len(), 3);
        let (given, rewritten) = samples[2].split_once("\n\nWith data:\n").unwrap();
        let given = given.split_once('\n').unwrap().1;
        let child = read_evolved(rewritten, PromptStyle::Paper, Some(format)).unwrap().text;
        assert!(format.is_in(&child), "{format}: {child}");
        let candidate = Candidate {
            parent: given.into(),
            child: child.as_str().into(),
            kind: Kind::InDepth,
            operator: "complicate-input",
            format: Some(format),
            response: None,
            is_led: false,
            parent_response: None,
            scaffold: &[],
        };
        assert_eq!(rules.static_check(&candidate), None, "{format}");
    }
}

/// Sources in the languages that have beginnings of their own, and in one that has none.
const SPOKEN: [&str; 4] = [
    "Name three rivers of Europe and say where they end.",
    "Nenne drei Flüsse in Europa und sage, wo sie enden.",
    "Nombra tres ríos de Europa y di dónde terminan.",
    "Expliquez la différence entre un fleuve et une rivière avec trois exemples.",
];

/// Every prompt that draws can give for `source`, each once.
fn every_draw(set: &OperatorSet, name: &str, source: &str) -> Vec<EvolvePrompt> {
    let mut prompts: Vec<EvolvePrompt> = Vec::new();
    for branch in 0..100 {
        let child = InstructionId::of_seed(source).child(1, branch, 0);
        let prompt = set.get(name).unwrap().request(&EvolveInput { source, child, run_seed: 42 });
        if !prompts.contains(&prompt) {
            prompts.push(prompt);
        }
    }
    prompts.sort_by_key(|prompt| show(&prompt.messages));
    prompts
}

#[test]
fn answers_of_the_compact_style_are_begun_in_the_language_of_the_source() {
    let set = OperatorSet::builtin(PromptStyle::Compact);
    let mut begun = String::new();
    for (operator, _) in set.iter() {
        writeln!(begun, "{}", operator.name()).unwrap();
        for source in SPOKEN {
            let prompts = every_draw(&set, operator.name(), source);
            let mut lines: Vec<_> =
                prompts.iter().map(|prompt| &prompt.messages.last().unwrap().content).collect();
            lines.sort();
            for line in lines {
                writeln!(begun, "  {line}").unwrap();
            }
        }
    }
    insta::assert_snapshot!("compact-begun", begun);
}

#[test]
fn examples_of_the_compact_style_would_be_kept() {
    let rules: Vec<&str> =
        STRICT_RULES.iter().copied().filter(|rule| *rule != "copied-prompt").collect();
    let rules = RuleSet::from_names(&rules).unwrap();
    let set = OperatorSet::builtin(PromptStyle::Compact);
    for (operator, _) in set.iter() {
        let prompts = SPOKEN.iter().flat_map(|source| every_draw(&set, operator.name(), source));
        for prompt in prompts {
            let turns = &prompt.messages[1..prompt.shared_messages];
            assert!(turns.len() >= 4 && turns.len() % 2 == 0);
            for turn in turns.chunks(2) {
                let parent = turn[0].content.strip_prefix("Instruction: ").unwrap();
                let answer = turn[1].content.strip_prefix("New instruction:").unwrap();
                let child = read_evolved(answer, PromptStyle::Compact, prompt.format).unwrap();
                assert_eq!(child.steps, Vec::<&str>::new());
                let candidate = Candidate {
                    parent: parent.into(),
                    child: child.text.as_str().into(),
                    kind: operator.kind(),
                    operator: operator.name(),
                    format: prompt.format,
                    response: None,
                    is_led: false,
                    parent_response: None,
                    scaffold: &[],
                };
                assert_eq!(rules.static_check(&candidate), None, "{}", child.text);
                assert_eq!(no_gain_heuristic(&candidate), None, "{}", child.text);
            }
        }
    }
}

#[test]
fn a_repeated_example_of_the_compact_style_is_seen() {
    let copied = RuleSet::from_names(&["copied-prompt"]).unwrap();
    let set = OperatorSet::builtin(PromptStyle::Compact);
    for (name, child) in [
        ("breadth", "Write a short note to a beekeeper who is looking for an apprentice."),
        (
            "complicate-input",
            r#"Name a river. Use each of these words: ["sugar", "cold", "green", "sunlight"]"#,
        ),
        ("deepening", "Name a river. What would change if the autumn were warm and dry?"),
        (
            "reasoning",
            "Name a river. Explain every step of the answer and say which step depends on the weather.",
        ),
    ] {
        let operator = set.get(name).unwrap();
        let candidate = Candidate {
            parent: "Name a river.".into(),
            child: child.into(),
            kind: operator.kind(),
            operator: name,
            format: None,
            response: None,
            is_led: false,
            parent_response: None,
            scaffold: operator.scaffold(),
        };
        assert!(copied.static_check(&candidate).is_some(), "{child}");
    }
}

/// What the examples become passes the rules, by which it would be judged if a model had written it.
#[test]
fn worked_examples_would_be_kept() {
    let names: Vec<&str> =
        STRICT_RULES.iter().copied().filter(|rule| *rule != "copied-prompt").collect();
    let rules = RuleSet::from_names(&names).unwrap();
    let inner = |text: &str, open: &str| {
        let begin = text.find(open).unwrap() + open.len();
        text[begin..text.rfind("</").unwrap()].trim().to_owned()
    };
    for pack in [Pack::Wizardlm, Pack::Code, Pack::Maths] {
        for (operator, _) in
            OperatorSet::of_pack(pack, PromptStyle::Guided, Procedure::Standard).iter()
        {
            let prompt = operator.request(&input(SOURCE));
            let turns = &prompt.messages[1..prompt.shared_messages];
            for turn in turns.chunks_exact(2) {
                let source = turn[0].content.split("</source-kmwpta>").next().unwrap();
                let parent = source.trim_start_matches("<source-kmwpta>").trim();
                let child = inner(&turn[1].content, "<evolved>");
                let candidate = Candidate {
                    parent: parent.into(),
                    child: child.as_str().into(),
                    kind: operator.kind(),
                    operator: operator.name(),
                    format: None,
                    response: None,
                    is_led: false,
                    parent_response: None,
                    scaffold: &[],
                };
                assert_eq!(rules.static_check(&candidate), None, "{}", operator.name());
            }
        }
    }
}

/// A run of words of an example is a copy, wherever it stands.
#[test]
fn words_of_the_examples_do_not_come_back() {
    let set = OperatorSet::builtin(PromptStyle::Guided);
    let operator = set.get("breadth").unwrap();
    let rules = RuleSet::from_names(&["copied-prompt"]).unwrap();
    let found = |child: &str| {
        let candidate = Candidate {
            parent: "How many codes can be made from the digits 1 to 6?".into(),
            child: child.into(),
            kind: Kind::InBreadth,
            operator: "breadth",
            format: None,
            response: None,
            is_led: false,
            parent_response: None,
            scaffold: operator.scaffold(),
        };
        rules.static_check(&candidate).is_some()
    };
    assert!(found("Write a poem, to be read aloud at the yearly meeting of a choir."));
    assert!(found("Do not answer it and do not solve it. Count the codes of eight digits."));
    assert!(!found("How many necklaces can be made from six beads of two colours?"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_source_stands_in_the_prompt_unchanged(
        source in "(\\PC|\\{\\{ source \\}\\}|\\{% raw %\\}|\\{#|</source-[a-z]{6}>|</evolved>|\n){0,40}"
    ) {
        for style in STYLES {
            let set = OperatorSet::builtin(style);
            let prompt = set.draw(1, input(&source).child).request(&input(&source));
            let user = &prompt.messages[prompt.shared_messages].content;
            match style {
                PromptStyle::Paper => {
                    let token = &user["<source-".len().."<source-".len() + 6];
                    prop_assert!(!source.contains(token));
                    let expected = format!(
                        "<source-{token}>\n{source}\n</source-{token}>\n\nReply between <evolved> and </evolved>."
                    );
                    prop_assert_eq!(user, &expected);
                }
                PromptStyle::Guided => {
                    let token = &user["<source-".len().."<source-".len() + 6];
                    prop_assert!(!source.contains(token));
                    let expected = format!("<source-{token}>\n{source}\n</source-{token}>\n\nNow ");
                    prop_assert!(user.starts_with(&expected), "{}", user);
                }
                PromptStyle::Compact => prop_assert_eq!(user, &format!("Instruction: {source}")),
            }
        }
        let judge = judge_prompt(&source, "b", 1, InstructionId::of_seed("x"));
        let held = format!(">\n{source}\n</first-");
        prop_assert!(judge.messages[1].content.contains(&held));
    }
}
