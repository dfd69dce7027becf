//! Batches of commands.

use axum::extract::State;
use axum::{Extension, Json};
use browsr_core::command::AnyCommand;
use browsr_core::{Error, ErrorKind, OpContext, SessionHandle, SessionId, SessionOptions};
use bytes::Bytes;
use serde_json::{Map, Value};

use crate::auth::Caller;
use crate::body;
use crate::dto::{CommandsDone, ErrorBody, RunCommands};
use crate::error::ApiError;
use crate::state::AppState;

/// Runs commands one after the other until the first failure, which is told in the result. Without a `session_id` a
/// session is made on the fly and returned.
#[utoipa::path(
    post, path = "/commands", tag = "commands", request_body = RunCommands,
    responses(
        (status = 200, body = CommandsDone),
        (status = 404, description = "there is no such session", body = ErrorBody),
        (status = 429, description = "every slot is taken", body = ErrorBody),
        (status = 500, description = "the browser cannot be started, or was lost", body = ErrorBody),
        (status = 504, description = "a session took too long to open", body = ErrorBody),
    )
)]
pub(crate) async fn run(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    body: Bytes,
) -> Result<Json<CommandsDone>, ApiError> {
    let mut request = body::object(&body)?;
    let commands = commands(request.remove("commands"), state.config().max_commands)?;
    let session_id = session_id(&mut request)?;
    let headless = match request.remove("headless") {
        None | Some(Value::Null) => None,
        Some(Value::Bool(headless)) => Some(headless),
        Some(other) => return Err(wrong_type("headless", "a boolean", &other)),
    };
    if let Some(other) = request.get("context").filter(|context| !context.is_object() && !context.is_null()) {
        return Err(wrong_type("context", "an object", other));
    }
    let commands = &commands;
    let work = |session: SessionHandle| async move { session.batch(commands).await };
    let (session_id, batch) = in_session(&state, &caller, session_id, headless, work).await?;
    Ok(Json(CommandsDone { session_id: session_id.to_string(), batch }))
}

/// Does something in the session that is named, or else in one that is made on the fly.
pub(super) async fn in_session<T, F: Future<Output = Result<T, Error>> + Send>(
    state: &AppState,
    caller: &Caller,
    id: Option<SessionId>,
    headless: Option<bool>,
    work: impl Fn(SessionHandle) -> F + Send,
) -> Result<(SessionId, T), ApiError> {
    if let Some(id) = id {
        let session = state.session(caller, &id)?;
        return Ok((id, work(session).await?));
    }
    let options = on_the_fly(state, caller).with_headless(headless.unwrap_or(true) || !state.config().display);
    let cx = OpContext::within(state.engine().limits().create_timeout);
    loop {
        let session = state.engine().create_session(options.clone()).await;
        let session = session.map_err(|error| ApiError::of_creation(&error, false))?;
        match work(session.clone()).await {
            // It had to give way between its creation and its first use; nothing has run yet.
            Err(error) if error.kind() == ErrorKind::InvalidSessionId && !cx.is_expired() => {}
            result => return Ok((session.id().clone(), result?)),
        }
    }
}

/// The options of a session that is made for a call and returned.
pub(super) fn on_the_fly(state: &AppState, caller: &Caller) -> SessionOptions {
    let mut options =
        SessionOptions::new().with_auto_created(true).with_idle_timeout(state.config().auto_created_idle_timeout);
    options.owner = caller.owner().map(ToOwned::to_owned);
    options
}

/// Takes the session out of a request.
pub(super) fn session_id(request: &mut Map<String, Value>) -> Result<Option<SessionId>, ApiError> {
    match request.remove("session_id") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(id)) => Ok(Some(SessionId::from(id))),
        Some(other) => Err(wrong_type("session_id", "a string", &other)),
    }
}

fn wrong_type(field: &str, wanted: &str, found: &Value) -> ApiError {
    ApiError::invalid(field, format!("{field} must be {wanted}, not {}", body::kind(found)))
}

pub(super) fn commands(value: Option<Value>, max: usize) -> Result<Vec<AnyCommand>, ApiError> {
    let entries = match value {
        None | Some(Value::Null) => return Err(ApiError::invalid("commands", "commands is missing")),
        Some(Value::Array(entries)) => entries,
        Some(other) => return Err(wrong_type("commands", "an array", &other)),
    };
    if entries.len() > max {
        let message = format!("there are {} commands; a batch has at most {max}", entries.len());
        return Err(ApiError::invalid("commands", message));
    }
    entries.into_iter().enumerate().map(|(index, entry)| command(index, entry)).collect()
}

fn command(index: usize, entry: Value) -> Result<AnyCommand, ApiError> {
    let at = format!("commands[{index}]");
    let Value::Object(mut entry) = entry else { return Err(wrong_type(&at, "an object", &entry)) };
    let name = match entry.remove("command") {
        Some(Value::String(name)) => name,
        None => {
            let field = format!("{at}.command");
            let message = format!("{field} is missing");
            return Err(ApiError::invalid(field, message));
        }
        Some(other) => return Err(wrong_type(&format!("{at}.command"), "a string", &other)),
    };
    AnyCommand::from_parts(&name, entry.remove("data")).map_err(|error| {
        let field = format!("{at}.{}", error.field().unwrap_or("data"));
        ApiError::invalid(field, format!("{at}: {error}")).with_command(name)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_bad_command_is_named_by_its_index() {
        for (value, field) in [
            (json!(null), "commands"),
            (json!({}), "commands"),
            (json!([1]), "commands[0]"),
            (json!([{}]), "commands[0].command"),
            (json!([{ "command": 1 }]), "commands[0].command"),
            (json!([{ "command": "get_title" }, { "command": "nope" }]), "commands[1].command"),
            (json!([{ "command": "get_title" }, { "command": "click", "data": {} }]), "commands[1].data.selector"),
            (json!([{ "command": "click", "data": [] }]), "commands[0].data"),
        ] {
            let error = commands(Some(value.clone()), 256).unwrap_err();
            assert_eq!(error.field(), Some(field), "{value}");
        }
        let many = |count| Value::Array(vec![json!({ "command": "get_title" }); count]);
        assert_eq!(commands(Some(many(256)), 256).unwrap().len(), 256);
        assert_eq!(commands(Some(many(257)), 256).unwrap_err().field(), Some("commands"));
    }
}
