//! Answers whose frame is odd, wrong or hostile, and what the connection is worth afterwards.

use std::time::Duration;

use super::OVER;
use super::over::{assert_same, model, over};
use crate::raw::{Act, Raw, SOUND, response, sound};
use crate::support::{Over, PATIENT, ask, check_message, endpoint, line};

/// The text of the answer that would come on the connection of the first one.
const KEPT: &str = r#"{"choices":[{"message":{"content":"Again."},"finish_reason":"stop"}]}"#;

/// What an answer comes to, and whether the next call uses its connection.
async fn row(name: &str, answer: impl Into<Vec<u8>>, is_last: bool) -> String {
    let first = Act::Answer(answer.into());
    let acts = if is_last { vec![first] } else { vec![first, response(200, "", KEPT)] };
    let server = Raw::start(vec![acts, vec![sound()]]);
    let model = model(&server.base_url, PATIENT);
    let result = ask(&model).await;
    let next = match ask(&model).await.unwrap().text.as_str() {
        "Again." => "kept",
        _ => "closed",
    };
    let line = line(&result).replace(&server.base_url, "BASE").replace("(usage estimated)", "");
    format!("{name}: {} | {next}\n", line.trim_end())
}

/// A head with these headers and the sound body.
fn with(headers: &str) -> String {
    format!("HTTP/1.1 200 OK\r\n{headers}\r\n{SOUND}")
}

fn with_length(headers: &str) -> String {
    with(&format!("content-length: {}\r\n{headers}", SOUND.len()))
}

/// The sound body in two chunks, with these things in the places where there may be any.
fn chunked(extension: &str, trailers: &str) -> String {
    let (one, two) = SOUND.split_at(20);
    format!(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{:x}{extension}\r\n{one}\r\n{:X}\r\n{two}\r\n0\r\n{trailers}\r\n",
        one.len(),
        two.len()
    )
}

#[tokio::test]
async fn lengths_and_chunks() {
    let one_chunk = |size: &str| {
        format!(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{size}\r\n{SOUND}\r\n0\r\n\r\n"
        )
    };
    let size = format!("{:x}", SOUND.len());
    let length = SOUND.len();
    let mut table = String::new();
    for (name, answer, is_last) in [
        ("length", with_length(""), false),
        ("length, and close", with_length("connection: close\r\n"), false),
        ("until the end", with(""), true),
        ("http/1.0, length", with_length("").replace("/1.1", "/1.0"), false),
        (
            "http/1.0, length, keep-alive",
            with_length("connection: keep-alive\r\n").replace("/1.1", "/1.0"),
            false,
        ),
        ("http/1.0, until the end", with("").replace("/1.1", "/1.0"), true),
        ("chunks", chunked("", ""), false),
        ("extensions and trailers", chunked(";a=\"b;c\";d", "x: y\r\nretry-after: 9\r\n"), false),
        ("extension of 100 KiB", chunked(&format!(";{}", "a".repeat(100 << 10)), ""), false),
        ("trailers of 1 MiB", chunked("", &"x: y\r\n".repeat(1 << 18)), false),
        ("leading zeros", one_chunk(&format!("000000{size}")), false),
        ("size that is no number", one_chunk("zz"), false),
        ("negative size", one_chunk(&format!("-{size}")), false),
        ("size beyond 64 bits", one_chunk("1ffffffffffffffff"), false),
        ("no size", one_chunk(""), false),
        ("chunk that is too long", one_chunk("10"), false),
        ("last chunk missing", one_chunk(&size).replace("0\r\n\r\n", ""), true),
        (
            "length and chunks",
            chunked("", "").replace("transfer", "content-length: 7\r\ntransfer"),
            false,
        ),
        ("chunks under http/1.0", chunked("", "").replace("/1.1", "/1.0"), true),
        ("chunked is not the last coding", with("transfer-encoding: chunked, identity\r\n"), true),
        ("unknown coding", with("transfer-encoding: x\r\n"), true),
        ("the same length twice", with_length(&format!("content-length: {length}\r\n")), false),
        ("two lengths", with_length("content-length: 7\r\n"), false),
        ("a list of lengths", with(&format!("content-length: {length}, {length}\r\n")), false),
        ("length with a sign", with(&format!("content-length: +{length}\r\n")), false),
        ("negative length", with("content-length: -1\r\n"), false),
        ("length beyond 64 bits", with("content-length: 99999999999999999999\r\n"), false),
        ("length that is too large", with("content-length: 9000\r\n"), true),
        ("length that is too small", with("content-length: 9\r\n"), false),
    ] {
        table.push_str(&row(name, answer, is_last).await);
    }
    assert_same!("lengths_and_chunks", table);
}

