//! How the server is, and what it can do.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;

use crate::dto::{Health, HealthBackend, HealthSlots};
use crate::state::AppState;

/// Tells how the server is. Needs no key.
#[utoipa::path(
    get, path = "/health", tag = "server", security(()),
    responses(
        (status = 200, description = "it takes work", body = Health),
        (status = 503, description = "it is shutting down", body = Health),
    )
)]
pub(crate) async fn health(State(state): State<AppState>) -> (StatusCode, Json<Health>) {
    let status = state.engine().status();
    let ready = status.accepting && !state.is_draining();
    let health = Health {
        state: if ready { "ready" } else { "draining" },
        browsers: status.backends.iter().map(|backend| backend.browsers).sum(),
        slots: HealthSlots { total: status.max_sessions, used: status.sessions },
        queue: status.waiting,
        backends: status
            .backends
            .into_iter()
            .map(|backend| HealthBackend {
                name: backend.name,
                serves: backend.serves,
                browser: backend.browser,
                browsers: backend.browsers,
                suspect: backend.suspect,
            })
            .collect(),
        version: env!("CARGO_PKG_VERSION"),
    };
    (if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, Json(health))
}

/// Describes the API.
#[utoipa::path(
    get, path = "/openapi.json", tag = "server",
    responses((status = 200, description = "this description", content_type = "application/json"))
)]
pub(crate) async fn openapi(State(state): State<AppState>) -> impl IntoResponse {
    let config = state.config();
    let keyed = !config.trusts_caller && !config.api_keys.is_empty();
    ([(header::CONTENT_TYPE, "application/json")], crate::openapi::text(keyed))
}
