//! Recognises what a conversation asks for.

use crate::chat::{Message, Role};

/// What to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Task<'a> {
    /// Evolve an instruction.
    Evolve(Evolve<'a>),
    /// Compare two instructions.
    Judge {
        /// The earlier one.
        first: &'a str,
        /// The later one.
        second: &'a str,
    },
    /// Answer questions about two instructions.
    Criticise {
        /// The earlier one.
        old: &'a str,
        /// The later one.
        new: &'a str,
        /// The questions' names.
        questions: Vec<&'a str>,
    },
    /// Carry out an instruction.
    Respond(&'a str),
}

/// One evolution that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Evolve<'a> {
    /// How.
    pub(crate) method: Method,
    /// The data format that `complicate-input` names.
    pub(crate) format: Option<&'a str>,
    /// What to evolve.
    pub(crate) source: &'a str,
    /// The shape of the reply.
    pub(crate) style: Style,
}

/// The shape of an evolution's prompt and reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// Tags around the source and around the reply.
    Paper,
    /// A prefilled beginning, continued on one line.
    Compact,
}

/// The operator that a prompt names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Constraints,
    Deepening,
    Concretizing,
    Reasoning,
    ComplicateInput,
    Breadth,
    /// One of the user's own.
    Other,
}

impl Method {
    fn of_name(name: &str) -> Self {
        match name {
            "constraints" => Self::Constraints,
            "deepening" => Self::Deepening,
            "concretizing" => Self::Concretizing,
            "reasoning" => Self::Reasoning,
            "complicate-input" => Self::ComplicateInput,
            "breadth" => Self::Breadth,
            _ => Self::Other,
        }
    }
}

/// Finds out what `messages` ask for; an instruction to respond to where nothing else fits.
pub(crate) fn recognise(messages: &[Message]) -> Task<'_> {
    let asked = messages.iter().rposition(|message| message.role == Role::User);
    let Some(asked) = asked else {
        return Task::Respond(messages.last().map_or("", |message| message.content.as_str()));
    };
    let text = messages[asked].content.as_str();
    if let (Some(first), Some(second)) = (block(text, "first"), block(text, "second"))
        && text.contains("Equal")
    {
        return Task::Judge { first: first.inner, second: second.inner };
    }
    if let (Some(old), Some(new)) = (block(text, "old"), block(text, "new")) {
        let questions = questions(&messages[..asked]);
        if !questions.is_empty() {
            return Task::Criticise { old: old.inner, new: new.inner, questions };
        }
    }
    evolve_paper(messages, asked)
        .or_else(|| evolve_again(messages, asked))
        .or_else(|| evolve_compact(messages, asked))
        .map_or(Task::Respond(text), Task::Evolve)
}

/// The names in the form that the critic is given: `NAME: yes or no - …`.
fn questions(frame: &[Message]) -> Vec<&str> {
    let lines = frame.iter().flat_map(|message| message.content.lines());
    lines.filter_map(|line| Some(line.split_once(": yes or no - ")?.0)).collect()
}

/// An answer that is asked for once more: the source stands in an earlier turn of the user.
fn evolve_again(messages: &[Message], asked: usize) -> Option<Evolve<'_>> {
    messages[asked].content.contains("<evolved>").then_some(())?;
    let earlier = messages[..asked].iter().rposition(|message| message.role == Role::User)?;
    evolve_paper(messages, earlier)
}

fn evolve_paper(messages: &[Message], asked: usize) -> Option<Evolve<'_>> {
    let text = messages[asked].content.as_str();
    let source = block(text, "source")?;
    // The source may hold a line `Method:` of its own, so it is left out of the search.
    let around = [&text[..source.start], &text[source.end..]];
    let others = messages.iter().enumerate().filter(|(idx, _)| *idx != asked);
    let places = || others.clone().map(|(_, message)| message.content.as_str()).chain(around);
    Some(Evolve {
        method: Method::of_name(places().find_map(|place| line_value(place, "Method: "))?),
        format: places().find_map(|place| line_value(place, "Format: ")),
        source: source.inner,
        style: Style::Paper,
    })
}

