//! What a streamed answer means, from its bytes alone.

use proptest::prelude::*;
use serde_json::{Value, json};
use speciate_llm::{ResponseHints, StreamReader, WireFormat};
use speciate_types::{CallError, ChatResponse};

use crate::support::{check_message, request};

pub(crate) fn read_in<'a>(
    wire: WireFormat,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Result<ChatResponse, CallError> {
    let mut reader = StreamReader::new(wire, ResponseHints::default());
    for piece in pieces {
        reader.push(piece)?;
    }
    reader.end("m", &request("Name a river."))
}

pub(crate) fn shown(result: Result<ChatResponse, CallError>) -> String {
    match result {
        Ok(answer) => {
            let reasoning = answer.reasoning.map(|text| format!(" after {text:?}"));
            let usage = answer.usage;
            format!(
                "{:?}{} ({}, {} + {}{})",
                answer.text,
                reasoning.unwrap_or_default(),
                answer.finish_reason.as_str(),
                usage.input_tokens,
                usage.output_tokens,
                if usage.estimated { " estimated" } else { "" }
            )
        }
        Err(error) => {
            check_message(&error.message);
            assert_eq!(error.status, Some(200));
            let billed = if error.maybe_billed { " (billed?)" } else { "" };
            format!("{}{billed}: {}", error.class.as_str(), error.message)
        }
    }
}

fn read(text: &str) -> String {
    shown(read_in(WireFormat::OpenAi, [text.as_bytes()]))
}

fn chunk(delta: &Value, finish: &Value) -> String {
    let chunk = json!({"model": "m-2", "created": 7, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]});
    format!("data: {chunk}\n\n")
}

fn said(text: &str) -> String {
    chunk(&json!({"content": text}), &Value::Null)
}

fn stop() -> String {
    chunk(&json!({}), &json!("stop"))
}

const DONE: &str = "data: [DONE]\n\n";
const USAGE: &str =
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":9}}\n\n";

/// Each row of the catalogue that a stream alone can show.
#[test]
fn ends() {
    let hello = said("Uca") + &said("yali.");
    let table = [
        ("whole", hello.clone() + &stop() + USAGE + DONE),
        ("no done (T-02)", hello.clone() + &stop()),
        ("no finish reason (T-01)", hello.clone()),
        ("done without finish reason", hello.clone() + DONE),
        ("the last event is cut", hello.clone() + "data: {\"choices\":[{\"finish_rea"),
        ("the last event has no blank line", hello.clone() + stop().trim_end()),
        ("done has no blank line", hello.clone() + &stop() + "data: [DONE]"),
        ("limit", hello.clone() + &chunk(&json!({}), &json!("length")) + USAGE + DONE),
        ("filter", hello.clone() + &chunk(&json!({}), &json!("content_filter")) + DONE),
        ("finish reason with the text", chunk(&json!({"content": "A."}), &json!("stop"))),
        ("empty finish reasons", chunk(&json!({"content": "A."}), &json!("")) + &stop()),
        ("what follows done", hello.clone() + &stop() + DONE + &said("more") + "data: x\n\n"),
        ("nothing", String::new()),
        ("comments only", ": keep-alive\n\n".repeat(3)),
        ("done only", DONE.to_owned()),
        ("no choices", format!("{USAGE}{DONE}")),
        (
            "signs of life (N-19)",
            format!(": OPENROUTER PROCESSING\n\ndata:\n\ndata: {{}}\n\n{hello}{}", stop()),
        ),
        ("empty text", said("") + &said(" \n") + &stop() + DONE),
        ("not json", hello.clone() + "data: half a wo\n\n" + &stop()),
        ("a list", "data: 7\n\n".to_owned()),
        (
            "a key twice",
            hello.clone()
                + "data: {\"choices\":[{\"delta\":{\"content\":\"a\",\"content\":\"b\"}}]}\n\n",
        ),
    ]
    .map(|(name, text)| format!("{name}: {}\n", read(&text)));
    insta::assert_snapshot!("stream_ends", table.concat());
}

