//! The evolution as a job, driven by a scripted world in any order, stopped and resumed anywhere.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod laws;
mod stories;
mod world;
