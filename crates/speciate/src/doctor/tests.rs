//! Findings over facts that no machine was looked at for.

mod machine;

use std::path::PathBuf;

use speciate_llm::ResponseHints;
use speciate_llm::openai::{Reply, decode};
use speciate_types::{
    CallError, ChatRequest, ChatResponse, ErrorClass, FinishReason, Sampling, UnixMillis, Usage,
};

use super::*;
use crate::recipe::ConcurrencySetting;

const ADDRESS: &str = "https://api.example/v1";
/// 2026-06-01.
const NOW_UNIX_S: u64 = 1_780_272_000;

fn response() -> ChatResponse {
    ChatResponse {
        text: "ready".to_owned(),
        reasoning: None,
        finish_reason: FinishReason::Stop,
        usage: Usage { input_tokens: 9, output_tokens: 1, ..Usage::default() },
        model: "large".to_owned(),
        created_unix_s: Some(NOW_UNIX_S),
    }
}

fn fault(class: ErrorClass, status: Option<u16>, message: &str) -> CallError {
    CallError { status, ..CallError::new(class, message) }
}

fn call(result: Result<ChatResponse, CallError>) -> CallFacts {
    CallFacts { latency_ms: 420, ended_unix_s: NOW_UNIX_S, result }
}

fn endpoint() -> EndpointFacts {
    EndpointFacts {
        address: Ok(ADDRESS.to_owned()),
        key_variable: "OPENAI_API_KEY".to_owned(),
        key: Key::Set,
        proxy: Proxy::None,
        listing: Some(Listing {
            latency_ms: 80,
            result: Ok(vec!["large".to_owned(), "small".to_owned()]),
        }),
        better_address: None,
        models: vec![ModelFacts {
            roles: vec!["evolver", "judge", "responder"],
            named: Some("large".to_owned()),
            chosen: Some("large".to_owned()),
            is_price_known: true,
            is_free: false,
            long_call: None,
            call: Some(call(Ok(response()))),
        }],
    }
}

fn recipe() -> RecipeFacts {
    let role =
        |role| RoleFacts { role, model: Some("large".to_owned()), place: ADDRESS.to_owned() };
    RecipeFacts::Sound {
        name: "paper".to_owned(),
        rounds: 4,
        roles: ["evolver", "judge", "responder"].map(role).to_vec(),
        concurrency: ConcurrencySetting::Auto,
        embedded_slots: None,
        requests_per_minute: Some(500),
        tokens_per_minute: None,
        max_cost_usd: Some(5.0),
    }
}

fn healthy() -> Facts {
    Facts {
        recipe: recipe(),
        seeds: Some(SeedFacts::Read { seeds: 200, calls: 2_600, disk_bytes: 25_000_000 }),
        embedded: None,
        endpoints: vec![endpoint()],
        disk: DiskFacts {
            is_full: false,
            directory: PathBuf::from("runs/seeds"),
            refusal: None,
            network: None,
            free_bytes: Some(40_000_000_000),
            free_files: Some(1_000_000),
            need_bytes: Some(25_000_000),
        },
        descriptors: Some(DescriptorFacts {
            soft: 1_024,
            hard: 4_096,
            connections: 512,
            is_auto: true,
        }),
        now: UnixMillis(NOW_UNIX_S * 1_000),
        run: RunFacts::None,
    }
}

fn shown(finding: &Finding) -> String {
    let hint = finding.hint.as_ref().map_or_else(String::new, |hint| format!("\n  → {hint}"));
    let code = match finding.exit_code {
        0 => String::new(),
        code => format!(" [{code}]"),
    };
    format!("{:?}{code} {}: {}{hint}\n", finding.status, finding.check, finding.found)
}

/// Of an endpoint all that is not as it should be, after `change`.
fn complaints(change: impl FnOnce(&mut EndpointFacts)) -> String {
    let mut facts = healthy();
    change(&mut facts.endpoints[0]);
    let findings = findings(&facts);
    findings.iter().filter(|finding| finding.status != Status::Ok).map(shown).collect()
}

fn called(error: CallError) -> String {
    complaints(|endpoint| endpoint.models[0].call = Some(call(Err(error))))
}

