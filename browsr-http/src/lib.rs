//! The Browsr API over HTTP: a thin [`axum`] router around the engine of `browsr-core`. It adds JSON, keys, guards
//! and status codes, and nothing else.
//!
//! Start with [`Server`]: [`Server::router`] for an app of your own, [`Server::serve`] for a server that stands alone.
//! [`ServerConfig`] has the knobs.
//!
//! # Examples
//!
//! ```no_run
//! # async fn example(engine: browsr_core::Engine) -> browsr_core::Result<()> {
//! use browsr_http::{Server, ServerConfig};
//!
//! // Everything of browsr below /browser, beside the routes of the app.
//! let app: axum::Router = axum::Router::new()
//!     .route("/", axum::routing::get(|| async { "hello" }))
//!     .nest("/browser", Server::new(engine, ServerConfig::new())?.router());
//! # Ok(())
//! # }
//! ```

mod admit;
mod auth;
mod body;
mod config;
mod connection;
mod dto;
mod error;
mod guard;
mod openapi;
mod router;
mod routes;
mod server;
mod state;
mod token;

pub use auth::ApiKey;
pub use config::{CdpHost, ServerConfig};
pub use openapi::openapi;
pub use server::Server;
pub use token::{TokenError, TokenKey};
