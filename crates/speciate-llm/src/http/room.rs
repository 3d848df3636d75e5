//! How many tokens an answer may have, as refusals have shown.

use std::sync::atomic::{AtomicU32, Ordering};

use speciate_types::ChatRequest;

use crate::openai::Room;

/// A limit below this gives no useful answer, unless the request wanted no more.
const USEFUL_TOKENS_MIN: u32 = 64;
/// Bytes of a text that make a token, on the careful side: English has four.
const BYTES_PER_TOKEN: usize = 3;
/// Stands for a limit that nobody has named.
const UNKNOWN: u32 = u32::MAX;

const ANSWER: &str = "max_tokens<=";
const SHARED: &str = "context<=";

/// The limits of one model. They only ever fall.
#[derive(Debug)]
pub(super) struct KnownRoom {
    /// For an answer alone.
    answer: AtomicU32,
    /// For a prompt and its answer together.
    shared: AtomicU32,
}

impl Default for KnownRoom {
    fn default() -> Self {
        Self { answer: AtomicU32::new(UNKNOWN), shared: AtomicU32::new(UNKNOWN) }
    }
}

impl KnownRoom {
    /// The limit to send in place of `wanted`, by all that is known. Where the prompt seems to leave
    /// no room the endpoint decides.
    pub(super) fn fit(&self, request: &ChatRequest, wanted: u32) -> u32 {
        let most = wanted.min(self.answer.load(Ordering::Relaxed));
        let shared = self.shared.load(Ordering::Relaxed);
        let left = shared.saturating_sub(prompt_tokens(request));
        if shared == UNKNOWN || left < useful(wanted) { most } else { most.min(left) }
    }

    /// Takes a refusal of `request`, which asked for `asked` tokens; the limit to ask for instead, if
    /// a useful one is left.
    pub(super) fn take(&self, room: Room, request: &ChatRequest, asked: u32) -> Option<u32> {
        let (known, tokens, fits) = match room {
            Room::AnswerMost(most) => (&self.answer, most, most),
            Room::TooLarge => (&self.answer, asked / 2, asked / 2),
            Room::Shared { window, prompt } => {
                let prompt = prompt.unwrap_or_else(|| prompt_tokens(request));
                (&self.shared, window, window.saturating_sub(prompt))
            }
        };
        let is_useful = fits < asked && fits >= useful(asked);
        is_useful.then(|| {
            known.fetch_min(tokens, Ordering::Relaxed);
            fits
        })
    }

    /// What is known, as lessons.
    pub(super) fn lessons(&self) -> Vec<String> {
        [(ANSWER, &self.answer), (SHARED, &self.shared)]
            .into_iter()
            .map(|(name, known)| (name, known.load(Ordering::Relaxed)))
            .filter(|(_, tokens)| *tokens != UNKNOWN)
            .map(|(name, tokens)| format!("{name}{tokens}"))
            .collect()
    }

    /// Takes a lesson of an earlier session; others change nothing.
    pub(super) fn teach(&self, lesson: &str) {
        for (name, known) in [(ANSWER, &self.answer), (SHARED, &self.shared)] {
            let tokens = lesson.strip_prefix(name).and_then(|tokens| tokens.parse().ok());
            known.fetch_min(
                tokens.filter(|tokens| *tokens > 0).unwrap_or(UNKNOWN),
                Ordering::Relaxed,
            );
        }
    }
}

fn useful(wanted: u32) -> u32 {
    wanted.clamp(1, USEFUL_TOKENS_MIN)
}

fn prompt_tokens(request: &ChatRequest) -> u32 {
    let bytes: usize = request.messages.iter().map(|message| message.content.len()).sum();
    u32::try_from(bytes / BYTES_PER_TOKEN).unwrap_or(UNKNOWN)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use speciate_types::{ChatMessage, MessageRole, Sampling};

    use super::*;

    fn request(bytes: usize) -> ChatRequest {
        ChatRequest {
            messages: vec![ChatMessage::new(MessageRole::User, "x".repeat(bytes))],
            sampling: Sampling::default(),
            stop: Vec::new(),
            seed: 1,
            shared_messages: 0,
        }
    }

    #[test]
    fn what_a_refusal_leaves() {
        let shared = |window, prompt| Room::Shared { window, prompt };
        for (room, expected, lessons) in [
            (Room::AnswerMost(1_024), Some(1_024), "max_tokens<=1024"),
            (Room::AnswerMost(63), None, ""),
            (Room::AnswerMost(4_096), None, ""),
            (Room::TooLarge, Some(1_024), "max_tokens<=1024"),
            (shared(2_048, Some(300)), Some(1_748), "context<=2048"),
            (shared(2_048, Some(2_000)), None, ""),
            (shared(256, Some(1_407)), None, ""),
            (shared(1_000, None), Some(900), "context<=1000"),
        ] {
            let known = KnownRoom::default();
            assert_eq!(known.take(room, &request(300), 2_048), expected, "{room:?}");
            assert_eq!(known.lessons().join(" "), lessons, "{room:?}");
        }
        assert_eq!(KnownRoom::default().take(Room::AnswerMost(8), &request(0), 16), None);
        assert_eq!(KnownRoom::default().take(shared(116, Some(100)), &request(0), 20), None);
    }

    #[test]
    fn what_is_known_holds_for_the_next_request() {
        let known = KnownRoom::default();
        assert_eq!(known.fit(&request(3_000), 2_048), 2_048);
        for lesson in
            ["max_tokens<=1024", "context<=1500", "max_tokens<=x", "max_tokens<=0", "seed"]
        {
            known.teach(lesson);
        }
        assert_eq!(known.fit(&request(300), 2_048), 1_024);
        assert_eq!(known.fit(&request(3_000), 2_048), 500);
        assert_eq!(known.fit(&request(3_000), 16), 16);
        assert_eq!(known.fit(&request(6_000), 2_048), 1_024, "the endpoint decides");
        known.teach("max_tokens<=4096");
        assert_eq!(known.lessons(), ["max_tokens<=1024", "context<=1500"]);
    }

    proptest! {
        /// Each refusal that is followed lowers the limit, so that asking ends.
        #[test]
        fn limits_fall(most in 0..5_000_u32, window in 0..5_000_u32, asked in 1..5_000_u32, bytes in 0..9_000_usize) {
            let known = KnownRoom::default();
            for room in [Room::AnswerMost(most), Room::Shared { window, prompt: None }, Room::TooLarge] {
                if let Some(limit) = known.take(room, &request(bytes), asked) {
                    prop_assert!(0 < limit && limit < asked);
                }
            }
            prop_assert!((1..=asked).contains(&known.fit(&request(bytes), asked)));
        }
    }
}
