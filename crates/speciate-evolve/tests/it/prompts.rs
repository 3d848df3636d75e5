//! The prompts as models see them.

use proptest::prelude::*;
use speciate_evolve::{
    Candidate, DataFormat, EvolveInput, EvolvePrompt, OperatorSet, PromptStyle, RuleSet,
    STRICT_RULES, judge_prompt, read_evolved, respond_messages,
};
use speciate_types::{ChatMessage, InstructionId, Kind, MessageRole};

const STYLES: [PromptStyle; 2] = [PromptStyle::Paper, PromptStyle::Compact];
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
            if style == PromptStyle::Paper {
                assert!(
                    user.content.starts_with("<source-") && user.content.contains("</source-"),
                    "{}",
                    user.content
                );
                assert!(user.content.ends_with("Reply between <evolved> and </evolved>."));
            } else {
                assert_eq!(prompt.messages.last().unwrap().content, "New instruction:");
                assert_eq!(prompt.stop, ["\n"]);
            }
        }
    }
}

#[test]
fn shared_messages_are_the_same_for_every_source() {
    for style in STYLES {
        let set = OperatorSet::builtin(style).with_formats(&[DataFormat::Json]);
        for (operator, _) in set.iter() {
            let (a, b) = (operator.request(&input("a")), operator.request(&input("b")));
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
            parent: given,
            child: &child,
            kind: Kind::InDepth,
            operator: "complicate-input",
            format: Some(format),
            response: None,
            scaffold: &[],
        };
        assert_eq!(rules.static_check(&candidate), None, "{format}");
    }
}

#[test]
fn examples_of_the_compact_style_would_be_kept() {
    let rules: Vec<&str> =
        STRICT_RULES.iter().copied().filter(|rule| *rule != "copied-prompt").collect();
    let rules = RuleSet::from_names(&rules).unwrap();
    let set = OperatorSet::builtin(PromptStyle::Compact);
    for (operator, _) in set.iter() {
        for format in operator
            .formats()
            .into_iter()
            .map(Some)
            .chain(operator.formats().is_empty().then_some(None))
        {
            let prompt = request_with(&set, operator.name(), format, "x");
            let turns = &prompt.messages[1..prompt.shared_messages];
            assert_eq!(turns.len(), 4);
            for turn in turns.chunks(2) {
                let parent = turn[0].content.strip_prefix("Instruction: ").unwrap();
                let answer = turn[1].content.strip_prefix("New instruction:").unwrap();
                let child = read_evolved(answer, PromptStyle::Compact, format).unwrap();
                assert_eq!(child.steps, Vec::<&str>::new());
                let candidate = Candidate {
                    parent,
                    child: &child.text,
                    kind: operator.kind(),
                    operator: operator.name(),
                    format,
                    response: None,
                    scaffold: &[],
                };
                assert_eq!(rules.static_check(&candidate), None, "{}", child.text);
                // The model repeated an example instead of evolving the source.
                let copy = Candidate {
                    parent: "Name a river.",
                    scaffold: operator.scaffold(),
                    ..candidate
                };
                let dropped = RuleSet::from_names(&["copied-prompt"]).unwrap().static_check(&copy);
                assert!(dropped.is_some(), "{}", child.text);
            }
        }
    }
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
                PromptStyle::Compact => prop_assert_eq!(user, &format!("Instruction: {source}")),
            }
        }
        let judge = judge_prompt(&source, "b", 1, InstructionId::of_seed("x"));
        let held = format!(">\n{source}\n</first-");
        prop_assert!(judge.messages[1].content.contains(&held));
    }
}
