//! What the mock server counted.

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

/// The part of the mock's statistics that the bench uses.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Stats {
    pub(crate) requests: u64,
    pub(crate) answered: u64,
    pub(crate) repeated: u64,
    pub(crate) answered_again: u64,
    pub(crate) in_flight: u64,
    pub(crate) max_in_flight: u64,
    pub(crate) busy_slot_ms: f64,
    pub(crate) busy_share: f64,
    pub(crate) prompt_tokens: u64,
    pub(crate) completion_tokens: u64,
    pub(crate) bytes_in: u64,
}

/// Takes the statistics out of a whole HTTP answer.
pub(crate) fn parse(answer: &str) -> Result<Stats> {
    let (head, body) = answer.split_once("\r\n\r\n").context("the answer has no body")?;
    let status = head.lines().next().unwrap_or_default();
    serde_json::from_str(body).with_context(|| format!("no statistics after `{status}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_are_read_from_an_answer() {
        let body = r#"{"requests":9,"answered":8,"repeated":1,"answered_again":0,"in_flight":0,
            "max_in_flight":4,"busy_slot_ms":2000.5,"busy_share":0.98,"prompt_tokens":700,
            "completion_tokens":80,"bytes_in":5000,"faults":{"hang":1},"slots":4}"#;
        let stats = parse(&format!("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n{body}")).unwrap();
        assert_eq!((stats.answered, stats.max_in_flight), (8, 4));
        let refused = parse("HTTP/1.1 404 Not Found\r\n\r\nnothing").unwrap_err().to_string();
        assert_eq!(refused, "no statistics after `HTTP/1.1 404 Not Found`");
    }
}
