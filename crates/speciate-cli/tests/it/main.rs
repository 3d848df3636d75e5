//! Black-box tests of the program: what it prints, how it ends, what it leaves behind.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot go on has failed, and one that is skipped says so"
)]

mod advice;
mod again;
mod catalogue;
mod check;
mod clock;
mod crash;
mod demo;
mod doctor;
mod errors;
mod faults;
mod following;
mod images;
mod kills;
mod kit;
mod learned;
mod mock;
mod money;
mod numbers;
mod recipes;
mod resume;
mod rows;
mod secrets;
mod seeds;
mod servers;
mod status;
mod stops;
#[cfg(target_os = "linux")]
mod system;
mod talk;
mod targets;
mod tree;
mod walk;
