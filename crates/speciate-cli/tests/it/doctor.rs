//! `speciate doctor`: what it says of each thing that can stand in a run's way, and that it ends
//! as the run would.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use serde_json::Value;
use speciate_mock::{FaultKind, FaultRule, MockConfig, MockServer, RunningMock};

use crate::kit::{Ran, Sandbox, perfect, script, slow, usual, wait_until, with_faults};

const CANARY: &str = "sk-CANARY-5b1e77d0c2aa4f";

/// What is other on every machine and at every time.
const FILTERS: [(&str, &str); 6] = [
    (r"in \d+ ms", "in [MS] ms"),
    (r"[\d.]+ [kMG]B free", "[FREE] free"),
    (r"\d+ allowed", "[N] allowed"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "[TIME]"),
    (r"process \d+ on \S+", "process [PID] on [HOST]"),
    (r"[0-9a-f]{12} can be", "[RUN] can be"),
];

macro_rules! assert_report {
    ($ran:expr, @$expected:literal) => {
        insta::with_settings!({ filters => FILTERS }, {
            insta::assert_snapshot!($ran.shown(), @$expected);
        });
    };
}

/// A report without its sound lines, on wide paper.
fn complaints(sandbox: &Sandbox, arguments: &str, key: Option<&str>) -> Ran {
    let cli = sandbox.cli(&format!("doctor {arguments}")).env("COLUMNS", "160");
    let cli = match key {
        Some(key) => cli.env("OPENAI_API_KEY", key),
        None => cli,
    };
    let mut ran = cli.done();
    let mut is_sound = false;
    let mut keep = |line: &&str| {
        is_sound = line.starts_with('✓') || (is_sound && line.starts_with(' '));
        !is_sound
    };
    ran.stdout = ran.stdout.lines().filter(&mut keep).collect::<Vec<_>>().join("\n");
    ran
}

fn at(mock: &RunningMock) -> String {
    format!("--base-url {} --model mock", mock.base_url())
}

