//! From a record to the text of its row.
//!
//! `sharegpt` rows carry the instruction's id, as the files of that form always have. `messages`
//! and `alpaca` rows hold nothing but the text: TRL, axolotl and LLaMA-Factory would pass over
//! another field, but hosted fine-tuning services check rows against a closed schema, and rows with
//! and without an id cannot be joined into one table.

use serde::Serialize;
use speciate_types::{InstructionId, InstructionRecord, VerdictKind};

use super::ExportFormat;

#[derive(Serialize)]
struct MessagesRow<'a> {
    messages: [Message<'a>; 2],
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: &'a str,
}

#[derive(Serialize)]
struct AlpacaRow<'a> {
    instruction: &'a str,
    input: &'static str,
    output: &'a str,
}

#[derive(Serialize)]
struct SharegptRow<'a> {
    id: InstructionId,
    conversations: [Turn<'a>; 2],
}

#[derive(Serialize)]
struct Turn<'a> {
    from: &'static str,
    value: &'a str,
}

/// The row of `record`; `None` if the format does not carry it.
pub(super) fn row(
    record: &InstructionRecord,
    format: ExportFormat,
) -> Result<Option<String>, serde_json::Error> {
    if format == ExportFormat::Records {
        return one_line(record).map(Some);
    }
    let Some((instruction, response)) = pair(record) else {
        return Ok(None);
    };
    training_row(record.id, instruction, response, format).map(Some)
}

fn training_row(
    id: InstructionId,
    instruction: &str,
    response: &str,
    format: ExportFormat,
) -> Result<String, serde_json::Error> {
    match format {
        ExportFormat::Alpaca => one_line(&AlpacaRow { instruction, input: "", output: response }),
        ExportFormat::Sharegpt => {
            let human = Turn { from: "human", value: instruction };
            let gpt = Turn { from: "gpt", value: response };
            one_line(&SharegptRow { id, conversations: [human, gpt] })
        }
        ExportFormat::Messages | ExportFormat::Records => {
            let user = Message { role: "user", content: instruction };
            let assistant = Message { role: "assistant", content: response };
            one_line(&MessagesRow { messages: [user, assistant] })
        }
    }
}

/// What can be trained on: a kept instruction with an answer.
fn pair(record: &InstructionRecord) -> Option<(&str, &str)> {
    let response = record.response.as_deref().filter(|text| !text.trim().is_empty())?;
    let instruction = record.instruction.as_deref()?;
    (record.verdict == VerdictKind::Kept).then_some((instruction, response))
}

/// JSON on what every reader takes for one line.
///
/// Some readers also end a line at U+0085, U+2028 or U+2029. They occur inside strings only, so
/// there they are written as escapes.
fn one_line(value: &impl Serialize) -> Result<String, serde_json::Error> {
    let json = serde_json::to_string(value)?;
    if json.is_ascii() || !json.contains(['\u{85}', '\u{2028}', '\u{2029}']) {
        return Ok(json);
    }
    let escaped = json.replace('\u{85}', "\\u0085").replace('\u{2028}', "\\u2028");
    Ok(escaped.replace('\u{2029}', "\\u2029"))
}
