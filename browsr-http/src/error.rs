//! [`ApiError`]: every answer that is not a success, in one JSON form; and the one place where kinds become statuses.

use std::borrow::Cow;
use std::time::Duration;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use browsr_core::{Error, ErrorKind, SessionId};

use crate::dto::ErrorBody;

/// The longest message that is sent; one that quotes what the client sent could be as long as that.
const MAX_MESSAGE: usize = 1024;

/// A failure on its way to the client. One pointer wide: it travels in the result of nearly everything here.
#[derive(Debug)]
pub(crate) struct ApiError(Box<Facts>);

#[derive(Debug)]
struct Facts {
    status: StatusCode,
    code: &'static str,
    message: Cow<'static, str>,
    field: Option<String>,
    command: Option<String>,
    session_id: Option<String>,
    retry: &'static str,
    retry_after: Option<Duration>,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Facts {
            status,
            code,
            message: message.into(),
            field: None,
            command: None,
            session_id: None,
            retry: "never",
            retry_after: None,
        }))
    }

    /// Bad input, by the path of the field.
    pub(crate) fn invalid(field: impl Into<String>, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, ErrorKind::InvalidArgument.code(), message).with_field(field)
    }

    /// What is not built yet.
    pub(crate) fn unbuilt(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::NOT_IMPLEMENTED, ErrorKind::Unsupported.code(), message)
    }

    /// The server is on its way out.
    pub(crate) fn draining() -> Self {
        let mut error =
            Self::new(StatusCode::SERVICE_UNAVAILABLE, ErrorKind::Closed.code(), "the server is shutting down");
        error.0.retry = browsr_core::Retry::NewSession.code();
        error.0.retry_after = Some(Duration::from_secs(5));
        error
    }

    pub(crate) fn with_field(mut self, field: impl Into<String>) -> Self {
        self.0.field = Some(field.into());
        self
    }

    pub(crate) fn with_command(mut self, command: impl Into<String>) -> Self {
        self.0.command = Some(command.into());
        self
    }

    pub(crate) fn with_session_id(mut self, id: &SessionId) -> Self {
        self.0.session_id = Some(id.to_string());
        self
    }

    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.0.status = status;
        self
    }

    /// A failure to open a session. What the client named and cannot be used is its own affair: 422.
    pub(crate) fn of_creation(error: &Error, by_cdp_url: bool) -> Self {
        let api = Self::from(error);
        match error.kind() {
            ErrorKind::NavigationFailed | ErrorKind::PageCrashed => {
                api.with_status(StatusCode::UNPROCESSABLE_ENTITY).with_field("start_url")
            }
            ErrorKind::SessionNotCreated | ErrorKind::ProvisionFailed | ErrorKind::SessionLost if by_cdp_url => {
                api.with_status(StatusCode::UNPROCESSABLE_ENTITY).with_field("cdp_url")
            }
            // The engine names `start_url` in whatever goes wrong while it loads; these have another cause.
            ErrorKind::Closed | ErrorKind::PoolExhausted | ErrorKind::SessionLost => {
                Self(Box::new(Facts { field: None, ..*api.0 }))
            }
            _ => api,
        }
    }

    #[cfg(test)]
    pub(crate) fn field(&self) -> Option<&str> {
        self.0.field.as_deref()
    }
}

/// The status of a failure that concerns the request as a whole.
fn status(kind: ErrorKind) -> StatusCode {
    match kind {
        ErrorKind::InvalidArgument | ErrorKind::InvalidSelector => StatusCode::BAD_REQUEST,
        ErrorKind::InvalidSessionId => StatusCode::NOT_FOUND,
        ErrorKind::Denied => StatusCode::FORBIDDEN,
        ErrorKind::PoolExhausted => StatusCode::TOO_MANY_REQUESTS,
        ErrorKind::Timeout | ErrorKind::ScriptTimeout => StatusCode::GATEWAY_TIMEOUT,
        ErrorKind::Unsupported => StatusCode::NOT_IMPLEMENTED,
        ErrorKind::Closed => StatusCode::SERVICE_UNAVAILABLE,
        ErrorKind::NavigationFailed | ErrorKind::TooLarge => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl From<&Error> for ApiError {
    fn from(error: &Error) -> Self {
        let status = match error.kind() {
            // One that the caller named is not there any more.
            ErrorKind::SessionLost if error.field() == Some("session_id") => StatusCode::NOT_FOUND,
            kind => status(kind),
        };
        if status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED {
            tracing::warn!(kind = %error.kind(), session_id = error.session_id().map(SessionId::as_str), ?error, "request failed");
        }
        Self(Box::new(Facts {
            status,
            code: error.kind().code(),
            message: match error.command() {
                Some(command) => format!("{command}: {error}").into(),
                None => error.to_string().into(),
            },
            field: error.field().map(ToOwned::to_owned),
            command: error.command().map(ToOwned::to_owned),
            session_id: error.session_id().map(ToString::to_string),
            retry: error.retry().code(),
            retry_after: error.retry_after().or((error.kind() == ErrorKind::Closed).then_some(Duration::from_secs(5))),
        }))
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}

/// Cuts a text to at most so many bytes, between characters.
pub(crate) fn shortened(text: &str, max: usize) -> Cow<'_, str> {
    if text.len() <= max {
        return text.into();
    }
    let end = (0..=max).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    format!("{}…", &text[..end]).into()
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let facts = *self.0;
        let body = ErrorBody {
            error: shortened(&facts.message, MAX_MESSAGE).into_owned(),
            code: facts.code.to_owned(),
            field: facts.field.map(|field| shortened(&field, MAX_MESSAGE).into_owned()),
            command: facts.command.map(|command| shortened(&command, MAX_MESSAGE).into_owned()),
            session_id: facts.session_id.map(|id| shortened(&id, MAX_MESSAGE).into_owned()),
            retry: facts.retry.to_owned(),
            retry_after_ms: facts.retry_after.map(|after| u64::try_from(after.as_millis()).unwrap_or(u64::MAX)),
        };
        let mut response = (facts.status, Json(body)).into_response();
        if let Some(after) = facts.retry_after {
            // Whole seconds, and never too early.
            let seconds = after.as_millis().div_ceil(1000).max(1).to_string();
            if let Ok(seconds) = HeaderValue::from_str(&seconds) {
                response.headers_mut().insert(header::RETRY_AFTER, seconds);
            }
        }
        if facts.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_used_is_the_callers_affair() {
        let refused = Error::new(ErrorKind::NavigationFailed, "refused").with_field("start_url");
        assert_eq!(ApiError::of_creation(&refused, false).0.status, 422);
        let dead = Error::new(ErrorKind::SessionNotCreated, "no browser").with_field("start_url");
        assert_eq!(ApiError::of_creation(&dead, false).0.status, 500);
        let attached = ApiError::of_creation(&dead, true);
        assert_eq!((attached.0.status.as_u16(), attached.field()), (422, Some("cdp_url")));
    }

    #[test]
    fn a_message_is_cut_between_characters() {
        assert_eq!(shortened("aé", 2), "a…");
        assert_eq!(shortened("ab", 2), "ab");
    }

    #[test]
    fn retry_after_is_in_whole_seconds_and_never_early() {
        let error = Error::new(ErrorKind::PoolExhausted, "full").with_retry_after(Duration::from_millis(1200));
        let response = ApiError::from(error).into_response();
        assert_eq!(response.status(), 429);
        assert_eq!(response.headers()[header::RETRY_AFTER], "2");
    }
}
