//! HTTP/1.1 as far as a model server needs it: a strict reader and a plain writer.
//!
//! An HTTP library would refuse to send the broken answers that this room is for, and costs more
//! per call than the whole mock model. Requests must carry a length; chunked requests are refused.

mod parse;
mod write;

pub use parse::{BadRequest, Parsed, Request, parse};
pub use write::{After, Head, reason};
pub(crate) use write::{LAST_CHUNK, chunk};
