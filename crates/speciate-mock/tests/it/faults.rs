//! Every fault does what its line says.

use serde_json::{Value, json};
use speciate_mock::{
    FaultKind, FaultRule, FaultScript, HitBy, MockConfig, MockServer, RunningMock,
};

use crate::client::{End, Seen, ask, connect, exchange, plain, post, read_one, unchunk};

fn start(script: FaultScript) -> RunningMock {
    MockServer::start(MockConfig { faults: script, ..MockConfig::perfect() }).unwrap()
}

fn script(rule: FaultRule) -> FaultScript {
    FaultScript { drip_ms: 0, hang_ms: 40, rules: vec![rule], ..FaultScript::default() }
}

fn meet(kind: FaultKind, is_stream: bool) -> Seen {
    let mock = start(script(FaultRule::always(kind)));
    let mut body = plain("Name a river in Peru.");
    body["max_tokens"] = json!(if kind == FaultKind::AnswerLimit { 2_000 } else { 40 });
    if kind == FaultKind::NoSystemRole {
        let system = json!({"role": "system", "content": "Be brief."});
        body["messages"].as_array_mut().unwrap().insert(0, system);
    }
    body["stream"] = json!(is_stream);
    let seen = ask(mock.addr(), &body);
    assert_eq!(mock.stats().faults.get(kind.name()), Some(&1), "{kind}");
    assert_eq!(mock.stats().answered, 0, "{kind}");
    seen
}

/// Kinds that answer with a page: status and words of it.
const PAGES: [(&str, u16, &str); 30] = [
    ("throttle", 429, "rate_limit_exceeded"),
    ("slow-down", 429, "slow_down"),
    ("quota", 429, "insufficient_quota"),
    ("spend-limit", 429, "enforced_spend_limit_reached"),
    ("payment-required", 402, "insufficient_balance"),
    ("unauthorized", 401, "Bearer sk-test-42"),
    ("forbidden", 403, "permission"),
    ("not-found-model", 404, "model_not_found"),
    ("bad-parameter", 400, "'max_tokens' is not supported"),
    ("context-length", 400, "8192"),
    ("answer-limit", 400, "at most 1024"),
    ("no-system-role", 400, "System role not supported"),
    ("key-in-400", 400, "No connected db"),
    ("content-policy", 400, "content_policy_violation"),
    ("payload-too-large", 413, "request_too_large"),
    ("unprocessable", 422, "Field required"),
    ("request-timeout", 408, "timed out"),
    ("conflict", 409, "conflict"),
    ("server-error", 500, "server_error"),
    ("bad-gateway-html", 502, "<h1>502 Bad Gateway</h1>"),
    ("unavailable", 503, "unavailable"),
    ("overloaded", 529, "overloaded_error"),
    ("html-200", 200, "<html>"),
    ("error-in-200", 200, "\"code\":429"),
    ("empty-body", 200, ""),
    ("no-content", 204, ""),
    ("redirect", 302, "location: http://127.0.0.2/"),
    ("empty-choices", 200, "\"choices\":[]"),
    ("missing-choices", 200, "\"model\""),
    ("wrong-json", 200, "embedding"),
];

#[test]
fn pages() {
    for (name, status, words) in PAGES {
        let seen = meet(name.parse().unwrap(), false);
        assert!(seen.text().starts_with(&format!("HTTP/1.1 {status} ")), "{name}: {}", seen.text());
        assert!(seen.text().contains(words), "{name}: {}", seen.text());
        assert_eq!(seen.announced(), Some(seen.body().len()), "{name}");
        assert_eq!(seen.end, End::Eof, "{name}");
    }
}

