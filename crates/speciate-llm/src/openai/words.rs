//! How vendors word what their codes do not say. All in small letters.

/// Money or quota that does not come back by waiting a minute, as a code or type.
pub(super) const EXHAUSTED_CODES: [&str; 6] = [
    "insufficient_quota",
    "credit_balance_exhausted",
    "enforced_spend_limit_reached",
    "insufficient_balance",
    "insufficient_credits",
    "quota_exceeded",
];
/// The same in sentences.
pub(super) const EXHAUSTED_WORDS: [&str; 9] = [
    "exceeded your current quota",
    // Anthropic's limits that an organisation sets itself, with status 400.
    "reached your specified api usage limits",
    "reached your specified workspace api usage limits",
    "credit balance is too low",
    "spend limit",
    "insufficient balance",
    "insufficient credits",
    "requires more credits",
    "out of credits",
];
/// A request that is longer than the model's context.
pub(super) const CONTEXT: [&str; 14] = [
    "context_length_exceeded",
    "maximum context length",
    "context window",
    "context length",
    "context size",
    "prompt is too long",
    "max_model_len",
    "maximum model length",
    "maximum prompt length",
    "maximum number of tokens",
    "input is too long",
    "too many tokens",
    "reduce the length",
    "`inputs` tokens",
];
/// A provider's policy against the text of this request.
pub(super) const POLICY: [&str; 7] = [
    "responsibleaipolicyviolation",
    "content_policy",
    "content_filter",
    "content management policy",
    "safety system",
    "requires moderation",
    "was flagged",
];
/// A parameter that the endpoint does not take, where the refusal names none that can be left out:
/// so plain that it is the same for every request.
pub(super) const UNSUPPORTED: [&str; 10] = [
    "unsupported",
    // "temperature: range: 0..1", as quoted in the issue 893 of anthropics/anthropic-sdk-python.
    ": range: ",
    "is deprecated for this model",
    "not supported",
    "does not support",
    "unrecognized",
    "unknown parameter",
    "extra fields not permitted",
    "extra inputs are not permitted",
    "cannot both be specified",
];
/// The same and more, for a refusal that names a parameter which was sent.
pub(super) const REFUSING: [&str; 38] = [
    "unsupported",
    "deprecated",
    "not supported",
    "not yet supported",
    "does not support",
    "doesn't support",
    "don't support",
    "do not support",
    "isn't supported",
    "aren't supported",
    "only support",
    "unrecognized",
    "unrecognised",
    "not recognized",
    "not a recognized",
    "unknown",
    "unexpected",
    "not permitted",
    "not allowed",
    "not accepted",
    "not accept",
    "does not take",
    "not enabled",
    "not available",
    "not a valid",
    "extra_forbidden",
    "extra fields",
    "extraneous",
    "cannot find field",
    "no such",
    "additional propert",
    "left out",
    "omit",
    "must not",
    "cannot both",
    "only the default",
    "only one of",
    "mutually exclusive",
];
/// A value that is refused. The endpoint's own value is then the best that is left, but a limit is
/// not one to leave out.
pub(super) const REFUSED_VALUE: [&str; 6] =
    [": range: ", "must be", "should be", "cannot be", "can't be", "invalid"];
/// Two parameters of which the model takes one.
pub(super) const ONE_OF_TWO: [&str; 7] = [
    "both",
    "only one",
    "mutually exclusive",
    "together",
    "at the same time",
    "simultaneously",
    "either",
];
/// The role that some chat templates do not have.
pub(super) const SYSTEM_ROLE: [&str; 14] = [
    "system role",
    "system message",
    "system prompt",
    "system instruction",
    "system_instruction",
    "role: system",
    "role system",
    "'system'",
    "`system`",
    "\"system\"",
    "developer instruction",
    "'developer'",
    "messages[0].role",
    "messages.0.role",
];
/// How such templates see it.
pub(super) const ROLES_BY_TURNS: [&str; 9] = [
    "roles must alternate",
    "must alternate",
    "alternate between",
    "only user and assistant",
    "only user, assistant",
    "only 'user' and 'assistant'",
    "'user' or 'assistant'",
    "first message must be",
    "must start with a user",
];
/// A model that the endpoint does not have, where the status is 400.
pub(super) const UNKNOWN_MODEL: [&str; 17] = [
    "model_not_found",
    "model not found",
    "model_not_supported",
    "model_decommissioned",
    "not a valid model",
    "invalid model",
    "unknown model",
    "no such model",
    "model not exist",
    "model does not exist",
    "model is not supported",
    "model is not available",
    "model identifier is invalid",
    "on-demand throughput",
    "has been decommissioned",
    "not a chat model",
    "no access to model",
];
/// A key that is wrong, where the status is 400.
pub(super) const KEY: [&str; 27] = [
    "invalid_api_key",
    "api_key_invalid",
    "api key not valid",
    "api key is not valid",
    "incorrect api key",
    "invalid api key",
    "invalid x-api-key",
    "wrong api key",
    "no api key",
    "missing api key",
    "api key is missing",
    "api key is required",
    "api key required",
    "api key expired",
    "api key has expired",
    "api key is invalid",
    "api key not found",
    "valid api key",
    "provide an api key",
    "authentication error",
    "authentication_error",
    "authentication failed",
    "authentication fails",
    "invalid authentication",
    "unauthorized",
    "authorization header",
    // LiteLLM's gateway without a database knows its master key only.
    "no connected db",
];
/// A refusal that passes by itself, whatever its status.
pub(super) const LATER: [&str; 19] = [
    "try again later",
    "try later",
    "retry later",
    "try again in ",
    "try again shortly",
    "retry shortly",
    "temporarily",
    "temporary",
    "at capacity",
    "over capacity",
    "capacity_exceeded",
    "capacity exceeded",
    "no capacity",
    "overloaded",
    "is busy",
    "too busy",
    "server_busy",
    "high demand",
    "is loading",
];
/// An address that the server does not have, in an error that comes with 200 (LM Studio).
pub(super) const WRONG_ADDRESS: [&str; 6] = [
    "unexpected endpoint",
    "unknown endpoint",
    "invalid endpoint",
    "no route",
    "invalid url",
    "unknown_url",
];
/// A place that the provider does not serve, where the status is 403.
pub(super) const REGION: [&str; 3] = ["region", "country", "territory"];

/// Whether one of `words` is in `lower`.
pub(super) fn says(lower: &str, words: &[&str]) -> bool {
    words.iter().any(|word| lower.contains(word))
}
