//! Writes answers the way the chat completions API does, whole or as events.

use serde::Serialize;
use serde_json::{Value, json};

use crate::answer::MockAnswer;
use crate::chat::Dialect;
use crate::tokens;

mod anthropic;

/// The creation time of every answer, so that what is made from them can be made again.
pub(crate) const CREATED: u64 = 1_750_000_000;

/// An answer as it goes on the wire; the content faults change its parts.
#[derive(Debug, Clone)]
pub(crate) struct Completion<'a> {
    pub(crate) dialect: Dialect,
    pub(crate) key: u64,
    pub(crate) model: &'a str,
    pub(crate) content: Option<&'a str>,
    /// Why it ended; `None` where nobody says.
    pub(crate) finish: Option<&'a str>,
    pub(crate) reasoning: Option<&'a str>,
    pub(crate) refusal: Option<&'a str>,
    pub(crate) usage: Usage,
}

/// What an answer says about its tokens.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Usage {
    Counted { prompt: u64, completion: u64 },
    Missing,
    Other(Value),
}

impl<'a> Completion<'a> {
    /// The sound form of `answer`.
    pub(crate) fn of(answer: &'a MockAnswer, model: &'a str, dialect: Dialect) -> Self {
        Self {
            dialect,
            key: answer.key,
            model,
            content: Some(&answer.text),
            finish: Some(answer.finish.as_str()),
            reasoning: None,
            refusal: None,
            usage: Usage::Counted {
                prompt: answer.prompt_tokens,
                completion: answer.completion_tokens,
            },
        }
    }

    /// The body of an answer that comes whole.
    pub(crate) fn body(&self) -> Vec<u8> {
        match self.dialect {
            Dialect::OpenAi => self.openai_body(),
            Dialect::Anthropic => self.anthropic_body(),
        }
    }

    /// The events of an answer that comes in `n_pieces` or fewer pieces of content, each event
    /// with its `data:` and its blank line, without [`Completion::done`].
    pub(crate) fn events(&self, n_pieces: usize, wants_usage: bool) -> Vec<Vec<u8>> {
        match self.dialect {
            Dialect::OpenAi => self.openai_events(n_pieces, wants_usage),
            Dialect::Anthropic => self.anthropic_events(n_pieces),
        }
    }

    /// The last event of a stream.
    pub(crate) fn done(&self) -> &'static [u8] {
        match self.dialect {
            Dialect::OpenAi => b"data: [DONE]\n\n",
            Dialect::Anthropic => anthropic::DONE,
        }
    }

    fn openai_body(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(512 + self.content.map_or(0, str::len));
        self.begin(&mut out, "chat.completion");
        put(&mut out, "{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":");
        put_json(&mut out, &self.content);
        self.extras(&mut out);
        put(&mut out, "},\"logprobs\":null,\"finish_reason\":");
        put_json(&mut out, &self.finish);
        put(&mut out, "}]");
        self.end(&mut out);
        out
    }

    fn openai_events(&self, n_pieces: usize, wants_usage: bool) -> Vec<Vec<u8>> {
        let mut events = vec![self.event(Some("{\"role\":\"assistant\",\"content\":\"\"}"), None)];
        if self.reasoning.is_some() || self.refusal.is_some() {
            let mut extras = b"{\"content\":null".to_vec();
            self.extras(&mut extras);
            extras.push(b'}');
            events.push(self.event(str::from_utf8(&extras).ok(), None));
        }
        for piece in pieces(self.content.unwrap_or_default(), n_pieces) {
            events.push(self.event(Some(&json!({ "content": piece }).to_string()), None));
        }
        events.push(self.event(Some("{}"), self.finish));
        if wants_usage && self.usage != Usage::Missing {
            let mut out = b"data: ".to_vec();
            self.begin(&mut out, "chat.completion.chunk");
            put(&mut out, "]");
            self.end(&mut out);
            put(&mut out, "\n\n");
            events.push(out);
        }
        events
    }

    fn event(&self, delta: Option<&str>, finish: Option<&str>) -> Vec<u8> {
        let mut out = b"data: ".to_vec();
        self.begin(&mut out, "chat.completion.chunk");
        put(&mut out, "{\"index\":0,\"delta\":");
        put(&mut out, delta.unwrap_or("{}"));
        put(&mut out, ",\"finish_reason\":");
        put_json(&mut out, &finish);
        put(&mut out, "}]}\n\n");
        out
    }

    /// Up to the opening bracket of the choices.
    fn begin(&self, out: &mut Vec<u8>, object: &str) {
        put(out, "{\"id\":\"chatcmpl-mock-");
        put(out, &format!("{:016x}", self.key));
        put(out, "\",\"object\":\"");
        put(out, object);
        put(out, "\",\"created\":");
        put(out, &CREATED.to_string());
        put(out, ",\"model\":");
        put_json(out, self.model);
        put(out, ",\"system_fingerprint\":\"fp_mock\",\"choices\":[");
    }

    /// The fields of a message that are only there if they say something.
    fn extras(&self, out: &mut Vec<u8>) {
        for (name, value) in [("reasoning_content", self.reasoning), ("refusal", self.refusal)] {
            if let Some(value) = value {
                put(out, ",\"");
                put(out, name);
                put(out, "\":");
                put_json(out, value);
            }
        }
    }

    /// The usage and the closing brace.
    fn end(&self, out: &mut Vec<u8>) {
        match &self.usage {
            Usage::Missing => {}
            Usage::Other(value) => {
                put(out, ",\"usage\":");
                put_json(out, value);
            }
            Usage::Counted { prompt, completion } => {
                let total = prompt + completion;
                put(
                    out,
                    &format!(
                        ",\"usage\":{{\"prompt_tokens\":{prompt},\"completion_tokens\":{completion},\"total_tokens\":{total}}}"
                    ),
                );
            }
        }
        put(out, "}");
    }
}

/// Cuts `text` after words into at most `n_max` pieces of about the same size.
fn pieces(text: &str, n_max: usize) -> Vec<&str> {
    let size = text.len().div_ceil(n_max.max(1)).max(1);
    let mut pieces = Vec::new();
    let mut rest = text;
    while rest.len() > size {
        let after_size = tokens::boundary_from(rest, size);
        let Some(to_blank) = rest[after_size..].find(' ') else { break };
        let (piece, tail) = rest.split_at(after_size + to_blank);
        pieces.push(piece);
        rest = tail;
    }
    if !rest.is_empty() {
        pieces.push(rest);
    }
    pieces
}

fn put(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

fn put_json<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    // Writing texts and numbers into memory has no way to fail.
    let written = serde_json::to_writer(out, value);
    debug_assert!(written.is_ok());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_make_the_text() {
        for text in ["", "one", "one two three four five", "日本 日本 日本", "  a  b  "] {
            for n_max in 0..6 {
                let pieces = pieces(text, n_max);
                assert_eq!(pieces.concat(), text);
                assert!(pieces.len() <= n_max.max(1));
            }
        }
    }
}
