//! Parameters that an endpoint does not take.

use super::Quirks;
use super::classify::Reply;
use super::error_text::ErrorText;
use super::words::{CANNOT_BOTH, UNSUPPORTED};

/// The optional parameter that a 400 or 422 complains about, if it is one that can be left out.
pub(crate) fn refused_parameter(reply: &Reply<'_>) -> Option<Quirks> {
    if reply.status != 400 && reply.status != 422 {
        return None;
    }
    let text = ErrorText::of_json(&serde_json::from_slice(reply.body).ok()?);
    let lower = text.lower();
    if !UNSUPPORTED.iter().any(|word| lower.contains(word)) {
        return None;
    }
    // Of the pair that newer models refuse, the temperature is what the recipes set.
    if lower.contains(CANNOT_BOTH) && quotes(&lower, "top_p") {
        return Quirks::of_parameter("top_p");
    }
    let named = text.parameter.as_deref().and_then(Quirks::of_parameter);
    named.or_else(|| {
        Quirks::parameter_names().find(|name| quotes(&lower, name)).and_then(Quirks::of_parameter)
    })
}

/// Whether the message names the parameter as such and not as a word of its sentence: in quotation
/// marks, in front of a colon (Anthropic), or as what was supplied (OpenAI, Azure).
fn quotes(message: &str, name: &str) -> bool {
    ["'", "`", "\""].iter().any(|mark| message.contains(&format!("{mark}{name}{mark}")))
        || message.contains(&format!(" {name}: "))
        || message.split_once("supplied:").is_some_and(|(_, supplied)| {
            let words = supplied.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            words.take(SUPPLIED_MAX).any(|word| word == name)
        })
}

/// Words after "supplied:" that may be parameters; what follows is a sentence.
const SUPPLIED_MAX: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retry_after::ResponseHints;
    use proptest::prelude::*;

    fn refused(message: &str) -> Option<Vec<String>> {
        let body = serde_json::json!({"error": {"message": message, "param": null}}).to_string();
        let reply = Reply { status: 400, hints: ResponseHints::default(), body: body.as_bytes() };
        refused_parameter(&reply).map(Quirks::left_out)
    }

    #[test]
    fn vendors_wordings_without_a_field() {
        for (message, expected) in [
            ("Unrecognized request argument supplied: stream_options", Some("stream_options")),
            ("Unrecognized request arguments supplied: n, seed", Some("seed")),
            (
                "Unrecognized request argument supplied:stream_options. Please ask us.",
                Some("stream_options"),
            ),
            ("Unknown parameter: 'stream_options'.", Some("stream_options")),
            ("seed: Extra inputs are not permitted", Some("seed")),
            ("temperature: range: 0..1", Some("temperature")),
            ("`temperature` is deprecated for this model.", Some("temperature")),
            ("`temperature` and `top_p` cannot both be specified for this model.", Some("top_p")),
            ("messages: range: 1..", None),
            ("This stop is not supported at this temperature", None),
            ("temperature: not a number", None),
        ] {
            let expected = expected.map(|name| vec![name.to_owned()]);
            assert_eq!(refused(message), expected, "{message}");
        }
    }

    proptest! {
        /// What a message does not name is not left out.
        #[test]
        fn only_what_is_named(message in "(unsupported |supplied: ?|seed|stop|'|`|temperature|, |: range: |\\PC){0,12}") {
            for name in refused(&message).into_iter().flatten() {
                prop_assert!(message.to_lowercase().contains(&name));
            }
        }
    }
}
