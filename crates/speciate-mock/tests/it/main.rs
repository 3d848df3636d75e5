//! The mock server as its clients see it: raw bytes over loopback.

mod answers;
mod client;
mod faults;
mod http;
mod server;
mod streams;