/// W-02: text behind a finish reason voids it; then only what ends the stream is an end.
#[test]
fn text_behind_a_finish_reason_voids_it() {
    let all = |text: &str| chunk(&json!({"content": text}), &json!("stop"));
    let counting = |text: &str| {
        let usage = json!({"prompt_tokens": 3, "completion_tokens": 1});
        let choice = json!({"index": 0, "delta": {"content": text}, "finish_reason": "stop"});
        format!("data: {}\n\n", json!({"choices": [choice], "usage": usage}))
    };
    let each = all("Uca") + &all("yali.");
    for (name, text, is_whole) in [
        ("stop on every chunk, broken off", each.clone(), false),
        ("counts in every chunk too", counting("Uca") + &counting("yali."), false),
        ("done", each.clone() + DONE, true),
        ("usage", each.clone() + USAGE, true),
        ("a later reason", each.clone() + &stop(), true),
        ("a reason, then text", said("Uca") + &stop() + &said("yali."), false),
        ("text after all of it", each.clone() + &stop() + &said("!"), false),
        ("one chunk", all("Ucayali."), true),
        (
            "a word that proves nothing",
            said("A") + &chunk(&json!({}), &json!("other")) + DONE,
            false,
        ),
    ] {
        let shown = read(&text);
        assert_eq!(!shown.starts_with("truncated"), is_whole, "{name}: {shown}");
    }
    let message = |text: &str| {
        let choice = json!({"index": 0, "message": {"content": text}, "finish_reason": ""});
        format!("data: {}\n\n", json!({"choices": [choice]}))
    };
    let odd = message("Uca") + &message("yali.") + &chunk(&Value::Null, &json!("stop"));
    assert!(read(&odd).starts_with("\"Ucayali.\" (stop"), "{}", read(&odd));
}

/// T-05: an error after 200 is judged by what it says, in whatever dress.
#[test]
fn errors() {
    let table = [
        r#"data: {"error":{"message":"The server had an error.","type":"server_error"}}"#,
        r#"data: {"error":{"message":"slow","code":"rate_limit_exceeded"}}"#,
        r#"data: {"error":{"message":"gone","code":"insufficient_quota"}}"#,
        r#"data: {"error":"a text"}"#,
        r#"data: {"error":null,"choices":[{"delta":{"content":"A."},"finish_reason":"stop"}]}"#,
        r#"data: {"object":"error","message":"EngineCore died","type":"InternalServerError","code":500}"#,
        "event: error\ndata: {\"error\":{\"message\":\"busy\",\"type\":\"overloaded_error\"}}",
        "event: error\ndata: {\"message\":\"maximum context length is 10\"}",
        "event: error\ndata: <b>plain</b> words",
        r#"data: {"choices":[{"delta":{"content":""},"finish_reason":"error"}]}"#,
        r#"data: {"choices":[{"error":{"code":502,"message":"upstream"},"finish_reason":"error"}]}"#,
    ]
    .map(|event| format!("{event}\n  first: {}\n  later: {}\n", read(&format!("{event}\n\n")), read(&format!("{}{event}\n\n", said("half")))));
    insta::assert_snapshot!("stream_errors", table.concat());
}

