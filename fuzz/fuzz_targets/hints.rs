//! The headers that ask for a wait: any bytes give none or one of at most a year.
#![no_main]

use http::{HeaderMap, HeaderName, HeaderValue};
use libfuzzer_sys::fuzz_target;
use speciate_llm::read_hints;

const YEAR_MS: u64 = 366 * 86_400_000;
const NAMES: [&str; 9] = [
    "retry-after",
    "retry-after-ms",
    "date",
    "x-should-retry",
    "x-ratelimit-reset-requests",
    "x-ratelimit-reset-tokens",
    "x-ratelimit-remaining-requests",
    "x-ratelimit-remaining-tokens",
    "x-other",
];

fuzz_target!(|input: &[u8]| {
    let mut headers = HeaderMap::new();
    for line in input.split(|byte| *byte == b'\n') {
        let Some((name, value)) = line.split_first() else { continue };
        let name = HeaderName::from_static(NAMES[usize::from(*name) % NAMES.len()]);
        let Ok(value) = HeaderValue::from_bytes(value) else { continue };
        headers.append(name, value);
    }
    let hints = read_hints(&headers);
    assert!(hints.retry_after_ms.is_none_or(|wait_ms| wait_ms <= YEAR_MS), "{hints:?}");
});
