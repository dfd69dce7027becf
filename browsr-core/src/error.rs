//! What can go wrong, in one pointer-sized [`Error`] with a kind, a retry advice and the context in which it arose.
//!
//! Backends make errors with a kind, a message and a source; [`SessionHandle`](crate::SessionHandle) adds command,
//! session and backend. Read [`ErrorKind`] first.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use serde_json::Value;

use crate::session::SessionId;

/// The result of everything here that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Says what a reader of JSON expected, without what it found: that may be typed text or a secret.
pub fn without_value(reason: &str) -> String {
    match reason.rsplit_once(", expected ") {
        Some((found, wanted)) if found.starts_with("invalid ") => format!("expected {wanted}"),
        _ => reason.to_owned(),
    }
}

/// What kind of failure an [`Error`] is. Names are those of [W3C WebDriver](https://www.w3.org/TR/webdriver2/#errors)
/// where it has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An argument or option cannot be used; the message names it.
    InvalidArgument,
    /// No session has this id (any more).
    InvalidSessionId,
    /// A selector cannot be parsed.
    InvalidSelector,
    /// No element matches the selector.
    NoSuchElement,
    /// A selector crosses into something that is not a frame, or the frame is gone.
    NoSuchFrame,
    /// The element or its document was replaced while the command was at work.
    StaleElementReference,
    /// The element cannot be used: hidden, disabled, without size or of the wrong sort.
    ElementNotInteractable,
    /// Another element would receive the click.
    ElementClickIntercepted,
    /// A script of the caller threw.
    JavascriptError,
    /// A script of the caller did not end in time.
    ScriptTimeout,
    /// The deadline of the command passed.
    Timeout,
    /// The page could not be loaded: refused, no such host, a redirect loop.
    NavigationFailed,
    /// No screenshot could be taken.
    UnableToCaptureScreen,
    /// The browser is there but gave no session.
    SessionNotCreated,
    /// No browser could be had.
    ProvisionFailed,
    /// Every slot is taken; [`Error::retry_after`] says when to ask again.
    PoolExhausted,
    /// The browser or its connection is gone, and the session with it.
    SessionLost,
    /// The page crashed; navigating recovers the session.
    PageCrashed,
    /// The session or the engine was closed by its owner.
    Closed,
    /// What the browser would answer with is beyond the limit that the message names.
    TooLarge,
    /// A policy forbids it.
    Denied,
    /// This backend, or this build, cannot do it; the message says which can.
    Unsupported,
    /// None of the others: a fault of the browser, the driver or this library.
    Unexpected,
}

impl ErrorKind {
    /// Returns the name in `snake_case`, as the wire has it in `code`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::InvalidArgument => "invalid_argument",
            Self::InvalidSessionId => "invalid_session_id",
            Self::InvalidSelector => "invalid_selector",
            Self::NoSuchElement => "no_such_element",
            Self::NoSuchFrame => "no_such_frame",
            Self::StaleElementReference => "stale_element_reference",
            Self::ElementNotInteractable => "element_not_interactable",
            Self::ElementClickIntercepted => "element_click_intercepted",
            Self::JavascriptError => "javascript_error",
            Self::ScriptTimeout => "script_timeout",
            Self::Timeout => "timeout",
            Self::NavigationFailed => "navigation_failed",
            Self::UnableToCaptureScreen => "unable_to_capture_screen",
            Self::SessionNotCreated => "session_not_created",
            Self::ProvisionFailed => "provision_failed",
            Self::PoolExhausted => "pool_exhausted",
            Self::SessionLost => "session_lost",
            Self::PageCrashed => "page_crashed",
            Self::Closed => "closed",
            Self::TooLarge => "too_large",
            Self::Denied => "denied",
            Self::Unsupported => "unsupported",
            Self::Unexpected => "unexpected",
        }
    }

    const fn retry(self) -> Retry {
        match self {
            Self::NoSuchElement
            | Self::NoSuchFrame
            | Self::StaleElementReference
            | Self::ElementNotInteractable
            | Self::ElementClickIntercepted
            | Self::ScriptTimeout
            | Self::Timeout
            | Self::NavigationFailed
            | Self::UnableToCaptureScreen
            | Self::PageCrashed => Retry::SameSession,
            Self::SessionNotCreated | Self::ProvisionFailed | Self::PoolExhausted | Self::SessionLost => {
                Retry::NewSession
            }
            _ => Retry::Never,
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Whether trying again can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Retry {
    /// The same call fails again.
    Never,
    /// The same call on the same session may succeed.
    SameSession,
    /// The session is of no more use; a new one may succeed.
    NewSession,
}

impl Retry {
    /// Returns the name in `snake_case`, as the wire has it in `retry`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::SameSession => "same_session",
            Self::NewSession => "new_session",
        }
    }
}

/// A failure, with what it was about and whether to try again.
///
/// `Display` is one line without the source; walk [`source`](StdError::source) for the cause.
#[derive(thiserror::Error)]
#[error(transparent)]
pub struct Error(Box<Repr>);

