//! The real program against a mock server in this process: killed, interrupted, refused, resumed.

mod endings;
mod kill;
mod kit;
