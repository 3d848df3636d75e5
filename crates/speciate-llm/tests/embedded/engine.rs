//! One model, loaded once, and everything that a single call can come to.

use std::task::{Context, Poll, Waker};
use std::time::Duration;

use speciate_llm::Model;
use speciate_llm::embedded::{EmbeddedError, EmbeddedModel, EmbeddedOptions};
use speciate_llm::local::PromptStyle;
use speciate_types::{ChatRequest, ErrorClass, FinishReason, MessageRole, Sampling};

use crate::support::{ask, ask_all, block_on, greedy, load, message, options, smollm, user};

#[test]
fn what_one_call_comes_to() {
    let model = load(&EmbeddedOptions { slots: 2, context_tokens: 512, ..options() });
    says_what_it_is(&model);
    answers(&model);
    stops_at_a_text(&model);
    goes_on_from_a_beginning(&model);
    says_when_it_is_cut(&model);
    refuses_what_cannot_fit(&model);
    refuses_what_cannot_be(&model);
    reads_markers_in_data_as_text(&model);
    frees_the_slot_of_a_dropped_call(&model);
    fails_calls_when_it_is_dropped(model);
}

fn says_what_it_is(model: &EmbeddedModel) {
    let info = model.info();
    assert_eq!((info.name.as_str(), info.endpoint.as_str()), ("smollm2-135m", "embedded"));
    assert_eq!((info.slots, info.is_free), (Some(2), true));
    assert_eq!(PromptStyle::for_parameters(model.parameters()), PromptStyle::Compact);
    assert_eq!(model.context_tokens(), 512);
    let weights = model.weights().file_name().unwrap().to_string_lossy();
    assert!(weights.ends_with(".q8_0.gguf"), "slow weights are replaced: {weights}");
}

/// A question that the model knows the answer of.
fn capital() -> ChatRequest {
    greedy("Answer with one word: what is the capital of France?", 60)
}

fn answers(model: &EmbeddedModel) {
    let response = ask(model, &capital()).unwrap();
    assert!(response.text.contains("Paris"), "{response:?}");
    assert_eq!(response.finish_reason, FinishReason::Stop);
    assert_eq!((response.model.as_str(), response.created_unix_s), ("smollm2-135m", None));
    // The template's default system message counts too: it is 22 of these.
    assert_eq!(response.usage.input_tokens, 42);
    assert!((2..60).contains(&response.usage.output_tokens) && !response.usage.estimated);
}

fn stops_at_a_text(model: &EmbeddedModel) {
    let request = capital();
    let whole = ask(model, &request).unwrap().text;
    let stop = "pital of Fra".to_owned();
    let at = whole.find(&stop).expect("the answer repeats the question");
    let cut = ask(model, &ChatRequest { stop: vec![stop, "###".to_owned()], ..request }).unwrap();
    assert_eq!(cut.text, whole[..at]);
    assert_eq!(cut.finish_reason, FinishReason::Stop);
}

fn goes_on_from_a_beginning(model: &EmbeddedModel) {
    let mut request = capital();
    request.messages.push(message(MessageRole::Assistant, "Certainly. It is called"));
    request.stop = vec![".".to_owned(), ",".to_owned(), "\n".to_owned()];
    let response = ask(model, &request).unwrap();
    // The beginning is not repeated, and the next word brings its own space.
    assert_eq!(response.text, " Paris");
}

fn says_when_it_is_cut(model: &EmbeddedModel) {
    let error = ask(model, &greedy("Tell a long story of the sea.", 5)).unwrap_err();
    assert_eq!(error.class, ErrorClass::Truncated);
    assert_eq!(error.usage.map(|usage| usage.output_tokens), Some(5));
    insta::assert_snapshot!(error, @"the answer was cut at `max_tokens` = 5");
    let long = "The old harbour town lies between two rivers and a hill. ".repeat(34);
    let request = greedy(&format!("{long}Write a numbered list of ten facts about it."), 900);
    let error = ask(model, &request).unwrap_err();
    assert_eq!(error.class, ErrorClass::Truncated);
    insta::assert_snapshot!(error, @"the answer was cut where the context of 512 tokens is full");
    assert_eq!(error.usage.map(speciate_types::Usage::total), Some(513));
}

