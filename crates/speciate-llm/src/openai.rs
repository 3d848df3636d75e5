//! OpenAI's chat-completions wire format: what to send, and what an answer means. Pure.

mod classify;
mod decode;
mod encode;
mod error_text;
mod figures;
mod finish;
mod limits;
mod mentions;
mod parse;
mod quote;
mod refused;
mod stream;
mod usage;
mod words;

pub(crate) use classify::classify_inner;
pub use classify::{Reply, classify_status};
pub use decode::decode;
pub(crate) use decode::read_reply;
pub(crate) use encode::messages_for;
pub use encode::{Quirks, encode, encode_as};
pub(crate) use finish::read_finish;
pub(crate) use limits::Room;
pub(crate) use parse::{parse, without_comments};
pub(crate) use quote::{shorten, without_markup};
pub(crate) use refused::{Asked, Refusal, read_refusal};
pub(crate) use stream::StreamFold;
pub(crate) use usage::count;
