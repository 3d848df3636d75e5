//! Tests of the room on real and made data.
//!
//! Data sets lie beside the checkout and not in it; a test that lacks its data says so and passes.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests print what they measured and fail by unwrapping, helpers included"
)]

mod announcements;
mod begun;
mod chains;
mod data;
mod draws;
mod elimination_cases;
mod envelope;
mod languages;
mod operators;
mod parsers;
mod prompts;
mod rules;
mod rules_on_kinds;
mod switches;
mod traps;
mod work_again;
mod work_laws;
mod work_seeds;
mod work_standard;
mod work_stories;
mod work_target;
mod work_world;
