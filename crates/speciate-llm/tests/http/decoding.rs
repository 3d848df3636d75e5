//! What an answer with status 200 means.

use serde_json::{Value, json};
use speciate_llm::ResponseHints;
use speciate_llm::openai::{Reply, decode};
use speciate_types::{CallError, ChatResponse};

use crate::support::{check_message, request};

fn read(body: &[u8]) -> Result<ChatResponse, CallError> {
    decode(
        "m",
        &request("Name a river."),
        &Reply { status: 200, hints: ResponseHints::default(), body },
    )
}

fn shown(body: &[u8]) -> String {
    match read(body) {
        Ok(answer) => {
            let reasoning = answer.reasoning.map(|text| format!(" after {text:?}"));
            format!(
                "{:?}{} ({})",
                answer.text,
                reasoning.unwrap_or_default(),
                answer.finish_reason.as_str()
            )
        }
        Err(error) => {
            check_message(&error.message);
            assert!(error.status == Some(200) && error.maybe_billed);
            format!("{}: {}", error.class.as_str(), error.message)
        }
    }
}

fn choice(message: &Value, finish: &Value) -> String {
    json!({"choices": [{"message": message, "finish_reason": finish}]}).to_string()
}

#[test]
fn messages() {
    let table = [
        json!({"content": "Ucayali."}),
        json!({"content": "  Ucayali.\n"}),
        json!({"content": null}),
        json!({}),
        json!({"content": ""}),
        json!({"content": " \n"}),
        json!({"content": null, "reasoning_content": "Hm."}),
        json!({"content": "A.", "reasoning_content": "Hm."}),
        json!({"content": "A.", "reasoning": "Hm."}),
        json!({"content": "A.", "reasoning_content": "", "reasoning": "Hm."}),
        json!({"content": "A.", "reasoning_content": 7}),
        json!({"content": "A.", "thinking": "Hm."}),
        json!({"content": "A.", "reasoning_details": [{"type": "reasoning.text", "text": "Hm."}]}),
        json!({"content": "A.", "reasoning": "Hm.", "reasoning_details": [{"type": "reasoning.text", "text": "Hm."}]}),
        json!({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}, {"type": "text", "text": "A."}]}),
        json!({"content": [{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "A."}]}),
        json!({"content": "<think>Hm.</think>A."}),
        json!({"content": "<think>Hm.</think>\n\n"}),
        json!({"content": "<think>Hm."}),
        json!({"content": "Hm.</think>A."}),
        json!({"content": "Say <think>x</think> aloud."}),
        json!({"content": "```\n</think>\n```"}),
        json!({"content": "<think>a<think>b</think>c</think>A."}),
        json!({"content": [{"type": "text", "text": "A"}, {"type": "image"}, {"type": "text", "text": "B"}]}),
        json!({"content": ["A", "B"]}),
        json!({"content": []}),
        json!({"content": 7}),
        json!({"content": {"text": "A"}}),
        json!({"content": null, "refusal": "I cannot."}),
        json!({"content": "A.", "refusal": ""}),
        json!({"content": "A.", "refusal": null}),
        json!({"content": "A.", "refusal": false}),
    ]
    .iter()
    .map(|message| format!("{message} -> {}\n", shown(choice(message, &json!("stop")).as_bytes())))
    .collect::<Vec<_>>()
    .concat();
    insta::assert_snapshot!("messages", table);
}

#[test]
fn finish_reasons() {
    let words = [
        "stop",
        "STOP",
        "eos",
        "eos_token",
        "end_turn",
        "stop_sequence",
        "COMPLETE",
        "length",
        "MAX_TOKENS",
        "content_filter",
        "SAFETY",
        "refusal",
        "error",
        "abort",
        "tool_calls",
        "",
    ];
    let each = |finish: &Value| {
        format!("{finish} -> {}\n", shown(choice(&json!({"content": "A."}), finish).as_bytes()))
    };
    let mut table = words.iter().map(|word| each(&json!(word))).collect::<Vec<_>>().concat();
    table.push_str(&each(&Value::Null));
    table.push_str(&each(&json!(3)));
    let without = br#"{"choices":[{"message":{"content":"A."}}]}"#;
    table.push_str(&format!("absent -> {}\n", shown(without)));
    insta::assert_snapshot!("finish_reasons", table);
}

