//! What a refusal teaches: parameters and roles that an endpoint does not take, and limits.

use serde_json::Value;

use super::Quirks;
use super::classify::Reply;
use super::error_text::ErrorText;
use super::limits::{Room, read_room};
use super::mentions::mentioned;
use super::words::{ONE_OF_TWO, REFUSED_VALUE, REFUSING, ROLES_BY_TURNS, SYSTEM_ROLE, says};

/// The request that was refused.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// As it was sent.
    pub(crate) body: &'a [u8],
    /// What was left out of it.
    pub(crate) quirks: Quirks,
    /// The limit of its answer.
    pub(crate) tokens_max: Option<u32>,
    /// It has a system text.
    pub(crate) has_system: bool,
}

/// What can be changed so that the request is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Send it without these.
    Parameters(Quirks),
    /// Ask for fewer tokens.
    Limit(Room),
}

/// Reads a refusal of `asked`. Nothing is found where nothing can be changed.
pub(crate) fn read_refusal(reply: &Reply<'_>, asked: &Asked<'_>) -> Option<Refusal> {
    let text = refusal(reply)?;
    let lower = text.lower();
    if text.is_policy {
        return None;
    }
    let room = asked.tokens_max.and_then(|tokens_max| read_room(&lower, tokens_max));
    let is_rate = reply.status == 429;
    if let Some(room) = room.filter(|room| !is_rate || matches!(room, Room::Shared { .. })) {
        return Some(Refusal::Limit(room));
    }
    if is_rate || reply.status == 413 {
        return None;
    }
    let is_system = asked.has_system && !asked.quirks.has(Quirks::SYSTEM) && is_of_role(&lower);
    let parameters = if is_system { Quirks::SYSTEM } else { parameters(&text, &lower, asked) };
    (!parameters.is_empty()).then_some(Refusal::Parameters(parameters))
}

/// The words of a response that can be a refusal: some servers answer with 200 and an error in it,
/// or with 500 where a chat template has raised an exception.
fn refusal(reply: &Reply<'_>) -> Option<ErrorText> {
    let is_inside = || reply.body.trim_ascii_start().starts_with(b"{\"error\"");
    match reply.status {
        400 | 404 | 413 | 422 | 429 | 500 | 501 => Some(ErrorText::of_body(reply.body)),
        200 if is_inside() => {
            let json: Value = serde_json::from_slice(reply.body).ok()?;
            Some(ErrorText::of_json(&json))
        }
        _ => None,
    }
}

/// Whether the refusal is about the role `system`, or about roles that do not take turns, which is
/// how templates without that role see it.
fn is_of_role(lower: &str) -> bool {
    says(lower, &ROLES_BY_TURNS) || (says(lower, &SYSTEM_ROLE) && is_refusing(lower))
}

fn is_refusing(lower: &str) -> bool {
    says(lower, &REFUSING) || says(lower, &REFUSED_VALUE)
}

/// All parameters of the request that the refusal names.
fn parameters(text: &ErrorText, lower: &str, asked: &Asked<'_>) -> Quirks {
    if !is_refusing(lower) {
        return Quirks::default();
    }
    let named = text.parameter.as_deref().and_then(of_place).unwrap_or_default();
    let all = mentioned(lower).with(named).without(asked.quirks).sent_in(asked.body);
    let all = if says(lower, &REFUSING) { all } else { all.without(Quirks::MAX_COMPLETION_TOKENS) };
    // Of the pair that newer models refuse, the temperature is what the recipes set.
    let is_pair = all.has(Quirks::TEMPERATURE.with(Quirks::TOP_P));
    if is_pair && says(lower, &ONE_OF_TWO) { Quirks::TOP_P } else { all }
}