#[test]
fn all_is_well() {
    let (sandbox, mock) = (Sandbox::with_seeds(3), perfect());
    let ran = sandbox.cli("doctor seeds.jsonl").endpoint(&mock).done();
    assert_report!(ran, @"
    exit 0
    --- stdout
    ✓ recipe      standard, 4 rounds; all roles: mock at http://127.0.0.1:[PORT]/v1
    ✓ seeds       3 seeds, 147 calls at most
    ✓ endpoint    http://127.0.0.1:[PORT]/v1 answers in [MS] ms and lists 1 model: mock
    ✓ key         OPENAI_API_KEY is not set, and none is wanted
    ✓ model       mock answers in [MS] ms, with finish reason and usage
    ✓ context     mock takes a prompt of 3000 words whole (3395 tokens)
    ✓ limits      up to 512 calls at once (auto), no rate limits, prices not known
                  (--max-cost needs them)
    ✓ disk        runs/seeds can be written; [FREE] free, needs about 17 MB
    ✓ descriptors [N] allowed; up to 512 connections need 544
    ✓ clock       [TIME]
    ✓ run         none yet in runs/seeds
    --- stderr
    Nothing stands in a run's way.
    ");
    assert!(ran.stdout.lines().all(|line| line.chars().count() <= 80), "{}", ran.stdout);
    assert_eq!(mock.stats().requests, 2, "one model: a small call, and a long one as it is free");
    assert_eq!(sandbox.all_bytes().len(), 1, "nothing is left behind but the seeds");

    let ran = sandbox.cli("doctor --json --no-call").endpoint(&mock).done().expect(0);
    let findings: Value = serde_json::from_str(&ran.stdout).unwrap();
    let checks: Vec<_> = findings.as_array().unwrap().iter().map(|f| &f["check"]).collect();
    assert_eq!(
        checks,
        ["recipe", "endpoint", "key", "model", "limits", "disk", "descriptors", "clock", "run"]
    );
    assert!(findings.as_array().unwrap().iter().all(|f| f["status"] == "ok"), "{findings:#}");
    assert_eq!(
        findings[2]["found"],
        "OPENAI_API_KEY is not set; the list of models came without one"
    );
    assert_eq!(mock.stats().requests, 2, "nothing is called");
}

#[test]
fn each_distinct_model_is_called_once() {
    let sandbox = Sandbox::empty();
    let models = vec!["large".to_owned(), "small".to_owned()];
    let mock = MockServer::start(MockConfig { models, ..MockConfig::perfect() }).unwrap();
    let arguments = format!("--base-url {} --model large --judge small", mock.base_url());
    complaints(&sandbox, &arguments, None).expect(0);
    assert_eq!(mock.stats().requests, 4);
}

#[test]
fn nothing_listens() {
    let (sandbox, mock) = (Sandbox::with_seeds(1), usual());
    let arguments = at(&mock);
    mock.stop();
    assert_report!(complaints(&sandbox, &arguments, None), @"
    exit 2
    --- stdout
    ✗ endpoint    nothing listens at http://127.0.0.1:[PORT]/v1 (connection refused)
                  → start the server, or correct host and port; try: curl http://127.0.0.1:[PORT]/v1/models
    --- stderr
    1 error: a run would not get far.
    ");
}

#[test]
fn a_mistyped_model() {
    let sandbox = Sandbox::empty();
    let models = vec!["qwen3-8b".to_owned(), "qwen3-32b".to_owned(), "gemma".to_owned()];
    let mock = MockServer::start(MockConfig { models, ..MockConfig::perfect() }).unwrap();
    let arguments = format!("--base-url {} --model qwen3-8", mock.base_url());
    assert_report!(complaints(&sandbox, &arguments, None), @"
    exit 0
    --- stdout
    ! model       qwen3-8 answers in [MS] ms, with finish reason and usage; it is not listed, gemma, qwen3-32b, qwen3-8b is
                  → records carry the name as it was given, not qwen3-8b
    --- stderr
    1 warning; a run can start.
    ");
}

#[test]
fn a_refused_key_is_never_shown() {
    let fault = FaultRule::always(FaultKind::Unauthorized);
    let (sandbox, mock) = (Sandbox::empty(), with_faults(script(vec![fault])));
    let ran = complaints(&sandbox, &at(&mock), Some(CANARY));
    assert_report!(ran, @"
    exit 3
    --- stdout
    ✗ key         OPENAI_API_KEY is set, but refused (401)
                  → is it the key of this endpoint, whole and not revoked?
    --- stderr
    1 error: a run would not get far.
    ");
    assert_report!(complaints(&sandbox, &at(&mock), None), @"
    exit 3
    --- stdout
    ✗ key         the endpoint wants a key (401), and OPENAI_API_KEY is not set
                  → export it, write it into .env, or name another with --set api_key_env=NAME
    --- stderr
    1 error: a run would not get far.
    ");
    for more in ["--json", "--no-call", "--set api_key_env=OTHER_KEY", "--concurrency 3"] {
        let cli = sandbox.cli(&format!("doctor {more}")).endpoint(&mock);
        let ran = cli.env("OPENAI_API_KEY", CANARY).env("OTHER_KEY", CANARY).done();
        assert!(!ran.stdout.contains("CANARY") && !ran.stderr.contains("CANARY"), "{ran:?}");
    }
    let ran = sandbox.cli(&format!("doctor --set api_key_env={}", CANARY.replace('-', "_")));
    let ran = ran.endpoint(&mock).done().expect(2);
    assert!(!ran.stdout.contains("CANARY") && !ran.stderr.contains("CANARY"), "{ran:?}");
    let url = mock.base_url().replace("http://", &format!("http://user:{CANARY}@"));
    let ran = sandbox.cli(&format!("doctor --model mock --base-url {url}")).done().expect(2);
    assert!(!ran.stdout.contains("CANARY") && !ran.stderr.contains("CANARY"), "{ran:?}");
    assert!(sandbox.all_bytes().is_empty(), "nothing is written");
}

#[test]
fn a_key_that_no_header_can_carry() {
    let (sandbox, mock) = (Sandbox::empty(), perfect());
    let ran = complaints(&sandbox, &at(&mock), Some("sk-CANARY\u{7}x"));
    assert_report!(ran, @"
    exit 2
    --- stdout
    ! endpoint    http://127.0.0.1:[PORT]/v1 was not asked: the key cannot be sent
    ✗ key         OPENAI_API_KEY holds characters that cannot be sent
                  → is there a line end or a quotation mark in it?
    --- stderr
    1 error and 1 warning: a run would not get far.
    ");
}

/// Answers every connection with what `answer` makes of its first line.
fn serve(answer: impl Fn(&str) -> String + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let reply = move |mut stream: TcpStream| {
        let mut request = vec![0; 4_096];
        let length = stream.read(&mut request).unwrap_or(0);
        let request = String::from_utf8_lossy(&request[..length]).into_owned();
        // The client may have gone.
        drop(stream.write_all(answer(request.lines().next().unwrap_or_default()).as_bytes()));
    };
    let serve = move || listener.incoming().flatten().for_each(reply);
    std::thread::Builder::new().name("server".to_owned()).spawn(serve).unwrap();
    port
}

fn http(status: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
}

#[test]
fn something_that_is_not_http() {
    let port = serve(|_| "SSH-2.0-OpenSSH_9.9\r\n".to_owned());
    let arguments = format!("--base-url http://127.0.0.1:{port}/v1 --model mock");
    assert_report!(complaints(&Sandbox::empty(), &arguments, None), @"
    exit 2
    --- stdout
    ✗ endpoint    http://127.0.0.1:[PORT]/v1 does not speak HTTP, or only https://: invalid HTTP version parsed
                  → another program listens there: is it the port of the model server?
    --- stderr
    1 error: a run would not get far.
    ");
}

#[test]
fn tls_to_a_plain_port() {
    let mock = perfect();
    let arguments = at(&mock).replace("http://", "https://");
    assert_report!(complaints(&Sandbox::empty(), &arguments, None), @"
    exit 2
    --- stdout
    ✗ endpoint    https://127.0.0.1:[PORT]/v1 does not speak TLS: is it an http:// endpoint?
                  → write http:// in place of https://
    --- stderr
    1 error: a run would not get far.
    ");
}

#[test]
fn the_path_is_missing_or_doubled() {
    let port = serve(|line| match line.split(' ').nth(1) {
        Some("/v1/models") => http("200 OK", r#"{"data":[{"id":"mock"}]}"#),
        Some("/models") => http("200 OK", "<!doctype html><title>A web page</title>"),
        _ => http("404 Not Found", "not found"),
    });
    let sandbox = Sandbox::empty();
    let missing = format!("--base-url http://127.0.0.1:{port} --model mock");
    assert_report!(complaints(&sandbox, &missing, None), @"
    exit 2
    --- stdout
    ✗ endpoint    http://127.0.0.1:[PORT] lists no models (200), but http://127.0.0.1:[PORT]/v1 does
                  → use --base-url http://127.0.0.1:[PORT]/v1
    --- stderr
    1 error: a run would not get far.
    ");
    let other = format!("--base-url http://127.0.0.1:{port}/api --model mock");
    assert_report!(complaints(&sandbox, &other, None), @"
    exit 2
    --- stdout
    ✗ endpoint    http://127.0.0.1:[PORT]/api lists no models (404), but http://127.0.0.1:[PORT]/v1 does
                  → use --base-url http://127.0.0.1:[PORT]/v1
    --- stderr
    1 error: a run would not get far.
    ");
    let mock = perfect();
    let doubled = format!("--base-url {}/v1 --model mock", mock.base_url());
    assert_report!(complaints(&sandbox, &doubled, None), @"
    exit 2
    --- stdout
    ✗ endpoint    http://127.0.0.1:[PORT]/v1/v1 lists no models (404), but http://127.0.0.1:[PORT]/v1 does
                  → use --base-url http://127.0.0.1:[PORT]/v1
    --- stderr
    1 error: a run would not get far.
    ");
}

/// What is said of a server whose every call meets one of these.
fn under_faults(kinds: &[FaultKind]) -> String {
    let sandbox = Sandbox::empty();
    let report = |kind: &FaultKind| {
        let mock = with_faults(script(vec![FaultRule::always(*kind)]));
        format!("# {kind}\n{}\n", complaints(&sandbox, &at(&mock), None).shown())
    };
    kinds.iter().map(report).collect()
}

#[test]
fn calls_that_are_refused() {
    let texts = under_faults(&[
        FaultKind::NoUsage,
        FaultKind::NotFoundModel,
        FaultKind::Throttle,
        FaultKind::Quota,
    ]);
    insta::with_settings!({ filters => FILTERS }, {
        insta::assert_snapshot!(texts, @"
        # no-usage
        exit 0
        --- stdout
        ! model       mock answers in [MS] ms, with finish reason, but without usage
                      → tokens and cost will be estimates (4 bytes a token), --max-cost too
        --- stderr
        1 warning; a run can start.

        # not-found-model
        exit 2
        --- stdout
        ✗ model       mock: the endpoint answered 404 model_not_found: The model `mock` does not exist or you do not have access to it. (asked
                      http://127.0.0.1:[PORT]/v1/chat/completions)
                      → is the model's name right, and does the base url end in /v1?
        --- stderr
        1 error: a run would not get far.

        # throttle
        exit 0
        --- stdout
        ! model       mock: the endpoint answered 429 rate_limit_exceeded: Rate limit reached for requests per minute. Please try again later.
                      → a run waits and tries again by itself
        --- stderr
        1 warning; a run can start.

        # quota
        exit 3
        --- stdout
        ✗ key         the endpoint answered 429 insufficient_quota: You exceeded your current quota, please check your plan and billing details.
                      → add credit or raise the limit; a run would pause and go on afterwards
        --- stderr
        1 error: a run would not get far.
        ");
    });
}

#[test]
fn calls_that_fail() {
    let texts = under_faults(&[
        FaultKind::ServerError,
        FaultKind::Close,
        FaultKind::WrongJson,
        FaultKind::Html200,
        FaultKind::NullContent,
    ]);
    insta::with_settings!({ filters => FILTERS }, {
        insta::assert_snapshot!(texts, @"
        # server-error
        exit 2
        --- stdout
        ✗ model       mock: the endpoint answered 500 internal_error: The server had an error while processing your request.
                      → a run tries again by itself; if it persists, look at the server's log
        --- stderr
        1 error: a run would not get far.

        # close
        exit 2
        --- stdout
        ✗ model       mock: http://127.0.0.1:[PORT]/v1 closed the connection without an answer
                      → is the server running, and is the address right?
        --- stderr
        1 error: a run would not get far.

        # wrong-json
        exit 2
        --- stdout
        ✗ model       mock: the answer has no `choices`
                      → is the endpoint compatible with OpenAI's chat completions?
        --- stderr
        1 error: a run would not get far.

        # html-200
        exit 2
        --- stdout
        ✗ model       mock: expected json from the endpoint, found something else: Sign in Guest network
                      → is there a login page of the network or a proxy on the way?
        --- stderr
        1 error: a run would not get far.

        # null-content
        exit 0
        --- stdout
        ! model       mock: the answer is empty
                      → asked for one word, it gave none: look at a few rows first (--limit 5)
        --- stderr
        1 warning; a run can start.
        ");
    });
}

#[test]
fn a_directory_that_cannot_be_written() {
    let (sandbox, mock) = (Sandbox::with_seeds(1), perfect());
    let arguments = format!("{} -o seeds.jsonl/run", at(&mock));
    assert_report!(complaints(&sandbox, &arguments, None), @"
    exit 4
    --- stdout
    ✗ disk        cannot write in seeds.jsonl/run: Not a directory (os error 20)
                  → choose another directory with -o, or fix its permissions
    --- stderr
    1 error: a run would not get far.
    ");
}

#[test]
fn few_descriptors() {
    let (sandbox, mock) = (Sandbox::empty(), perfect());
    let ran = sandbox.cli_after("ulimit -n 100", &format!("doctor {}", at(&mock))).done().expect(0);
    let line = ran.stdout.lines().position(|line| line.contains("descriptors")).unwrap();
    let lines: Vec<_> = ran.stdout.lines().skip(line).take(2).collect();
    assert_eq!(
        lines,
        [
            "! descriptors 100 allowed; up to 512 connections need 544",
            "              → --concurrency 68 at most; the hard limit is 100",
        ]
    );
    let ran = sandbox.cli_after("ulimit -S -n 100", &format!("doctor {}", at(&mock))).done();
    assert!(ran.expect(0).stdout.contains("→ ulimit -n 544"));
    let calm = format!("doctor {} --concurrency 60", at(&mock));
    let ran = sandbox.cli_after("ulimit -n 100", &calm).done().expect(0);
    assert!(ran.stdout.contains("✓ descriptors 100 allowed; 60 connections need 92"));
}

#[test]
fn a_run_that_another_process_has_open() {
    let (sandbox, mock) = (Sandbox::with_seeds(12), slow());
    let run = sandbox.cli("run seeds.jsonl -o run --concurrency 1").endpoint(&mock).start();
    wait_until("an answer", || mock.stats().answered > 0);
    let arguments = format!("{} -o run", at(&mock));
    assert_report!(complaints(&sandbox, &arguments, None), @"
    exit 4
    --- stdout
    ✗ run         the run is in use by process [PID] on [HOST] since [TIME]: `[DIR]/run`
                  → wait for it to end, or stop it; the lock ends with its process
    --- stderr
    1 error: a run would not get far.
    ");
    run.kill();
    let ran = sandbox.cli(&format!("doctor run --base-url {}", mock.base_url())).done().expect(0);
    let last = ran.stdout.lines().last().unwrap();
    assert!(last.ends_with("can be taken up; no other process has it open"), "{}", ran.stdout);
    sandbox.cli("verify run").done().expect(0);
}

#[test]
fn a_run_that_is_damaged() {
    let (sandbox, mock) = (Sandbox::empty(), perfect());
    sandbox.write("run/run.db", "this is no database, but it is long enough to look like one");
    let arguments = format!("{} -o run", at(&mock));
    assert_report!(complaints(&sandbox, &arguments, None), @"
    exit 4
    --- stdout
    ✗ run         the run's record is damaged, file is not a database: `[DIR]/run/run.db`
                  → restore the directory from a copy; the sqlite3 shell's `.recover` may save parts
    --- stderr
    1 error: a run would not get far.
    ");
}

#[test]
fn a_recipe_that_cannot_be_read() {
    let (sandbox, mock) = (Sandbox::empty(), perfect());
    sandbox.write("recipe.toml", "rounds = 4\nrouds = 3\n");
    let arguments = format!("--recipe recipe.toml {}", at(&mock));
    assert_report!(complaints(&sandbox, &arguments, None), @"
    exit 2
    --- stdout
    ✗ recipe      cannot read the recipe `recipe.toml`:
                  TOML parse error at line 2, column 1
                    |
                  2 | rouds = 3
                    | ^^^^^
                  unknown field `rouds`, expected one of `name`, `seeds`, `limit`, `rounds`, `branching`, `target`, `seed`, `redraws`, `seed_responses`,
                  `prompt_style`, `procedure`, `gain_check`, `rules`, `base_url`, `api`, `model`, `api_key_env`, `operators`, `operators_dir`, `weights`, `evolver`,
                  `judge`, `responder`, `fallback`, `limits`, `embedded`, `prices`
                  → did you mean `rounds`?
    --- stderr
    1 error: a run would not get far.
    ");
    sandbox.write("recipe.toml", "rules = [\"no-gian\"]\n");
    assert_report!(complaints(&sandbox, &arguments, None), @"
    exit 2
    --- stdout
    ✗ recipe      cannot turn on rule `no-gian`: no rule has this name
                  → did you mean `no-gain`?
    --- stderr
    1 error: a run would not get far.
    ");
    assert_eq!(mock.stats().connections, 0);
}

#[test]
fn a_proxy_is_named() {
    let (sandbox, mock) = (Sandbox::empty(), perfect());
    let proxy = format!("http://user:{CANARY}@127.0.0.1:9");
    let ran = sandbox.cli("doctor").endpoint(&mock).env("HTTP_PROXY", &proxy).done().expect(0);
    assert!(ran.stdout.contains("HTTP_PROXY is set, but not used: the address is on this machine"));
    let ran = sandbox.cli("doctor --model m --base-url http://192.0.2.1/v1");
    let mut ran = ran.env("HTTP_PROXY", &proxy).env("COLUMNS", "160").done().expect(2);
    assert!(!ran.stdout.contains("CANARY"), "{}", ran.stdout);
    ran.stdout = ran.stdout.lines().skip(1).take(3).collect::<Vec<_>>().join("\n");
    assert_report!(ran, @"
    exit 2
    --- stdout
    ✗ endpoint    no connection to http://192.0.2.1/v1 through the proxy of HTTP_PROXY: Connection refused (os error 111)
                  → correct HTTP_PROXY, or go around the proxy: export NO_PROXY=192.0.2.1
    ✓ proxy       HTTP_PROXY is set: calls go through that proxy
    --- stderr
    1 error: a run would not get far.
    ");
}

#[test]
fn it_ends_as_the_run_would() {
    let refused = with_faults(script(vec![FaultRule::always(FaultKind::Unauthorized)]));
    let (mock, gone) = (perfect(), usual());
    let nowhere = at(&gone);
    gone.stop();
    let sound = at(&mock);
    for (arguments, code) in [
        (sound.clone(), 0),
        (at(&refused), 3),
        (nowhere, 2),
        (format!("{sound} --max-cost 3"), 2),
        (format!("{sound} -o seeds.jsonl/run"), 4),
        (format!("{sound} --set rules=[\"no-gian\"]"), 2),
        (format!("none.jsonl {sound}"), 2),
    ] {
        let sandbox = Sandbox::with_seeds(1);
        sandbox.cli(&format!("doctor seeds.jsonl {arguments}")).done().expect(code);
        sandbox.cli(&format!("run seeds.jsonl --rounds 1 {arguments}")).done().expect(code);
    }
}

#[cfg(not(feature = "embedded"))]
#[test]
fn no_endpoint_and_no_engine() {
    assert_report!(complaints(&Sandbox::empty(), "", None), @"
    exit 2
    --- stdout
    ✗ embedded    no endpoint is named, and this build has no embedded model
                  → name an endpoint with --base-url, or build with the feature `embedded`
    --- stderr
    1 error: a run would not get far.
    ");
}
