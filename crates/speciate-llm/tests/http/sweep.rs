//! Every status.

use speciate_llm::ResponseHints;
use speciate_llm::openai::{Reply, decode};

use crate::support::{check_message, request};

fn class(status: u16, should_retry: Option<bool>, body: &str) -> &'static str {
    let hints = ResponseHints { should_retry, ..ResponseHints::default() };
    let reply = Reply { status, hints, body: body.as_bytes() };
    let error = decode("m", &request("x"), &reply).unwrap_err();
    assert_eq!(error.status, Some(status));
    check_message(&error.message);
    let billed = if error.maybe_billed { " (billed?)" } else { "" };
    match error.class.as_str() {
        name if billed.is_empty() => name,
        "malformed" => "malformed (billed?)",
        "transient" => "transient (billed?)",
        "bad-item" => "bad-item (billed?)",
        other => panic!("{other} after work at {status}"),
    }
}

/// `200..=299: malformed`, one line for each stretch of the same class.
fn ranges(should_retry: Option<bool>, body: &str) -> String {
    let mut lines: Vec<(u16, u16, &str)> = Vec::new();
    for status in 200..=599 {
        let class = class(status, should_retry, body);
        match lines.last_mut() {
            Some((_, to, last)) if *last == class => *to = status,
            _ => lines.push((status, status, class)),
        }
    }
    lines
        .iter()
        .map(|(from, to, class)| {
            let to = if from == to { String::new() } else { format!("-{to}") };
            format!("{from}{to}: {class}\n")
        })
        .collect::<Vec<_>>()
        .concat()
}

#[test]
fn every_status() {
    insta::assert_snapshot!("every_status_empty_object", ranges(None, "{}"));
    insta::assert_snapshot!("every_status_error", ranges(None, r#"{"error":{"message":"x"}}"#));
}

#[test]
fn every_status_with_a_wish() {
    insta::assert_snapshot!("every_status_do_retry", ranges(Some(true), "{}"));
    insta::assert_snapshot!("every_status_do_not_retry", ranges(Some(false), "{}"));
}
