//! Answers that are begun for the model and put together again.

use speciate_evolve::{EvolveInput, OperatorFile, OperatorSet, PromptStyle};
use speciate_types::InstructionId;

const ASIDE: &str = r#"
kind = "in-depth"
summary = "asks for more"
system = """
You make instructions harder.
Method: aside"""

[[example]]
instruction = "Name a lake."
new_instruction = "Name a lake and a pond."

[[begin]]
text = "Answer in"
language = "eng"
examples = [["Name a lake.", "two words."], ["Why does it rain?", "ten lines."]]

[[begin]]
text = 'Use this list: ["'
end = '"]'
language = "eng"
examples = [["Name a lake.", 'deep", "cold"]'], ["Why does it rain?", 'cloud", "wind"]']]

[[begin]]
text = "Antworte in"
language = "deu"
examples = [["Nenne einen See.", "zwei Worten."], ["Warum regnet es?", "zehn Zeilen."]]
"#;

const SISTER: &str = r#"
kind = "in-breadth"
summary = "asks for something else"
system = """
You write a new instruction.
Method: sister"""

[[begin]]
repeat_words = 2
examples = [["Name a lake.", "glacier."], ["Why does it rain?", "the wind blow?"]]
"#;

fn set() -> OperatorSet {
    let file =
        |name: &str, text: &str| OperatorFile { name: name.to_owned(), text: text.to_owned() };
    OperatorSet::builtin(PromptStyle::Compact)
        .with_files(vec![file("aside.toml", ASIDE), file("sister.toml", SISTER)])
        .unwrap()
}

/// What each draw begins the answer with, and what comes of it when the model says `rest`.
fn begun(operator: &str, source: &str, rest: &str) -> Vec<(String, String)> {
    let set = set();
    let operator = set.get(operator).unwrap();
    let mut found = Vec::new();
    for branch in 0..40 {
        let child = InstructionId::of_seed(source).child(1, branch, 0);
        let input = EvolveInput { source, child, run_seed: 3 };
        let prompt = operator.request(&input);
        let whole = operator.read(&input, rest).unwrap().text;
        found.push((prompt.messages.last().unwrap().content.clone(), whole));
    }
    found.sort();
    found.dedup();
    found
}

fn pair(begun: &str, whole: &str) -> (String, String) {
    (begun.to_owned(), whole.to_owned())
}

#[test]
fn the_rest_is_put_behind_the_source_and_the_phrase() {
    assert_eq!(
        begun("aside", "Name three rivers in Europe", " three words."),
        [
            pair(
                "New instruction: Name three rivers in Europe. Answer in",
                "Name three rivers in Europe. Answer in three words."
            ),
            pair(
                "New instruction: Name three rivers in Europe. Use this list: [\"",
                "Name three rivers in Europe. Use this list: [\"three words."
            ),
        ]
    );
}

#[test]
fn what_comes_behind_the_end_is_cut() {
    let whole = &begun("aside", "Name a lake.", r#"deep", "cold"][1]] and so on"#)[1].1;
    assert_eq!(whole, r#"Name a lake. Use this list: ["deep", "cold"]"#);
}

#[test]
fn the_input_of_the_source_comes_back_behind_the_first_line() {
    let source = "Correct this function:\n\nfn f() {\n    1 +\n}";
    let whole = &begun("aside", source, "one line.")[0];
    assert_eq!(
        whole,
        &pair(
            "New instruction: Correct this function. Answer in",
            "Correct this function. Answer in one line.\n\nfn f() {\n    1 +\n}"
        )
    );
}

#[test]
fn a_server_that_writes_the_whole_is_not_doubled() {
    for text in ["New instruction: Name a deep river.", "Name three rivers. Answer in verse."] {
        let whole = &begun("aside", "Name three rivers.", text)[0].1;
        assert_eq!(whole, text.strip_prefix("New instruction: ").unwrap_or(text));
    }
}

#[test]
fn an_in_breadth_answer_repeats_words_and_leaves_the_input() {
    assert_eq!(
        begun("sister", "Sort these rivers by length:\n\nRhine\nElbe", " lakes by depth."),
        [pair("New instruction: Sort these", "Sort these lakes by depth.")]
    );
}

#[test]
fn the_language_of_the_source_decides() {
    let of = |source| {
        let begun = begun("aside", source, "x y.");
        begun.into_iter().map(|(begun, _)| begun).collect::<Vec<_>>()
    };
    assert_eq!(
        of("Nenne drei Flüsse in Europa und sage, wo sie enden."),
        ["New instruction: Nenne drei Flüsse in Europa und sage, wo sie enden. Antworte in"]
    );
    // No beginning is for French, so the plain examples have to do.
    assert_eq!(
        of("Expliquez la différence entre un fleuve et une rivière avec trois exemples."),
        ["New instruction:"]
    );
    assert_eq!(of("1+1=?").len(), 2);
}

#[test]
fn a_phrase_that_the_source_holds_is_not_drawn_again() {
    let begun = begun("aside", "Name a river. Answer in two words.", "x y.");
    let starts: Vec<&str> = begun.iter().map(|(begun, _)| begun.as_str()).collect();
    assert_eq!(starts, ["New instruction: Name a river. Answer in two words. Use this list: [\""]);
}
