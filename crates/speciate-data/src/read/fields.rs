//! Fields beside a question and its answer that change what the answer is worth.

use serde_json::{Map, Value};

use super::note::{Note, Notes};

/// Fields that hold what the answer was given under.
const BESIDE: [(&str, Note); 12] = [
    ("system", Note::SystemText),
    ("system_prompt", Note::SystemText),
    ("system_message", Note::SystemText),
    ("sys_prompt", Note::SystemText),
    ("developer", Note::SystemText),
    ("tools", Note::Tools),
    ("functions", Note::Tools),
    ("tool_calls", Note::Tools),
    ("function_call", Note::Tools),
    ("history", Note::EarlierTurns),
    ("chat_history", Note::EarlierTurns),
    ("conversation_history", Note::EarlierTurns),
];

/// Fields that say no by `false` or 0.
const GOOD_IF_TRUE: [&str; 13] = [
    "label",
    "accepted",
    "is_accepted",
    "approved",
    "desirable",
    "is_desirable",
    "preferred",
    "is_preferred",
    "chosen",
    "is_chosen",
    "thumbs_up",
    "is_correct",
    "is_good",
];

/// Fields that say no by `true`.
const BAD_IF_TRUE: [&str; 6] =
    ["rejected", "is_rejected", "thumbs_down", "is_bad", "undesirable", "is_wrong"];

/// Fields that rate: a word for bad, or a number that is not above zero.
const RATINGS: [&str; 8] =
    ["score", "rating", "reward", "feedback", "quality", "preference", "vote", "status"];

/// Words by which people reject an answer.
const BAD_WORDS: [&str; 17] = [
    "false",
    "no",
    "bad",
    "poor",
    "rejected",
    "reject",
    "negative",
    "incorrect",
    "wrong",
    "undesirable",
    "unacceptable",
    "dislike",
    "disliked",
    "downvote",
    "thumbs_down",
    "thumbs-down",
    "thumbs down",
];

/// Words that stand in an input field for no input.
const NO_INPUT: [&str; 18] = [
    "<noinput>",
    "<no input>",
    "<no_input>",
    "noinput",
    "no input",
    "no_input",
    "[noinput]",
    "nan",
    "none",
    "null",
    "nil",
    "n/a",
    "na",
    "<na>",
    "#n/a",
    "undefined",
    "-",
    "--",
];

/// Words that stand in an answer field for no answer.
const NO_OUTPUT: [&str; 4] = ["<nooutput>", "<no output>", "nooutput", "nan"];

/// What stands beside the question in `object`.
pub(super) fn beside(object: &Map<String, Value>) -> Notes {
    let says = |key: &str| object.get(key).is_some_and(says_something);
    let mut notes: Notes =
        BESIDE.iter().filter(|(key, _)| says(key)).map(|(_, note)| *note).collect();
    if is_rejected(object) {
        notes.insert(Note::RejectedAnswer);
    }
    notes
}

/// Whether a field of `object` says that its answer is a bad one.
pub(super) fn is_rejected(object: &Map<String, Value>) -> bool {
    object.iter().any(|(key, value)| {
        let key = key.to_ascii_lowercase();
        let is_one_of = |names: &[&str]| names.contains(&key.as_str());
        (is_one_of(&GOOD_IF_TRUE) && (says_no(value) || value.as_f64() == Some(0.0)))
            || (is_one_of(&BAD_IF_TRUE) && value == &Value::Bool(true))
            || (is_one_of(&RATINGS) && (says_no(value) || value.as_f64().is_some_and(|n| n <= 0.0)))
    })
}

fn says_no(value: &Value) -> bool {
    match value {
        Value::Bool(good) => !good,
        Value::String(word) => BAD_WORDS.contains(&word.trim().to_lowercase().as_str()),
        Value::Number(number) => number.as_f64().is_some_and(|number| number < 0.0),
        _ => false,
    }
}

/// Whether an input is a word for no input.
pub(super) fn is_no_input(text: &str) -> bool {
    NO_INPUT.contains(&text.trim().trim_end_matches('.').to_lowercase().as_str())
}

/// Whether an answer is a word for no answer.
pub(super) fn is_no_output(text: &str) -> bool {
    NO_OUTPUT.contains(&text.trim().to_lowercase().as_str())
}

/// The field in which `object` names an image, sound or film.
pub(super) fn medium(object: &Map<String, Value>) -> Option<&'static str> {
    ["image", "images", "image_path", "image_url", "audio", "audios", "video", "videos"]
        .into_iter()
        .find(|key| object.get(*key).is_some_and(says_something))
}

/// A stand-in for an image, sound or film at an end of `text` or alone on a line.
///
/// Elsewhere it is text: somebody may ask about the tag.
pub(super) fn medium_mark(text: &str) -> Option<&'static str> {
    const MARKS: [&str; 12] = [
        "<image>",
        "<audio>",
        "<video>",
        "<img>",
        "<|image|>",
        "<|audio|>",
        "<|video|>",
        "<|image_1|>",
        "<|image_pad|>",
        "<image_placeholder>",
        "[IMG]",
        "<start_of_image>",
    ];
    let mut in_code = false;
    let mut alone = |line: &str| {
        in_code ^= line.trim_start().starts_with("```");
        (!in_code).then(|| MARKS.into_iter().find(|mark| line.trim() == *mark)).flatten()
    };
    let text = text.trim();
    let at_end = |mark: &&str| text.starts_with(*mark) || text.ends_with(*mark);
    MARKS.into_iter().find(at_end).or_else(|| text.lines().find_map(&mut alone))
}

pub(super) fn says_something(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) => false,
        Value::String(text) => !matches!(text.trim(), "" | "[]" | "{}" | "null" | "None" | "nan"),
        Value::Array(list) => !list.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        Value::Number(_) => true,
    }
}
