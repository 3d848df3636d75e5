//! From a request to the bytes that are sent.

use serde::Serialize;
use speciate_types::{ChatMessage, ChatRequest, MessageRole};

use crate::openai::{Quirks, messages_for};

/// The format asks for a limit; this one holds where the request has none.
pub(crate) const TOKENS_MAX_DEFAULT: u32 = 4_096;

/// What an endpoint of this format may refuse and still be asked without. The limit is not among
/// them, as the format wants one.
pub(crate) const LEARNABLE: Quirks = Quirks::TEMPERATURE
    .with(Quirks::TOP_P)
    .with(Quirks::STOP)
    .with(Quirks::STREAM)
    .with(Quirks::SYSTEM);

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    max_tokens: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    system: Option<String>,
    messages: Vec<&'a ChatMessage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stop_sequences: Option<Vec<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream: Option<bool>,
}

/// The body of a request. The same request gives the same bytes.
///
/// What the format has no place for is left out: `seed`, `min_p` and the penalties. A temperature
/// that is too high for it is sent as it is, and its refusal is the endpoint's.
pub fn encode(model: &str, request: &ChatRequest, quirks: Quirks, is_stream: bool) -> Vec<u8> {
    let sampling = &request.sampling;
    let is_system = |message: &&ChatMessage| message.role == MessageRole::System;
    let messages = messages_for(request, quirks);
    let system: Vec<_> =
        messages.iter().filter(is_system).map(|message| message.content.as_str()).collect();
    let stops: Vec<_> =
        request.stop.iter().map(String::as_str).filter(|stop| is_stop(stop)).collect();
    let body = Body {
        model,
        max_tokens: sampling.max_tokens.unwrap_or(TOKENS_MAX_DEFAULT),
        system: (!system.is_empty()).then(|| system.join("\n\n")),
        messages: messages.iter().filter(|message| !is_system(message)).collect(),
        temperature: quirks.keeps(Quirks::TEMPERATURE, sampling.temperature),
        top_p: quirks.keeps(Quirks::TOP_P, sampling.top_p),
        stop_sequences: quirks.keeps(Quirks::STOP, (!stops.is_empty()).then_some(stops)),
        stream: is_stream.then_some(true),
    };
    serde_json::to_vec(&body).unwrap_or_default()
}

/// A stop text without any letter is refused: "each stop sequence must contain non-whitespace", as
/// quoted in the issue 3286 of BerriAI/litellm.
fn is_stop(stop: &str) -> bool {
    !stop.trim().is_empty()
}

/// What of `request` the format has no place for, as far as it would have made a difference.
pub(crate) fn left_out(request: &ChatRequest) -> Quirks {
    let sampling = &request.sampling;
    let matters = |value: Option<f64>, neutral: f64| {
        value.is_some_and(|value| (value - neutral).abs() > f64::EPSILON)
    };
    [
        (Quirks::SEED, true),
        (Quirks::MIN_P, matters(sampling.min_p, 0.0)),
        (Quirks::FREQUENCY_PENALTY, matters(sampling.frequency_penalty, 0.0)),
        (Quirks::PRESENCE_PENALTY, matters(sampling.presence_penalty, 0.0)),
        (Quirks::REPEAT_PENALTY, matters(sampling.repeat_penalty, 1.0)),
    ]
    .into_iter()
    .filter(|(_, is_left_out)| *is_left_out)
    .fold(Quirks::default(), |all, (quirk, _)| all.with(quirk))
}

#[cfg(test)]
mod tests {
    use super::*;
    use speciate_types::Sampling;

    fn request() -> ChatRequest {
        ChatRequest {
            messages: vec![
                ChatMessage::new(MessageRole::System, "Be brief."),
                ChatMessage::new(MessageRole::User, "1+1=?\n\"quoted\" 日本"),
                ChatMessage::new(MessageRole::Assistant, "2"),
                ChatMessage::new(MessageRole::System, "And kind."),
                ChatMessage::new(MessageRole::User, "2+2=?"),
                ChatMessage::new(MessageRole::Assistant, "The answer"),
            ],
            sampling: Sampling {
                temperature: Some(1.5),
                top_p: Some(0.9),
                frequency_penalty: Some(0.0),
                presence_penalty: Some(0.5),
                max_tokens: Some(2_048),
                ..Sampling::default()
            },
            stop: vec!["\n".to_owned(), "END".to_owned()],
            seed: 1,
            shared_messages: 0,
        }
    }

    fn body(request: &ChatRequest, quirks: Quirks, is_stream: bool) -> String {
        String::from_utf8(encode("claude-x", request, quirks, is_stream)).unwrap()
    }

    #[test]
    fn bodies() {
        insta::assert_snapshot!(body(&request(), Quirks::default(), false), @r#"{"model":"claude-x","max_tokens":2048,"system":"Be brief.\n\nAnd kind.","messages":[{"role":"user","content":"1+1=?\n\"quoted\" 日本"},{"role":"assistant","content":"2"},{"role":"user","content":"2+2=?"}],"temperature":1.5,"top_p":0.9,"stop_sequences":["END"]}"#);
        insta::assert_snapshot!(body(&request(), LEARNABLE, true), @r#"{"model":"claude-x","max_tokens":2048,"messages":[{"role":"user","content":"Be brief.\n\nAnd kind.\n\n1+1=?\n\"quoted\" 日本"},{"role":"assistant","content":"2"},{"role":"user","content":"2+2=?"}],"stream":true}"#);
        let bare = ChatRequest {
            messages: vec![ChatMessage::new(MessageRole::User, "Hi")],
            sampling: Sampling::default(),
            stop: vec![" ".to_owned()],
            ..request()
        };
        insta::assert_snapshot!(body(&bare, Quirks::MAX_COMPLETION_TOKENS, false), @r#"{"model":"claude-x","max_tokens":4096,"messages":[{"role":"user","content":"Hi"}]}"#);
    }

    #[test]
    fn what_has_no_place_is_named() {
        assert_eq!(left_out(&request()).left_out(), ["seed", "presence_penalty"]);
        let neutral = ChatRequest { sampling: Sampling::default(), ..request() };
        assert_eq!(left_out(&neutral).left_out(), ["seed"]);
    }
}