/// T-07 to T-09, and refusals.
#[test]
fn deltas() {
    let of = |chunks: &[Value]| {
        let text = chunks.iter().map(|chunk| format!("data: {chunk}\n\n")).collect::<Vec<_>>();
        format!("{}\n", read(&(text.concat() + &stop() + DONE)))
    };
    let delta = |delta: Value| json!({"choices": [{"index": 0, "delta": delta}]});
    let choice = |index: i32, text: &str| json!({"index": index, "delta": {"content": text}});
    let table = [
        of(&[
            delta(json!({"reasoning_content": "Hm, "})),
            delta(json!({"reasoning_content": "well."})),
            delta(json!({"content": "A."})),
        ]),
        of(&[delta(json!({"reasoning": "Hm."})), delta(json!({"content": "A."}))]),
        of(&[
            delta(json!({"reasoning": "Hm.", "reasoning_content": "Hm."})),
            delta(json!({"content": "A."})),
        ]),
        of(&[delta(json!({"reasoning_content": "Hm."}))]),
        of(&[
            delta(json!({"content": "<thi"})),
            delta(json!({"content": "nk>Hm.</th"})),
            delta(json!({"content": "ink>A."})),
        ]),
        of(&[delta(json!({"content": "<think>Hm."}))]),
        of(&[
            delta(json!({"content": null})),
            delta(json!({"refusal": "I "})),
            delta(json!({"refusal": "cannot."})),
        ]),
        of(&[delta(json!({"content": "A.", "refusal": null}))]),
        of(&[
            delta(json!({"content": [{"type": "text", "text": "A"}, {"type": "image"}]})),
            delta(json!({"content": "B"})),
        ]),
        of(&[json!({"choices": [choice(0, "a"), choice(1, "b")]})]),
        of(&[json!({"choices": [choice(1, "b")]}), json!({"choices": [choice(0, "a")]})]),
        of(&[
            json!({"choices": [{"delta": {"content": "A."}}]}),
            json!({"choices": [{"index": null, "finish_reason": null}]}),
        ]),
        of(&[
            json!({"choices": [choice(0, "A.")], "usage": {"prompt_tokens": 1, "completion_tokens": 1}}),
            json!({"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2}}),
        ]),
        of(&[
            json!({"choices": [choice(0, "A.")], "usage": null}),
            json!({"choices": [], "usage": {"prompt_tokens": -1, "completion_tokens": 2}}),
        ]),
    ];
    insta::assert_snapshot!("stream_deltas", table.concat());
}

#[test]
fn model_and_time_are_the_servers() {
    let text = said("A.") + &stop() + DONE;
    let answer = read_in(WireFormat::OpenAi, [text.as_bytes()]).unwrap();
    assert_eq!((answer.model.as_str(), answer.created_unix_s), ("m-2", Some(7)));
}

/// T-10: an answer that never ends is left at some size.
#[test]
fn sizes_are_bounded() {
    let event = said(&"a".repeat(1 << 20));
    let endless = std::iter::repeat_n(event.as_bytes(), 100);
    assert!(shown(read_in(WireFormat::OpenAi, endless)).contains("larger than 4 MiB"));
    let comment = format!(": {}\n", "a".repeat(1 << 20));
    let endless = std::iter::repeat_n(comment.as_bytes(), 100);
    assert!(shown(read_in(WireFormat::OpenAi, endless)).contains("larger than 64 MiB"));
    let line = "a".repeat(1 << 20);
    let endless = std::iter::repeat_n(line.as_bytes(), 100);
    assert!(shown(read_in(WireFormat::OpenAi, endless)).contains("larger than 8 MiB"));
}

const ANTHROPIC: &str = include_str!("fixtures/anthropic-stream.txt");

/// A sound stream of each format; its events are divided by blank lines.
fn sound(wire: WireFormat) -> String {
    match wire {
        WireFormat::OpenAi => {
            let reasoning =
                chunk(&json!({"role": "assistant", "reasoning_content": "Hm 日"}), &Value::Null);
            reasoning + &said("Uca") + &said("yali é 🦀") + &stop() + USAGE + DONE
        }
        WireFormat::Anthropic => ANTHROPIC.to_owned(),
    }
}

const WIRES: [WireFormat; 2] = [WireFormat::OpenAi, WireFormat::Anthropic];

/// T-03: wherever the network cuts, the text is the same.
#[test]
fn every_split_point() {
    for wire in WIRES {
        let text = sound(wire);
        let bytes = text.as_bytes();
        let whole = read_in(wire, [bytes]).unwrap();
        assert_eq!(read_in(wire, bytes.chunks(1)).unwrap(), whole);
        for at in 0..=bytes.len() {
            assert_eq!(read_in(wire, [&bytes[..at], &bytes[at..]]).unwrap(), whole, "{at}");
        }
    }
}

/// A stream that is cut anywhere before its finish reason is never an answer.
#[test]
fn every_cut_is_noticed() {
    for wire in WIRES {
        let text = sound(wire);
        let word = if wire == WireFormat::OpenAi { "\"stop\"" } else { "\"end_turn\"" };
        let finish = text.find(word).unwrap();
        for end in 0..finish {
            let error = read_in(wire, [&text.as_bytes()[..end]]).unwrap_err();
            let class = error.class.as_str();
            assert!(matches!(class, "truncated" | "transient"), "cut at {end}: {error}");
        }
    }
}

proptest! {
    /// Whatever bytes come, they are no answer, or one whose text was in them.
    #[test]
    fn any_bytes(is_openai in any::<bool>(), bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let wire = WIRES[usize::from(!is_openai)];
        prop_assert!(read_in(wire, [bytes.as_slice()]).is_err());
    }

    #[test]
    fn mutated_streams(
        is_openai in any::<bool>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..4_usize, any::<u8>()), 1..5),
    ) {
        let wire = WIRES[usize::from(!is_openai)];
        let mut bytes = sound(wire).into_bytes();
        for (index, what, byte) in edits {
            let at = index.index(bytes.len());
            match what {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 if bytes.len() > 1 => { bytes.remove(at); }
                _ => bytes.truncate(at.max(1)),
            }
        }
        match read_in(wire, [bytes.as_slice()]) {
            Ok(answer) => {
                let text = String::from_utf8_lossy(&bytes);
                for letter in answer.text.chars().filter(char::is_ascii_alphabetic) {
                    prop_assert!(text.contains(letter));
                }
                prop_assert!(answer.text.len() <= bytes.len());
            }
            Err(error) => check_message(&error.message),
        }
    }

    /// A text in any number of pieces comes out as it is.
    #[test]
    fn text_is_exact(pieces in prop::collection::vec("\\PC{0,8}|\n|\r\n|\"", 1..10)) {
        let whole = pieces.concat();
        prop_assume!(!whole.trim().is_empty() && !whole.contains('<') && !whole.contains('['));
        let openai: String = pieces.iter().map(|piece| said(piece)).collect::<String>() + &stop();
        prop_assert_eq!(&read_in(WireFormat::OpenAi, [openai.as_bytes()]).unwrap().text, &whole);
        let blocks: Vec<_> = pieces.iter().map(|piece| {
            let event = json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": piece}});
            format!("event: content_block_delta\ndata: {event}\n\n")
        }).collect();
        let end = "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}\n\n";
        let anthropic = blocks.concat() + end;
        prop_assert_eq!(&read_in(WireFormat::Anthropic, [anthropic.as_bytes()]).unwrap().text, &whole);
    }
}
