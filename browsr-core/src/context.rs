//! [`OpContext`]: the one absolute deadline that every operation carries and passes down.

use std::fmt;
use std::future::Future;
use std::time::{Duration, Instant};

use crate::error::{Error, Result};

/// What an operation may spend: one absolute deadline, handed from the caller down to the last protocol call.
///
/// No layer below invents a timeout of its own; it asks what remains.
#[derive(Debug, Clone, Copy)]
pub struct OpContext {
    deadline: Instant,
}

impl OpContext {
    /// Starts an operation that may take this long from now.
    pub fn within(timeout: Duration) -> Self {
        // A far future stands in where the clock cannot represent the sum.
        let now = Instant::now();
        Self { deadline: now.checked_add(timeout).unwrap_or(now + Duration::from_secs(86_400 * 365)) }
    }

    /// Starts an operation with this deadline.
    pub const fn until(deadline: Instant) -> Self {
        Self { deadline }
    }

    /// Returns the deadline.
    pub const fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Returns what is left, zero when the deadline has passed.
    pub fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Returns whether the deadline has passed.
    pub fn is_expired(&self) -> bool {
        self.remaining().is_zero()
    }

    /// Returns a context that ends after `timeout`, or with this one if that is sooner.
    #[must_use]
    pub fn capped(&self, timeout: Duration) -> Self {
        Self { deadline: Self::within(timeout).deadline.min(self.deadline) }
    }

    /// Runs a future until the deadline.
    ///
    /// # Errors
    ///
    /// [`Timeout`](crate::ErrorKind::Timeout), whose message says what was under way.
    ///
    /// # Cancel safety
    ///
    /// As safe as the future: at the deadline it is dropped.
    pub async fn bound<T>(&self, what: impl fmt::Display, future: impl Future<Output = Result<T>>) -> Result<T> {
        match tokio::time::timeout_at(self.deadline.into(), future).await {
            Ok(result) => result,
            Err(_) => Err(Error::timeout(what)),
        }
    }
}
