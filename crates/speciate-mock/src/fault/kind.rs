//! The kinds of faults.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::ScriptError;

/// When a fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// In place of the work: no slot is taken.
    Refusal,
    /// After the work, on a whole or streamed answer.
    Answer,
    /// After the work, on streamed answers only.
    Stream,
}

/// Makes the enum and its table from one list, so that they cannot differ.
macro_rules! kinds {
    ($($stage:ident $variant:ident $name:literal $summary:literal)*) => {
        /// One way to go wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub enum FaultKind {
            $(#[doc = $summary] $variant,)*
        }

        impl FaultKind {
            /// Every kind, in the order of the catalogue.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name in scripts and stats.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// One line on what it does.
            pub fn summary(self) -> &'static str {
                match self { $(Self::$variant => $summary.trim_ascii(),)* }
            }

            pub(crate) fn stage(self) -> Stage {
                match self { $(Self::$variant => Stage::$stage,)* }
            }
        }
    };
}

kinds! {
    Refusal Throttle "throttle" "429 `rate_limit_exceeded`, with the rule's Retry-After or none."
    Refusal SlowDown "slow-down" "429 `slow_down`: the ramp is too steep."
    Refusal Quota "quota" "429 `insufficient_quota`: no money left."
    Refusal SpendLimit "spend-limit" "429 `enforced_spend_limit_reached`, without Retry-After."
    Refusal PaymentRequired "payment-required" "402 `insufficient_balance`."
    Refusal Unauthorized "unauthorized" "401 that quotes the Authorization header in its body."
    Refusal Forbidden "forbidden" "403 for a missing permission."
    Refusal NotFoundModel "not-found-model" "404 `model_not_found`."
    Refusal BadParameter "bad-parameter" "400 for the rule's `parameter` (`max_tokens`), where the request has it."
    Refusal ContextLength "context-length" "400 for a prompt that is too long, in five vendors' words by turns."
    Refusal AnswerLimit "answer-limit" "400 for more than 1,024 tokens of an answer, where the request asks for more."
    Refusal NoSystemRole "no-system-role" "400 for a system message, where the request has one."
    Refusal KeyIn400 "key-in-400" "400 about the key, as LiteLLM's gateway without a database has it."
    Refusal ContentPolicy "content-policy" "400 `content_policy_violation`."
    Refusal PayloadTooLarge "payload-too-large" "413."
    Refusal Unprocessable "unprocessable" "422 with FastAPI's `detail` list."
    Refusal RequestTimeout "request-timeout" "408."
    Refusal Conflict "conflict" "409."
    Refusal ServerError "server-error" "500 with a JSON error."
    Refusal BadGatewayHtml "bad-gateway-html" "502 with a proxy's HTML page."
    Refusal Unavailable "unavailable" "503 with a JSON error."
    Refusal Overloaded "overloaded" "529 `overloaded_error`."
    Refusal Html200 "html-200" "200 with an HTML page."
    Refusal ErrorIn200 "error-in-200" "200 with an error object of code 429."
    Refusal EmptyBody "empty-body" "200 with no bytes."
    Refusal NoContent "no-content" "204."
    Refusal Redirect "redirect" "302 to 127.0.0.2."
    Refusal Hang "hang" "Reads the request and says nothing."
    Answer HangMidBody "hang-mid-body" "Half of the body, then silence."
    Answer Drip "drip" "The body one byte at a time, with a pause after each."
    Answer CutBody "cut-body" "Announces the whole length and closes after half of it."
    Answer CutChunked "cut-chunked" "A chunked body without its last chunk."
    Answer CutClose "cut-close" "Half a body whose end is the end of the connection."
    Refusal Reset "reset" "Resets the connection (RST)."
    Refusal Close "close" "Closes the connection without a word."
    Refusal NotHttp "not-http" "The banner of an SSH server."
    Refusal HugeHead "huge-head" "300 headers of 300 bytes."
    Refusal HugeBody "huge-body" "A sound answer of 64 MiB."
    Refusal DeepJson "deep-json" "JSON of 200,000 nested arrays."
    Answer InvalidUtf8 "invalid-utf8" "Bytes in the content that are not UTF-8."
    Answer LoneSurrogate "lone-surrogate" "An escape in the content for half a surrogate pair."
    Answer CorruptGzip "corrupt-gzip" "Says gzip and sends plain bytes."
    Refusal EmptyChoices "empty-choices" "`choices` is an empty list."
    Refusal MissingChoices "missing-choices" "No `choices` at all."
    Answer NullContent "null-content" "`content` is null though all went well."
    Answer NullContentReasoning "null-content-reasoning" "`content` is null, the tokens went into `reasoning_content`."
    Answer Truncation "truncation" "Half of the text with `finish_reason` `length`."
    Answer ContentFilter "content-filter" "A few words with `finish_reason` `content_filter`."
    Answer Refusal "refusal" "`content` is null and `refusal` has a text."
    Answer OddFinish "odd-finish" "A whole answer whose `finish_reason` is `repetition`, which proves nothing."
    Answer NoFinishReason "no-finish-reason" "A whole answer without a finish reason."
    Answer LeakedReasoning "leaked-reasoning" "Reasoning in `<think>` tags before the text."
    Answer LeakedChannels "leaked-channels" "The text behind harmony's channels, as gpt-oss writes them."
    Answer InventedTurn "invented-turn" "Behind the text a turn of the user that the model has made up."
    Answer CutPrompt "cut-prompt" "Counts a tenth of the prompt, as a server does that has cut it."
    Answer OtherForm "other-form" "A stream for what was asked for whole, and the other way round."
    Refusal WrongJson "wrong-json" "JSON of another API."
    Answer DuplicateKeys "duplicate-keys" "The message has `content` twice, the first one empty."
    Answer NoUsage "no-usage" "No `usage`."
    Answer WeirdUsage "weird-usage" "`usage` of a negative number, a text and 1e308."
    Answer ByteChunks "stream-split-utf8" "The body in chunks of one byte, so that characters are split."
    Answer StaleKeepAlive "stale-keepalive" "A sound answer that promises keep-alive, then the connection closes."
    Stream NoDone "stream-no-done" "A stream without `[DONE]`, though with a finish reason."
    Stream NoFinish "stream-no-finish" "A stream that ends without finish reason and `[DONE]`."
    Stream TextAfterFinish "stream-text-after-finish" "A finish reason half-way, one piece of text behind it, then the end."
    Stream ErrorEvent "stream-error-event" "An error event after half of the stream."
    Stream Comments "stream-comments" "Comments, CRLF and `data:` without a blank between the events."
}

