//! The one reader of what models and their templates leave around an answer: reasoning in any mark
//! and the marks of turns. Every role's answers come through here, on every wire format.
//!
//! What is sure is taken off, and reasoning is kept apart. What is not sure is named, so that the
//! call fails instead of becoming data. A mark in code, in quotation marks, or one that the request
//! itself contains is part of the text.

mod marks;
mod quoted;
mod reasoning;
mod turns;

use quoted::Subject;

/// A text divided into reasoning and answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Split {
    /// The answer, and the reasoning before it if there was any.
    Answer {
        /// What counts.
        text: String,
        /// What was thought first.
        reasoning: Option<String>,
    },
    /// The reasoning that this mark opened never ended, so there is no answer.
    Unclosed(String),
    /// This mark stands where nobody can tell what belongs to the answer.
    Unclear(String),
}

/// Divides `text`, the answer to a request whose messages together are `asked`.
pub fn split_plumbing(text: &str, asked: &str) -> Split {
    let subject = Subject::new(asked);
    let head = turns::without_header(text, &subject);
    match reasoning::split(head, &subject) {
        Split::Answer { text, reasoning } => match turns::first_turn(&text, &subject) {
            Ok(turn) => Split::Answer { text: turn.to_owned(), reasoning },
            Err(mark) => Split::Unclear(mark),
        },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Split, split_plumbing};

    fn check(input: &str, text: &str, reasoning: Option<&str>) {
        let expected =
            Split::Answer { text: text.to_owned(), reasoning: reasoning.map(str::to_owned) };
        assert_eq!(split_plumbing(input, "What is the capital?"), expected, "{input:?}");
    }

    #[test]
    fn reasoning_in_every_mark_is_taken_off() {
        for input in [
            "<think>Hm.</think>\n\nParis.",
            "<thinking>Hm.</thinking>Paris.",
            "<thought>Hm.</thought>Paris.",
            "<reasoning>Hm.</reasoning>\nParis.",
            "<reflection>Hm.</reflection>Paris.",
            "<seed:think>Hm.</seed:think>Paris.",
            "[THINK]Hm.[/THINK]Paris.",
            "◁think▷Hm.◁/think▷Paris.",
            "<|begin_of_thought|>Hm.<|end_of_thought|><|begin_of_solution|>Paris.<|end_of_solution|>",
            "<|START_THINKING|>Hm.<|END_THINKING|><|START_RESPONSE|>Paris.<|END_RESPONSE|>",
            "<|channel>thought\nHm.<channel|>Paris.<turn|>",
            "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>Paris.<|return|>",
            "<|start|>assistant<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>Paris.",
            "analysisHm.assistantfinalParis.",
            "Here is my thought process: Hm. Here is my response: Paris.",
            // The opening mark was part of the prompt.
            "Hm.</think>Paris.",
            "Hm.</thinking>\nParis.",
            "Hm.◁/think▷Paris.",
            "Hm.[/THINK]Paris.",
            "Hm.<|END_THINKING|><|START_RESPONSE|>Paris.",
        ] {
            check(input, "Paris.", Some("Hm."));
        }
        check("<think></think>Paris.", "Paris.", None);
        check("</think>Paris.", "Paris.", None);
        check("<think>a<think>b</think>c</think>d", "d", Some("a<think>b</think>c"));
    }

    #[test]
    fn marks_of_turns_end_an_answer() {
        for input in [
            "Paris.<|im_end|>",
            "Paris.<|im_end|>\n",
            "Paris.<|eot_id|>",
            "Paris.</s>",
            "Paris.<end_of_turn>",
            "Paris.<|endoftext|>",
            "Paris.<|END_OF_TURN_TOKEN|>",
            "Paris.<｜end▁of▁sentence｜>",
            "Paris.<|im_end|>\n<|im_start|>user\nThank you!<|im_end|>\n<|im_start|>assistant\nSure.",
            "Paris.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nAnd now?",
            "Paris.</s>[INST] And now? [/INST] Rome.",
            "Paris.\n<|im_start|>user\nAnd now?",
            "Paris.<end_of_turn>\n<start_of_turn>user\nAnd now?",
            "Paris.<|end|><|user|>And now?",
            "<|im_start|>assistant\nParis.<|im_end|>",
            "<|start_header_id|>assistant<|end_header_id|>\n\nParis.<|eot_id|>",
        ] {
            check(input, "Paris.", None);
        }
    }

    #[test]
    fn marks_that_are_the_subject_are_text() {
        for text in [
            "Paris.",
            "Use `<think>x</think>` tags.",
            "```\n</think>\n```",
            "The token \"<|im_end|>\" ends a turn.",
            "Write `<|im_start|>user` first, then the text.",
            "```text\n<|im_start|>user\nHi<|im_end|>\n```\nThat is all.",
            "<p>Old: <s>10 $</s></p>",
            "<note><reasoning>x</reasoning></note>",
        ] {
            check(text, text, None);
        }
        let asked = "Explain what <|im_end|> and </think> do.";
        let text = "<|im_end|> ends a turn, </think> ends reasoning.";
        let kept = Split::Answer { text: text.to_owned(), reasoning: None };
        assert_eq!(split_plumbing(text, asked), kept);
    }

    /// The page for users lists every mark.
    #[test]
    fn the_page_has_every_mark() {
        let page = include_str!("../../../docs/servers.md").replace("\\|", "|");
        let (pairs, ends) = (super::marks::REASONING, super::marks::TURN_ENDS);
        let marks = pairs.into_iter().flat_map(|(open, close)| [open, close]).chain(ends);
        let openers = super::marks::TURN_OPENERS.into_iter().chain(super::marks::USER_OPENERS);
        for mark in marks.chain(openers).chain(super::marks::ASSISTANT_OPENERS) {
            assert!(page.contains(&format!("`{mark}`")), "{mark}");
        }
    }

    #[test]
    fn what_is_not_clear_is_named() {
        let unclosed = |text: &str| match split_plumbing(text, "") {
            Split::Unclosed(mark) => mark,
            other => panic!("{text:?}: {other:?}"),
        };
        assert_eq!(unclosed("<think>and on and on"), "<think>");
        assert_eq!(unclosed("<think>a<think>b</think>"), "<think>");
        assert_eq!(unclosed("<|channel|>analysis<|message|>and on"), "<|channel|>analysis");
        assert_eq!(unclosed("analysisThe user wants"), "analysis");
        let unclear = |text: &str| match split_plumbing(text, "") {
            Split::Unclear(mark) => mark,
            other => panic!("{text:?}: {other:?}"),
        };
        assert_eq!(unclear("Hm.</think>Paris.</think>Rome."), "</think>");
        assert_eq!(unclear("Paris. <think>Or Rome?</think> Rome."), "<think>");
        assert_eq!(unclear("Par<|im_end|>is."), "<|im_end|>");
        assert_eq!(unclear("Paris.<|im_start|>assistant\nRome."), "<|im_start|>");
    }

    proptest! {
        #[test]
        fn text_without_marks_is_untouched(text in "[^<◁\\[aH]*") {
            check(&text, &text, None);
        }

        /// Answer and reasoning are pieces of the text, in this order.
        #[test]
        fn nothing_is_made_up(text in "(<think>|</think>|\\[THINK\\]|<\\|im_end\\|>|<\\|im_start\\|>user|</s>|`|```|assistantfinal|<\\|channel\\|>final<\\|message\\|>|\\PC|\n){0,16}") {
            if let Split::Answer { text: answer, reasoning } = split_plumbing(&text, "") {
                let at = text.rfind(&answer);
                prop_assert!(at.is_some());
                prop_assert!(reasoning.is_none_or(|reasoning| text.contains(reasoning.lines().next().unwrap_or_default())));
            }
        }
    }
}
