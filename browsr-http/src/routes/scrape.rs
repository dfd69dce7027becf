//! Scrapes.

use std::time::Duration;

use axum::extract::State;
use axum::{Extension, Json};
use browsr_core::command::wire::error_facts;
use browsr_core::scrape::{Metadata, may_repeat};
use browsr_core::{Error, ErrorKind, OpContext, Result as CoreResult, Scrape, ScrapeRequest, SessionHandle};
use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::commands::{on_the_fly, session_id};
use crate::auth::Caller;
use crate::body;
use crate::dto::{ErrorBody, ScrapeShape, Scraped};
use crate::error::ApiError;
use crate::state::AppState;

/// How much of the deadline must be left for another try on a new session.
const WORTH_TRYING: Duration = Duration::from_secs(2);

/// Scrapes a page to Markdown, HTML or a screenshot. A page that cannot be loaded is told with `success: false`.
/// Without a `session_id` a session is made on the fly and returned.
#[utoipa::path(
    post, path = "/v1/scrape", tag = "scrape", request_body = ScrapeShape,
    responses(
        (status = 200, body = Scraped),
        (status = 404, description = "there is no such session", body = ErrorBody),
        (status = 429, description = "every slot is taken", body = ErrorBody),
        (status = 500, description = "the browser cannot be started, or was lost", body = ErrorBody),
        (status = 501, description = "a format that is not built yet", body = ErrorBody),
        (status = 504, description = "it took too long", body = ErrorBody),
    )
)]
pub(crate) async fn scrape(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    body: Bytes,
) -> Result<Json<Scraped>, ApiError> {
    let mut object = body::object(&body)?;
    if let Some(id) = object.remove("sessionId") {
        object.entry("session_id").or_insert(id);
    }
    let id = session_id(&mut object)?;
    let request = ScrapeRequest::from_json(object)?;
    state.engine().policy().check(&request.url)?;
    let cx = OpContext::within(state.engine().limits().scrape_timeout);
    if let Some(id) = id {
        let session = state.session(&caller, &id)?;
        let result = session.scrape_within(&request, &cx).await;
        return answer(&session, &request, result);
    }
    let mut tries = 0;
    loop {
        let session = state.engine().create_session_within(on_the_fly(&state, &caller), &cx).await;
        let session = session.map_err(|error| ApiError::of_creation(&error, false))?;
        let result = session.scrape_within(&request, &cx).await;
        tries += 1;
        match &result {
            // It had to give way between its creation and its first use.
            Err(error) if error.kind() == ErrorKind::InvalidSessionId && cx.remaining() > WORTH_TRYING => {}
            Err(error) if tries == 1 && may_repeat(&request, error) && cx.remaining() > WORTH_TRYING => {
                tracing::info!(%error, "scrape is tried again on a new session");
            }
            _ => return answer(&session, &request, result),
        }
    }
}

fn answer(
    session: &SessionHandle,
    request: &ScrapeRequest,
    result: CoreResult<Scrape>,
) -> Result<Json<Scraped>, ApiError> {
    let session_id = session.id().to_string();
    match result {
        Ok(scrape) => {
            let mut debug = Map::new();
            scrape.notes.clone().write_into(&mut debug);
            debug.insert("settled".to_owned(), json!(scrape.settled));
            let data = serde_json::to_value(scrape).map_err(|source| {
                Error::new(ErrorKind::Unexpected, "the result has no JSON form").with_source(source)
            })?;
            Ok(Json(Scraped { success: true, session_id, data, error: None, debug: Some(Value::Object(debug)) }))
        }
        Err(error) if concerns_the_page(&error) => {
            let mut debug = error_facts(&error);
            session.take_notes().write_into(&mut debug);
            Ok(Json(Scraped {
                success: false,
                session_id,
                data: json!({ "metadata": Metadata::of_failure(&request.url) }),
                error: Some(error.to_string()),
                debug: Some(Value::Object(debug)),
            }))
        }
        Err(error) => Err(error.into()),
    }
}

/// Whether it is the page that could not be had, rather than the request or the server that is at fault.
fn concerns_the_page(error: &Error) -> bool {
    !matches!(
        error.kind(),
        ErrorKind::InvalidArgument
            | ErrorKind::InvalidSelector
            | ErrorKind::InvalidSessionId
            | ErrorKind::Denied
            | ErrorKind::Unsupported
            | ErrorKind::Timeout
            | ErrorKind::PoolExhausted
            | ErrorKind::SessionNotCreated
            | ErrorKind::ProvisionFailed
            | ErrorKind::SessionLost
            | ErrorKind::Closed
            | ErrorKind::Unexpected
    )
}
