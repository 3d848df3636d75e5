//! Runs any work made of model calls: limits, retries, budget, store, resume.
//!
//! [`State`] is the whole logic, a pure state machine: no IO, no clock, no async. The dispatcher
//! ([`run`]) owns it and speaks by messages with the calls in flight, the store's writer and the
//! display. Nothing else shares state.
//!
//! This room must never know what the work is about (evolving, judging, answering a test set),
//! nor recipes, terminals or file formats. What it runs is a [`speciate_types::Job`].

mod breaker;
mod dispatcher;
mod event;
mod lane;
mod lessons;
mod pace;
mod plan;
mod progress;
mod ready;
mod replay;
mod state;

pub use dispatcher::{Control, EngineError, Observer, RunOptions, RunSummary, run};
pub use event::{Command, Ending, Event, NeverWorked, Notice, NoticeKind, StopReason};
pub use lessons::sentences as lessons_in_words;
pub use plan::{LanePlan, Lateness, ModelPlan, Plan, RolePlan};
pub use progress::{LaneProgress, Progress};
pub use replay::{Past, ReplayError, Replayed, replay};
pub use state::State;
