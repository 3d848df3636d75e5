//! The slots of a server, and the queue before them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::capacity::Capacity;

/// The queue was full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct QueueFull;

/// The slots of a server, taken in the order of arrival.
#[derive(Debug)]
pub(crate) struct Slots {
    free: Arc<Semaphore>,
    waiting: AtomicUsize,
    queue_max: usize,
}

/// A taken slot, and since when; free again when dropped.
#[derive(Debug)]
pub(crate) struct Slot {
    _permit: OwnedSemaphorePermit,
    since: Instant,
}

impl Slot {
    /// How long it has been taken.
    pub(crate) fn held(&self) -> Duration {
        self.since.elapsed()
    }
}

impl Slots {
    pub(crate) fn new(capacity: &Capacity) -> Self {
        Self {
            free: Arc::new(Semaphore::new(capacity.slots)),
            waiting: AtomicUsize::new(0),
            queue_max: capacity.queue_max.unwrap_or(usize::MAX),
        }
    }

    /// Takes a slot, after those who came before.
    pub(crate) async fn take(&self) -> Result<Slot, QueueFull> {
        let free = Arc::clone(&self.free);
        let taken = match Arc::clone(&free).try_acquire_owned() {
            Ok(permit) => Ok(permit),
            Err(_) if self.waiting.load(Ordering::Relaxed) >= self.queue_max => {
                return Err(QueueFull);
            }
            Err(_) => {
                let _waits = Waits::new(&self.waiting);
                free.acquire_owned().await
            }
        };
        // The semaphore is never closed, so there is no other way to fail.
        let permit = taken.map_err(|_| QueueFull)?;
        Ok(Slot { _permit: permit, since: Instant::now() })
    }
}

/// Counts one who waits, until dropped: the client may go away in between.
struct Waits<'a>(&'a AtomicUsize);

impl<'a> Waits<'a> {
    fn new(waiting: &'a AtomicUsize) -> Self {
        waiting.fetch_add(1, Ordering::Relaxed);
        Self(waiting)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::task::JoinSet;

    fn capacity(slots: usize, queue_max: Option<usize>) -> Capacity {
        Capacity { slots, queue_max, ..Capacity::default() }
    }

    /// Sends `n` requests of 100 ms each at once; the milliseconds at which each is done.
    async fn ends(slots: Slots, n: usize) -> Vec<Option<u128>> {
        let slots = Arc::new(slots);
        let start = Instant::now();
        let mut tasks = JoinSet::new();
        for number in 0..n {
            let slots = Arc::clone(&slots);
            tasks.spawn(async move {
                let slot = slots.take().await.ok();
                if slot.is_some() {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                (number, slot.map(|slot| slot.held()).map(|_| start.elapsed().as_millis()))
            });
        }
        let mut ends = tasks.join_all().await;
        ends.sort_unstable();
        ends.into_iter().map(|(_, end)| end).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn two_slots_serve_in_order_of_arrival() {
        let ends = ends(Slots::new(&capacity(2, None)), 8).await;
        assert_eq!(ends, [100, 100, 200, 200, 300, 300, 400, 400].map(Some));
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_queue_turns_away() {
        let ends = ends(Slots::new(&capacity(1, Some(2))), 5).await;
        assert_eq!(ends, [Some(100), Some(200), Some(300), None, None]);
    }
}
