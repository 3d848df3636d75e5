//! One fault of each class through the whole program: how it ends, and that all is accounted for.

use crate::kit::{Ran, Sandbox, one_at_a_time, script, slow, slow_with, usual, with_faults};
use speciate_mock::{FaultKind, FaultRule, HitBy};

const SMALL: &str = "--rounds 2 --concurrency 4 --set limits.silence_timeout_ms=300";

/// One fault at the sixth request.
fn once(kind: FaultKind) -> FaultRule {
    FaultRule { at: vec![6], ..FaultRule::always(kind) }
}

/// A part of the requests, again whenever they are repeated as they were.
fn some(kind: FaultKind) -> FaultRule {
    FaultRule { rate: Some(0.15), by: HitBy::Body, ..FaultRule::always(kind) }
}

/// From the tenth request on.
fn from_tenth(kind: FaultKind) -> FaultRule {
    FaultRule { after: Some(10), ..FaultRule::always(kind) }
}

fn run(rule: FaultRule) -> (Sandbox, Ran) {
    let sandbox = Sandbox::with_seeds(8);
    let kind = rule.kind;
    let mock = with_faults(script(vec![rule]));
    let ran = sandbox.run(&mock, SMALL);
    let faults = mock.stats().faults;
    assert!(faults.get(kind.name()).is_some_and(|count| *count > 0), "no {kind} in {faults:?}");
    (sandbox, ran)
}

/// The fault costs time, and nothing else.
fn heals(rule: FaultRule) {
    let healthy = Sandbox::with_seeds(8);
    healthy.run(&usual(), SMALL).expect(0);
    let (sandbox, ran) = run(rule);
    ran.expect(0);
    assert_eq!(sandbox.status()["failed"], serde_json::json!({}));
    assert!(sandbox.export("messages") == healthy.export("messages"), "the data differ");
}

/// Asked once more for another answer, and that one is used.
fn rerolls(rule: FaultRule) {
    let (sandbox, ran) = run(rule);
    ran.expect(0);
    assert_eq!(sandbox.status()["failed"], serde_json::json!({}));
}

/// Items fail for this cause; the run goes on without them.
fn fails_items(rule: FaultRule, cause: &str) {
    let (sandbox, ran) = run(rule);
    ran.expect(0);
    let status = sandbox.status();
    assert!(status["failed"][cause].as_u64().is_some_and(|n| n > 0), "{:#}", status["failed"]);
    let records = sandbox.records();
    let failed: Vec<_> = records.iter().filter(|record| record["verdict"] == "failed").collect();
    assert!(failed.iter().all(|record| record["cause"].as_str().unwrap().len() > cause.len()));
    assert_eq!(sandbox.cli("verify run").done().expect(0).code, 0);
}

/// The run stops with `code` soon after; with a healthy server the same directory goes on.
fn stops(rule: FaultRule, code: i32) {
    let (sandbox, ran) = run(rule);
    let ran = ran.expect(code);
    assert!(ran.stderr.contains("Resume: speciate run run"), "{}", ran.stderr);
    sandbox.status();
    let healthy = usual();
    sandbox.run(&healthy, SMALL).expect(0);
    let whole = Sandbox::with_seeds(8);
    whole.run(&usual(), SMALL).expect(0);
    assert!(sandbox.export("messages") == whole.export("messages"), "the data differ");
    sandbox.status();
}

