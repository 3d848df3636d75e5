//! From a request to the bytes that are sent.

use std::borrow::Cow;

use serde::Serialize;
use speciate_types::{ChatMessage, ChatRequest, MessageRole};

/// What an endpoint has turned out not to accept. Learned once, then left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quirks(u16);

impl Quirks {
    /// Wants `max_completion_tokens` in place of `max_tokens`.
    pub const MAX_COMPLETION_TOKENS: Self = Self(1);
    pub(crate) const TEMPERATURE: Self = Self(1 << 1);
    pub(crate) const TOP_P: Self = Self(1 << 2);
    pub(crate) const SEED: Self = Self(1 << 3);
    pub(crate) const FREQUENCY_PENALTY: Self = Self(1 << 4);
    pub(crate) const PRESENCE_PENALTY: Self = Self(1 << 5);
    pub(crate) const STOP: Self = Self(1 << 6);
    pub(crate) const MIN_P: Self = Self(1 << 7);
    pub(crate) const REPEAT_PENALTY: Self = Self(1 << 8);

    /// Does not stream.
    pub const STREAM: Self = Self(1 << 9);
    pub(crate) const STREAM_OPTIONS: Self = Self(1 << 10);
    /// Has no system role: its text goes before the first user message.
    pub(crate) const SYSTEM: Self = Self(1 << 11);

    const NAMES: [(&'static str, Self); 14] = [
        ("max_tokens", Self::MAX_COMPLETION_TOKENS),
        ("temperature", Self::TEMPERATURE),
        ("top_p", Self::TOP_P),
        ("seed", Self::SEED),
        ("frequency_penalty", Self::FREQUENCY_PENALTY),
        ("presence_penalty", Self::PRESENCE_PENALTY),
        ("stop", Self::STOP),
        ("min_p", Self::MIN_P),
        ("repetition_penalty", Self::REPEAT_PENALTY),
        ("repeat_penalty", Self::REPEAT_PENALTY),
        ("stop_sequences", Self::STOP),
        ("stream", Self::STREAM),
        ("stream_options", Self::STREAM_OPTIONS),
        ("system", Self::SYSTEM),
    ];

    /// What is left out, under the names that a person knows. A limit that is only sent under
    /// another name is not among them.
    pub fn left_out(self) -> Vec<String> {
        const ALIASES: [&str; 3] = ["max_tokens", "repetition_penalty", "stop_sequences"];
        let named = Self::NAMES.iter().filter(|(name, _)| !ALIASES.contains(name));
        named.filter(|(_, quirk)| self.has(*quirk)).map(|(name, _)| (*name).to_owned()).collect()
    }

    /// All of it, under names that [`Quirks::of_parameter`] knows.
    pub fn refused(self) -> Vec<String> {
        let limit = self.has(Self::MAX_COMPLETION_TOKENS).then(|| "max_tokens".to_owned());
        limit.into_iter().chain(self.left_out()).collect()
    }

    /// The quirk that a refusal of the parameter `name` reveals, if it is an optional one.
    pub fn of_parameter(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, quirk)| *quirk)
    }

    /// The parameters that can be left out, for reading refusals. The system role is none of them,
    /// as its refusals have words of their own.
    pub(crate) fn parameters() -> impl Iterator<Item = (&'static str, Self)> {
        Self::NAMES.into_iter().filter(|(_, quirk)| *quirk != Self::SYSTEM)
    }

    /// Those of them that `body`, as it was sent, has. No text can hold a name with bare quotation
    /// marks, because JSON escapes them.
    pub(crate) fn sent_in(self, body: &[u8]) -> Self {
        let has = |name: &str| {
            let key = format!(",\"{name}\":");
            body.windows(key.len()).any(|part| part == key.as_bytes())
        };
        let sent = Self::parameters().filter(|(name, quirk)| self.has(*quirk) && has(name));
        sent.fold(Self::default(), |all, (_, quirk)| all.with(quirk))
    }

    /// Both together.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is here and not in `other`.
    #[must_use]
    pub(crate) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// What is both here and in `other`.
    #[must_use]
    pub(crate) const fn among(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether nothing is here.
    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether all of `other` is known already.
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// As a number, to be kept in an atomic.
    pub fn bits(self) -> u16 {
        self.0
    }

    /// From [`Quirks::bits`].
    pub fn from_bits(bits: u16) -> Self {
        Self(bits)
    }

    pub(crate) fn keeps<T>(self, quirk: Self, value: Option<T>) -> Option<T> {
        if self.has(quirk) { None } else { value }
    }
}

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    messages: Cow<'a, [ChatMessage]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    frequency_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    presence_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repetition_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repeat_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stop: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<StreamOptions>,
}

