//! The commands: typed, each written once over the primitives of [`Session`], open to embedders.
//!
//! Read [`Command`] first. One file per family; [`wire`] has the list of all and their JSON form. A command of your
//! own is a struct that implements [`Command`]; [`SessionHandle::run`](crate::SessionHandle::run) takes it.

pub mod capture;
pub mod element;
pub mod extract;
pub mod keyboard;
mod locate;
pub mod navigate;
pub mod overlay;
pub mod pointer;
pub mod storage;
pub mod upload;
pub mod wait;
pub mod wire;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use serde::Serialize;
use serde_json::Value;

use crate::capability::Capabilities;
use crate::context::OpContext;
use crate::error::{Error, ErrorKind, Result};
use crate::input::ActionOutcome;
use crate::navigation::Navigation;
use crate::session::Session;

pub(crate) use locate::{Selector, decode};
pub use overlay::Overlay;
pub use wire::{AnyCommand, BatchResult, CommandResult};

/// Something to do with a page.
///
/// Implement it for commands of your own; [`SessionHandle::run`](crate::SessionHandle::run) gives it a turn, a
/// deadline, a span and error context.
#[async_trait]
pub trait Command: fmt::Debug + Send + Sync {
    /// What it gives.
    type Output: Serialize + Send + 'static;
    /// Its name on the wire, in `snake_case`.
    const NAME: &'static str;
    /// Whether it acts on the page or reads from it.
    const KIND: CommandKind;

    /// Returns what the session must be able to do.
    fn requires(&self) -> Capabilities {
        Capabilities::DOM
    }

    /// Returns whether running it twice does no harm.
    fn is_idempotent(&self) -> bool {
        matches!(Self::KIND, CommandKind::Extraction)
    }

    /// Returns whether it is input, which the page gets a frame to act on before the next input of a batch.
    fn is_input(&self) -> bool {
        false
    }

    /// Returns its own time limit, which replaces the engine's default for commands.
    fn timeout(&self) -> Option<Duration> {
        None
    }

    /// Returns what it draws over this document and all that follow. By default nothing.
    fn overlay(&self) -> Option<Overlay> {
        None
    }

    /// Turns its output into what the wire carries. By default an extraction carries its output as JSON data, and an
    /// action carries nothing.
    ///
    /// # Errors
    ///
    /// [`Unexpected`](ErrorKind::Unexpected) where the output has no JSON form.
    fn reply(&self, output: Self::Output) -> Result<Reply> {
        match Self::KIND {
            CommandKind::Action => Ok(Reply::none()),
            CommandKind::Extraction => Reply::data(&output),
        }
    }

    /// Runs it. The deadline is absolute and holds for all of it.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future may leave the browser at work; the handle then checks the session before its next command.
    async fn run(&self, session: &dyn Session, cx: &OpContext) -> Result<Self::Output>;
}

/// Whether a command acts or reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum CommandKind {
    /// Changes the page.
    Action,
    /// Reads from it.
    Extraction,
}

/// What a command gives on the wire.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Reply {
    /// The content, if any.
    pub content: Option<Content>,
    /// Facts beside it: dialogs that came up, pages that were opened.
    pub debug: Option<Value>,
}

impl Reply {
    /// Nothing but success.
    pub const fn none() -> Self {
        Self { content: None, debug: None }
    }

    /// JSON data.
    ///
    /// # Errors
    ///
    /// [`Unexpected`](ErrorKind::Unexpected) where it has no JSON form.
    pub fn data(value: &impl Serialize) -> Result<Self> {
        let value = serde_json::to_value(value)
            .map_err(|source| Error::new(ErrorKind::Unexpected, "the result has no JSON form").with_source(source))?;
        Ok(Self { content: Some(Content::Data(value)), debug: None })
    }

    /// A value in the form that the DevTools protocol gives to the result of an expression.
    pub fn remote_object(value: impl Into<Value>) -> Self {
        let data = serde_json::json!({ "result": remote_object(value.into()) });
        Self { content: Some(Content::Data(data)), debug: None }
    }

    /// What a navigation came to, as debug.
    pub fn navigation(navigation: &Navigation) -> Self {
        Self { content: None, debug: Some(serde_json::json!({ "navigation": navigation })) }
    }

    /// The outcome of input: nothing, with what is worth telling as debug.
    pub fn outcome(outcome: &ActionOutcome) -> Self {
        let mut debug = serde_json::Map::new();
        if !outcome.dialogs.is_empty() {
            debug.insert("dialogs".into(), serde_json::json!(outcome.dialogs));
        }
        if outcome.opened > 0 {
            debug.insert("opened".into(), outcome.opened.into());
        }
        if !outcome.completed {
            debug.insert("completed".into(), false.into());
        }
        if !outcome.released.is_empty() {
            debug.insert("released".into(), serde_json::json!(outcome.released));
        }
        if let Some(scrolled) = outcome.scrolled {
            debug.insert("scrolled".into(), scrolled.into());
        }
        for (name, value) in [("typed_into", &outcome.typed_into), ("value_set", &outcome.value_set)] {
            if let Some(value) = value {
                debug.insert(name.into(), value.as_str().into());
            }
        }
        Self { content: None, debug: (!debug.is_empty()).then_some(Value::Object(debug)) }
    }
}

/// Describes a JSON value as a DevTools `RemoteObject`.
fn remote_object(value: Value) -> Value {
    let (kind, subtype) = match &value {
        Value::Null => ("object", Some("null")),
        Value::Bool(_) => ("boolean", None),
        Value::Number(_) => ("number", None),
        Value::String(_) => ("string", None),
        Value::Array(_) => ("object", Some("array")),
        Value::Object(_) => ("object", None),
    };
    let mut object = serde_json::Map::from_iter([("type".to_owned(), kind.into()), ("value".to_owned(), value)]);
    if let Some(subtype) = subtype {
        object.insert("subtype".to_owned(), subtype.into());
    }
    Value::Object(object)
}

/// Content with its type.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Content {
    /// Markdown text.
    Markdown(String),
    /// HTML source.
    Html(String),
    /// Plain text.
    String(String),
    /// Any JSON.
    Data(Value),
}
