//! Sessions: open, list, look at, close.

use std::time::Duration;

use axum::extract::rejection::PathRejection;
use axum::extract::{OriginalUri, Path, State};
use axum::http::{StatusCode, Uri};
use axum::{Extension, Json};
use browsr_core::policy::parse_url;
use browsr_core::{Isolation, Navigation, SessionHandle, SessionId, SessionOptions, UserAgent, Viewport};
use bytes::Bytes;
use serde_json::json;
use url::Url;

use crate::auth::Caller;
use crate::body;
use crate::dto::{CreateSession, CreatedSession, ErrorBody, SessionDetails, SessionList, WireIsolation};
use crate::error::ApiError;
use crate::guard::CalledHost;
use crate::state::AppState;

/// Opens a session. With a `start_url` it is ready once that page has loaded.
#[utoipa::path(
    post, path = "/sessions", tag = "sessions", request_body(content = Option<CreateSession>),
    responses(
        (status = 200, body = CreatedSession),
        (status = 404, description = "there is no such profile", body = ErrorBody),
        (status = 422, description = "`start_url` or `cdp_url` cannot be used", body = ErrorBody),
        (status = 429, description = "every slot is taken", body = ErrorBody),
        (status = 500, description = "the browser cannot be started", body = ErrorBody),
        (status = 501, description = "a field that is not built yet", body = ErrorBody),
        (status = 504, description = "it took too long", body = ErrorBody),
    )
)]
pub(crate) async fn create(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    Extension(called): Extension<CalledHost>,
    uri: Uri,
    OriginalUri(original): OriginalUri,
    body: Bytes,
) -> Result<Json<CreatedSession>, ApiError> {
    let wanted: CreateSession = body::fields(body::object(&body)?)?;
    let (mut options, warning) = options(&state, wanted)?;
    options.owner = caller.owner().map(ToOwned::to_owned);
    let by_cdp_url = options.cdp_url.is_some();
    let session =
        state.engine().create_session(options).await.map_err(|error| ApiError::of_creation(&error, by_cdp_url))?;
    let prefix = original.path().strip_suffix(uri.path()).unwrap_or_default();
    let base = base_url(&state, &called, prefix);
    // Where the start URL led, if that is not simply its document.
    let navigation = session.take_notes().navigation.filter(|navigation| navigation.warning().is_some());
    let warnings: Vec<_> = warning.into_iter().chain(navigation.as_ref().and_then(Navigation::warning)).collect();
    let mut created = created(&state, &session, &base)?;
    created.warning = (!warnings.is_empty()).then(|| warnings.join("; "));
    created.navigation = navigation.map(|navigation| json!(navigation));
    Ok(Json(created))
}

fn created(state: &AppState, session: &SessionHandle, base: &str) -> Result<CreatedSession, ApiError> {
    let config = state.config();
    let frame_token = config.token_key.sign(&session.info(), config.token_ttl).ok_or_else(|| {
        ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "unexpected", "the frame token cannot be signed")
    })?;
    let session_id = session.id().to_string();
    let sse_url = format!("{base}/stream/sse?session_id={session_id}");
    Ok(CreatedSession { status: "ready", session_id, frame_token, sse_url, warning: None, navigation: None })
}

/// What URLs of ours begin with, without a slash in the end.
fn base_url(state: &AppState, called: &CalledHost, prefix: &str) -> String {
    let config = state.config();
    match (&config.public_url, &called.0) {
        (Some(url), _) => url.as_str().trim_end_matches('/').to_owned(),
        (None, Some(host)) => format!("http://{host}{prefix}"),
        (None, None) => format!("http://{}{prefix}", config.listen),
    }
}

/// Turns what was asked for into options of the engine, with a warning about what is not quite so.
fn options(state: &AppState, wanted: CreateSession) -> Result<(SessionOptions, Option<String>), ApiError> {
    let later = [
        ("proxy", &wanted.proxy),
        ("locale", &wanted.locale),
        ("timezone", &wanted.timezone),
        ("extra_headers", &wanted.extra_headers),
    ];
    if let Some((field, _)) = later.iter().find(|(_, value)| value.is_some()) {
        return Err(ApiError::unbuilt(format!("{field} is not built yet")).with_field(*field));
    }
    if let Some(id) = &wanted.profile_id {
        return Err(no_profile(id));
    }
    let mut options = SessionOptions::new().with_headless(wanted.headless.unwrap_or(false));
    options.name = name(wanted.requested_name)?;
    options.backend = wanted.backend;
    options.browser = wanted.browser;
    if let Some(text) = &wanted.start_url {
        options.start_url = Some(parse_url("start_url", text)?);
    }
    if let Some(text) = &wanted.cdp_url {
        options.cdp_url = Some(cdp_url(state, text)?);
    }
    if let Some(user_agent) = wanted.user_agent {
        options.user_agent = UserAgent::Custom(user_agent);
    }
    options.disable_automation_detection = wanted.disable_automation_detection.unwrap_or(false);
    options.idle_timeout = duration("idle_timeout_ms", wanted.idle_timeout_ms)?;
    options.max_lifetime = duration("max_lifetime_ms", wanted.max_lifetime_ms)?;
    if let Some(isolation) = wanted.isolation {
        options.isolation = match isolation {
            WireIsolation::Context => Isolation::Context,
            WireIsolation::Process => Isolation::Process,
        };
    }
    if let Some(max_pages) = wanted.max_pages {
        options.max_pages = max_pages;
    }
    if let Some(viewport) = wanted.viewport {
        options.viewport = Viewport::new(viewport.width, viewport.height)
            .with_device_scale_factor(viewport.device_scale_factor.unwrap_or(1.0));
    }
    options.validate()?;
    if wanted.use_random_user_agent == Some(true) {
        options.user_agent = UserAgent::Random;
    }
    let mut warning = None;
    if !options.headless && options.cdp_url.is_none() && !state.config().display {
        options.headless = true;
        warning = Some("there is no display, so the browser runs headless".to_owned());
    }
    Ok((options, warning))
}