/// Checks one whole answer of a kind that is not a page.
fn check_whole(kind: FaultKind, seen: &Seen) {
    let (body, length) = (seen.body(), seen.body().len());
    let text = String::from_utf8_lossy(body);
    let choice = || -> Value { seen.json()["choices"][0].clone() };
    match kind.name() {
        "hang" | "close" => assert!(seen.bytes.is_empty() && seen.end == End::Eof),
        "reset" => assert!(seen.bytes.is_empty() && seen.end == End::Reset),
        "hang-mid-body" | "cut-body" => {
            assert!(length > 0 && seen.announced().unwrap() >= 2 * length && seen.end == End::Eof);
        }
        "drip" => assert!(choice()["message"]["content"].is_string()),
        "cut-chunked" => {
            let (body, is_whole) = unchunk(body);
            assert!(!body.is_empty() && !is_whole);
        }
        "cut-close" => {
            assert!(seen.announced().is_none() && !seen.head().contains("chunked") && length > 0);
            assert!(serde_json::from_slice::<Value>(body).is_err());
        }
        "not-http" => assert!(seen.text().starts_with("SSH-2.0-")),
        "huge-head" => assert!(seen.head().lines().count() > 300),
        "huge-body" => assert!(length > 64 << 20 && seen.announced() == Some(length)),
        "deep-json" => assert!(text.matches('[').count() == 200_000),
        "invalid-utf8" => assert!(str::from_utf8(body).is_err()),
        "lone-surrogate" => assert!(text.contains("\\ud83d\"")),
        "corrupt-gzip" => {
            assert!(seen.head().contains("content-encoding: gzip") && body[0] == b'{');
        }
        "null-content" => {
            assert!(
                choice()["message"]["content"].is_null() && choice()["finish_reason"] == "stop"
            );
        }
        "null-content-reasoning" => {
            assert!(
                choice()["message"]["content"].is_null() && choice()["finish_reason"] == "length"
            );
            assert!(choice()["message"]["reasoning_content"].is_string());
        }
        "truncation" => assert!(choice()["finish_reason"] == "length"),
        "content-filter" => assert!(choice()["finish_reason"] == "content_filter"),
        "refusal" => assert!(
            choice()["message"]["refusal"].is_string() && choice()["message"]["content"].is_null()
        ),
        "odd-finish" => assert!(choice()["finish_reason"] == "repetition"),
        "no-finish-reason" => {
            assert!(
                choice()["finish_reason"].is_null() && choice()["message"]["content"].is_string()
            );
        }
        "leaked-reasoning" => assert!(text.contains("\"<think>\\n") && text.contains("</think>")),
        "leaked-channels" => assert!(text.contains("<|channel|>final<|message|>")),
        "invented-turn" => assert!(text.contains("<|im_start|>user\\n")),
        "cut-prompt" => assert_eq!(seen.json()["usage"]["prompt_tokens"], 1),
        "other-form" => assert!(text.starts_with("data: {") && text.contains("[DONE]")),
        "duplicate-keys" => assert_eq!(text.matches("\"content\":").count(), 2),
        "no-usage" => {
            assert!(!text.contains("usage") && choice()["message"]["content"].is_string());
        }
        "weird-usage" => assert_eq!(seen.json()["usage"]["prompt_tokens"], -12),
        "stream-split-utf8" => {
            let (body, is_whole) = unchunk(body);
            assert!(is_whole && serde_json::from_slice::<Value>(&body).is_ok());
            assert!(text.starts_with("1\r\n{\r\n1\r\n"));
        }
        "stale-keepalive" => {
            assert!(choice()["message"]["content"].is_string() && !seen.head().contains("close"));
        }
        other => panic!("{other} is not checked"),
    }
}

/// Checks one stream of a kind that only strikes streams.
fn check_stream(kind: FaultKind, seen: &Seen) {
    let text = seen.text();
    let has_finish = text.contains("\"finish_reason\":\"");
    let is_done = text.contains("[DONE]");
    let expected = match kind.name() {
        "stream-no-done" => (true, false),
        "stream-no-finish" => (false, false),
        "stream-text-after-finish" => {
            let (_, behind) = text.split_once("\"finish_reason\":\"").unwrap();
            assert!(behind.contains("\"content\":"));
            (true, false)
        }
        "stream-error-event" => {
            assert!(text.contains("data: {\"error\":"));
            (false, false)
        }
        "stream-comments" => {
            assert!(text.contains(": keep-alive\r\n") && text.contains("\r\ndata:{"));
            (true, true)
        }
        other => panic!("{other} is not checked"),
    };
    assert_eq!((has_finish, is_done), expected, "{kind}: {text}");
}

#[test]
fn every_kind_is_checked() {
    let is_page = |kind: &FaultKind| PAGES.iter().any(|(name, ..)| *name == kind.name());
    for kind in FaultKind::ALL.iter().copied().filter(|kind| !is_page(kind)) {
        let is_stream_only = matches!(
            kind,
            FaultKind::NoDone
                | FaultKind::NoFinish
                | FaultKind::TextAfterFinish
                | FaultKind::ErrorEvent
                | FaultKind::Comments
        );
        let seen = meet(kind, is_stream_only);
        if is_stream_only {
            check_stream(kind, &seen);
        } else {
            check_whole(kind, &seen);
        }
        assert!(!kind.summary().is_empty());
        assert_eq!(FaultKind::of_name(kind.name()), Some(kind));
    }
}

#[test]
fn faults_of_answers_also_strike_streams() {
    let seen = meet(FaultKind::CutBody, true);
    assert!(
        seen.head().contains("text/event-stream") && seen.announced().unwrap() > seen.body().len()
    );
    let seen = meet(FaultKind::Truncation, true);
    assert!(seen.text().contains("\"finish_reason\":\"length\"") && seen.text().contains("[DONE]"));
    let seen = meet(FaultKind::OtherForm, true);
    assert!(seen.head().contains("application/json") && seen.json()["choices"].is_array());
    let seen = meet(FaultKind::NullContentReasoning, true);
    assert!(seen.text().contains("reasoning_content"));
}

