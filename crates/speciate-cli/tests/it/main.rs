//! Black-box tests of the program: what it prints, how it ends, what it leaves behind.
//!
//! The binary `run` beside this one holds the tests of signals, locks and byte-equal resume.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod demo;
mod doctor;
mod errors;
mod faults;
mod kit;
mod money;
mod secrets;
mod seeds;
mod stops;
mod walk;