macro_rules! tests {
    ($($name:ident: $what:expr;)*) => { $(#[test] fn $name() { $what })* };
}

tests! {
    throttle_with_retry_after: heals(FaultRule {
        retry_after: Some("1".to_owned()),
        ..once(FaultKind::Throttle)
    });
    throttle_with_a_date_of_long_ago: heals(FaultRule {
        retry_after: Some("Wed, 21 Oct 2015 07:28:00 GMT".to_owned()),
        ..once(FaultKind::Throttle)
    });
    server_error: heals(once(FaultKind::ServerError));
    overloaded: heals(once(FaultKind::Overloaded));
    bad_gateway_html: heals(once(FaultKind::BadGatewayHtml));
    hang: heals(once(FaultKind::Hang));
    hang_in_the_body: heals(once(FaultKind::HangMidBody));
    cut_body: heals(once(FaultKind::CutBody));
    cut_chunked: heals(once(FaultKind::CutChunked));
    reset: heals(once(FaultKind::Reset));
    html_with_200: heals(once(FaultKind::Html200));
    error_in_200: heals(once(FaultKind::ErrorIn200));
    not_http: heals(once(FaultKind::NotHttp));
    stale_keep_alive: heals(once(FaultKind::StaleKeepAlive));
    split_utf8: heals(once(FaultKind::ByteChunks));
    no_usage: heals(once(FaultKind::NoUsage));
    max_tokens_is_refused: heals(from_tenth(FaultKind::BadParameter));
    temperature_is_refused: heals(FaultRule {
        parameter: Some("temperature".to_owned()),
        ..FaultRule::always(FaultKind::BadParameter)
    });

    empty_body_once: rerolls(once(FaultKind::EmptyBody));
    deep_json_once: rerolls(once(FaultKind::DeepJson));
    lone_surrogate_once: rerolls(once(FaultKind::LoneSurrogate));
    invalid_utf8_once: rerolls(once(FaultKind::InvalidUtf8));
    truncation_once: rerolls(once(FaultKind::Truncation));
    null_content_once: rerolls(once(FaultKind::NullContent));
    refusal_once: rerolls(once(FaultKind::Refusal));
    content_filter_once: rerolls(once(FaultKind::ContentFilter));

    context_length: fails_items(some(FaultKind::ContextLength), "bad-item");
    content_policy: fails_items(some(FaultKind::ContentPolicy), "bad-item");
    payload_too_large: fails_items(some(FaultKind::PayloadTooLarge), "bad-item");
    unprocessable: fails_items(some(FaultKind::Unprocessable), "bad-item");

    quota: stops(from_tenth(FaultKind::Quota), 3);
    spend_limit: stops(from_tenth(FaultKind::SpendLimit), 3);
    payment_required: stops(from_tenth(FaultKind::PaymentRequired), 3);
    unauthorized: stops(from_tenth(FaultKind::Unauthorized), 3);
    model_not_found: stops(from_tenth(FaultKind::NotFoundModel), 2);
    redirect: stops(from_tenth(FaultKind::Redirect), 2);
    forbidden: stops(from_tenth(FaultKind::Forbidden), 3);
    longer_wait_than_accepted: stops(FaultRule {
        retry_after: Some("7200".to_owned()),
        ..from_tenth(FaultKind::Throttle)
    }, 3);
}

#[test]
fn items_that_fail_again_and_again_are_counted_by_cause() {
    let kinds = [
        FaultKind::Truncation,
        FaultKind::NullContent,
        FaultKind::Refusal,
        FaultKind::ContentFilter,
        FaultKind::LoneSurrogate,
        FaultKind::InvalidUtf8,
    ];
    let share = |kind| FaultRule { rate: Some(0.12), ..FaultRule::always(kind) };
    let sandbox = Sandbox::with_seeds(12);
    let mock = with_faults(script(kinds.into_iter().map(share).collect()));
    sandbox.run(&mock, "--rounds 3 --concurrency 4").expect(0);
    let status = sandbox.status();
    assert!(status["failed"].as_object().unwrap().len() > 1, "{status:#}");
    assert!(mock.stats().faults.len() == kinds.len(), "{:?}", mock.stats().faults);
}

#[test]
fn nothing_but_bad_answers_is_no_success() {
    let sandbox = Sandbox::with_seeds(4);
    let mock = with_faults(script(vec![FaultRule::always(FaultKind::NullContent)]));
    let ran = sandbox.run(&mock, "--rounds 1");
    // No call has ever worked, so it is the settings and not the items.
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("no call of the evolver has worked"), "{}", ran.stderr);
    sandbox.status();
}

#[test]
fn what_is_said_when_nothing_goes_on() {
    let said = |kind| {
        let sandbox = Sandbox::with_seeds(2);
        let mock = with_faults(script(vec![from_tenth(kind)]));
        let shown = sandbox.run(&mock, "--concurrency 1").shown();
        // How many instructions nine calls make depends on the time that a commit takes.
        let is_fixed =
            |line: &&str| ["exit", "stopped:", "Resume:"].iter().any(|word| line.starts_with(word));
        shown.lines().filter(is_fixed).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(said(FaultKind::Quota), @"
    exit 3
    stopped: the endpoint answered 429 insufficient_quota: You exceeded your current quota, please check your plan and billing details. (exhausted). Saved 9 results; 0 calls may have been paid without a result.
    Resume: speciate run run
    ");
    insta::assert_snapshot!(said(FaultKind::Unauthorized), @"
    exit 3
    stopped: the endpoint answered 401 invalid_api_key: Incorrect API key provided: (none). (auth). Saved 9 results; 0 calls may have been paid without a result.
    Resume: speciate run run
    ");
    insta::assert_snapshot!(said(FaultKind::NotFoundModel), @"
    exit 2
    stopped: the endpoint answered 404 model_not_found: The model `mock` does not exist or you do not have access to it. (asked http://127.0.0.1:[PORT]/v1/chat/completions) (bad-config). Saved 9 results; 0 calls may have been paid without a result.
    Resume: speciate run run
    ");
    insta::assert_snapshot!(said(FaultKind::Redirect), @"
    exit 2
    stopped: the endpoint redirects, which is not followed, as another place would get the key: to use it set `base_url` to `http://127.0.0.2/v1` (bad-config). Saved 9 results; 0 calls may have been paid without a result.
    Resume: speciate run run
    ");
}

#[test]
fn without_money_or_key_it_stops_at_once() {
    for faults in ["quota@40..", "unauthorized@40..", "spend-limit@40.."] {
        let (sandbox, broken) = (Sandbox::with_many(12), slow_with(faults));
        let ran = sandbox.run(&broken, "--concurrency 4").expect(3);
        assert!(ran.stderr.contains("Resume:"), "{}", ran.stderr);
        let requests = broken.stats().requests;
        assert!(requests < 50, "{faults}: it stops at once, not after {requests} requests");
        sandbox.run(&slow(), "--concurrency 4").expect(0);
        sandbox.status();
    }
}

#[test]
fn trouble_on_the_way_changes_no_byte() {
    let (sandbox, healthy) = (Sandbox::with_many(4), slow());
    sandbox.run(&healthy, "").expect(0);
    let expected = &sandbox.export("messages");
    // Side by side, as nearly all of the time is waits between tries.
    std::thread::scope(|scope| {
        for faults in [
            "429:0.05",
            "500:0.1,cut-body:0.05",
            "reset:0.1,html-200:0.05",
            "error-in-200:0.1,empty-body:0.05",
        ] {
            scope.spawn(move || {
                let (sandbox, broken) = (Sandbox::with_many(4), slow_with(faults));
                sandbox.run(&broken, "--concurrency 8").expect(0);
                assert!(sandbox.export("messages") == *expected, "{faults}: the data differ");
            });
        }
    });
}

/// A small server works on one call at a time, and sixteen would wait for longer than is borne.
#[test]
fn a_queue_that_outlasts_the_silence_is_made_shorter() {
    let (sandbox, server) = (Sandbox::with_seeds(8), one_at_a_time());
    let ran = sandbox
        .run(&server, "--rounds 2 --concurrency 16 --set limits.silence_timeout_ms=1000")
        .expect(0);
    assert_eq!(sandbox.status()["failed"], serde_json::json!({}));
    assert!(ran.stderr.contains("calls wait for each other for too long: 16 → "), "{}", ran.stderr);
    let stats = server.stats();
    assert!(stats.requests - stats.answered < 16, "{} of {}", stats.answered, stats.requests);
}
