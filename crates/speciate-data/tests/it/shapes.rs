//! Every shape and layout that is read.

use speciate_data::{Compression, FieldMap, Layout, ReadOptions, RecordShape};

use crate::kit::{gzip, read, skim, texts, try_read};

/// Reads one record and shows its text, response and shape.
fn check(record: &str, text: &str, response: Option<&str>, shape: RecordShape) {
    let report = read("x.jsonl", record);
    assert_eq!(texts(&report), [text], "{record}");
    assert_eq!(report.seeds[0].response.as_deref(), response, "{record}");
    assert_eq!(report.files[0].shapes.get(&shape), Some(&1), "{record}");
}

#[test]
fn rows_with_an_instruction() {
    use RecordShape::{Alpaca, Plain, SelfInstruct};
    check(r#"{"instruction": "Sort."}"#, "Sort.", None, Plain);
    check(r#"{"instruction": "Sort.", "input": "", "output": ""}"#, "Sort.", None, Alpaca);
    check(
        r#"{"instruction": "Sort.", "input": "b a", "output": "a b"}"#,
        "Sort.\n\nb a",
        Some("a b"),
        Alpaca,
    );
    check(r#"{"instruction": "Sort.", "input": null, "output": null}"#, "Sort.", None, Plain);
    check(
        r#"{"instruction": "Sort.", "context": "b a", "response": "a b"}"#,
        "Sort.\n\nb a",
        Some("a b"),
        Alpaca,
    );
    check(
        r#"{"instruction": "Sort.", "instances": [{"input": "b a", "output": "a b"}, {"input": "d c"}]}"#,
        "Sort.\n\nb a",
        Some("a b"),
        SelfInstruct,
    );
    check(r#"{"instruction": "Sort.", "instances": []}"#, "Sort.", None, SelfInstruct);
}

#[test]
fn chats() {
    use RecordShape::{Messages, Sharegpt};
    check(
        r#"{"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi?"}, {"role": "assistant", "content": "Yes."}, {"role": "user", "content": "And?"}]}"#,
        "Hi?",
        None,
        Messages,
    );
    check(
        r#"{"messages": [{"role": "user", "content": [{"type": "text", "text": "a1"}, {"type": "text", "value": "b2"}, "c3"]}]}"#,
        "a1\nb2\nc3",
        None,
        Messages,
    );
    check(
        r#"{"conversations": [{"from": "gpt", "value": "Hello!"}, {"from": " Human ", "value": "Hi?"}, {"from": "tool", "value": "{}"}, {"from": "GPT", "value": "Yes."}]}"#,
        "Hi?",
        None,
        Sharegpt,
    );
    check(
        r#"{"conversations": [{"role": "user", "content": "Hi?"}, {"role": "assistant", "content": null, "tool_calls": []}, {"role": "assistant", "content": "Yes."}]}"#,
        "Hi?",
        Some("Yes."),
        Sharegpt,
    );
}

#[test]
fn an_answer_to_two_questions_is_not_an_answer_to_the_first() {
    check(
        r#"{"conversations": [{"from": "human", "value": "Hi?"}, {"from": "human", "value": "In French."}, {"from": "gpt", "value": "Oui."}]}"#,
        "Hi?",
        None,
        RecordShape::Sharegpt,
    );
}

#[test]
fn fields_that_the_caller_names() {
    let map: FieldMap = "instruction=data.q.text,input=turns.1,response=a".parse().unwrap();
    let options = ReadOptions { map: Some(map), ..ReadOptions::default() };
    let row =
        r#"{"data": {"q": {"text": "Why?"}}, "turns": ["x", "y"], "a": "So.", "instruction": 3}"#;
    let report = try_read("x.jsonl", row, &options).unwrap();
    assert_eq!(texts(&report), ["Why?\n\ny"]);
    assert_eq!(report.seeds[0].response.as_deref(), Some("So."));
    assert!(try_read("x.jsonl", r#"{"instruction": "Why?"}"#, &options).is_err());
}

#[test]
fn layouts_and_line_numbers() {
    let cases = [
        (
            "x.jsonl",
            "{\"instruction\": \"a1\"}\r\n\r\n{\"instruction\": \"b2\"}",
            Layout::JsonLines,
            [1, 3],
        ),
        (
            "x.json",
            "{\"instruction\": \"a1\"}\r\r{\"instruction\": \"b2\"}\r",
            Layout::JsonLines,
            [1, 3],
        ),
        (
            "x.jsonl",
            "\u{feff}[\n {\"instruction\": \"a1\"},\n {\"instruction\":\n \"b2\"}\n]\n",
            Layout::JsonArray,
            [2, 3],
        ),
        (
            "x",
            "{\n \"instruction\": \"a1\"\n}\n{\n \"instruction\": \"b2\"\n}\n",
            Layout::JsonStream,
            [1, 4],
        ),
        ("-", "{\"instruction\": \"a1\"}{\"instruction\": \"b2\"}", Layout::JsonStream, [1, 1]),
        ("x.txt", "\n  a1\n\nb2 \n", Layout::Text, [2, 4]),
        ("-", "a1\rb2", Layout::Text, [1, 2]),
    ];
    for (name, text, layout, lines) in cases {
        let report = read(name, text);
        assert_eq!(texts(&report), ["a1", "b2"], "{text:?}");
        assert_eq!(report.files[0].layout, layout, "{text:?}");
        let found: Vec<u64> = report.seeds.iter().map(|seed| seed.source.line).collect();
        assert_eq!(found, lines, "{text:?}");
        assert_eq!(report.seeds[0].source.file, name);
    }
    assert_eq!(read("x.jsonl", "").files[0].layout, Layout::Empty);
}

#[test]
fn compression_is_told_by_content() {
    let plain = b"{\"instruction\": \"a1\"}\n".as_slice();
    let twice = [gzip(plain), gzip(b"{\"instruction\": \"b2\"}\n")].concat();
    let report = read("named.json", &twice);
    assert_eq!(texts(&report), ["a1", "b2"]);
    assert_eq!(report.files[0].compression, Compression::Gzip);
    let report = read("x.gz", zstd::encode_all(plain, 3).unwrap());
    assert_eq!(report.files[0].compression, Compression::Zstd);
    assert_eq!(read("x.jsonl.gz", plain).files[0].compression, Compression::None);
}

#[test]
fn duplicates_are_dropped_and_counted() {
    let report = read(
        "x.jsonl",
        "{\"instruction\": \"Caf\\u00e9?\", \"output\": \"first\"}\n{\"instruction\": \" Cafe\\u0301? \\n\"}\n{\"instruction\": \"caf\\u00e9?\"}",
    );
    assert_eq!((report.records, report.exact_duplicates), (3, 1));
    assert_eq!(texts(&report), ["Café?", "café?"]);
    assert_eq!(report.seeds[0].response.as_deref(), Some("first"));
}

#[test]
fn the_limit_ends_the_reading() {
    let text = "a1\na1\nb2\nc3\n";
    let options = ReadOptions { limit: Some(2), ..ReadOptions::default() };
    let report = try_read("x.txt", text, &options).unwrap();
    assert_eq!(texts(&report), ["a1", "b2"]);
    assert_eq!((report.records, report.exact_duplicates), (3, 1));
}

#[test]
fn a_lost_quote_spoils_one_record_of_a_stream() {
    let text = "[\n{\n\"instruction\": \"a1,\n\"input\": \"\"},\n{\"instruction\": \"b2\"}\n]";
    let report = skim("x.json", text);
    assert_eq!(texts(&report), ["b2"]);
    assert_eq!((report.skipped_bad, report.problems[0].line), (1, 3));
}

#[test]
fn records_beyond_the_limit_of_bytes_are_bad_in_every_layout() {
    let long = format!("{{\"instruction\": \"{}\"}}", "x".repeat(500));
    let short = "{\"instruction\": \"a1\"}";
    let options = ReadOptions { skip_bad: true, max_record_bytes: 200, ..ReadOptions::default() };
    for text in [
        format!("{short}\n{long}\n{long}"),
        format!("[{long},{short},{long}]"),
        format!("{short}{long}\n{long}"),
    ] {
        let report = try_read("x.json", text, &options).unwrap();
        assert_eq!((report.records, report.skipped_bad), (3, 2));
        assert_eq!(texts(&report), ["a1"]);
        assert!(report.problems.iter().all(|problem| problem.code == "too-long"));
    }
}
