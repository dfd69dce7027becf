//! The Browsr API inside an axum app of your own: `cargo run --example embed_http --features http`, then
//! `curl -X POST http://127.0.0.1:3000/browser/sessions`.

use std::time::Duration;

use axum::Router;
use axum::routing::get;
use browsr::http::{Server, ServerConfig};
use browsr::{CdpBackend, Engine, LaunchOptions};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    let listen = listener.local_addr()?;
    // No page that a session visits may reach this app.
    let browser = LaunchOptions::new().with_blocked_ports([listen.port()]);
    let engine = Engine::builder().backend(CdpBackend::launch(browser)).max_sessions(4).build()?;
    // Without keys, and behind the guard for callers on this machine. An app that checks its callers itself says so by
    // `with_trusted_caller()`; one that others can reach sets `with_api_keys(..)`.
    let browser = Server::new(engine.clone(), ServerConfig::new().with_listen(listen))?;
    let app = Router::new()
        .route("/", get(|| async { "the browser is below /browser\n" }))
        .nest("/browser", browser.router());
    let stop = browser.clone();
    axum::serve(listener, app)
        .with_graceful_shutdown(async move {
            // Without a handler for Ctrl-C the app ends as it always did, and the browsers with it.
            let _ = tokio::signal::ctrl_c().await;
            stop.drain();
        })
        .await?;
    engine.shutdown(Duration::from_secs(5)).await;
    Ok(())
}
