//! Downloads, against a hub of our own on this machine.

use std::fs;
use std::sync::{Arc, Mutex};

use sha2::{Digest, Sha256};
use speciate_llm::local::{HfFile, LocalError, ModelEnv, Progress, pull_hf, resolve};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::block_on;

/// What the hub does with the file.
#[derive(Debug, Clone)]
struct Hub {
    body: Vec<u8>,
    /// What it says the file's SHA-256 is.
    promised: String,
    /// Bytes after which it hangs up, for each answer in turn; the others are whole.
    cuts: Vec<usize>,
    /// Answers with this status only.
    refuses: Option<u16>,
    ignores_ranges: bool,
}

impl Hub {
    fn new() -> Self {
        let body: Vec<u8> = b"GGUF".iter().copied().chain((0..200_000).map(|n| n as u8)).collect();
        let promised = format!("{:x}", Sha256::digest(&body));
        Self { body, promised, cuts: Vec::new(), refuses: None, ignores_ranges: false }
    }
}

struct Fetched {
    folder: TempDir,
    env: ModelEnv,
    outcome: Result<std::path::PathBuf, LocalError>,
    /// The requests that the hub saw, as method, range and authorisation.
    seen: Vec<String>,
    progress: Vec<Progress>,
}

const SPEC: &str = "hf:o/r/sub/tiny.gguf@v1";

fn fetch(hub: &Hub) -> Fetched {
    fetch_with(hub, &[])
}

fn fetch_with(hub: &Hub, vars: &[(&str, &str)]) -> Fetched {
    let folder = tempfile::tempdir().unwrap();
    block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut all = vec![
            ("HF_ENDPOINT", format!("http://{}/", listener.local_addr().unwrap())),
            ("HOME", folder.path().display().to_string()),
        ];
        all.extend(vars.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let env = ModelEnv::from_vars(|name| {
            all.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone())
        });
        let seen = Arc::new(Mutex::new(Vec::new()));
        let mut progress = Vec::new();
        let file = HfFile::parse(SPEC).unwrap();
        let outcome = tokio::select! {
            outcome = async { pull_hf(&file, &env, &mut |step| progress.push(step)).await } => outcome,
            () = serve(listener, hub.clone(), Arc::clone(&seen)) => unreachable!("serves for ever"),
        };
        let seen = seen.lock().unwrap().clone();
        Fetched { folder, env, outcome, seen, progress }
    })
}

async fn serve(listener: TcpListener, mut hub: Hub, seen: Arc<Mutex<Vec<String>>>) {
    loop {
        let (stream, _peer) = listener.accept().await.unwrap();
        let (head, answer) = respond(stream, &mut hub).await;
        seen.lock().unwrap().push(head);
        drop(answer);
    }
}

/// One request on one connection.
async fn respond(mut stream: TcpStream, hub: &mut Hub) -> (String, TcpStream) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap().to_lowercase();
    let field = |name: &str| {
        let start = format!("{name}: ");
        head.lines().find_map(|line| line.strip_prefix(&start)).map(str::to_owned)
    };
    let range = field("range");
    let method = head.split(' ').next().unwrap().to_owned();
    let said = format!(
        "{method} {} {}",
        range.clone().unwrap_or_default(),
        field("authorization").unwrap_or_default()
    );
    let answer = answer(hub, &method, range.as_deref());
    stream.write_all(&answer).await.unwrap();
    stream.flush().await.unwrap();
    (said.trim().to_owned(), stream)
}

