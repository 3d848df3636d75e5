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

const OPEN: &str = "<think>";
const CLOSE: &str = "</think>";

/// Divides `text` at its head: `<think>…</think>` there is reasoning, anywhere else it is content.
///
/// Some chat templates put the opening mark into the prompt, so a lone closing mark before any
/// opening one ends reasoning too.
pub fn split_reasoning(text: &str) -> Split {
    let head = text.trim_start();
    if let Some(inside) = head.strip_prefix(OPEN) {
        return match closing(inside) {
            Some(end) => answer(&inside[end + CLOSE.len()..], &inside[..end]),
            None => Split::Unclosed,
        };
    }
    match (head.find(CLOSE), head.find(OPEN), head.find("```")) {
        (Some(close), open, fence)
            if open.is_none_or(|open| open > close) && fence.is_none_or(|fence| fence > close) =>
        {
            answer(&head[close + CLOSE.len()..], &head[..close])
        }
        _ => Split::Answer { text: text.to_owned(), reasoning: None },
    }
}

/// Where the reasoning that begins before `inside` ends, nested marks counted.
fn closing(inside: &str) -> Option<usize> {
    let (mut depth, mut at) = (1_usize, 0_usize);
    loop {
        let rest = &inside[at..];
        let close = rest.find(CLOSE)?;
        match rest.find(OPEN) {
            Some(open) if open < close => {
                depth += 1;
                at += open + OPEN.len();
            }
            _ => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + close);
                }
                at += close + CLOSE.len();
            }
        }
    }
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

        #[test]
        fn never_panics(text in "(<think>|</think>|a|```|é){0,12}") {
            let _split = split_reasoning(&text);
        }
    }
}
