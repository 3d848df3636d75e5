//! What Anthropic's error types stand for.

/// The status that an error of this type has where it comes with one of its own.
///
/// From the table of the page "Errors". A stream that has begun with 200 tells of errors by their
/// type alone.
pub(crate) fn status_of_type(kind: &str) -> Option<u16> {
    Some(match kind {
        "invalid_request_error" => 400,
        "authentication_error" => 401,
        "billing_error" => 402,
        "permission_error" => 403,
        "not_found_error" => 404,
        "request_too_large" => 413,
        "rate_limit_error" => 429,
        "api_error" => 500,
        "timeout_error" => 504,
        "overloaded_error" => 529,
        _ => return None,
    })
}
