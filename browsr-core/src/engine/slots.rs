//! The limit on sessions: slots, who waits for one, and idle sessions that give way.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Shared;
use super::registry::CloseReason;
use crate::context::OpContext;
use crate::error::{Error, ErrorKind, Result};

/// So many slots, given out in the order of asking.
pub(super) struct Slots {
    free: Arc<Semaphore>,
    waiting: AtomicUsize,
}

/// One slot; free again when dropped.
#[derive(Debug)]
pub(super) struct Slot {
    _permit: OwnedSemaphorePermit,
}

impl Slots {
    pub(super) fn new(count: usize) -> Self {
        Self { free: Arc::new(Semaphore::new(count)), waiting: AtomicUsize::new(0) }
    }

    /// Gives out no more, and sends away who waits.
    pub(super) fn close(&self) {
        self.free.close();
    }

    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Acquire)
    }
}

/// Counts somebody who waits, for as long as they do.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::AcqRel);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Shared {
    /// Takes a slot, waiting until the deadline; idle sessions that were made on the fly give way, oldest first.
    pub(super) async fn acquire_slot(self: &Arc<Self>, patience: &OpContext) -> Result<Slot> {
        if let Ok(permit) = Arc::clone(&self.slots.free).try_acquire_owned() {
            return Ok(Slot { _permit: permit });
        }
        self.check_open()?;
        let _waiting = Waiting::new(&self.slots.waiting);
        self.make_room();
        let permit = Arc::clone(&self.slots.free).acquire_owned();
        match tokio::time::timeout_at(patience.deadline().into(), permit).await {
            Ok(Ok(permit)) => Ok(Slot { _permit: permit }),
            Ok(Err(_)) => Err(Error::new(ErrorKind::Closed, "the engine is shutting down")),
            Err(_) => Err(Error::new(
                ErrorKind::PoolExhausted,
                format!("all {} sessions are in use; close one or try again later", self.limits.max_sessions),
            )
            .with_retry_after(self.next_free())),
        }
    }

    /// Closes as many idle sessions that were made on the fly as there are callers waiting for a slot.
    pub(super) fn make_room(self: &Arc<Self>) {
        let entries = self.registry.entries();
        let under_way = entries.iter().filter(|entry| entry.is_closing()).count();
        let needed = self.slots.waiting().saturating_sub(under_way);
        let mut idle: Vec<_> = entries.into_iter().filter(|entry| entry.gives_way()).collect();
        idle.sort_by_key(|entry| entry.last_used());
        for entry in idle.into_iter().take(needed) {
            self.start_closing(&entry, CloseReason::GaveWay);
        }
    }

    /// Guesses when a slot will be free: when the first session runs out of time, 1 to 30 s.
    fn next_free(&self) -> Duration {
        let soonest = self.registry.entries().iter().map(|entry| entry.time_left()).min();
        soonest.unwrap_or_default().clamp(Duration::from_secs(1), Duration::from_secs(30))
    }
}
