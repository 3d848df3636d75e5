//! Work made of model calls, as a pure state machine.

use std::collections::BTreeMap;
use std::fmt::Debug;

use crate::{CallKey, CallOutcome, ChatRequest, Ticket};

/// Which model a call goes to: an index into the run's list of roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Role(pub u8);

/// A call that a job wants made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// The job's number for it.
    pub ticket: Ticket,
    /// Which model answers.
    pub role: Role,
    /// Calls that still depend on this one. A free slot goes to the largest, so that all ends together.
    pub remaining: u32,
    /// Calls of one kin and role may have answers of about the same length. Whether they have is
    /// learned; if so, those with long ones count for more.
    pub kin: u64,
}

/// A record for the run's store: written once for each kind and id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRecord {
    /// What it is, for example `instruction`.
    pub kind: &'static str,
    /// Its id within the kind.
    pub id: String,
    /// Where it stands in exports, ascending; independent of when it was stored.
    pub position: u128,
    /// The record as JSON.
    pub body: String,
}

/// What follows from an event: calls to make and records to store.
#[derive(Debug, Clone, Default)]
pub struct Step {
    /// Calls to make.
    pub wanted: Vec<Wanted>,
    /// Records to store, in this order, in one transaction with the call that led to them.
    pub records: Vec<StoredRecord>,
}

/// What a job has reached, for displays and summaries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Results that count.
    pub kept: u64,
    /// Of these, inputs themselves.
    pub kept_inputs: u64,
    /// Dropped, by rule.
    pub eliminated: BTreeMap<String, u64>,
    /// Failed, by cause.
    pub failed: BTreeMap<String, u64>,
    /// Checks without an answer, by rule.
    pub invalid: BTreeMap<String, u64>,
    /// What the first of each of these said, by the same names.
    pub quotes: BTreeMap<String, String>,
    /// Inputs in all.
    pub items: u64,
    /// Inputs with nothing left to do.
    pub items_done: u64,
    /// Estimate of the calls still to come.
    pub calls_ahead: u64,
}

/// A stored record could not be read back.
#[derive(Debug, thiserror::Error)]
#[error("cannot read stored record `{id}`: {reason}")]
pub struct JobError {
    /// Which record.
    pub id: String,
    /// What was wrong.
    pub reason: String,
}

/// Work made of model calls.
///
/// An implementation is pure and deterministic: no IO, no clock, and no randomness but what is
/// keyed by ids. What it wants must not depend on the order in which calls are answered. Resume
/// is replay: a new job is given the stored records by [`Job::restore`], then [`Job::begin`]
/// asks for calls; a call whose key is already stored is answered from the store.
pub trait Job: Debug {
    /// Folds a stored record back in. Called once for each, in the order of storing, before
    /// [`Job::begin`].
    fn restore(&mut self, record: &StoredRecord) -> Result<(), JobError>;

    /// Says what to store and to ask first, a part at a time so that large inputs need little
    /// memory; `None` when all has been said.
    fn begin(&mut self) -> Option<Step>;

    /// The key of a wanted call.
    fn key(&self, ticket: Ticket) -> CallKey;

    /// The request of a wanted call. Built late, so that waiting calls cost little memory.
    fn request(&self, ticket: Ticket) -> ChatRequest;

    /// Takes a call's outcome.
    fn answered(&mut self, ticket: Ticket, outcome: CallOutcome) -> Step;

    /// What has been reached.
    fn tally(&self) -> Tally;
}
