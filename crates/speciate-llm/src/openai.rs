//! OpenAI's chat-completions wire format: what to send, and what an answer means. Pure.

mod classify;
mod decode;
mod encode;

pub(crate) use classify::refused_parameter;
pub use classify::{Reply, classify_status};
pub use decode::decode;
pub use encode::{Quirks, encode};
