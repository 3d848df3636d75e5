//! Where vendors want the key, the version and the model to be named.

use speciate_llm::Model as _;

use super::over::{list, model, over};
use crate::raw::{Raw, response, sound};
use crate::support::{KEY, PATIENT, ask, check_message, endpoint};

/// A base URL that names a version is Azure's: the version stays, and the key has its own header.
#[tokio::test]
async fn azures_requests() {
    let server = Raw::start(vec![vec![sound()]]);
    let base = server.base_url.replace("/v1", "/openai/deployments/gpt-x?api-version=2024-10-21");
    let model = model(&base, PATIENT);
    ask(&model).await.unwrap();
    assert!(!model.info().endpoint.contains('?'), "{:?}", model.info());
    let seen = server.seen().concat();
    let path = "/openai/deployments/gpt-x/chat/completions?api-version=2024-10-21";
    assert!(seen.starts_with(&format!("post {path} http/1.1\r\n")), "{seen}");
    let key = KEY.to_lowercase();
    assert!(seen.contains(&format!("\r\napi-key: {key}\r\n")), "{seen}");
    assert!(!seen.contains("authorization") && seen.matches(&key).count() == 1, "{seen}");
}

/// A deployment is the one model of its address; the list of the resource shows that it answers.
#[tokio::test]
async fn azures_list() {
    let listed = response(200, "", r#"{"data":[{"id":"gpt-4o"},{"id":"gpt-4o-mini"}]}"#);
    let server = Raw::start(vec![vec![listed, response(401, "", "{}")]]);
    let base = server.base_url.replace("/v1", "/openai/deployments/mine?api-version=2024-10-21");
    let endpoint = endpoint(&base, PATIENT);
    assert_eq!(list(&endpoint).await.unwrap(), ["mine"]);
    let seen = server.seen().concat();
    assert!(seen.starts_with("get /openai/models?api-version=2024-10-21 http/1.1\r\n"), "{seen}");
}

/// An OpenAI-compatible endpoint gets the key where it always was.
#[tokio::test]
async fn the_usual_key() {
    let server = Raw::start(vec![vec![sound()]]);
    ask(&model(&server.base_url, PATIENT)).await.unwrap();
    let (seen, key) = (server.seen().concat(), KEY.to_lowercase());
    assert!(seen.contains(&format!("\r\nauthorization: bearer {key}\r\n")), "{seen}");
    assert!(!seen.contains("api-key") && seen.matches(&key).count() == 1, "{seen}");
}

/// H-09: a model that has gone, mid-run, and one that the endpoint never listed.
#[tokio::test]
async fn a_model_that_is_not_there() {
    let gone =
        r#"{"error":{"message":"The model `gpt4o` does not exist","code":"model_not_found"}}"#;
    for (listed, expected) in [
        (vec!["gpt-4o", "gpt-4o-mini"], "; the nearest model that it lists is `gpt-4o`"),
        (vec!["something-else"], "/v1/chat/completions)"),
        (vec!["gpt4o"], "/v1/chat/completions)"),
    ] {
        let server = Raw::start(vec![vec![response(404, "", gone)]]);
        let endpoint = endpoint(&server.base_url, PATIENT);
        let listed = listed.into_iter().map(str::to_owned).collect();
        let model = over(&endpoint, "gpt4o").with_listed(listed);
        let error = ask(&model).await.unwrap_err();
        check_message(&error.message);
        assert!(error.message.ends_with(expected), "{error}");
    }
}
