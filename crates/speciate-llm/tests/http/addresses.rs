//! Endpoints that cannot be reached, and proxies.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;

use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use speciate_llm::{HttpModel, Timeouts};
use speciate_types::{CallError, ErrorClass};

use crate::support::{PATIENT, SHORT, ask, check_message, dead_port, endpoint, mock};

const PROXY_VARIABLES: [&str; 8] = [
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
];
const BASE: &str = "SPECIATE_TEST_BASE_URL";
const LIBRARY: &str = "SPECIATE_TEST_OVER_LIBRARY";

fn model(base_url: &str, timeouts: Timeouts) -> HttpModel {
    HttpModel::new(&endpoint(base_url, timeouts), "m").unwrap()
}

/// Asks `base` in a process with this variable and no proxy by another; what its call came to.
fn in_child(base: &str, variable: Option<(&str, &str)>) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "addresses::child", "--ignored", "--nocapture"]).env(BASE, base);
    for name in PROXY_VARIABLES {
        command.env_remove(name);
    }
    command.envs(variable);
    let output = command.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let result = text.lines().find_map(|line| line.split_once("RESULT ")).map(|(_, line)| line);
    result.unwrap_or_else(|| panic!("{text}")).to_owned()
}

#[tokio::test]
#[ignore = "a part of other tests, in a process of its own"]
async fn child() {
    let Ok(base) = std::env::var(BASE) else { return };
    let model = match std::env::var(LIBRARY) {
        Ok(_) => HttpModel::over_library(&endpoint(&base, PATIENT), "m").unwrap(),
        Err(_) => model(&base, PATIENT),
    };
    println!("RESULT {}", crate::support::line(&ask(&model).await));
}

#[test]
fn a_local_endpoint_is_not_behind_the_proxy() {
    let mock = mock(Vec::new());
    let dead = format!("http://127.0.0.1:{}", dead_port());
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
        assert!(in_child(&mock.base_url(), Some((name, &dead))).starts_with("ok"), "{name}");
    }
}

#[test]
fn a_dead_proxy_is_named() {
    let dead = format!("http://someone:secret@127.0.0.1:{}", dead_port());
    for (base, name) in [
        ("http://model.invalid/v1", "http_proxy"),
        ("https://model.invalid/v1", "HTTPS_PROXY"),
        ("https://model.invalid/v1", "ALL_PROXY"),
    ] {
        let line = in_child(base, Some((name, &dead)));
        assert!(line.starts_with("transient | - | free"), "{line}");
        assert!(line.contains(&format!("through the proxy of {name}")), "{line}");
        assert!(!line.contains("secret"), "{line}");
    }
}

#[test]
fn a_plain_call_through_a_proxy() {
    let server = crate::raw::Raw::start(vec![vec![crate::raw::sound()]]);
    let proxy = server.base_url.replace("/v1", "");
    let line = in_child("http://model.invalid/v1", Some(("HTTP_PROXY", &proxy)));
    assert!(line.starts_with("ok"), "{line}");
    let seen = server.seen().concat();
    assert!(
        seen.starts_with("post http://model.invalid/v1/chat/completions http/1.1\r\n"),
        "{seen}"
    );
    assert!(seen.contains("\r\nhost: model.invalid\r\n"), "{seen}");
}

#[test]
fn a_proxy_that_wants_a_login_is_bad_config() {
    for base in ["http://model.invalid/v1", "https://model.invalid/v1"] {
        let server = crate::raw::Raw::start(vec![vec![crate::raw::response(407, "", "")]]);
        let proxy = server.base_url.replace("/v1", "");
        let line = in_child(base, Some(("ALL_PROXY", &proxy)));
        assert!(line.starts_with("bad-config"), "{line}");
    }
}

#[test]
fn an_unknown_host_is_named() {
    for variable in [None, Some((LIBRARY, "1"))] {
        let line = in_child("http://no-such-host.invalid/v1", variable);
        let said = "transient | - | free | no connection to http://no-such-host.invalid/v1: ";
        assert!(line.starts_with(said), "{line}");
    }
}

async fn fails(base: &str) -> CallError {
    let error = ask(&model(base, PATIENT)).await.unwrap_err();
    check_message(&error.message);
    assert!(!error.maybe_billed, "{error}");
    error
}

#[tokio::test]
async fn tls_to_a_plain_port() {
    let mock = mock(Vec::new());
    let error = fails(&mock.base_url().replace("http:", "https:")).await;
    assert_eq!(error.class, ErrorClass::BadConfig);
    assert!(error.message.contains("is it an http:// endpoint?"), "{error}");
}

/// A server that waits for the rest of a line is silent during the handshake.
#[tokio::test]
async fn tls_to_a_silent_port() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("https://{}/v1", listener.local_addr().unwrap());
    let clocks = Timeouts { connect_ms: SHORT.connect_ms, ..PATIENT };
    let error = ask(&model(&base, clocks)).await.unwrap_err();
    assert_eq!((error.class, error.maybe_billed), (ErrorClass::Transient, false));
    assert!(error.message.contains("is it an http:// endpoint?"), "{error}");
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("https://{}/v1", listener.local_addr().unwrap());
    std::thread::Builder::new()
        .name("tls-server".to_owned())
        .spawn(move || shake_hands(&listener.accept().unwrap().0))
        .unwrap();
    let error = fails(&base).await;
    assert_eq!(error.class, ErrorClass::BadConfig);
    assert!(
        error.message.starts_with(&format!("the certificate of {base} was not accepted")),
        "{error}"
    );
    assert!(error.message.contains("SSL_CERT_FILE"), "{error}");
}

fn shake_hands(mut stream: &TcpStream) {
    speciate_llm::install_tls_provider();
    let chain = vec![CertificateDer::from(&include_bytes!("fixtures/self-signed.cert.der")[..])];
    let key = PrivateKeyDer::try_from(&include_bytes!("fixtures/self-signed.key.der")[..]).unwrap();
    let config = rustls::ServerConfig::builder().with_no_client_auth();
    let config = Arc::new(config.with_single_cert(chain, key).unwrap());
    let mut connection = rustls::ServerConnection::new(config).unwrap();
    let mut tls = rustls::Stream::new(&mut connection, &mut stream);
    // The client turns away; how this ends does not matter here.
    let _ = tls.read(&mut [0; 1_024]);
    let _ = tls.flush();
}
