//! The durable record against a model, against crashes, and against damage.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test ends where it is surprised, and says what it skips"
)]

mod aside;
mod crash;
mod damage;
mod disk;
mod files;
mod format;
mod lock;
mod model;
mod notes;
mod power;
mod round_trip;
mod support;
mod sync_failure;
mod views;
mod writer;
