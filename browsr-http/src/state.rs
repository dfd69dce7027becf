//! What all requests share: the engine, the configuration, and whether the server still takes work.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use axum::http::StatusCode;
use browsr_core::{Engine, ErrorKind, Result, SessionHandle, SessionId};
use tokio::sync::Notify;

use crate::auth::Caller;
use crate::config::ServerConfig;
use crate::error::ApiError;

#[derive(Debug, Clone)]
pub(crate) struct AppState(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    engine: Engine,
    config: ServerConfig,
    draining: AtomicBool,
    in_flight: AtomicUsize,
    quiet: Notify,
}

impl AppState {
    pub(crate) fn new(engine: Engine, config: ServerConfig) -> Result<Self> {
        config.validate()?;
        Ok(Self(Arc::new(Shared {
            engine,
            config,
            draining: AtomicBool::new(false),
            in_flight: AtomicUsize::new(0),
            quiet: Notify::new(),
        })))
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.0.engine
    }

    pub(crate) fn config(&self) -> &ServerConfig {
        &self.0.config
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.0.draining.load(Ordering::SeqCst)
    }

    /// From now on no new work is taken.
    pub(crate) fn drain(&self) {
        self.0.draining.store(true, Ordering::SeqCst);
    }

    /// Counts a request as running, unless no more are taken.
    pub(crate) fn begin(&self) -> Result<InFlight, ApiError> {
        // Counted first: whoever drains sees this request, or this request sees the draining.
        self.0.in_flight.fetch_add(1, Ordering::SeqCst);
        let in_flight = InFlight(Arc::clone(&self.0));
        if self.is_draining() { Err(ApiError::draining()) } else { Ok(in_flight) }
    }

    /// Waits until no request runs, or until the time is up.
    pub(crate) async fn quiet(&self, patience: Duration) {
        let quiet = async {
            loop {
                let next = self.0.quiet.notified();
                if self.0.in_flight.load(Ordering::SeqCst) == 0 {
                    return;
                }
                next.await;
            }
        };
        if tokio::time::timeout(patience, quiet).await.is_err() {
            tracing::warn!("requests are still running and are cut off");
        }
    }

    /// Finds a session of this caller. One of somebody else is not there, in the same words.
    pub(crate) fn session(&self, caller: &Caller, id: &SessionId) -> Result<SessionHandle, ApiError> {
        let found = self.engine().session(id);
        match found {
            Ok(handle) if !caller.sees(id, handle.info().owner.as_deref()) => {
                Err(ApiError::new(StatusCode::NOT_FOUND, ErrorKind::InvalidSessionId.code(), no_session(id))
                    .with_field("session_id")
                    .with_session_id(id))
            }
            found => Ok(found?),
        }
    }
}

fn no_session(id: &SessionId) -> String {
    format!("there is no session {id}")
}

/// A request that runs, until dropped.
#[derive(Debug)]
pub(crate) struct InFlight(Arc<Shared>);

impl Drop for InFlight {
    fn drop(&mut self) {
        if self.0.in_flight.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.0.quiet.notify_waiters();
        }
    }
}
