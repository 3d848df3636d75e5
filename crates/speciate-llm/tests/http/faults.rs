//! Every fault of the mock, met by the real client.

use speciate_mock::{FaultKind, FaultRule};

use super::over::{assert_same, model};
use crate::support::{NOT_ASKED, PATIENT, SHORT, ask, line, mock};

/// Where the catalogue leaves the class open:
///
/// * `lone-surrogate`: malformed, as a repaired text would differ from what the model wrote.
/// * `html-200` and `not-http`: transient, as a run is under way; at the start a person sees the
///   message all the same.
/// * `no-content`: malformed (H-19); `huge-head`: transient, as a broken head is of the network.
/// * `cut-body` and `hang-mid-body` send exactly half first: that piece must not count as the whole.
/// * stream faults do not strike: answers are asked for whole.
#[tokio::test]
async fn every_kind() {
    let mut table = String::new();
    for kind in FaultKind::ALL.iter().copied() {
        let mock = mock(vec![FaultRule::always(kind)]);
        let ends_by_clock =
            matches!(kind, FaultKind::Hang | FaultKind::HangMidBody | FaultKind::Drip);
        let model = model(&mock.base_url(), if ends_by_clock { SHORT } else { PATIENT });
        let result = ask(&model).await;
        let line = line(&result).replace(&mock.addr().to_string(), "HOST");
        let line = line.replace(NOT_ASKED, "Invalid gzip header");
        table.push_str(&format!("{:<24} {line}\n", kind.name()));
        let is_learned = matches!(kind, FaultKind::BadParameter | FaultKind::AnswerLimit);
        let requests = if is_learned { 2 } else { 1 };
        assert_eq!(mock.stats().requests, requests, "{kind}: one try is one request");
    }
    assert_same!("every_kind", table);
}

/// `context-length` takes five vendors' words by turns.
#[tokio::test]
async fn five_wordings() {
    let mock = mock(vec![FaultRule::always(FaultKind::ContextLength)]);
    let model = model(&mock.base_url(), PATIENT);
    let mut table = String::new();
    for _ in 0..5 {
        table.push_str(&format!("{}\n", line(&ask(&model).await)));
    }
    assert_same!("five_wordings", table);
}

/// What a server asks for is handed on with the error.
#[tokio::test]
async fn waits_are_handed_on() {
    for (value, expected_ms) in [
        ("7", Some(7_000)),
        ("0", Some(0)),
        ("-3", None),
        ("NaN", None),
        ("259200", Some(259_200_000)),
    ] {
        let rule = FaultRule {
            retry_after: Some(value.to_owned()),
            ..FaultRule::always(FaultKind::Throttle)
        };
        let mock = mock(vec![rule]);
        let error = ask(&model(&mock.base_url(), PATIENT)).await.unwrap_err();
        assert_eq!(error.retry_after_ms, expected_ms, "{value}");
    }
}
