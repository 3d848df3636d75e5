//! What people see of this room: files in, seeds and problems out, and the way back.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod catalogue;
mod export;
mod files;
mod json_suite;
mod kit;
mod laws;
mod messy;
mod notes;
mod problems;
mod real;
mod shapes;