#[tokio::test]
async fn heads() {
    let big = |n: usize| with_length(&format!("x: {}\r\n", "a".repeat(n)));
    let many = |n: usize| with_length(&"x: y\r\n".repeat(n));
    let mut table = String::new();
    for (name, answer, is_last) in [
        (
            "interim answers",
            format!(
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n{}",
                with_length("")
            ),
            false,
        ),
        ("interim answers without end", "HTTP/1.1 100 Continue\r\n\r\n".repeat(50_000), true),
        (
            "other protocol",
            "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"
                .to_owned(),
            true,
        ),
        ("line ends without CR", with_length("").replace("\r\n", "\n"), false),
        ("folded line", with_length("x: a\r\n b\r\n"), false),
        ("blank before the colon", with_length("x : a\r\n"), false),
        ("no colon", with_length("x\r\n"), false),
        ("no name", with_length(": a\r\n"), false),
        ("NUL in a value", with_length("x: a\0b\r\n"), false),
        ("ESC in a value", with_length("x: a\x1b[2Jb\r\n"), false),
        ("no reason", with_length("").replace("200 OK", "200"), false),
        ("status of two digits", with_length("").replace("200 OK", "20 OK"), false),
        ("status 999", with_length("").replace("200 OK", "999 X"), false),
        ("http/2.0", with_length("").replace("/1.1", "/2.0"), false),
        ("http/0.9", SOUND.to_owned(), true),
        ("blank lines first", format!("\r\n\r\n{}", with_length("")), false),
        ("head of 6 KiB", big(6 << 10), false),
        ("head of 100 KiB", big(100 << 10), false),
        ("head of 2 MiB", big(2 << 20), false),
        ("95 headers", many(95), false),
        ("200 headers", many(200), false),
        ("cut head", "HTTP/1.1 200 OK\r\ncontent-le".to_owned(), true),
    ] {
        table.push_str(&row(name, answer, is_last).await);
    }
    assert_same!("heads", table);
}

/// What stands behind an answer is none to the next call: its connection is given up.
#[tokio::test]
async fn what_follows_an_answer_is_not_the_next_one() {
    let forged = SOUND.replace("Ucayali", "Forged");
    let forged = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{forged}", forged.len());
    let no_body = |status: &str| format!("HTTP/1.1 {status} X\r\ncontent-length: 5\r\n\r\nhello");
    let mut table = String::new();
    for (name, answer) in [
        ("an answer", format!("{}{forged}", with_length(""))),
        ("an answer behind chunks", format!("{}{forged}", chunked("", ""))),
        ("garbage", format!("{}garbage", with_length(""))),
        ("line ends", format!("{}\r\n\r\n", with_length(""))),
        ("an interim answer", format!("{}HTTP/1.1 100 Continue\r\n\r\n", with_length(""))),
        ("a body of a 204", no_body("204")),
        ("a body of a 304", no_body("304")),
        (
            "a forged answer as the body of a 204",
            format!("HTTP/1.1 204 X\r\ncontent-length: {}\r\n\r\n{forged}", forged.len()),
        ),
    ] {
        table.push_str(&row(name, answer, false).await);
    }
    assert_same!("behind_answers", table);
}

/// Also if it comes while nobody waits for anything.
#[tokio::test]
async fn an_answer_that_nobody_asked_for() {
    let forged = SOUND.replace("Ucayali", "Forged");
    let forged = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{forged}", forged.len());
    let pieces = [with_length(""), forged].map(|text| (text.into_bytes(), Duration::ZERO));
    let server = Raw::start(vec![
        vec![Act::Pieces(pieces.to_vec()), response(200, "", KEPT)],
        vec![sound()],
    ]);
    let model = model(&server.base_url, PATIENT);
    assert_eq!(ask(&model).await.unwrap().text, "Ucayali.");
    server.has_sent(2).await;
    assert_eq!(ask(&model).await.unwrap().text, "Ucayali.");
}

