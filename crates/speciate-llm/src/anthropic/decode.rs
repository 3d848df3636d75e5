//! From the bytes of an answer to what it means.

use serde::Deserialize;
use serde_json::Value;
use speciate_types::{CallError, ChatRequest, ChatResponse, ErrorClass, Usage};

use crate::answer::{RawAnswer, after_work, judge};
use crate::openai::{Reply, classify_inner, classify_status, count, parse, read_finish};
use crate::retry_after::ResponseHints;

/// The parts of a message that count; typed, so that a key that comes twice is noticed.
#[derive(Deserialize)]
#[serde(expecting = "an object with `content`")]
struct Body {
    #[serde(default)]
    error: Option<Value>,
    #[serde(default)]
    content: Option<Vec<Block>>,
    #[serde(default)]
    stop_reason: Option<Value>,
    #[serde(default)]
    usage: Option<Value>,
    #[serde(default)]
    model: Option<Value>,
}

/// A block of content, or a change in a stream. Blocks that are neither text nor thinking are of no
/// use here.
#[derive(Debug, Default, Deserialize)]
#[serde(default, expecting = "a block of content")]
pub(super) struct Block {
    #[serde(rename = "type")]
    kind: Option<Value>,
    text: Option<Value>,
    thinking: Option<Value>,
    /// In a change of the whole message.
    pub(super) stop_reason: Option<Value>,
}

impl Block {
    /// What the block says as part of the answer.
    pub(super) fn text(&self) -> &str {
        self.said(self.text.as_ref(), &["text", "text_delta"])
    }

    /// What it says as reasoning.
    pub(super) fn thinking(&self) -> &str {
        self.said(self.thinking.as_ref(), &["thinking", "thinking_delta"])
    }

    fn said<'a>(&'a self, value: Option<&'a Value>, kinds: &[&str]) -> &'a str {
        let kind = self.kind.as_ref().and_then(Value::as_str).unwrap_or_default();
        let text = value.and_then(Value::as_str).unwrap_or_default();
        if kinds.contains(&kind) { text } else { "" }
    }
}

/// Reads a response to `request`, which was sent to `model`, with the checks that hold for every
/// format: only a whole answer counts.
pub fn decode(
    model: &str,
    request: &ChatRequest,
    reply: &Reply<'_>,
) -> Result<ChatResponse, CallError> {
    judge(model, request, read_reply(reply)?)
}

/// The same before it is judged.
pub(crate) fn read_reply(reply: &Reply<'_>) -> Result<RawAnswer, CallError> {
    if reply.status != 200 {
        return Err(classify_status(reply));
    }
    read(parse(reply.body)?, reply.hints)
}

/// The blocks of a body, or the error in the place of them.
fn read(body: Body, hints: ResponseHints) -> Result<RawAnswer, CallError> {
    let usage = body.usage.as_ref().and_then(|usage| read_usage(usage, None));
    if let Some(error) = body.error.filter(|error| !error.is_null()) {
        return Err(CallError { usage, ..classify_inner(&error, hints) });
    }
    let blocks = body
        .content
        .ok_or_else(|| after_work((ErrorClass::Malformed, "the answer has no `content`"), usage))?;
    let reasoning: String = blocks.iter().map(Block::thinking).collect();
    Ok(RawAnswer {
        content: blocks.iter().map(Block::text).collect(),
        reasoning: Some(reasoning).filter(|reasoning| !reasoning.trim().is_empty()),
        is_refusal: false,
        finish: read_finish(body.stop_reason.as_ref()),
        usage,
        model: body.model.as_ref().and_then(Value::as_str).map(str::to_owned),
        created_unix_s: None,
    })
}

/// Both counts, if both make sense; what is missing in a later event is as it was `before`.
///
/// `input_tokens` are those after the last place of the cache, so that what was written to the
/// cache and read from it comes on top (page "Prompt caching"). The counts of a stream are
/// cumulative (page "Streaming messages").
pub(super) fn read_usage(usage: &Value, before: Option<Usage>) -> Option<Usage> {
    let read = |name: &str| usage.get(name).filter(|value| !value.is_null()).map(count);
    let cached = ["cache_creation_input_tokens", "cache_read_input_tokens"]
        .into_iter()
        .map(|name| read(name).unwrap_or(Some(0)))
        .sum::<Option<u64>>()?;
    let input_tokens = match read("input_tokens") {
        Some(fresh) => fresh?.saturating_add(cached),
        None => before?.input_tokens,
    };
    let output_tokens = match read("output_tokens") {
        Some(written) => written?,
        None => before?.output_tokens,
    };
    let read_from_cache = read("cache_read_input_tokens").flatten();
    let cached_input_tokens =
        read_from_cache.or_else(|| Some(before?.cached_input_tokens)).unwrap_or(0);
    Some(Usage { input_tokens, output_tokens, cached_input_tokens, ..Usage::default() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn counts() {
        let of = |value: Value, before| {
            read_usage(&value, before).map(|usage| (usage.input_tokens, usage.output_tokens))
        };
        let before = Some(Usage { input_tokens: 7, output_tokens: 1, ..Usage::default() });
        for (value, before, expected) in [
            (json!({"input_tokens": 3, "output_tokens": 5}), None, Some((3, 5))),
            (
                json!({"input_tokens": 3, "output_tokens": 5, "cache_creation_input_tokens": 100, "cache_read_input_tokens": 20}),
                None,
                Some((123, 5)),
            ),
            (
                json!({"input_tokens": 3, "output_tokens": 5, "cache_read_input_tokens": null}),
                None,
                Some((3, 5)),
            ),
            (json!({"output_tokens": 15}), before, Some((7, 15))),
            (json!({"input_tokens": 9, "output_tokens": 15}), before, Some((9, 15))),
            (json!({"output_tokens": 15}), None, None),
            (json!({"input_tokens": -3, "output_tokens": 5}), None, None),
            (
                json!({"input_tokens": 3, "output_tokens": 5, "cache_read_input_tokens": "x"}),
                None,
                None,
            ),
            (json!(null), None, None),
            (json!([1]), None, None),
        ] {
            assert_eq!(of(value.clone(), before), expected, "{value}");
        }
    }

    proptest! {
        #[test]
        fn no_count_is_made_up(input in any::<i64>(), output in any::<f64>(), cached in any::<i64>()) {
            let usage = json!({"input_tokens": input, "output_tokens": output, "cache_read_input_tokens": cached});
            if let Some(usage) = read_usage(&usage, None) {
                prop_assert_eq!(i128::from(usage.input_tokens), i128::from(input) + i128::from(cached));
                prop_assert_eq!(Some(usage.output_tokens), count(&json!(output)));
            }
        }
    }
}