#[test]
fn bodies() {
    let table = [
        "",
        " \n",
        "null",
        "7",
        "\"text\"",
        "[]",
        "{}",
        "[1",
        "{\"choices\":",
        "<html>Sign in</html>",
        "SSH-2.0",
        "{\"choices\":null}",
        "{\"choices\":[]}",
        "{\"choices\":[null]}",
        "{\"choices\":[{}]}",
        "{\"choices\":{}}",
        "{\"choices\":[{\"message\":null}]}",
        "{\"choices\":[{\"message\":\"A.\"}]}",
        "{\"error\":null,\"choices\":[]}",
        "{bad}",
        "{} trailing",
        r#"{"choices":[{"message":{"content":"","content":"A."},"finish_reason":"stop"}]}"#,
        r#"{"choices":[],"choices":[{"message":{"content":"A."},"finish_reason":"stop"}]}"#,
        r#"{"choices":[{"message":{"content":"half \ud83d"},"finish_reason":"stop"}]}"#,
        "\u{feff}{\"choices\":[{\"message\":{\"content\":\"A.\"},\"finish_reason\":\"stop\"}]}",
        "data: {\"choices\":[]}\n\n",
    ]
    .iter()
    .map(|body| format!("{body:?} -> {}\n", shown(body.as_bytes())))
    .collect::<Vec<_>>()
    .concat();
    insta::assert_snapshot!("bodies", table);
}

#[test]
fn usage() {
    let table = [
        r#"{"prompt_tokens":3,"completion_tokens":5}"#,
        r#"{"prompt_tokens":3.0,"completion_tokens":"5"}"#,
        r#"{"prompt_tokens":-3,"completion_tokens":5}"#,
        r#"{"prompt_tokens":1e308,"completion_tokens":5}"#,
        r#"{"prompt_tokens":18446744073709551615,"completion_tokens":5}"#,
        r#"{"prompt_tokens":"many","completion_tokens":5}"#,
        r#"{"prompt_tokens":null,"completion_tokens":5}"#,
        r#"{"prompt_tokens":"NaN","completion_tokens":"inf"}"#,
        r#"{"prompt_tokens":3}"#,
        "null", "[]", "7", "\"x\"",
    ]
    .iter()
    .map(|usage| {
        let body = format!(
            r#"{{"choices":[{{"message":{{"content":"Ucayali."}},"finish_reason":"stop"}}],"usage":{usage}}}"#
        );
        let usage_read = read(body.as_bytes()).unwrap().usage;
        let how = if usage_read.estimated { "estimated" } else { "counted" };
        format!("{usage} -> {} + {} {how}\n", usage_read.input_tokens, usage_read.output_tokens)
    })
    .collect::<Vec<_>>()
    .concat();
    insta::assert_snapshot!("usage", table);
    let cut = br#"{"choices":[{"message":{"content":"A"},"finish_reason":"length"}],"usage":{"prompt_tokens":3,"completion_tokens":40}}"#;
    assert_eq!(read(cut).unwrap_err().usage.unwrap().output_tokens, 40, "a cut answer is paid too");
}

#[test]
fn model_and_time_are_the_servers() {
    let of = |extra: &str| {
        let body = format!(
            r#"{{"choices":[{{"message":{{"content":"A."}},"finish_reason":"stop"}}]{extra}}}"#
        );
        let answer = read(body.as_bytes()).unwrap();
        (answer.model, answer.created_unix_s)
    };
    assert_eq!(
        of(r#","model":"m-2024","created":1700000000"#),
        ("m-2024".to_owned(), Some(1_700_000_000))
    );
    assert_eq!(of(r#","model":null,"created":-1"#), ("m".to_owned(), None));
    assert_eq!(of(r#","model":7,"created":"soon""#), ("m".to_owned(), None));
}
