//! Which handler answers what.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::routing::{MethodRouter, any, delete, get, post};
use utoipa::openapi::path::HttpMethod;

use crate::admit::admit;
use crate::error::ApiError;
use crate::routes::later::{FAMILIES, LATER, Later, unbuilt};
use crate::routes::{agent, commands, health, later, scrape, sessions};
use crate::state::AppState;

pub(crate) fn router(state: AppState) -> Router {
    let mut router = Router::new()
        .route("/sessions", post(sessions::create).get(sessions::list))
        .route("/sessions/{session_id}", get(sessions::show).delete(sessions::close))
        .route("/sessions/provision/{provision_id}", post(sessions::provision))
        .route("/commands", post(commands::run))
        .route("/browser/commands", post(commands::run))
        .route("/observe", post(agent::observe))
        .route("/browser/observe", post(agent::observe))
        .route("/browser_step", post(agent::step))
        .route("/cdp", post(agent::cdp))
        .route("/v1/scrape", post(scrape::scrape))
        .route("/scrape", post(scrape::scrape))
        .route("/health", get(health::health))
        .route("/openapi.json", get(health::openapi))
        .route("/relay/sessions", get(later::relay_sessions));
    for Later(method, path, what) in LATER {
        router = router.route(path, of_method(method, what));
    }
    for (family, what) in FAMILIES {
        let answer = || any(move || async move { unbuilt(what) });
        router = router.route(family, answer()).route(&format!("{family}/{{*rest}}"), answer());
    }
    router
        .fallback(|| async { ApiError::new(StatusCode::NOT_FOUND, "not_found", "there is no such endpoint") })
        .method_not_allowed_fallback(|| async {
            ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "this endpoint has no such method")
        })
        // Bodies are read within limits of their own before they get here.
        .layer(DefaultBodyLimit::disable())
        .layer(axum::middleware::from_fn_with_state(state.clone(), admit))
        .with_state(state)
}

fn of_method(method: &HttpMethod, what: &'static str) -> MethodRouter<AppState> {
    let answer = move || async move { unbuilt(what) };
    match method {
        HttpMethod::Get => get(answer),
        HttpMethod::Delete => delete(answer),
        _ => post(answer),
    }
}
