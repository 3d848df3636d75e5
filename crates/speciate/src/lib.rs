//! Evolve a few instructions into a large, hard, varied, audited training set.
//!
//! The library behind the `speciate` command: read a [`recipe`], open a [`project`], [`plan`] it,
//! run it, look at it ([`status`], [`tree`]) and [`export`] it. The [`doctor`] says what would stand
//! in a run's way.
//!
//! This room joins the ones below. It must never know terminals, command lines, HTTP serving or
//! Python.

mod clock;
pub mod demo;
pub mod doctor;
pub mod environment;
mod error;
pub mod explain;
pub mod export;
pub mod home;
pub mod measure;
pub mod models;
pub mod numbers;
pub mod output;
pub mod pending;
pub mod plan;
pub mod prices;
pub mod project;
pub mod recipe;
pub mod status;
pub mod text;
pub mod tree;
pub mod trust;

pub use clock::SystemClock;
pub use error::Error;
pub use speciate_data as data;
pub use speciate_engine as engine;
pub use speciate_evolve as evolve;
pub use speciate_llm as llm;
pub use speciate_store as store;
pub use speciate_types as types;