fn no_profile(id: &str) -> ApiError {
    match uuid::Uuid::try_parse(id) {
        Ok(id) => ApiError::new(StatusCode::NOT_FOUND, "no_such_profile", format!("there is no profile {id}"))
            .with_field("profile_id"),
        Err(_) => ApiError::invalid("profile_id", "profile_id is no UUID"),
    }
}

fn name(requested: Option<String>) -> Result<Option<String>, ApiError> {
    let name = requested.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
    match name {
        Some(name) if name.chars().count() > 256 || name.chars().any(char::is_control) => Err(ApiError::invalid(
            "requested_name",
            "requested_name must have at most 256 characters and no control characters",
        )),
        name => Ok(name),
    }
}

fn cdp_url(state: &AppState, text: &str) -> Result<Url, ApiError> {
    let text = text.trim();
    // `127.0.0.1:9222` is what browsers print; the port speaks HTTP.
    let parsed = if text.contains("://") { Url::parse(text) } else { Url::parse(&format!("http://{text}")) };
    let url = parsed.map_err(|error| ApiError::invalid("cdp_url", format!("cdp_url is no valid URL: {error}")))?;
    SessionOptions::new().with_cdp_url(url.clone()).validate()?;
    if !state.config().allows_cdp(&url) {
        return Err(ApiError::new(
            StatusCode::FORBIDDEN,
            "denied",
            "cdp_url may not name this host; whoever runs the server can allow it",
        )
        .with_field("cdp_url"));
    }
    Ok(url)
}

fn duration(field: &'static str, millis: Option<u64>) -> Result<Option<Duration>, ApiError> {
    match millis {
        Some(0) => Err(ApiError::invalid(field, format!("{field} must be above zero"))),
        millis => Ok(millis.map(Duration::from_millis)),
    }
}

/// Lists the open sessions of the caller, oldest first.
#[utoipa::path(get, path = "/sessions", tag = "sessions", responses((status = 200, body = SessionList)))]
pub(crate) async fn list(State(state): State<AppState>, Extension(caller): Extension<Caller>) -> Json<SessionList> {
    let session_details: Vec<_> = state
        .engine()
        .sessions()
        .into_iter()
        .filter(|info| caller.sees(&info.id, info.owner.as_deref()))
        .map(SessionDetails::from)
        .collect();
    let sessions = session_details.iter().map(|details| details.session_id.clone()).collect();
    Json(SessionList { sessions, session_details })
}

/// Tells what is known of a session.
#[utoipa::path(
    get, path = "/sessions/{session_id}", tag = "sessions",
    params(("session_id" = String, Path, description = "The session")),
    responses(
        (status = 200, body = SessionDetails),
        (status = 404, description = "there is no such session", body = ErrorBody),
    )
)]
pub(crate) async fn show(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<SessionDetails>, ApiError> {
    let session = state.session(&caller, &session_id(id)?)?;
    Ok(Json(session.info().into()))
}

/// Closes a session and frees its browser.
#[utoipa::path(
    delete, path = "/sessions/{session_id}", tag = "sessions",
    params(("session_id" = String, Path, description = "The session")),
    responses(
        (status = 204, description = "it is closed"),
        (status = 404, description = "there is no such session", body = ErrorBody),
    )
)]
pub(crate) async fn close(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    id: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, ApiError> {
    let id = session_id(id)?;
    state.session(&caller, &id)?;
    state.engine().close(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Asks how far a session that is being provisioned has come. Every session is created at once so far, so no id is
/// known.
#[utoipa::path(
    post, path = "/sessions/provision/{provision_id}", tag = "sessions",
    params(("provision_id" = String, Path, description = "What `POST /sessions` gave")),
    responses((status = 404, description = "there is no such provision", body = ErrorBody))
)]
pub(crate) async fn provision() -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "no_such_provision", "there is no such provision").with_field("provision_id")
}

fn session_id(path: Result<Path<String>, PathRejection>) -> Result<SessionId, ApiError> {
    // A path that is no text names no session.
    let Path(id) = path.map_err(|_| {
        ApiError::new(StatusCode::NOT_FOUND, "invalid_session_id", "there is no such session").with_field("session_id")
    })?;
    Ok(SessionId::from(id))
}
