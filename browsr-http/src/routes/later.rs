//! What the API has and this server has not, yet or by design: 501, and one sentence.

use axum::Json;
use utoipa::openapi::path::HttpMethod;

use crate::dto::{ErrorBody, RelayList};
use crate::error::ApiError;

/// An endpoint that answers 501: method, path, and what it would be for.
pub(crate) struct Later(pub(crate) HttpMethod, pub(crate) &'static str, pub(crate) &'static str);

/// The endpoints that are not built, for the router and the description alike.
pub(crate) const LATER: &[Later] = &[
    Later(HttpMethod::Get, "/stream/sse", "the live stream"),
    Later(HttpMethod::Post, "/v1/crawl", "crawling"),
    Later(HttpMethod::Post, "/v1/search", "search"),
    Later(HttpMethod::Post, "/search", "search"),
    Later(HttpMethod::Get, "/profiles", "saved profiles"),
    Later(HttpMethod::Post, "/profiles", "saved profiles"),
    Later(HttpMethod::Get, "/profiles/{profile_id}", "saved profiles"),
    Later(HttpMethod::Delete, "/profiles/{profile_id}", "saved profiles"),
    Later(HttpMethod::Post, "/sessions/{session_id}/profile", "saved profiles"),
];

/// Families of which nothing is built; any method below them answers.
pub(crate) const FAMILIES: &[(&str, &str)] =
    &[("/shells", "shell sessions"), ("/shell", "shell sessions"), ("/relay", "relay sessions")];

pub(crate) fn unbuilt(what: &'static str) -> ApiError {
    ApiError::unbuilt(format!("not built: {what}"))
}

/// Lists the relay sessions: there are none.
#[utoipa::path(
    get, path = "/relay/sessions", tag = "not built", responses((status = 200, body = RelayList), (status = 401, body = ErrorBody))
)]
pub(crate) async fn relay_sessions() -> Json<RelayList> {
    Json(RelayList { sessions: Vec::new() })
}