#[derive(Debug, thiserror::Error)]
#[error("{message}")]
struct Repr {
    kind: ErrorKind,
    message: Cow<'static, str>,
    field: Option<Cow<'static, str>>,
    backend: Option<&'static str>,
    command: Option<&'static str>,
    session_id: Option<SessionId>,
    retry: Option<Retry>,
    retry_after: Option<Duration>,
    detail: Option<Value>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// Makes an error of a kind. The message is lower case, without a full stop, and says what and on what.
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Repr {
            kind,
            message: message.into(),
            field: None,
            backend: None,
            command: None,
            session_id: None,
            retry: None,
            retry_after: None,
            detail: None,
            source: None,
        }))
    }

    /// Makes an [`InvalidArgument`](ErrorKind::InvalidArgument) error that names the field.
    pub fn invalid(field: impl Into<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::InvalidArgument, message).with_field(field)
    }

    /// Makes an [`Unsupported`](ErrorKind::Unsupported) error; the message says what is missing and the way out.
    pub fn unsupported(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Unsupported, message)
    }

    /// Makes a [`Timeout`](ErrorKind::Timeout) error.
    pub fn timeout(what: impl fmt::Display) -> Self {
        Self::new(ErrorKind::Timeout, format!("deadline passed while {what}"))
    }

    /// Adds the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Names the argument or option at fault.
    #[must_use]
    pub fn with_field(mut self, field: impl Into<Cow<'static, str>>) -> Self {
        self.0.field = Some(field.into());
        self
    }

    /// Names the backend, unless one is named already.
    #[must_use]
    pub fn with_backend(mut self, backend: &'static str) -> Self {
        self.0.backend.get_or_insert(backend);
        self
    }

    /// Names the command, unless one is named already.
    #[must_use]
    pub fn with_command(mut self, command: &'static str) -> Self {
        self.0.command.get_or_insert(command);
        self
    }

    /// Names the session, unless one is named already.
    #[must_use]
    pub fn with_session_id(mut self, id: &SessionId) -> Self {
        self.0.session_id.get_or_insert_with(|| id.clone());
        self
    }

    /// Replaces the advice that goes with the kind.
    #[must_use]
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.0.retry = Some(retry);
        self
    }

    /// Says how long to wait before trying again.
    #[must_use]
    pub fn with_retry_after(mut self, after: Duration) -> Self {
        self.0.retry_after = Some(after);
        self
    }

    /// Adds facts for a program to read; the wire puts them into `debug`.
    #[must_use]
    pub fn with_detail(mut self, detail: Value) -> Self {
        self.0.detail = Some(detail);
        self
    }

    /// Puts words in front of the message.
    #[must_use]
    pub fn context(mut self, context: impl fmt::Display) -> Self {
        self.0.message = format!("{context}: {}", self.0.message).into();
        self
    }

    /// Returns what kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns the message, the same text that `Display` writes.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Returns the argument or option at fault, as a path such as `commands[2].data.selector`.
    pub fn field(&self) -> Option<&str> {
        self.0.field.as_deref()
    }

    /// Returns the backend that failed.
    pub fn backend(&self) -> Option<&'static str> {
        self.0.backend
    }

    /// Returns the wire name of the command that failed.
    pub fn command(&self) -> Option<&'static str> {
        self.0.command
    }

    /// Returns the session that failed.
    pub fn session_id(&self) -> Option<&SessionId> {
        self.0.session_id.as_ref()
    }

    /// Returns whether trying again can help.
    pub fn retry(&self) -> Retry {
        self.0.retry.unwrap_or(self.0.kind.retry())
    }

    /// Returns how long to wait before trying again, where that is known.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Returns facts for a program to read, where there are any.
    pub fn detail(&self) -> Option<&Value> {
        self.0.detail.as_ref()
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let repr = &*self.0;
        let mut out = f.debug_struct("Error");
        out.field("kind", &repr.kind).field("message", &repr.message);
        if let Some(field) = &repr.field {
            out.field("field", field);
        }
        if let Some(backend) = repr.backend {
            out.field("backend", &backend);
        }
        if let Some(command) = repr.command {
            out.field("command", &command);
        }
        if let Some(id) = &repr.session_id {
            out.field("session_id", id);
        }
        out.field("retry", &self.retry());
        if let Some(source) = &repr.source {
            out.field("source", source);
        }
        out.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_is_one_pointer_wide() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }

    #[test]
    fn display_does_not_repeat_the_source() {
        let error = Error::new(ErrorKind::NavigationFailed, "cannot load http://a.test/")
            .with_source(std::io::Error::other("refused"));
        assert_eq!(error.to_string(), "cannot load http://a.test/");
        assert_eq!(error.source().map(ToString::to_string).as_deref(), Some("refused"));
    }

    #[test]
    fn the_first_context_stays() {
        let error = Error::timeout("waiting").with_command("click").with_command("batch");
        assert_eq!(error.command(), Some("click"));
        assert_eq!(error.retry(), Retry::SameSession);
    }
}
