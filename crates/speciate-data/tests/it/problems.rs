//! The look of problems.

use speciate_data::{ReadError, code};

use crate::kit::{lenient, skim, try_read};

/// Every problem of `text`, as shown.
fn show(name: &str, text: impl AsRef<[u8]>) -> String {
    let report = skim(name, text);
    let shown: Vec<String> = report.problems.iter().map(ToString::to_string).collect();
    shown.join("\n")
}

#[test]
fn a_field_of_another_name() {
    let rows =
        "{\"instruction\": \"a1\"}\n{\"prompt\": \"Sort a list in Python\", \"output\": \"x\"}\n";
    insta::assert_snapshot!(show("seeds.jsonl", rows), @r#"
    seeds.jsonl:2:2: missing-field: missing field `instruction`
      |
    2 | {"prompt": "Sort a list in Python", "output": "x"}
      |  ^^^^^^^^
      = help: map it with  --map instruction=prompt,response=output
    "#);
}

#[test]
fn no_field_that_could_be_it() {
    insta::assert_snapshot!(show("seeds.jsonl", r#"{"input": "a", "n": 1}"#), @r#"
    seeds.jsonl:1:1: missing-field: missing field `instruction`; found `input`, `n`
      |
    1 | {"input": "a", "n": 1}
      | ^
      = help: known shapes: Alpaca (instruction, input, output), messages (role, content), ShareGPT conversations (from, value); others with  --map instruction=FIELD
    "#);
}

#[test]
fn instructions_that_say_nothing() {
    let rows = "{\"instruction\": 7}\n{\"instruction\": \" \"}\n{\"instruction\": \"?!\"}\n{\"instruction\": {\"text\": \"a\"}}";
    insta::assert_snapshot!(show("seeds.jsonl", rows), @r#"
    seeds.jsonl:1:2: wrong-type: expected text in `instruction`, found a number
      |
    1 | {"instruction": 7}
      |  ^^^^^^^^^^^^^
    seeds.jsonl:2:2: empty-instruction: `instruction` is empty
      |
    2 | {"instruction": " "}
      |  ^^^^^^^^^^^^^
    seeds.jsonl:3:2: empty-instruction: `instruction` has no letter, digit or symbol that says anything
      |
    3 | {"instruction": "?!"}
      |  ^^^^^^^^^^^^^
    seeds.jsonl:4:2: wrong-type: expected text in `instruction`, found an object
      |
    4 | {"instruction": {"text": "a"}}
      |  ^^^^^^^^^^^^^
      = help: map it with  --map instruction=instruction.text
    "#);
}

#[test]
fn control_characters_and_wide_ones() {
    let rows = "{\"instruction\": \"a\tb\"}\n{\"instruction\": \"字字\", \"x\": None}\n{\"instruction\": \"\u{202e}evil\u{1b}[31m\"}";
    insta::assert_snapshot!(show("seeds.jsonl", rows), @r#"
    seeds.jsonl:1:19: invalid-json: a raw control character (U+0009) in a string
      |
    1 | {"instruction": "a␉b"}
      |                   ^
      = help: write it as \t
    seeds.jsonl:2:28: invalid-json: `None` is not JSON
      |
    2 | {"instruction": "字字", "x": None}
      |                              ^^^^
      = help: write null
    seeds.jsonl:3:23: invalid-json: a raw control character (U+001B) in a string
      |
    3 | {"instruction": "\u{202e}evil␛[31m"}
      |                              ^
      = help: write it as \u001b
    "#);
}

#[test]
fn a_long_line_is_cut_around_the_spot() {
    let row = format!(
        "{{\"instruction\": \"{}\", \"x\": tru, \"y\": \"{}\"}}",
        "long ".repeat(60),
        "tail ".repeat(60)
    );
    insta::assert_snapshot!(show("seeds.jsonl", row), @r#"
    seeds.jsonl:1:326: invalid-json: `tru` is not JSON
      |
    1 | …long long long long ", "x": tru, "y": "tail tail tail tail tail tail tai…
      |                              ^^^
    "#);
}

#[test]
fn chats_without_a_question() {
    let rows = concat!(
        "{\"messages\": [{\"role\": \"system\", \"content\": \"x\"}]}\n",
        "{\"id\": 1, \"conversations\": [{\"value\": \"x\"}]}\n",
        "{\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"image_url\"}]}]}\n",
        "{\"conversations\": null}\n",
        "{\"messages\": [{\"role\": \"user\", \"content\": null}]}",
    );
    insta::assert_snapshot!(show("seeds.jsonl", rows), @r#"
    seeds.jsonl:1:2: no-user-turn: no turn of a user in `messages`
      |
    1 | {"messages": [{"role": "system", "content": "x"}]}
      |  ^^^^^^^^^^
    seeds.jsonl:2:11: missing-field: turn 1 of `conversations` has no `from`
      |
    2 | {"id": 1, "conversations": [{"value": "x"}]}
      |           ^^^^^^^^^^^^^^^
    seeds.jsonl:3:2: unsupported-content: turn 1 of `messages` holds `image_url`, not text alone
      |
    3 | {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}
      |  ^^^^^^^^^^
    seeds.jsonl:4:2: wrong-type: expected a list of turns in `conversations`, found null
      |
    4 | {"conversations": null}
      |  ^^^^^^^^^^^^^^^
    seeds.jsonl:5:2: wrong-type: expected text in turn 1 of `messages`, found null
      |
    5 | {"messages": [{"role": "user", "content": null}]}
      |  ^^^^^^^^^^
    "#);
}

#[test]
fn arrays_point_into_their_lines() {
    let cut = "[\n  {\n    \"instruction\": \"a1\",\n    \"output\": 'x'\n  }\n";
    insta::assert_snapshot!(show("seeds.json", cut), @r#"
    seeds.json:4:15: invalid-json: single quotes; JSON has double quotes only
      |
    4 |     "output": 'x'
      |               ^
    seeds.json:6:1: unclosed-array: the file ends before its array does: it looks cut off
    "#);
    let odd = "[{\"instruction\": \"a1\"},,{\"instruction\": \"b\\ud83d!\"}] x";
    insta::assert_snapshot!(show("seeds.json", odd), @r#"
    seeds.json:1:24: empty-element: no record before this comma
      |
    1 | ,
      | ^
    seeds.json:1:43: lone-surrogate: `\ud83d` is half of a surrogate pair and names no character
      |
    1 | {"instruction": "b\ud83d!"}
      |                   ^^^^^^
      = help: the text was cut inside an emoji or a rare letter; fix or drop it
    seeds.json:1:54: after-array: the array has ended; what follows was not read
      |
    1 | x
      | ^
      = help: put all records into one array, or one record on each line without an array
    "#);
}

#[test]
fn one_object_around_the_rows() {
    insta::assert_snapshot!(show("seeds.json", r#"{"data": [{"instruction": "a"}]}"#), @r#"
    seeds.json:1:2: wrapped-rows: the rows are in a list under `data`
      |
    1 | {"data": [{"instruction": "a"}]}
      |  ^^^^^^
      = help: take them out:  jq -c '.["data"][]' FILE > rows.jsonl
    "#);
}

#[test]
fn lines_that_are_not_json() {
    let rows = "// c\n<html>\n{'a': 1}\n{a: 1}\n{\"a\": 1}{\n{\"a\": \"\\q\"}\n{\"a\": 1},\n{\"a\": \"x\n{\"a\":1,}";
    insta::assert_snapshot!(show("seeds.jsonl", rows), @r#"
    seeds.jsonl:1:1: invalid-json: a comment; JSON has none
      |
    1 | // c
      | ^^
      = help: delete it
    seeds.jsonl:2:1: invalid-json: markup, not JSON
      |
    2 | <html>
      | ^
      = help: a server's error page may have been saved instead of data
    seeds.jsonl:3:2: invalid-json: single quotes; JSON has double quotes only
      |
    3 | {'a': 1}
      |  ^
      = help: it looks like Python's repr(); write records with json.dumps(record)
    seeds.jsonl:4:2: invalid-json: a key without double quotes
      |
    4 | {a: 1}
      |  ^
    seeds.jsonl:5:9: invalid-json: a second object follows on the same line
      |
    5 | {"a": 1}{
      |         ^
      = help: put each record on its own line
    seeds.jsonl:6:8: invalid-json: no such escape in JSON
      |
    6 | {"a": "\q"}
      |        ^^
      = help: write a backslash as \\
    seeds.jsonl:7:9: invalid-json: a comma follows the record
      |
    7 | {"a": 1},
      |         ^
      = help: delete it: between lines of JSON stands nothing
    seeds.jsonl:8:8: invalid-json: the record ends before it is complete
      |
    8 | {"a": "x
      |        ^
      = help: it was cut off, or a bracket or quote is missing
    seeds.jsonl:9:8: invalid-json: trailing comma
      |
    9 | {"a":1,}
      |        ^
    "#);
}

#[test]
fn bytes_that_are_not_utf8() {
    insta::assert_snapshot!(show("seeds.jsonl", b"{\"instruction\": \"caf\xe9 au lait\"}"), @r#"
    seeds.jsonl:1:21: invalid-utf8: bytes that are not UTF-8: [E9]
      |
    1 | {"instruction": "caf� au lait"}
      |                     ^
      = help: it looks like Latin-1 or Windows-1252; if the whole file is, convert it with  iconv -f WINDOWS-1252 -t UTF-8 FILE > seeds-utf8.jsonl
    "#);
}

#[test]
fn whole_files() {
    let shown = |name: &str, bytes: &[u8]| match try_read(name, bytes, &lenient()) {
        Err(error @ ReadError::File { .. }) => {
            format!("{error}\n= help: {}", error.help().unwrap_or_default())
        }
        other => panic!("{other:?}"),
    };
    insta::assert_snapshot!(shown("seeds.jsonl", b"\xff\xfe{\0\"\0"), @r"
    cannot read seeds from `seeds.jsonl`: it looks like UTF-16LE; seeds are read as UTF-8
    = help: convert it with  iconv -f UTF-16LE -t UTF-8 seeds.jsonl > seeds-utf8.jsonl
    ");
    insta::assert_snapshot!(shown("my \u{1b}[0m.tsv", b"instruction\toutput\n"), @r#"
    cannot read seeds from `my ␛[0m.tsv`: it is TSV, which is not read yet
    = help: convert it with  python3 -c "import csv, json, sys; [print(json.dumps(row)) for row in csv.DictReader(open(sys.argv[1], encoding='utf-8-sig', newline=''), delimiter='\t')]" FILE > seeds.jsonl
    "#);
}

#[test]
fn every_code_has_a_sentence() {
    for (name, sentence) in code::ALL {
        assert!(name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'));
        assert!(sentence.ends_with('.') && sentence.len() > 20, "{name}");
    }
}
