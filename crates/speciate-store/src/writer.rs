//! The writer: takes batches, and tells when they are durable.
//!
//! One thread takes all that waits, commits it as one transaction and says so. While it commits,
//! more comes to wait: the busier the run, the larger the groups. Batches that are handed over
//! together are committed together.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, OnceLock};
use std::thread::{Builder, JoinHandle};

use crate::commit::Committer;
use crate::{Batch, StoreError};

/// Told, on the writer's thread, how many batches are durable, or once why no more will be.
pub type OnCommit = Box<dyn FnMut(Result<u64, StoreError>) + Send>;

/// From so many batches on a transaction takes no more.
const GROUP_MAX: usize = 256;
/// So often may be handed over before the caller has to wait.
const WAITING_MAX: usize = 1_024;

/// Writes to a run until it is closed or the first failure.
///
/// Dropped without [`Writer::close`] it still makes durable what was submitted.
#[derive(Debug)]
pub struct Writer {
    sender: Option<SyncSender<Work>>,
    thread: Option<JoinHandle<Result<(), StoreError>>>,
    submitted: u64,
    shared: Arc<Shared>,
}

#[derive(Debug)]
enum Work {
    Batches(Vec<Batch>),
    Close(Ending),
}

#[derive(Debug)]
struct Ending {
    how: String,
    in_flight_max: u32,
}

/// What both sides see.
#[derive(Debug, Default)]
struct Shared {
    /// Set once by the failure that ended all writing.
    poison: OnceLock<String>,
    in_flight_max: AtomicU32,
}

impl Writer {
    pub(crate) fn start(committer: Committer, on_commit: OnCommit) -> Self {
        let (sender, receiver) = sync_channel(WAITING_MAX);
        let shared = Arc::new(Shared::default());
        let of_thread = Arc::clone(&shared);
        let thread = Builder::new()
            .name("run-writer".to_owned())
            .spawn(move || serve(committer, &receiver, on_commit, &of_thread));
        let thread = match thread {
            Ok(thread) => Some(thread),
            Err(error) => {
                shared.poison.get_or_init(|| format!("cannot start the writer: {error}"));
                None
            }
        };
        Self { sender: Some(sender), thread, submitted: 0, shared }
    }

    /// Hands a batch over and returns its number in this session, from 1.
    ///
    /// It is durable once a commit of so many batches was told. Waits while 1,024 others wait.
    ///
    /// # Errors
    ///
    /// [`StoreError::Poisoned`] after an earlier failure.
    pub fn submit(&mut self, batch: Batch) -> Result<u64, StoreError> {
        self.submit_all(vec![batch])
    }

    /// Hands batches over that are to share a commit, and returns the number of the last one.
    ///
    /// # Errors
    ///
    /// [`StoreError::Poisoned`] after an earlier failure, if there is any batch.
    pub fn submit_all(&mut self, batches: Vec<Batch>) -> Result<u64, StoreError> {
        if batches.is_empty() {
            return Ok(self.submitted);
        }
        let n_batches = batches.len() as u64;
        let work = Work::Batches(batches);
        let is_taken = self.sender.as_ref().is_some_and(|sender| sender.send(work).is_ok());
        if !is_taken {
            return Err(self.poisoned());
        }
        self.submitted += n_batches;
        Ok(self.submitted)
    }

    /// Notes that `in_flight` calls are in flight, so that the most of them is known after a
    /// crash too. It is stored with the next commit.
    pub fn note_in_flight(&self, in_flight: u32) {
        self.shared.in_flight_max.fetch_max(in_flight, Ordering::Relaxed);
    }

    /// Makes all that was submitted durable, ends the session and releases the lock.
    ///
    /// # Errors
    ///
    /// The failure that ended all writing, even if it was told before.
    pub fn close(mut self, ended_how: &str, in_flight_max: u32) -> Result<(), StoreError> {
        self.end(ended_how, in_flight_max)
    }

    fn end(&mut self, how: &str, in_flight_max: u32) -> Result<(), StoreError> {
        if let Some(sender) = self.sender.take() {
            let ending = Ending { how: how.to_owned(), in_flight_max };
            // It fails only if the thread has ended, and the thread's result says why.
            let _ = sender.send(Work::Close(ending));
        }
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(result)) => result,
            Some(Err(_)) => {
                self.shared.poison.get_or_init(|| "the writer panicked".to_owned());
                Err(self.poisoned())
            }
            None => Err(self.poisoned()),
        }
    }

    fn poisoned(&self) -> StoreError {
        let reason = self.shared.poison.get();
        let reason = reason.map_or("the writer has ended", String::as_str).to_owned();
        StoreError::Poisoned { reason }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if self.sender.is_some() {
            let _ = self.end("dropped", 0);
        }
    }
}

/// The thread: commits until the end, or until the first failure.
fn serve(
    mut committer: Committer,
    receiver: &Receiver<Work>,
    mut on_commit: OnCommit,
    shared: &Shared,
) -> Result<(), StoreError> {
    match commit_all(&mut committer, receiver, &mut on_commit, shared) {
        Ok(ending) => {
            let in_flight = ending.in_flight_max.max(shared.in_flight_max.load(Ordering::Relaxed));
            committer.finish(&ending.how, in_flight)
        }
        Err(error) => {
            shared.poison.get_or_init(|| error.to_string());
            committer.abandon();
            on_commit(Err(error.clone()));
            Err(error)
        }
    }
}

fn commit_all(
    committer: &mut Committer,
    receiver: &Receiver<Work>,
    on_commit: &mut OnCommit,
    shared: &Shared,
) -> Result<Ending, StoreError> {
    committer.begin()?;
    let mut committed = 0;
    loop {
        let (group, ending) = next_group(receiver);
        if !group.is_empty() {
            let in_flight = shared.in_flight_max.load(Ordering::Relaxed);
            let result = committer.commit(&group, in_flight);
            let n_durable =
                result.as_ref().map_or_else(|refused| refused.committed, |()| group.len());
            committed += n_durable as u64;
            if n_durable > 0 {
                on_commit(Ok(committed));
            }
            result.map_err(|refused| refused.error)?;
        }
        if let Some(ending) = ending {
            return Ok(ending);
        }
    }
}

/// All that waits, after waiting for one; and the ending, if it has come.
fn next_group(receiver: &Receiver<Work>) -> (Vec<Batch>, Option<Ending>) {
    let Ok(first) = receiver.recv() else {
        return (Vec::new(), Some(Ending { how: "dropped".to_owned(), in_flight_max: 0 }));
    };
    let mut group = Vec::new();
    let mut next = Some(first);
    while let Some(work) = next {
        match work {
            Work::Batches(batches) => group.extend(batches),
            Work::Close(ending) => return (group, Some(ending)),
        }
        next = if group.len() < GROUP_MAX { receiver.try_recv().ok() } else { None };
    }
    (group, None)
}
