//! What response headers ask of us: how long to wait, and whether to try again.

use std::time::Duration;

use ::http::HeaderMap;

/// Hints from a response's headers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ResponseHints {
    /// Wait this long before the next request.
    pub retry_after_ms: Option<u64>,
    /// `x-should-retry`, as OpenAI's servers send it.
    pub should_retry: Option<bool>,
}

/// Longer waits are read as this; whoever asks for a year means "never".
const LONGEST_WAIT_MS: f64 = 366.0 * 86_400_000.0;

/// Reads the hints: `retry-after-ms`, `retry-after` as seconds or as a date, and OpenAI's
/// `x-ratelimit-reset-*` where nothing remains.
///
/// A date counts from the response's own `Date`, so that a wrong clock here does not matter.
/// Values that make no sense (negative, not a number) are as if absent.
pub fn read_hints(headers: &HeaderMap) -> ResponseHints {
    let retry_after_ms = text(headers, "retry-after-ms")
        .and_then(|value| to_millis(value, 1.0))
        .or_else(|| text(headers, "retry-after").and_then(|value| to_millis(value, 1_000.0)))
        .or_else(|| dated(headers))
        .or_else(|| exhausted_window(headers));
    let should_retry = match text(headers, "x-should-retry") {
        Some("true") => Some(true),
        Some("false") => Some(false),
        _ => None,
    };
    ResponseHints { retry_after_ms, should_retry }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn to_millis(value: &str, millis_each: f64) -> Option<u64> {
    let number: f64 = value.parse().ok()?;
    let millis = number * millis_each;
    (number.is_finite() || number == f64::INFINITY)
        .then_some(millis)
        .filter(|millis| *millis >= 0.0)
        .map(|millis| millis.min(LONGEST_WAIT_MS).ceil() as u64)
}

fn dated(headers: &HeaderMap) -> Option<u64> {
    let until = httpdate::parse_http_date(text(headers, "retry-after")?).ok()?;
    let from = httpdate::parse_http_date(text(headers, "date")?).ok()?;
    let wait = until.duration_since(from).unwrap_or(Duration::ZERO);
    Some((wait.as_millis() as f64).min(LONGEST_WAIT_MS) as u64)
}

fn exhausted_window(headers: &HeaderMap) -> Option<u64> {
    ["requests", "tokens"]
        .into_iter()
        .filter(|what| text(headers, &format!("x-ratelimit-remaining-{what}")) == Some("0"))
        .filter_map(|what| {
            text(headers, &format!("x-ratelimit-reset-{what}")).and_then(go_duration)
        })
        .max()
}

/// Reads durations as OpenAI writes them: `6m0s`, `1.5s`, `20ms`.
fn go_duration(value: &str) -> Option<u64> {
    let mut total_ms = 0.0;
    let mut rest = value;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        let tail = &rest[digits..];
        let unit_end = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        total_ms += number
            * match &tail[..unit_end] {
                "ms" => 1.0,
                "s" => 1_000.0,
                "m" => 60_000.0,
                "h" => 3_600_000.0,
                "d" => 86_400_000.0,
                _ => return None,
            };
        rest = &tail[unit_end..];
    }
    Some(total_ms.min(LONGEST_WAIT_MS).ceil() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(pairs: &[(&'static str, &str)]) -> Option<u64> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        read_hints(&headers).retry_after_ms
    }

    #[test]
    fn every_form_of_retry_after() {
        let date = ("date", "Wed, 01 May 2024 12:00:00 GMT");
        for (pairs, expected) in [
            (&[("retry-after", "7")][..], Some(7_000)),
            (&[("retry-after", "0")], Some(0)),
            (&[("retry-after", "0.5")], Some(500)),
            (&[("retry-after-ms", "250"), ("retry-after", "9")], Some(250)),
            (&[("retry-after", "-3")], None),
            (&[("retry-after", "NaN")], None),
            (&[("retry-after", "soon")], None),
            (&[("retry-after", "1e999")], Some(31_622_400_000)),
            (&[("retry-after", "259200")], Some(259_200_000)),
            (&[date, ("retry-after", "Wed, 01 May 2024 12:00:30 GMT")], Some(30_000)),
            (&[date, ("retry-after", "Wed, 01 May 2024 11:00:00 GMT")], Some(0)),
            (&[("retry-after", "Wed, 01 May 2024 12:00:30 GMT")], None),
            (&[date, ("retry-after", "Wed, 01 Sep 100000 12:00:00 GMT")], None),
            (&[("retry-after", "3"), ("retry-after", "9")], Some(3_000)),
            (
                &[
                    ("x-ratelimit-remaining-requests", "0"),
                    ("x-ratelimit-reset-requests", "6m0.5s"),
                ],
                Some(360_500),
            ),
            (&[("x-ratelimit-remaining-tokens", "10"), ("x-ratelimit-reset-tokens", "20ms")], None),
            (&[], None),
        ] {
            assert_eq!(wait(pairs), expected, "{pairs:?}");
        }
    }
}
