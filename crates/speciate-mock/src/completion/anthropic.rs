//! Writes answers the way Anthropic's messages API does, whole or as events.

use serde_json::{Value, json};

use super::{Completion, Usage, pieces};

/// The last event of a stream.
pub(super) const DONE: &[u8] = b"event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";

impl Completion<'_> {
    pub(super) fn anthropic_body(&self) -> Vec<u8> {
        let mut message = self.message();
        let thinking = self.reasoning.map(|text| json!({"type": "thinking", "thinking": text}));
        let text = self.said().map(|text| json!({"type": "text", "text": text}));
        message["content"] = thinking.into_iter().chain(text).collect();
        message["stop_reason"] = self.stop_reason().into();
        if let Some(usage) = self.token_counts() {
            message["usage"] = usage;
        }
        message.to_string().into_bytes()
    }

    pub(super) fn anthropic_events(&self, n_pieces: usize) -> Vec<Vec<u8>> {
        let mut message = self.message();
        let counts = self.token_counts();
        if let Some(usage) = &counts {
            message["usage"] = json!({"input_tokens": usage["input_tokens"], "output_tokens": 1});
        }
        let mut events = vec![event("message_start", json!({"message": message}))];
        if let Some(text) = self.reasoning {
            events.extend(block(0, "thinking", &[text]));
        }
        if let Some(text) = self.said() {
            let index = usize::from(self.reasoning.is_some());
            events.extend(block(index, "text", &pieces(text, n_pieces)));
        }
        let mut end = json!({"delta": {"stop_reason": self.stop_reason(), "stop_sequence": null}});
        if let Some(usage) = &counts {
            end["usage"] = json!({"output_tokens": usage["output_tokens"]});
        }
        events.push(event("message_delta", end));
        events
    }

    /// A message without content.
    fn message(&self) -> Value {
        json!({
            "id": format!("msg_mock_{:016x}", self.key),
            "type": "message",
            "role": "assistant",
            "model": self.model,
            "content": [],
            "stop_reason": null,
            "stop_sequence": null,
        })
    }

    /// A refusal is words in this format, with a stop reason of its own.
    fn said(&self) -> Option<&str> {
        self.content.or(self.refusal)
    }

    fn stop_reason(&self) -> Option<&str> {
        Some(match self.finish? {
            _ if self.refusal.is_some() => "refusal",
            "stop" => "end_turn",
            "length" => "max_tokens",
            "content_filter" => "refusal",
            other => other,
        })
    }

    fn token_counts(&self) -> Option<Value> {
        match &self.usage {
            Usage::Missing => None,
            Usage::Other(value) => Some(json!({
                "input_tokens": value["prompt_tokens"], "output_tokens": value["completion_tokens"],
            })),
            Usage::Counted { prompt, completion } => {
                Some(json!({"input_tokens": prompt, "output_tokens": completion}))
            }
        }
    }
}

/// The events of one block of content.
fn block(index: usize, kind: &str, pieces: &[&str]) -> Vec<Vec<u8>> {
    let start = json!({"index": index, "content_block": {"type": kind, kind: ""}});
    let delta = |piece: &&str| {
        let delta = json!({"type": format!("{kind}_delta"), kind: piece});
        event("content_block_delta", json!({"index": index, "delta": delta}))
    };
    let mut events = vec![event("content_block_start", start)];
    events.extend(pieces.iter().map(delta));
    events.push(event("content_block_stop", json!({"index": index})));
    events
}

fn event(kind: &str, mut data: Value) -> Vec<u8> {
    data["type"] = kind.into();
    format!("event: {kind}\ndata: {data}\n\n").into_bytes()
}
