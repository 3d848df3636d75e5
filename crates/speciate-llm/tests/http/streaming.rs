//! Streams over a connection: clocks, breaks, servers that do not stream, and when to ask for one.

use std::time::{Duration, Instant};

use speciate_llm::{Endpoint, HttpModel, Model as _, StreamMode, Timeouts, WireFormat};
use speciate_mock::{FaultKind, FaultRule};
use speciate_types::ErrorClass;

use super::over::{anthropic, assert_same, model, over, streaming};
use crate::raw::{Act, Raw, STREAM_HEAD, response, sound, stream};
use crate::support::{NOT_ASKED, PATIENT, SHORT, ask, endpoint, line, mock, request};

const HALF: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"Uca\"}}]}\n\n";
const REST: &str =
    "data: {\"choices\":[{\"delta\":{\"content\":\"yali.\"},\"finish_reason\":\"stop\"}]}\n\n";
const OPENAI: WireFormat = WireFormat::OpenAi;

fn always(base_url: &str, timeouts: Timeouts) -> HttpModel {
    streaming(base_url, OPENAI, timeouts)
}

/// Every fault of the mock meets a client that streams.
async fn table(wire: WireFormat) -> String {
    let mut table = String::new();
    for kind in FaultKind::ALL.iter().copied() {
        let mock = mock(vec![FaultRule::always(kind)]);
        let ends_by_clock =
            matches!(kind, FaultKind::Hang | FaultKind::HangMidBody | FaultKind::Drip);
        let clocks = if ends_by_clock { SHORT } else { PATIENT };
        let result = ask(&streaming(&mock.base_url(), wire, clocks)).await;
        let line = line(&result).replace(&mock.addr().to_string(), "HOST");
        let line = line.replace(NOT_ASKED, "Invalid gzip header");
        table.push_str(&format!("{:<24} {line}\n", kind.name()));
    }
    table
}

#[tokio::test]
async fn every_kind() {
    assert_same!("streamed_faults", table(OPENAI).await);
}

#[tokio::test]
async fn every_kind_in_anthropics_format() {
    assert_same!("anthropic_streamed_faults", table(WireFormat::Anthropic).await);
}

/// A streamed answer is the same as a whole one, in either format.
#[tokio::test]
async fn the_same_answer() {
    let mock = mock(Vec::new());
    let whole = ask(&model(&mock.base_url(), PATIENT)).await.unwrap();
    let streamed = ask(&always(&mock.base_url(), PATIENT)).await.unwrap();
    assert_eq!(streamed, whole);
    let messages = ask(&anthropic(&mock.base_url(), PATIENT)).await.unwrap();
    let streamed = ask(&streaming(&mock.base_url(), WireFormat::Anthropic, PATIENT)).await.unwrap();
    assert_eq!(streamed, messages);
    assert_eq!(mock.stats().answered, 4);
}

#[tokio::test]
async fn connections_are_kept() {
    let mock = mock(Vec::new());
    let model = always(&mock.base_url(), PATIENT);
    for _ in 0..10 {
        ask(&model).await.unwrap();
    }
    assert_eq!(mock.stats().connections, 1);
}

/// N-19: each sign of life resets the clock for silence, so that a stream may last longer than it.
#[tokio::test]
async fn signs_of_life_reset_the_clock_for_silence() {
    let pause = Duration::from_millis(300);
    let mut pieces = vec![(STREAM_HEAD.as_bytes().to_vec(), pause)];
    pieces.extend(std::iter::repeat_n((b": keep-alive\n\n".to_vec(), pause), 6));
    pieces.push((format!("{HALF}{REST}").into_bytes(), Duration::ZERO));
    let server = Raw::start(vec![vec![Act::Pieces(pieces)]]);
    let clocks = Timeouts { silence_ms: 1_500, ..PATIENT };
    let began = Instant::now();
    assert_eq!(ask(&always(&server.base_url, clocks)).await.unwrap().text, "Ucayali.");
    assert!(began.elapsed() > Duration::from_millis(1_500), "{:?}", began.elapsed());
}

/// N-07: without one, the clock for silence ends it, long before that for the whole.
#[tokio::test]
async fn silence_within_a_stream() {
    let half = format!("{STREAM_HEAD}{HALF}").into_bytes();
    let server = Raw::start(vec![vec![Act::Pieces(vec![(half, Duration::from_secs(20))])]]);
    let clocks = Timeouts { silence_ms: 400, ..PATIENT };
    let began = Instant::now();
    let error = ask(&always(&server.base_url, clocks)).await.unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
    assert_eq!((error.class, error.maybe_billed), (ErrorClass::Transient, true));
    assert!(error.message.starts_with("waited too long for an answer"), "{error}");
}