/// A header is no place for the markup or the colours of a message either.
#[tokio::test]
async fn a_redirects_target_is_made_fit_to_print() {
    for to in ["http://x/<script>alert(1)</script>", "http://x/\x1b[31m", "http://x/é\u{202e}"] {
        let server = Raw::start(vec![vec![response(302, &format!("location: {to}\r\n"), "")]]);
        check_message(&ask(&model(&server.base_url, PATIENT)).await.unwrap_err().message);
    }
}

/// An address keeps what it needs encoded, and so does a name, so that a request is one request.
#[tokio::test]
async fn nothing_in_an_address_or_a_name_ends_its_line() {
    for path in [
        "/v1%0d%0aevil:%20y",
        "/v1\r\nevil: y\r\n\r\n",
        "/v1 HTTP/1.1\r\nevil: y\r\n\r\nGET /",
        "/é/../%2e%2e/v1?api-version=1%0d%0aevil: y",
    ] {
        let server = Raw::start(vec![vec![sound()]]);
        let endpoint = endpoint(&server.base_url.replace("/v1", path), PATIENT);
        ask(&over(&endpoint, "m\r\n\r\nevil: y")).await.unwrap();
        let seen = server.seen().concat();
        assert!(!seen.contains("\nevil"), "{path:?}: {seen}");
        let first = seen.lines().next().unwrap();
        assert!(first.starts_with("post /") && first.ends_with(" http/1.1"), "{first:?}");
        assert_eq!(first.split(' ').count(), 3, "{first:?}");
        assert_eq!(seen.matches("\r\nhost: ").count(), 1, "{seen}");
    }
}

#[tokio::test]
async fn an_address_of_six() {
    // Not every machine has one.
    let Ok(listener) = std::net::TcpListener::bind("[::1]:0") else { return };
    let server = Raw::at(&listener, vec![vec![sound()]]);
    ask(&model(&server.base_url, PATIENT)).await.unwrap();
    let host = format!("\r\nhost: {}\r\n", listener.local_addr().unwrap());
    assert!(server.seen().concat().contains(&host), "{:?}", server.seen());
}

/// The body is read to its end, and no connection that was left in its midst is used again.
#[tokio::test]
async fn a_call_that_is_dropped_takes_its_connection_along() {
    let half = with_length("").split_at(90).0.to_owned().into_bytes();
    let server = Raw::start(vec![vec![Act::Answer(half), response(200, "", KEPT)], vec![sound()]]);
    let model = model(&server.base_url, PATIENT);
    let waiting = tokio::spawn({
        let model = model.clone();
        async move { ask(&model).await }
    });
    server.has_sent(1).await;
    waiting.abort();
    assert!(waiting.await.unwrap_err().is_cancelled());
    assert_eq!(ask(&model).await.unwrap().text, "Ucayali.");
}

/// The same for one whose stream broke its limits.
#[tokio::test]
async fn the_rest_of_a_huge_answer_is_not_the_next_one() {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", 9 << 20);
    let server = Raw::start(vec![
        vec![Act::Answer(head.into_bytes()), response(200, "", KEPT)],
        vec![sound()],
    ]);
    let model = model(&server.base_url, PATIENT);
    assert_eq!(ask(&model).await.unwrap_err().class.as_str(), "malformed");
    assert_eq!(ask(&model).await.unwrap().text, "Ucayali.");
}

/// H-24: our own connections ask for no compression. A server that compresses all the same costs
/// one try; then the library takes over, which can read that.
#[tokio::test]
async fn compressed_answers() {
    let body = include_bytes!("fixtures/sound.json.gz");
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    let answer = [head.as_bytes(), body].concat();
    let server = Raw::start(vec![vec![Act::Answer(answer)]; 3]);
    let model = model(&server.base_url, PATIENT);
    let first = ask(&model).await;
    assert_eq!(first.is_ok(), OVER == Over::Library, "{first:?}");
    for _ in 0..2 {
        assert_eq!(ask(&model).await.unwrap().text, "Ucayali.");
    }
    // Whoever says nothing takes all, so none is asked for in so many words.
    let first = if OVER == Over::Own { "identity" } else { "gzip" };
    for (request, coding) in server.seen().iter().zip([first, "gzip", "gzip"]) {
        assert!(request.contains(&format!("\r\naccept-encoding: {coding}\r\n")), "{request}");
    }
}
