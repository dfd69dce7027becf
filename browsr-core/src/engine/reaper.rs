//! The task that closes sessions whose time is up, or whose browser is gone.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::Engine;

/// How often it looks. Time limits hold to within this.
const PERIOD: Duration = Duration::from_millis(500);

impl Engine {
    /// Starts the task with the first session, which is the first time a runtime is sure to be there.
    pub(super) fn start_reaper(&self) {
        if self.0.reaping.swap(true, Ordering::AcqRel) {
            return;
        }
        let shared = Arc::downgrade(&self.0);
        self.0.tasks.spawn(async move {
            loop {
                tokio::time::sleep(PERIOD).await;
                let Some(shared) = shared.upgrade() else { return };
                for entry in shared.registry.entries() {
                    if let Some(reason) = entry.overdue() {
                        shared.start_closing(&entry, reason);
                    }
                }
                if shared.closing.load(Ordering::Acquire) {
                    return;
                }
            }
        });
    }
}