impl FaultKind {
    /// The kind of that name, or of that status code (`429`, `502`).
    pub fn of_name(name: &str) -> Option<Self> {
        let by_status = match name {
            "204" => Self::NoContent,
            "302" => Self::Redirect,
            "400" => Self::BadParameter,
            "401" => Self::Unauthorized,
            "402" => Self::PaymentRequired,
            "403" => Self::Forbidden,
            "404" => Self::NotFoundModel,
            "408" => Self::RequestTimeout,
            "409" => Self::Conflict,
            "413" => Self::PayloadTooLarge,
            "422" => Self::Unprocessable,
            "429" => Self::Throttle,
            "500" => Self::ServerError,
            "502" => Self::BadGatewayHtml,
            "503" => Self::Unavailable,
            "529" => Self::Overloaded,
            _ => return Self::ALL.iter().copied().find(|kind| kind.name() == name),
        };
        Some(by_status)
    }
}

impl FromStr for FaultKind {
    type Err = ScriptError;

    fn from_str(name: &str) -> Result<Self, ScriptError> {
        Self::of_name(name).ok_or_else(|| ScriptError::Kind(name.to_owned()))
    }
}

impl TryFrom<String> for FaultKind {
    type Error = ScriptError;

    fn try_from(name: String) -> Result<Self, ScriptError> {
        name.parse()
    }
}

impl From<FaultKind> for String {
    fn from(kind: FaultKind) -> Self {
        kind.name().to_owned()
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
