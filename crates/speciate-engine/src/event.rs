//! What can happen to a run, and what it then wants done.

use speciate_store::Batch;
use speciate_types::{CallError, ChatRequest, ChatResponse, ErrorClass};

/// Something that happened.
#[derive(Debug)]
pub enum Event {
    /// Time has passed.
    Tick,
    /// A try in flight has ended.
    Ended {
        /// The number from [`Command::Send`].
        number: u64,
        /// Its answer or error.
        result: Result<ChatResponse, CallError>,
    },
    /// A bug of ours ended a try in a panic.
    Panicked {
        /// The number from [`Command::Send`].
        number: u64,
        /// What the panic said.
        message: String,
    },
    /// The store has made all batches up to this number durable.
    Committed {
        /// Batches so far.
        batches: u64,
    },
    /// Launch nothing more; end when the calls in flight have ended.
    StopAsked,
    /// Give the calls in flight up, now.
    AbortAsked,
}

/// Something to do.
#[derive(Debug)]
pub enum Command {
    /// Make one try of a call.
    Send {
        /// Names it in [`Event::Ended`].
        number: u64,
        /// Index into the plan's models.
        model: usize,
        /// What to send.
        request: Box<ChatRequest>,
    },
    /// Give this try up; it is not answered any more.
    Cancel {
        /// The number from [`Command::Send`].
        number: u64,
    },
    /// Make this durable; it is answered by [`Event::Committed`].
    Store(Box<Batch>),
    /// Drop every call in flight.
    Abort,
    /// Tell the person.
    Notice(Notice),
    /// End the run: call after call ended in a panic, which said this.
    Panic(String),
    /// Nothing is left to do.
    Finish(Ending),
}

/// A role none of whose calls was ever answered.
#[derive(Debug, Clone, PartialEq)]
pub struct NeverWorked {
    /// Its name, for example `evolver`.
    pub role: String,
    /// How many of its calls failed for good.
    pub calls: u64,
    /// The most frequent of their errors.
    pub error: CallError,
}

/// Why a run stopped before its work was done.
#[derive(Debug, Clone, PartialEq)]
pub enum StopReason {
    /// The next call could pass the cost limit.
    Budget,
    /// The endpoint will take nothing until a person acts.
    Endpoint(CallError),
    /// The endpoint has answered nothing for too long.
    Outage(CallError),
    /// Call after call of a role has failed, and none of it has ever worked in this run. What failed
    /// is not stored.
    NeverWorked(NeverWorked),
    /// A person or the system asked.
    Asked,
}

impl StopReason {
    /// The error class behind it, if a call led to it.
    pub fn class(&self) -> Option<ErrorClass> {
        match self {
            Self::Endpoint(error) | Self::Outage(error) => Some(error.class),
            Self::NeverWorked(role) => Some(role.error.class),
            Self::Budget | Self::Asked => None,
        }
    }
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Ending {
    /// All work is done.
    Done,
    /// It can be continued.
    Stopped(StopReason),
}

/// What a notice is about; a display shows at most one of a kind in a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoticeKind {
    /// The endpoint refused for load.
    RateLimited,
    /// The endpoint does not answer.
    Outage,
    /// A try failed and is made again.
    Retry,
    /// An endpoint is left out from here on.
    LeftOut,
    /// An endpoint refuses a parameter, which is left out since.
    Learned,
    /// A token limit cut many answers, and is larger since.
    Raised,
    /// What a person may want to change.
    Advice,
    /// This machine is short of something.
    Local,
    /// A call met a bug of ours.
    Bug,
    /// The run is stopping.
    Stopping,
}

/// A line for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What it is about.
    pub kind: NoticeKind,
    /// The line.
    pub message: String,
}
