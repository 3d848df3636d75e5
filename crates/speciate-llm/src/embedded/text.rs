//! The answer's text as it grows, and what becomes of it at the end.

use speciate_types::{CallError, ChatResponse, ErrorClass, FinishReason, Usage};

use crate::answer::divide;

/// Bytes so far. Tokens may split a character, so it is text only at the end.
#[derive(Debug)]
pub(super) struct TextBuffer {
    bytes: Vec<u8>,
    stops: Vec<String>,
    longest_stop: usize,
    /// All that was asked: marks that stand in it may be the answer's subject.
    asked: String,
}

/// Whether a stop text was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Met {
    /// The answer ends here; the stop text is taken off.
    Stop,
    /// The answer goes on.
    Nothing,
}

/// Why an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// The model was done, or met a stop text.
    Stop,
    /// It ran into this many tokens.
    MaxTokens(u32),
    /// Its sequence of this many tokens is full.
    ContextFull(u32),
}

impl TextBuffer {
    /// An empty answer that ends at the first of `stops`; empty ones are ignored.
    pub(super) fn new(stops: &[String], asked: String) -> Self {
        let stops: Vec<String> = stops.iter().filter(|stop| !stop.is_empty()).cloned().collect();
        let longest_stop = stops.iter().map(String::len).max().unwrap_or(0);
        Self { bytes: Vec::new(), stops, longest_stop, asked }
    }

    /// Adds a token's bytes. A stop text may span several tokens and end within one.
    pub(super) fn push(&mut self, piece: &[u8]) -> Met {
        let from = self.bytes.len().saturating_sub(self.longest_stop.saturating_sub(1));
        self.bytes.extend_from_slice(piece);
        let found = self.stops.iter().filter_map(|stop| find(&self.bytes[from..], stop)).min();
        match found {
            Some(at) => {
                self.bytes.truncate(from + at);
                Met::Stop
            }
            None => Met::Nothing,
        }
    }

    /// The answer, or why there is none.
    pub(super) fn finish(
        self,
        ending: Ending,
        usage: Usage,
        model: &str,
    ) -> Result<ChatResponse, CallError> {
        let fail = |class, message: String| {
            Err(CallError { usage: Some(usage), ..CallError::new(class, message) })
        };
        match ending {
            Ending::Stop => {}
            Ending::MaxTokens(limit) => {
                return fail(
                    ErrorClass::Truncated,
                    format!("the answer was cut at `max_tokens` = {limit}"),
                );
            }
            Ending::ContextFull(limit) => {
                return fail(
                    ErrorClass::Truncated,
                    format!("the answer was cut where the context of {limit} tokens is full"),
                );
            }
        }
        let text = match String::from_utf8(self.bytes) {
            Ok(text) => text,
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                return fail(
                    ErrorClass::Malformed,
                    format!("the answer is not UTF-8 at byte {at}"),
                );
            }
        };
        match divide(&text, &self.asked) {
            Err((class, message)) => fail(class, message.into_owned()),
            Ok((text, reasoning)) => Ok(ChatResponse {
                text,
                reasoning,
                finish_reason: FinishReason::Stop,
                usage,
                model: model.to_owned(),
                // A clock would make the same run differ from itself.
                created_unix_s: None,
            }),
        }
    }
}

fn find(bytes: &[u8], stop: &str) -> Option<usize> {
    bytes.windows(stop.len()).position(|window| window == stop.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::{Ending, Met, TextBuffer};
    use speciate_types::{ErrorClass, Usage};

    fn buffer(stops: &[&str], pieces: &[&[u8]]) -> (TextBuffer, Met) {
        let stops: Vec<String> = stops.iter().map(|stop| (*stop).to_owned()).collect();
        let mut buffer = TextBuffer::new(&stops, String::new());
        let mut met = Met::Nothing;
        for piece in pieces {
            met = buffer.push(piece);
            if met == Met::Stop {
                break;
            }
        }
        (buffer, met)
    }

    fn text(stops: &[&str], pieces: &[&[u8]]) -> Result<String, ErrorClass> {
        let (buffer, _) = buffer(stops, pieces);
        buffer
            .finish(Ending::Stop, Usage::default(), "m")
            .map(|response| response.text)
            .map_err(|error| error.class)
    }

    #[test]
    fn stop_texts_span_tokens() {
        assert_eq!(buffer(&["\n\n"], &[b"one\n", b"\ntwo"]).1, Met::Stop);
        assert_eq!(text(&["\n\n"], &[b"one\n", b"\ntwo"]), Ok("one".to_owned()));
        assert_eq!(text(&["END", "d E"], &[b"and ", b"EN", b"D"]), Ok("an".to_owned()));
        assert_eq!(buffer(&["", "xyz"], &[b"xy", b"a"]).1, Met::Nothing);
    }

    #[test]
    fn characters_may_be_split_over_tokens() {
        assert_eq!(text(&[], &[b"caf\xc3", b"\xa9"]), Ok("café".to_owned()));
        assert_eq!(text(&[], &[b"caf\xc3"]), Err(ErrorClass::Malformed));
    }

    #[test]
    fn reasoning_is_kept_apart() {
        let (buffer, _) = buffer(&[], &[b"<think>Hm.</think>\n\nYes."]);
        let response = buffer.finish(Ending::Stop, Usage::default(), "m").unwrap();
        assert_eq!((response.text.as_str(), response.reasoning.as_deref()), ("Yes.", Some("Hm.")));
        assert_eq!(text(&[], &[b"<think>Hm"]), Err(ErrorClass::Truncated));
        assert_eq!(text(&[], &[b"<think>Hm.</think>\n"]), Err(ErrorClass::Empty));
        assert_eq!(text(&[], &[b" \n"]), Err(ErrorClass::Empty));
    }

    #[test]
    fn a_cut_answer_still_says_what_it_used() {
        let usage = Usage { input_tokens: 3, output_tokens: 5, ..Usage::default() };
        let error = TextBuffer::new(&[], String::new())
            .finish(Ending::MaxTokens(5), usage, "m")
            .unwrap_err();
        assert_eq!((error.class, error.usage), (ErrorClass::Truncated, Some(usage)));
    }
}
