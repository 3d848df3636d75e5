//! Keeps a model's reasoning apart from its answer.

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
    /// The reasoning never ended, so there is no answer.
    Unclosed,
}

/// How models mark their reasoning; the last is Magistral's.
const MARKS: [(&str, &str); 3] =
    [("<think>", "</think>"), ("<thinking>", "</thinking>"), ("[THINK]", "[/THINK]")];
/// The pair whose opening mark some chat templates put into the prompt.
const OPEN: &str = MARKS[0].0;
const CLOSE: &str = MARKS[0].1;

/// Divides `text` at its head: `<think>…</think>` there is reasoning, anywhere else it is content.
///
/// Some chat templates put the opening mark into the prompt, so a lone closing mark before any
/// opening one ends reasoning too.
pub fn split_reasoning(text: &str) -> Split {
    let head = text.trim_start();
    for (open, close) in MARKS {
        if let Some(inside) = head.strip_prefix(open) {
            return match closing(inside, open, close) {
                Some(end) => answer(&inside[end + close.len()..], &inside[..end]),
                None => Split::Unclosed,
            };
        }
    }
    split_at_lone_close(head)
        .unwrap_or_else(|| Split::Answer { text: text.to_owned(), reasoning: None })
}

fn split_at_lone_close(head: &str) -> Option<Split> {
    let close = head.find(CLOSE)?;
    let is_quoted = head[..close].contains(OPEN) || head[..close].contains("```");
    (!is_quoted).then(|| answer(&head[close + CLOSE.len()..], &head[..close]))
}

/// Where the reasoning that begins before `inside` ends, nested marks counted.
fn closing(inside: &str, open: &str, close: &str) -> Option<usize> {
    let mut opens = inside.match_indices(open).peekable();
    let mut depth = 1_usize;
    for (at, _) in inside.match_indices(close) {
        while opens.next_if(|(open_at, _)| *open_at < at).is_some() {
            depth += 1;
        }
        depth -= 1;
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

fn answer(text: &str, reasoning: &str) -> Split {
    let reasoning = reasoning.trim();
    Split::Answer {
        text: text.trim_start().to_owned(),
        reasoning: (!reasoning.is_empty()).then(|| reasoning.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Split, split_reasoning};
    use proptest::prelude::*;

    fn check(input: &str, text: &str, reasoning: Option<&str>) {
        let expected =
            Split::Answer { text: text.to_owned(), reasoning: reasoning.map(str::to_owned) };
        assert_eq!(split_reasoning(input), expected, "{input:?}");
    }

    #[test]
    fn only_at_the_head() {
        check("Paris.", "Paris.", None);
        check("<think>Hm.</think>\n\nParis.", "Paris.", Some("Hm."));
        check("\n<think></think>Paris.", "Paris.", None);
        check("Hm.</think>Paris.", "Paris.", Some("Hm."));
        check("<think>a<think>b</think>c</think>d", "d", Some("a<think>b</think>c"));
        check("<thinking>Hm.</thinking>Paris.", "Paris.", Some("Hm."));
        check("[THINK]Hm.[/THINK]Paris.", "Paris.", Some("Hm."));
        check("</think>Paris.", "Paris.", None);
        check("Use `<think>x</think>` tags.", "Use `<think>x</think>` tags.", None);
        check("```\n</think>\n```", "```\n</think>\n```", None);
        assert_eq!(split_reasoning("<think>and on and on"), Split::Unclosed);
        assert_eq!(split_reasoning("<think>a<think>b</think>"), Split::Unclosed);
    }

    proptest! {
        #[test]
        fn text_without_marks_is_untouched(text in "[^<]*") {
            check(&text, &text, None);
        }

        /// The answer is the end of the text, the reasoning stands before it.
        #[test]
        fn nothing_is_made_up(text in "(<think>|</think>|<thinking>|</thinking>|\\[THINK\\]|\\[/THINK\\]|\\PC|\n){0,16}") {
            if let Split::Answer { text: answer, reasoning } = split_reasoning(&text) {
                prop_assert!(text.ends_with(&answer));
                let before = &text[..text.len() - answer.len()];
                prop_assert!(reasoning.is_none_or(|reasoning| before.contains(&reasoning)));
            }
        }

        #[test]
        fn never_panics(text in "(<think>|</think>|<thinking>|\\[THINK\\]|\\[/THINK\\]|a|```|é){0,12}") {
            let _split = split_reasoning(&text);
        }
    }
}
