//! The writer: takes batches, and tells when they are durable.
//!
//! One thread takes all that waits, commits it as one transaction and says so. While it commits,
//! more comes to wait: the busier the run, the larger the groups. Only while the caller has other
//! work does a commit wait a little for company; then the thread sleeps, so that handing a batch
//! over wakes nobody.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, OnceLock};
use std::thread::{Builder, JoinHandle, park_timeout};
use std::time::{Duration, Instant};

use speciate_types::NanoUsd;

use crate::commit::Committer;
use crate::notes::NoteBoard;
use crate::{Batch, Learned, StoreError};

/// Told, on the writer's thread, how many batches are durable, or once why no more will be.
pub type OnCommit = Box<dyn FnMut(Result<u64, StoreError>) + Send>;

/// Batches of one transaction at most.
const GROUP_MAX: usize = 256;
/// Batches that wait at most.
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
    Batch(Box<Batch>),
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
    /// Batches that a commit waits for, so that they share it.
    company: AtomicU32,
    /// Batches that were handed over and not taken yet.
    waiting: AtomicU32,
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
    /// It is durable once a commit of so many batches was told. Waits while 1,024 batches wait.
    ///
    /// # Errors
    ///
    /// [`StoreError::Poisoned`] after an earlier failure.
    pub fn submit(&mut self, batch: Batch) -> Result<u64, StoreError> {
        let work = Work::Batch(Box::new(batch));
        let waiting = self.shared.waiting.fetch_add(1, Ordering::AcqRel) + 1;
        let is_taken = self.sender.as_ref().is_some_and(|sender| sender.send(work).is_ok());
        if !is_taken {
            return Err(self.poisoned());
        }
        if waiting == self.shared.enough() {
            self.wake();
        }
        self.submitted += 1;
        Ok(self.submitted)
    }

    /// Ends the wait for company.
    fn wake(&self) {
        if let Some(thread) = &self.thread {
            thread.thread().unpark();
        }
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

    /// Says for how many batches a commit is to wait, at most 25 ms: more than one where the caller
    /// has other work meanwhile and so many are little to lose. 0 and 1 mean that none waits.
    pub fn set_company(&self, batches: u32) {
        if self.shared.company.swap(batches, Ordering::AcqRel) > batches {
            self.wake();
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
            self.shared.company.store(0, Ordering::Release);
            self.wake();
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
        let (group, ending) = next_group(receiver, shared);
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

impl Shared {
    /// How many waiting batches are enough for a commit.
    fn enough(&self) -> u32 {
        self.company.load(Ordering::Acquire).min(GROUP_MAX as u32)
    }
}

/// How long a commit may wait for company while the caller has other work for its slots.
const PATIENCE: Duration = Duration::from_millis(25);

/// All that waits, after waiting for one; and the ending, if it has come. Without batches and
/// ending there are notes to store.
fn next_group(receiver: &Receiver<Work>, shared: &Shared) -> (Vec<Batch>, Option<Ending>) {
    let Ok(first) = receiver.recv() else {
        return (Vec::new(), Some(Ending { how: "dropped".to_owned(), in_flight_max: 0 }));
    };
    if matches!(first, Work::Batch(_)) {
        wait_for_company(shared);
    }
    let mut group = Vec::new();
    let mut next = Some(first);
    while let Some(work) = next {
        match work {
            Work::Batch(batch) => {
                group.push(*batch);
                shared.waiting.fetch_sub(1, Ordering::AcqRel);
            }
            Work::Notes => {}
            Work::Close(ending) => return (group, Some(ending)),
        }
        next = if group.len() < GROUP_MAX { receiver.try_recv().ok() } else { None };
    }
    (group, None)
}

/// Sleeps until enough batches wait, the caller has nothing else to do, or patience ends.
fn wait_for_company(shared: &Shared) {
    let began = Instant::now();
    while shared.waiting.load(Ordering::Acquire) < shared.enough() {
        let left = PATIENCE.saturating_sub(began.elapsed());
        if left.is_zero() {
            return;
        }
        park_timeout(left);
    }
}
