//! HTTP/1.1 responses: bytes in, a head and pieces of a body out. Pure.
//!
//! As RFC 9112 has it, and no more lenient than the HTTP library, so that an answer means the same on
//! either transport. Heads are parsed by `httparse`; this module says where a body ends.

mod body;
mod chunks;
mod fault;
mod head;
#[cfg(test)]
mod laws;
mod reader;

pub use fault::FrameFault;
pub use head::Head;
pub use reader::{Piece, ResponseReader};
