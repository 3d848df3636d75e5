//! The evolution as a job, driven by a scripted world in any order, stopped and resumed anywhere.

mod laws;
mod stories;
mod world;
