//! Everything that can go wrong on request.

mod anthropic;
mod bodies;
mod kind;
mod plan;
mod script;
mod short;
mod spoil;

pub(crate) use anthropic::{anthropic_error, anthropic_type};
pub use kind::FaultKind;
pub(crate) use kind::Stage;
pub(crate) use plan::{Case, End, Play, Step, message, plan};
pub(crate) use script::Picker;
pub use script::{FaultRule, FaultScript, HitBy, ScriptError};