#[test]
fn nothing_stands_in_the_way() {
    let findings = findings(&healthy());
    assert_eq!(exit_code(&findings), 0);
    insta::assert_snapshot!(findings.iter().map(shown).collect::<String>(), @"
    Ok recipe: paper, 4 rounds; all roles: large at https://api.example/v1
    Ok seeds: 200 seeds, 2600 calls at most
    Ok endpoint: https://api.example/v1 answers in 80 ms and lists 2 models: large, small
    Ok key: OPENAI_API_KEY is set and accepted
    Ok model: large answers in 420 ms, with finish reason and usage
    Ok limits: up to 512 calls at once (auto), 500 requests a minute, at most $5.00
    Ok disk: runs/seeds can be written; 40.0 GB free, needs about 25 MB
    Ok descriptors: 1024 allowed; up to 512 connections need 544
    Ok clock: 2026-06-01T00:00:00Z, within 60 s of the endpoint's
    Ok run: none yet in runs/seeds
    ");
}

#[test]
fn the_embedded_model_has_its_own_number_of_calls() {
    let mut facts = healthy();
    for (slots, said) in [(8, "8 calls at once, "), (1, "1 call at once, ")] {
        let RecipeFacts::Sound { embedded_slots, .. } = &mut facts.recipe else { unreachable!() };
        *embedded_slots = Some(slots);
        let found = setting::limits(&facts).unwrap().found;
        assert!(found.starts_with(said), "{found}");
    }
}

#[test]
fn keys() {
    let of = |key, error: Option<CallError>| {
        let mut facts = endpoint();
        facts.key = key;
        if let Some(error) = error {
            facts.models[0].call = Some(call(Err(error)));
        }
        endpoint::key(&facts).map_or_else(String::new, |finding| shown(&finding))
    };
    let refused = |status| Some(fault(ErrorClass::Auth, Some(status), "Incorrect key: sk-…4f"));
    let spent = fault(ErrorClass::Exhausted, Some(429), "the endpoint answered 429: no credit");
    let texts = [
        of(Key::Set, None),
        of(Key::Unset, None),
        of(Key::Unsendable, None),
        of(Key::Set, refused(401)),
        of(Key::Set, refused(403)),
        of(Key::Unset, refused(401)),
        of(Key::Set, Some(spent)),
        of(Key::Set, Some(fault(ErrorClass::Throttled, Some(429), "slow down"))),
    ];
    insta::assert_snapshot!(texts.concat(), @"
    Ok key: OPENAI_API_KEY is set and accepted
    Ok key: OPENAI_API_KEY is not set, and none is wanted
    Error [2] key: OPENAI_API_KEY holds characters that cannot be sent
      → is there a line end or a quotation mark in it?
    Error [3] key: OPENAI_API_KEY is set, but refused (401)
      → is it the key of this endpoint, whole and not revoked?
    Error [3] key: OPENAI_API_KEY is set, but refused (403)
      → give the key the right to use this model, or set another key
    Error [3] key: the endpoint wants a key (401), and OPENAI_API_KEY is not set
      → export it, write it into .env, or name another with --set api_key_env=NAME
    Error [3] key: the endpoint answered 429: no credit
      → add credit or raise the limit; a run would pause and go on afterwards
    Ok key: OPENAI_API_KEY is set; no call has shown whether it is accepted
    ");
}

#[test]
fn a_refused_key_is_said_once_and_without_the_servers_words() {
    let error = fault(ErrorClass::Auth, Some(401), "Incorrect key: sk-…4f");
    insta::assert_snapshot!(called(error.clone()), @"
    Error [3] key: OPENAI_API_KEY is set, but refused (401)
      → is it the key of this endpoint, whole and not revoked?
    ");
    let text = complaints(|endpoint| {
        endpoint.listing = Some(Listing { latency_ms: 3, result: Err(error) });
        endpoint.models[0].call = None;
    });
    insta::assert_snapshot!(text, @"
    Error [3] key: OPENAI_API_KEY is set, but refused (401)
      → is it the key of this endpoint, whole and not revoked?
    ");
}

#[test]
fn failed_calls() {
    let texts = [
        called(fault(ErrorClass::Throttled, Some(429), "the endpoint answered 429")),
        called(fault(ErrorClass::BadConfig, Some(400), "the endpoint answered 400: no top_p")),
        called(fault(ErrorClass::BadConfig, Some(404), "the endpoint answered 404: no model")),
        called(fault(ErrorClass::Transient, Some(500), "the endpoint answered 500")),
        called(fault(ErrorClass::Transient, None, "https://api.example/v1 reset the connection")),
        called(fault(ErrorClass::Empty, Some(200), "the answer is empty")),
        called(fault(ErrorClass::Malformed, Some(200), "the answer has no `choices`")),
        called(fault(ErrorClass::LocalFault, None, "this machine cannot open a connection")),
    ];
    insta::assert_snapshot!(texts.concat(), @"
    Warning model: large: the endpoint answered 429
      → a run waits and tries again by itself
    Error [2] model: large: the endpoint answered 400: no top_p
      → fix the setting named above; a parameter is set with --set evolver.NAME=…
    Error [2] model: large: the endpoint answered 404: no model
      → is the model's name right, and does the base url end in /v1?
    Error [2] model: large: the endpoint answered 500
      → a run tries again by itself; if it persists, look at the server's log
    Error [2] model: large: https://api.example/v1 reset the connection
      → is the server running, and is the address right?
    Warning model: large: the answer is empty
      → asked for one word, it gave none: look at a few rows first (--limit 5)
    Error [2] model: large: the answer has no `choices`
      → is the endpoint compatible with OpenAI's chat completions?
    Error [2] model: large: this machine cannot open a connection
      → close other programs, or see `descriptors` below
    ");
}

/// What the client makes of such an answer, so that its words and ours cannot part.
fn decoded(choice: &str) -> CallError {
    let request = ChatRequest {
        messages: Vec::new(),
        sampling: Sampling::default(),
        stop: Vec::new(),
        seed: 0,
        shared_messages: 0,
    };
    let usage = "{\"prompt_tokens\":9,\"completion_tokens\":16}";
    let body = format!("{{\"choices\":[{choice}],\"usage\":{usage}}}");
    let hints = ResponseHints::default();
    decode("large", &request, &Reply { status: 200, hints, body: body.as_bytes() }).unwrap_err()
}

#[test]
fn a_cut_answer_is_meant_to_be_cut_but_a_finish_reason_must_be_there() {
    let message = "{\"content\":\"ready to\"}";
    let cut = decoded(&format!("{{\"message\":{message},\"finish_reason\":\"length\"}}"));
    assert_eq!(called(cut), "");
    let thinking = "{\"message\":{\"content\":\"<think>hm\"},\"finish_reason\":\"length\"}";
    assert_eq!(called(decoded(thinking)), "");
    let without = decoded(&format!("{{\"message\":{message}}}"));
    insta::assert_snapshot!(called(without), @"
    Error [2] model: large: the answer has no finish reason, so it may be cut
      → every answer would count as cut; use a server that says `finish_reason`
    ");
}

#[test]
fn an_answer_without_usage() {
    let mut response = response();
    response.usage.estimated = true;
    let text = complaints(|endpoint| endpoint.models[0].call = Some(call(Ok(response))));
    insta::assert_snapshot!(text, @"
    Warning model: large answers in 420 ms, with finish reason, but without usage
      → tokens and cost will be estimates (4 bytes a token), --max-cost too
    ");
}

#[test]
fn names_that_the_endpoint_does_not_list() {
    let named = |name: Option<&str>, result: Result<ChatResponse, CallError>| {
        complaints(|endpoint| {
            let model = &mut endpoint.models[0];
            model.named = name.map(str::to_owned);
            (model.chosen, model.call) = (model.named.clone(), name.map(|_| call(result)));
        })
    };
    let missing = || Err(fault(ErrorClass::BadConfig, Some(404), "no such model"));
    let only = complaints(|endpoint| {
        endpoint.listing = Some(Listing { latency_ms: 1, result: Ok(vec!["gpt".to_owned()]) });
    });
    let texts = [
        named(Some("large:latest"), Ok(response())),
        named(Some("my-adapter"), Ok(response())),
        named(Some("lagre"), missing()),
        named(Some("qwen"), missing()),
        named(None, missing()),
        only,
    ];
    insta::assert_snapshot!(texts.concat(), @"
    Warning model: large:latest answers in 420 ms, with finish reason and usage; it is not listed, large, small is
      → records carry the name as it was given, not large
    Warning model: my-adapter answers in 420 ms, with finish reason and usage; it is not listed, large, small is
      → records carry the name as it was given
    Error [2] model: lagre: no such model; it is not listed, large, small is
      → did you mean large?
    Error [2] model: qwen: no such model; it is not listed, large, small is
      → name one of the listed ones with --model
    Error [2] model: no model is named; it lists large, small
      → name one with --model
    Warning model: large answers in 420 ms, with finish reason and usage; it is not listed, gpt is
      → records carry the name as it was given
    ");
}

#[test]
fn a_list_that_is_kept_from_the_key_is_no_refusal() {
    let text = complaints(|endpoint| {
        let error = fault(ErrorClass::Auth, Some(401), "admins only");
        endpoint.listing = Some(Listing { latency_ms: 1, result: Err(error) });
    });
    assert_eq!(text, "");
}

#[test]
fn addresses_that_do_not_answer() {
    let of = |error: CallError, proxy: Proxy, better: Option<&str>| {
        complaints(|endpoint| {
            endpoint.listing = Some(Listing { latency_ms: 1, result: Err(error) });
            endpoint.proxy = proxy;
            endpoint.better_address = better.map(str::to_owned);
            endpoint.models[0].call = None;
        })
    };
    let silent = |message| fault(ErrorClass::Transient, None, message);
    let missing = || fault(ErrorClass::BadConfig, Some(404), "the endpoint answered 404");
    let texts = [
        of(silent("no connection to X: failed to lookup address information"), Proxy::None, None),
        of(
            silent("no connection to X through the proxy of HTTPS_PROXY: Connection refused"),
            Proxy::Used("HTTPS_PROXY"),
            None,
        ),
        of(silent("waited too long for a connection from X"), Proxy::None, None),
        of(missing(), Proxy::None, Some("https://api.example/v2/v1")),
        of(missing(), Proxy::None, None),
        complaints(|endpoint| endpoint.address = Err("expected a base url".to_owned())),
    ];
    insta::assert_snapshot!(texts.concat(), @"
    Error [2] endpoint: no connection to X: failed to lookup address information
      → is the host's name right, and is this machine online?
    Error [2] endpoint: no connection to X through the proxy of HTTPS_PROXY: Connection refused
      → correct HTTPS_PROXY, or go around the proxy: export NO_PROXY=api.example
    Error [2] endpoint: waited too long for a connection from X
      → are host and port right? a firewall may swallow the packets
    Error [2] endpoint: https://api.example/v1 lists no models (404), but https://api.example/v2/v1 does
      → use --base-url https://api.example/v2/v1
    Warning endpoint: the endpoint answered 404
      → it need not list its models; but does the base url end in /v1?
    Error [2] endpoint: expected a base url
      → give --base-url, or OPENAI_BASE_URL, an address of this kind
    ");
}

#[test]
fn an_endpoint_need_not_list_its_models() {
    let text = complaints(|endpoint| {
        let error = fault(ErrorClass::BadConfig, Some(404), "the endpoint answered 404");
        endpoint.listing = Some(Listing { latency_ms: 1, result: Err(error) });
    });
    assert_eq!(text, "");
}

#[test]
fn a_server_cannot_write_to_the_terminal() {
    let mut facts = healthy();
    let evil = "x\u{1b}]0;owned\u{7}".to_owned();
    facts.endpoints[0].listing = Some(Listing { latency_ms: 1, result: Ok(vec![evil]) });
    assert!(findings(&facts).iter().all(|finding| !finding.found.contains('\u{1b}')));
}

#[test]
fn the_first_error_decides_as_it_would_in_a_run() {
    let mut facts = healthy();
    facts.run = RunFacts::Refused {
        message: "the run is in use by process 7".to_owned(),
        hint: Some("wait for it to end".to_owned()),
        exit_code: 4,
    };
    assert_eq!(exit_code(&findings(&facts)), 4);
    let error = fault(ErrorClass::Auth, Some(401), "no");
    facts.endpoints[0].models[0].call = Some(call(Err(error)));
    assert_eq!(exit_code(&findings(&facts)), 3);
    facts.recipe = RecipeFacts::Broken { message: "no".to_owned(), hint: None, exit_code: 2 };
    assert_eq!(exit_code(&findings(&facts)), 2);
}