fn answer(hub: &mut Hub, method: &str, range: Option<&str>) -> Vec<u8> {
    if let Some(status) = hub.refuses {
        let text =
            format!("HTTP/1.1 {status} No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        return text.into_bytes();
    }
    let size = hub.body.len();
    if method == "head" {
        // As the hub does: the hash and the size stand on a redirect to somewhere else.
        let text = format!(
            "HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\nx-linked-etag: \"{}\"\r\n\
             x-linked-size: {size}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
            hub.promised
        );
        return text.into_bytes();
    }
    let start = range.filter(|_| !hub.ignores_ranges).map_or(0, |range| {
        range.trim_start_matches("bytes=").trim_end_matches('-').parse().unwrap()
    });
    let status = if start == 0 {
        "200 OK".to_owned()
    } else {
        format!("206 Partial\r\ncontent-range: bytes {start}-{}/{size}", size - 1)
    };
    let rest = &hub.body[start..];
    let mut text =
        format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", rest.len())
            .into_bytes();
    let sent = if hub.cuts.is_empty() { rest.len() } else { hub.cuts.remove(0) };
    text.extend(&rest[..sent]);
    text
}

fn parts_left(fetched: &Fetched) -> usize {
    let folder = fetched.folder.path().join(".cache/speciate/hf/o/r/v1/sub");
    fs::read_dir(folder).into_iter().flatten().flatten().count()
}

#[test]
fn whole_at_once() {
    let hub = Hub::new();
    let fetched = fetch(&hub);
    let path = fetched.outcome.as_ref().unwrap();
    assert_eq!(fs::read(path).unwrap(), hub.body);
    assert_eq!(fetched.seen, ["head", "get"]);
    let total = Some(hub.body.len() as u64);
    let last = fetched.progress.iter().rev().find(|step| matches!(step, Progress::Bytes { .. }));
    assert_eq!(last, Some(&Progress::Bytes { done: hub.body.len() as u64, total }));
    assert_eq!(&resolve(SPEC, &fetched.env).unwrap().path, path);
    assert_eq!(parts_left(&fetched), 1);
}

#[test]
fn a_cut_download_goes_on_where_it_was_cut() {
    let mut hub = Hub::new();
    hub.cuts = vec![50_000, 30_000];
    let fetched = fetch(&hub);
    assert_eq!(fs::read(fetched.outcome.unwrap()).unwrap(), hub.body);
    assert_eq!(fetched.seen, ["head", "get", "get bytes=50000-", "get bytes=80000-"]);
}

#[test]
fn a_server_without_ranges_starts_again() {
    let mut hub = Hub::new();
    hub.cuts = vec![50_000];
    hub.ignores_ranges = true;
    let fetched = fetch(&hub);
    assert_eq!(fs::read(fetched.outcome.unwrap()).unwrap(), hub.body);
    assert_eq!(fetched.seen, ["head", "get", "get bytes=50000-"]);
}

#[test]
fn a_wrong_checksum_is_thrown_away() {
    let mut hub = Hub::new();
    hub.promised = "0".repeat(64);
    let fetched = fetch(&hub);
    let error = fetched.outcome.as_ref().unwrap_err();
    assert!(matches!(error, LocalError::Checksum { .. }), "{error}");
    assert_eq!(parts_left(&fetched), 0);
}

#[test]
fn it_gives_up_after_five_tries_and_keeps_what_it_has() {
    let mut hub = Hub::new();
    hub.cuts = vec![10; 9];
    let fetched = fetch(&hub);
    assert!(matches!(fetched.outcome, Err(LocalError::Http { .. })), "{:?}", fetched.outcome);
    assert_eq!(fetched.seen.len(), 6);
    assert_eq!(parts_left(&fetched), 1);
}

#[test]
fn refusals_say_what_to_do() {
    let hub = Hub { refuses: Some(403), ..Hub::new() };
    let fetched = fetch_with(&hub, &[("HF_TOKEN", "hf_canary123")]);
    assert_eq!(fetched.seen, ["head  bearer hf_canary123"]);
    let error = format!("{0} {0:?}", fetched.outcome.unwrap_err());
    assert!(error.contains("answered 403; if the model is gated"), "{error}");
    assert!(!error.contains("canary"), "{error}");
    let fetched = fetch(&Hub { refuses: Some(404), ..Hub::new() });
    assert!(fetched.outcome.unwrap_err().to_string().contains("no such file at this revision"));
}

#[test]
fn offline_means_no_request_at_all() {
    let fetched = fetch_with(&Hub::new(), &[("HF_HUB_OFFLINE", "1")]);
    insta::assert_snapshot!(
        fetched.outcome.unwrap_err(),
        @"cannot fetch model `hf:o/r/sub/tiny.gguf@v1`: `HF_HUB_OFFLINE` is set"
    );
    assert!(fetched.seen.is_empty());
}