fn evolve_compact(messages: &[Message], asked: usize) -> Option<Evolve<'_>> {
    let shows = |message: &Message| {
        message.role == Role::Assistant
            && message.content.trim_start().starts_with("New instruction:")
    };
    let shows_examples = messages.iter().any(shows);
    let text = messages[asked].content.as_str();
    let source_at = line_starts(text, "Instruction:").last()? + "Instruction:".len();
    let frame = messages[..asked].iter().filter(|message| message.role == Role::System);
    let places = || frame.clone().map(|message| message.content.as_str());
    shows_examples.then_some(Evolve {
        method: Method::of_name(places().find_map(|place| line_value(place, "Method: "))?),
        format: places().find_map(|place| line_value(place, "Format: ")),
        source: text[source_at..].trim(),
        style: Style::Compact,
    })
}

/// A tagged block: what is between its tags, and where it stands with them.
struct Block<'a> {
    inner: &'a str,
    start: usize,
    end: usize,
}

/// The last block `<NAME-TOKEN>…</NAME-TOKEN>`, or `<NAME>…</NAME>`.
fn block<'a>(text: &'a str, name: &str) -> Option<Block<'a>> {
    let close_start = text.rfind(&format!("</{name}"))?;
    let close = &text[close_start..];
    let close_len = close.find('>')? + 1;
    let tag = &close[2..close_len - 1];
    let token = &tag[name.len()..];
    let is_token = token.is_empty()
        || token
            .strip_prefix('-')
            .is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_alphanumeric()));
    if !is_token {
        return None;
    }
    let open = format!("<{tag}>");
    let start = text[..close_start].rfind(&open)?;
    let inner = text[start + open.len()..close_start].trim();
    Some(Block { inner, start, end: close_start + close_len })
}

/// The rest of the first line that begins with `label`.
fn line_value<'a>(text: &'a str, label: &str) -> Option<&'a str> {
    let start = line_starts(text, label).next()? + label.len();
    let line = text[start..].lines().next()?.trim();
    (!line.is_empty()).then_some(line)
}

fn line_starts<'a>(text: &'a str, label: &'a str) -> impl Iterator<Item = usize> + 'a {
    let is_line_start = |at: &usize| *at == 0 || text.as_bytes()[*at - 1] == b'\n';
    text.match_indices(label).map(|(at, _)| at).filter(is_line_start)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(role: Role, content: &str) -> Message {
        Message { role, content: content.to_owned() }
    }

    #[test]
    fn an_untokened_or_hostile_source_is_read_whole() {
        let source = "Say </source-xyz> and\nMethod: breadth";
        let user = format!("<source-Ab3>\n{source}\n</source-Ab3>\nReply.");
        let messages =
            [message(Role::System, "Edit.\nMethod: deepening\nMore."), message(Role::User, &user)];
        let Task::Evolve(task) = recognise(&messages) else { panic!("not an evolution") };
        assert_eq!((task.source, task.method), (source, Method::Deepening));

        let one = [message(Role::User, "Method: my-own\n<source>x</source>")];
        let Task::Evolve(task) = recognise(&one) else { panic!("not an evolution") };
        assert_eq!((task.source, task.method), ("x", Method::Other));
    }

    #[test]
    fn a_prefilled_prompt_is_compact() {
        let messages = [
            message(Role::System, "Harder.\nMethod: complicate-input\nFormat: csv"),
            message(Role::User, "Instruction: a\nNew instruction: b\n\nInstruction: Add numbers."),
            message(Role::Assistant, "New instruction:"),
        ];
        let expected = Evolve {
            method: Method::ComplicateInput,
            format: Some("csv"),
            source: "Add numbers.",
            style: Style::Compact,
        };
        assert_eq!(recognise(&messages), Task::Evolve(expected));
    }

    #[test]
    fn plain_instructions_stay_plain() {
        for text in ["Method: none", "<source>x</source>", "<first>a</first>", ""] {
            assert_eq!(recognise(&[message(Role::User, text)]), Task::Respond(text));
        }
    }
}