/// And not the clock for the whole: N-08, T-10.
#[tokio::test]
async fn signs_of_life_do_not_reset_the_clock_for_the_whole() {
    let alive = (b": keep-alive\n\n".to_vec(), Duration::from_millis(50));
    let mut pieces = vec![(STREAM_HEAD.as_bytes().to_vec(), Duration::ZERO)];
    pieces.extend(std::iter::repeat_n(alive, 100));
    let server = Raw::start(vec![vec![Act::Pieces(pieces)]]);
    let clocks = Timeouts { total_ms: 700, ..PATIENT };
    let error = ask(&always(&server.base_url, clocks)).await.unwrap_err();
    assert_eq!((error.class, error.maybe_billed), (ErrorClass::Transient, true));
    assert!(error.message.starts_with("waited too long for an answer"), "{error}");
}

/// T-06: what came before a break is not used, unless the answer was whole by then.
#[tokio::test]
async fn a_break() {
    let broken = |body: &str| {
        let head = STREAM_HEAD.replace("connection: close", "content-length: 5000");
        Raw::once(format!("{head}{body}"))
    };
    let server = broken(HALF);
    let error = ask(&always(&server.base_url, PATIENT)).await.unwrap_err();
    assert_eq!((error.class, error.maybe_billed), (ErrorClass::Transient, true));
    assert!(error.message.contains("broke off"), "{error}");
    let server = broken(&format!("{HALF}{REST}"));
    assert_eq!(ask(&always(&server.base_url, PATIENT)).await.unwrap().text, "Ucayali.");
}

/// A server that holds the line after its last event does not hold the call.
#[tokio::test]
async fn what_follows_the_end_is_not_waited_for() {
    for end in ["data: [DONE]\n\n", ""] {
        let last = format!("{STREAM_HEAD}{HALF}{REST}{end}");
        let pieces = vec![(last.into_bytes(), Duration::from_secs(30))];
        let server = Raw::start(vec![vec![Act::Pieces(pieces)]]);
        let began = Instant::now();
        assert_eq!(ask(&always(&server.base_url, PATIENT)).await.unwrap().text, "Ucayali.");
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    }
}

/// Nor does one that keeps giving signs of life behind the end.
#[tokio::test]
async fn signs_of_life_behind_the_end_do_not_hold_the_call() {
    let pause = Duration::from_millis(300);
    let mut pieces = vec![(format!("{STREAM_HEAD}{HALF}{REST}").into_bytes(), pause)];
    pieces.extend(std::iter::repeat_n((b": keep-alive\n\n".to_vec(), pause), 60));
    let server = Raw::start(vec![vec![Act::Pieces(pieces)]]);
    let began = Instant::now();
    assert_eq!(ask(&always(&server.base_url, PATIENT)).await.unwrap().text, "Ucayali.");
    assert!(began.elapsed() < Duration::from_secs(12), "{:?}", began.elapsed());
}

/// Servers that answer whole although a stream was asked for, or under another name.
#[tokio::test]
async fn who_does_not_stream() {
    let server = Raw::start(vec![vec![sound()]]);
    assert_eq!(ask(&always(&server.base_url, PATIENT)).await.unwrap().text, "Ucayali.");
    let server = Raw::start(vec![vec![response(200, "", &format!(": hi\n\n{HALF}{REST}"))]]);
    assert_eq!(ask(&always(&server.base_url, PATIENT)).await.unwrap().text, "Ucayali.");
    let server = Raw::start(vec![vec![response(429, "retry-after: 3\r\n", "{}")]]);
    let error = ask(&always(&server.base_url, PATIENT)).await.unwrap_err();
    assert_eq!((error.class, error.retry_after_ms), (ErrorClass::Throttled, Some(3_000)));
    // A whole answer under the name of a stream.
    let whole = r#"{"choices":[{"message":{"content":"Ucayali."},"finish_reason":"stop"}]}"#;
    for body in [whole.to_owned(), format!(": hi\n\n{whole}\n")] {
        let head = "content-type: text/event-stream\r\n";
        let server = Raw::start(vec![vec![response(200, head, &body)]]);
        let answer = ask(&always(&server.base_url, PATIENT)).await;
        assert_eq!(answer.unwrap().text, "Ucayali.", "{body}");
    }
    // Read by what it is: some gateways stream what was asked for whole.
    let server = Raw::start(vec![vec![response(200, "", &format!("{HALF}{REST}"))]]);
    assert_eq!(ask(&model(&server.base_url, PATIENT)).await.unwrap().text, "Ucayali.");
}

