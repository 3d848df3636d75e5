//! Anthropic's Messages wire format: what to send, and what an answer means. Pure.
//!
//! The facts are from the pages "Messages", "Streaming messages", "Errors", "Stop reasons" and
//! "Rate limits" of Anthropic's API documentation, version header `2023-06-01`, as read in 2026.
//! What it has in common with OpenAI's format (error texts, classes, the reader of reasons) is
//! used from there.

mod classify;
mod decode;
mod encode;
mod stream;

pub(crate) use classify::status_of_type;
pub use decode::decode;
pub(crate) use decode::read_reply;
pub use encode::encode;
pub(crate) use encode::{LEARNABLE, TOKENS_MAX_DEFAULT, left_out};
pub(crate) use stream::StreamFold;