/// Without it a stream ends without saying how many tokens it took.
#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

/// Seeds are sent as 31 bits: several servers read them into a signed 32-bit number.
const SEED_MASK: u64 = 0x7FFF_FFFF;

/// The body of a request for a whole answer. The same request gives the same bytes.
pub fn encode(model: &str, request: &ChatRequest, quirks: Quirks) -> Vec<u8> {
    encode_as(model, request, quirks, false)
}

/// The body of a request for an answer that comes whole or as a stream.
pub fn encode_as(model: &str, request: &ChatRequest, quirks: Quirks, is_stream: bool) -> Vec<u8> {
    let sampling = &request.sampling;
    let new_limit = quirks.has(Quirks::MAX_COMPLETION_TOKENS);
    let repeat_penalty = quirks.keeps(Quirks::REPEAT_PENALTY, sampling.repeat_penalty);
    let body = Body {
        model,
        messages: messages_for(request, quirks),
        max_tokens: sampling.max_tokens.filter(|_| !new_limit),
        max_completion_tokens: sampling.max_tokens.filter(|_| new_limit),
        temperature: quirks.keeps(Quirks::TEMPERATURE, sampling.temperature),
        top_p: quirks.keeps(Quirks::TOP_P, sampling.top_p),
        frequency_penalty: quirks.keeps(Quirks::FREQUENCY_PENALTY, sampling.frequency_penalty),
        presence_penalty: quirks.keeps(Quirks::PRESENCE_PENALTY, sampling.presence_penalty),
        min_p: quirks.keeps(Quirks::MIN_P, sampling.min_p),
        // vLLM and llama.cpp disagree on the name and each ignores the other's.
        repetition_penalty: repeat_penalty,
        repeat_penalty,
        seed: quirks.keeps(Quirks::SEED, Some(request.seed & SEED_MASK)),
        stop: quirks
            .keeps(Quirks::STOP, (!request.stop.is_empty()).then_some(request.stop.as_slice())),
        stream: is_stream.then_some(true),
        stream_options: quirks.keeps(
            Quirks::STREAM_OPTIONS,
            is_stream.then_some(StreamOptions { include_usage: true }),
        ),
    };
    let texts: usize = request.messages.iter().map(|message| message.content.len()).sum();
    let mut bytes = Vec::with_capacity(texts + texts / 8 + BESIDE_TEXTS_BYTES);
    // It holds only texts and numbers, which JSON always takes.
    let _ = serde_json::to_writer(&mut bytes, &body);
    bytes
}

/// Room for what a body holds beside its texts, so that it is written in one piece of memory.
const BESIDE_TEXTS_BYTES: usize = 512;

/// Few servers continue an answer that is begun for them; most close it and begin another. So it
/// is left out, and the examples before it have to be enough.
pub(crate) fn without_prefix(messages: &[ChatMessage]) -> &[ChatMessage] {
    match messages.split_last() {
        Some((last, before)) if last.role == MessageRole::Assistant => before,
        _ => messages,
    }
}

/// The messages as the endpoint takes them.
pub(crate) fn messages_for(request: &ChatRequest, quirks: Quirks) -> Cow<'_, [ChatMessage]> {
    let messages = without_prefix(&request.messages);
    if quirks.has(Quirks::SYSTEM) {
        Cow::Owned(without_system(messages))
    } else {
        Cow::Borrowed(messages)
    }
}

