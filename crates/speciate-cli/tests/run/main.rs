//! The real program against a mock server in this process: killed, interrupted, refused, resumed.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod endings;
mod kill;
mod kit;
