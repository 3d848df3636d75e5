//! A request's answer does not depend on what else the engine does.

use std::time::Duration;

use speciate_llm::Model;
use speciate_llm::embedded::{Batching, EmbeddedModel, EmbeddedOptions, Threads};
use speciate_types::{CallError, ChatMessage, ChatRequest, ChatResponse, MessageRole, Sampling};

use crate::support::{ask_all, block_on, load, message, options, user};

/// Requests of many shapes: prompts on both sides of 64, 256 and 512 tokens, with and without a
/// shared beginning, and answers that outlive their neighbours.
fn requests() -> Vec<ChatRequest> {
    let sentence = "The old harbour town lies between two rivers and a hill. ";
    // Sentences of padding, and messages that are shared.
    let shapes = [(0, 0), (3, 1), (8, 0), (19, 1), (45, 0), (1, 2), (2, 1)];
    shapes
        .into_iter()
        .enumerate()
        .map(|(idx, (n_sentences, shared_messages))| ChatRequest {
            messages: talk(&sentence.repeat(n_sentences), idx, shared_messages),
            sampling: Sampling {
                temperature: Some(0.9),
                max_tokens: Some(100),
                ..Sampling::default()
            },
            stop: vec![format!("{}.", 3 + idx % 2)],
            seed: 100 + idx as u64,
            shared_messages,
        })
        .collect()
}

fn talk(padding: &str, idx: usize, shared_messages: usize) -> Vec<ChatMessage> {
    let mut messages = Vec::new();
    if shared_messages > 0 {
        let rules = "You make requests harder, in the same language. ".repeat(8 * shared_messages);
        messages.push(message(MessageRole::System, &rules));
    }
    if shared_messages > 1 {
        messages.push(message(MessageRole::User, "Say hello."));
        messages.push(message(MessageRole::Assistant, "Hello."));
    }
    let subject = ["boats", "towns", "rivers", "cakes", "hills", "birds", "stars"][idx];
    let own = format!("{padding}Write a numbered list of ten facts about {subject}.");
    messages.push(message(MessageRole::User, &own));
    messages
}

/// What a call came to, as text that can be compared. Cut answers have none but their usage.
fn outcome(result: Result<ChatResponse, CallError>) -> String {
    match result {
        Ok(response) => format!("{:?} {}", response.usage, response.text),
        Err(error) => format!("{:?} {}", error.usage, error.message),
    }
}

fn texts(model: &EmbeddedModel, requests: &[ChatRequest]) -> Vec<String> {
    ask_all(model, requests).into_iter().map(outcome).collect()
}

fn alone() -> EmbeddedOptions {
    EmbeddedOptions { batching: Batching::OneByOne, prefix_cache_bytes: 0, ..options() }
}

fn assert_same(expected: &[String], found: &[String], what: &str) {
    for (idx, (expected, found)) in expected.iter().zip(found).enumerate() {
        assert_eq!(expected, found, "{what}: request {idx}");
    }
}

/// One test, so that the one part with two threads has the machine for itself: threads that wait
/// for each other beside other work are very slow.
#[test]
fn answers_depend_on_the_request_alone() {
    the_seed_decides();
    the_batch_does_not();
    company_does_not_with_two_threads();
}

fn the_batch_does_not() {
    let all = requests();
    let model = load(&alone());
    let expected = texts(&model, &all);
    assert!(!expected.iter().all(|text| text.contains("was cut")), "{expected:#?}");
    drop(model);
    let model = load(&EmbeddedOptions { slots: 8, ..options() });
    assert_same(&expected, &texts(&model, &all), "all together");
    assert_same(&expected, &staggered(&model, &all), "joined mid-way, copied beginnings");
}

/// From 257 tokens on llama.cpp divides a lone sequence's attention among its threads, which rounds
/// otherwise than in company; the engine never leaves such a sequence alone.
fn company_does_not_with_two_threads() {
    let fixed = Threads::Fixed;
    let model = load(&EmbeddedOptions { threads: 2, thread_choice: fixed, ..options() });
    let all = requests();
    let alone = texts(&model, &all[3..4]);
    let together = texts(&model, &[all[3].clone(), all[0].clone()]);
    assert_same(&alone, &together, "together");
}

/// Starts the calls one after another while the first ones are being written.
fn staggered(model: &EmbeddedModel, requests: &[ChatRequest]) -> Vec<String> {
    let calls = requests.iter().enumerate().map(|(idx, request)| {
        let call = model.call(request.clone());
        async move {
            tokio::time::sleep(Duration::from_millis(37 * idx as u64)).await;
            outcome(call.await)
        }
    });
    block_on(futures_util::future::join_all(calls))
}

fn the_seed_decides() {
    let model = load(&options());
    let asked = |seed| ChatRequest { seed, ..user("Invent a name for a ship and say why.") };
    let requests = [asked(1), asked(1), asked(2), asked(1 << 40)].map(|mut request| {
        request.stop = vec![".".to_owned()];
        request
    });
    let found = texts(&model, &requests);
    assert_eq!(found[0], found[1]);
    assert_ne!(found[0], found[2]);
    assert_ne!(found[0], found[3]);
}
