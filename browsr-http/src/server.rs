//! [`Server`]: the API as a router, or as a server of its own that ends in good order.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use browsr_core::{Engine, Error, ErrorKind, Result};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::ServerConfig;
use crate::connection;
use crate::state::AppState;

/// The API over an engine.
///
/// [`router`](Self::router) is for an app of your own: `nest` it, since it answers every path with JSON, unknown ones
/// included. [`serve`](Self::serve) is the whole server.
#[derive(Debug, Clone)]
pub struct Server {
    state: AppState,
}

impl Server {
    /// Puts the API over an engine.
    ///
    /// # Errors
    ///
    /// [`InvalidArgument`](ErrorKind::InvalidArgument) for a configuration that does not fit, above all one that
    /// listens beyond loopback without a key.
    pub fn new(engine: Engine, config: ServerConfig) -> Result<Self> {
        Ok(Self { state: AppState::new(engine, config)? })
    }

    /// Makes the router.
    pub fn router(&self) -> Router {
        crate::router::router(self.state.clone())
    }

    /// Takes no more work from now on: requests answer 503, `/health` included. An app that serves the router itself
    /// calls this when it begins to shut down, and [`Engine::shutdown`] in the end.
    pub fn drain(&self) {
        self.state.drain();
    }

    /// Serves until `shutdown` completes; then takes no more work, lets running requests finish, closes the sessions
    /// and the browsers, and returns. Where it listens is taken from the listener, whatever the configuration says.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), and [`Unexpected`](ErrorKind::Unexpected) where the listener has no address.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future stops accepting and leaves the engine as it is.
    pub async fn serve(
        listener: TcpListener,
        engine: Engine,
        config: ServerConfig,
        shutdown: impl Future<Output = ()>,
    ) -> Result<()> {
        let listen = listener
            .local_addr()
            .map_err(|source| Error::new(ErrorKind::Unexpected, "the listener has no address").with_source(source))?;
        let server = Self::new(engine, config.with_listen(listen))?;
        let config = server.state.config();
        let connections = Connections {
            router: server.router(),
            limit: Arc::new(Semaphore::new(config.max_connections)),
            tasks: TaskTracker::new(),
            ending: CancellationToken::new(),
        };
        let _ends = connections.ending.clone().drop_guard();
        tokio::select! {
            () = connections.accept(&listener, config) => {}
            () = shutdown => {}
        }
        server.drain();
        tracing::info!("shutting down: running requests may finish");
        let until = Instant::now() + config.drain_timeout;
        // Still accepting, so that late callers hear that the server is going.
        tokio::select! {
            () = connections.accept(&listener, config) => {}
            () = server.state.quiet(config.drain_timeout) => {}
        }
        drop(listener);
        server.state.engine().shutdown(until.saturating_duration_since(Instant::now())).await;
        connections.ending.cancel();
        connections.tasks.close();
        if tokio::time::timeout(Duration::from_secs(2), connections.tasks.wait()).await.is_err() {
            tracing::debug!("connections that do not end are dropped");
        }
        Ok(())
    }
}

struct Connections {
    router: Router,
    limit: Arc<Semaphore>,
    tasks: TaskTracker,
    ending: CancellationToken,
}

impl Connections {
    /// Accepts connections for as long as it is polled.
    async fn accept(&self, listener: &TcpListener, config: &ServerConfig) {
        loop {
            // Taken before accepting: beyond the limit, connections wait in the queue of the listener.
            let Ok(permit) = Arc::clone(&self.limit).acquire_owned().await else { return };
            match listener.accept().await {
                Ok((stream, peer)) => {
                    tracing::trace!(%peer, "connection");
                    let serving = connection::serve(stream, self.router.clone(), config, self.ending.clone());
                    self.tasks.spawn(async move {
                        serving.await;
                        drop(permit);
                    });
                }
                Err(error) => {
                    // A peer that went away, or no file descriptors left: either passes.
                    tracing::debug!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }
}
