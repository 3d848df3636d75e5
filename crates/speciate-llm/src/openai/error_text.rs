//! What an error body says, whatever its shape.

use serde_json::Value;

use super::Quirks;
use super::quote::{quote_bytes, shorten, without_markup};

/// Most of a message that is looked at.
const WORDS_CHARS_MAX: usize = 4_096;

/// Where Azure (its page on content filtering) and OpenRouter (its page on errors) say what their
/// filters found in a text.
const POLICY_FIELDS: [&str; 4] = [
    "/innererror/content_filter_result",
    "/innererror/content_filter_results",
    "/metadata/reasons",
    "/metadata/flagged_input",
];

/// The parts of an error that decide its class.
#[derive(Debug, Default)]
pub(super) struct ErrorText {
    /// A word or number, such as `rate_limit_exceeded`.
    pub(super) code: String,
    /// A coarser word, such as `invalid_request_error`.
    pub(super) kind: String,
    /// For people.
    pub(super) message: String,
    /// The same at greater length: what decides often stands at the end of a long sentence.
    words: String,
    /// Numbers beside it that decide, and that no person needs.
    counts: String,
    /// The part of the request that is at fault.
    pub(super) parameter: Option<String>,
    /// It says in its fields that a policy stands against the text.
    pub(super) is_policy: bool,
    /// OpenRouter's budget for requests in flight, which frees itself.
    pub(super) is_in_flight_budget: bool,
}

impl ErrorText {
    /// From a body that may be anything.
    pub(super) fn of_body(body: &[u8]) -> Self {
        if let Ok(json) = serde_json::from_slice(body) {
            return Self::of_json(&json);
        }
        let message = quote_bytes(body);
        Self { words: message.clone(), message, ..Self::default() }
    }

    /// From a whole body: OpenAI's `{"error": {…}}`, vLLM's bare object, FastAPI's `detail`,
    /// Google's list, or a text in the place of any of these.
    pub(super) fn of_json(json: &Value) -> Self {
        let json = json.as_array().and_then(|items| items.first()).unwrap_or(json);
        let inner = json.get("error").or_else(|| json.pointer("/errors/0"));
        Self::of_error(inner.filter(|error| !error.is_null()).unwrap_or(json))
    }

    /// From the error itself.
    pub(super) fn of_error(error: &Value) -> Self {
        if let Some(message) = error.as_str() {
            return json_in(message)
                .map_or_else(|| Self::of_message(message), |json| Self::of_json(&json));
        }
        let word = |name: &str| error.get(name).map(scalar).unwrap_or_default();
        let details =
            ["detail", "message"].iter().filter_map(|name| error.get(name)).find_map(details);
        let (at, said) = details.unwrap_or_default();
        let message = if said.is_empty() { word("message") } else { said };
        let param = error.get("param").and_then(Value::as_str).map(str::to_owned);
        let param = param.or(at).or_else(|| prefixed(&message));
        let inner_code = || error.pointer("/innererror/code").map(scalar).unwrap_or_default();
        let code = Some(word("code")).filter(|code| !code.is_empty()).unwrap_or_else(inner_code);
        Self {
            code: fit(&code),
            kind: fit(&word("type")),
            parameter: param,
            is_policy: POLICY_FIELDS.iter().any(|place| error.pointer(place).is_some()),
            is_in_flight_budget: error.pointer("/metadata/limit_source").and_then(Value::as_str)
                == Some("openrouter_in_flight_budget"),
            counts: counts(error).unwrap_or_default(),
            ..Self::of_message(&(join(message, &upstream(error)) + &provider(error)))
        }
    }

    fn of_message(message: &str) -> Self {
        let end = message.char_indices().nth(WORDS_CHARS_MAX).map_or(message.len(), |(at, _)| at);
        let words = without_markup(&message[..end]);
        Self { message: shorten(&words), words, ..Self::default() }
    }

    /// The more telling of code and type.
    pub(super) fn name(&self) -> &str {
        let code_is_number = self.code.chars().all(|c| c.is_ascii_digit());
        if code_is_number && !self.kind.is_empty() { &self.kind } else { &self.code }
    }

    /// All of it in small letters, to look for words in.
    pub(super) fn lower(&self) -> String {
        format!("{}; {}; {}{}", self.code, self.kind, self.words, self.counts).to_lowercase()
    }
}

