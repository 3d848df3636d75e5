//! What response headers ask of us: how long to wait, and whether to try again.

use std::time::{Duration, SystemTime};

use ::http::HeaderMap;

mod rfc3339;

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
/// `x-ratelimit-reset-*` and Anthropic's `anthropic-ratelimit-*-reset` where nothing remains.
///
/// A date counts from the response's own `Date`, so that a wrong clock here does not matter.
/// Values that make no sense (negative, not a number) are as if absent.
pub fn read_hints(headers: &HeaderMap) -> ResponseHints {
    let retry_after_ms = text(headers, "retry-after-ms")
        .and_then(|value| to_millis(value, 1.0))
        .or_else(|| text(headers, "retry-after").and_then(|value| to_millis(value, 1_000.0)))
        .or_else(|| dated(headers))
        .or_else(|| exhausted_window(headers))
        .or_else(|| exhausted_bucket(headers));
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

/// Anthropic's limits, whose ends are times (page "Rate limits": in the form of RFC 3339). The
/// response's own `Date` is the clock that they are measured by.
fn exhausted_bucket(headers: &HeaderMap) -> Option<u64> {
    let now = httpdate::parse_http_date(text(headers, "date")?).ok()?;
    let now_s = now.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs();
    ["requests", "tokens", "input-tokens", "output-tokens"]
        .into_iter()
        .filter(|what| text(headers, &format!("anthropic-ratelimit-{what}-remaining")) == Some("0"))
        .filter_map(|what| text(headers, &format!("anthropic-ratelimit-{what}-reset")))
        .filter_map(rfc3339::unix_ms)
        .map(|until_ms| until_ms.saturating_sub(now_s * 1_000).min(LONGEST_WAIT_MS as u64))
        .max()
}

/// How long a sentence asks to wait, such as "Please retry after 37 seconds" (Azure) or "Please
/// retry in 34.07s" (Google); `lower` is in small letters.
pub(crate) fn wait_in_words(lower: &str) -> Option<u64> {
    let (_, after) =
        ["retry after ", "retry in "].iter().find_map(|words| lower.split_once(words))?;
    let digits = after.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(after.len());
    let unit = after[digits..].trim_start();
    let millis_each = match unit.split(|c: char| !c.is_ascii_alphabetic()).next()? {
        "ms" | "millisecond" | "milliseconds" => 1.0,
        "s" | "sec" | "second" | "seconds" => 1_000.0,
        "m" | "min" | "minute" | "minutes" => 60_000.0,
        _ => return None,
    };
    to_millis(&after[..digits], millis_each)
}

/// Reads durations as OpenAI writes them: `6m0s`, `1.5s`, `20ms`; Azure writes plain seconds.
fn go_duration(value: &str) -> Option<u64> {
    if value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return to_millis(value, 1_000.0);
    }
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
    use proptest::prelude::*;

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
            (
                &[("x-ratelimit-remaining-tokens", "0"), ("x-ratelimit-reset-tokens", "60")],
                Some(60_000),
            ),
            (&[], None),
        ] {
            assert_eq!(wait(pairs), expected, "{pairs:?}");
        }
    }

    #[test]
    fn anthropics_limits() {
        let date = ("date", "Thu, 21 Aug 2025 12:41:00 GMT");
        let empty = ("anthropic-ratelimit-input-tokens-remaining", "0");
        let reset = |value| ("anthropic-ratelimit-input-tokens-reset", value);
        for (pairs, expected) in [
            (&[date, empty, reset("2025-08-21T12:41:30Z")][..], Some(30_000)),
            (&[date, empty, reset("2025-08-21T14:41:30.250+02:00")], Some(30_250)),
            (&[date, empty, reset("2025-08-21T12:40:59Z")], Some(0)),
            (&[date, empty, reset("9999-12-31T23:59:59Z")], Some(31_622_400_000)),
            (&[date, empty, reset("soon")], None),
            (&[date, empty], None),
            (&[empty, reset("2025-08-21T12:41:30Z")], None),
            (
                &[
                    date,
                    ("anthropic-ratelimit-input-tokens-remaining", "80000"),
                    reset("2025-08-21T12:41:30Z"),
                ],
                None,
            ),
            (
                &[
                    date,
                    empty,
                    reset("2025-08-21T12:41:30Z"),
                    ("anthropic-ratelimit-requests-remaining", "0"),
                    ("anthropic-ratelimit-requests-reset", "2025-08-21T12:42:00Z"),
                ],
                Some(60_000),
            ),
            (&[date, empty, reset("2025-08-21T12:41:30Z"), ("retry-after", "7")], Some(7_000)),
        ] {
            assert_eq!(wait(pairs), expected, "{pairs:?}");
        }
    }

    #[test]
    fn sentences() {
        for (sentence, expected) in [
            ("exceeded token rate limit. please retry after 37 seconds. please", Some(37_000)),
            ("please retry after 1 second.", Some(1_000)),
            ("please retry in 34.07s.", Some(34_070)),
            ("retry after 250 milliseconds", Some(250)),
            ("please retry after some time", None),
            ("please retry after 37", None),
            ("please retry after 1e3 seconds", None),
            ("please retry after . seconds", None),
            ("please try again later", None),
        ] {
            assert_eq!(wait_in_words(sentence), expected, "{sentence}");
        }
    }

    proptest! {
        /// Whatever the headers say, the wait is none or one that can be waited, and where no header
        /// speaks of a wait there is none.
        #[test]
        fn any_header(values in prop::collection::vec((0..NAMES.len(), "[ -~]{0,40}|[0-9.:TZ+-]{0,30}"), 0..6)) {
            let mut headers = HeaderMap::new();
            for (name, value) in &values {
                headers.append(NAMES[*name], value.parse().unwrap());
            }
            let hints = read_hints(&headers);
            prop_assert!(hints.retry_after_ms.is_none_or(|wait_ms| wait_ms <= LONGEST_WAIT_MS as u64));
            if values.iter().all(|(name, _)| NAMES[*name] == "date") {
                prop_assert_eq!(hints, ResponseHints::default());
            }
        }

        #[test]
        fn any_bytes_in_a_header(name in 0..NAMES.len(), value in prop::collection::vec(0x80_u8.., 1..20)) {
            let mut headers = HeaderMap::new();
            headers.insert(NAMES[name], ::http::HeaderValue::from_bytes(&value).unwrap());
            prop_assert_eq!(read_hints(&headers), ResponseHints::default());
        }

        #[test]
        fn any_sentence(sentence in "(retry after |retry in |[0-9.]{0,4}| |s|seconds|é|min){0,8}") {
            if let Some(wait_ms) = wait_in_words(&sentence) {
                prop_assert!(sentence.contains("retry ") && wait_ms <= LONGEST_WAIT_MS as u64);
            }
        }
    }

    const NAMES: [&str; 10] = [
        "date",
        "retry-after",
        "retry-after-ms",
        "x-ratelimit-remaining-requests",
        "x-ratelimit-reset-requests",
        "x-ratelimit-remaining-tokens",
        "x-ratelimit-reset-tokens",
        "anthropic-ratelimit-requests-remaining",
        "anthropic-ratelimit-requests-reset",
        "x-should-retry",
    ];
}
