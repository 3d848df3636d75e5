//! What was seen, without a judgement.

use std::path::PathBuf;

use speciate_store::Learned;
use speciate_types::{CallError, ChatResponse, UnixMillis};

use crate::recipe::ConcurrencySetting;

/// All that was seen.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The recipe.
    pub recipe: RecipeFacts,
    /// The seeds, if any were named.
    pub seeds: Option<SeedFacts>,
    /// The embedded model, if a role uses it.
    pub embedded: Option<EmbeddedFacts>,
    /// Each distinct pair of address and key.
    pub endpoints: Vec<EndpointFacts>,
    /// Where the run is kept.
    pub disk: DiskFacts,
    /// Open files; `None` without connections, and where the system does not say.
    pub descriptors: Option<DescriptorFacts>,
    /// The wall clock.
    pub now: UnixMillis,
    /// The run in the directory.
    pub run: RunFacts,
}

/// The recipe as far as it matters here.
#[derive(Debug, Clone, PartialEq)]
pub enum RecipeFacts {
    /// It cannot be used.
    Broken {
        /// Why not.
        message: String,
        /// What to do about it.
        hint: Option<String>,
        /// The exit code of `run`.
        exit_code: u8,
    },
    /// Nothing is left open.
    Sound {
        /// Its name.
        name: String,
        /// Evolutions of each lineage.
        rounds: u32,
        /// Evolver, judge and responder.
        roles: Vec<RoleFacts>,
        /// Calls in flight.
        concurrency: ConcurrencySetting,
        /// Sequences of the embedded model, if all roles use it.
        embedded_slots: Option<u32>,
        /// Requests a minute at most.
        requests_per_minute: Option<u64>,
        /// Tokens a minute at most.
        tokens_per_minute: Option<u64>,
        /// The hard limit on money.
        max_cost_usd: Option<f64>,
    },
}

/// Where a role's calls go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleFacts {
    /// `evolver`, `judge` or `responder`.
    pub role: &'static str,
    /// The model, if it is decided.
    pub model: Option<String>,
    /// The endpoint's address without credentials, or `embedded`.
    pub place: String,
}

/// What the seeds come to.
#[derive(Debug, Clone, PartialEq)]
pub enum SeedFacts {
    /// They can be used.
    Read {
        /// How many.
        seeds: u64,
        /// Calls at most.
        calls: u64,
        /// Bytes that the run will take on disk, roughly.
        disk_bytes: u64,
    },
    /// They cannot.
    Broken {
        /// Why not.
        message: String,
        /// What to do about it.
        hint: Option<String>,
    },
}

/// The embedded model on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmbeddedFacts {
    /// Whether this build has the engine.
    pub is_built_in: bool,
    /// Name and size of the weights in bytes; `None` when none is here; or why it cannot be used.
    pub model: Result<Option<(String, u64)>, String>,
    /// The first instruction set that the engine needs and the processor lacks.
    pub missing_instructions: Option<&'static str>,
    /// Memory that can be had, in bytes.
    pub memory_bytes: Option<u64>,
}

/// How the way to an address leads past a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proxy {
    /// No variable names one.
    None,
    /// This variable does, and it is used. Its value may hold a login and is not kept.
    Used(&'static str),
    /// This variable does, but the address is on this machine.
    SkippedForLoopback(&'static str),
    /// This variable does, but `NO_PROXY` excepts the host.
    SkippedByList(&'static str),
}

/// The variable of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// It is not set, or blank.
    Unset,
    /// It holds something.
    Set,
    /// It holds bytes that no header can carry.
    Unsendable,
}

/// One address with one key.
#[derive(Debug, Clone)]
pub struct EndpointFacts {
    /// The address without credentials, or why it is none.
    pub address: Result<String, String>,
    /// The variable that holds the key, for people; a name that may itself be a key is not kept.
    pub key_variable: String,
    /// What it holds.
    pub key: Key,
    /// The way there.
    pub proxy: Proxy,
    /// Its list of models; `None` when it could not be asked at all.
    pub listing: Option<Listing>,
    /// Another address nearby that does list models, when this one does not.
    pub better_address: Option<String>,
    /// The models that are used there.
    pub models: Vec<ModelFacts>,
}

/// What came of asking for the list of models.
#[derive(Debug, Clone)]
pub struct Listing {
    /// Milliseconds until it was there, connecting included.
    pub latency_ms: u64,
    /// The names, sorted.
    pub result: Result<Vec<String>, CallError>,
}

/// One model at one endpoint.
#[derive(Debug, Clone)]
pub struct ModelFacts {
    /// Whose it is.
    pub roles: Vec<&'static str>,
    /// What the recipe says.
    pub named: Option<String>,
    /// What `run` would call; `None` when it would refuse to choose.
    pub chosen: Option<String>,
    /// Whether its price is known.
    pub is_price_known: bool,
    /// Whether calls cost nothing.
    pub is_free: bool,
    /// The call, if one was made.
    pub call: Option<CallFacts>,
    /// What came of a long prompt, if one was sent.
    pub long_call: Option<Result<ChatResponse, CallError>>,
}

/// What came of one small call.
#[derive(Debug, Clone)]
pub struct CallFacts {
    /// Milliseconds until the answer was there.
    pub latency_ms: u64,
    /// Our clock when it was there.
    pub ended_unix_s: u64,
    /// The answer.
    pub result: Result<ChatResponse, CallError>,
}

/// The disk under the run's directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiskFacts {
    /// The run's directory.
    pub directory: PathBuf,
    /// Why nothing can be written there.
    pub refusal: Option<String>,
    /// Whether that is for want of room.
    pub is_full: bool,
    /// The kind of network file system that it lies on.
    pub network: Option<&'static str>,
    /// Free space for this user.
    pub free_bytes: Option<u64>,
    /// Files that can still be made; `None` where there is no such limit.
    pub free_files: Option<u64>,
    /// What the run will take, roughly; `None` when the seeds are not known.
    pub need_bytes: Option<u64>,
}

/// Open files and sockets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DescriptorFacts {
    /// How many this process may have open.
    pub soft: u64,
    /// How far that can be raised without rights.
    pub hard: u64,
    /// Connections that the recipe may open at once.
    pub connections: u64,
    /// Whether that number is only the most that `auto` may try.
    pub is_auto: bool,
}

/// The run in the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunFacts {
    /// There is none yet.
    None,
    /// It was opened as `run` does it, and closed again.
    Opens {
        /// Its id.
        run_id: String,
        /// What it has learned of endpoints.
        learned: Vec<Learned>,
    },
    /// It cannot be opened: locked, damaged, newer, not writable.
    Refused {
        /// The exit code of `run`.
        exit_code: u8,
        /// Why.
        message: String,
        /// What to do about it.
        hint: Option<String>,
    },
}