fn fit(text: &str) -> String {
    shorten(&without_markup(text))
}

fn join(message: String, more: &str) -> String {
    match (message.is_empty(), more.is_empty()) {
        (_, true) => message,
        (true, false) => more.to_owned(),
        (false, false) => format!("{message}: {more}"),
    }
}

/// What OpenRouter passes on from the provider behind it.
fn upstream(error: &Value) -> String {
    let raw = error.pointer("/metadata/raw").map(scalar).unwrap_or_default();
    let inner = json_in(&raw).map(|json| ErrorText::of_json(&json).words);
    inner.filter(|words| !words.is_empty()).unwrap_or(raw)
}

/// The counts that llama.cpp gives beside its message, as words.
fn counts(error: &Value) -> Option<String> {
    let count = |name: &str| error.get(name).and_then(Value::as_u64);
    Some(format!(" n_prompt_tokens {} n_ctx {}", count("n_prompt_tokens")?, count("n_ctx")?))
}

/// The object or list in a text that is JSON itself, as gateways pass on what they got.
fn json_in(text: &str) -> Option<Value> {
    let is_json = text.trim_start().starts_with(['{', '[']);
    is_json.then(|| serde_json::from_str(text).ok()).flatten()
}

/// Who that provider is, as a remark.
fn provider(error: &Value) -> String {
    let name = error.pointer("/metadata/provider_name").map(scalar).unwrap_or_default();
    if name.is_empty() { name } else { format!(" ({name})") }
}

/// FastAPI's and Mistral's details: a text, or a list of `{loc, msg}`; the parameter of the first
/// and all messages.
fn details(value: &Value) -> Option<(Option<String>, String)> {
    match value {
        Value::String(text) => match json_in(text) {
            Some(json) => details(&json),
            None => Some((None, text.clone())),
        },
        Value::Object(inner) => {
            inner.get("detail").or_else(|| inner.get("message")).and_then(details)
        }
        Value::Array(items) => {
            let parameter = items.first().and_then(first_place);
            Some((parameter, items.iter().filter_map(detail).collect::<Vec<_>>().join("; ")))
        }
        _ => None,
    }
}

/// `min_p: Extra inputs are not permitted`.
fn detail(item: &Value) -> Option<String> {
    let said = item.get("msg").unwrap_or(item).as_str()?;
    Some(first_place(item).map_or_else(|| said.to_owned(), |place| format!("{place}: {said}")))
}

/// Anthropic's `temperature: range: 0..1`: the parameter in front of the sentence.
fn prefixed(message: &str) -> Option<String> {
    let (name, _) = message.split_once(": ")?;
    Quirks::of_parameter(name).map(|_| name.to_owned())
}

fn first_place(item: &Value) -> Option<String> {
    let places = item.get("loc")?.as_array()?;
    places.iter().filter_map(Value::as_str).find(|place| *place != "body").map(str::to_owned)
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Whatever a server writes, what is kept of it fits a line and has no markup.
        #[test]
        fn any_body(body in prop::collection::vec(any::<u8>(), 0..300)) {
            check(&ErrorText::of_body(&body));
        }

        #[test]
        fn any_text_in_any_place(text in "(<b>|\\PC|\u{1b}|\n|\u{202e}){0,20}", place in 0..8_usize) {
            let json = match place {
                0 => serde_json::json!({"error": text}),
                1 => serde_json::json!({"error": {"message": text, "code": text, "type": text}}),
                2 => serde_json::json!({"detail": [{"loc": ["body", text], "msg": text}]}),
                3 => serde_json::json!({"detail": {"message": text}}),
                4 => serde_json::json!([{"error": {"message": text}}]),
                5 => serde_json::json!({"error": {"metadata": {"raw": text, "provider_name": text}}}),
                6 => serde_json::json!({"errors": [{"message": text}]}),
                _ => serde_json::json!({"message": {"detail": text}}),
            };
            check(&ErrorText::of_json(&json));
        }
    }

    fn check(text: &ErrorText) {
        for part in [&text.code, &text.kind, &text.message] {
            assert!(part.chars().count() <= 201 && !part.contains("<b>"), "{part:?}");
            assert!(!part.chars().any(char::is_control), "{part:?}");
        }
    }
}
