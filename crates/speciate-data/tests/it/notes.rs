//! What a record holds besides its seed: read rightly, or counted and said; and answers that rest
//! on it are not kept.

use crate::kit::{read, skim, texts};

/// Reads one record: its text, its response, and the names of its notes.
fn seed(record: &str) -> (String, Option<String>, Vec<&'static str>) {
    let report = read("x.jsonl", record);
    let seed = report.seeds[0].clone();
    let notes = report.notes.keys().map(|note| note.as_str()).collect();
    (seed.text, seed.response, notes)
}

fn chat(turns: &str) -> String {
    format!(r#"{{"messages": [{turns}]}}"#)
}

const ASKED: &str = r#"{"role": "user", "content": "Q?"}"#;
const ANSWERED: &str = r#"{"role": "assistant", "content": "A."}"#;

#[test]
fn an_answer_that_rests_on_turns_left_out_is_not_kept() {
    for (role, note) in [
        ("system", "system-text"),
        ("developer", "system-text"),
        ("tool", "tools"),
        ("function", "tools"),
        ("function_call", "tools"),
        ("function-response", "tools"),
        ("observation", "tools"),
        ("ipython", "tools"),
        ("assistant", "earlier-turns"),
        ("narrator", "other-turns"),
    ] {
        let before = format!(r#"{{"role": "{role}", "content": "X"}}, {ASKED}, {ANSWERED}"#);
        assert_eq!(seed(&chat(&before)), ("Q?".to_owned(), None, vec![note]), "{role}");
        let blank = before.replace("\"X\"", "\" \"");
        assert_eq!(seed(&chat(&blank)), ("Q?".to_owned(), Some("A.".to_owned()), vec![]), "{role}");
    }
    let between = format!(r#"{ASKED}, {{"role": "tool", "content": "3"}}, {ANSWERED}"#);
    assert_eq!(seed(&chat(&between)), ("Q?".to_owned(), None, vec!["tools"]));
    let calls = format!(
        r#"{ASKED}, {{"role": "assistant", "content": null, "tool_calls": [{{"id": 1}}]}}, {ANSWERED}"#
    );
    assert_eq!(seed(&chat(&calls)), ("Q?".to_owned(), None, vec!["tools"]));
    let later = format!("{ASKED}, {ANSWERED}, {ASKED}");
    assert_eq!(seed(&chat(&later)), ("Q?".to_owned(), Some("A.".to_owned()), vec!["later-turns"]));
    let weightless = ANSWERED.replace('}', ", \"weight\": 0}");
    assert_eq!(seed(&chat(&format!("{ASKED}, {weightless}"))).2, ["rejected-answer"]);
}

#[test]
fn fields_beside_an_answer_decide_whether_it_is_kept() {
    for (field, note) in [
        (r#""system": "Be terse.""#, Some("system-text")),
        (r#""system_prompt": "Be terse.""#, Some("system-text")),
        (r#""tools": [{"name": "f"}]"#, Some("tools")),
        (r#""history": [["a", "b"]]"#, Some("earlier-turns")),
        (r#""label": false"#, Some("rejected-answer")),
        (r#""label": 0"#, Some("rejected-answer")),
        (r#""label": "rejected""#, Some("rejected-answer")),
        (r#""is_rejected": true"#, Some("rejected-answer")),
        (r#""accepted": false"#, Some("rejected-answer")),
        (r#""rejected": "A.""#, Some("rejected-answer")),
        (r#""feedback": "thumbs_down""#, Some("rejected-answer")),
        (r#""rating": "bad""#, Some("rejected-answer")),
        (r#""reward": -1.5"#, Some("rejected-answer")),
        (r#""output": "A.""#, Some("double-key")),
        (r#""label": true"#, None),
        (r#""label": "maths""#, None),
        (r#""score": 0.9"#, None),
        (r#""system": """#, None),
        (r#""tools": []"#, None),
        (r#""rejected": "B.""#, None),
    ] {
        let row = format!(r#"{{"instruction": "Q?", "output": "A.", {field}}}"#);
        let response = note.is_none().then(|| "A.".to_owned());
        assert_eq!(seed(&row), ("Q?".to_owned(), response, note.into_iter().collect()), "{field}");
    }
    let chosen = r#"{"instruction": "Q?", "chosen": "A.", "rejected": "B."}"#;
    assert_eq!(seed(chosen), ("Q?".to_owned(), Some("A.".to_owned()), vec![]));
}

#[test]
fn a_word_for_no_input_is_no_input() {
    for word in [
        "<noinput>",
        "<noInput>",
        "nan",
        "NaN",
        "None",
        "N/A",
        "null",
        "-",
        "no input",
        "No input.",
    ] {
        let row = format!(r#"{{"instruction": "Q?", "input": "{word}", "output": "None"}}"#);
        let read = ("Q?".to_owned(), Some("None".to_owned()), vec!["no-input"]);
        assert_eq!(seed(&row), read, "{word}");
    }
    let meant = r#"{"instruction": "Say nan", "input": "none of them"}"#;
    assert_eq!(seed(meant).0, "Say nan\n\nnone of them");
}

#[test]
fn prompts_and_answers_that_are_lists_of_turns_are_chats() {
    for row in [
        format!(r#"{{"prompt": [{ASKED}], "completion": [{ANSWERED}]}}"#),
        format!(r#"{{"prompt": [{ASKED}], "completion": "A."}}"#),
        format!(r#"{{"prompt": "Q?", "completion": [{ANSWERED}]}}"#),
        format!(r#"{{"prompt": [{ASKED}], "chosen": [{ANSWERED}], "rejected": [{ASKED}]}}"#),
        format!(r#"{{"chosen": [{ASKED}, {ANSWERED}], "rejected": [{ASKED}]}}"#),
    ] {
        assert_eq!(seed(&row), ("Q?".to_owned(), Some("A.".to_owned()), vec![]), "{row}");
    }
    let bad = format!(r#"{{"prompt": [{ASKED}], "completion": [{ANSWERED}], "label": false}}"#);
    assert_eq!(seed(&bad), ("Q?".to_owned(), None, vec!["rejected-answer"]));
}

#[test]
fn a_question_about_an_image_is_told_from_one_about_the_tag() {
    for row in [
        r#"{"instruction": "<image>\nWhat is this?"}"#,
        r#"{"instruction": "What is this? <video>"}"#,
        r#"{"instruction": "What is this?", "image": "a.png", "output": "A cat."}"#,
    ] {
        let (_, response, notes) = seed(row);
        assert_eq!((response.as_deref(), notes), (None, vec!["media"]), "{row}");
    }
    let row = r#"{"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]}"#;
    assert_eq!(skim("x.jsonl", row).bad_by_code.get("unsupported-content"), Some(&1), "{row}");
    assert_eq!(seed(r#"{"instruction": "What does <image> do in SVG?", "images": []}"#).2, [""; 0]);
}

#[test]
fn each_kind_is_told_in_one_line_with_what_to_do() {
    let rows = format!(
        "{}\n{}\n",
        chat(&format!(r#"{{"role": "system", "content": "X"}}, {ASKED}, {ANSWERED}"#)),
        r#"{"instruction": "R?"}"#
    );
    let told = read("x.jsonl", rows).told();
    assert_eq!(told.len(), 1);
    assert!(told[0].starts_with("1 of 2 seeds: a system text was left out"), "{told:?}");
    assert!(told[0].contains("write it into the instruction"), "{told:?}");
}

#[test]
fn marks_of_byte_order_inside_joined_files_lose_no_row() {
    let [one, two] = [r#"{"instruction": "a}\ufeff1"}"#, r#"{"instruction": "b2"}"#];
    for between in ["\n\u{feff}", "\u{feff}", "\r\n\u{feff}\r\n"] {
        let report = read("x.jsonl", format!("\u{feff}{one}{between}{two}\n"));
        assert_eq!(texts(&report), ["a}\u{feff}1", "b2"], "{between:?}");
    }
}

#[test]
fn whole_gzip_data_with_something_behind_is_read_and_said() {
    let plain = "{\"instruction\": \"a1\"}\n";
    for (behind, is_said) in [(&b"rubbish"[..], true), (&b"\0\0\0\0"[..], false)] {
        let report = read("x.jsonl.gz", [&crate::kit::gzip(plain.as_bytes()), behind].concat());
        assert_eq!(texts(&report), ["a1"]);
        assert_eq!(report.told().iter().any(|line| line.contains("not gzip")), is_said);
    }
}

#[test]
fn a_merge_conflict_is_named_once_with_its_line() {
    let row = "{\"instruction\": \"a1\"}\n";
    for (name, text) in [
        ("x.jsonl", format!("{row}<<<<<<< HEAD\n{row}=======\n{row}>>>>>>> other\n")),
        ("x.txt", "a1\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> other\n".to_owned()),
        (
            "x.json",
            "[{\"instruction\":\n<<<<<<< HEAD\n\"a\"},\n=======\n\"b\"},\n>>>>>>> other\n]"
                .to_owned(),
        ),
    ] {
        let error = crate::kit::try_read(name, text, &crate::kit::lenient()).unwrap_err();
        assert!(error.to_string().contains("line 2 is the mark of a merge conflict"), "{error}");
    }
}

/// Where each row has a line, each comment is told by its own; JSON over several lines is told once.
#[test]
fn comments_before_json_over_several_lines_are_named_once() {
    for text in [
        "// my seeds\n[\n  {\"instruction\": \"a\"}, /* first */\n  {\"instruction\": \"b\",},\n]\n",
        "/* my\nseeds */ [{\"instruction\": \"a\"}]",
        "# my seeds\n\n// two\n{\n  \"data\": [{\"instruction\": \"a\"}]\n}\n",
    ] {
        let error = crate::kit::try_read("x.json", text, &crate::kit::lenient()).unwrap_err();
        let said = "it begins with a comment, and JSON has none";
        assert!(error.to_string().contains(said), "{error}");
        assert!(error.help().unwrap().contains("take out all comments"));
    }
    let rows = "// my seeds\n{\"instruction\": \"a\"}\n{\"instruction\": \"b\"}\n";
    let report = crate::kit::try_read("x.jsonl", rows, &crate::kit::lenient()).unwrap();
    assert_eq!((texts(&report), report.skipped_bad), (vec!["a", "b"], 1));
}