/// The parameter of a place such as `body.seed` or `generation_config.top_p`.
fn of_place(place: &str) -> Option<Quirks> {
    Quirks::of_parameter(place.rsplit('.').next().unwrap_or(place))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retry_after::ResponseHints;
    use proptest::prelude::*;

    /// All parameters, as a request may have them.
    const BODY: &[u8] = br#"{"model":"m","messages":[{"role":"user","content":",\"n\":"}],"max_tokens":2048,"temperature":0.5,"top_p":0.9,"frequency_penalty":0.0,"presence_penalty":0.0,"min_p":0.1,"repetition_penalty":1.1,"repeat_penalty":1.1,"seed":1,"stop":["x"],"stream":true,"stream_options":{}}"#;

    fn read(status: u16, body: &str) -> Option<Refusal> {
        let reply = Reply { status, hints: ResponseHints::default(), body: body.as_bytes() };
        let asked = Asked {
            body: BODY,
            quirks: Quirks::default(),
            tokens_max: Some(2_048),
            has_system: true,
        };
        read_refusal(&reply, &asked)
    }

    fn read_message(status: u16, message: &str) -> Option<Refusal> {
        read(status, &serde_json::json!({"error": {"message": message, "param": null}}).to_string())
    }

    fn names(refusal: Option<Refusal>) -> String {
        match refusal {
            Some(Refusal::Parameters(quirks)) => quirks.refused().join(" "),
            Some(Refusal::Limit(room)) => format!("{room:?}"),
            None => String::new(),
        }
    }

    #[test]
    fn parameters_in_every_vendors_words() {
        for (message, expected) in PARAMETERS {
            assert_eq!(names(read_message(400, message)), expected, "{message}");
        }
    }

    const PARAMETERS: [(&str, &str); 56] = [
        // OpenAI and Azure.
        ("Unrecognized request argument supplied: stream_options", "stream_options"),
        ("Unrecognized request arguments supplied: n, seed", "seed"),
        ("Unrecognized request argument supplied:stream_options. Please ask us.", "stream_options"),
        ("Unknown parameter: 'stream_options'.", "stream_options"),
        (
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
            "max_tokens",
        ),
        (
            "Unsupported value: 'temperature' does not support 0.5 with this model. Only the default (1) value is supported.",
            "temperature",
        ),
        ("Unsupported parameter: 'top_p' is not supported with this model.", "top_p"),
        ("Unsupported value: 'stream' does not support true with this model.", "stream"),
        // Anthropic and Bedrock.
        ("seed: Extra inputs are not permitted", "seed"),
        ("temperature: range: 0..1", "temperature"),
        ("`temperature` is deprecated for this model.", "temperature"),
        ("`temperature` and `top_p` cannot both be specified for this model.", "top_p"),
        (
            "`temperature` and `top_p` cannot both be specified for this model. Please use only one.",
            "top_p",
        ),
        (
            "Malformed input request: #: extraneous key [seed] is not permitted, please reformat your input and try again.",
            "seed",
        ),
        (
            "Malformed input request: 2 schema violations found; #: extraneous key [seed] is not permitted; #: extraneous key [top_p] is not permitted",
            "top_p seed",
        ),
        (
            "This model doesn't support the stopSequences field. Remove stopSequences and try again.",
            "stop",
        ),
        (
            "This model doesn't support the temperature field. Remove temperature and try again.",
            "temperature",
        ),
        // Google.
        ("Invalid JSON payload received. Unknown name \"seed\": Cannot find field.", "seed"),
        (
            "Invalid JSON payload received. Unknown name \"frequency_penalty\": Cannot find field.\nInvalid JSON payload received. Unknown name \"seed\": Cannot find field.",
            "seed frequency_penalty",
        ),
        (
            "Invalid JSON payload received. Unknown name \"presencePenalty\" at 'generation_config': Cannot find field.",
            "presence_penalty",
        ),
        ("Penalty is not enabled for this model", "frequency_penalty presence_penalty"),
        ("Presence penalty is not enabled for models/x", "presence_penalty"),
        // xAI.
        ("Argument not supported on this model: presencePenalty", "presence_penalty"),
        ("Model grok-x does not support parameter presencePenalty.", "presence_penalty"),
        ("Model grok-x does not support parameter stop.", "stop"),
        // Groq.
        ("`x` : property 'seed' is unsupported", "seed"),
        ("property 'seed' is unsupported, did you mean 'speed'?", "seed"),
        // Cohere.
        ("invalid request: unknown field: seed", "seed"),
        ("unknown field: parameter 'seed' is not a valid field", "seed"),
        ("invalid type: parameter stop is not allowed", "stop"),
        // LiteLLM and what is behind it.
        (
            "litellm.UnsupportedParamsError: xai does not support parameters: ['seed', 'frequency_penalty'], for model=x. To drop these, set `litellm.drop_params=True`",
            "seed frequency_penalty",
        ),
        ("xai does not support parameters: {'seed': 1}, for model=x.", "seed"),
        (
            "litellm.UnsupportedParamsError: gpt-5 models (including gpt-5-codex) don't support temperature=0.5. Only temperature=1 is supported.",
            "temperature",
        ),
        // OpenRouter's providers.
        (
            "Provider returned error: the field `frequency_penalty` must be left out for this model",
            "frequency_penalty",
        ),
        (
            "Provider returned error: parameters seed, min_p and top_p are not accepted",
            "top_p seed min_p",
        ),
        // Together, Fireworks, Databricks, NVIDIA.
        ("Input validation error: `temperature` must be strictly positive", "temperature"),
        ("Extra inputs are not permitted, field: 'seed', value: 1", "seed"),
        ("Bad request: json: unknown field \"seed\"", "seed"),
        (
            "[{'type': 'extra_forbidden', 'loc': ('body', 'seed'), 'msg': 'Extra inputs are not permitted', 'input': 1}]",
            "seed",
        ),
        ("Additional properties are not allowed ('seed', 'min_p' were unexpected)", "seed min_p"),
        // vLLM, SGLang, TGI, llama.cpp, Ollama, mistral.rs and others of their kind.
        ("create() got an unexpected keyword argument 'min_p'", "min_p"),
        ("1 validation error: body.seed Extra inputs are not permitted", "seed"),
        ("`top_p` must be > 0.0 and < 1.0", "top_p"),
        ("The min_p sampling parameter is not yet supported with speculative decoding.", "min_p"),
        ("Per-request seed is not supported on TPU: parameter seed", "seed"),
        (
            "unknown field `seed`, expected one of `model`, `messages`, `temperature`, `top_p`",
            "seed",
        ),
        ("Unknown option: seed. Supported parameters: temperature, top_p", "seed"),
        ("repetition_penalty is not a recognized parameter", "repeat_penalty"),
        ("Streaming is not supported for this model", "stream"),
        // No names, or names as words of the sentence.
        ("messages: range: 1..", ""),
        ("This stop is not supported at this temperature", ""),
        ("temperature: not a number", ""),
        ("Unsupported parameter: 'messages'", ""),
        ("Unsupported country: the seed of all trouble", ""),
        ("n_probs is not supported", ""),
        ("", ""),
    ];

    /// What comes in other shapes than a message.
    #[test]
    fn parameters_in_other_shapes() {
        let detail = r#"{"detail":[{"type":"extra_forbidden","loc":["body","seed"],"msg":"Extra inputs are not permitted","input":1},{"type":"extra_forbidden","loc":["body","stream_options"],"msg":"Extra inputs are not permitted","input":{}}]}"#;
        let in_string = serde_json::json!({"object": "error", "message": detail, "type": "internal_error_proxy"}).to_string();
        let raw = serde_json::json!({"error": {"message": "Provider returned error", "code": 400, "metadata": {"raw": r#"{"message":"the field `min_p` must be left out for this model"}"#}}});
        let google = r#"[{"error":{"code":400,"message":"Invalid JSON payload received. Unknown name \"seed\": Cannot find field.","status":"INVALID_ARGUMENT"}}]"#;
        for (status, body, expected) in [
            (422, detail.to_owned(), "seed stream_options"),
            (422, format!(r#"{{"object":"error","message":{detail}}}"#), "seed stream_options"),
            (422, in_string, "seed stream_options"),
            (400, raw.to_string(), "min_p"),
            (200, raw.to_string(), "min_p"),
            (400, google.to_owned(), "seed"),
            (
                400,
                r#"{"error":{"message":"Unsupported","param":"generation_config.top_p"}}"#
                    .to_owned(),
                "top_p",
            ),
            (400, "unknown parameter: 'seed'".to_owned(), "seed"),
            (401, r#"{"error":"unknown parameter 'seed'"}"#.to_owned(), ""),
            (200, r#"{"choices":[],"error":"unknown parameter 'seed'"}"#.to_owned(), ""),
        ] {
            assert_eq!(names(read(status, &body)), expected, "{status} {body}");
        }
    }

    #[test]
    fn system_roles_in_every_vendors_words() {
        for message in [
            "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
            "System role not supported",
            "Conversation roles must alternate user/assistant/user/assistant/...",
            "After the optional system message, conversation roles must alternate user/assistant/user/assistant/...",
            "Developer instruction is not enabled for models/gemma-3-27b-it",
            "System message must be at the beginning.",
            "This model doesn't support system messages. Try again without including system messages.",
            "Jinja Exception: System role not supported",
            "Template error: invalid operation: Only user and assistant roles are supported!",
            "Only user, assistant and tool roles are supported, with the exception of an initial optional system message!",
            "messages: Unexpected role \"system\". The Messages API accepts a top-level `system` parameter",
            "Invalid role: system. Allowed values are: user, assistant",
            "system_instruction is not supported by this model",
            "[{'loc': ('messages', 0, 'role'), 'msg': \"Input should be 'user' or 'assistant'\"}]",
            "System prompts are not supported by this model",
            "The system role is not available for this model",
            "Please ensure that multiturn requests alternate between user and model.",
        ] {
            assert_eq!(names(read_message(400, message)), "system", "{message}");
            assert_eq!(names(read_message(500, message)), "system", "{message}");
        }
        assert_eq!(names(read_message(400, "Our safety system has flagged this")), "");
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table")]
    fn limits_in_every_vendors_words() {
        let shared = |window, prompt| names(Some(Refusal::Limit(Room::Shared { window, prompt })));
        let most = |most| names(Some(Refusal::Limit(Room::AnswerMost(most))));
        for (status, message, expected) in [
            (
                400,
                "'max_tokens' or 'max_completion_tokens' is too large: 2048. This model's maximum context length is 2048 tokens and your request has 300 input tokens (2048 > 2048 - 300). (parameter=max_tokens, value=2048)",
                shared(2_048, Some(300)),
            ),
            (
                400,
                "This model's maximum context length is 2048 tokens. However, you requested 2348 tokens (300 in the messages, 2048 in the completion). Please reduce the length of the messages or completion.",
                shared(2_048, Some(300)),
            ),
            (
                400,
                "This model's maximum context length is 2048 tokens. However, you requested 2048 output tokens and your prompt contains at least 300 input tokens, for a total of at least 2348 tokens.",
                shared(2_048, Some(300)),
            ),
            (
                400,
                "This endpoint's maximum context length is 8192 tokens. However, you requested about 9000 tokens (6952 of text input, 2048 in the output). Please reduce the length of either one",
                shared(8_192, Some(6_952)),
            ),
            (
                400,
                "Requested token count exceeds the model's maximum context length of 2048 tokens. You requested a total of 2348 tokens: 300 tokens from the input messages and 2048 tokens for the completion.",
                shared(2_048, Some(300)),
            ),
            (
                422,
                "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 2048. Given: 300 `inputs` tokens and 2048 `max_new_tokens`",
                shared(2_048, Some(300)),
            ),
            (
                400,
                "input length and `max_tokens` exceed context limit: 199000 + 2048 > 200000, decrease input length or `max_tokens` and try again",
                shared(200_000, Some(199_000)),
            ),
            (
                400,
                "the request exceeds the available context size: request (1407 tokens) exceeds the available context size (256 tokens), try increasing it",
                shared(256, Some(1_407)),
            ),
            (
                413,
                "Request too large for model `x` in organization `org_x` service tier `on_demand` on tokens per minute (TPM): Limit 1500, Requested 2148, please reduce your message size and try again.",
                shared(1_500, Some(100)),
            ),
            (
                429,
                "Request too large for gpt-x in organization o on tokens per min (TPM): Limit 1,500, Requested 2,148.",
                shared(1_500, Some(100)),
            ),
            (
                429,
                "Rate limit reached for model on tokens per minute (TPM): Limit 6000, Used 5000, Requested 2148. Please try again in 2s.",
                String::new(),
            ),
            (
                400,
                "The requested max_tokens do not fit into the context window of 1024",
                shared(1_024, None),
            ),
            (
                400,
                "`max_tokens` must be less than or equal to `1024`, the maximum value for `max_tokens` is less than the `context_window` for this model",
                most(1_024),
            ),
            (
                400,
                "max_tokens: 2048 > 1024, which is the maximum allowed number of output tokens for x",
                most(1_024),
            ),
            (
                400,
                "Invalid max_tokens value, the valid range of max_tokens is [1, 1024]",
                most(1_024),
            ),
            (400, "Range of max_tokens should be [1, 1024]", most(1_024)),
            (
                400,
                "max_tokens is too large: 2048. This model supports at most 1024 completion tokens, whereas you provided 2048.",
                most(1_024),
            ),
            (
                400,
                "Unable to submit request because it has a maxOutputTokens value of 2048 but the supported range is from 1 (inclusive) to 1025 (exclusive). Update the value and try again.",
                most(1_024),
            ),
            (
                400,
                "The maximum tokens you requested exceeds the model limit of 1024. Try again with a maximum tokens value that is lower than 1024.",
                most(1_024),
            ),
            (
                400,
                "too many tokens: max tokens must be less than or equal to 1024, the maximum output for this model - received 2048.",
                most(1_024),
            ),
            (400, "Requests with max_tokens > 1024 must have stream=true", most(1_024)),
            (422, "max_tokens: Input should be less than or equal to 1024", most(1_024)),
            (400, "`max_new_tokens` must be <= 1024. Given: 2048", most(1_024)),
            (400, "max_tokens (2048) exceeds the limit of 1,024 output tokens", most(1_024)),
            (400, "max_completion_tokens must be between 1 and 1024", most(1_024)),
            (
                400,
                "max_tokens is too high for this deployment",
                names(Some(Refusal::Limit(Room::TooLarge))),
            ),
            (400, "max_tokens must be at least 1", String::new()),
            (
                400,
                "This model's maximum context length is 8192 tokens, and yours is fine",
                shared(8_192, None),
            ),
        ] {
            let expected =
                if message.ends_with("is fine") { shared(8_192, None) } else { expected };
            assert_eq!(names(read_message(status, message)), expected, "{message}");
        }
        let fields = r#"{"error":{"code":400,"message":"the request exceeds the available context size, try increasing it","type":"exceed_context_size_error","n_prompt_tokens":1407,"n_ctx":256}}"#;
        assert_eq!(names(read(400, fields)), shared(256, Some(1_407)));
    }

    proptest! {
        /// What a message does not name is not left out.
        #[test]
        fn only_what_is_named(message in "(unsupported |supplied: ?|seed|stop|'|`|min_p|, |: range: |\\PC){0,12}") {
            if let Some(Refusal::Parameters(quirks)) = read_message(400, &message) {
                for name in quirks.left_out() {
                    prop_assert!(message.to_lowercase().contains(&name), "{name}");
                }
            }
        }
    }
}
