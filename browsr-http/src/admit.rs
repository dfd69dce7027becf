//! What every request passes on its way in: the count of running requests, the guards, the key, the body.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use url::form_urlencoded;

use crate::auth::{self, Caller};
use crate::error::ApiError;
use crate::state::{AppState, InFlight};
use crate::{body, guard};

/// Lets a request in, or says why not; and sees to it that every answer has the same manners.
pub(crate) async fn admit(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let mut response = match checked(&state, request).await {
        Ok((request, _in_flight)) => AssertUnwindSafe(next.run(request)).catch_unwind().await.unwrap_or_else(|_| {
            tracing::error!(%method, path, "a handler panicked");
            ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "unexpected", "the server made a mistake").into_response()
        }),
        Err(error) => error.into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    tracing::debug!(%method, path, status = response.status().as_u16(), elapsed = ?started.elapsed(), "request");
    response
}

async fn checked(state: &AppState, mut request: Request) -> Result<(Request, Option<InFlight>), ApiError> {
    let config = state.config();
    let called = guard::check(config, request.uri(), request.headers())?;
    request.extensions_mut().insert(called);
    if request.uri().path() == "/health" && matches!(*request.method(), Method::GET | Method::HEAD) {
        request.extensions_mut().insert(Caller::Anybody);
        return Ok((request, None));
    }
    let caller = caller(state, &request)?;
    let in_flight = state.begin()?;
    request.extensions_mut().insert(caller);
    let request = body::collect(config, request).await?;
    Ok((request, Some(in_flight)))
}

fn caller(state: &AppState, request: &Request) -> Result<Caller, ApiError> {
    let config = state.config();
    let viewer = match request.uri().path() {
        "/stream/sse" => viewer(state, request.uri().query().unwrap_or_default())?,
        _ => None,
    };
    if let Some(viewer) = viewer {
        return Ok(viewer);
    }
    if config.trusts_caller || config.api_keys.is_empty() {
        return Ok(Caller::Anybody);
    }
    auth::by_headers(&config.api_keys, request.headers()).ok_or_else(unauthorized)
}

/// Who watches by a token in the query; an event source of a page can set no headers.
fn viewer(state: &AppState, query: &str) -> Result<Option<Caller>, ApiError> {
    let pairs = || form_urlencoded::parse(query.as_bytes());
    let mut tokens = pairs().filter(|(name, _)| name == "token");
    let Some((_, token)) = tokens.next() else { return Ok(None) };
    let grant = state.config().token_key.verify(&token).filter(|_| tokens.next().is_none()).ok_or_else(unauthorized)?;
    let id = grant.session_id();
    if pairs().any(|(name, asked)| name == "session_id" && asked != id.as_str()) {
        return Err(
            ApiError::new(StatusCode::FORBIDDEN, "denied", "the token is for another session").with_field("session_id")
        );
    }
    let session = state.engine().session(&id)?;
    if grant.is_for(&session.info()) { Ok(Some(Caller::Viewer(id))) } else { Err(unauthorized()) }
}

/// The same words whatever was wrong with the key.
fn unauthorized() -> ApiError {
    ApiError::new(StatusCode::UNAUTHORIZED, "unauthorized", "a valid API key is needed")
}
