//! Kinds of texts on which rules went wrong among real ones, in words of our own.

use speciate_evolve::{Candidate, RuleSet};
use speciate_types::Kind;

use crate::data::{answered, candidate};

fn child(rule: &str, rows: &[(&str, &str, bool)]) {
    let rules = RuleSet::from_names(&[rule]).unwrap();
    for (parent, child, drops) in rows {
        let found = rules.static_check(&candidate(parent, child));
        assert_eq!(found.is_some(), *drops, "{rule} on {child:?} from {parent:?}: {found:?}");
    }
}

fn response(rule: &str, rows: &[(&str, &str, bool)]) {
    let rules = RuleSet::from_names(&[rule]).unwrap();
    for (child, response, drops) in rows {
        let found = rules.response_check(&answered("Name a bird.", child, response));
        assert_eq!(found.is_some(), *drops, "{rule} on {response:?} to {child:?}: {found:?}");
    }
}

const ADDS: &str = "Add up the numbers of a list in Python.\n[4, 8, 15, 16, 23, 42]";

#[test]
fn an_example_may_go_and_what_the_child_speaks_of_may_not() {
    child(
        "lost-input",
        &[
            (ADDS, "Write a Python function that adds up the even numbers of any list.", false),
            (ADDS, "Add up these numbers in Python without a loop.", true),
            (ADDS, "Add up the numbers of [1, 2, 3] in Python, as this code does.", false),
            (
                "Put these words into a sentence.\ncup, lake",
                "Put these words into a question.",
                true,
            ),
            (
                "Put these words into a sentence.\ncup, lake",
                "Put these words into a question.\nlake, cup",
                false,
            ),
            ("Shorten the text.\nIt rained on and on.", "Shorten the text to four words.", true),
            (
                "Shorten the text.\nIt rained on and on.",
                "Shorten a text of your choice by half.",
                false,
            ),
            (
                "Fix this function.\ndef f(x):\n  return y",
                "Fix this function and test it.\ndef f(x):\n  return y + 1",
                false,
            ),
            (
                "Sort a list.\n3, 2, 1",
                "Sort a list under the following constraints:\n- no recursion\n- stable",
                false,
            ),
            (
                "Übersetze diesen Satz.\nIch gehe.",
                "Übersetze diesen Satz zweimal, erst frei.",
                true,
            ),
        ],
    );
}

#[test]
fn a_text_that_ends_in_the_middle_is_seen_without_the_servers_word() {
    child(
        "cut-off",
        &[(
            "Make a table of 3 rows.",
            "Make a table of 4 rows in which each cell has a number from 1 to",
            true,
        )],
    );
    child(
        "cut-off",
        &[
            ("Name a lake.", "Name a lake in Norway that is deeper than", true),
            ("Name a lake.", "Name a lake in Norway and say where its water comes from", false),
            ("Name a lake.", "Complete the sentence.\nThe lake lies between", false),
            ("Complete: I went to the", "Complete it in three ways: I went to the", false),
        ],
    );
    response(
        "cut-off",
        &[
            ("Write a loop.", "```python\nfor i in range(3):\n    pri", true),
            ("Write a loop.", "```python\nfor i in range(3):\n    print(i)\n```", false),
            (
                "Write a loop.",
                "for i in range(3):\n    print(i)\n```\nThis prints three lines.",
                false,
            ),
            ("Write a loop.", "It prints:\n```\n0\n```\nand then\n```\n1", true),
        ],
    );
}

#[test]
fn a_response_that_asks_for_the_input_is_none() {
    response(
        "asks-back",
        &[
            (
                "Shorten the text to a third.",
                "Please provide the text that I should shorten.",
                true,
            ),
            ("Sort the list.", "I don't see any list in your message.", true),
            ("Fasse den Text zusammen.", "Bitte geben Sie mir den Text.", true),
            ("请总结这段文字。", "请提供需要总结的文字。", true),
            ("Write a polite question.", "Could you please give me the salt?", false),
            ("Draft a reply to a customer.", "Please send us the number of your order.", false),
            ("How do I cite a book?", "You need to include the author's name and the year.", false),
            ("Ask me for my address.", "Please tell me your address.", false),
        ],
    );
}

#[test]
fn programs_and_tables_say_and_repeat_what_they_like() {
    response(
        "apology",
        &[
            ("Write a script for a shop.", "```sh\necho \"Sorry, we are closed\"\n```", false),
            ("Write a script for a shop.", "Use `echo sorry` there.", false),
            ("Write a script for a shop.", "Sorry, that is beyond me.", true),
        ],
    );
    let rows = "| T | F |\n".repeat(12);
    let carol = "Fa la la la la, la la la la. ".repeat(6);
    let looping = "and the river and the river ".repeat(8);
    response(
        "repetition",
        &[
            ("Make a truth table.", &format!("| X | Y |\n|---|---|\n{rows}"), false),
            ("Sing a carol.", &carol, false),
            ("Name rivers.", &looping, true),
        ],
    );
}

#[test]
fn an_answer_in_the_place_of_a_request_is_told_from_a_question() {
    child(
        "not-a-request",
        &[
            (
                "List the members without a boat.",
                "SELECT name FROM member WHERE boat IS NULL;",
                true,
            ),
            (
                "List the members without a boat.",
                "Select two members from the list and compare them.",
                false,
            ),
            ("Reverse a text.", "```python\ndef reverse(text):\n    return text[::-1]\n```", true),
            (
                "Reverse a text.",
                "```python\ndef reverse(text):\n    pass\n```\nComplete this function.",
                false,
            ),
            (
                "Compare two pets.",
                "As a language model, can you compare how two pets learn?",
                false,
            ),
            ("Compare two pets.", "As a language model I have no pets of my own.", true),
            ("Talk about helping.", "How can I help a neighbour without hurting his pride?", false),
            ("Talk about helping.", "How can I help you today?", true),
            ("Sort animals.", "Are the following fish or mammals: whale, trout, otter", false),
            (
                "Rate a film.",
                "On a scale of 1 to 5, rate the ending of a film that you know.",
                false,
            ),
        ],
    );
    let rules = RuleSet::from_names(&["not-a-request"]).unwrap();
    let led = |child| {
        let of = candidate("Describe a table for the members of a rowing club, please.", child);
        rules.static_check(&Candidate { is_led: true, kind: Kind::InDepth, ..of }).is_some()
    };
    assert!(led("The table has three columns, which are name, boat and year."));
    assert!(!led("Describe a table with three columns, which are name, boat and year."));
}

#[test]
fn orders_about_the_question_and_quoted_languages() {
    child(
        "meta-instruction",
        &[
            ("Sort names.", "Increase the difficulty of the given programming question.", true),
            ("Sort names.", "Increase the difficulty of a chess puzzle step by step.", false),
        ],
    );
    child(
        "language-switch",
        &[(
            "Tell visitors how to see the harbour and its museums in a day.",
            "Translate this into English, in at most forty words:\nDer Hafen wurde vor langer Zeit \
             gebaut und ist heute ein Ort, an dem man gern spazieren geht und Schiffe sieht.",
            false,
        )],
    );
    child(
        "near-parent",
        &[(
            "What does this print?\nprint(call(\"Ann\"))",
            "What does this print?\nprint(call(Ann))",
            false,
        )],
    );
}
