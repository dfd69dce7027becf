//! What a driver's answers mean in our words.

use std::time::Duration;

use browsr_core::{Error, ErrorKind};
use fantoccini::error::{CmdError, ErrorStatus, NewSessionError};

/// Why a call to the driver gave no result.
#[derive(Debug)]
pub(crate) enum CallError {
    /// The deadline passed; the driver may still be at work on it.
    Deadline,
    /// The driver, its browser or the node is gone.
    Gone(String),
    /// The driver answered with an error.
    Refused(Refusal),
}

/// An error answer of a driver.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: ErrorStatus,
    pub(crate) message: String,
    /// The text of the prompt that is in the way, if one is.
    pub(crate) prompt: Option<String>,
}

/// Words by which drivers say that the browser behind them is gone, under whatever error code.
const GONE: &[&str] = &[
    "not connected to DevTools",
    "chrome not reachable",
    "session deleted",
    "unable to connect to renderer",
    "no longer running",
    "Failed to decode response from marionette",
    "without establishing a connection",
    "Connection refused",
    "Connection reset",
    "Unable to find session",
    // A Grid whose node does not answer.
    "Unable to execute request for an existing session",
    "was closed while waiting",
    "browser has closed the connection",
    "Cannot find session",
    "No such session",
];

/// Words by which drivers say that the document went away under a script, under whatever error code.
const REPLACED: &[&str] = &[
    "unloaded",
    "navigation",
    "navigated",
    "detached",
    "execution context",
    "Inspected target",
    "discarded",
    "actor destroyed",
    "AbortError",
    "evalInSandbox",
    // What Firefox makes of a script that was ended with its document.
    "right-hand side of 'in' should be an object, got null",
];

/// Words by which Chrome says that there is nothing (any more) where a script was to run.
const NOWHERE: &[&str] = &["Cannot find context", "Unknown CDP session", "No frame for given id"];

impl CallError {
    pub(crate) fn is(&self, status: &ErrorStatus) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.status == *status)
    }

    /// Returns whether the window that was spoken to is closed.
    pub(crate) fn is_closed_window(&self) -> bool {
        self.is(&ErrorStatus::NoSuchWindow)
    }

    /// Returns whether a prompt stands in the way.
    pub(crate) fn is_prompt(&self) -> bool {
        self.is(&ErrorStatus::UnexpectedAlertOpen)
    }

    /// Returns whether the document of a script was replaced while it ran.
    pub(crate) fn is_lost_context(&self) -> bool {
        let Self::Refused(refusal) = self else { return false };
        matches!(refusal.status, ErrorStatus::StaleElementReference | ErrorStatus::NoSuchFrame)
            || REPLACED.iter().chain(NOWHERE).any(|words| refusal.message.contains(words))
    }

    /// Returns whether it is certain that a script did not run.
    pub(crate) fn never_started(&self) -> bool {
        matches!(self, Self::Refused(refusal) if NOWHERE.iter().any(|words| refusal.message.contains(words)))
    }

    pub(crate) fn into_error(self, what: &str) -> Error {
        match self {
            Self::Deadline => Error::timeout(what),
            Self::Gone(why) => lost(why),
            Self::Refused(refusal) => refusal.into_error(what),
        }
    }
}

impl Refusal {
    fn into_error(self, what: &str) -> Error {
        let kind = match self.status {
            ErrorStatus::NoSuchWindow => return lost("the page of the session was closed"),
            ErrorStatus::InvalidSessionId => return lost("the driver has no such session any more"),
            _ if self.message.contains("tab crashed") => {
                return Error::new(ErrorKind::PageCrashed, "the page crashed; navigate to go on");
            }
            ErrorStatus::NoSuchFrame => return no_frame(),
            ErrorStatus::StaleElementReference => ErrorKind::StaleElementReference,
            ErrorStatus::ScriptTimeout => ErrorKind::ScriptTimeout,
            ErrorStatus::Timeout => ErrorKind::Timeout,
            ErrorStatus::JavascriptError => ErrorKind::JavascriptError,
            ErrorStatus::InvalidArgument | ErrorStatus::InvalidCookieDomain | ErrorStatus::MoveTargetOutOfBounds => {
                ErrorKind::InvalidArgument
            }
            ErrorStatus::UnableToCaptureScreen => ErrorKind::UnableToCaptureScreen,
            ErrorStatus::UnknownCommand | ErrorStatus::UnknownMethod | ErrorStatus::UnsupportedOperation => {
                ErrorKind::Unsupported
            }
            ErrorStatus::SessionNotCreated => ErrorKind::SessionNotCreated,
            _ => ErrorKind::Unexpected,
        };
        Error::new(kind, format!("the driver refused while {what}: {}", first_line(&self.message)))
    }
}

impl From<CmdError> for CallError {
    fn from(error: CmdError) -> Self {
        match error {
            CmdError::Standard(error) => {
                let message = error.message.into_owned();
                if GONE.iter().any(|words| message.contains(words)) || error.error == ErrorStatus::InvalidSessionId {
                    return Self::Gone(format!("the browser is gone: {}", first_line(&message)));
                }
                let prompt = error.data.as_ref().and_then(|data| data.get("text")?.as_str()).map(ToOwned::to_owned);
                Self::Refused(Refusal { status: error.error, message, prompt })
            }
            CmdError::Failed(_) | CmdError::FailedC(_) | CmdError::Lost(_) => {
                Self::Gone("the driver does not answer any more".to_owned())
            }
            // A proxy before the driver says so in words of its own.
            CmdError::NotJson(_) | CmdError::NotW3C(_) | CmdError::Json(_) => Self::Refused(Refusal {
                status: ErrorStatus::UnknownError,
                message: "the answer is not that of a WebDriver".to_owned(),
                prompt: None,
            }),
            other => {
                Self::Refused(Refusal { status: ErrorStatus::UnknownError, message: other.to_string(), prompt: None })
            }
        }
    }
}

/// Says why a session could not be made.
pub(crate) fn not_created(error: NewSessionError) -> Error {
    let (kind, message) = match &error {
        NewSessionError::BadWebdriverUrl(_) => {
            (ErrorKind::InvalidArgument, "the URL of the driver is not valid".into())
        }
        NewSessionError::Failed(_) | NewSessionError::FailedC(_) | NewSessionError::Lost(_) => {
            (ErrorKind::ProvisionFailed, "the driver cannot be reached".into())
        }
        NewSessionError::SessionNotCreated(refusal) => {
            (ErrorKind::SessionNotCreated, format!("the driver gave no session: {}", first_line(&refusal.message)))
        }
        NewSessionError::NotW3C(value) => {
            let message = value.get("message").and_then(serde_json::Value::as_str).unwrap_or("it is no WebDriver");
            (ErrorKind::SessionNotCreated, format!("the driver gave no session: {}", first_line(message)))
        }
        NewSessionError::UnexpectedError(other) => {
            (ErrorKind::SessionNotCreated, format!("the driver gave no session: {}", first_line(&other.to_string())))
        }
    };
    let error = Error::new(kind, message).with_source(error);
    if kind == ErrorKind::SessionNotCreated { error.with_retry_after(Duration::from_secs(1)) } else { error }
}

pub(crate) fn lost(why: impl Into<String>) -> Error {
    Error::new(ErrorKind::SessionLost, why.into())
}

pub(crate) fn no_frame() -> Error {
    Error::new(ErrorKind::NoSuchFrame, "there is no such frame (any more)")
}

fn first_line(message: &str) -> &str {
    message.lines().next().unwrap_or_default()
}
