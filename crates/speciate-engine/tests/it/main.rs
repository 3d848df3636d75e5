//! The engine against a scripted model, a real store and paused time.

mod faults;
mod kit;
mod limits;
mod resume;
mod stop;
