//! The engine against a scripted model, a real store and paused time.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod faults;
mod hold;
mod kit;
mod late;
mod limits;
mod makespan;
mod panics;
mod pools;
mod resume;
mod shown;
mod stop;
mod unproven;