#[test]
fn faults_that_do_not_fit_pass() {
    for kind in [FaultKind::NoDone, FaultKind::BadParameter] {
        let mock = start(script(FaultRule::always(kind)));
        assert!(ask(mock.addr(), &plain("Name a hill.")).head().starts_with("HTTP/1.1 200 "));
        assert_eq!(mock.stats().answered, 1, "{kind}");
    }
}

#[test]
fn headers_come_as_they_are() {
    let rule = FaultRule {
        retry_after: Some("Sep 100000".to_owned()),
        retry_after_ms: Some("1e999".to_owned()),
        headers: vec!["retry-after: 3".to_owned(), "x-should-retry: false".to_owned()],
        ..FaultRule::always(FaultKind::Throttle)
    };
    let head = ask(start(script(rule)).addr(), &plain("x")).head();
    for line in [
        "retry-after: Sep 100000",
        "retry-after-ms: 1e999",
        "retry-after: 3",
        "x-should-retry: false",
    ] {
        assert!(head.lines().any(|seen| seen == line), "{line}: {head}");
    }
    assert!(!meet(FaultKind::Throttle, false).head().contains("retry"));
}

/// The statuses of the first `n` requests.
fn statuses(script: FaultScript, n: u64) -> Vec<u16> {
    let mock = start(script);
    let mut stream = connect(mock.addr());
    let mut next = |number: u64| {
        use std::io::Write;
        stream.write_all(&post(&plain(&format!("Number {number}")).to_string(), "")).unwrap();
        read_one(&mut stream).head()[9..12].parse().unwrap()
    };
    (1..=n).map(&mut next).collect()
}

#[test]
fn rules_hit_what_they_say() {
    let of = |text: &str| FaultScript::from_toml(text).unwrap();
    let script = of(
        "[[rules]]\nkind = '429'\nat = [2, 4]\n[[rules]]\nkind = 'server-error'\nafter = 4\ntimes = 2\n",
    );
    assert_eq!(statuses(script, 8), [200, 429, 200, 429, 500, 500, 200, 200]);
    let rate = "[[rules]]\nkind = '503'\nrate = 0.25\n";
    let seen = statuses(of(rate), 400);
    let n_hit = seen.iter().filter(|status| **status == 503).count();
    assert!((70..130).contains(&n_hit), "{n_hit}");
    assert_eq!(seen, statuses(of(rate), 400));
    assert_ne!(seen, statuses(of(&format!("seed = 8\n{rate}")), 400));
}

#[test]
fn a_rate_by_body_hits_the_same_requests_again() {
    let rule =
        FaultRule { rate: Some(0.5), by: HitBy::Body, ..FaultRule::always(FaultKind::Unavailable) };
    let mock = start(script(rule));
    let statuses = |order: &mut dyn Iterator<Item = u32>| -> Vec<_> {
        let mut seen: Vec<_> = order
            .map(|number| {
                (
                    number,
                    ask(mock.addr(), &plain(&format!("Number {number}"))).head()[9..12].to_owned(),
                )
            })
            .collect();
        seen.sort();
        seen
    };
    let forwards = statuses(&mut (0..30));
    assert_eq!(forwards, statuses(&mut (0..30).rev()));
    assert!(
        forwards.iter().any(|(_, status)| status == "503")
            && forwards.iter().any(|(_, status)| status == "200")
    );
}

#[test]
fn wrong_scripts_are_refused() {
    for text in [
        "[[rules]]\nkind = 'nothing'",
        "[[rules]]\nrate = 0.1",
        "[[rules]]\nkind = 'hang'\nrate = 1.5",
        "[[rules]]\nkind = 'hang'\nat = [0]",
        "[[rules]]\nkind = 'hang'\nextra = 1",
        "[[rules]]\nkind = 'hang'\nretry_after = \"1\\r\\nx: y\"",
        "extra = 1",
    ] {
        assert!(FaultScript::from_toml(text).is_err(), "{text}");
    }
}

#[test]
fn a_stale_connection_serves_one_request() {
    use std::io::{Read, Write};
    let mock = start(script(FaultRule::always(FaultKind::StaleKeepAlive)));
    let mut stream = connect(mock.addr());
    stream.write_all(&post(&plain("x").to_string(), "")).unwrap();
    assert!(read_one(&mut stream).head().starts_with("HTTP/1.1 200 "));
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
}

#[test]
fn a_hang_ends_with_its_client() {
    let mock = start(FaultScript::always(FaultKind::Hang));
    let stream = connect(mock.addr());
    {
        use std::io::Write;
        (&stream).write_all(&post(&plain("x").to_string(), "")).unwrap();
    }
    while mock.stats().in_flight == 0 {
        std::thread::yield_now();
    }
    drop(stream);
    while mock.stats().in_flight > 0 {
        std::thread::yield_now();
    }
    let again = exchange(mock.addr(), &crate::client::get("/v1/models"));
    assert_eq!(again.json()["data"][0]["id"], "mock");
}
