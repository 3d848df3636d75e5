//! What models wrap around an instruction.

use proptest::prelude::*;
use speciate_evolve::{DataFormat, EnvelopeError, PromptStyle, read_evolved};

fn read(text: &str) -> Result<String, EnvelopeError> {
    read_evolved(text, PromptStyle::Paper, None).map(|cleaned| cleaned.text)
}

#[test]
fn wrappings_come_off() {
    let plain = "List five rivers that cross a border, and name the border.";
    for wrapped in [
        format!("<evolved>{plain}</evolved>"),
        format!("<evolved>\n{plain}\n</evolved>\n"),
        format!("Sure!\n<evolved>\n{plain}\n</evolved>\nLet me know if you need more."),
        format!("< Evolved >{plain}</ EVOLVED >"),
        format!("<evolved>{plain}</evolved>\n\n<evolved>{plain}</evolved>"),
        format!("<evolved>New instruction: {plain}</evolved>"),
        format!("<evolved>\n```\n{plain}\n```\n</evolved>"),
        format!("<evolved>\"{plain}\"</evolved>"),
        format!("```\n<evolved>{plain}</evolved>\n```"),
        plain.to_owned(),
        format!("#Rewritten Prompt#:\n{plain}"),
        format!("**New instruction:** {plain}"),
        format!("### Rewritten Prompt\n\n{plain}"),
        format!("Sure, here is the rewritten prompt:\n\n{plain}"),
        format!("Sure, here's a more challenging version of the instruction: \"{plain}\""),
        format!("Certainly! Here is the evolved instruction:\n\n> New instruction: {plain}")
            .replace("> ", ""),
        format!("Here is the rewritten prompt:\n\n```text\n{plain}\n```"),
        format!("{plain}\n\nLet me know if you would like any changes!"),
        format!("{plain}\n\nThis rewritten prompt adds a requirement about borders."),
        format!("Neue Anweisung: {plain}"),
        format!("改写后的提示：{plain}"),
        format!("\u{201c}{plain}\u{201d}"),
        format!("**{plain}**"),
    ] {
        assert_eq!(read(&wrapped).as_deref(), Ok(plain), "{wrapped}");
    }
}

#[test]
fn parts_of_an_instruction_stay() {
    for text in [
        "Fix this:\n\n```python\nprint(1\n```",
        "```json\n{\"a\": 1}\n```\n\nWhat is `a`?",
        "Here is a list of numbers:\n1, 2, 3\n\nWhat is their sum?",
        "Write a reply that ends with:\n\nLet me go.",
        "\"To be\" or \"not to be\"",
        "Answer in French: what is a prompt?",
        "Write a story.\n\nFeel free to use any language.",
        "Instructions: cook rice. How long does each step take?",
        "Compare <b>this</b> and <i>that</i>.",
    ] {
        assert_eq!(read(&format!("<evolved>\n{text}\n</evolved>")).as_deref(), Ok(text));
    }
}

#[test]
fn a_small_model_may_forget_the_last_tag() {
    let read =
        |text: &str| read_evolved(text, PromptStyle::Guided, None).map(|cleaned| cleaned.text);
    assert_eq!(read("<evolved>\nName five rivers.").as_deref(), Ok("Name five rivers."));
    for text in [
        "Name five rivers.</evolved>",
        "<evolved>Name five.\n\nRhine, Elbe.",
        "<evolved>a<evolved>b",
    ] {
        assert!(read(text).is_err(), "{text}");
    }
}

#[test]
fn what_cannot_be_told_apart_is_a_failure() {
    use EnvelopeError::{Empty, NestedTag, NoEnvelope, ReasoningLeft, SeveralAnswers, UnclosedTag};
    for (text, error) in [
        ("", Empty),
        ("<evolved></evolved>", Empty),
        ("<evolved> \"\" </evolved>", Empty),
        ("<evolved>New instruction:</evolved>", Empty),
        ("<evolved>List five", UnclosedTag),
        ("List five</evolved>", UnclosedTag),
        ("<evolved>a <evolved>b</evolved></evolved>", NestedTag),
        ("<evolved>a</evolved> or <evolved>b</evolved>", SeveralAnswers),
        ("I write between <evolved> and </evolved>: <evolved>a</evolved>", SeveralAnswers),
        ("<think>hm</think><evolved>a</evolved>", ReasoningLeft),
        ("still thinking</think>a", ReasoningLeft),
        ("First I thought of rivers.\n\nThen of borders.", NoEnvelope),
        ("The Rhine is a river.\n\n1. Rhine\n2. Danube", NoEnvelope),
    ] {
        assert_eq!(read(text), Err(error), "{text}");
    }
}

#[test]
fn data_may_come_without_tags() {
    let text = "What is the sum?\n\n```json\n[1, 2]\n```";
    assert_eq!(read(text), Err(EnvelopeError::NoEnvelope));
    let cleaned = read_evolved(text, PromptStyle::Paper, Some(DataFormat::Json)).unwrap();
    assert_eq!(cleaned.text, text);
}

#[test]
fn a_compact_answer_is_its_first_line() {
    for (text, expected, steps) in [
        (" Name five rivers.", "Name five rivers.", vec![]),
        ("Name five rivers.\n\nInstruction: Name a lake.", "Name five rivers.", vec!["first-line"]),
        (
            "New instruction: \"Name five rivers.\"",
            "Name five rivers.",
            vec!["label", "outer-quotes"],
        ),
    ] {
        let cleaned = read_evolved(text, PromptStyle::Compact, None).unwrap();
        assert_eq!((cleaned.text.as_str(), cleaned.steps), (expected, steps));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn reading_the_result_again_changes_nothing(
        text in "(\\PC{0,6}|New instruction: |Sure, here is the new prompt:\n|```\n|```text\n|\"|\\*\\*|“|”|#Rewritten Prompt#: |\n\n|\nLet me know if|<evolved>|</evolved>|Sure!\n|\r|\n| ){0,12}"
    ) {
        for style in [PromptStyle::Paper, PromptStyle::Guided, PromptStyle::Compact] {
            let Ok(first) = read_evolved(&text, style, None) else { continue };
            let again = read_evolved(&format!("<evolved>{}</evolved>", first.text), style, None).unwrap();
            prop_assert_eq!(&again.text, &first.text);
            prop_assert!(again.steps.is_empty(), "{:?}", again.steps);
        }
    }
}
