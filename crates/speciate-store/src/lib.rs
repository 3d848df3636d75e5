//! The durable record of work made of model calls: one SQLite file, `run.db`, in a directory.
//!
//! [`RunStore`] creates or opens a run under an OS lock and reads back what earlier sessions
//! stored; [`RunStore::into_writer`] turns it into a [`Writer`], whose one thread commits
//! whatever waits as one transaction and then says so. [`RunReader`] reads beside the writer or
//! after it, without a lock. What was acknowledged survives `kill -9` and power loss; what was
//! stored is never replaced, only set aside for what is made again; every body has a checksum that is verified on every read.
//!
//! This room knows calls, records and their bytes. It must never know what a record means, an
//! operator, a prompt or a provider; it must not use an async runtime, read the wall clock or
//! make a call. The one exception is the SQL view `instructions`, which is part of the file
//! format: see [`schema`].

mod aside;
mod body;
mod call;
mod commit;
mod db;
mod directory;
mod error;
mod info;
mod lock;
mod notes;
mod pace;
mod reader;
mod record;
mod room;
pub mod schema;
mod session;
mod store;
mod tally;
mod verify;
mod writer;

pub use call::{Batch, CallRow, CallSummary};
pub use directory::network_disk;
pub use error::StoreError;
pub use info::RunInfo;
pub use lock::Holder;
pub use notes::Learned;
pub use pace::Pace;
pub use reader::{RecordsInOrder, RunReader};
pub use session::Session;
pub use store::RunStore;
pub use tally::{CallTally, Totals};
pub use verify::{Problem, VerifyReport};
pub use writer::{OnCommit, Writer};