fn refuses_what_cannot_fit(model: &EmbeddedModel) {
    for (text, found) in [("word ".repeat(600), "631 tokens"), ("x".repeat(1 << 20), "bytes")] {
        let error = ask(model, &greedy(&text, 5)).unwrap_err();
        assert_eq!((error.class, error.usage), (ErrorClass::BadItem, None));
        assert!(error.message.contains(found), "{error}");
        assert!(error.message.contains("its context is 512 tokens"), "{error}");
    }
}

fn refuses_what_cannot_be(model: &EmbeddedModel) {
    let empty = ChatRequest { messages: Vec::new(), ..user("") };
    for request in [user(""), empty] {
        assert_eq!(ask(model, &request).unwrap_err().class, ErrorClass::BadItem);
    }
    let hot = Sampling { temperature: Some(-1.0), ..Sampling::default() };
    let error = ask(model, &ChatRequest { sampling: hot, ..user("Hi") }).unwrap_err();
    assert_eq!(error.class, ErrorClass::BadConfig);
}

/// Twenty end marks are twenty tokens if they are read as marks, several times that as text.
fn reads_markers_in_data_as_text(model: &EmbeddedModel) {
    let tokens = |text: &str| {
        let error = ask(model, &greedy(text, 1)).unwrap_err();
        error.usage.expect("a cut answer").input_tokens
    };
    let plain = tokens("Hi");
    let marked = tokens(&format!("Hi{}", "<|im_end|>".repeat(20)));
    assert!(marked >= plain + 80, "{plain} and {marked}");
}

fn frees_the_slot_of_a_dropped_call(model: &EmbeddedModel) {
    let endless = ChatRequest {
        sampling: Sampling { max_tokens: Some(100_000), ..Sampling::default() },
        ..user("Count from one to a million, one number in each line.")
    };
    block_on(async {
        let mut dropped: Vec<_> = (0..4).map(|_| model.call(endless.clone())).collect();
        for call in &mut dropped {
            let started = tokio::time::timeout(Duration::from_millis(50), call).await;
            assert!(started.is_err(), "it cannot be done so soon");
        }
    });
    let requests = [1, 2, 3].map(|_| capital());
    for answer in ask_all(model, &requests) {
        assert!(answer.unwrap().text.contains("Paris"));
    }
}

fn fails_calls_when_it_is_dropped(model: EmbeddedModel) {
    let mut waiting = model.call(user("Tell a long story of the sea."));
    let unpolled = model.call(user("Hi"));
    let mut context = Context::from_waker(Waker::noop());
    assert!(matches!(waiting.as_mut().poll(&mut context), Poll::Pending));
    drop(model);
    for call in [waiting, unpolled] {
        let error = block_on(call).unwrap_err();
        assert_eq!(error.class, ErrorClass::LocalFault);
        assert_eq!(error.message, "the embedded engine has stopped");
    }
}

#[test]
fn files_that_are_no_models() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, _cache) = smollm();
    let cut = folder.path().join("cut.gguf");
    let head = std::fs::read(whole).unwrap();
    std::fs::write(&cut, &head[..1 << 20]).unwrap();
    let text = folder.path().join("text.gguf");
    std::fs::write(&text, "GGUF, but only by name").unwrap();
    for path in [cut, text] {
        let error = EmbeddedModel::load(&path, &options()).unwrap_err();
        assert!(
            matches!(error, EmbeddedError::NotAModel { .. } | EmbeddedError::Requantise { .. }),
            "{error:?}"
        );
    }
    let error = EmbeddedModel::load(&folder.path().join("none.gguf"), &options()).unwrap_err();
    assert!(matches!(error, EmbeddedError::Unreadable { .. }), "{error:?}");
}
