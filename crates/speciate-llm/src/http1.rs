//! HTTP/1.1 responses: bytes in, a head and pieces of a body out. Pure.
//!
//! As RFC 9112 has it, read strictly: what two readers could take for different things is a fault,
//! never data. Heads are parsed by `httparse`; this module says where a body ends.

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
