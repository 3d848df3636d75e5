//! What a seed's record held that the seed does not carry, or that was read in a way worth saying.
//!
//! None of it makes a record bad. Each kind is counted, and said in one line with what to do.

use std::collections::BTreeSet;

use serde::Serialize;

/// What was left out of a seed, or read in a way worth saying.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Note {
    /// A system text stood before the question.
    SystemText,
    /// Tools were offered, called or answered.
    Tools,
    /// Turns stood before the question.
    EarlierTurns,
    /// Turns of a speaker that is neither user, assistant, system nor tool.
    OtherTurns,
    /// Turns followed the first exchange.
    LaterTurns,
    /// The answer was marked as one that somebody rejected.
    RejectedAnswer,
    /// The input was a word for "no input".
    NoInput,
    /// One key stood twice in one object.
    DoubleKey,
    /// An image, sound or film belongs to the instruction.
    Media,
    /// Something that is not gzip follows the compressed data.
    AfterGzip,
}

/// The notes of one record.
pub(super) type Notes = BTreeSet<Note>;

impl Note {
    /// The name used in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SystemText => "system-text",
            Self::Tools => "tools",
            Self::EarlierTurns => "earlier-turns",
            Self::OtherTurns => "other-turns",
            Self::LaterTurns => "later-turns",
            Self::RejectedAnswer => "rejected-answer",
            Self::NoInput => "no-input",
            Self::DoubleKey => "double-key",
            Self::Media => "media",
            Self::AfterGzip => "after-gzip",
        }
    }

    /// Whether the answer in the record may rest on what the seed lacks, so that it is not kept.
    pub(super) fn voids_the_response(self) -> bool {
        match self {
            Self::SystemText
            | Self::Tools
            | Self::EarlierTurns
            | Self::OtherTurns
            | Self::RejectedAnswer
            | Self::DoubleKey
            | Self::Media => true,
            Self::LaterTurns | Self::NoInput | Self::AfterGzip => false,
        }
    }

    /// What was found and what was done about it, after "3 of 5 seeds: ".
    pub fn told(self) -> &'static str {
        match self {
            Self::SystemText => {
                "a system text was left out, and the answer under it is written anew; to keep the \
                 text, write it into the instruction"
            }
            Self::Tools => {
                "tools or their turns were left out, and the answer that may rest on them is \
                 written anew; to keep what they said, write it into the instruction"
            }
            Self::EarlierTurns => {
                "turns before the first question were left out, and the answer is written anew; to \
                 keep them, write them into the instruction"
            }
            Self::OtherTurns => {
                "turns of unknown speakers were left out, and the answer is written anew; known \
                 are user and assistant, human and gpt, and their like"
            }
            Self::LaterTurns => {
                "turns after the first exchange were left out; to use them, write each question as \
                 a seed of its own that can be understood alone"
            }
            Self::RejectedAnswer => {
                "the answer is marked as rejected or bad, so it is written anew; give a better \
                 one, or remove the mark if it is wrong"
            }
            Self::NoInput => {
                "the input is a word for no input, such as <noinput>, nan or None, and was left \
                 out; if it is meant, write it into the instruction"
            }
            Self::DoubleKey => {
                "one key stands twice in one object; the last was read, and the answer is written \
                 anew; write each key once"
            }
            Self::Media => {
                "an image, sound or film belongs to the instruction and was left out, and the answer \
                 is written anew; describe in words what it shows, or remove such rows"
            }
            Self::AfterGzip => {
                "something that is not gzip follows the compressed data and was not read; write \
                 the file again if rows are missing"
            }
        }
    }
}
