//! The writer: takes batches, and tells when they are durable.
//!
//! One thread takes all that waits, commits it as one transaction and says so. While it commits,
//! more comes to wait: the busier the run, the larger the groups. Batches that are handed over
//! together are committed together.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, OnceLock};
use std::thread::{Builder, JoinHandle};

use speciate_types::NanoUsd;

use crate::commit::Committer;
use crate::notes::NoteBoard;
use crate::{Batch, Learned, StoreError};

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
    /// What was at risk before this session.
    at_risk_before: NanoUsd,
    /// By how much that had grown when it was last given to the thread by itself.
    growth_given: NanoUsd,
}

#[derive(Debug)]
enum Work {
    Batches(Vec<Batch>),
    /// What was noted is to be stored without waiting for a batch.
    Notes,
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
    notes: NoteBoard,
}

impl Writer {
    pub(crate) fn start(committer: Committer, at_risk: NanoUsd, on_commit: OnCommit) -> Self {
        let (sender, receiver) = sync_channel(WAITING_MAX);
        let shared = Arc::new(Shared { notes: NoteBoard::new(at_risk), ..Shared::default() });
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
        let (at_risk_before, growth_given) = (at_risk, NanoUsd(0));
        Self { sender: Some(sender), thread, submitted: 0, shared, at_risk_before, growth_given }
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
        self.shared.notes.note_in_flight(in_flight);
    }

    /// Notes what calls may have cost by now without a stored answer, those in flight and those of
    /// earlier sessions included.
    ///
    /// It is stored with the next commit, or at once if it has grown by a quarter since: so a
    /// process that dies again and again before its first answer does not spend without end.
    pub fn note_at_risk(&mut self, at_risk: NanoUsd) {
        self.shared.notes.note_at_risk(at_risk);
        let growth = at_risk.saturating_sub(self.at_risk_before);
        let enough = self.growth_given.saturating_add(NanoUsd(self.growth_given.0 / 4 + 1));
        if growth >= enough {
            self.growth_given = growth;
            self.store_notes();
        }
    }

    /// Notes all that is known of what endpoints do not take. It is stored soon, with a batch or
    /// without one.
    pub fn note_learned(&self, learned: Vec<Learned>) {
        self.shared.notes.note_learned(learned);
        self.store_notes();
    }

    /// While so much waits that nothing more is taken, the next commit is near.
    fn store_notes(&self) {
        if let Some(sender) = &self.sender {
            let _ = sender.try_send(Work::Notes);
        }
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
            shared.notes.note_in_flight(ending.in_flight_max);
            committer.finish(&ending.how, &shared.notes.take_last())
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
        if !group.is_empty() || ending.is_none() {
            let result = committer.commit(&group, &shared.notes.take());
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

/// All that waits, after waiting for one; and the ending, if it has come. Without batches and
/// ending there are notes to store.
fn next_group(receiver: &Receiver<Work>) -> (Vec<Batch>, Option<Ending>) {
    let Ok(first) = receiver.recv() else {
        return (Vec::new(), Some(Ending { how: "dropped".to_owned(), in_flight_max: 0 }));
    };
    let mut group = Vec::new();
    let mut next = Some(first);
    while let Some(work) = next {
        match work {
            Work::Batches(batches) => group.extend(batches),
            Work::Notes => {}
            Work::Close(ending) => return (group, Some(ending)),
        }
        next = if group.len() < GROUP_MAX { receiver.try_recv().ok() } else { None };
    }
    (group, None)
}
