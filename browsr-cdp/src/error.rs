//! [`CallError`]: why a DevTools call gave no result, and what that means to the engine.

use std::sync::Arc;

use browsr_core::{Error, ErrorKind};

/// Why a call gave no result.
#[derive(Debug, Clone)]
pub(crate) enum CallError {
    /// The browser or the connection to it is gone.
    Gone(Arc<str>),
    /// The target was closed.
    Detached,
    /// The page crashed.
    Crashed,
    /// The deadline passed.
    Deadline,
    /// The answer is larger than any that is taken; this many bytes.
    TooLarge(usize),
    /// The browser refused the call.
    Refused {
        /// JSON-RPC error code.
        code: i64,
        /// What it says.
        message: Box<str>,
    },
    /// The answer is not what the protocol says.
    Malformed(Arc<serde_json::Error>),
}

impl CallError {
    /// Makes the error that a caller sees; `what` was under way, in words such as "reading cookies".
    pub(crate) fn into_error(self, what: &str) -> Error {
        match self {
            Self::Gone(reason) => lost(format!("the browser is gone ({reason})")),
            Self::Detached => lost("the page was closed"),
            Self::Crashed => crashed(),
            Self::Deadline => Error::timeout(what),
            Self::TooLarge(bytes) => {
                let message = format!(
                    "{what} came to {} MB, and {} MB is the most; ask for less at a time",
                    bytes >> 20,
                    crate::connection::MAX_REPLY >> 20
                );
                Error::new(ErrorKind::TooLarge, message)
            }
            Self::Refused { code, message } => {
                Error::new(ErrorKind::Unexpected, format!("the browser refused {what}: {message}"))
                    .with_detail(serde_json::json!({ "cdp_code": code, "cdp_message": message }))
            }
            Self::Malformed(source) => {
                Error::new(ErrorKind::Unexpected, format!("the browser answered {what} with something unreadable"))
                    .with_source(source)
            }
        }
    }

    /// Whether the document that the call was for went away under it.
    pub(crate) fn is_lost_context(&self) -> bool {
        let Self::Refused { message, .. } = self else { return false };
        self.never_started()
            || ["Execution context was destroyed", "Inspected target navigated or closed", "Promise was collected"]
                .iter()
                .any(|text| message.contains(text))
    }

    /// Whether the call did not run at all, because its context was gone before.
    pub(crate) fn never_started(&self) -> bool {
        let Self::Refused { message, .. } = self else { return false };
        ["Cannot find context", "uniqueContextId not found", "Cannot find default execution context"]
            .iter()
            .any(|text| message.contains(text))
    }
}

/// The session is of no more use.
pub(crate) fn lost(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::SessionLost, message)
}

/// The page crashed.
pub(crate) fn crashed() -> Error {
    Error::new(ErrorKind::PageCrashed, "the page crashed; navigate to go on")
}
