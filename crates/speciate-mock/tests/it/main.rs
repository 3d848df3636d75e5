//! The mock server as its clients see it: raw bytes over loopback.

#![expect(clippy::unwrap_used, clippy::panic, reason = "the helpers of tests fail as tests do")]

mod answers;
mod anthropic;
mod client;
mod faults;
mod http;
mod server;
mod streams;