#[tokio::test]
async fn a_refused_stream_is_learned() {
    for (parameter, left_out) in [("stream_options", "stream_options"), ("stream", "stream")] {
        let rule = FaultRule {
            parameter: Some(parameter.to_owned()),
            ..FaultRule::always(FaultKind::BadParameter)
        };
        let mock = mock(vec![rule]);
        let model = always(&mock.base_url(), PATIENT);
        for _ in 0..3 {
            ask(&model).await.unwrap();
        }
        assert_eq!((mock.stats().requests, mock.stats().answered), (4, 3), "{parameter}");
        assert_eq!(model.learned(), [left_out]);
    }
}

/// Each wording makes the client go on without what it names.
#[tokio::test]
async fn vendors_wordings() {
    for (body, left_out) in [
        (
            r#"{"error":{"message":"Verify your organization to stream this model.","param":"stream","code":"unsupported_value"}}"#,
            "stream",
        ),
        (
            r#"{"detail":[{"type":"extra_forbidden","loc":["body","stream_options"],"msg":"Extra inputs are not permitted"}]}"#,
            "stream_options",
        ),
        (
            r#"{"error":{"message":"Unrecognized request argument supplied: `stream_options`"}}"#,
            "stream_options",
        ),
    ] {
        let server = Raw::start(vec![vec![response(400, "", body), sound()]]);
        let model = always(&server.base_url, PATIENT);
        ask(&model).await.unwrap();
        assert_eq!(model.learned(), [left_out], "{body}");
        let seen = server.seen();
        let name = format!("\"{left_out}\"");
        assert!(seen[0].contains(&name) && !seen[1].contains(&name), "{seen:?}");
    }
}

/// An answer that outlasts the patience is lost once; the next one like it comes as a stream.
#[tokio::test]
async fn silence_makes_long_calls_stream() {
    let fast = r#"{"choices":[{"message":{"content":"Yes."},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1000000}}"#;
    let silent = vec![(b"HTTP/1.1 200 OK\r\n".to_vec(), Duration::from_millis(1_400))];
    let server = Raw::start(vec![
        vec![response(200, "connection: close\r\n", fast)],
        vec![Act::Pieces(silent)],
        vec![Act::Answer(stream(&format!("{HALF}{REST}")))],
    ]);
    let timeouts = Timeouts { silence_ms: 1_000, ..PATIENT };
    let endpoint = Endpoint { stream: StreamMode::Auto, ..endpoint(&server.base_url, timeouts) };
    let model = over(&endpoint, "m");
    // By the first guess it would take long; the server answers whole all the same, and fast.
    ask(&model).await.unwrap();
    let error = ask(&model).await.unwrap_err();
    assert!(error.message.starts_with("waited too long"), "{error}");
    assert_eq!(ask(&model).await.unwrap().text, "Ucayali.");
    let is_stream: Vec<_> =
        server.seen().iter().map(|request| request.contains("\"stream\"")).collect();
    assert_eq!(is_stream, [true, false, true]);
}

/// With a fast model and patience, nothing is streamed.
#[tokio::test]
async fn short_calls_are_whole() {
    let server = Raw::start(vec![vec![sound(); 3]]);
    let timeouts = Timeouts { silence_ms: 120_000, ..PATIENT };
    let stream = StreamMode::Auto;
    let endpoint = Endpoint { stream, ..endpoint(&server.base_url, timeouts) };
    let model = over(&endpoint, "m");
    for _ in 0..3 {
        ask(&model).await.unwrap();
    }
    assert!(server.seen().iter().all(|request| !request.contains("\"stream\"")));
}

/// A gateway that gave up shows the same as our own clock: the next call like it is streamed.
#[tokio::test]
async fn a_gateways_silence_makes_the_next_call_stream() {
    let timeouts = Timeouts { silence_ms: 120_000, ..PATIENT };
    let endpoint = |base_url: &str| {
        let stream = StreamMode::Auto;
        Endpoint { stream, ..endpoint(base_url, timeouts) }
    };
    let server = Raw::start(vec![
        vec![response(504, "", "{}")],
        vec![Act::Answer(stream(&format!("{HALF}{REST}")))],
        vec![sound()],
    ]);
    let model = over(&endpoint(&server.base_url), "m");
    // The first connection is closed after its answer; what is asked next goes out again.
    assert_eq!(ask(&model).await.unwrap_err().status, Some(504));
    assert_eq!(ask(&model).await.unwrap().text, "Ucayali.");
    let mut short = request("Is it?");
    short.sampling.max_tokens = Some(16);
    model.call(short).await.unwrap();
    let is_stream: Vec<_> =
        server.seen().iter().map(|request| request.contains("\"stream\"")).collect();
    assert_eq!(is_stream, [false, true, false]);
}
