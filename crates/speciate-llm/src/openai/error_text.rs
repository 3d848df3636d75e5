//! What an error body says, whatever its shape.

use serde_json::Value;

use super::quote::{quote_bytes, shorten, without_markup};

/// The parts of an error that decide its class.
#[derive(Debug, Default)]
pub(super) struct ErrorText {
    /// A word or number, such as `rate_limit_exceeded`.
    pub(super) code: String,
    /// A coarser word, such as `invalid_request_error`.
    pub(super) kind: String,
    /// For people.
    pub(super) message: String,
    /// The part of the request that is at fault.
    pub(super) parameter: Option<String>,
}

impl ErrorText {
    /// From a body that may be anything.
    pub(super) fn of_body(body: &[u8]) -> Self {
        match serde_json::from_slice(body) {
            Ok(json) => Self::of_json(&json),
            Err(_) => Self { message: quote_bytes(body), ..Self::default() },
        }
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
            return Self { message: fit(message), ..Self::default() };
        }
        let word = |name: &str| error.get(name).map(scalar).unwrap_or_default();
        let details =
            ["detail", "message"].iter().filter_map(|name| error.get(name)).find_map(details);
        let (at, said) = details.unwrap_or_default();
        let message = if said.is_empty() { word("message") } else { said };
        let param = error.get("param").and_then(Value::as_str).map(str::to_owned);
        Self {
            code: fit(&word("code")),
            kind: fit(&word("type")),
            message: fit(&join(message, &upstream(error))),
            parameter: param.or(at),
        }
    }

    /// The more telling of code and type.
    pub(super) fn name(&self) -> &str {
        let code_is_number = self.code.chars().all(|c| c.is_ascii_digit());
        if code_is_number && !self.kind.is_empty() { &self.kind } else { &self.code }
    }

    /// All of it in small letters, to look for words in.
    pub(super) fn lower(&self) -> String {
        format!("{} {} {}", self.code, self.kind, self.message).to_lowercase()
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
    error.pointer("/metadata/raw").map(scalar).unwrap_or_default()
}

/// FastAPI's and Mistral's details: a text, or a list of `{loc, msg}`; the parameter of the first
/// and all messages.
fn details(value: &Value) -> Option<(Option<String>, String)> {
    match value {
        Value::String(text) => Some((None, text.clone())),
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