/// All system texts before the first user message, and no two messages of one role in a row:
/// whoever has no system role wants the other two by turns.
fn without_system(messages: &[ChatMessage]) -> Vec<ChatMessage> {
    let is_system = |message: &&ChatMessage| message.role == MessageRole::System;
    let mut turns: Vec<ChatMessage> = Vec::new();
    for message in messages.iter().filter(|message| !is_system(message)) {
        match turns.last_mut().filter(|last| last.role == message.role) {
            Some(last) => last.content = join([last.content.as_str(), &message.content]),
            None => turns.push(message.clone()),
        }
    }
    let system = join(messages.iter().filter(is_system).map(|message| message.content.as_str()));
    match turns.first_mut().filter(|first| first.role == MessageRole::User) {
        _ if system.is_empty() => {}
        Some(first) => first.content = join([system.as_str(), &first.content]),
        None => turns.insert(0, ChatMessage::new(MessageRole::User, system)),
    }
    turns
}

fn join<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let texts: Vec<_> = texts.into_iter().filter(|text| !text.is_empty()).collect();
    texts.join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use speciate_types::Sampling;

    fn request() -> ChatRequest {
        ChatRequest {
            messages: vec![ChatMessage::new(MessageRole::User, "1+1=?\n\"quoted\" 日本")],
            sampling: Sampling {
                temperature: Some(1.0),
                top_p: Some(0.9),
                frequency_penalty: Some(0.0),
                max_tokens: Some(2048),
                ..Sampling::default()
            },
            stop: Vec::new(),
            seed: u64::MAX,
            shared_messages: 0,
        }
    }

    fn body(request: &ChatRequest, quirks: Quirks) -> String {
        String::from_utf8(encode("gpt-x", request, quirks)).unwrap()
    }

    #[test]
    fn bodies() {
        insta::assert_snapshot!(body(&request(), Quirks::default()), @r#"{"model":"gpt-x","messages":[{"role":"user","content":"1+1=?\n\"quoted\" 日本"}],"max_tokens":2048,"temperature":1.0,"top_p":0.9,"frequency_penalty":0.0,"seed":2147483647}"#);
        let quirks = ["max_tokens", "temperature", "seed"]
            .into_iter()
            .filter_map(Quirks::of_parameter)
            .fold(Quirks::default(), Quirks::with);
        insta::assert_snapshot!(body(&request(), quirks), @r#"{"model":"gpt-x","messages":[{"role":"user","content":"1+1=?\n\"quoted\" 日本"}],"max_completion_tokens":2048,"top_p":0.9,"frequency_penalty":0.0}"#);
    }

    #[test]
    fn an_answer_that_was_begun_is_left_out() {
        let mut request = request();
        request.messages.push(ChatMessage::new(MessageRole::Assistant, "New instruction:"));
        request.stop = vec!["\n".to_owned()];
        request.sampling =
            Sampling { min_p: Some(0.05), repeat_penalty: Some(1.1), ..Sampling::default() };
        insta::assert_snapshot!(body(&request, Quirks::default()), @r#"{"model":"gpt-x","messages":[{"role":"user","content":"1+1=?\n\"quoted\" 日本"}],"min_p":0.05,"repetition_penalty":1.1,"repeat_penalty":1.1,"seed":2147483647,"stop":["\n"]}"#);
    }

    #[test]
    fn a_stream_is_asked_for() {
        let body = |quirks| String::from_utf8(encode_as("m", &request(), quirks, true)).unwrap();
        let (asked, whole) = (body(Quirks::default()), body_of_whole());
        let added = r#","stream":true,"stream_options":{"include_usage":true}}"#;
        assert_eq!(asked, whole.replace("gpt-x", "m").trim_end_matches('}').to_owned() + added);
        let options = Quirks::of_parameter("stream_options").unwrap();
        assert!(body(options).ends_with(r#","stream":true}"#));
    }

    fn body_of_whole() -> String {
        body(&request(), Quirks::default())
    }

    #[test]
    fn what_is_left_out_has_names() {
        let names = ["max_tokens", "seed", "repetition_penalty", "stop_sequences", "stream"];
        let quirks = names.into_iter().filter_map(Quirks::of_parameter);
        let quirks = quirks.fold(Quirks::default(), Quirks::with);
        assert_eq!(quirks.left_out(), ["seed", "stop", "repeat_penalty", "stream"]);
        assert!(Quirks::MAX_COMPLETION_TOKENS.left_out().is_empty());
        let again = quirks.refused();
        let again = again.iter().filter_map(|name| Quirks::of_parameter(name));
        assert_eq!(again.fold(Quirks::default(), Quirks::with), quirks);
    }
}
