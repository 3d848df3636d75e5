//! Bodies: a call's outcome as JSON, and the checksum of any body.

use serde::{Deserialize, Serialize};
use speciate_types::{Answer, CallOutcome, ChatResponse, ErrorClass, Failure, NanoUsd, Usage};

pub(crate) type Checksum = [u8; 16];

/// The first 16 bytes of the body's BLAKE3 hash.
pub(crate) fn checksum(body: &[u8]) -> Checksum {
    let mut sum = [0; 16];
    sum.copy_from_slice(&blake3::hash(body).as_bytes()[..16]);
    sum
}

/// The body as text, if it is what was stored; otherwise what is wrong with it.
pub(crate) fn checked<'a>(body: &'a [u8], sum: &[u8]) -> Result<&'a str, &'static str> {
    if checksum(body) != sum {
        return Err("its checksum does not fit its body");
    }
    str::from_utf8(body).map_err(|_| "its body is not UTF-8")
}

/// What the column `outcome` says: `answered` or the error's class.
pub(crate) fn outcome_name(outcome: &CallOutcome) -> &'static str {
    match outcome {
        CallOutcome::Answered(_) => ANSWERED,
        CallOutcome::Failed(failure) => failure.class.as_str(),
    }
}

pub(crate) const ANSWERED: &str = "answered";

/// A call's outcome as it is written.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Written<'a> {
    Answered { response: &'a ChatResponse, spent: Spent },
    Failed { class: ErrorClass, message: &'a str, spent: Spent },
}

/// A call's outcome as it is read.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Stored {
    Answered { response: ChatResponse, spent: Spent },
    Failed { class: ErrorClass, message: String, spent: Spent },
}

/// What all tries of a call took together.
#[derive(Serialize, Deserialize)]
struct Spent {
    tries: u32,
    usage: Usage,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cost: Option<NanoUsd>,
}

pub(crate) fn write_outcome(outcome: &CallOutcome) -> serde_json::Result<String> {
    let spent = Spent { tries: outcome.tries(), usage: outcome.usage(), cost: outcome.cost() };
    let (written, text) = match outcome {
        CallOutcome::Answered(Answer { response, .. }) => {
            (Written::Answered { response, spent }, &response.text)
        }
        CallOutcome::Failed(Failure { class, message, .. }) => {
            (Written::Failed { class: *class, message, spent }, message)
        }
    };
    let mut body = Vec::with_capacity(text.len() + text.len() / 8 + BESIDE_TEXT_BYTES);
    serde_json::to_writer(&mut body, &written)?;
    String::from_utf8(body).map_err(serde::ser::Error::custom)
}

/// Room for what a body holds beside its text, so that most are written in one piece of memory.
const BESIDE_TEXT_BYTES: usize = 384;

pub(crate) fn read_outcome(body: &str) -> serde_json::Result<CallOutcome> {
    Ok(match serde_json::from_str(body)? {
        Stored::Answered { response, spent: Spent { tries, usage, cost } } => {
            CallOutcome::Answered(Answer { response, tries, usage, cost })
        }
        Stored::Failed { class, message, spent: Spent { tries, usage, cost } } => {
            CallOutcome::Failed(Failure { class, message, tries, usage, cost })
        }
    })
}
