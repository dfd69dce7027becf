//! What agents ask for: to look at the page, to do a step, raw DevTools commands.

use std::time::Duration;

use axum::extract::State;
use axum::{Extension, Json};
use browsr_core::command::BatchResult;
use browsr_core::{Error, ObserveOptions, SessionHandle, SessionId};
use bytes::Bytes;
use serde_json::Value;

use super::commands::{commands, in_session};
use crate::auth::Caller;
use crate::body;
use crate::dto::ErrorBody;
use crate::dto::agent::{BrowserStep, Observe, Observed, SendCdp, StepDone, StepFields};
use crate::error::ApiError;
use crate::state::AppState;

/// The longest wait before looking, in milliseconds.
const MAX_WAIT: u128 = 30_000;

/// Looks at the page as a language model would read it: what can be acted upon, the text, a picture. Without a
/// `session_id` a session is made on the fly and returned.
#[utoipa::path(
    post, path = "/observe", tag = "agents", request_body = Observe,
    responses(
        (status = 200, body = Observed),
        (status = 404, description = "there is no such session", body = ErrorBody),
        (status = 429, description = "every slot is taken", body = ErrorBody),
        (status = 500, description = "the browser cannot be started, or was lost", body = ErrorBody),
        (status = 504, description = "the page does not answer", body = ErrorBody),
    )
)]
pub(crate) async fn observe(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    body: Bytes,
) -> Result<Json<Observed>, ApiError> {
    let request: Observe = body::fields(body::object(&body)?)?;
    let mut options = ObserveOptions::new()
        .with_image(request.use_image.unwrap_or(true))
        .with_full_page(request.full_page.unwrap_or(false))
        .with_content(request.include_content.unwrap_or(true));
    if let Some(wait) = request.wait_ms {
        // Nobody waits here for longer than for a page to be scraped.
        let limit = state.engine().limits().scrape_timeout.as_millis().min(MAX_WAIT);
        if u128::from(wait) > limit {
            return Err(ApiError::invalid("wait_ms", format!("wait_ms is {wait}; it must be at most {limit}")));
        }
        options = options.with_wait(Duration::from_millis(wait));
    }
    let id = request.session_id.map(SessionId::from);
    let options = &options;
    let work = |session: SessionHandle| async move { session.observe(options).await };
    let (session_id, observation) = in_session(&state, &caller, id, request.headless, work).await?;
    Ok(Json(Observed { session_id: session_id.to_string(), observation }))
}

/// Runs the commands of an agent's step as `/commands` does, and answers in short. Without a `session_id` a session is
/// made on the fly and returned.
#[utoipa::path(
    post, path = "/browser_step", tag = "agents", request_body = BrowserStep,
    responses(
        (status = 200, body = StepDone),
        (status = 404, description = "there is no such session", body = ErrorBody),
        (status = 429, description = "every slot is taken", body = ErrorBody),
        (status = 500, description = "the browser cannot be started, or was lost", body = ErrorBody),
        (status = 504, description = "a session took too long to open", body = ErrorBody),
    )
)]
pub(crate) async fn step(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    body: Bytes,
) -> Result<Json<StepDone>, ApiError> {
    let mut request = body::object(&body)?;
    let commands = commands(request.remove("commands"), state.config().max_commands)?;
    let fields: StepFields = body::fields(request)?;
    // An empty id is what existing clients send for none.
    let id = fields.session_id.filter(|id| !id.is_empty()).map(SessionId::from);
    let commands = &commands;
    let work = |session: SessionHandle| async move { session.step(commands).await };
    let (session_id, (batch, url)) = in_session(&state, &caller, id, fields.headless, work).await?;
    let summary = format!("{} of {} commands done", batch.steps_completed, batch.total_steps);
    Ok(Json(StepDone {
        success: batch.success,
        session_id: session_id.to_string(),
        summary: Some(summary),
        url,
        error: batch.error.clone(),
        sequence_id: None,
        data: extracted(batch),
    }))
}

/// What the extractions of a batch gave.
fn extracted(batch: BatchResult) -> Option<Value> {
    let mut data: Vec<_> = batch.results.into_iter().filter_map(|result| result.data).collect();
    if data.len() > 1 { Some(Value::Array(data)) } else { data.pop() }
}

/// Sends a raw DevTools command to the page of a session and returns its result as it is. What reaches beyond the page,
/// to the browser, other targets or files, is refused.
#[utoipa::path(
    post, path = "/cdp", tag = "agents", request_body = SendCdp,
    responses(
        (status = 200, description = "the result as DevTools gives it", body = Value),
        (status = 404, description = "there is no such session", body = ErrorBody),
        (status = 500, description = "the browser was lost", body = ErrorBody),
        (status = 501, description = "the backend of the session does not speak DevTools", body = ErrorBody),
        (status = 504, description = "the page does not answer", body = ErrorBody),
    )
)]
pub(crate) async fn cdp(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    body: Bytes,
) -> Result<Json<Value>, ApiError> {
    let request: SendCdp = body::fields(body::object(&body)?)?;
    let session = state.session(&caller, &SessionId::from(request.session_id))?;
    let params = Value::Object(request.params.unwrap_or_default());
    session.send_cdp(&request.method, params).await.map(Json).map_err(|error| refused(&error))
}

/// What the browser itself refuses is the caller's affair.
fn refused(error: &Error) -> ApiError {
    let answer = error.detail().filter(|detail| detail["cdp_code"].is_i64());
    match answer.map(|detail| detail["cdp_code"].as_i64()) {
        Some(Some(-32601)) => ApiError::invalid("method", error.to_string()),
        Some(_) => ApiError::invalid("params", error.to_string()),
        None => error.into(),
    }
}
