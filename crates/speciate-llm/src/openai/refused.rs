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

/// Whether the message names the parameter as such and not as a word of its sentence.
fn quotes(message: &str, name: &str) -> bool {
    ["'", "`", "\""].iter().any(|mark| message.contains(&format!("{mark}{name}{mark}")))
}
