//! What the client does beyond one request and one answer.

use speciate_llm::{ApiKey, Endpoint, HttpModel, Model as _};
use speciate_mock::{FaultKind, FaultRule, MockConfig, MockServer};
use speciate_types::ErrorClass;

use super::over::{list, model};
use crate::raw::{Raw, response, sound};
use crate::support::{KEY, PATIENT, ask, check_message, endpoint, mock};

#[tokio::test]
async fn redirects_are_not_followed() {
    let target = mock(Vec::new());
    let to = format!("location: {}/chat/completions?token=abc\r\n", target.base_url());
    for status in [301, 302, 303, 307, 308] {
        let server = Raw::start(vec![vec![response(status, &to, "")]]);
        let error = ask(&model(&server.base_url, PATIENT)).await.unwrap_err();
        assert_eq!((error.class, error.status), (ErrorClass::BadConfig, Some(status)));
        assert!(error.message.contains("redirects") && !error.message.contains("abc"), "{error}");
    }
    let stats = target.stats();
    assert_eq!((stats.connections, stats.requests), (0, 0));
    let server = Raw::start(vec![vec![response(302, "", "")]]);
    let error = ask(&model(&server.base_url, PATIENT)).await.unwrap_err();
    assert_eq!(error.class, ErrorClass::Malformed, "a redirect to nowhere");
}

/// The same place in another spelling is no other place, and is asked at once from then on.
#[tokio::test]
async fn another_spelling_of_the_address_is_followed() {
    for status in [301, 302, 307, 308] {
        let to = "location: /v1/chat/completions/\r\n";
        let server = Raw::start(vec![vec![response(status, to, "")], vec![sound(), sound()]]);
        let model = model(&server.base_url, PATIENT);
        for _ in 0..2 {
            ask(&model).await.unwrap();
        }
        let seen = server.seen().concat();
        assert_eq!(seen.matches("post /v1/chat/completions http").count(), 1, "{seen}");
        assert_eq!(seen.matches("post /v1/chat/completions/ http").count(), 2, "{seen}");
    }
    let circle = |to: &str| response(307, &format!("location: {to}\r\n"), "");
    let (there, back) = ("/v1/chat/completions/", "/v1/chat/completions");
    let server = Raw::start(vec![vec![circle(there)], vec![circle(back)], vec![circle(there)]]);
    let error = ask(&model(&server.base_url, PATIENT)).await.unwrap_err();
    assert_eq!(error.class, ErrorClass::BadConfig);
    assert!(error.message.ends_with("redirects in a circle: check `base_url`"), "{error}");
}

/// LM Studio answers 200 at every address.
#[tokio::test]
async fn a_200_for_a_wrong_address_names_the_right_one() {
    let said = |method: &str| {
        let error = format!("Unexpected endpoint or method. ({method} /x). Returning 200 anyway");
        response(200, "", &serde_json::json!({"error": error}).to_string())
    };
    let server = Raw::start(vec![vec![said("POST")], vec![said("GET")]]);
    let base = server.base_url.replace("/v1", "");
    let called = ask(&model(&base, PATIENT)).await.unwrap_err();
    let listed = list(&endpoint(&base, PATIENT)).await.unwrap_err();
    for error in [called, listed] {
        check_message(&error.message);
        assert_eq!(error.class, ErrorClass::BadConfig, "{error}");
        assert!(error.message.ends_with(&format!("try `{base}/v1`)")), "{error}");
    }
}

#[tokio::test]
async fn the_key_is_never_quoted() {
    let mock = mock(vec![FaultRule::always(FaultKind::Unauthorized)]);
    let error = ask(&model(&mock.base_url(), PATIENT)).await.unwrap_err();
    assert_eq!(error.class, ErrorClass::Auth);
    assert!(error.message.contains("***"), "{error}");
    check_message(&error.message);
    assert!(!format!("{error:?} {:?}", endpoint(&mock.base_url(), PATIENT)).contains(KEY));
    assert!(!format!("{:?}", model(&mock.base_url(), PATIENT)).contains(KEY));
}

/// Wherever the message is cut, no telling part of the key stays.
#[tokio::test]
async fn a_cut_message_holds_no_part_of_the_key() {
    for padding in 150..205 {
        let body = format!(
            r#"{{"error":{{"message":"{}{KEY}{}"}}}}"#,
            "x".repeat(padding),
            "y".repeat(90)
        );
        for status in [401, 404] {
            let server = Raw::start(vec![vec![response(status, "", &body)]]);
            let error = ask(&model(&server.base_url, PATIENT)).await.unwrap_err();
            assert!(!error.message.contains(&KEY[..4]), "{padding}: {error}");
        }
    }
}

/// A key can also come back in a header, and when models are listed.
#[tokio::test]
async fn the_key_is_not_quoted_from_a_header() {
    let to = format!("location: http://127.0.0.2/{KEY}\r\n");
    let server = Raw::start(vec![vec![response(302, &to, "")], vec![response(302, &to, "")]]);
    check_message(&ask(&model(&server.base_url, PATIENT)).await.unwrap_err().message);
    let listed = list(&endpoint(&server.base_url, PATIENT)).await;
    check_message(&listed.unwrap_err().message);
}

#[test]
fn keys_that_cannot_be_sent() {
    let endpoint = Endpoint {
        key: ApiKey::new("sk-canary\r\nx: y"),
        timeouts: PATIENT,
        ..Endpoint::new("http://localhost/v1")
    };
    let error = HttpModel::new(&endpoint, "m").unwrap_err().to_string();
    assert!(!error.contains("canary"), "{error}");
}

#[tokio::test]
async fn models_are_listed() {
    let models = vec!["b".to_owned(), "a".to_owned()];
    let mock = MockServer::start(MockConfig { models, ..MockConfig::perfect() }).unwrap();
    assert_eq!(list(&endpoint(&mock.base_url(), PATIENT)).await.unwrap(), ["a", "b"]);
    let wrong = mock.base_url().replace("/v1", "/v2");
    let error = list(&endpoint(&wrong, PATIENT)).await.unwrap_err();
    assert_eq!(error.class, ErrorClass::BadConfig);
    assert!(error.message.contains("/v2/models") && error.message.contains("/v1`"), "{error}");
    for (body, class) in
        [("{}", "malformed"), ("<html>", "malformed"), (r#"{"data":[{"id":7}]}"#, "malformed")]
    {
        let server = Raw::start(vec![vec![response(200, "", body)]]);
        let error = list(&endpoint(&server.base_url, PATIENT)).await.unwrap_err();
        assert_eq!(error.class.as_str(), class, "{body}");
        check_message(&error.message);
    }
    let server = Raw::start(vec![vec![response(429, "retry-after: 3\r\n", "{}")]]);
    let error = list(&endpoint(&server.base_url, PATIENT)).await.unwrap_err();
    assert_eq!(error.retry_after_ms, Some(3_000));
}

#[tokio::test]
async fn a_model_says_what_it_is() {
    let server = Raw::start(vec![vec![sound()]]);
    let model = model(&format!("{}/chat/completions", server.base_url), PATIENT);
    assert_eq!(model.info().endpoint, server.base_url);
    assert_eq!(model.info().name, "m");
    assert_eq!(ask(&model).await.unwrap().model, "m");
}
