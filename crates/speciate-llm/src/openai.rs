//! OpenAI's chat-completions wire format: what to send, and what an answer means. Pure.

mod classify;
mod decode;
mod encode;
mod error_text;
mod finish;
mod parse;
mod quote;
mod refused;
mod usage;
mod words;

pub use classify::{Reply, classify_status};
pub use decode::decode;
pub use encode::{Quirks, encode};
pub(crate) use quote::{shorten, without_markup};
pub(crate) use refused::refused_parameter;
